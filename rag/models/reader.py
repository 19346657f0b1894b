"""What a reader is: it judges a question beside one abstract, and a claim beside the sentences that it cites. Pure
types.

The bundled one is :class:`rag.models.bundled_reader.BundledReader`; tests hand in their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Asked:
    """A question beside one abstract: its title and all its sentences, in order."""

    question: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class AskedWord:
    """A word of a question, ``start`` to ``end`` (characters), with the probabilities that the abstract does not
    state it and that it contradicts it.
    """

    start: int
    end: int
    unstated: float
    wrong: float


@dataclass(frozen=True)
class Reading:
    """Probabilities, 0 to 1. ``about``: is this abstract what is asked about? ``stated``: does it state what is
    asked? ``premise_false``: does it contradict what
    the question takes for granted? ``sentences``: one for each sentence, does it answer (or, of a false premise,
    contradict it)? ``words``: each word of the question.
    """

    about: float
    stated: float
    premise_false: float
    sentences: tuple[float, ...]
    words: tuple[AskedWord, ...] = ()


@dataclass(frozen=True)
class Claimed:
    """A claim beside the abstract that it cites. ``cited``: numbers of the sentences that it stands on, from 1; what
    others say counts for nothing.
    """

    claim: str
    title: str
    sentences: tuple[str, ...]
    cited: tuple[int, ...]


@dataclass(frozen=True)
class Word:
    """A word of a claim, ``start`` to ``end`` (characters), and the probability that the evidence does not bear it
    out.
    """

    start: int
    end: int
    unsupported: float


@dataclass(frozen=True)
class Checked:
    """Probabilities, 0 to 1: that the evidence bears the claim out, that it contradicts it; the rest is that it says
    neither. ``words``: each word of the claim.
    """

    supported: float
    contradicted: float
    words: tuple[Word, ...]


class Reader(Protocol):
    """May be shared by threads."""

    @property
    def fingerprint(self) -> str:
        """Names the weights; a figure of one reader is not held against a threshold of another."""

    def read(self, asked: Sequence[Asked]) -> list[Reading]:
        """One reading for each, in order. Questions about the same abstract that stand together are read together."""

    def check(self, claimed: Sequence[Claimed]) -> list[Checked]:
        """One for each, in order."""
