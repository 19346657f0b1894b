"""Does a question assume what the abstract contradicts? Finds the sentence and names the difference; pure.

Three differences are looked for, and only where they can be named: a number that stands otherwise in the abstract, a comparison or
change told the
other way round, and something affirmed that the abstract denies. Silence is no contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.quantities import Quantity, quantities
from rag.types import Sentence
from rag.words import content_words, stem, stems

_ASSUMES = re.compile(
    r"\bwhy\b|\bhow come\b|\bhow did\b|\bhow does\b|\bhow do\b|\bhow is\b|\bhow was\b|\bgiven that\b|"
    r"\bin spite of\b|\bdespite\b|\bsince\b|\bexplain\w*\b|\bwhat makes\b|\bwhat explains\b|"
    r"\bas found\b|"
    r"\bafter all\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\bnot\b(?! (?:only|just|merely|necessarily)\b)|\bno\b|\bnever\b|\bcannot\b|\bcan't\b|\bdoesn't\b|\bdon't\b|\bwithout\b|"
    r"\bneither\b|\bnor\b|\bfails? to\b|\brather than\b|\bfree of\b|\bunnecessary\b|\bhardly\b|\blacks?\b|n't\b|-free\b",
    re.IGNORECASE,
)
_FAILS = re.compile(r"\bfail\w*|\bstruggl\w*|\bunable\b|\bwrong\b|\bworse\b|\bproblems?\b|\bhurts?\b", re.IGNORECASE)
# Each pair: saying one of something denies the other of it.
_OPPOSITES = (
    ("outperform", "underperform"), ("improve", "degrade"), ("improve", "hurt"), ("improve", "worsen"), ("help", "hurt"), ("increase",
    "decrease"), ("increase", "reduce"),
    ("raise", "lower"), ("raise", "reduce"), ("amplify", "reduce"), ("more", "less"), ("more", "fewer"), ("higher", "lower"), ("better",
    "worse"), ("faster", "slower"),
    ("larger", "smaller"), ("stronger", "weaker"), ("succeed", "fail"), ("easy",
    "hard"),
    ("encourage", "prevent"), ("strengthen", "weaken"), ("widen", "narrow"), ("expand", "narrow"),
    ("bigger", "smaller"), ("better", "fail"), ("best", "fail"), ("boost", "undermine"), ("improve", "undermine"), ("improve",
    "detract"), ("help", "undermine"),
    ("synthetic", "authentic"), ("synthetic", "real"), ("ahead", "behind"), ("maximize",
    "minimize"), ("maximise", "minimise"), ("superior", "inferior"), ("inflate", "reduce"),
)  # fmt: skip
_WINS = r"outperform\w*|beats?|beating|surpass\w*|exceed\w*|(?:better|faster|stronger) than|superior to|ahead of"
_LOSES = r"los(?:e|es|t|ing) (?:out )?to|(?:falls?|fell|lags?|is|are) behind|worse than|inferior to|underperform\w*"
_COMPARES = re.compile(rf"\b(?:(?P<wins>{_WINS})|(?P<loses>{_LOSES}))\b", re.IGNORECASE)
_SPARED = re.compile(
    r"\b(?:(?:does|do|did|is|are|need) not (?:need|require|depend on|rely on|use|involve)|"
    r"without (?:requiring|needing|using|learning|training|the need for|any|access to)|"
    r"no need for|eliminat\w+ the need (?:for|to)|bypass\w* the need for)(?: (?:any|the|a|an|need for))*",
    re.IGNORECASE,
)
_ROUGHLY = re.compile(
    r"(?:about|around|roughly|nearly|almost|over|under|within|below|above|up to|than|some|barely|hardly|least|most|to|approximately|~)\s*$",
    re.IGNORECASE,
)
_SAME = 1e-6


@dataclass(frozen=True)
class Contradiction:
    """``sentence`` says otherwise than the question; ``difference`` names how, as a clause for a person."""

    sentence: Sentence
    difference: str


def contradiction(question: str, sentences: Sequence[Sentence], likely: npt.NDArray[np.float32], abstract: str) -> Contradiction | None:
    """The strongest contradiction between what a question takes for granted and one paper's sentences; None if none can be named."""
    return (
        _by_number(question, sentences, likely, abstract)
        or _by_direction(question, sentences, likely)
        or _by_what_is_spared(question, sentences, likely)
    )


def _by_number(question: str, sentences: Sequence[Sentence], likely: npt.NDArray[np.float32], abstract: str) -> Contradiction | None:
    stated = quantities(abstract)
    for asked in quantities(question):
        roughly = _ROUGHLY.search(question[: question.find(asked.text)])
        if (
            _vague(asked)
            or _names_a_size(asked)
            or any(_near(asked, s) for s in stated if roughly)
            or any(abs(asked.value - s.value) < _SAME for s in stated)
            or re.search(rf"(?<![\w.]){re.escape(asked.text)}(?!\w)", abstract)
        ):
            continue
        rivals = [
            (float(likely[i]) + _kinship(asked, rival, question, s.text), s, rival)
            for i, s in enumerate(sentences)
            for rival in quantities(s.text)
            if _comparable(asked, rival)
        ]
        if rivals:
            _, sentence, rival = max(rivals, key=lambda r: r[0])
            return Contradiction(sentence, f"the question says {_told(asked)}, the abstract {_told(rival)}")
    return None


