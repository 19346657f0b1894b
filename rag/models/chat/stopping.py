"""An answer that nobody waits for any more: stopped from another thread, also while a language model keeps it waiting.

A generator cannot be closed while it runs. So the one who steps through it holds a flag, and what waits within the
steps (see :mod:`rag.models.http.transport`) looks at it: when it is set, the time for the model's reply is over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from contextvars import ContextVar, copy_context
from typing import Generic, TypeVar

_T = TypeVar("_T", covariant=True)
_flag: ContextVar[threading.Event | None] = ContextVar("stopping", default=None)


def flag() -> threading.Event | None:
    """What is set when the answer that is being made here is not wanted any more; None where nobody can say so."""
    return _flag.get()


def wait(seconds: float) -> None:
    """Sleeps so long, or until the answer is not wanted any more."""
    unwanted = flag()
    if unwanted:
        unwanted.wait(seconds)
    else:
        time.sleep(seconds)


class Stoppable(Generic[_T]):
    """An iterator's items, one after another, from whichever thread asks for the next. :meth:`stop` may come from any
    other.
    """

    def __init__(self, items: Iterator[_T]) -> None:
        self._items = items
        self._stopped = threading.Event()
        self._context = copy_context()
        self._context.run(_flag.set, self._stopped)

    def __iter__(self) -> Iterator[_T]:
        return self

    def __next__(self) -> _T:
        if self._stopped.is_set():
            raise StopIteration
        return self._context.run(next, self._items)

    def stop(self) -> None:
        """Nothing more is wanted; a step that is being made ends soon."""
        self._stopped.set()

    def close(self) -> None:
        """Stops and lets the iterator go. Not while another thread makes a step."""
        self.stop()
        if isinstance(self._items, Generator):
            self._context.run(self._items.close)
