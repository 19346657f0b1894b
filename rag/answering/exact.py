"""What must be exact, compared as it stands: the numbers of a claim, its links and markup. No language is judged here;
the reader does that.

    >>> number_problem("It gains 12.5 points over 30 games.", ["It gains 12.5 points."])
    'the number 30 is not in the cited sentence'
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Sequence

from rag.answering.testimony import speaks_to_its_reader
from rag.text.quantities import PERCENT, Number, labelled, numbers

_COUNTED = 12
"""Whole numbers without a unit up to this may be counted or spelled where the claim has digits; they are the reader's.
"""
_TOLD_AS = {
    "spread": re.compile(r"\b(?:SDs?|SEM?|deviations?|errors?)\b|±"),
    "bound": re.compile(r"\b(?:CI|CrI|HDI|IQR|intervals?|rang(?:e|es|ed|ing)|limits?|bounds?|quartiles?|between)\b"),
    "chance": re.compile(r"\b[pP]\b|\b[Pp]-?values?\b|signific|\blevels?\b|\balpha\b|α"),
}
"""By what a claim says that a number is one of these."""
_ROLES = {"spread": "the spread of another", "bound": "a bound of an interval", "chance": "a chance (p)"}
_LEVEL = re.compile(r"\b(?:CI|CrI)\b|interval|confiden")
_SAME_TIME, _SAME = 0.1, 0.005
"""How far two measures may be apart that are told in different units: 12 weeks and 3 months; 1.2 g and 1,200 mg."""
_NEAR = 0.1
"""How far a bound in a claim ("fewer than 700") may be from the number of the evidence (668)."""
_ROUNDED = 0.05
_MOST_STATED, _MOST_KNOWN = 50, 1_000
"""Different numbers of a claim, and of its evidence, that are compared, each with each: no sentence has so many."""
_MARKUP = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,30}://[^\s)\]>]+"
    r"|\b(?:(?:java|vb)script:|data:\w+/|mailto:|file:/|www\.)[^\s)\]>]+"
    r"|\b(?:[\w-]{1,63}\.){1,5}[a-z]{2,30}/[^\s)\]>]{0,300}\?[^\s)\]>]*"
    # a link in Markdown; not the ion "[M + K](+)"
    r"|\]\s?\((?=[^\s()]{0,300}[a-z/#])[^\s()]{0,300}(?:\([^()]{0,99}\)[^\s()]{0,99}){0,5}\)"
    r"|!\["
    r"|</?[a-z][\w-]*(?:\s(?=[^<>=]*=)[^<>]*|\s*/?)>",  # not "x<y and z>w"
    re.IGNORECASE,
)


def problem(claim: str, cited: Sequence[str], context: str = "") -> str | None:
    """What a claim has that its evidence lacks letter by letter, as a clause for people; None where it lacks nothing.

    Numbers may also stand in ``context``, a title.
    """
    return number_problem(claim, [*cited, context]) or markup_problem(claim, " ".join(cited))


def number_problem(claim: str, texts: Sequence[str]) -> str | None:
    """Says which number of a claim no text has, or has with another sign, unit, rate or part to play; None where there
    is none.

    Those in digits are compared; whole ones up to twelve without a unit may be counted, so they are left to the reader.
    """
    known, stated = _known(texts), _stated(claim)
    if len(stated) > _MOST_STATED:
        return f"it has {len(stated)} numbers, too many to be compared"
    for number in stated:
        if wrong := _missing(number, claim, known) or _different(number, claim, known):
            return wrong
    return _label_problem(claim, texts)


def strange_number(claim: str, texts: Sequence[str]) -> str | None:
    """The first number in digits that no text has, however it is grouped, scaled or rounded (76K, 1.2 billion), as it
    is written.
    """
    known = _known(texts)
    return next((n.digits for n in _stated(claim)[:_MOST_STATED] if _missing(n, claim, known)), None)


def _stated(claim: str) -> list[Number]:
    """The numbers in digits that are no part of a name."""
    return _different_ones(n for n in numbers(claim) if not n.named and not n.spelled)


def _known(texts: Sequence[str]) -> list[Number]:
    """The numbers of the evidence; what is beyond the limit counts as not there."""
    return _different_ones(number for text in texts for number in numbers(text))[:_MOST_KNOWN]


def _different_ones(found: Iterable[Number]) -> list[Number]:
    """Each number once, however often it is told, in order; where it stands makes no other of it."""
    kept: dict[Hashable, Number] = {}
    for n in found:
        kept.setdefault((n.digits, n.value, n.sign, n.unit, n.every, n.role, n.comparison), n)
    return list(kept.values())


def _missing(number: Number, claim: str, known: Sequence[Number]) -> str | None:
    if any(_same(number, other) or _converted(number, other) for other in known):
        return None
    if number.whole and (number.value <= 1 or (number.value <= _COUNTED and not number.unit)):
        return None
    if number.value == 95 and _LEVEL.search(claim):  # "the 95% interval", where the evidence has the bounds alone
        return None
    if any(_bounded(number, other) or _share(number, other) for other in known) or _chance(number, known):
        return None
    return f"the number {number.digits} is not in the cited sentence"


def _different(number: Number, claim: str, known: Sequence[Number]) -> str | None:
    """What is otherwise about a number in all places where the evidence has it."""
    if any(_converted(number, other) for other in known):
        return None
    same = [other for other in known if _same(number, other)]
    alike = [other for other in same if _unit_fits(number, other)]
    if same and not alike:
        return f"the cited sentence has {number.digits} in another unit"
    timed = [other for other in alike if not number.every or not other.every or number.every == other.every]
    if alike and not timed:
        return f"the cited sentence has {number.digits} for another time"
    if timed and not any(_sign_fits(number, other) for other in timed):
        return f"the cited sentence has {number.digits} with another sign"
    if timed and number.comparison and all(o.comparison and o.comparison != number.comparison for o in timed):
        return f"the cited sentence has {number.digits} as a bound from the other side"
    return _role_problem(number, claim, timed, known)


def _role_problem(number: Number, claim: str, same: Sequence[Number], known: Sequence[Number]) -> str | None:
    """A spread, a bound or a chance that is told as if it were the thing itself."""
    roles = {other.role for other in same}
    role = next(iter(roles), "")
    if len(roles) != 1 or not role or number.role == role or _TOLD_AS[role].search(claim):
        return None
    bounds = {other.value for other in known if other.role == "bound"}
    if role == "bound" and sum(n.value in bounds for n in numbers(claim)) > 1:  # both of them
        return None
    return f"{number.digits} is {_ROLES[role]} in the cited sentence"


def _label_problem(claim: str, texts: Sequence[str]) -> str | None:
    """A name with another number than the evidence has it with: top-1 for top-5, interleukin-8 for -6."""
    had: dict[str, set[float]] = {}
    joined: set[str] = set()
    for word, told, is_joined in (found for text in texts for found in labelled(text)):
        had.setdefault(word, set()).update(told)
        if is_joined:
            joined.add(word)
    for word, told, is_joined in labelled(claim):
        if len(word) > 1 and (is_joined or word in joined) and word in had and had[word].isdisjoint(told):
            return f"the cited sentence has “{word}” with another number than {told[0]:g}"
    return None


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _same(number: Number, other: Number) -> bool:
    """Whether both are one number, the claim's perhaps with fewer decimals."""
    if any(_close(one, two) for one in number.values for two in other.values):
        return True
    apart = other.value - number.value
    rounded = abs(apart) <= number.step * 0.5001 or 0 <= apart < number.step
    return number.step > 1.5 * other.step and rounded and abs(apart) <= _ROUNDED * other.value


