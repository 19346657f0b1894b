"""Questions for all that match, asked of a library of held-out papers: what a paper's figures weigh, and how often the
answer is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.training.examples import Abstract
from evals.training.ranks import auc, logistic, logit, scaled_reading
from rag.answering.plans.finding import Limits
from rag.answering.reading import asked_beside
from rag.answering.retrieval import Retriever
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import BundledReader
from rag.models.reader import Asked, Reading
from rag.types import normalise_title

LISTED = 40
"""Papers that are looked at for a question."""


@dataclass(frozen=True)
class Listed:
    """A question for all that match, beside a paper that was found for it: whether it matches, its relevance, and how
    it was read.
    """

    matches: bool
    relevance: float
    reading: Reading
    evidence: tuple[int, ...]


def read(held: Sequence[Abstract], part: Sequence[Abstract], reader: BundledReader, folder: Path) -> list[Listed]:
    """Each list question on the papers of ``part``, asked of the library of all ``held`` papers that
    :func:`evals.training.measure.tried` made in ``folder``. Siblings of which nobody said whether they match are left
    out; papers of other topics don't.
    """
    by_title = {normalise_title(p.title): p for p in held}
    texts = {q.text: p.cluster for p in part for q in p.questions if q.kind == "list"}
    embedder, library = BundledEmbedder(), Library(folder / "library")
    retriever = Retriever(library, embedder)
    asked: list[tuple[Asked, float, bool, tuple[int, ...]]] = []
    for text, cluster in texts.items():
        for found in retriever.retrieve(text, LISTED).found:
            paper = by_title[normalise_title(found.passage.paper.title)]
            own = next((q for q in paper.questions if q.kind == "list" and q.text == text), None)
            if own is not None or paper.cluster != cluster:
                evidence = (own.evidence or ()) if own else ()
                asked.append(
                    (asked_beside(text, found), found.passage.score, own is not None and own.about == 1, evidence)
                )
    library.close()
    order = sorted(range(len(asked)), key=lambda n: asked[n][0].title)
    readings = dict(zip(order, reader.read([asked[n][0] for n in order]), strict=True))
    return [
        Listed(matches, relevance, readings[n], evidence) for n, (_, relevance, matches, evidence) in enumerate(asked)
    ]


def fitted(rows: Sequence[Listed], scales: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """What a reading and a relevance weigh in a paper's matching, and the limit that makes precision and recall best
    together.
    """
    x = np.array([[*logit(_listed_odds(scaled_reading(r.reading, scales))), r.relevance] for r in rows])
    y = np.array([float(r.matches) for r in rows])
    weights, offset = logistic(x, y)
    p = 1 / (1 + np.exp(-(x @ weights + offset)))

    def f1(limit: float) -> float:
        hits = float(((p >= limit) * y).sum())
        return 2 * hits / float((p >= limit).sum() + y.sum())

    limit = max(np.linspace(0.1, 0.8, 71), key=f1)
    names = ("about", "stated", "sentence", "retrieved")
    return dict(zip(names, map(float, weights), strict=True)) | {
        "offset": offset,
        "matches": float(limit),
        "unclear": float(limit) / 2,
    }


def _listed_odds(reading: Reading) -> list[float]:
    return [reading.about, reading.stated, max(reading.sentences)]


def report(rows: Sequence[Listed]) -> dict[str, float]:
    limits = Limits.fitted()
    p = np.array([limits.weights.probability(r.reading, r.relevance) for r in rows])
    y = np.array([r.matches for r in rows])
    hit = p >= limits.matches
    best = [int(np.argmax(r.reading.sentences)) + 1 in r.evidence for r in rows if r.matches]
    return {
        "n": len(rows), "match": int(y.sum()), "auc": round(auc(list(p[y]), list(p[~y])), 3),
        "precision": round(float(y[hit].mean()), 3),
        "recall": round(float(hit[y].mean()), 3), "unclear": round(float(((p >= limits.unclear) & ~hit).mean()), 3),
        "evidence shown": round(float(np.mean(best)), 3),
    }  # fmt: skip
