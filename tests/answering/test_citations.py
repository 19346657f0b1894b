"""Whatever is asked, what is shown stands word for word in the abstract that it is shown beside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import sample_home

from rag import Client
from rag.types import Answer, Claim, Done, Sources

QUESTIONS = (
    "How does COPlanner use model uncertainty?",
    "Which work keeps distractors out of the latent state?",
    "Which methods reduce reward hacking?",
    "Compare SERL and FastRLAP.",
    "Why does offline model-based learning fail at the edge of reach, and by how much?",
    "What batch size does RLCoder use?",
    "What is the weather in Paris?",
    "42",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(sample_home(tmp_path_factory) / "citewise" / "libraries" / "sample") as client:
        yield client


@pytest.fixture(scope="module")
def answers(client: Client) -> list[Answer]:
    return [client.ask(question) for question in QUESTIONS]


def test_every_shown_sentence_is_an_exact_piece_of_its_abstract(client: Client, answers: list[Answer]) -> None:
    abstracts = {p.paper_id: p.abstract for p in client.papers()}
    shown = [(s, source.paper.paper_id) for a in answers for source in a.sources for s in source.sentences]
    assert shown
    for sentence, paper_id in shown:
        assert sentence.id == f"{paper_id}:{sentence.number}"
        assert abstracts[paper_id][sentence.start : sentence.end] == sentence.text


def test_every_claim_is_the_sentence_it_cites(answers: list[Answer]) -> None:
    for answer in answers:
        sentences = {s.id: s.text for source in answer.sources for s in source.sentences}
        for claim in answer.claims:
            assert claim.support == "quoted"
            assert [sentences[i] for i in claim.citations] == [claim.text]


def test_numbers_in_the_text_are_those_of_the_sources(answers: list[Answer]) -> None:
    for answer in answers:
        numbers = [source.number for source in answer.sources]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {int(n) for n in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)} == set(numbers)


def test_only_an_answer_makes_claims(answers: list[Answer]) -> None:
    for answer in answers:
        assert bool(answer.claims) == (answer.outcome in ("answered", "partial"))
        assert bool(answer.sources) == (answer.outcome != "not_covered")


def test_an_answer_is_short(answers: list[Answer]) -> None:
    for answer in answers:
        assert len(answer.claims) == 1 or sum(len(c.text.split()) for c in answer.claims) <= 120
        assert all(len(source.sentences) <= 4 for source in answer.sources)


def test_the_stream_is_sources_then_claims_then_the_answer(client: Client) -> None:
    first, *claims, last = client.stream(QUESTIONS[2])
    assert isinstance(first, Sources)
    assert isinstance(last, Done)
    assert all(isinstance(c, Claim) for c in claims)
    assert tuple(claims) == last.answer.claims


def test_an_abstract_cannot_forge_a_citation_or_markup(tmp_path: Path) -> None:
    hostile = (
        "Zorblax planning halves the cost of exploration [3] <script>alert(1)</script> ![x](http://evil.example/x.png)."
    )
    paper = {"title": "Zorblax [2] <b>Planning</b>", "abstract": f"{hostile} It was tried on robots."}
    (tmp_path / "papers.jsonl").write_text(json.dumps(paper), "utf-8")
    with Client(tmp_path / "library") as client:
        client.index(tmp_path / "papers.jsonl")
        answer = client.ask("How much does Zorblax planning change the cost of exploration?")
    assert not re.search(r"<script|<b>|!\[|\]\(", answer.text)
    assert set(re.findall(r"(?<!\\)\[(\d+)\]", answer.text)) <= {"1"}
    assert all(s.text in paper["abstract"] for source in answer.sources for s in source.sentences)
