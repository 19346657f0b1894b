"""One request to a model's server in as many attempts as it takes and is allowed: what a failure comes to, and whether
to ask once more.

Chat completions and embeddings share this. Attempts are counted and timed here: client libraries retry what cannot
succeed and wait ten minutes for each read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import ModelError, ModelFault, ModelRateLimited
from rag.models.http.faults import PASSING, Place, meaning, said_by_server

if TYPE_CHECKING:
    from rag.models.http.transport import Limit

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: to reach the server; for a whole reply, all attempts included; before each further attempt; and the
    longest such wait.
    """

    connect: float = 5.0
    total: float = 120.0
    waits: tuple[float, ...] = (0.5, 2.0)
    longest_wait: float = 20.0


@dataclass(eq=False)
class Setback(Exception):
    """An attempt that gave no reply: the error that it is, unless it is made again, after a wait or without some
    parameters.
    """

    error: ModelError
    again: bool = False
    after: float | None = None
    without: frozenset[str] = NONE


class Attempts:
    """The waits between the attempts at one reply. ``pause`` sleeps; tests look at what it is asked for."""

    def __init__(self, limits: Limits, limit: Limit, pause: Callable[[float], None]) -> None:
        self._limits = limits
        self._limit = limit
        self._pause = pause
        self._waits = list(limits.waits)

    def wait(self, setback: Setback) -> None:
        """Waits for the next attempt; raises the error if there is to be none."""
        if not setback.again or not self._waits:
            raise setback.error from None
        usual = self._waits.pop(0)
        seconds = usual if setback.after is None else setback.after
        if seconds > self._limits.longest_wait or seconds >= self._limit.left():
            raise setback.error from None
        self._pause(seconds)


def refusal(
    place: Place,
    names: Iterable[str],
    status: int | None,
    body: object,
    after: float | None,
    without: frozenset[str] = NONE,
) -> Setback:
    """The setback of an answer that says no: what it means, and whether asking again, or without some parameters, may
    help.

    ``names``: what the client library calls such an error; ``after``: the seconds that the server asks to wait.
    """
    sentence, everything = said_by_server(body)
    kind = ModelFault if without else meaning(names, status, everything)
    failed = place.failed(kind, status, sentence, seconds=after)
    again = kind is ModelRateLimited or (kind is ModelFault and (status is None or status >= 500 or status in PASSING))
    return Setback(failed, again=again, after=after, without=without)


def lost(
    place: Place, cause: BaseException | None, limits: Limits, limit: Limit, *, begun: bool = False
) -> ModelError | Setback:
    """The error for a connection that could not be made, took too long, or broke. ``begun``: a part of the reply was
    given out.
    """
    import httpx2

    from rag.models.http.transport import Endless

    if isinstance(cause, Endless):
        return place.broken("a reply without end")
    if isinstance(cause, httpx2.ConnectTimeout) and limit.left():
        return place.no_server(f"nothing within {limits.connect:g} s")
    if isinstance(cause, httpx2.TimeoutException):
        return place.timed_out(limits.total)
    if isinstance(cause, httpx2.ConnectError | httpx2.ProxyError | httpx2.UnsupportedProtocol):
        return place.no_server(str(cause))
    return place.broke_off() if begun else Setback(place.hung_up(), again=True)
