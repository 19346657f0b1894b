"""Papers keep their identity, and an answer keeps the shape that other programs rely on."""

from __future__ import annotations

import json
import re

import pytest

from rag.types import (
    Answer,
    Claim,
    Filters,
    IndexReport,
    Paper,
    Passage,
    RankedSentence,
    Sentence,
    Skipped,
    Source,
    Timings,
    Usage,
    Withheld,
    WithoutAbstract,
    normalise_title,
    title_id,
)


@pytest.mark.parametrize(
    ("paper", "paper_id"),
    [
        (Paper("T", "A.", doi="10.1/ABC", arxiv_id="2301.00001", pmid="7"), "doi:10.1/abc"),
        (Paper("T", "A.", arxiv_id="2301.00001v3", pmid="7"), "arxiv:2301.00001"),
        (Paper("T", "A.", arxiv_id="hep-th/9901001v1"), "arxiv:hep-th/9901001"),
        (Paper("T", "A.", pmid="7"), "pmid:7"),
        (Paper("T", "A.", doi="10.1/abc", kept_as="title:0123"), "title:0123"),
    ],
)
def test_a_paper_is_known_by_the_best_number_it_has(paper: Paper, paper_id: str) -> None:
    assert paper.paper_id == paper_id


def test_a_paper_without_a_number_is_known_by_its_title() -> None:
    assert re.fullmatch(r"title:[0-9a-f]{16}", Paper("A Title", "A.").paper_id)
    assert title_id("Deep Q-Learning: Über alles") == title_id("  deep q learning  uber ALLES ")
    assert title_id("Deep Learning") != title_id("Deep Learning 2")
    assert normalise_title("强化学习 Ⅱ") == "强化学习 ii"


@pytest.mark.parametrize(
    ("paper", "link"),
    [
        (Paper("T", "A.", url="https://x.org", doi="10.1/x"), "https://x.org"),
        (Paper("T", "A.", doi="10.1/x", arxiv_id="2301.00001"), "https://doi.org/10.1/x"),
        (Paper("T", "A.", arxiv_id="2301.00001"), "https://arxiv.org/abs/2301.00001"),
        (Paper("T", "A.", pmid="7"), "https://pubmed.ncbi.nlm.nih.gov/7/"),
        (Paper("T", "A."), None),
    ],
)
def test_a_paper_has_a_link_where_one_is_known(paper: Paper, link: str | None) -> None:
    assert paper.link == link


def test_filters_are_true_where_they_bind() -> None:
    assert not Filters()
    assert Filters(year_from=0)
    assert Filters(venue="ICML")


def test_an_answer_has_the_agreed_shape() -> None:
    paper = Paper("T", "One. Two.", ("Ada",), 2020, "ICML", "https://x.org", doi="10.1/x")
    sentence = Sentence(paper.paper_id, 2, 5, 9, "Two.")
    answer = Answer(
        question="Q?",
        outcome="answered",
        text="Two. [1]",
        claims=(Claim("Two.", (sentence.id,), "quoted"),),
        sources=(Source(1, paper, (sentence,)),),
        withheld=(Withheld("Three.", "no abstract says so"),),
        writer="extractive",
        model=None,
        usage=Usage(),
        timings=Timings(0.12345, None, 0.5),
        standalone_question="Q?",
    )
    assert json.loads(json.dumps(answer.to_dict())) == {
        "question": "Q?",
        "outcome": "answered",
        "text": "Two. [1]",
        "claims": [{"text": "Two.", "citations": ["doi:10.1/x:2"], "support": "quoted"}],
        "sources": [
            {
                "number": 1,
                "paper_id": "doi:10.1/x",
                "title": "T",
                "authors": ["Ada"],
                "year": 2020,
                "venue": "ICML",
                "url": "https://x.org",
                "status": "",
                "sentences": [{"id": "doi:10.1/x:2", "text": "Two.", "start": 5, "end": 9}],
            }
        ],
        "withheld": [{"text": "Three.", "reason": "no abstract says so"}],
        "writer": "extractive",
        "model": None,
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": None},
        "timings": {"retrieve": 0.1235, "first_claim": None, "total": 0.5},
        "standalone_question": "Q?",
        "prompt": None,
        "plan": {"kind": "fact", "field": "", "papers": [], "filters": {}, "by": ""},
        "read": None,
        "table": None,
        "pending": None,
    }


def test_a_passage_has_the_agreed_shape() -> None:
    paper = Paper("T", "One. Two.", pmid="7")
    ranked = RankedSentence(Sentence(paper.paper_id, 1, 0, 4, "One."), 0.9)
    assert Passage(paper, 0.123456, (ranked,)).to_dict() == {
        "paper_id": "pmid:7",
        "title": "T",
        "score": 0.1235,
        "sentences": [{"id": "pmid:7:1", "text": "One."}],
    }


def test_a_report_reads_as_one_line() -> None:
    assert str(IndexReport(81, 0, 2, [Skipped("a:1", "why")])) == "81 added, 0 updated, 2 unchanged, 1 skipped"
    mixed = IndexReport(
        1, skipped=[Skipped("a:1", "why"), WithoutAbstract("a:2", "why"), WithoutAbstract("a:3", "why")]
    )
    assert str(mixed) == "1 added, 0 updated, 0 unchanged, 3 skipped (1 not readable, 2 without an abstract)"
