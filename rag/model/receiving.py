"""The chunks of a streamed chat completion -> the text of a reply, and whether it is whole; knows the format, but no client library.

Chunks are objects with the names of OpenAI's format as attributes, and nothing about them is taken for granted: servers leave out, repeat
and add. A reply that came in one piece, from a server that does not stream, is read as a stream of one chunk.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

from rag.model.faults import Place

_NO_REPLY = ("tool_calls", "function_call")


class NotStructured(Exception):
    """The server was given a schema and writes something that is no JSON: it ignores schemas."""


class Received:
    """What has come of a reply so far."""

    def __init__(self, place: Place, *, structured: bool) -> None:
        self.structured = structured
        self.finish_reason: str | None = None
        self.counted: tuple[int, int] | None = None
        """Tokens of prompt and reply as the server told them, if it did."""
        self._place = place
        self._pieces: list[str] = []
        self._held = ""
        self._refusal = ""

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def add(self, chunk: Any) -> str:
        """Takes in a chunk and returns the text that may be given out, "" for none. Raises NotStructured.

        Space before the first word is kept back, so that nothing is given out before a JSON document is known to begin, and so is the
        first half of a character that two chunks share.
        """
        choice = _first(getattr(chunk, "choices", None))
        said = getattr(choice, "delta", None) or getattr(choice, "message", None)
        self._refusal += _text(getattr(said, "refusal", None))
        self.finish_reason = _text(getattr(choice, "finish_reason", None)) or self.finish_reason
        self._count(getattr(chunk, "usage", None))
        piece = self._held + _text(getattr(said, "content", None))
        if (not piece.strip() and not self._pieces) or "\ud800" <= piece[-1:] <= "\udbff":
            self._held = piece
            return ""
        self._held = ""
        if self.structured and not self._pieces and piece.lstrip()[0] not in "{[":
            raise NotStructured
        if piece:
            self._pieces.append(_paired(piece))
        return self._pieces[-1] if piece else ""

    def check_whole(self, most_tokens: int) -> None:
        """Raises ReplyCutShort, ReplyFiltered or ReplyBroken if this is not a whole reply."""
        if self.finish_reason == "length":
            raise self._place.too_long(most_tokens)
        if self.finish_reason == "content_filter":
            raise self._place.filtered()
        if self._refusal:
            raise self._place.filtered(self._refusal)
        if self.finish_reason is None:
            raise self._place.broke_off()
        if self.finish_reason in _NO_REPLY:
            raise self._place.broken("a call of a tool, though it was offered none")
        if not self._pieces:
            raise self._place.broken("an empty reply")
        if self.structured and not _is_json(self.text):
            raise self._place.broken("half a JSON document")

    def _count(self, usage: Any) -> None:
        prompt, completion = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
        if isinstance(prompt, int) and isinstance(completion, int) and prompt > 0 and completion >= 0:
            self.counted = prompt, completion


def document(body: bytes) -> Any:
    """A JSON document as objects with attributes. Raises ValueError."""
    return json.loads(body, object_hook=lambda names: SimpleNamespace(**names))


def said_by_server(body: object) -> tuple[str, str]:
    """Of the body of a refusal: the sentence for a person ("" for a web page), and everything as text, to look for words in."""
    if isinstance(body, str):
        return ("" if body.lstrip().startswith("<") else body), body
    everything = "" if body is None else json.dumps(body, ensure_ascii=False, default=str)
    message = body.get("message") or body.get("detail") if isinstance(body, Mapping) else None
    return (message if isinstance(message, str) else everything), everything


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait (``Retry-After`` in seconds or as a date, ``retry-after-ms``); None if it doesn't say."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        told = headers.get(name, "")
        try:
            return max(0.0, float(told) * unit)
        except ValueError:
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None


def _first(choices: Any) -> Any:
    return choices[0] if isinstance(choices, list) and choices else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _paired(text: str) -> str:
    """Halves of characters joined; one without its other half becomes a replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
