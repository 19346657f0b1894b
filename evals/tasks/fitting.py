"""The thresholds of the answers without a language model, chosen on the training claims of the sets together.

    python -m evals.tasks.fitting ../shared/data

Prints macro-F1 on each set for each pair of thresholds that is best somewhere, and the pair that is best for both.
Figures that are reported are of other claims.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from evals.tasks.answering import Look, Thresholds, judged, look
from evals.tasks.cases import Given, Question, load_task
from evals.tasks.scoring import Labelled, label_figures
from rag.models.bundled_reader import BundledReader

TRIED = tuple(float(x) for x in np.arange(0.2, 0.95, 0.05).round(2))
SETS = ("scifact", "check-covid")
Seen = Sequence[tuple[Question, Given, Look]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, help="questions of each set, for a first look")
    arguments = parser.parse_args()
    reader, scores = BundledReader(), {}
    for name in SETS:
        task = load_task(name, arguments.data / name)
        seen = [(q, g, look(reader, q.text, g.sentences)) for q in task.fitting[: arguments.limit] for g in q.given]
        scores[name] = {pair: macro_f1(seen, Thresholds(*pair), task.labels) for pair in product(TRIED, TRIED)}
        best = max(scores[name], key=scores[name].__getitem__)
        print(f"{name}: {len(seen)} claims, best {best}: macro-F1 {scores[name][best]:.3f}")
    both = max(product(TRIED, TRIED), key=lambda pair: sum(s[pair] for s in scores.values()))
    print(f"both: {both}: " + ", ".join(f"{name} {s[both]:.3f}" for name, s in scores.items()))


def macro_f1(seen: Seen, limits: Thresholds, labels: Sequence[str]) -> float:
    """Macro-F1 of the labels that follow from these thresholds."""
    return label_figures([Labelled(q.id, g.label, judged(what, limits).label) for q, g, what in seen], labels)[
        "macro_f1"
    ].mean


if __name__ == "__main__":
    main()
