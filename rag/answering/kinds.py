"""What kind of answer a question wants, told by a linear model over the bundled embedder's states and the question's
words.

Its weights are fitted on questions that people wrote for each kind (``python -m evals.training.kinds``); what a plan is
*about* is then looked up in the library (:mod:`rag.answering.understanding`).
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.models.assets import checked
from rag.models.embedder import unit

WEIGHTS, FIGURES = "kinds.npz", "kinds.json"
BUCKETS = 4096
"""Words and pairs of neighbouring words are hashed into so many places."""
LONGEST = 60
"""Words of a question that are looked at; what follows is mostly what was pasted."""
Floats = npt.NDArray[np.float32]


class Weights(NamedTuple):
    """``matrix``: (features, kinds); ``offset``: (kinds,)."""

    kinds: tuple[str, ...]
    matrix: Floats
    offset: Floats


def features(text: str, states: Floats) -> Floats:
    """(4 * 384 + BUCKETS,): the states of a question's tokens, ``states`` (n, 384), as their mean, their greatest, the
    first words' and the mark's before them; and which words and pairs of words it has. Each part is of the same length.
    """
    found = re.findall(r"\w+|[?:\"“”]", text.casefold())
    words = ["<", *found[:LONGEST], ">"]
    grams = {*words, *(f"{a} {b}" for a, b in pairwise(words)), f"length {min(len(found), LONGEST) // 4}"}
    hashed = np.zeros(BUCKETS, np.float32)
    for gram in grams:
        hashed[zlib.crc32(gram.encode()) % BUCKETS] = 1
    parts = (states.mean(axis=0), states.max(axis=0), states[1:4].mean(axis=0), states[0], hashed)
    return np.concatenate([unit(part) for part in parts])


def probabilities(text: str, states: Floats, which: str = "kind") -> Mapping[str, float]:
    """Of each kind of answer (or, with "field", of each thing that a record may be asked for)."""
    weights = _weights()[which]
    logits = features(text, states) @ weights.matrix + weights.offset
    odds = np.exp(logits - logits.max())
    return dict(zip(weights.kinds, map(float, odds / odds.sum()), strict=True))


@cache
def _weights() -> Mapping[str, Weights]:
    path = Path(str(resources.files("rag") / "data" / WEIGHTS))
    checked(path, fitted()["sha256"])
    with np.load(path) as held:
        return {
            which: Weights(
                tuple(map(str, held[f"{which}_names"])),
                held[f"{which}_matrix"].astype(np.float32),
                held[f"{which}_offset"],
            )
            for which in ("kind", "field")
        }


@cache
def plain_words() -> frozenset[str]:
    """Words that many questions have whatever they are about ("papers", "list", "recent"), as counted where the kinds
    were fitted.
    """
    return frozenset(fitted()["plain words"])


@cache
def fitted() -> Mapping[str, Any]:
    """What the fitting wrote beside the weights: their hash and the figures on questions of another writer."""
    loaded: dict[str, Any] = json.loads((resources.files("rag") / "data" / FIGURES).read_text("utf-8"))
    return loaded
