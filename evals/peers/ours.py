"""Citewise itself, as ``citewise index`` and ``citewise search`` do it.

It does more for a paper than its peers: sentences with their addresses, a full-text index, a vector for each content
word, and texts up to 510 tokens read whole where the peers cut at 256. For a question it compares word by word and
ranks the sentences. Its weights are its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rag import Client
from rag.models.bundled_embedder import BundledEmbedder

PACKAGES = ("citewise", "openvino", "chromadb")
NEEDS_MODEL = False


class Library:
    def __init__(self, folder: Path) -> None:
        self._given = folder.with_name(f"{folder.name}.jsonl")
        self._client = Client(folder)

    def add(self, documents: Sequence[Mapping[str, str]]) -> None:
        rows = ({"title": d["title"], "abstract": d["abstract"]} for d in documents)
        self._given.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        self._client.index(self._given)

    def search(self, question: str, k: int) -> list[str]:
        return [passage.paper.title for passage in self._client.search(question, k, rerank=False)]


def open_store(folder: str, model: str, runtime: str) -> Library:
    return Library(Path(folder))


def embedder(model: str, runtime: str) -> Callable[[list[str]], object]:
    made = BundledEmbedder()
    return lambda texts: list(made.embed_documents(texts))
