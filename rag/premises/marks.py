"""The words of a text, each with whether it is denied, and on which side of a pair of opposites it stands; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.premises.opposites import POLES
from rag.words import STOPWORDS

BREAK = re.compile(
    r"[;:()\n]|,(?!\d)|\.(?:\s|$)|\b(?:but|while|whereas|although|though|yet|because|since|so that|instead|when|"
    r"and (?:is|are|was|were|can|has|have|does|do|it|they|its))\b",
    re.IGNORECASE,
)
DENIES = re.compile(
    r"\bnot\b(?! (?:only|just|merely|necessarily|as\b))|\bno\b(?! (?:comparison|consensus|study|work|research|evidence)\b|"
    r" longer\b| (?:less|more|fewer|later) than\b)|\bno longer\b|\bnever\b|"
    r"\bcannot\b|\b(?:nobody|no one|nothing)\b|"
    r"\bwithout\b|\bneither\b|\bnor\b|\bnone of\b|\bfail(?:s|ed|ing|ure)? (?:to|of)\b|\brather than\b|\binstead of\b|"
    r"\bunable to\b|\black(?:s|ed|ing)?\b|n[’']t\b|\beliminat\w+|\bremov\w+ the (?:need|requirement)\w*|\bavoid\w* (?:the need|"
    r"any|having|needing)\b|\bavoid\w*(?= (?:[\w-]+ ){1,4}(?:requirement|need|necessity)\w*)|\bneed not\b|\bbypass\w*|\bobviat\w*|"
    r"\bcircumvent\w*|\bsidestep\w*|\bforgo\w*|\bskip(?:s|ped|ping)?\b|\bomit\w*|\bexclud\w+|\bleav\w+ out\b|\bleft out\b|"
    r"\bdrop(?:s|ped|ping)?\b|\bignor\w+|\bneglect\w*|\brefus\w+|\bdispens\w+ with\b|\bwaiv\w+|\bwithhold\w*|\brul\w+ out\b|\babandon\w*|"
    r"\bdiscard\w*|\bbar(?:s|red)\b|\bdevoid of\b|\bindependent(?:ly)? of\b|\bfree (?:of|from)\b",
    re.IGNORECASE,
)
"""Words behind which something is denied; "avoid" alone is none, for what is avoided is often there. Wider than the gate's: what a
question takes for granted is weighed, not refused.
"""
_DENIED_BEFORE = re.compile(
    r"\b(?:(?:is|are|was|were|be|been)\s+(?:not\s+(?:needed|required|necessary|used|involved)|unnecessary|left\s+out|omitted|excluded|"
    r"dropped|skipped|missing|absent|ignored|avoided|eliminated)|left\s+out)\b",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(
    r"\b(?:is|are|was|were)((?:\s+[\w-]+){1,4}?)\s+"
    r"(left out|omitted|excluded|dropped|skipped|missing|absent|ignored|neglected|unnecessary)\b"
)
"""Asked: "why is interpretability left out"."""
_FREE = re.compile(r"\b([A-Za-z]+)-(?:free|agnostic|independent)\b")
_WORD = re.compile(r"[^\W_]+(?:[’'][a-z]+)?")
_KEPT = frozenset("more most all every only few same always never less both single".split())
"""Function words that say how much, and how often."""
_REACH = 6
"""Content words behind a denial that it can deny."""
_DEGREE = re.compile(
    r"\w+ly|significant|clear|real|notable|substantial|further|additional|such|more|much|any|great|large|major", re.IGNORECASE
)
"""Words of degree between a plain denial and the word that it turns into its opposite: "no significant gain"."""
_PLAIN = re.compile(r"not|no|never|cannot|n[’']t|without|neither|nor|no longer", re.IGNORECASE)


STOPS = re.compile(r"[,;:.()]|\b(?:and|or|than|by|to|in|on|with|for|of)\b")
"""What ends the things that a word can modify."""


@dataclass(frozen=True)
class Mark:
    """A word with its :func:`base`, where it stands, the number of its clause, the denial that covers it ("" if none), and where that is.

    ``turned``: whether the denial is a plain one ("not", "no") close before it, so that the word says its opposite.
    """

    word: str
    base: str
    at: int
    clause: int
    denial: str
    denied_at: int
    turned: bool


@lru_cache(maxsize=20_000)
def base(word: str) -> str:
    """Six letters of a word without its ending: "train", "trains", "trained" and "training" are one, and so are "gpu" and "gpus"."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if len(word) - len(ending) >= 4 and word.endswith(ending) and not word.endswith("ss"):
            bare = word[: -len(ending)]
            return (bare[:-1] if bare.endswith("ll") and ending in ("ing", "ed") else bare)[:6]
    return word[:3] if len(word) == 4 and word.endswith("s") and not word.endswith("ss") else word[:6]


