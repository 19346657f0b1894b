"""The pipeline of a question: understand, retrieve, read, answer by its plan. ``stream`` is the truth; ``answer`` drains it."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from rag.answering.plans.comparing import compare
from rag.answering.plans.finding import MOST_READ, find
from rag.answering.plans.overview import overview
from rag.answering.plans.records import IDENTIFIER, Sought, answer_from_records
from rag.answering.plans.reply import Cell, Reply
from rag.answering.plans.sourcing import source
from rag.answering.reading import reach, read
from rag.answering.understanding import Understanding, Understood
from rag.answering.verdict import Verdict, judge
from rag.catalog import Catalog
from rag.display import markdown
from rag.errors import ModelError
from rag.followups.smalltalk import small_talk
from rag.models.reader import Reader
from rag.retrieval import Found, Retrieval, Retriever
from rag.types import (
    Answer,
    Claim,
    Done,
    Event,
    Filters,
    Outcome,
    Paper,
    Passage,
    Sentence,
    Source,
    Sources,
    Table,
    Timings,
    Usage,
    Withheld,
)
from rag.words import content_words
from rag.writing import ExtractiveWriter, Writer, Written, each_named

RELATED = 3
"""Papers that are shown where a question's detail is not stated."""
BEYOND = (
    "Not covered: that is beyond a library of abstracts. It can tell what its papers say, list and count them, set them side by side, sum "
    "one up, and give their authors, years, venues and links."
)
BY_TOPIC = ("newest", "oldest", "from_years", "in_venue", "total")
"""What of the records may be asked for papers on one topic alone."""


class Assistant:
    """Answers questions from one library."""

    def __init__(
        self,
        retriever: Retriever,
        reader: Reader,
        catalog: Catalog,
        understanding: Understanding,
        writer: Writer | None = None,
        *,
        fallback: bool = False,
    ) -> None:
        """``writer``: by default the one without a model. ``fallback``: where the writer's model fails, quote, and say why."""
        self._understanding = understanding
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
        asked = self._understanding.plan(self._retriever.checked(question, k, filters))
        if asked.plan.kind == "talk" and not about:
            yield Sources(question, (), asked.plan)
            yield Done(_replied(question, Reply(asked.plan, "answered", small_talk("help") or ""), clock))
            return
        if asked.plan.kind == "record" or (asked.plan.kind in ("find", "count", "overview") and not about):
            yield from self._from_library(question, asked, filters, clock, about)
            return
        found = replace(self._retriever.retrieve(question, reach(k), filters, about), kind=asked.plan.kind)
        if asked.plan.kind == "compare" and len(sides := _sides(found)[:k]) > 1:
            reply = compare(question, sides, self._reader, asked)
            if reply.rows:
                clock.retrieved()
                yield Sources(found.question.text, found.passages[:k], asked.plan)
                yield from reply.claims
                yield Done(_replied(question, reply, clock))
                return
        if asked.plan.kind == "source" and (held := self._source(question, asked, found)):
            clock.retrieved()
            yield Sources(found.question.text, found.passages[:k], asked.plan)
            yield from held.claims
            yield Done(_replied(question, held, clock))
            return
        retrieval = read(found, self._reader, k)
        clock.retrieved()
        yield Sources(retrieval.question.text, retrieval.passages, asked.plan)
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
        yield Done(replace(_answer(question, retrieval, verdict, written, clock, self.writer), plan=asked.plan))

    def _from_library(
        self, question: str, asked: Understood, filters: Filters | None, clock: _Clock, about: Sequence[str]
    ) -> Iterator[Event]:
        """What the catalogue answers, or all papers that match; the given filters narrow the question's own."""
        bounds = _both(asked.plan.filters, filters)
        asked = replace(asked, plan=replace(asked.plan, filters=bounds))
        if asked.plan.kind == "overview":
            clock.retrieved()
            yield Sources(question, (), asked.plan)
            reply = overview(self._catalog, asked.plan)
        elif asked.plan.kind == "record" and not (asked.topic and asked.plan.field in BY_TOPIC):
            called = self._paper_called(question, about)
            clock.retrieved()
            yield Sources(question, (), asked.plan)
            reply = answer_from_records(Sought(question, asked, called), self._catalog)
        else:
            reply = yield from self._all_that_match(question, asked, bounds, clock)
            yield Done(_replied(question, reply, clock))
            return
        yield from reply.claims
        yield Done(_replied(question, reply, clock))

    def _source(self, question: str, asked: Understood, retrieval: Retrieval) -> Reply | None:
        """Where a text, or a number of a paper, is from; None where that is not known."""
        if IDENTIFIER.search(question):
            plan = replace(asked.plan, field="has")
            return answer_from_records(Sought(question, replace(asked, plan=plan), None), self._catalog)
        return source(question, retrieval.found, asked.plan)

    def _all_that_match(self, question: str, asked: Understood, bounds: Filters, clock: _Clock) -> Generator[Event, None, Reply]:
        if asked.authors:
            bounds = replace(bounds, author=bounds.author or _shared(asked.authors))
        within = len(self._catalog.rows_matching(bounds)) if bounds else self._catalog.count()
        if not within:
            clock.retrieved()
            yield Sources(question, (), asked.plan)
            return answer_from_records(Sought(question, replace(asked, plan=replace(asked.plan, field="from_years")), None), self._catalog)
        retrieval = self._retriever.retrieve(question, MOST_READ, bounds or None)
        clock.retrieved()
        yield Sources(retrieval.question.text, retrieval.passages, asked.plan)
        reading = find(retrieval, asked, self._reader, within)
        while True:
            try:
                claim = next(reading)
            except StopIteration as done:
                reply: Reply = done.value
                return _by_year(reply, asked.plan.field)
            clock.claimed()
            yield claim

    def _paper_called(self, question: str, about: Sequence[str]) -> Paper | None:
        """The paper that a question is about (``about``: ids, of a conversation), or calls by its name or title, if one does."""
        if about:
            return next(iter(self._catalog.papers_at(self._catalog.rows_of_papers(about[:1]).values()).values()), None)
        best = next(iter(self._retriever.retrieve(question, 1).found), None)
        if best is None:
            return None
        title = {*content_words(best.passage.paper.title)}
        shared = len(title & {*content_words(question)}) / max(1, len(title))
        return best.passage.paper if best.called or shared >= 0.6 or best.named >= 1 else None

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


