"""The vector index: chunk vectors in Chroma, embedded in the library's folder or on a server. The only importer of
``chromadb``.

It is a cache of the catalogue's vectors and may be thrown away at any time. What it is given are ids and vectors,
nothing else: documents stored in Chroma made adds eight times slower and the folder eight times larger.

A damaged embedded folder can end the process that opens it (garbage in an HNSW file is a segmentation fault, measured
with Chroma 1.5.9), so whoever writes leaves a :func:`seal`, and a folder that does not match its seal is not opened but
made anew. Reading leaves the sealed files alone because every request of a writer is saved at once
(``sync_threshold``): by default Chroma keeps up to a thousand vectors in its log only, and each process that opens the
folder puts them into the HNSW files again.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import SplitResult, urlsplit

import numpy as np

from rag.errors import LibraryError, UsageError
from rag.models.embedder import Vectors

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client as ChromaClient
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

FOLDER = "chroma"
CONNECT_TIMEOUT = 5.0
"""Seconds that a Chroma server may take to say that it is there."""
SERVER_TIMEOUT = 30.0
"""Seconds that a request to a Chroma server may go without an answer."""
_HNSW = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 200,
    "max_neighbors": 32,
    "batch_size": 1,
    "sync_threshold": 1,
}
_TABLES = "chroma.sqlite3"
_SAMPLE, _SAMPLES = 64 * 1024, 64
_open_indexes: weakref.WeakSet[VectorIndex] = weakref.WeakSet()


class NoCollection(LibraryError):
    """Chroma is there, but it has no collection for the library."""


class VectorIndex:
    """An open collection; any thread may use it.

    ``place`` is a library folder's ``chroma/`` or a server's URL; ``library`` names the collection.
    """

    def __init__(self, place: Path | str, library: str, *, create: bool = False) -> None:
        """Opens the collection, making it if ``create``.

        Raises NoCollection; LibraryError if Chroma refuses or the server does not answer; UsageError if the URL is
        none.
        """
        self.place = place
        self._lock = threading.RLock()
        self._client: ChromaClient | None = _connect(place)
        _open_indexes.add(self)
        try:
            with _refusing(place):
                self._collection = _collection(self._client, _name(library), create=create)
                self._batch = self._client.get_max_batch_size()
        except BaseException:
            self.close()
            raise

    def count(self) -> int:
        """How many vectors it holds."""
        with self._use() as collection:
            return collection.count()

    def search(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        """The ``k`` chunks nearest to a unit vector, as ``(chunk id, cosine)``, nearest first."""
        with self._use() as collection:
            found = collection.query(query_embeddings=np.stack([vector]), n_results=k, include=["distances"])
            return [(i, 1.0 - d) for i, d in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True)]

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors, shape (n, dimension), in as many requests as Chroma's batch limit asks for."""
        with self._use() as collection:
            for at in range(0, len(ids), self._batch):
                collection.upsert(ids=list(ids[at : at + self._batch]), embeddings=vectors[at : at + self._batch])

    def delete(self, ids: Sequence[str]) -> None:
        """Forgets vectors; ids that are not there are no error."""
        with self._use() as collection:
            for at in range(0, len(ids), self._batch):
                collection.delete(ids=list(ids[at : at + self._batch]))

    def close(self) -> None:
        """Lets the files go; what is asked of it afterwards raises LibraryError."""
        with self._lock, suppress(LibraryError), _refusing(self.place):
            if self._client is not None:
                client, self._client = self._client, None
                _close(client)

    @contextmanager
    def _use(self) -> Iterator[Collection]:
        with self._lock, _refusing(self.place):
            if self._client is None:
                raise RuntimeError("closed")
            yield self._collection


def close_all(place: Path | str) -> None:
    """Closes what this process has open at a place: clients of one folder share one engine, which would outlive a new
    folder.
    """
    for index in list(_open_indexes):
        if index.place == place:
            index.close()


def is_loaded() -> bool:
    """Whether Chroma has been imported into this process."""
    return "chromadb" in sys.modules


