"""The catalogue: one SQLite file that is the truth about a library.

It holds papers, the spans of their sentences, the full-text index, chunks with their vectors, and a few settings. A
paper with its sentences and chunks is written in one transaction; vectors follow in later ones, so a run that is killed
leaves chunks without vectors, which the next run finds and completes. ``in_index`` marks the chunks that the vector
index is known to hold; ``dropped`` lists those that it must forget.

SQL stands here and in :mod:`rag.library.store`, in ``conversations`` (what was asked and answered), ``schema`` (the
tables) and ``database`` (connections, transactions), and nowhere else.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.database import Database, make_database
from rag.errors import LibraryDamaged, LibraryError, LibraryNotFound, StorageError
from rag.library.chunking import body_offset, chunk_text
from rag.library.filtering import has_tag, is_within
from rag.library.store.apart import set_apart, told_apart
from rag.library.store.auditing import Fault, faults, is_space, lengths_fit, spans_fit
from rag.library.store.cells import Cells
from rag.library.store.conversations import Conversations
from rag.library.store.merging import digest_of, merged, same_text
from rag.library.store.migrations import bring_up
from rag.library.store.rows import PAPER_COLUMNS, sound_paper
from rag.library.store.schema import SCHEMA, SCHEMA_VERSION
from rag.models.embedder import WORD_DIMENSION, TextVectors, Vectors
from rag.text.names import spellings
from rag.types import Chunk, Filters, Paper, Pending, Sentence, name_key, title_id

FILE_NAME = "catalog.sqlite"
_INTEGER = 2**63 - 1  # the largest that SQLite holds
_VARIABLES = 500  # parameters in one statement; SQLite's own limit was 999 for long

Change = Literal["added", "updated", "unchanged"]


class WaitingChunk(NamedTuple):
    """A chunk that waits for its vectors: its text to embed, and which sentence of the abstract starts where in that
    text.
    """

    id: str
    text: str
    starts: tuple[int, ...]
    """Where its sentences start in ``text``; what lies before the first is the title."""
    first: int
    """The number of its first sentence."""


class Unread(NamedTuple):
    """What a run of indexing reads: its name for people; the path or question to a live source, None where that can be
    read only once (an upload, standard input); and what else was asked of a live source.
    """

    name: str
    path: str | None
    limit: int | None = None
    collection: str | None = None


class PaperVectors(NamedTuple):
    """What a paper's chunks hold. A word in two chunks is there twice.

    ``chunks``: (c, dimension) float32. ``words``: (m, 128) int8, of all content words. ``sentences``: (m,) the number
    of the sentence that each word stands in, 0 for the title.
    """

    chunks: Vectors
    sentences: npt.NDArray[np.uint16]
    words: npt.NDArray[np.int8]


class Catalog:
    """An open catalogue. Any thread may read; writing is for the holder of the library's lock, but for
    ``conversations`` and ``cells``.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Opens ``folder/catalog.sqlite``, making it if ``create``; whoever makes it holds the library's lock.

        One of an earlier version is brought to this one's layout, after it was copied. Raises LibraryNotFound (there is
        none), LibraryDamaged (no catalogue, or of a later version), StorageError (cannot be made, opened or changed).
        """
        self.path = folder / FILE_NAME
        if not exists(folder):
            if not create:
                raise LibraryNotFound(
                    f"{folder}: no library here.",
                    "Make one with: citewise index FILE (or try the sample: citewise demo)",
                )
            make_database(self.path, SCHEMA, {"schema": str(SCHEMA_VERSION), "library": uuid.uuid4().hex})
        self._database = Database(self.path)
        self.conversations = Conversations(self._database)
        self.cells = Cells(self._database)
        try:
            bring_up(self._database)
        except LibraryError:
            self.close()
            raise

    def close(self) -> None:
        """Closes the connections of all threads."""
        self._database.close()

    def check_there(self) -> None:
        """Raises StorageError where the library was moved or removed since it was opened."""
        self._database.check_there()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Makes all writes inside one transaction: all of them happen or none."""
        with self._database.writing():
            yield

    # --- settings -----------------------------------------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        value = self._database.value("SELECT value FROM settings WHERE name = ?", (name,))
        return None if value is None else str(value)

    def set_setting(self, name: str, value: str) -> None:
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    def unread(self) -> list[Unread]:
        """What runs of indexing began to read and did not read to its end, in the order in which they began."""
        return [Unread(*one) for one in json.loads(self.setting("unread") or "[]")]

    def note_unread(self, begun: Iterable[Unread], done: Iterable[str] = ()) -> None:
        """Notes what is about to be read, and forgets what was read to its end, by name."""
        kept = {one.name: one for one in [*self.unread(), *begun]}
        for name in done:
            kept.pop(name, None)
        if kept or self.setting("unread"):
            self.set_setting("unread", json.dumps(list(kept.values())))

    @property
    def generation(self) -> int:
        """Counts the runs that changed the vector index; a reader that sees it move opens the index anew."""
        noted = self.setting("generation") or "0"
        return int(noted) if noted.isdecimal() else 0

    def bump_generation(self) -> None:
        with self.together():
            self.set_setting("generation", str(self.generation + 1))

    # --- papers -------------------------------------------------------------------------------------------------------

    def resolve(self, paper: Paper) -> tuple[Paper, Change]:
        """The paper as it would be kept (``kept_as`` is its id), and what putting it would do.

        It is the same paper as one that is there if an identifier agrees, or both title and abstract (the same paper
        from another export); it then keeps its id, and details that only the earlier export had.
        """
        row = self._same(paper)
        if row is None:
            return replace(paper, kept_as=paper.paper_id), "added"
        there = sound_paper(row)
        if there is None:  # what stands there is not what was put there; this is
            return replace(paper, kept_as=row[0]), "updated"
        kept = merged(there, paper)
        return kept, "unchanged" if row[-1] == digest_of(kept) else "updated"

    def _same(self, paper: Paper) -> Any | None:
        columns = f"SELECT {PAPER_COLUMNS}, digest FROM papers WHERE"
        identifiers = {"paper_id": paper.paper_id, "doi": paper.doi, "arxiv_id": paper.arxiv_id, "pmid": paper.pmid}
        for column, value in identifiers.items():
            collation = " COLLATE NOCASE" if column == "doi" else ""
            if value and (rows := self._database.rows(f"{columns} {column} = ?{collation} LIMIT 1", (value,))):
                return rows[0]
        alike = self._database.rows(f"{columns} title_key = ?", (title_id(paper.title),))
        return next((row for row in alike if same_text(row[2], paper.abstract)), None)

    def put(self, paper: Paper, sentences: Sequence[Sentence], chunks: Sequence[Chunk]) -> None:
        """Writes a paper with its sentences and chunks, whole or not at all. Chunks that are there already keep their
        vectors.
        """
        values = {
            "paper_id": paper.paper_id, "title_key": title_id(paper.title), "title": paper.title,
            "abstract": paper.abstract,
            "authors": json.dumps(paper.authors), "year": paper.year, "venue": paper.venue, "url": paper.url,
            "doi": paper.doi,
            "arxiv_id": paper.arxiv_id, "pmid": paper.pmid, "source": paper.source, "digest": digest_of(paper),
            "details": json.dumps(paper.details.to_dict(), ensure_ascii=False),
        }  # fmt: skip
        changes = ", ".join(f"{name} = excluded.{name}" for name in values if name != "paper_id")
        with self._database.writing() as db:
            (seq,) = db.execute(
                f"INSERT INTO papers ({', '.join(values)}) VALUES ({_marks(values)}) "
                f"ON CONFLICT (paper_id) DO UPDATE SET {changes} RETURNING seq",
                tuple(values.values()),
            ).fetchone()
            db.execute("DELETE FROM sentences WHERE paper = ?", (seq,))
            db.executemany(
                "INSERT INTO sentences VALUES (?, ?, ?, ?)", [(seq, s.number, s.start, s.end) for s in sentences]
            )
            held = {chunk_id for (chunk_id,) in db.execute("SELECT id FROM chunks WHERE paper = ?", (seq,))}
            db.executemany(
                "DELETE FROM chunks WHERE id = ?", [(gone,) for gone in held.difference(c.id for c in chunks)]
            )
            db.executemany(
                "INSERT OR IGNORE INTO chunks (id, paper, first, last) VALUES (?, ?, ?, ?)",
                [(c.id, seq, c.first, c.last) for c in chunks],
            )

    def count(self) -> int:
        """How many papers there are."""
        return int(self._database.value("SELECT count(*) FROM papers"))

    def papers(self) -> Iterator[Paper]:
        """All papers, in the order in which they were first indexed, read some at a time: nothing stays locked while
        the caller works.

        Here and in ``papers_at``, a paper whose text is not what was put there is none; ``faults`` tells of it.
        """
        after = -1
        while rows := self._database.rows(
            f"SELECT {PAPER_COLUMNS}, digest, seq FROM papers WHERE seq > ? ORDER BY seq LIMIT {_VARIABLES}", (after,)
        ):
            yield from (paper for row in rows if (paper := sound_paper(row)))
            after = rows[-1][-1]

    def bylines(self) -> Iterator[tuple[tuple[str, ...], str | None]]:
        """Authors and venue of each paper."""
        for authors, venue in self._database.rows("SELECT authors, venue FROM papers"):
            yield tuple(json.loads(authors)), venue

    def remove(self, ids: Iterable[str]) -> int:
        """Removes papers with their sentences, vectors and text, all or none; returns how many there were."""
        with self._database.writing() as db:
            return sum(
                db.execute("DELETE FROM papers WHERE paper_id = ?", (paper_id,)).rowcount for paper_id in set(ids)
            )

    def papers_at(self, rows: Iterable[int]) -> dict[int, Paper]:
        """``{row: paper}`` for catalogue rows."""
        found = self._rows_in(f"SELECT {PAPER_COLUMNS}, digest, seq FROM papers WHERE seq IN (?)", rows)
        return {row[-1]: paper for row in found if (paper := sound_paper(row))}

    def titles_at(self, rows: Iterable[int]) -> dict[int, str]:
        """``{row: title}`` for catalogue rows."""
        return dict(self._rows_in("SELECT seq, title FROM papers WHERE seq IN (?)", rows))

    def rows_titled(self, titles: Iterable[str]) -> set[int]:
        """Catalogue rows of the papers that have one of some titles, as titles are compared."""
        keys = map(title_id, titles)
        return {row for (row,) in self._rows_in("SELECT seq FROM papers WHERE title_key IN (?)", keys)}

    def rows_of_papers(self, ids: Iterable[str]) -> dict[str, int]:
        """``{paper id: catalogue row}``; ids that the catalogue does not know are left out."""
        return dict(self._rows_in("SELECT paper_id, seq FROM papers WHERE paper_id IN (?)", ids))

    def sentences_at(self, rows: Iterable[int]) -> dict[int, tuple[Sentence, ...]]:
        """``{row: sentences in order}`` for catalogue rows; those of a paper that they don't fit are left out."""
        found: dict[int, tuple[str, str, list[Any]]] = {}
        for seq, paper_id, number, start, stop, abstract in self._rows_in(
            "SELECT p.seq, p.paper_id, s.number, s.start, s.stop, p.abstract FROM sentences s JOIN papers p ON p.seq "
            "= s.paper "
            "WHERE s.paper IN (?) ORDER BY s.paper, s.number",
            rows,
        ):
            found.setdefault(seq, (paper_id, abstract, []))[2].append((number, start, stop))
        return {
            seq: tuple(Sentence(paper_id, number, start, stop, abstract[start:stop]) for number, start, stop in spans)
            for seq, (paper_id, abstract, spans) in found.items()
            if spans_fit(abstract, spans)
        }

    def rows_matching(self, filters: Filters) -> set[int]:
        """Catalogue rows of the papers that pass every bound of ``filters``."""
        tests, values = ["1"], list[Any]()
        for condition, value in (("year >= ?", filters.year_from), ("year <= ?", filters.year_to)):
            if value is not None:
                tests.append(condition)
                values.append(max(-_INTEGER, min(value, _INTEGER)))
        for condition, text in (
            ("EXISTS (SELECT 1 FROM json_each(authors) WHERE instr({value}, ?) > 0)", filters.author),
            ("instr({venue}, ?) > 0", filters.venue),
            ("instr({source}, ?) > 0", filters.source),
        ):
            if text is not None:
                key = name_key(text)  # what is marks alone is sought as it stands
                form = "name_key({})" if key else "{}"
                tests.append(condition.format(**{name: form.format(name) for name in ("value", "venue", "source")}))
                values.append((key or text).encode("utf-8", "replace").decode())
        where = " AND ".join(tests)
        if filters.tag is None and filters.collection is None:
            return {int(seq) for (seq,) in self._database.rows(f"SELECT seq FROM papers WHERE {where}", values)}
        lists = self._database.rows(
            "SELECT seq, json_extract(details, '$.tags'), json_extract(details, '$.collections') FROM papers "
            f"WHERE details != '{{}}' AND {where}",
            values,
        )
        return {
            int(seq)
            for seq, tags, collections in lists
            if has_tag(json.loads(tags or "[]"), filters.tag)
            and is_within(json.loads(collections or "[]"), filters.collection)
        }

    def _rows_in(self, sql: str, values: Iterable[Any]) -> Iterator[Any]:
        """The rows of a query whose one ``(?)`` stands for many values, asked for some values at a time."""
        listed = list(values)
        for at in range(0, len(listed), _VARIABLES):
            some = listed[at : at + _VARIABLES]
            yield from self._database.rows(sql.replace("(?)", f"({_marks(some)})"), some)

    # --- full text ----------------------------------------------------------------------------------------------------

    def search_text(
        self, terms: Sequence[str], limit: int, title_weight: float, allowed: set[int] | None = None
    ) -> list[tuple[int, float]]:
        """Papers that hold any of the words, as ``(row, BM25)``, best (highest) first.

        Title and abstract are weighed ``title_weight`` to 1. ``allowed``: the only rows that may be found.
        """
        if not terms:
            return []
        query = " OR ".join(map(_phrases, terms))
        hits = self._database.rows(
            "SELECT rowid, bm25(papers_text, ?, 1.0) AS score FROM papers_text WHERE papers_text MATCH ? ORDER BY "
            "score LIMIT ?",
            (title_weight, query, -1 if allowed is not None else limit),
        )
        kept = ((int(row), -float(score)) for row, score in hits if allowed is None or row in allowed)
        return list(islice(kept, limit))

    def rows_with(self, term: str, *, in_title: bool = False) -> set[int]:
        """Catalogue rows of the papers that hold a word or phrase in title or abstract, or in the title alone."""
        query = f"title : ({_phrases(term)})" if in_title else _phrases(term)
        return {
            int(row)
            for (row,) in self._database.rows("SELECT rowid FROM papers_text WHERE papers_text MATCH ?", (query,))
        }

    def papers_with(self, term: str) -> int:
        """How many papers hold a word or phrase (as the full-text index sees it: stemmed, without case) in title or
        abstract.
        """
        return int(
            self._database.value("SELECT count(*) FROM papers_text WHERE papers_text MATCH ?", (_phrases(term),))
        )

    # --- vectors ------------------------------------------------------------------------------------------------------

    def chunks_without_vector(self, limit: int) -> list[WaitingChunk]:
        """Chunks that wait for the embedder."""
        return [
            self._waiting(*row)
            for row in self._database.rows(
                "SELECT c.id, c.paper, c.first, c.last, p.title, p.abstract FROM chunks c JOIN papers p ON p.seq = "
                "c.paper "
                "WHERE c.vector IS NULL LIMIT ?",
                (limit,),
            )
        ]

    def _waiting(self, chunk_id: str, seq: int, first: int, last: int, title: str, abstract: str) -> WaitingChunk:
        spans = self._database.rows(
            "SELECT start, stop FROM sentences WHERE paper = ? AND number BETWEEN ? AND ? ORDER BY number",
            (seq, first, last),
        )
        offset = body_offset(title) - spans[0][0]
        text = chunk_text(title, abstract[spans[0][0] : spans[-1][1]])
        return WaitingChunk(chunk_id, text, tuple(start + offset for start, _ in spans), first)

    def rows_waiting(self, rows: Collection[int]) -> set[int]:
        """Those of some catalogue rows whose papers wait for the embedder, with all of their text or a part."""
        if self._database.value("SELECT 1 FROM chunks WHERE vector IS NULL LIMIT 1") is None:
            return set()
        return {row for (row,) in self._rows_in("SELECT paper FROM chunks WHERE paper IN (?) AND vector IS NULL", rows)}

    def pending(self) -> Pending | None:
        """What is not indexed yet; None where all is."""
        unread = tuple(Path(one.name).name if one.name == one.path else one.name for one in self.unread())
        waiting = int(self._database.value("SELECT count(DISTINCT paper) FROM chunks WHERE vector IS NULL"))
        return Pending(waiting, self.count(), unread) if waiting or unread else None

    def count_without_vector(self) -> int:
        return int(self._database.value("SELECT count(*) FROM chunks WHERE vector IS NULL"))

    def put_vectors(self, vectors: Iterable[tuple[WaitingChunk, TextVectors]]) -> None:
        """Stores what the embedder made of chunks."""
        rows = []
        for chunk, made in vectors:
            numbers = np.searchsorted(np.array(chunk.starts), made.words.spans[:, 0], side="right")
            sentences = np.where(numbers > 0, numbers + chunk.first - 1, 0).astype("<u2")
            rows.append(
                (made.whole.astype("<f4").tobytes(), sentences.tobytes(), made.words.vectors.tobytes(), chunk.id)
            )
        with self._database.writing() as db:
            db.executemany("UPDATE chunks SET vector = ?, word_sentences = ?, words = ? WHERE id = ?", rows)

    def vectors_at(self, rows: Iterable[int]) -> dict[int, PaperVectors]:
        """``{row: vectors}`` for catalogue rows; a paper that still waits for the embedder is left out."""
        found: dict[int, list[tuple[bytes, bytes, bytes]]] = {}
        dimension = self._dimension()
        for seq, *blobs in self._rows_in(
            "SELECT paper, vector, word_sentences, words FROM chunks WHERE paper IN (?) AND vector IS NOT NULL ORDER "
            "BY paper, first",
            rows,
        ):
            if lengths_fit(blobs, dimension):
                found.setdefault(seq, []).append((blobs[0], blobs[1], blobs[2]))
        return {seq: _paper_vectors(parts) for seq, parts in found.items()}

    def all_vectors(self) -> tuple[list[str], Vectors]:
        """The ids of all chunks that have a vector, and the vectors, (n, dimension), row by row; (0, 0) if there are
        none.
        """
        rows = self._database.rows("SELECT id, vector FROM chunks WHERE typeof(vector) = 'blob'")
        dimension = self._dimension() or 0
        rows = [row for row in rows if len(row[1]) == 4 * dimension]  # one that is damaged is none
        matrix = np.frombuffer(b"".join(v for _, v in rows), "<f4").reshape(len(rows), dimension)
        return [chunk_id for chunk_id, _ in rows], matrix if np.isfinite(matrix).all() else np.nan_to_num(matrix)

    def rows_of_chunks(self, ids: Iterable[str]) -> dict[str, int]:
        """``{chunk id: catalogue row}``; ids that the catalogue does not know are left out."""
        return dict(self._rows_in("SELECT id, paper FROM chunks WHERE id IN (?)", ids))

    def forget_vectors(self) -> None:
        """Takes the vectors from all chunks: they wait for the embedder again."""
        with self._database.writing() as db:
            db.execute("UPDATE chunks SET vector = NULL, word_sentences = NULL, words = NULL, in_index = 0")

    # --- what the vector index holds ----------------------------------------------------------------------------------

    def count_in_index(self) -> int:
        """How many vectors the vector index holds if it is as it was left, those that it must forget included."""
        return int(
            self._database.value(
                "SELECT (SELECT count(*) FROM chunks WHERE in_index = 1) + (SELECT count(*) FROM dropped)"
            )
        )

    def to_index(self, limit: int) -> list[tuple[str, Vectors]]:
        """Chunks that have a vector and are not in the vector index."""
        rows = self._database.rows(
            "SELECT id, vector FROM chunks WHERE in_index = 0 AND vector IS NOT NULL LIMIT ?", (limit,)
        )
        return [(chunk_id, np.frombuffer(vector, "<f4")) for chunk_id, vector in rows]

    def count_to_index(self) -> int:
        return int(self._database.value("SELECT count(*) FROM chunks WHERE in_index = 0 AND vector IS NOT NULL"))

    def dropped(self) -> list[str]:
        """Chunks that the vector index must forget."""
        return [chunk_id for (chunk_id,) in self._database.rows("SELECT id FROM dropped")]

    def mark_indexed(self, ids: Sequence[str]) -> None:
        with self._database.writing() as db:
            db.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(i,) for i in ids])

    def mark_forgotten(self, ids: Sequence[str]) -> None:
        with self._database.writing() as db:
            db.executemany("DELETE FROM dropped WHERE id = ?", [(i,) for i in ids])

    def mark_index_lost(self) -> None:
        """The vector index holds nothing any more: every chunk is to be put there again."""
        with self._database.writing() as db:
            db.execute("UPDATE chunks SET in_index = 0")
            db.execute("DELETE FROM dropped")

    # --- health -------------------------------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """What is wrong with the file, one line a fault; empty when it is whole."""
        read = self._database.rows
        broken = [str(fault) for (fault,) in read("PRAGMA integrity_check") if fault != "ok"]
        return broken + [f"row {row} of {table} points nowhere" for table, row, *_ in read("PRAGMA foreign_key_check")]

    def faults(self) -> list[Fault]:
        """What is not as it was put there, row by row."""
        return list(faults(self._database, self._dimension()))

    def set_apart(self, faulty: Sequence[Fault]) -> None:
        """Takes rows that nothing can make anew out of use, and keeps them."""
        set_apart(self._database, faulty)

    def told_apart(self) -> list[str]:
        """What was set apart and has not come back, a line each."""
        return told_apart(self._database)

    def mend_settings(self) -> None:
        """Makes settings that cannot be read those of a library that was just made; the space is noted with the next
        vectors.
        """
        with self._database.writing() as db:
            if not (self.setting("generation") or "0").isdecimal():
                self.set_setting("generation", "1")
            if not is_space(self.setting("space") or "1 1 0"):
                db.execute("DELETE FROM settings WHERE name = 'space'")

    def forget_chunks(self, row: int) -> None:
        """Removes the chunks of a catalogue row, to be put again."""
        with self._database.writing() as db:
            db.execute("DELETE FROM chunks WHERE paper = ?", (row,))

    def forget_vectors_of(self, chunks: Iterable[str]) -> None:
        """Takes the vectors from some chunks: they wait for the embedder again."""
        with self._database.writing() as db:
            for name in chunks:
                db.execute(
                    "UPDATE chunks SET vector = NULL, word_sentences = NULL, words = NULL, in_index = 0 WHERE id = ?",
                    (name,),
                )

    def _dimension(self) -> int | None:
        noted = self.setting("space") or ""
        if noted and is_space(noted):
            return int(noted.split()[0])
        size = self._database.value("SELECT length(vector) FROM chunks WHERE typeof(vector) = 'blob' LIMIT 1")
        return int(size) // 4 if size else None

    def text_is_whole(self) -> bool:
        """Whether the full-text index matches the papers; taken for granted where nothing can be written."""
        try:
            with self._database.writing() as db:
                db.execute("INSERT INTO papers_text (papers_text, rank) VALUES ('integrity-check', 1)")
        except StorageError:
            return True
        except LibraryDamaged:
            return False
        return True

    def rebuild_text(self) -> None:
        """Makes the full-text index anew from the papers."""
        with self._database.writing() as db:
            db.execute("INSERT INTO papers_text (papers_text) VALUES ('rebuild')")


def exists(folder: Path) -> bool:
    """Whether there is a catalogue in ``folder``. Raises StorageError if that can't be told."""
    try:
        return (folder / FILE_NAME).exists()
    except OSError as error:
        raise StorageError(
            f"{folder}: {error.strerror or error}.", "Choose another place with --library, or make it readable."
        ) from error


def _paper_vectors(parts: Sequence[tuple[bytes, bytes, bytes]]) -> PaperVectors:
    chunks, sentences, words = zip(*parts, strict=True)
    return PaperVectors(
        np.nan_to_num(np.frombuffer(b"".join(chunks), "<f4").reshape(len(chunks), -1)),
        np.frombuffer(b"".join(sentences), "<u2"),
        np.frombuffer(b"".join(words), np.int8).reshape(-1, WORD_DIMENSION),
    )


def _phrases(term: str) -> str:
    """A word or phrase as the full-text index is asked for it, in each of its spellings."""
    return " OR ".join(f'"{spelling}"' for spelling in spellings(term.replace('"', " ")))


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
