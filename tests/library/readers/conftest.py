from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support import SHARED

from rag.library.readers import read_papers
from rag.types import Paper, Skipped

Read = Callable[..., tuple[list[Paper], list[Skipped]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file, read it, and part the papers from what was skipped."""

    def write_and_read(content: str | bytes, name: str = "input.txt") -> tuple[list[Paper], list[Skipped]]:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        found = list(read_papers(path))
        return [item for item in found if isinstance(item, Paper)], [
            item for item in found if isinstance(item, Skipped)
        ]

    return write_and_read


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data beside the project; tests that want it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the public data in {SHARED}")
    return SHARED
