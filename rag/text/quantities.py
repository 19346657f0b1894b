"""Numbers in prose with all that decides which number one is: sign, scale, unit, rate, part to play (a spread, a
bound); pure.

    >>> [(n.value, n.unit.name, n.role) for n in numbers("54 years (SD 9 years)") if n.unit]
    [(54.0, 'time', ''), (9.0, 'time', 'spread')]

Notation is read here and no language: digits and what is written about them in the sciences. Every pattern takes time
in proportion to the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Role = Literal["", "spread", "bound", "chance"]
Comparison = Literal["", "<", ">"]

_SPELLED = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19,
}  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SCALES = {
    "hundred": 1e2,
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "trillion": 1e12,
}
_MINUS = "-‐−–"
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_DIGITS = (
    r"(?P<grouped>[1-9]\d{0,2}(?:[ ,'’]\d{3})+(?!\d)(?:[.·⋅∙]\d+)?)|(?P<comma>\d+,\d+)|(?P<plain>\d+(?:[.·⋅∙]\d+)?|"
    r"(?<![\w.])[.·]\d+)"
)
_WORDS = rf"(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join([*_SPELLED][1:10])}))?|{'|'.join(_SPELLED)}"
_NUMBER = re.compile(
    rf"(?<!\d)(?:{_DIGITS}|(?<![A-Za-z])(?P<word>{_WORDS})(?![A-Za-z]))(?:[ -]?(?P<scale>{'|'.join(_SCALES)})\b)?",
    re.IGNORECASE,
)

_PREFIXES = {
    "p": 1e-12,
    "n": 1e-9,
    "μ": 1e-6,
    "u": 1e-6,
    "mc": 1e-6,
    "m": 1e-3,
    "c": 1e-2,
    "d": 1e-1,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
}
_PREFIXED = {
    "g": "mass", "mol": "substance", "l": "volume", "L": "volume", "Hz": "frequency", "B": "bytes", "W": "power",
    "V": "voltage",
    "J": "energy", "cal": "food energy", "eV": "electronvolts", "Pa": "pressure", "Gy": "absorbed dose", "Sv": "dose",
    "Bq": "activity",
    "M": "concentration", "m": "length", "s": "time", "A": "current", "Da": "daltons", "N": "force",
}  # fmt: skip
_LONG_PREFIXES = {
    "pico": 1e-12,
    "nano": 1e-9,
    "micro": 1e-6,
    "milli": 1e-3,
    "centi": 1e-2,
    "kilo": 1e3,
    "mega": 1e6,
    "giga": 1e9,
}
_LONG = {
    "gram": "mass", "mole": "substance", "liter": "volume", "litre": "volume", "meter": "length", "metre": "length",
    "hertz": "frequency",
    "byte": "bytes", "watt": "power", "volt": "voltage", "joule": "energy", "calorie": "food energy",
    "pascal": "pressure",
    "gray": "absorbed dose", "sievert": "dose", "molar": "concentration", "second": "time",
}  # fmt: skip
_DAY = 86_400.0
_YEAR = 365.25 * _DAY
_TIMES = {
    "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "d": _DAY,
    "day": _DAY,
    "wk": 7 * _DAY, "week": 7 * _DAY, "mo": 30.44 * _DAY, "month": 30.44 * _DAY, "yr": _YEAR, "year": _YEAR, "y": _YEAR,
    "decade": 10 * _YEAR,
}  # fmt: skip
_SINGLE = {
    "mmHg": ("mmHg", 1.0), "ppm": ("parts", 1e-6), "ppb": ("parts", 1e-9), "ppt": ("parts", 1e-12),
    "dB": ("decibels", 1.0),
    "IU": ("units", 1.0), "fps": ("frames a second", 1.0), "bpm": ("beats a minute", 1.0), "USD": ("$", 1.0),
    "EUR": ("€", 1.0),
    "GBP": ("£", 1.0), "dollars": ("$", 1.0), "dollar": ("$", 1.0), "euros": ("€", 1.0), "euro": ("€", 1.0),
    "kg": ("mass", 1e3),
}  # fmt: skip
_CURRENCIES = "$€£¥"
_UNIT = re.compile(
    r" ?-?(?:(?P<share>\\?%|percent(?:age)?\b|per cent\b|pp\b)|(?P<thousandth>‰)|(?P<times>[xX×](?![A-Za-z])|times\b|"
    r"fold\b)"
    r"|° ?(?P<degree>[CFK]\b)?|(?P<money>[€£¥])"
    r"|(?P<name>[A-Za-zμΩ]{1,14})(?P<below>(?:/[A-Za-zμ]{1,8}){0,3})(?![A-Za-z]))"
)
_RATE = re.compile(
    r"(?:[ -]?[A-Za-zμ%\\]{1,14}+(?:/[A-Za-zμ%\\]{1,14}+){0,3}){0,3}?"
    r"(?: (?:per|each|every|an?) |/)(?P<every>second|sec|s|minute|min|hour|hr|h|day|d|week|wk|month|year|"
    r"yr)s?(?![A-Za-z])"
    r"|(?:[ -][A-Za-zμ]{1,14}+){0,2} (?P<adverb>hourly|daily|nightly|weekly|monthly|yearly|annually)\b"
)
_ADVERBS = {
    "hourly": "hour",
    "daily": "day",
    "nightly": "day",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
}
_SHORT = {
    "s": "second",
    "sec": "second",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "wk": "week",
    "yr": "year",
}

_SPREAD = re.compile(
    r"(?:±|\+ ?/ ?[-−]|\+-|\b(?:SDs?|S\.D\.|SEMs?|SEs?|S\.E\.(?:M\.)?|standard (?:deviation|error)s?)(?: of| was|[ "
    r"]?[:=,(])?) ?\(?$",
    re.IGNORECASE,
)
_IN_BRACKETS_BEHIND = re.compile(r"\d ?%? ?\($")
_TOLD_WITH_SPREAD = re.compile(r"\((?:SD|SE|SEM)\)|±\s?SD")
_SIGNED = rf"[{_MINUS}+]?\d*[.·⋅∙]?\d+"
_BOUNDS = re.compile(
    rf"(?:\b(?:CI|CrI|HDI|IQR|intervals?|range)\b[ :=,;(\[]{{0,4}}|[(\[]){_SIGNED} ?%?(?: to | ?[-–;] ?|, ){_SIGNED}"
    r"(?![\d.]*\d)(?=[^(]{0,12}[)\],;.]|$)"
)
_CHANCE = re.compile(
    r"(?<![A-Za-z])[pP](?:_[A-Za-z{}]{1,14}|meta|trend)?(?: ?[-‐]? ?values?)?(?![A-Za-z]) ?"
    r"(?:[=≤≥<>]{1,2}|\\[gl]eq?|(?:[a-z]+ ){0,3}(?:below|under|above|over|than|of)) ?$"
)
_BELOW = re.compile(r"(?:[<≤]=?|\bbelow|\bunder|\b(?:less|smaller|lower|fewer) than) ?$")
_ABOVE = re.compile(r"(?:[>≥]=?|\babove|\bover|\b(?:more|greater|larger|higher) than) ?$")


@dataclass(frozen=True, slots=True)
class Unit:
    """``name``: what is measured ("mass", "time", "%", "€"); ``factor``: how many base units it is; ``below``: what
    stands under a stroke but for time.
    """

    name: str
    factor: float
    below: str = ""


PERCENT = Unit("%", 1.0)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in a text.

    ``text``: with scale and unit, as written (compatibility forms replaced); ``digits``: without them. ``value``:
    scaled, without sign; ``others``: what the same digits may mean besides ("8,4" in a list, "5M" unscaled). ``step``:
    what its last digit is worth. ``sign``: -1, 1, or 0 where none is written. ``every``: the unit of time that it is
    told for. ``role``: "spread" (of a mean), "bound" (of an interval), "chance" (p), else "". ``comparison``: the side
    that it bounds. ``label``: the word that it is joined to, in lower case ("interleukin" of interleukin-6). ``named``:
    part of a name (interleukin-6, 3D). ``spelled``: written in letters.
    """

    text: str
    digits: str
    value: float
    others: tuple[float, ...]
    step: float
    sign: int
    unit: Unit | None
    every: str
    role: Role
    comparison: Comparison
    label: str
    named: bool
    spelled: bool
    start: int
    end: int

    @property
    def values(self) -> tuple[float, ...]:
        return (self.value, *self.others)

    @property
    def whole(self) -> bool:
        return self.value.is_integer()


