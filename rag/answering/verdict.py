"""The verdict on a question, made before anything is written: covered, not covered, not stated, or a false premise.

The reader's probabilities decide, by thresholds that are fitted on held-out papers and stand in its card. One thing
is exact and not the reader's: a name that the library does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rag.answering.exact import strange_number
from rag.answering.reading import asks_of_several
from rag.answering.record import misdescribed
from rag.answering.retrieval import Found, Retrieval
from rag.models.bundled_reader import figures
from rag.models.reader import AskedWord, Reading
from rag.text.words import content_words
from rag.types import Paper

UNSTATED_WORD = 0.5
NUMBER = 0.5
"""Where the question has a number that the abstract has not, so much of the usual probability is enough for a false
premise."""
_NAME_LIKE = re.compile(r"[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*")
_SHAPED = re.compile(r"[a-z][A-Z]|[A-Z]{2}|[A-Za-z]\d|\d[A-Za-z]")


@dataclass(frozen=True)
class Verdict:
    """``missing``: names that no paper has, or the part of the question that the best paper does not state, for the
    message. ``correction``: of a false
    premise known from the library's record, what is otherwise.
    """

    kind: Literal["covered", "not_covered", "not_stated", "false_premise"]
    missing: tuple[str, ...] = ()
    correction: str = ""


@dataclass(frozen=True)
class Limits:
    """Probabilities below which no paper is about a question (``strange``: one that has a name which no paper has)
    or does not state what is asked, and from which on a
    premise is false.
    """

    covered: float
    strange: float
    stated: float
    premise_false: float

    @classmethod
    def fitted(cls) -> Limits:
        limits: dict[str, Any] = figures()["limits"]
        return cls(limits["covered"], limits["strange"], limits["stated"], limits["premise_false"])


def judge(retrieval: Retrieval, mentions: Callable[[str], int], limits: Limits | None = None) -> Verdict:
    """Judges a question by its best paper. ``mentions(phrase)``: how many papers of the library have a phrase."""
    bounds = limits or Limits.fitted()
    strange = unknown_names(retrieval.question.text, mentions)
    if not retrieval.found or not retrieval.question.words:
        return Verdict("not_covered", strange)
    best = retrieval.found[0]
    reading = best.reading
    if reading is None:
        raise ValueError("the papers were not read")
    meant = bool(retrieval.about) or best.called
    least = bounds.strange if strange or retrieval.kind == "beyond" else bounds.covered
    if not meant and (best.passage.score < least or any(_is_shaped(name) for name in strange)):
        return Verdict("not_covered", strange)
    recorded = misdescribed(retrieval.question.text, best.passage.paper) if _is_meant(retrieval, best) else None
    if recorded:
        return Verdict("false_premise", correction=recorded)
    if not any(best.likely > 0):
        return Verdict("not_stated", strange)  # nothing that could be quoted
    if asks_of_several(retrieval) or retrieval.kind == "summary":
        return Verdict(
            "covered", strange
        )  # what is asked of each is not what is asked of all; every abstract has a summary
    verdict = judge_alone(retrieval.question.text, best.passage.paper, reading, bounds)
    return verdict if verdict.kind == "false_premise" else replace(verdict, missing=strange or verdict.missing)


def judge_alone(question: str, paper: Paper, reading: Reading, bounds: Limits) -> Verdict:
    """Judges a question that is asked of this paper and no other, whatever paper it may seem to mean."""
    number = strange_number(question, [paper.title, paper.abstract])
    if reading.premise_false >= bounds.premise_false * (NUMBER if number else 1):
        return Verdict("false_premise", correction=f"the abstract has no {number}" if number else "")
    if reading.stated >= bounds.stated:
        return Verdict("covered")
    return Verdict("not_stated", unstated_parts(question, reading.words))


def _is_meant(retrieval: Retrieval, found: Found) -> bool:
    """Whether a question calls this paper by its name, or quotes most of its title."""
    title = {*content_words(found.passage.paper.title)}
    return found.called or len(title & {*retrieval.question.words}) >= max(3, 0.7 * len(title))


def unstated_parts(question: str, words: Sequence[AskedWord]) -> tuple[str, ...]:
    """What the reader marks as not stated: the word that it is surest of, with those of meaning that stand
    beside it.
    """
    marked = [w for w in words if w.unstated >= UNSTATED_WORD and content_words(question[w.start : w.end])]
    if not marked:
        return ()
    surest = marked.index(max(marked, key=lambda w: w.unstated))
    first = last = surest
    while first and marked[first].start - marked[first - 1].end <= 1:
        first -= 1
    while last < len(marked) - 1 and marked[last + 1].start - marked[last].end <= 1:
        last += 1
    return (question[marked[first].start : marked[last].end].strip(" ?.,;:!“”\"'"),)


def unknown_names(question: str, mentions: Callable[[str], int]) -> tuple[str, ...]:
    """Words of a question that are written like names (AlphaFold, GPT-9, Tessera) and that no paper of the library
    has.
    """
    strange = []
    for match in _NAME_LIKE.finditer(question):
        inside = _inside_sentence(question, match.start())
        pieces = match.group().split("-")
        if len(pieces) > 1 and mentions(match.group()):
            continue  # "IL-6", where abstracts write IL6
        versioned = len(pieces) > 1 and pieces[-1].isdigit() and not mentions(match.group())
        if versioned or any(_is_strange(piece, inside, mentions) for piece in pieces):
            strange.append(match.group())
    return tuple(dict.fromkeys(strange))


def _is_shaped(name: str) -> bool:
    """Whether a word can be nothing but a name: AlphaFold, GPT-9, Tessera-DPO."""
    return bool(_SHAPED.search(name)) or "-" in name


def _is_strange(word: str, inside: bool, mentions: Callable[[str], int]) -> bool:
    """Whether a word is written like a name and unknown. ``inside``: it does not open a sentence, so that a capital
    means something.
    """
    like_a_name = bool(_SHAPED.search(word)) or (word[:1].isupper() and inside)
    return like_a_name and len(word) > 1 and bool(content_words(word)) and not mentions(word)


def _inside_sentence(text: str, at: int) -> bool:
    """Whether a word at ``at`` does not open a sentence or a quotation, so that its capital means something."""
    before = text[:at].rstrip(" ")
    return bool(before) and before[-1] not in ".?!:\"'“‘(«"
