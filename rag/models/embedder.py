"""What an embedder is: text -> unit vectors, of the whole and of each of its content words.

The one that ships is :class:`rag.models.bundled_embedder.BundledEmbedder`; the one on a server,
:class:`rag.client.embedders.RemoteEmbedder`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
DIMENSION = 384
"""Of the bundled model's vectors."""
WINDOW = 510
"""Tokens that one pass of it can read, without the two that mark its ends (the model has 512 positions)."""
WORD_DIMENSION = 128
WORD_SCALE = 127
"""What a word's vector, rounded to a byte, is divided by to be nearly of unit length."""


class WordVectors(NamedTuple):
    """A vector for each content word of a text, as the model saw the word in its context, in the order of the text.

    ``spans``: (n, 2) int32, where each word lies in the text. ``vectors``: (n, 128) int8; divided by 127 each row is
    nearly of unit length.
    """

    spans: npt.NDArray[np.int32]
    vectors: npt.NDArray[np.int8]


class TextVectors(NamedTuple):
    """``whole``: float32 of unit length, the text as a whole, (384,) by the bundled model; ``words``: its content
    words, always by that.
    """

    whole: Vectors
    words: WordVectors


class Space(NamedTuple):
    """The space that an embedder's wholes lie in: its dimension, and how its cosines read on the bundled model's scale.

    A cosine is a figure with a weight and thresholds that were fitted on the bundled model; models differ in what they
    call near (to a question and a paper that says nothing about it multilingual-e5-small gives .79, the bundled model
    .15). ``slope`` and ``offset`` make the bundled model's figure of another's.
    """

    dimension: int
    slope: float
    offset: float

    def on_scale(self, cosine: float) -> float:
        return self.slope * cosine + self.offset


BUNDLED_SPACE = Space(DIMENSION, 1.0, 0.0)


class Embedder(Protocol):
    """Makes vectors of texts: :class:`BundledEmbedder`, or :class:`rag.client.embedders.RemoteEmbedder`. May be shared
    by threads.
    """

    @property
    def fingerprint(self) -> str:
        """Names what the vectors come from, all that changes them; vectors of two fingerprints are not compared."""

    def embed_query(self, text: str) -> TextVectors: ...
    def embed_documents(self, texts: Iterable[str]) -> Iterator[TextVectors]: ...
    def count_tokens(self, text: str) -> int: ...

    def space(self) -> Space:
        """Asked once for a library, before its first vectors are made."""


def unit(vector: npt.NDArray[Any]) -> Vectors:
    """A vector at length one; nought stays nought."""
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)
