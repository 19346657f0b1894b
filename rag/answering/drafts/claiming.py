"""Which sentences of a draft claim something: a question does not, nor does one that tells of the text itself.

The latter is told by example: a sentence is nearer, as the bundled embedder sees it, to sentences that claim nothing than
to claims (``rag/data/no_claims.txt``). One that cites a paper claims something in any case, if it says anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from importlib import resources

import numpy as np

from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import Vectors
from rag.text.words import content_words

EXAMPLES = "no_claims.txt"
FEWEST_WORDS = 2
"""Words with a meaning of their own, below which nothing can be claimed."""
_NEIGHBOURS = 3
_QUESTION = re.compile(r"[?？][\"'”’)\]]*\s*$")


class Claiming:
    """Tells claims from other sentences. Safe for threads."""

    def __init__(self, embedder: BundledEmbedder) -> None:
        self._embedder = embedder

    def claims(self, sentences: Sequence[tuple[str, bool]]) -> list[bool]:
        """Whether each sentence claims something; with it, whether it cites a paper."""
        told = [self._could(text) for text, _ in sentences]
        unsure = [n for n, (_, cites) in enumerate(sentences) if told[n] and not cites]
        for n in unsure:
            told[n] = self._is_nearer_to_claims(sentences[n][0])
        return told

    def _could(self, text: str) -> bool:
        return not _QUESTION.search(text) and len(content_words(text)) >= FEWEST_WORDS

    def _is_nearer_to_claims(self, text: str) -> bool:
        vector = self._embedder.embed_query(text).whole
        near = [float(np.sort(matrix @ vector)[-_NEIGHBOURS:].mean()) for matrix in self._examples]
        return near[1] >= near[0]

    @cached_property
    def _examples(self) -> tuple[Vectors, Vectors]:
        """What claims nothing, and claims: (n, 384) each."""
        lines = (resources.files("rag") / "data" / EXAMPLES).read_text("utf-8").splitlines()
        return self._matrix(lines, "- "), self._matrix(lines, "+ ")

    def _matrix(self, lines: Sequence[str], sign: str) -> Vectors:
        texts = [line.removeprefix(sign) for line in lines if line.startswith(sign)]
        return np.stack([self._embedder.embed_query(text).whole for text in texts])
