"""A language model on a server: replies that are whole, and every way in which one is not. The server is real, on a
local socket.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx2
import model_server as play
import pytest
from model_server import ModelServer, Part
from openai import OpenAIError, _exceptions
from support import PACKAGES

from rag import errors
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
    ReplyNotRecorded,
    UsageError,
)
from rag.models.chat import llm
from rag.models.chat.llm import ChatModel, Limits, Message, Reply
from rag.models.chat.replies import Replies
from rag.models.http.attempts import Setback
from rag.models.http.faults import MEANT, meaning, refused_parameters
from rag.types import Usage

KEY = "sk-zqxjvkw-0123456789abcdef"
QUESTION = [Message("system", "Be brief."), Message("user", "How do cats purr?")]
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"said": {"type": "string"}},
    "required": ["said"],
    "additionalProperties": False,
}
SAID = '{"said": "Cats purr."}'
WORDS = "".join(play.WORDS)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


Make = Callable[..., ChatModel]


@pytest.fixture
def model(server: ModelServer, waited: list[float]) -> Make:
    """Makes a model on the server that waits between attempts in ``waited`` only."""

    def make(total: float = 10.0, **changed: Any) -> ChatModel:
        limits = Limits(total=total, waits=(0.5, 2.0), longest_wait=5.0)
        return ChatModel(
            "cat-1", **{"url": server.url, "key": KEY, "limits": limits, "pause": waited.append, **changed}
        )

    return make


@pytest.fixture
def waited() -> list[float]:
    return []


def _failure(asked: ChatModel, **how: Any) -> ModelError:
    """The error that asking ends in; it names address and model and says what to do."""
    with pytest.raises(ModelError) as caught:
        asked.reply(QUESTION, **how)
    assert asked._place.url in caught.value.problem
    assert "cat-1" in str(caught.value) or isinstance(caught.value, ModelUnreachable | ModelKeyWrong)
    assert caught.value.remedy
    return caught.value


# --- replies ----------------------------------------------------------------------------------------------------------


def test_a_reply_has_text_usage_and_how_it_ended(model: Make, server: ModelServer) -> None:
    assert model().reply(QUESTION) == Reply(WORDS, Usage(12, 5, None), "cat-1", "stop", replayed=False)
    assert len(server.requests) == 1


def test_pieces_come_as_they_are_written_and_the_whole_reply_last(model: Make) -> None:
    *pieces, last = model().stream(QUESTION)
    assert pieces == list(play.WORDS)
    assert isinstance(last, Reply)
    assert last.text == WORDS


def test_a_piece_is_given_out_before_the_next_is_written(model: Make, server: ModelServer) -> None:
    server.play(play.hang(play.event(play.chunk("Cats"))))
    stream = model().stream(QUESTION)
    assert next(stream) == "Cats"
    stream.close()


def test_what_is_asked_goes_out_with_fixed_chance_and_a_limit(model: Make, server: ModelServer) -> None:
    model().reply(QUESTION, most_tokens=77)
    (asked,) = server.requests
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "cat-1"
    assert asked.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How do cats purr?"},
    ]
    assert (asked.body["temperature"], asked.body["max_tokens"], asked.body["stream"]) == (0, 77, True)
    assert isinstance(asked.body["seed"], int)
    assert asked.body["stream_options"] == {"include_usage": True}
    assert "response_format" not in asked.body


def test_nothing_of_the_environment_goes_out(model: Make, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    port = play.free_port()
    surroundings = {
        "OPENAI_API_KEY": "sk-of-the-environment",
        "OPENAI_ADMIN_KEY": "sk-of-the-environment",
        "OPENAI_ORG_ID": "org-of-the-environment",
        "OPENAI_PROJECT_ID": "project-of-the-environment",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "OPENAI_CUSTOM_HEADERS": "X-Of-The-Environment: 1\nAuthorization: Bearer sk-of-the-environment",
        "HTTP_PROXY": f"http://127.0.0.1:{port}",
        "http_proxy": f"http://127.0.0.1:{port}",
        "ALL_PROXY": f"http://127.0.0.1:{port}",
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    assert model().reply(QUESTION).text == WORDS
    assert model(key=None).reply(QUESTION).text == WORDS
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in server.requests[1].headers
    for asked in server.requests:
        assert "of-the-environment" not in str(asked.headers).lower()
        assert not [name for name in asked.headers if name.startswith("x-")]


def test_a_remote_server_is_reached_through_the_proxy_that_is_named(server: ModelServer) -> None:
    proxy = server.url.removesuffix("/v1")
    assert ChatModel("cat-1", url="http://models.example/v1", key=None, proxy=proxy).reply(QUESTION).text == WORDS
    assert server.requests[0].headers["host"] == "models.example"


@pytest.mark.parametrize("sizes", [(1,), (2, 3), (1, 2, 3, 5, 7), (4096,)])
def test_a_reply_is_the_same_however_the_stream_is_cut(
    model: Make, server: ModelServer, sizes: tuple[int, ...]
) -> None:
    text = "Cats 🐈 purr at 25–150 Hz,\nnaïvely."
    server.play(play.reply_in_shreds(text, sizes))
    *pieces, last = model().stream(QUESTION)
    assert isinstance(last, Reply)
    assert "".join(map(str, pieces)) == last.text == text
    assert all(str(piece).encode() for piece in pieces)  # no half characters


def test_a_server_that_does_not_stream_is_understood(model: Make, server: ModelServer) -> None:
    server.play(play.whole_document("Cats purr."))
    assert model().reply(QUESTION) == Reply("Cats purr.", Usage(9, 4, None), "cat-1", "stop")


@pytest.mark.parametrize("finish", ["stop", "STOP", "eos", "eos_token", "end_turn", "COMPLETE"])
def test_reasons_to_end_are_taken_as_servers_name_them(model: Make, server: ModelServer, finish: str) -> None:
    server.play(play.reply(finish=finish))
    assert model().reply(QUESTION).finish_reason == finish


def test_a_reply_whose_end_was_told_is_whole_without_the_closing_formalities(model: Make, server: ModelServer) -> None:
    whole = b"".join(play.events(play.WORDS, usage=None, done=False))
    for part in (
        play.bytes_of_stream(whole),
        play.reset(whole),
        play.bytes_of_stream(whole, play.event(b'{"half')),
        play.bytes_of_stream(whole, play.event({"error": "x"})),
    ):
        server.play(part)
        assert model().reply(QUESTION).text == WORDS


def test_a_server_that_keeps_the_line_after_the_end_is_not_waited_for(
    model: Make, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "_AFTER_THE_END", 0.1)
    server.play(play.hang(b"".join(play.events(play.WORDS, usage=None, done=False))))
    assert model(total=600).reply(QUESTION).text == WORDS


def test_strange_but_harmless_chunks_are_passed_over(model: Make, server: ModelServer) -> None:
    odd: list[Any] = [
        [],
        "text",
        7,
        {},
        {"choices": None},
        {"choices": "no"},
        {"choices": [None]},
        {"choices": [{"delta": None}]},
        {"usage": "many"},
    ]
    server.play(play.bytes_of_stream(*map(play.event, odd), *play.events(["Cats", "", " purr."])))
    assert model().reply(QUESTION).text == "Cats purr."


def test_of_several_replies_only_the_first_is_read(model: Make, server: ModelServer) -> None:
    def both(word: str, other: str) -> bytes:
        choices = [{"index": 1, "delta": {"content": other}}, {"index": 0, "delta": {"content": word}}]
        return play.event({"choices": choices})

    other_first = play.event({"choices": [{"index": 1, "delta": {"content": "Dogs"}, "finish_reason": "stop"}]})
    server.play(play.bytes_of_stream(other_first, both("Cats", " bark"), *play.events([" purr."])))
    assert model().reply(QUESTION).text == "Cats purr."


def test_text_in_parts_is_text_and_a_thought_beside_it_is_none(model: Make, server: ModelServer) -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    message = {"role": "assistant", "content": [thought, {"type": "text", "text": "Cats purr."}]}
    server.play(play.whole_document("", choices=[{"index": 0, "message": message, "finish_reason": "stop"}]))
    assert model().reply(QUESTION).text == "Cats purr."


def test_loading_the_client_library_is_not_the_servers_time(
    model: Make, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "load", lambda: time.sleep(0.6))
    assert model(total=0.5).reply(QUESTION).text == WORDS


def test_a_model_that_thought_up_all_its_tokens_is_allowed_more_from_then_on(model: Make, server: ModelServer) -> None:
    def thinks(request: play.Request) -> None:
        (play.reply() if request.body["max_tokens"] > 500 else play.reply("", finish="length"))(request)

    server.play(thinks)
    assert model().reply(QUESTION, most_tokens=100).text == WORDS
    assert model().reply(QUESTION, most_tokens=100).text == WORDS
    assert [asked.body["max_tokens"] for asked in server.requests] == [100, 800, 800]


def test_text_that_is_no_unicode_can_be_asked_about(model: Make, server: ModelServer) -> None:
    assert model().reply([Message("user", "half a cat: \ud83d")]).text == WORDS
    assert server.requests[0].body["messages"][0]["content"] == "half a cat: ?"


# --- cost -------------------------------------------------------------------------------------------------------------


def test_cost_is_known_where_prices_are_set(model: Make) -> None:
    assert model(prices=(0.15, 0.6)).reply(QUESTION).usage.cost_usd == pytest.approx((12 * 0.15 + 5 * 0.6) / 1e6)
    assert model().reply(QUESTION).usage.cost_usd is None


@pytest.mark.parametrize(
    "part",
    [play.reply(usage=None), play.reply(usage=(0, 0)), play.refusing("stream_options", then=play.reply(usage=None))],
)
def test_usage_is_counted_here_where_the_server_tells_none(model: Make, server: ModelServer, part: Part) -> None:
    server.play(part)
    usage = model(prices=(1.0, 1.0)).reply(QUESTION).usage
    assert usage.prompt_tokens > 8
    assert 5 < usage.completion_tokens < 20
    assert usage.cost_usd == pytest.approx((usage.prompt_tokens + usage.completion_tokens) / 1e6)


# --- what a server refuses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stream_options", "seed", "temperature", "max_tokens"])
@pytest.mark.parametrize("code", [400, 422])
def test_a_parameter_that_is_refused_is_left_out_from_then_on(
    model: Make, server: ModelServer, name: str, code: int
) -> None:
    server.play(play.refusing(name, code=code))
    assert [model().reply(QUESTION).text, model().reply(QUESTION).text] == [WORDS, WORDS]
    assert [name in asked.body for asked in server.requests] == [True, False, False]


def test_newer_models_are_given_their_limit_by_its_newer_name(model: Make, server: ModelServer) -> None:
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    server.play(play.refusing("max_tokens", message=message))
    model().reply(QUESTION, most_tokens=9)
    assert server.requests[-1].body["max_completion_tokens"] == 9


@pytest.mark.parametrize(
    "message", ["Streaming is not supported for this model.", "'stream' does not support true with this model."]
)
def test_a_server_that_refuses_to_stream_is_asked_for_the_reply_in_one_piece(
    model: Make, server: ModelServer, message: str
) -> None:
    def whole_only(request: play.Request) -> None:
        (play.status(400, message) if request.body["stream"] else play.whole_document("Cats purr."))(request)

    server.play(whole_only)
    assert [model().reply(QUESTION).text, model().reply(QUESTION).text] == ["Cats purr."] * 2
    assert [asked.body["stream"] for asked in server.requests] == [True, False, False]
    assert "stream_options" not in server.requests[-1].body


def test_a_model_that_knows_no_system_is_told_in_the_first_message(model: Make, server: ModelServer) -> None:
    def no_system(request: play.Request) -> None:
        refused = request.body["messages"][0]["role"] == "system"
        (play.status(400, "System role not supported") if refused else play.reply())(request)

    server.play(no_system)
    assert model().reply(QUESTION).text == WORDS
    assert server.requests[-1].body["messages"] == [{"role": "user", "content": "Be brief.\n\nHow do cats purr?"}]


def test_a_server_that_takes_nothing_but_the_question_replies(model: Make, server: ModelServer) -> None:
    server.play(
        play.refusing("response_format", "stream_options", "seed", "temperature", "max_tokens", "max_completion_tokens")
    )
    reply = model().reply(QUESTION, schema=SCHEMA)
    assert (reply.text, reply.structured) == (WORDS, False)
    assert sorted(server.requests[-1].body) == ["messages", "model", "stream"]


def test_what_one_server_refuses_is_still_asked_of_another(model: Make, server: ModelServer) -> None:
    server.play(play.refusing("seed"))
    model().reply(QUESTION)
    with ModelServer() as other:
        model(url=other.url).reply(QUESTION)
        assert "seed" in other.requests[0].body


def test_a_refusal_that_is_not_followed_by_a_reply_teaches_nothing(model: Make, server: ModelServer) -> None:
    server.play(play.status(400, "Bad request"))
    assert isinstance(_failure(model(), schema=SCHEMA), ModelFault)
    assert model().structured
    server.play(play.reply(SAID))
    assert model().reply(QUESTION, schema=SCHEMA).structured


# --- replies as JSON --------------------------------------------------------------------------------------------------


def test_a_server_is_held_to_the_schema(model: Make, server: ModelServer) -> None:
    server.play(play.reply("  ", *SAID))
    asked = model()
    reply = asked.reply(QUESTION, schema=SCHEMA)
    assert json.loads(reply.text) == {"said": "Cats purr."}
    assert reply.structured
    assert asked.structured
    assert server.requests[0].body["response_format"]["json_schema"]["schema"] == SCHEMA


CANNOT = [
    play.refusing("response_format"),
    play.refusing("response_format", code=404, message="No endpoint supports response_format for this model"),
    play.refusing("response_format", code=422, message="json_schema: extra fields not permitted"),
    play.refusing("response_format", code=500, message="failed to parse grammar"),
    play.refusing("response_format", message="Bad request"),
    play.reply(),  # ignores it
    play.whole_document(WORDS),
]


@pytest.mark.parametrize("part", CANNOT)
def test_a_server_that_cannot_do_schemas_is_asked_for_text(model: Make, server: ModelServer, part: Part) -> None:
    server.play(part)
    asked = model()
    assert asked.structured
    reply = asked.reply(QUESTION, schema=SCHEMA)
    assert (reply.text, reply.structured) == (WORDS, False)
    assert not asked.structured
    before = len(server.requests)
    assert model().reply(QUESTION, schema=SCHEMA).text == WORDS
    assert len(server.requests) == before + 1
    assert "response_format" not in server.requests[-1].body


def test_nothing_of_a_reply_that_ignores_the_schema_is_given_out(model: Make, server: ModelServer) -> None:
    server.play(play.reply("\n", "Sure! ", SAID), play.reply("In words."))
    *pieces, _ = model().stream(QUESTION, schema=SCHEMA)
    assert pieces == ["In words."]


def test_the_prompt_may_depend_on_whether_the_schema_holds(model: Make, server: ModelServer) -> None:
    server.play(play.refusing("response_format"))
    model().reply(lambda structured: [Message("user", "as JSON" if structured else "as text")], schema=SCHEMA)
    assert [asked.body["messages"][0]["content"] for asked in server.requests] == ["as JSON", "as text"]


def test_a_setting_decides_over_what_would_be_found_out(model: Make, server: ModelServer) -> None:
    text = model(structured="text")
    assert not text.structured
    assert text.reply(QUESTION, schema=SCHEMA).text == WORDS
    assert "response_format" not in server.requests[-1].body
    insisting = model(structured="schema")
    assert insisting.structured
    assert isinstance(_failure(insisting, schema=SCHEMA), ReplyBroken)
    server.play(play.refusing("response_format", message="response_format is not supported by this model"))
    assert isinstance(_failure(insisting, schema=SCHEMA), ModelFault)


@pytest.mark.parametrize("more", ["\n\nI hope this helps!", "\n```", " Note: cats [1] purr."])
def test_words_after_the_document_are_left_out(model: Make, server: ModelServer, more: str) -> None:
    server.play(play.reply(SAID + more))
    reply = model().reply(QUESTION, schema=SCHEMA)
    assert (reply.text, reply.structured) == (SAID, True)


@pytest.mark.parametrize(
    "text", [SAID + SAID, SAID + ", ", '{"said": "Cats', '{"said": "Cats"}}', "{", '{"said": nothing}']
)
def test_half_a_document_is_no_reply(model: Make, server: ModelServer, text: str) -> None:
    server.play(play.reply(text))
    assert isinstance(_failure(model(), schema=SCHEMA), ReplyBroken)


# --- faults -----------------------------------------------------------------------------------------------------------

HALF = b"".join(play.events(["Cats", " purr"], finish=None, usage=None, done=False))
PAGE = b"<!DOCTYPE html><title>Welcome</title>"
FAULTS: dict[str, tuple[Part, type[ModelError], int]] = {
    "wrong key": (play.status(401, f"Incorrect API key provided: {KEY[:8]}********cdef."), ModelKeyWrong, 1),
    "not allowed": (play.status(403, "Country not supported"), ModelKeyWrong, 1),
    "unknown model, OpenAI": (
        play.status(404, "The model `cat-1` does not exist", error_code="model_not_found"),
        ModelUnknown,
        1,
    ),
    "unknown model, Ollama": (
        play.body(b'{"error": "model \\"cat-1\\" not found, try pulling it first"}', 404),
        ModelUnknown,
        1,
    ),
    "unknown model, 400": (
        play.status(400, "Invalid model name passed in model=cat-1: invalid model"),
        ModelUnknown,
        1,
    ),
    "no such page": (play.body(PAGE, 404, "text/html"), ModelUnreachable, 1),
    "no such path": (play.status(404, "File Not Found"), ModelUnreachable, 1),
    "method not allowed": (play.body(b"", 405), ModelUnreachable, 1),
    "unknown model, vLLM": (
        play.body(
            b'{"object": "error", "message": "The model `cat-1` does not exist.", "type": "NotFoundError", "code": 404}',
            404,
        ),
        ModelUnknown,
        1,
    ),
    "unknown model, OpenRouter": (play.status(400, "cat-1 is not a valid model ID"), ModelUnknown, 1),
    "elsewhere": (play.body(b"", 301, Location="http://127.0.0.1:1/v1"), ModelFault, 1),
    "took too long": (play.status(408, "Request timeout"), ModelFault, 3),
    "rate limit": (play.status(429, "Slow down"), ModelRateLimited, 3),
    "rate limit for long": (play.status(429, "Slow down", Retry_After="3600"), ModelRateLimited, 1),
    "quota": (
        play.status(429, "You exceeded your current quota", error_code="insufficient_quota"),
        ModelQuotaExhausted,
        1,
    ),
    "no money": (play.status(402, "Insufficient Balance"), ModelQuotaExhausted, 1),
    "context, OpenAI": (
        play.status(400, "This model's maximum context length is 9", error_code="context_length_exceeded"),
        ContextTooLong,
        1,
    ),
    "context, llama.cpp": (
        play.status(400, "request (9031 tokens) exceeds the available context size (4096 tokens)"),
        ContextTooLong,
        1,
    ),
    "context, vLLM": (
        play.status(400, "'max_tokens' is too large: 9. This model's maximum context length is 8 tokens"),
        ContextTooLong,
        1,
    ),
    "context, vLLM, of late": (
        play.status(400, "The decoder prompt (length 1800) is longer than the maximum model length of 1024."),
        ContextTooLong,
        1,
    ),
    "context, TGI": (play.status(400, "`inputs` tokens + `max_new_tokens` must be <= 2048"), ContextTooLong, 1),
    "context, Gemini": (
        play.status(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
        ContextTooLong,
        1,
    ),
    "context, vLLM, in the stream": (
        play.bytes_of_stream(
            play.event({"object": "error", "message": "maximum context length is 8 tokens", "code": 400})
        ),
        ContextTooLong,
        1,
    ),
    "too large": (play.body(b"", 413), ContextTooLong, 1),
    "server error": (play.status(500, "CUDA out of memory"), ModelFault, 3),
    "bad gateway": (play.body(PAGE, 502, "text/html"), ModelFault, 3),
    "loading": (play.status(503, "Loading model"), ModelFault, 3),
    "teapot": (play.status(418, "short and stout"), ModelFault, 1),
    "hangs up": (play.reset(), ModelUnreachable, 3),
    "hangs up after the head": (play.reset(b"\n"), ModelUnreachable, 3),
    "no HTTP": (lambda request: request.write(b"cats!\r\n\r\n"), ModelUnreachable, 3),
    "stops in the middle": (play.reset(HALF), ReplyCutShort, 1),
    "ends without a reason": (play.bytes_of_stream(HALF), ReplyCutShort, 1),
    "ends without a reason, but says done": (play.reply(finish=None), ReplyCutShort, 1),
    "ends at once": (play.bytes_of_stream(), ReplyCutShort, 1),
    "ends in the middle of a document": (play.bytes_of_stream(HALF, b'data: {"choices": [{"del'), ReplyCutShort, 1),
    "half a document in a chunk": (play.bytes_of_stream(HALF, play.event(b'{"choices": [{"del')), ReplyBroken, 1),
    "half a document": (play.body(b'{"choices": [{"message": {"content": "Ca'), ReplyBroken, 1),
    "half a document, cut off": (play.body(b'{"choices": [', Content_Length="999"), ModelUnreachable, 3),
    "a web page as JSON": (play.body(PAGE, 200), ReplyBroken, 1),
    "a document without end": (play.body(b" " * 9_000_000), ReplyBroken, 1),
    "a document without a bottom": (play.body(b"[" * 100_000), ReplyBroken, 1),
    "a chunk without a bottom": (play.bytes_of_stream(HALF, play.event(b"[" * 100_000)), ReplyBroken, 1),
    "another document": (play.body(b'["cats"]'), ReplyBroken, 1),
    "an error as a document": (play.body(b'{"error": {"message": "model cat-1 not found"}}'), ModelUnknown, 1),
    "bytes that are no text": (play.bytes_of_stream(b"data: \xff\xfe\n\n"), ReplyBroken, 1),
    "a web page": (play.body(PAGE, 200, "text/html; charset=utf-8"), ReplyBroken, 1),
    "a web page by another name": (play.body(PAGE, 200, "text/plain"), ReplyCutShort, 1),
    "empty": (play.reply(""), ReplyBroken, 1),
    "blank": (play.reply(" ", "\n"), ReplyBroken, 1),
    "cut off": (play.reply(finish="length"), ReplyCutShort, 1),
    "cut off before a word, also with more room": (play.reply("", finish="length"), ReplyCutShort, 2),
    "cut off, by another name": (play.reply(finish="model_length"), ReplyCutShort, 1),
    "ended by a failure": (play.reply(finish="insufficient_system_resource"), ReplyCutShort, 1),
    "ended for a reason that nobody knows": (play.reply(finish="weird"), ReplyCutShort, 1),
    "longer than it was allowed": (play.reply("word " * 10_000), ReplyCutShort, 1),
    "filtered, by another name": (play.reply(finish="SAFETY"), ReplyFiltered, 1),
    "filtered": (play.reply(finish="content_filter"), ReplyFiltered, 1),
    "declined": (
        play.whole_document("", choices=[{"message": {"refusal": "I won't."}, "finish_reason": "stop"}]),
        ReplyFiltered,
        1,
    ),
    "a call of a tool": (play.reply("Cats", finish="tool_calls"), ReplyBroken, 1),
    "an error in the stream": (play.bytes_of_stream(play.event({"error": {"message": "engine died"}})), ModelFault, 3),
    "an error in the stream after words": (
        play.bytes_of_stream(HALF, play.event({"error": {"message": "engine died"}})),
        ModelFault,
        1,
    ),
    "context, in the stream": (
        play.bytes_of_stream(play.event({"error": {"message": "the context window is full"}})),
        ContextTooLong,
        1,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_clear_error(model: Make, server: ModelServer, name: str) -> None:
    part, expected, attempts = FAULTS[name]
    server.play(part)
    assert type(_failure(model())) is expected
    assert len(server.requests) == attempts


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["text", "schema"])
def test_no_fault_ends_in_a_reply(
    model: Make, server: ModelServer, name: str, schema: Mapping[str, Any] | None
) -> None:
    server.play(FAULTS[name][0])
    items: list[str | Reply] = []
    with pytest.raises(ModelError):
        items.extend(model().stream(QUESTION, schema=schema))
    assert not [item for item in items if isinstance(item, Reply)]
    assert len(server.requests) <= 6


def test_no_server_there_is_said_at_once(model: Make, waited: list[float]) -> None:
    failed = _failure(model(url=f"http://127.0.0.1:{play.free_port()}/v1"))
    assert type(failed) is ModelUnreachable
    assert "CITEWISE_LLM_URL" in failed.remedy
    assert not waited


def test_a_name_that_does_not_resolve_is_no_server(model: Make) -> None:
    with pytest.raises(ModelUnreachable, match="no server answers"):
        model(url="http://nowhere.invalid/v1").reply(QUESTION)


def test_a_fault_that_passes_is_waited_out_with_growing_waits(
    model: Make, server: ModelServer, waited: list[float]
) -> None:
    server.play(play.status(503), play.reset(), play.reply())
    assert model().reply(QUESTION).text == WORDS
    assert waited == [0.5, 2.0]
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ({"Retry_After": "3"}, 3.0),
        ({"Retry_After": "0"}, 0.0),
        ({"retry_after_ms": "1500"}, 1.5),
        ({}, 0.5),
        ({"Retry_After": "soon"}, 0.5),
    ],
)
def test_a_server_that_says_when_to_come_back_is_obeyed(
    model: Make, server: ModelServer, waited: list[float], asked: dict[str, str], seconds: float
) -> None:
    server.play(play.status(429, **asked), play.reply())
    assert model().reply(QUESTION).text == WORDS
    assert waited == [seconds]


@pytest.mark.parametrize("asked", ["99999999", "1e300", "inf", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_time_to_wait_is_not_told_in_figures(model: Make, server: ModelServer, asked: str) -> None:
    server.play(play.status(429, Retry_After=asked))
    assert "more than a day" in _failure(model()).remedy


def test_a_wait_ends_when_nobody_wants_the_reply_any_more(server: ModelServer) -> None:
    from rag.models.chat.stopping import Stoppable

    server.play(play.status(429, Retry_After="15"))
    asked = Stoppable(ChatModel("cat-1", url=server.url, key=None).stream(QUESTION))
    threading.Timer(0.5, asked.stop).start()
    with pytest.raises(ModelError):
        next(asked)
    assert len(server.requests) == 1  # it has not waited to ask again


def test_a_date_to_come_back_at_is_understood(model: Make, server: ModelServer, waited: list[float]) -> None:
    server.play(play.status(429, Retry_After=formatdate(0, usegmt=True)), play.reply())
    model().reply(QUESTION)
    assert waited == [0.0]


def test_a_wait_that_is_too_long_is_left_to_the_person(model: Make, server: ModelServer, waited: list[float]) -> None:
    server.play(play.status(429, Retry_After="60"))
    assert "60 s" in _failure(model()).remedy
    server.play(play.status(429, Retry_After="4"))
    assert isinstance(_failure(model(total=3.0)), ModelRateLimited)
    assert not waited


def test_nothing_is_asked_again_once_a_piece_was_given_out(model: Make, server: ModelServer) -> None:
    server.play(play.reset(HALF), play.reply())
    given: list[str | Reply] = []
    with pytest.raises(ReplyCutShort):
        given.extend(model().stream(QUESTION))
    assert given == ["Cats", " purr"]
    assert len(server.requests) == 1


SLOW = {
    "says nothing": play.hang(),
    "stops talking": play.hang(HALF),
    "drips its head": play.drip(b"X-Slow: 1\r\n", head=b"HTTP/1.1 200 OK\r\n"),
    "drips comments": play.drip(
        b": still here\n\n", head=b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    ),
    "drips words": play.drip(
        play.event(play.chunk("a")), head=b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", every=0.002
    ),
    "drips a document": play.drip(b" ", head=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"),
    "drips a refusal": play.drip(b" ", head=b"HTTP/1.1 500 No\r\nContent-Type: application/json\r\n\r\n"),
    "talks without end": play.talk(),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_server_that_does_not_finish_is_left_when_the_time_is_over(
    model: Make, server: ModelServer, name: str
) -> None:
    server.play(SLOW[name])
    failed = _failure(model(total=0.3))
    assert type(failed) is ModelTimedOut
    assert "0.3 s" in failed.problem
    assert "CITEWISE_LLM_TIMEOUT" in failed.remedy
    assert len(server.requests) <= 1


def test_the_time_that_the_reader_takes_is_not_the_servers(model: Make, server: ModelServer) -> None:
    server.play(play.reply("one ", "two ", "three"))
    read: list[str | Reply] = []
    for item in model(total=1.5).stream(QUESTION):
        read.append(item)
        time.sleep(0.6)
    assert isinstance(read[-1], Reply)


def test_closing_the_stream_hangs_up_at_once(model: Make, server: ModelServer) -> None:
    server.play(play.talk())
    stream = model(total=60).stream(QUESTION)
    assert next(stream) == "word "
    stream.close()
    assert server.hung_up.wait(10)


def test_an_interrupt_while_waiting_hangs_up(server: ModelServer) -> None:
    server.play(play.hang())
    heeding = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # who started the tests may ignore it
    )
    code = (
        f"{heeding}; from rag.models.chat.llm import *; ChatModel('m', url={server.url!r}, "
        f"key=None).reply([Message('user', 'x')])"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": PACKAGES}
    )
    while not server.requests:
        assert asking.poll() is None
        time.sleep(0.02)
    asking.send_signal(2)
    _, told = asking.communicate(timeout=15)
    assert "KeyboardInterrupt" in told


def test_importing_the_module_loads_nothing_heavy() -> None:
    code = f"import sys; sys.path.insert(0, {PACKAGES!r}); import rag.models.chat.llm; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"openai", "httpx2", "tiktoken", "sqlite3", "pydantic"} & set(found)


def test_threads_share_a_model(model: Make, server: ModelServer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    asked = model()
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda _: asked.reply(QUESTION).text, range(24)))
    assert texts == [WORDS] * 24


# --- the key stays where it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [400, 401, 403, 404, 418, 422, 429, 500])
def test_the_key_is_in_no_message_log_or_trace(
    model: Make, server: ModelServer, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"Bad key {KEY}, {KEY[:9]}…, (sk-cite***********cdef), Authorization: Bearer {KEY}\x1b[31m\u202e"
    server.play(play.status(code, echo))
    asked = model()
    failed = _failure(asked)
    told = "\n".join([str(failed), repr(failed), repr(asked._place), caplog.text, *traceback.format_exception(failed)])
    assert not [
        KEY[i : i + 5]
        for i in range(3, len(KEY) - 4)
        if KEY[i : i + 5] in told.replace("rag/citewise", "").replace("test_llm", "")
    ]
    assert "cdef" not in told
    assert "\x1b" not in str(failed)
    assert "\u202e" not in str(failed)


@pytest.mark.parametrize("key", ["sk-with\nline", "“sk-quoted”", "sk with spaces", "sk-\x00"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        ChatModel("m", url=None, key=key)
    assert key not in "".join(traceback.format_exception(caught.value))
    assert "OPENAI_API_KEY" in caught.value.remedy


@pytest.mark.parametrize(
    "url",
    [
        "localhost:11434/v1",
        "ftp://x/v1",
        "http://",
        "http://u:secret@host/v1",
        "http://h:99999/v1",
        "http://h /v1",
        "/m.gguf",
        "http://h/v1?k=secret",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="CITEWISE_LLM_URL") as caught:
        ChatModel("m", url=url, key=None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("ending", ["", "/", "/chat/completions", "/chat/completions/"])
def test_an_address_may_be_copied_with_its_ending(model: Make, server: ModelServer, ending: str) -> None:
    assert model(url=server.url + ending).reply(QUESTION).text == WORDS


# --- the settings -----------------------------------------------------------------------------------------------------


def test_without_server_and_key_there_is_no_model() -> None:
    assert ChatModel.configured() is None


def test_a_key_alone_means_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
    chosen = ChatModel.configured()
    assert chosen is not None
    assert (chosen.name, chosen._place.url, chosen._place.key) == (llm.DEFAULT_MODEL, "https://api.openai.com/v1", KEY)


def test_the_settings_reach_the_server(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-the-other-key")
    for name, value in {
        "URL": server.url,
        "MODEL": "cat-1",
        "KEY": KEY,
        "PRICES": "2/4",
        "STRUCTURED": "text",
        "TIMEOUT": "7",
    }.items():
        monkeypatch.setenv(f"CITEWISE_LLM_{name}", value)
    chosen = ChatModel.configured()
    assert chosen is not None
    assert not chosen.structured
    assert chosen.reply(QUESTION).usage.cost_usd == pytest.approx((12 * 2 + 5 * 4) / 1e6)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    monkeypatch.delenv("CITEWISE_LLM_KEY")
    monkeypatch.setenv("CITEWISE_LLM_URL", "")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    other = ChatModel.configured()
    assert other is not None
    other.reply(QUESTION)
    assert server.requests[1].headers["authorization"] == "Bearer sk-the-other-key"


def test_a_server_without_a_models_name_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LLM_URL", "http://127.0.0.1:1/v1")
    with pytest.raises(UsageError, match="CITEWISE_LLM_MODEL"):
        ChatModel.configured()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRICES", "cheap"),
        ("PRICES", "1"),
        ("PRICES", "-1/2"),
        ("PRICES", "nan/1"),
        ("TIMEOUT", "0"),
        ("TIMEOUT", "nan"),
        ("TIMEOUT", "inf"),
        ("STRUCTURED", "xml"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CITEWISE_LLM_{name}", value)
    with pytest.raises(UsageError, match=f"CITEWISE_LLM_{name}"):
        ChatModel.configured()


def test_the_settings_do_not_show_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.settings import settings

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert KEY not in repr(settings())
    assert KEY not in str(settings().model_dump())


def test_proxies_are_for_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.settings import proxy_for

    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "near.example")
    assert proxy_for("https://api.openai.com/v1") == "http://proxy.example:3128"
    for here in ("http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]:80/v1", "https://near.example/v1"):
        assert proxy_for(here) is None


# --- recorded replies, through the model ------------------------------------------------------------------------------


def test_the_same_question_costs_once(model: Make, server: ModelServer, tmp_path: Path) -> None:
    replies = Replies(tmp_path / "replies.sqlite")
    asked = model(replies=replies, prices=(1.0, 1.0))
    first, *_ = asked.reply(QUESTION), asked.reply(QUESTION)
    *pieces, again = asked.stream(QUESTION)
    assert len(server.requests) == 1
    assert isinstance(again, Reply)
    assert (pieces, again.text, again.replayed, again.usage) == ([WORDS], first.text, True, Usage(12, 5, 0.0))
    assert not first.replayed
    asked.close()


@pytest.mark.parametrize("name", ["filtered", "cut off", "ends without a reason", "stops in the middle", "empty"])
def test_what_is_not_whole_is_not_recorded(model: Make, server: ModelServer, tmp_path: Path, name: str) -> None:
    server.play(FAULTS[name][0], play.reply())
    asked = model(replies=Replies(tmp_path / "replies.sqlite"))
    _failure(asked)
    assert not asked.reply(QUESTION).replayed
    assert asked.reply(QUESTION).replayed
    asked.close()


def test_a_stream_that_was_closed_early_is_not_recorded(model: Make, tmp_path: Path) -> None:
    asked = model(replies=Replies(tmp_path / "replies.sqlite"))
    stream = asked.stream(QUESTION)
    next(stream)
    stream.close()
    assert not asked.reply(QUESTION).replayed
    asked.close()


def test_replies_of_a_server_without_schemas_are_found_again(
    model: Make, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def messages(structured: bool) -> list[Message]:
        return [Message("user", "as JSON" if structured else "as text")]

    path = tmp_path / "replies.sqlite"
    server.play(play.refusing("response_format"))
    recording = model(replies=Replies(path))
    recording.reply(QUESTION, schema=SCHEMA)
    recording.reply(messages, schema=SCHEMA)  # by now it is known that schemas are refused
    recording.close()
    monkeypatch.setattr(llm, "_forgone", {})  # another process
    replaying = model(replies=Replies(path, replay_only=True))
    assert replaying.reply(messages, schema=SCHEMA) == Reply(
        WORDS, Usage(12, 5, None), "cat-1", "stop", replayed=True, structured=False
    )
    replaying.close()


def test_a_record_without_a_server_is_only_replayed(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"URL": server.url, "MODEL": "cat-1", "RECORD": str(tmp_path / "r.sqlite")}.items():
        monkeypatch.setenv(f"CITEWISE_LLM_{name}", value)
    recording = ChatModel.configured()
    assert recording is not None
    recording.reply(QUESTION)
    recording.close()
    monkeypatch.delenv("CITEWISE_LLM_URL")
    replaying = ChatModel.configured()
    assert replaying is not None
    assert replaying.reply(QUESTION).replayed
    with pytest.raises(ReplyNotRecorded, match=r"r\.sqlite"):
        replaying.reply(QUESTION, most_tokens=5)
    replaying.close()


# --- the tree of errors -----------------------------------------------------------------------------------------------


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _below(sub)


def test_every_error_of_openai_has_its_meaning() -> None:
    raised: list[type[Exception]] = [OpenAIError, *_below(OpenAIError)]
    raised = [kind for kind in raised if kind.__module__ in ("openai", "openai._exceptions")]
    assert {
        kind for kind in vars(_exceptions).values() if isinstance(kind, type) and issubclass(kind, OpenAIError)
    } <= set(raised)
    assert {kind.__name__ for kind in raised if not kind.__name__.startswith("_")} == set(MEANT)
    assert all(issubclass(meaning([c.__name__ for c in kind.__mro__], None, ""), ModelError) for kind in raised)


def test_every_error_of_a_connection_is_one_of_ours(model: Make) -> None:
    from rag.models.chat.receiving import Received
    from rag.models.http.transport import Limit

    asked = model()
    for kind in _below(httpx2.RequestError):
        gone = kind("gone")
        assert isinstance(gone, httpx2.RequestError)
        found = asked._failure(gone, Received(asked._place, structured=False), {}, Limit(1, 1))
        assert isinstance(found, ModelError | Setback)


def test_the_tree_at_the_top_of_errors_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = [
        line.split()[0]
        for line in errors.__doc__.replace("│", " ").replace("├──", "").replace("└──", "").splitlines()
        if "  " in line.strip()
    ]
    ours = {"CitewiseError"} | {
        kind.__name__ for kind in _below(errors.CitewiseError) if kind.__module__ == "rag.errors"
    }
    assert set(drawn) == ours


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [
        (400, "The input is too long for the requested model", ContextTooLong),
        (400, "Please reduce the length: too many input tokens", ContextTooLong),
        (400, "No models loaded. Please load a model in the developer page.", ModelUnknown),
        (403, "Project `p` does not have access to model `cat-1`", ModelUnknown),
        (403, "billing_not_active: add credit", ModelQuotaExhausted),
        (429, "Rate limit reached for requests per min", ModelRateLimited),
        (500, "the model is overloaded", ModelFault),
    ],
)
def test_words_of_servers_are_understood(status: int, told: str, kind: type[ModelError]) -> None:
    names = {403: ["PermissionDeniedError"], 429: ["RateLimitError"]}.get(status, ["BadRequestError"])
    assert meaning(names, status, told) is kind


def test_a_refusal_for_another_reason_blames_no_parameter() -> None:
    sent = ("response_format", "stream_options", "max_tokens")
    assert not refused_parameters(sent, 400, "maximum context length is 8; max_tokens is 9")
    assert not refused_parameters(sent, 404, "model 'x' not found")
    assert not refused_parameters(sent, 401, "response_format")
    assert not refused_parameters(sent, 429, "insufficient_quota")
