"""The catalogue: one SQLite file that is the truth about a library. The only module that knows SQL.

It holds papers, the spans of their sentences, the full-text index, chunks with their vectors, and a few settings. A paper with its sentences and chunks
is written in one transaction; vectors follow in later ones, so a run that is killed leaves chunks without vectors, which the next run
finds and completes. ``in_index`` marks the chunks that the vector index is known to hold; ``dropped`` lists those that it must forget.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from rag.chunking import body_offset, chunk_text
from rag.embedding import DIMENSION, WORD_DIMENSION, TextVectors, Vectors
from rag.errors import LibraryDamaged, LibraryNotFound, StorageError
from rag.types import Chunk, Filters, Paper, Sentence, title_id

SCHEMA_VERSION = 1
FILE_NAME = "catalog.sqlite"
_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE papers (
    seq INTEGER PRIMARY KEY, paper_id TEXT NOT NULL UNIQUE, title_key TEXT NOT NULL, title TEXT NOT NULL, abstract TEXT NOT NULL,
    authors TEXT NOT NULL, year INTEGER, venue TEXT, url TEXT, doi TEXT, arxiv_id TEXT, pmid TEXT, source TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE INDEX papers_by_title ON papers (title_key);
CREATE TABLE sentences (
    paper INTEGER NOT NULL REFERENCES papers (seq) ON DELETE CASCADE, number INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    PRIMARY KEY (paper, number)
) WITHOUT ROWID;
CREATE TABLE chunks (
    id TEXT PRIMARY KEY, paper INTEGER NOT NULL REFERENCES papers (seq) ON DELETE CASCADE, first INTEGER NOT NULL, last INTEGER NOT NULL,
    vector BLOB, word_sentences BLOB, words BLOB, in_index INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX chunks_by_paper ON chunks (paper);
CREATE INDEX chunks_without_vector ON chunks (id) WHERE vector IS NULL;
CREATE INDEX chunks_to_index ON chunks (id) WHERE in_index = 0;
CREATE TABLE dropped (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE papers_text USING fts5 (title, abstract, content='papers', content_rowid='seq', tokenize='porter unicode61');
CREATE TRIGGER text_added AFTER INSERT ON papers BEGIN
    INSERT INTO papers_text (rowid, title, abstract) VALUES (new.seq, new.title, new.abstract);
END;
CREATE TRIGGER text_removed AFTER DELETE ON papers BEGIN
    INSERT INTO papers_text (papers_text, rowid, title, abstract) VALUES ('delete', old.seq, old.title, old.abstract);
END;
CREATE TRIGGER text_changed AFTER UPDATE OF title, abstract ON papers BEGIN
    INSERT INTO papers_text (papers_text, rowid, title, abstract) VALUES ('delete', old.seq, old.title, old.abstract);
    INSERT INTO papers_text (rowid, title, abstract) VALUES (new.seq, new.title, new.abstract);
END;
CREATE TRIGGER chunk_removed AFTER DELETE ON chunks WHEN old.in_index = 1 BEGIN
    INSERT OR IGNORE INTO dropped (id) VALUES (old.id);
END;
CREATE TRIGGER chunk_added AFTER INSERT ON chunks BEGIN
    DELETE FROM dropped WHERE id = new.id;
END;
"""
_PAPER_COLUMNS = "paper_id, title, abstract, authors, year, venue, url, doi, arxiv_id, pmid, source"
_VARIABLES = 500  # parameters in one statement; SQLite's own limit was 999 for long

_T = TypeVar("_T")
Change = Literal["added", "updated", "unchanged"]


class WaitingChunk(NamedTuple):
    """A chunk that waits for its vectors: its text to embed, and which sentence of the abstract starts where in that text."""

    id: str
    text: str
    starts: tuple[int, ...]
    """Where its sentences start in ``text``; what lies before the first is the title."""
    first: int
    """The number of its first sentence."""


class PaperVectors(NamedTuple):
    """What a paper's chunks hold: ``chunks`` (c, 384) float32; ``words`` (m, 128) int8 of all content words, ``sentences`` (m,) the number of
    the sentence that each word stands in, 0 for the title. A word in two chunks is there twice."""

    chunks: Vectors
    sentences: npt.NDArray[np.uint16]
    words: npt.NDArray[np.int8]


