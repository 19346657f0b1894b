"""The pipeline of a question. ``stream`` is the truth; ``answer`` drains it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rag.catalog import Catalog
from rag.display import markdown
from rag.retrieval import Retrieval, Retriever
from rag.types import Answer, Claim, Done, Event, Filters, Outcome, Paper, Passage, Sentence, Source, Sources, Timings, Usage
from rag.verdict import Verdict, judge
from rag.writing import ExtractiveWriter, Written

RELATED = 3
"""Papers that are shown where a question's detail is not stated."""


class Assistant:
    """Answers questions from one library."""

    def __init__(self, retriever: Retriever, catalog: Catalog) -> None:
        self._retriever = retriever
        self._catalog = catalog
        self._writer = ExtractiveWriter()

    def answer(self, question: str, k: int = 8, filters: Filters | None = None) -> Answer:
        """The whole answer. Raises what :meth:`Retriever.retrieve` raises."""
        *_, last = self.stream(question, k, filters)
        assert isinstance(last, Done)
        return last.answer

    def stream(self, question: str, k: int = 8, filters: Filters | None = None) -> Iterator[Event]:
        """Sources, then claims as they are ready, then Done with the answer."""
        clock = _Clock()
        retrieval = self._retriever.retrieve(question, k, filters)
        clock.retrieved()
        yield Sources(retrieval.question.text, retrieval.passages)
        verdict = judge(retrieval, self._catalog.papers_with)
        written = self._writer.write(retrieval) if verdict.kind == "covered" else Written()
        if verdict.kind == "not_stated":
            written = self._writer.correct(retrieval)  # a false premise is answered with what the abstract says instead
        for claim in written.claims:
            clock.claimed()
            yield claim
        yield Done(_answer(question, retrieval, verdict, written, clock))


class _Clock:
    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._retrieve = 0.0
        self._first_claim: float | None = None

    def _elapsed(self) -> float:
        return time.perf_counter() - self._start

    def retrieved(self) -> None:
        self._retrieve = self._elapsed()

    def claimed(self) -> None:
        self._first_claim = self._first_claim if self._first_claim is not None else self._elapsed()

    def timings(self) -> Timings:
        return Timings(self._retrieve, self._first_claim, self._elapsed())


def _answer(question: str, retrieval: Retrieval, verdict: Verdict, written: Written, clock: _Clock) -> Answer:
    outcome: Outcome
    if written.claims:
        outcome = "partial" if written.note else "answered"
        sources = _cited(retrieval, written.claims)
        text = _told(written, sources)
    elif verdict.kind == "not_covered":
        outcome, sources, text = "not_covered", (), _not_covered(verdict)
    else:
        outcome = "not_stated"
        sources = tuple(Source(n, p.paper, (p.sentences[0].sentence,)) for n, p in enumerate(_related(retrieval), 1))
        text = _not_stated(verdict, sources)
    return Answer(
        question=question, outcome=outcome, text=text, claims=written.claims, sources=sources, withheld=(), writer="extractive", model=None,
        usage=Usage(), timings=clock.timings(), standalone_question=retrieval.question.text,
    )  # fmt: skip


def _related(retrieval: Retrieval) -> list[Passage]:
    """The best paper, and others only where the question does not single it out by name."""
    best = retrieval.found[0]
    return [best.passage] if best.named >= 0.5 else [f.passage for f in retrieval.found[:RELATED]]


def _cited(retrieval: Retrieval, claims: tuple[Claim, ...]) -> tuple[Source, ...]:
    """The cited papers, numbered in the order in which the claims cite them."""
    by_id = {s.id: (f.passage.paper, s) for f in retrieval.found for s in f.sentences}
    cited: dict[str, tuple[Paper, list[Sentence]]] = {}
    for sentence_id in dict.fromkeys(i for claim in claims for i in claim.citations):
        paper, sentence = by_id[sentence_id]
        cited.setdefault(paper.paper_id, (paper, []))[1].append(sentence)
    return tuple(
        Source(number, paper, tuple(sorted(sentences, key=lambda s: s.number)))
        for number, (paper, sentences) in enumerate(cited.values(), 1)
    )


def _told(written: Written, sources: tuple[Source, ...]) -> str:
    number = {sentence.id: source.number for source in sources for sentence in source.sentences}
    told = " ".join(
        markdown(claim.text) + " " + "".join(f"[{n}]" for n in sorted({number[i] for i in claim.citations})) for claim in written.claims
    )
    return f"{markdown(written.note)}\n\n{told}" if written.note else told


def _not_covered(verdict: Verdict) -> str:
    if verdict.missing:
        return f"Not covered: no abstract in this library mentions {_listed(verdict.missing)}."
    return "Not covered: no abstract in this library is about this."


def _not_stated(verdict: Verdict, sources: tuple[Source, ...]) -> str:
    """Says what was looked for and not found, never more: an abstract may tell it in words that were not recognised."""
    about = "; ".join(f"{markdown(s.paper.title)} [{s.number}]" for s in sources)
    words = f" It does not have the words {_listed(verdict.missing)}." if verdict.missing and len(sources) == 1 else ""
    words = f" The first does not have the words {_listed(verdict.missing)}." if verdict.missing and len(sources) > 1 else words
    abstracts = "these abstracts, which are" if len(sources) > 1 else "this abstract, which is"
    return f"Not stated. No sentence that states what is asked was found in {abstracts} nearest to the question: {about}.{words}"


def _listed(words: tuple[str, ...]) -> str:
    quoted = [f"“{markdown(w)}”" for w in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
