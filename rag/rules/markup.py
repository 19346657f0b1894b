"""What a claim may have only if the cited sentence has it, letter by letter: an address, a link, a tag, a piece of a message; pure.

A paper's title lends a claim its names; an address in a title lends it nothing.
"""

from __future__ import annotations

import re

from rag.testimony import speaks_to_its_reader

_MARKUP = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s)\]>]+"
    r"|\b(?:(?:java|vb)script:|data:\w+/|mailto:|file:/|www\.)[^\s)\]>]+"
    r"|\b(?:[\w-]+\.)+[a-z]{2,}/[^\s)\]>]*\?[^\s)\]>]*"
    r"|\]\s?\((?=[^\s()]*[a-z/#])[^\s()]*(?:\([^()]*\)[^\s()]*)*\)|!\["  # Markdown's links and pictures; not the ion "[M + K](+)"
    r"|</?[a-z][\w-]*(?:\s[^<>]*=[^<>]*|\s*/?)>",  # not "x<y and z>w"
    re.IGNORECASE,
)


def markup_problem(claim: str, evidence: str) -> str | None:
    """The first such thing that the cited sentences lack, as a clause."""
    for found in _MARKUP.finditer(claim):
        if found.group().rstrip(".,;:") not in evidence:
            return "it has a link or a tag that is not in the cited sentence"
    return "it speaks to its reader, which no evidence does" if speaks_to_its_reader(claim) else None
