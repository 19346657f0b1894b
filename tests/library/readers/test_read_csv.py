"""Tables."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.library.readers import read_papers
from rag.types import Paper, Skipped

Read = Callable[..., tuple[list[Paper], list[Skipped]]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_and_newlines_in_quotes_are_kept(separator: str, read: Read) -> None:
    rows = [
        ["Title", "Authors", "Abstract", "Publication Year"],
        ["One, two; three", "Ada Lovelace", 'Line "one".\nLine two,\n\nand; three.', "2017"],
    ]
    table = io.StringIO()
    csv.writer(table, delimiter=separator).writerows(rows)
    papers, skipped = read(table.getvalue())
    assert not skipped
    (paper,) = papers
    assert (paper.title, paper.abstract, paper.year) == (
        "One, two; three",
        'Line "one".\nLine two,\n\nand; three.',
        2017,
    )
    assert paper.authors == ("Ada Lovelace",)


def test_a_declared_separator_a_mark_and_blank_lines_are_no_part_of_the_table(read: Read) -> None:
    papers, skipped = read("\ufeffsep=;\n\ntitle ; ABSTRACT\n\nOne;It, works.\n")
    assert [(paper.title, paper.abstract) for paper in papers] == [("One", "It, works.")]
    assert not skipped


@pytest.mark.parametrize(
    ("header", "missing"), [("abstract,year", "title"), ("title,year", "abstract"), ("id,year", "title")]
)
def test_a_missing_column_is_one_message_that_names_the_columns_found(header: str, missing: str, read: Read) -> None:
    papers, skipped = read(f"{header}\na,1\nb,2\n", "table.csv")
    assert not papers
    (only,) = skipped
    assert f"no {missing} column" in only.why
    assert header.replace(",", ", ") in only.why
    assert only.where.endswith("table.csv")


def test_rows_of_another_length_are_padded_or_skipped_never_shifted(read: Read) -> None:
    papers, skipped = read(
        "title,abstract,year\nShort,It works.\nLong,It works,really.,2017\nTrailing,It works.,2017,,\nOnly title\n"
    )
    assert [paper.title for paper in papers] == ["Short", "Trailing"]
    assert [item.where.rpartition(":")[2] for item in skipped] == ["3", "5"]
    assert "4 cells where the header has 3" in skipped[0].why


def test_rows_are_named_by_the_line_they_begin_on(read: Read) -> None:
    _, skipped = read('title,abstract\n"Two\nlines",It works.\n,No title.\n')
    assert skipped[0].where.endswith(":4")
    assert "the title is empty" in skipped[0].why


def test_a_quote_that_is_never_closed_swallows_no_papers_silently(read: Read) -> None:
    papers, skipped = read('title,abstract\nOne,"It is open.\nTwo,"It works."\nThree,Fine.\n')
    assert [paper.title for paper in papers] == ["Three"]
    assert skipped[0].where.endswith(":2")
    assert "close each quote" in skipped[0].why
    papers, skipped = read('title,abstract\nOne,Fine.\nTwo,"It is open.\nThree,Fine.\n')
    assert [paper.title for paper in papers] == ["One"]
    assert skipped[0].where.endswith(":3")


def test_a_very_large_cell_is_a_document_and_does_not_stop_the_reading(read: Read) -> None:
    papers, skipped = read(f"title,abstract\nBook,{'word ' * 60_000}\nOne,Fine.\n")
    assert [paper.title for paper in papers] == ["One"]
    assert "is a document, not an abstract" in skipped[0].why


def test_a_page_headed_by_words_with_bars_between_is_no_table(read: Read) -> None:
    body = "We count the birds of one city. There are more of them than in the year before. " * 5
    papers, _ = read(f"Abstract | PDF\n\nBird Counts\n\n{body}\n")
    assert [paper.title for paper in papers] == ["Bird Counts"]


@pytest.mark.parametrize("content", ["title,abstract\n", "[]", '{"data": []}'])
def test_a_file_in_good_order_without_papers_says_so(content: str, read: Read) -> None:
    papers, skipped = read(content)
    assert not papers
    assert "no papers in it" in skipped[0].why


CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Cf", "Mn", "Zl", "Zp"],
    exclude_characters="<&\\$/\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06",
    include_characters="\n\t",
)
"""What means nothing but itself: no markup, nothing unseen."""
CELLS = st.text(CHARACTERS, max_size=40).map(lambda text: unicodedata.normalize("NFC", f"w{text}w"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_as_a_table_comes_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], separator: str, newline: str
) -> None:
    path = tmp_path / "table"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator, lineterminator=newline).writerows([("abstract", "note", "title"), *rows])
    found = [(item.abstract, item.title) for item in read_papers(path) if isinstance(item, Paper)]
    assert found == [(abstract, " ".join(title.split())) for abstract, _, title in rows]


def test_tables_of_other_programs_are_read(shared: Path) -> None:
    tables = shared / "data" / "bibliography" / "asreview" / "tests" / "demo_data"
    expected = {
        "embase.csv": 6,
        "generic.csv": 2,
        "generic_semicolon.csv": 2,
        "generic_tab.tab": 2,
        "generic_labels.csv": 6,
        "record_id.csv": 10,
    }
    for name, count in expected.items():
        assert sum(isinstance(item, Paper) for item in read_papers(tables / name)) == count, name
    assert len(list(read_papers(tables / "generic_labels_no_abs.csv"))) == 1
