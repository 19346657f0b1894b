"""The evals measure what they say: sound questions, a fit that separates, facts that stand where they are said to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from support import SHARED

from evals.questions import QuestionCase, load_questions
from evals.training.card import table
from evals.training.examples import changed
from evals.training.ranks import logistic
from rag import Client
from rag.library.sample import sample_path
from rag.text.sentences import split_sentences
from rag.types import Paper, Sentence, normalise_title

SETS = ("listing-train", "listing-dev", "listing-test")
SAMPLE_SETS = ("sample-stated", "sample-covered")
EXPECTED = {
    "named": "answered",
    "idea": "answered",
    "detail": "answered",
    "multi": "answered",
    "asked": "answered",
    "short": "answered",
    "false_premise": "contradicted",
    "not_stated": "not_stated",
    "off_topic": "not_covered",
    "unknown_name": "not_covered",
    "near_topic": "not_covered",
}
"""What each kind of question should get."""
CORPUS = SHARED / "corpus"
LISTING = next(iter(sorted(CORPUS.glob("*.txt"))), None)
needs_listing = pytest.mark.skipif(LISTING is None, reason=f"the listing page is not at {CORPUS}; it is not shipped")


@pytest.fixture(scope="module")
def titles() -> set[str]:
    from rag.library.readers import read_papers

    return {normalise_title(p.title) for p in read_papers(sample_path()) if isinstance(p, Paper)}


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The original listing page, indexed."""
    assert LISTING is not None
    with Client(tmp_path_factory.mktemp("listing")) as client:
        client.index(LISTING)
        yield client


def test_no_question_has_anothers_id_or_wording() -> None:
    cases = [case for name in (*SETS, *SAMPLE_SETS) for case in load_questions(name)]
    assert len({c.id for c in cases}) == len(cases)
    assert len({c.question.casefold() for c in cases}) == len(cases)


@pytest.mark.parametrize("name", [*SETS, *SAMPLE_SETS])
def test_questions_are_of_known_kinds_and_expect_what_their_kind_does(name: str) -> None:
    for case in load_questions(name):
        assert case.question.strip(), case.id
        assert case.expect == EXPECTED[case.kind], case.id


@pytest.mark.parametrize("name", SETS)
def test_questions_that_a_paper_answers_say_which_and_where(name: str, titles: set[str]) -> None:
    for case in load_questions(name):
        assert {normalise_title(t) for t in (*case.papers, *case.evidence)} <= titles, case.id
        if case.expect in ("answered", "contradicted"):
            assert case.papers, case.id
            assert set(case.evidence) <= set(case.papers), case.id
            assert case.evidence, case.id
            assert all(case.evidence.values()), case.id
            assert all(n >= 1 for numbers in case.evidence.values() for n in numbers), case.id
            assert case.facts, case.id
            assert all(case.facts), case.id
            assert all(w.strip() for group in case.facts for w in group), case.id
        if case.expect == "not_covered":
            assert (*case.papers, *case.evidence, *case.facts) == (), case.id


@pytest.mark.parametrize("name", SAMPLE_SETS)
def test_questions_on_the_sample_say_about_which_of_its_papers_they_are(name: str, titles: set[str]) -> None:
    for case in load_questions(name):
        assert {normalise_title(t) for t in (*case.papers, *case.evidence)} <= titles, case.id
        assert bool(case.papers) == (case.expect != "not_covered"), case.id
        assert bool(case.evidence) == (case.kind == "asked"), case.id


def test_the_premises_asked_of_the_sample_stand_against_sentences_that_it_has() -> None:
    from rag.library.readers import read_papers

    papers = [p for p in read_papers(sample_path()) if isinstance(p, Paper)]
    told = {normalise_title(p.title): len(split_sentences(p.paper_id, p.abstract)) for p in papers}
    cases = load_questions("sample-premises")
    assert len({c.id for c in cases}) == len({c.question.casefold() for c in cases}) == len(cases)
    for case in cases:
        assert case.expect == EXPECTED[case.kind], case.id
        assert bool(case.evidence) == (case.expect != "not_stated"), case.id
        assert all(1 <= n <= told[normalise_title(t)] for t, numbers in case.evidence.items() for n in numbers), case.id


def test_a_logistic_fit_separates_what_can_be_separated() -> None:
    chance = np.random.default_rng(0)
    labels = np.repeat([0.0, 1.0], 60)
    rows = np.c_[chance.normal(size=120), chance.normal(size=120) + 6 * labels]
    weights, offset = logistic(rows, labels, penalty=1.0)
    odds = rows @ weights + offset
    assert odds[labels > 0].min() > 0 > odds[labels == 0].max()
    assert abs(weights[1]) > 5 * abs(weights[0])


def test_a_logistic_fit_gives_the_rate_that_it_saw() -> None:
    _, offset = logistic(np.zeros((4, 1)), np.array([1.0, 0, 0, 0]))
    assert 1 / (1 + np.exp(-offset)) == pytest.approx(0.25, abs=1e-2)


def test_the_card_shows_each_figure_in_a_table() -> None:
    assert (
        table({"a": {"n": 3, "share": 0.5}, "b": {"n": 4}})
        == "| | n | share |\n|---|---|---|\n| a | 3 | 0.5 |\n| b | 4 |  |\n"
    )


def test_the_words_that_differ_from_a_twin_are_told() -> None:
    assert changed("It uses a large model.", "It uses a small model.") == (0, 0, 0, 1, 0)
    assert changed("It never uses a model.", "It uses a model.") == (1, 1, 0, 0)


@needs_listing
def test_every_fact_stands_in_its_evidence(listing: Client) -> None:
    papers = {normalise_title(p.title): split_sentences(p.paper_id, p.abstract) for p in listing.papers()}
    adrift = [
        case.id
        for name in SETS
        for case in load_questions(name)
        if case.kind in ("named", "idea", "detail") and _adrift(case, papers)
    ]
    assert adrift == []


def _adrift(case: QuestionCase, papers: dict[str, tuple[Sentence, ...]]) -> bool:
    """Whether a fact of a case stands in none of its evidence sentences."""
    held = {(t, s.number): s.text for t, sentences in papers.items() for s in sentences}
    text = " ".join(
        held.get((normalise_title(t), n), "") for t, numbers in case.evidence.items() for n in numbers
    ).casefold()
    return not all(any(w.casefold() in text for w in wordings) for wordings in case.facts)
