"""What must be exact, compared as it stands: the numbers of a claim, its links and markup. No language is judged here;
the reader does that.

    >>> number_problem("It gains 12.5 points over 30 games.", ["It gains 12.5 points."])
    'the number 30 is not in the cited sentence'
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.testimony import speaks_to_its_reader

_NUMBER = re.compile(
    r"(?<!\d)(?P<value>\d{1,3}(?:[, \u202f\u00a0]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:[ -]?(?P<scale>k|m|b|thousand|million|billion)\b)?",
    re.IGNORECASE,
)
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}
_COUNTED = 12
"""Whole numbers up to this may be counted or spelled where the claim has digits; they are the reader's."""
_MARKUP = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s)\]>]+"
    r"|\b(?:(?:java|vb)script:|data:\w+/|mailto:|file:/|www\.)[^\s)\]>]+"
    r"|\b(?:[\w-]+\.)+[a-z]{2,}/[^\s)\]>]*\?[^\s)\]>]*"
    r"|\]\s?\((?=[^\s()]*[a-z/#])[^\s()]*(?:\([^()]*\)[^\s()]*)*\)"  # a link in Markdown; not the ion "[M + K](+)"
    r"|!\["
    r"|</?[a-z][\w-]*(?:\s[^<>]*=[^<>]*|\s*/?)>",  # not "x<y and z>w"
    re.IGNORECASE,
)


def problem(claim: str, cited: Sequence[str], context: str = "") -> str | None:
    """What a claim has that its evidence lacks letter by letter, as a clause for people; None where it lacks nothing.

    Numbers may also stand in ``context``, a title.
    """
    return number_problem(claim, [*cited, context]) or markup_problem(claim, " ".join(cited))


def number_problem(claim: str, texts: Sequence[str]) -> str | None:
    """Says which number in digits no text has; None where there is none."""
    strange = strange_number(claim, texts)
    return f"the number {strange} is not in the cited sentence" if strange else None


def strange_number(claim: str, texts: Sequence[str]) -> str | None:
    """The first number in digits that no text has, however it is grouped or scaled (76K, 1.2 billion), as it is written.

    Those up to twelve may be counted or spelled, so they are left to the reader.
    """
    known = {value for text in texts for match in _NUMBER.finditer(text) for value in _values(match)}
    for match in _NUMBER.finditer(claim):
        values = _values(match)
        named = match.start() > 0 and claim[match.start() - 1].isalpha()  # part of a name: GPT4
        if not named and known.isdisjoint(values) and not (values[0].is_integer() and values[0] <= _COUNTED):
            return match.group("value")
    return None


def _values(match: re.Match[str]) -> tuple[float, ...]:
    """The number as it stands, scaled, and, where blanks group it, what may as well be two numbers."""
    value = float(re.sub(r"[^\d.]", "", match.group("value")))
    scaled = (round(value * _SCALES[match.group("scale").lower()], 6),) if match.group("scale") else ()
    return (value, *scaled, *(map(float, match.group("value").split(" ")) if " " in match.group("value") else ()))


def markup_problem(claim: str, evidence: str) -> str | None:
    """A link, a tag or a piece of a message that the cited sentences have not. A title lends a claim none of these."""
    for found in _MARKUP.finditer(claim):
        if found.group().rstrip(".,;:") not in evidence:
            return "it has a link or a tag that is not in the cited sentence"
    return "it speaks to its reader, which no evidence does" if speaks_to_its_reader(claim) else None
