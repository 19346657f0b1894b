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
_BESIDE = 60, 40
"""How many characters before and behind a number tell what it is of."""


def other_numbers(question: str, sentence: str, abstract: str, title: str) -> Iterator[Difference]:
    """A number of the question that the abstract nowhere has, beside one of the sentence that could stand for the same thing; or one that
    belongs to something else.
    """
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
            nouns = len({base(w) for w in mine.after} & {base(w) for w in theirs.after})
            if not (nouns or mine.unit):
                continue  # eight processors are not contradicted by forty drivers
            common = beside & _beside(sentence, theirs)
            told = f"the question says {_told(mine)}, the abstract {_told(theirs)}"
            yield Difference("number", told, len(common), nouns + (0.5 if mine.unit else 0.0), common)
    moved = number_problem(question, sentence, title)
    if moved and "belongs to something else" in moved and re.search(r"number (?!\S*B )\d", moved):
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


def _names(quantity: Quantity) -> bool:
    """Whether a number names a model by its size ("the 70B model") or a year rather than claims it."""
    return bool(re.fullmatch(r"[\d.]+B|(?:19|20)\d\d", quantity.text))


def _vague(quantity: Quantity) -> bool:
    """Number words are often not meant as numbers ("one of the", "two stages of", "a hundred")."""
    return (quantity.value <= 2 or quantity.value >= 100) and not quantity.unit and not any(c.isdigit() for c in quantity.text)


def _beside(text: str, quantity: Quantity) -> frozenset[str]:
    at = text.find(quantity.text)
    return bases(text[max(0, at - _BESIDE[0]) : at + len(quantity.text) + _BESIDE[1]])


def _told(quantity: Quantity) -> str:
    return f"{quantity.text} {quantity.after[0]}" if quantity.after and not quantity.unit else quantity.text.replace("\\", "")
