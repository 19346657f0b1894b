"""``/v1``: what speaks OpenAI's chat completions can talk to a library.

A client sends the whole conversation each time. What was asked before is found by the very messages that were sent and
given; where that fails (after a restart, or where a client changed them) the last few questions are asked again, to
know what they were about.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rag.answering.retrieval import checked_question
from rag.client.client import Client
from rag.client.engine import Conversation
from rag.errors import UsageError
from rag.models.tokens import count_tokens
from rag.text.display import markdown, shown, unmarked
from rag.types import Answer, Claim, Done, Source, Sources, Turn, Usage
from ui import shapes, sse
from ui.asking import Questions, SignOfLife, Waiting
from ui.memory import Memory, Said
from ui.problems import Missing
from ui.sidetasks import SideTask, reply_to, side_task

OWNER = "citewise"
_PROBLEM: dict[str, Any] = {
    "description": "What is wrong, and what to do, as OpenAI tells it",
    "model": shapes.OpenAIProblem,
}
_PROBLEMS: dict[int | str, dict[str, Any]] = {400: _PROBLEM, "4XX": _PROBLEM, "5XX": _PROBLEM}


class Part(BaseModel):
    type: str
    text: str | None = ""


class Message(BaseModel):
    role: str
    # a million wrong parts would be a million errors, made on the server's loop: the first is enough
    content: str | Annotated[list[Part], Field(max_length=1000, fail_fast=True)] | None = None

    @property
    def text(self) -> str:
        """What is said; pictures and the like are nothing said."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    include_usage: bool | None = False


class Bounds(BaseModel):
    k: shapes.K | None = 8
    filters: shapes.FiltersShape | None = None


class Completion(BaseModel):
    """Of OpenAI's parameters those that mean something here; the others are let pass. ``citewise`` bounds the
    papers. Null is as good as nothing: clients send it for what is not set.
    """

    messages: Annotated[list[Message], Field(max_length=1000, fail_fast=True)]
    model: str | None = ""
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1
    citewise: Bounds | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """The end of a reply: all that was written, the answer, and the tokens that both took."""

    text: str
    answer: Answer | None
    """None for a side task."""
    usage: dict[str, int]


def routes(client: Client, questions: Questions) -> APIRouter:
    """The routes, over one library."""
    router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"], responses=_PROBLEMS)
    memory, began = Memory(), int(time.time())

    def model() -> dict[str, Any]:
        return {"id": f"{OWNER}-{client.about().library}", "object": "model", "created": began, "owned_by": OWNER}

    @router.get("/models")
    def models() -> dict[str, Any]:
        """The library, as a model."""
        return {"object": "list", "data": [model()]}

    @router.get("/models/{name:path}")
    def one_model(name: str) -> dict[str, Any]:
        """The same, by its name."""
        told = model()
        if name != told["id"]:
            raise Missing(f"{name}: no such model.", f"Take {told['id']}.")
        return told

    @router.post("/chat/completions")
    async def complete(body: Completion, request: Request) -> Any:
        """Answers the last message, in the light of those before it. `citewise` in the reply is the answer with its
        citations.
        """
        said, asked, task = await run_sync(_asked, body.messages)

        def start() -> Iterator[str | _Written]:
            if task is not None:
                return _aside(task, asked, client)
            turns, again = memory.recall(said)
            chat = client.chat(saved=False)
            chat.recall(turns)
            for question in again:
                chat.ask(question)
            return _reply(chat, asked, body.citewise or Bounds(), memory, said)

        named = (await run_sync(model))["id"]
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": named}
        if body.stream:
            usage = body.stream_options is not None and bool(body.stream_options.include_usage)
            return sse.EventStream(_chunks(questions.events(request, start), head, usage), openai=True)
        *_, last = await questions.drained(request, start)
        assert isinstance(last, _Written)
        choice = {"index": 0, "message": {"role": "assistant", "content": last.text}, "finish_reason": "stop"}
        return {
            **head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": last.usage,
            **_beside(last.answer),
        }

    return router


