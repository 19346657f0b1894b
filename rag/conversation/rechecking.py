"""Whether what was answered still stands on the text that it was answered from.

An answer keeps the sentences that it cites, a cell of a table the sentence that fills it. Here they are held against
the abstracts as they are now. A sentence that only moved within its abstract is the same sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from rag.library.catalog import Catalog
from rag.library.store.cells import KeptCell, text_digest
from rag.types import Paper, Turn

Happened = Literal["removed", "changed", "retracted", "withdrawn", "under concern", "retraction notice"]
_GRAVE: tuple[Happened, ...] = ("retracted", "withdrawn", "under concern", "retraction notice")


@dataclass(frozen=True, slots=True)
class Touched:
    """A turn of a conversation, or a cell of a table, that stands on what is there no longer.

    ``conversation``: its id, "" for a cell; ``turn``: from 1, 0 for a cell. ``question``: as it was asked.
    ``sentence``: the address of the one that has changed, "" where the whole paper is meant; ``text``: as it was cited.
    """

    conversation: str
    turn: int
    question: str
    paper_id: str
    title: str
    happened: Happened
    sentence: str = ""
    text: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Touched:
        if told["happened"] not in get_args(Happened):
            raise ValueError(told["happened"])
        return cls(**{name: told[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Recheck:
    """``turns`` and ``cells``: how many were looked at."""

    turns: int
    cells: int
    touched: tuple[Touched, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"turns": self.turns, "cells": self.cells, "touched": [one.to_dict() for one in self.touched]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Recheck:
        return cls(told["turns"], told["cells"], tuple(map(Touched.from_dict, told["touched"])))


def recheck(catalog: Catalog) -> Recheck:
    """Looks at all conversations and all cells of a library. Raises LibraryDamaged for a turn that cannot be read."""
    conversations = [(c.id, catalog.conversations.turns(c.id)) for c in catalog.conversations.saved()]
    cells = catalog.cells.all()
    cited = {s.paper.paper_id for _, turns in conversations for _, t in turns for s in t.answer.sources}
    rows = catalog.rows_of_papers(cited | {cell.paper_id for cell in cells})
    held = catalog.papers_at(rows.values())
    papers = {paper_id: held[row] for paper_id, row in rows.items() if row in held}
    touched = [
        replace(one, conversation=made, turn=number)
        for made, turns in conversations
        for number, turn in turns
        for one in _of_turn(turn, papers)
    ]
    touched += [one for cell in cells for one in _of_cell(cell, papers)]
    return Recheck(sum(len(turns) for _, turns in conversations), len(cells), tuple(touched))


def _of_turn(turn: Turn, papers: Mapping[str, Paper]) -> Iterator[Touched]:
    answer = turn.answer
    for source in answer.sources:
        cited = source.paper
        found = Touched("", 0, answer.question, cited.paper_id, cited.title, "removed")
        now = papers.get(cited.paper_id)
        if now is None:
            yield found
            continue
        for sentence in source.sentences:
            if sentence.text not in now.abstract:
                yield replace(found, happened="changed", sentence=sentence.id, text=sentence.text)
        if happened := _since(cited.details.status, now):
            yield replace(found, happened=happened)


def _of_cell(cell: KeptCell, papers: Mapping[str, Paper]) -> Iterator[Touched]:
    found = Touched("", 0, cell.question, cell.paper_id, cell.title, "removed")
    now = papers.get(cell.paper_id)
    if now is None:
        yield found
        return
    if text_digest(now) != cell.digest:  # also where nothing was stated: it may be now
        is_lost = bool(cell.number) and cell.text not in now.abstract
        address = f"{cell.paper_id}:{cell.number}" if is_lost else ""
        yield replace(found, happened="changed", sentence=address, text=cell.text if is_lost else "")
    if happened := _since(cell.status, now):
        yield replace(found, happened=happened)


def _since(status: str, paper: Paper) -> Happened | None:
    """What has become of a paper since it was cited, where a reader must know of it."""
    return next((grave for grave in _GRAVE if grave == paper.details.status != status), None)
