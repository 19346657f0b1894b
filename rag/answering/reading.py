"""The reader over the best papers found: ranks them and their sentences again, with what each states of the
question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answering.retrieval import Found, Retrieval, ranked_sentences
from rag.models.bundled_reader import figures
from rag.models.reader import Asked, Reader, Reading
from rag.text.sentences import is_stub
from rag.text.titles import originals_first
from rag.types import Passage

SEVERAL = ("find", "count", "across", "compare")
"""Kinds of answer that several papers give."""
READ = 10
"""Papers that are read for a question; of half-remembered ones nine in ten are among the first ten found
(evals/LOG.md).
"""
FIRST, ENOUGH = 3, 0.9
"""So many are read first; where one of them is the paper that is asked about with this probability, no others are. Of
1,083 held-out questions no ranking was worse for it, and half as much was read."""


@dataclass(frozen=True)
class Weights:
    """What a paper's figures weigh: log odds of the reader's, and the relevance that retrieval gave it. Fitted on
    held-out papers, so that the sum is the log odds of its being the one that is asked about, or one of all that match.
    """

    about: float
    stated: float
    sentence: float
    retrieved: float
    offset: float

    @classmethod
    def fitted(cls) -> Weights:
        return cls(**figures()["ranking"])

    def probability(self, reading: Reading, relevance: float) -> float:
        """That the paper is what is asked for. ``relevance``: what retrieval gave it."""
        best = max(reading.sentences, default=0.0)
        odds = (
            self.about * _log_odds(reading.about)
            + self.stated * _log_odds(reading.stated)
            + self.sentence * _log_odds(best)
            + self.retrieved * relevance + self.offset
        )  # fmt: skip
        return float(1 / (1 + np.exp(-np.clip(odds, -50, 50))))


def reach(k: int) -> int:
    """How many papers retrieval is asked for, so that there are enough to read; what is no number of papers
    stays none.
    """
    return max(k, READ) if k > 0 else k


def read(retrieval: Retrieval, reader: Reader, k: int, weights: Weights | None = None) -> Retrieval:
    """The same papers with their readings, best first, at most ``k`` of them. Those that the question is said to be
    about, and those that it calls by name, stay before the others; what is not read comes last.
    """
    weighed = weights or Weights.fitted()
    most = max(READ, retrieval.about)
    first = most if asks_of_several(retrieval) else max(FIRST, retrieval.about)
    done = _read(retrieval, 0, first, reader, weighed)
    if not any(found.passage.score >= ENOUGH for found in done):
        done += _read(retrieval, first, most, reader, weighed)
    given, others = done[: retrieval.about], done[retrieval.about :]
    ranked = [*_ranked(given), *_ranked(others), *retrieval.found[len(done) :]]
    ordered = [ranked[n] for n in originals_first([f.passage.paper.title for f in ranked])]
    return replace(retrieval, found=tuple(_falling(ordered[:k])))


def _read(retrieval: Retrieval, start: int, stop: int, reader: Reader, weights: Weights) -> list[Found]:
    """The papers from place ``start`` to ``stop``, as they were read, in the order in which they were found."""
    some = retrieval.found[start:stop]
    readings = reader.read([asked_beside(retrieval.question.text, found) for found in some])
    pairs = zip(some, readings, strict=True)
    return [with_reading(found, reading, weights.probability(reading, found.passage.score)) for found, reading in pairs]


def _ranked(found: Sequence[Found]) -> list[Found]:
    """Those that are called by name first, then the likeliest; of equals the one that was found before."""
    return sorted(found, key=lambda f: (not f.called, -f.passage.score))


def _falling(found: Sequence[Found]) -> Iterator[Found]:
    """With relevances that fall along the ranking, whatever each was held to be."""
    least = 1.0
    for one in found:
        least = min(least, one.passage.score)
        yield replace(one, passage=replace(one.passage, score=least))


def asks_of_several(retrieval: Retrieval) -> bool:
    """Whether a question sets papers side by side or asks for all that match."""
    return retrieval.about > 1 or retrieval.kind in SEVERAL


def asked_beside(question: str, found: Found) -> Asked:
    """A question beside a paper that was found."""
    return Asked(question, found.passage.paper.title, tuple(s.text for s in found.sentences))


def with_reading(found: Found, reading: Reading, score: float) -> Found:
    """What was found, as it was read. What is no evidence of anything stays none, however well it seems to answer."""
    likely = np.where(found.likely > 0, np.clip(reading.sentences, 1e-6, 1), 0).astype(np.float32)
    passage = Passage(found.passage.paper, score, ranked_sentences(found.sentences, likely))
    return replace(found, passage=passage, likely=likely, reading=reading)


def _log_odds(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return float(np.log(p / (1 - p)))


def best_evidence(found: Found, least: float, most: int) -> Sequence[int]:
    """Places of the sentences that answer: the likeliest that tells anything, and others from ``least`` on, in the
    order of the abstract.
    """
    order = [int(i) for i in np.argsort(-found.likely, kind="stable") if found.likely[i] > 0]
    order = [i for i in order if not is_stub(found.sentences[i].text)] or order
    return sorted(order[:1] + [i for i in order[1:most] if found.likely[i] >= least])
