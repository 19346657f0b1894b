"""A library on disk: the catalogue, the vector index kept in step with it, and the lock that lets one process write.

    <folder>/catalog.sqlite   the truth
    <folder>/chroma/          the vector index, a cache
    <folder>/.lock            held while somebody writes; .writer says who
    <folder>/.opening         held for a moment while somebody opens the vector index

Reading never waits for a writer. A reader opens the vector index only when it is whole (its seal fits); otherwise it
searches the catalogue's own vectors, which is exact and slower, until somebody with the lock has mended the index.
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

from rag.errors import EmbedderMismatch, LibraryBusy, LibraryDamaged, LibraryError, StorageError
from rag.library import vectors
from rag.library.catalog import Catalog, exists
from rag.library.store.auditing import is_space
from rag.models.embedder import BUNDLED_SPACE, Embedder, Space, Vectors
from rag.settings import settings

_SEAL = "index_seal"
_EMBEDDER = "embedder"
_SPACE = "space"
_BATCH = 4096
_FEW = 2_000
"""Chunks that are compared one by one rather than load Chroma for them: the same answer, a second sooner."""
_OPENING_SECONDS = 5.0
Progress = Callable[[int, int], None]
"""Called with (done, total)."""


class Library:
    """An open library. Safe to share between threads of one process; not across a fork."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Opens the library in ``folder``, making it if ``create``. Raises what :class:`Catalog` raises, and
        LibraryBusy.
        """
        self.folder = folder
        if create and not exists(folder):
            _make_folder(folder)
            with _locked(folder):
                self.catalog = Catalog(folder, create=True)
        else:
            self.catalog = Catalog(folder)
        self._index_lock = threading.RLock()
        self._index: vectors.VectorIndex | None = None
        self._looked_at: int | None = None
        """The generation at which the vector index was last opened, or found not to be whole."""
        self._exact: tuple[tuple[int, int], list[str], Vectors] | None = None
        self._fresh: tuple[tuple[int, int], list[str], Vectors] | None = None
        """All vectors, and those that are not in the vector index yet, at a state of the catalogue."""
        self._closed = False

    def close(self) -> None:
        """Lets all files go."""
        with self._index_lock:
            self._closed = True
            self._close_index()
        self.catalog.close()

    # --- reading ------------------------------------------------------------------------------------------------------

    def nearest_chunks(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        """The ``k`` chunks nearest to a unit vector, as ``(chunk id, cosine)``, nearest first.

        They come from the vector index if it is whole, else from comparing all; and from comparing all where that is
        done before Chroma would be loaded. Raises LibraryError if the vector index is on a server that does not answer.
        """
        with self._index_lock:
            index = None if self._is_sooner_compared() else self._current_index()
            if index is not None:
                try:
                    return self._with_fresh(index.search(vector, k), vector, k)
                except LibraryError:
                    self._close_index()
                    if settings().chroma_url:  # away, or made anew by another process; the next question asks it again
                        self._looked_at = None
                        vectors.greet(str(self._place()))
            return self._search_all(vector, k)

    def warm_up(self) -> None:
        """Opens the vector index if it is whole, so that the first question need not. What is wrong shows when a
        question is asked.
        """
        with self._index_lock, contextlib.suppress(LibraryError):
            if not self._closed and not self._is_sooner_compared():
                self._current_index()

    def _is_sooner_compared(self) -> bool:
        """Whether Chroma is not loaded yet, which takes a second, and the library so small that all its vectors are
        compared in a hundredth of one.
        """
        return not settings().chroma_url and not vectors.is_loaded() and self.catalog.count_in_index() <= _FEW

    def check_embedder(self, fingerprint: str) -> None:
        """Raises EmbedderMismatch if the vectors were made by another embedder than the one in use."""
        made_by = self.catalog.setting(_EMBEDDER)
        if made_by is not None and made_by != fingerprint:
            raise EmbedderMismatch(
                f"{self.folder}: its vectors were made by {made_by}, not by {fingerprint}.",
                "Embed its papers again with: citewise check --reembed (or set CITEWISE_EMBEDDING_URL and its kin as "
                "they were).",
            )

    def space(self) -> Space:
        """The space that the library's vectors lie in; the bundled model's where nothing else is noted."""
        noted = (self.catalog.setting(_SPACE) or "").split()
        if noted and not is_space(" ".join(noted)):
            raise LibraryDamaged(
                f"{self.folder}: the space of its vectors cannot be read.", "Mend it with: citewise check --repair"
            )
        return Space(int(noted[0]), float(noted[1]), float(noted[2])) if noted else BUNDLED_SPACE

    def check_dimension(self, vector: Vectors, space: Space) -> None:
        """Raises EmbedderMismatch if a vector is of another dimension than the library's: the server has another model
        of that name now.
        """
        if vector.size != space.dimension:
            raise EmbedderMismatch(
                f"{self.folder}: its vectors have {space.dimension} numbers, the model of that name makes "
                f"{vector.size} now.",
                "Embed its papers again with: citewise check --reembed",
            )

    def index_is_whole(self) -> bool:
        """Whether the vector index opens and holds what the catalogue says that it holds; in a read-only folder,
        whether its seal fits.

        Raises LibraryError if its server does not answer.
        """
        with self._index_lock:
            self._close_index()
            self._looked_at = None
            if self.catalog.count_in_index() == 0 or self._current_index() is not None:
                return True
            if settings().chroma_url:
                return False
            with self._opening() as alone:
                return not alone and self._seal_fits()

    def _current_index(self) -> vectors.VectorIndex | None:
        """The vector index as of the catalogue's generation; None while it is not whole."""
        generation = self.catalog.generation
        if self._looked_at != generation:
            self._close_index()
            self._looked_at = generation
            try:
                self._index = self._opened()
            except LibraryError:
                self._looked_at = None
                raise
        return self._index

    def _opened(self) -> vectors.VectorIndex | None:
        if settings().chroma_url:
            with contextlib.suppress(vectors.NoCollection):
                return self._if_complete(vectors.VectorIndex(self._place(), self._library_id()))
            return None
        with self._opening() as alone:
            if alone and self._seal_fits():
                with contextlib.suppress(LibraryError):
                    return self._if_complete(vectors.VectorIndex(self._place(), self._library_id()))
        return None

    def _if_complete(self, index: vectors.VectorIndex) -> vectors.VectorIndex | None:
        """The index, with its files read, if it holds what the catalogue says; else it is closed."""
        complete = False
        try:
            complete = index.count() == self.catalog.count_in_index()
            if complete and not settings().chroma_url:
                dimension = self.space().dimension
                index.search(np.full(dimension, dimension**-0.5, np.float32), 1)  # only a search reads the HNSW files
        finally:
            if not complete:
                index.close()
        return index if complete else None

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    @contextmanager
    def _opening(self) -> Iterator[bool]:
        """Keeps others from opening the index or starting to write to it. False if it can't: a read-only folder or one
        that is gone, or others take long.
        """
        from filelock import FileLock, Timeout

        if not self.folder.exists():  # the lock would make it
            yield False
            return
        lock = FileLock(self.folder / ".opening", timeout=_OPENING_SECONDS)
        try:
            lock.acquire()
        except (OSError, Timeout, NotImplementedError):
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _seal_fits(self) -> bool:
        """Whether the index is as the last writer left it, and so can be opened without danger."""
        sealed = self.catalog.setting(_SEAL)
        return bool(sealed) and sealed == self._seal()

    def _seal(self) -> str | None:
        if settings().chroma_url:
            return str(self._place())
        try:
            return vectors.seal(self._chroma_folder())
        except OSError:
            return None

    def _search_all(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        state = self._state()
        if self._exact is None or self._exact[0] != state:
            self._exact = (state, *self.catalog.all_vectors())
        return _nearest(*self._exact[1:], vector, k)

    def _with_fresh(self, hits: list[tuple[str, float]], vector: Vectors, k: int) -> list[tuple[str, float]]:
        """Those of the vector index, and those that a run of indexing has made since, which are not in it yet."""
        state = self._state()
        if not state[1]:
            return hits
        if self._fresh is None or self._fresh[0] != state:
            made = [(chunk_id, v) for chunk_id, v in self.catalog.to_index(state[1]) if v.size == vector.size]
            matrix = np.stack([v for _, v in made]) if made else np.zeros((0, vector.size), np.float32)
            self._fresh = (state, [chunk_id for chunk_id, _ in made], matrix)
        known = {chunk_id for chunk_id, _ in hits}
        fresh = (hit for hit in _nearest(*self._fresh[1:], vector, k) if hit[0] not in known)
        return sorted([*hits, *fresh], key=lambda hit: -hit[1])[:k]

    def _state(self) -> tuple[int, int]:
        """Changes with the vectors: the runs that ended, and how many vectors one under way has made."""
        return self.catalog.generation, self.catalog.count_to_index()

    # --- writing ------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the library's lock.

        Raises LibraryBusy if another process holds it for longer than the setting allows, StorageError if the library
        is gone: its folder is not made anew.
        """
        self.catalog.check_there()
        with _locked(self.folder):
            yield

    def claim_embedder(self, embedder: Embedder) -> None:
        """Notes that the vectors are made by the embedder in use, and in which space they lie. The caller holds the
        lock.

        Raises EmbedderMismatch; ModelError if the embedder's server has to be asked and does not answer.
        """
        self.check_embedder(embedder.fingerprint)
        if self.catalog.setting(_EMBEDDER) is None or self.catalog.setting(_SPACE) is None:
            space = embedder.space()
            with self.catalog.together():
                self._note(embedder.fingerprint, space)

    def forget_vectors(self, embedder: Embedder) -> None:
        """Drops all vectors, to be made by the embedder in the next run of indexing. The caller holds the lock. Raises
        ModelError.
        """
        space = embedder.space()
        with self.catalog.together():
            self.catalog.forget_vectors()
            self._note(embedder.fingerprint, space)
            self.catalog.bump_generation()

    def _note(self, fingerprint: str, space: Space) -> None:
        self.catalog.set_setting(_EMBEDDER, fingerprint)
        self.catalog.set_setting(_SPACE, f"{space.dimension} {space.slope!r} {space.offset!r}")

    def check_server(self) -> None:
        """Raises LibraryError if vectors are to be kept on a server and it does not answer."""
        if settings().chroma_url:
            vectors.greet(str(self._place()))

    def index_is_current(self) -> bool:
        """Whether the vector index lacks nothing, as far as can be told without opening it."""
        if self.catalog.to_index(1) or self.catalog.dropped():
            return False
        return self.catalog.count_in_index() == 0 or self._seal_fits()

    def sync_index(self, progress: Progress | None = None, *, rebuild: bool = False) -> None:
        """Brings the vector index in step with the catalogue, from the catalogue's vectors. The caller holds the lock.

        Killed at any moment, the next call finishes the work: the seal, without which nobody trusts the index, goes
        first and comes back last.
        """
        with self._index_lock:
            self._close_index()
            rebuild = rebuild or not self._seal_fits()
            self.catalog.set_setting(_SEAL, "")
            with self._opening():  # whoever still trusted the old seal is done with opening now
                pass
            vectors.close_all(self._place())
            if rebuild or not self._filled_up(progress):
                self._discard_index()
                self._filled_up(progress)
            with self.catalog.together():
                self.catalog.set_setting(_SEAL, self._seal() or "")
                self.catalog.bump_generation()

    def _filled_up(self, progress: Progress | None) -> bool:
        """Puts into the index what it lacks; False if it is not what the catalogue takes it for, and has to be made
        anew.
        """
        try:
            index = vectors.VectorIndex(self._place(), self._library_id(), create=True)
        except LibraryError:
            if settings().chroma_url or not self._chroma_folder().exists() or self.catalog.count_in_index() == 0:
                raise
            return False
        try:
            if index.count() != self.catalog.count_in_index():
                return False
            self._fill(index, progress)
        finally:
            index.close()
        return True

    def _discard_index(self) -> None:
        if settings().chroma_url:
            vectors.drop_collection(str(self._place()), self._library_id())
        else:
            try:
                vectors.remove(self._chroma_folder())
            except OSError as error:
                raise _not_writable(self._chroma_folder(), error) from error
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


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the lock of the library in a folder, and notes who holds it."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock", timeout=settings().lock_seconds)
    note = folder / ".writer"
    try:
        lock.acquire()
    except Timeout:
        raise LibraryBusy(
            f"{folder}: {_read_note(note)} is writing to this library.",
            "Wait until it is done, or stop it, and run the command again.",
        ) from None
    except (OSError, NotImplementedError) as error:
        raise _not_writable(folder, error) from error
    try:
        with contextlib.suppress(OSError):
            note.write_text(f"process {os.getpid()} on {socket.gethostname()}", "utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


def _nearest(ids: list[str], matrix: Vectors, vector: Vectors, k: int) -> list[tuple[str, float]]:
    """The ``k`` rows of a matrix that are nearest to a unit vector, with their ids, nearest first."""
    if not ids:
        return []
    cosines = matrix @ vector
    return [(ids[i], float(cosines[i])) for i in np.argsort(-cosines, kind="stable")[:k]]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # conversations are kept in it
    except OSError as error:
        raise StorageError(
            f"{folder}: a library cannot be made here ({error.strerror or error}).", "Choose another place."
        ) from error


def _not_writable(place: Path, error: Exception) -> StorageError:
    reason = error.strerror if isinstance(error, OSError) else None
    return StorageError(
        f"{place}: {reason or error or 'no locks on this file system'}.", "Make the folder writable or free the disk."
    )


def _read_note(note: Path) -> str:
    try:
        return note.read_text("utf-8").strip() or "another process"
    except OSError:
        return "another process"
