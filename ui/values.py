"""What no document that is sent here may hold, whatever its schema lets through: one look at each, before any app sees
it.

Halves of characters, numbers that are infinite or larger than JSON's readers agree on, and documents without a bottom
pass through schemas and fail later: in the database, in the reply, in Gradio. Here they are told as what they are, a
request that is wrong.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import UsageError

_LARGEST = 2**53
"""The largest whole number that every reader of JSON holds exactly."""
_DEEPEST = 64
_OF_A_CALL = "/gradio_api/"
_FORMS = ("multipart/", "application/x-www-form-urlencoded", "application/octet-stream")
_REMEDY = "Send it without; see /api for what is taken."


class Values:
    """An ASGI app around another. ``handlers``: which numbers the page's handlers have, if there is a page."""

    def __init__(self, app: ASGIApp, handlers: Callable[[], frozenset[int]]) -> None:
        self._app, self._handlers = app, handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises UsageError for a document with such a value."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        if Headers(scope=scope).get("content-type", "").lower().startswith(_FORMS):
            await self._app(scope, receive, send)
            return
        came, body = await _received(receive)
        told = await run_sync(_document, body)
        if scope["path"].startswith(_OF_A_CALL):
            self._check_handler(told)
        await self._app(scope, _replay(came, receive), send)

    def _check_handler(self, told: Any) -> None:
        number = told.get("fn_index") if isinstance(told, dict) else None
        if number is not None and (type(number) is not int or number not in self._handlers()):
            raise UsageError("fn_index: the page has no such handler.", "Load the page again.")


async def _received(receive: Receive) -> tuple[list[Message], bytes]:
    """What comes until the body is whole, and the body."""
    came = [await receive()]
    while came[-1]["type"] == "http.request" and came[-1].get("more_body"):
        came.append(await receive())
    return came, b"".join(message.get("body", b"") for message in came)


def _replay(came: list[Message], receive: Receive) -> Receive:
    async def again() -> Message:
        return came.pop(0) if came else await receive()

    return again


def _document(body: bytes) -> Any:
    """The document, looked at; None for what is no JSON, which the app says in its own words. Raises UsageError."""
    try:
        told = json.loads(body)
    except RecursionError:
        raise UsageError("The document is too deep.", _REMEDY) from None
    except ValueError:
        return None
    check_values(told)
    return told


def check_values(told: Any) -> None:
    """Raises UsageError for a value that no schema means, without repeating it."""
    waiting = [(told, 0)]
    while waiting:
        value, depth = waiting.pop()
        if wrong := _wrong(value, depth):
            raise UsageError(f"The document holds {wrong}.", _REMEDY)
        if isinstance(value, dict):
            waiting += [(name, depth + 1) for name in value] + [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]


def _wrong(value: Any, depth: int) -> str:
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "half a character"
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that is none"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "a number that is too large"
    return "lists or objects that are too deep" if depth > _DEEPEST else ""
