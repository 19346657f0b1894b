"""Runs the app in one process until it is told to end: SIGTERM or SIGINT, and a second later at the latest nobody is
kept waiting.

Open streams are ended, answers that are being made are stopped. Conversations need no saving then: each turn is saved
when it is finished.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterable
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from rag.errors import UsageError
from ui.config import Config

_TO_THE_END = 1.0
_AT_THE_LATEST = 4.0
_TICKS_A_SECOND = 10
_TO_SAY_WHAT, _WHEN_CROWDED, _CROWD = 20, 3, 200
"""Seconds that a connection may stay open without a whole request; fewer, where so many are open."""


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
            http="h11",  # the other one that uvicorn knows sets no bound to the headers of a request
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


class Silent:
    """Connections on which nothing is asked: nobody has sent the whole head of a request since the last was answered.

    Whoever sends it byte by byte is cut off as one who sends nothing; likewise one who does not take what was sent for
    the last time. A body that comes slowly is the guard's affair.
    """

    def __init__(self) -> None:
        self._since: dict[Any, tuple[Any, float]] = {}

    def cut_off(self, connections: Iterable[Any], now: float) -> None:
        """Looks at uvicorn's connections; ``now`` in seconds. To be called about once a second."""
        open_now = list(connections)
        patience = _WHEN_CROWDED if len(open_now) > _CROWD else _TO_SAY_WHAT
        since = {}
        for connection in open_now:
            asked, line = connection.cycle, connection.transport  # the latest request, None before the first
            if asked is not None and not asked.response_complete and not line.is_closing():
                continue
            state = (asked, line.get_write_buffer_size())
            kept, began = self._since.get(connection, (state, now))
            since[connection] = (state, began if kept == state else now)
            if now - since[connection][1] >= patience:
                line.abort()
        self._since = since


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._silent = Silent()

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % _TICKS_A_SECOND == 0:
            self._silent.cut_off(self.server_state.connections, time.monotonic())
        return await super().on_tick(counter)

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
