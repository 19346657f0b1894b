"""Two claims on otters, of which a reader holds one for wrong, and a library to verify them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes import FakeReader, write_records

from rag import Client
from rag.client.embedded import EmbeddedEngine
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.reader import Checked, Word

TRUE, FALSE = "9 of 10 otters chose the clean basin.", "The otters chose the foul basin."
READER = FakeReader(checks={FALSE: Checked(0.01, 0.95, (Word(21, 25, 0.9),))})


@contextmanager
def otters(folder: Path, papers: Sequence[dict[str, Any]], embedder: BundledEmbedder) -> Iterator[Client]:
    with Client.over(EmbeddedEngine(folder / "library", embedder=embedder, reader=READER)) as made:
        made.index(write_records(folder / "papers.jsonl", papers))
        yield made
