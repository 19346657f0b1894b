"""Places for questions at once, and the queue before them: first come, first served, for threads and for coroutines
alike.

with places.place(): …                          # waits for its turn; Busy at once where too many wait
async with places.place_async(): …              # the same for a coroutine, which takes no thread while it waits

with places.line_up() as ticket:                # to show how many are before one
    while not ticket.wait(0.5): show(ticket.before)
    …
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from types import TracebackType

from rag.errors import ServerBusy

_SECONDS_A_QUESTION = 2


class Busy(ServerBusy):
    """As many are asking, and waiting to ask, as the server lets in; ``retry_after`` is in seconds."""

    def __init__(self, problem: str, remedy: str = "Try again in a moment.", retry_after: int = 2) -> None:
        super().__init__(problem, remedy)
        self.retry_after = retry_after


class Ticket:
    """A place, or a spot in the queue for one. Leaving it, for whatever reason, lets the next in."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.called: Future[None] = Future()
        """Done when the place is there."""

    @property
    def before(self) -> int:
        """How many are to be let in before; 0 for the next, and for one that has its place."""
        return self._places.before(self)

    def wait(self, seconds: float | None = None) -> bool:
        """Waits for the place, without an end or so long; False if it is not there yet."""
        try:
            self.called.result(seconds)
        except NotYet:
            return False
        return True

    async def wait_async(self, seconds: float | None = None, gone: asyncio.Future[None] | None = None) -> bool:
        """The same for a coroutine; no longer than until ``gone`` is done."""
        if not self.called.done():
            awaited = {asyncio.wrap_future(self.called)} | ({gone} if gone else set())
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return self.called.done()

    def leave(self) -> None:
        """Gives the place up, or the spot in the queue. Twice is as good as once."""
        self._places.leave(self)

    def __enter__(self) -> Ticket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


class Places:
    """``at_once`` are let in, ``waiting`` more may queue. Safe for threads."""

    def __init__(self, at_once: int = 4, waiting: int = 32) -> None:
        self.at_once, self.waiting = at_once, waiting
        self._lock = threading.Lock()
        self._inside: set[Ticket] = set()
        self._queue: deque[Ticket] = deque()

    def line_up(self) -> Ticket:
        """A ticket, already called if there is a place. Raises Busy where too many wait."""
        ticket = Ticket(self)
        with self._lock:
            if len(self._inside) < self.at_once:
                self._inside.add(ticket)
                ticket.called.set_result(None)
            elif len(self._queue) < self.waiting:
                self._queue.append(ticket)
            else:
                seconds = max(1, _SECONDS_A_QUESTION * (len(self._queue) + 1) // self.at_once)
                raise Busy(
                    f"{len(self._inside)} questions are being answered and {len(self._queue)} wait.",
                    retry_after=seconds,
                )
        return ticket

    @contextmanager
    def place(self) -> Iterator[None]:
        """Waits in order of arrival. Raises Busy at once where too many wait; leaving it, or an exception in it, frees
        the place.
        """
        with self.line_up() as ticket:
            ticket.wait()
            yield

    def before(self, ticket: Ticket) -> int:
        with self._lock:
            return self._queue.index(ticket) if ticket in self._queue else 0

    def leave(self, ticket: Ticket) -> None:
        with self._lock:
            if ticket in self._queue:
                self._queue.remove(ticket)
            self._inside.discard(ticket)
            called = []
            while self._queue and len(self._inside) < self.at_once:
                called.append(self._queue.popleft())
                self._inside.add(called[-1])
        for one in called:
            one.called.set_result(None)
