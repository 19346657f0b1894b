"""Answers that travel."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from rag.conversation.answer_files import files_of
from rag.errors import UsageError
from rag.types import Answer, Claim, Details, Paper, Sentence, Source, Timings, Usage

HERONS = Paper(
    "On Herons & <b>Fish",
    "They eat 5% fish_x.",
    ("Ada Lund",),
    2020,
    "Birds",
    doi="10.1/h",
    details=Details(key="lund2020"),
)
OWLS = Paper("On Owls", "They fly.", ("Bo Ek",), 2021)
ANSWER = Answer(
    "What do herons & owls do?",
    "answered",
    "They eat 5% fish_x. [1] They fly. [1][2]\n\n- One. [2]\n- Two &lt;x>.",
    (Claim("They eat 5% fish_x.", ("doi:10.1/h:1",), "quoted"),),
    (
        Source(1, HERONS, (Sentence("doi:10.1/h", 1, 0, 19, "They eat 5% fish_x."),)),
        Source(2, OWLS, (Sentence(OWLS.paper_id, 1, 0, 9, "They fly."),)),
    ),
    (),
    "extractive",
    None,
    Usage(),
    Timings(0, 0, 0),
    "q",
)


def test_markdown_has_the_sentences_under_the_numbers() -> None:
    (text,) = files_of(ANSWER, "a.md").values()
    assert text.startswith("# What do herons &amp; owls do?\n\nThey eat 5% fish_x. [1]")
    assert "[1] **On Herons &amp; &lt;b>Fish** <https://doi.org/10.1/h>\n\n> They eat 5% fish_x." in text
    assert text.endswith("[2] **On Owls**\n\n> They fly.\n")


def test_a_page_is_one_file_in_which_nothing_acts() -> None:
    (text,) = files_of(ANSWER, "a.html").values()
    assert text.startswith("<!doctype html>")
    assert '<sup title="They eat 5% fish_x." style="cursor:help">[1]</sup>' in text
    assert "On Herons &amp; &lt;b&gt;Fish" in text
    assert not re.search(r"<(?:script|link|img)|src=", text)


def test_latex_cites_by_the_keys_of_the_file_beside_it() -> None:
    files = files_of(ANSWER, "out/a.tex")
    assert list(files) == ["out/a.tex", "out/a.bib"]
    text, papers = files.values()
    keys = re.findall(r"@\w+\{([^,]+),", papers)
    assert keys[0] == "lund2020"
    assert f"\nThey eat 5\\% fish\\_x.~\\cite{{lund2020}} They fly.~\\cite{{{','.join(keys)}}}\n" in text
    assert "\\item Two {\\textless}x{\\textgreater}." in text
    assert text.index("\\begin{itemize}") < text.index("\\item One.") < text.index("\\end{itemize}")
    assert "\\section*{What do herons \\& owls do?}" in text
    assert "\\bibliography{a}" in text


def test_pandoc_s_markdown_names_its_bibliography() -> None:
    text, papers = files_of(ANSWER, "a.qmd").values()
    assert text.startswith("---\nbibliography: a.bib\n---\n")
    assert "[@lund2020] They fly. [@lund2020; @ek2021owls]" in text
    assert "@misc{ek2021owls," in papers
    assert "@ek2021owls:\n\n> They fly." in text


def test_an_answer_without_papers_has_no_citations() -> None:
    none = replace(ANSWER, outcome="not_covered", text="Not covered.", claims=(), sources=())
    text, papers = files_of(none, "a.tex").values()
    assert papers == ""
    assert "\\bibliography" not in text


def test_another_suffix_is_refused() -> None:
    with pytest.raises(UsageError, match=r"a\.pdf: no kind of file"):
        files_of(ANSWER, "a.pdf")
