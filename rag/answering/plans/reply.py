"""What a plan gives: its claims and the papers that it lists, before they are numbered."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Claim, Coverage, Outcome, Paper, Plan, Sentence


@dataclass(frozen=True)
class Cell:
    """A cell of a table: words of ours, or a sentence of an abstract."""

    text: str
    sentence: Sentence | None = None


@dataclass(frozen=True)
class Reply:
    """``note``: what precedes the claims, Markdown of ours. ``listed``: papers in the order of their numbers, with the sentences that are
    cited of each (none where the catalogue alone speaks). ``columns``, ``rows``: a table, or nothing.
    """

    plan: Plan
    outcome: Outcome
    note: str
    claims: tuple[Claim, ...] = ()
    listed: tuple[tuple[Paper, tuple[Sentence, ...]], ...] = ()
    read: Coverage | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
