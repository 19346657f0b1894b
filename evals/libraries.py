"""The library that a suite's questions are asked of: one that exists, or one made of the suite's papers and kept for
the next time.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from evals.suite import Suite
from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.errors import InputError
from rag.library.indexing import Progress


@contextmanager
def library_of(
    suite: Suite, named: str | None, given: Sequence[Path], progress: Progress | None = None, *,
    writer: Literal["extractive", "chat"] = "extractive", model: str | None = None, gated: bool = True,
) -> Iterator[Client]:  # fmt: skip
    """A client on it. ``named`` goes before what the suite says. Raises what reading and indexing raise."""
    name = named or suite.sheet.library
    if name:
        with Client.over(EmbeddedEngine(name, writer=writer, model=model, gated=gated)) as client:
            yield client
        return
    files = suite.files(given)
    with Client.over(EmbeddedEngine(_kept(suite.name, files), writer=writer, model=model, gated=gated)) as client:
        report = client.index(*files, progress=progress)
        for skipped in report.skipped:
            print(f"skipped {skipped.where}: {skipped.why}", file=sys.stderr)
        yield client


def cache_folder() -> Path:
    """Where libraries that only evals need are kept; it may be deleted at any time."""
    from platformdirs import user_cache_path

    return user_cache_path("citewise", appauthor=False) / "evals"


def _kept(name: str, files: Sequence[Path]) -> Path:
    """The folder of a library made of these files; other contents, another folder."""
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        except OSError as error:
            raise InputError(
                f"{file}: cannot be read ({error.strerror}).", "Name a file of papers with --papers."
            ) from error
    return cache_folder() / f"{name}-{digest.hexdigest()[:12]}"
