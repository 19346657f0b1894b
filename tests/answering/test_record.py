"""What a question says of the paper itself is held against the library's record; what the record lacks is no
difference.
"""

from __future__ import annotations

import pytest

from rag.answering.record import misdescribed
from rag.types import Paper

PAPER = Paper(
    "Telling Dogs from Wolves",
    "Dogs bark in 94 of 100 cases, as in the Howl corpus of 2014.",
    ("Grace Hopper",),
    2019,
    "Journal of Pets",
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Why did the 2017 paper Telling Dogs from Wolves count barks?", "2019"),
        ("What was shown in Telling Dogs from Wolves, published in 2021?", "2019"),
        ("Why did Lovelace et al. count barks in Telling Dogs from Wolves?", "Grace Hopper"),
        ("What does Telling Dogs from Wolves, a study by Ada Lovelace, count?", "Grace Hopper"),
        ("Why was Telling Dogs from Wolves presented at ICML?", "Journal of Pets"),
    ],
)
def test_another_year_author_or_venue_is_named_beside_the_librarys(question: str, told: str) -> None:
    difference = misdescribed(question, PAPER)
    assert difference is not None
    assert told in difference


@pytest.mark.parametrize(
    "question",
    [
        "What did Hopper et al. (2019) find in Telling Dogs from Wolves?",
        "How does Telling Dogs from Wolves do on the 2017 benchmark?",
        "What does Telling Dogs from Wolves take from the study of 2014?",
        "How does Telling Dogs from Wolves, published in 2019, tell them apart?",
    ],
)
def test_what_the_record_says_too_or_is_said_of_something_else_is_left_alone(question: str) -> None:
    assert misdescribed(question, PAPER) is None


def test_a_record_without_details_contradicts_nothing() -> None:
    bare = Paper("Telling Dogs from Wolves", "Dogs bark.")
    assert (
        misdescribed("Why did Lovelace et al. present the 2017 paper Telling Dogs from Wolves at ICML?", bare) is None
    )


def test_a_venue_may_be_written_out_in_the_record() -> None:
    paper = Paper("Telling Dogs from Wolves", "Dogs bark.", venue="International Conference on Machine Learning")
    assert misdescribed("Why was Telling Dogs from Wolves presented at ICML?", paper) is None
