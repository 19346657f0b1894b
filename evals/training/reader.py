"""Trains the reader from the items to the shipped file: ``python -m evals.training.reader ../shared/data --folder
.work/reader``.

Goes on where the last run of the same folder ended (a checkpoint every hundred steps) and prints its figures on the
papers held out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from evals.training.batches import Asked, Read, batch_of, groups, varied
from evals.training.examples import Abstract, check_covid, scifact, split
from evals.training.export import export
from evals.training.measure import measure
from evals.training.network import ReaderNetwork, base_weights
from rag.embedding import bundled_tokenizer
from rag.models.pages import Tokenizer, page_of

MODEL, CARD = Path("rag/data/reader.onnx"), Path("rag/data/reader.json")
RATE, HEADS_RATE = 1.5e-4, 6e-4
WARM_UP = 0.06
GROUP = 4


class Answered(NamedTuple):
    """Logits for one abstract: of its questions (whole, sentences, words) and of its claims (whole, words, whole by
    itself); None where nothing is asked.
    """

    questions: tuple[Tensor, Tensor, Tensor] | None
    claims: tuple[Tensor, Tensor, Tensor] | None


def answered(net: ReaderNetwork, r: Read) -> Answered:
    read = net.abstract(r.abstract)
    states, n = net.asked(r.ids, read, r.cited), len(r.questions.items) if r.questions else 0
    questions = net.read(states[:n], r.questions.words, read.states, r.spans) if r.questions else None
    claims = net.check(states[n:], r.claims.words, read.states, r.cited[n:]) if r.claims else None
    return Answered(questions, claims)


def question_losses(got: Sequence[tuple[Tensor, Tensor, Tensor]], asked: Sequence[Asked]) -> Tensor:
    whole, label = torch.cat([g[0] for g in got]), torch.cat([a.whole for a in asked])
    loss = bce(whole[label >= 0], label[label >= 0])
    sentences, right = torch.cat([g[1].flatten() for g in got]), torch.cat([a.sentences.flatten() for a in asked])
    loss = loss + 1.5 * bce(sentences[right >= 0], right[right >= 0])
    ranked = []
    for (_, s, _), a in zip(got, asked, strict=True):
        some = (a.sentences == 1).any(-1)
        if some.any():
            ranked.append(-torch.logsumexp(s.log_softmax(-1).masked_fill(a.sentences != 1, -1e4), -1)[some])
    loss = loss + 0.3 * torch.cat(ranked).mean()
    each, known = torch.cat([g[2].reshape(-1) for g in got]), torch.cat([a.each.reshape(-1) for a in asked])
    if (known >= 0).any():
        loss = loss + bce(each[known >= 0], known[known >= 0], pos_weight=torch.tensor(2.0))
    group, about = torch.cat([a.groups for a in asked]), whole[:, 0]
    own = (group > 0) & (label[:, 0] == 1)
    if own.any():
        log = torch.where(group[:, None] == group[None], about[None], torch.tensor(-1e4)).log_softmax(-1).diagonal()
        loss = loss - 0.4 * log[own].mean()
    return loss


def claim_losses(got: Sequence[tuple[Tensor, Tensor, Tensor]], asked: Sequence[Asked]) -> Tensor:
    whole, alone, label = torch.cat([g[0] for g in got]), torch.cat([g[2] for g in got]), torch.cat([a.whole for a in asked])
    loss = bce(whole[:, 0], label[:, 0]) + 0.5 * bce(alone[:, 0], label[:, 0])
    known = label[:, 1] >= 0
    if known.any():
        loss = loss + 0.4 * bce(whole[known, 1], label[known, 1])
    each, right = torch.cat([g[1].reshape(-1) for g in got]), torch.cat([a.each[..., 0].reshape(-1) for a in asked])
    if (right >= 0).any():
        loss = loss + 2 * bce(each[right >= 0], right[right >= 0], pos_weight=torch.tensor(2.0))
    return loss


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """The chance that one of ``high`` is above one of ``low``."""
    a, b = np.array(high)[:, None], np.array(low)[None]
    return float(((a > b) + 0.5 * (a == b)).mean()) if a.size and b.size else float("nan")


@torch.no_grad()
def predicted(net: ReaderNetwork, papers: Sequence[Abstract], tok: Tokenizer) -> Iterator[tuple[Abstract, object, np.ndarray, np.ndarray]]:
    """Each question and claim of each abstract with its whole's and its sentences' (or words') logits."""
    net.eval()
    for paper in papers:
        (r,) = batch_of([paper], tok, None)
        for asked, got in zip((r.questions, r.claims), answered(net, r), strict=True):
            if asked is not None and got is not None:
                for m, item in enumerate(asked.items):
                    yield paper, item, got[0][m].numpy(), got[1][m].numpy()
    net.train()


def report(net: ReaderNetwork, papers: Sequence[Abstract], tok: Tokenizer) -> dict[str, float]:
    q, c = defaultdict(list), defaultdict(list)
    best: list[tuple[str, bool]] = []
    right: dict[int, list[float]] = {0: [], 1: []}
    for paper, item, whole, other in predicted(net, papers, tok):
        if hasattr(item, "cited"):
            c[item.kind].append(whole[0])
            right[item.contradicted].append(whole[1]) if item.contradicted >= 0 else None
            continue
        q["about", item.about].append(whole[0])
        if item.about == 1:
            q["stated", item.stated].append(whole[1])
            q["premise", item.premise].append(whole[2]) if item.stated != 0 else None
        if item.stated == 1 and item.evidence:
            n = len(paper.sentences)
            best.append((item.kind, int(np.argmax(other[:n])) + 1 in item.evidence))
    out: dict[str, float] = {}
    if q:
        out |= {
            "about": auc(q["about", 1], q["about", 0]),
            "stated": auc(q["stated", 1], q["stated", 0]),
            "premise": auc(q["premise", 1], q["premise", 0]),
        }
        out["unstated at 3 % refused"] = float(np.mean(np.array(q["stated", 0]) < np.quantile(q["stated", 1], 0.03)))
        out["premise at 2 % accused"] = float(np.mean(np.array(q["premise", 1]) > np.quantile(q["premise", 0], 0.98)))
        for kind in ("named", "idea", "twin"):
            out[f"best sentence {kind}"] = float(np.mean([r for k, r in best if k == kind]))
    faithful = c["faithful"] + c["support"]
    for kind in ("corrupted", "more", "beyond", "contradict", "not enough"):
        if c[kind]:
            out[f"auc {kind}"] = auc(c[kind], faithful)
            for share in (0.9, 0.95):
                out[f"{kind} stopped at {share}"] = float(np.mean(np.array(c[kind]) > np.quantile(faithful, share)))
    out["contradicted"] = auc(right[1], right[0])
    return {k: round(v, 3) for k, v in out.items()}


@torch.no_grad()
def wholes(net: ReaderNetwork, papers: Sequence[Abstract], tok: Tokenizer) -> np.ndarray:
    """Mean-pooled unit vectors by the untrained encoder, for finding siblings."""
    out = []
    for paper in papers:
        states = net.abstract(torch.tensor(page_of(paper.title, paper.sentences[:4], tok).ids)).states.mean(0)
        out.append((states / states.norm()).numpy())
    return np.stack(out)


def batches(
    train: Sequence[Abstract], others: Sequence[Abstract], vectors: tuple[np.ndarray, np.ndarray], epoch: int
) -> list[list[Abstract]]:
    rnd = random.Random(1000 + epoch)
    out = [[varied(train[i], rnd) for i in g] for g in groups(vectors[0], GROUP, rnd)]
    out += [[varied(others[i], rnd) for i in g] for g in groups(vectors[1], 3 * GROUP, rnd)]
    rnd.shuffle(out)
    return out


def train(folder: Path, data: Path, epochs: float, every: int) -> dict[str, object]:
    """Trains from the last checkpoint of ``folder`` to the end; what was done, for the card."""
    torch.manual_seed(0)
    tok = bundled_tokenizer()
    parts = split(data)
    others = scifact(data / "scifact", "train") + check_covid(data / "check-covid", "train")
    net = ReaderNetwork(base_weights())
    cache = folder / "vectors.npz"
    if not cache.exists():
        np.savez(cache, reading=wholes(net, parts["train"], tok), others=wholes(net, others, tok))
    vectors = (np.load(cache)["reading"], np.load(cache)["others"])
    base = [p for n, p in net.named_parameters() if n.startswith("layers") and p.requires_grad]
    heads = [p for n, p in net.named_parameters() if not n.startswith("layers") and p.requires_grad]
    optimizer = torch.optim.AdamW([{"params": base}, {"params": heads}], weight_decay=0.01)
    step, before, start = 0, 0.0, folder / "last.pt"
    if start.exists():
        saved = torch.load(start, weights_only=True)
        net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        step, before = saved["step"], saved.get("seconds", 0.0)
    length = len(batches(parts["train"], others, vectors, 0))
    total, epoch, queue = int(length * epochs), -1, []
    print(f"{len(parts['train'])} + {len(others)} abstracts, {length} batches an epoch, {total} steps, from {step}", flush=True)
    clock, tokens, seen = time.time(), 0, []
    while step < total:
        if step // length != epoch:
            epoch = step // length
            queue = batches(parts["train"], others, vectors, epoch)
        at = step % length
        if at >= len(queue):
            step = (epoch + 1) * length
            continue
        batch = batch_of(queue[at], tok, random.Random(step))
        share = min(1.0, (step + 1) / (WARM_UP * total)) * max(0.03, 1 - step / total)
        for group, rate in zip(optimizer.param_groups, (RATE, HEADS_RATE), strict=True):
            group["lr"] = rate * share
        got = [answered(net, r) for r in batch]
        losses = []
        if any(r.questions for r in batch):
            losses.append(question_losses([g.questions for g in got if g.questions], [r.questions for r in batch if r.questions]))
        if any(r.claims for r in batch):
            losses.append(claim_losses([g.claims for g in got if g.claims], [r.claims for r in batch if r.claims]))
        loss = torch.stack(losses).sum()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*base, *heads], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += sum(r.tokens for r in batch)
        seen.append([x.item() for x in losses])
        step += 1
        if step % 25 == 0:
            pairs = [s for s in seen if len(s) == 2]
            passed = time.time() - clock
            mean = np.round(np.mean(pairs, 0), 3)
            print(f"step {step}/{total} loss {mean} {tokens / passed:.0f} tokens/s {passed:.0f} s", flush=True)
            seen = []
        if step % 100 == 0 or step == total:
            spent = before + time.time() - clock
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": spent}, folder / "new.pt")
            (folder / "new.pt").replace(start)
        if step % every == 0 or step == total:
            print(step, json.dumps(report(net, parts["dev"], tok)), flush=True)
    hours = torch.load(start, weights_only=True).get("seconds", 0.0) / 3600
    return {"steps": step, "abstracts": len(parts["train"]) + len(others), "hours": round(hours, 2)}


def ship(folder: Path, made: Mapping[str, object]) -> None:
    """The last checkpoint -> the file that ships, and its hash beside it."""
    net = ReaderNetwork(base_weights())
    net.load_state_dict(torch.load(folder / "last.pt", weights_only=True)["net"])
    export(net.eval(), MODEL)
    kept = json.loads(CARD.read_text("utf-8"))
    kept |= {"sha256": hashlib.sha256(MODEL.read_bytes()).hexdigest(), "made": made}
    CARD.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(".work/reader"), help="checkpoints; where a run ended, the next goes on")
    parser.add_argument("--epochs", type=float, default=4)
    parser.add_argument("--every", type=int, default=300, help="steps between two reports on held-out papers")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    made = train(arguments.folder, arguments.data, arguments.epochs, arguments.every)
    ship(arguments.folder, made)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(arguments.data, True, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
