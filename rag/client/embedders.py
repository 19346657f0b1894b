"""The embedder that the settings name: the bundled model, or one on a server beside it.

A model on a server gives the vectors of whole texts, which find the candidates and have a part in their rank. The
vectors of words, and the gate, stay with the bundled model: ranking, verdicts and their thresholds are fitted to them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from rag.errors import UsageError
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import Embedder, Space, TextVectors, Vectors
from rag.settings import Settings, openai_account, proxy_for, settings

if TYPE_CHECKING:
    from rag.models.embedding_server import EmbeddingServer

_OPENAI = "https://api.openai.com"
_MEASURED = 27
"""Papers of the sample by which a model's scale is measured."""
_LEAST_APART = 0.02


class RemoteEmbedder:
    """Whole texts by a model on a server, words by the bundled one. What asks the server raises ModelError."""

    def __init__(
        self,
        model: str,
        server: EmbeddingServer,
        bundled: BundledEmbedder,
        *,
        query_prefix: str = "",
        document_prefix: str = "",
    ) -> None:
        """``query_prefix``, ``document_prefix``: what the model wants before a question and a text ("query: "); the
        words don't get it.
        """
        prefixes = hashlib.sha256(json.dumps([query_prefix, document_prefix]).encode()).hexdigest()[:8]
        self.fingerprint = f"{model}/prefixes-{prefixes}+{bundled.fingerprint}"
        self._server = server
        self._bundled = bundled
        self._query_prefix = query_prefix
        self._document_prefix = document_prefix

    def embed_query(self, text: str) -> TextVectors:
        """The vectors of a question."""
        (whole,) = self._server.embed([self._query_prefix + text])
        return TextVectors(whole, self._bundled.embed_query(text).words)

    def embed_documents(self, texts: Iterable[str]) -> Iterator[TextVectors]:
        """Yields the vectors of each text, in order; a request's texts are held at a time."""
        for batch in self._server.batches(texts, self._document_prefix):
            wholes = self._server.embed([self._document_prefix + text for text in batch])
            for whole, read in zip(wholes, self._bundled.embed_documents(batch), strict=True):
                yield TextVectors(whole, read.words)

    def count_tokens(self, text: str) -> int:
        """The bundled model's: it is the one with the shorter window."""
        return self._bundled.count_tokens(text)

    def space(self) -> Space:
        """Measured on titles and texts of the sample that ships, by both models: one straight line through two points.

        One point is how near a title lies to its own text, the other how near it lies to the others'. Titles go as
        questions do, so that a model which sees questions and texts with different eyes is measured on what it will be
        asked.
        """
        titles, texts = _measuring()
        own = [self._bundled.embed_query(title).whole for title in titles]
        near, far = _nearness(np.stack(own), np.stack([v.whole for v in self._bundled.embed_documents(texts)]))
        asked = self._server.embed([self._query_prefix + title for title in titles])
        read = self._server.embed([self._document_prefix + text for text in texts])
        there_near, there_far = _nearness(asked, read)
        if there_near - there_far < _LEAST_APART:
            raise self._server.meaningless()
        slope = (near - far) / (there_near - there_far)
        return Space(read.shape[1], slope, far - slope * there_far)


def configured_embedder(bundled: BundledEmbedder) -> Embedder:
    """The embedder that the settings name; the bundled one where they name no server. Raises UsageError where they lack
    something.
    """
    chosen = settings()
    if chosen.embedding_url is None:
        if chosen.embedding_model is not None:
            raise UsageError(
                f"CITEWISE_EMBEDDING_MODEL={chosen.embedding_model}: on which server?",
                "Set CITEWISE_EMBEDDING_URL too, or unset it.",
            )
        return bundled
    if chosen.embedding_model is None:
        raise UsageError(
            f"Which model is to be asked at {chosen.embedding_url}?", "Set CITEWISE_EMBEDDING_MODEL to its name."
        )
    from rag.models.embedding_server import PATIENT, EmbeddingServer
    from rag.models.http.attempts import Limits
    from rag.models.http.faults import EMBEDDINGS, address

    url, model = address(chosen.embedding_url, EMBEDDINGS), chosen.embedding_model
    limits = Limits(chosen.llm_connect_timeout, chosen.llm_timeout, PATIENT.waits, PATIENT.longest_wait)
    server = EmbeddingServer(model, url=url, key=_key(chosen, url), limits=limits, proxy=proxy_for(url))
    prefixes = chosen.embedding_query_prefix, chosen.embedding_document_prefix
    return RemoteEmbedder(model, server, bundled, query_prefix=prefixes[0], document_prefix=prefixes[1])


def _key(chosen: Settings, url: str) -> str | None:
    """The key that is meant for the server: its own; that of the language model where both are one server; OpenAI's for
    OpenAI.
    """
    if chosen.embedding_key:
        return chosen.embedding_key.get_secret_value()
    if chosen.llm_key and _is_one_server(url, chosen.llm_url or _OPENAI):
        return chosen.llm_key.get_secret_value()
    key, base = openai_account()
    return key if _is_one_server(url, _OPENAI) and _is_one_server(base or _OPENAI, _OPENAI) else None


def _is_one_server(url: str, other: str) -> bool:
    return _origin(url) is not None and _origin(url) == _origin(other)


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port: what is one server to a browser. None for what is no address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def _measuring() -> tuple[list[str], list[str]]:
    """Titles and texts of some papers of the sample."""
    from rag.library.readers import read_papers
    from rag.library.sample import sample_path
    from rag.types import Paper

    papers = [paper for paper in islice(read_papers(sample_path()), 0, None, 3) if isinstance(paper, Paper)][:_MEASURED]
    return [paper.title for paper in papers], [paper.abstract for paper in papers]


def _nearness(titles: Vectors, texts: Vectors) -> tuple[float, float]:
    """The mean cosine of titles and their own texts, and that of titles and the others' texts."""
    cosines = titles @ texts.T
    own = float(np.trace(cosines))
    return own / len(titles), (float(cosines.sum()) - own) / (cosines.size - len(titles))
