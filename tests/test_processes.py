"""Several processes and one library."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeEmbedder, records, write_records

from rag.errors import LibraryBusy
from rag.library.health import examine
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.types import IndexReport

Index = Callable[..., IndexReport]
SEARCHES = """
import sys
from pathlib import Path
from fakes import FakeEmbedder
from rag.library.library import Library
query = FakeEmbedder().embed_query("otters dive deeper").whole
for turn in range(int(sys.argv[2])):
    reader = Library(Path(sys.argv[1]))
    assert len(reader.nearest_chunks(query, 200)) >= 10
    reader.close()
"""


def _start(*arguments: object, code: str | None = None) -> subprocess.Popen[str]:
    here = Path(__file__).parent
    program = ["-c", code] if code else [str(here / "indexing_process.py")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    return subprocess.Popen(
        [sys.executable, *program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def test_two_writers_at_once_take_turns(tmp_path: Path, fake: FakeEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "50")
    halves = [
        write_records(tmp_path / "a.jsonl", records(30)[:20]),
        write_records(tmp_path / "b.jsonl", records(30)[10:]),
    ]
    writers = [_start(tmp_path / "library", half) for half in halves]
    assert [w.communicate(timeout=60)[1] for w in writers] == ["", ""]
    library = Library(tmp_path / "library")
    health = examine(library, fake)
    assert (health.papers, health.problems) == (30, [])
    assert len(library.nearest_chunks(fake.embed_query("voles").whole, 100)) == 30
    library.close()


def test_a_writer_that_waits_in_vain_is_told_which_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "0.1")
    writer = _start(tmp_path / "library", write_records(tmp_path / "papers.jsonl", records(120)))
    assert writer.stdout is not None
    assert next(line for line in iter(writer.stdout.readline, "") if line.startswith("reading"))
    second = Library(tmp_path / "library")
    with pytest.raises(LibraryBusy, match=f"process {writer.pid} on"):
        index_papers(second, FakeEmbedder(), [tmp_path / "papers.jsonl"])
    assert "report 120 added" in writer.communicate(timeout=60)[0]
    second.close()


def test_a_reader_sees_what_another_process_added(
    tmp_path: Path, library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(10))
    query = fake.embed_query("otters dive deeper").whole
    assert len(library.nearest_chunks(query, 100)) == 10
    out, err = _start(library.folder, write_records(tmp_path / "more.jsonl", records(25))).communicate(timeout=60)
    assert "report 15 added" in out, err
    assert len(library.nearest_chunks(query, 100)) == 25
    assert library._index is not None, "from Chroma, opened anew"
    assert library.catalog.count() == 25


def test_readers_that_open_an_index_while_it_is_written_come_to_no_harm(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(10))
    readers = [_start(library.folder, 12, code=SEARCHES) for _ in range(2)]
    n = 10
    while any(r.poll() is None for r in readers):
        n = min(n + 3, 120)
        index([*records(n), {"title": "The one that changes", "abstract": f"Version {n} of it."}])
    assert [(r.wait(), *r.communicate()) for r in readers] == [(0, "", "")] * 2
    assert examine(library, fake).problems == []
