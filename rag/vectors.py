"""The vector index: chunk vectors in Chroma, embedded in the library's folder or on a server. The only importer of ``chromadb``.

It is a cache of the catalogue's vectors and may be thrown away at any time. What it is given are ids and vectors, nothing else: documents stored in
Chroma made adds eight times slower and the folder eight times larger.

A damaged embedded folder can end the process that opens it (a truncated HNSW header is a segmentation fault), so whoever writes leaves a *seal*, a
hash of the folder's shape, and a folder that does not match its seal is opened in a process of its own first (:func:`survives_opening`).
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from rag.embedding import Vectors
from rag.errors import LibraryError, UsageError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

FOLDER = "chroma"
SERVER_TIMEOUT = 30.0
"""Seconds that one request to a Chroma server may take."""
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
_PROBE_SECONDS = 120


class VectorIndex:
    """An open collection. ``place`` is a library folder's ``chroma/`` or a server's URL; ``library`` names the collection."""

    def __init__(self, place: Path | str, library: str) -> None:
        """Opens the collection, making it if it is not there. Raises LibraryError if Chroma refuses or the server does not answer."""
        self.place = place
        self._client: ClientAPI = _connect(place)
        try:
            self._collection: Collection = self._client.get_or_create_collection(
                f"citewise-{library}",
                embedding_function=None,
                configuration={"hnsw": _HNSW},  # type: ignore[typeddict-item]  # a plain dict of the right shape
            )
            self._batch = self._client.get_max_batch_size()
        except _chroma_errors() as error:
            raise _refused(place, error) from error

    def count(self) -> int:
        """How many vectors it holds."""
        try:
            return self._collection.count()
        except _chroma_errors() as error:
            raise _refused(self.place, error) from error

    def search(self, vector: Vectors, k: int) -> list[tuple[str, float]]:
        """The ``k`` chunks nearest to a unit vector, as ``(chunk id, cosine)``, nearest first."""
        try:
            found = self._collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        except _chroma_errors() as error:
            raise _refused(self.place, error) from error
        return [(i, 1.0 - d) for i, d in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True)]

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds or replaces vectors, shape (n, dimension), in as many requests as Chroma's batch limit asks for."""
        try:
            for at in range(0, len(ids), self._batch):
                self._collection.upsert(ids=list(ids[at : at + self._batch]), embeddings=vectors[at : at + self._batch])
        except _chroma_errors() as error:
            raise _refused(self.place, error) from error

    def delete(self, ids: Sequence[str]) -> None:
        """Forgets vectors; ids that are not there are no error."""
        try:
            for at in range(0, len(ids), self._batch):
                self._collection.delete(ids=list(ids[at : at + self._batch]))
        except _chroma_errors() as error:
            raise _refused(self.place, error) from error

    def close(self) -> None:
        """Lets the files go; the object can't be used afterwards."""
        self._client.close()


def seal(folder: Path) -> str:
    """A hash of an embedded index's shape: its files' names and sizes, and the first 4 KiB of each HNSW file."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal")):
            digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            if path.suffix == ".bin":
                with path.open("rb") as file:
                    digest.update(file.read(4096))
    return digest.hexdigest()


def survives_opening(folder: Path, library: str) -> bool:
    """Opens and queries an embedded index in a process of its own; False if that process fails or dies."""
    command = [sys.executable, "-m", "rag.vectors", str(folder), library]
    try:
        return subprocess.run(command, capture_output=True, timeout=_PROBE_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def remove(folder: Path) -> None:
    """Throws an embedded index away. Readers that have it open keep what they hold."""
    if folder.exists():
        aside = folder.with_name(f"{folder.name}.old")
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def drop_collection(place: Path | str, library: str) -> None:
    """Throws a server's collection away; one that is not there is no error."""
    from chromadb.errors import NotFoundError

    client = _connect(place)
    try:
        client.delete_collection(f"citewise-{library}")
    except NotFoundError:
        pass
    except _chroma_errors() as error:
        raise _refused(place, error) from error
    finally:
        client.close()


def _connect(place: Path | str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    logging.getLogger("chromadb").setLevel(logging.ERROR)
    settings = Settings(anonymized_telemetry=False)
    try:
        if isinstance(place, Path):
            return chromadb.PersistentClient(path=str(place), settings=settings)
        url = urlsplit(place)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise UsageError(f"CITEWISE_CHROMA_URL={place}: not a server's address.", "Give one like http://127.0.0.1:8000, or unset it.")
        ssl = url.scheme == "https"
        client = chromadb.HttpClient(host=url.hostname, port=url.port or (443 if ssl else 8000), ssl=ssl, settings=settings)
    except _chroma_errors() as error:
        raise _refused(place, error) from error
    _limit_waiting(client)
    return client


def _limit_waiting(client: ClientAPI) -> None:
    """Chroma's HTTP client waits without end and has no setting for it; its session takes one."""
    session: Any = getattr(getattr(client, "_server", None), "_session", None)
    if session is not None:
        session.timeout = SERVER_TIMEOUT


def _chroma_errors() -> tuple[type[BaseException], ...]:
    import httpx
    from chromadb.errors import ChromaError

    # The embedded engine reports faults of its files as RuntimeError, its Rust panics as a BaseException of pyo3's, an unreachable server as ValueError.
    return (ChromaError, RuntimeError, ValueError, OSError, httpx.HTTPError)


def _refused(place: Path | str, error: BaseException) -> LibraryError:
    if isinstance(place, Path):
        remedy = "Mend it from the catalogue with: citewise check --repair (nothing is embedded again)."
    else:
        remedy = "Start the server, correct CITEWISE_CHROMA_URL, or unset it to use the library's own folder."
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return LibraryError(f"Chroma at {place} does not work: {reason}.", remedy)


def _probe(folder: str, library: str) -> None:
    index = VectorIndex(Path(folder), library)
    if index.count():
        index.search(np.full(384, 384**-0.5, np.float32), 1)
    index.close()


if __name__ == "__main__":
    _probe(sys.argv[1], sys.argv[2])
