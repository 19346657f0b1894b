"""What an evidence table is; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag import notebook
from rag.answering.drafts.report import paper_from_line, paper_line
from rag.types import CellState, Details, Paper, Sentence

if TYPE_CHECKING:
    from pandas import DataFrame

NOT_STATED = "not stated in the abstract"
TableFormat = Literal["csv", "markdown", "html", "json", "xlsx"]


@dataclass(frozen=True, slots=True)
class EvidenceCell:
    """``sentence``: of the abstract, exact; None where the state is "not_stated". ``phrase``: the same in short, by a
    model and borne out by that sentence; "" where there is none.
    """

    state: CellState
    sentence: Sentence | None = None
    phrase: str = ""

    @property
    def text(self) -> str:
        """What a person reads in the cell."""
        if self.sentence is None:
            return NOT_STATED
        return f"Says otherwise: {self.sentence.text}" if self.state == "otherwise" else self.sentence.text

    def to_dict(self) -> dict[str, Any]:
        s = self.sentence
        told = s and {"id": s.id, "text": s.text, "start": s.start, "end": s.end}
        return {"state": self.state, "sentence": told, "phrase": self.phrase}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> EvidenceCell:
        s = told["sentence"]
        if s is None:
            return cls(told["state"])
        paper_id, _, number = s["id"].rpartition(":")
        return cls(told["state"], Sentence(paper_id, int(number), s["start"], s["end"], s["text"]), told["phrase"])


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A paper and a cell for each question, in their order."""

    paper: Paper
    cells: tuple[EvidenceCell, ...]

    def to_dict(self) -> dict[str, Any]:
        line = paper_line(self.paper) | {"status": self.paper.details.status}
        return {"paper": line, "cells": [cell.to_dict() for cell in self.cells]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> EvidenceRow:
        paper = replace(paper_from_line(told["paper"]), details=Details(status=told["paper"]["status"]))
        return cls(paper, tuple(EvidenceCell.from_dict(cell) for cell in told["cells"]))


@dataclass(frozen=True, slots=True)
class TableBegun:
    """How many papers the table has, how many cells, and how many of those were read before."""

    papers: int
    cells: int
    kept: int

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """``read``: how many cells were read for it, the others were kept from before. ``notes``: what a person should
    know, such as why there are no phrases.
    """

    questions: tuple[str, ...]
    rows: tuple[EvidenceRow, ...]
    read: int = 0
    notes: tuple[str, ...] = ()

    @property
    def stated(self) -> int:
        """How many cells have a sentence."""
        return sum(cell.sentence is not None for row in self.rows for cell in row.cells)

    @property
    def has_phrases(self) -> bool:
        return any(cell.phrase for row in self.rows for cell in row.cells)

    def to_dict(self) -> dict[str, Any]:
        return {
            "questions": list(self.questions),
            "rows": [row.to_dict() for row in self.rows],
            "read": self.read,
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> EvidenceTable:
        """The table that :meth:`to_dict` told; its papers have what was told of them: no abstract. Raises KeyError,
        TypeError or ValueError if it is none.
        """
        rows = tuple(EvidenceRow.from_dict(row) for row in told["rows"])
        return cls(tuple(told["questions"]), rows, told["read"], tuple(told["notes"]))

    def written(self, form: Literal["csv", "markdown", "html", "json"]) -> str:
        """The table as a file's text."""
        from rag.answering.tables.exporting import as_json

        writers = {"csv": self.to_csv, "markdown": self.to_markdown, "html": self.to_html}
        return as_json(self) if form == "json" else writers[form]()

    def to_csv(self) -> str:
        """Two columns a question, what the cell says and the address of its sentence; for spreadsheets."""
        from rag.answering.tables.exporting import as_csv

        return as_csv(self)

    def to_markdown(self) -> str:
        from rag.answering.tables.exporting import as_markdown

        return as_markdown(self)

    def to_html(self) -> str:
        """One file, without scripts, that opens anywhere."""
        from rag.answering.tables.exporting import as_html

        return as_html(self)

    def to_xlsx(self, path: str | Path) -> None:
        """Writes a workbook. Raises UsageError where what writes it is not installed."""
        from rag.answering.tables.exporting import write_xlsx

        write_xlsx(self, Path(path))

    def _repr_html_(self) -> str:
        from rag.answering.tables.exporting import counted

        return notebook.table_html("Evidence table", counted(self), self._rows())

    def to_pandas(self) -> DataFrame:
        """A row a paper, a column a question; a cell that is not stated is None. Raises UsageError where pandas is not
        installed.
        """
        return notebook.frame(self._rows(), ("paper_id", "title", "year", *self.questions))

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {"paper_id": row.paper.paper_id, "title": row.paper.title, "year": row.paper.year}
            | {q: c.text if c.sentence else None for q, c in zip(self.questions, row.cells, strict=True)}
            for row in self.rows
        ]


TableEvent = TableBegun | EvidenceRow | EvidenceTable
"""A table as it is filled: TableBegun, its rows in order, then the whole."""


def event_to_dict(event: TableEvent) -> tuple[str, dict[str, Any]]:
    """An event's name and what it tells."""
    name = "begun" if isinstance(event, TableBegun) else "row" if isinstance(event, EvidenceRow) else "done"
    return name, event.to_dict()


def event_from_dict(name: str, told: Mapping[str, Any]) -> TableEvent | None:
    """None for a name that is no event of a table: a later server may tell more than this client knows."""
    if name == "begun":
        return TableBegun(told["papers"], told["cells"], told["kept"])
    if name == "row":
        return EvidenceRow.from_dict(told)
    return EvidenceTable.from_dict(told) if name == "done" else None
