"""The writer's answers: few sentences, the right papers, and a false premise put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from support import sample_home

from rag import Client
from rag.answering.reading import READ, read
from rag.answering.retrieval import Retrieval, Retriever
from rag.answering.writing.extracts import MOST_SENTENCES, MOST_WORDS, ExtractiveWriter, Written, _Pick, _within_length
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import BundledReader
from rag.text.sentences import is_stub
from rag.types import PlanKind, Sentence

Retrieve = Callable[[str], Retrieval]
ONE_PAPER = (
    "How does COPlanner use model uncertainty?",
    "How does RLCoder retrieve code?",
    "What is the edge-of-reach problem?",
)
SEVERAL = ("Compare SERL and FastRLAP.", "How do Drama and COPlanner differ?", "Compare RLCoder with ReTool.")
LISTS = (
    "Which methods reduce reward hacking?",
    "Which papers learn a world model?",
    "List the surveys of model-based learning.",
)


@pytest.fixture(scope="module")
def retrieve(
    tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder, reader: BundledReader
) -> Iterator[Retrieve]:
    """What is found for a question, and read."""
    home = sample_home(tmp_path_factory)
    with Client(home / "citewise" / "libraries" / "sample") as client:
        library = Library(client.folder)
        retriever = Retriever(library, embedder)

        def found(question: str) -> Retrieval:
            kind: PlanKind = "compare" if question in SEVERAL else "across" if question in LISTS else "fact"
            return read(replace(retriever.retrieve(question, READ), kind=kind), reader, 8)

        yield cache(found)
        library.close()


def written(retrieve: Retrieve, question: str) -> tuple[Retrieval, Written]:
    retrieval = retrieve(question)
    writing = ExtractiveWriter().write(retrieval)
    given = []
    while True:
        try:
            given.append(next(writing))
        except StopIteration as done:
            answer: Written = done.value
            assert tuple(given) == answer.claims  # what it gives out one by one is the whole
            return retrieval, answer


def cited(retrieval: Retrieval, answer: Written) -> list[str]:
    """The title of the paper that each claim cites."""
    titles = {s.id: f.passage.paper.title for f in retrieval.found for s in f.sentences}
    return [titles[i] for claim in answer.claims for i in claim.citations]


@pytest.mark.parametrize("question", [*ONE_PAPER, *SEVERAL, *LISTS])
def test_an_answer_quotes_a_few_whole_sentences(retrieve: Retrieve, question: str) -> None:
    retrieval, answer = written(retrieve, question)
    sentences = {s.id: s.text for f in retrieval.found for s in f.sentences}
    assert answer.claims
    assert [sentences[i] for c in answer.claims for i in c.citations] == [c.text for c in answer.claims]
    assert len(answer.claims) == 1 or sum(len(c.text.split()) for c in answer.claims) <= MOST_WORDS
    titles = cited(retrieval, answer)
    assert max(titles.count(t) for t in titles) <= MOST_SENTENCES
    assert not any(is_stub(c.text) for c in answer.claims)


@pytest.mark.parametrize("question", ONE_PAPER)
def test_a_question_about_one_paper_is_answered_from_it_in_its_order(retrieve: Retrieve, question: str) -> None:
    retrieval, answer = written(retrieve, question)
    assert set(cited(retrieval, answer)) == {retrieval.found[0].passage.paper.title}
    numbers = [int(c.citations[0].rsplit(":", 1)[1]) for c in answer.claims]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("question", "names"), list(zip(SEVERAL, ("SERL FastRLAP", "Drama COPlanner", "RLCoder ReTool"), strict=True))
)
def test_a_comparison_cites_each_paper_that_it_names(retrieve: Retrieve, question: str, names: str) -> None:
    titles = cited(*written(retrieve, question))
    assert all(any(name in title for title in titles) for name in names.split())


def test_a_list_draws_on_several_papers(retrieve: Retrieve) -> None:
    assert len(set(cited(*written(retrieve, "Which papers learn a world model?")))) > 1


def test_a_false_premise_is_put_right_with_the_sentence_that_says_so(retrieve: Retrieve) -> None:
    retrieval = retrieve("Why does the world model of Drama have 700 million parameters?")
    answer = ExtractiveWriter().corrected(retrieval)
    assert answer.partial
    assert answer.note == "Not as the question puts it: the abstract says otherwise."
    assert any("7 million" in claim.text for claim in answer.claims)


def test_what_is_known_to_be_otherwise_is_named_in_the_note(retrieve: Retrieve) -> None:
    answer = ExtractiveWriter().corrected(retrieve(ONE_PAPER[0]), "the library has the paper under 2024")
    assert answer.note == "Not as the question puts it: the library has the paper under 2024."


def pick(paper: int, number: int, words: int, likely: float) -> _Pick:
    text = " ".join(["word"] * words)
    return _Pick(paper, Sentence(f"title:{paper}", number, 0, len(text), text), likely)


def test_the_least_likely_sentences_are_left_out_until_the_answer_is_short() -> None:
    picks = [pick(0, 1, 50, 0.9), pick(0, 2, 50, 0.3), pick(0, 3, 50, 0.6)]
    assert [p.sentence.number for p in _within_length(picks)] == [1, 3]


def test_every_paper_keeps_its_best_sentence_while_others_can_go() -> None:
    picks = [pick(0, 1, 50, 0.9), pick(0, 2, 50, 0.8), pick(1, 1, 50, 0.3)]
    assert [(p.paper, p.sentence.number) for p in _within_length(picks)] == [(0, 1), (1, 1)]


def test_a_single_sentence_may_be_longer_than_an_answer() -> None:
    assert len(_within_length([pick(0, 1, MOST_WORDS * 2, 0.9)])) == 1


def test_sentences_are_whole_and_probabilities_finite_in_what_is_read(retrieve: Retrieve) -> None:
    for found in retrieve("word").found:
        assert len(found.likely) == len(found.sentences)
        assert np.isfinite(found.likely).all()
