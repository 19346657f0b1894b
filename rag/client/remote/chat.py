"""A conversation with a library that a server has: the server keeps it, this is what is seen of it here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any

from rag.client.remote.calling import Server, segment
from rag.client.wire import event_from_dict, filters_to_dict, turn_from_dict, with_papers
from rag.conversation.exporting import to_markdown
from rag.errors import UsageError
from rag.library.bibtex import to_bibtex
from rag.types import Answer, Claim, Done, Event, Filters, Paper, Sources, Turn

Told = dict[str, Any]


class RemoteChat:
    """One conversation; see :class:`rag.conversation.chat.Chat`. Not for two threads at once."""

    def __init__(self, server: Server, conversation_id: str | None = None, *, saved: bool = True) -> None:
        """Starts a conversation, or resumes one. Raises UsageError if there is no conversation of that id."""
        self.id = conversation_id or uuid.uuid4().hex[:12]
        """By which it is resumed; that of a new one is known from its first finished turn on."""
        self.note: str | None = None
        self._server = server
        self._saved = saved
        self._is_kept = False
        self._turns: list[Turn] = []
        self._numbers: dict[str, int] = {}
        self._title = "New conversation"
        if conversation_id is not None:
            self._is_kept = True
            self._read()

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._turns)

    @property
    def title(self) -> str:
        return self._title

    @property
    def papers(self) -> dict[int, Paper]:
        return {
            s.number: s.paper
            for s in sorted((s for t in self._turns for s in t.answer.sources), key=lambda s: s.number)
        }

    def ask(self, question: str, k: int = 8, filters: Filters | None = None) -> Answer:
        *_, last = self.stream(question, k, filters)
        assert isinstance(last, Done)
        return last.answer

    def stream(
        self, question: str, k: int = 8, filters: Filters | None = None, *, replaces: int | None = None
    ) -> Iterator[Event]:
        before = self._turns if replaces is None else self._turns[: self._checked(replaces) - 1]
        body: Told = question_to_dict(question, k, filters)
        path = "/api/conversations"
        if self._is_kept:
            path = f"{self._address}/turns"
            body |= {"replaces": replaces}
        else:
            body |= {"saved": self._saved, "history": [turn.to_dict() for turn in before]}
        state: Told = {}
        for event in read_events(self._server, path, body, state):
            if isinstance(event, Claim):
                for sentence_id in event.citations:
                    self.number_of(sentence_id)
            if isinstance(event, Done):
                self._turns = self._turns[: len(before)]
                self._finished(event.answer, state)
            yield event

    def number_of(self, sentence_id: str) -> int:
        return self._numbers.setdefault(sentence_id.rpartition(":")[0], max(self._numbers.values(), default=0) + 1)

    def rename(self, title: str) -> None:
        if self._is_kept:
            self._server.send("PATCH", self._address, {"title": title})
            self._read()
        else:
            self._title = title

    def drop(self, number: int) -> None:
        self._checked(number)
        if self._is_kept:
            self._server.send("DELETE", f"{self._address}/turns/{number}")
        del self._turns[number - 1 :]

    def _checked(self, number: int) -> int:
        if not 1 <= number <= len(self._turns):
            raise UsageError(f"Turn {number}: the conversation has {len(self._turns)}.", "Count from 1.")
        return number

    def recall(self, turns: Sequence[Turn]) -> None:
        self._turns.extend(turns)
        self._renumber(turns)

    def export(self, form: str = "markdown") -> str:
        if form not in ("markdown", "bibtex"):
            raise UsageError(f"{form}: no format to export.", "Choose markdown or bibtex.")
        if self._is_kept:
            return self._server.text(f"{self._address}/export", format=form)
        return (
            to_markdown(self._title, self._turns, self.papers)
            if form == "markdown"
            else to_bibtex(list(self.papers.values()))
        )

    @property
    def _address(self) -> str:
        return f"/api/conversations/{segment(self.id)}"

    def _read(self) -> None:
        """Takes over what the server has of it."""
        self._title, self._turns = self._server.get(
            self._address, lambda told: (str(told["title"]), [turn_from_dict(turn) for turn in told["turns"]])
        )
        self._renumber(self._turns)

    def _renumber(self, turns: Sequence[Turn]) -> None:
        for source in (source for turn in turns for source in turn.answer.sources):
            self._numbers[source.paper.paper_id] = source.number

    def _finished(self, answer: Answer, state: Told) -> None:
        turn = Turn(datetime.fromisoformat(state["asked"]), answer)
        if self._saved:
            self.id, self.note, self._title = state["id"], state["note"], state["title"]
            self._is_kept = self._is_kept or self.note is None
            if self._is_kept and state["turn"] != len(self._turns) + 1:
                self._read()  # somebody else has asked in it meanwhile
                return
        elif not self._turns:
            self._title = state["title"]
        self._turns.append(turn)
        self._renumber([turn])


def question_to_dict(question: str, k: int, filters: Filters | None) -> Told:
    """What a question is sent as."""
    told: Told = {"question": question, "k": k}
    return told | ({"filters": filters_to_dict(filters)} if filters else {})


def read_events(server: Server, path: str, body: Told, state: Told | None = None) -> Iterator[Event]:
    """The events of an answer, which comes with its papers in full. ``state`` is given what is told of the
    conversation.
    """
    papers: list[Paper] = []
    with closing(server.events(path, body)) as events:
        for name, told in events:
            if name == "conversation" and state is not None:
                state.update(told)
            event = server.understood(partial(event_from_dict, name), told)
            if isinstance(event, Sources):
                papers = [passage.paper for passage in event.passages]
            if event is not None:
                yield Done(with_papers(event.answer, papers)) if isinstance(event, Done) else event
