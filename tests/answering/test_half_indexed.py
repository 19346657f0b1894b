"""A library that is half indexed, or narrowed by a filter, does not say no without saying what it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from fakes import PAPERS, FakeEmbedder, write_records

from rag.answering.assistant import Assistant
from rag.answering.retrieval import Retriever
from rag.answering.understanding import Understanding
from rag.library.indexing import index_papers, resume
from rag.library.library import Library
from rag.models.bundled_classifier import BundledClassifier
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import BundledReader
from rag.models.embedder import TextVectors
from rag.types import Filters, Pending, Sources

QUESTION = "Do otters judge water by smell?"
STRANGE = "Which catalyst splits hydrogen?"


class Stopped(Exception):
    """The run ends here, as if it were killed."""


class Stopping(FakeEmbedder):
    """Embeds nothing: the run stops where it would begin to."""

    def embed_documents(self, texts: Iterable[str]) -> Iterator[TextVectors]:
        raise Stopped


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Library]:
    """One paper is indexed, three are not."""
    library = Library(tmp_path / "half", create=True)
    index_papers(library, FakeEmbedder(), [write_records(tmp_path / "one.jsonl", PAPERS[2:])])
    file = write_records(tmp_path / "all.jsonl", [*PAPERS, {"title": "Larks", "abstract": "Larks sing at dawn."}])
    with pytest.raises(Stopped):
        index_papers(library, Stopping(), [file])
    yield library
    library.close()


@pytest.fixture
def assistant(half: Library, embedder: BundledEmbedder, reader: BundledReader) -> Assistant:
    return Assistant(
        Retriever(half, FakeEmbedder()), reader, half.catalog, Understanding(half.catalog, BundledClassifier())
    )


def test_a_paper_without_vectors_is_found_by_its_words_and_read_like_others(assistant: Assistant) -> None:
    answer = assistant.answer(QUESTION)
    assert answer.outcome == "answered"
    assert answer.sources[0].paper.title == PAPERS[0]["title"]
    assert answer.pending == Pending(3, 4)


def test_its_sentences_are_ranked_by_their_words(half: Library) -> None:
    best = Retriever(half, FakeEmbedder()).retrieve("What ended the preference?", 1).found[0]
    assert best.passage.sentences[0].text == "Covering their noses ended the preference."


def test_a_paper_without_vectors_is_ranked_neither_first_nor_last_for_it(half: Library) -> None:
    found = Retriever(half, FakeEmbedder()).retrieve("What does a sensor for soil moisture in a nest cost?", 4).found
    assert found[0].passage.paper.title == PAPERS[2]["title"]
    found = Retriever(half, FakeEmbedder()).retrieve("How long do herons sleep near the sensor?", 4).found
    assert found[0].passage.paper.title == PAPERS[1]["title"]


def test_a_no_says_what_was_not_seen(assistant: Assistant) -> None:
    answer = assistant.answer(STRANGE)
    assert answer.outcome in ("not_covered", "not_stated")
    assert not answer.text.startswith("Not covered:")
    assert "3 of 4 papers are not indexed yet: citewise index --resume" in answer.text


def test_the_first_event_says_what_was_not_seen(assistant: Assistant) -> None:
    (first, *_) = assistant.stream(QUESTION)
    assert isinstance(first, Sources)
    assert first.pending == Pending(3, 4)


def test_a_list_says_what_was_not_seen(assistant: Assistant) -> None:
    answer = assistant.answer("Which papers are about otters?")
    assert "3 of 4 papers are not indexed yet" in answer.text


def test_a_run_that_is_resumed_completes_the_library_and_says_so(half: Library, assistant: Assistant) -> None:
    report = resume(half, FakeEmbedder())
    assert (report.added, report.completed) == (0, 3)
    assert str(report).endswith("; 3 of an earlier run completed")
    assert half.catalog.pending() is None
    answer = assistant.answer(STRANGE)
    assert answer.pending is None
    assert "indexed" not in answer.text


def test_a_run_that_was_stopped_while_reading_is_completed_without_naming_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_records(tmp_path / "birds.jsonl", PAPERS)
    library = Library(tmp_path / "library", create=True)
    counted = iter((True, False))

    def put(*arguments: object) -> None:
        if not next(counted):
            raise Stopped
        before(*arguments)

    from rag.library import indexing

    before: Callable[..., None] = indexing._put
    monkeypatch.setattr(indexing, "_put", put)
    with pytest.raises(Stopped):
        index_papers(library, FakeEmbedder(), [file])
    monkeypatch.undo()
    pending = library.catalog.pending()
    assert pending == Pending(1, 1, ("birds.jsonl",))
    assert str(pending) == (
        "1 of 1 papers is not indexed yet; birds.jsonl is not wholly read yet: citewise index --resume"
    )
    report = resume(library, FakeEmbedder())
    assert (report.added, report.unchanged, report.completed) == (2, 1, 1)
    assert library.catalog.pending() is None
    assert resume(library, FakeEmbedder()).unchanged == 0
    library.close()


def test_what_cannot_be_read_again_is_told_once(tmp_path: Path) -> None:
    file = write_records(tmp_path / "birds.jsonl", PAPERS)
    library = Library(tmp_path / "library", create=True)
    with pytest.raises(Stopped):
        index_papers(library, Stopping(), [file])
    from rag.library.catalog import Unread

    library.catalog.note_unread([Unread(str(tmp_path / "gone.bib"), str(tmp_path / "gone.bib")), Unread("x.ris", None)])
    report = resume(library, FakeEmbedder())
    assert [Path(s.where).name for s in report.skipped] == ["gone.bib", "x.ris"]
    assert report.completed == 3
    assert resume(library, FakeEmbedder()).skipped == []
    library.close()


def test_a_reader_beside_a_run_of_indexing_finds_what_was_embedded_since(tmp_path: Path) -> None:
    """The vector index is filled when all is embedded; until then what is new is compared one by one."""
    library = Library(tmp_path / "library", create=True)
    index_papers(library, FakeEmbedder(), [write_records(tmp_path / "one.jsonl", PAPERS[2:])])
    query = FakeEmbedder().embed_query("otters judge water by smell").whole
    for prepare in (library.warm_up, library._current_index):
        prepare()
        assert len(library.nearest_chunks(query, 5)) == 1
    found: list[int] = []

    def told(phase: str, done: int, total: int | None) -> None:
        if phase == "embedding":
            found.append(len(library.nearest_chunks(query, 5)))

    index_papers(library, FakeEmbedder(), [write_records(tmp_path / "all.jsonl", PAPERS)], told)
    assert found == [3]
    library.close()


# --- filters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [QUESTION, "Which papers are about otters?", "How many papers are from 2015?"])
def test_where_a_filter_leaves_nothing_the_answer_says_so(question: str, assistant: Assistant, half: Library) -> None:
    resume(half, FakeEmbedder())
    answer = assistant.answer(question, filters=Filters(author="Nobody", year_from=1900))
    assert answer.outcome == "not_covered"
    assert answer.text == (
        "Not covered within the filters: author “Nobody”, years from 1900 does not let any of the 4 papers through. "
        "Lift the filters to ask the whole library."
    )


def test_a_no_within_a_filter_says_how_few_were_looked_at(assistant: Assistant, half: Library) -> None:
    resume(half, FakeEmbedder())
    answer = assistant.answer(STRANGE, filters=Filters(year_from=2022))
    assert "Only 1 of 4 papers passes years from 2022; lift the filters to ask all of them." in answer.text
    assert "no abstract in this library is about" not in answer.text
