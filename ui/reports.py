"""``/runs/``: the reports of eval runs. Of their folder only the index and each run's report is served, whatever else
lies there.
"""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, RedirectResponse, Response

from ui.problems import Missing

_NAME = re.compile(r"[\w-][\w.-]*")


def routes(folder: Path) -> APIRouter:
    """The routes over a folder of runs."""
    router = APIRouter(prefix="/runs", include_in_schema=False)

    @router.get("")
    def plain() -> Response:
        return RedirectResponse("/runs/", 307)

    @router.get("/")
    @router.get("/index.html")
    def index() -> Response:
        return _file(folder, "index.html")

    @router.get("/{run}/report.html")
    def report(run: str) -> Response:
        return _file(folder, run, "report.html")

    return router


def _file(folder: Path, *parts: str) -> Response:
    path = folder.joinpath(*parts)
    inside = all(_NAME.fullmatch(part) for part in parts) and path.resolve().is_relative_to(folder.resolve())
    if not inside or not path.is_file():
        raise Missing(
            f"{'/'.join(parts)[:200]}: no such report.", "Make one with citewise eval; /runs/ lists those there are."
        )
    return FileResponse(path, media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})
