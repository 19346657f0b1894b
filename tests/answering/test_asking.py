"""What a sentence offers."""

from __future__ import annotations

import pytest

from rag.answering.offers import is_own_work, offers

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
