"""Filters between the page's fields, their words and the engine."""

from __future__ import annotations

import pytest

from rag.errors import UsageError
from rag.library.filtering import passes
from rag.types import Filters, Paper
from ui.page.filters import FIELDS, chip_html, filters_of, form_values, told

OTTERS = Paper(
    "Otters", "Otters dive.", ("Ada Mole", "Bo Vole"), 2020, "Journal of Otters", source="/home/me/otters.csv"
)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (("2020", "2023", "", "NeurIPS"), "Only 2020–2023, in NeurIPS"),
        (("2020", "2020", "", ""), "Only 2020"),
        (("2020", "", "Hafner", ""), "Only 2020 and later, by Hafner"),
        (("", " 2018 ", "", ""), "Only up to 2018"),
        (("", "", "", ""), ""),
        (("", "", "  ", "\t"), ""),
    ],
)
def test_what_is_typed_is_told_in_words(fields: tuple[str, str, str, str], words: str) -> None:
    filters = filters_of(*fields)
    assert told(filters) == words
    assert (filters is None) == (not words)


def test_the_fields_say_what_the_filters_are() -> None:
    filters = filters_of("1999", "", "Mole, A.", "Otters", "diving", "Models/Wet")
    assert filters_of(**form_values(filters)) == filters
    assert form_values(None) == dict.fromkeys(FIELDS, "")


@pytest.mark.parametrize("typed", ["20", "soon", "2020.5", "-2020", "٢٠٢٠", "9" * 5000])
def test_what_is_no_year_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(UsageError, match=r"is not a year\. Type four digits") as error:
        filters_of(typed)
    assert len(str(error.value)) < 100


def test_a_range_that_is_backwards_is_refused() -> None:
    with pytest.raises(UsageError, match=r"Years 2023 to 2020: backwards\. Give the earlier year first\."):
        filters_of("2023", "2020")


@pytest.mark.parametrize(
    ("filters", "does"),
    [
        (None, True),
        (Filters(2020, 2020), True),
        (Filters(2021), False),
        (Filters(year_to=2019), False),
        (Filters(author="vOLE"), True),
        (Filters(author="Mole, Bo"), False),
        (Filters(venue="otter"), True),
        (Filters(venue="Badger"), False),
        (Filters(source="OTTERS.csv"), True),
        (Filters(2020, author="Mole", venue="Badger"), False),
    ],
)
def test_a_paper_passes_as_it_does_in_the_engine(filters: Filters | None, does: bool) -> None:
    assert passes(OTTERS, filters) is does


@pytest.mark.parametrize("filters", [Filters(1), Filters(year_to=3000), Filters(author=""), Filters(venue="")])
def test_a_paper_that_lacks_the_field_does_not_pass(filters: Filters) -> None:
    assert passes(Paper("Otters", "Otters dive."), filters) is False


def test_the_chip_is_inert_and_can_be_lifted() -> None:
    chip = chip_html(Filters(author="<img src=x onerror=boom()>\u202e"))
    assert "<span>Only by &lt;img src=x onerror=boom()&gt;</span>" in chip
    assert '<button type="button" data-do="lift" aria-label="Lift the filter and ask the whole library">' in chip
    assert chip_html(None) == ""
