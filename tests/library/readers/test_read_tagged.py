"""RIS, PubMed's text, Web of Science, EndNote, Ovid: records of tagged lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.types import Paper, Skipped, WithoutAbstract

Read = Callable[..., tuple[list[Paper], list[Skipped]]]

RIS = """TY  - JOUR
AU  - Lovelace, Ada
AU  - Turing, Alan
TI  - Telling Cats from Dogs
T2  - Journal of Pets
JA  - J Pets
PY  - 2017/05//
AB  - We tell them apart
by their ears, at 10<sup>-3</sup> m.
DO  - https://doi.org/10.1234%2Fpets.1?utm_source=x
AN  - 1234
DB  - PubMed
UR  - http://example.org/1; http://example.org/2
KW  - cats
dogs
ER  -

"""


def test_ris_gives_all_that_a_paper_has(read: Read) -> None:
    papers, skipped = read(RIS)
    assert not skipped
    (paper,) = papers
    assert paper.title == "Telling Cats from Dogs"
    assert paper.abstract == "We tell them apart\nby their ears, at 10⁻³ m."
    assert paper.authors == ("Lovelace, Ada", "Turing, Alan")
    assert (paper.venue, paper.year, paper.doi, paper.pmid) == ("Journal of Pets", 2017, "10.1234/pets.1", "1234")
    assert paper.url == "http://example.org/1"


@pytest.mark.parametrize(
    "text",
    [
        RIS.replace("  - ", " - "),
        RIS.replace("TY  - ", "  TY  - ").replace("\nTI", "\n  TI"),
        "\ufeff\n\n" + RIS,
        "Provider: A Database\nContent: text/plain\n\n" + RIS,
        RIS.replace("TI  - ", "T1  - ")
        .replace("AB  - ", "N2  - ")
        .replace("AU  - ", "A1  - ")
        .replace("PY  - ", "Y1  - "),
        RIS.replace("ER  -\n", ""),
        RIS.replace("ER  -", "ER  - "),
    ],
)
def test_dialects_of_ris_are_one(text: str, read: Read) -> None:
    (paper,) = read(text, "input.ris")[0]
    assert (paper.title, paper.year, len(paper.authors)) == ("Telling Cats from Dogs", 2017, 2)
    assert paper.abstract.startswith("We tell them apart")


def test_a_record_that_does_not_end_is_not_run_into_the_next(read: Read) -> None:
    papers, skipped = read(
        RIS.replace("ER  -\n", "") + RIS.replace("Cats", "Bats") + "TY  - JOUR\nTI  - Three\nPY  - 2000\n"
    )
    assert [paper.title for paper in papers] == ["Telling Cats from Dogs", "Telling Bats from Dogs"]
    (only,) = skipped
    assert isinstance(only, WithoutAbstract)
    assert only.where.endswith(":34")


MEDLINE = """
PMID- 1234
OWN - NLM
TI  - A title that goes
      on.
LID - 10.1234/x [doi]
LID - S0001 [pii]
AB  - BACKGROUND: We do it. METHODS: As
      ever. RESULTS: It works.
FAU - Lovelace, Ada
AU  - Lovelace A
FAU - Turing, Alan
JT  - Journal of pets
DP  - 2017 May-Jun

PMID- 1235
TI  - Two.
AB  - No abstract available.
"""


def test_pubmed_text_keeps_labels_as_paragraphs(read: Read) -> None:
    papers, skipped = read(MEDLINE)
    (paper,) = papers
    assert paper.title == "A title that goes on."
    assert paper.abstract == "BACKGROUND: We do it.\n\nMETHODS: As ever.\n\nRESULTS: It works."
    assert (paper.authors, paper.venue, paper.year) == (("Lovelace, Ada", "Turing, Alan"), "Journal of pets", 2017)
    assert (paper.doi, paper.pmid) == ("10.1234/x", "1234")
    (only,) = skipped
    assert isinstance(only, WithoutAbstract)
    assert only.where.endswith(":16 (PMID 1235)")


def test_web_of_science_is_read(read: Read) -> None:
    names = "AU Doe, J\n   Roe, R\nAF Doe, Jane\n   Roe, Rick\n"
    record = f"PT J\n{names}TI A title that\n   goes on\nSO NATURE\nAB It\n   works.\nPY 2004\nDI 10.1/x\nPM 12\nER\n\n"
    papers, skipped = read("FN Clarivate Analytics Web of Science\nVR 1.0\n" + record * 2 + "EF\n")
    assert len(papers) == 2
    assert not skipped
    paper = papers[0]
    assert (paper.title, paper.abstract, paper.authors) == (
        "A title that goes on",
        "It works.",
        ("Doe, Jane", "Roe, Rick"),
    )
    assert (paper.venue, paper.year, paper.pmid) == ("NATURE", 2004, "12")


def test_endnote_is_read_and_a_blank_line_in_an_abstract_ends_no_record(read: Read) -> None:
    record = (
        "%0 Journal Article\n%T A title\n%A Doe, Jane\n%A Roe, Rick\n%J Nature\n%D 2004\n%X It works.\n\nVery "
        "well.\n%R 10.1234/x\n%U http://a.b/c\n\n"
    )
    papers, skipped = read(record + record.replace("A title", "Two"))
    assert [paper.title for paper in papers] == ["A title", "Two"]
    assert not skipped
    assert papers[0].abstract.split() == ["It", "works.", "Very", "well."]
    assert (papers[0].authors, papers[0].year, papers[0].doi) == (("Doe, Jane", "Roe, Rick"), 2004, "10.1234/x")


def test_ovid_is_read(read: Read) -> None:
    record = "<1>\nAuthor\n  Doe, Jane 1;  Roe, Rick MD *\nTitle\n  Listening.[Review]\nDOI Number\n  10.1234/x\n"
    record += "Source\n  Nursing Science.   28(2):103-106, April 2015.\nAbstract\n  It works.\n\n"
    papers, skipped = read(record + record.replace("<1>", "<2>").replace("Listening", "Talking"))
    assert [paper.title for paper in papers] == ["Listening.", "Talking."]
    assert not skipped
    assert (papers[0].authors, papers[0].venue, papers[0].year) == (
        ("Doe, Jane", "Roe, Rick MD"),
        "Nursing Science",
        2015,
    )


@pytest.mark.parametrize("opening", ["TY  - JOUR\n", "PMID- 1\n", "PT J\n", "%0 Book\n%T x\n", "<1>\nTitle\n  x\n"])
def test_time_and_memory_grow_with_the_text_only(opening: str, read: Read) -> None:
    papers, skipped = read(opening + "a word of it\n" * 400_000)
    assert not papers
    assert len(skipped) == 1
