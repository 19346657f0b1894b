"""The writer's answers: few sentences, the right papers, and a false premise put right before anything else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from support import sample_home

from rag import Client
from rag.embedding import Embedder
from rag.library import Library
from rag.relevance import is_stub
from rag.retrieval import Retrieval, Retriever
from rag.types import Sentence
from rag.writing import MOST_SENTENCES, MOST_WORDS, ExtractiveWriter, Written, _Pick, _within_length

ONE_PAPER = ("How does COPlanner use model uncertainty?", "How does RLCoder retrieve code?", "What is the edge-of-reach problem?")
SEVERAL = ("Compare SERL and FastRLAP.", "How do Drama and COPlanner differ?", "Compare RLCoder with ReTool.")
LISTS = ("Which methods reduce reward hacking?", "Which papers learn a world model?", "List the surveys of model-based learning.")


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Retriever]:
    home = sample_home(tmp_path_factory)
    with Client(home / "citewise" / "libraries" / "sample") as client:
        library = Library(client.folder)
        yield Retriever(library, embedder)
        library.close()


def written(retriever: Retriever, question: str) -> tuple[Retrieval, Written]:
    retrieval = retriever.retrieve(question, 8)
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
def test_an_answer_quotes_a_few_whole_sentences(retriever: Retriever, question: str) -> None:
    retrieval, answer = written(retriever, question)
    sentences = {s.id: s.text for f in retrieval.found for s in f.sentences}
    assert answer.claims
    assert [sentences[i] for c in answer.claims for i in c.citations] == [c.text for c in answer.claims]
    assert len(answer.claims) == 1 or sum(len(c.text.split()) for c in answer.claims) <= MOST_WORDS
    titles = cited(retrieval, answer)
    assert max(titles.count(t) for t in titles) <= MOST_SENTENCES
    assert not any(is_stub(c.text) for c in answer.claims)


@pytest.mark.parametrize("question", ONE_PAPER)
def test_a_question_about_one_paper_is_answered_from_it_in_its_order(retriever: Retriever, question: str) -> None:
    retrieval, answer = written(retriever, question)
    assert set(cited(retrieval, answer)) == {retrieval.found[0].passage.paper.title}
    numbers = [int(c.citations[0].rsplit(":", 1)[1]) for c in answer.claims]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(("question", "names"), list(zip(SEVERAL, ("SERL FastRLAP", "Drama COPlanner", "RLCoder ReTool"), strict=True)))
def test_a_comparison_cites_each_paper_that_it_names(retriever: Retriever, question: str, names: str) -> None:
    titles = cited(*written(retriever, question))
    assert all(any(name in title for title in titles) for name in names.split())


def test_a_list_draws_on_several_papers(retriever: Retriever) -> None:
    assert len(set(cited(*written(retriever, "Which papers learn a world model?")))) > 1


@pytest.mark.parametrize(
    ("question", "said", "told"),
    [
        ("Why does the world model of Drama have 700 million parameters?", "700 million", "7 million"),
        ("How did FastRLAP take 200 minutes to learn?", "200 minutes", "20 minutes"),
    ],
)
def test_a_false_premise_is_put_right_with_the_sentence_that_says_so(retriever: Retriever, question: str, said: str, told: str) -> None:
    _, answer = written(retriever, question)
    assert answer.note.startswith("Not as the question puts it: ")
    assert said in answer.note
    assert told in answer.note
    assert any(told in claim.text for claim in answer.claims)


@pytest.mark.parametrize("question", [*ONE_PAPER, *SEVERAL, "How does Drama do with 7 million parameters?"])
def test_a_true_premise_has_no_note(retriever: Retriever, question: str) -> None:
    retrieval, answer = written(retriever, question)
    assert answer.note == ""
    assert ExtractiveWriter().corrected(retrieval) == Written()


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


def test_sentences_are_whole_and_probabilities_finite_in_what_is_read(retriever: Retriever) -> None:
    for found in retriever.retrieve("word", 8).found:
        assert len(found.likely) == len(found.sentences)
        assert np.isfinite(found.likely).all()
