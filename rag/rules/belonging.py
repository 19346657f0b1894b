"""What the evidence says of other work, or gives together with another number, and the claim of the paper's own or with this one; pure.

Abstracts begin with what earlier methods do, and compare their own with "baselines that keep everything". A claim about the paper's own work
that has its words from there only is refused; and so is one that puts two numbers together that the evidence keeps apart.
"""

from __future__ import annotations

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
    rf"^\W*(?:however,\s|but\s|yet\s|while\s)?(?:(?:traditionally|previously|conventionally|typically|commonly|usually|so far|until now|in the past)\b"
    rf"|{_EARLIER}\s(?:[\w-]+\s){{0,4}}?{_WORK}\b)",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    rf"\b(?:than|over|outperform\w*|beat\w*|surpass\w*|exceed\w*|competitive with|unlike|against|compared (?:with|to)|in contrast to|relative to|"
    rf"on par with|ahead of|existing|earlier|previous|prior)\s(?:[\w-]+\s){{0,5}}?{_WORK}\s"
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
_FEW = 2


def belonging_problem(claim: str, evidence: str, title: str = "") -> str | None:
    """The evidence says it of other work than the paper's own, or gives another number there."""
    return _of_others(claim, evidence, title) or _joined(claim, evidence)


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
    parts = [amounts(part) for part in _PARTS.split(evidence)]
    sentences = [amounts(sentence) for sentence in _SENTENCE.split(evidence)]
    for part in _PARTS.split(claim):
        said = [a for a in amounts(part) if a.plain]
        for one in said:
            for other in said:
                told = parts if one.unit else sentences  # "on 12 data sets" may be meant of both halves
                if one.unit != other.unit and (rival := _rival(one, other, told)):
                    return f"the cited sentence gives {rival.text}, not {other.text}, together with {one.text}"
    return None


def _rival(one: Amount, other: Amount, told: list[list[Amount]]) -> Amount | None:
    """What the evidence gives in the place of ``other`` where it has ``one``; None if it has both together, or lacks either."""
    with_one = [part for part in told if any(_same(a, one) for a in part)]
    with_other = [part for part in told if any(_same(a, other) for a in part)]
    if not with_one or not with_other or any(part in with_other for part in with_one):
        return None
    rivals = [[a for a in part if a.unit == other.unit and a.plain] for part in with_one]
    return rivals[0][0] if all(rivals) else None


def _same(a: Amount, b: Amount) -> bool:
    return a.unit == b.unit and (abs(a.low - b.low) <= 1e-6 * max(abs(b.low), 1e-12) or abs(a.high - b.high) <= 1e-6 * max(abs(b.high), 1e-12))
