"""The table of papers: what is found, in which order, and HTML in which nothing acts."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rag.types import Filters, Paper
from ui.page.table import ROWS, Column, View, byline, common, found, known_columns, rows, table_html

HERONS = Paper("The Herons of Dusk", "Herons call at dusk.", ("Zoë Müller", "Ada Mole"), 2021, "Journal of Birds")
OTTERS = Paper(
    "“Otters” dive", "Otters dive to 11 metres.", ("Mole, Ada",), 2019, "Aquatica", source="/home/me/otters.csv"
)
BADGERS = Paper("A badger's set", "Badgers dig at dusk.")
HELD = rows([HERONS, OTTERS, BADGERS])
EVIL = "<script>boom()</script><img src=x onerror=boom()>${boom()}{{boom()}}\u202e\x1b[31m=1+1"


def _titles(view: View, filters: Filters | None = None) -> list[str]:
    return [paper.title for paper in found(HELD, view, filters).papers]


def _elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append((tag, dict(attrs)))

    seen: list[tuple[str, dict[str, str | None]]] = []
    Reader().feed(html)
    return seen


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["A badger's set", "“Otters” dive", "The Herons of Dusk"]),
        ("DUSK", ["A badger's set", "The Herons of Dusk"]),
        ("dusk herons", ["The Herons of Dusk"]),
        ("muller", ["The Herons of Dusk"]),
        ("Müller", ["The Herons of Dusk"]),
        ("aquatica 11", ["“Otters” dive"]),
        ("walrus", []),
    ],
)
def test_every_word_is_looked_for_in_title_authors_venue_and_abstract(query: str, titles: list[str]) -> None:
    assert _titles(View(query)) == titles


@pytest.mark.parametrize(
    ("column", "titles"),
    [
        ("title", ["A badger's set", "The Herons of Dusk", "“Otters” dive"]),
        ("authors", ["“Otters” dive", "The Herons of Dusk", "A badger's set"]),
        ("year", ["“Otters” dive", "The Herons of Dusk", "A badger's set"]),
        ("venue", ["“Otters” dive", "The Herons of Dusk", "A badger's set"]),
    ],
)
def test_papers_are_sorted_and_those_without_the_field_come_last(column: Column, titles: list[str]) -> None:
    assert _titles(View(column=column, descending=False)) == titles
    known, lacking = (titles, []) if column == "title" else (titles[:2], titles[2:])
    assert _titles(View(column=column)) == known[::-1] + lacking


def test_filters_narrow_what_is_found() -> None:
    assert _titles(View(), Filters(2020)) == ["The Herons of Dusk"]
    assert _titles(View("otters"), Filters(2020)) == []


def test_a_page_holds_a_bounded_number_of_rows() -> None:
    many = rows(Paper(f"Paper {n}", "It says so.") for n in range(2 * ROWS + 1))
    last = found(many, View(page=3), None)
    assert (len(last.papers), len(last.shown), last.pages, last.page) == (2 * ROWS + 1, 1, 3, 3)
    assert found(many, View(page=99), None).page == 3
    assert found(many, View(page=-1), None).page == 1
    html = table_html(last, View(page=3), len(many))
    assert html.count('<th scope="row"') == 1
    assert "101–101 of 101" in html
    assert 'data-page="2">← Previous' in html
    assert 'data-page="4" disabled>Next →' in html


def test_columns_say_how_they_are_sorted() -> None:
    view = View(column="year", descending=False)
    heads = {
        a["class"]: a.get("aria-sort")
        for tag, a in _elements(table_html(found(HELD, view, None), view, 3))
        if tag == "th" and a["scope"] == "col"
    }
    assert heads == {"pick": None, "title": "none", "authors": "none", "year": "ascending", "venue": "none"}


def test_a_column_for_which_no_paper_has_anything_is_left_out() -> None:
    bare = rows([BADGERS, replace(BADGERS, title="Another", year=2020)])
    assert known_columns(bare) == ["title", "year"]
    assert known_columns(HELD) == ["title", "authors", "year", "venue"]
    html = table_html(found(bare, View(), None), View(), 2, known_columns(bare))
    assert 'class="venue"' not in html
    assert '<td class="year">2020</td>' in html


def test_counts_tell_how_many_of_all_pass() -> None:
    assert '<p class="papers-count" role="status">3 papers<' in table_html(found(HELD, View(), None), View(), 3)
    assert '<p class="papers-count" role="status">1 of 3 papers<' in table_html(
        found(HELD, View("otters"), None), View("otters"), 3
    )
    none = table_html(found(HELD, View("walrus"), None), View("walrus"), 3)
    assert "0 of 3 papers" in none
    assert "No paper passes." in none
    assert "There are no papers yet." in table_html(found([], View(), None), View(), 0)


def test_texts_of_papers_are_inert() -> None:
    evil = Paper(
        EVIL,
        f"It is said: {EVIL} $x^2$.",
        (EVIL, EVIL, EVIL),
        2020,
        EVIL,
        "javascript:boom()",
        doi='1"><i>',
        source=f"/tmp/{EVIL}",
    )
    told = rows([evil])
    html = table_html(found(told, View(), None), View(), 1)
    tags = {tag for tag, _ in _elements(html)}
    assert not tags & {"script", "img", "a", "style", "iframe"}
    assert not [name for _, held in _elements(html) for name in held if name.startswith("on") or name == "style"]
    assert not re.search("[\u202e\x1b]", html)
    assert "&lt;script&gt;boom()&lt;/script&gt;" in html
    assert "<math>" in html


def test_only_addresses_of_the_web_are_links() -> None:
    def links(url: str) -> list[dict[str, str | None]]:
        told = rows([replace(OTTERS, url=url)])
        return [held for tag, held in _elements(table_html(found(told, View(), None), View(), 1)) if tag == "a"]

    assert links("https://example.org/otters") == [
        {"href": "https://example.org/otters", "target": "_blank", "rel": "noopener noreferrer"},
    ]
    assert [links(url) for url in ("javascript:boom()", "data:text/html,x", "//example.org", "ftp://example.org")] == [
        []
    ] * 4


def test_the_source_is_a_file_s_name_without_its_folder() -> None:
    html = table_html(found(HELD, View("otters"), None), View(), 3)
    assert "from otters.csv" in html
    assert "/home/me" not in html


@pytest.mark.parametrize(
    ("authors", "told"),
    [((), ""), (("Ada",), "Ada"), (("Ada", "Bo"), "Ada and Bo"), (("Ada", "Bo", "Cy"), "Ada and 2 more")],
)
def test_many_authors_are_counted(authors: tuple[str, ...], told: str) -> None:
    assert byline(authors) == told


def test_the_most_frequent_names_are_offered_in_order() -> None:
    assert common(["b", "é", "b", "a", " ", ""]) == ["a", "b", "é"]
    assert len(common(str(n) for n in range(1000))) == 100
