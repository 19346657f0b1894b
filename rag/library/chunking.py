"""Sentences -> chunks: runs of whole sentences that one pass of the embedder can read.

Most abstracts fit one pass whole; then the chunk is the abstract and each sentence is read with all the others beside
it. A longer one is cut between sentences, each next chunk starting with the last sentence of the one before, so that
none is read without its context. Only a single sentence that is longer than the window makes a longer chunk; the
embedder then reads it in several passes. Nothing is cut off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from rag.types import Chunk, Sentence

CountTokens = Callable[[str], int]


def chunk_sentences(
    title: str, sentences: Sequence[Sentence], abstract: str, budget: int, count_tokens: CountTokens
) -> tuple[Chunk, ...]:
    """Cuts an abstract into chunks of at most ``budget`` tokens, the title's included, where sentences allow it.

    Every sentence is in at least one chunk, chunks are in order, and neighbours share one sentence. A chunk's text is
    :func:`chunk_text` of ``abstract[first.start:last.end]``.
    """
    if not sentences:
        return ()
    counted = cache(count_tokens)
    room = max(budget - counted(title) - 1, budget // 4)
    return tuple(_chunk(title, abstract, sentences[i:j]) for i, j in _runs([counted(s.text) for s in sentences], room))


def chunk_text(title: str, body: str) -> str:
    """What is embedded for a chunk: the paper's title, then the chunk's part of the abstract."""
    return f"{title}. {body}"


def chunk_id(paper_id: str, first: int, text: str) -> str:
    """A hash of what is embedded. ``first``: the number of the chunk's first sentence."""
    return hashlib.sha256(f"{paper_id}\0{first}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def body_offset(title: str) -> int:
    """Where the abstract's part starts in a chunk's text."""
    return len(title) + 2


def _runs(lengths: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Half-open index runs: as many items as fit ``room``, at least one, overlapping by one item where both still make
    progress.
    """
    start = 0
    while True:
        end, used = start + 1, lengths[start]
        while end < len(lengths) and used + lengths[end] <= room:
            used += lengths[end]
            end += 1
        yield start, end
        if end == len(lengths):
            return
        shares = end - start > 1 and lengths[end - 1] + lengths[end] <= room
        start = end - 1 if shares else end


def _chunk(title: str, abstract: str, run: Sequence[Sentence]) -> Chunk:
    text = chunk_text(title, abstract[run[0].start : run[-1].end])
    return Chunk(chunk_id(run[0].paper_id, run[0].number, text), run[0].paper_id, run[0].number, run[-1].number, text)
