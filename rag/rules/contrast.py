"""What a written sentence says is higher, lower or the same in one thing than in another, held against its evidence; pure.

A contrast has a measure ("mean recovery time"), a direction (up, down, none), and the two that are set side by side, of which one may be
left out. "A lowers X compared with B", "X is lower with A than with B" and "X is higher with B" are the same contrast. The claim's is
compared with those of the evidence that are about the same measure: one that agrees acquits, one that does not is named. Amounts, speed and
worth are compared among themselves only: less pain is better. Made and measured with the comparisons of clinical trials in the data set
evidence-inference (``evals/gate.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rag.words import content_words, stem, stems

_AXES = {
    "amount": (
        r"""higher greater larger bigger longer more increas\w* rais(?:e|es|ed|ing) elevat\w+ rose ris(?:e|es|ing) grew grow(?:s|ing)?
        prolong\w* lengthen\w* doubl(?:es|ed|ing)""",
        r"""lower(?:s|ed|ing)? less fewer smaller shorter reduc\w+ decreas\w* declin\w* diminish\w* shorten\w* cut(?:s|ting)? trim(?:s|med)?
        slash(?:es|ed)? lessen\w* (?:fell|falls?|falling)(?!\sinto) drop(?:s|ped)? halv\w+""",
    ),
    "speed": (r"faster quicker accelerat\w+ speed(?:s|ed)\sup", r"slower slow(?:s|ed)"),
    "worth": (
        r"improv\w+ better enhanc\w+ boost\w* stronger superior benefit(?:s|ed)",
        r"worse\w* weaker inferior impair\w* degrad\w+ deteriorat\w+ harm(?:s|ed) hurts?",
    ),
}
_SIDES_OF = {f"{axis}_{side}": words.split() for axis, pair in _AXES.items() for side, words in zip(("up", "down"), pair, strict=True)}
_WORDS = [word for words in _SIDES_OF.values() for word in words]
_GROUPS = "|".join(f"(?P<{name}>{'|'.join(words)})" for name, words in _SIDES_OF.items())
_DIRECTION = re.compile(rf"\b(?:{_GROUPS})\b", re.IGNORECASE)
_DEGREE = re.compile(r"(?:higher|lower|greater|larger|more|less|smaller|fewer)$", re.IGNORECASE)
_COURSE = re.compile(
    r"(?:increas\w*|decreas\w*|reduc\w*|declin\w*|ris(?:e|es|ing)|drop\w*|fell|falls?|shorten\w*|improv\w+|grow\w*)$", re.IGNORECASE
)
"""With a word of degree beside it, a word of course makes one direction: "the decrease was greater", "decreased less"."""
_TOGETHER = 60
_EFFECT = (
    r"(?:differences?|differentiat\w+|effects?|changes?|impact|influence|benefits?|improvements?|reductions?|increases?|decreases?|"
    r"associations?|correlations?|advantages?|gains?|interactions?)"
)
_ALIKE = r"(?:comparable|similar|equivalent|identical|the same|equal)"
_NONE = re.compile(
    rf"\bno (?:[\w-]+ ){{0,3}}?{_EFFECT}\b|\bwithout (?!them\b|it\b|th\w+\b)(?:[\w-]+ ){{0,2}}?{_EFFECT}\b"
    r"|\bwithout (?:[\w-]+ )?[a-z]{3,}ing\b"
    r"|(?:\bnot\b|n[’']t\b|\bneither\b|\bnever\b)\s(?:[\w-]+ ){0,3}?(?:differ\w*|affect\w*|chang\w*|alter\w*|influenc\w*|"
    rf"associated|correlated|{'|'.join(_WORDS)})\b"
    r"|(?:\bnot\b|n[’']t\b)\s(?:[\w-]+ ){0,5}?significant\w*"
    r"|\bnon-?significant\w*\b|\binsignificant\w*\b|\bunchanged\b|\bunaffected\b"
    rf"|\b{_ALIKE}\b(?=\s(?:in|between|for|across|among|with|at|over|on|to (?:that|those))\b|\W*$)"
    rf"|\b(?:is|are|was|were|be|remain\w*|stay\w*|show\w*|had|have) (?:[\w-]+ )?{_ALIKE}\b(?! to)"
    r"|\b(?:remain|stay|keep|kept|hold|held)\w* (?:[\w-]+ )?(?:constant|flat|stable|steady|fixed)\b"
    r"|(?:\bnot|n[’']t) (?:find|show|observe|detect|report|see)\b|\b(?:was|were|is|are) not (?:seen|observed|found|detected|shown)\b"
    r"|\bno (?:evidence|indication|sign) (?:of|for|that)\b"
    r"|\bon (?:a )?par\b|\bfail(?:s|ed)? to (?:show|improve|reduce|increase|lower|affect|change|demonstrate|detect|find|reach|achieve)\w*",
    re.IGNORECASE,
)
_DENIED = re.compile(r"(?:\b(?:not|never|no longer|hardly)|n[’']t)\s(?:\w+\s)?$", re.IGNORECASE)
_OF_ALL = re.compile(
    r"\bany (?:of the )?(?:[\w-]+ )?(?:outcomes?|measures?|parameters?|variables?|endpoints?|domains?|metrics?)\b", re.IGNORECASE
)
BOUND = re.compile(
    r"\sthan\s(?:\w+\s)?(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|half|an? (?:third|quarter|tenth))", re.IGNORECASE
)
"""Behind a comparative: it limits a number and compares no two things."""
_SIDES = re.compile(
    r"\b(?:than(?!\s(?:\w+\s)?\d)|(?:as )?compared (?:with|to|against)|in comparison (?:with|to)|in contrast to|as opposed to|"
    r"relative to|versus|vs\.?|"
    r"(?:advantages?|improve\w*|benefits?|gain\w*|prefer\w*|superiority) over)\b",
    re.IGNORECASE,
)
_VALUE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_AGAINST = re.compile(
    rf"(?<![\w.-])(?P<first>{_VALUE})\s?(?P<unit>%|[a-zA-Z]+)?(?P<with>(?:\s[\w-]+){{0,6}}?),?\s"
    rf"(?P<by>against|versus|vs\.?|(?:as )?compared (?:with|to))\s(?P<second>{_VALUE})\s?(?P<unit2>%|[a-zA-Z]+)?(?P<behind>[^,;.]*)",
    re.IGNORECASE,
)
OF_A_KIND = re.compile(r"\b(?:at|for|of|on|from|under|between|among|across)\s(?:the\s)?$", re.IGNORECASE)
"""Before an adjective: it tells which, "at larger firms", and not how much."""
_COMPARED = re.compile(rf"{_SIDES.pattern}.*?(?=,|\sand\s|$)", re.IGNORECASE)
_OPENING = re.compile(r"^\W*(?:however,?\s)?(?:(?:as )?compared (?:with|to)|relative to|unlike|in contrast to)\s([^,]+),", re.IGNORECASE)
_PARTS = re.compile(
    r"[;:\n{}]|[.!?](?:\s|$)|,?\s\bas (?=(?:the|its?|they|their)\b)|"
    r",?\s\b(?:but|while|whereas|although|though|yet|however|despite|even though|even if|because|since)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|with|for|among|by|under|on|when|using|after|during|at|of|from|to|between|within)\b", re.IGNORECASE)
_WITH = re.compile(r"\b(?:in|with|for|among|by|under|when|using)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|among|across)\b.*?(?=\bin\b|\bfor\b|$)", re.IGNORECASE)
_PIECE = re.compile(r",\s|\sand\s")
_ASIDE = re.compile(r"\s?[(\[][^()\[\]]*[)\]]")
_SHORT_FORM = re.compile(r"\s?[(\[]([A-Z][\w-]{1,9})[)\]]")
_P_VALUE = re.compile(r",?\s*\b[Pp]\s?[=>]\s?0?[.·](\d+)")
_CHANCE = 0.05
_NO_MEASURE = frozenset(
    stem(w)
    for w in """significant significantly statistically statistical difference differ effect change mean median average level levels rate
    rates score scores value values result results group groups arm patient patients participant study compared comparison versus baseline
    treatment than more less most least respectively overall total number proportion percentage increase decrease reduction improvement show
    find observe report higher lower method model models approach task tasks agent agents performance achieve reach significance""".split()
)
_NO_SIDE = frozenset(
    stem(w) for w in "use used using need require take get group patient study arm subject participant show time times".split()
)
Sign = Literal[-1, 0, 1]


@dataclass(frozen=True)
class Clash:
    """The words that tell the direction in claim and evidence; ``turned``: both the same, and the two sides exchanged."""

    said: str
    told: str
    turned: bool


@dataclass(frozen=True)
class _Contrast:
    """``measure``: stems of what is higher or lower, of all that is measured if None; ``one``: of what it is so in; ``other``: of what
    that is compared with; ``whole``: of the part of the sentence. ``word``: what tells the direction.
    """

    word: str
    axis: str
    sign: Sign
    measure: frozenset[str] | None
    one: frozenset[str]
    other: frozenset[str]
    whole: frozenset[str]


def contrast_problem(claim: str, evidence: str) -> str | None:
    """The claim has a measure higher, lower or the same where the evidence has it otherwise."""
    clash = contrast_clash(claim, evidence)
    if clash is None:
        return None
    if clash.turned:
        return "the cited sentence tells the comparison the other way round"
    return f"the cited sentence says “{clash.told}”, not “{clash.said}”"


def contrast_clash(claim: str, evidence: str) -> Clash | None:
    """The first contrast of the claim that the evidence has otherwise, and nowhere as the claim has it."""
    told = _contrasts(evidence)
    return next((clash for said in _contrasts(claim) if (clash := _clash(said, told))), None)


def contrast_agrees(claim: str, evidence: str) -> Sequence[int]:
    """The directions (-1, 0, 1) of the claim's contrasts if the evidence has all of them, in the same words or seen from the other side."""
    told = _contrasts(evidence)
    said = [s for s in _contrasts(claim) if s.measure]
    if not all(any(_agreement(s, t) for t in told) for s in said):
        return ()
    return tuple(s.sign for s in said)


