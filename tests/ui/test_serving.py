"""``citewise serve`` as a process: started, asked by many, left by some, ended; and a library that others write to
meanwhile.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from model_server import ModelServer, hang, reply, talk
from serving import Process, events, own_library, process, serving, web
from support import run, sample_home

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.models.bundled_embedder import BundledEmbedder
from ui.config import Config
from ui.leftovers import clear_left_behind, own_folder
from ui.serving import Silent

QUESTION = "How does COPlanner use model uncertainty?"
CSV = "title,abstract\nHow herons sleep,Herons near railways sleep two hours less. Nests were filmed for a year.\n"


@pytest.fixture
def library(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return own_library(sample_home(tmp_path_factory), tmp_path / "library")


@pytest.fixture
def hanging() -> Iterator[ModelServer]:
    """A language model that takes every question and says nothing."""
    with ModelServer() as server:
        server.play(hang())
        yield server


def with_model(server: ModelServer) -> dict[str, str]:
    return {"CITEWISE_LLM_URL": server.url, "CITEWISE_LLM_MODEL": "slow", "CITEWISE_LLM_TIMEOUT": "600"}


def until(is_so: Callable[[], object]) -> None:
    """Waits until something is so; fails where it never is."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rest(told: Iterator[tuple[str, object]]) -> list[str]:
    """The names of the events that still come, however it ends."""
    names: list[str] = []
    with suppress(httpx2.TransportError):
        names.extend(name for name, _ in told)
    return names


def test_one_line_says_where_what_and_who(library: Path, tmp_path: Path) -> None:
    with process(tmp_path, "--library", str(library)) as served:
        assert served.greeting == f"{served.url}/  library library, 81 papers; answers are quotations"
        taken = Process(tmp_path, "--library", str(library), "--port", served.url.rpartition(":")[2])
        assert (taken.greeting, taken.running.wait(60)) == ("", 2)
        assert "--port" in taken.end()


def test_it_ends_when_it_is_told_to_with_a_stream_open_and_a_model_that_hangs(
    library: Path, tmp_path: Path, hanging: ModelServer
) -> None:
    with process(tmp_path, "--library", str(library), **with_model(hanging)) as served, web(served.url) as api:
        body = {"question": QUESTION, "stream": True}
        with api.stream("POST", "/api/conversations", json=body) as response:
            told = events(response)
            assert next(told)[0] == "sources"
            until(lambda: hanging.requests)
            served.running.send_signal(signal.SIGTERM)
            assert served.running.wait(30) == 0
            assert "done" not in rest(told)


def test_what_was_answered_is_saved_when_it_ends(library: Path, tmp_path: Path) -> None:
    with process(tmp_path, "--library", str(library)) as served, web(served.url) as api:
        made = api.post("/api/conversations", json={"question": QUESTION}).json()
        served.running.send_signal(signal.SIGTERM)
        assert served.running.wait(30) == 0
        assert "Traceback" not in served.end()
    with Client(library) as client:
        assert [turn.answer.text for turn in client.chat(made["conversation"]["id"]).turns] == [made["text"]]


def test_papers_that_another_process_adds_and_removes_are_seen_at_once(library: Path, tmp_path: Path) -> None:
    (tmp_path / "herons.csv").write_text(CSV)
    question = {"question": "How long do herons near railways sleep?"}
    with process(tmp_path, "--library", str(library)) as served, web(served.url) as api:
        assert api.post("/api/ask", json=question).json()["outcome"] == "not_covered"
        done = run("index", "herons.csv", "--library", str(library), "--json", home=tmp_path)
        assert (done.returncode, json.loads(done.stdout)["added"]) == (0, 1), done.stderr
        answer = api.post("/api/ask", json=question).json()
        assert answer["sources"][0]["title"] == "How herons sleep"
        with Client(library) as client:
            assert client.remove(answer["sources"][0]["paper_id"]) == 1
        assert api.post("/api/ask", json=question).json()["outcome"] == "not_covered"
        assert api.get("/api/about").json()["papers"] == 81


def test_while_another_process_writes_an_upload_says_so_and_questions_go_on(
    library: Path, embedder: BundledEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "0.1")
    other = EmbeddedEngine(library, embedder=embedder)
    with Client.over(EmbeddedEngine(library, embedder=embedder)) as client, serving(client) as url, web(url) as api:
        with other.library().writing():
            refused = api.post("/api/index", files={"files": ("herons.csv", CSV)})
            assert (refused.status_code, refused.json()["type"]) == (503, "urn:citewise:LibraryBusy")
            assert refused.json()["remedy"]
            assert int(refused.headers["retry-after"]) > 0
            assert api.post("/api/ask", json={"question": QUESTION}).json()["outcome"] == "answered"
        assert api.post("/api/index", files={"files": ("herons.csv", CSV)}).json()["added"] == 1
    other.close()


