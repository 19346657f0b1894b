"""Replies are bounded, packed or not; what is packed is unpacked a little at a time."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2
import pytest

from rag.client.remote import calling
from rag.client.remote.calling import Server
from rag.errors import ServerUnreachable
from rag.models.http.transport import Endless, Limit, http_client, unpacked

BOMB = gzip.compress(bytes(40_000_000), mtime=0)
EVENTS = b"event: done\ndata: {}\n\n"


@contextmanager
def serving(body: bytes, encoding: str, kind: str = "text/event-stream") -> Iterator[str]:
    """A server that answers everything with these bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            if encoding:
                self.send_header("content-encoding", encoding)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pieces_of(url: str) -> Iterator[bytes]:
    with http_client(Limit(5, 30), url) as http, http.stream("POST", url, content=b"x") as response:
        yield from response.iter_bytes()


def test_a_few_bytes_that_stand_for_many_come_out_a_little_at_a_time() -> None:
    sizes = [len(piece) for piece in unpacked([BOMB], "gzip")]
    assert (sum(sizes), max(sizes) <= 1 << 16) == (40_000_000, True)


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_a_packed_body_is_the_same_in_whatever_pieces_it_comes(cut: int) -> None:
    packed = gzip.compress(told := os.urandom(3_000) + bytes(200_000))
    assert b"".join(unpacked((packed[at : at + cut] for at in range(0, len(packed), cut)), "gzip")) == told


@pytest.mark.parametrize(
    ("body", "encoding"), [(EVENTS, ""), (EVENTS, "identity"), (gzip.compress(EVENTS, mtime=0), "GZIP")]
)
def test_a_packed_stream_is_read_like_another(body: bytes, encoding: str) -> None:
    with serving(body, encoding) as url:
        assert b"".join(pieces_of(url)) == EVENTS


def test_a_packed_stream_without_end_is_given_up() -> None:
    with serving(BOMB, "gzip") as url, pytest.raises(Endless):
        list(pieces_of(url))


@pytest.mark.parametrize(("body", "encoding"), [(EVENTS, "gzip"), (EVENTS, "br"), (EVENTS, "zstd")])
def test_what_cannot_be_unpacked_is_an_error_of_the_reply(body: bytes, encoding: str) -> None:
    with serving(body, encoding) as url, pytest.raises(httpx2.DecodingError):
        list(pieces_of(url))


def test_events_of_a_server_of_ours_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "_MOST_LINE", 1 << 20)
    with serving(BOMB, "gzip") as url, pytest.raises(ServerUnreachable, match="no end"):
        list(Server(url, None).events("/"))
    with serving(gzip.compress(EVENTS.replace(b"\n", b"\r\n"), mtime=0), "gzip") as url:
        assert list(Server(url, None).events("/")) == [("done", {})]


def test_a_reply_of_a_server_of_ours_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "_MOST_TEXT", 1 << 20)
    with serving(BOMB, "gzip", "application/json") as url, pytest.raises(ServerUnreachable, match="no end"):
        Server(url, None).get("/", dict)