def _clash(said: _Contrast, told: Sequence[_Contrast]) -> Clash | None:
    verdicts = [(t, _agreement(said, t)) for t in told]
    wrong = next((t for t, agrees in verdicts if agrees is False), None)
    if wrong is None or any(agrees for _, agrees in verdicts):
        return None
    return Clash(said.word, wrong.word, said.sign != 0 and said.sign == wrong.sign)


def _agreement(said: _Contrast, told: _Contrast) -> bool | None:
    """Whether two contrasts say the same; None if they may be about different things."""
    if said.measure is None or not said.measure:
        return None
    shared = said.measure if told.measure is None else said.measure & told.measure
    if not shared or len(shared) < min(2, len(said.measure), len(told.measure or shared)):
        return None
    if 0 in (said.sign, told.sign):
        if said.sign == told.sign:
            return True
        return False if told.sign == 0 or told.other or said.other & told.whole else None
    side = _side(said, told, shared) if said.axis == told.axis else None
    return None if side is None else said.sign == side * told.sign


def _side(said: _Contrast, told: _Contrast, shared: frozenset[str]) -> Literal[-1, 1] | None:
    """1 if both set the same beside the same, -1 if they do so the other way round; None if that cannot be told."""
    one, other, first, second = (side - shared - _NO_SIDE for side in (said.one, said.other, told.one, told.other))
    same = len((one & first) - second - other) + len((other & second) - first - one)
    turned = len((one & second) - first - other) + len((other & first) - second - one)
    if same == turned:
        alone = not (other or second) and not (one and first)
        return 1 if alone and not same else None
    return 1 if same > turned else -1


