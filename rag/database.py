"""A SQLite file that any thread may read and one process at a time writes: connections, transactions, and SQLite's
errors as ours.

Each thread has a connection of its own. In a folder where nothing may be written, SQLite cannot make the files that go
with a write-ahead log; the file is then opened as one that does not change, and opened anew when it did.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from rag.errors import LibraryBusy, LibraryDamaged, LibraryError, StorageError
from rag.types import name_key

_WAIT_SECONDS = 10
_NOT_STORED = (
    "SQLITE_FULL",
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
    "SQLITE_PERM",
    "SQLITE_AUTH",
    "SQLITE_NOLFS",
    "SQLITE_TOOBIG",
)
_IN_USE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
_Stamp = tuple[int, int, int]


class _Open(NamedTuple):
    connection: sqlite3.Connection
    stamp: _Stamp | None
    """What the file looked like, where it was opened as one that does not change."""


class Database:
    """An open SQLite file. Raises StorageError, LibraryBusy or LibraryDamaged where SQLite raises an error of
    its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is: tuple[int, int] | None = None
        """Device and inode of the file, once it was opened."""
        self._open: dict[threading.Thread, _Open] = {}
        self._opening = threading.Lock()

    def close(self) -> None:
        """Closes the connections of all threads; the next use opens the file again."""
        with self._opening:
            while self._open:
                self._open.popitem()[1].connection.close()

    def check_there(self) -> None:
        """Raises StorageError where the file that was opened is not at its place any more: what is written to it would
        be lost.
        """
        if self._is is None or _identity(self.path) == self._is:
            return
        what = "another library stands here now" if self.path.exists() else "the library is gone from here"
        raise StorageError(
            f"{self.path.parent}: {what}.", "Put it back where it was, or start again over the folder that is meant."
        )

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        with self._translating():
            return self._connection().execute(sql, values).fetchall()

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first value of the first row; None if there is no row."""
        with self._translating():
            row = self._connection().execute(sql, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all or nothing; inside another of this thread, a part of that one. Nothing is written to a
        file that is gone.
        """
        self.check_there()
        with self._translating():
            connection = self._connection()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def back_up(self, copy: Path) -> None:
        """Copies the file as it stands, unless ``copy`` is there; a half-made copy is never seen. Raises StorageError
        where it cannot be written.
        """
        if copy.exists():
            return
        fresh = copy.with_name(f".{copy.name}.new")
        try:
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            with closing(sqlite3.connect(fresh)) as target, self._translating():
                self._connection().backup(target)
            fresh.replace(copy)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise StorageError(
                f"{copy}: the library is of an earlier version, and cannot be copied before it is changed ({error}).",
                "Free the disk or make the folder writable, then open it again; nothing was changed.",
            ) from error

    def _connection(self) -> sqlite3.Connection:
        thread = threading.current_thread()
        opened = self._open.get(thread)
        if opened is not None and (opened.stamp is None or opened.stamp == _stamp(self.path)):
            return opened.connection
        with self._opening:
            for gone in [t for t in self._open if t is thread or not t.is_alive()]:
                self._open.pop(gone).connection.close()
            opened = self._open[thread] = self._connect()
        return opened.connection

    def _connect(self) -> _Open:
        self.check_there()  # SQLite would make an empty file
        opened = self._opened_file()
        self._is = self._is or _identity(self.path)
        return opened

    def _opened_file(self) -> _Open:
        try:
            return _Open(
                _checked(
                    sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
                ),
                None,
            )
        except sqlite3.OperationalError as error:
            if not _name(error).startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                raise
            stamp = _stamp(self.path)
            if stamp[2] or not stamp[1]:  # what stands in a log can't be left out
                raise
        address = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        return _Open(_checked(sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)), stamp)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> LibraryError:
        name = _name(error)
        if name.startswith(_NOT_STORED):
            remedy = "Free the disk or make the folder writable, then run the command again; nothing is lost."
            return StorageError(f"{self.path}: {error}.", remedy)
        if name.startswith(_IN_USE):
            return LibraryBusy(
                f"{self.path}: another process keeps it locked.",
                "Wait until it is done, or stop it, and run the command again.",
            )
        if not name and isinstance(error, sqlite3.ProgrammingError):
            return LibraryError(f"{self.path}: closed while it was in use.", "Open the library again.")
        return LibraryDamaged(f"{self.path}: {error}.", f"Move {self.path.parent} away and index your files again.")


def make_database(path: Path, script: str, settings: dict[str, str]) -> None:
    """Makes the file with its tables and its first settings under another name, then renames it: a half-made one is
    never seen.

    Nobody else may read it: questions and conversations will stand in it.

    The caller sees to it that nobody else makes it. Raises StorageError.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in (
            fresh,
            path,
        ):  # from a run that was killed, or from a catalogue that was taken away without its log
            for suffix in ("", "-wal", "-shm", "-journal"):
                left.with_name(left.name + suffix).unlink(missing_ok=True)
        fresh.touch(mode=0o600)  # its log gets the same rights
        connection = sqlite3.connect(fresh)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(script)
            connection.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())
            connection.commit()
        finally:
            connection.close()
        fresh.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"{path.parent}: a library cannot be made here ({error}).", "Choose another place, or free the disk."
        ) from error


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The connection made ready; closed if the file turns out to be none that can be read."""
    try:
        connection.create_function("name_key", 1, lambda s: None if s is None else name_key(str(s)), deterministic=True)
        connection.text_factory = _text
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _text(stored: bytes) -> str:
    """Stored text; where bytes of it are damaged it is another text, whose digest does not fit, rather than an error of
    every query.
    """
    return stored.decode("utf-8", "replace")


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is; None if there is none that can be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _stamp(path: Path) -> _Stamp:
    """When the file was changed, its size, and the size of its log."""
    found = path.stat()
    log = path.with_name(f"{path.name}-wal")
    return found.st_mtime_ns, found.st_size, log.stat().st_size if log.exists() else 0


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "") or ""
