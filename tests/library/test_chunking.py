"""Chunks hold every sentence whole, in order, within the embedder's window."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rag.library.chunking import body_offset, chunk_sentences, chunk_text
from rag.text.sentences import split_sentences
from rag.types import Chunk, Sentence

TITLE = "A Title of Words"


def count_words(text: str) -> int:
    return len(text.split())


def chunked(lengths: list[int], budget: int, title: str = TITLE) -> tuple[tuple[Sentence, ...], str, tuple[Chunk, ...]]:
    """Sentences of so many words each, the abstract, and its chunks."""
    abstract = " ".join("word " * (n - 1) + "End." if n > 1 else "End." for n in lengths)
    sentences: list[Sentence] = []
    at = 0
    for number, n in enumerate(lengths, 1):
        text = ("word " * (n - 1) + "End.") if n > 1 else "End."
        sentences.append(Sentence("x", number, at, at + len(text), text))
        at += len(text) + 1
    return tuple(sentences), abstract, chunk_sentences(title, sentences, abstract, budget, count_words)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=25), st.integers(12, 120))
def test_every_sentence_is_in_a_chunk_whole_and_in_order(lengths: list[int], budget: int) -> None:
    sentences, abstract, chunks = chunked(lengths, budget)
    assert {n for c in chunks for n in range(c.first, c.last + 1)} == {s.number for s in sentences}
    assert all(before.first < after.first and before.last < after.last for before, after in pairwise(chunks))
    for chunk in chunks:
        assert chunk.text == chunk_text(
            TITLE, abstract[sentences[chunk.first - 1].start : sentences[chunk.last - 1].end]
        )


@given(st.lists(st.integers(1, 60), min_size=1, max_size=25), st.integers(12, 120))
def test_only_a_single_sentence_that_is_too_long_exceeds_the_budget(lengths: list[int], budget: int) -> None:
    _, _, chunks = chunked(lengths, budget)
    assert all(count_words(c.text) <= budget or c.first == c.last for c in chunks)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=25), st.integers(12, 120))
def test_neighbours_share_a_sentence_where_it_fits(lengths: list[int], budget: int) -> None:
    _, _, chunks = chunked(lengths, budget)
    room = budget - count_words(TITLE) - 1
    for before, after in pairwise(chunks):
        assert after.first in (before.last, before.last + 1)
        if before.first < before.last and sum(lengths[before.last - 1 : before.last + 1]) <= room:
            assert after.first == before.last


def test_an_abstract_that_fits_is_one_chunk_with_its_title() -> None:
    _, abstract, chunks = chunked([5, 6, 7], 100)
    assert [c.text for c in chunks] == [f"{TITLE}. {abstract}"]
    assert chunks[0].text[body_offset(TITLE) :] == abstract


def test_no_sentence_no_chunk() -> None:
    assert chunk_sentences(TITLE, (), "", 100, count_words) == ()


def test_a_title_as_long_as_the_budget_leaves_room_for_sentences() -> None:
    _, _, chunks = chunked([2] * 12, 20, title="word " * 40)
    assert all(c.last > c.first for c in chunks)


def test_a_chunk_is_named_by_what_is_embedded() -> None:
    def ids(title: str, abstract: str, paper_id: str = "x") -> list[str]:
        return [c.id for c in chunk_sentences(title, split_sentences(paper_id, abstract), abstract, 100, count_words)]

    assert ids("T", "One. Two.") == ids("T", "One. Two.")
    assert (
        len({*ids("T", "One. Two."), *ids("U", "One. Two."), *ids("T", "One. Three."), *ids("T", "One. Two.", "y")})
        == 4
    )