def bases(text: str) -> frozenset[str]:
    """The bases of a text's content words."""
    return frozenset(m.base for m in marks(text))


@lru_cache(maxsize=4096)
def marks(text: str) -> tuple[Mark, ...]:
    """The content words of a text."""
    cuts = [0, *(m.end() for m in BREAK.finditer(text)), len(text)]
    found: list[Mark] = []
    for n, (start, end) in enumerate(pairwise(cuts)):
        found += _of_clause(text[start:end], start, n)
    return tuple(found)


def _of_clause(clause: str, start: int, number: int) -> list[Mark]:
    words = [(m.group().lower(), m.start()) for m in _WORD.finditer(clause)]
    words = [(w, at) for w, at in words if w not in STOPWORDS or w in _KEPT]
    denials: dict[int, tuple[str, int]] = {}
    turned: set[int] = set()
    for m in reversed(list(DENIES.finditer(clause))):  # the closest denial is the one that counts
        behind = [at for _, at in words if at >= m.end()][:_REACH]
        turned.update(_turned([(w, at) for w, at in words if at >= m.end()]) if _PLAIN.fullmatch(m.group()) else ())
        for at in behind:
            denials.setdefault(at, (m.group().lower(), m.start()))
    for m in _DENIED_BEFORE.finditer(clause):
        for at in [at for _, at in words if at < m.start()][-5:]:
            denials.setdefault(at, (m.group().lower(), m.start()))
    for m in _LEFT_OUT.finditer(clause):
        for at in [at for _, at in words if m.start(1) <= at < m.end(1)]:
            denials.setdefault(at, (m.group(2).lower(), m.start(2)))
    for m in _FREE.finditer(clause):
        denials.setdefault(m.start(1), (m.group().lower(), m.start()))
    return [Mark(w, base(w), start + at, number, *denials.get(at, ("", 0)), at in turned) for w, at in words]


def _turned(behind: list[tuple[str, int]]) -> list[int]:
    """Where the words stand that a plain denial before them turns: the first, and the next behind one of degree."""
    degree = bool(behind) and _DEGREE.fullmatch(behind[0][0])
    return [at for _, at in behind[: 2 if degree else 1]]


@lru_cache(maxsize=20_000)
def poles(word: str) -> tuple[tuple[str, int], ...]:
    """The pairs of opposites that a word belongs to, with its side: 1 or -1."""
    return tuple((name, 1 if up.match(word) else -1) for name, (up, down) in POLES.items() if up.match(word) or down.match(word))


def around(words: tuple[Mark, ...], mark: Mark, scale: str, reach: int) -> frozenset[str]:
    """The bases of the words within ``reach`` of one, without those that stand on a side of the same scale."""
    at = words.index(mark)
    near = words[max(0, at - reach) : at] + words[at + 1 : at + 1 + reach]
    return frozenset(m.base for m in near if not m.word.isdigit() and all(name != scale for name, _ in poles(m.word)))


def following(words: tuple[Mark, ...], text: str, at: int) -> frozenset[str]:
    """The bases of the two words that a word at this place modifies at most."""
    behind = [m for m in words if m.at >= at][:2]
    return frozenset(m.base for m in behind if not STOPS.search(text[at : m.at]))
