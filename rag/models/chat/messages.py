"""What a language model is asked and what it replies, as frozen dataclasses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.types import Usage

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with a model."""

    role: Role
    content: str


Messages = Sequence[Message] | Callable[[bool], Sequence[Message]]
"""The messages; or what makes them, given whether the reply will be held to a schema (a prompt for JSON, or one for
plain text)."""


def turns_of(messages: Messages, structured: bool) -> Sequence[Message]:
    return messages(structured) if callable(messages) else messages


def without_system(turns: Sequence[Message]) -> Sequence[Message]:
    """The same for a model whose format knows no system: what it is told comes at the head of the first message."""
    first, *others = turns
    if first.role != "system" or not others:
        return turns
    return [Message(others[0].role, f"{first.content}\n\n{others[0].content}"), *others[1:]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply. ``structured``: the server was held to the schema, and the text is JSON. ``replayed``: from the
    record, at no cost.
    """

    text: str
    usage: Usage
    model: str
    finish_reason: str
    replayed: bool = False
    structured: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Everything that decides what a model replies; ``schema`` is the JSON schema that the reply should have."""

    model: str
    messages: Sequence[Message]
    schema: Mapping[str, Any] | None
    most_tokens: int
    temperature: float
    seed: int

    @property
    def key(self) -> str:
        """SHA-256 of all of it as canonical JSON: under this a reply is recorded."""
        told = {
            "model": self.model,
            "messages": [[m.role, m.content] for m in self.messages],
            "schema": self.schema,
            "most_tokens": self.most_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
