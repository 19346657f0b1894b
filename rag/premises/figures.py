"""Numbers that a question assumes and a sentence has otherwise; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.premises.differences import Difference
from rag.premises.marks import base, bases
from rag.quantities import Quantity, quantities
from rag.rules.numbers import number_problem

_ROUGHLY = re.compile(
    r"(?:about|around|roughly|nearly|almost|over|under|within|below|above|up to|than|some|barely|hardly|least|most|approximately|~)\s*$",
    re.IGNORECASE,
)
_SAME = 1e-6
_SCALED = re.compile(r"(?:thousand|million|billion)\b", re.IGNORECASE)
_TIME = re.compile(r"\b(?P<number>\d+(?:\.\d+)?)[ -](?P<measure>seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b", re.IGNORECASE)
_BESIDE = 60, 40
"""How many characters before and behind a number tell what it is of."""


def other_numbers(question: str, sentence: str, abstract: str, title: str) -> Iterator[Difference]:
    """A number of the question that the abstract nowhere has, beside one of the sentence that could stand for the same thing; or one that
    belongs to something else.
    """
    yield from _other_measures(question, sentence)
    asked = quantities(question)
    if not asked:
        return
    stated = quantities(abstract)
    for mine in asked:
        if not _is_claimed(mine, question, stated, f"{title} {abstract}"):
            continue
        beside = _beside(question, mine)
        for theirs in quantities(sentence):
            if _vague(theirs) or mine.unit != theirs.unit or any(abs(theirs.value - q.value) < _SAME for q in asked):
                continue
            shared = {base(w) for w in mine.after} & {base(w) for w in theirs.after}
            nouns = len(shared)
            common = beside & _beside(sentence, theirs)
            scaled = bool(_scale(mine)) and _scale(mine) == _scale(theirs) and bool(common)
            if not (nouns or mine.unit or scaled):
                continue  # eight processors are not contradicted by forty drivers
            told = f"the question says {_told(mine, shared)}, the abstract {_told(theirs, shared)}"
            yield Difference("number", told, len(common), nouns + (0.5 if mine.unit else 0.0), common)
    moved = number_problem(question, sentence, title)
    units = [q.unit for q in asked if q.unit]
    if moved and len(units) > len(set(units)) and "belongs to something else" in moved and re.search(r"number (?!\S*B )\d", moved):
        yield Difference("moved_number", moved.replace("cited sentence", "abstract"), 2.0, 0.0, bases(question) & bases(sentence))


def _is_claimed(asked: Quantity, question: str, stated: list[Quantity], text: str) -> bool:
    """Whether a number of a question says something that could be wrong, and that the paper does not say."""
    roughly = _ROUGHLY.search(question[: question.find(asked.text)])
    return not (
        _vague(asked)
        or _names(asked)
        or any(abs(asked.value - s.value) < _SAME for s in stated)
        or (roughly and any(0.5 * s.value <= asked.value <= 2 * s.value for s in stated))
        or re.search(rf"(?<![\w.]){re.escape(asked.text)}(?!\w)", text)
    )


def _scale(quantity: Quantity) -> str:
    found = _SCALED.search(quantity.text)
    return found.group().lower() if found else ""


def _other_measures(question: str, sentence: str) -> Iterator[Difference]:
    """The same number in another measure of time: hours for minutes."""
    told = {m["number"]: m["measure"].lower() for m in _TIME.finditer(sentence)}
    for mine in _TIME.finditer(question):
        other = told.get(mine["number"])
        if other and not other.startswith(mine["measure"].lower()[:3]) and mine["number"] + " " + mine["measure"] not in sentence:
            words = f"the question says {mine.group()}, the abstract {mine['number']} {other}"
            yield Difference("number", words, 3.0, 1.5, bases(question) & bases(sentence))


def _names(quantity: Quantity) -> bool:
    """Whether a number names a model by its size ("the 70B model") or a year rather than claims it."""
    return bool(re.fullmatch(r"[\d.]+B|(?:19|20)\d\d", quantity.text))


def _vague(quantity: Quantity) -> bool:
    """Number words are often not meant as numbers ("one of the", "two stages of", "a hundred")."""
    return (quantity.value <= 2 or quantity.value >= 100) and not quantity.unit and not any(c.isdigit() for c in quantity.text)


def _beside(text: str, quantity: Quantity) -> frozenset[str]:
    at = text.find(quantity.text)
    return bases(text[max(0, at - _BESIDE[0]) : at + len(quantity.text) + _BESIDE[1]])


def _told(quantity: Quantity, shared: set[str]) -> str:
    """A number with what both texts count, else with the word behind it: "8 … tasks" of "8 different tasks"."""
    if quantity.unit or not quantity.after:
        return quantity.text.replace("\\", "")
    noun = next((w for w in quantity.after if base(w) in shared), quantity.after[0])
    return f"{quantity.text} {noun}" if noun == quantity.after[0] else f"{quantity.text} … {noun}"
