"""A library on disk: the catalogue, the vector index kept in step with it, and the lock that lets one process write.

    <folder>/catalog.sqlite   the truth
    <folder>/chroma/          the vector index, a cache
    <folder>/.lock            held while somebody writes; .writer says who

Reading never needs the lock. A reader opens the vector index only when it is whole (its seal fits); otherwise it searches the catalogue's own vectors, which
is exact and slower, until somebody with the lock has mended the index.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rag import vectors
from rag.catalog import Catalog
from rag.embedding import DIMENSION, Embedder, Vectors
from rag.errors import EmbedderMismatch, LibraryBusy, LibraryError, StorageError
from rag.settings import settings

_SEAL = "index_seal"
_EMBEDDER = "embedder"
_BATCH = 4096
Progress = Callable[[int, int], None]
"""Called with (done, total)."""


class Library:
    """An open library. Safe to share between threads of one process; not across a fork."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Opens the library in ``folder``, making it if ``create``. Raises what :class:`Catalog` raises."""
        self.folder = folder
        self.catalog = Catalog(folder, create=create)
        self._index_lock = threading.RLock()
        self._index: vectors.VectorIndex | None = None
        self._opened_at: int | None = None
        self._exact: tuple[int, list[str], Vectors] | None = None

    def close(self) -> None:
        with self._index_lock:
            self._close_index()
        self.catalog.close()

    # --- reading ---------------------------------------------------------------------------------------------------------------------------

    def nearest_chunks(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        """The ``k`` chunks nearest to a unit vector, as ``(chunk id, cosine)``, nearest first: from the vector index, else by comparing all."""
        with self._index_lock:
            index = self._current_index()
            if index is not None:
                try:
                    return index.search(vector, k)
                except LibraryError:
                    self._close_index()
            return self._search_all(vector, k)

    def warm_up(self) -> None:
        """Opens the vector index if it is whole, so that the first question need not."""
        with self._index_lock:
            self._current_index()

    def check_embedder(self) -> None:
        """Raises EmbedderMismatch if the vectors were made by another embedder than the one in use."""
        made_by = self.catalog.setting(_EMBEDDER)
        if made_by is not None and made_by != Embedder.fingerprint:
            raise EmbedderMismatch(
                f"{self.folder}: its vectors were made by {made_by}, not by {Embedder.fingerprint}.",
                "Embed its papers again with: citewise check --reembed",
            )

    def _current_index(self) -> vectors.VectorIndex | None:
        """The vector index as of the catalogue's generation; None while it is not whole."""
        generation = self.catalog.generation
        if self._index is not None and self._opened_at == generation:
            return self._index
        self._close_index()
        if self._opened_at == generation or not self._index_is_whole():
            self._opened_at = generation
            return None
        self._opened_at = generation
        try:
            index = vectors.VectorIndex(self._place(), self._library_id())
            if index.count() == self.catalog.count_in_index():
                self._index = index
            else:
                index.close()
        except LibraryError:
            if settings().chroma_url:
                raise
        return self._index

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _index_is_whole(self) -> bool:
        """Whether the index can be opened without danger: sealed and unchanged, or proven in a process of its own."""
        if settings().chroma_url:
            return True
        sealed, folder = self.catalog.setting(_SEAL), self._chroma_folder()
        if not sealed or not folder.is_dir():
            return False
        return vectors.seal(folder) == sealed or vectors.survives_opening(folder, self._library_id())

    def _search_all(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        generation = self.catalog.generation
        if self._exact is None or self._exact[0] != generation:
            rows = list(self.catalog.all_vectors())
            matrix = np.stack([v for _, _, v in rows]) if rows else np.zeros((0, DIMENSION), np.float32)
            self._exact = (generation, [chunk_id for chunk_id, _, _ in rows], matrix)
        _, ids, matrix = self._exact
        cosines = matrix @ vector
        return [(ids[i], float(cosines[i])) for i in np.argsort(-cosines, kind="stable")[:k]]

    # --- writing ---------------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the library's lock. Raises LibraryBusy if another process holds it for longer than the setting allows."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / ".lock", timeout=settings().lock_seconds)
        note = self.folder / ".writer"
        try:
            lock.acquire()
        except Timeout:
            raise LibraryBusy(
                f"{self.folder}: {_read_note(note)} is writing to this library.", "Wait until it is done, or stop it, and run the command again."
            ) from None
        except OSError as error:
            raise StorageError(f"{self.folder}: {error.strerror or error}.", "Make the folder writable or free the disk.") from error
        try:
            with contextlib.suppress(OSError):
                note.write_text(f"process {os.getpid()} on {socket.gethostname()}", "utf-8")
            yield
        finally:
            with contextlib.suppress(OSError):
                note.unlink(missing_ok=True)
            lock.release()

    def claim_embedder(self) -> None:
        """Notes that the vectors are made by the embedder in use. The caller holds the lock."""
        self.check_embedder()
        self.catalog.set(_EMBEDDER, Embedder.fingerprint)

    def forget_vectors(self) -> None:
        """Drops all vectors, to be embedded again by the next run of indexing. The caller holds the lock."""
        self.catalog.forget_vectors()
        self.catalog.set(_EMBEDDER, Embedder.fingerprint)

    def index_is_current(self) -> bool:
        """Whether the vector index is whole and lacks nothing, as far as can be told without opening it."""
        if self.catalog.to_index(1) or self.catalog.dropped():
            return False
        return bool(settings().chroma_url) or self.catalog.count_in_index() == 0 or self._index_is_whole()

    def sync_index(self, progress: Progress | None = None, *, rebuild: bool = False) -> None:
        """Brings the vector index in step with the catalogue, from the catalogue's vectors. The caller holds the lock.

        Killed at any moment, the next call finishes the work: what is in the index is marked only after it is there, and the seal, without which nobody
        trusts the index, is written last.
        """
        with self._index_lock:
            self._close_index()
            if not rebuild and not settings().chroma_url:
                rebuild = not self._index_is_whole()
            self.catalog.set(_SEAL, "")
            if rebuild:
                self._discard_index()
            index = self._open_for_writing()
            if index.count() != self.catalog.count_in_index() + len(self.catalog.dropped()):
                index.close()
                self._discard_index()
                index = self._open_for_writing()
            self._fill(index, progress)
            index.close()
            if not settings().chroma_url:
                self.catalog.set(_SEAL, vectors.seal(self._chroma_folder()))
            self.catalog.bump_generation()

    def _open_for_writing(self) -> vectors.VectorIndex:
        return vectors.VectorIndex(self._place(), self._library_id())

    def _discard_index(self) -> None:
        if settings().chroma_url:
            vectors.drop_collection(self._place(), self._library_id())
        else:
            try:
                vectors.remove(self._chroma_folder())
            except OSError as error:
                raise StorageError(f"{self._chroma_folder()}: {error.strerror or error}.", "Make the folder writable.") from error
        self.catalog.mark_index_lost()

    def _fill(self, index: vectors.VectorIndex, progress: Progress | None) -> None:
        gone = self.catalog.dropped()
        if gone:
            index.delete(gone)
            self.catalog.mark_forgotten(gone)
        total = self.catalog.count_to_index()
        done = 0
        while waiting := self.catalog.to_index(_BATCH):
            ids = [chunk_id for chunk_id, _ in waiting]
            index.upsert(ids, np.stack([vector for _, vector in waiting]))
            self.catalog.mark_indexed(ids)
            done += len(ids)
            if progress:
                progress(done, total)

    def _place(self) -> Path | str:
        return settings().chroma_url or self._chroma_folder()

    def _chroma_folder(self) -> Path:
        return self.folder / vectors.FOLDER

    def _library_id(self) -> str:
        return self.catalog.setting("library") or "unnamed"


def _read_note(note: Path) -> str:
    try:
        return note.read_text("utf-8").strip() or "another process"
    except OSError:
        return "another process"
