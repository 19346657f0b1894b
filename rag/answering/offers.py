"""What kind of thing a sentence offers, by the words that announce it; pure.

For making example questions. Whether a sentence answers is judged by the reader alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_FLAGS = re.IGNORECASE
OFFERS: Mapping[str, re.Pattern[str]] = {
    "number": re.compile(
        r"\d(?:[\d.,]*\d)?\s?(?:\\?%|x\b|k\b|m\b|b\b|times\b|points?\b|tasks\b|hours?\b|minutes?\b|samples\b)?|"
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twice|half|dozen|hundreds?|thousands?|millions?)\b",
        _FLAGS,
    ),
    "reason": re.compile(
        r"\bbecause\b|\bdue to\b|\bsince\b|\bcaus\w+|\bstems? from\b|\bowing\b|\battribut\w+|"
        r"\bresult(?:s|ing) (?:in|from)\b|\blead(?:s|ing)? to\b|\breason\b|\btherefore\b|\bthus\b|"
        r"\bhence\b|"
        r"\bhowever\b|\bproblem\b|\bissue\b|\bchalleng\w+|\bfail\w*|\bsuffer\w*",
        _FLAGS,
    ),
    "method": re.compile(
        r"\bby \w+ing\b|\busing\b|\buses?\b|\bvia\b|\bthrough\b|\bleverag\w+|\bconsists?\b|\bcomprises?\b|"
        r"\bcombin\w+|\bintegrat\w+|"
        r"\bwe (?:propose|introduce|present|develop|design|train|use|employ|adopt|learn|formulate|devise)\b|"
        r"\b(?:key|main|core) (?:idea|principle|insight)\b|\bfirst\b|\bthen\b|\bspecifically\b",
        _FLAGS,
    ),
    "name": re.compile(
        r"\b(?:propose|introduce|present|develop|call(?:ed)?|term(?:ed)?|name(?:d|ly)?|dub(?:bed)?)\b|"
        r"\([A-Z][\w-]*[A-Z][\w-]*\)"
    ),
    "place": re.compile(
        r"\bbenchmarks?\b|\bdata ?sets?\b|\benvironments?\b|\btasks\b|\bdomains\b|\bevaluat\w+|"
        r"\bexperiment\w*|\bvalidat\w+|\btested\b|\bsuite\b|\bdemonstrat\w+|\bon \w*[A-Z][\w-]*[A-Z\d]",
        _FLAGS,
    ),
    "result": re.compile(
        r"\boutperform\w*|\bimprov\w+|\bachiev\w+|\bsurpass\w*|\bsignificant\w*|\bstate-of-the-art\b|\bresults?\b|"
        r"\bshow(?:s|n|ed)?\b|\bdemonstrat\w+|\bfind\b|\bfound\b|\bfindings\b|\bbetter\b|\bhigher\b|\bcompetitive\b|"
        r"\bcomparable\b|\bexceed\w*|\bprove\w*|\bguarantee\w*|\breveal\w*|\bobserve\w*",
        _FLAGS,
    ),
    "link": re.compile(
        r"https?://|\bcode\b|\bproject page\b|\bwebsite\b|\bpublicly available\b|\bopen[- ]sourced?\b|\brelease\b",
        _FLAGS,
    ),
}
_OWN_WORK = re.compile(
    r"\bwe\b|\bour\b|\bthis (?:paper|work|study|survey|article|manuscript|thesis)\b|\bpropos\w+|\bintroduc\w+|"
    r"\bpresent\w*",
    _FLAGS,
)


@lru_cache(maxsize=16_384)
def offers(sentence: str) -> frozenset[str]:
    """The kinds of thing that a sentence holds."""
    return frozenset(kind for kind, pattern in OFFERS.items() if pattern.search(sentence))


@lru_cache(maxsize=16_384)
def is_own_work(sentence: str) -> bool:
    """Whether a sentence speaks of what the paper itself does, not of its background."""
    return bool(_OWN_WORK.search(sentence))
