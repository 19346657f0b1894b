"""Contrasts: what is higher, lower or the same in one thing than in another, from either side, and what the evidence says instead."""

from __future__ import annotations

import pytest

from rag.rules.belonging import belonging_problem
from rag.rules.contrast import contrast_agrees, contrast_problem

TEA = "Recovery time was significantly shorter with green tea than with coffee, but there was no difference in heart rate or sleep quality."


@pytest.mark.parametrize(
    "claim",
    [
        "Green tea shortened recovery time compared with coffee.",
        "Recovery time was longer with coffee than with green tea.",
        "Compared with coffee, green tea reduced recovery time.",
        "Heart rate did not differ between green tea and coffee.",
        "There was no significant difference in sleep quality.",
    ],
)
def test_the_same_contrast_in_other_words_is_borne_out(claim: str) -> None:
    assert contrast_agrees(claim, TEA)
    assert contrast_problem(claim, TEA) is None


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Green tea prolonged recovery time compared with coffee.", "the cited sentence says “shorter”, not “prolonged”"),
        ("Recovery time was shorter with coffee than with green tea.", "the other way round"),
        ("Heart rate was lower with green tea than with coffee.", "the cited sentence says “no difference”, not “lower”"),
        (
            "There was no difference in recovery time between green tea and coffee.",
            "the cited sentence says “shorter”, not “no difference”",
        ),
    ],
)
def test_another_direction_is_named(claim: str, reason: str) -> None:
    assert reason in (contrast_problem(claim, TEA) or "")


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("A lowers pain.", "Sleep was longer with A than with B."),  # another measure
        ("A improves pain.", "Pain was lower with A than with B."),  # less pain is better
        ("Errors fall to 9 %.", "A filter lowers errors to 9 % without affecting speed."),
        ("In models with fewer than 3 billion weights it fails.", "It fails in models smaller than 3 billion weights."),
        ("The rise in dose lowered pain at larger clinics.", "An increase in dose reduced pain at larger clinics."),
        ("The decrease in pain was greater with A than with B.", "A reduced pain more than B."),
    ],
)
def test_what_is_about_something_else_or_the_same_is_no_problem(claim: str, evidence: str) -> None:
    assert contrast_problem(claim, evidence) is None


def test_a_difference_that_may_be_chance_is_none() -> None:
    evidence = "Survival was 42 % with A and 40 % with B (P = 0.61)."
    assert contrast_problem("Survival was higher with A than with B.", evidence)
    assert contrast_problem("Survival was higher with A than with B.", evidence.replace("0.61", "0.01")) is None
    told = "Survival was higher with A than with B, but the difference was not significant."
    assert contrast_problem("There was no significant difference in survival between A and B.", told) is None


def test_of_two_numbers_the_greater_is_known() -> None:
    evidence = "On KITTI its error is 1.62 %, against 1.59 % for Dunlin."
    assert contrast_problem("Its error on KITTI is lower than that of Dunlin.", evidence)
    assert contrast_problem("Its error on KITTI is higher than that of Dunlin.", evidence) is None


def test_what_earlier_methods_do_is_not_the_papers_own() -> None:
    evidence = "Existing planners store the whole history in a growing buffer.\nTurnstone plans from a sketch of fixed size."
    assert "other work" in (belonging_problem("Turnstone stores the whole history in a buffer.", evidence, "Turnstone: Small Plans") or "")
    assert belonging_problem("Turnstone plans from a sketch of fixed size.", evidence, "Turnstone: Small Plans") is None
    beside = "Turnstone is competitive with baselines that retain an ever growing coreset."
    assert belonging_problem("Turnstone retains an ever growing coreset.", beside, "Turnstone: Small Plans")


def test_numbers_that_the_evidence_keeps_apart_are_not_put_together() -> None:
    evidence = "After 400 steps it reaches 67 % on Go.\nWith more search it reaches 72 %."
    assert "67 %, not 72 %" in (belonging_problem("It reaches 72 % on Go after 400 steps.", evidence) or "")
    assert belonging_problem("It reaches 67 % on Go after 400 steps.", evidence) is None
    parallel = "It beats Dunlin by 13 points and Siskin by 22 points."
    assert "other way round" in (belonging_problem("It beats Siskin by 13 points and Dunlin by 22 points.", parallel) or "")
    assert belonging_problem("It beats Siskin by 22 points and Dunlin by 13 points.", parallel) is None
