"""A model's file served on this machine: llama.cpp in a child process, started with the first question and ended with
this process.

Unlike a server that somebody else runs, this one is only ours: a free port of 127.0.0.1, a key made for it, no page for
a browser. A crash in it costs one reply; the next question starts it anew.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import (
    ModelError,
    ModelFault,
    ModelFileWrong,
    ModelTimedOut,
    ModelUnreachable,
    ReplyCutShort,
    UsageError,
)
from rag.models.http.faults import Place
from rag.models.local.known import check_file
from rag.models.local.server import MARK
from rag.text.display import shown

CONTEXT = 8192
"""Tokens that prompt and reply may have together; a model that was trained for fewer gets fewer."""
START_SECONDS = 300.0
"""How long loading may take: five gigabytes from a slow disk."""
_GOING_SECONDS = 2.0
_SMALLER = "choose a smaller file (citewise model list names some)."
_PREFIX = re.compile(r"^[\d.]+ [A-Z] +")
_TELLING = re.compile(
    r"error loading|corrupt|unsupported|unknown model|out of memory|allocat|terminate called|what\(\)", re.I
)
_served: dict[Path, LocalModel] = {}
_serving = threading.Lock()
_children: set[_Child] = set()


def served(path: Path) -> LocalModel:
    """The one server of this process for a file; it is not started before it is asked something."""
    with _serving:
        if path not in _served:
            _served[path] = LocalModel(path)
        return _served[path]


def stop_all() -> None:
    """Ends every server, also one that is loading its model. It happens by itself when this process ends."""
    for child in list(_children):
        child.end()


atexit.register(stop_all)


class LocalModel:
    """A model's file and, from the first question on, the server for it. Safe to share between threads."""

    def __init__(self, path: Path, *, context: int = CONTEXT, patience: float = START_SECONDS) -> None:
        """``patience``: seconds that starting may take."""
        self.path = path
        self.name = path.stem
        self._context = context
        self._patience = patience
        self._child: _Child | None = None
        self._lock = threading.Lock()

    @property
    def size(self) -> int | None:
        """Bytes of the file; None where it cannot be read, which asking it will tell."""
        try:
            return self.path.stat().st_size
        except OSError:
            return None

    def check_name(self, told: str | None) -> str:
        """The model's name. Raises UsageError where it is to be another model: a file has only one."""
        if told not in (None, self.name):
            problem = f"CITEWISE_LLM_URL is the file {self.path}, in which there is no model {told!r}."
            raise UsageError(problem, "Leave the model's name out, or set CITEWISE_LLM_URL to the other model's file.")
        return self.name

    def place(self, *, started: bool = True) -> Place:
        """Where to ask it; the server is started if it does not run. Raises the ModelError that says why it could not
        be.

        Without ``started`` it is only something to name the model by.
        """
        if not started:
            return Place(str(self.path), self.name)
        with self._lock:
            if self._child is None or self._child.has_ended():
                self._child = None
                self._child = self._start()
            return Place(self._child.url, self.name, self._child.key)

    def explained(self, error: ModelError) -> ModelError:
        """The error of a reply that did not come, or the reason for it: that the server is no more."""
        child = self._child
        broke = isinstance(error, ModelUnreachable | ReplyCutShort)
        if child is None or not broke or not child.has_ended(within=_GOING_SECONDS):
            return error
        problem = f"{self.path}: llama.cpp ended in the middle of a reply{child.last_words()}."
        return ModelFault(problem, f"Ask again: it is started anew. If it happens again, {_SMALLER}")

    def _start(self) -> _Child:
        check_file(self.path)
        self._check_memory()
        child = _Child(secrets.token_urlsafe(32))
        try:
            child.tell({"path": str(self.path), "key": child.key, "context": self._context})
            with _waiting(self.name) as tick:
                answer = child.answer(self._patience, tick)
            if answer is None or "url" not in answer:
                raise self._why_not(child, answer)
        except TimeoutError:
            child.end()
            problem = f"{self.path}: the model was not loaded within {self._patience:g} s."
            raise ModelTimedOut(problem, f"Ask again, for a second time is quicker, or {_SMALLER}") from None
        except BaseException:  # Ctrl-C, too
            child.end()
            raise
        child.url = answer["url"] + "/v1"
        return child

    def _why_not(self, child: _Child, answer: dict[str, Any] | None) -> ModelError:
        """``answer`` is None where it ended without one."""
        if answer and answer.get("missing"):
            problem = (
                f"{self.path}: a model's file needs llama.cpp, which is not installed ({shown(answer['failed'])})."
            )
            return ModelUnreachable(problem, "In a copy of the repository: pip install '.[local]'")
        if answer:
            problem = f"{self.path}: llama.cpp cannot load it{child.last_words()}."
            return ModelFileWrong(problem, "Fetch the file again, or use another; citewise model list names some.")
        problem = f"{self.path}: llama.cpp ended while it loaded the model{child.last_words()}."
        return ModelFault(problem, f"Ask again. If it stays so, {_SMALLER}")

    def _check_memory(self) -> None:
        """Raises ModelFileWrong for a file that is larger than this machine's memory: it would load, and then take
        minutes a word.
        """
        try:
            memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):
            return  # Windows has no such figure; llama.cpp will find out
        size = self.path.stat().st_size
        if size > memory:
            raise ModelFileWrong(
                f"{self.path} has {size / 1e9:.1f} GB, and this machine {memory / 1e9:.1f} GB of memory.",
                _SMALLER.capitalize(),
            )


