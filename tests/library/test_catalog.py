"""The catalogue: papers, their sentences and chunks, filters, and what is the same paper."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import records

from rag.errors import LibraryDamaged, LibraryError, LibraryNotFound, StorageError
from rag.library.catalog import Catalog
from rag.library.library import Library
from rag.types import Filters, IndexReport

Index = Callable[..., IndexReport]
OTTER = {"title": "How otters find eels", "abstract": "Otters smell eels. They find most of them at night."}


def test_a_sentence_is_the_slice_of_the_abstract_that_its_address_says(library: Library, index: Index) -> None:
    index([OTTER])
    (sentences,) = library.catalog.sentences_at([1]).values()
    assert [s.text for s in sentences] == ["Otters smell eels.", "They find most of them at night."]
    assert [str(OTTER["abstract"])[s.start : s.end] for s in sentences] == [s.text for s in sentences]
    assert [s.id.rpartition(":")[2] for s in sentences] == ["1", "2"]


def test_a_paper_keeps_its_id_when_another_export_adds_a_doi(library: Library, index: Index) -> None:
    index([OTTER])
    (before,) = library.catalog.papers()
    assert str(index([OTTER | {"doi": "10.1000/otter", "year": 2001}])).startswith("0 added, 1 updated")
    (after,) = library.catalog.papers()
    assert (after.paper_id, after.doi, after.year) == (before.paper_id, "10.1000/otter", 2001)


def test_a_poorer_export_takes_no_detail_away(library: Library, index: Index) -> None:
    index([OTTER | {"doi": "10.1000/otter", "year": 2001, "authors": ["Ada Müller"]}])
    report = index([OTTER | {"abstract": "Otters smell eels.\n  They find most of them at night."}])
    (paper,) = library.catalog.papers()
    assert report.unchanged == 1
    assert (paper.year, paper.authors, paper.abstract) == (2001, ("Ada Müller",), OTTER["abstract"])


def test_an_identifier_that_a_later_export_brought_finds_the_paper_again(library: Library, index: Index) -> None:
    index([OTTER])
    index([OTTER | {"doi": "10.1000/Otter"}])
    index([{"title": "How otters find eels (revised)", "abstract": "Otters see eels.", "doi": "10.1000/otter"}])
    (paper,) = library.catalog.papers()
    assert (paper.title, paper.abstract) == ("How otters find eels (revised)", "Otters see eels.")
    assert paper.paper_id.startswith("title:")


def test_the_same_paper_twice_in_one_run_is_kept_once_and_said(library: Library, index: Index) -> None:
    report = index([OTTER, OTTER | {"doi": "10.1000/otter"}, OTTER | {"abstract": "Another text."}])
    assert (report.added, library.catalog.count()) == (1, 1)
    assert ["different abstracts" in skipped.why for skipped in report.skipped] == [False, True]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(year_from=1992), 3),
        (Filters(year_from=1991, year_to=1992), 2),
        (Filters(year_to=10**30), 5),
        (Filters(author="mÜLLer"), 5),
        (Filters(author="author3"), 1),
        (Filters(author='", "'), 0),
        (Filters(author="\udcff"), 0),
        (Filters(venue="nature"), 0),
        (Filters(source="PAPERS.jsonl"), 5),
    ],
)
def test_a_filter_lets_through_what_it_names_only(filters: Filters, found: int, library: Library, index: Index) -> None:
    index(records(5))
    assert len(library.catalog.rows_matching(filters)) == found


def test_a_changed_abstract_leaves_the_full_text_index(library: Library, index: Index) -> None:
    index([OTTER | {"doi": "10.1000/otter"}])
    assert library.catalog.papers_with("eels") == 1
    index([{"title": "Otters", "abstract": "They hunt crayfish now.", "doi": "10.1000/otter"}])
    assert (library.catalog.papers_with("eels"), library.catalog.papers_with("crayfish")) == (0, 1)
    assert library.catalog.text_is_whole()


def test_papers_may_be_indexed_while_they_are_listed(library: Library, index: Index) -> None:
    index(records(3))
    listed = library.catalog.papers()
    next(listed)
    index(records(4))
    assert len(list(listed)) >= 2


def test_nothing_of_a_failed_transaction_stays(library: Library) -> None:
    def fail() -> None:
        with library.catalog.together():
            library.catalog.set_setting("colour", "green")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert library.catalog.setting("colour") is None


def test_many_threads_read_and_their_connections_go_with_them(library: Library, index: Index) -> None:
    index(records(20))
    counts: list[int] = []
    for _ in range(5):
        threads = [
            threading.Thread(target=lambda: counts.append(len(list(library.catalog.papers())))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [20] * 40
    assert len(library.catalog._database._open) <= 9


def test_there_is_no_library_where_none_was_made(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFound, match="citewise index"):
        Catalog(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 500, None], ids=["empty", "garbage", "cut off"])
def test_a_damaged_catalogue_is_said_with_its_place_and_a_remedy(
    content: bytes | None, library: Library, index: Index
) -> None:
    index(records(40))
    library.close()
    path = library.catalog.path
    path.write_bytes(path.read_bytes()[:10_000] if content is None else content)
    with pytest.raises(LibraryDamaged, match=r"catalog\.sqlite.*index your files again"):
        Library(library.folder).catalog.problems()


def test_a_catalogue_of_another_layout_is_refused(library: Library) -> None:
    library.catalog.set_setting("schema", "999")
    with pytest.raises(LibraryDamaged, match="layout 999"):
        Catalog(library.folder)


def test_what_an_earlier_catalogue_left_behind_does_not_reach_a_new_one(tmp_path: Path) -> None:
    first = Library(tmp_path / "library", create=True)
    first.catalog.set_setting("colour", "green")
    log = Path(f"{first.catalog.path}-wal").read_bytes()
    first.close()
    first.catalog.path.unlink()
    Path(f"{first.catalog.path}-wal").write_bytes(log)
    (tmp_path / "library" / ".catalog.sqlite.new").write_bytes(b"half made")
    second = Library(tmp_path / "library", create=True)
    assert second.catalog.setting("colour") is None
    assert second.catalog.problems() == []
    second.close()


def test_a_place_that_cannot_be_a_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here already")
    with pytest.raises(StorageError, match="cannot be made here"):
        Library(tmp_path / "file", create=True)
    with pytest.raises(StorageError):
        Library(tmp_path / ("x" * 300))


def test_a_full_disk_is_said_and_what_was_there_stays(library: Library, index: Index) -> None:
    index(records(2))
    connection = library.catalog._database._connection()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StorageError, match=r"full.*Free the disk"):
        index(records(60))
    connection.execute("PRAGMA max_page_count = 1000000")
    assert 2 <= library.catalog.count() < 60
    assert library.catalog.problems() == []
    index(records(60))
    assert library.catalog.count() == 60


def test_a_closed_connection_is_no_damage(library: Library) -> None:
    library.catalog._database._connection().close()
    with pytest.raises(LibraryError, match="closed"):
        library.catalog.count()


def test_damage_inside_is_listed(library: Library, index: Index) -> None:
    index(records(3))
    with sqlite3.connect(library.catalog.path) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("DELETE FROM sentences WHERE paper = 2")
        db.execute("UPDATE sentences SET stop = 9999 WHERE paper = 1 AND number = 1")
    db.close()
    assert library.catalog.problems() == []
    assert [(fault.where, fault.row) for fault in library.catalog.faults()] == [("derived", 1), ("derived", 2)]
