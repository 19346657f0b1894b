"""How close indexing comes to the embedder's own limit, and how long a question takes.

    python -m evals.speed ../shared/data/scifact/corpus.jsonl --papers 1000

Raw embedder and full indexing (reading, sentences, catalogue, Chroma) take turns on slices of the same papers, so that
the machine's moods meet both; the ratio of the sums is what counts. Then the papers' own titles are asked as questions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np

from rag import Client, Paper
from rag.library.chunking import chunk_text
from rag.library.readers import read_papers
from rag.models.bundled_embedder import BundledEmbedder

SLICES = 4
QUESTIONS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--papers", type=int, default=1000)
    arguments = parser.parse_args()
    papers = list(islice((p for p in read_papers(arguments.corpus) if isinstance(p, Paper)), arguments.papers))
    embedder = BundledEmbedder()
    list(embedder.embed_documents(["warm up"]))
    raw = indexing = 0.0
    with tempfile.TemporaryDirectory() as folder, Client(Path(folder) / "library") as client:
        client.index(_slice(Path(folder), papers[:1]))
        for n in range(SLICES):
            part = papers[1:][n::SLICES]
            raw += _timed(
                lambda part=part: list(embedder.embed_documents(chunk_text(p.title, p.abstract) for p in part))
            )
            file = _slice(Path(folder), part)
            indexing += _timed(lambda file=file: client.index(file))
        seconds = [_timed(lambda p=p: client.search(p.title, k=8, rerank=False)) for p in papers[:QUESTIONS]]
    share = f"{raw / indexing:.2f} of the embedder's speed"
    print(f"raw embedder {len(papers) / raw:.1f} abstracts/s, indexing {len(papers) / indexing:.1f}: {share}")
    middle, late = np.median(seconds) * 1000, np.quantile(seconds, 0.95) * 1000
    print(f"a search over {len(papers)} papers: median {middle:.0f} ms, 95 % within {late:.0f} ms")


def _timed(work: object) -> float:
    assert callable(work)
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _slice(folder: Path, papers: list[Paper]) -> Path:
    file = folder / "slice.jsonl"
    file.write_text("".join(json.dumps({"title": p.title, "abstract": p.abstract}) + "\n" for p in papers), "utf-8")
    return file


if __name__ == "__main__":
    main()