@pytest.mark.parametrize("silent", [True, False], ids=["a model that hangs", "a model that talks on and on"])
def test_who_goes_away_frees_the_place_and_hangs_up_on_the_model(
    library: Path, embedder: BundledEmbedder, hanging: ModelServer, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    hanging.play(hang() if silent else talk())
    for name, value in with_model(hanging).items():
        monkeypatch.setenv(name, value)
    engine = EmbeddedEngine(library, embedder=embedder)
    with (
        Client.over(engine) as client,
        serving(client, Config(page=False, at_once=1, waiting=1)) as url,
        web(url) as api,
    ):
        body = {"question": QUESTION, "stream": True}
        with api.stream("POST", "/api/ask", json=body) as first:
            heard = events(first)  # kept: who lets it go hangs up
            assert next(heard)[0] == "sources"
            until(lambda: hanging.requests)
            with api.stream("POST", "/api/ask", json=body) as second:
                waited = events(second)
                assert next(waited) == ("waiting", {"before": 0})
                refused = api.post("/api/ask", json={"question": QUESTION})
                assert (refused.status_code, refused.json()["type"]) == (429, "urn:citewise:ServerBusy")
                assert int(refused.headers["retry-after"]) > 0
        assert silent or hanging.hung_up.wait(30)
        hanging.play(reply("{}"))

        def let_in() -> bool:
            return api.post("/api/ask", json={"question": QUESTION}).status_code != 429

        until(let_in)  # both have gone
        assert client.conversations() == []


def test_many_at_once_lose_nothing_and_are_not_mixed_up(library: Path, embedder: BundledEmbedder) -> None:
    with Client.over(EmbeddedEngine(library, embedder=embedder)) as client, serving(client) as url:
        titles = [p.title for p in client.papers()][:24]
        answers: dict[str, str] = {}

        def ask(title: str) -> None:
            with (
                web(url) as api,
                api.stream(
                    "POST", "/api/ask", json={"question": f"What is “{title}” about?", "stream": True}
                ) as response,
            ):
                answers[title] = next(told["question"] for name, told in events(response) if name == "done")

        threads = [threading.Thread(target=ask, args=(title,)) for title in titles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {title: f"What is “{title}” about?" for title in titles}


def test_users_are_added_from_a_pipe_and_the_password_stays_unseen(tmp_path: Path) -> None:
    done = run("serve", "--auth", "users", "--add-user", "ada", home=tmp_path, stdin=b"correct horse\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"horse" not in done.stdout
    assert "horse" not in (tmp_path / "users").read_text()
    short = run("serve", "--auth", "users", "--add-user", "ada", home=tmp_path, stdin=b"short\n")
    assert (short.returncode, b"8 or more" in short.stderr) == (2, True)


class _Line:
    def __init__(self) -> None:
        self.buffered, self.is_cut_off = 0, False

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def abort(self) -> None:
        self.is_cut_off = True


class _Connection:
    def __init__(self, *, is_answered: bool | None) -> None:
        self.cycle = None if is_answered is None else SimpleNamespace(response_complete=is_answered)
        self.transport = _Line()


def test_who_says_nothing_is_cut_off_and_who_waits_for_an_answer_or_takes_one_is_not() -> None:
    silent, between, waiting, taking = (_Connection(is_answered=state) for state in (None, True, False, True))
    guard = Silent()
    for second in range(100):
        taking.transport.buffered = 1_000 - second
        guard.cut_off([silent, between, waiting, taking], second)
    assert [c.transport.is_cut_off for c in (silent, between, waiting, taking)] == [True, True, False, False]


def test_where_very_many_are_open_the_silent_go_sooner() -> None:
    crowd, guard = [_Connection(is_answered=None) for _ in range(300)], Silent()
    for second in range(6):
        guard.cut_off(crowd, second)
    assert all(c.transport.is_cut_off for c in crowd)


def test_the_folder_of_a_server_that_was_killed_goes_with_the_next_and_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f"citewise-page-{dead.pid}-abc"
    left.mkdir()
    (tmp_path / "citewise-notes").mkdir()
    (tmp_path / f"citewise-upload-{dead.pid}-xyz").symlink_to(tmp_path / "citewise-notes")
    mine = own_folder("page")
    clear_left_behind()
    assert not left.exists()
    assert mine.is_dir()
    assert (tmp_path / "citewise-notes").is_dir()
