"""A bibliography in words, in the three styles, of what a record has."""

from __future__ import annotations

from typing import get_args

import pytest

from rag.cli.papers_command import STYLES
from rag.library.references import Style, in_words
from rag.types import Details, Paper

FULL = Paper(
    "Otters dive at night",
    "They do.",
    ("Ada King Lovelace", "Turing, A. M.", "Jean-Paul Sartre"),
    2020,
    "Nature",
    doi="10.1/x",
    details=Details(date="2020-03-05", volume="12", issue="3", pages="12-19"),
)


def test_the_command_offers_every_style() -> None:
    assert get_args(Style) == STYLES


@pytest.mark.parametrize(
    ("style", "told"),
    [
        (
            "apa",
            "Lovelace, A. K., Turing, A. M., & Sartre, J. P. (2020). Otters dive at night. Nature, 12(3), 12–19. "
            "https://doi.org/10.1/x\n",
        ),
        (
            "ieee",
            "[1] A. K. Lovelace, A. M. Turing, and J. P. Sartre, “Otters dive at night,” Nature, vol. 12, no. 3, "
            "pp. 12–19, Mar. 2020. doi: 10.1/x.\n",
        ),
        (
            "vancouver",
            "1. Lovelace AK, Turing AM, Sartre JP. Otters dive at night. Nature. 2020 Mar 5;12(3):12-19. doi:10.1/x\n",
        ),
    ],
)
def test_a_reference_has_what_its_style_asks_for(style: Style, told: str) -> None:
    assert in_words([FULL], style) == told


@pytest.mark.parametrize("style", STYLES)
def test_what_a_record_lacks_is_left_out_and_a_retraction_is_said(style: Style) -> None:
    told = in_words([Paper("Do otters dive?", "They do.", details=Details(status="retracted"))], style)
    assert "Do otters dive?" in told
    assert "[Retracted]" in told
    assert "None" not in told
    assert "  " not in told
    assert "?." not in told


def test_references_are_in_the_order_of_their_style() -> None:
    papers = [Paper("Of it", "A.", ("Bo Young",), 2001), Paper("Of them", "A.", ("Ada Able",), 2002)]
    assert [line.split(",")[0] for line in in_words(papers, "apa").splitlines()] == ["Able", "Young"]
    assert [line[:3] for line in in_words(papers, "ieee").splitlines()] == ["[1]", "[2]"]
    assert "et al." in in_words([Paper("Of it", "A.", tuple("ABCDEFGH"), 2001)], "ieee")