def normal(text: str) -> str:
    """A text with compatibility forms replaced: one space for all of one line, ₁ as 1, ⁵ as ^5, ℃ as °C."""
    raised = _SUPERSCRIPT.sub(lambda m: "^" + unicodedata.normalize("NFKC", m.group()), text)
    return unicodedata.normalize("NFKC", raised)


@lru_cache(maxsize=512)
def numbers(text: str) -> tuple[Number, ...]:
    """The numbers of a text in order, those in names (GPT-4, D4RL) too: their ``label`` tells them."""
    told = normal(text)
    bounds = {at for match in _BOUNDS.finditer(told) for at in range(*match.span())}
    spread = bool(_TOLD_WITH_SPREAD.search(told))
    return tuple(_number(told, match, bounds, spread=spread) for match in _NUMBER.finditer(told))


def _number(text: str, match: re.Match[str], bounds: set[int], *, spread: bool) -> Number:
    sign, start = _signed(text, match.start())
    value, others, step = _valued(match)
    unit, end = _united(text, match, start)
    before = text[max(0, start - 40) : start]
    found = _RATE.match(text, match.end())
    every = (found["every"] or _ADVERBS[found["adverb"]]) if found else ""
    comparison: Comparison = "<" if _BELOW.search(before) else ">" if _ABOVE.search(before) else ""
    role = _role(before, inside=match.start() in bounds, spread=spread)
    label, spelled = _label(text, match.start()), bool(match["word"])
    every = _SHORT.get(every, every)
    named = bool(label) or (unit is None and text[end : end + 1].isalpha())
    digits = match["grouped"] or match["comma"] or match["plain"] or match["word"]
    return Number(
        text[match.start() : end],
        digits,
        value,
        others,
        step,
        sign,
        unit,
        every,
        role,
        comparison,
        label,
        named,
        spelled,
        start,
        end,
    )


