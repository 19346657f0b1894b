"""Which sentences of a draft claim something: a question does not, nor does one that tells of the text itself.

The latter is told by example: ridge regression on sentences (``rag/data/no_claims.txt``), over the bundled embedder's
states and the words (:mod:`.features`). It is fitted when it is first needed, in half a second. One that cites a paper
claims something in any case, if it says anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, cached_property
from importlib import resources

import numpy as np

from rag.answering.drafts.features import features
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import Vectors
from rag.text.words import content_words

EXAMPLES = "no_claims.txt"
FEWEST_WORDS = 2
"""Words with a meaning of their own, below which nothing can be claimed."""
_RIDGE = 0.3
_SURE = -0.1
"""Below it a sentence claims nothing. Of 242 sentences of the sample's abstracts two lie there."""
_QUESTION = re.compile(r"[?？][\"'”’)\]]*\s*$")


class Claiming:
    """Tells claims from other sentences. Safe for threads."""

    def __init__(self, embedder: BundledEmbedder) -> None:
        self._embedder = embedder

    def claims(self, sentences: Sequence[tuple[str, bool]]) -> list[bool]:
        """Whether each sentence claims something; with it, whether it cites a paper."""
        return [_could(text) and (cites or self.score(text) > _SURE) for text, cites in sentences]

    def score(self, text: str) -> float:
        """Above nought for a claim, about 1 for a plain one; -1 for what claims nothing."""
        rows, weights = self._fitted
        return float(weights @ (rows @ self._features(text)))

    @cached_property
    def _fitted(self) -> tuple[Vectors, Vectors]:
        """The examples' features, (n, features), and what each weighs, (n,)."""
        texts, signs = examples()
        rows = np.stack([self._features(text) for text in texts])
        return rows, np.linalg.solve(rows @ rows.T + _RIDGE * np.eye(len(rows), dtype=np.float32), signs)

    def _features(self, text: str) -> Vectors:
        return features(text, self._embedder.states(text))


@cache
def examples() -> tuple[tuple[str, ...], Vectors]:
    """Sentences, and for each 1 if it claims something, else -1."""
    lines = (resources.files("rag") / "data" / EXAMPLES).read_text("utf-8").splitlines()
    told = [line for line in lines if line[:2] in ("- ", "+ ")]
    return tuple(line[2:] for line in told), np.array([1 if line[0] == "+" else -1 for line in told], np.float32)


def _could(text: str) -> bool:
    return not _QUESTION.search(text) and len(content_words(text)) >= FEWEST_WORDS
