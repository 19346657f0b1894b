"""A model's file is served for as long as it is needed, to nobody else, and by nobody afterwards.

The child process is the real one; in it, tests/fake_engine is in llama.cpp's place, but for the last test.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from support import PACKAGES, TESTS

from rag.errors import ModelError, ModelFault, ModelFileWrong, ModelTimedOut, ModelUnreachable, UsageError
from rag.models.chat.llm import ChatModel
from rag.models.chat.messages import Message
from rag.models.local import model as local_model
from rag.models.local.model import LocalModel, served, stop_all

REAL = Path.home() / ".cache" / "citewise-local-llm" / "smollm2-135m-instruct-q4_1.gguf"
Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fake_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS / "fake_engine"), PACKAGES]))
    yield
    stop_all()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes a model's file that behaves as told, and has the settings name it."""

    def make(load: str = "", name: str = "tiny-1b.gguf") -> Path:
        path = tmp_path / name
        path.write_bytes(b"GGUF" + (json.dumps({"load": load}).encode() if load else b""))
        monkeypatch.setenv("CITEWISE_LLM_URL", str(path))
        return path

    return make


def ask(model: ChatModel | None, words: str = "who?") -> str:
    assert model is not None
    return model.reply([Message("user", words)]).text


def has_gone(pid: str, within: float = 20.0) -> bool:
    """Whether the process ends; one that is dead and not yet buried has."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False
        ).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False


def test_a_file_answers_and_gives_its_name(file: Make) -> None:
    file()
    chosen = ChatModel.configured()
    assert chosen is not None
    assert chosen.name == "tiny-1b"
    assert chosen.endpoint == "tiny-1b.gguf"
    assert ask(chosen).isdigit()


def test_all_questions_of_a_process_go_to_one_server_that_starts_with_the_first(file: Make) -> None:
    path = file()
    first, second = ChatModel.configured(), ChatModel.configured()
    assert served(path)._child is None
    assert len({ask(first), ask(first), ask(second)}) == 1


def test_a_recorded_reply_needs_no_server(file: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file()
    monkeypatch.setenv("CITEWISE_LLM_RECORD", str(tmp_path / "replies.jsonl"))
    recording = ChatModel.configured()
    said = ask(recording)
    assert recording is not None
    recording.close()
    stop_all()
    replaying = ChatModel.configured()
    assert ask(replaying) == said
    assert replaying is not None
    replaying.close()
    assert has_gone(said)
    child = served(path)._child
    assert child is None or child.has_ended()


def test_nobody_without_the_key_is_answered_and_no_command_line_shows_it(file: Make) -> None:
    path = file()
    pid = ask(ChatModel.configured())
    place = served(path).place()
    assert place.key
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(urllib.request.Request(f"{place.url}/chat/completions", data=b"{}"))
    shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", pid], capture_output=True, text=True, check=True).stdout
    assert "local/server.py" in shown
    assert place.key not in shown
    assert place.key not in repr(place) + repr(served(path)._child)


def test_the_server_is_closed_to_browsers_and_sleeps_while_it_waits(file: Make) -> None:
    file()
    said = ask(ChatModel.configured(), "set-up")
    chosen = json.loads(said[said.index("{") :])
    assert (chosen["ui"], chosen["cors_origins"], chosen["endpoint_slots"], chosen["endpoint_props"]) == (
        False,
        "",
        False,
        False,
    )
    assert (chosen["n_ctx"], chosen["n_parallel"], chosen["port"]) == (8192, 1, 0)


def test_a_crash_costs_one_reply(file: Make) -> None:
    path = file()
    chosen = ChatModel.configured()
    before = ask(chosen)
    with pytest.raises(ModelFault, match="so it goes") as caught:
        ask(chosen, "die")
    assert str(path) in caught.value.problem
    assert "Ask again" in caught.value.remedy
    after = ask(chosen)
    assert after.isdigit()
    assert after != before


@pytest.mark.parametrize(
    ("load", "kind", "why"),
    [("dies", ModelFault, "out of memory for 7 tensors"), ("refused", ModelFileWrong, "the tensor is odd")],
)
def test_a_model_that_cannot_be_loaded_says_why(file: Make, load: str, kind: type[ModelError], why: str) -> None:
    path = file(load)
    with pytest.raises(kind, match=why) as caught:
        ask(ChatModel.configured())
    assert str(path) in caught.value.problem
    assert "citewise model list" in caught.value.remedy


def test_loading_ends_with_the_patience_of_whoever_waits(file: Make) -> None:
    slow = LocalModel(file("held"), patience=1.5)
    with pytest.raises(ModelTimedOut, match=r"not loaded within 1\.5 s"):
        slow.place()
    assert not local_model._children


def test_a_missing_library_is_named_with_the_command_that_installs_it(
    file: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file()
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "xllamacpp.py").write_text("raise ModuleNotFoundError(\"No module named 'xllamacpp'\")\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "without"), PACKAGES]))
    with pytest.raises(ModelUnreachable, match="xllamacpp") as caught:
        ask(ChatModel.configured())
    assert "pip install '.[local]'" in caught.value.remedy


def test_a_file_larger_than_the_memory_is_not_loaded(file: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    large = LocalModel(file())
    monkeypatch.setattr(os, "sysconf", lambda name: 1)
    with pytest.raises(ModelFileWrong, match="memory"):
        large.place()


def test_waiting_is_told_to_a_person_only(
    file: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file()
    LocalModel(path).place()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    LocalModel(path).place()
    assert "Loading tiny-1b" in capsys.readouterr().err


# --- what CITEWISE_LLM_URL may be -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told", ["{path}", " {path} ", "file://{path}", "~/tiny-1b.gguf", "./tiny-1b.gguf", "tiny-1b.gguf"]
)
def test_a_file_may_be_named_in_many_ways(file: Make, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file()
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("HOME", str(path.parent))
    monkeypatch.setenv("CITEWISE_LLM_URL", told.format(path=path))
    chosen = ChatModel.configured()
    assert chosen is not None
    assert chosen.name == "tiny-1b"


def test_a_pulled_model_is_named_by_its_short_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LLM_URL", "qwen3-4b")
    with pytest.raises(UsageError, match="citewise model pull qwen3-4b"):
        ChatModel.configured()
    folder = tmp_path / "data" / "citewise" / "models"
    folder.mkdir(parents=True)
    (folder / "Qwen3-4B-Q4_K_M.gguf").write_bytes(b"GGUF")
    chosen = ChatModel.configured()
    assert chosen is not None
    assert chosen.name == "Qwen3-4B-Q4_K_M"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("/nowhere/m.gguf", "No such file"),
        ("~nobody-of-that-name/m.gguf", "no path"),
        ("file://elsewhere/m.gguf", "another machine"),
        ("qwen99", "not the address of a server"),
        (".", "directory"),
    ],
)
def test_what_is_neither_file_nor_address_is_refused(told: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LLM_URL", told)
    monkeypatch.setenv("CITEWISE_LLM_MODEL", "m")
    with pytest.raises(UsageError, match=why):
        ChatModel.configured()


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.gguf").write_text("not a model")
    monkeypatch.setenv("CITEWISE_LLM_URL", str(tmp_path / "notes.gguf"))
    with pytest.raises(ModelFileWrong, match="GGUF"):
        ChatModel.configured()


def test_a_file_has_one_model_whatever_the_settings_call_it(file: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    file()
    monkeypatch.setenv("CITEWISE_LLM_MODEL", "gpt-5.4-mini")
    chosen = ChatModel.configured()
    assert chosen is not None
    assert chosen.name == "tiny-1b"
    with pytest.raises(UsageError, match="no model 'judge-7b'"):
        ChatModel.configured("judge-7b")


# --- the end ----------------------------------------------------------------------------------------------------------

PARENT = """
import sys, time
from rag.models.local import model as local_model
from rag.models.chat.llm import ChatModel
from rag.models.chat.messages import Message
model = ChatModel.configured()
print(model.reply([Message("user", "who?")]).text, flush=True)
for line in sys.stdin:
    try:
        time.sleep(60 if line.strip() == "wait" else 0)
    except KeyboardInterrupt:
        pass
    print(model.reply([Message("user", "who?")]).text, flush=True)
