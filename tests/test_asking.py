"""What a question asks for and what a sentence offers."""

from __future__ import annotations

import pytest

from rag.asking import KINDS, OFFERS, WANTS, compares, is_own_work, lists, offers, wants

ASKED = [
    ("How many demonstrations does Kestrel need?", "number"),
    ("By how much does the error shrink?", "number"),
    ("Why do larger critics overestimate?", "reason"),
    ("How does Marmot pick its goals?", "method"),
    ("Which paper adds a curiosity term to planning?", "name"),
    ("On which benchmarks was Gannet run?", "place"),
    ("Does the bonus outperform random exploration?", "result"),
    ("Where can the code be downloaded?", "link"),
]
OFFERED = [
    ("Kestrel needs 12 demonstrations.", "number"),
    ("Returns fall because the critic overestimates.", "reason"),
    ("Goals are picked by ranking states.", "method"),
    ("We introduce Marmot, a planner of goals.", "name"),
    ("Experiments on nine mazes follow.", "place"),
    ("It outperforms random exploration.", "result"),
    ("See https://example.org/marmot for all logs.", "link"),
]


@pytest.mark.parametrize(("question", "kind"), ASKED)
def test_a_question_announces_what_it_wants(question: str, kind: str) -> None:
    assert kind in wants(question)


@pytest.mark.parametrize(("sentence", "kind"), OFFERED)
def test_a_sentence_announces_what_it_offers(sentence: str, kind: str) -> None:
    assert kind in offers(sentence)


def test_what_is_wanted_and_what_is_offered_are_the_same_kinds() -> None:
    assert tuple(WANTS) == tuple(OFFERS) == KINDS


def test_a_text_that_announces_nothing_has_no_kind() -> None:
    assert wants("Marmot") == offers("Marmots live in burrows.") == frozenset()


def test_a_sentence_about_the_paper_itself_is_told_from_background() -> None:
    assert is_own_work("We train Marmot on logs.")
    assert is_own_work("This paper studies burrows.")
    assert not is_own_work("Planning is an old problem.")


@pytest.mark.parametrize("question", ["Compare Marmot and Gannet.", "How do Marmot and Gannet differ?", "Marmot versus Gannet?"])
def test_a_comparison_is_recognised(question: str) -> None:
    assert compares(question)


@pytest.mark.parametrize("question", ["Which papers study burrows?", "List the methods for mazes.", "Are there any surveys of planning?"])
def test_a_request_for_several_papers_is_recognised(question: str) -> None:
    assert lists(question)


def test_a_question_about_one_thing_is_neither_comparison_nor_list() -> None:
    question = "How does Marmot pick its goals?"
    assert not compares(question)
    assert not lists(question)
