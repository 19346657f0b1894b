"""Differences between what a question assumes and what a sentence says, by denial and by opposites; pure.

Each finder gives candidates: how likely one is a contradiction, and not two texts about different things, is weighed by
:mod:`rag.premise`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from rag.premises.marks import Mark, around, base, following, marks, poles

_WEAK = frozenset(
    base(w)
    for w in """require need use rely depend involve access additional extra explicit have make take necessary suffer do allow paper study
    method approach model propose show find learn train training learning work result performance agent
    know knowing try trying ever""".split()
)
"""Bases that say little about what is denied: the words behind them do."""
_FAILS = re.compile(r"fail|struggl|unable|wrong|worse|problem|hurt")
SPARES = re.compile(
    r"\b(?:avoid\w*|spar(?:e|es|ed|ing)|get(?:s|ting)? (?:around|along without|by without|rid)|bypass\w*|circumvent\w*|sidestep\w*|"
    r"obviat\w*|forgo\w*|"
    r"do(?:es|ing)? (?:away with|without)|eliminat\w*|remov\w*|suppress\w*|flaw\w*|dispens\w*|replac\w*|skip\w*|free[sd]?|"
    r"unnecessary|needless|pointless|drop\w*)\b",
    re.IGNORECASE,
)
"""Words by which a question says itself that something is not there."""
_SPARED = 6
"""Content words behind such a word, or before "avoided", that it can be about."""
_LEAVES_OUT = re.compile(
    r"never|omit|leav|left|exclud|skip|drop|ignor|neglect|refus|discard|abandon|rul|forgo|lack|missing|absent", re.IGNORECASE
)
"""Denials that say more than that something is not so, which is true of nearly everything."""


@dataclass(frozen=True)
class Difference:
    """``told``: what differs, as a clause for a person. ``near``: how many words beside it are the same; ``extra``: a figure of its kind.

    ``focus``: the bases of these words; ``word``: the stem of the assumed word that differs, if it is one.
    """

    kind: str
    told: str
    near: float
    extra: float = 0.0
    focus: frozenset[str] = frozenset()
    word: str = ""


def denied(said: str, sentence: str, name: frozenset[str]) -> Iterator[Difference]:
    """The sentence denies what is assumed. ``name``: the bases of the paper's name, which say nothing about what is denied."""
    mine, theirs = marks(said), marks(sentence)
    here = {m.base for m in mine} - {m.base for m in mine if m.denial} - _spared(said, mine)
    failing = any(_FAILS.match(m.word) for m in mine)
    for denial, reach in _denials(theirs):
        hit = [m for m in reach if m.base in here and m.base not in name]
        if all(m.base in _WEAK for m in reach):  # "no training": only where the question says "training", not "trained"
            hit = [m for m in hit if m.word in {n.word for n in mine}]
        known = {m.base for m in mine if m.base not in here}
        affirmed = {m.base for m in theirs if not m.denial}
        if any(m.base in known for m in reach) or (hit and all(m.base in affirmed for m in hit)):
            continue
        if failing and not any(_FAILS.match(m.word) for m in hit):
            continue  # "fails to reach" is "does not reach"
        if hit and (reach[0].base in here or len(hit) >= 0.6 * len(reach)):
            covered = [m for m in theirs if m.denial == denial and m.clause == hit[0].clause and m.base in here]
            extra = len(hit) / len(reach) + (0.5 if reach[0].base in here else 0.0)
            quoted = _quoted(sentence, denial, covered)
            told = f"the abstract says “{denial}” where the question takes it for granted" + (f": “{quoted}”" if quoted != denial else "")
            yield Difference("denied", told, len(hit), extra, frozenset(m.base for m in hit), hit[0].base)


def _spared(said: str, words: tuple[Mark, ...]) -> frozenset[str]:
    """The bases of what a question itself says is not there."""
    found: set[str] = set()
    for spare in SPARES.finditer(said):
        found.update(m.base for m in [m for m in words if m.at >= spare.end()][:_SPARED])
        if spare.group().lower().endswith(("ed", "less")):
            found.update(m.base for m in [m for m in words if m.at < spare.start()][-_SPARED:])
    return frozenset(found)


def _quoted(text: str, denial: str, covered: Sequence[Mark]) -> str:
    """The text from a denial to the last of the words that it covers, or the other way round."""
    last = max(covered, key=lambda m: m.at)
    start = text.lower().rfind(denial, 0, last.at + len(denial))
    first = min(start, min(m.at for m in covered)) if start >= 0 else min(m.at for m in covered)
    return text[first : max(last.at + len(last.word), start + len(denial))]


