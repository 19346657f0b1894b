"""The writer without a model: its claims are the abstracts' own sentences. And what every writer is and gives."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.answering.reading import asks_of_several, best_evidence
from rag.answering.retrieval import Found, Retrieval
from rag.models.bundled_reader import figures
from rag.text.words import content_words
from rag.types import Claim, Sentence, Usage, Withheld

FEW = 4
"""A name or rare word in a comparison that so few papers have, and no title: the best of them is what it names."""
MOST_WORDS = 120
"""Words of an answer; a single sentence may be longer."""
MOST_SENTENCES = 4
"""Sentences from one paper."""
LISTED_PAPERS, COMPARED_PAPERS = 8, 3
MATCHES = 0.5
"""Papers of a list or comparison must be about what is asked with this probability."""


NO_USAGE = Usage()


@dataclass(frozen=True)
class Written:
    """What a writer made: claims in the order of the answer, and a note for the reader that precedes them.

    ``partial``: the claims don't answer the question as it is put. ``not_stated``: the writer found that nothing
    states it. ``prompt``: the
    version of what a model was told.
    """

    claims: tuple[Claim, ...] = ()
    note: str = ""
    withheld: tuple[Withheld, ...] = ()
    usage: Usage = NO_USAGE
    prompt: str | None = None
    partial: bool = False
    not_stated: bool = False


class Writer(Protocol):
    """Writes the answer to a question that the library covers."""

    @property
    def kind(self) -> Literal["extractive", "chat"]: ...

    @property
    def model(self) -> str | None: ...

    def write(self, retrieval: Retrieval) -> Generator[Claim | Withheld, None, Written]:
        """Gives out claims and what is withheld as they are ready, and returns the whole."""
        ...


@dataclass(frozen=True)
class _Pick:
    """A sentence chosen for the answer: from which paper of the retrieval, and how likely it answers."""

    paper: int
    sentence: Sentence
    likely: float


class ExtractiveWriter:
    """Answers with the few sentences that answer, each quoted whole with its address."""

    kind: Literal["extractive"] = "extractive"
    model: str | None = None

    def write(self, retrieval: Retrieval) -> Generator[Claim | Withheld, None, Written]:
        """The sentences that answer."""
        papers = _papers(retrieval)
        most = MOST_SENTENCES if len(papers) == 1 else 2 if len(papers) == 2 else 1
        picks = [pick for n in papers for pick in _picked(n, retrieval.found[n], most)]
        written = Written(_claims(_within_length(picks)))
        yield from written.claims
        return written

    def corrected(self, retrieval: Retrieval, correction: str = "") -> Written:
        """Of a question that takes something wrong for granted: what the best paper says instead, led by a note.
        ``correction``: what is otherwise, where that is known.
        """
        note = f"Not as the question puts it: {correction or 'the abstract says otherwise'}."
        return Written(_claims(_within_length(_picked(0, retrieval.found[0], 2))), note, partial=True)


def _papers(retrieval: Retrieval) -> list[int]:
    """Which of the found papers an answer draws on: those that the question is about, names, sets side by side or
    asks to be listed; else
    the best.
    """
    found = retrieval.found
    named = each_named(retrieval)
    if retrieval.about > 1:
        named = sorted({*range(retrieval.about), *named})
    if len(named) > 1:
        return named[:LISTED_PAPERS]
    if asks_of_several(retrieval):
        most = COMPARED_PAPERS if retrieval.kind == "compare" else LISTED_PAPERS
        return [n for n, f in enumerate(found) if f.reading and f.reading.about >= MATCHES][:most] or [0]
    return [0]


def each_named(retrieval: Retrieval) -> list[int]:
    """The papers whose titles hold names of the question, one for each name, best first. In a comparison any rare word
    of a title is a name, and one that no title has is looked for in the abstracts: few have it, and the best introduces
    it.
    """
    asked, found = retrieval.question, retrieval.found
    comparing = retrieval.kind == "compare"
    rare = max(2, asked.papers // 40)
    few = tuple(w for w in asked.words if comparing and 0 < asked.frequency[w] <= rare)
    titles = [set(content_words(f.passage.paper.title)) for f in found]
    texts = [set(content_words(f.passage.paper.abstract)) if comparing else set[str]() for f in found]
    named = {n for n, f in enumerate(found) if f.called}
    for name in asked.names + few:
        at = next((n for n, title in enumerate(titles) if name in title), None)
        if at is None and comparing and asked.frequency[name] <= FEW:
            at = next((n for n, text in enumerate(texts) if name in text), None)
        if at is not None:
            named.add(at)
    return sorted(named)


def _picked(paper: int, found: Found, most: int) -> list[_Pick]:
    """A paper's sentence that most likely answers, and others that likely do, in the order of the abstract; none
    where none is evidence.
    """
    shown = best_evidence(found, figures()["limits"]["sentence"], most)
    return [_Pick(paper, found.sentences[i], float(found.likely[i])) for i in shown]


def _within_length(picks: list[_Pick]) -> list[_Pick]:
    """Leaves out the least likely sentences until the answer is short enough; every paper keeps its best for as long
    as there are
    others.
    """
    kept = list(picks)
    while len(kept) > 1 and sum(len(p.sentence.text.split()) for p in kept) > MOST_WORDS:
        count = {p.paper: sum(q.paper == p.paper for q in kept) for p in kept}
        kept.remove(min(kept, key=lambda p: (count[p.paper] == 1, p.likely)))
    return kept


def _claims(picks: Sequence[_Pick]) -> tuple[Claim, ...]:
    return tuple(Claim(p.sentence.text, (p.sentence.id,), "quoted") for p in picks)
