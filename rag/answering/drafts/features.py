"""What a sentence is to a small linear model: the states of its tokens, and its words."""

from __future__ import annotations

import re
import zlib
from itertools import pairwise

import numpy as np

from rag.models.embedder import Vectors, unit

BUCKETS = 4096
"""Words and pairs of neighbouring words are hashed into so many places."""
LONGEST = 60
"""Words of a sentence that are looked at."""


def features(text: str, states: Vectors) -> Vectors:
    """(4 * 384 + BUCKETS,): the states of a text's tokens, ``states`` (n, 384), as their mean, their greatest, the
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
