"""The reader over what was found: papers and their sentences in a new order, and what is no evidence stays none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.answering.reading import READ, Weights, read
from rag.answering.retrieval import Found, Question, Retrieval, ranked_sentences
from rag.models.embedder import BUNDLED_SPACE, TextVectors, WordVectors
from rag.models.reader import Asked, Checked, Claimed, Reading
from rag.types import Paper, Passage, Sentence

WEIGHTS = Weights(about=1.0, stated=0.5, sentence=0.5, retrieved=1.0, offset=0.0)


class Scripted:
    """A reader that says of each title what it was told to say."""

    fingerprint = "scripted"

    def __init__(self, about: dict[str, float]) -> None:
        self.about = about
        self.asked: list[Asked] = []

    def read(self, asked: Sequence[Asked]) -> list[Reading]:
        self.asked += asked
        return [
            Reading(self.about.get(a.title, 0.1), 0.5, 0.1, tuple(0.1 * (n + 1) for n in range(len(a.sentences))))
            for a in asked
        ]

    def check(self, claimed: Sequence[Claimed]) -> list[Checked]:
        raise NotImplementedError


def found(title: str, score: float, *, called: bool = False, barred: bool = False) -> Found:
    texts = ("First sentence of it.", "Second sentence of it.")
    sentences = tuple(Sentence(f"title:{title}", n, 0, len(t), t) for n, t in enumerate(texts, 1))
    likely = np.array([0.5, 0.0 if barred else 0.4], np.float32)
    passage = Passage(Paper(title, " ".join(texts)), score, ranked_sentences(sentences, likely))
    return Found(passage, score, score, score, 0.0, sentences, likely, called)


def retrieval(*papers: Found, about: int = 0) -> Retrieval:
    vectors = TextVectors(np.zeros(2, np.float32), WordVectors(np.zeros((0, 2), np.int32), np.zeros((0, 128), np.int8)))
    return Retrieval(
        Question("What is it?", vectors, ("it",), {"it": 1.0}, {"it": 1}, len(papers), BUNDLED_SPACE), papers, about
    )


def titles(result: Retrieval) -> list[str]:
    return [f.passage.paper.title for f in result.found]


def test_papers_are_ranked_again_by_what_the_reader_says() -> None:
    result = read(
        retrieval(found("a", 0.9), found("b", 0.8), found("c", 0.7)), Scripted({"c": 0.99, "b": 0.6}), 3, WEIGHTS
    )
    assert titles(result) == ["c", "b", "a"]
    scores = [f.passage.score for f in result.found]
    assert scores == sorted(scores, reverse=True)


def test_a_paper_that_is_called_by_name_or_given_stays_before_the_others() -> None:
    assert (
        titles(read(retrieval(found("a", 0.9, called=True), found("b", 0.8)), Scripted({"b": 0.99}), 2, WEIGHTS))[0]
        == "a"
    )
    assert (
        titles(read(retrieval(found("a", 0.9), found("b", 0.8), about=1), Scripted({"b": 0.99}), 2, WEIGHTS))[0] == "a"
    )


def test_the_sentences_are_as_likely_as_the_reader_says_and_best_first() -> None:
    (only,) = read(retrieval(found("a", 0.9)), Scripted({}), 1, WEIGHTS).found
    assert only.likely == pytest.approx([0.1, 0.2])
    assert [s.sentence.number for s in only.passage.sentences] == [2, 1]


def test_what_is_no_evidence_stays_none_however_well_it_seems_to_answer() -> None:
    (only,) = read(retrieval(found("a", 0.9, barred=True)), Scripted({}), 1, WEIGHTS).found
    assert only.likely[1] == 0


def test_the_first_papers_are_read_and_the_others_follow_unread() -> None:
    reader = Scripted({})
    result = read(retrieval(*(found(f"p{n}", 1 - n / 100) for n in range(READ + 3))), reader, READ + 3, WEIGHTS)
    assert len(reader.asked) == READ
    assert [f.reading is None for f in result.found] == [False] * READ + [True] * 3


def test_as_many_papers_come_as_are_wanted() -> None:
    assert len(read(retrieval(found("a", 0.9), found("b", 0.8)), Scripted({}), 1, WEIGHTS).found) == 1
