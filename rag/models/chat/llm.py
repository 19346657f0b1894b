"""A language model behind an OpenAI-compatible server (OpenAI, Ollama, vLLM, LM Studio, llama.cpp), asked for one reply
at a time.

A reply is whole or it is an error: one that breaks off, ends without saying why, reaches its limit, is empty, or is no
JSON although it was to be, is never given out as a :class:`Reply`. Attempts are counted and timed by
:mod:`rag.models.http.attempts`, not by ``openai``. What a server does not take (a JSON schema, usage in the stream, a
seed) is found out by its refusal, left out, and remembered for the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlsplit

from rag.errors import ModelError, UsageError
from rag.models.chat.events import data_of
from rag.models.chat.messages import Ask, Message, Messages, Reply, turns_of, without_system
from rag.models.chat.receiving import LARGEST, NotStructured, Received, document, read, retry_after
from rag.models.chat.stopping import wait
from rag.models.http.attempts import Attempts, Limits, Setback, lost, refusal
from rag.models.http.faults import OPENAI_URL, Place, address, checked_key, refused_parameters, said_by_server
from rag.models.tokens import count_message_tokens, count_tokens
from rag.types import Usage

if TYPE_CHECKING:
    import httpx2
    from openai import Stream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

    from rag.models.chat.replies import Replies
    from rag.models.http.transport import Limit
    from rag.models.local.model import LocalModel

__all__ = ["ChatModel", "Limits", "Message", "Messages", "Reply"]

DEFAULT_MODEL = "gpt-5.4-mini"
MOST_TOKENS = 1024
TEMPERATURE = 0.0
SEED = 20
Structured = Literal["auto", "schema", "text"]
_AFTER_THE_END = 2.0
_ROOM_FOR_THOUGHT = 8
"""How many times as many tokens a model is allowed that used up all of them before the first word of its reply."""
_LONGEST_TOKEN, _LEAST_CUT = 40, 20_000
"""A reply of more characters than its tokens can have (on average, and at least so many) has passed a limit that the
server ignores."""
_forgone: dict[tuple[str, str], frozenset[str]] = {}
"""What the server at (address, model) was found not to take: parameters, a message of the system, or so small a limit
("brevity")."""


def load() -> None:
    """Imports what the first reply needs, which takes a second, and many on a busy machine: the server is not charged
    with them.
    """
    for name in ("openai", "openai.resources.chat.completions", "rag.models.http.transport"):
        import_module(name)


class ChatModel:
    """A model and where to ask it. One object may be shared by threads; each reply has a connection of its own.

    Every method that asks raises the ModelError that fits: see rag/errors.py.
    """

    def __init__(
        self,
        model: str,
        *,
        url: str | None,
        key: str | None,
        limits: Limits | None = None,
        prices: tuple[float, float] | None = None,
        structured: Structured = "auto",
        replies: Replies | None = None,
        proxy: str | None = None,
        local: LocalModel | None = None,
        pause: Callable[[float], None] = wait,
    ) -> None:
        """``url``: None for OpenAI, and for ``local``, a model's file that is served here. ``prices``: USD per million
        tokens read and written. ``structured``: "auto" finds out whether the server can be held to a schema, "schema"
        insists, "text" never asks. Raises UsageError for an address or key that cannot be one.
        """
        self.name = model
        self._place = local.place(started=False) if local else Place(address(url), model, checked_key(key))
        self._local = local
        self._limits = limits or Limits()
        self._prices = prices
        self._mode = structured
        self._replies = replies
        self._proxy = proxy
        self._pause = pause

    @property
    def endpoint(self) -> str:
        """Where the model is asked, without path or credentials; the name of the file, where it is one."""
        if self._local:
            return self._local.path.name
        parts = urlsplit(self._place.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def file_size(self) -> int | None:
        """Bytes of the model's file, where it is one that is served here."""
        return self._local.size if self._local else None

    @classmethod
    def configured(cls, model: str | None = None) -> ChatModel | None:
        """The model that the settings name, or another at the same place; None where they name no server, key or file
        of recorded replies.

        With such a file but no server, replies are only replayed. Raises UsageError for settings that contradict each
        other.
        """
        from rag.models.local.known import model_file
        from rag.settings import proxy_for, settings

        chosen = settings()
        key = chosen.llm_key.get_secret_value() if chosen.llm_key else None
        somewhere = bool(chosen.llm_url or key)
        if not somewhere and chosen.llm_record is None:
            return None
        local = None
        if file := model_file(chosen.llm_url):
            from rag.models.local.model import served

            local = served(file)
        url = address(None if local else chosen.llm_url)
        named = local.check_name(model) if local else model or chosen.llm_model
        if named is None and url != OPENAI_URL:
            raise UsageError(f"Which model is to be asked at {url}?", "Set CITEWISE_LLM_MODEL to its name.")
        replies = None
        if chosen.llm_record is not None:
            from rag.models.chat.replies import Replies

            replies = Replies(chosen.llm_record, replay_only=not somewhere)
        return cls(
            named or DEFAULT_MODEL,
            url=url,
            key=key,
            limits=Limits(connect=chosen.llm_connect_timeout, total=chosen.llm_timeout),
            prices=chosen.llm_prices,
            structured=chosen.llm_structured,
            replies=replies,
            proxy=None if local else proxy_for(url),
            local=local,
        )

    @property
    def structured(self) -> bool:
        """Whether the next reply will be held to its schema, as far as is known now."""
        return self._mode == "schema" or (self._mode == "auto" and "response_format" not in self._known())

    def reply(
        self, messages: Messages, *, schema: Mapping[str, Any] | None = None, most_tokens: int = MOST_TOKENS
    ) -> Reply:
        """The whole reply. With a schema, its text is JSON of that shape where ``Reply.structured``, else whatever the
        model wrote.
        """
        *_, last = self.stream(messages, schema=schema, most_tokens=most_tokens)
        assert isinstance(last, Reply)
        return last

    def stream(
        self, messages: Messages, *, schema: Mapping[str, Any] | None = None, most_tokens: int = MOST_TOKENS
    ) -> Generator[str | Reply, None, None]:
        """Pieces of text as they come, then the whole reply. An error may still come after pieces: only the last item
        makes them good.

        Closing the generator closes the connection at once.
        """
        wanted = None if self._mode == "text" else schema
        ask = Ask(self.name, turns_of(messages, wanted is not None), wanted, most_tokens, TEMPERATURE, SEED)
        recorded = self._replies.find(ask) if self._replies else None
        if recorded is not None:
            yield recorded.text
            yield recorded
            return
        if self._local:
            self._place = self._local.place()
        try:
            reply = yield from self._asked(messages, wanted, most_tokens)
        except ModelError as error:
            raise self._local.explained(error) if self._local else error from None
        if self._replies:
            self._replies.keep(ask, reply)
        yield reply

    def close(self) -> None:
        """Closes the file of recorded replies."""
        if self._replies:
            self._replies.close()

    def _asked(
        self, messages: Messages, schema: Mapping[str, Any] | None, most_tokens: int
    ) -> Generator[str, None, Reply]:
        """One reply in as many attempts as it takes and is allowed; none after a piece was given out."""
        load()
        from rag.models.http.transport import Limit

        limit = Limit(self._limits.connect, self._limits.total)
        attempts = Attempts(self._limits, limit, self._pause)
        forgone = self._known()
        while True:
            most = most_tokens * (_ROOM_FOR_THOUGHT if "brevity" in forgone else 1)
            sent = self._parameters(schema, most, forgone)
            turns = turns_of(messages, "response_format" in sent)
            if "system" in forgone:
                turns = without_system(turns)
            try:
                received = yield from self._attempt(limit, turns, sent, most)
                received.check_whole(most)
                break
            except Setback as setback:
                insists = self._mode == "schema" and "response_format" in setback.without
                if insists or not setback.without - forgone:
                    attempts.wait(setback)
                forgone |= setback.without
        _forgone[self._place.url, self.name] = forgone | self._known()
        prompt, completion = received.counted or (
            count_message_tokens(turns, self.name),
            count_tokens(received.text, self.name),
        )
        usage = Usage(prompt, completion, self._cost(prompt, completion))
        return Reply(received.text, usage, self.name, received.finish_reason or "", structured=received.structured)

    def _attempt(
        self, limit: Limit, turns: Sequence[Message], sent: Mapping[str, Any], most: int
    ) -> Generator[str, None, Received]:
        """One request, and what it brought. Raises ModelError, or the Setback where another may bring more."""
        received = Received(self._place, structured="response_format" in sent)
        try:
            yield from self._pieces(received, limit, turns, sent, most)
            if rest := received.rest():
                yield rest
        except NotStructured:
            raise Setback(self._place.broken("no JSON"), without=frozenset({"response_format"})) from None
        return received

    def _pieces(
        self, received: Received, limit: Limit, turns: Sequence[Message], sent: Mapping[str, Any], most: int
    ) -> Iterator[str]:
        """The text of a reply as it comes. Raises NotStructured, and the ModelError or Setback of one that breaks off
        before it is whole.

        What comes after the reason for its end, if anything, is waited for only briefly: the reply is whole by then.
        """
        import httpx2
        import openai

        from rag.models.http.transport import http_client

        try:
            with http_client(limit, self._place.url, self._proxy) as http:
                for chunk in self._chunks(http, turns, sent):
                    piece = received.add(chunk)
                    if received.ended:
                        limit.shorten(_AFTER_THE_END)
                    else:
                        limit.lengthen()
                    if received.length > max(_LONGEST_TOKEN * most, _LEAST_CUT):
                        raise self._place.too_long(most)
                    if piece:
                        given = time.monotonic()
                        yield piece
                        limit.extend(time.monotonic() - given)
        except (Setback, openai.OpenAIError, httpx2.RequestError, ValueError, RecursionError) as error:
            if not received.ended:
                raise self._failure(error, received, sent, limit) from None

    def _chunks(self, http: httpx2.Client, turns: Sequence[Message], sent: Mapping[str, Any]) -> Iterator[Any]:
        """The chunks of a reply; of one in one piece, that one. Raises Setback for an error that the server tells
        instead.
        """
        response = self._request(http, turns, sent).response
        kind = response.headers.get("content-type", "").lower()
        if "html" in kind:
            raise self._place.web_page()
        if "json" in kind:
            yield self._whole(response, sent)
            return
        for data in data_of(response.iter_bytes()):
            if data.startswith("[DONE]"):
                return
            chunk = document(data)
            self._check_told(chunk, sent)
            yield chunk

    def _whole(self, response: httpx2.Response, sent: Mapping[str, Any]) -> Any:
        """A reply in one piece, from a server that does not stream."""
        body = read(response.iter_bytes())
        if len(body) > LARGEST:
            raise self._place.broken("a reply without end")
        if body.lstrip().startswith(b"<"):
            raise self._place.web_page()
        whole = document(body)
        self._check_told(whole, sent)
        if not isinstance(getattr(whole, "choices", None), list):
            raise self._place.broken("JSON that is no chat completion")
        return whole

    def _check_told(self, chunk: Any, sent: Mapping[str, Any]) -> None:
        """Raises Setback where a server tells an error in the place of a piece of the reply."""
        if told := getattr(chunk, "error", None) or (chunk if getattr(chunk, "object", None) == "error" else None):
            raise self._refused(("APIError",), None, vars(told) if hasattr(told, "__dict__") else told, None, sent)

    def _request(
        self, http: httpx2.Client, turns: Sequence[Message], sent: Mapping[str, Any]
    ) -> Stream[ChatCompletionChunk]:
        """All is given to ``openai`` explicitly; what it reads from the environment all the same, the transport does
        not send.
        """
        import openai

        key = self._place.key
        client = openai.OpenAI(
            api_key=key or "none", base_url=self._place.url, http_client=http, max_retries=0, timeout=None
        )
        told = [{"role": turn.role, "content": turn.content.encode("utf-8", "replace").decode()} for turn in turns]
        return client.chat.completions.create(
            model=self.name,
            messages=cast("list[ChatCompletionMessageParam]", told),
            stream=True,
            extra_body={"stream": False, **sent},  # this one decides; a reply in one piece is read all the same
            extra_headers={"Authorization": f"Bearer {key}" if key else openai.Omit()},
        )

    def _parameters(
        self, schema: Mapping[str, Any] | None, most_tokens: int, forgone: frozenset[str]
    ) -> dict[str, Any]:
        """The parameters that a server may refuse, without those that this one does."""
        wished: dict[str, Any] = {
            "stream": True,
            "temperature": TEMPERATURE,
            "seed": SEED,
            "stream_options": {"include_usage": True},
            "max_completion_tokens" if "max_tokens" in forgone else "max_tokens": most_tokens,
        }
        if schema is not None:
            wished["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "strict": True, "schema": schema},
            }
        if "stream" in forgone:
            del wished["stream_options"]
        return {name: value for name, value in wished.items() if name not in forgone}

    def _failure(
        self, error: Exception, received: Received, sent: Mapping[str, Any], limit: Limit
    ) -> ModelError | Setback:
        """What an error of ``openai``, or of the connection under it, comes to; another attempt only if nothing was
        given out.
        """
        import openai

        if isinstance(error, ValueError | RecursionError):
            return self._place.broken("half a JSON document")
        if isinstance(error, Setback):  # told in the stream
            return error.error if received.text else error
        names = [c.__name__ for c in type(error).__mro__]
        if isinstance(error, openai.APIStatusError):
            headers = error.response.headers
            body = headers.get("location") if error.response.is_redirect else error.body
            return self._refused(names, error.status_code, body, retry_after(headers), sent)
        if isinstance(error, openai.OpenAIError) and not isinstance(error, openai.APIConnectionError):
            setback = self._refused(names, None, getattr(error, "body", None), None, sent)
            return setback.error if received.text else setback
        cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
        return lost(self._place, cause, self._limits, limit, begun=bool(received.text))

    def _refused(
        self, names: Sequence[str], status: int | None, body: object, after: float | None, sent: Mapping[str, Any]
    ) -> Setback:
        """The setback of an answer that says no: asking again, or for less, may help."""
        _, everything = said_by_server(body)
        return refusal(
            self._place, names, status, body, after, refused_parameters((*sent, "system"), status, everything)
        )

    def _known(self) -> frozenset[str]:
        return _forgone.get(
            (self._place.url, self.name), frozenset({"max_tokens"} if self._place.url == OPENAI_URL else ())
        )

    def _cost(self, prompt: int, completion: int) -> float | None:
        return None if self._prices is None else (prompt * self._prices[0] + completion * self._prices[1]) / 1e6
