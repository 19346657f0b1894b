"""Runs the app in one process until it is told to end: SIGTERM or SIGINT, and a second later at the latest nobody is kept waiting.

Open streams are ended, answers that are being made are stopped. Conversations need no saving then: each turn is saved when it is finished.
"""

from __future__ import annotations

import os
import socket
import threading
from types import FrameType

import uvicorn
from fastapi import FastAPI

from rag.errors import UsageError
from ui.config import Config

_TO_THE_END = 1.0
_AT_THE_LATEST = 4.0


def listen(config: Config) -> socket.socket:
    """A socket that listens where the config says. Raises UsageError where that can't be."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers have one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((config.host, config.port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(
            f"{config.host}, port {config.port}: cannot listen here ({getattr(error, 'strerror', None) or error}).",
            "Another server may have it: choose another with --port, or --port 0 for any that is free.",
        ) from error
    return listening


def run(app: FastAPI, config: Config, listening: socket.socket) -> None:
    """Serves until SIGTERM or SIGINT."""
    server(app, config).run([listening])


def server(app: FastAPI, config: Config) -> uvicorn.Server:
    """What serves the app."""
    return _Server(
        uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(config.known_as),
            timeout_graceful_shutdown=int(_TO_THE_END),
            limit_concurrency=None,
            ws="none",
        )
    )


class _Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """From now on its end is certain, whatever hangs."""
        if not self.should_exit:
            last_resort = threading.Timer(_AT_THE_LATEST, os._exit, [0])
            last_resort.daemon = True
            last_resort.start()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops what is being answered, then ends as uvicorn does; whatever still hangs after that is left behind."""
        app = self.config.app
        assert isinstance(app, FastAPI)
        app.state.questions.stop()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # it has done what it was told: that is no failure
