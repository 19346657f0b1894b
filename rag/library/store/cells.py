"""Where the cells of evidence tables are kept: in the library's catalogue, each with a digest of the text that it was
read from.

A cell is what one question found in one abstract. It is found again as long as neither the abstract, nor the question,
nor what read them has changed; so a table that was broken off goes on, and one of yesterday reads new papers only. Like
conversations, cells are written without the library's lock: they touch neither papers nor the vector index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args

from rag.database import Database
from rag.library.store.schema import CELLS
from rag.types import CellState, Paper

_TOGETHER = 400
"""Papers whose cells are looked up in one statement."""


class KeptCell(NamedTuple):
    """``number``: of the sentence, 0 where nothing is stated. ``text``: that sentence. ``phrase``: the same in short,
    by ``model``, "" where no model was asked. ``status``: what had become of the paper.
    """

    paper_id: str
    question: str
    reader: str
    digest: str
    title: str
    status: str
    state: CellState
    number: int
    text: str
    phrase: str = ""
    model: str = ""


class Cells:
    """The cells of one catalogue. Raises what :class:`Database` raises; StorageError where nothing can be written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self, papers: Sequence[Paper], questions: Sequence[str], reader: str) -> dict[tuple[str, str], KeptCell]:
        """``{(paper id, question): cell}`` of these papers as they are now; those that must be read are left out."""
        if not self._are_there():
            return {}
        digests = {paper.paper_id: text_digest(paper) for paper in papers}
        found: dict[tuple[str, str], KeptCell] = {}
        ids = list(digests)
        for at in range(0, len(ids), _TOGETHER):
            some = ids[at : at + _TOGETHER]
            rows = self._database.rows(
                f"SELECT {_COLUMNS} FROM cells WHERE paper IN ({_marks(some)}) AND question IN ({_marks(questions)}) "
                "AND reader = ?",
                (*some, *questions, reader),
            )
            cells = (KeptCell(*row) for row in rows if row[6] in get_args(CellState))
            found |= {(c.paper_id, c.question): c for c in cells if c.digest == digests[c.paper_id]}
        return found

    def keep(self, cells: Iterable[KeptCell]) -> None:
        """Keeps cells, in the place of what the same question found in an earlier text of the paper."""
        told = list(cells)
        if not told:
            return
        with self._database.writing() as db:
            db.execute(CELLS)
            db.executemany(f"INSERT OR REPLACE INTO cells ({_COLUMNS}) VALUES ({_marks(KeptCell._fields)})", told)

    def forget_others(self, questions: Sequence[str], reader: str) -> None:
        """Forgets what these questions found in papers that are gone, and what another reader found: nobody asks for
        it any more.
        """
        if not self._are_there():
            return
        with self._database.writing() as db:
            db.execute(
                f"DELETE FROM cells WHERE question IN ({_marks(questions)}) AND (reader != ? OR paper NOT IN (SELECT "
                "paper_id FROM papers))",
                (*questions, reader),
            )

    def all(self) -> list[KeptCell]:
        """Every cell, by question and paper."""
        if not self._are_there():
            return []
        return [
            KeptCell(*row)
            for row in self._database.rows(f"SELECT {_COLUMNS} FROM cells ORDER BY question, title, paper")
        ]

    def _are_there(self) -> bool:
        return bool(self._database.value("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'cells'"))


_COLUMNS = "paper, question, reader, digest, title, status, state, number, text, phrase, model"


def text_digest(paper: Paper) -> str:
    """SHA-256 of what a reader reads of a paper. Tags, authors and the like may change without a cell being read
    again.
    """
    return hashlib.sha256(f"{paper.title}\0{paper.abstract}".encode("utf-8", "replace")).hexdigest()


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
