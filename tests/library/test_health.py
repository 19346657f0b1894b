"""Examining and mending a library."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import FakeEmbedder, records, write_records

from rag.answering.retrieval import Retriever
from rag.library.health import Health, examine
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.types import Answer, IndexReport, Rating, Timings, Turn, Usage

Index = Callable[..., IndexReport]


def _examined(library: Library, fake: FakeEmbedder, **wanted: bool) -> Health:
    return examine(library, fake, **wanted)  # type: ignore[arg-type]


def test_a_library_is_whole_before_and_after_its_first_papers(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    assert _examined(library, fake).is_whole
    index(records(3))
    health = _examined(library, fake)
    assert (health.is_whole, health.papers, health.embedder) == (True, 3, fake.fingerprint)
    assert health.to_dict()["library"] == str(library.folder)


def test_what_an_interrupted_run_left_is_named_and_completed(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
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


def test_embedding_anew_that_was_broken_off_is_completed_by_indexing(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(5))
    library.forget_vectors(fake)
    index(records(5))
    assert _examined(library, fake).is_whole


def test_a_full_text_index_that_fell_behind_is_made_anew(library: Library, index: Index, fake: FakeEmbedder) -> None:
    index(records(4))
    _damaged(library, "INSERT INTO papers_text (papers_text) VALUES ('delete-all')")
    assert "full-text index" in "".join(_examined(library, fake).problems)
    assert _examined(library, fake, repair=True).is_whole
    assert library.catalog.papers_with("percent") == 4


def _damaged(library: Library, *statements: str) -> None:
    """The catalogue with its bytes changed behind its back."""
    with sqlite3.connect(library.catalog.path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


FALSE = "Herons eat nothing but stones."


def test_a_text_that_is_not_what_was_put_there_is_named_never_shown_and_set_apart(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(4))
    _damaged(library, f"UPDATE papers SET abstract = '{FALSE}' WHERE seq = 2")
    assert "is not what was put there" in "".join(_examined(library, fake).problems)
    assert FALSE not in [paper.abstract for paper in library.catalog.papers()]
    assert 2 not in library.catalog.papers_at([1, 2, 3])
    health = _examined(library, fake, repair=True)
    assert (health.is_whole, health.papers, len(health.set_apart)) == (True, 3, 1)
    assert library.catalog.papers_with("stones") == 0
    index(records(4))
    health = _examined(library, fake)
    assert (health.is_whole, health.papers, health.set_apart) == (True, 4, [])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE papers SET title_key = 'x' WHERE seq = 2",
        "UPDATE sentences SET start = start + 2 WHERE paper = 2 AND number = 1",
        "UPDATE sentences SET stop = 'x' WHERE paper = 2 AND number = 1",
        "UPDATE sentences SET number = 7 WHERE paper = 2 AND number = 1",
        "DELETE FROM sentences WHERE paper = 2",
        "DELETE FROM chunks WHERE paper = 2",
        "UPDATE chunks SET id = 'x' WHERE paper = 2",
        "UPDATE chunks SET last = 9 WHERE paper = 2",
        "UPDATE chunks SET vector = x'00' WHERE paper = 2",
        "UPDATE chunks SET vector = 'x' WHERE paper = 2",
        "UPDATE chunks SET vector = zeroblob(length(vector)) WHERE paper = 2",
        "UPDATE chunks SET words = x'0102' WHERE paper = 2",
        "UPDATE chunks SET word_sentences = NULL WHERE paper = 2",
        "UPDATE settings SET value = 'x' WHERE name = 'generation'",
        "UPDATE settings SET value = '32 x' WHERE name = 'space'",
    ],
)
def test_what_is_derived_is_named_and_made_anew_and_searching_goes_on(
    library: Library, index: Index, fake: FakeEmbedder, damage: str
) -> None:
    index(records(4))
    _damaged(library, damage)
    if "space" not in damage:  # no question can be compared without it, and the error says so
        found = Retriever(library, fake).retrieve("method", 4)
        assert {1, 3, 4} <= {
            library.catalog.rows_of_papers([p.paper.paper_id])[p.paper.paper_id] for p in found.passages
        }
    health = _examined(library, fake)
    assert "citewise check --repair" in "".join(health.problems)
    health = _examined(library, fake, repair=True)
    assert (health.problems, health.papers, health.set_apart) == ([], 4, [])


@pytest.mark.parametrize(
    "damage",
    [
        "authors = 'x'",
        "authors = '{}'",
        "year = 'x'",
        "abstract = CAST(x'ff41' AS TEXT)",
        "title = ''",
        "digest = 'x'",
        "doi = '10.1/x'",
    ],
)
def test_a_bad_row_is_set_apart_whatever_is_wrong_with_it(
    library: Library, index: Index, fake: FakeEmbedder, damage: str
) -> None:
    index(records(4))
    _damaged(library, f"UPDATE papers SET {damage} WHERE seq = 2")
    assert len(Retriever(library, fake).retrieve("method", 4).passages) == 3
    assert len(list(library.catalog.papers())) == 3
    health = _examined(library, fake, repair=True)
    assert (health.problems, health.papers, len(health.set_apart)) == ([], 3, 1)


def test_a_turn_that_cannot_be_read_is_set_apart_and_hides_no_other(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(2))
    answer = Answer("q", "answered", "A.", (), (), (), "extractive", None, Usage(), Timings(0, 0, 0), "q")
    turns = [Turn(datetime(2024, 1, 1, tzinfo=UTC), answer)] * 3
    kept = library.catalog.conversations
    kept.append("c1", "One", 1, turns)
    kept.append("c2", "Two", 1, turns)
    kept.rate(Rating("c2", 1, True, "", datetime(2024, 1, 1, tzinfo=UTC)))
    _damaged(
        library,
        "UPDATE turns SET answer = '{' WHERE conversation = 'c1' AND number = 2",
        "UPDATE turns SET asked = 'x' WHERE conversation = 'c1' AND number = 3",
        "UPDATE conversations SET changed = 'x' WHERE id = 'c1'",
        "UPDATE ratings SET rated = 'x'",
    )
    assert {c.title for c in kept.saved()} == {"One", "Two"}
    assert len(kept.ratings()) == 1
    assert len(_examined(library, fake).problems) == 4
    health = _examined(library, fake, repair=True)
    assert (health.problems, len(health.set_apart)) == ([], 3)
    assert [number for number, _ in kept.turns("c1")] == [1]
    assert {c.when.year for c in kept.saved()} == {2024}