class Catalog:
    """An open catalogue. Any thread may read; writing is for the holder of the library's lock."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Opens ``folder/catalog.sqlite``, making it if ``create``.

        Raises LibraryNotFound (there is none), LibraryDamaged (not a catalogue of this version), StorageError (cannot be made).
        """
        self.path = folder / FILE_NAME
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        if not self.path.exists():
            if not create:
                raise LibraryNotFound(f"{folder}: no library here.", "Make one with: citewise index FILE (or try the sample: citewise demo)")
            self._make(folder)
        with self._guard():
            version = self._read("SELECT value FROM settings WHERE name = 'schema'").fetchone()
        if version is None or int(version[0]) != SCHEMA_VERSION:
            found = "none" if version is None else version[0]
            raise LibraryDamaged(
                f"{self.path}: layout {found}, this Citewise reads {SCHEMA_VERSION}.", "Move the folder away and index your files again."
            )

    def close(self) -> None:
        """Closes the connections of all threads."""
        while self._connections:
            self._connections.pop().close()
        self._local = threading.local()

    # --- settings ------------------------------------------------------------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        with self._guard():
            row = self._read("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        with self._write() as db:
            db.execute("INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value))

    @property
    def generation(self) -> int:
        """Counts the runs that changed the library; a reader that sees it move opens the vector index anew."""
        return int(self.setting("generation") or 0)

    def bump_generation(self) -> None:
        self.set("generation", str(self.generation + 1))

    # --- papers --------------------------------------------------------------------------------------------------------------------------

    def resolve(self, paper: Paper) -> tuple[str, Change]:
        """Under which id this paper is or would be kept, and what putting it would do.

        A paper whose id is new but whose title and abstract are both there already (the same paper from another export) keeps the old id.
        """
        with self._guard():
            row = self._read("SELECT paper_id, digest FROM papers WHERE paper_id = ?", (paper.paper_id,)).fetchone()
            if row is None:
                row = self._read(
                    "SELECT paper_id, digest FROM papers WHERE title_key = ? AND abstract = ?", (title_id(paper.title), paper.abstract)
                ).fetchone()
        if row is None:
            return paper.paper_id, "added"
        return str(row[0]), "unchanged" if row[1] == _digest(paper) else "updated"

    def put(self, paper_id: str, paper: Paper, sentences: Sequence[Sentence], chunks: Sequence[Chunk]) -> None:
        """Writes a paper with its sentences and chunks, whole or not at all. Chunks that are there already keep their vectors."""
        values = (
            paper_id, title_id(paper.title), paper.title, paper.abstract, json.dumps(paper.authors), paper.year, paper.venue, paper.url,
            paper.doi, paper.arxiv_id, paper.pmid, paper.source, _digest(paper),
        )  # fmt: skip
        with self._write() as db:
            (seq,) = db.execute(
                "INSERT INTO papers (paper_id, title_key, title, abstract, authors, year, venue, url, doi, arxiv_id, pmid, source, digest) "
                f"VALUES ({_marks(values)}) ON CONFLICT (paper_id) DO UPDATE SET title_key = excluded.title_key, title = excluded.title, "
                "abstract = excluded.abstract, authors = excluded.authors, year = excluded.year, venue = excluded.venue, url = excluded.url, "
                "doi = excluded.doi, arxiv_id = excluded.arxiv_id, pmid = excluded.pmid, source = excluded.source, digest = excluded.digest "
                "RETURNING seq",
                values,
            ).fetchone()
            db.execute("DELETE FROM sentences WHERE paper = ?", (seq,))
            db.executemany("INSERT INTO sentences VALUES (?, ?, ?, ?)", [(seq, s.number, s.start, s.end) for s in sentences])
            kept = [c.id for c in chunks]
            db.execute(f"DELETE FROM chunks WHERE paper = ? AND id NOT IN ({_marks(kept)})", (seq, *kept))
            db.executemany(
                "INSERT OR IGNORE INTO chunks (id, paper, first, last) VALUES (?, ?, ?, ?)", [(c.id, seq, c.first, c.last) for c in chunks]
            )

    def count(self) -> int:
        """How many papers there are."""
        with self._guard():
            return int(self._read("SELECT count(*) FROM papers").fetchone()[0])

    def papers(self) -> Iterator[Paper]:
        """All papers, in the order in which they were first indexed."""
        with self._guard():
            for row in self._read(f"SELECT {_PAPER_COLUMNS} FROM papers ORDER BY seq"):
                yield _paper(row)

    def papers_at(self, rows: Iterable[int]) -> dict[int, Paper]:
        """``{row: paper}`` for catalogue rows."""
        found: dict[int, Paper] = {}
        with self._guard():
            for some in _batches(rows):
                for row in self._read(f"SELECT {_PAPER_COLUMNS}, seq FROM papers WHERE seq IN ({_marks(some)})", some):
                    found[row[-1]] = _paper(row)
        return found

    def sentences_at(self, rows: Iterable[int]) -> dict[int, tuple[Sentence, ...]]:
        """``{row: sentences in order}`` for catalogue rows."""
        found: dict[int, list[Sentence]] = {}
        with self._guard():
            for some in _batches(rows):
                for seq, paper_id, number, start, stop, abstract in self._read(
                    "SELECT p.seq, p.paper_id, s.number, s.start, s.stop, p.abstract FROM sentences s JOIN papers p ON p.seq = s.paper "
                    f"WHERE s.paper IN ({_marks(some)}) ORDER BY s.paper, s.number",
                    some,
                ):
                    found.setdefault(seq, []).append(Sentence(paper_id, number, start, stop, abstract[start:stop]))
        return {seq: tuple(listed) for seq, listed in found.items()}

    def rows_matching(self, filters: Filters) -> set[int]:
        """Catalogue rows of the papers that pass every bound of ``filters``."""
        tests, values = ["1"], list[Any]()
        for condition, value in (("year >= ?", filters.year_from), ("year <= ?", filters.year_to)):
            if value is not None:
                tests.append(condition)
                values.append(value)
        for column, text in (("authors", filters.author), ("venue", filters.venue), ("source", filters.source)):
            if text is not None:
                tests.append(f"instr(casefold({column}), ?) > 0")
                values.append(text.casefold())
        with self._guard():
            return {int(seq) for (seq,) in self._read(f"SELECT seq FROM papers WHERE {' AND '.join(tests)}", values)}

    # --- full text -----------------------------------------------------------------------------------------------------------------------

    def search_text(self, terms: Sequence[str], limit: int, title_weight: float, allowed: set[int] | None = None) -> list[tuple[int, float]]:
        """Papers that hold any of the words, as ``(row, BM25)``, best (highest) first; title and abstract are weighed ``title_weight`` to 1.

        ``allowed``: the only rows that may be found.
        """
        if not terms:
            return []
        query = " OR ".join(f'"{t}"' for t in terms)
        with self._guard():
            hits = self._read(
                "SELECT rowid, bm25(papers_text, ?, 1.0) AS score FROM papers_text WHERE papers_text MATCH ? ORDER BY score LIMIT ?",
                (title_weight, query, -1 if allowed is not None else limit),
            )
            kept = ((int(row), -float(score)) for row, score in hits if allowed is None or row in allowed)
            return list(islice(kept, limit))

    def papers_with(self, term: str) -> int:
        """How many papers hold a word or phrase (as the full-text index sees it: stemmed, without case) in title or abstract."""
        with self._guard():
            quoted = term.replace('"', " ")
            return int(self._read("SELECT count(*) FROM papers_text WHERE papers_text MATCH ?", (f'"{quoted}"',)).fetchone()[0])

    # --- vectors -------------------------------------------------------------------------------------------------------------------------

    def chunks_without_vector(self, limit: int) -> list[WaitingChunk]:
        """Chunks that wait for the embedder."""
        waiting: list[WaitingChunk] = []
        with self._guard():
            for chunk_id, seq, first, last, title, abstract in self._read(
                "SELECT c.id, c.paper, c.first, c.last, p.title, p.abstract FROM chunks c JOIN papers p ON p.seq = c.paper "
                "WHERE c.vector IS NULL LIMIT ?",
                (limit,),
            ).fetchall():
                spans = self._read(
                    "SELECT start, stop FROM sentences WHERE paper = ? AND number BETWEEN ? AND ? ORDER BY number", (seq, first, last)
                ).fetchall()
                offset = body_offset(title) - spans[0][0]
                text = chunk_text(title, abstract[spans[0][0] : spans[-1][1]])
                waiting.append(WaitingChunk(chunk_id, text, tuple(start + offset for start, _ in spans), first))
        return waiting

    def count_without_vector(self) -> int:
        with self._guard():
            return int(self._read("SELECT count(*) FROM chunks WHERE vector IS NULL").fetchone()[0])

    def put_vectors(self, vectors: Iterable[tuple[WaitingChunk, TextVectors]]) -> None:
        """Stores what the embedder made of chunks."""
        rows = []
        for chunk, made in vectors:
            numbers = np.searchsorted(np.array(chunk.starts), made.words.spans[:, 0], side="right")
            sentences = np.where(numbers > 0, numbers + chunk.first - 1, 0).astype("<u2")
            rows.append((made.whole.astype("<f4").tobytes(), sentences.tobytes(), made.words.vectors.tobytes(), chunk.id))
        with self._write() as db:
            db.executemany("UPDATE chunks SET vector = ?, word_sentences = ?, words = ? WHERE id = ?", rows)

    def vectors_at(self, rows: Iterable[int]) -> dict[int, PaperVectors]:
        """``{row: vectors}`` for catalogue rows; a paper that still waits for the embedder is left out."""
        found: dict[int, list[tuple[bytes, bytes, bytes]]] = {}
        with self._guard():
            for some in _batches(rows):
                for seq, *blobs in self._read(
                    f"SELECT paper, vector, word_sentences, words FROM chunks WHERE paper IN ({_marks(some)}) AND vector IS NOT NULL "
                    "ORDER BY paper, first",
                    some,
                ):
                    found.setdefault(seq, []).append((blobs[0], blobs[1], blobs[2]))
        return {seq: _paper_vectors(parts) for seq, parts in found.items()}

    def all_vectors(self) -> Iterator[tuple[str, int, Vectors]]:
        """``(chunk id, catalogue row, vector)`` of every chunk that has one."""
        with self._guard():
            for chunk_id, seq, vector in self._read("SELECT id, paper, vector FROM chunks WHERE vector IS NOT NULL"):
                yield chunk_id, seq, np.frombuffer(vector, "<f4")

    def rows_of_chunks(self, ids: Iterable[str]) -> dict[str, int]:
        """``{chunk id: catalogue row}``; ids that the catalogue does not know are left out."""
        found: dict[str, int] = {}
        with self._guard():
            for some in _batches(ids):
                found.update(self._read(f"SELECT id, paper FROM chunks WHERE id IN ({_marks(some)})", some).fetchall())
        return found

    def forget_vectors(self) -> None:
        """Takes the vectors from all chunks: they wait for the embedder again."""
        with self._write() as db:
            db.execute("UPDATE chunks SET vector = NULL, word_sentences = NULL, words = NULL, in_index = 0")

    # --- what the vector index holds -----------------------------------------------------------------------------------------------------

    def count_in_index(self) -> int:
        """How many chunks the vector index should hold."""
        with self._guard():
            return int(self._read("SELECT count(*) FROM chunks WHERE in_index = 1").fetchone()[0])

    def to_index(self, limit: int) -> list[tuple[str, Vectors]]:
        """Chunks that have a vector and are not in the vector index."""
        with self._guard():
            return [
                (chunk_id, np.frombuffer(vector, "<f4"))
                for chunk_id, vector in self._read("SELECT id, vector FROM chunks WHERE in_index = 0 AND vector IS NOT NULL LIMIT ?", (limit,))
            ]

    def count_to_index(self) -> int:
        with self._guard():
            return int(self._read("SELECT count(*) FROM chunks WHERE in_index = 0 AND vector IS NOT NULL").fetchone()[0])

    def dropped(self) -> list[str]:
        """Chunks that the vector index must forget."""
        with self._guard():
            return [row[0] for row in self._read("SELECT id FROM dropped")]

    def mark_indexed(self, ids: Sequence[str]) -> None:
        with self._write() as db:
            db.executemany("UPDATE chunks SET in_index = 1 WHERE id = ?", [(i,) for i in ids])

    def mark_forgotten(self, ids: Sequence[str]) -> None:
        with self._write() as db:
            db.executemany("DELETE FROM dropped WHERE id = ?", [(i,) for i in ids])

    def mark_index_lost(self) -> None:
        """The vector index holds nothing any more: every chunk is to be put there again."""
        with self._write() as db:
            db.execute("UPDATE chunks SET in_index = 0")
            db.execute("DELETE FROM dropped")

    # --- health --------------------------------------------------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """What is wrong with the file, one line a fault; empty when it is whole."""
        with self._guard():
            faults = [row[0] for row in self._read("PRAGMA integrity_check") if row[0] != "ok"]
            faults += [f"row {r[1]} of {r[0]} points nowhere" for r in self._read("PRAGMA foreign_key_check")]
            for paper_id, number in self._read(
                "SELECT p.paper_id, s.number FROM sentences s JOIN papers p ON p.seq = s.paper WHERE s.stop > length(p.abstract) OR s.start >= s.stop"
            ):
                faults.append(f"sentence {paper_id}:{number} lies outside its abstract")
            faults += [
                f"{paper_id} has no sentence"
                for (paper_id,) in self._read("SELECT paper_id FROM papers WHERE seq NOT IN (SELECT paper FROM sentences)")
            ]
        if self._writable():
            try:
                with self._write() as db:
                    db.execute("INSERT INTO papers_text (papers_text, rank) VALUES ('integrity-check', 1)")
            except LibraryDamaged:
                faults.append("the full-text index does not match the papers")
        return faults

    # --- connections ---------------------------------------------------------------------------------------------------------------------

    def _make(self, folder: Path) -> None:
        """Makes the file under another name first, so that a half-made catalogue is never seen."""
        fresh = folder / f".{FILE_NAME}.{uuid.uuid4().hex[:8]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(fresh)
            try:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_SCHEMA)
                db.executemany("INSERT INTO settings VALUES (?, ?)", [("schema", str(SCHEMA_VERSION)), ("library", uuid.uuid4().hex)])
                db.commit()
            finally:
                db.close()
            fresh.replace(self.path)
        except (OSError, sqlite3.Error) as error:
            fresh.unlink(missing_ok=True)
            raise StorageError(
                f"{folder}: a library cannot be made here ({error}).", "Choose another place with --library, or free the disk."
            ) from error

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = self._connect()
            self._connections.append(db)
        return db

    def _connect(self) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
            db.create_function("casefold", 1, lambda s: None if s is None else str(s).casefold(), deterministic=True)
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("SELECT count(*) FROM settings")
        except sqlite3.Error as error:
            raise self._translated(error) from error
        return db

    def _read(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._db.execute(sql, values)

    def _writable(self) -> bool:
        return not self._db.execute("PRAGMA query_only").fetchone()[0]

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all or nothing; inside :meth:`together`, a part of that one."""
        with self._guard():
            db = self._db
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def together(self) -> Iterator[None]:
        """Makes all writes inside one transaction: all of them happen or none."""
        with self._write():
            yield

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> LibraryDamaged | StorageError:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_BUSY")):
            return StorageError(f"{self.path}: {error}.", "Free the disk or make the folder writable, then run the command again; nothing is lost.")
        return LibraryDamaged(f"{self.path}: {error}.", "Look at it with: citewise check. If it cannot be mended, move the folder away and index again.")


def _digest(paper: Paper) -> str:
    """A hash of what the reader found, without the place it came from: the same paper from another file is unchanged."""
    fields = [paper.title, paper.abstract, list(paper.authors), paper.year, paper.venue, paper.url, paper.doi, paper.arxiv_id, paper.pmid]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def _paper(row: Sequence[Any]) -> Paper:
    paper_id, title, abstract, authors, year, venue, url, doi, arxiv_id, pmid, source = row[:11]
    return Paper(title, abstract, tuple(json.loads(authors)), year, venue, url, doi, arxiv_id, pmid, source, kept_as=paper_id)


def _paper_vectors(parts: Sequence[tuple[bytes, bytes, bytes]]) -> PaperVectors:
    chunks, sentences, words = zip(*parts, strict=True)
    return PaperVectors(
        np.frombuffer(b"".join(chunks), "<f4").reshape(-1, DIMENSION),
        np.frombuffer(b"".join(sentences), "<u2"),
        np.frombuffer(b"".join(words), np.int8).reshape(-1, WORD_DIMENSION),
    )


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _batches(values: Iterable[_T]) -> Iterator[list[_T]]:
    listed = list(values)
    for at in range(0, len(listed), _VARIABLES):
        yield listed[at : at + _VARIABLES]