def denying(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """What is assumed denies what the sentence says, and no other sentence of the abstract denies it too."""
    mine, theirs = marks(said), marks(sentence)
    shared = {m.base for m in marks(abstract) if m.denial}
    there = {m.base for m in theirs} - {m.base for m in theirs if m.denial}
    for denial, reach in _denials(mine):
        hit = [m for m in reach if m.base in there and m.base not in name]
        if hit and _LEAVES_OUT.match(denial) and not shared.intersection(m.base for m in hit):
            told = f"the question says “{denial} … {hit[0].word}”, the abstract does not deny it"
            yield Difference("denying", told, len(hit), len(hit) / len(reach), frozenset(m.base for m in hit))


def _denials(words: tuple[Mark, ...]) -> Iterator[tuple[str, list[Mark]]]:
    """Each denial with the first words that it denies, weak ones left out where there are others."""
    covered = sorted((m for m in words if m.denial), key=lambda m: (m.clause, m.denied_at))
    for _, group in groupby(covered, key=lambda m: (m.clause, m.denied_at)):
        reach = list(group)
        yield reach[0].denial, [m for m in reach if m.base not in _WEAK and not m.word.endswith("ly")][:4] or reach[:3]


def opposed(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """A word on the one side of a scale is assumed, and the sentence has one of the other side beside the same words.

    Not where the abstract has somewhere the same side beside as many of them.
    """
    mine, theirs = marks(said), marks(sentence)
    for word in mine:
        if word.denial and not word.turned:
            continue  # "doesn't keep growing": denied somehow
        for scale, side in poles(word.word):
            beside = around(mine, word, scale, 6) - name
            if modified := _other_modifier(said, word, scale, side, sentence, abstract):
                yield modified
                continue
            if _says_the_same(word, scale, beside, abstract):
                continue
            other, common = _on_side(theirs, scale, -_turned(word, side), beside, word.base)
            _, agreed = _on_side(marks(abstract), scale, _turned(word, side), beside)
            _, beside_it = _on_side(theirs, scale, _turned(word, side), beside)
            if other and common and len(agreed) <= len(common) and len(beside_it) < len(common):
                told = either(_with_denial(word), _with_denial(other))
                yield Difference("opposed", told, len(common), len(agreed), common, word.base)


def _other_modifier(said: str, word: Mark, scale: str, side: int, sentence: str, abstract: str) -> Difference | None:
    """The sentence has the same thing with the opposite word right before it, and the abstract nowhere with this one: "high advantage"."""
    end = word.at + len(word.word)
    thing = following(marks(said), said, end)
    if not thing or word.denial:
        return None
    for text, wanted in ((abstract, side), (sentence, -side)):
        found = [
            (m, common)
            for m in marks(text)
            if not m.denial and (scale, wanted) in poles(m.word) and (common := thing & following(marks(text), text, m.at + len(m.word)))
        ]
        if wanted == side and found:
            return None
    if not found:
        return None
    other, common = found[0]
    return Difference("opposed", either(word.word, other.word), 3.0 + len(common), 0.0, common, word.base)


def negated(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """A word of the question has a prefix in the sentence, or the other way round, that makes it its opposite: "insensitive"."""
    mine, theirs = marks(said), marks(sentence)
    common = (frozenset(m.base for m in mine) & frozenset(m.base for m in theirs)) - name
    held = {m.base for m in marks(abstract)}
    bare = {_bare(m.word): m for m in reversed(theirs)}
    prefixed = {without: m for m in reversed(theirs) for without in _without_prefix(m.word)}
    for word in mine if common else ():
        other = prefixed.get(_bare(word.word)) or next((bare[w] for w in _without_prefix(word.word) if w in bare), None)
        if other and word.turned == other.turned and word.base not in held:
            yield Difference("opposed", either(_with_denial(word), _with_denial(other)), len(common), 0.0, common, word.base)


def _bare(word: str) -> str:
    return word[:6] if len(word) >= 5 else ""


@lru_cache(maxsize=20_000)
def _without_prefix(word: str) -> tuple[str, ...]:
    """What may stand behind a prefix that makes a word its opposite, six letters of it."""
    return tuple(
        word[len(p) :][:6] for p in ("un", "in", "im", "ir", "non", "dis", "mis") if word.startswith(p) and len(word) >= len(p) + 5
    )


def _says_the_same(word: Mark, scale: str, beside: frozenset[str], abstract: str) -> bool:
    """Whether the abstract has the word itself, denied or not as here, near one of the same words."""
    everywhere = marks(abstract)
    alike = (m for m in everywhere if m.base == word.base and m.turned == word.turned)
    return any(beside & around(everywhere, m, scale, 5) for m in alike)


def _turned(mark: Mark, side: int) -> int:
    return -side if mark.turned else side


def _on_side(words: tuple[Mark, ...], scale: str, side: int, beside: frozenset[str], but: str = "") -> tuple[Mark | None, frozenset[str]]:
    """The word on this side of a scale that has most of ``beside`` around it, and which. ``but``: another word than this one."""
    best: tuple[Mark | None, frozenset[str]] = (None, frozenset())
    for word in words:
        if word.base != but and any(name == scale and _turned(word, its) == side for name, its in poles(word.word)):
            common = beside & around(words, word, scale, 8)
            if best[0] is None or len(common) > len(best[1]):
                best = (word, common)
    return best


def _with_denial(mark: Mark) -> str:
    return f"{mark.denial} {mark.word}" if mark.turned else mark.word


def either(mine: str, theirs: str) -> str:
    return f"the question says “{mine}”, the abstract “{theirs}”"
