"""Fixtures for all tests. No test reaches beyond this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fakes import FakeEmbedder, write_records
from served import chromium

from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import BundledReader
from rag.types import IndexReport

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_HERE = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """A connection to another machine is an error."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse(address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in _HERE:
            raise RuntimeError(f"a test reached for the network: {address}")

    def checked_connect(self: socket.socket, address: Any) -> None:
        refuse(address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        refuse(address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked_connect)
        patch.setattr(socket.socket, "connect_ex", checked_connect_ex)
        yield


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment's own settings don't reach a test, nor do tests reach the user's libraries."""
    for name in [n for n in os.environ if n.startswith(("CITEWISE_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A module's own: while one is open, its thread can run no other event loop."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def reader() -> BundledReader:
    """The reader that ships, loaded once."""
    return BundledReader()


@pytest.fixture(scope="session")
def embedder() -> BundledEmbedder:
    """The real model, loaded once."""
    return BundledEmbedder()


@pytest.fixture
def fake() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library."""
    opened = Library(tmp_path / "library", create=True)
    yield opened
    opened.close()


@pytest.fixture
def index(tmp_path: Path, library: Library, fake: FakeEmbedder) -> Callable[..., IndexReport]:
    """Index records into the library, with the fake embedder."""

    def run(records: Iterable[dict[str, object]], into: Library = library) -> IndexReport:
        return index_papers(into, fake, [write_records(tmp_path / "papers.jsonl", records)])

    return run


@pytest.fixture
def in_process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python code in a process of its own, with the tests' folder to import from."""

    def run(code: str, *arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=os.environ | {"PYTHONPATH": paths},
        )

    return run
