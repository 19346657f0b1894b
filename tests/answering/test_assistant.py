"""An answer as its reader gets it: the stream, the outcome, the numbered sources, the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from support import sample_home

from rag import Client
from rag.types import Answer, Claim, Done, Sources

ANSWERED = "How does COPlanner use model uncertainty?"
COMPARISON = "Compare SERL and FastRLAP."
FALSE_PREMISE = "Why does the world model of Drama have 700 million parameters?"
NOT_STATED = "What batch size does RLCoder use?"
NOT_COVERED = "How do I bake a sourdough loaf?"
QUESTIONS = (ANSWERED, COMPARISON, FALSE_PREMISE, NOT_STATED, NOT_COVERED, "Which methods reduce reward hacking?")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(sample_home(tmp_path_factory) / "citewise" / "libraries" / "sample") as client:
        yield client


def without_timings(answer: Answer) -> dict[str, object]:
    return {name: value for name, value in answer.to_dict().items() if name != "timings"}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_stream_is_sources_then_claims_then_one_done_and_the_answer_is_the_same(
    client: Client, question: str
) -> None:
    first, *claims, last = client.stream(question)
    assert isinstance(first, Sources)
    assert isinstance(last, Done)
    assert all(isinstance(c, Claim) for c in claims)
    assert tuple(claims) == last.answer.claims
    assert first.standalone_question == last.answer.standalone_question == question
    assert without_timings(client.ask(question)) == without_timings(last.answer)


@pytest.mark.parametrize("question", QUESTIONS)
def test_cited_papers_are_numbered_as_the_claims_cite_them_and_were_all_found(client: Client, question: str) -> None:
    found, *_, done = client.stream(question)
    assert isinstance(found, Sources)
    assert isinstance(done, Done)
    answer = done.answer
    assert {s.paper.paper_id for s in answer.sources} <= {p.paper.paper_id for p in found.passages}
    assert [s.number for s in answer.sources] == list(range(1, len(answer.sources) + 1))
    number = {sentence.id: s.number for s in answer.sources for sentence in s.sentences}
    assert len(number) == sum(len(s.sentences) for s in answer.sources)
    if answer.claims:
        cited = [number[i] for c in answer.claims for i in c.citations]
        assert list(dict.fromkeys(cited)) == [s.number for s in answer.sources]
        assert set(number) == {i for c in answer.claims for i in c.citations}
        marked = [int(n) for n in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)]
        assert (set(marked) == set(cited)) if answer.table else (marked == cited)  # a table goes row by row


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_sources_sentences_are_exact_and_in_the_abstracts_order(client: Client, question: str) -> None:
    for source in client.ask(question).sources:
        assert [s.number for s in source.sentences] == sorted(s.number for s in source.sentences)
        assert all(source.paper.abstract[s.start : s.end] == s.text for s in source.sentences)


def test_a_comparison_of_two_named_papers_cites_both(client: Client) -> None:
    answer = client.ask(COMPARISON)
    titles = " ".join(s.paper.title for s in answer.sources)
    assert answer.outcome == "answered"
    assert "FastRLAP" in titles
    assert "SERL" in titles


def test_a_false_premise_is_a_partial_answer_that_names_the_difference_first(client: Client) -> None:
    answer = client.ask(FALSE_PREMISE)
    note, told = answer.text.split("\n\n")
    assert answer.outcome == "partial"
    assert note.startswith("Not as the question puts it")
    assert "7 million parameters" in told
    assert any("7 million parameters" in s.text for source in answer.sources for s in source.sentences)


def test_each_outcome_says_what_it_is(client: Client) -> None:
    outcomes = [client.ask(q).outcome for q in (ANSWERED, FALSE_PREMISE, NOT_STATED, NOT_COVERED)]
    assert outcomes == ["answered", "partial", "not_stated", "not_covered"]


def test_an_answer_says_who_wrote_it_and_how_long_it_took(client: Client) -> None:
    answer = client.ask(ANSWERED)
    assert (answer.writer, answer.model, answer.withheld) == ("extractive", None, ())
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (0, 0)
    assert answer.timings.first_claim is not None
    assert 0 < answer.timings.retrieve <= answer.timings.first_claim <= answer.timings.total
    assert client.ask(NOT_COVERED).timings.first_claim is None


def test_an_answer_survives_json(client: Client) -> None:
    told = client.ask(COMPARISON).to_dict()
    assert json.loads(json.dumps(told)) == told


def test_fewer_papers_asked_for_bound_what_is_cited(client: Client) -> None:
    assert len(client.ask(COMPARISON, k=1).sources) == 1
