"""JSON Lines and JSON documents."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.library.readers import read_papers
from rag.library.readers.authors import read_authors
from rag.types import Paper, Skipped

Read = Callable[..., tuple[list[Paper], list[Skipped]]]

ABSTRACT = "We study a thing.  It\nhas two lines."


def one(read: Read, **fields: Any) -> Paper:
    papers, skipped = read(json.dumps({"title": "T", "abstract": "Yes.", **fields}))
    assert not skipped
    return papers[0]


def test_a_bad_line_costs_itself_only_and_is_named_by_number(read: Read) -> None:
    good = json.dumps({"title": "Good", "abstract": "Yes."})
    lines = [
        good,
        "{broken",
        "[1]",
        '"text"',
        json.dumps({"abstract": "Yes."}),
        json.dumps({"title": "T"}),
        "",
        good,
        good + " trailing",
    ]
    papers, skipped = read("\n".join(lines))
    assert [paper.title for paper in papers] == ["Good", "Good"]
    assert [item.where.rpartition(":")[2] for item in skipped] == ["2", "3", "4", "5", "6", "9"]
    whys = [item.why for item in skipped]
    for why, part in zip(
        whys, ["malformed JSON", "an array", "text", "no title", "no abstract", "malformed JSON"], strict=True
    ):
        assert part in why


def test_a_bad_first_line_does_not_hide_the_others(read: Read) -> None:
    papers, skipped = read('{"title": "cut\n{"title": "Good", "abstract": "Yes."}\n')
    assert [paper.title for paper in papers] == ["Good"]
    assert skipped[0].where.endswith(":1")


@pytest.mark.parametrize(
    "write",
    [
        lambda papers: json.dumps(papers),
        lambda papers: json.dumps(papers, indent=2),
        lambda papers: "[\n" + ",\n".join(map(json.dumps, papers)) + "\n]\n",
        lambda papers: json.dumps({"total": 2, "data": papers}, indent=1),
        lambda papers: json.dumps({"message": {"items": papers}}),
        lambda papers: "\n".join(json.dumps(paper, indent=1) for paper in papers),
        lambda papers: "\n".join(json.dumps({"results": [paper]}) for paper in papers),
    ],
)
def test_arrays_replies_and_objects_in_a_row_are_read_too(write: Any, read: Read) -> None:
    papers, skipped = read(write([{"title": "One", "abstract": ABSTRACT}, {"title": "Two", "abstract": "Yes."}]))
    assert [paper.title for paper in papers] == ["One", "Two"]
    assert papers[0].abstract == ABSTRACT
    assert not skipped


def test_an_array_that_breaks_off_keeps_what_came_before(read: Read) -> None:
    text = json.dumps([{"title": "One", "abstract": "Yes."}, {"title": "Two", "abstract": "Yes."}], indent=1)
    papers, skipped = read(text[:-20])
    assert [paper.title for paper in papers] == ["One"]
    assert skipped[0].where.endswith(":6")
    assert "the rest was not read" in skipped[0].why


def test_records_in_a_reply_are_named_by_their_number(read: Read) -> None:
    _, skipped = read(json.dumps({"papers": [{"title": "One"}, 3]}))
    assert skipped[0].why.startswith("papers 1: no abstract")
    assert skipped[1].why.startswith("papers 2: this is a number")


def test_usual_names_of_fields_are_known_in_any_case(read: Read) -> None:
    for title, abstract in (
        ("Title", "ABSTRACT"),
        ("name", "summary"),
        ("title", "abstractText"),
        ("article_title", "text"),
    ):
        papers, _ = read(json.dumps({title: " A \n title ", abstract: f" {ABSTRACT}\n"}))
        assert (papers[0].title, papers[0].abstract) == ("A title", ABSTRACT)


def test_a_list_of_sentences_is_joined_with_spaces(read: Read) -> None:
    assert one(read, abstract=["First one.", "Second one."]).abstract == "First one. Second one."


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["Ada Lovelace", " Alan  Turing "], ["Ada Lovelace", "Alan Turing"]),
        (
            [{"name": "Ada Lovelace"}, {"given": "Alan", "family": "Turing"}, {"first": "Kurt", "last": "Gödel"}],
            ["Ada Lovelace", "Alan Turing", "Kurt Gödel"],
        ),
        ([{"author": {"display_name": "Ada Lovelace"}}, None, 3, {}], ["Ada Lovelace"]),
        ("Ada Lovelace, Alan Turing and Kurt Gödel", ["Ada Lovelace", "Alan Turing", "Kurt Gödel"]),
        ("Ada Lovelace, Alan Turing, and Kurt Gödel et al.", ["Ada Lovelace", "Alan Turing", "Kurt Gödel et al."]),
        ("Lovelace, A.; Turing, A. M.", ["Lovelace, A.", "Turing, A. M."]),
        ("Lovelace, Ada and Turing, Alan", ["Lovelace, Ada", "Turing, Alan"]),
        ("Lovelace, A., Turing, A.M., and Gödel, K.", ["Lovelace, A.", "Turing, A.M.", "Gödel, K."]),
        ("Lovelace and B", ["Lovelace", "B"]),
        ("Lovelace, Ada", ["Lovelace, Ada"]),
        ("Ada Lovelace, Alan Turing", ["Ada Lovelace", "Alan Turing"]),
        ("['Lovelace, Ada', \"O'Hara, B\"]", ["Lovelace, Ada", "O'Hara, B"]),
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("Lovelace A, Turing AM, et al.", ["Lovelace A", "Turing AM"]),
        (None, []),
        (7, []),
        ("", []),
    ],
)
def test_authors_are_read_however_they_are_written(value: object, names: list[str]) -> None:
    assert list(read_authors(value)) == names


@pytest.mark.parametrize(
    ("fields", "year"),
    [
        ({"year": 2017}, 2017),
        ({"year": "2017"}, 2017),
        ({"year": 2017.0}, 2017),
        ({"date": "2017-05-03"}, 2017),
        ({"published": "May 3, 2017"}, 2017),
        ({"published": {"date-parts": [[2017, 5, 3]]}}, 2017),
        ({"year": None, "publication_date": "2017"}, 2017),
        ({"year": "in press", "date": "2017"}, 2017),
        ({"year": 20177}, None),
        ({"year": 1499}, None),
        ({"year": True}, None),
        ({"year": []}, None),
    ],
)
def test_the_year_is_a_plausible_year_or_none(fields: dict[str, object], year: int | None, read: Read) -> None:
    assert one(read, **fields).year == year


@pytest.mark.parametrize(
    ("field", "value", "attribute", "expected"),
    [
        ("doi", "https://doi.org/10.1000/Xy.1", "doi", "10.1000/Xy.1"),
        ("DOI", "doi:10.1000/xy", "doi", "10.1000/xy"),
        ("doi", "10.4", "doi", None),
        ("arxiv", "arXiv:2301.00001v2", "arxiv_id", "2301.00001v2"),
        ("arXivId", "https://arxiv.org/abs/hep-th/9901001", "arxiv_id", "hep-th/9901001"),
        ("arxiv_id", "http://arxiv.org/pdf/2301.00001.pdf", "arxiv_id", "2301.00001"),
        ("eprint", "hdl/1234", "arxiv_id", None),
        ("id", "0704.0001", "arxiv_id", "0704.0001"),
        ("id", "1234.5678", "arxiv_id", None),
        ("externalIds", {"ArXiv": "2301.00001"}, "arxiv_id", "2301.00001"),
        ("externalIds", {"DOI": "10.1000/xy", "MAG": "7"}, "doi", "10.1000/xy"),
        ("pmid", 123456, "pmid", "123456"),
        ("pmid", "PMID: 123456", "pmid", "123456"),
        ("pmid", "PMC123", "pmid", None),
        ("url", "https://example.org/a?b=c", "url", "https://example.org/a?b=c"),
        ("link", "javascript:alert(1)", "url", None),
        ("url", "ftp://example.org/", "url", None),
        ("journal", {"name": "Nature", "pages": "1"}, "venue", "Nature"),
        ("container-title", ["Nature", "Nat."], "venue", "Nature"),
        ("booktitle", " Proc.  of X ", "venue", "Proc. of X"),
    ],
)
def test_details_are_normalised_or_left_out(
    field: str, value: object, attribute: str, expected: str | None, read: Read
) -> None:
    assert getattr(one(read, **{field: value}), attribute) == expected


def test_bad_characters_are_replaced_and_the_paper_is_kept(read: Read) -> None:
    papers, _ = read(
        r'{"title": "A\u0000bad\ud800 \u001btitle\r\n", "abstract": "Half \udc00 a pair,\u0000 a\ttab.\r\nA line. '
        r'\ud83d\ude00"}'
    )
    assert papers[0].title == "A bad\ufffd title"
    assert papers[0].abstract == "Half \ufffd a pair,  a\ttab.\nA line. \U0001f600"


def test_what_is_too_long_or_says_nothing_is_skipped(read: Read) -> None:
    records = [
        ("T", "x" * 100_001),
        ("T" * 1001, "Yes."),
        ("???", "Yes."),
        (" ", "Yes."),
        ("T", " "),
        ("T", "[No abstract available]"),
        ("T", "nan"),
    ]
    papers, skipped = read("\n".join(json.dumps({"title": title, "abstract": abstract}) for title, abstract in records))
    assert not papers
    assert "100,001 characters is a document, not an abstract" in skipped[0].why
    assert "the title has 1,001 characters" in skipped[1].why
    assert len(skipped) == len(records)


def test_the_longest_title_and_abstract_are_kept(read: Read) -> None:
    paper = one(read, title="T" * 1000, abstract="x" * 100_000)
    assert (len(paper.title), len(paper.abstract)) == (1000, 100_000)


CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Cf", "Mn", "Zl", "Zp"],
    exclude_characters="<&\\$/\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06",
)
"""What means nothing but itself: no markup, nothing unseen."""
WORDS = st.text(CHARACTERS, max_size=60).map(lambda text: unicodedata.normalize("NFC", f"w{text}w"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8), st.booleans(), st.booleans())
def test_what_is_written_as_json_comes_back(
    tmp_path: Path, records: list[tuple[str, str]], ascii_only: bool, array: bool
) -> None:
    objects = [{"title": title, "abstract": abstract} for title, abstract in records]
    path = tmp_path / "records"
    path.write_text(
        json.dumps(objects, ensure_ascii=ascii_only)
        if array
        else "\n".join(json.dumps(item, ensure_ascii=ascii_only) for item in objects),
        encoding="utf-8",
    )
    found = [(item.title, item.abstract) for item in read_papers(path) if isinstance(item, Paper)]
    assert found == [(" ".join(title.split()), abstract) for title, abstract in records]


def test_public_corpora_are_read_whole(shared: Path) -> None:
    scifact = shared / "data" / "scifact"
    lines, sentences = (list(read_papers(scifact / name)) for name in ("corpus.jsonl", "corpus_sentences.jsonl"))
    assert len(lines) == len(sentences) == 5183
    assert all(isinstance(item, Paper) for item in [*lines, *sentences])


def test_a_reply_of_semantic_scholar_gives_its_papers_with_abstracts(shared: Path) -> None:
    replies = shared / "data" / "bibliography" / "semanticscholar"
    (paper,) = read_papers(replies / "Paper.json")
    assert isinstance(paper, Paper)
    assert (paper.year, paper.doi, paper.authors) == (1950, "10.1093/MIND/LIX.236.433", ("A. Turing",))
    author = list(read_papers(replies / "Author.json"))
    assert sum(isinstance(item, Paper) for item in author) == 34
    assert all("abstract is empty" in item.why for item in author if not isinstance(item, Paper))
