"""A conversation: follow-up questions understood, papers under numbers that stay, every finished turn saved at once.

Each question goes through :meth:`Assistant.stream`, which is the truth about one question; here it is made to stand
alone before, and its papers get the conversation's numbers after.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from rag.answering.following import Earlier
from rag.answering.retrieval import MAX_QUESTION, checked_question
from rag.answering.smalltalk import small_talk
from rag.conversation.exporting import to_markdown
from rag.conversation.standalone import FollowUps, Rewriter
from rag.errors import LibraryError, UsageError
from rag.library.bibtex import to_bibtex
from rag.library.catalog import Catalog
from rag.text.display import markdown
from rag.text.titles import joined, spoken_name
from rag.types import Answer, Claim, Done, Event, Filters, Paper, Plan, Sources, Table, Timings, Turn, Usage

Ask = Callable[[str, int, Filters | None, Sequence[str], Earlier | None], Iterator[Event]]
"""``Assistant.stream``: question, how many papers to draw on, filters, ids of the papers that the question is about,
and what was answered before."""
Format = Literal["markdown", "bibtex"]
_LONGEST_TITLE = 80
_MARKERS = re.compile(r"(?<!\\)\[\d+\](?:\[\d+\])*")


class Chat:
    """One conversation with a library. Not for two threads at once; two processes may hold the same one, one question
    after another.
    """

    def __init__(
        self,
        catalog: Catalog,
        ask: Ask,
        conversation_id: str | None = None,
        rewrite: Rewriter | None = None,
        *,
        saved: bool = True,
    ) -> None:
        """Starts a conversation, or resumes one. ``rewrite`` makes follow-ups stand alone in the place of the rules.
        ``saved``: whether its turns are kept in the library.

        Raises UsageError if there is no conversation of that id.
        """
        self.id = conversation_id or uuid.uuid4().hex[:12]
        """By which it is resumed; it stands in the library from the first finished turn on."""
        self.note: str | None = None
        """Why the last turns are not saved; None while all are."""
        self._catalog = catalog
        self._saved = saved
        self._ask = ask
        self.rewrite: Rewriter = rewrite or FollowUps(self._heads_a_title, self._title_and_abstract, self._titled)
        """Makes follow-ups stand alone."""
        self._turns: list[Turn] = []
        self._unsaved: list[Turn] = []
        self._last = 0  # the number of the last turn that is known to be saved
        self._numbers: dict[str, int] = {}
        self._title: str | None = None
        if conversation_id is not None:
            self._title = catalog.conversations.title(conversation_id)
            if self._title is None:
                raise unknown(conversation_id)
            self._catch_up()
            if self._title == self._first_question():
                self._title = None  # nobody has renamed it

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The finished turns, oldest first."""
        return tuple(self._turns)

    @property
    def title(self) -> str:
        """What it was renamed to, else its first question."""
        return self._title if self._title is not None else self._first_question()

    def _first_question(self) -> str:
        asked = next((turn for turn in self._turns if not turn.is_small_talk), None) or next(iter(self._turns), None)
        title = asked.answer.question if asked else "New conversation"
        return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"

    @property
    def papers(self) -> dict[int, Paper]:
        """The cited papers under their numbers."""
        return {
            s.number: s.paper
            for s in sorted((s for t in self._turns for s in t.answer.sources), key=lambda s: s.number)
        }

    def ask(self, question: str, k: int = 8, filters: Filters | None = None) -> Answer:
        """The answer to a question or follow-up; ``answer.standalone_question`` is what was searched for. Raises as
        ``Client.ask``.
        """
        *_, last = self.stream(question, k, filters)
        assert isinstance(last, Done)
        return last.answer

    def stream(
        self, question: str, k: int = 8, filters: Filters | None = None, *, replaces: int | None = None
    ) -> Iterator[Event]:
        """The events of the answer as they happen. The turn is saved before Done; a stream that is left before that is
        no turn.

        ``replaces``: the turn, from 1, whose place it takes, with those after it; they stay until the new one is saved.
        Raises UsageError if there is no such turn.
        """
        asked = checked_question(question)
        self._catch_up()
        before = self.turns if replaces is None else self.turns[: self._checked(replaces) - 1]
        if reply := small_talk(asked):
            yield Sources(asked, ())
            yield Done(self._finished(_told(asked, reply), replaces))
            return
        alone = self.rewrite(asked, before)
        if len(alone.text) > MAX_QUESTION:  # with a title in a pronoun's place; the papers that it means still go first
            alone = replace(alone, text=asked)
        if gone := self._gone(alone.about):
            yield Sources(alone.text, ())
            left = _told(
                asked, f"Not covered: {gone} {'is' if len(alone.about) == 1 else 'are'} no longer in this library."
            )
            yield Done(
                self._finished(
                    replace(left, outcome="not_covered", standalone_question=alone.text, plan=Plan("fact")), replaces
                )
            )
            return
        last = next((turn.answer for turn in reversed(before) if not turn.is_small_talk), None)
        listed = {s.paper.paper_id for s in last.sources} if last else set()
        earlier = Earlier(asked, last) if last and (not alone.about or listed <= set(alone.about)) else None
        for event in self._ask(alone.text, k, filters, alone.about, earlier):
            if isinstance(event, Claim):
                for sentence_id in event.citations:
                    self.number_of(sentence_id)
            if isinstance(event, Done):
                event = Done(self._finished(replace(self._renumbered(event.answer), question=asked), replaces))
            yield event

    def _gone(self, about: Sequence[str]) -> str:
        """The papers that a question is about, told, where all of them have left the library; "" where one is there, or
        none is meant.
        """
        if not about or self._catalog.rows_of_papers(about):
            return ""
        cited = {p.paper_id: f"{markdown(p.title)} [{n}]" for n, p in self.papers.items()}
        return joined([cited.get(i, i) for i in about])

    def number_of(self, sentence_id: str) -> int:
        """The number of a cited sentence's paper in this conversation; a paper not met before gets the next."""
        return self._numbers.setdefault(sentence_id.rpartition(":")[0], max(self._numbers.values(), default=0) + 1)

    def rename(self, title: str) -> None:
        """Gives it a title that stays. Raises UsageError if that is empty, StorageError where it cannot be saved."""
        self._title = checked_title(title)
        self._catalog.conversations.rename(self.id, self._title)

    def drop(self, number: int) -> None:
        """Forgets a turn, counted from 1, and those after it, so that it can be asked anew; papers keep their numbers.

        Raises UsageError if there is no such turn, StorageError where it cannot be forgotten.
        """
        self._catch_up()
        self._checked(number)
        kept = len(self._turns) - len(self._unsaved)
        if self._saved and number <= kept:
            self._catalog.conversations.drop(self.id, number)
            self._last = number - 1
        del self._turns[number - 1 :]
        del self._unsaved[max(0, number - 1 - kept) :]

    def recall(self, turns: Sequence[Turn]) -> None:
        """Takes up turns from elsewhere as if they had been asked here. For a conversation that is not kept in the
        library.
        """
        self._turns.extend(turns)
        for source in (source for turn in turns for source in turn.answer.sources):
            self._numbers[source.paper.paper_id] = source.number

    def export(self, form: Format = "markdown") -> str:
        """The conversation as Markdown, or its cited papers as BibTeX. Raises UsageError for another format."""
        if form == "markdown":
            return to_markdown(self.title, self._turns, self._details())
        if form == "bibtex":
            return to_bibtex(list(self._details().values()))
        raise UsageError(f"{form}: no format to export.", "Choose markdown or bibtex.")

    # --- numbers ------------------------------------------------------------------------------------------------------

    def _renumbered(self, answer: Answer) -> Answer:
        """The answer with the conversation's numbers in text and sources."""
        numbers = {s.number: self.number_of(f"{s.paper.paper_id}:1") for s in answer.sources}

        def put(match: re.Match[str]) -> str:
            return "".join(
                f"[{n}]" for n in sorted({numbers.get(int(n), int(n)) for n in re.findall(r"\d+", match.group())})
            )

        sources = sorted((replace(s, number=numbers[s.number]) for s in answer.sources), key=lambda s: s.number)
        table = answer.table and Table(
            answer.table.columns, tuple(tuple(_MARKERS.sub(put, c) for c in row) for row in answer.table.rows)
        )
        return replace(answer, text=_MARKERS.sub(put, answer.text), sources=tuple(sources), table=table)

    def _details(self) -> dict[int, Paper]:
        """The cited papers under their numbers, as the library knows them today; one that has left it, as it
        was cited.
        """
        cited = self.papers
        rows = self._catalog.rows_of_papers(p.paper_id for p in cited.values())
        known = self._catalog.papers_at(rows.values())
        return {number: known[rows[p.paper_id]] if p.paper_id in rows else p for number, p in cited.items()}

    def _heads_a_title(self, name: str) -> bool:
        """Whether a paper of the library is called so: "Drama" of "Drama: Mamba-Enabled …"."""
        words = re.findall(r"\w+", name)
        if not words or len(words) > 5:
            return False
        rows = sorted(self._catalog.rows_with(" ".join(words), in_title=True))[:50]
        return any(
            spoken_name(p.title).casefold() == name.strip().casefold() for p in self._catalog.papers_at(rows).values()
        )

    def _titled(self, words: str) -> tuple[str, str] | None:
        """Id and title of the only paper whose title has all of some words; None for none or several."""
        rows = self._catalog.rows_with(words, in_title=True)
        found = self._catalog.papers_at(rows) if len(rows) == 1 else {}
        return next(((p.paper_id, p.title) for p in found.values()), None)

    def _title_and_abstract(self, paper_id: str) -> str:
        """A paper's text; "" for one that has left the library."""
        found = self._catalog.papers_at(self._catalog.rows_of_papers([paper_id]).values())
        return next((f"{p.title}. {p.abstract}" for p in found.values()), "")

    # --- turns --------------------------------------------------------------------------------------------------------

    def _checked(self, number: int) -> int:
        if not 1 <= number <= len(self._turns):
            raise UsageError(f"Turn {number}: the conversation has {len(self._turns)}.", "Count from 1.")
        return number

    def _finished(self, answer: Answer, replaces: int | None) -> Answer:
        """Adds the turn to the conversation, in the place of others, and saves it, with those that could not be saved
        before.

        Returns the answer as it is kept: with other numbers where another process has given them to other papers in the
        meantime.
        """
        turn = Turn(datetime.now(UTC), answer)
        if not self._saved:
            del self._turns[len(self._turns) if replaces is None else replaces - 1 :]
            self._turns.append(turn)
            return answer
        try:
            with self._catalog.together():
                if self._catch_up():
                    self._numbers = {s.paper.paper_id: s.number for t in self._turns for s in t.answer.sources}
                    answer = self._renumbered(answer)
                    turn = replace(turn, answer=answer)
                if replaces is not None:
                    self.drop(replaces)
                self._turns.append(turn)
                self._unsaved.append(turn)
                self._last = self._catalog.conversations.append(self.id, self.title, self._last + 1, self._unsaved)
        except LibraryError as error:
            self.note = f"This conversation is not saved: {error}"
        else:
            self._unsaved.clear()
            self.note = None
        return answer

    def _catch_up(self) -> bool:
        """Reads turns that this object does not know: all when it resumes, later what another process has added.
        Whether there were any.
        """
        if self._unsaved or not self._saved:
            return False
        known = len(self._turns)
        for number, turn in self._catalog.conversations.turns(self.id, self._last):
            self._turns.append(turn)
            self._last = number
            for source in turn.answer.sources:
                self._numbers[source.paper.paper_id] = source.number
        return len(self._turns) > known


def checked_title(title: str) -> str:
    """One line for a title. Raises UsageError if nothing is left of it."""
    told = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    if not told:
        raise UsageError("The title is empty.", "Give the conversation a name.")
    return told[:200]


def unknown(conversation_id: str) -> UsageError:
    return UsageError(
        f"{conversation_id}: no such conversation in this library.", "List them with: citewise chat --list"
    )


def _told(question: str, reply: str) -> Answer:
    """Small talk: words of ours, no claim, no source."""
    timings = Timings(0.0, None, 0.0)
    return Answer(
        question, "answered", reply, (), (), (), "extractive", None, Usage(), timings, question, plan=Plan("talk")
    )
