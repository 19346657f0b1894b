"""A question under way: asked in a thread of its own, so that the page can tell of it at any time and stop it.

The thread waits for its place, asks, and puts what happens into a queue. The page reads that without ever waiting long,
for Gradio can close a generator only between two of its items: that is how it ends when the browser has gone away.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from rag.client.client import Client
from rag.client.engine import Conversation
from rag.errors import CitewiseError
from rag.models.chat.stopping import Stoppable
from rag.types import Claim, Done, Event, Filters, Turn
from ui.places import Places

log = logging.getLogger("citewise.page")
_LOOK_UP = 0.5
"""Seconds after which a waiting question tells anew how many are before it."""
_PULSE = 1.0
"""Seconds after which a question of which there is no news says so."""


@dataclass(frozen=True)
class Waiting:
    """``before``: how many are let in before this one."""

    before: int


@dataclass(frozen=True)
class Begun:
    """It has its place; ``turns`` are those before it, without what it takes the place of."""

    turns: tuple[Turn, ...]
    title: str


@dataclass(frozen=True)
class Told:
    """An event of the answer's stream; ``numbers``: of the cited papers in this conversation, by sentence id."""

    event: Event
    numbers: dict[str, int]


@dataclass(frozen=True)
class Failed:
    """It ended in an error; None is one that nobody foresaw, and the log has it."""

    error: CitewiseError | None


@dataclass(frozen=True)
class Stopped:
    """It was stopped before its end."""


@dataclass(frozen=True)
class Nothing:
    """There is no news."""


News = Waiting | Begun | Told | Failed | Stopped | Nothing


class Question:
    """One question of one conversation. ``conversation_id`` "" for a new one; ``replaces``: the turn, from 1, that it
    takes the place of, with those after it.
    """

    def __init__(
        self,
        client: Client,
        places: Places,
        text: str,
        conversation_id: str = "",
        filters: Filters | None = None,
        replaces: int = 0,
    ) -> None:
        self.text = text
        self.conversation: Conversation | None = None
        """What it was asked in, once it has its place; not to be used before the news are at their end."""
        self.is_left = False
        """Whether the page has turned to something else: it goes on, and is saved, but is told no more."""
        self._client, self._places = client, places
        self._id, self._filters, self._replaces = conversation_id, filters, replaces
        self._news: SimpleQueue[News | None] = SimpleQueue()
        self._stopped = threading.Event()
        self._answer: Stoppable[Event] | None = None

    def news(self) -> Iterator[News]:
        """What happens, as it happens; the last is Told(Done), Failed or Stopped. Leaving the iterator stops the
        question.
        """
        threading.Thread(target=self._run, name="question", daemon=True).start()
        try:
            while (news := self._next()) is not None and not self.is_left:
                yield news
        finally:
            if not self.is_left:
                self._end()

    def _next(self) -> News | None:
        try:
            return self._news.get(timeout=_PULSE)
        except Empty:
            return Nothing()

    def stop(self) -> None:
        """Ends the news at once; the thread, and the connection to the model, end soon."""
        self._end()
        self._news.put(Stopped())
        self._news.put(None)

    def _end(self) -> None:
        self._stopped.set()
        if self._answer:
            self._answer.stop()

    def leave(self) -> None:
        """Ends the news at once; the answer is still finished and saved."""
        self.is_left = True
        self._news.put(None)

    def _run(self) -> None:
        try:
            with self._places.line_up() as ticket:
                while not ticket.wait(_LOOK_UP):
                    self._news.put(Waiting(ticket.before))
                    if self._stopped.is_set():
                        return
                self._ask()
        except CitewiseError as error:
            self._news.put(Failed(error))
        except BaseException:
            self._news.put(Failed(None))
            log.exception("a question failed in a way that nobody foresaw")
            raise
        finally:
            self._news.put(None)

    def _ask(self) -> None:
        chat = self._client.chat(self._id or None)
        self.conversation = chat
        before = chat.turns[: self._replaces - 1] if self._replaces else chat.turns
        self._news.put(Begun(before, chat.title))
        self._answer = Stoppable(chat.stream(self.text, filters=self._filters, replaces=self._replaces or None))
        try:
            for event in self._answer:
                if self._stopped.is_set():
                    self._forget(chat, event)
                    return
                cited = event.citations if isinstance(event, Claim) else ()
                self._news.put(Told(event, {i: chat.number_of(i) for i in cited}))
        finally:
            self._answer.close()

    def _forget(self, chat: Conversation, last: Event) -> None:
        """What was stopped is no turn, also where its end came before the thread could look up; but what it replaced
        has gone then.
        """
        if isinstance(last, Done) and not self._replaces:
            chat.drop(len(chat.turns))
