"""Examining and mending a library."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from fakes import FakeEmbedder, records, write_records

from rag.health import Health, examine
from rag.indexing import index_papers
from rag.library import Library
from rag.types import IndexReport

Index = Callable[..., IndexReport]


def _examined(library: Library, fake: FakeEmbedder, **wanted: bool) -> Health:
    return examine(library, fake, **wanted)  # type: ignore[arg-type]


def test_a_library_is_whole_before_and_after_its_first_papers(library: Library, index: Index, fake: FakeEmbedder) -> None:
    assert _examined(library, fake).is_whole
    index(records(3))
    health = _examined(library, fake)
    assert (health.is_whole, health.papers, health.embedder) == (True, 3, fake.fingerprint)
    assert health.to_dict()["library"] == str(library.folder)


def test_what_an_interrupted_run_left_is_named_and_completed(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(4))
    library.forget_vectors(fake)
    health = _examined(library, fake)
    assert (health.chunks_without_vector, health.is_whole) == (4, False)
    assert "citewise check --repair" in health.problems[0]
    assert _examined(library, fake, repair=True).is_whole
    assert len(fake.embedded) == 8


def test_embedding_anew_takes_over_a_library_of_another_embedder(tmp_path: Path, library: Library) -> None:
    old, new = FakeEmbedder("old/1"), FakeEmbedder("new/1")
    index_papers(library, old, [write_records(tmp_path / "papers.jsonl", records(5))])
    assert "citewise check --reembed" in "".join(_examined(library, new).problems)
    health = _examined(library, new, reembed=True)
    assert (health.is_whole, health.embedder, len(new.embedded)) == (True, "new/1", 5)


def test_embedding_anew_that_was_broken_off_is_completed_by_indexing(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(5))
    library.forget_vectors(fake)
    index(records(5))
    assert _examined(library, fake).is_whole


def test_a_full_text_index_that_fell_behind_is_made_anew(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(4))
    with sqlite3.connect(library.catalog.path) as db:
        db.execute("DROP TRIGGER text_changed")
        db.execute("UPDATE papers SET title = 'Quite another title' WHERE seq = 1")
    db.close()
    assert "full-text index" in "".join(_examined(library, fake).problems)
    assert _examined(library, fake, repair=True).is_whole
    assert library.catalog.papers_with("quite another title") == 1
