"""Whether a question calls a paper by its name."""

from __future__ import annotations

import pytest

from rag.text.titles import is_named_in


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What does Drama need?", "Drama: Mamba-Enabled World Models"),
        ("what does coplanner plan", "COPlanner: Plan to Roll Out"),
        ("Is WALL-E 2.0 trained?", "WALL-E 2.0: World Alignment"),
        ("RePo's latent state?", "RePo: Resilient Learning"),
    ],
)
def test_a_name_before_the_colon_is_recognised(question: str, title: str) -> None:
    assert is_named_in(question, title)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Which drama did they watch?", "Drama: Mamba-Enabled World Models"),
        ("What do Dramas need?", "Drama: Mamba-Enabled World Models"),
        ("Is non-RePo data used?", "RePo: Resilient Learning"),
        ("What is reward hacking?", "A Study of Reward Hacking"),
        ("", "Drama: Mamba-Enabled World Models"),
    ],
)
def test_a_word_that_is_no_name_there_is_not(question: str, title: str) -> None:
    assert not is_named_in(question, title)
