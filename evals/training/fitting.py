"""One loop that trains a network: AdamW, a warm-up and a straight decline, a checkpoint every hundred steps to go on
from.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

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

    ``batches``: those of an epoch, about as many each and always the same for one number. ``every``: steps between two
    reports.
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
    epoch, queue = 0, batches(0)
    length = len(queue)
    total = int(length * epochs)
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
            torch.save(
                {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds},
                folder / "new.pt",
            )
            (folder / "new.pt").replace(start)
        if step % every == 0 or step == total:
            print(step, json.dumps(report()), flush=True)
    return {"steps": step, "hours": round((before + time.time() - clock) / 3600, 2)}


class Training(Protocol):
    """Trains a network from the last checkpoint of ``folder``; ``start``: weights to begin with. What was done, for the
    card.
    """

    def __call__(
        self, folder: Path, data: Path, epochs: float, every: int, start: Path | None = None
    ) -> dict[str, object]: ...


def command(about: str, train: Training, folder: Path, epochs: float) -> None:
    """The command line that trains one network."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folder", type=Path, default=folder, help="checkpoints; where a run ended, the next goes on")
    parser.add_argument("--epochs", type=float, default=epochs)
    parser.add_argument("--every", type=int, default=200, help="steps between two reports on held-out papers")
    parser.add_argument("--start", type=Path, help="a checkpoint to begin with, where the folder has none")
    a = parser.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    print(train(a.folder, a.data, a.epochs, a.every, a.start))