# From text to contrasts


@lru_cache(maxsize=256)
def _contrasts(text: str) -> tuple[_Contrast, ...]:
    """All contrasts of a text; several checks read the same claim and evidence."""
    plain = _P_VALUE.sub(_by_chance, _ASIDE.sub(_by_chance, _SHORT_FORM.sub(r" \1", text)))
    told: list[_Contrast] = []
    before: list[_Contrast] = []
    for part in _PARTS.split(plain):
        found = list(_of_part(part)) if part.strip() else []
        if len(found) == 1 and found[0].sign == 0 and found[0].measure == frozenset():  # "but the difference was not significant"
            before = [replace(c, sign=0, word=found[0].word, measure=c.measure and c.measure | c.one) for c in before]
            continue
        told += before
        before = found
    return (*told, *before)


def _of_numbers(part: str) -> Iterator[_Contrast]:
    """Which of two numbers is the greater says the same as a word: "its error is 1.62 %, against 1.59 % for B"."""
    for match in _AGAINST.finditer(part):
        first, second = (float(match[name].replace(",", "")) for name in ("first", "second"))
        if first == second or (match["unit"] and match["unit2"] and match["unit"] != match["unit2"]):
            continue
        before = part[: match.start()]
        one = _stems(f"{before} {match['with']}")
        told = f"{match['first']} {match['by']} {match['second']}"
        measure = _stems(before) - _NO_MEASURE
        yield _Contrast(told, "amount", 1 if first > second else -1, measure, one, _stems(match["behind"]), stems(part))


