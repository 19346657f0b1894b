"""Nothing leaves the machine, and nothing is left on it but the library and what was asked for: watched in processes of
their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from fakes import records, write_records
from model_server import free_port

WATCH = """
import os, sys

HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)


def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        away = isinstance(address, tuple) and address[0] not in HERE
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        away = arguments[0] not in (*HERE, b"localhost", b"127.0.0.1")
    else:
        return
    if away:
        with open(os.environ["WATCHED"], "a") as log:
            log.write(f"{event} {arguments[1:2]} {sys.argv}\\\\n")
        raise ConnectionRefusedError("watched")


sys.addaudithook(watch)
""".replace("\\\\n", "\\n")
"""Runs first in every process of Python, those that a library starts among them."""


class Watched:
    """A home of its own, in which every attempt to reach another machine fails and is noted."""

    def __init__(self, folder: Path) -> None:
        self.home, self.work, self.log = folder / "home", folder / "work", folder / "log"
        for made in (self.home, self.work, folder / "watch", folder / "temporary"):
            made.mkdir()
        (folder / "watch" / "sitecustomize.py").write_text(WATCH)
        here = Path(__file__).resolve().parent
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CITEWISE_", "OPENAI_", "XDG_", "GRADIO_"))
        }
        for name in ("CI", "TF_BUILD", "JENKINS_URL", "NO_PROXY", "DO_NOT_TRACK"):
            kept.pop(name, None)
        self.environment = kept | {
            "HOME": str(self.home),
            "TMPDIR": str(folder / "temporary"),
            "WATCHED": str(self.log),
            "PYTHONPATH": os.pathsep.join([str(folder / "watch"), str(here.parent)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "rag.cli.commands", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.work,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        told, wrong = process.communicate(timeout=240)
        assert process.returncode == 0, wrong
        return told

    def check(self, *asked_for: str) -> None:
        """Nothing was tried, and no file lies in the home or the working folder but what was asked for."""
        assert not self.log.exists(), self.log.read_text()
        assert [str(path.relative_to(self.home)) for path in self.home.rglob("*")] == []
        assert sorted(path.name for path in self.work.iterdir()) == sorted(asked_for)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_the_watch_sees_what_a_process_and_its_children_try(watched: Watched) -> None:
    reach = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {reach!r}])"
    subprocess.run([sys.executable, "-c", child], env=watched.environment, capture_output=True, check=False)
    assert "192.0.2.1" in watched.log.read_text() or "getaddrinfo" in watched.log.read_text()


def test_help_index_search_ask_and_eval_reach_nobody(watched: Watched) -> None:
    papers = write_records(watched.work / "papers.jsonl", records(12))
    suite = watched.work / "animals"
    suite.mkdir()
    (suite / "suite.yaml").write_text("name: animals\nlibrary: library\n")
    question = {
        "id": "early",
        "kind": "named",
        "question": "Why do herons nest earlier near slow rivers?",
        "papers": [],
    }
    (suite / "questions.jsonl").write_text(json.dumps({**question, "papers": [records(1)[0]["title"]]}) + "\n")
    library = str(watched.work / "library")
    assert "usage" in watched.run("--help")
    watched.run("index", str(papers), "--library", library)
    watched.run("ask", "Why do herons nest earlier?", "--library", library)
    watched.run("eval", "animals", "--library", library)
    watched.check("papers.jsonl", "animals", "library", "runs")


def test_a_server_and_its_page_reach_nobody(watched: Watched) -> None:
    papers = write_records(watched.work / "papers.jsonl", records(6))
    library, port = str(watched.work / "library"), free_port()
    watched.run("index", str(papers), "--library", library)
    server = watched.start("serve", "--port", str(port), "--library", library)
    try:
        page = _fetched(f"http://127.0.0.1:{port}/", server)
        assert "<html" in page.lower()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/ask",
            json.dumps({"question": "Why do herons nest?"}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=120) as reply:
            assert json.load(reply)["question"]
    finally:
        server.terminate()
        server.communicate(timeout=60)
    watched.check("papers.jsonl", "library")


def _fetched(url: str, server: subprocess.Popen[str]) -> str:
    """The page, as soon as there is one."""
    until = time.monotonic() + 180
    while True:
        assert server.poll() is None, server.communicate()[1]
        try:
            with urllib.request.urlopen(url, timeout=60) as page:
                text: str = page.read().decode()
                return text
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.5)
