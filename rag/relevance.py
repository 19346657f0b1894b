"""How likely a sentence of a paper is to answer a question: a logistic model over figures that can be read off the two; pure.

The figures compare the question's words with the sentence's, once for all words, once without those that the paper's title has anyway
(in "How does RePo
handle distractors?", *RePo* tells the paper, not the sentence), and once weighed by how rare a word is inside the abstract. Others say
what kind of thing
is asked for and offered (:mod:`rag.asking`), and where in the abstract the sentence stands. Weights are fitted by ``evals/calibrate.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.asking import KINDS, is_own_work, offers, wants
from rag.errors import AssetError
from rag.types import Sentence
from rag.words import stem, stems

Matrix = npt.NDArray[np.float32]

_RELATIVE = ("close", "rare", "shared")
FEATURES: tuple[str, ...] = (
    "close", "shared", "focus", "focus_shared", "rare", "rare_shared", "own_words",
    *(f"{name}_gap" for name in _RELATIVE), *(f"{name}_beside" for name in _RELATIVE), *(f"{name}_before" for name in _RELATIVE),
    *(f"wanted_{kind}" for kind in KINDS), *(f"has_{kind}" for kind in KINDS),
    "own_work", "first", "early", "last", "place", "length", "stub",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What the figures are read from: a question's words and one paper's sentences.

    ``similarity``: (n, m) cosine of each content word of the question and each of the paper; ``owner``: (m,) the number of the sentence
    that each of the
    paper's words stands in; ``words``, ``weights``: the question's content words and their weights, which sum to one.
    """

    question: str
    title: str
    sentences: Sequence[Sentence]
    words: Sequence[str]
    weights: Matrix
    similarity: Matrix
    owner: npt.NDArray[np.uint16]

    @cached_property
    def matches(self) -> tuple[Matrix, Matrix]:
        """(sentences, n): the best match of each question word in each sentence; (sentences,): how well a sentence's words match the
        question on average.
        """
        best = np.zeros((len(self.sentences), len(self.words)), np.float32)
        own = np.zeros(len(self.sentences), np.float32)
        for i, sentence in enumerate(self.sentences):
            part = self.similarity[:, self.owner == sentence.number]
            if part.size:
                best[i], own[i] = part.max(axis=1), part.max(axis=0).mean()
        return best, own


@dataclass(frozen=True)
class Logistic:
    """A fitted model: ``p = 1 / (1 + exp(-(bias + sum weight * (figure - mean) / spread)))``."""

    names: tuple[str, ...]
    mean: Matrix
    spread: Matrix
    weight: Matrix
    bias: float

    @classmethod
    def from_json(cls, fitted: Mapping[str, object], expected: Sequence[str] | None = None) -> Logistic:
        """From what ``evals/calibrate.py`` wrote. Raises AssetError if it was fitted on other figures than ``expected``."""
        rows = fitted["figures"]
        assert isinstance(rows, dict)
        if expected is not None and tuple(rows) != tuple(expected):
            raise AssetError(
                "calibration.json: fitted on other figures than this code reads.", "Fit it again with: python -m evals.calibrate … --write"
            )
        columns = np.array(list(rows.values()), np.float32).reshape(-1, 3).T
        return cls(tuple(rows), columns[0], columns[1], columns[2], float(str(fitted["bias"])))

    def probability(self, figures: Matrix) -> Matrix:
        """(rows, figures) -> (rows,)."""
        z = (figures - self.mean) / self.spread @ self.weight + self.bias
        return np.asarray(1 / (1 + np.exp(-z)), dtype=np.float32)


@cache
def calibration() -> Mapping[str, Any]:
    """What ``evals/calibrate.py`` fitted: the models' weights, the thresholds, and how they came about."""
    loaded: dict[str, Any] = json.loads((resources.files("rag") / "data" / "calibration.json").read_text("utf-8"))
    return loaded


@cache
def sentence_model() -> Logistic:
    """How likely a sentence answers, from its :func:`figures`."""
    return Logistic.from_json(calibration()["sentence"], FEATURES)


def figures(reading: Reading) -> Matrix:
    """(sentences, len(FEATURES)): the figures of each sentence of a paper."""
    with np.errstate(invalid="ignore"):  # BLAS may raise the flag for lanes that it discards; the figures are finite
        return _figures(reading)


def _figures(reading: Reading) -> Matrix:
    best, own = reading.matches
    asked = [stem(w) for w in reading.words]
    held = np.array([[w in stems(s.text) for w in asked] for s in reading.sentences], np.float32).reshape(
        len(reading.sentences), len(asked)
    )
    focus, rare = _focus(reading), _rarity(reading, held)
    table: dict[str, Matrix] = {
        "close": best @ reading.weights, "shared": held @ reading.weights, "focus": best @ focus, "focus_shared": held @ focus,
        "rare": best @ rare, "rare_shared": held @ rare, "own_words": own,
    }  # fmt: skip
    for name in _RELATIVE:
        column = table[name]
        before = np.concatenate([[0.0], column[:-1]]).astype(np.float32)
        after = np.concatenate([column[1:], column[-1:]]).astype(np.float32)
        first = np.concatenate([column[:1], column[:-1]]).astype(np.float32)
        table[f"{name}_gap"], table[f"{name}_beside"], table[f"{name}_before"] = column - column.max(), np.maximum(first, after), before
    wanted, last = wants(reading.question), len(reading.sentences) - 1
    for i, sentence in enumerate(reading.sentences):
        offered = offers(sentence.text)
        about = {f"has_{kind}": float(kind in offered) for kind in KINDS}
        about |= {f"wanted_{kind}": float(kind in offered and kind in wanted) for kind in KINDS}
        about |= {
            "own_work": float(is_own_work(sentence.text)),
            "first": float(i == 0),
            "early": float(i in (1, 2)),
            "last": float(i == last),
        }
        about |= {"place": i / (last + 1), "length": math.log(len(sentence.text.split())), "stub": float(is_stub(sentence.text))}
        for name, value in about.items():
            table.setdefault(name, np.zeros(last + 1, np.float32))[i] = value
    return np.stack([table[name] for name in FEATURES], axis=1).astype(np.float32)


def is_stub(sentence: str) -> bool:
    """Whether a sentence is too short to tell anything, or only an address."""
    return len(sentence) < 45 or sentence.startswith(("http://", "https://", "www."))


def _focus(reading: Reading) -> Matrix:
    """The question's weights without the words that the title has."""
    title = stems(reading.title)
    return _normed(np.array([0.0 if stem(w) in title else x for w, x in zip(reading.words, reading.weights, strict=True)], np.float32))


def _rarity(reading: Reading, held: Matrix) -> Matrix:
    """The question's weights times how rare a word is among the paper's sentences."""
    count = held.sum(axis=0)
    return _normed(reading.weights * np.log(1 + (len(held) + 1) / (count + 0.5)))


def _normed(weights: Matrix) -> Matrix:
    return np.asarray(weights / max(float(weights.sum()), 1e-9), dtype=np.float32)
