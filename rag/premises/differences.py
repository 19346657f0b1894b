"""Differences between what a question assumes and what a sentence says, by denial, by opposites and by reach; pure.

Each finder gives candidates: how likely one is a contradiction, and not two texts about different things, is weighed by
:mod:`rag.premise`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.premises.marks import DENIES, Mark, around, base, marks, poles
from rag.premises.opposites import exclude_each_other, members

_WEAK = frozenset(
    base(w)
    for w in """require need use rely depend involve access additional extra explicit have make take necessary suffer do allow paper study
    method approach model propose show find learn train training learning work result performance agent""".split()
)
"""Bases that say little about what is denied: the words behind them do."""
_FAILS = re.compile(r"fail|struggl|unable|wrong|worse|problem|hurt")
_ONLY = re.compile(
    r"(?<!-)\b(?:only|solely|exclusively|just|limited to|restricted to|nothing but)\b(?! (?:a |an |about )?[\d.]+)",
    re.IGNORECASE,
)
_ALSO = re.compile(
    r"\b(?:both|and|as well as|not only|also|various|diverse|multiple|including|range|across|two|three|four|five|six|seven|eight|nine|"
    r"ten|\d+)\b",
    re.IGNORECASE,
)
_CLOSE = 30
"""How many characters lie at most between a thing and the word that sets others beside it."""
_WHOLLY = re.compile(r"\b(?:all|every|always|fully|completely|entirely|full|whole|equally|perfectly|essential)\b", re.IGNORECASE)
_PARTLY = re.compile(
    r"\b(?:not (?:always|all|fully|completely|necessarily|every)|may not|might not|subset|some|most|part(?:ly|ial|ially)?|few|varies|vary|"
    r"varying|sometimes|often|limited|fraction|almost|nearly|majority|several|many|certain|rarely|seldom)\b",
    re.IGNORECASE,
)


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
    if any(m.denial for m in mine):
        return
    here, failing = {m.base for m in mine}, any(_FAILS.match(m.word) for m in mine)
    for denial, reach in _denials(theirs):
        hit = [m for m in reach if m.base in here and m.base not in name]
        if failing and not any(_FAILS.match(m.word) for m in hit):
            continue  # "fails to reach" is "does not reach"
        if hit and (reach[0].base in here or len(hit) >= 0.6 * len(reach)):
            covered = [m for m in theirs if m.denial == denial and m.clause == hit[0].clause and m.base in here]
            extra = len(hit) / len(reach) + (0.5 if reach[0].base in here else 0.0)
            told = f"the abstract says “{denial}” where the question takes it for granted: “{_quoted(sentence, denial, covered)}”"
            yield Difference("denied", told, len(hit), extra, frozenset(m.base for m in hit), hit[0].base)


def _quoted(text: str, denial: str, covered: Sequence[Mark]) -> str:
    """The text from a denial to the last of the words that it covers, or the other way round."""
    last = max(covered, key=lambda m: m.at)
    start = text.lower().rfind(denial, 0, last.at + len(denial))
    first = min(start, min(m.at for m in covered)) if start >= 0 else min(m.at for m in covered)
    return text[first : max(last.at + len(last.word), start + len(denial))]


def denying(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """What is assumed denies what the sentence says, and no other sentence of the abstract denies it too."""
    mine, theirs = marks(said), marks(sentence)
    if any(m.denial for m in theirs):
        return
    shared = {m.base for m in marks(abstract) if m.denial}
    there = {m.base for m in theirs}
    for denial, reach in _denials(mine):
        hit = [m for m in reach if m.base in there and m.base not in name]
        if hit and not shared.intersection(m.base for m in hit):
            told = f"the question says “{denial} … {hit[0].word}”, the abstract does not deny it"
            yield Difference("denying", told, len(hit), len(hit) / len(reach), frozenset(m.base for m in hit))


def _denials(words: tuple[Mark, ...]) -> Iterator[tuple[str, list[Mark]]]:
    """Each denial with the first words that it denies, weak ones left out where there are others."""
    covered = sorted((m for m in words if m.denial), key=lambda m: (m.clause, m.denial))
    for (_, denial), group in groupby(covered, key=lambda m: (m.clause, m.denial)):
        reach = list(group)
        yield denial, [m for m in reach if m.base not in _WEAK][:4] or reach[:3]


def opposed(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """A word on the one side of a scale is assumed, and the sentence has one of the other side beside the same words.

    Not where the abstract has somewhere the same side beside as many of them.
    """
    mine, theirs = marks(said), marks(sentence)
    for word in mine:
        for scale, side in poles(word.word):
            beside = around(mine, word, scale, 4) - name
            if _says_the_same(word, scale, beside, abstract):
                continue
            other, common = _on_side(theirs, scale, -_turned(word, side), beside, word.base)
            _, agreed = _on_side(marks(abstract), scale, _turned(word, side), beside)
            if other and common and len(agreed) < len(common):
                told = _two(_with_denial(word), _with_denial(other))
                yield Difference("opposed", told, len(common), len(agreed), common, word.base)


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
            common = beside & around(words, word, scale, 5)
            if best[0] is None or len(common) > len(best[1]):
                best = (word, common)
    return best


def _with_denial(mark: Mark) -> str:
    return f"{mark.denial} {mark.word}" if mark.turned else mark.word


def _two(mine: str, theirs: str) -> str:
    return f"the question says “{mine}”, the abstract “{theirs}”"


def excluded(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """Something is assumed to be of one sort ("on-policy") and is of another in the sentence ("off-policy").

    Not where the abstract has somewhere the same sort beside as many of the same words.
    """
    asked, told, everywhere = list(members(said)), list(members(sentence)), list(members(abstract))
    mine, theirs = marks(said), marks(sentence)
    here, there = {w for w, _, _ in asked}, {w for w, _, _ in told}
    for word, start, end in asked:
        for other, its_start, its_end in told:
            if word in there or other in here or not exclude_each_other(word, other):
                continue
            if _is_denied(said, start) != _is_denied(sentence, its_start):
                continue
            common = _beside(mine, start, end) & _beside(theirs, its_start, its_end) - {base(word), base(other)} - name
            head, its_head = _next(mine, end), _next(theirs, its_end)
            same_head = bool(head) and head == its_head
            apart = bool(head and its_head) and head not in {m.base for m in theirs} and its_head not in {m.base for m in mine}
            agreed = [_beside(marks(abstract), a, b) & common for w, a, b in everywhere if w == word]
            if (common or same_head) and not apart and all(len(a) < len(common) for a in agreed):
                yield Difference(
                    "excluded", _two(said[start:end], sentence[its_start:its_end]), len(common), float(same_head), common, base(word)
                )


def _next(words: tuple[Mark, ...], at: int) -> str:
    """The base of the first word from a place on."""
    return next((m.base for m in words if m.at >= at), "")


def _is_denied(text: str, at: int) -> bool:
    return bool(DENIES.search(text[max(0, at - 25) : at]))


def _beside(words: tuple[Mark, ...], start: int, end: int) -> frozenset[str]:
    """The bases of the words within some 40 characters."""
    return frozenset(m.base for m in words if 0 <= m.at - end <= 45 or 0 <= start - m.at <= 35)


def overstated(said: str, sentence: str, name: frozenset[str]) -> Iterator[Difference]:
    """What the sentence has beside other things is assumed to be the only one; what it has in part, to be all."""
    mine = marks(said)
    there = {m.base: m.at for m in reversed(marks(sentence))}
    also, partly = [m.start() for m in _ALSO.finditer(sentence)], _PARTLY.search(sentence)
    for match in _ONLY.finditer(said) if not _ONLY.search(sentence) else ():
        hit = [m for m in [m for m in mine if m.at >= match.end()][:4] if m.base in there and m.base not in name]
        if any(abs(there[m.base] - at) <= _CLOSE for m in hit for at in also):
            told = f"the question says “{match.group()}”, the abstract does not"
            yield Difference("only", told, len(hit), 0.0, frozenset(m.base for m in hit))
    for match in _WHOLLY.finditer(said) if partly else ():
        if _is_denied(said, match.start()):
            continue
        close = [m for m in mine if m.at >= match.end()][:3] + [m for m in mine if m.at < match.start()][-2:]
        hit = [m for m in close if m.base in there and m.base not in name]
        assert partly is not None
        if hit and not re.search(rf"\b{match.group()}\b", sentence[: partly.start()] + sentence[partly.end() :], re.IGNORECASE):
            before = float(partly.start() <= min(there[m.base] for m in hit))
            yield Difference("all", _two(match.group(), partly.group()), len(hit), before, frozenset(m.base for m in hit))
