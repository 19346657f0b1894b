"""What conversations were about whose clients keep them: found again by the messages themselves."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.answering.retrieval import MAX_QUESTION
from rag.types import Turn

_KEPT = 200
_AGAIN = 3
"""Questions that are asked again, where nothing is known of them."""


class Said(NamedTuple):
    """A message of a conversation: ``role`` is "user" or "assistant"."""

    role: str
    text: str


class Memory:
    """The latest conversations. Safe for threads."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, tuple[Turn, ...]] = OrderedDict()

    def keep(self, said: Sequence[Said], turns: Sequence[Turn]) -> None:
        """Remembers what was asked and found in a conversation that ends with an answer."""
        *_, key = _keys(said)
        with self._lock:
            self._turns[key] = tuple(turns)
            while len(self._turns) > self._kept:
                self._turns.popitem(last=False)

    def recall(self, said: Sequence[Said]) -> tuple[tuple[Turn, ...], list[str]]:
        """The turns of the longest part of a conversation that is known, and the questions after it that are to be
        asked again.
        """
        keys = list(_keys(said))
        with self._lock:
            for end in range(len(said), 0, -1):
                if said[end - 1].role != "assistant":
                    continue
                if turns := self._turns.get(key := keys[end - 1]):
                    self._turns.move_to_end(key)
                    return turns, _questions(said[end:])
        return (), _questions(said)


def _questions(said: Sequence[Said]) -> list[str]:
    asked = [one.text for one in said if one.role == "user" and one.text.strip() and len(one.text) <= MAX_QUESTION]
    return asked[-_AGAIN:]


def _keys(said: Sequence[Said]) -> Iterator[str]:
    """A key for each beginning of a conversation, the shortest first; each message is hashed once."""
    hashed = hashlib.sha256()
    for one in said:
        hashed.update(json.dumps((one.role, one.text.strip())).encode())
        yield hashed.hexdigest()
