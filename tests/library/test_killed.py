"""A run that is killed, at whatever moment, leaves a library that the next run completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEmbedder, records, write_records
from support import PACKAGES, TESTS

from rag.library import vectors
from rag.library.health import examine
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.types import IndexReport

PAPERS = 40
MOMENTS = [
    ("started", 1, 0.0),
    ("reading", 1, 0.0),
    ("reading", 3, 0.003),
    ("embedding", 1, 0.0),
    ("embedding", 3, 0.005),
    ("indexing", 1, 0.0),
    ("reading", 5, 0.6),  # the index is being opened
    ("indexing", 4, 0.0),  # all is written, nothing sealed
]


def _start(folder: Path, file: Path, *limit: int) -> subprocess.Popen[str]:
    script = TESTS / "indexing_process.py"
    paths = os.pathsep.join([str(TESTS), PACKAGES])
    command = [sys.executable, str(script), str(folder), str(file), *map(str, limit)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths}
    )


def _kill(process: subprocess.Popen[str], phase: str, step: int, delay: float) -> bool:
    """Kills a run some seconds after a step of a phase; False if it ended before."""
    assert process.stdout is not None
    steps = (line for line in iter(process.stdout.readline, "") if line.startswith(f"{phase} "))
    reached = next(islice(steps, step - 1, None), None) is not None
    if reached:
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return reached


def _contents(folder: Path) -> dict[str, Any]:
    """Everything that a library holds, in a form that can be compared."""
    library = Library(folder)
    catalog = library.catalog
    rows = range(1, 4 * PAPERS)
    ids, matrix = catalog.all_vectors()
    index = vectors.VectorIndex(folder / vectors.FOLDER, catalog.setting("library") or "")
    indexed = index.search(matrix[0], 10 * PAPERS)
    found = {
        "papers": sorted((p.paper_id, p.title, p.abstract, p.authors, p.year) for p in catalog.papers()),
        "sentences": sorted((s.id, s.start, s.end) for many in catalog.sentences_at(rows).values() for s in many),
        "vectors": {i: v.tobytes() for i, v in zip(ids, matrix, strict=True)},
        "indexed": sorted(i for i, _ in indexed),
        "count": index.count(),
        "left to do": (catalog.count_without_vector(), catalog.count_to_index(), catalog.dropped()),
        "problems": examine(library, FakeEmbedder()).problems,
    }
    index.close()
    library.close()
    return found


def _whole(tmp_path: Path, papers: list[dict[str, object]]) -> dict[str, Any]:
    library = Library(tmp_path / "in one go", create=True)
    index_papers(library, FakeEmbedder(), [write_records(tmp_path / "one.jsonl", papers)])
    library.close()
    return _contents(tmp_path / "in one go")


def _changed(papers: list[dict[str, object]]) -> list[dict[str, object]]:
    return [p | {"abstract": f"{p['abstract']} Later counts agree."} if i % 3 == 0 else p for i, p in enumerate(papers)]


def test_a_run_killed_again_and_again_is_completed_with_nothing_lost_doubled_or_half_there(tmp_path: Path) -> None:
    folder, file = tmp_path / "library", write_records(tmp_path / "papers.jsonl", records(PAPERS))
    reached = [_kill(_start(folder, file), *moment) for moment in MOMENTS]
    out, err = _start(folder, file).communicate()
    assert "report 0 added, 0 updated, 40 unchanged, 0 skipped" in out, err
    contents = _contents(folder)
    assert contents == _whole(tmp_path, records(PAPERS))
    assert (contents["count"], contents["problems"]) == (PAPERS, [])
    assert all(reached), "a kill found nothing to interrupt"


def test_an_update_that_is_killed_is_completed_too(tmp_path: Path) -> None:
    folder, papers = tmp_path / "library", records(PAPERS)
    _start(folder, write_records(tmp_path / "papers.jsonl", papers)).communicate()
    changed = write_records(tmp_path / "changed.jsonl", _changed(papers))
    assert _kill(_start(folder, changed), "indexing", 1, 0.0)
    reader = Library(folder)
    query = FakeEmbedder().embed_query("otters dive deeper").whole
    found = reader.nearest_chunks(query, 5)
    assert reader.catalog.rows_of_chunks([i for i, _ in found]), "a search in between answers"
    reader.close()
    out, err = _start(folder, changed).communicate()
    assert "report" in out, err
    assert _contents(folder) == _whole(tmp_path, _changed(papers))


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path, index: Callable[..., IndexReport]) -> None:
    folder, file = tmp_path / "killed", write_records(tmp_path / "many.jsonl", records(PAPERS))
    assert _kill(_start(folder, file), "reading", 1, 0.0)
    assert (folder / ".writer").exists()
    library = Library(folder)
    assert index(records(PAPERS), library).added > 0
    assert not (folder / ".writer").exists()
    library.close()


@pytest.mark.parametrize("limit", [150_000, 360_000])
def test_a_full_disk_ends_a_run_with_one_clear_line_and_the_next_run_completes_it(limit: int, tmp_path: Path) -> None:
    folder, file = tmp_path / "library", write_records(tmp_path / "papers.jsonl", records(PAPERS))
    process = _start(folder, file, limit)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out + err
    assert err.strip().splitlines()[-1].startswith(("StorageError: ", "LibraryError: ")), err
    assert "Traceback" not in err
    out, err = _start(folder, file).communicate()
    assert "report" in out, err
    contents = _contents(folder)
    assert (len(contents["papers"]), contents["count"], contents["problems"]) == (PAPERS, PAPERS, [])
    assert all(np.frombuffer(v, "<f4").size == 384 for v in contents["vectors"].values())
