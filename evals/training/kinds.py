"""Fits the model that tells what kind of answer a question wants: ``python -m evals.training.kinds``.

Learns from ``items/plans.jsonl`` (questions with their kind) and ``items/fields.jsonl`` (questions for records, with
what they ask for). Figures are of the writers left out, one after another; what ships is fitted on all.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.training.examples import ITEMS, lines
from rag.answering.kinds import FIGURES, WEIGHTS, features
from rag.models.bundled_embedder import BundledEmbedder
from rag.text.words import is_content

OUT = Path("rag/data")
FILES = {"kind": "plans.jsonl", "field": "fields.jsonl"}
SCALE = 4.0
"""Of all features; the longer they are, the less the penalty holds the weights back."""
PENALTY = 2e-5
STEPS = 250
Floats = npt.NDArray[np.float32]


def fit(x: Floats, y: npt.NDArray[np.int64], kinds: int) -> tuple[Floats, Floats]:
    """Softmax regression by accelerated gradient descent, each kind weighing the same: (features, kinds) and
    (kinds,).
    """
    share = np.bincount(y, minlength=kinds) / len(y)
    weight = np.asarray((1 / np.maximum(share, 1e-9) / kinds)[y][:, None] ** 0.5, np.float32)
    matrix, offset = np.zeros((x.shape[1], kinds), np.float32), np.zeros(kinds, np.float32)
    ahead, before, target = (matrix, offset), (matrix, offset), np.eye(kinds, dtype=np.float32)[y]
    rate = 2 * len(y) / _greatest(x) / weight.max()
    for step in range(STEPS):
        logits = x @ ahead[0] + ahead[1]
        odds = np.exp(logits - logits.max(1, keepdims=True))
        wrong = weight * (odds / odds.sum(1, keepdims=True) - target) / len(y)
        now = (ahead[0] - rate * (x.T @ wrong + PENALTY * ahead[0]), ahead[1] - rate * wrong.sum(0))
        push = step / (step + 3)
        ahead = (now[0] + push * (now[0] - before[0]), now[1] + push * (now[1] - before[1]))
        before = now
    return before


def _greatest(x: Floats) -> float:
    """The greatest eigenvalue of x'x, by power iteration, and a little more."""
    direction = np.ones(x.shape[1], np.float32)
    length = 0.0
    for _ in range(30):
        direction = x.T @ (x @ (direction / np.linalg.norm(direction)))
        length = float(np.linalg.norm(direction))
    return 1.1 * length


def report(x: Floats, y: npt.NDArray[np.int64], writers: Sequence[str], kinds: Sequence[str]) -> dict[str, Any]:
    """How often the kind is told rightly, each writer's questions by a fit on the others'; and what is taken
    for what.
    """
    guess, sure = np.zeros(len(y), np.int64), np.zeros(len(y))
    for writer in sorted(set(writers)):
        out = np.array([w == writer for w in writers])
        matrix, offset = fit(x[~out], y[~out], len(kinds))
        logits = x[out] @ matrix + offset
        odds = np.exp(logits - logits.max(1, keepdims=True))
        guess[out], sure[out] = logits.argmax(1), (odds / odds.sum(1, keepdims=True)).max(1)
    taken: dict[str, int] = defaultdict(int)
    for right, got in zip(y, guess, strict=True):
        if right != got:
            taken[f"{kinds[int(right)]} as {kinds[int(got)]}"] += 1
    return {
        "n": len(y),
        "right": round(float((guess == y).mean()), 3),
        "right by kind": {k: round(float((guess[y == n] == n).mean()), 3) for n, k in enumerate(kinds)},
        "right where sure of .6": [
            round(float((guess == y)[sure >= 0.6].mean()), 3),
            round(float((sure >= 0.6).mean()), 3),
        ],
        "taken": dict(sorted(taken.items(), key=lambda kv: -kv[1])[:12]),
    }


def plain_words(folder: Path) -> list[str]:
    """What ``plain.txt`` lists, without what is no word of content anyway."""
    held = (folder / "plain.txt").read_text("utf-8").splitlines()
    return sorted({w for line in held if not line.startswith("#") for w in line.split() if is_content(w)})


def load(path: Path, label: str) -> tuple[list[str], list[str], list[str]]:
    rows = list(lines(path))
    return [r["q"] for r in rows], [r[label] for r in rows], [r["writer"] for r in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=Path, default=ITEMS)
    parser.add_argument("--write", action="store_true", help="write rag/data/kinds.*")
    arguments = parser.parse_args()
    embedder = BundledEmbedder()
    kept: dict[str, Any] = {}
    figures: dict[str, Any] = {}
    for label, name in FILES.items():
        texts, labels, writers = load(arguments.items / name, label)
        names = sorted(set(labels))
        x = SCALE * np.array([features(t, embedder.states(t)) for t in texts], np.float32)
        y = np.array([names.index(k) for k in labels])
        figures[label] = report(x, y, writers, names)
        matrix, offset = fit(x, y, len(names))
        matrix *= SCALE
        parts = {"names": np.array(names), "matrix": matrix.astype(np.float16), "offset": offset.astype(np.float32)}
        kept |= {f"{label}_{name}": value for name, value in parts.items()}
    print(json.dumps(figures, indent=1))
    if arguments.write:
        np.savez_compressed(OUT / WEIGHTS, **kept)
        sha256 = hashlib.sha256((OUT / WEIGHTS).read_bytes()).hexdigest()
        told: Mapping[str, Any] = {"sha256": sha256, "figures": figures, "plain words": plain_words(arguments.items)}
        (OUT / FIGURES).write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