@dataclass(eq=False)
class _Child:
    """The process; ``url`` is known once it answers. Its standard input is what it lives by: see
    rag/models/local/server.py.
    """

    key: str = field(repr=False)
    url: str = ""

    def __post_init__(self) -> None:
        script = str(Path(__file__).with_name("server.py"))
        # In a process group of its own, Ctrl-C in the terminal does not reach it. -P: the script imports nothing beside
        # it.
        self._process = subprocess.Popen(
            [sys.executable, "-P", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._said: deque[str] = deque(maxlen=50)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        _children.add(self)

    def tell(self, wanted: dict[str, Any]) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has ended, which shows when its answer is read
            self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
            self._process.stdin.flush()

    def answer(self, patience: float, tick: Callable[[], None]) -> dict[str, Any] | None:
        """What it says to what it was told; None if it ends without a word. Raises TimeoutError."""
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            with suppress(queue.Empty):
                return self._answers.get(timeout=min(left, 1.0))
            tick()
        raise TimeoutError

    def has_ended(self, within: float = 0.0) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(within)
        return self._process.returncode is not None

    def last_words(self) -> str:
        """`` (what it said that may tell why)``, or nothing."""
        self.has_ended(within=_GOING_SECONDS)
        self._reader.join(_GOING_SECONDS)
        said = [_PREFIX.sub("", line) for line in self._said]
        telling = [line for line in said if _TELLING.search(line)] or said
        code = self._process.poll()
        if code == -9 and sys.platform != "win32":
            return " (the system killed it, most likely for lack of memory)"
        return f" ({shown(telling[-1])[:200].rstrip('.')})" if telling else f" (exit status {code})" if code else ""

    def end(self) -> None:
        """Ends the process, if it has not, and waits until it has."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        if not self.has_ended(within=_GOING_SECONDS):
            self._process.kill()
            self._process.wait()
        self._reader.join(_GOING_SECONDS)
        _children.discard(self)

    def _read(self) -> None:
        """Passes its answer on and remembers the last of what else is said, until it ends."""
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                if line.startswith(MARK):
                    self._answers.put(json.loads(line.removeprefix(MARK)))
                elif line.strip():
                    self._said.append(line.decode("utf-8", "replace").strip())
        self._answers.put(None)


@contextmanager
def _waiting(name: str) -> Iterator[Callable[[], None]]:
    """A line on standard error, where that is a terminal, until the model is there; what it gives is to be called now
    and then.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    begun = time.monotonic()

    def tick() -> None:
        print(f"\rLoading {shown(name)} … {time.monotonic() - begun:.0f} s", end="", file=sys.stderr, flush=True)

    tick()
    try:
        yield tick
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
