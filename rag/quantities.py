"""Numbers in prose, with what they count, so that "25 to 50 minutes", "0.25X", "7 million" and "eight tasks" can be compared; pure.

:func:`quantities` lists the numbers one by one. :func:`amounts` reads what they say together: a range, a bound ("up to", "at least"), a
measure with its unit ("120 ms" is .12 s), a fraction or multiple in words ("a quarter of", "halves", "ten-fold").
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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
    r"(?<![\w.-])(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)|(?P<word>" + "|".join(_WORDS) + r")(?:\b|(?=fold)))"
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


_MEASURES = {
    "ms": ("s", 1e-3), "millisecond": ("s", 1e-3), "s": ("s", 1.0), "sec": ("s", 1.0), "second": ("s", 1.0), "min": ("s", 60.0),
    "minute": ("s", 60.0), "h": ("s", 3600.0), "hr": ("s", 3600.0), "hour": ("s", 3600.0), "day": ("s", 86400.0), "week": ("s", 604800.0),
    "month": ("month", 1.0), "year": ("month", 12.0),
    "hz": ("Hz", 1.0), "khz": ("Hz", 1e3), "mhz": ("Hz", 1e6), "ghz": ("Hz", 1e9), "fps": ("fps", 1.0),
    "nm": ("m", 1e-9), "nanometre": ("m", 1e-9), "nanometer": ("m", 1e-9), "µm": ("m", 1e-6), "μm": ("m", 1e-6),
    "micrometre": ("m", 1e-6), "micrometer": ("m", 1e-6), "mm": ("m", 1e-3), "millimetre": ("m", 1e-3), "millimeter": ("m", 1e-3),
    "cm": ("m", 1e-2), "centimetre": ("m", 1e-2), "centimeter": ("m", 1e-2), "metre": ("m", 1.0), "meter": ("m", 1.0), "km": ("m", 1e3),
    "kilometre": ("m", 1e3), "kilometer": ("m", 1e3),
    "kb": ("B", 1e3), "mb": ("B", 1e6), "gb": ("B", 1e9), "tb": ("B", 1e12), "gigabyte": ("B", 1e9), "megabyte": ("B", 1e6),
    "ng": ("kg", 1e-12), "µg": ("kg", 1e-9), "μg": ("kg", 1e-9), "mcg": ("kg", 1e-9), "microgram": ("kg", 1e-9), "mg": ("kg", 1e-6),
    "milligram": ("kg", 1e-6), "g": ("kg", 1e-3), "gram": ("kg", 1e-3), "kg": ("kg", 1.0), "kilogram": ("kg", 1.0),
    "ml": ("l", 1e-3), "litre": ("l", 1.0), "liter": ("l", 1.0),
    "kpa": ("Pa", 1e3), "mpa": ("Pa", 1e6), "gpa": ("Pa", 1e9), "decade": ("month", 120.0),
    "percentage point": ("points", 1.0), "point": ("points", 1.0), "pp": ("points", 1.0),
}  # fmt: skip
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_BIG = {"dozen": 12, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_IN_WORDS = rf"a (?:hundred|thousand|million|billion|dozen)\b|(?:{_TENS})[- ](?:{_ONES})|"
_IN_WORDS += "|".join(sorted({*_WORDS, *_BIG}, key=len, reverse=True))
_SCALE = r"k|thousand|million|m|billion|b|hundred"
_UNIT = r"\\?%|percentage[ -]points?|percent(?:age)?|per cent|x|×|times|fold|" + "|".join(f"{m}s?" for m in _MEASURES if " " not in m)


def _number(n: int) -> str:
    """The pattern of a number with scale and unit; its groups end in ``n``."""
    return (
        rf"(?:(?P<digits{n}>{_DIGITS})|(?P<word{n}>{_IN_WORDS})(?:\b|(?=fold)))"
        rf"(?:[ -]?(?P<scale{n}>{_SCALE})\b)?(?:[ -]?(?P<unit{n}>\\?%|×|(?:{_UNIT})\b))?"
    )


_AMOUNT = re.compile(
    rf"(?<![\w.-])(?:(?P<change>from )|(?P<between>between ))?{_number(1)}"
    rf"(?:(?:(?<=[\d%xX×])[-–—]|\s?[–—]\s?| to (?:about )?|(?P<and> and )){_number(2)})?(?!\w|\.\d|(?-i:-[A-Z]))",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:(?P<count>a|an|one|two|three)[ -](?P<part>half|third|quarter|fifth|tenth)s?(?=\s(?:of|as|the|fewer|less|more|lower)\b)|"
    r"(?P<half>half|halv(?:e|es|ed|ing))|(?P<two>doubl(?:es|ed|ing)|twofold)|(?P<three>tripl(?:e|es|ed|ing)|threefold)|"
    r"(?P<ten>tenfold|(?:an|one) order of magnitude)|(?P<hundred>two orders of magnitude))\b",
    re.IGNORECASE,
)
_LONG_UNITS = "|".join(m for m in sorted(_MEASURES, key=len, reverse=True) if len(m) > 3)
_HALF_A = re.compile(rf"\bhalf an? (?P<unit>{_LONG_UNITS})\b", re.IGNORECASE)
_MIDDLE_DOT = re.compile(r"(?<=\d)·(?=\d)")
_FOLLOWING = re.compile(r"(?:[ -]+[A-Za-z]+){1,3}")
_PARTS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10}
_MULTIPLES = {"half": 1 / 2, "two": 2.0, "three": 3.0, "ten": 10.0, "hundred": 100.0}
_BEFORE = re.compile(
    r"(?P<most>≤|<=|(?<!go )(?<!goes )(?<!went )(?<!climbs )(?<!climbed )(?<!rises )(?<!rose )(?<!grows )(?<!grew )\bup to|"
    r"\bat most|\bno more than|\bunder|\bbelow|\b(?:less|fewer|smaller|lower|shorter|cheaper|younger) than|"
    r"\bas (?:much|many) as|\ba maximum of)\s*$|"
    r"(?P<least>[≥>]=?|\bat least|\bno (?:less|fewer) than|\b(?:more|larger|greater|higher|longer|bigger|older|taller) than|"
    r"\bexceed(?:s|ing|ed)?|\babove|\bupwards of|\ba minimum of)\s*$|"
    r"(?P<over>\bover|\bbeyond|\bpast)\s*$|(?P<within>\bwithin|\bin)\s*$|"
    r"(?P<about>\babout|\baround|\broughly|\bapproximately|\bnearly|\balmost|\bclose to|\bsome|~)\s*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?:\s?[A-Za-z°]+)?,?\s(?:or|and)\s(?:(?P<least>more|higher|greater|longer|larger|above|upwards)|(?P<most>less|fewer|lower|shorter|smaller|below))"
    r"\b(?!\sthan)(?=\s*(?:[.,;:)]|$|(?:in|on|at|for|to|of|with|when|by|were|was|are|is)\b))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """What a number or range says: all values from ``low`` to ``high`` (equal for a plain number, infinite on one side for a bound).

    ``unit``: "%", "times", "points", a base unit ("s", "m", "Hz", "B", "kg", "Pa", "month", "fps") or ""; ``bound``: the words before it
    that soften or limit it ("up to"), in lower case; ``start``, ``end``: where it stands; ``after``: up to three words behind it, in lower
    case; ``falls``: whether a change is told from the greater to the smaller; ``in_words``: written without digits.
    """

    text: str
    low: float
    high: float
    unit: str
    bound: str
    start: int
    end: int
    after: tuple[str, ...]
    falls: bool = False
    in_words: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high


def amounts(text: str) -> list[Amount]:
    """The amounts of a text in order. "From 58 % to 81 %" gives both numbers and the change; a number inside a name (GPT-4) is none."""
    return [*_amounts(text)]


@lru_cache(maxsize=512)
def _amounts(text: str) -> tuple[Amount, ...]:
    """Kept, for a claim is compared with many sentences, and by several checks."""
    text = _MIDDLE_DOT.sub(".", text)
    found = [_half(match) for match in _HALF_A.finditer(text)]
    found += [_part(m) for m in _PART.finditer(text) if all(m.start() != a.start for a in found)]
    taken = [(a.start, a.end) for a in found]
    for match in _AMOUNT.finditer(text):
        found += [a for a in _read(match) if not any(start < a.end and a.start < end for start, end in taken)]
    return tuple(sorted(found, key=lambda a: (a.start, a.end)))


def _read(match: re.Match[str]) -> Iterator[Amount]:
    group = match.groupdict()
    unit2, scale2 = group["unit2"], group["scale2"]
    if (not group["digits2"] and not group["word2"]) or (group["and"] and not group["between"]):
        yield _plain(match, 1, group["unit1"], group["scale1"])
        if group["digits2"] or group["word2"]:
            yield _plain(match, 2, unit2, scale2)
        return
    first = _plain(match, 1, group["unit1"] or unit2, group["scale1"] or (None if group["unit1"] else scale2))
    last = _plain(match, 2, unit2 or group["unit1"], scale2)
    if group["change"]:
        yield first
        yield last
    low, high = sorted((first.low, last.low))
    text = match.string[match.start("digits1") if group["digits1"] else match.start("word1") : match.end()]
    yield Amount(
        text, low, high, last.unit, "from" if group["change"] else "", match.start(), match.end(), last.after, first.low > last.low
    )


def _plain(match: re.Match[str], n: int, unit: str | None, scale: str | None) -> Amount:
    digits, word = match.group(f"digits{n}"), match.group(f"word{n}")
    start = match.start(f"digits{n}") if digits else match.start(f"word{n}")
    end = max(match.end(f"{name}{n}") for name in ("digits", "word", "scale", "unit"))
    value = float(digits.replace(",", "")) if digits else _in_words(word.lower())
    if scale == "m" and match.string[max(match.start(f"scale{n}") - 1, 0)] == " ":
        scale, unit = None, "metre"  # "within 100 m"; a million is written "7m" or "7M"
    value *= _SCALES.get((scale or "").lower(), 1.0)
    name = re.sub(r"[ -]+", " ", (unit or "").lower())
    if (word or "").lower() in ("twice", "thrice", "double"):
        name = "times"
    base, factor = _MEASURES.get(name) or _MEASURES.get(name.removesuffix("s")) or (_UNITS.get(name, ""), 1.0)
    place = match.start() if n == 1 else start
    limits = _BEFORE.search(match.string[max(place - 40, 0) : place])
    kind, bound = (str(limits.lastgroup), limits.group().strip().lower()) if limits else ("", "")
    if not kind and (behind := _BEHIND.match(match.string, end)):
        kind, bound = ("least", "at least") if behind["least"] else ("most", "at most")
    low = -math.inf if kind == "most" else value * factor
    high = math.inf if kind == "least" else value * factor
    return Amount(match.string[start:end], low, high, base, bound, start, end, _after(match.string, end), in_words=not digits)


def _in_words(word: str) -> float:
    return float(sum(_WORDS.get(w) or _BIG.get(w, 0) for w in re.split("[- ]", word)))


def _part(match: re.Match[str]) -> Amount:
    if match.group("part"):
        value = {"two": 2, "three": 3}.get(match.group("count").lower(), 1) * _PARTS[match.group("part").lower()]
    else:
        value = _MULTIPLES[str(match.lastgroup)]
    after = _after(match.string, match.end())
    return Amount(match.group(), value, value, "times", "", match.start(), match.end(), after, in_words=True)


def _half(match: re.Match[str]) -> Amount:
    """Half of a unit: half an hour is 30 minutes."""
    base, factor = _MEASURES[match.group("unit").lower()]
    after = _after(match.string, match.end())
    return Amount(match.group(), factor / 2, factor / 2, base, "", match.start(), match.end(), after, in_words=True)


def _after(text: str, end: int) -> tuple[str, ...]:
    """Up to three words that follow with no mark but a hyphen between, in lower case."""
    match = _FOLLOWING.match(text, end)
    return tuple(re.findall(r"[a-z]+", match.group().lower())[:3]) if match else ()
