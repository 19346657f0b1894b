"""An open library: its lock, its vector index and what threads may do with it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import FakeEmbedder, records, write_records

from rag.errors import EmbedderMismatch, LibraryBusy, StorageError
from rag.library import vectors
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.types import Answer, IndexReport, Timings, Turn, Usage

Index = Callable[..., IndexReport]
QUESTION = "why herons sing louder near slow rivers"


def test_chroma_and_the_catalogue_find_the_same(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(50))
    query = fake.embed_query(QUESTION).whole
    found = library.nearest_chunks(query, 10)
    assert library._index is not None
    exact = library._search_all(query, 10)
    assert [i for i, _ in found] == [i for i, _ in exact]
    assert [c for _, c in found] == pytest.approx([c for _, c in exact], abs=1e-4)


def test_an_empty_library_finds_nothing(library: Library, fake: FakeEmbedder) -> None:
    assert library.nearest_chunks(fake.embed_query(QUESTION).whole, 5) == []


def test_papers_that_wait_for_the_index_are_searched_in_the_catalogue(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(5))
    library.catalog.mark_index_lost()
    library.catalog.bump_generation()
    assert len(library.nearest_chunks(fake.embed_query(QUESTION).whole, 10)) == 5
    assert library._index is None
    index(records(5))
    assert len(library.nearest_chunks(fake.embed_query(QUESTION).whole, 10)) == 5
    assert library._index is not None


def test_a_second_writer_is_told_who_writes(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "0.1")
    other = Library(library.folder)
    with library.writing(), pytest.raises(LibraryBusy, match=r"process \d+ on .* is writing"), other.writing():
        pass
    with other.writing():
        pass
    other.close()


def test_vectors_of_another_embedder_are_refused_with_the_command_that_makes_them_anew(
    library: Library, fake: FakeEmbedder
) -> None:
    library.catalog.set_setting("embedder", "another/1")
    with pytest.raises(EmbedderMismatch, match="citewise check --reembed"):
        library.check_embedder(fake.fingerprint)


def test_threads_search_while_another_writes(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(10))
    query = fake.embed_query(QUESTION).whole
    reader = Library(library.folder)
    stop, faults, counts = threading.Event(), list[BaseException](), list[int]()

    def search() -> None:
        try:
            while not stop.is_set():
                counts.append(len(reader.catalog.rows_of_chunks([i for i, _ in reader.nearest_chunks(query, 100)])))
        except BaseException as error:
            faults.append(error)
            raise

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in (20, 30, 40):
        index(records(n))
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert min(counts) >= 10
    assert len(reader.nearest_chunks(query, 100)) == 40
    reader.close()


def test_warming_up_after_closing_opens_nothing(library: Library, index: Index) -> None:
    index(records(2))
    library.close()
    library.warm_up()
    assert library._index is None


def test_a_reader_whose_index_is_deleted_under_it_goes_on(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(8))
    query = fake.embed_query(QUESTION).whole
    before = library.nearest_chunks(query, 3)
    vectors.remove(library.folder / vectors.FOLDER)
    assert [i for i, _ in library.nearest_chunks(query, 3)] == [i for i, _ in before]


def test_a_library_is_made_in_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    made = Library(tmp_path / "a" / "b" / "späte bücher #1?%20", create=True)
    assert made.catalog.count() == 0
    made.close()
    Library(made.folder, create=True).close()


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_nobody_else_may_read_a_library(tmp_path: Path, fake: FakeEmbedder) -> None:
    before = os.umask(0o022)
    try:
        library = Library(tmp_path / "of my own", create=True)
        index_papers(library, fake, [write_records(tmp_path / "papers.jsonl", records(3))])
        files = [path for path in library.folder.iterdir() if path.name.startswith("catalog")]
        assert library.folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        library.close()
    finally:
        os.umask(before)


def _turns() -> list[Turn]:
    answer = Answer("q", "answered", "A.", (), (), (), "extractive", None, Usage(), Timings(0, 0, 0), "q")
    return [Turn(datetime(2024, 1, 1, tzinfo=UTC), answer)]


def test_a_library_that_is_gone_takes_nothing_more_and_is_not_made_anew(
    library: Library, index: Index, fake: FakeEmbedder, tmp_path: Path
) -> None:
    index(records(3))
    away = library.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="gone from here"):
        library.catalog.conversations.append("c", "C", 1, _turns())
    with pytest.raises(StorageError, match="gone from here"):
        index(records(4))
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(StorageError, match="gone from here"),
    ):  # one that has nothing open yet
        pool.submit(library.nearest_chunks, fake.embed_query(QUESTION).whole, 1).result()
    assert not library.folder.exists()
    away.rename(library.folder)
    library.catalog.conversations.append("c", "C", 1, _turns())
    assert index(records(4)).added == 1


def test_a_library_in_whose_place_another_stands_takes_nothing_more(library: Library, index: Index) -> None:
    index(records(3))
    shutil.rmtree(library.folder)
    other = Library(library.folder, create=True)
    with pytest.raises(StorageError, match="another library"):
        library.catalog.conversations.append("c", "C", 1, _turns())
    assert other.catalog.conversations.saved() == []
    other.close()
