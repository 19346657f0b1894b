"""Libraries measured in turn, each part in a fresh process of the library's own interpreter and, for an index, in a
fresh folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rag
from evals.peers.figures import Round, Took
from evals.peers.measure import Call, Document
from rag.errors import CitewiseError, UsageError

HERE = Path(__file__).parent
PEERS = ("langchain", "llamaindex", "haystack", "txtai", "paperqa")
RUNTIMES = dict.fromkeys(("langchain", "llamaindex", "haystack"), ("openvino", "onnx"))
"""Of sentence-transformers, which these let a user choose."""
OURS = "ours"


class PeerFailed(CitewiseError):
    """A library's process ended with an error, or did less than it was asked to."""


@dataclass(frozen=True)
class System:
    """A library to be measured. ``runtime``: "" for its default; ``model``: its folder, "" for the one that a package
    carries.
    """

    name: str
    script: Path
    python: str
    runtime: str = ""
    model: str = ""


@dataclass(frozen=True)
class Work:
    """What every library gets to do."""

    documents: Sequence[Document]
    questions: Sequence[str]
    k: int


def peer(told: str, model: str) -> System:
    """``langchain=/path/to/python`` or ``langchain:openvino=/path/to/python``. Raises UsageError."""
    name, equals, python = told.partition("=")
    library, colon, runtime = name.partition(":")
    if not equals or not python:
        raise UsageError(
            f"--peer {told}: no interpreter.", "Give it like langchain=/path/to/its/environment/bin/python."
        )
    if library not in PEERS:
        raise UsageError(f"--peer {told}: no library “{library}”.", f"There are: {', '.join(PEERS)}.")
    if colon and runtime not in RUNTIMES.get(library, ()):
        there = ", ".join(RUNTIMES.get(library, ())) or "none but its own"
        raise UsageError(f"--peer {told}: no runtime “{runtime}” for {library}.", f"There are: {there}.")
    script = HERE / f"{library}.py"
    if shutil.which(python) is None:
        raise UsageError(f"--peer {told}: no program at {python}.", f"Make its environment as {script} tells.")
    return System(name, script, python, runtime, model)


def ours() -> System:
    return System(OURS, HERE / "ours.py", sys.executable)


def measure_in_turn(
    systems: Sequence[System], work: Work, rounds: int, folder: Path, told: Callable[[str], None]
) -> tuple[dict[str, list[Round]], dict[str, list[str]]]:
    """The rounds of each library, and the versions that each ran with. ``told`` is told what is being done.

    A round of a few papers comes first, the others' before ours, and is not counted: what does not work is found at
    once, and every file has been read before. Every second round goes through the libraries backwards. Ctrl-C keeps the
    rounds that are whole. Raises PeerFailed.
    """
    ready = [_exported(system, folder, told) for system in systems]
    versions = {}
    few = Work(work.documents[: work.k], work.questions[:1], 1)
    for system in ready[::-1]:
        told(f"{system.name}: does it work?")
        versions[system.name] = _measured(system, few, folder)[1]
    found: dict[str, list[Round]] = {system.name: [] for system in ready}
    try:
        for n in range(rounds):
            for system in ready[:: -1 if n % 2 else 1]:
                told(f"{system.name}: round {n + 1} of {rounds}")
                found[system.name].append(_measured(system, work, folder)[0])
    except KeyboardInterrupt:
        whole = min(map(len, found.values()))
        if not whole:
            raise
        told(f"stopped; {whole} of {rounds} rounds are whole")
        return {name: done[:whole] for name, done in found.items()}, versions
    return found, versions


def _exported(system: System, folder: Path, told: Callable[[str], None]) -> System:
    """The library with its model in the form that its runtime reads."""
    if not system.runtime:
        return system
    told(f"{system.name}: the model in the form of {system.runtime}")
    place = folder / system.name.replace(":", "-")
    _process("export", system, _call(Work([], [], 0), place, system))
    return System(system.name, system.script, system.python, system.runtime, str(place))


def _measured(system: System, work: Work, folder: Path) -> tuple[Round, list[str]]:
    place = folder / "store"
    for old in (place, *folder.glob("store.*")):
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    call = _call(work, place, system)
    index = _process("index", system, call)
    size = sum(f.stat().st_size for f in place.rglob("*") if f.is_file()) / 1e6
    search = _process("search", system, call)
    _check_found(system, work, search["found"])
    done = Round(
        ready=Took(index["start_seconds"], index["start_cpu"]), indexing=_took(index),
        embedding=_took(index["embedding"]),
        first=Took(search["start_seconds"], search["start_cpu"]), asking=_took(search), waits=tuple(search["waits"]),
        index_peak=index["peak"], search_peak=search["peak"], size=size, found=tuple(map(tuple, search["found"])),
    )  # fmt: skip
    return done, index["versions"]


def _took(measured: Mapping[str, Any]) -> Took:
    return Took(measured["seconds"], measured["cpu"])


def _check_found(system: System, work: Work, found: Sequence[Sequence[str]]) -> None:
    """Whoever finds fewer papers than there are to be found has done less work."""
    wanted = min(work.k, len(work.documents))
    short = [
        (question, titles) for question, titles in zip(work.questions, found, strict=True) if len(set(titles)) < wanted
    ]
    if short:
        (question, titles), of = short[0], len(work.questions)
        raise PeerFailed(
            f"{system.name}: {len(short)} of {of} questions found fewer than {wanted} papers, first “{question}”: "
            f"{len(set(titles))}.",
            "Such a time cannot be compared; leave that question, or that library, out.",
        )


def _call(work: Work, place: Path, system: System) -> Call:
    return {
        "started": 0.0, "folder": str(place), "documents": list(work.documents), "questions": list(work.questions),
        "k": work.k,
        "model": system.model, "runtime": system.runtime,
    }  # fmt: skip


def _process(part: str, system: System, call: Call) -> Mapping[str, Any]:
    """Runs a part and returns what it measured. Raises PeerFailed with the last line of what the process said."""
    place = Path(call["folder"]).parent
    called, result = place / "call.json", place / "result.json"
    result.unlink(missing_ok=True)
    called.write_text(json.dumps(call | {"started": time.time()}), "utf-8")
    command = [system.python, "-P", str(HERE / "measure.py"), part, str(system.script), str(called), str(result)]
    try:
        done = subprocess.run(command, env=_environment(system), cwd=place, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PeerFailed(f"{system.name}: {system.python} does not run: {error.strerror}.", _remedy(system)) from error
    if done.returncode or not result.exists():
        said = next(_last_lines(done.stderr), f"exit status {done.returncode}, and no word")
        raise PeerFailed(f"{system.name}: {part} failed: {said}.", _remedy(system))
    measured: Mapping[str, Any] = json.loads(result.read_text("utf-8"))
    return measured


def _last_lines(said: str) -> Iterator[str]:
    return (line.strip().rstrip(".") for line in reversed(said.splitlines()) if line.strip())


def _remedy(system: System) -> str:
    return f"Make its environment as {system.script} tells (Python 3.11 or later)."


def _environment(system: System) -> dict[str, str]:
    """Ours, without Citewise's settings and with no hub to ask and nobody to report to."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CITEWISE_", "PYTHON"))}
    quiet = {
        "HF_HUB_OFFLINE": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "PQA_HOME": "store.pqa",
    }
    own = {"PYTHONPATH": str(Path(rag.__file__).parents[1])} if system.name == OURS else {}
    return kept | quiet | own
