"""What stands in titles and abstracts, as a person means it."""

from __future__ import annotations

import pytest

from rag.library.readers.cleaning import clean, clean_abstract, says_nothing
from rag.library.readers.fields import read_doi, read_pmid


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("H<sub>2</sub>O, Ca<sup>2+</sup>, 10<sup>−5</sup>, 1<sup>st</sup>", "H2O, Ca²⁺, 10⁻⁵, 1st"),
        ("&lt;i&gt;E. coli&lt;/i&gt; &amp;amp; more", "E. coli & more"),
        ("p < .05 and a<b>c", "p < .05 and a<b>c".replace("<b>", "")),
        ("x < y and y > z; AT&T; R&D;", "x < y and y > z; AT&T; R&D;"),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<h4>Aim</h4>We do.<h4>Results.</h4>It works.", "Aim: We do.\n\nResults. It works."),
        ("liveli\u00adhood and zero\u200bwidth", "livelihood and zerowidth"),
        ("e\u0301tude of ﬁelds", "étude of fields"),
        (r"na\"{\i}ve, $\alpha$, CO$_2$, 25\%, {1,2}", "naïve, α, CO2, 25%, {1,2}"),
        (r"C:\temp and \d+ stay, as do ~ and --", r"C:\temp and \d+ stay, as do ~ and --"),
        (r"$\sum_{i} x_i$ stays", r"$\sum_{i} x_i$ stays"),
        ("from $5 to $10", "from $5 to $10"),
    ],
)
def test_markup_and_tex_become_text_where_they_occur(written: str, meant: str) -> None:
    assert clean(written) == meant


@pytest.mark.parametrize(
    "abstract",
    [
        "Abstract: It works.",
        "ABSTRACT It works.",
        "Abstract\nIt works.",
        "It works. © 2020 Elsevier Ltd. All rights reserved.",
        "It works. (c) 2020 The Authors",
        "It works. Copyright © 2019 X. Published by Elsevier B.V.",
        "It works.©2016 AACR.",
        "It works. This article is protected by copyright. All rights reserved.",
    ],
)
def test_headings_and_notices_are_no_part_of_an_abstract(abstract: str) -> None:
    assert clean_abstract(abstract) == "It works."


@pytest.mark.parametrize(
    "abstract",
    [
        "Abstract interpretation is a theory of sound approximation.",
        "We study copyright law of the 18th century. It works.",
        "The © sign is studied. We find it everywhere, and it works.",
    ],
)
def test_an_abstract_that_is_about_such_things_stays(abstract: str) -> None:
    assert clean_abstract(abstract) == abstract


@pytest.mark.parametrize(
    "text",
    ["", "N/A", "n.a.", "-", "[Figure: see text].", "No abstract available.", "Abstract not provided", "No Abstract", "null", "Abstract",
     "[No abstract available]", "Abstract is not available for this article.", "Publisher: Abstract available from "
                                                                               "the publisher."],
)  # fmt: skip
def test_words_that_say_there_is_no_abstract_are_none(text: str) -> None:
    assert says_nothing(text)


def test_a_short_abstract_says_something() -> None:
    assert not says_nothing("It works.")
    assert not says_nothing("Abstract art is not for everyone.")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("10.1000/Xy", "10.1000/Xy"),
        ("doi.org/10.1000/xy", "10.1000/xy"),
        ("https://dx.doi.org/10.1000%2Fxy", "10.1000/xy"),
        ("https://doi.org/10.1000/xy?utm_source=a&utm_medium=b", "10.1000/xy"),
        ("https://doi-org.proxy.example.edu/10.1000/xy", "10.1000/xy"),
        ("DOI: https://doi.org/10.1000/xy.", "10.1000/xy"),
        ("http://example.org/10", None),
        ("10.1000", None),
    ],
)
def test_dois_in_all_their_dresses(written: str, read_as: str | None) -> None:
    assert read_doi(written) == read_as


@pytest.mark.parametrize(
    ("written", "read_as"),
    [(3.0e7, "30000000"), ("3.0e7", "30000000"), ("12.0", "12"), (12, "12"), ("PMC12", None), ("1e99", None)],
)
def test_pubmed_numbers_that_a_spreadsheet_had(written: object, read_as: str | None) -> None:
    assert read_pmid(written) == read_as
