"""Adding papers to the library, removing them, and examining it: work that one does at a time while others ask.

Uploaded files get names of ours in a folder of ours, are read as papers and nothing else, and are gone when that is
done. The name that a file came with is told in the report and kept as the paper's source; no path is made of it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from rag.client.client import Client
from rag.client.engine import Progress
from rag.client.wire import report_to_dict
from rag.errors import UsageError
from rag.types import Upload
from ui import shapes, sse
from ui.api import PROBLEMS
from ui.leftovers import own_folder
from ui.places import Places

_MOST_FILES = 1000
_LONGEST_NAME = 300
_LOOK = 0.25
_STILL_THERE = 40
"""Looks without news after which a sign of life is sent."""
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                    "required": ["files"],
                }
            }
        },
    }
}
Work = Callable[[Progress], dict[str, Any]]


def routes(client: Client) -> APIRouter:
    """The routes, over one library."""
    router = APIRouter(prefix="/api", tags=["papers"], responses=PROBLEMS)
    writers = Places(at_once=1, waiting=16)

    @router.post("/index", response_model=shapes.Report, openapi_extra=_FORM)
    async def index(request: Request) -> Any:
        """Adds the papers of uploaded files (`files`): CSV, TSV, JSON, JSON Lines, or a listing page saved as text.

        With `Accept: text/event-stream`: events `progress`, then `done` with the report; or `error`.
        """
        folder, uploads = await _received(request)

        def work(progress: Progress) -> dict[str, Any]:
            try:
                with writers.place():
                    return report_to_dict(client.index(*uploads, progress=progress))
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        return await _replied(request, None, work)

    @router.post("/index/resume", response_model=shapes.Report)
    async def resume(request: Request) -> Any:
        """Completes what earlier runs of indexing left undone. With `Accept: text/event-stream` as `/api/index`."""

        def work(progress: Progress) -> dict[str, Any]:
            with writers.place():
                return report_to_dict(client.index(progress=progress))

        return await _replied(request, None, work)

    @router.delete("/papers/{paper_id:path}", response_model=shapes.Removed)
    def remove(paper_id: str) -> dict[str, Any]:
        """Removes a paper. Answers that cite it stay as they are."""
        with writers.place():
            return {"removed": client.remove(paper_id)}

    @router.post("/papers/remove", response_model=shapes.Removed)
    def remove_many(body: shapes.Ids) -> dict[str, Any]:
        """Removes papers, all in one go."""
        with writers.place():
            return {"removed": client.remove(*body.ids)}

    @router.post("/check", response_model=shapes.HealthShape)
    async def check(body: shapes.Checking, request: Request) -> Any:
        """Examines the library; `repair` mends what can be mended, `reembed` makes all vectors anew."""

        def work(progress: Progress) -> dict[str, Any]:
            with writers.place():
                return client.check(repair=body.repair, reembed=body.reembed, progress=progress).to_dict()

        return await _replied(request, body.stream, work)

    return router


async def _received(request: Request) -> tuple[Path, list[Upload]]:
    """The files of a form, each under a name of ours in a new folder that only this user may look into."""
    folder = own_folder("upload")
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=10) as form:
            files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
            if not files:
                raise UsageError(
                    "No file came with the request.", "Send a form (multipart/form-data) with files in it."
                )
            return folder, [await run_sync(_kept, part, folder / str(n)) for n, part in enumerate(files)]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _kept(part: UploadFile, path: Path) -> Upload:
    with path.open("wb") as file:
        shutil.copyfileobj(part.file, file)
    return Upload(path, inert_name(part.filename))


def inert_name(name: str | None) -> str:
    """The name that a file came with as one line of text."""
    told = " ".join("".join(c if c.isprintable() else " " for c in name or "").split())
    return told[-_LONGEST_NAME:] or "upload"


async def _replied(request: Request, stream: bool | None, work: Work) -> Response | dict[str, Any]:
    if sse.wanted(request, stream):
        return sse.EventStream(_told(work))
    return await run_sync(work, lambda phase, done, total: None)


async def _told(work: Work) -> AsyncGenerator[bytes, None]:
    """Events of the work's progress, the latest a few times a second, then ``done``. The work goes on where nobody
    listens.
    """
    latest: list[dict[str, Any]] = []
    task = asyncio.create_task(
        run_sync(work, lambda phase, done, total: latest.append({"phase": phase, "done": done, "total": total}))
    )
    silent = 0
    while not task.done():
        await asyncio.wait({task}, timeout=_LOOK)
        if latest:
            yield sse.event("progress", latest[-1])
            latest.clear()
            silent = 0
        elif (silent := silent + 1) % _STILL_THERE == 0:
            yield sse.ALIVE
    yield sse.event("done", await task)
