"""Who answers: the floor that always says the same, and what the engine can say without a model.

An answerer takes a claim or question and some sentences, and gives a label with the sentences it stands on. A model's answerer has the same
shape; ``evaluate_task`` takes any number of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from evals.metrics import Supports
from evals.tasks.cases import CONTRADICT, MAYBE, NEI, NO, SUPPORT, YES
from evals.tasks.scoring import COUNTED_SENTENCES, Reply
from rag.embedding import WORD_SCALE, Embedder
from rag.premise import Reading, contradiction
from rag.rules.denial import denial_problem
from rag.rules.direction import direction_problem
from rag.rules.numbers import number_problem
from rag.types import Paper, Sentence
from rag.words import content_words, stems

Answerer = Callable[[str, Sequence[str]], Reply]
Closeness = npt.NDArray[np.float32]


def always(label: str) -> Answerer:
    """Says the same of everything: what any system has to beat."""
    return lambda asked, sentences: Reply(label)


class Reader:
    """Says how close each of some sentences comes to a text: for each content word the most similar word of the sentence, on average, and
    half the share of words that it has in letter. All sentences are read together, so that each is understood in its context.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._words = lru_cache(maxsize=1024)(self._read)

    def closeness(self, asked: str, sentences: Sequence[str]) -> Closeness:
        """(sentences,): 0 to 1.5."""
        words = np.asarray(self._embedder.embed_query(asked).words.vectors / np.float32(WORD_SCALE), np.float32)
        if not len(words) or not sentences:
            return np.zeros(len(sentences), np.float32)
        vectors, owner = self._words(tuple(sentences))
        similar = words @ vectors.T
        best = [similar[:, owner == n].max(axis=1).mean() if (owner == n).any() else 0.0 for n in range(len(sentences))]
        held = stems(asked)
        shared = [len(held & stems(s)) / max(len(held), 1) for s in sentences]
        return np.array(best, np.float32) + np.float32(0.5) * np.array(shared, np.float32)

    def _read(self, sentences: tuple[str, ...]) -> tuple[Closeness, npt.NDArray[np.int64]]:
        """(m, 128) a row a content word, and (m,) the sentence that it stands in."""
        (read,) = self._embedder.embed_documents([" ".join(sentences)])
        starts = [s.start for s in _placed(sentences)]
        owner = np.searchsorted(starts, read.words.spans[:, 0], side="right") - 1
        return np.asarray(read.words.vectors / np.float32(WORD_SCALE), np.float32), owner


@dataclass(frozen=True)
class Thresholds:
    """From where on a sentence is about a claim, and how close to the best another must come to be shown with it."""

    about: float
    beside: float


CLAIMS = {"scifact": Thresholds(0.75, 0.7), "check-covid": Thresholds(0.55, 0.7)}
"""Chosen on the training claims of each set by ``evals/tasks/fitting.py``."""


@dataclass(frozen=True)
class Look:
    """What the engine sees of a claim in some sentences: how close each comes, and which one says otherwise."""

    close: Closeness
    differs: int | None


def look(reader: Reader, claim: str, sentences: Sequence[str]) -> Look:
    """Compares a claim with sentences; a difference is one that the engine can name, in numbers, denial or direction."""
    close = reader.closeness(claim, sentences)
    if not len(close):
        return Look(close, None)
    evenly = dict.fromkeys(content_words(claim), 1.0)
    found = contradiction(Reading(f"Given that {claim}", Paper("", " ".join(sentences)), _placed(sentences), close, 1.0, evenly))
    if found:
        return Look(close, found.sentence.number - 1)
    nearest = int(close.argmax())
    evidence = sentences[nearest]
    differs = number_problem(claim, evidence) or denial_problem(claim, evidence) or direction_problem(claim, evidence)
    return Look(close, nearest if differs else None)


def claim_answerer(reader: Reader, limits: Thresholds, supports: Supports | None = None) -> Answerer:
    """NEI where no sentence comes close; CONTRADICT where one does and differs; else SUPPORT. With ``supports``, the gate, only what
    passes it is SUPPORT, and the rest NEI.
    """

    def answer(claim: str, sentences: Sequence[str]) -> Reply:
        reply = judged(look(reader, claim, sentences), limits)
        if supports is None or reply.label != SUPPORT or supports(claim, [sentences[n] for n in sorted(reply.evidence)]):
            return reply
        return Reply(NEI, (), reply.score)

    return answer


def judged(seen: Look, limits: Thresholds) -> Reply:
    """The label that follows from what was seen."""
    best = float(seen.close.max(initial=0.0))
    if best < limits.about:
        return Reply(NEI, (), best)
    order = np.argsort(-seen.close, kind="stable")[:COUNTED_SENTENCES]
    chosen = tuple(int(n) for n in order if seen.close[n] >= limits.beside * best)
    if seen.differs is None:
        return Reply(SUPPORT, chosen, best)
    return Reply(CONTRADICT, tuple(dict.fromkeys((seen.differs, *chosen)))[:COUNTED_SENTENCES], best)


_NOTHING_FOUND = re.compile(
    r"\bno (?:\w+ ){0,2}(?:difference|association|correlation|effect|relationship|change|evidence|improvement|benefit|increase|influence)|"
    r"\bnot (?:\w+ ){0,2}(?:differ\w*|associated|correlated|significan\w+|affect\w*|related|predict\w*|improve\w*|change\w*|influence\w*)|"
    r"\b(?:did|does|do|was|were) not\b|\b(?:similar|comparable|unchanged|unrelated|non-?significant)\b|"
    r"\bneither\b|\bfailed to\b|\black of\b",
    re.IGNORECASE,
)
_FOUND = re.compile(
    r"\bsignifican\w+|\bassociated\b|\bcorrelat\w+|\bimprov\w+|\bincreas\w+|\bdecreas\w+|\breduc\w+|\bhigher\b|\blower\b|"
    r"\bgreater\b|\bbetter\b|\bpredict\w*|\bp\s?[<=≤]\s?0?\.0",
    re.IGNORECASE,
)
_OUTCOME_SENTENCES = 3


def outcome_answerer(reader: Reader) -> Answerer:
    """Yes or no by whether the sentences nearest to the question tell that something was found or that nothing was, weighed by how near
    they are; maybe where neither is told. The rules are set by hand; nothing is fitted.
    """

    def answer(question: str, sentences: Sequence[str]) -> Reply:
        close = reader.closeness(question, sentences)
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


def _placed(sentences: Sequence[str]) -> list[Sentence]:
    """Sentences as those of one text, a space between them."""
    placed, at = [], 0
    for number, text in enumerate(sentences, 1):
        placed.append(Sentence("given", number, at, at + len(text), text))
        at += len(text) + 1
    return placed
