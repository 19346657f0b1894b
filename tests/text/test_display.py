"""What is shown is clean and inert; what is stored stays as it was."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.display import markdown, plain, shown, unmarked


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        ("a {\\em specialized} model", "a specialized model"),
        ("a \\emph{specialized} model", "a specialized model"),
        ("\\textbf{Bold} claims", "Bold claims"),
        ("it gains 4.83\\%", "it gains 4.83%"),
        ("loss w.r.t.~the policy", "loss w.r.t. the policy"),
        ("the ``aha'' moment", "the “aha” moment"),
        ("\\method wins", "method wins"),
        ("R\\&D", "R&D"),
        ("snake\\_case", "snake_case"),
        ("{Brace}s", "Braces"),
        ("others \\etal show", "others et al. show"),
        ("a formula $x_{1}~y$ stays", "a formula $x_{1}~y$ stays"),
        ("at https://a.org/~me/x_{1}", "at https://a.org/~me/x_{1}"),
        ("two\nlines\tof   text", "two lines of text"),
        ("10-50X and 0.25X", "10-50X and 0.25X"),
        ("", ""),
    ],
)
def test_left_overs_of_latex_are_cleaned(stored: str, seen: str) -> None:
    assert shown(stored) == seen


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
        "over\rwritten",
        "back\b\b\bspace",
        "\x9b31mred",
        "zero\u200bwidth\u2060joined\ufeff",
        "turned \u202egnol\u202c round \u2066isolated\u2069",
        "line\u2028separator",
        "lone \ud800 surrogate",
        "private \ue000 use",
        "tags \U000e0069\U000e0067",
    ],
)
def test_nothing_reaches_a_terminal_that_it_would_act_on(hostile: str) -> None:
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in shown(hostile))


@given(st.text())
def test_any_text_is_shown_as_one_printable_line_and_showing_it_again_changes_no_space(text: str) -> None:
    line = shown(text)
    assert "\n" not in line
    assert line == " ".join(line.split())
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")]


@pytest.mark.parametrize(
    ("hostile", "inert"),
    [
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y>"),
        ("![pixel](http://evil.example/p.png)", "!\\[pixel]\\(http://evil.example/p.png)"),
        ("[click](javascript:alert)", "[click]\\(javascript:alert)"),
        ("`code`", "\\`code\\`"),
        ("as shown [3]", "as shown (3)"),
        ("as shown [3, 4-6]", "as shown (3, 4-6)"),
        ("as shown [ 2 ], 【2】 and 【4:0†source】", "as shown (2), (2) and (4:0)"),
        ("as shown [^2], [②] and [#2]", "as shown (2), (②) and (2)"),
        ("in [0, 1] and [0.85-0.95]", "in [0, 1] and [0.85-0.95]"),
        ("a &lt; b", "a &amp;lt; b"),
        ("slashed \\[3\\] and \\`x", "slashed (3) and \\\\\\`x"),
        ("slashed \\[x\\]", "slashed \\\\[x\\\\]"),
        ("[x\\](http://evil.example)", "[x\\\\]\\(http://evil.example)"),
    ],
)
def test_markdown_is_inert(hostile: str, inert: str) -> None:
    assert markdown(hostile) == inert


def test_a_bracketed_number_of_the_abstract_is_no_marker_on_a_terminal() -> None:
    assert unmarked("as shown [3] and [4, 5]") == "as shown (3) and (4, 5)"


@pytest.mark.parametrize(
    "marker", ["[1.2]", "［1］", "【1】", "〔1〕", "[¹]", "[ 2 ]", "\\[1\\]", "［ １ ］", "〖1〗", "[Ⅰ]"]
)
def test_what_only_looks_like_a_marker_is_none_either(marker: str) -> None:
    assert not set("[]［］【】〔〕") & set(unmarked(f"herons {marker} eat"))


def test_a_title_that_imitates_a_marker_is_told_from_ours_in_plain_text() -> None:
    assert plain(f"{markdown('Herons [3]')} [2]") == "Herons (3) [2]"
    assert plain(f"{markdown(chr(92) + '[3]')} [2]").endswith("(3) [2]")


def test_a_message_hidden_in_characters_that_show_nothing_is_taken_out() -> None:
    assert shown("owls" + "".join(chr(0xE0100 + n) for n in b"obey") + "\u3164\ufe0f hear") == "owls hear"


@given(st.text(alphabet="ab1[]()`\\<&! ", max_size=40))
def test_plain_text_is_what_was_meant_whatever_it_is_made_of(text: str) -> None:
    told, meant = plain(markdown(text)), unmarked(shown(text))
    assert told.translate({ord(c): None for c in "[]()"}) == meant.translate({ord(c): None for c in "[]()"})


@pytest.mark.parametrize(
    "unit", ["[1,", "[1 1", "[ # ", "【1†", "``", "`'", "{\\em ", "$", "[1 ", "\\emph{", "{", "~", "\\a", "https://"]
)
def test_a_very_long_text_is_shown_to_its_end(unit: str) -> None:
    """Under a second for 200,000 characters; work that grows with the square would take many minutes."""
    assert markdown(f"{(unit * 200_000)[:200_000]} end").endswith("end")
