"""What a question takes for granted, told from what it asks; pure.

"Why does X need labels?" assumes that X needs labels, "X is slow, right?" that it is slow; "Does X need labels?" assumes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|may|might|need)"
_PIECES = re.compile(r"(?<=[.?!])\s+|\s[-–—]\s|;\s|:\s(?=[a-z])")
_OPENING = re.compile(r"^(?:(?:and|so|but|also|then|ok(?:ay)?|well|please|hi|hello)[,\s]+)*", re.IGNORECASE)
_TAG = re.compile(
    rf"(?:,|\s[-–—])\s*(?:right|correct|yes|no|true|{_AUXILIARY}(?:n[’']t)?\s(?:it|they|he|she|that|this|we|you|not))\s*\??$", re.IGNORECASE
)
_POLAR = re.compile(
    rf"^{_AUXILIARY}(?!n[’']t)\b(?!\s+(?:it\s+(?:right|true|correct|so)|(?:you|somebody|someone|anyone|we|i)\b))", re.IGNORECASE
)
_ASKED_LAST = re.compile(
    rf",\s(?:(?:then|and|so)\s)?{_AUXILIARY}(?!n[’']t)\s(?:the|a|an|it|its|they|their|this|that|these|those|one|we|you|i|he|she|any|there|[A-Z])(?=[\w\s-]).*$"
)
"""A yes-or-no question behind a clause: "given that it is small, does it need labels?"."""
_RIGHT = re.compile(r"^is\s+it\s+(?:right|true|correct|so)\s+(?:that\s+)?", re.IGNORECASE)
_ASKS_MORE = re.compile(r"\W*(?:and\s)?(?:why|how|where|what|which)\b", re.IGNORECASE)
_AND_WHY = re.compile(r",?\s(?:and|so|or)\s(?:why|how|what|where|which|by)\b", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:whether|if)\b[^,;.?]*", re.IGNORECASE)
_MEASURE = re.compile(r"\bhow (?:many|much|large|big|small|long|far|often|fast|few|high|low|well|good|close|strong)\b", re.IGNORECASE)
_FIRM = re.compile(
    r"\bwhy\b|\bhow come\b|\bgiven (?:that|how|the fact)\b|\bsince\b|\bbecause\b|\bdespite\b|\bin spite of\b|\beven though\b|\balthough\b|"
    r"\bexplain\w*|\breasons?\b|\bwhat makes\b|\bas\b.*\b(?:found|shows?|says?|paper)\b|\bhow (?:did|does|do|is|was|were|are)\b|"
    r"\bclaims?\b|\bfinds?\b|\bfound\b|\breports?\b|\bproves?\b|\bso\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Assumed:
    """A piece of a question that is taken for granted; ``firm`` where its words say so ("given that", "…, right?", "why")."""

    text: str
    firm: bool


def assumed(question: str) -> list[Assumed]:
    """The pieces of a question that it takes for granted, in order; a plain yes-or-no question is none, nor is what stands behind "if"."""
    pieces = [p.strip() for p in _PIECES.split(question) if p.strip()]
    found = []
    for i, written in enumerate(pieces):
        piece = _OPENING.sub("", written)
        text = _TAG.sub("", piece)
        tagged, right = text != piece, bool(_RIGHT.match(text))
        asked_on = _ASKS_MORE.match(" ".join(pieces[i + 1 :])) or _AND_WHY.search(text)
        if _POLAR.match(text) and not (tagged or right or asked_on):
            continue
        if not (tagged or asked_on):
            text = _ASKED_LAST.sub("", text)
        firm = tagged or right or not piece.endswith("?") or bool(_FIRM.search(text))
        found.append(Assumed(_MEASURE.sub("how", _OPEN.sub("", _RIGHT.sub("", text))), firm))
    return found
