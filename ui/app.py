"""The app: the HTTP API, what speaks OpenAI's protocol and the assistants', the sign-in form, eval reports and the
page, all behind one guard.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread

from anyio.to_thread import run_sync
from fastapi import FastAPI

from rag.client.client import Client
from rag.version import installed_version
from ui import api, completions, manual, problems, reports, signin, talks, uploads
from ui.asking import Questions
from ui.config import Config
from ui.doorkeeper import Doorkeeper
from ui.guard import Guard
from ui.leftovers import clear_left_behind, own_folder
from ui.mcp.server import Offered
from ui.mcp.server import route as assistants_route
from ui.places import Places
from ui.unclaimed import Unclaimed
from ui.values import Values

_SECONDS_TO_WARM = 3.0


def make_app(client: Client, config: Config) -> FastAPI:
    """The app over one library. ``app.state.questions`` are those that it answers; stop them before it is ended."""
    questions = Questions(Places(config.at_once, config.waiting))
    assistants = Offered(client, questions.places)
    clear_left_behind()

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        warming = Thread(target=client.warm_up, daemon=True)
        warming.start()
        async with assistants.session_manager.run():
            yield
        await run_sync(warming.join, _SECONDS_TO_WARM)  # the model's library does not bear to be left while it loads
        client.close()
        if app.state.page_files:
            shutil.rmtree(app.state.page_files, ignore_errors=True)

    app = FastAPI(
        title="Citewise",
        version=installed_version(),
        description="Answers from a library of paper abstracts; every sentence stands on an exact sentence of an "
        "abstract.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=running,
    )
    app.state.questions, app.state.page_files = questions, None
    doorkeeper = Doorkeeper(config)
    app.state.handlers = frozenset()
    app.add_middleware(Values, handlers=lambda: app.state.handlers)
    app.add_middleware(Guard, config=config, doorkeeper=doorkeeper)
    problems.install(app)
    for router in (
        api.routes(client, config, questions),
        talks.routes(client, questions),
        talks.rating_routes(client),
        uploads.routes(client),
        api.paper_routes(client),
        completions.routes(client, questions),
        manual.routes(),
        signin.routes(doorkeeper),
    ):
        app.include_router(router)
    if config.runs:
        app.include_router(reports.routes(config.runs))
    app.router.routes.append(assistants_route(assistants))
    app.router.routes.append(Unclaimed(app.router.routes))
    if config.page and not config.is_for_programs:
        _mount_page(app, client, questions.places, config)
    return app


def _mount_page(app: FastAPI, client: Client, places: Places, config: Config) -> None:
    """Mounts the page under ``/``, after all other routes.

    Gradio is told before it is imported: not to report home, and to keep what is uploaded in a folder that nobody else
    may look into, for it serves all that lies there.
    """
    app.state.page_files = str(own_folder("page"))
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", GRADIO_SHARE="False", GRADIO_MCP_SERVER="False")
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(
        10**9
    )  # else it makes a pandas table of all events so far after each
    os.environ.update(
        GRADIO_TEMP_DIR=app.state.page_files, GRADIO_EXAMPLES_CACHE=os.path.join(app.state.page_files, "examples")
    )
    from ui.page import mount_page

    mount_page(app, client, places, config)
