"""The pipeline of a question: understand, retrieve, read, answer by its plan. ``stream`` is the truth; ``answer``
drains it.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from rag.answering.answers import answer_of_reply, answer_of_writing
from rag.answering.following import Carried, Earlier, carried, done_to_listed
from rag.answering.plans.comparing import compare
from rag.answering.plans.finding import MOST_READ, find
from rag.answering.plans.overview import overview
from rag.answering.plans.records import IDENTIFIER, OF_ONE, Sought, answer_from_records, papers_within
from rag.answering.plans.reply import Reply, by_year
from rag.answering.plans.sourcing import source
from rag.answering.qualifying import narrowed, nothing_passes, so_far
from rag.answering.reading import reach, read
from rag.answering.retracted import warned
from rag.answering.retrieval import Found, Retrieval, Retriever, check_filters
from rag.answering.smalltalk import WHAT_CAN_BE_ASKED
from rag.answering.understanding import Understanding, Understood, phrase
from rag.answering.verdict import Verdict, judge
from rag.answering.writing.extracts import ExtractiveWriter, Writer, Written, each_named
from rag.errors import ModelError
from rag.library.catalog import Catalog
from rag.models.reader import Reader
from rag.text.words import content_words
from rag.types import Answer, Claim, Done, Event, Filters, Paper, Passage, Pending, Sources, Timings, Withheld

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
        """``writer``: by default the one without a model. ``fallback``: where the writer's model fails, quote, and say
        why.
        """
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

    def stream(
        self,
        question: str,
        k: int = 8,
        filters: Filters | None = None,
        about: Sequence[str] = (),
        earlier: Earlier | None = None,
    ) -> Iterator[Event]:
        """Sources, then claims and what is withheld as they are ready, then Done with the answer.

        ``about``: ids of the papers that a question of a conversation refers to; they come first, and what they lack is
        not stated. ``earlier``: what was answered before, where the question may go on from it.
        """
        pending = self._catalog.pending()  # before anything is looked for: what is indexed meanwhile may be missed
        check_filters(filters)
        passing = len(self._catalog.rows_matching(filters)) if filters else None
        with closing(self._events(question, k, filters, passing, about, earlier)) as events:
            for event in events:
                if isinstance(event, Done):
                    event = Done(self._qualified(event.answer, filters, passing, pending))
                elif isinstance(event, Sources) and pending:
                    event = replace(event, pending=pending)
                yield event

    def _qualified(
        self, answer: Answer, filters: Filters | None, passing: int | None, pending: Pending | None
    ) -> Answer:
        if filters and passing is not None and answer.outcome != "answered":
            answer = narrowed(answer, filters, passing, self._catalog.count())
        return warned(so_far(answer, pending) if pending else answer)

    def _events(
        self,
        question: str,
        k: int,
        filters: Filters | None,
        passing: int | None,
        about: Sequence[str],
        earlier: Earlier | None,
    ) -> Generator[Event, None, None]:
        """``passing``: how many papers pass the filters, where there are any."""
        clock = _Clock()
        if earlier and (on := carried(earlier, self._understanding)):
            listed = yield from self._from_listed(on, filters, clock)
            yield Done(answer_of_reply(on.question, listed, clock.timings()))
            return
        asked = self._understanding.plan(self._retriever.checked(question, k, filters))
        if filters and passing == 0 and asked.plan.kind != "talk":
            none = nothing_passes(asked.plan, filters, self._catalog.count())
            reply: Reply | None = yield from _shown(none, question, (), clock)
        elif asked.plan.kind in ("record", "talk") or (asked.plan.kind in ("find", "count", "overview") and not about):
            reply = yield from self._from_library(question, asked, filters, about, clock)
        else:
            found = replace(self._retriever.retrieve(question, reach(k), filters, about), kind=asked.plan.kind)
            reply = self._from_found(question, asked, found, k)
            if reply:
                yield from _shown(reply, found.question.text, found.passages[:k], clock)
        if reply:
            yield Done(answer_of_reply(question, reply, clock.timings()))
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
        yield Done(answer_of_writing(question, asked.plan, retrieval, verdict, written, self.writer, clock.timings()))

    # --- plans that need no writer ------------------------------------------------------------------------------------

    def _from_library(
        self, question: str, asked: Understood, filters: Filters | None, about: Sequence[str], clock: _Clock
    ) -> Generator[Event, None, Reply]:
        """What the catalogue answers, or all papers that match; the given filters narrow the question's own."""
        asked = _within(asked, filters)
        plan = asked.plan
        if plan.kind == "talk":
            return (yield from _shown(Reply(plan, "answered", WHAT_CAN_BE_ASKED), question, (), clock))
        if plan.kind == "overview":
            return (yield from _shown(overview(self._catalog, plan), question, (), clock))
        if plan.kind in ("find", "count") or (asked.topic and plan.field in BY_TOPIC):
            return (yield from self._all_that_match(question, asked, clock))
        paper = self._paper_called(question, about) if plan.field in OF_ONE else None
        return (
            yield from _shown(answer_from_records(Sought(question, asked, paper), self._catalog), question, (), clock)
        )

    def _from_listed(self, on: Carried, filters: Filters | None, clock: _Clock) -> Generator[Event, None, Reply]:
        """What is done to the list that was answered last."""
        if on.deed == "narrow":
            asked = _within(on.understood, filters)
            if asked.plan.kind in ("find", "count"):
                return (yield from self._all_that_match(on.question, asked, clock))
            reply = answer_from_records(Sought(on.question, asked, None), self._catalog)
        else:
            rows = self._catalog.rows_of_papers(on.papers)
            held = self._catalog.papers_at(rows.values())
            reply = done_to_listed(on, [held[rows[i]] for i in on.papers if i in rows and rows[i] in held])
        return (yield from _shown(reply, on.question, (), clock))

    def _all_that_match(self, question: str, asked: Understood, clock: _Clock) -> Generator[Event, None, Reply]:
        bounds = asked.plan.filters
        by_them = papers_within(asked, self._catalog) if asked.authors else []
        everyones = len(self._catalog.rows_matching(bounds)) if bounds else self._catalog.count()
        within = len(by_them) if asked.authors else everyones
        if not within:
            none = replace(asked, plan=replace(asked.plan, field="from_years"))
            return (
                yield from _shown(answer_from_records(Sought(question, none, None), self._catalog), question, (), clock)
            )
        counts = (
            asked.plan.kind == "count" or asked.plan.field == "total"
        )  # which no abstract answers: its topic is read
        sought = (phrase(question, asked.topic) if counts else "") or question
        retrieval = self._retriever.retrieve(sought, MOST_READ, bounds or None, [p.paper_id for p in by_them])
        if by_them:
            retrieval = replace(retrieval, found=retrieval.found[: retrieval.about])
        clock.retrieved()
        yield Sources(retrieval.question.text, retrieval.passages, asked.plan)
        reading = find(retrieval, asked.plan, self._reader, within)
        while True:
            try:
                claim = next(reading)
            except StopIteration as done:
                reply: Reply = done.value
                return by_year(reply) if asked.plan.field in ("newest", "oldest") else reply
            clock.claimed()
            yield claim

    def _from_found(self, question: str, asked: Understood, found: Retrieval, k: int) -> Reply | None:
        """Papers side by side, or where a text is from; None where that is not to be had, or something else is asked
        for.
        """
        if asked.plan.kind == "compare" and len(sides := _sides(found)[:k]) > 1:
            return compare(question, sides, self._reader, asked)
        if asked.plan.kind == "source" and IDENTIFIER.search(question):
            has = replace(asked, plan=replace(asked.plan, field="has"))
            return answer_from_records(Sought(question, has, None), self._catalog)
        return source(question, found.found, asked.plan) if asked.plan.kind == "source" else None

    def _paper_called(self, question: str, about: Sequence[str]) -> Paper | None:
        """The paper that a question is about (``about``: ids, of a conversation), or calls by its name or title, if one
        does.
        """
        if about:
            return next(iter(self._catalog.papers_at(self._catalog.rows_of_papers(about[:1]).values()).values()), None)
        best = next(iter(self._retriever.retrieve(question, 1).found), None)
        if best is None:
            return None
        title = {*content_words(best.passage.paper.title)}
        shared = len(title & {*content_words(question)}) / max(1, len(title))
        return best.passage.paper if best.called or shared >= 0.6 or best.named >= 1 else None

    # --- what is written ----------------------------------------------------------------------------------------------

    def _mentions(self, phrase: str) -> int:
        """How many papers have a phrase in title, abstract or among their authors."""
        return self._catalog.papers_with(phrase) or len(self._catalog.rows_matching(Filters(author=phrase)))

    def _written(self, retrieval: Retrieval, clock: _Clock) -> Generator[Claim | Withheld, None, Written]:
        """What the writer gives. Where its model fails, the abstracts' own sentences; after its first claim, what there
        is, as a part.
        """
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


def _within(asked: Understood, filters: Filters | None) -> Understood:
    """The same within given filters, which go before the question's own."""
    return replace(asked, plan=replace(asked.plan, filters=filters.over(asked.plan.filters))) if filters else asked


def _shown(reply: Reply, question: str, passages: tuple[Passage, ...], clock: _Clock) -> Generator[Event, None, Reply]:
    """The events of a reply that is ready, but for the last."""
    clock.retrieved()
    yield Sources(question, passages, reply.plan)
    for claim in reply.claims:
        clock.claimed()
        yield claim
    return reply


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
