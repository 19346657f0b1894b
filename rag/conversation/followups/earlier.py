"""Which earlier question somebody goes back to; pure.

"back to the first question"          -> the conversation's first question
"going back to methane: who paid?"    -> the last question that was about methane
"""

from __future__ import annotations

import re

from rag.conversation.followups.references import ORDINALS, Past
from rag.text.words import stems

BACK = re.compile(
    r"^(?:(?:let'?s|let us|can we|could we|may we|please|i want to|i'd like to|i would like to|now|then)\s+)*"
    r"(?:(?:(?:go(?:ing)?|get(?:ting)?|come|coming|switch(?:ing)?|jump(?:ing)?)\s+)?(?:back (?:to|on)|return(?:ing)? "
    r"to)|"
    r"(?:(?:earlier|before|previously|above),?\s+)?(?:you|we)\s+(?:(?:had|have|just|also)\s+)?(?:mentioned|cited|"
    r"discussed|listed|named|"
    r"talked about|spoke (?:of|about))|revisiting)\s+",
    re.IGNORECASE,
)
"""Opens a return to what was spoken of before."""
_PHRASE = re.compile(
    r"^(?P<phrase>[^:,;?.]+?)(?:\s+(?:then|again|earlier|before|for a (?:moment|second)))?(?:\s*[:,;?.]|\s[–—-]\s|"
    r"\s*$)\s*"
)
_ASKED = re.compile(
    rf"^(?:the|my|your|our)\s+(?:very\s+)?(?P<which>{'|'.join(ORDINALS)}|last|previous|earlier|original|initial|old)\s+"
    r"(?:question|topic|subject|point|answer|thing|one)$",
    re.IGNORECASE,
)
_FIRST = ("original", "initial", "old")


def earlier(text: str, past: Past) -> tuple[str, str, Past] | None:
    """What a text goes back to, what is asked of it, and the conversation up to then; None if no question was about
    that.

    The first is as the text calls it, "" for a question told by its place.
    """
    opening = _PHRASE.match(text)
    if not opening:
        return None
    phrase, asked = opening["phrase"], text[opening.end() :]
    if told := _ASKED.match(phrase):
        at = _place(told["which"].lower(), len(past.turns))
        return None if at is None else ("", asked, Past(past.turns[: at + 1]))
    words = stems(phrase)
    for n in range(len(past.turns), 0, -1):
        answer = past.turns[n - 1].answer
        if words and words <= stems(answer.standalone_question) | stems(
            " ".join(s.paper.title for s in answer.sources)
        ):
            return phrase, asked, Past(past.turns[:n])
    return None


def _place(which: str, asked: int) -> int | None:
    """The index among so many questions."""
    if which in ORDINALS or which in _FIRST:
        at = 0 if which in _FIRST else ORDINALS.index(which)
        return at if at < asked else None
    at = asked - (1 if which == "last" else 2)
    return at if at >= 0 else None