def _signed(text: str, start: int) -> tuple[int, int]:
    """Which sign stands before the digits at ``start``, and where the number begins with it and with a currency."""
    at = start - (start > 0 and text[start - 1] in _CURRENCIES)
    if at and text[at - 1] in _MINUS + "+" and _opens(text, at - 1):
        return (1 if text[at - 1] == "+" else -1), at - 1
    return 0, at


def _opens(text: str, at: int) -> bool:
    """Whether what stands at ``at`` begins something: it is no hyphen of a word, no dash of a range ("1977--80"), no
    exponent's sign.
    """
    before = text[at - 1 : at]
    if before and before in _MINUS:  # "-9.7–-4.9"
        return before != text[at]
    raised = text[max(0, at - 2) : at] in ("^(", "^{")
    return not before or not (raised or before.isalnum() or before in "^)]}%/.'’\"")


def _valued(match: re.Match[str]) -> tuple[float, tuple[float, ...], float]:
    """The value, what else it may be, and what its last digit is worth."""
    scale = _SCALES.get((match["scale"] or "").lower(), 1.0)
    if match["word"]:
        value = float(sum({**_SPELLED, **_TENS}[w] for w in re.split("[- ]", match["word"].lower())))
        return value * scale, (), scale
    digits = re.sub("[·⋅∙]", ".", match["grouped"] or match["plain"] or match["comma"].replace(",", "."))
    if match["grouped"]:
        digits = re.sub("[ ,'’]", "", digits)
    value = float(digits)
    step = 10.0 ** -min(len(digits.partition(".")[2]), 300)
    listed = tuple(map(float, match["comma"].split(","))) if match["comma"] else ()
    letter = match["scale"] and len(match["scale"]) == 1
    return round(value * scale, 9), (*listed, *((value,) if letter else ())), step * scale


def _united(text: str, match: re.Match[str], start: int) -> tuple[Unit | None, int]:
    """The unit behind a number or the currency before it, and where both end."""
    end = match.end()
    if start < match.start() and text[match.start() - 1] in "€£¥":
        return Unit(text[match.start() - 1], 1.0), end
    if (
        text[match.start() - 1 : match.start()] == "$"
        and "$" not in text[max(0, start - 40) : start] + text[end : end + 40]
    ):
        return Unit("$", 1.0), end  # else it opens or closes a formula
    found = _UNIT.match(text, end)
    unit = _unit(found) if found else None
    return unit, found.end() if found and unit else end


