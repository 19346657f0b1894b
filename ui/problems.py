"""Errors -> problem documents (RFC 9457): what is wrong, which error it is, and what to do about it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from rag.client.wire import problem_to_dict
from rag.errors import (
    CitewiseError,
    EmbedderMismatch,
    InputError,
    LibraryBusy,
    LibraryNotFound,
    ModelError,
    ModelRateLimited,
    ModelTimedOut,
    ServerRefused,
    StorageError,
    UsageError,
)
from ui.places import Busy

log = logging.getLogger("citewise.server")
_STATUS: tuple[tuple[type[CitewiseError], int], ...] = (
    (Busy, 429),
    (UsageError, 422),
    (InputError, 422),
    (LibraryNotFound, 409),
    (EmbedderMismatch, 409),
    (LibraryBusy, 503),
    (StorageError, 507),
    (ModelTimedOut, 504),
    (ModelRateLimited, 503),
    (ModelError, 502),
)
_RETRY = {503: 5}
MEDIA_TYPE = "application/problem+json"
_LONG_WORD, _LONGEST = 200, 1_000


class Refused(ServerRefused):
    """A request that the server does not take; ``status`` is HTTP's."""

    def __init__(self, problem: str, remedy: str, status: int = 403, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem, remedy)
        self.status, self.headers = status, headers or {}


class Missing(UsageError):
    """There is nothing of that name here."""


def status_of(error: CitewiseError) -> int:
    """HTTP's status for an error."""
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, Missing):
        return 404
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(error: CitewiseError) -> dict[str, Any]:
    """The document of an error."""
    told = problem_to_dict(error, status_of(error))
    return told | {"detail": brief(told["detail"])}


def brief(text: str) -> str:
    """A message that does not give back whole what was sent: an id or name in it is cut where it is longer than any of
    ours.
    """
    return re.sub(rf"(\S{{{_LONG_WORD}}})\S+", r"\1…", text)[:_LONGEST]


def as_openai(error: CitewiseError) -> dict[str, Any]:
    """The error as OpenAI's clients expect it."""
    status = status_of(error)
    kind = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}.get(
        status
    )
    kind = kind or ("invalid_request_error" if status < 500 else "server_error")
    code = "invalid_api_key" if status == 401 else problem(error)["type"].rpartition(":")[2]
    return {"error": {"message": brief(str(error)), "type": kind, "param": None, "code": code}}


def response(error: CitewiseError, path: str) -> Response:
    """The document with its status, and when to try again where that helps; under ``/v1/`` as OpenAI's look."""
    status = status_of(error)
    after = error.retry_after if isinstance(error, Busy) else _RETRY.get(status)
    headers = {} if after is None else {"Retry-After": str(after)}
    headers |= error.headers if isinstance(error, Refused) else {}
    if path.startswith("/v1/"):
        return JSONResponse(as_openai(error), 400 if status == 422 else status, headers)
    return JSONResponse(problem(error), status, headers, media_type=MEDIA_TYPE)


def unforeseen(error: Exception) -> CitewiseError:
    """What is told of an error that nobody foresaw: nothing of it, for it may hold anything. The log has it."""
    log.error("an error that nobody foresaw", exc_info=error)
    return failed()


def failed() -> Refused:
    """What is told where the server failed."""
    return Refused(
        "The server failed; its log says how.", "Try again; if it stays, look at what citewise serve printed.", 500
    )


def install(app: FastAPI) -> None:
    """Has the app answer errors with their documents; those that nobody foresaw are left to the guard."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, CitewiseError)
        return response(error, request.url.path)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        wrong = UsageError(f"The request is not as it should be: {wrong_fields(error)}.", "See /api for what is taken.")
        return response(wrong, request.url.path)

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        refused = Refused(
            str(error.detail),
            "See /api for what is taken; send it whole, in fewer parts, with short names.",
            error.status_code,
        )
        if error.status_code == 404:
            refused = Refused("There is nothing at this address.", "See /api for what there is.", 404)
        return response(refused, request.url.path)

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=499)  # nobody reads it

    app.add_exception_handler(CitewiseError, ours)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(ClientDisconnect, gone)


def wrong_fields(error: RequestValidationError) -> str:
    """Which fields are wrong and how; never what they held."""
    parts = [f"{'.'.join(str(p) for p in e['loc'] if p != 'body') or 'body'}: {e['msg']}" for e in error.errors()]
    return "; ".join(dict.fromkeys(parts))[:600]
