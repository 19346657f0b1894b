"""An answer that stands on a paper which was retracted says so before everything else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.retracted import warned
from rag.text.retractions import status_of_text
from rag.types import Answer, Claim, Details, Paper, Sentence, Source, Status, Timings, Usage


def answer(*statuses: Status, text: str = "They sing. [1]") -> Answer:
    papers = [Paper(f"Otters {n}", "They sing.", details=Details(status=status)) for n, status in enumerate(statuses)]
    sources = tuple(
        Source(n, paper, (Sentence(paper.paper_id, 1, 0, 10, "They sing."),)) for n, paper in enumerate(papers, 1)
    )
    claims = tuple(Claim("They sing.", (source.sentences[0].id,), "quoted") for source in sources)
    return Answer(
        "Do they?", "answered", text, claims, sources, (), "extractive", None, Usage(), Timings(0, 0, 0), "Do they?"
    )


def test_the_warning_stands_first_and_names_the_papers() -> None:
    told = warned(answer("", "retracted", "retracted")).text
    assert told == "Retracted: this answer stands on a paper that was retracted [2][3].\n\nThey sing. [1]"


def test_it_goes_into_the_note_where_there_is_one() -> None:
    told = warned(answer("withdrawn", text="Incomplete.\n\nThey sing. [1]")).text
    assert told == "Withdrawn: this answer stands on a paper that was withdrawn [1]. Incomplete.\n\nThey sing. [1]"


def test_nothing_is_said_of_papers_that_stand_or_of_an_answer_that_stands_on_none() -> None:
    for one in (answer("", "corrected"), replace(answer("retracted"), claims=(), outcome="not_stated")):
        assert warned(one) == one


def test_what_was_retracted_travels_with_the_answer() -> None:
    again = Answer.from_dict(answer("retracted").to_dict())
    assert [source.paper.details.status for source in again.sources] == ["retracted"]


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("RETRACTED: Otters sing", "retracted"), ("[Retracted] Otters sing", "retracted"),
        ("WITHDRAWN: Otters sing", "withdrawn"), ("Retraction notice to: Otters sing", "retraction notice"),
        ("Retraction: Otters sing", "retraction notice"), ("Expression of concern: Otters sing", "under concern"),
        ("Retraction of claws in cats", ""), ("Withdrawal of antidepressants: a trial", ""),
        ("Retracted papers and their readers", ""), ("Withdrawn from school", ""),
    ],
)  # fmt: skip
def test_a_title_says_what_became_of_its_paper(title: str, status: Status) -> None:
    assert status_of_text(title, "") == status


@pytest.mark.parametrize(
    ("abstract", "status"),
    [
        ("This article has been retracted: please see the policy.", "retracted"),
        ("This article, published in 2019, has been withdrawn at the request of the authors.", "withdrawn"),
        ("We count how many papers have been retracted.", ""),
        ("The claws are retracted when this cat walks.", ""),
    ],
)
def test_an_abstract_says_it_in_set_phrases_alone(abstract: str, status: Status) -> None:
    assert status_of_text("Otters", abstract) == status
