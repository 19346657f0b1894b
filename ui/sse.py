"""Server-sent events: an answer's events as text, and the response that sends them as they come."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rag.errors import CitewiseError
from ui import problems

MEDIA_TYPE = "text/event-stream"
ALIVE = b": still at it\n\n"
"""A comment, which clients ignore."""


def wanted(request: Request, stream: bool | None) -> bool:
    """Whether events are asked for: as the body says, else by the header Accept."""
    return MEDIA_TYPE in request.headers.get("accept", "") if stream is None else stream


def event(name: str, told: Any) -> bytes:
    """One event; JSON has no line breaks."""
    return f"event: {name}\ndata: {json.dumps(told)}\n\n".encode()


class EventStream(Response):
    """Sends pieces as they come. Where the client goes away, they are closed; an error in them is the last event."""

    media_type = MEDIA_TYPE

    def __init__(self, pieces: AsyncGenerator[bytes, None], *, openai: bool = False) -> None:
        """``openai``: errors look as OpenAI's do."""
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._pieces, self._openai = pieces, openai

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._to_the_end()) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _to_the_end(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._pieces):
                async for piece in self._pieces:
                    yield piece
        except ClientDisconnect:
            return
        except CitewiseError as error:
            yield self._told(error)
        except Exception as error:
            yield self._told(problems.unforeseen(error))

    def _told(self, error: CitewiseError) -> bytes:
        if self._openai:
            return f"data: {json.dumps(problems.as_openai(error))}\n\n".encode()
        return event("error", problems.problem(error))
