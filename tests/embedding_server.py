"""An OpenAI-compatible ``/embeddings`` on 127.0.0.1, played by the :class:`ModelServer`.

with ModelServer() as server:
    played = Embeddings()                        # vectors made of words; Embeddings(of=wholes(model)) gives a real model's
    server.play(played, status(500), played)     # the second request fails
    ...
    played.texts                                 # what was embedded, and so paid for, in order
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from model_server import Request, body, status

from rag.models.bundled_embedder import BundledEmbedder

Matrix = npt.NDArray[Any]
Of = Callable[[Sequence[str]], Matrix]


def by_words(texts: Sequence[str], dimension: int = 32) -> Matrix:
    """(len(texts), dimension): the sum of a vector for each word; of no particular length."""
    return np.stack(
        [np.sum([_vector(word, dimension) for word in text.lower().split() or [""]], axis=0) for text in texts]
    )


def wholes(model: BundledEmbedder, *, squeezed: float = 1.0) -> Of:
    """The bundled model's own vectors; ``squeezed`` brings their cosines from 0..1 to 1 - squeezed..1, as some models
    have them.
    """

    def of(texts: Sequence[str]) -> Matrix:
        own = np.stack([model.embed_query(text).whole for text in texts])
        return np.concatenate([own * squeezed**0.5, np.full((len(own), 1), (1 - squeezed) ** 0.5)], axis=1)

    return of


class Embeddings:
    """A part to play: answers with vectors. ``texts``: what was embedded, in order; a request that was refused is not
    in it.

    ``most``: texts that it takes at once; ``window``: words that it reads of one; more is refused with ``code``.
    ``encoded``: base64. ``shuffled``: the reply's entries stand in any order.
    """

    def __init__(
        self,
        of: Of = by_words,
        *,
        most: int | None = None,
        window: int | None = None,
        code: int = 400,
        encoded: bool = False,
        shuffled: bool = False,
    ) -> None:
        self.texts: list[str] = []
        self._of, self._most, self._window, self._code = of, most, window, code
        self._encoded, self._shuffled = encoded, shuffled
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> None:
        texts: list[str] = request.body["input"]
        if self._most is not None and len(texts) > self._most:
            status(self._code, f"batch size {len(texts)} > maximum allowed batch size {self._most}")(request)
        elif self._window is not None and max(len(text.split()) for text in texts) > self._window:
            status(self._code, f"This model's maximum context length is {self._window} tokens.")(request)
        else:
            with self._lock:
                self.texts += texts
                made = self._of(texts)
            reply(made, encoded=self._encoded, shuffled=self._shuffled)(request)


def reply(vectors: Matrix, *, encoded: bool = False, shuffled: bool = False) -> Callable[[Request], None]:
    """A reply with just these vectors."""
    entries = [
        {"object": "embedding", "index": i, "embedding": _written(row, encoded)} for i, row in enumerate(vectors)
    ]
    if shuffled:
        random.Random(1).shuffle(entries)
    return document({"object": "list", "data": entries, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}})


def document(told: Any) -> Callable[[Request], None]:
    return body(json.dumps(told).encode())


def _written(row: Matrix, encoded: bool) -> Any:
    return base64.b64encode(row.astype("<f4").tobytes()).decode() if encoded else [float(x) for x in row]


def _vector(word: str, dimension: int) -> Matrix:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")).normal(
        size=dimension
    )
