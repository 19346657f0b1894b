"""What several test modules need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rag

PACKAGES = str(Path(rag.__file__).parents[1])
TESTS = Path(__file__).parent
SHARED = TESTS.parents[1] / "shared"
"""Public data beside the project; what wants it is skipped where it is not."""
"""The folder that the engine was imported from."""


def sample_home(factory: pytest.TempPathFactory) -> Path:
    """A data folder (XDG_DATA_HOME) with the sample library in it, made once a run."""
    from rag import Client
    from rag.library.sample import SAMPLE_LIBRARY, sample_path

    home = factory.getbasetemp() / "sample-home"
    library = home / "citewise" / "libraries" / SAMPLE_LIBRARY
    if not library.exists():
        with Client(library) as client:
            client.index(sample_path())
    return home


def run(
    *arguments: str | bytes, home: Path, stdin: bytes = b"", cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs ``citewise`` in a process of its own, with nothing of the caller's settings."""
    environment = {
        "XDG_DATA_HOME": str(home),
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": PACKAGES,
    }
    command: list[str | bytes] = [sys.executable, "-P", "-m", "rag.cli.commands", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, env=environment, cwd=cwd or home, check=False, timeout=120
    )
