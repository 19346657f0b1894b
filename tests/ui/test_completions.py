"""OpenAI's own client talks to a library."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from serving import own_library, serving, web
from support import sample_home

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.models.bundled_embedder import BundledEmbedder
from rag.types import Answer, Paper, Source, Timings, Turn, Usage
from ui import completions
from ui.completions import OWNER, _rest
from ui.config import Config
from ui.memory import Memory, Said

QUESTION = "How does COPlanner use model uncertainty?"
TOKEN = "a-token-of-our-own-making"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[Client]:
    folder = own_library(sample_home(tmp_path_factory), tmp_path_factory.mktemp("v1") / "sample")
    with Client.over(EmbeddedEngine(folder, embedder=embedder)) as made:
        yield made


@pytest.fixture(scope="module")
def url(client: Client) -> Iterator[str]:
    with serving(client, Config(page=False, token=TOKEN)) as made:
        yield made


@pytest.fixture
def model(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key=TOKEN, max_retries=0) as made:
        yield made


def asked(*said: str) -> list[ChatCompletionMessageParam]:
    """User and assistant in turns."""
    return [
        {"role": "assistant", "content": text} if n % 2 else {"role": "user", "content": text}
        for n, text in enumerate(said)
    ]


def test_the_library_is_a_model(model: openai.OpenAI) -> None:
    assert [m.id for m in model.models.list()] == ["citewise-sample"]
    assert model.models.retrieve("citewise-sample").owned_by == "citewise"


def test_a_reply_has_its_citations_in_the_text_and_in_a_field_of_its_own(model: openai.OpenAI, client: Client) -> None:
    reply = model.chat.completions.create(model="any", messages=asked(QUESTION))
    text = reply.choices[0].message.content or ""
    answer = client.ask(QUESTION)
    assert text.startswith(answer.text)
    assert text.endswith(f"[1] {answer.sources[0].paper.title}")
    assert reply.choices[0].finish_reason == "stop"
    assert (reply.model_extra or {})["citewise"]["claims"] == answer.to_dict()["claims"]
    assert reply.usage
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 20


def test_numbers_in_brackets_that_a_paper_has_are_none_of_the_reply_s_markers() -> None:
    paper = Paper("Herons [ 2 ] and 【3】", "They eat.", url="https://example.org/【4】")
    answer = Answer(
        "q", "answered", "They eat. [1]", (), (Source(1, paper, ()),), (), "extractive", None, Usage(),
        Timings(0, 0, 0), "q"
    )  # fmt: skip
    assert re.findall(r"[\[【]\s*\d\s*[\]】]", _rest(answer, "")) == ["[1]", "[1]"]


def test_a_streamed_reply_is_the_same(model: openai.OpenAI) -> None:
    whole = model.chat.completions.create(model="any", messages=asked(QUESTION))
    options = openai.types.chat.ChatCompletionStreamOptionsParam(include_usage=True)
    chunks = list(
        model.chat.completions.create(model="any", messages=asked(QUESTION), stream=True, stream_options=options)
    )
    said = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(said) == whole.choices[0].message.content
    assert len([piece for piece in said if piece]) >= 2
    assert chunks[-1].usage == whole.usage
    assert chunks[-2].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("changed", ["", " Indeed."])
def test_a_follow_up_is_understood_also_where_the_client_changed_what_was_said(
    model: openai.OpenAI, changed: str
) -> None:
    first = model.chat.completions.create(model="any", messages=asked(QUESTION)).choices[0].message.content or ""
    reply = model.chat.completions.create(
        model="any", messages=asked(QUESTION, first + changed, "and what does it plan with?")
    )
    assert (reply.model_extra or {})["citewise"]["standalone_question"] == "What does COPlanner plan with?"


def test_papers_keep_their_numbers_through_the_conversation(model: openai.OpenAI) -> None:
    said = [QUESTION]
    said.append(model.chat.completions.create(model="any", messages=asked(*said)).choices[0].message.content or "")
    said.append("What is the RePo method robust to?")
    sources = (model.chat.completions.create(model="any", messages=asked(*said)).model_extra or {})["citewise"][
        "sources"
    ]
    assert 1 not in [source["number"] for source in sources]


def test_parts_of_text_and_a_system_message_are_taken(model: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    reply = model.chat.completions.create(model="any", messages=messages, temperature=0.3, max_tokens=10)
    assert "COPlanner, a framework" in (reply.choices[0].message.content or "")


def test_of_many_wrong_parts_the_first_is_told_and_no_more(url: str) -> None:
    """A million errors, one a part, would keep the server's loop busy for minutes."""
    with web(url, authorization=f"Bearer {TOKEN}") as server:
        for wrong in ([{"role": "user", "content": [{}] * 900}], [1] * 900):
            told = server.post("/v1/chat/completions", json={"messages": wrong})
            assert told.status_code == 400
            assert told.text.count("Field required") + told.text.count("valid dictionary") == 1


