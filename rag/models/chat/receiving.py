"""The chunks of a streamed chat completion -> the text of a reply, and whether it is whole; knows the format, but no
client library.

Chunks are objects with the names of OpenAI's format as attributes, and nothing about them is taken for granted: servers
leave out, repeat and add. A reply that came in one piece, from a server that does not stream, is read as a stream of
one chunk.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

from rag.models.chat.thoughts import CLOSES, ThoughtFilter, answer_in
from rag.models.http.attempts import Setback
from rag.models.http.faults import Place

LARGEST = 8_000_000
"""Bytes that a reply in one piece may have."""
_WHOLE = frozenset(
    "stop eos eos_token end_turn end_of_turn stop_sequence stop_token complete completed end done finish finished "
    "success".split()
)
"""Reasons to end that mean a whole reply, as servers name them. Any other means something else, and may mean that it
broke off."""
_AT_THE_LIMIT = frozenset("length max_tokens max_length max_output_tokens model_length token_limit".split())
_WITHHELD = frozenset(
    "content_filter content-filter safety sensitive refusal recitation blocklist prohibited_content spii".split()
)
_NO_REPLY = frozenset("tool_calls function_call tool_use".split())
_NO_REASON = frozenset({"null", "none"})
_GOES_ON = frozenset('{}[],:"')


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
        self.length = 0
        """Characters so far, those not given out among them."""
        self.ended = False
        """Whether a reason to end came by itself, behind the last text: the reply is whole even where the connection
        breaks then."""
        self._premature = False
        self._pieces: list[str] = []
        self._half = self._blank = ""
        self._refusal = ""
        self._thoughts = ThoughtFilter()

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def add(self, chunk: Any) -> str:
        """Takes in a chunk and returns the text that may be given out, "" for none. Raises NotStructured.

        Space before the first word is kept back, so that nothing is given out before a JSON document is known to begin,
        and so is the first half of a character that two chunks share, and what may be the beginning of a thought or
        token.
        """
        choice = _own(getattr(chunk, "choices", None))
        said = getattr(choice, "delta", None) or getattr(choice, "message", None)
        self._refusal += _text(getattr(said, "refusal", None))
        self._count(getattr(chunk, "usage", None))
        piece = _text(getattr(said, "content", None))
        self._end(_text(getattr(choice, "finish_reason", None)), piece)
        self.length += len(piece)
        piece = self._half + piece
        self._half = piece[-1:] if "\ud800" <= piece[-1:] <= "\udbff" else ""
        return self._taken(self._thoughts.feed(_paired(piece.removesuffix(self._half) if self._half else piece)))

    def rest(self) -> str:
        """The text that was kept back, when nothing more comes. Raises NotStructured."""
        half, self._half = self._half, ""
        return self._taken(self._thoughts.feed(_paired(half)) + self._thoughts.end())

    def _taken(self, text: str) -> str:
        """Notes text that is part of the reply, and returns it."""
        text = self._blank + text
        if not text.strip() and not self._pieces:
            self._blank = text
            return ""
        self._blank = ""
        if self.structured and not self._pieces and text.lstrip()[0] not in "{[":
            raise NotStructured
        if text:
            self._pieces.append(text)
        return text

    def _end(self, reason: str, piece: str) -> None:
        """Notes a reason to end. Some servers send one with each piece: one that text follows meant nothing."""
        reason = "" if reason.lower() in _NO_REASON else reason
        if piece:
            self._premature |= self.finish_reason is not None
            self.finish_reason, self.ended = reason or None, False
        elif reason:
            self.finish_reason = reason
            begun = self.length or self._refusal or reason.lower() not in _WHOLE
            self.ended = bool(begun) and not self._premature

    def check_whole(self, most_tokens: int) -> None:
        """Raises ReplyCutShort, ReplyFiltered or ReplyBroken if this is not a whole reply; as a Setback, where more
        room may help.

        Of a document that is followed by words, the words are left out.
        """
        reason = (self.finish_reason or "").lower()
        if reason in _AT_THE_LIMIT:
            error = self._place.too_long(most_tokens)
            raise error if self._pieces else Setback(error, without=frozenset({"brevity"}))
        if reason in _WITHHELD:
            raise self._place.filtered()
        if self._refusal:
            raise self._place.filtered(self._refusal)
        if self.finish_reason is None:
            raise self._place.broke_off()
        if reason in _NO_REPLY:
            raise self._place.broken("a call of a tool, though it was offered none")
        if reason not in _WHOLE:
            raise self._place.ended_oddly(reason)
        if not self._pieces:
            self._check_thought()
        elif self.structured:
            self._pieces = [self._document()]
        elif CLOSES in self.text:
            self._pieces = [answer_in(self.text)]

    def _check_thought(self) -> None:
        """Of a reply without text. One of nothing but a thought is whole and says nothing; it may say more without a
        schema.
        """
        if not self._thoughts.thought:
            raise self._place.broken("an empty reply")
        if self.structured:
            raise Setback(self._place.broken("nothing but a thought"), without=frozenset({"response_format"}))

    def _document(self) -> str:
        """The JSON document that the text begins with. Raises ReplyBroken."""
        text = self.text.lstrip()
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            raise self._place.broken("half a JSON document") from None
        if text[end:].lstrip()[:1] in _GOES_ON:
            raise self._place.broken("more than one JSON document, or half of one")
        return text[:end]

    def _count(self, usage: Any) -> None:
        prompt, completion = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
        if isinstance(prompt, int) and isinstance(completion, int) and prompt > 0 and completion >= 0:
            self.counted = prompt, completion


def read(body: Iterable[bytes]) -> bytes:
    """A body whole; of one that is larger than any reply, a bit more than :data:`LARGEST` bytes."""
    whole = bytearray()
    for data in body:
        whole += data
        if len(whole) > LARGEST:
            break
    return bytes(whole)


def document(body: bytes | str) -> Any:
    """A JSON document as objects with attributes. Raises ValueError."""
    return json.loads(body, object_hook=lambda names: SimpleNamespace(**names))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait (``Retry-After`` in seconds or as a date, ``retry-after-ms``); None if it
    doesn't say.
    """
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


def _own(choices: Any) -> Any:
    """The first of the replies that a chunk may carry pieces of; one was asked for."""
    own = [c for c in choices if getattr(c, "index", 0) in (0, None)] if isinstance(choices, list) else []
    return own[0] if own else None


def _text(value: Any) -> str:
    """Text, also where it comes in parts, of which those are left out that are no text."""
    if isinstance(value, list):
        return "".join(_text(_field(part, "text")) for part in value if _field(part, "type") == "text")
    return value if isinstance(value, str) else ""


def _field(part: Any, name: str) -> Any:
    return part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)


def _paired(text: str) -> str:
    """Halves of characters joined; one without its other half becomes a replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
