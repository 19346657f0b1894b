"""What the evidence says of other work, or gives together with another number, and the claim of the paper's own or with this one; pure.

Abstracts begin with what earlier methods do, and compare their own with "baselines that keep everything". A claim about the paper's own
work that has its words from there only is refused; and so is one that puts two numbers together that the evidence keeps apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from rag.quantities import Amount, amounts
from rag.words import content_words, stem, stems

_WORK = (
    r"(?:methods?|approach(?:es)?|algorithms?|works?|models?|techniques?|stud(?:y|ies)|systems?|agents?|solutions?|frameworks?|baselines?|"
    r"alternatives?|learners?|planners?|policies|strategies|literature|practice|pipelines?|competitors?|ones|those)"
)
_EARLIER = (
    r"(?:existing|earlier|previous|prior|conventional|traditional|current|most|many|typical|common|standard|popular|prevalent|recent|past|other|"
    r"classical|state-of-the-art|published|today['’]s)"
)
_OF_OTHERS = re.compile(
    rf"^\W*(?:however,\s|but\s|yet\s|while\s)?"
    r"(?:(?:traditionally|previously|conventionally|typically|commonly|usually|so far|until now|in the past)\b"
    rf"|{_EARLIER}\s(?:[\w-]+\s){{0,4}}?{_WORK}\b)",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    rf"\b(?:than|over|outperform\w*|beat\w*|surpass\w*|exceed\w*|competitive with|unlike|against|compared (?:with|to)|in contrast to|"
    rf"relative to|on par with|ahead of|existing|earlier|previous|prior)\s(?:[\w-]+\s){{0,5}}?{_WORK}\s"
    r"(?P<deed>(?:that|which|who|built|based|using|with|relying|trained|whose)\s[^,;.\n]*)",
    re.IGNORECASE,
)
_UNLIKE = re.compile(rf"\b(?:unlike|in contrast to)\s(?:[\w-]+\s){{0,3}}?{_WORK}\b(?P<deed>[^,;.\n]*)", re.IGNORECASE)
_SETS_APART = re.compile(
    rf"\b(?:unlike|than|rather|instead|contrast|not|no|never|without|neither|nor|replac\w+|avoid\w*|{_EARLIER}|baselines?|others?|while|whereas|"
    r"outperform\w*|beat\w*|surpass\w*|compet\w+|match\w*)\b|n[’']t\b",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[;\n]|[.!?]\s|,?\s(?:but|while|whereas|although|though)\s", re.IGNORECASE)
_SENTENCE = re.compile(r"\n|(?<=[.!?])\s")
_PIECES = re.compile(r",(?!\d)|;|[()\n]|\b(?:and|but|while|whereas|versus|vs|against|compared (?:with|to)|than)\b")
_SETTING = re.compile(r"^\W*(?:at|on|in|with|under|across|using|for|after|during|within)\b[^,]*", re.IGNORECASE)
_LABEL = re.compile(r"(?<![.!?]\s)\b[A-Z][A-Z]+[\w-]*\s$")
_FROM = re.compile(r"\bfrom\s(?:about\s|around\s|some\s)?$", re.IGNORECASE)
_FEW = 2


def belonging_problem(claim: str, evidence: str, title: str = "") -> str | None:
    """The evidence says it of other work than the paper's own, or gives another number there."""
    return _of_others(claim, evidence, title) or _joined(claim, evidence) or _turned_round(claim, evidence)


def _of_others(claim: str, evidence: str, title: str) -> str | None:
    own = _own_name(title)
    opening = frozenset(stem(w) for w in content_words(claim)[:3])
    if not own or not own <= opening or _SETS_APART.search(claim):
        return None
    others = list(_told_of_others(evidence))
    if not others:
        return None
    left = evidence
    for part in others:
        left = left.replace(part, " ")
    said, theirs, ours = stems(claim) - own, stems(" ".join(others)), stems(left)
    borrowed = (said & theirs) - ours
    if len(borrowed) >= _FEW and len(borrowed) > len(said & ours):
        return "the cited sentence says it of other work, not of “" + title.split(":")[0].strip() + "”"
    return None


def _own_name(title: str) -> frozenset[str]:
    """The stems of what stands before a colon in the title, if that is a name of one or two words."""
    before, colon, _ = title.partition(":")
    return stems(before) if colon and len(before.split()) <= 2 else frozenset()


