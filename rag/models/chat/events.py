"""The body of a stream of server-sent events -> the data of its events; knows the web's standard, and nothing of
models.

>>> list(data_of([b"event: ping\\n\\nretry: 9\\n\\ndata: a\\ndata: b\\n\\n"]))
['a\\nb']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_LINE_END = re.compile(rb"\r\n|\n|\r")
_MARK = b"\xef\xbb\xbf"
_IDLE = frozenset({"ping", "heartbeat", "keepalive", "keep-alive", "keep_alive"})
"""Events that only keep a connection open; what data they have is none of the reply's."""


def data_of(body: Iterable[bytes]) -> Iterator[str]:
    """The data of each event that has any, its lines joined; of an event that the body breaks off in, nothing.

    Events without data (comments, ``retry:``, ``id:``, a bare ``data:``) are passed over. Raises UnicodeDecodeError.
    """
    data: list[str] = []
    kind = ""
    for line in _lines(body):
        if not line:
            told, idle = "\n".join(data), kind in _IDLE
            data, kind = [], ""
            if told.strip() and not idle:
                yield told
            continue
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif name == "event":
            kind = value.strip().lower()


def _lines(body: Iterable[bytes]) -> Iterator[str]:
    """The whole lines of a body, without their ends (any of three) and without a byte order mark before the first."""
    held: list[bytes] = []
    after_return, first = False, True
    for data in body:
        whole = data.removeprefix(b"\n") if after_return and data else data
        after_return = whole.endswith(b"\r") if whole else after_return and not data
        *ended, rest = _LINE_END.split(whole)
        for piece in ended:
            line = b"".join([*held, piece])
            yield (line.removeprefix(_MARK) if first else line).decode("utf-8")
            held, first = [], False
        held.append(rest)