def _near(asked: Quantity, stated: Quantity) -> bool:
    return 0.5 * stated.value <= asked.value <= 2 * stated.value


def _names_a_size(quantity: Quantity) -> bool:
    """Whether a number names a model by its size ("the 70B model") rather than claims it."""
    return bool(re.fullmatch(r"[\d.]+B", quantity.text))


def _vague(quantity: Quantity) -> bool:
    """Number words are often not meant as numbers ("one of the", "two stages of", "a hundred")."""
    return (quantity.value <= 2 or quantity.value >= 100) and not quantity.unit and not any(c.isdigit() for c in quantity.text)


def _comparable(asked: Quantity, rival: Quantity) -> bool:
    if asked.unit != rival.unit or _vague(rival):
        return False
    return bool(asked.unit) or bool({stem(w) for w in asked.after[:2]} & {stem(w) for w in rival.after})


def _kinship(asked: Quantity, rival: Quantity, question: str, sentence: str) -> float:
    """How much the two numbers are about the same thing: words after them, and words of question and sentence, in common."""
    close = len({stem(w) for w in asked.after} & {stem(w) for w in rival.after})
    words, others = stems(question), stems(sentence)
    return 0.5 * close + len(words & others) / max(len(words), 1)


def _told(quantity: Quantity) -> str:
    return f"{quantity.text} {quantity.after[0]}" if quantity.after and not quantity.unit else quantity.text.replace("\\", "")


def _by_direction(question: str, sentences: Sequence[Sentence], likely: npt.NDArray[np.float32]) -> Contradiction | None:
    if not _ASSUMES.search(question):
        return None
    for i in np.argsort(-likely, kind="stable")[:3]:
        text = sentences[i].text
        difference = _swapped(question, text) or _opposed(question, text) or _denied(question, text)
        if difference:
            return Contradiction(sentences[i], difference)
    return None


def _swapped(question: str, sentence: str) -> str | None:
    """A beats B in the question, B beats A in the sentence."""
    asked, told = _COMPARES.search(question), _COMPARES.search(sentence)
    if not asked or not told:
        return None
    before, after = (stems(question[: asked.start()]), stems(question[asked.end() :]))
    if bool(asked["wins"]) != bool(told["wins"]):
        before, after = after, before
    left, right = (stems(sentence[: told.start()]), stems(sentence[told.end() :]))
    before, after = before - after, after - before
    left, right = left - right, right - left
    if before & right and after & left and not before & left:
        return "the abstract tells the comparison the other way round"
    return None


def _opposed(question: str, sentence: str) -> str | None:
    """The question has one word of a pair of opposites, the sentence only the other, about mostly the same things."""
    asked, told = stems(question), stems(sentence)
    if len(asked & told) < 2 or _DENIES.search(question) or _DENIES.search(sentence):
        return None
    for pair in _OPPOSITES:
        for mine, theirs in (pair, pair[::-1]):
            if _has(question, mine) and not _has(question, theirs) and _has(sentence, theirs) and not _has(sentence, mine):
                return f"the question says “{mine}”, the abstract “{theirs}”"
    return None


def _has(text: str, word: str) -> bool:
    return bool(re.search(rf"\b{word[:-1] if word.endswith('e') else word}(?:e|es|s|ed|ing|d)?\b", text, re.IGNORECASE))


def _denied(question: str, sentence: str) -> str | None:
    """The sentence denies, with the question's own words close behind, what the question affirms."""
    if _DENIES.search(question) or _FAILS.search(question):
        return None
    asked = stems(question)
    for denial in _DENIES.finditer(sentence):
        behind = [stem(w) for w in content_words(sentence[denial.end() :])[:5]]
        if len(asked.intersection(behind)) >= 2:
            return f"the abstract says “{denial.group().lower()}” where the question takes it for granted"
    return None


def _by_what_is_spared(question: str, sentences: Sequence[Sentence], likely: npt.NDArray[np.float32]) -> Contradiction | None:
    """The question asks for a thing ("which reference model …") that a sentence says is not needed ("does not depend on any reference
    model").
    """
    if _DENIES.search(question):
        return None
    asked = stems(question)
    for i in np.argsort(-likely, kind="stable")[:4]:
        for spared in _SPARED.finditer(sentences[i].text):
            behind = re.split(r"[,.;:()]|\band\b|\bor\b|\bbut\b", sentences[i].text[spared.end() :])[0]
            thing = content_words(behind)[:2]
            if thing and asked.issuperset(stem(w) for w in thing):
                return Contradiction(sentences[i], f"the abstract says “{spared.group().lower()} {' '.join(thing)}”")
    return None
