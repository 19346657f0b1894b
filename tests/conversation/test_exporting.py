"""Conversations as Markdown, cited papers as BibTeX."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from rag.conversation.exporting import to_markdown
from rag.library.bibtex import escaped, to_bibtex
from rag.types import Answer, Claim, Paper, Sentence, Source, Timings, Turn, Usage

OTTERS = Paper(
    "OtterNet: Telling 100% of R&D Otters_by {\\em Smell}",
    "A.",
    ("Müller, Ada", "Bo O'Neil", "Sea and Shore Society"),
    2015,
    "Proceedings of the Otter Conference",
    doi="10.1000/otter_1",
)
EPRINT = Paper("On $\\beta$-decay of $O(n^2)$ and a $5 or $6 fee", "A.", ("Ada Müller",), 2020, arxiv_id="2001.00001v2")
JOURNAL = Paper("On Herons", "A.", ("Ada Müller",), 2020, "Heron Letters", "https://x.org/a b{c}", pmid="77")
BARE = Paper("关于水獭", "A.")


def entries(text: str) -> dict[str, dict[str, str]]:
    """The entries of a file by their keys, fields as they stand; fails where braces are not balanced."""
    found: dict[str, dict[str, str]] = {}
    for entry in re.split(r"^(?=@)", text, flags=re.MULTILINE)[1:]:
        head, *lines = entry.strip().splitlines()
        kind, key = re.fullmatch(r"@(\w+)\{([a-z0-9]+),", head).groups()  # type: ignore[union-attr]
        fields = dict(re.fullmatch(r"  (\w+) = \{(.*)\},", line).groups() for line in lines[:-1])  # type: ignore[union-attr, misc]
        for value in fields.values():
            depths = [value[: i + 1].count("{") - value[: i + 1].count("}") for i in range(len(value))]
            assert min(depths, default=0) >= 0
            assert not depths or depths[-1] == 0
        assert key not in found
        found[key] = {"kind": kind, **fields}
    return found


def test_special_characters_are_written_as_tex_writes_them() -> None:
    (entry,) = entries(to_bibtex([OTTERS])).values()
    assert entry["title"] == "{OtterNet}: Telling 100\\% of {R}\\&{D} Otters\\_by Smell"
    assert entry["author"] == "Müller, Ada and Bo O'Neil and {Sea and Shore Society}"
    assert entry["doi"] == "10.1000/otter_1"
    assert (entry["kind"], entry["booktitle"]) == ("inproceedings", "Proceedings of the Otter Conference")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a {b", "a {\\textbraceleft}b"),
        ("a\\ b", "a{\\textbackslash} b"),
        ("~5 # ^2", "5 \\# {\\textasciicircum}2"),
        ("$x_1$ costs 5$", "$x_1$ costs 5\\$"),
        ("$5 and $6", "\\$5 and \\$6"),
        ("$\\input{/etc/passwd}$", "\\${\\textbackslash}input{\\textbraceleft}/etc/passwd{\\textbraceright}\\$"),
        ("$a^^5cinput b$", "\\$a{\\textasciicircum}{\\textasciicircum}5cinput b\\$"),
        ("$\\leq \\delta_1$", "$\\leq \\delta_1$"),
        ("$5 of $x_1$ and $y", "\\$5 of $x_1$ and \\$y"),
        ("($5)-($6) $x_1$", "(\\$5)-(\\$6) $x_1$"),
        ("\x1b[2J zero\u200bwidth", "[2J zerowidth"),
    ],
)
def test_what_would_break_a_field_is_escaped(text: str, written: str) -> None:
    assert escaped(text).strip() == written


@pytest.mark.parametrize(
    "formula",
    [
        "\\InputIfFileExists{x}{}{}", "\\ExplSyntaxOn\\file_input:n{x}", "\\makeatletter\\@input{x}",
        "\\begin{filecontents}{x}\\end{filecontents}", "\\unknown_1", "\\def\\x{y}", "\\url{x}", "}a_1{", "a_1" * 800,
        "\\end{document}", "x\\end{equation}", "\\input x", "a^^5cinput x", "a % b", "a#1", "\\begin{pmatrix} a", "\\end{pmatrix}",
        "\\begin{cases}\\begin{array}\\end{cases}\\end{array}", "\\csname x\\endcsname", "\\char92 x",
    ],
)  # fmt: skip
def test_of_a_formula_only_known_mathematics_is_handed_to_tex(formula: str) -> None:
    written = escaped(f"${formula}$")
    assert "\\$" in written
    assert not set(re.findall(r"\\[A-Za-z@]+", written)) - {
        "\\textbackslash",
        "\\textbraceleft",
        "\\textbraceright",
        "\\textasciicircum",
    }


@pytest.mark.parametrize(
    "formula",
    [
        "O(n\\log n)", "\\frac{a}{b} \\leq \\sqrt[3]{x}", "95\\%\\ \\text{CI}", "\\mathrm{CO}_2",
        "\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}", "\\{x \\mid \\mathbb{E}[x] > 0\\}",
        "\\left( \\sum_{i=1}^{n} x_i \\right)^2", "\\alpha\\!-\\!\\beta", "\\operatorname{argmin}_\\theta",
    ],
)  # fmt: skip
def test_mathematics_stays_as_it_is(formula: str) -> None:
    assert escaped(f"of ${formula}$ it") == f"of ${formula}$ it"


@pytest.mark.parametrize("unit", ["$a", "$ a", "$", "a", "${", "a-", "--"])
def test_many_dollar_signs_are_written_to_the_last(unit: str) -> None:
    """A second; work that grows with the square would take many minutes."""
    assert escaped(f"${(unit * 200_000)[:200_000]} end").endswith("end")


def test_an_eprint_says_so_and_formulas_stay() -> None:
    (entry,) = entries(to_bibtex([EPRINT])).values()
    assert (entry["kind"], entry["eprint"], entry["archivePrefix"]) == ("misc", "2001.00001v2", "arXiv")
    assert entry["title"].startswith("On $\\beta$-decay of $O(n^2)$ and a \\$5 or \\$6 fee")
    assert entry["url"] == "https://arxiv.org/abs/2001.00001v2"


def test_only_known_fields_are_given() -> None:
    (key,) = made = entries(to_bibtex([BARE]))
    assert set(made[key]) == {"kind", "title"}
    (entry,) = entries(to_bibtex([JOURNAL])).values()
    assert (entry["kind"], entry["journal"], entry["pmid"]) == ("article", "Heron Letters", "77")
    assert entry["url"] == "https://x.org/a%20b%7Bc%7D"


def test_keys_are_unique_and_stay_when_papers_follow() -> None:
    papers = [JOURNAL, EPRINT, *(Paper(f"On Herons, part {n}", "A.", ("A. Müller",), 2020) for n in range(30))]
    few, many = list(entries(to_bibtex(papers[:2]))), list(entries(to_bibtex(papers)))
    assert few == ["muller2020herons", "muller2020beta"]
    assert many[:2] == few
    assert many[2:4] == ["muller2020heronsa", "muller2020heronsb"]
    assert len(set(many)) == 32


def turn(question: str, standalone: str, text: str) -> Turn:
    source = Source(1, OTTERS, (Sentence("o", 1, 0, 2, "A."),))
    answer = Answer(
        question,
        "answered",
        text,
        (Claim("A.", ("o:1",), "quoted"),),
        (source,),
        (),
        "extractive",
        None,
        Usage(),
        Timings(0, 0, 0),
        standalone,
    )
    return Turn(datetime(2024, 1, 1, tzinfo=UTC), answer)


def test_markdown_has_questions_answers_and_numbered_sources() -> None:
    told = to_markdown(
        "Otters",
        [turn("What smells?", "What smells?", "A. [1]"), turn("why?", "Why does it smell?", "B. [1]")],
        {1: OTTERS},
    )
    assert told == (
        "# Otters\n\n## What smells?\n\nA. [1]\n\n## why?\n\n*Searched for: Why does it smell?*\n\nB. [1]\n\n## "
        "Sources\n\n"
        "- [1] Müller, Ada, Bo O'Neil, Sea and Shore Society. **OtterNet: Telling 100% of R&amp;D Otters\\_by Smell**. "
        "Proceedings of the Otter Conference. 2015. <https://doi.org/10.1000/otter_1>\n"
    )


def test_nothing_that_was_typed_or_stored_is_markup() -> None:
    evil = Paper("![x](http://e.org/x.png) <b>T</b> *em*", "A.", ("<script>",), url="javascript:alert(1)")
    told = to_markdown("<img>", [turn("a](b) <script>", "q", "A. [1]")], {1: evil})
    assert not re.search(r"<(?!https?:)|(?<!\\)!\[|\]\(|javascript:|(?<!\*)(?<!\\)\*em", told)


def test_numbers_in_brackets_that_were_typed_or_stored_are_none_of_the_markers() -> None:
    evil = Paper("Herons [ 2 ] and 【2】", "A.", ("Ada [1]",), venue="Letters ［3］")
    told = to_markdown("Of [1]", [turn("and [ 2 ]?", "what of 【2】?", "A. [1]")], {1: evil})
    assert re.findall(r"[\[【［]\s*\d\s*[\]】］]", told) == ["[1]", "[1]"]


def test_a_conversation_without_sources_has_no_list_of_them() -> None:
    assert "Sources" not in to_markdown("T", [], {})
