"""What an evidence table is; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag import notebook
from rag.answering.tables import exporting
from rag.answering.tables.cells import EvidenceRow

if TYPE_CHECKING:
    from pandas import DataFrame

TableFormat = Literal["csv", "markdown", "html", "json", "xlsx"]


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

    @property
    def counted(self) -> str:
        """For example: 81 papers, 5 questions: 237 of 405 cells are stated."""
        return exporting.counted(self.questions, self.rows)

    def written(self, form: Literal["csv", "markdown", "html", "json"]) -> str:
        """The table as a file's text."""
        if form == "json":
            return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"
        return {"csv": self.to_csv, "markdown": self.to_markdown, "html": self.to_html}[form]()

    def to_csv(self) -> str:
        """Two columns a question, what the cell says and the address of its sentence; for spreadsheets."""
        return exporting.as_csv(self.questions, self.rows)

    def to_markdown(self) -> str:
        return exporting.as_markdown(self.questions, self.rows)

    def to_html(self) -> str:
        """One file, without scripts, that opens anywhere."""
        return exporting.as_html(self.questions, self.rows, self.notes)

    def to_xlsx(self, path: str | Path) -> None:
        """Writes a workbook. Raises UsageError where what writes it is not installed, InputError where the file cannot
        be written.
        """
        exporting.write_xlsx(self.questions, self.rows, Path(path))

    def _repr_html_(self) -> str:
        return notebook.table_html("Evidence table", self.counted, self._rows())

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