def _told_of_others(evidence: str) -> Iterator[str]:
    """The parts of the evidence that speak of other work."""
    for sentence in _SENTENCE.split(evidence):
        if _OF_OTHERS.match(sentence):
            yield sentence
        else:
            yield from (m.group("deed") for pattern in (_BESIDE, _UNLIKE) for m in pattern.finditer(sentence) if m.group("deed").strip())


def _joined(claim: str, evidence: str) -> str | None:
    """Two numbers stand together in the claim and apart in the evidence, where one of them has another of the same unit beside it."""
    parts = [_numbers(part) for part in _PARTS.split(evidence)]
    sentences = [_numbers(sentence) for sentence in _SENTENCE.split(evidence)]
    for part in _PARTS.split(claim):
        said = [a for a in _numbers(part) if a.plain]
        for one in said:
            for other in said:
                told = parts if one.unit and not _is_setting(one, evidence) else sentences  # "on 12 data sets" may be meant of both halves
                if one.unit != other.unit and (rival := _rival(one, other, told)):
                    return f"the cited sentence gives {rival.text}, not {other.text}, together with {one.text}"
    return None


def _is_setting(amount: Amount, evidence: str) -> bool:
    """Whether a number stands in the opening phrase of a sentence, "at 8x coverage …", which holds for all of it."""
    openings = (_SETTING.match(sentence) for sentence in _SENTENCE.split(evidence))
    return any(_same(a, amount) for m in openings if m for a in amounts(m.group()))


def _rival(one: Amount, other: Amount, told: list[list[Amount]]) -> Amount | None:
    """What the evidence gives in the place of ``other`` where it has ``one``; None if it has both together, or lacks either."""
    with_one = [part for part in told if any(_same(a, one) for a in part)]
    with_other = [part for part in told if any(_same(a, other) for a in part)]
    if not with_one or not with_other or any(part in with_other for part in with_one):
        return None
    rivals = [[a for a in part if a.unit == other.unit and a.plain] for part in with_one]
    return rivals[0][0] if all(rivals) else None


def _numbers(text: str) -> list[Amount]:
    """The amounts of a text but for those in a name ("RTX 3090")."""
    return [a for a in amounts(text) if not _LABEL.search(text[max(a.start - 20, 0) : a.start])]


def _same(a: Amount, b: Amount) -> bool:
    return a.unit == b.unit and any(math.isclose(x, y, rel_tol=1e-6) for x, y in ((a.low, b.low), (a.high, b.high)))


def _turned_round(claim: str, evidence: str) -> str | None:
    """Two numbers of one unit that the claim gives to each other's owner: "A by 60 % and B by 20 %" for "A by 20 % and B by 60 %"."""
    said = [a for a in amounts(claim) if a.plain]
    for sentence in _SENTENCE.split(evidence):
        told = [a for a in amounts(sentence) if a.plain]
        pairs = [(a, b) for i, a in enumerate(said) for b in said[i + 1 :] if a.unit == b.unit and not _same(a, b)]
        for a, b in pairs:
            one, two = (next((t for t in told if _same(t, n)), None) for n in (a, b))
            if (
                one is None
                or two is None
                or any(_changes(text, n) for text, n in ((claim, a), (claim, b), (sentence, one), (sentence, two)))
            ):
                continue
            own, other, its, others = _beside(claim, a, b), _beside(claim, b, a), _beside(sentence, one, two), _beside(sentence, two, one)
            straight = len(own & its - others) + len(other & others - its)
            crossed = own & others - its, other & its - others
            if all(crossed) and len(crossed[0] | crossed[1]) > straight:
                return f"the cited sentence gives {a.text} and {b.text} the other way round"
    return None


def _changes(text: str, amount: Amount) -> bool:
    """Whether a number is told as where a change began."""
    return bool(_FROM.search(text[: amount.start]))


def _beside(text: str, amount: Amount, rival: Amount) -> frozenset[str]:
    """The stems of the piece between commas and "and" that a number stands in, without those beside the rival."""
    breaks = [m.span() for m in _PIECES.finditer(text)]
    start = max((end for _, end in breaks if end <= amount.start), default=0)
    end = min((at for at, _ in breaks if at >= amount.end), default=len(text))
    if start <= rival.start < end:
        start, end = (rival.end, end) if rival.end <= amount.start else (start, rival.start)
    return frozenset(s for s in stems(text[start:end]) if not s[0].isdigit())
