"""What it means when a model's server refuses, and the message for a person; knows HTTP and JSON, but no client
library.

Servers agree on status numbers and on little else. What a refusal is about is read from its words: OpenAI's codes, and
the sentences of vLLM, llama.cpp, Ollama, LM Studio and the common gateways.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from rag.errors import (
    ContextTooLong,
    ModelError,
    ModelFault,
    ModelKeyWrong,
    ModelQuotaExhausted,
    ModelRateLimited,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
    ReplyBroken,
    ReplyCutShort,
    ReplyFiltered,
    UsageError,
)
from rag.text.display import shown

OPENAI_URL = "https://api.openai.com/v1"

MEANT: Mapping[str, type[ModelError]] = {
    "APIConnectionError": ModelUnreachable,
    "APIError": ModelFault,
    "APIResponseValidationError": ReplyBroken,
    "APIStatusError": ModelFault,
    "APITimeoutError": ModelTimedOut,
    "AuthenticationError": ModelKeyWrong,
    "BadRequestError": ModelFault,
    "ConflictError": ModelFault,
    "ContentFilterFinishReasonError": ReplyFiltered,
    "InternalServerError": ModelFault,
    "LengthFinishReasonError": ReplyCutShort,
    "NotFoundError": ModelUnreachable,
    "OAuthError": ModelKeyWrong,
    "OpenAIError": ModelFault,
    "PermissionDeniedError": ModelKeyWrong,
    "RateLimitError": ModelRateLimited,
    "SubjectTokenProviderError": ModelKeyWrong,
    "UnprocessableEntityError": ModelFault,
    "WebSocketConnectionClosedError": ModelUnreachable,
    "WebSocketQueueFullError": ModelFault,
}
"""The client library's error classes by name, where nothing more can be read from the error."""

PASSING = (408, 409, 425)
"""Refusals that the same request may not meet again."""
_LONGEST_WAIT_TOLD = 86_400

_QUOTA = re.compile(
    r"insufficient[_ ](quota|balance|credit|funds)|current quota|billing|out of credits?|payment required", re.I
)
_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|context (length|size|window)|maximum context"
    r"|(prompt|input|request) (\([^)]*\) )?(is )?too (long|large)|too many (input |prompt )?tokens"
    r"|max(imum)? (number of )?(input|prompt) tokens|tokens? (count )?(\([^)]*\) )?exceeds? the max|longer than the max"
    r"|max_new_tokens`? must be|(model|sequence|context) length (is|of|was|exceeded)|max_model_len",
    re.I,
)
_MODEL = re.compile(
    r"model_not_found|not a valid model|no endpoints found for"
    r"|(no such|unknown|invalid|unsupported) model|no models? (is |are )?loaded|access to model"
    r"|\bmodel\b.{0,120}?(not found|not exist|not loaded|not available|unavailable|is not supported|not a valid)",
    re.I | re.S,
)
_PARAMETERS = {
    "response_format": re.compile(r"response[_ ]format|json[_ ]schema|structured[_ ]outputs?|guided|grammar", re.I),
    "stream_options": re.compile(r"stream[_ ]options|include_usage", re.I),
    "temperature": re.compile(r"temperature", re.I),
    "seed": re.compile(r"\bseed\b", re.I),
    "max_tokens": re.compile(r"\bmax_tokens\b", re.I),
    "max_completion_tokens": re.compile(r"max_completion_tokens", re.I),
    "stream": re.compile(r"\bstream(?:ing|ed)?\b", re.I),
    "system": re.compile(r"\bsystem[_ ](?:role|messages?|prompts?|instructions?)\b|\brole\b.{0,20}\bsystem\b", re.I),
}
_WITH_FAULTS = ("response_format", "stream_options")
"""What servers stumble over instead of refusing it."""
_UNEXPLAINED = ("response_format", "stream_options")
_BY_STATUS = {
    400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError", 429: "RateLimitError",
}  # fmt: skip
_SECRET = re.compile(r"\b(sk|key|bearer)[-_ ][\w*.…-]{6,}|\S*\*{3,}\S*", re.I)


def meaning(names: Iterable[str], status: int | None, told: str) -> type[ModelError]:
    """What an error of the client library means: the names of its class and of those above it, the status, and all that
    the server said.
    """
    if status == 402 or (status in (None, 400, 403, 429) and _QUOTA.search(told)):
        return ModelQuotaExhausted
    if status == 413 or (status in (None, 400, 422, 500) and _CONTEXT.search(told)):
        return ContextTooLong
    if status in (None, 400, 403, 404, 422) and _MODEL.search(told):
        return ModelUnknown
    if status == 405:
        return ModelUnreachable
    return next((MEANT[name] for name in names if name in MEANT), ModelFault)


