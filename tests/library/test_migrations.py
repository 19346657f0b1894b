"""Libraries of earlier versions open as they were, after a copy was made; later ones are refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.errors import LibraryDamaged
from rag.library.catalog import FILE_NAME, Catalog
from rag.library.chunking import chunk_sentences
from rag.library.store.migrations import MIGRATIONS
from rag.library.store.schema import SCHEMA_VERSION
from rag.text.sentences import split_sentences
from rag.types import Details, Paper

PAPERS = [
    Paper("Otters dive", "They do so at night.", ("Ada Lund",), 2020, doi="10.1/a"),
    Paper("RETRACTED: Otters fly", "They were said to.", year=2021, doi="10.1/b"),
    Paper("Retraction of claws in cats", "It takes a tenth of a second.", year=2021, doi="10.1/c"),
    Paper("Badgers sing", "This article has been retracted at the request of its authors.", doi="10.1/d"),
]


def make_old(folder: Path) -> None:
    """A library of layout 1, which had no column for details."""
    catalog = Catalog(folder, create=True)
    for paper in PAPERS:
        sentences = split_sentences(paper.paper_id, paper.abstract)
        chunks = chunk_sentences(paper.title, sentences, paper.abstract, 100, lambda text: len(text.split()))
        catalog.put(paper, sentences, chunks)
    catalog.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as db, db:
        db.execute("ALTER TABLE papers DROP COLUMN details")
        db.execute("UPDATE settings SET value = '1' WHERE name = 'schema'")


def test_there_is_a_step_to_every_layout() -> None:
    assert sorted(MIGRATIONS) == list(range(2, SCHEMA_VERSION + 1))


def test_an_old_library_opens_as_it_was_and_what_was_retracted_is_marked(tmp_path: Path) -> None:
    make_old(tmp_path)
    catalog = Catalog(tmp_path)
    found = list(catalog.papers())
    assert [paper.title for paper in found] == [paper.title for paper in PAPERS]
    assert [paper.details.status for paper in found] == ["", "retracted", "", "retracted"]
    assert catalog.faults() == []
    assert [catalog.resolve(paper)[1] for paper in PAPERS] == ["unchanged"] * 4
    assert catalog.setting("schema") == str(SCHEMA_VERSION)


def test_the_library_was_copied_before_it_was_changed(tmp_path: Path) -> None:
    make_old(tmp_path)
    Catalog(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "catalog.layout-1.sqlite")) as copy:
        assert copy.execute("SELECT value FROM settings WHERE name = 'schema'").fetchone() == ("1",)
        assert copy.execute("SELECT count(*) FROM papers").fetchone() == (4,)
        assert "details" not in [column[1] for column in copy.execute("PRAGMA table_info(papers)")]


def test_a_library_that_cannot_be_copied_is_not_changed(tmp_path: Path) -> None:
    make_old(tmp_path)
    (tmp_path / ".catalog.layout-1.sqlite.new").mkdir()
    with pytest.raises(Exception, match="cannot be copied before it is changed"):
        Catalog(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        assert db.execute("SELECT value FROM settings WHERE name = 'schema'").fetchone() == ("1",)


@pytest.mark.parametrize(("layout", "remedy"), [("99", "update Citewise"), ("none", "from a backup")])
def test_a_layout_that_is_not_known_is_refused(tmp_path: Path, layout: str, remedy: str) -> None:
    catalog = Catalog(tmp_path, create=True)
    catalog.set_setting("schema", layout)
    catalog.close()
    with pytest.raises(LibraryDamaged, match=remedy):
        Catalog(tmp_path)


def test_what_is_kept_of_a_record_comes_back(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path, create=True)
    details = Details("lund2020", "article-journal", "2020-03-05", "en", tags=("Otters", "Nacht"), collections=("A/B",))
    catalog.put(Paper("Otters", "They dive.", details=details), [], [])
    assert [paper.details for paper in catalog.papers()] == [details]
