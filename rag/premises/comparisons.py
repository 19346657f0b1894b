"""Who is better than whom: a comparison that a question assumes, told the other way round in a sentence; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.premises.differences import Difference
from rag.premises.marks import base, bases
from rag.rules.contrast import contrast_agrees, contrast_clash

OTHER_WAY = "the abstract tells the comparison the other way round"
_COMPARES = re.compile(
    r"\b(?:(?P<passive>(?:is|are|was|were|been|be|get|gets|got) (?:\w+ly )?(?:outperformed|beaten|surpassed|exceeded|outdone)\b(?: by)?|"
    r"(?:outperformed|beaten|surpassed|exceeded|outdone) by)|"
    r"(?P<wins>outperform\w*|beat(?:s|en|ing)?|surpass\w*|exceed\w*|outdo\w*|superior to|ahead of|"
    r"(?:leads?|led)(?-i:(?= [A-Z]))|overtak\w*|(?:cannot|can[’']t) be (?:matched|beaten|reached) by|"
    r"improv(?:es?|ed|ing) (?:on|upon|over)|"
    r"win(?:s|ning)? (?:over|against))|"
    r"(?P<loses>los(?:e|es|t|ing)(?: out)? (?:to|against)|(?:falls?|fell|lags?|lagged|is|are|was|trails?) behind|inferior to|"
    r"underperform\w*|trail(?:s|ed)?|fall(?:s|ing)? short of)|"
    r"(?P<alone>superior(?! to)(?=\s\w))|"
    r"(?P<adjective>more|less|fewer|better|worse|faster|slower|higher|lower|stronger|weaker|larger|smaller|bigger|longer|shorter|cheaper|"
    r"costlier|easier|harder|safer|simpler|greater)\b(?P<of>(?:(?![,;:.]).){0,60}?)\bthan)\b(?!\s(?:\d|one\b|two\b|half\b))",
    re.IGNORECASE,
)
# The scale of each adjective, and its side.
_ADJECTIVES = {
    adjective: (scale, side)
    for scale, up, down in (
        ("good", "better stronger", "worse weaker"),
        ("much", "more higher greater", "less fewer lower"),
        ("fast", "faster", "slower"),
        ("large", "larger bigger", "smaller"),
        ("long", "longer", "shorter"),
        ("cheap", "cheaper", "costlier"),
        ("easy", "easier simpler", "harder"),
        ("safe", "safer", ""),
    )
    for side, adjectives in ((1, up), (-1, down))
    for adjective in adjectives.split()
}
_PRAISED = frozenset(
    base(w)
    for w in """performance accuracy score reward return success results quality win generalization generalisation robustness efficiency fas
    profit profitable sustainable reliable effective efficient accurate robust stable""".split()
)
"""More of these is better."""
_OWN = re.compile(
    r"\b(?:we|our|ours|it|its|this (?:method|approach|framework|algorithm|work|paper|model)|the proposed|proposed)\b", re.IGNORECASE
)
_INVERTED = re.compile(r"\b(?:is|are|was|were|do|does|did)\b")
"""In "how much faster than B is A?" the subject stands behind."""
_IT = re.compile(r"\b(?:it|its)\b", re.IGNORECASE)
"""Behind a comparison these are the other's as often as the paper's own."""
_ITSELF = "the paper's own work"


@dataclass(frozen=True)
class _Comparison:
    """The bases of the greater and the lesser side, the scale, and the bases of what is compared."""

    greater: frozenset[str]
    lesser: frozenset[str]
    scale: str
    of: frozenset[str]

    @property
    def over(self) -> frozenset[str]:
        return self.greater - self.lesser

    @property
    def under(self) -> frozenset[str]:
        return self.lesser - self.greater

    def crossed(self, other: _Comparison) -> frozenset[str]:
        """What stands on the greater side of the one and the lesser of the other."""
        return (self.over & other.under) | (self.under & other.over)

    def agreement(self, other: _Comparison) -> int:
        """How many words stand on the same side, less those that are crossed; 0 where the two can't be compared."""
        if self.scale != other.scale or (self.scale == "much" and self.of and other.of and not self.of & other.of):
            return 0
        straight = len(self.over & other.over) + len(self.under & other.under)
        return straight - len(self.over & other.under) - len(self.under & other.over)


def turned(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """Two comparisons on one scale of which each has on its greater side what the other has on its lesser; not where another of the
    abstract agrees. ``name``: the bases of the paper's name, which stands for what its sentences call "we" and "our method".
    """
    told = _comparisons(sentence, name)
    for mine in _comparisons(said, name):
        if any(mine.agreement(other) > 0 for other in told):
            continue
        for theirs in told:
            cross = mine.crossed(theirs)
            if mine.agreement(theirs) < 0:
                both = bool(mine.over & theirs.under) + bool(mine.under & theirs.over)
                yield Difference("turned", OTHER_WAY, float(-mine.agreement(theirs)), both, cross)


def contrasted(said: str, sentence: str, name: frozenset[str], abstract: str) -> Iterator[Difference]:
    """What is assumed higher, lower or the same is not so in the sentence, as the gate reads contrasts, and nowhere in the abstract."""
    clash = contrast_clash(said, sentence)
    if clash is None or contrast_agrees(said, abstract) or (clash.said in clash.told and not clash.turned):
        return  # "may not help or may even hurt" has in it what it is held against
    common = bases(said) & bases(sentence) - name
    told = OTHER_WAY if clash.turned else f"the question says “{clash.said}”, the abstract “{clash.told}”"
    yield Difference("contrast", told, len(common), float(clash.turned), common)


def agreed(said: str, name: frozenset[str], abstract: str) -> bool:
    """Whether the abstract makes a comparison of what is assumed, with the same things on the same sides."""
    return any(mine.agreement(theirs) > 0 for mine in _comparisons(said, name) for theirs in _comparisons(abstract, name))


@lru_cache(maxsize=4096)
def _comparisons(text: str, name: frozenset[str]) -> tuple[_Comparison, ...]:
    return tuple(_read(text, name))


def _read(text: str, name: frozenset[str]) -> Iterator[_Comparison]:
    for match in _COMPARES.finditer(text):
        before = re.split(r"[;:.]\s|\n|,\s(?:but|while|whereas)\s", text[: match.start()])[-1]
        *_, closest = before.split(", ")
        before = closest if len(bases(closest)) > 1 else before
        if re.search(r"\b(?:no|not|never|n[’']t|cannot|neither)\s(?:\w+\s)?$", before, re.IGNORECASE):
            continue
        after = re.split(r"[;:.,](?:\s|$)|\b(?:on|in|at|(?<!those )(?<!ones )with|while|whereas|but|although)\b", text[match.end() :])[0]
        after, *behind = _INVERTED.split(after, maxsplit=1)
        left = _side(" ".join((before, *behind)), name)
        right = frozenset[str]() if match["alone"] else _side(_IT.sub("", after), name)
        scale, side, of = "good", 1 if match["wins"] or match["alone"] else -1, frozenset[str]()
        if match["adjective"]:
            scale, side = _ADJECTIVES[match["adjective"].lower()]
            of = bases(match["of"])
            scale = "good" if scale == "much" and of & _PRAISED else scale
        greater, lesser = (left, right) if side > 0 else (right, left)
        yield _Comparison(greater, lesser, scale, of)


def _side(text: str, name: frozenset[str]) -> frozenset[str]:
    held = bases(text)
    return held | {_ITSELF} if _OWN.search(text) or name & held else held
