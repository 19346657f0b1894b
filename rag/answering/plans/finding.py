"""All papers that match a question, each with the sentence that says so: the likeliest are read until a run of them
does not match.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from rag.answering.plans.reply import Cell, Reply, count_of, counted
from rag.answering.reading import Weights, asked_beside, with_reading
from rag.answering.retrieval import Found, Retrieval
from rag.models.bundled_reader import figures
from rag.models.reader import Reader, Reading
from rag.text.display import markdown
from rag.types import Claim, Coverage, Outcome, Paper, Plan, Sentence

MOST_READ = 60
"""Papers that are read for one question."""
AT_ONCE = 6
MOST_UNCLEAR = 5
"""Papers that are shown where none surely matches."""
RUN = 15
"""So many in a row that don't match, best first by retrieval, and the rest is not read."""


@dataclass(frozen=True)
class Limits:
    """What the figures of a paper weigh in the probability that it matches; from ``matches`` on it does, from
    ``unclear`` on it may. Fitted on lists of held-out papers in a library.
    """

    weights: Weights
    matches: float
    unclear: float

    @classmethod
    def fitted(cls) -> Limits:
        held = dict(figures()["lists"])
        matches, unclear = held.pop("matches"), held.pop("unclear")
        return cls(Weights(**held), matches, unclear)


@dataclass(frozen=True)
class Match:
    paper: Paper
    sentence: Sentence
    probability: float

    @property
    def claim(self) -> Claim:
        return Claim(self.sentence.text, (self.sentence.id,), "quoted")


def find(retrieval: Retrieval, plan: Plan, reader: Reader, of: int) -> Generator[Claim, None, Reply]:
    """Claims as the papers are read, then the whole. ``of``: papers in the library, or within the question's bounds."""
    limits = Limits.fitted()
    found: list[Match] = []
    unclear: list[Match] = []
    read = 0
    for match in _read(retrieval, reader, limits):
        read += 1
        if match is None or match.probability < limits.unclear:
            continue
        if match.probability < limits.matches:
            unclear.append(match)
            continue
        found.append(match)
        yield match.claim
    coverage = Coverage(read, of, len(unclear))
    if found:
        return _reply(plan, "answered", _note(len(found), coverage, counting=plan.kind == "count"), found, coverage)
    if not unclear:
        return _reply(
            plan,
            "not_covered",
            f"Not covered: none of the papers that were read matches. {_reach(coverage)}",
            [],
            coverage,
        )
    nearest = sorted(unclear, key=lambda m: -m.probability)[:MOST_UNCLEAR]  # a no would be false as often as not
    yield from (m.claim for m in nearest)
    return _reply(plan, "partial", f"No paper surely matches; these may. {_reach(coverage)}", nearest, coverage)


def _reply(plan: Plan, outcome: Outcome, note: str, shown: Sequence[Match], coverage: Coverage) -> Reply:
    """With a table where the question counts by something."""
    counts = counted([m.paper for m in shown], plan.by) if plan.by and outcome == "answered" else []
    rows = tuple((Cell(markdown(value)), Cell(str(n))) for value, n in counts)
    listed = tuple((m.paper, (m.sentence,)) for m in shown)
    return Reply(
        plan,
        outcome,
        note,
        tuple(m.claim for m in shown),
        listed,
        coverage,
        (plan.by.capitalize(), "Papers") if rows else (),
        rows,
    )


def _read(retrieval: Retrieval, reader: Reader, limits: Limits) -> Iterator[Match | None]:
    """Each paper that is read, likeliest first; None for one that has no sentence to quote."""
    missed = 0
    for at in range(0, min(len(retrieval.found), MOST_READ), AT_ONCE):
        some = retrieval.found[at : at + AT_ONCE]
        readings = reader.read([asked_beside(retrieval.question.text, f) for f in some])
        for found, reading in zip(some, readings, strict=True):
            match = _match(found, reading, limits.weights)
            missed = 0 if match and match.probability >= limits.unclear else missed + 1
            yield match
        if missed >= RUN:
            return


def _match(found: Found, reading: Reading, weights: Weights) -> Match | None:
    seen = with_reading(found, reading, 0.0)
    if not seen.passage.sentences or not any(seen.likely > 0):
        return None
    return Match(
        found.passage.paper, seen.passage.sentences[0].sentence, weights.probability(reading, found.passage.score)
    )


def _note(n: int, coverage: Coverage, *, counting: bool) -> str:
    papers = count_of(n)
    return (
        f"{f'**{papers}**' if counting else papers} of {coverage.of} {'matches' if n == 1 else 'match'}. "
        f"{_reach(coverage)}"
    )


def _reach(coverage: Coverage) -> str:
    """How far was looked, and how much is unclear."""
    unclear = f"; {coverage.unclear} may or may not" if coverage.unclear else ""
    if coverage.papers >= coverage.of:
        return f"All were read{unclear}."
    return f"The {coverage.papers} nearest were read{unclear}; the others are farther from the question."