def _converted(number: Number, other: Number) -> bool:
    """Whether both are one measure in two units."""
    if (
        not number.unit
        or not other.unit
        or number.unit.name != other.unit.name
        or number.unit.factor == other.unit.factor
    ):
        return False
    one, two = number.value * number.unit.factor, other.value * other.unit.factor
    return math.isclose(one, two, rel_tol=_SAME_TIME if number.unit.name == "time" else _SAME)


def _unit_fits(number: Number, other: Number) -> bool:
    if not number.unit or not other.unit:
        return True
    strokes = number.unit.below == other.unit.below or not (number.unit.below and other.unit.below)
    return number.unit.name == other.unit.name and _close(number.unit.factor / other.unit.factor, 1) and strokes


def _sign_fits(number: Number, other: Number) -> bool:
    """A sign that the claim writes must be there. One that it leaves out may be in its words ("fell by"), but not of a
    temperature.
    """
    if number.sign:
        return number.sign == other.sign or (number.sign > 0 and not other.sign)
    return other.sign >= 0 or not (number.unit and number.unit.name.startswith("°"))


def _bounded(number: Number, other: Number) -> bool:
    """Whether the claim has a bound that the evidence's number keeps closely."""
    if not _unit_fits(number, other):
        return False
    low, high = sorted((number.value, other.value))
    kept = number.comparison == ("<" if other.value < number.value else ">")
    return kept and high - low <= _NEAR * high


def _share(number: Number, other: Number) -> bool:
    """Whether one is a share of one and the other of a hundred."""
    pairs = ((number, other), (other, number))
    return any(b.unit == PERCENT and not a.unit and _close(a.value * 100, b.value) for a, b in pairs)


def _chance(number: Number, known: Sequence[Number]) -> bool:
    """Whether the claim bounds a chance, and one of the evidence's keeps the bound: "p < .05" where it is .0471."""
    if number.role != "chance" or not number.comparison:
        return False
    chances = [other.value for other in known if other.role == "chance"]
    return any(c <= number.value if number.comparison == "<" else c >= number.value for c in chances)


def markup_problem(claim: str, evidence: str) -> str | None:
    """A link, a tag or a piece of a message that the cited sentences have not. A title lends a claim none of these."""
    for found in _MARKUP.finditer(claim):
        if found.group().rstrip(".,;:") not in evidence:
            return "it has a link or a tag that is not in the cited sentence"
    return "it speaks to its reader, which no evidence does" if speaks_to_its_reader(claim) else None
