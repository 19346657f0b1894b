"""``/api/conversations``: talk with the library; list, look at, rename, delete, export; drop a turn, rate an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import PlainTextResponse, Response

from rag.answering.retrieval import checked_question
from rag.client.client import Client
from rag.client.engine import Conversation
from rag.client.wire import turn_from_dict
from rag.errors import UsageError
from rag.types import Turn
from ui import shapes
from ui.api import PROBLEMS, Told, missing, numbered, replied
from ui.asking import Questions

_FORMS = {"markdown": ("text/markdown", "md"), "bibtex": ("application/x-bibtex", "bib")}
Number = Annotated[int, Path(ge=1, le=shapes.MOST_TURNS, description="of the turn, from 1")]


def routes(client: Client, questions: Questions) -> APIRouter:
    """The routes, over one library."""
    router = APIRouter(prefix="/api/conversations", tags=["conversations"], responses=PROBLEMS)

    @router.get("", response_model=shapes.Conversations)
    def conversations(sought: Annotated[str, Query(max_length=200)] = "") -> dict[str, Any]:
        """The conversations with the library, the latest first; with `sought`, those that have all its words."""
        return {"conversations": [c.to_dict() for c in client.conversations(sought)]}

    @router.post("", response_model=shapes.ConversationAnswer)
    async def start(body: shapes.Start, request: Request) -> Any:
        """Starts a conversation; it is saved with its first answer. Events as `/api/ask`, and `conversation` before
        `done`.
        """
        history = await run_sync(_history, body)
        chat = await run_sync(lambda: client.chat(saved=body.saved))
        chat.recall(history)
        return await _asked(questions, request, chat, body)

    @router.get("/{conversation_id}", response_model=shapes.ConversationShape)
    def conversation(conversation_id: str) -> dict[str, Any]:
        """A conversation with its turns."""
        chat = _chat(client, conversation_id)
        return {"id": chat.id, "title": chat.title, "turns": [turn.to_dict() for turn in chat.turns]}

    @router.post("/{conversation_id}/turns", response_model=shapes.ConversationAnswer)
    async def ask(conversation_id: str, body: shapes.AskOn, request: Request) -> Any:
        """Asks on in a conversation. Events as when it is started."""
        chat = await run_sync(_chat, client, conversation_id)
        return await _asked(questions, request, chat, body, body.replaces)

    @router.delete("/{conversation_id}/turns/{number}", status_code=204)
    def drop(conversation_id: str, number: Number) -> None:
        """Forgets a turn and those after it; papers keep their numbers."""
        with missing():
            client.chat(conversation_id).drop(number)

    @router.put("/{conversation_id}/turns/{number}/rating", status_code=204)
    def rate(conversation_id: str, number: Number, body: shapes.Liked) -> None:
        """Keeps whether an answer was liked, and why."""
        with missing():
            client.rate(conversation_id, number, body.liked, body.comment)

    @router.patch("/{conversation_id}", status_code=204)
    def rename(conversation_id: str, body: shapes.Title) -> None:
        """Gives a conversation a title."""
        chat = _chat(client, conversation_id)
        chat.rename(body.title)

    @router.delete("/{conversation_id}", status_code=204)
    def delete(conversation_id: str) -> None:
        """Deletes a conversation for good."""
        with missing():
            client.delete_conversation(conversation_id)

    @router.get("/{conversation_id}/export", response_class=PlainTextResponse)
    def export(
        conversation_id: str, form: Annotated[Literal["markdown", "bibtex"], Query(alias="format")] = "markdown"
    ) -> Response:
        """The conversation as Markdown, or its cited papers as BibTeX."""
        text = _chat(client, conversation_id).export(form)
        kind, suffix = _FORMS[form]
        headers = {"Content-Disposition": f'attachment; filename="conversation.{suffix}"'}
        return Response(text, media_type=f"{kind}; charset=utf-8", headers=headers)

    return router


def rating_routes(client: Client) -> APIRouter:
    """What was thought of the answers."""
    router = APIRouter(prefix="/api", tags=["conversations"], responses=PROBLEMS)

    @router.get("/ratings", response_model=shapes.Ratings)
    def ratings(conversation: str | None = None) -> dict[str, Any]:
        """The ratings of a conversation's answers, or of all, in the order in which they were given."""
        return {"ratings": [rating.to_dict() for rating in client.ratings(conversation)]}

    return router


def _chat(client: Client, conversation_id: str) -> Conversation:
    with missing():
        return client.chat(conversation_id)


def _history(body: shapes.Start) -> list[Turn]:
    """The turns, whole as they were given out: what is a number or a list there must be one here."""
    try:
        for told in body.history:
            shapes.TurnShape.model_validate_json(json.dumps(told), strict=True)
        return [turn_from_dict(told) for told in body.history]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError("history: not the turns of a conversation.", "Send them as they were given out.") from error


async def _asked(
    questions: Questions, request: Request, chat: Conversation, body: shapes.Ask, replaces: int | None = None
) -> Any:
    asked = checked_question(body.question)

    def events() -> Iterator[Told]:
        return _turn(chat, numbered(chat.stream(asked, body.k, body.filters.told(), replaces=replaces), chat.number_of))

    return await replied(
        questions, request, body.stream, events, lambda told: told["done"] | {"conversation": told["conversation"]}
    )


def _turn(chat: Conversation, events: Iterator[Told]) -> Iterator[Told]:
    """The events of a turn; before the last, what has become of the conversation."""
    try:
        for name, told in events:
            if name == "done":
                turn = chat.turns[-1]
                state = {
                    "id": chat.id,
                    "title": chat.title,
                    "turn": len(chat.turns),
                    "asked": turn.to_dict()["asked"],
                    "note": chat.note,
                }
                yield "conversation", state
            yield name, told
    finally:
        events.close()  # type: ignore[attr-defined]
