"""What a model is given to read: numbered papers with numbered sentences, the likeliest first until a budget of tokens
is spent; pure.

A small model reads a few hundred tokens well and two thousand badly, so the best sentences of all papers come before
whole abstracts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rag.answering.retrieval import Found, Retrieval
from rag.answering.testimony import speaks_to_its_reader
from rag.models.chat.thoughts import MARKUP
from rag.text.display import shown
from rag.types import Paper, Sentence

UNREAD = 0.2
"""What sentences count of a paper that the reader did not come to, for one before it was what is asked about."""
NEIGHBOUR = 0.35
"""What a sentence is worth for standing beside one, as a share of that one's worth."""
ENOUGH, ENOUGH_FOR_SMALL = 1000, 300
"""Tokens of evidence: what with the prompt and the reply fits the 4,096 that local servers give by default; and what a
model of 1.5 billion parameters was measured to read best (evals/LOG.md)."""
FRAME = 700
"""Tokens that the rest of the prompt may have beside the evidence: instructions, examples, a question of usual length
(some 650)."""
_SMALL_BELOW = 4e9
_BYTES_A_PARAMETER = 0.6
"""Of a file with four bits a weight, as most are."""
_PARAMETERS = re.compile(r"(?<![\w.])(?:\d+x|[ae])?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
_TOKEN_LIKE = re.compile(rf"{MARKUP}|<[|｜]+|[|｜]+>|\{{\{{|\}}\}}|#{{2,}} |=== ", re.IGNORECASE)
_ADDRESS = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class NumberedPaper:
    """A paper with its number in the prompt and those of its sentences that are shown, in the order of the abstract."""

    number: int
    paper: Paper
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Evidence:
    """The sentences that a model may cite, each by its address: ``2.5`` is sentence 5 of paper 2."""

    papers: tuple[NumberedPaper, ...]

    @cached_property
    def text(self) -> str:
        """As the model reads it. Nothing in an abstract can end a turn, open one, or look like an address."""
        return "\n".join(_lines(self.papers))

    @cached_property
    def sentences(self) -> tuple[tuple[str, Sentence, Paper], ...]:
        """Address, sentence and paper of everything that is shown."""
        return tuple((f"{p.number}.{s.number}", s, p.paper) for p in self.papers for s in p.sentences)

    def named(self, addresses: tuple[str, ...]) -> list[tuple[Sentence, Paper]]:
        """The sentences of some addresses, each with its paper; an address where there is none is dropped on
        purpose.
        """
        at = {address: (sentence, paper) for address, sentence, paper in self.sentences}
        return [at[a] for a in addresses if a in at]

    def only(self, addresses: tuple[str, ...]) -> Evidence:
        """The papers and sentences of some addresses."""
        kept = {a for a in addresses if _ADDRESS.fullmatch(a)}
        papers = (
            NumberedPaper(p.number, p.paper, tuple(s for s in p.sentences if f"{p.number}.{s.number}" in kept))
            for p in self.papers
        )
        return Evidence(tuple(p for p in papers if p.sentences))


def budget_for(model: str, size: int | None = None) -> int:
    """How many tokens of evidence a model is given to read, by what is known of it: ``model``, its name, in which most
    say how many parameters it has ("qwen3:4b"), and the bytes of its file. One of which nothing is known is taken for
    large.
    """
    named = [float(number) * (1e9 if unit in "bB" else 1e6) for number, unit in _PARAMETERS.findall(model)]
    parameters = max(named, default=None if size is None else size / _BYTES_A_PARAMETER)
    return ENOUGH_FOR_SMALL if parameters is not None and parameters < _SMALL_BELOW else ENOUGH


def budget_beside(rest: int, budget: int) -> int:
    """Tokens of evidence in a prompt whose rest has ``rest``: a longer question leaves less than ``budget``, but at
    least half of it.
    """
    return max(budget // 2, min(budget, budget + FRAME - rest))


def chosen_evidence(retrieval: Retrieval, budget: int, count: Callable[[str], int]) -> Evidence:
    """The evidence for a question within ``budget`` tokens, counted by ``count``; at least the likeliest sentence, if
    any is evidence.
    """
    worth = _worths(retrieval)
    chosen: dict[int, set[int]] = {}
    spent = 0
    for paper, at in sorted(worth, key=lambda key: -worth[key]):
        found = retrieval.found[paper]
        cost = count(_line(found.sentences[at].text)) + 6
        if paper not in chosen:
            cost += count(_heading(found.passage.paper)) + 6
        if spent and spent + cost > budget:
            continue
        spent += cost
        chosen.setdefault(paper, set()).add(at)
    return Evidence(
        tuple(
            NumberedPaper(
                number,
                retrieval.found[paper].passage.paper,
                tuple(retrieval.found[paper].sentences[at] for at in sorted(ats)),
            )
            for number, (paper, ats) in enumerate(sorted(chosen.items()), 1)
        )
    )


def _worths(retrieval: Retrieval) -> dict[tuple[int, int], float]:
    """What each sentence of each paper (by their places) is worth showing, of those that are evidence at all."""
    best = max((f.passage.score for f in retrieval.found), default=1.0) or 1.0
    worth: dict[tuple[int, int], float] = {}
    for n, found in enumerate(retrieval.found):
        relevance = (
            1.0 if n < retrieval.about else max(found.passage.score / best, 0.0) * (1 if found.reading else UNREAD)
        )
        for at in (i for i, likely in enumerate(found.likely) if likely > 0):
            worth[n, at] = relevance * max(
                _likely(found, at), NEIGHBOUR * max(_likely(found, at - 1), _likely(found, at + 1))
            )
    return worth


def _likely(found: Found, at: int) -> float:
    return float(found.likely[at]) if 0 <= at < len(found.sentences) else 0.0


def _lines(papers: tuple[NumberedPaper, ...]) -> Iterator[str]:
    for paper in papers:
        yield f"Paper {paper.number}: {_heading(paper.paper)}"
        for sentence in paper.sentences:
            yield f"{paper.number}.{sentence.number} {_line(sentence.text)}"


def _heading(paper: Paper) -> str:
    """A title; nothing of one that is a message to whoever reads it."""
    return "(untitled)" if speaks_to_its_reader(paper.title) else _line(paper.title)


def _line(text: str) -> str:
    """Text as one line of data: what a server's chat template would take for its own is broken up."""
    return _TOKEN_LIKE.sub(lambda m: " ".join(m.group()), shown(text))
