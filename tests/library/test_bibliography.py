"""Papers written for other programs come back as they were; papers that may be one are found."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.cli.papers_command import FORMS
from rag.library.bibliography import Form, duplicates, matching, written
from rag.library.readers import read_papers
from rag.types import Details, Filters, Paper, PaperKind, Status

SUFFIX = {"bibtex": "bib", "ris": "ris", "csl-json": "json", "csv": "csv"}
CHARACTERS = st.characters(
    categories=["Lu", "Ll", "Nd", "Po", "Pd", "Sc"],
    exclude_characters="\\$<&;{}/`'\"@©\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06",
)
"""What means nothing but itself; a ligature is never in a library, for readers spell it out."""
WORDS = st.text(CHARACTERS, min_size=1, max_size=12).map(lambda text: unicodedata.normalize("NFC", text))
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(lambda words: f"Of {' '.join(words)} it is told.")
NAMES = st.tuples(
    st.sampled_from(["Ada", "Bo", "Ève"]), st.sampled_from(["Lovelace", "O’Neil", "Müller", "de Vries"])
).map(" ".join)
LISTED = st.lists(
    st.sampled_from(["Otters", "Heart Failure, Diastolic", "Nacht & Tag", "C# 100%", "Größe", "a_b"]),
    max_size=3,
    unique=True,
).map(tuple)
DETAILS = st.builds(
    Details,
    key=st.sampled_from(["", "lund2020otters", "DBLP:conf/icra/Lund20", "Mäu_se+1"]),
    kind=st.sampled_from(get_args(PaperKind)),
    date=st.sampled_from(["", "2020-03", "2020-12-05"]),
    language=st.sampled_from(["", "en", "de", "gsw"]),
    volume=st.sampled_from(["", "12", "LIX"]),
    issue=st.sampled_from(["", "3", "Suppl 1"]),
    pages=st.sampled_from(["", "12-19", "e217"]),
    tags=LISTED,
    collections=st.lists(st.sampled_from(["Models", "Models/World models", "R & D"]), max_size=2, unique=True).map(
        tuple
    ),
    status=st.sampled_from(get_args(Status)),
    zotero=st.sampled_from(["", "zotero://select/library/items/ABCD2345", "zotero://select/groups/7/items/ABCD2345"]),
)
PAPERS = st.builds(
    Paper,
    title=TEXTS,
    abstract=st.lists(TEXTS, min_size=1, max_size=3).map("\n\n".join),
    authors=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    year=st.none() | st.integers(1600, 2090),
    venue=st.none()
    | st.sampled_from(["Nature & Co", "Proceedings of the Otter Conference", "Zeitschrift für 100% Otter"]),
    url=st.none() | st.just("https://example.org/a_b?c=d&e=%20"),
    doi=st.none() | st.sampled_from(["10.1000/a_1", "10.1002/(SICI)1097(1998)1:1<1::AID-X>3.0.CO;2-B"]),
    arxiv_id=st.none() | st.just("2001.00001v2"),
    pmid=st.none() | st.just("1234"),
    details=st.just(Details()) | DETAILS,
).map(lambda paper: replace(paper, year=2020) if paper.details.date else paper)


def read_back(folder: Path, form: Form, papers: list[Paper]) -> list[Paper]:
    path = folder / f"library.{SUFFIX[form]}"
    path.write_text(written(papers, form), "utf-8")
    found = list(read_papers(path))
    assert all(isinstance(item, Paper) for item in found), found
    return [replace(item, source="") for item in found if isinstance(item, Paper)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(PAPERS, min_size=1, max_size=4), st.sampled_from(FORMS))
@example([Paper("A title of it", "TY  - JOUR is how RIS begins.\nER  - ends it.\n\nAB  - is not.")], "ris")
@example([Paper("Of it.", "Of it.", url="https://example.org/", arxiv_id="2001.00001v2")], "csl-json")
@example([Paper("A title", "It is 50% of #1 & ~5^2 in a_b -- or --- so, ''not''.")], "bibtex")
def test_what_is_exported_is_read_as_it_was(tmp_path: Path, papers: list[Paper], form: Form) -> None:
    found = read_back(tmp_path, form, papers)
    if form == "ris":  # a line that begins like a tag is joined to the one before it
        assert [" ".join(paper.abstract.split()) for paper in found] == [
            " ".join(paper.abstract.split()) for paper in papers
        ]
        papers = [replace(paper, abstract=again.abstract) for paper, again in zip(papers, found, strict=True)]
    assert [as_kept(one) for one in found] == [as_kept(kept, one) for kept, one in zip(papers, found, strict=True)]


def as_kept(paper: Paper, again: Paper | None = None) -> Paper:
    """A paper but for what an export must say though it is not known: which kind of work it is, and in BibTeX a key."""
    details = paper.details
    if again and not details.kind:
        details = replace(details, kind=again.details.kind)
    if again and again.details.key.startswith(details.key):  # one that two papers came with is told apart
        details = replace(details, key=again.details.key)
    return replace(paper, details=details)


def test_the_command_offers_every_form() -> None:
    assert get_args(Form) == FORMS


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "'=", " =", "\t=", "''"])
def test_no_cell_of_a_table_is_run_by_a_spreadsheet_and_all_are_read_as_they_were(tmp_path: Path, sign: str) -> None:
    paper = Paper(
        f"{sign.strip()}HYPERLINK(1) of it",
        f"{sign.strip()}1+1 is told, it works.",
        ("@Ada Lovelace",),
        venue="+Letters",
    )
    rows = list(csv.reader(written([paper], "csv").splitlines()))
    assert not [cell for row in rows for cell in row if re.match(r"\s*[=+\-@＝\t\r]", cell)]
    assert read_back(tmp_path, "csv", [paper]) == [paper]


def test_csl_parts_names_and_a_name_of_one_piece_stays_whole(tmp_path: Path) -> None:
    paper = Paper("A title", "It works.", ("Lovelace, Ada", "Ada King Lovelace Jr.", "WHO"))
    text = written([paper], "csl-json")
    assert '"family": "Lovelace"' in text
    assert '"family": "Lovelace Jr."' in text
    assert '"literal": "WHO"' in text
    (again,) = read_back(tmp_path, "csl-json", [paper])
    assert again.authors == ("Ada Lovelace", "Ada King Lovelace Jr.", "WHO")


def test_bounds_let_through_what_has_what_they_ask_for() -> None:
    papers = [
        Paper("One", "A.", ("Ada Smith",), 2019, "Nature"),
        Paper("Two", "A.", ("Bo Li",), 2021),
        Paper("Three", "A.", year=None),
    ]
    assert [p.title for p in matching(papers, Filters(year_from=2020))] == ["Two"]
    assert [p.title for p in matching(papers, Filters(author="SMITH"))] == ["One"]
    assert [p.title for p in matching(papers, Filters(venue="nat", year_to=2020))] == ["One"]
    assert list(matching(papers, None)) == papers


TITLE = "Telling cats from dogs by their ears"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (Paper("A", "x", doi="10.1/X"), Paper("B", "y", doi="10.1/x"), True),
        (Paper("A", "x", arxiv_id="2001.00001v1"), Paper("B", "y", arxiv_id="2001.00001v3"), True),
        (Paper("A", "x", pmid="1"), Paper("B", "y", pmid="1"), True),
        (Paper(TITLE, "x", ("Ada Lovelace",), 2019), Paper(f"{TITLE.upper()}.", "y", ("Lovelace, A.",), 2021), True),
        (Paper(TITLE, "x", ("Ada Lovelace",), 2019), Paper(TITLE, "y", ("Bo Li",), 2019), True),
        (Paper(TITLE, "x", ("Ada Lovelace",), 2019), Paper(TITLE, "y", ("Bo Li",), 2021), False),
        (Paper("Editorial", "x", ("Ada Lovelace",), 2019), Paper("Editorial", "y", ("Ada Lovelace",), 2019), False),
        (Paper("A", "x"), Paper("B", "x"), False),
    ],
)
def test_papers_that_may_be_one_are_found(one: Paper, other: Paper, alike: bool) -> None:
    assert duplicates([one, Paper("Between them", "z"), other]) == ([[one, other]] if alike else [])


def test_what_is_like_two_groups_makes_them_one() -> None:
    papers = [
        Paper("A", "x", doi="10.1/x"),
        Paper("B", "y", pmid="1"),
        Paper("C", "z"),
        Paper("D", "w", doi="10.1/x", pmid="1"),
    ]
    assert duplicates(papers) == [[papers[0], papers[1], papers[3]]]