def _both(own: Filters, given: Filters | None) -> Filters:
    """The bounds of a question, and those that were set beside it, which go before."""
    if given is None:
        return own
    return Filters(*(b if (b := getattr(given, name)) is not None else getattr(own, name) for name in Filters.__slots__))


def _shared(authors: frozenset[str]) -> str:
    """A surname that all of some authors have."""
    words = Counter(str(word) for a in authors for word in re.findall(r"\w+", a))
    return words.most_common(1)[0][0]


def _by_year(reply: Reply, field: str) -> Reply:
    """The same papers by year, where the newest or oldest were asked for."""
    if field not in ("newest", "oldest") or not reply.listed:
        return reply
    sign = -1 if field == "newest" else 1
    order = sorted(range(len(reply.listed)), key=lambda n: (reply.listed[n][0].year is None, sign * (reply.listed[n][0].year or 0)))
    return replace(reply, listed=tuple(reply.listed[n] for n in order), claims=tuple(reply.claims[n] for n in order))


def _sides(retrieval: Retrieval) -> list[Found]:
    """The papers that a comparison sets side by side: those that it is about, or names."""
    if retrieval.about > 1:
        return list(retrieval.found[: retrieval.about])
    text = retrieval.question.text.casefold()
    named = [retrieval.found[n] for n in each_named(retrieval)]
    return sorted(named, key=lambda f: text.find(next(iter(content_words(f.passage.paper.title)), "")))


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


def _replied(question: str, reply: Reply, clock: _Clock) -> Answer:
    """A plan's reply as an answer, its papers numbered in their order."""
    sources = tuple(Source(n, paper, sentences) for n, (paper, sentences) in enumerate(reply.listed, 1))
    table = Table(reply.columns, tuple(tuple(_told_cell(c, sources) for c in row) for row in reply.rows)) if reply.rows else None
    body = _lines(reply, sources) if table is None else _rows(table)
    return Answer(
        question=question, outcome=reply.outcome, text="\n\n".join(part for part in (reply.note, body) if part), claims=reply.claims,
        sources=sources, withheld=(), writer="extractive", model=None, usage=Usage(), timings=clock.timings(), standalone_question=question,
        plan=reply.plan, read=reply.read, table=table,
    )  # fmt: skip


def _told_cell(cell: Cell, sources: Sequence[Source]) -> str:
    number = next((s.number for s in sources if cell.sentence and s.paper.paper_id == cell.sentence.paper_id), None)
    return markdown(cell.text) + (f" [{number}]" if number else "")


def _lines(reply: Reply, sources: Sequence[Source]) -> str:
    """A line a claim, with the number of its paper."""
    number = {s.id: source.number for source in sources for s in source.sentences}
    told = []
    for n, claim in enumerate(reply.claims):
        marks = [number[i] for i in claim.citations] or [sources[n].number]
        told.append(f"{markdown(claim.text)} {''.join(f'[{m}]' for m in marks)}")
    return told[0] if len(told) == 1 else "\n".join(f"- {line}" for line in told)


def _rows(table: Table) -> str:
    """A table in Markdown."""
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows)


def _answer(question: str, retrieval: Retrieval, verdict: Verdict, written: Written, clock: _Clock, writer: Writer) -> Answer:
    outcome: Outcome
    if written.claims:
        outcome = "partial" if written.partial else "answered"
        sources = _cited(retrieval, written.claims)
        text = _told(written, sources)
    elif verdict.kind == "not_covered":
        outcome, sources, text = "not_covered", (), BEYOND if retrieval.kind == "beyond" else _not_covered(verdict)
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
