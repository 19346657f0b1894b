"""The vector index: Chroma in a folder and on a server, and what becomes of a damaged folder."""

from __future__ import annotations

import pickle
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from fakes import FakeEmbedder, records

from rag.errors import LibraryError, UsageError
from rag.library import vectors
from rag.library.health import examine
from rag.library.library import Library
from rag.types import IndexReport

Index = Callable[..., IndexReport]
UNIT = np.eye(384, dtype=np.float32)


@pytest.fixture
def chroma(tmp_path: Path) -> Iterator[vectors.VectorIndex]:
    index = vectors.VectorIndex(tmp_path / "chroma", "test", create=True)
    yield index
    index.close()


def test_the_nearest_vectors_come_first_with_their_cosines(chroma: vectors.VectorIndex) -> None:
    chroma.upsert(["a", "b", "c"], np.stack([UNIT[0], (UNIT[0] + UNIT[1]) / 2**0.5, UNIT[2]]))
    found = chroma.search(UNIT[0], 2)
    assert [i for i, _ in found] == ["a", "b"]
    assert [c for _, c in found] == pytest.approx([1.0, 0.7071], abs=1e-3)


def test_more_than_chroma_takes_at_once_is_sent_in_batches(chroma: vectors.VectorIndex) -> None:
    chroma._batch = 7
    chroma.upsert([f"c{i}" for i in range(20)], UNIT[:20])
    assert chroma.count() == 20
    chroma.delete([f"c{i}" for i in range(15)] + ["never there"])
    assert chroma.count() == 5
    assert len(chroma.search(UNIT[0], 50)) == 5


def test_a_collection_is_not_made_by_looking_for_it(tmp_path: Path) -> None:
    with pytest.raises(vectors.NoCollection):
        vectors.VectorIndex(tmp_path / "chroma", "test")


def test_what_is_asked_of_a_closed_index_is_an_error_of_ours(chroma: vectors.VectorIndex) -> None:
    chroma.close()
    chroma.close()
    with pytest.raises(LibraryError, match="closed"):
        chroma.count()


@pytest.mark.parametrize("count", [1, 30])
def test_reading_leaves_the_seal_whole(count: int, tmp_path: Path, chroma: vectors.VectorIndex) -> None:
    chroma.upsert([f"c{i}" for i in range(count)], UNIT[:count])
    if count > 1:
        chroma.delete(["c1"])
    chroma.close()
    sealed = vectors.seal(tmp_path / "chroma")
    for _ in range(3):
        reader = vectors.VectorIndex(tmp_path / "chroma", "test")
        assert reader.search(UNIT[0], 1)[0][0] == "c0"
        reader.close()
        assert vectors.seal(tmp_path / "chroma") == sealed


def _files(folder: Path, name: str) -> list[Path]:
    return [p for p in (folder / vectors.FOLDER).rglob(name) if p.is_file()]


def _cut(folder: Path, name: str) -> None:
    for path in _files(folder, name):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _scramble(folder: Path, name: str) -> None:
    for path in _files(folder, name):
        path.write_bytes(np.random.default_rng(1).bytes(path.stat().st_size))


def _spoil_middle(folder: Path, name: str) -> None:
    for path in _files(folder, name):
        content = bytearray(path.read_bytes())
        content[2000:] = b"\xff" * (len(content) - 2000)
        path.write_bytes(content)


def _delete(folder: Path, name: str) -> None:
    for path in _files(folder, name):
        path.unlink()


def _replace_by_file(folder: Path, name: str) -> None:
    shutil.rmtree(folder / vectors.FOLDER)
    (folder / vectors.FOLDER).write_text(name)


