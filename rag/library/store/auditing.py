"""Is every row of a catalogue what was put there? Named here, mended in :mod:`rag.library.health`.

What is derived (sentences, chunks, vectors, some settings) can be made anew from the papers. What is not (a paper's own
text, a turn of a conversation) is set apart by the repair: taken out of use and kept, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import numpy as np

from rag.database import Database
from rag.library.chunking import chunk_id, chunk_text
from rag.library.store.rows import PAPER_COLUMNS, sound_paper
from rag.models.embedder import WORD_DIMENSION
from rag.types import Answer, Paper, title_id

_TOGETHER = 200
_OFF_UNIT = 0.05
"""How far a vector's length may be from 1."""
Where = Literal["papers", "derived", "vectors", "settings", "turns", "conversations", "ratings"]


class Fault(NamedTuple):
    """Something that is not as it was put there. ``row``: the catalogue row, chunk id, name or key by which it is
    mended.
    """

    where: Where
    row: Any
    told: str

    @property
    def is_derived(self) -> bool:
        """Whether it can be made anew."""
        return self.where in ("derived", "vectors", "settings", "conversations")


def faults(database: Database, dimension: int | None) -> Iterator[Fault]:
    """What is wrong, table by table. ``dimension``: of the vectors; None if that is not known."""
    yield from _faults_of_settings(database)
    yield from _faults_of_papers(database, dimension)
    tables = {name for (name,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "turns" in tables:
        yield from _faults_of_conversations(database)
    if "ratings" in tables:
        for conversation, turn, when in database.rows("SELECT conversation, turn, rated FROM ratings"):
            if not is_date(when):
                yield Fault(
                    "ratings",
                    (conversation, turn),
                    f"what was thought of turn {turn} of conversation {conversation} has no date",
                )


def is_date(told: Any) -> bool:
    """Whether a stored moment can be read."""
    try:
        return datetime.fromisoformat(told).tzinfo is not None
    except (TypeError, ValueError):
        return False


def is_space(told: str) -> bool:
    """Whether a note of the space of vectors can be read: a dimension and two figures."""
    try:
        dimension, slope, offset = told.split()
        return int(dimension) > 0 and bool(np.isfinite([float(slope), float(offset)]).all())
    except ValueError:
        return False


def _faults_of_settings(database: Database) -> Iterator[Fault]:
    for name, value in database.rows("SELECT name, value FROM settings"):
        if name == "generation" and not str(value).isdecimal():
            yield Fault("settings", name, f"its generation is no number ({str(value)[:40]!r})")
        if name == "space" and not is_space(str(value)):
            yield Fault("settings", name, f"the space of its vectors cannot be read ({str(value)[:40]!r})")


# --- papers and what is made of them ----------------------------------------------------------------------------------


def _faults_of_papers(database: Database, dimension: int | None) -> Iterator[Fault]:
    after = -1
    while rows := database.rows(
        f"SELECT {PAPER_COLUMNS}, digest, title_key, seq FROM papers WHERE seq > ? ORDER BY seq LIMIT {_TOGETHER}",
        (after,),
    ):
        before, after = rows[0][-1], rows[-1][-1]
        spans = _by_paper(database, "number, start, stop FROM sentences", before, after)
        chunks = _by_paper(database, "first, last, id, vector, word_sentences, words FROM chunks", before, after)
        for row in rows:
            yield from _faults_of_paper(row, spans.get(row[-1], []), chunks.get(row[-1], []), dimension)


def _by_paper(database: Database, what: str, first: int, last: int) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for paper, *rest in database.rows(
        f"SELECT paper, {what} WHERE paper BETWEEN ? AND ? ORDER BY 1, 2, 3", (first, last)
    ):
        found.setdefault(paper, []).append(rest)
    return found


def _faults_of_paper(
    row: Sequence[Any], spans: Sequence[Any], chunks: Sequence[Any], dimension: int | None
) -> Iterator[Fault]:
    paper, seq = sound_paper(row), row[-1]
    if paper is None:
        yield Fault("papers", seq, f"{row[0]}: what is stored of it is not what was put there")
        return
    if row[-2] != title_id(paper.title) or not spans_fit(paper.abstract, spans):
        yield Fault("derived", seq, f"{paper.paper_id}: its sentences or its title's key do not fit its text")
    elif not chunks_fit(paper, spans, chunks):
        yield Fault("derived", seq, f"{paper.paper_id}: its chunks do not fit its text")
    else:
        for first, last, name, *blobs in chunks:
            if not vectors_fit(blobs, (first, last), dimension):
                yield Fault(
                    "vectors", name, f"{paper.paper_id}: the vectors of sentences {first} to {last} are damaged"
                )


def spans_fit(abstract: str, spans: Iterable[Sequence[Any]]) -> bool:
    """Whether ``(number, start, stop)`` are sentences: counted from 1, in order, with white space alone between them
    and at the ends.
    """
    at = count = 0
    for count, (number, start, stop) in enumerate(spans, 1):
        if (
            not all(isinstance(value, int) for value in (start, stop))
            or number != count
            or not at <= start < stop <= len(abstract)
        ):
            return False
        if abstract[at:start].strip():
            return False
        at = stop
    return count > 0 and not abstract[at:].strip()


def chunks_fit(paper: Paper, spans: Sequence[Any], chunks: Iterable[Sequence[Any]]) -> bool:
    """Whether ``(first, last, id, …)`` are chunks of these sentences: all sentences are in one, and each id is the hash
    of its text.
    """
    covered = 0
    for first, last, name, *_ in chunks:
        if (
            not all(isinstance(value, int) for value in (first, last))
            or not 1 <= first <= min(covered + 1, last)
            or last > len(spans)
        ):
            return False
        text = chunk_text(paper.title, paper.abstract[spans[first - 1][1] : spans[last - 1][2]])
        if name != chunk_id(paper.paper_id, first, text):
            return False
        covered = max(covered, last)
    return covered == len(spans)


def vectors_fit(blobs: Sequence[Any], sentences: tuple[int, int], dimension: int | None) -> bool:
    """Whether ``vector, word_sentences, words`` are all missing, or have the lengths and values of what an embedder
    makes.
    """
    vector, owners, _ = blobs
    if vector is None:
        return True
    if not lengths_fit(blobs, dimension):
        return False
    numbers = np.frombuffer(owners, "<u2")
    first, last = sentences
    if not ((numbers == 0) | ((numbers >= first) & (numbers <= last))).all():
        return False
    with np.errstate(all="ignore"):
        return bool(abs(np.linalg.norm(np.frombuffer(vector, "<f4").astype(np.float64)) - 1) < _OFF_UNIT)


def lengths_fit(blobs: Sequence[Any], dimension: int | None) -> bool:
    """Whether ``vector, word_sentences, words`` are as long as what an embedder makes, so that they can be read."""
    vector, owners, words = blobs
    if not all(isinstance(blob, bytes) for blob in blobs) or len(vector) != 4 * (dimension or len(vector) // 4):
        return False
    return not len(words) % WORD_DIMENSION and len(owners) == 2 * (len(words) // WORD_DIMENSION)


# --- conversations ----------------------------------------------------------------------------------------------------


def _faults_of_conversations(database: Database) -> Iterator[Fault]:
    for name, changed in database.rows("SELECT id, changed FROM conversations"):
        if not is_date(changed):
            yield Fault("conversations", name, f"conversation {name} has no date")
    for row, conversation, number, asked, answer in database.rows(
        "SELECT rowid, conversation, number, asked, answer FROM turns"
    ):
        if not is_date(asked) or not _is_answer(answer):
            yield Fault("turns", row, f"turn {number} of conversation {conversation} cannot be read")


def _is_answer(told: Any) -> bool:
    try:
        Answer.from_dict(json.loads(told))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return False
    return True
