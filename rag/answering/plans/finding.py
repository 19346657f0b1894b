"""All papers that match a question, each with the sentence that says so: the likeliest are read until a run of them does not match."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.answering.plans.reply import Cell, Reply
from rag.answering.reading import with_reading
from rag.answering.understanding import Understood
from rag.models.bundled_reader import figures
from rag.models.reader import Asked, Reader, Reading
from rag.retrieval import Found, Retrieval
from rag.types import Claim, Coverage, Paper, Plan, Sentence

MOST_READ = 60
"""Papers that are read for one question."""
AT_ONCE = 6
MOST_UNCLEAR = 5
"""Papers that are shown where none surely matches."""
RUN = 15
"""So many in a row that don't match, best first by retrieval, and the rest is not read."""


@dataclass(frozen=True)
class Weights:
    """What a reading's log odds, and the relevance that retrieval gave a paper, weigh in the probability that it matches; fitted on lists
    of held-out papers in a library. From ``matches`` on it does; from ``unclear`` on it may.
    """

    about: float
    stated: float
    sentence: float
    retrieved: float
    offset: float
    matches: float
    unclear: float

    @classmethod
    def fitted(cls) -> Weights:
        return cls(**figures()["lists"])

    def probability(self, reading: Reading, relevance: float) -> float:
        """``relevance``: what retrieval gave the paper."""
        odds = (
            self.about * _log_odds(reading.about) + self.stated * _log_odds(reading.stated)
            + self.sentence * _log_odds(max(reading.sentences, default=0.0)) + self.retrieved * relevance + self.offset
        )  # fmt: skip
        return float(1 / (1 + np.exp(-np.clip(odds, -50, 50))))


@dataclass(frozen=True)
class Match:
    paper: Paper
    sentence: Sentence
    probability: float


def find(retrieval: Retrieval, understood: Understood, reader: Reader, of: int) -> Generator[Claim, None, Reply]:
    """Claims as the papers are read, then the whole. ``of``: papers in the library, or within the question's bounds."""
    weights = Weights.fitted()
    found: list[Match] = []
    unclear: list[Match] = []
    read = 0
    for match in _read(retrieval, reader, weights):
        read += 1
        if match is None or match.probability < weights.unclear:
            continue
        if match.probability < weights.matches:
            unclear.append(match)
            continue
        found.append(match)
        yield _claim(match)
    coverage = Coverage(read, of, len(unclear))
    plan = understood.plan
    if not found and unclear:  # a no would be false as often as not
        nearest = sorted(unclear, key=lambda m: -m.probability)[:MOST_UNCLEAR]
        yield from map(_claim, nearest)
        listed = tuple((m.paper, (m.sentence,)) for m in nearest)
        note = f"No paper surely matches; these may. {_reach(coverage)}"
        return Reply(plan, "partial", note, tuple(map(_claim, nearest)), listed, coverage)
    if not found:
        return Reply(plan, "not_covered", _none(coverage), read=coverage)
    note = _note(len(found), coverage, counting=plan.kind == "count")
    rows = _grouped(plan, [m.paper for m in found])
    listed = tuple((m.paper, (m.sentence,)) for m in found)
    columns = (plan.by.capitalize(), "Papers") if rows else ()
    return Reply(plan, "answered", note, tuple(map(_claim, found)), listed, coverage, columns, rows)


def _read(retrieval: Retrieval, reader: Reader, weights: Weights) -> Iterator[Match | None]:
    """Each paper that is read, likeliest first; None for one that has no sentence to quote."""
    missed = 0
    for at in range(0, min(len(retrieval.found), MOST_READ), AT_ONCE):
        some = retrieval.found[at : at + AT_ONCE]
        readings = reader.read([Asked(retrieval.question.text, f.passage.paper.title, tuple(s.text for s in f.sentences)) for f in some])
        for found, reading in zip(some, readings, strict=True):
            match = _match(found, reading, weights)
            missed = 0 if match and match.probability >= weights.unclear else missed + 1
            yield match
        if missed >= RUN:
            return


def _match(found: Found, reading: Reading, weights: Weights) -> Match | None:
    seen = with_reading(found, reading, 0.0)
    if not seen.passage.sentences or not any(seen.likely > 0):
        return None
    return Match(found.passage.paper, seen.passage.sentences[0].sentence, weights.probability(reading, found.passage.score))


def _claim(match: Match) -> Claim:
    return Claim(match.sentence.text, (match.sentence.id,), "quoted")


def _grouped(plan: Plan, papers: Sequence[Paper]) -> tuple[tuple[Cell, ...], ...]:
    """How many papers of each year or venue, where the question counts by that."""
    if not plan.by:
        return ()
    counts: dict[str, int] = {}
    for paper in papers:
        for value in values_of(paper, plan.by):
            counts[value] = counts.get(value, 0) + 1
    return tuple((Cell(value), Cell(str(n))) for value, n in sorted(counts.items()))


def values_of(paper: Paper, by: str) -> tuple[str, ...]:
    """What a paper's record has of that by which is counted."""
    if by == "author":
        return paper.authors or ("not given",)
    value = paper.year if by == "year" else paper.venue
    return (str(value) if value else "not given",)


def _note(n: int, coverage: Coverage, *, counting: bool) -> str:
    papers = "1 paper" if n == 1 else f"{n} papers"
    return f"{f'**{papers}**' if counting else papers} of {coverage.of} {'matches' if n == 1 else 'match'}. {_reach(coverage)}"


def _none(coverage: Coverage) -> str:
    return f"Not covered: none of the papers that were read matches. {_reach(coverage)}"


def _reach(coverage: Coverage) -> str:
    """How far was looked, and how much is unclear."""
    unclear = f"; {coverage.unclear} may or may not" if coverage.unclear else ""
    if coverage.papers >= coverage.of:
        return f"All were read{unclear}."
    return f"The {coverage.papers} nearest were read{unclear}; the others are farther from the question."


def _log_odds(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return float(np.log(p / (1 - p)))
