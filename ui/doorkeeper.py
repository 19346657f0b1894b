"""Who is at the door: by the page's cookie, a token, or name and password; and guesses slowed down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeVar
from weakref import WeakValueDictionary

from anyio import Lock
from anyio.to_thread import run_sync
from starlette.datastructures import Headers

from rag.errors import UsageError
from ui.config import Config
from ui.places import Busy
from ui.problems import Refused
from ui.users import Users

log = logging.getLogger("citewise.server")
_T = TypeVar("_T")
PROGRAM = "(token)"
"""Who it is that sends the token."""
_IDLE, _LONGEST = 12 * 3600, 7 * 24 * 3600
_MOST = 10_000
_FREE = {"user at address": 5, "address": 20, "user": 50}
"""Wrong guesses that cost nothing; each further one costs twice the seconds of the one before."""
_LONGEST_WAIT = 60
_LONGEST_NAME = 200
_NEW_ADDRESS = 5.0
"""Seconds after which a guess for a user of whom too many were wrong is looked at again, from an address that made none
of them."""


class Sessions:
    """Who has signed in on the page. They are kept in memory, as hashes: a restart signs everybody out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[bytes, tuple[str, bytes, float, float]] = {}

    def start(self, name: str, mark: bytes = b"") -> str:
        """The secret of a new session. ``mark``: what it ends with when it changes; see :meth:`Users.mark`."""
        secret, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            for key in [
                k for k, (_, _, began, seen) in self._open.items() if now - seen > _IDLE or now - began > _LONGEST
            ]:
                del self._open[key]
            while len(self._open) >= _MOST:
                del self._open[next(iter(self._open))]
            self._open[_key(secret)] = (name, mark, now, now)
        return secret

    def name_of(self, secret: str) -> str | None:
        """Who has that session; None if it is over, or never was."""
        found = self.found(secret)
        return found[0] if found else None

    def found(self, secret: str) -> tuple[str, bytes] | None:
        """Who has that session, and its mark; None if it is over, or never was."""
        now, key = self._clock(), _key(secret)
        with self._lock:
            name, mark, began, seen = self._open.get(key, ("", b"", 0.0, 0.0))
            if not name or now - seen > _IDLE or now - began > _LONGEST:
                self._open.pop(key, None)
                return None
            self._open[key] = (name, mark, began, now)
        return name, mark

    def end(self, secret: str) -> None:
        with self._lock:
            self._open.pop(_key(secret), None)


class Guesses:
    """Wrong passwords, counted by user and by address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counted: dict[Hashable, tuple[int, float]] = {}
        self._looked: dict[str, float] = {}

    def begin(self, name: str, address: str) -> None:
        """Counts a guess before it is looked at, so that many at once count too. Raises Busy where it comes too
        soon.
        """
        now = self._clock()
        with self._lock:
            wait = max(self._wait(key, now) for key in self._held_against(name, address, now))
            if wait > 0:
                raise Busy("Too many wrong passwords.", "Wait, then try again.", retry_after=max(1, round(wait)))
            for key in _keys(name, address):
                self._counted[key] = (self._counted.pop(key, (0, now))[0] + 1, now)
            while len(self._counted) > _MOST:
                del self._counted[next(iter(self._counted))]

    def right(self, name: str, address: str) -> None:
        """It was no guess."""
        with self._lock:
            for key in _keys(name, address):
                self._counted.pop(key, None)

    def _held_against(self, name: str, address: str, now: float) -> list[tuple[str, ...]]:
        """What a guess has to wait for. Whoever guesses from elsewhere must not lock a user out who has not guessed:
        such a one is looked at every few seconds.
        """
        here, there, everywhere = _keys(name, address)
        if (
            here in self._counted
            or self._wait(everywhere, now) <= 0
            or now - self._looked.get(name, -_NEW_ADDRESS) < _NEW_ADDRESS
        ):
            return [here, there, everywhere]
        self._looked.pop(name, None)
        while len(self._looked) >= _MOST:
            del self._looked[next(iter(self._looked))]
        self._looked[name] = now
        return [here, there]

    def _wait(self, key: tuple[str, ...], now: float) -> float:
        count, last = self._counted.get(key, (0, 0.0))
        over = count - _FREE[key[0]]
        return 0.0 if over < 0 else last + min(_LONGEST_WAIT, 2.0 ** min(over, 10)) - now


class Doorkeeper:
    """Tells who sends a request."""

    def __init__(self, config: Config) -> None:
        """Raises UsageError where the file of users can't be used."""
        self.users = Users(config.auth) if config.auth else None
        self.sessions, self.guesses = Sessions(), Guesses()
        self.cookie = f"citewise-{config.port}"
        """Its name: cookies know no ports, and there may be two servers on a machine."""
        self._one_at_a_time: WeakValueDictionary[tuple[str, str], Lock] = WeakValueDictionary()
        self._token = config.token
        self._open = config.is_open

    async def who(self, headers: Headers, address: str) -> str | None:
        """The name of who sends it, PROGRAM for a token, "" where nobody is asked; None for somebody unknown.

        Raises Busy where passwords are guessed, Refused if the file of users was spoiled meanwhile.
        """
        if self._open:
            return ""
        kind, _, told = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._token is not None:
            return PROGRAM if hmac.compare_digest(told.strip().encode(), self._token.encode()) else None
        if self.users is None:
            return None
        if kind.lower() == "basic":
            name, password = _basic(told)
            return name if name and await self.signs_in(name, password, address) else None
        session = self.sessions.found(self.secret(headers))
        if session is None:
            return None
        name, mark = session
        return name if _told(self.users.mark, name) == mark else None  # another password ends it

    def session(self, name: str) -> str:
        """The secret of a new session of a user who has signed in; it ends when the password is changed or the user
        taken out.
        """
        return self.sessions.start(name, (_told(self.users.mark, name) if self.users else None) or b"")

    async def signs_in(self, name: str, password: str, address: str) -> bool:
        """Whether that is the user's password. Raises Busy where too many were wrong."""
        if self.users is None:
            raise UsageError("Nobody signs in here.", "Start the server with --auth FILE.")
        async with self._one_at_a_time.setdefault(
            (name[:_LONGEST_NAME], address), Lock()
        ):  # many right ones at once are no guesses
            self.guesses.begin(name, address)
            right = await run_sync(_told, self.users.fits, name, password)
            if right:
                self.guesses.right(name, address)
        return right

    def secret(self, headers: Headers) -> str:
        """What the page's cookie holds; empty without one."""
        pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
        return next((value for name, _, value in pairs if name == self.cookie), "")


def _told(ask: Callable[..., _T], *arguments: str) -> _T:
    """What the file of users says. Raises Refused, which names neither the file nor its fault to a stranger; the log
    has both.
    """
    try:
        return ask(*arguments)
    except UsageError as error:
        log.error("%s", error)
        raise Refused("Nobody can be let in now; the server's log says why.", "Tell whoever runs it.", 503) from error


def _basic(told: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(told.strip(), validate=True).decode().partition(":")
    except ValueError:  # no base64, no text
        return "", ""
    return name, password


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _keys(name: str, address: str) -> list[tuple[str, ...]]:
    name = name[:_LONGEST_NAME]
    return [("user at address", name, address), ("address", address), ("user", name)]
