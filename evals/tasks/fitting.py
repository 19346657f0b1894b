"""The thresholds of the answers without a model, chosen on a set's training claims.

    python -m evals.tasks.fitting scifact ../shared/data/scifact

Prints macro-F1 for each threshold of being about a claim, then F1 of chosen sentences for each share of the best; the greatest of both are
written into ``answering.py`` by hand. Figures that are reported are of other claims.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.tasks.answering import Look, Reader, Thresholds, judged, look
from evals.tasks.cases import Given, Question, load_task
from evals.tasks.scoring import Labelled, Reply, evidence_figures, label_figures
from rag.embedding import Embedder

ABOUT = tuple(float(x) for x in np.arange(0.4, 1.05, 0.05).round(2))
BESIDE = (0.6, 0.7, 0.8, 0.9, 1.0)
Seen = Sequence[tuple[Question, Given, Look]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("scifact", "check-covid"))
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    task, reader = load_task(arguments.task, arguments.folder), Reader(Embedder())
    seen = [(q, g, look(reader, q.text, g.sentences)) for q in task.fitting for g in q.given]
    for about in ABOUT:
        print(f"about {about:.2f}: macro-F1 {macro_f1(seen, Thresholds(about, 1.0), task.labels):.3f}")
    best = max(ABOUT, key=lambda about: macro_f1(seen, Thresholds(about, 1.0), task.labels))
    for beside in BESIDE if task.selects else ():
        print(f"about {best:.2f}, beside {beside:.1f}: sentences {sentence_f1(seen, Thresholds(best, beside)):.3f}")


def macro_f1(seen: Seen, limits: Thresholds, labels: Sequence[str]) -> float:
    """Macro-F1 of the labels that follow from these thresholds."""
    return label_figures([Labelled(q.id, g.label, judged(what, limits).label) for q, g, what in seen], labels)["macro_f1"].mean


def sentence_f1(seen: Seen, limits: Thresholds) -> float:
    """F1 of the sentences that are chosen with these thresholds."""
    questions = {q.id: q for q, _, _ in seen}
    replies: dict[str, dict[str, Reply]] = {name: {} for name in questions}
    for question, given, what in seen:
        replies[question.id][given.document] = judged(what, limits)
    return evidence_figures([(q.evidence, replies[name]) for name, q in questions.items()])["sentence_f1"].mean


if __name__ == "__main__":
    main()
