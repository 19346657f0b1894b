"""What a sentence offers, and whether a question asks for several papers."""

from __future__ import annotations

import pytest

from rag.asking import compares, is_own_work, lists, offers

OFFERED = [
    ("Kestrel needs 12 demonstrations.", "number"),
    ("Returns fall because the critic overestimates.", "reason"),
    ("Goals are picked by ranking states.", "method"),
    ("We introduce Marmot, a planner of goals.", "name"),
    ("Experiments on nine mazes follow.", "place"),
    ("It outperforms random exploration.", "result"),
    ("See https://example.org/marmot for all logs.", "link"),
]


@pytest.mark.parametrize(("sentence", "kind"), OFFERED)
def test_a_sentence_announces_what_it_offers(sentence: str, kind: str) -> None:
    assert kind in offers(sentence)


def test_a_text_that_announces_nothing_has_no_kind() -> None:
    assert offers("Marmots live in burrows.") == frozenset()


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
