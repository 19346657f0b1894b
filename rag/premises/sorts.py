"""Differences in sort and in reach: "on-policy" assumed and "off-policy" told, "only" for one of several, "all" for some; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.premises.differences import SPARES, Difference, either
from rag.premises.marks import DENIES, STOPS, Mark, base, bases, following, marks
from rag.premises.opposites import exclude_each_other, is_doer, is_of_the_sort, members

_ONLY = re.compile(
    r"(?<!-)(?<!not )\b(?:only|solely|exclusively|just|limited to|restricted to|nothing but)\b(?! (?:a |an |about )?[\d.]+)",
    re.IGNORECASE,
)
_ALSO = re.compile(
    r"\b(?:both|and|as well as|not only|also|arbitrary|any|every|all|various|diverse|multiple|including|range|across|two|three|"
    r"four|five|six|seven|eight|nine|ten|\d+)\b",
    re.IGNORECASE,
)
_CLOSE = 30
"""How many characters lie at most between a thing and the word that sets others beside it."""
_WHOLLY = re.compile(
    r"\b(?:all|every|always|reliably|consistently|invariably|fully|completely|entirely|full|whole|equally|perfectly|essential)\b",
    re.IGNORECASE,
)
_PARTLY = re.compile(
    r"\b(?:not (?:always|all|fully|completely|necessarily|every)|may not|might not|subset|some|most|part(?:ly|ial|ially)?|few|varies|vary|"
    r"varying|sometimes|often|limited|fraction|almost|nearly|majority|several|many|certain|rarely|seldom)\b",
    re.IGNORECASE,
)


Place = tuple[tuple[Mark, ...], str, int]
"""The words of a text, the text, and where in it something ends."""
Member = tuple[str, int, int]


def _has_both(word: str, here: Place, there: Place, other: str, asked: Sequence[Member], told: Sequence[Member]) -> bool:
    """Whether the sentence has the assumed sort as well, or the question that of the sentence: then it counts only that the two stand
    before the same thing, and the sort in common before another.
    """
    follows, its = following(*here), following(*there)
    mine, theirs = here[:2], there[:2]
    return any(is_of_the_sort(word, w) and (not follows & its or follows & following(*theirs, end)) for w, _, end in told) or any(
        is_of_the_sort(other, w) and (not follows & its or its & following(*mine, end)) for w, _, end in asked
    )


def excluded(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """Something is assumed to be of one sort ("on-policy") and is of another in the sentence ("off-policy").

    Not where the abstract has somewhere the same sort beside as many of the same words.
    """
    asked, told, everywhere = list(members(said)), list(members(sentence)), list(members(abstract))
    mine, theirs = marks(said), marks(sentence)
    for word, start, end in asked:
        for other, its_start, its_end in told:
            if not exclude_each_other(word, other):
                continue
            if _has_both(word, (mine, said, end), (theirs, sentence, its_end), other, asked, told):
                continue
            if _is_denied(said, start) != _is_denied(sentence, its_start):
                continue
            common = _beside(mine, start, end) & _beside(theirs, its_start, its_end) - {base(word), base(other)} - name
            head, its_head = _next(mine, said, end), _next(theirs, sentence, its_end)
            same_head = bool(head) and head[:5] == its_head[:5]
            apart = bool(head and its_head) and head not in {m.base for m in theirs} and its_head not in {m.base for m in mine}
            apart = apart and not same_head and not is_doer(word)
            agreed = [_beside(marks(abstract), a, b) & common for w, a, b in everywhere if w == word]
            beside = bases(said) & bases(sentence) - {base(word), base(other)} - name
            if (common or same_head or len(beside) > 1) and not apart and all(len(a) < len(common) for a in agreed):
                yield Difference(
                    "excluded", either(said[start:end], sentence[its_start:its_end]), len(common), float(same_head), common, base(word)
                )


def _next(words: tuple[Mark, ...], text: str, at: int) -> str:
    """The base of the first word from a place on, if no mark stands before it."""
    following = next((m for m in words if m.at >= at), None)
    return following.base if following and not STOPS.search(text[at : following.at]) else ""


def _is_denied(text: str, at: int) -> bool:
    return bool(DENIES.search(text[max(0, at - 25) : at]))


def _beside(words: tuple[Mark, ...], start: int, end: int) -> frozenset[str]:
    """The bases of the words within some 40 characters."""
    return frozenset(m.base for m in words if 0 <= m.at - end <= 45 or 0 <= start - m.at <= 35)


def overstated(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """What the sentence has beside other things is assumed to be the only one; what it has in part, to be all."""
    mine = marks(said)
    there = {m.base: m.at for m in reversed(marks(sentence))}
    also, partly = [m.start() for m in _ALSO.finditer(sentence)], _PARTLY.search(sentence)
    for match in _ONLY.finditer(said) if not _ONLY.search(sentence) else ():
        hit = [m for m in [m for m in mine if m.at >= match.end()][:4] if m.base in there and m.base not in name]
        told_so = {m.base for only in _ONLY.finditer(abstract) for m in [m for m in marks(abstract) if m.at >= only.end()][:5]}
        if any(abs(there[m.base] - at) <= _CLOSE for m in hit for at in also) and not any(m.base in told_so for m in hit):
            told = f"the question says “{match.group()}”, the abstract does not"
            yield Difference("only", told, len(hit), 0.0, frozenset(m.base for m in hit))
    for match in _WHOLLY.finditer(said) if partly else ():
        if _is_denied(said, match.start()) or SPARES.search(said[: match.start()]):
            continue
        close = [m for m in mine if m.at >= match.end()][:3] + [m for m in mine if m.at < match.start()][-2:]
        hit = [m for m in close if m.base in there and m.base not in name]
        assert partly is not None
        if hit and not re.search(rf"\b{match.group()}\b", sentence[: partly.start()] + sentence[partly.end() :], re.IGNORECASE):
            before = 1 / (1 + min(abs(there[m.base] - partly.start()) for m in hit) / _CLOSE)
            yield Difference("all", either(match.group(), partly.group()), len(hit), before, frozenset(m.base for m in hit))