DAMAGES = {
    "header cut": (_cut, "header.bin"),
    "vectors scrambled": (_scramble, "data_level0.bin"),
    "vectors deleted": (_delete, "data_level0.bin"),
    "table of ids cut": (_cut, "index_metadata.pickle"),
    "every hnsw file deleted": (_delete, "*.bin"),
    "chroma.sqlite3 cut": (_cut, "chroma.sqlite3"),
    "chroma.sqlite3 scrambled": (_scramble, "chroma.sqlite3"),
    "chroma.sqlite3 spoiled after its header": (_spoil_middle, "chroma.sqlite3"),
    "chroma.sqlite3 deleted": (_delete, "chroma.sqlite3"),
    "everything scrambled": (_scramble, "*"),
    "folder missing": (lambda folder, _: shutil.rmtree(folder / vectors.FOLDER), ""),
    "a file in its place": (_replace_by_file, "not a folder"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_answered_around_and_made_anew(
    damage: str, library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(30))
    query = fake.embed_query("why herons sing louder near slow rivers").whole
    best = library.nearest_chunks(query, 3)
    library.close()
    spoil, name = DAMAGES[damage]
    spoil(library.folder, name)

    damaged = Library(library.folder)
    assert [i for i, _ in damaged.nearest_chunks(query, 3)] == [i for i, _ in best]
    assert not examine(damaged, fake).index_is_whole
    fake.embedded.clear()
    assert examine(damaged, fake, repair=True).is_whole
    assert fake.embedded == []
    assert [i for i, _ in damaged.nearest_chunks(query, 3)] == [i for i, _ in best]
    assert damaged._index is not None, "Chroma answers again"
    damaged.close()


def test_indexing_mends_what_it_finds_damaged(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(10))
    _spoil_middle(library.folder, "chroma.sqlite3")
    index(records(12))
    assert examine(library, fake).problems == []
    assert len(fake.embedded) == 12


def test_an_index_made_anew_in_one_library_is_seen_by_another_in_the_same_process(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(10))
    reader = Library(library.folder)
    query = fake.embed_query("otters dive deeper").whole
    before = reader.nearest_chunks(query, 20)
    shutil.rmtree(library.folder / vectors.FOLDER)
    examine(library, fake, repair=True)
    index(records(11))
    assert len(reader.nearest_chunks(query, 20)) == len(before) + 1 == 11
    assert reader._index is not None
    reader.close()


# --- on a server ------------------------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """A Chroma server in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            str(Path(sys.executable).with_name("chroma")),
            "run",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--path",
            str(self.folder),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/api/v2/heartbeat", timeout=1).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise TimeoutError("the Chroma server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "server")
    made.start()
    yield made
    made.stop()


def test_a_library_may_keep_its_vectors_on_a_server_and_take_them_back(
    server: Server, library: Library, index: Index, fake: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(records(10))
    monkeypatch.setenv("CITEWISE_CHROMA_URL", server.url)
    moved = Library(library.folder)
    query = fake.embed_query("why herons sing louder").whole
    assert len(moved.nearest_chunks(query, 5)) == 5, "answered from the catalogue"
    assert not examine(moved, fake).index_is_whole
    assert examine(moved, fake, repair=True).is_whole
    assert moved.nearest_chunks(query, 5)[0][1] == pytest.approx(library.nearest_chunks(query, 5)[0][1], abs=1e-5)
    assert moved._index is not None
    assert moved._index._client._server._session.timeout.read == vectors.SERVER_TIMEOUT  # type: ignore[union-attr]
    index(records(12), moved)
    index([r | {"abstract": "Otters rest."} for r in records(2)], moved)
    assert moved._current_index().count() == 12  # type: ignore[union-attr]

    server.stop()
    with pytest.raises(LibraryError, match=r"127\.0\.0\.1.*CITEWISE_CHROMA_URL"):
        moved.nearest_chunks(query, 5)
    with pytest.raises(LibraryError, match="Start the server"):
        index(records(13), moved)
    server.start()
    assert len(moved.nearest_chunks(query, 5)) == 5
    moved.close()

    monkeypatch.delenv("CITEWISE_CHROMA_URL")
    back = Library(library.folder)
    assert not examine(back, fake).index_is_whole
    assert examine(back, fake, repair=True).is_whole
    assert len(fake.embedded) == 14, "nothing was embedded twice"
    back.close()


def test_a_server_that_takes_the_call_and_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "CONNECT_TIMEOUT", 0.3)
    monkeypatch.setattr(vectors, "SERVER_TIMEOUT", 3600)  # who waited for that would never end
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(LibraryError, match="does not work"):
        vectors.VectorIndex(f"http://127.0.0.1:{silent.getsockname()[1]}", "test")


def test_a_server_of_another_kind_is_said_to_be_none_of_chromas() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            call, _ = other.accept()
            with call:
                call.recv(4096)
                call.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(LibraryError, match="no Chroma server"):
            vectors.VectorIndex(f"http://127.0.0.1:{other.getsockname()[1]}", "test")
        thread.join()


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://host", "http://", "http://host:port", "http://[::1", "http://host/path"]
)
def test_an_address_that_is_none_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError, match="CITEWISE_CHROMA_URL"):
        vectors.VectorIndex(url, "test")


def test_errors_come_back_whole_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(LibraryError("It broke.", "Mend it.")))
    assert (str(error), error.remedy) == ("It broke. Mend it.", "Mend it.")
