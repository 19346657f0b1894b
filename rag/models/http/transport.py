"""HTTP for one reply of a language model: one connection of its own, and an end in time whatever the server does.

The usual time limits hold for each read, so that a server which sends a byte now and then is waited for without end.
Here every operation on the socket gets what is left of one limit for all. Closing the client closes the connection,
also in the middle of a reply.

Nothing of the environment is read, and of the headers only those go out that the exchange needs: none that tell about
this machine.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import httpcore2
import httpx2

from rag.models.chat.stopping import flag

_HEADERS = {b"host", b"accept", b"connection", b"content-length", b"content-type", b"authorization", b"user-agent"}
_LOOK = 0.2
_PACKINGS = {"gzip": zlib.MAX_WBITS | 16}
"""What a server may pack a reply with, and how zlib calls it."""
_PIECE = 1 << 16
MOST_BYTES = 32_000_000
"""What a reply may have: some hundred times the longest that is ever asked for."""


class Endless(httpx2.RequestError):
    """A reply of more bytes than any that is one."""


class Limit:
    """The seconds left for a reply, over all attempts. What the reader of the reply takes for itself does not count:
    see :meth:`extend`.
    """

    def __init__(self, connect: float, total: float) -> None:
        self.connect = connect
        self._end = time.monotonic() + total
        self._soon = float("inf")
        self._unwanted = flag()

    def left(self) -> float:
        """Seconds; none where nobody waits for the reply any more."""
        return (
            0.0
            if self._unwanted and self._unwanted.is_set()
            else max(0.0, min(self._end, self._soon) - time.monotonic())
        )

    @property
    def look(self) -> float:
        """After how many seconds of silence to look again whether the reply is still wanted."""
        return _LOOK if self._unwanted else float("inf")

    def extend(self, seconds: float) -> None:
        self._end += seconds
        self._soon += seconds

    def shorten(self, seconds: float) -> None:
        """No more than so many seconds from now, until :meth:`lengthen`."""
        self._soon = min(self._soon, time.monotonic() + seconds)

    def lengthen(self) -> None:
        """As many seconds as there were without having been shortened."""
        self._soon = float("inf")

    def for_connecting(self) -> float:
        return min(self.connect, self._or_over(httpcore2.ConnectTimeout))

    def for_reading(self) -> float:
        return self._or_over(httpcore2.ReadTimeout)

    def for_writing(self) -> float:
        return self._or_over(httpcore2.WriteTimeout)

    def _or_over(self, over: type[httpcore2.TimeoutException]) -> float:
        seconds = self.left()
        if not seconds:
            raise over("the time for the reply is over")
        return seconds


def http_client(limit: Limit, url: str, proxy: str | None = None) -> httpx2.Client:
    """A client for one reply from the address, straight or through a proxy (``http://…``)."""
    context = _ssl_context() if url.startswith("https:") or (proxy or "").startswith("https:") else None
    backend = _Backend(limit)
    pool: httpcore2.ConnectionPool
    if proxy is None:
        pool = httpcore2.ConnectionPool(ssl_context=context, network_backend=backend)
    else:
        named = httpx2.Proxy(proxy)
        plain = str(named.url.copy_with(username=None, password=None))
        pool = httpcore2.HTTPProxy(plain, proxy_auth=named.raw_auth, ssl_context=context, network_backend=backend)
    return httpx2.Client(transport=_Transport(pool), timeout=None, trust_env=False)


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


class _Stream(httpcore2.NetworkStream):
    """A connection that ignores the time limit of a single operation in favour of the common one."""

    def __init__(self, inner: httpcore2.NetworkStream, limit: Limit) -> None:
        self._inner = inner
        self._limit = limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while (seconds := self._limit.for_reading()) > self._limit.look:
            with suppress(httpcore2.ReadTimeout):
                return self._inner.read(max_bytes, self._limit.look)
        return self._inner.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._limit.for_writing())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._limit.for_connecting()), self._limit)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        made = self._inner.connect_tcp(host, port, self._limit.for_connecting(), local_address, socket_options)
        return _Stream(made, self._limit)


class _Body(httpx2.SyncByteStream):
    """A body of at most :data:`MOST_BYTES`, packed and unpacked; unpacked here, a little at a time."""

    def __init__(self, inner: Any, packed: str) -> None:
        """``packed``: how, as ``content-encoding`` says; empty for as it is."""
        self._inner = inner
        self._packed = packed

    def __iter__(self) -> Iterator[bytes]:
        with _translating():
            received = bounded(self._inner)
            yield from bounded(unpacked(received, self._packed)) if self._packed else received

    def close(self) -> None:
        self._inner.close()


def bounded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a body. Raises Endless where they come to more than any reply has."""
    left = MOST_BYTES
    for data in pieces:
        left -= len(data)
        if left < 0:
            raise Endless("more bytes than any reply has")
        yield data


def unpacked(pieces: Iterable[bytes], packed: str) -> Iterator[bytes]:
    """What is in a packed body, in pieces of at most :data:`_PIECE`: some bytes may stand for a thousand times as many.

    Raises DecodingError where it is broken, or packed in a way that was not asked for.
    """
    if packed not in _PACKINGS:
        raise httpx2.DecodingError(f"packed as {packed[:40]}, which was not asked for")
    unpacking = zlib.decompressobj(_PACKINGS[packed])
    try:
        for data in pieces:
            while piece := unpacking.decompress(data, _PIECE):
                yield piece
                data = unpacking.unconsumed_tail
    except zlib.error as error:
        raise httpx2.DecodingError(str(error)) from error


class _Transport(httpx2.BaseTransport):
    def __init__(self, pool: httpcore2.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        to = httpcore2.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        headers = [(name, value) for name, value in request.headers.raw if name.lower() in _HEADERS]
        headers.append((b"Accept-Encoding", ", ".join(_PACKINGS).encode()))
        with _translating():
            response = self._pool.handle_request(
                httpcore2.Request(request.method, to, headers=headers, content=request.read())
            )
        told = httpx2.Headers(response.headers)
        packed = told.pop("content-encoding", "").strip().lower().replace("identity", "")
        return httpx2.Response(
            response.status, headers=told, stream=_Body(response.stream, packed), extensions=response.extensions
        )

    def close(self) -> None:
        self._pool.close()


@contextmanager
def _translating() -> Iterator[None]:
    """httpcore2's errors as httpx2's, which have the same names."""
    try:
        yield
    except (
        httpcore2.TimeoutException,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.ProxyError,
        httpcore2.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx2, type(error).__name__)(str(error)) from error
