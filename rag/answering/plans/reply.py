"""What a plan gives, its claims and the papers that it lists before they are numbered; and how papers are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.types import Claim, Coverage, Outcome, Paper, Plan, Sentence


@dataclass(frozen=True)
class Cell:
    """A cell of a table: words of ours, or a sentence of an abstract."""

    text: str
    sentence: Sentence | None = None


@dataclass(frozen=True)
class Reply:
    """``note``: what precedes the claims, Markdown of ours. ``listed``: papers in the order of their numbers, with the
    sentences that are cited of each (none where the catalogue alone speaks). ``columns``, ``rows``: a table, or
    nothing.
    """

    plan: Plan
    outcome: Outcome
    note: str
    claims: tuple[Claim, ...] = ()
    listed: tuple[tuple[Paper, tuple[Sentence, ...]], ...] = ()
    read: Coverage | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


NOT_GIVEN = "not given"
"""Of a record that lacks what is counted by."""


def counted(papers: Sequence[Paper], by: str) -> list[tuple[str, int]]:
    """How many papers each year, venue or author has: years in their order, else the most first."""
    counts = Counter(value for paper in papers for value in _values(paper, by))
    return sorted(counts.items()) if by == "year" else counts.most_common()


def order_by_year(papers: Sequence[Paper], first: str) -> list[int]:
    """Their places, the ``first`` ("newest" or "oldest") first; a paper without a year comes last."""
    sign = 1 if first == "oldest" else -1
    return sorted(range(len(papers)), key=lambda n: (papers[n].year is None, sign * (papers[n].year or 0)))


def by_year(reply: Reply) -> Reply:
    """The same list by year, as its plan wants it: the newest or the oldest first."""
    order = order_by_year([paper for paper, _ in reply.listed], reply.plan.field)
    return replace(reply, listed=tuple(reply.listed[n] for n in order), claims=tuple(reply.claims[n] for n in order))


def count_of(papers: int) -> str:
    return "1 paper" if papers == 1 else f"{papers} papers"


def _values(paper: Paper, by: str) -> tuple[str, ...]:
    if by == "author":
        return paper.authors or (NOT_GIVEN,)
    value = paper.year if by == "year" else paper.venue
    return (str(value) if value else NOT_GIVEN,)
