"""Who and what may in: under which name, from which page, who, where to, and how much. Everything that is served is
behind it.

A browser on this machine reaches 127.0.0.1 for any web page that it shows. So another page's request must not change
anything (its Origin gives it away), and its name must not be made to lead here (DNS rebinding: the Host is then a
stranger's). Nobody else reads an answer: there are no CORS headers, whatever Gradio would send.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import CitewiseError
from ui import policy, problems
from ui.config import MEGABYTE, Config, is_loopback
from ui.doorkeeper import Doorkeeper
from ui.problems import Refused
from ui.signin import closed, to_sign_in
from ui.unclaimed import is_ours

access = logging.getLogger("citewise.access")
SMALL = 4 * MEGABYTE
"""The most bytes of a request that is no upload."""
_PATIENCE = 10.0
_LEISURE, _PACE = 20.0, 2_000
"""A body may take so many seconds, and one more for each so many bytes of it: slower is not a network but somebody who
wants a place."""
_TO_TAKE = 60.0
"""Seconds in which some of what is sent must be taken."""
_UPLOADS = ("/api/index",)
_UNASKED = ("/api/health", "/sign-in", "/sign-out")
_READING = ("GET", "HEAD", "OPTIONS")
_GRADIO = frozenset(
    ["/", "/config", "/theme.css", "/manifest.json", "/favicon.ico", "/robots.txt"]
    + [f"/gradio_api/{name}" for name in ("info", "queue/join", "queue/data", "cancel", "reset")]
    + [f"/gradio_api/{name}" for name in ("startup-events", "theme.css", "app_id")]
)
_GRADIO_UNDER = ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/", "/gradio_api/file=")
"""What Gradio's page needs. It has more doors than that, among them one that fetches from other servers and one that
keeps any file."""


class Guard:
    """An ASGI app around another."""

    def __init__(self, app: ASGIApp, config: Config, doorkeeper: Doorkeeper) -> None:
        self._app, self._config, self._doorkeeper = app, config, doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})
            return
        visit = _Visit(scope, send)
        body = visit.body = _Body(receive, self._most(visit.path))
        try:
            app = await self._door(scope, visit)
            body.check(visit.headers)
            await app(scope, body.receive, visit.send)
        except CitewiseError as error:
            await visit.refuse(error, scope, receive)
        except Exception as error:
            if not (visit.answered or body.over or isinstance(error, ClientDisconnect)):
                await visit.refuse(problems.unforeseen(error), scope, receive)
        if visit.failed and not visit.answered:
            await visit.refuse(problems.failed(), scope, receive)
        elif body.slow and not visit.answered:
            await visit.refuse(
                Refused("The request came too slowly.", "Send it faster, or less at once.", 408), scope, receive
            )
        elif body.over and not visit.answered:
            await _let_finish(receive, body.most)
            await visit.refuse(self._too_large(visit.path), scope, receive)
        if self._config.log:
            visit.log()

    async def _door(self, scope: Scope, visit: _Visit) -> ASGIApp:
        """The app to go on to. Raises Refused, Busy."""
        self._check_name(visit.headers)
        _check_origin(scope["method"], visit.headers)
        path = visit.path
        if not is_ours(path) and not _is_gradios(path):
            raise Refused("There is nothing at this address.", "See /api for what there is.", 404)
        if path in _UNASKED:
            return self._app
        programs = path in ("/api", "/v1", "/mcp") or path.startswith(("/api/", "/v1/"))
        if not programs and self._config.is_for_programs:
            return closed()
        who = await self._doorkeeper.who(visit.headers, visit.address)
        if who is None:
            if not programs and scope["method"] == "GET" and "text/html" in visit.headers.get("accept", ""):
                return to_sign_in(path, scope.get("query_string", b"").decode("latin-1"))
            remedy = "Send Authorization: Bearer with the server's token (set CITEWISE_API_TOKEN), or sign in."
            raise Refused("This server does not know who asks.", remedy, 401)
        visit.who = who
        return self._app

    def _check_name(self, headers: Headers) -> None:
        if not is_loopback(self._config.host):
            return
        name = _host_name(headers.get("host", ""))
        if not is_loopback(name) and name not in self._config.known_as:
            remedy = "Call it localhost, or start it with --known-as NAME."
            raise Refused(f"This server does not go by the name {name[:100]!r}.", remedy, 421)

    def _most(self, path: str) -> int:
        return self._config.max_upload if path in _UPLOADS else min(SMALL, self._config.max_upload)

    def _too_large(self, path: str) -> Refused:
        megabytes = self._most(path) / MEGABYTE
        return Refused(
            f"This is larger than {megabytes:g} MB.",
            "Send less at once, or start the server with a larger --max-upload.",
            413,
        )


@dataclass(slots=True)
class _Body:
    """What comes in, counted as it comes: a length that is told may be a lie."""

    inner: Receive
    most: int
    seen: int = 0
    over: bool = False
    slow: bool = False
    whole: bool = False
    began: float = field(default_factory=time.monotonic)

    def check(self, headers: Headers) -> None:
        told = headers.get("content-length", "0")
        if not told.isdecimal() or int(told) > self.most:
            self.over = True
            raise _TooLarge

    async def receive(self) -> Message:
        if self.whole:
            return await self.inner()  # it only waits for somebody to hang up
        try:
            async with asyncio.timeout(max(0.0, self.began + _LEISURE + self.seen / _PACE - time.monotonic())):
                message = await self.inner()
        except TimeoutError:
            self.over = self.slow = True
            raise _TooLarge from None
        if message["type"] == "http.request":
            self.seen += len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
            if self.seen > self.most:
                self.over = True
                raise _TooLarge
        return message


async def _let_finish(receive: Receive, most: int) -> None:
    """Lets a body that is too large come to its end, within bounds: who is cut off while sending does not hear why."""
    seen = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            while seen <= most:
                message = await receive()
                seen += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


class _TooLarge(ClientDisconnect):
    """Too much, or too slowly: nobody reads on; the apps behind know what to do when that happens."""


class _NotTaken(ClientDisconnect):
    """What is sent is not taken any more."""


class _Visit:
    """A request, and what is sent for it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.headers = Headers(scope=scope)
        self.path: str = scope["path"]
        self.address: str = scope["client"][0] if scope.get("client") else ""
        self.who = ""
        self.body: _Body | None = None
        self.failed = False
        self._method: str = scope["method"]
        self._send = send
        self._began = time.monotonic()
        self._status = 0

    @property
    def answered(self) -> bool:
        """Whether an answer has begun."""
        return self._status > 0

    async def send(self, message: Message) -> None:
        """Sends on, with our headers; nothing of what an app says of a body that it was not given whole, nor what
        Gradio says where it fails: the error follows, and is told as ours are.
        """
        if self.body and not self.answered:
            self.failed |= message.get("status") == 500 and not is_ours(self.path)
            if self.failed or self.body.over:
                return
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name in [n for n in headers if n.startswith("access-control-")]:
                del headers[name]
            for name, value in policy.headers_for(self.path).items():
                headers.setdefault(name, value)
        try:
            async with asyncio.timeout(_TO_TAKE):
                await self._send(message)
        except TimeoutError:
            raise _NotTaken from None

    async def refuse(self, error: CitewiseError, scope: Scope, receive: Receive) -> None:
        """Answers with the error, unless an answer has begun."""
        if self.answered:
            return
        self.body = None
        response = problems.response(error, self.path)
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if response.status_code == 408:
            response.headers["Connection"] = "close"
        await response(scope, receive, self.send)

    def log(self) -> None:
        """A line without the query, which may hold a question, and without what stands behind ``file=``."""
        path = "".join(c if c.isprintable() and c not in '"\\' else "?" for c in self.path.partition("file=")[0])[:200]
        took = (time.monotonic() - self._began) * 1000
        access.info('%s %s "%s %s" %d %.0f ms', self.address, self.who or "-", self._method, path, self._status, took)


def _is_gradios(path: str) -> bool:
    if path.startswith("/gradio_api/file="):
        return ":" not in path.split("/")[2].removeprefix("file=")[:12] or path[17:].startswith("/")
    return path in _GRADIO or path.startswith(_GRADIO_UNDER)


def _host_name(host: str) -> str:
    """``localhost:7860`` -> ``localhost``, ``[::1]:7860`` -> ``::1``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].casefold().rstrip(".")


def _place(origin: str) -> str:
    """Host and port of an origin; "" for what is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _check_origin(method: str, headers: Headers) -> None:
    """Raises Refused for a request of another web page that might change something, or have work done for an answer
    that it cannot read.
    """
    origin = headers.get("origin")
    stranger = origin is not None and (origin == "null" or _place(origin) != headers.get("host"))
    other_site = headers.get("sec-fetch-site") == "cross-site"
    follows_a_link = headers.get("sec-fetch-mode", "navigate") == "navigate"
    refused = other_site and not follows_a_link if method in _READING else other_site or stranger
    if refused:
        raise Refused(
            "This request comes from another web page.", "Make it from this server's own page, or from a program.", 403
        )
