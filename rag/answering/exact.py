"""What must be exact, compared as it stands: the numbers of a claim, its links and markup. No language is judged here; the reader does that.

    >>> number_problem("It gains 12.5 points over 3 games.", ["It gains 12.5 points."])
    'the number 3 is not in the cited sentence'
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.rules.markup import markup_problem

_NUMBER = re.compile(r"(?<![\w.])[+\-−–]?\d+(?:[,\u202f\u00a0 ]\d{3})*(?:\.\d+)?(?![\w]|\.\d)")


def problem(claim: str, cited: Sequence[str], context: str = "") -> str | None:
    """What a claim has that its evidence, or ``context`` (a title), does not have letter by letter, as a clause for people; None where nothing is wrong."""
    return number_problem(claim, [*cited, context]) or markup_problem(claim, " ".join(cited))


def number_problem(claim: str, texts: Sequence[str]) -> str | None:
    """A number written in digits that no text has, however it is grouped. Small whole numbers may be counted or spelled, so they are left to the reader."""
    known = {_value(m.group()) for text in texts for m in _NUMBER.finditer(text)}
    for match in _NUMBER.finditer(claim):
        value = _value(match.group())
        if value not in known and not (value == int(value) and value <= 12):
            return f"the number {match.group().strip()} is not in the cited sentence"
    return None


def _value(number: str) -> float:
    return abs(float(re.sub(r"[^\d.]", "", number)))