"""


def parent(code: str = PARENT) -> subprocess.Popen[str]:
    """A process that asks, in a process group of its own. It heeds Ctrl-C, which whoever started the tests may
    ignore.
    """
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    command = [sys.executable, "-P", "-c", heeding + code]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )


@pytest.mark.parametrize("how", [None, signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_the_server_ends_with_its_process_however_that_ends(file: Make, how: signal.Signals | None) -> None:
    file()
    with parent() as asking:
        assert asking.stdin
        assert asking.stdout
        pid = asking.stdout.readline().strip()
        assert pid.isdigit()
        if how is None:
            asking.stdin.close()
        else:
            asking.send_signal(how)
        asking.wait(20)
        assert has_gone(pid)


def test_a_server_that_is_loading_ends_with_its_process(file: Make) -> None:
    """llama.cpp holds the interpreter while it loads, so that no thread of Python could see the parent go."""
    file("held")
    code = """
import sys, threading
from rag.models.local import model as local_model
from rag.models.chat.llm import ChatModel
from rag.models.chat.messages import Message
def ask():
    ChatModel.configured().reply([Message("user", "who?")])
threading.Thread(target=ask, daemon=True).start()
while not any("holding" in line for child in list(local_model._children) for line in list(child._said)):
    pass
print(*[child._process.pid for child in local_model._children], flush=True)
sys.stdin.read()
"""
    with parent(code) as asking:
        assert asking.stdout
        pid = asking.stdout.readline().strip()
        assert pid.isdigit()
        asking.kill()
        assert has_gone(pid)


def test_ctrl_c_in_the_terminal_ends_an_answer_and_not_the_server(file: Make) -> None:
    file()
    with parent() as asking:
        assert asking.stdin
        assert asking.stdout
        pid = asking.stdout.readline()
        asking.stdin.write("wait\n")
        asking.stdin.flush()
        time.sleep(0.5)
        os.killpg(asking.pid, signal.SIGINT)  # as a terminal does: to all of the group
        assert asking.stdout.readline() == pid
        asking.stdin.close()
        asking.wait(20)
    assert has_gone(pid.strip())


# --- llama.cpp itself -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    not (find_spec("xllamacpp") and REAL.exists()), reason=f"needs xllamacpp and a small model at {REAL}"
)
def test_llama_cpp_answers_with_the_key_only_and_shows_nothing_to_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", PACKAGES)
    monkeypatch.setenv("CITEWISE_LLM_URL", str(REAL))
    chosen = ChatModel.configured()
    assert chosen is not None
    schema = {"type": "object", "properties": {"colour": {"type": "string", "maxLength": 20}}, "required": ["colour"]}
    asked = [Message("user", "What colour is snow? Answer in JSON.")]
    reply = chosen.reply(asked, schema=schema, most_tokens=64)
    assert "colour" in json.loads(reply.text)
    place = served(REAL).place()
    root = place.url.removesuffix("/v1")
    for address, data, status in [
        (root, None, 404),
        (f"{place.url}/chat/completions", b"{}", 401),
        (f"{place.url}/models", None, 401),
    ]:
        request = urllib.request.Request(address, data=data, headers={"Origin": "http://elsewhere.example"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert caught.value.code == status
        assert not caught.value.headers.get("Access-Control-Allow-Origin")  # sent, but empty: it lets no page in
        caught.value.close()
