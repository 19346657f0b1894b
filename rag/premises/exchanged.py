"""Two things told side by side, and their partners exchanged: "A rises with X and B with Y" assumed, "A with Y and B with X" told; pure.

Where one thing gives way to the other ("and", "whereas", "than"), a half of what is assumed ends and the next begins; so in the sentence.
Told alike, the words that both have stand in the same halves; exchanged, each half has some of both of the other's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from rag.premises.differences import Difference
from rag.premises.marks import base
from rag.words import STOPWORDS

_MIDDLE = re.compile(
    r";|\b(?:and|while|whereas|but|although|though|when|than|instead of|rather than|given that)\b|"
    r"\(\d\)|(?<=%\)),|,(?=[^,;]{0,40}(?:%|\b\d))",
    re.IGNORECASE,
)
"""Where one thing gives way to the other; :data:`_PART` only ends what belongs to it."""
_PART = re.compile(
    r"[,:()](?!\d)|\b(?:despite|because|since|as|if|where|which|seeing|ahead of|only|of the|in the)\b|,?\s(?:how|why|what)\b", re.IGNORECASE
)
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+")
_HYPHENED = re.compile(r"\d+(?:[.,]\d+)*%?(?![^\W_])|[^\W_]+(?:-[^\W_]+)*")
_MINE, _THEIRS = 2, 3
"""How many parts next to each other a half has at most, in what is assumed and in the sentence."""
_LONG = 7
"""How many words a half has at most: longer ones are no two things side by side."""
_LOOSE = frozenset(
    base(w)
    for w in """how why what which does did need use make take get come way one two gain new still even model models method approach learn
    learning train training task tasks paper based language""".split()
)
Halves = tuple[frozenset[str], frozenset[str]]


def exchanged(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """The best exchange of partners between two halves of what is assumed and two of the sentence, not where the abstract has as much
    of them straight. ``near``: how many words stand in the wrong half, 1.5 more for numbers; ``extra``: the share of the halves' words
    that the sentence has.
    """
    best: tuple[float, Difference] | None = None
    there = _words(sentence)
    for mine in _halves(said, _MINE):
        first, second = (half - name - _LOOSE for half in mine)
        if not all(len(half & there) >= 2 and len(half) <= _LONG for half in (first, second)):
            continue
        for theirs in _halves(sentence, _THEIRS):
            cells = [half & other for half in (first, second) for other in theirs]
            if not all(cells):
                continue
            share = sum(map(len, cells)) / len(first | second)
            crossed = min(len(cells[0] | cells[3]), len(cells[1] | cells[2]))
            if share > _straight(first, second, abstract) and (best is None or share + 0.01 * crossed > best[0]):
                numbers = 1.5 * any(all(any(w[0].isdigit() for w in c) for c in pair) for pair in (cells[::3], cells[1:3]))
                words = frozenset[str]().union(*cells)
                best = (share + 0.01 * crossed, Difference("exchanged", _told(said, cells), crossed - 2.0 + numbers, share, words))
    if best:
        yield best[1]


def _straight(first: frozenset[str], second: frozenset[str], abstract: str) -> float:
    """The greatest share of two halves' words that the abstract has in two halves of its own, none in the wrong one."""
    shares = [0.0]
    for one, other in _halves(abstract, _THEIRS):
        for a, b in ((one, other), (other, one)):
            if first & a and second & b and not first & b and not second & a:
                shares.append((len(first & a) + len(second & b)) / len(first | second))
    return max(shares)


@lru_cache(maxsize=2048)
def _halves(text: str, reach: int) -> tuple[Halves, ...]:
    """Neighbouring runs of up to ``reach`` parts, without the words that both have."""
    middles = {m.end() for m in _MIDDLE.finditer(text)}
    cuts = [0, *sorted(middles | {m.end() for m in _PART.finditer(text)}), len(text)]
    kept = [(start in middles, words) for start, end in pairwise(cuts) if (words := _words(text[start:end]))]
    found: list[Halves] = []
    for middle in (n for n, (opens, _) in enumerate(kept) if n and opens):
        for left in range(1, min(reach, middle) + 1):
            for right in range(1, min(reach, len(kept) - middle) + 1):
                one = frozenset[str]().union(*(words for _, words in kept[middle - left : middle]))
                other = frozenset[str]().union(*(words for _, words in kept[middle : middle + right]))
                found.append((one - other, other - one))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=8192)
def _words(text: str) -> frozenset[str]:
    return frozenset(base(w) for w in _TOKEN.findall(text.lower()) if w not in STOPWORDS)


def _told(said: str, cells: Sequence[frozenset[str]]) -> str:
    """``cells``: the words of the question's first half in the sentence's first and second, then those of its second half."""
    same, mine, theirs = (cells[1], cells[0], cells[3]) if any(w[0].isdigit() for w in cells[0]) else (cells[0], cells[1], cells[2])
    one, here, there = (_written(said, max(sorted(c), key=lambda w: (w[0].isdigit(), len(w)))) for c in (same, mine, theirs))
    return f"the question puts “{one}” with “{here}”, the abstract with “{there}”"


def _written(text: str, word: str) -> str:
    """How a text writes the word of this base."""
    return next((w for w in _HYPHENED.findall(text) if word in _words(w) or w == word), word)