def test_a_long_conversation_is_looked_through_in_a_thread(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def noted(work: Callable[..., Any]) -> Callable[..., Any]:
        def doing(*given: Any) -> Any:
            with pytest.raises(RuntimeError):  # a loop runs in the server's own thread only
                asyncio.get_running_loop()
            looked.append(work.__name__)
            return work(*given)

        return doing

    monkeypatch.setattr(Memory, "recall", noted(Memory.recall))
    monkeypatch.setattr(completions, "_asked", noted(completions._asked))
    said = [*["Herons?", "They stand [1]"] * 499, QUESTION]
    with web(url, authorization=f"Bearer {TOKEN}") as server:
        answered = server.post("/v1/chat/completions", json={"messages": asked(*said)})
    assert (answered.status_code, looked) == (200, ["_asked", "recall"])


def test_each_message_is_looked_at_once_in_the_longest_conversation() -> None:
    """40 MB in 999 messages, of which every beginning is looked for: 20 GB would take minutes."""
    memory = Memory()
    said = [Said("assistant" if n % 2 else "user", f"{n} {'long ' * 8_000}") for n in range(999)]
    assert memory.recall(said) == ((), [])
    turn = cast("Turn", object())
    memory.keep(said[:2], [turn])
    assert memory.recall(said) == ((turn,), [])


def test_a_side_task_of_a_chat_client_is_not_put_to_the_library(model: openai.OpenAI, client: Client) -> None:
    told = '### Task:\nSuggest.\n### Output:\nJSON format: { "%s": [] }\n### Chat History:\n<chat_history>\nUSER: %s\n</chat_history>'
    titled = model.chat.completions.create(model="any", messages=asked(told % ("title", QUESTION)))
    assert json.loads(titled.choices[0].message.content or "") == {"title": QUESTION.rstrip("?")}
    assert OWNER not in (titled.model_extra or {})
    chunks = model.chat.completions.create(model="any", messages=asked(told % ("follow_ups", QUESTION)), stream=True)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert json.loads(said)["follow_ups"] == [one for one in client.examples() if one != QUESTION]


def test_null_is_taken_for_whatever_may_be_left_out(url: str) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": QUESTION}, {"type": "image_url", "text": None}]}
    nulls = dict.fromkeys(["model", "stream", "stream_options", "n", "citewise", "temperature", "tools", "stop"])
    with web(url, authorization=f"Bearer {TOKEN}") as server:
        told = server.post("/v1/chat/completions", json={"messages": [message], **nulls})
        bounded = {"k": None, "filters": None}
        again = server.post("/v1/chat/completions", json={"messages": [message], **nulls, "citewise": bounded})
    assert (told.status_code, again.status_code) == (200, 200)
    assert "COPlanner" in told.json()["choices"][0]["message"]["content"]


def test_errors_are_such_as_the_client_knows(url: str, model: openai.OpenAI) -> None:
    with (
        openai.OpenAI(base_url=f"{url}/v1", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        stranger.models.list()
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(openai.BadRequestError, match="question is empty"):
        model.chat.completions.create(model="any", messages=asked("  "))
    with pytest.raises(openai.BadRequestError, match="messages"):
        model.chat.completions.create(model="any", messages=asked(QUESTION, "so"))
    with pytest.raises(openai.NotFoundError):
        model.models.retrieve("other")


def test_an_error_in_the_middle_of_a_stream_is_raised(
    model: openai.OpenAI, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*asked: object, saved: bool) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(client, "chat", broken)
    with pytest.raises(openai.APIError, match="server failed"):
        list(model.chat.completions.create(model="any", messages=asked(QUESTION), stream=True))
