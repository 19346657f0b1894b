"""What must be exact, compared as it stands: the numbers of a claim, its links and markup. No language is judged here;
the reader does that.

    >>> number_problem("It gains 12.5 points over 3 games.", ["It gains 12.5 points."])
    'the number 3 is not in the cited sentence'
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.testimony import speaks_to_its_reader

_NUMBER = re.compile(r"(?<![\w.])[+\-−–]?\d+(?:[,\u202f\u00a0 ]\d{3})*(?:\.\d+)?(?![\w]|\.\d)")
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
    """A number in digits that no text has, however it is grouped. Small whole numbers may be counted or spelled, so
    they are left to the reader.
    """
    known = {_value(m.group()) for text in texts for m in _NUMBER.finditer(text)}
    for match in _NUMBER.finditer(claim):
        value = _value(match.group())
        if value not in known and not (value == int(value) and value <= 12):
            return f"the number {match.group().strip()} is not in the cited sentence"
    return None


def markup_problem(claim: str, evidence: str) -> str | None:
    """A link, a tag or a piece of a message that the cited sentences have not. A title lends a claim none of these."""
    for found in _MARKUP.finditer(claim):
        if found.group().rstrip(".,;:") not in evidence:
            return "it has a link or a tag that is not in the cited sentence"
    return "it speaks to its reader, which no evidence does" if speaks_to_its_reader(claim) else None


def _value(number: str) -> float:
    return abs(float(re.sub(r"[^\d.]", "", number)))
