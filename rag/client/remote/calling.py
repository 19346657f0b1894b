"""Calls to a server of ours over HTTP: JSON there, JSON or events back, and its errors as the exceptions that they were
there.

A redirect is not followed: the token, or a name and password, goes to the server that was named and to no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

import httpx2

from rag.client.wire import problem_from_dict
from rag.errors import CitewiseError, ServerRefused, ServerUnreachable, UsageError
from rag.settings import proxy_for

_EVENTS = "text/event-stream"
_CONNECT, _SILENCE = 5.0, 120.0
"""Seconds to reach the server, and how long it may be silent; while it works it gives signs of life."""
_MOST_LINE, _MOST_TEXT = 64 << 20, 1 << 30
"""Bytes of a line, and of a reply in one piece, unpacked: more than the largest library's, less than what exhausts this
machine."""
_T = TypeVar("_T")
Told = dict[str, Any]
File = tuple[str, IO[bytes]]
"""A file's name and its content."""


class Server:
    """A server's address and how to get in. Safe for threads; opens again after it was closed."""

    def __init__(self, url: str, token: str | None) -> None:
        """``url``: ``http://host:7860``, or with name and password, ``http://ada:secret@host``. Raises UsageError if it
        is none.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise UsageError(f"{url}: no address ({error}).", "Give one like http://127.0.0.1:7860.") from error
        if not host or parts.query or parts.fragment:
            raise UsageError(
                f"{parts.scheme}://{host or ''}: no address of a server.", "Give one like http://127.0.0.1:7860."
            )
        shown = f"[{host}]" if ":" in host else host
        self.name = f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
        """Its address, without name and password."""
        self._who = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._token = None if self._who else token
        self._client: httpx2.Client | None = None

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def get(self, path: str, read: Callable[[Any], _T], **query: str | int) -> _T:
        """What ``read`` makes of the JSON at a path; ``path`` starts with ``/``."""
        return self.understood(read, self._document(self.text(path, **query)))

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The reply to a request; None where there is nothing in it."""
        with self._asked(method, path, body=body) as response:
            told = self._whole(response)
        return self._document(told) if told else None

    def text(self, path: str, **query: str | int) -> str:
        """The text at a path."""
        with self._asked("GET", path, query=query) as response:
            return self._whole(response)

    def lines(self, path: str, read: Callable[[Any], _T]) -> Iterator[_T]:
        """What ``read`` makes of the documents of a reply that has one a line."""
        with self._asked("GET", path, accept="application/x-ndjson") as response:
            yield from (self.understood(read, self._document(line)) for line in self._lines(response) if line)

    def understood(self, read: Callable[[Any], _T], told: Any) -> _T:
        """What ``read`` makes of what the server told. Raises ServerUnreachable where that is not what this version
        knows.
        """
        try:
            return read(told)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._stranger(f"its reply is none that this version knows: {error!r}"[:200]) from error

    def events(
        self, path: str, body: object = None, files: Sequence[File] = ()
    ) -> Generator[tuple[str, Told], None, None]:
        """The events of a reply to ``body``, or to an upload of files, the last of which is ``done``. Closing it hangs
        up.

        Raises the error that an event ``error`` tells, and ServerUnreachable where the events break off.
        """
        with self._asked("POST", path, body=body, files=files, accept=_EVENTS) as response:
            if _EVENTS not in response.headers.get("content-type", ""):
                raise self._stranger("it sends no events")
            for name, told in _events(self._lines(response)):
                document = self._document(told)
                if name == "error":
                    raise self.understood(problem_from_dict, document)
                yield name, document
                if name == "done":
                    return
        raise ServerUnreachable(
            f"{self.name}: the server hung up in the middle of its reply.", "Ask again; look at what it printed."
        )

    @contextmanager
    def _asked(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str | int] | None = None,
        files: Sequence[File] = (),
        accept: str = "application/json",
    ) -> Iterator[httpx2.Response]:
        """A response that is none of an error; the connection is free, or closed, when this is left."""
        form = [("files", (name, content, "application/octet-stream")) for name, content in files] or None
        try:
            with self._opened().stream(
                method, f"{self.name}{path}", params=query or None, json=body, files=form, headers={"Accept": accept}
            ) as response:
                if response.status_code >= 300:
                    raise self._error(response)
                yield response
        except httpx2.TimeoutException as error:
            where = f"within {_CONNECT:g} s" if isinstance(error, httpx2.ConnectTimeout) else f"for {_SILENCE:g} s"
            raise ServerUnreachable(f"{self.name}: no answer {where}.", _REMEDY) from error
        except httpx2.ConnectError as error:
            raise ServerUnreachable(f"{self.name}: no server answers here ({_reason(error)}).", _REMEDY) from error
        except httpx2.RequestError as error:
            raise ServerUnreachable(f"{self.name}: the connection broke ({_reason(error)}).", _REMEDY) from error

    def _opened(self) -> httpx2.Client:
        if self._client is None:
            self._client = httpx2.Client(
                timeout=httpx2.Timeout(_SILENCE, connect=_CONNECT, pool=None),
                auth=self._who,
                headers={"Authorization": f"Bearer {self._token}"} if self._token else None,
                proxy=proxy_for(self.name),
                trust_env=False,
                follow_redirects=False,
            )
        return self._client

    def _error(self, response: httpx2.Response) -> CitewiseError:
        """What an error's response tells."""
        if response.is_redirect:
            target = urlsplit(response.headers.get("location", ""))
            where = f"{target.scheme}://{target.hostname}" if target.hostname else target.path
            return ServerRefused(
                f"{self.name}: sends to {where} instead.", "Use that address, if it is the server that you mean."
            )
        if "problem+json" not in response.headers.get("content-type", ""):
            return self._stranger(f"status {response.status_code}")
        return self.understood(problem_from_dict, self._document(self._whole(response)))

    def _whole(self, response: httpx2.Response) -> str:
        """The text of a reply. Raises ServerUnreachable where it has no end."""
        told = bytearray()
        for data in response.iter_bytes():
            told += data
            if len(told) > _MOST_TEXT:
                raise self._stranger("its reply has no end")
        return told.decode("utf-8", "replace")

    def _lines(self, response: httpx2.Response) -> Iterator[str]:
        """The lines of a reply, without their ends. Raises ServerUnreachable where one has no end."""
        held: list[bytes] = []
        size = 0
        for data in response.iter_bytes():
            *ended, rest = data.split(b"\n")
            for line in ended:
                yield b"".join([*held, line]).removesuffix(b"\r").decode("utf-8", "replace")
                held, size = [], 0
            held.append(rest)
            size += len(rest)
            if size > _MOST_LINE:
                raise self._stranger("a line of its reply has no end")
        if size:
            yield b"".join(held).decode("utf-8", "replace")

    def _document(self, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError as error:
            raise self._stranger("its reply is no JSON") from error

    def _stranger(self, why: str) -> ServerUnreachable:
        return ServerUnreachable(f"{self.name}: no server of this kind answers here ({why}).", _REMEDY)


_REMEDY = "Check the address; a server is started with: citewise serve"


def segment(text: str) -> str:
    """A part of a path: nothing in it, not even a slash, means anything to the path."""
    return quote(text, safe="")


def _reason(error: Exception) -> str:
    return str(error).removeprefix("[Errno ").partition("] ")[2].lower() or str(error) or type(error).__name__


def _events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Names and data of server-sent events; comments are signs of life."""
    name, data = "message", list[str]()
    for line in lines:
        if not line:
            if data:
                yield name, "\n".join(data)
            name, data = "message", []
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