def refused_parameters(sent: Iterable[str], status: int | None, told: str) -> frozenset[str]:
    """The parameters of those sent that a refusal is about; empty if it is about something else.

    A refusal (400, 422) that explains nothing is taken to be about what servers most often lack.
    """
    if (
        status not in (400, 404, 415, 422, 500, 501)
        or _CONTEXT.search(told)
        or _QUOTA.search(told)
        or "model_not_found" in told
    ):
        return frozenset()
    named = frozenset(
        name for name in sent if _PARAMETERS[name].search(told) and (status < 500 or name in _WITH_FAULTS)
    )
    if named or status not in (400, 422) or _MODEL.search(told):
        return named
    return frozenset(_UNEXPLAINED) & frozenset(sent)


def said_by_server(body: object) -> tuple[str, str]:
    """Of the body of a refusal: the sentence for a person ("" for a web page), and everything as text, to look for
    words in.
    """
    if isinstance(body, str):
        return ("" if body.lstrip().startswith("<") else body), body
    everything = "" if body is None else json.dumps(body, ensure_ascii=False, default=str)
    message = body.get("message") or body.get("detail") if isinstance(body, Mapping) else None
    return (message if isinstance(message, str) else everything), everything


def name_of(status: int) -> str:
    """What the client library calls an error of a status, for those who ask without it; elsewhere than here (3xx) is
    nowhere.
    """
    return (
        "InternalServerError"
        if status >= 500
        else "NotFoundError"
        if status < 400
        else _BY_STATUS.get(status, "APIStatusError")
    )


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a model is asked for, and how its settings are called, for the messages."""

    offers: str
    path: str
    setting: str
    """What the names of its settings start with."""
    key: str
    reads: str
    shorter: str
    """What helps where it is given too much to read."""
    again: str


CHAT = Purpose(
    "chat completions", "/chat/completions", "CITEWISE_LLM", "OPENAI_API_KEY (or CITEWISE_LLM_KEY)", "prompt",
    "Load the model with a longer context (2,000 tokens do), or choose another with CITEWISE_LLM_MODEL.", "ask again",
)  # fmt: skip
EMBEDDINGS = Purpose(
    "embeddings", "/embeddings", "CITEWISE_EMBEDDING", "CITEWISE_EMBEDDING_KEY", "text",
    "Choose a model with a longer context (CITEWISE_EMBEDDING_MODEL).", "try again",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is asked, and what for. Makes the errors that name it; the key, or a part of it, is in none of
    them.
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    purpose: Purpose = CHAT

    def failed(
        self, kind: type[ModelError], status: int | None, told: str, *, seconds: float | None = None
    ) -> ModelError:
        """The error for a refusal or fault that means ``kind``. ``told``: the server's words; ``seconds``: when it asks
        to come back.
        """
        if kind is ModelKeyWrong:  # servers repeat a part of the key here: their words are left out
            problem = (
                f"{self.url} refuses the API key ({status})."
                if self.key
                else f"{self.url} asks for an API key ({status})."
            )
            return kind(problem, f"Set {self.purpose.key} to a key that may use {self.model} there.")
        words = f": {self._inert(told)}" if told.strip() else ""
        number = f" ({status})" if status else ""
        if kind is ModelUnknown:
            remedy = f"Set {self.purpose.setting}_MODEL to one that it has; {self.url}/models lists them."
            return kind(f"{self.url} has no model {self.model!r} for this key{number}{words}.", remedy)
        if kind is ModelQuotaExhausted:
            problem = f"{self.url}: the account has no credit left for {self.model}{number}{words}."
            return kind(
                problem, f"Add credit with the provider, or name another server with {self.purpose.setting}_URL."
            )
        if kind is ModelRateLimited:
            long = "more than a day" if seconds and seconds > _LONGEST_WAIT_TOLD else f"{seconds or 0:.0f} s"
            later = f"It asks to wait {long}; then {self.purpose.again}." if seconds else self._later
            return kind(f"{self.url}: too many requests for {self.model}{number}{words}.", later)
        if kind is ContextTooLong:
            problem = f"{self.url}: the {self.purpose.reads} is longer than {self.model} can read{number}{words}."
            return kind(problem, self.purpose.shorter)
        if kind is ModelUnreachable:
            remedy = f"Correct {self.purpose.setting}_URL; it usually ends in /v1."
            return kind(f"{self.url} has no {self.purpose.offers}{number}{words}.", remedy)
        if status is not None and 300 <= status < 400:
            remedy = f"If that is right, set {self.purpose.setting}_URL to it."
            return ModelFault(f"{self.url} sends requests to {self.model} elsewhere{number}{words}.", remedy)
        if status is not None and 400 <= status < 500 and status not in PASSING:
            remedy = f"Check {self.purpose.setting}_URL and {self.purpose.setting}_MODEL, or use another model."
            return ModelFault(f"{self.url} refuses the request to {self.model}{number}{words}.", remedy)
        return kind(
            f"{self.url}: {self.model} failed{number}{words}.", self._later + " The server's own log may say more."
        )

    @property
    def _later(self) -> str:
        return f"Wait a little and {self.purpose.again}."

    @property
    def _again(self) -> str:
        return self.purpose.again[0].upper() + self.purpose.again[1:]

    def no_server(self, why: str) -> ModelError:
        reason = f" ({self._inert(why)})" if why else ""
        return ModelUnreachable(
            f"{self.url}: no server answers there{reason}.", f"Start it, or correct {self.purpose.setting}_URL."
        )

    def hung_up(self) -> ModelError:
        return ModelUnreachable(
            f"{self.url} hangs up before {self.model} replies.", self._later + " The server's own log may say more."
        )

    def timed_out(self, seconds: float) -> ModelError:
        problem = f"{self.url}: {self.model} did not finish its reply within {seconds:g} s."
        return ModelTimedOut(problem, f"{self._again}, choose a faster model, or allow more with CITEWISE_LLM_TIMEOUT.")

    def broke_off(self) -> ModelError:
        return ReplyCutShort(f"{self.url}: the reply of {self.model} broke off before its end.", f"{self._again}.")

    def too_long(self, most_tokens: int) -> ModelError:
        problem = f"{self.url}: the reply of {self.model} was cut off at the limit of {most_tokens} tokens."
        return ReplyCutShort(problem, "Ask for less at once, or choose a model that writes (and thinks) more briefly.")

    def filtered(self, words: str = "") -> ModelError:
        said = f": {self._inert(words)}" if words.strip() else ""
        return ReplyFiltered(
            f"{self.url}: the reply of {self.model} was withheld{said}.",
            "Put the question differently, or use another model.",
        )

    def ended_oddly(self, reason: str) -> ModelError:
        problem = (
            f"{self.url}: the reply of {self.model} ended for the reason “{self._inert(reason)}”, and may not be whole."
        )
        return ReplyCutShort(problem, f"{self._again}. If it stays so, use another model or server.")

    def broken(self, what: str) -> ModelError:
        return ReplyBroken(
            f"{self.url}: {self.model} sends {what}.", f"{self._again}. If it stays so, use another model or server."
        )

    def web_page(self) -> ModelError:
        problem = f"{self.url} sends a web page, not a reply of {self.model}."
        return ReplyBroken(
            problem, f"{self.purpose.setting}_URL must be the address of the API, which usually ends in /v1."
        )

    def _inert(self, words: str) -> str:
        """A server's words for a person: one short line, and no word of it that has a piece of the key."""
        told = _SECRET.sub("…", shown(words))
        key = self.key or ""
        pieces = {key[i : i + 5] for i in range(len(key) - 4)}
        kept = " ".join("…" if word == key or any(piece in word for piece in pieces) else word for word in told.split())
        return kept.rstrip(".") if len(kept) <= 200 else kept[:199] + "…"


def address(url: str | None, purpose: Purpose = CHAT) -> str:
    """The address of an API without what follows it; None is OpenAI's. Raises UsageError."""
    told = (url or OPENAI_URL).strip().rstrip("/").removesuffix(purpose.path)
    setting = f"{purpose.setting}_URL"
    remedy = "Give it like http://127.0.0.1:11434/v1, or name a model's file."
    try:
        parts = urlsplit(told)
        port_is_one = parts.port != 0
    except ValueError:
        port_is_one = False
    if not port_is_one or parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(f"{setting}: a name, password, port or query that an address of a model cannot have.", remedy)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or not told.isascii()
        or not told.isprintable()
        or " " in told
    ):
        raise UsageError(f"{setting}: {told!r} is not the address of a server.", remedy)
    return told


def checked_key(key: str | None, purpose: Purpose = CHAT) -> str | None:
    """Raises UsageError, without the key, for one that cannot be sent."""
    told = (key or "").strip()
    if not told.isascii() or not told.isprintable() or " " in told:
        raise UsageError("The API key has spaces or characters that no key has.", f"Copy it again into {purpose.key}.")
    return told or None