def _asked(messages: Sequence[Message]) -> tuple[list[Said], str, SideTask | None]:
    """The conversation before the question, the question, and the side task that it is. Raises UsageError where there
    is none.
    """
    said = [Said(m.role, m.text) for m in messages if m.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise UsageError("messages: the last is not the user's.", "End with a message of role user: the question.")
    question = said.pop().text
    task = side_task(question)
    return said, question if task else checked_question(question), task


def _aside(task: SideTask, asked: str, client: Client) -> Iterator[str | _Written]:
    """The reply to a side task, in one piece."""
    text = reply_to(task, client.examples)
    yield text
    yield _Written(text, None, _usage(asked, text, Usage()))


def _beside(answer: Answer | None) -> dict[str, Any]:
    """What a reply has beside what OpenAI's have."""
    return {} if answer is None else {OWNER: answer.to_dict()}


def _reply(
    chat: Conversation, asked: str, bounds: Bounds, memory: Memory, said: list[Said]
) -> Iterator[str | _Written]:
    """The reply as it comes: each claim with its markers, then what else there is to say, then the papers; last, all of
    it.
    """
    given: list[str] = []
    claims: list[str] = []
    tabled = False  # the whole is given at the end
    events = chat.stream(asked, bounds.k or 8, bounds.filters.told() if bounds.filters else None)
    try:
        for event in events:
            if isinstance(event, Sources):
                tabled = event.plan.kind in ("compare", "overview")
            elif isinstance(event, Claim) and not tabled:
                marks = "".join(f"[{n}]" for n in sorted({chat.number_of(i) for i in event.citations}))
                given.append((" " if claims else "") + (claim := f"{markdown(event.text)} {marks}"))
                claims.append(claim)
                yield given[-1]
            elif isinstance(event, Done):
                given.append(_rest(event.answer, " ".join(claims)))
                if given[-1]:
                    yield given[-1]
                text = "".join(given)
                turn: Turn = chat.turns[-1]
                memory.keep([*said, Said("user", asked), Said("assistant", text)], chat.turns)
                yield _Written(text, turn.answer, _usage(asked, text, turn.answer.usage))
    finally:
        events.close()  # type: ignore[attr-defined]


def _rest(answer: Answer, given: str) -> str:
    """What an answer says beside the claims that were given out, and its papers under their numbers."""
    if not given:
        parts = [answer.text]
    elif answer.is_list:
        parts = ["", answer.text.partition("\n\n")[0]]  # the lines were given out one by one
    else:
        parts = ["", answer.text.removesuffix(given).strip()] if answer.text.endswith(given) else ["", answer.text]
    parts.append("  \n".join(map(_numbered, answer.sources)))
    return "\n\n".join(part for n, part in enumerate(parts) if part or n == 0)


def _numbered(source: Source) -> str:
    """A paper under its number, which is the only one in brackets."""
    link = f", {unmarked(shown(source.paper.link))}" if source.paper.link else ""
    return f"[{source.number}] {markdown(source.paper.title)}{link}"


def _usage(asked: str, text: str, used: Usage) -> dict[str, int]:
    """Tokens that the model read and wrote; without a model, those of question and reply."""
    read, wrote = used.prompt_tokens or count_tokens(asked), used.completion_tokens or count_tokens(text)
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


async def _chunks(items: AsyncGenerator[Any, None], head: dict[str, Any], usage: bool) -> AsyncGenerator[bytes, None]:
    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        return _data({**head, "object": "chat.completion.chunk", "choices": choices, **more})

    async with aclosing(items):
        yield chunk({"role": "assistant", "content": ""})
        async for item in items:
            if isinstance(item, Waiting | SignOfLife):
                yield sse.ALIVE
            elif isinstance(item, _Written):
                yield chunk({}, "stop", **_beside(item.answer))
                if usage:
                    yield chunk(None, usage=item.usage)
            else:
                yield chunk({"content": item})
        yield b"data: [DONE]\n\n"


def _data(told: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(told)}\n\n".encode()