def _by_chance(aside: re.Match[str]) -> str:
    """What an aside is replaced by: nothing, or what its P-values say if they are all too large."""
    found = [float(f"0.{m}") for m in _P_VALUE.findall(aside.group())]
    by_chance = bool(found) and min(found) > _CHANCE
    return " non-significant" if by_chance or aside.group().strip(" ([])") == "NS" else ""


def _of_part(part: str) -> Iterator[_Contrast]:
    """The contrasts between two breaks of a sentence."""
    opening = _OPENING.match(part)
    other = _stems(opening.group(1)) if opening else frozenset()
    rest = part[opening.end() :] if opening else part
    yield from _of_numbers(rest)
    none = _NONE.search(rest)
    if none is None:
        yield from _directed(rest, other)
        return
    if _DENIED.search(rest[: none.start()]):
        return  # "not the same" says nothing of how
    if none.group().lower().startswith("without"):
        yield from _directed(rest[: none.start()], other)
        measured = _stems(_PIECE.split(rest[none.end() :])[0]) - _NO_MEASURE
        yield _Contrast(none.group().lower(), "", 0, measured, frozenset(), other, stems(rest))
        return
    pieces = _PIECE.split(rest)
    moving = [p for p in pieces if _DIRECTION.search(p) and not _NONE.search(p)]
    left = _around(none, pieces, moving)
    measure = None if _OF_ALL.search(left) else _stems(left) - _NO_MEASURE
    if measure == frozenset() and moving:  # "although it was higher, the difference was not significant"
        measure = _stems(" ".join(moving)) - _NO_MEASURE
    else:
        for piece in moving:
            yield from _directed(piece, other)
    yield _Contrast(none.group().lower(), "", 0, measure, frozenset(), other, stems(rest))


def _around(none: re.Match[str], pieces: Sequence[str], moving: Sequence[str]) -> str:
    """The pieces next to a denial, as far as none of them has a direction of its own, without the words of denial."""
    here = next((i for i, p in enumerate(pieces) if _NONE.search(p)), 0)
    first = next((i + 1 for i in range(here, -1, -1) if pieces[i] in moving), 0)
    last = next((i for i in range(here, len(pieces)) if pieces[i] in moving), len(pieces))
    return _BETWEEN.sub(" ", " ".join(pieces[first:last]).replace(none.group(), " "))


