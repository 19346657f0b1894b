"""The whole server in a thread of the test's own process, on a real port, and a browser to look at it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from rag.client.client import Client
    from ui.config import Config

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class Served:
    """An app that is served until it is stopped; ``url`` is where."""

    def __init__(self, client: Client, config: Config | None = None, port: int = 0) -> None:
        import uvicorn
        from model_server import free_port

        from ui.app import make_app
        from ui.config import Config

        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        app = make_app(client, config or Config(port=self.port))
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            self.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; skips the tests that want it where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield opened
        opened.close()
