"""Questions that are being answered: each in its place, for somebody who may go away, and stopped where that happens.

An answer is a generator that works, and waits for a language model, in a thread. Here it is stepped through from the
server's loop, which meanwhile sees when the one who asked hangs up. Then the generator is closed, and with it the
connection to the model.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request

from rag.errors import CitewiseError
from rag.models.chat.stopping import Stoppable
from ui.places import Places, Ticket
from ui.problems import Refused

_T = TypeVar("_T")
_R = TypeVar("_R")
_LOOK = 1.0
"""Seconds after which somebody who waits is told how many are before."""
_STILL_THERE = 10.0
"""Seconds of silence after which a sign of life is sent, so that nothing on the way takes the connection for dead."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not begun yet: so many questions are before this one."""

    before: int


class SignOfLife:
    """Nothing to tell, but still at it."""


STILL_THERE, _END = SignOfLife(), SignOfLife()


class Questions:
    """The questions that a server answers now, and the places for them."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._threads = CapacityLimiter(places.at_once + places.waiting)
        self._running: set[Stoppable[Any]] = set()
        self._closing = False

    def events(
        self, request: Request, start: Callable[[], Iterator[_T]]
    ) -> AsyncGenerator[_T | Waiting | SignOfLife, None]:
        """What ``start()`` yields, item by item, once there is a place for it; before that, how many are before.

        Raises Busy at once where too many wait; in going through it, what ``start`` and its iterator raise, and
        ClientDisconnect.
        """
        if self._closing:
            raise _closed()
        return self._events(request, start, self.places.line_up())

    async def drained(self, request: Request, start: Callable[[], Iterator[_T]]) -> list[_T]:
        """All that ``start()`` yields. Raises as :meth:`events`."""
        async with aclosing(self.events(request, start)) as items:
            return [item async for item in items if not isinstance(item, Waiting | SignOfLife)]

    def stop(self) -> None:
        """The server is about to end: answers that are being made are stopped, and no more are begun."""
        self._closing = True
        for running in list(self._running):
            running.stop()

    async def _events(
        self, request: Request, start: Callable[[], Iterator[_T]], ticket: Ticket
    ) -> AsyncGenerator[_T | Waiting | SignOfLife, None]:
        with ticket:
            async with _watching(request) as gone:
                told = None
                while not await ticket.wait_async(0 if told is None else _LOOK, gone):
                    if gone.done() or self._closing:
                        raise ClientDisconnect
                    if told != (told := ticket.before):
                        yield Waiting(told)
                answer = Stoppable(await self._in_thread(start))
                self._running.add(answer)
                try:
                    async with aclosing(self._steps(answer, gone)) as steps:
                        async for item in steps:
                            yield item
                finally:
                    self._running.discard(answer)
                    answer.stop()
                    with CancelScope(shield=True):
                        await self._in_thread(answer.close)

    async def _steps(self, answer: Stoppable[_T], gone: asyncio.Task[None]) -> AsyncGenerator[_T | SignOfLife, None]:
        step: asyncio.Task[_T | SignOfLife] | None = None
        try:
            while True:
                step = step or asyncio.create_task(self._in_thread(partial(_next, answer)))
                await asyncio.wait({step, gone}, timeout=_STILL_THERE, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    raise ClientDisconnect
                if not step.done():
                    yield STILL_THERE
                    continue
                item, step = step.result(), None
                if self._closing:
                    raise _closed()
                if isinstance(item, SignOfLife):
                    return
                yield item
        finally:
            answer.stop()
            if step is not None:
                with CancelScope(shield=True), suppress(CitewiseError):  # nobody is there to be told
                    await step

    async def _in_thread(self, work: Callable[[], _R]) -> _R:
        return await run_sync(work, limiter=self._threads)


@asynccontextmanager
async def _watching(request: Request) -> AsyncIterator[asyncio.Task[None]]:
    """A task that is done when the one who asked has hung up. The request's body has been read."""

    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    watch = asyncio.create_task(hung_up())
    try:
        yield watch
    finally:
        watch.cancel()


def _next(answer: Stoppable[_T]) -> _T | SignOfLife:
    return next(answer, _END)


def _closed() -> Refused:
    return Refused("The server is about to end.", "Ask again when it is back.", 503)
