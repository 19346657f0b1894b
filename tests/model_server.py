"""An OpenAI-compatible server on 127.0.0.1 that does what a test tells it to, over a real socket.

    with ModelServer() as server:
        server.play(status(500), reply("Cats purr."))     # what to do with the first request, the second …; the last is repeated
        ...
        server.requests                                   # what was asked: path, headers, body

A part that a server plays is a function that is given the :class:`Request` and writes its answer, whole or not.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

WORDS = ("Cats", " purr", " at 25", "–150 Hz.")


@dataclass
class Request:
    """A request that came in (names of headers in lower case), and the means to answer it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    handler: BaseHTTPRequestHandler = field(repr=False)
    server: ModelServer = field(repr=False)

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def write(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()


Part = Callable[[Request], None]


class ModelServer:
    """Counts and keeps its requests. ``hung_up`` is set when a client closed the connection that was being
    written to.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        self.closing = threading.Event()
        self._parts: list[Part] = [reply()]
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def play(self, *parts: Part) -> None:
        self._parts = list(parts)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _next_part(self, request: Request) -> Part:
        with self._lock:
            self.requests.append(request)
            return self._parts.pop(0) if len(self._parts) > 1 else self._parts[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    json.loads(raw),
                    self,
                    outer,
                )
                self.close_connection = True
                try:
                    outer._next_part(request)(request)
                except (BrokenPipeError, ConnectionResetError):
                    outer.hung_up.set()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        return Handler


# --- replies that are whole -------------------------------------------------------------------------------------------


def chunk(content: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    delta: dict[str, Any] = {} if content is None else {"content": content}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


def event(data: Any) -> bytes:
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n"


def events(
    words: Iterable[str], finish: str | None = "stop", usage: tuple[int, int] | None = (12, 5), done: bool = True
) -> Iterator[bytes]:
    yield event(
        {**chunk(), "choices": [{"index": 0, "delta": {"role": "assistant", "content": None}, "finish_reason": None}]}
    )
    for word in words:
        yield event(chunk(word))
    if finish:
        yield event(chunk(finish=finish))
    if usage:
        yield event(
            {
                "choices": [],
                "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
            }
        )
    if done:
        yield event(b"[DONE]")


def reply(*words: str, finish: str | None = "stop", usage: tuple[int, int] | None = (12, 5), done: bool = True) -> Part:
    """A streamed reply; without ``finish`` one that just ends."""

    def play(request: Request) -> None:
        request.head()
        for data in events(words or WORDS, finish, usage, done):
            request.write(data)

    return play


def reply_in_shreds(text: str, sizes: Sequence[int] = (1, 2, 3, 5, 7)) -> Part:
    """A reply cut where no meaning ends: HTTP chunks inside lines and characters, \\r\\n, comments, empty deltas, half
    characters.
    """

    def play(request: Request) -> None:
        request.head(Transfer_Encoding="chunked")
        wide = text.encode("utf-16-be")
        halves = [wide[i : i + 2].decode("utf-16-be", "surrogatepass") for i in range(0, len(wide), 2)]
        data = b": hello\r\n\r\n" + b"".join(events(["", *halves])).replace(b"\n", b"\r\n")
        start, turn = 0, 0
        while start < len(data):
            piece = data[start : start + sizes[turn % len(sizes)]]
            request.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            start, turn = start + len(piece), turn + 1
        request.write(b"0\r\n\r\n")

    return play


def whole_document(text: str, **changed: Any) -> Part:
    """The reply of a server that does not stream, though it was asked to."""
    message = {"role": "assistant", "content": text}
    told = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4},
    }
    return body(json.dumps({**told, **changed}).encode())


# --- faults -----------------------------------------------------------------------------------------------------------


def status(code: int, message: str = "", *, kind: str = "", error_code: str | None = None, **headers: str) -> Part:
    """A refusal in OpenAI's form."""
    error = {"message": message or f"status {code}", "type": kind, "param": None, "code": error_code}
    return body(json.dumps({"error": error}).encode(), code, **headers)


def body(data: bytes, code: int = 200, kind: str = "application/json", **headers: str) -> Part:
    def play(request: Request) -> None:
        request.head(code, kind, Content_Length=str(len(data)), **headers)
        request.write(data)

    return play


def refusing(
    *names: str, code: int = 400, then: Part | None = None, message: str = "Unrecognized request argument supplied: {}"
) -> Part:
    """A server that refuses some parameters, and does ``then`` where none of them is sent."""

    def play(request: Request) -> None:
        sent = [name for name in names if name in request.body]
        (status(code, message.format(sent[0])) if sent else then or reply())(request)

    return play


def bytes_of_stream(*data: bytes) -> Part:
    """A stream of just these bytes."""

    def play(request: Request) -> None:
        request.head()
        for piece in data:
            request.write(piece)

    return play


def reset(before: bytes = b"") -> Part:
    """Breaks the connection (RST), after some of a streamed reply or before any of it."""

    def play(request: Request) -> None:
        if before:
            request.head(Transfer_Encoding="chunked")
            request.write(b"%x\r\n%s\r\n" % (len(before), before))
            time.sleep(0.05)  # what is still on the way would be lost with the connection
        connection = request.handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return play


def hang(before: bytes = b"") -> Part:
    """Says nothing, or nothing more, and keeps the connection."""

    def play(request: Request) -> None:
        if before:
            request.head()
            request.write(before)
        request.server.closing.wait(20)

    return play


def drip(data: bytes, *, head: bytes = b"", every: float = 0.02) -> Part:
    """Sends byte by byte, without end as far as a test is concerned: the data again and again, after the head."""

    def play(request: Request) -> None:
        request.write(head)
        until = time.monotonic() + 20
        while not request.server.closing.wait(every) and time.monotonic() < until:
            for n in range(len(data)):
                request.write(data[n : n + 1])
                if request.server.closing.wait(every):
                    return

    return play


def talk(word: str = "word ", every: float = 0.01) -> Part:
    """Writes words until the client hangs up."""

    def play(request: Request) -> None:
        request.head()
        until = time.monotonic() + 20
        while not request.server.closing.wait(every) and time.monotonic() < until:
            request.write(event(chunk(word)))

    return play


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
