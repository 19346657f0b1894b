"""A method that another paper of the library introduced is not told as the named paper's own."""

from __future__ import annotations

import numpy as np
import pytest

from rag.attribution import Borrowed, borrowed
from rag.embedding import TextVectors, WordVectors
from rag.retrieval import Found, Question
from rag.sentences import split_sentences
from rag.types import Paper, Passage
from rag.words import content_words

HERON = Paper("Heron: Planning on Ponds", "Heron plans on ponds. It counts the reeds.")
TERN = Paper("Tern: Planning at Sea", "The sea is wide. We propose WaveMPC, which plans over waves.")


def _found(paper: Paper) -> Found:
    sentences = split_sentences(paper.paper_id, paper.abstract)
    nothing = np.zeros(0, np.float32)
    return Found(Passage(paper, 0.9, ()), 0.9, 0.9, 0.5, 1.0, nothing, sentences, np.full(len(sentences), 0.5, np.float32), nothing)


def told(question: str, papers_with: int = 1) -> Borrowed | None:
    """What is said of a question that names Heron first, where so many papers have each of its words."""
    words = tuple(content_words(question))
    none = WordVectors(np.zeros((0, 2), np.int32), np.zeros((0, 128), np.int8))
    asked = Question(question, TextVectors(np.zeros(384, np.float32), none), words, {}, dict.fromkeys(words, papers_with), 81)
    return borrowed(asked, [_found(HERON), _found(TERN)])


def test_the_sentence_that_introduces_the_method_is_named_with_its_paper() -> None:
    other = told("Why does Heron's WaveMPC count the reeds?")
    assert other is not None
    assert (other.paper, other.sentence.number) == (1, 2)
    assert other.told == "Heron has no “WaveMPC” in its abstract; Tern introduces it"


@pytest.mark.parametrize(
    "question",
    [
        "How does Heron compare to WaveMPC?",
        "Why is Heron better than WaveMPC?",
        "How does Heron count the reeds?",
        "Why does Heron's GullMPC count the reeds?",
        "Why does WaveMPC plan over waves?",
    ],
)
def test_a_comparison_an_unknown_name_or_an_unnamed_paper_is_left_alone(question: str) -> None:
    assert told(question) is None


def test_a_word_that_many_papers_have_is_nobodys_own() -> None:
    assert told("Why does Heron's WaveMPC count the reeds?", papers_with=9) is None
