"""One loop that trains a network: AdamW, a warm-up and a straight decline, a checkpoint every hundred steps to go on from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

WARM_UP = 0.06
"""Share of all steps in which the rate of learning rises."""
LEAST = 0.03
"""Share of the rate that the decline ends at."""
T = TypeVar("T")


class Rates(NamedTuple):
    """Rates of learning: of the encoder that was trained before, and of the heads that were not."""

    encoder: float
    heads: float


def fit(
    net: nn.Module,
    rates: Rates,
    batches: Callable[[int], Sequence[T]],
    loss: Callable[[T], Tensor],
    report: Callable[[], Mapping[str, float]],
    folder: Path,
    epochs: float,
    every: int,
) -> dict[str, Any]:
    """Trains to the end, from the last checkpoint of ``folder`` where there is one; steps and hours, for the card.

    ``batches``: those of an epoch, always as many and always the same for one number. ``every``: steps between two reports.
    """
    encoder = ("layers.", "norm.")
    base = [p for n, p in net.named_parameters() if n.startswith(encoder) and p.requires_grad]
    heads = [p for n, p in net.named_parameters() if not n.startswith(encoder) and p.requires_grad]
    optimizer = torch.optim.AdamW([{"params": base}, {"params": heads}], weight_decay=0.01)
    step, before, start = 0, 0.0, folder / "last.pt"
    if start.exists():
        saved = torch.load(start, weights_only=True)
        net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        step, before = saved["step"], saved["seconds"]
    length = len(batches(0))
    total, epoch, queue = int(length * epochs), -1, batches(0)
    print(f"{length} batches an epoch, {total} steps, from {step}", flush=True)
    clock, seen = time.time(), []
    while step < total:
        if step // length != epoch:
            epoch = step // length
            queue = batches(epoch)
        share = min(1.0, (step + 1) / (WARM_UP * total)) * max(LEAST, 1 - step / total)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        value = loss(queue[min(step % length, len(queue) - 1)])
        value.backward()
        torch.nn.utils.clip_grad_norm_([*base, *heads], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen.append(value.item())
        step += 1
        seconds = before + time.time() - clock
        if step % 25 == 0:
            print(f"step {step}/{total} loss {np.mean(seen):.3f} {seconds:.0f} s", flush=True)
            seen = []
        if step % 100 == 0 or step == total:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds}, folder / "new.pt")
            (folder / "new.pt").replace(start)
        if step % every == 0 or step == total:
            print(step, json.dumps(report()), flush=True)
    return {"steps": step, "hours": round((before + time.time() - clock) / 3600, 2)}
