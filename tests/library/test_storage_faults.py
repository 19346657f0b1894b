"""Folders that cannot be written, and settings that are wrong."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import FakeEmbedder, records, write_records
from support import PACKAGES, TESTS

from rag.errors import UsageError
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.settings import settings

InProcess = Callable[..., subprocess.CompletedProcess[str]]
# Permissions don't bind the administrator: the process becomes somebody else once all it needs is imported.
READER = """
import os, sys
from pathlib import Path
import chromadb, filelock, numpy.random, rag.library.readers
from fakes import FakeEmbedder
from rag.errors import CitewiseError
from rag.library.health import examine
from rag.library.indexing import index_papers
from rag.library.library import Library
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
folder, fake = Path(sys.argv[1]), FakeEmbedder()
library = Library(folder)
print(library.catalog.count(), len(library.nearest_chunks(fake.embed_query("otters").whole, 100)), examine(library, fake).problems)
try:
    index_papers(library, fake, [sys.argv[2]])
except CitewiseError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


def _made(shelf: Path) -> Library:
    library = Library(shelf / "library", create=True)
    index_papers(library, FakeEmbedder(), [write_records(shelf / "papers.jsonl", records(6))])
    return library


def _lock_up(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def test_a_library_in_a_read_only_folder_is_read_and_writing_is_refused(shelf: Path, in_process: InProcess) -> None:
    library = _made(shelf)
    library.close()
    _lock_up(library.folder)
    done = in_process(READER, library.folder, shelf / "papers.jsonl")
    read, refused = done.stdout.strip().splitlines()
    assert (read, done.stderr) == ("6 6 []", "")
    assert refused.startswith("StorageError ")
    assert "Make the folder writable" in refused


def test_it_is_read_while_its_owner_has_it_open_and_after_a_killed_run_too(shelf: Path, in_process: InProcess) -> None:
    library = _made(shelf)
    library.catalog.set_setting("colour", "green")  # stands in the log only
    _lock_up(library.folder)
    assert in_process(READER, library.folder, shelf / "papers.jsonl").stdout.startswith("6 6 []")
    library.close()


def test_a_read_only_library_that_its_owner_changes_is_read_anew(shelf: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from rag.library.catalog import Catalog
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
catalog = Catalog(Path(sys.argv[1]))
print(catalog.count(), flush=True)
sys.stdin.readline()
print(catalog.count(), flush=True)
"""
    library = _made(shelf)
    library.close()
    library.catalog.path.chmod(0o644)
    library.folder.chmod(0o555)
    paths = os.pathsep.join([str(TESTS), PACKAGES])
    with subprocess.Popen(
        [sys.executable, "-c", code, str(library.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "6\n"
        library.folder.chmod(0o755)
        owner = Library(library.folder)
        index_papers(owner, FakeEmbedder(), [write_records(shelf / "more.jsonl", records(9))])
        owner.close()
        library.folder.chmod(0o555)
        assert reader.communicate("go on\n")[0] == "9\n"


def test_settings_come_back_whole_from_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "2.5")
    assert pickle.loads(pickle.dumps(settings())) == settings()
    assert settings().lock_seconds == 2.5


@pytest.mark.parametrize("value", ["-1", "soon", "nan"])
def test_a_setting_that_cannot_be_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", value)
    with pytest.raises(UsageError, match="CITEWISE_LOCK_SECONDS"):
        settings()
