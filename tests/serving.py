"""A server of ours for tests: the app over real sockets on 127.0.0.1, in a thread of the test or as a process of its
own.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from support import PACKAGES

from rag.client.client import Client
from rag.library.sample import SAMPLE_LIBRARY
from ui.app import make_app
from ui.config import Config
from ui.serving import listen, server


@contextmanager
def serving(client: Client, config: Config | None = None) -> Iterator[str]:
    """The address of a server over the client's library, without the page unless the config says so."""
    told = config or Config(page=False)
    with listen(replace(told, port=0)) as listening:
        told = replace(told, port=listening.getsockname()[1])
        running = server(make_app(client, told), told)
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{told.port}"
        finally:
            running.should_exit = True
            thread.join(20)


class Process:
    """``citewise serve`` as a process; ``url`` is its address, ``greeting`` the line that it printed."""

    def __init__(self, home: Path, *options: str, **settings: str) -> None:
        environment = {
            "XDG_DATA_HOME": str(home),
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONPATH": PACKAGES,
        }
        self.running = subprocess.Popen(
            [sys.executable, "-P", "-m", "rag.cli.commands", "serve", "--port", "0", *options],
            env=environment | settings,
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.running.stdout is not None
        self.greeting = self.running.stdout.readline().strip()
        self.url = (re.findall(r"http://\S+?(?=/ )", self.greeting) or [""])[0]

    def end(self) -> str:
        """Ends it, whatever it does; returns what it wrote to standard error."""
        self.running.terminate()
        try:
            return self.running.communicate(timeout=90)[1]
        except subprocess.TimeoutExpired:
            self.running.kill()
            return self.running.communicate()[1]


@contextmanager
def process(home: Path, *options: str, **settings: str) -> Iterator[Process]:
    """A server's process that answers; ended afterwards."""
    made = Process(home, *options, **settings)
    try:
        assert made.url, made.end()
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx2.get(f"{made.url}/api/health", timeout=60, trust_env=False)
                break
            except httpx2.TransportError:
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.1)
        yield made
    finally:
        made.end()


def own_library(home: Path, folder: Path) -> Path:
    """A copy of the sample library, to be changed."""
    return Path(shutil.copytree(home / "citewise" / "libraries" / SAMPLE_LIBRARY, folder))


def events(response: httpx2.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and documents of server-sent events."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


def web(url: str, **headers: str) -> httpx2.Client:
    """Asks a server over HTTP; nothing of the environment is read."""
    given: Mapping[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Client(base_url=url, headers=given, timeout=60, trust_env=False)
