"""Files and folders -> what is sent to a server, a bounded number of bytes at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rag.errors import InputError
from rag.library.readers import read_papers
from rag.library.readers.files import open_input, printable, walk
from rag.types import Skipped, Upload

TOGETHER = 16 << 20
"""Bytes; a larger file goes alone."""
_MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class File:
    """A file to send; ``path`` is None for standard input. ``name``: what its papers have as their source."""

    path: Path | None
    name: str
    size: int = 0

    def open(self) -> AbstractContextManager[IO[bytes]]:
        return open_input(self.path)


@dataclass
class Batch:
    """Files that go together. ``skipped``: what can't be sent. ``barren``: paths that have nothing to send."""

    files: list[File] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    barren: list[str] = field(default_factory=list)
    size: int = 0
    _of: dict[str, list[str]] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        """The paths that the files were found at."""
        return list(self._of)

    def add(self, path: str, file: File) -> None:
        self.files.append(file)
        self.size += file.size
        self._of.setdefault(path, []).append(file.name)

    def is_full_for(self, file: File) -> bool:
        return bool(self.files) and (self.size + file.size > TOGETHER or len(self.files) >= _MOST_FILES)

    def barren_of(self, names: Sequence[str]) -> list[str]:
        """The paths all of whose files gave no paper."""
        return [path for path, files in self._of.items() if set(files) <= set(names)]


def batches(paths: Sequence[str | Path | Upload]) -> Iterator[Batch]:
    """What is at the paths, in order; at least one batch."""
    batch = Batch()
    for path in paths:
        name = path.name if isinstance(path, Upload) else printable(path)
        found = 0
        for item in _found(path):
            if isinstance(item, Skipped):
                batch.skipped.append(item)
                continue
            if batch.is_full_for(item):
                yield batch
                batch = Batch()
            batch.add(name, item)
            found += 1
        if not found:
            batch.barren.append(name)
    yield batch


def _found(path: str | Path | Upload) -> Iterator[File | Skipped]:
    if isinstance(path, Upload):
        yield File(path.path, path.name, path.path.stat().st_size)
    elif str(path) == "-":
        yield File(None, "-")
    else:
        try:
            read_papers(path)  # looks whether it is there, and no further
        except InputError as error:
            where, _, why = str(error).partition(": ")
            yield Skipped(where, why)
            return
        target = Path(path)
        for found in walk(target) if target.is_dir() else [target]:
            yield found if isinstance(found, Skipped) else File(found, printable(found), found.stat().st_size)