def _directed(text: str, other: frozenset[str]) -> Iterator[_Contrast]:
    found = _DIRECTION.finditer(text)
    moves = [m for m in found if not BOUND.match(text, m.end()) and not OF_A_KIND.search(text, max(m.start() - 12, 0), m.start())]
    skipped = -1
    for i, move in enumerate(moves):
        if i == skipped:
            continue
        axis, sign, last = *_sense(move), move
        following = moves[i + 1] if i + 1 < len(moves) else None
        if following and _is_one(text, move, following):
            degree, course = (move, following) if _DEGREE.match(move.group()) else (following, move)
            axis, sign = _sense(course)
            sign = 1 if sign == _sense(degree)[1] else -1
            skipped, last = i + 1, following
        start = moves[i - 1].end() if i else 0
        end = next((m.start() for m in moves if m.start() > last.start()), len(text))
        between = "" if last is move else text[move.end() : last.start()]
        word = text[move.start() : last.end()] if len(between) < 3 else move.group()
        said = _Contrast(word.lower(), axis, sign, None, frozenset(), frozenset(), stems(text))
        yield _filled(said, text[:start], f"{text[start : move.start()]} {between}", text[last.end() : end], text[end:], other)


def _sense(move: re.Match[str]) -> tuple[str, Sign]:
    axis, _, side = (move.lastgroup or "").partition("_")
    return axis, 1 if side == "up" else -1


def _is_one(text: str, move: re.Match[str], following: re.Match[str]) -> bool:
    """Whether two words tell one direction: "a greater decrease", "the decrease in pain was greater"."""
    between = text[move.end() : following.start()]
    pair = (move.group(), following.group())
    if _DEGREE.match(pair[0]) and _COURSE.match(pair[1]):
        return bool(re.fullmatch(r"\s(?:[\w-]+\s)?", between))
    joins = re.search(r"\b(?:was|were|is|are|be)\s(?:\w+ly\s)?$|^\s(?:\w+ly\s)?$", between)
    return bool(_COURSE.match(pair[0]) and _DEGREE.match(pair[1]) and joins and len(between) <= _TOGETHER)


def _filled(said: _Contrast, far: str, before: str, behind: str, beyond: str, other: frozenset[str]) -> _Contrast:
    """With the measure and the two sides, from what stands around the direction: ``before`` and ``behind`` are next to it."""
    sides = _SIDES.search(behind)
    if sides:
        behind, other = behind[: sides.start()], other or _stems(re.split(r",\s", behind[sides.end() :])[0])
    elif not other and (late := _SIDES.search(beyond) or _SIDES.search(before) or _SIDES.search(far)):
        other = _stems(re.split(r",\s|\sand\s", late.string[late.end() :])[0])
    far, before = _COMPARED.sub(" ", far), _COMPARED.sub(" ", before)
    place = _PLACE.search(behind)
    leading = behind[: place.start()] if place else ""
    if place and place.group().lower() in ("of", "in") and leading.strip() and not _stems(leading) - _NO_MEASURE:
        place = _PLACE.search(behind, place.end())  # "lower rates of eczema"
    thing = behind[: place.start()] if place else behind
    if found := _stems(thing) - _NO_MEASURE:  # "A lowers X in B", "A has a lower X than B"
        of = place.group().lower() if place else ""
        where = _stems(behind[place.start() :]) if place and of in ("of", "in") else frozenset()
        return replace(said, measure=found | where if of == "of" else found, one=_stems(f"{far} {before}") | where, other=other)
    measure = _stems(before) - _NO_MEASURE or _stems(far) - _NO_MEASURE
    one = _stems(behind[place.start() :]) if place else frozenset()
    if not measure:  # "more patients on A reached X"
        return replace(said, measure=_stems(behind) - _NO_MEASURE, one=_stems(behind), other=other)
    if not one:  # "X with A was lower", "who does A scores lower"
        own = _WITH.search(before)
        one = _stems(before[own.end() :] if own else before)
    return replace(said, measure=measure, one=one, other=other)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(w) for w in content_words(text) if not w[0].isdigit())