def _unit(match: re.Match[str]) -> Unit | None:
    if match["share"]:
        return PERCENT
    if match["times"]:
        return Unit("times", 1.0)
    if match["thousandth"]:
        return Unit("%", 0.1)
    if match["money"]:
        return Unit(match["money"], 1.0)
    if match["name"] is None:
        return Unit(f"°{match['degree']}", 1.0) if match["degree"] else None
    above = _named(match["name"])
    under = [_named(name) for name in match["below"].split("/")[1:] if not _is_time(name)]
    if above is None or None in under:
        return above
    below = [unit for unit in under if unit]
    return Unit(above.name, above.factor / _product(below), "/".join(unit.name for unit in below))


def _is_time(name: str) -> bool:
    """Whether a unit under a stroke is one of time, which :attr:`Number.every` tells."""
    unit = _named(name)
    return unit is not None and unit.name == "time"


def _product(units: list[Unit]) -> float:
    product = 1.0
    for unit in units:
        product *= unit.factor
    return product


def _named(name: str) -> Unit | None:
    """The unit of a name: "mg", "milligrams", "weeks"; None for a word that is none."""
    if name in _SINGLE:
        return Unit(*_SINGLE[name])
    lower = name.lower()
    if seconds := _TIMES.get(lower.removesuffix("s")) or _TIMES.get(lower):
        return Unit("time", seconds) if len(name) > 1 or name in "hdys" else None
    for prefix, factor in {"": 1.0, **_LONG_PREFIXES}.items():
        if lower.startswith(prefix) and (kind := _LONG.get(lower[len(prefix) :].removesuffix("s"))):
            return Unit(kind, factor)
    if name in ("g", "l", "L", "s", "V", "W", "Hz", "Pa", "Gy", "Sv", "eV"):
        return Unit(_PREFIXED[name], 1.0)
    return next(
        (Unit(kind, f) for p, f in _PREFIXES.items() if name.startswith(p) and (kind := _PREFIXED.get(name[len(p) :]))),
        None,
    )


def _role(before: str, *, inside: bool, spread: bool) -> Role:
    if _CHANCE.search(before):
        return "chance"
    if _SPREAD.search(before) or (spread and _IN_BRACKETS_BEHIND.search(before)):
        return "spread"
    return "bound" if inside else ""


_LABEL = re.compile(r"([A-Za-zα-ω]{1,30})(?P<joint>[-‐–]?)$")


def _label(text: str, start: int) -> str:
    """The word that a number is joined to, by a hyphen or directly."""
    match = _LABEL.search(text[max(0, start - 31) : start])
    return match[1].lower() if match else ""


def labelled(text: str) -> Iterator[tuple[str, tuple[float, ...], bool]]:
    """Each word with the number that it has behind it, joined or as the next word; whether they are joined. Lists are
    read through; numbers with a stroke between them stay together.

    >>> sorted(labelled("interleukin-6/-8 on day 3"))
    [('day', (3.0,), False), ('interleukin', (6.0, 8.0), True)]
    """
    told = normal(text)
    for match in _LABELLED.finditer(told):
        for item in _LISTED.split(match["list"]):
            digits = tuple(map(float, re.findall(r"\d+", item)))
            yield match["word"].lower(), digits, match["joint"] in (None, "-", "‐", "–")
    for match in _ROMAN.finditer(told):
        yield match["word"].lower(), (float(_ROMANS[match["digits"]]),), True
    for match in _LABELLED_BEFORE.finditer(told):
        yield match["word"].lower(), (float(match["digits"]),), False


_LISTED = re.compile(r", ?| ?(?:and|or|&) ")
_LABELLED = re.compile(
    r"(?<![A-Za-z])(?P<word>[A-Za-zα-ω]{1,30})(?P<joint>[-‐–( ]|[-‐]?\)[-‐ ]?)?(?P<list>\d{1,9}(?![\d.]*\d)"
    r"(?:(?:/|, ?| ?(?:and|or|&) )[-‐–]?\d{1,9}(?![\d.,]*\d)){0,6})"
)
_ROMANS = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
_ROMAN = re.compile(rf"(?<![A-Za-z])(?P<word>[A-Za-z]{{2,30}})[-‐– ](?P<digits>{'|'.join(_ROMANS)})(?![A-Za-z])")
_LABELLED_BEFORE = re.compile(r"(?<![\d.,/‐–-])(?P<digits>\d{1,9})[-‐– ](?P<word>[A-Za-zα-ω]{1,30}?)s?(?![A-Za-z])")
