"""Shapes of text that patterns stumble over: something short that is repeated, after an opening and before an end."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    unit: str
    opening: str = ""
    end: str = ""

    def __str__(self) -> str:
        return f"{self.opening}{self.unit * (1 if len(self.unit) > 8 else 3)}…{self.end}".replace("\n", "\\n")

    def of(self, size: int) -> str:
        """The shape in so many characters."""
        inner = max(0, size - len(self.opening) - len(self.end))
        return self.opening + (self.unit * (inner // len(self.unit) + 1))[:inner] + self.end


SHAPES = (
    # one word
    *map(Shape, ("x", "X", "aB", "A1", "0", "9", "é", "方", "_", "-", "a-", "x.", "a/b", "e\u0301")),
    # numbers and what is written about them
    *map(
        Shape,
        ("1 ± ", "1.", "1, ", "1,2", "1 234 ", "-1", "a-1/", "1/2/", "≤ 2.5 ", "95% CI ", "(1 to 2", "(1", "p < "),
    ),
    *map(
        Shape, ("1 mg per ", "IL-6 and ", "SD ", "±", "^", "$1", "٣", "²", "1 mg/", "a 1 and ", "twenty-", "1(", "(1)")
    ),
    # sentences and their ends
    *map(
        Shape,
        (". ", "? ", "...", "a. ", "A. ", "e.g. ", "abc. ", ".)", "1. ", "; and", ", and ", "Methods: ", "? A", ": a"),
    ),
    # space and lines
    *map(Shape, (" ", "\n", "\t", "\r\n", "a\n", " \n", "\u00a0", "a\n\n")),
    # brackets, quotes and markup
    *map(
        Shape,
        (
            "(",
            "()",
            "[",
            "[[]",
            "[1]",
            "[1][1]",
            "[1.",
            "[1,",
            "[ 1 ",
            "【1†",
            "{",
            "{}",
            "<",
            "<a",
            "<b>",
            "<!--",
            "&",
            "&a",
        ),
    ),
    *map(
        Shape,
        (
            '"',
            "'",
            "`",
            "``",
            "`'",
            "“",
            'a" ',
            "**",
            "**a ",
            "__",
            "*",
            "#",
            "## ",
            "- a\n",
            "| ",
            "|a",
            "![",
            "](",
            "===",
        ),
    ),
    # TeX
    *map(Shape, ("\\", "\\a", "\\a ", "\\emph{", "{\\em ", "$", "$a", "$$", "\\(", "\\[a", "~", "%", "\\begin{a}")),
    Shape(" ", "{\\em", "x"),
    Shape("a", "$"),
    # what nobody sees, and addresses
    *map(
        Shape,
        (
            "\u0301",
            "\u200b",
            "\u200f",
            "\u202e",
            "\u00ad",
            "\x00",
            "\ufe0f",
            "https://",
            "http://a. ",
            "www.",
            "10.1234/",
            "@",
            "a@b.",
        ),
    ),
    # English that the rules know
    *map(
        Shape,
        (
            "the ",
            "it ",
            "what ",
            "no, ",
            "the other ",
            "which of ",
            "is the ",
            "and what about ",
            "not but ",
            "A B ",
            "a A ",
        ),
    ),
    *map(
        Shape,
        (
            "the first ",
            "the paper ",
            "this ",
            "as it is ",
            "of the authors of ",
            "more ",
            "ignore all ",
            "system ",
            "2019 ",
        ),
    ),
    # formats
    *map(
        Shape,
        (
            "@article{",
            "@a{b,",
            "TY  - ",
            "%T ",
            "a,b,",
            '{"a":',
            "[{",
            "<a><b>",
            "FN ",
            "<1>\n",
            "PMID- ",
            "title: ",
            '\\"',
        ),
    ),
    # models' replies
    *map(
        Shape,
        (
            "<think>",
            "</think>",
            "<|",
            "<|im_end|>",
            "```",
            '{"sentences": [',
            "1.1-1.9",
            "[1.1]",
            "[1.1, ",
            "According to [1.1] ",
        ),
    ),
)
