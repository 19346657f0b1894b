"""The writer without a model: its claims are the abstracts' own sentences. And what every writer is and gives."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from rag.asking import compares, lists
from rag.attribution import borrowed
from rag.followups.references import is_named_in
from rag.premise import Reading, contradiction
from rag.premises.record import misdescribed
from rag.relevance import is_stub
from rag.retrieval import Found, Question, Retrieval
from rag.types import Claim, Sentence, Usage, Withheld
from rag.words import content_words

MOST_WORDS = 120
"""Words of an answer; a single sentence may be longer."""
MOST_SENTENCES = 4
"""Sentences from one paper."""
LIKELY = 0.24
"""A further sentence is shown if it answers with at least this probability."""
LISTED_PAPERS, COMPARED_PAPERS = 5, 3
NEAR = 0.93
"""Papers of a list or comparison must reach this share of the best paper's relevance."""


NO_USAGE = Usage()


@dataclass(frozen=True)
class Written:
    """What a writer made: claims in the order of the answer, and a note for the reader that precedes them.

    ``partial``: the claims don't answer the question as it is put. ``not_stated``: the writer found that nothing states it. ``prompt``: the
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
        """The sentences that answer; led by a note where one contradicts what the question takes for granted."""
        written = self.corrected(retrieval)
        if not written.claims:
            papers = _papers(retrieval)
            most = MOST_SENTENCES if len(papers) == 1 else 2 if len(papers) == 2 else 1
            picks = [pick for n in papers for pick in _picked(n, retrieval.found[n], most)]
            written = Written(_claims(_within_length(picks)))
        yield from written.claims
        return written

    def corrected(self, retrieval: Retrieval) -> Written:
        """The sentence that contradicts the question's premise, with the difference named; nothing if there is none."""
        if not retrieval.found:
            return Written()
        asked, found = retrieval.question, retrieval.found[0]
        kept = [i for i, likely in enumerate(found.likely) if likely > 0]
        read = [found.sentences[i] for i in kept]
        wrong = contradiction(Reading(asked.text, found.passage.paper, read, found.likely[kept], found.named, asked.idf))
        if wrong:
            others = [p for p in _picked(0, found, 2) if p.sentence.id != wrong.sentence.id and p.likely > 0.5]
            picks = sorted([_Pick(0, wrong.sentence, 1.0), *others[:1]], key=lambda p: p.sentence.number)
            return _put_right(wrong.difference, picks)
        other = borrowed(asked, retrieval.found)
        if other:
            return _put_right(other.told, [_Pick(other.paper, other.sentence, 1.0)])
        recorded = misdescribed(asked.text, found.passage.paper) if _is_meant(asked, found) else None
        return _put_right(recorded, _picked(0, found, MOST_SENTENCES)) if recorded else Written()


def _put_right(difference: str, picks: list[_Pick]) -> Written:
    return Written(_claims(_within_length(picks)), f"Not as the question puts it: {difference}.", partial=True)


def _is_meant(asked: Question, found: Found) -> bool:
    """Whether a question calls this paper by its name, or quotes most of its title."""
    title = {*content_words(found.passage.paper.title)}
    quoted = len(title & {*asked.words}) >= max(3, 0.7 * len(title))
    return quoted or is_named_in(asked.text, found.passage.paper.title)


def _papers(retrieval: Retrieval) -> list[int]:
    """Which of the found papers an answer draws on: those that the question is about, names, sets side by side or asks to be listed; else
    the best.
    """
    asked, found = retrieval.question, retrieval.found
    named = _each_named(asked, found)
    if retrieval.about > 1:
        named = sorted({*range(retrieval.about), *named})
    if len(named) > 1:
        return named[:LISTED_PAPERS]
    if lists(asked.text) or compares(asked.text):
        most = LISTED_PAPERS if lists(asked.text) else COMPARED_PAPERS
        near = [n for n, f in enumerate(found) if f.passage.score >= NEAR * found[0].passage.score]
        return near[:most]
    return [0]


def _each_named(asked: Question, found: Sequence[Found]) -> list[int]:
    """The papers whose titles hold names of the question, one for each name, best first; in a comparison any rare word of a title is a
    name.
    """
    rare = max(2, asked.papers // 40)
    names = asked.names + tuple(w for w in asked.words if compares(asked.text) and 0 < asked.frequency[w] <= rare)
    titles = [set(content_words(f.passage.paper.title)) for f in found]
    first = (next((n for n, title in enumerate(titles) if name in title), None) for name in names)
    called = (n for n, f in enumerate(found) if is_named_in(asked.text, f.passage.paper.title))
    return sorted({n for n in (*first, *called) if n is not None})


def _picked(paper: int, found: Found, most: int) -> list[_Pick]:
    """A paper's sentence that most likely answers, and others that likely do, in the order of the abstract; none where none is evidence."""
    order = [int(i) for i in np.argsort(-found.likely, kind="stable") if found.likely[i] > 0]
    order = [i for i in order if not is_stub(found.sentences[i].text)] or order
    chosen = order[:1] + [i for i in order[1:most] if found.likely[i] >= LIKELY]
    return [_Pick(paper, found.sentences[i], float(found.likely[i])) for i in sorted(chosen)]


def _within_length(picks: list[_Pick]) -> list[_Pick]:
    """Leaves out the least likely sentences until the answer is short enough; every paper keeps its best for as long as there are
    others.
    """
    kept = list(picks)
    while len(kept) > 1 and sum(len(p.sentence.text.split()) for p in kept) > MOST_WORDS:
        count = {p.paper: sum(q.paper == p.paper for q in kept) for p in kept}
        kept.remove(min(kept, key=lambda p: (count[p.paper] == 1, p.likely)))
    return kept


def _claims(picks: Sequence[_Pick]) -> tuple[Claim, ...]:
    return tuple(Claim(p.sentence.text, (p.sentence.id,), "quoted") for p in picks)
