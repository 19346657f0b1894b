"""Numbers in prose, with what they count, so that "25 to 50 minutes", "0.25X", "7 million" and "eight tasks" can be compared; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "twice": 2,
    "double": 2, "thrice": 3,
}  # fmt: skip
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "millions": 1e6, "b": 1e9, "billion": 1e9, "billions": 1e9, "hundred": 1e2}
_UNITS = {
    "%": "%",
    "\\%": "%",
    "percent": "%",
    "per cent": "%",
    "percentage": "%",
    "x": "times",
    "×": "times",
    "times": "times",
    "fold": "times",
}
_NUMBER = re.compile(
    r"(?<![\w.-])(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)|(?P<word>" + "|".join(_WORDS) + r"))"
    r"(?P<scale>\s?(?:k|thousand|millions?|m|billions?|b|hundred)\b)?"
    r"(?:\s?-?(?P<unit>\\?%|percent(?:age)?\b|per cent\b|x\b|×|times\b|fold\b))?"
    r"(?P<after>[\s-]*(?:[A-Za-z][\w'-]*\s){0,2}[A-Za-z][\w'-]*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quantity:
    """A number as written (``text``), its value, its unit ("%", "times" or ""), and up to three words after it, in lower case."""

    text: str
    value: float
    unit: str
    after: tuple[str, ...]


def quantities(text: str) -> list[Quantity]:
    """The numbers of a text, in order. A number inside a name (GPT-4, D4RL, Qwen2.5) is not one."""
    found = []
    at = 0
    while match := _NUMBER.search(text, at):
        at = match.start("after") if match.group("after") else match.end()
        if not match.group("digits") or not _inside_name(text, match.end("digits"), match):
            found.append(_quantity(match))
        at = max(at, match.start() + 1)
    return found


def _quantity(match: re.Match[str]) -> Quantity:
    digits, scale, unit = match.group("digits"), (match.group("scale") or "").strip().lower(), (match.group("unit") or "").lower()
    value = float(digits.replace(",", "")) if digits else float(_WORDS[match.group("word").lower()])
    end = match.start("after") if match.group("after") else match.end()
    after = tuple(w.lower() for w in re.findall(r"[A-Za-z]+", match.group("after") or ""))
    return Quantity(match.string[match.start() : end].strip(), value * _SCALES.get(scale, 1.0), _UNITS.get(unit, ""), after)


def _inside_name(text: str, end: int, match: re.Match[str]) -> bool:
    """Whether letters run on right after the digits without being a scale or unit: "3B-parameter" counts, "2D" and "7b1" do not."""
    rest = text[end : end + 1]
    return bool(rest) and (rest.isalpha() or rest == "_") and not match.group("scale") and not match.group("unit")
