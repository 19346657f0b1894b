"""Names are compared, and sought in full text, whichever way they are spelled; corrections know whose title they have."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest

from rag.library.filtering import passes
from rag.library.library import Library
from rag.text.names import numbered_names, spellings
from rag.text.titles import original_titles
from rag.types import Filters, IndexReport, name_key

WRITTEN = ["CO₂", "CO2", "CO<sub>2</sub>", "CO$_2$", "co 2"]
TEXTS: list[dict[str, object]] = [
    {"title": "Forests", "abstract": "Forests take up CO₂ at night.", "authors": ["Flann O’Brien"], "venue": "J-Trees"},
    {
        "title": "Seas",
        "abstract": "Seas take up CO$_2$ by day.",
        "authors": [unicodedata.normalize("NFD", "Uwe Müller")],
    },
    {"title": "Moss", "abstract": "Moss takes up CO<sub>2</sub> slowly.", "authors": ["Bo Li"]},
    {"title": "Nets", "abstract": "We train ResNet-50 on leaves.", "authors": ["Jean-Luc Nancy"]},
    {"title": "Blood", "abstract": "Serum IL6 rises.", "authors": ["Ada Ng"]},
    {"title": "Doors", "abstract": "A carpenter's work.", "authors": ["Al Co"]},
]


@pytest.fixture
def shelf(library: Library, index: Callable[..., IndexReport]) -> Library:
    index(TEXTS, library)
    return library


def _titles(library: Library, rows: set[int]) -> set[str]:
    return {paper.title for paper in library.catalog.papers_at(rows).values()}


@pytest.mark.parametrize("name", ["CO2", "co2", "CO₂", "CO-2"])
def test_full_text_finds_a_name_however_its_number_is_set(name: str, shelf: Library) -> None:
    assert _titles(shelf, shelf.catalog.rows_with(name)) == {"Forests", "Seas", "Moss"}
    assert shelf.catalog.papers_with(name) == 3
    found = {row for row, _ in shelf.catalog.search_text([name], 9, 1.0)}
    assert _titles(shelf, found) == {"Forests", "Seas", "Moss"}


@pytest.mark.parametrize(("name", "title"), [("ResNet50", "Nets"), ("ResNet 50", "Nets"), ("IL-6", "Blood")])
def test_full_text_finds_a_name_with_and_without_its_hyphen(name: str, title: str, shelf: Library) -> None:
    assert _titles(shelf, shelf.catalog.rows_with(name)) == {title}


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filters(author="O'Brien"), {"Forests"}),
        (Filters(author="OBRIEN"), {"Forests"}),
        (Filters(author="Müller"), {"Seas"}),
        (Filters(author="Muller"), {"Seas"}),
        (Filters(author="jean luc"), {"Nets"}),
        (Filters(venue="j trees"), {"Forests"}),
        (Filters(author="Smith"), set()),
        (Filters(source="-"), set()),
    ],
)
def test_filters_compare_names_as_people_do(filters: Filters, titles: set[str], shelf: Library) -> None:
    if filters.source is None:
        assert _titles(shelf, shelf.catalog.rows_matching(filters)) == titles
    held = {row for row, paper in shelf.catalog.papers_at(range(1, 9)).items() if passes(paper, filters)}
    assert held == shelf.catalog.rows_matching(filters), "the list of papers and the search have one idea of a filter"


def test_one_name_has_one_form() -> None:
    assert len({name_key(name) for name in WRITTEN}) == 1
    assert name_key("IL-6") == name_key("il6") != name_key("IL-8")


def test_only_names_with_numbers_have_several_spellings() -> None:
    assert spellings("otters") == ("otters",)
    assert spellings("reward hacking") == ("reward hacking",)
    assert "co₂" in spellings("co2")
    assert numbered_names("Does IL-6 rise, as in GPT4?") == ("il-6", "gpt4")


@pytest.mark.parametrize(
    "title",
    [
        "The Deep Nests (corrected version)",
        "The Deep Nests v2",
        "Erratum to: The Deep Nests",
        "RETRACTED: The Deep Nests",
        "Retraction notice to “The deep nests”",
        "The Deep Nests [Retracted article]",
    ],
)
def test_a_correction_knows_whose_title_it_has(title: str) -> None:
    assert "the deep nests" in original_titles(title)


@pytest.mark.parametrize("title", ["The Deep Nests", "On the Notes of Birds", "Retraction", "A Note on Paper 2"])
def test_a_title_of_its_own_is_nobodys_correction(title: str) -> None:
    assert original_titles(title) == ()
