"""Who answers: the floor that always says the same, and what the engine can say without a model.

An answerer takes a claim or question and some sentences, and gives a label with the sentences it stands on. A model's
answerer has the same shape; ``evaluate_task`` takes any number of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evals.tasks.cases import CONTRADICT, MAYBE, NEI, NO, SUPPORT, YES
from evals.tasks.scoring import COUNTED_SENTENCES, Reply
from rag.models.reader import Asked, Claimed, Reader

Answerer = Callable[[str, Sequence[str]], Reply]
Closeness = npt.NDArray[np.float32]


def always(label: str) -> Answerer:
    """Says the same of everything: what any system has to beat."""
    return lambda asked, sentences: Reply(label)


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which on a claim is supported, and contradicted."""

    supported: float
    contradicted: float


CLAIMS = Thresholds(0.5, 0.5)
"""Chosen on the training claims of SciFact and Check-COVID by ``evals/tasks/fitting.py``."""
NARROW = 3
"""As many of the sentences that come nearest a claim are held against it, beside all together."""


@dataclass(frozen=True)
class Look:
    """What the reader sees of a claim in some sentences: how far they bear it out and contradict it at most, and on
    which of them (numbers from 0) each of the two stands.
    """

    supported: float = 0.0
    contradicted: float = 0.0
    supporting: tuple[int, ...] = ()
    contradicting: tuple[int, ...] = ()


def look(reader: Reader, claim: str, sentences: Sequence[str]) -> Look:
    """Holds a claim against the sentence that comes nearest, the best two, the best three, and all."""
    if not sentences:
        return Look()
    given = tuple(sentences)
    (reading,) = reader.read([Asked(claim, "", given)])
    order = [int(n) for n in np.argsort(-np.array(reading.sentences), kind="stable")]
    tried = list(dict.fromkeys(tuple(sorted(order[:n])) for n in (*range(1, NARROW + 1), len(given))))
    checked = reader.check([Claimed(claim, "", given, tuple(n + 1 for n in some)) for some in tried])
    best = max(range(len(tried)), key=lambda n: checked[n].supported)
    worst = max(range(len(tried)), key=lambda n: checked[n].contradicted)
    return Look(
        checked[best].supported,
        checked[worst].contradicted,
        tried[best][:COUNTED_SENTENCES],
        tried[worst][:COUNTED_SENTENCES],
    )


def claim_answerer(reader: Reader, limits: Thresholds = CLAIMS) -> Answerer:
    """SUPPORT or CONTRADICT, whichever the reader holds for likelier, where it is likely enough; else NEI."""
    return lambda claim, sentences: judged(look(reader, claim, sentences), limits)


def judged(seen: Look, limits: Thresholds) -> Reply:
    """The label that follows from what was seen."""
    if seen.supported >= limits.supported and seen.supported >= seen.contradicted:
        return Reply(SUPPORT, seen.supporting, seen.supported)
    if seen.contradicted >= limits.contradicted:
        return Reply(CONTRADICT, seen.contradicting, seen.contradicted)
    return Reply(NEI, (), max(seen.supported, seen.contradicted))


_NOTHING_FOUND = re.compile(
    r"\bno (?:\w+ ){0,2}(?:difference|association|correlation|effect|relationship|change|evidence|improvement|benefit|"
    r"increase|influence)|"
    r"\bnot (?:\w+ ){0,2}(?:differ\w*|associated|correlated|significan\w+|affect\w*|related|predict\w*|improve\w*|"
    r"change\w*|influence\w*)|"
    r"\b(?:did|does|do|was|were) not\b|\b(?:similar|comparable|unchanged|unrelated|non-?significant)\b|"
    r"\bneither\b|\bfailed to\b|\black of\b",
    re.IGNORECASE,
)
_FOUND = re.compile(
    r"\bsignifican\w+|\bassociated\b|\bcorrelat\w+|\bimprov\w+|\bincreas\w+|\bdecreas\w+|\breduc\w+|\bhigher\b|"
    r"\blower\b|"
    r"\bgreater\b|\bbetter\b|\bpredict\w*|\bp\s?[<=≤]\s?0?\.0",
    re.IGNORECASE,
)
_OUTCOME_SENTENCES = 3


def outcome_answerer(reader: Reader) -> Answerer:
    """Yes or no by whether the sentences nearest to the question tell that something was found or that nothing was,
    weighed by how near they are; maybe where neither is told. The rules are set by hand; nothing is fitted.
    """

    def answer(question: str, sentences: Sequence[str]) -> Reply:
        close = _closeness(reader, question, sentences)
        outcomes = np.array([_outcome(s) for s in sentences], np.float32)
        telling = [int(n) for n in np.argsort(-close, kind="stable") if outcomes[n]][:_OUTCOME_SENTENCES]
        if not telling:
            return Reply(MAYBE)
        sum_ = float((outcomes[telling] * close[telling]).sum())
        return Reply(YES if sum_ > 0 else NO, tuple(telling), float(close[telling].max()))

    return answer


def _outcome(sentence: str) -> float:
    """1 where a sentence tells that something was found, -1 that nothing was, 0 where it tells neither."""
    return -1.0 if _NOTHING_FOUND.search(sentence) else 1.0 if _FOUND.search(sentence) else 0.0


def _closeness(reader: Reader, question: str, sentences: Sequence[str]) -> Closeness:
    """(sentences,): how likely each answers, beside the likeliest."""
    (reading,) = reader.read([Asked(question, "", tuple(sentences))])
    likely = np.array(reading.sentences, np.float32)
    return np.asarray(likely / max(float(likely.max(initial=0)), 1e-9), np.float32)
