"""Each sentence of a draft has its verdict: by the papers that it cites, else by the library; what claims nothing none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes import LIMITS, FakeEmbedder, FakeReader

from rag.answering.agreement import agreement
from rag.answering.check import LONGEST_CLAIM, Gate
from rag.answering.drafts.claiming import Claiming, examples
from rag.answering.drafts.judging import TOO_LONG, Judge
from rag.answering.drafts.lookup import ABSENT
from rag.answering.drafts.prose import Draft
from rag.answering.drafts.report import (
    Agreement,
    CheckedSentence,
    DraftBegun,
    DraftReport,
    event_from_dict,
    event_to_dict,
)
from rag.answering.retrieval import Retriever
from rag.errors import UsageError
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.reader import Checked
from rag.types import IndexReport

OTTERS, HERONS = "doi:10.1234/otters", "doi:10.1234/herons"
RECORDS: list[dict[str, object]] = [
    {
        "title": "How Otters Judge Water",
        "doi": "10.1234/otters",
        "authors": ["Ada Lund", "Bo Holm"],
        "year": 2019,
        "abstract": "Otters judge water by smell. Nine otters chose the clean basin. Trials took place in spring.",
    },
    {
        "title": "Sleep of Herons near Railways",
        "doi": "10.1234/herons",
        "authors": ["Cy Ek"],
        "year": 2020,
        "abstract": "Herons near railways sleep less than others. A train passed every hour.",
    },
]
DENIED = "Otters judge water by colour."
ListOf = Callable[[str], list[CheckedSentence]]


@pytest.fixture
def retriever(library: Library, fake: FakeEmbedder, index: Callable[..., IndexReport]) -> Retriever:
    index(RECORDS)
    return Retriever(library, fake)


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader(checks={DENIED: Checked(0.01, 0.95, ())})


@pytest.fixture
def judge(retriever: Retriever, library: Library, reader: FakeReader, embedder: BundledEmbedder) -> Judge:
    return Judge(retriever, Gate(reader, LIMITS), library.catalog, Claiming(embedder))


@pytest.fixture
def judged(judge: Judge) -> ListOf:
    def run(text: str) -> list[CheckedSentence]:
        *_, report = judge.judged(Draft(text, "markdown"))
        assert isinstance(report, DraftReport)
        return list(report.sentences)

    return run


def test_sentences_are_told_with_line_column_and_verdict(judge: Judge) -> None:
    text = f"# Otters\n\nOtters judge water by smell. Is that so?\n{DENIED} Volcanoes cool slowly.\n"
    begun, *sentences, report = judge.judged(Draft(text, "markdown"))
    assert begun == DraftBegun(4)
    assert isinstance(report, DraftReport)
    assert report.sentences == tuple(sentences)
    assert [(s.line, s.column, s.verdict) for s in report.sentences] == [
        (3, 1, "supported"),
        (3, 30, "no_claim"),
        (4, 1, "contradicted"),
        (4, 31, "not_stated"),
    ]
    assert all(text[s.start : s.end] == s.text for s in report.sentences)
    assert (report.claims, report.passes) == (3, False)
    assert report.papers[0].paper_id == OTTERS
    for event in (begun, *sentences, report):
        assert event_from_dict(*event_to_dict(event)) == event


@pytest.mark.parametrize(
    "cited",
    ["[@doi:10.1234/otters]", "[@lund2019otters]", "[1]", "(Lund and Holm, 2019)", "(Lund 2019; Nobody 1999)"],
)
def test_a_claim_is_held_against_the_paper_that_it_cites(judged: ListOf, cited: str) -> None:
    references = "\n\n# References\n\n1. A. Lund: *How otters judge water*. Water 3, 2019.\n"
    for claim, verdict in (
        ("Otters judge water by smell", "supported"),
        ("Herons near railways sleep less", "not_stated"),
    ):
        (one,) = judged(f"{claim} {cited}.{references}")
        assert [p for c in one.citations for p in c.papers] == [OTTERS]
        assert one.verdict == verdict
        assert {s.paper_id for s in one.sentences} == {OTTERS}


def test_a_better_source_than_the_cited_paper_is_named(judged: ListOf) -> None:
    (one,) = judged("Herons near railways sleep less than others (Lund, 2019).")
    assert one.verdict == "not_stated"
    assert [s.id for s in one.better] == [f"{HERONS}:1"]


def test_a_cited_paper_that_is_not_there_is_said_to_be_missing_and_the_library_is_asked(judged: ListOf) -> None:
    one, other = judged("Otters judge water by smell (Nobody, 1999). Herons near railways sleep less [7].")
    assert [c.note for c in one.citations] == [ABSENT]
    assert one.notes == (f"Nobody, 1999: {ABSENT}",)
    assert (one.verdict, one.sentences[0].id) == ("supported", f"{OTTERS}:1")
    assert "no such entry" in other.notes[0]


def test_a_number_of_pages_or_years_is_no_paper(judged: ListOf) -> None:
    (one,) = judged("Otters judge water by smell (in 2019).")
    assert one.citations == ()


def test_what_is_too_long_to_be_checked_is_in_doubt_and_said_to_be(judged: ListOf) -> None:
    (one,) = judged("Otters " + "swim and " * (LONGEST_CLAIM // 8) + "sleep.")
    assert (one.verdict, one.note) == ("in_doubt", TOO_LONG)


def test_all_claims_of_a_paragraph_are_read_in_few_calls(judge: Judge, reader: FakeReader) -> None:
    text = " ".join(f"Otters judge water by smell in pool {n} (Lund, 2019)." for n in range(8))
    list(judge.judged(Draft(text)))
    assert len(reader.claimed) <= 3
    assert max(map(len, reader.claimed)) >= 8


def test_an_empty_text_is_refused(judge: Judge) -> None:
    with pytest.raises(UsageError):
        list(judge.judged(Draft(" \n")))


def test_a_text_of_tables_and_code_alone_has_no_sentence(judge: Judge) -> None:
    *_, report = judge.judged(Draft("```\nOtters swim.\n```\n", "markdown"))
    assert report == DraftReport((), ())


def test_examples_are_told_apart_and_so_is_what_they_don_t_hold(embedder: BundledEmbedder) -> None:
    claiming = Claiming(embedder)
    texts, signs = examples()
    assert [bool(claiming.score(t) > 0) for t in texts] == [bool(s > 0) for s in signs]
    nothing = ("In this section we summarise what is known about exploration.", "We now turn to otters.")
    something = ("In this section, we show that PPO fails on sparse rewards.", "Otters judge water by smell.")
    assert claiming.claims([(t, False) for t in (*nothing, *something)]) == [False, False, True, True]
    assert claiming.claims([(nothing[1], True)]) == [True]


def test_agreement_counts_who_supports_who_contradicts_and_who_is_silent(
    retriever: Retriever, reader: FakeReader
) -> None:
    gate = Gate(reader, LIMITS)
    found = agreement("Otters judge water by smell.", retriever, gate, 2)
    assert [(p.paper.paper_id, p.verdict) for p in found.positions] == [(OTTERS, "supported")]
    assert (found.silent, found.read, found.of) == (1, 2, 2)
    assert found.positions[0].sentences[0].text == "Otters judge water by smell."
    assert Agreement.from_dict(found.to_dict()) == found
    denied = agreement(DENIED, retriever, gate, 2)
    assert {p.verdict for p in denied.positions} == {"contradicted"}
    with pytest.raises(UsageError):
        agreement(" ", retriever, gate, 2)