def seal(folder: Path) -> str | None:
    """A hash of an embedded index; None if it is plainly not whole.

    HNSW files count with name, size and content (of large ones, 64 samples of 64 KiB). Chroma's SQLite file changes
    with each opening, and its faults are reported without harm: it only has to be an SQLite file that is not cut off.
    """
    if not _is_sqlite(folder / _TABLES):
        return None
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(_TABLES):
            size = path.stat().st_size
            digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
            with path.open("rb") as file:
                for at in range(0, size, max(_SAMPLE, size // _SAMPLES)):
                    file.seek(at)
                    digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def _is_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(100)
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    return head.startswith(b"SQLite format 3\0") and 0 < pages * (65536 if page == 1 else page) <= path.stat().st_size


def remove(folder: Path) -> None:
    """Throws an embedded index away. Raises OSError. Other processes that have it open keep what they hold."""
    close_all(folder)
    aside = folder.with_name(f"{folder.name}.old")
    for doomed in (aside, folder):
        if doomed.is_symlink() or doomed.is_file():
            doomed.unlink()
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def drop_collection(url: str, library: str) -> None:
    """Throws a server's collection away; one that is not there is no error."""
    client = _connect(url)
    try:
        with suppress(NoCollection), _refusing(url):
            client.delete_collection(_name(library))
    finally:
        _close(client)


def _name(library: str) -> str:
    return f"citewise-{library}"


def _collection(client: ChromaClient, name: str, *, create: bool) -> Collection:
    if not create:
        return client.get_collection(name, embedding_function=None)
    return client.get_or_create_collection(
        name, embedding_function=None, configuration=cast("CreateCollectionConfiguration", {"hnsw": _HNSW})
    )


def _connect(place: Path | str) -> ChromaClient:
    import chromadb
    from chromadb.config import Settings

    logging.getLogger("chromadb").setLevel(logging.ERROR)
    settings = Settings(anonymized_telemetry=False)
    if isinstance(place, Path):
        with _refusing(place):
            try:
                return cast("ChromaClient", chromadb.PersistentClient(path=str(place), settings=settings))
            except BaseException:
                _forget_engine(place)
                raise
    url = _address(place)
    ssl = url.scheme == "https"
    with _refusing(place):
        greet(place)
        client = cast(
            "ChromaClient", chromadb.HttpClient(host=str(url.hostname), port=_port(url), ssl=ssl, settings=settings)
        )
        _limit_waiting(client)
        return client


def greet(url: str) -> None:
    """Raises LibraryError if no Chroma server answers at an address, UsageError if it is no address."""
    import httpx

    parts = _address(url)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    with _refusing(url):
        answer = httpx.get(f"{parts.scheme}://{host}:{_port(parts)}/api/v2/heartbeat", timeout=CONNECT_TIMEOUT)
        if answer.status_code != httpx.codes.OK or "nanosecond heartbeat" not in answer.text:
            raise RuntimeError(f"what answers is no Chroma server (HTTP {answer.status_code})")


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise UsageError(
        f"CITEWISE_CHROMA_URL={url}: not a server's address.", "Give one like http://127.0.0.1:8000, or unset it."
    )


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 8000)


def _limit_waiting(client: ChromaClient) -> None:
    """Chroma's HTTP client waits without end and has no setting for it; its sessions take one."""
    for session in _sessions(client):
        session.timeout = SERVER_TIMEOUT


def _close(client: ChromaClient) -> None:
    """Closes a client, and the connections that Chroma's HTTP client leaves open."""
    sessions = _sessions(client)
    client.close()
    for session in sessions:
        session.close()


def _sessions(client: ChromaClient) -> list[httpx.Client]:
    """The HTTP sessions of a client and of the one inside it that knows tenants; none for an embedded engine."""
    servers = [getattr(holder, "_server", None) for holder in (client, getattr(client, "_admin_client", None))]
    return [session for server in servers if (session := getattr(server, "_session", None)) is not None]


def _forget_engine(folder: Path) -> None:
    """An engine that failed to start stays in Chroma's table of engines, and would be what the next client of the
    folder gets.
    """
    from chromadb.api.shared_system_client import SharedSystemClient

    if str(folder) not in SharedSystemClient._identifier_to_refcount:
        SharedSystemClient._identifier_to_system.pop(str(folder), None)


@contextmanager
def _refusing(place: Path | str) -> Iterator[None]:
    """Turns what Chroma raises into LibraryError."""
    try:
        yield
    except BaseException as error:
        if not _is_chromas(error):
            raise
        raise _refused(place, error) from error


def _is_chromas(error: BaseException) -> bool:
    """Whether an error is one of Chroma's own.

    The embedded engine reports faults of its files as RuntimeError and its panics as a BaseException of pyo3's; the
    HTTP client raises ValueError for a server that is not there and a plain Exception for an answer that it does not
    know.
    """
    import httpx
    from chromadb.errors import ChromaError

    known = isinstance(error, ChromaError | RuntimeError | ValueError | OSError | KeyError | httpx.HTTPError)
    return known or type(error) is Exception or type(error).__name__ == "PanicException"


def _refused(place: Path | str, error: BaseException) -> LibraryError:
    from chromadb.errors import NotFoundError

    if isinstance(place, Path):
        remedy = "Mend it from the catalogue with: citewise check --repair (nothing is embedded again)."
    else:
        remedy = "Start the server, correct CITEWISE_CHROMA_URL, or unset it to use the library's own folder."
    kind = NoCollection if isinstance(error, NotFoundError) else LibraryError
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    return kind(f"Chroma at {place} does not work: {reason}.", remedy)
