"""The pipeline of a question. ``stream`` is the truth; ``answer`` drains it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from rag.answering.reading import reach, read
from rag.answering.verdict import Verdict, judge
from rag.catalog import Catalog
from rag.display import markdown
from rag.errors import ModelError
from rag.models.reader import Reader
from rag.retrieval import Retrieval, Retriever
from rag.types import Answer, Claim, Done, Event, Filters, Outcome, Paper, Passage, Sentence, Source, Sources, Timings, Withheld
from rag.writing import ExtractiveWriter, Writer, Written

RELATED = 3
"""Papers that are shown where a question's detail is not stated."""


class Assistant:
    """Answers questions from one library."""

    def __init__(
        self, retriever: Retriever, reader: Reader, catalog: Catalog, writer: Writer | None = None, *, fallback: bool = False
    ) -> None:
        """``writer``: by default the one without a model. ``fallback``: where the writer's model fails, quote, and say why."""
        self._retriever = retriever
        self._reader = reader
        self._catalog = catalog
        self._quoting = ExtractiveWriter()
        self.writer: Writer = writer or self._quoting
        self._fallback = fallback

    def answer(self, question: str, k: int = 8, filters: Filters | None = None) -> Answer:
        """The whole answer. Raises what :meth:`Retriever.retrieve` raises, and ModelError."""
        *_, last = self.stream(question, k, filters)
        assert isinstance(last, Done)
        return last.answer

    def stream(self, question: str, k: int = 8, filters: Filters | None = None, about: Sequence[str] = ()) -> Iterator[Event]:
        """Sources, then claims and what is withheld as they are ready, then Done with the answer.

        ``about``: ids of the papers that a question of a conversation refers to; they come first, and what they lack is not stated.
        """
        clock = _Clock()
        retrieval = read(self._retriever.retrieve(question, reach(k), filters, about), self._reader, k)
        clock.retrieved()
        yield Sources(retrieval.question.text, retrieval.passages)
        verdict = judge(retrieval, self._mentions)
        if retrieval.about and verdict.kind == "not_covered":
            verdict = Verdict("not_stated", verdict.missing)
        written = Written()
        if verdict.kind == "covered":
            written = yield from self._written(retrieval, clock)
        elif verdict.kind == "false_premise":
            written = self._quoting.corrected(retrieval, verdict.correction)  # with what the abstract says instead
            for claim in written.claims:
                clock.claimed()
                yield claim
        yield Done(_answer(question, retrieval, verdict, written, clock, self.writer))

    def _mentions(self, phrase: str) -> int:
        """How many papers have a phrase in title, abstract or among their authors."""
        return self._catalog.papers_with(phrase) or len(self._catalog.rows_matching(Filters(author=phrase)))

    def _written(self, retrieval: Retrieval, clock: _Clock) -> Generator[Claim | Withheld, None, Written]:
        """What the writer gives. Where its model fails, the abstracts' own sentences; after its first claim, what there is, as a part."""
        given: list[Claim] = []
        writing = self.writer.write(retrieval)
        try:
            while True:
                event = next(writing)
                if isinstance(event, Claim):
                    clock.claimed()
                    given.append(event)
                yield event
        except StopIteration as done:
            written: Written = done.value
            return written
        except ModelError as error:
            if not self._fallback:
                raise
            if given:
                return Written(tuple(given), f"Incomplete: {error}", partial=True)
            note = f"Quoted, for the model gave no answer: {error}"
        quoted = yield from self._quoting.write(retrieval)
        clock.claimed()
        return replace(quoted, note=f"{note} {quoted.note}".strip())


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


def _answer(question: str, retrieval: Retrieval, verdict: Verdict, written: Written, clock: _Clock, writer: Writer) -> Answer:
    outcome: Outcome
    if written.claims:
        outcome = "partial" if written.partial else "answered"
        sources = _cited(retrieval, written.claims)
        text = _told(written, sources)
    elif verdict.kind == "not_covered":
        outcome, sources, text = "not_covered", (), _not_covered(verdict)
    else:
        outcome = "not_stated"
        sources = tuple(Source(n, p.paper, (p.sentences[0].sentence,)) for n, p in enumerate(_related(retrieval), 1))
        text = _not_stated(verdict, sources)
    quoted = all(c.support == "quoted" for c in written.claims) and bool(written.claims)
    return Answer(
        question=question, outcome=outcome, text=text, claims=written.claims, sources=sources, withheld=written.withheld,
        writer="extractive" if quoted else writer.kind, model=writer.model, usage=written.usage, timings=clock.timings(),
        standalone_question=retrieval.question.text, prompt=written.prompt,
    )  # fmt: skip


def _related(retrieval: Retrieval) -> list[Passage]:
    """The papers that the question refers to or calls by name; else the best, and others only where it does not single that one out."""
    if retrieval.about:
        return [f.passage for f in retrieval.found[: retrieval.about]]
    called = [f.passage for f in retrieval.found if f.called]
    if called:
        return called[:RELATED]
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
    which = "The first" if len(sources) > 1 else "It"
    words = f" {which} does not say {_listed(verdict.missing)}." if verdict.missing and sources else ""
    abstracts = "these abstracts, which are" if len(sources) > 1 else "this abstract, which is"
    return f"Not stated. No sentence that states what is asked was found in {abstracts} nearest to the question: {about}.{words}"


def _listed(words: tuple[str, ...]) -> str:
    quoted = [f"“{markdown(w)}”" for w in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
