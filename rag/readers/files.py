"""A path -> the files to read: one file, standard input, or a folder with everything under it."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rag.readers.text import MAX_BYTES, Unreadable, refuse_binary
from rag.types import Skipped

_BLOCK = 1 << 20


def printable(path: str | Path) -> str:
    """The path as text that can be stored and printed: bytes of a file name that are not UTF-8 become ``?``."""
    return str(path).encode("utf-8", "replace").decode("utf-8")


def reason(error: OSError | ValueError) -> str:
    """What the operating system said, without the file name that stands beside it anyway."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def walk(folder: Path) -> Iterator[Path | Skipped]:
    """Every file under a folder in sorted order, without hidden files and folders; each folder once, however it is linked."""
    yield from _walk(folder, set())


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path | Skipped]:
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError as error:
        yield Skipped(printable(folder), f"the folder cannot be read ({reason(error)}); check its permissions")
        return
    for name in names:
        path = folder / name
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield Skipped(printable(path), f"cannot be read ({reason(error)}); mend the link or the permissions, or leave it out")
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(path, seen)
        elif stat.S_ISREG(mode):
            yield path
        else:  # a pipe or a device may never end
            yield Skipped(printable(path), "neither a file nor a folder; leave it out")


@contextmanager
def open_input(path: Path | None) -> Iterator[IO[bytes]]:
    """A seekable stream of the file, or of standard input for None. Raises OSError; Unreadable where a pipe gives too much or no text."""
    if path is None:
        with _spooled(_standard_input()) as stream:
            yield stream
        return
    with path.open("rb") as file:
        if file.seekable():
            yield file
        else:  # a pipe such as <(zcat papers.jsonl.gz)
            with _spooled(file) as stream:
                yield stream


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:
        raise Unreadable("there is no standard input; name a file")
    buffer = getattr(sys.stdin, "buffer", None)
    return buffer if buffer is not None else io.BytesIO(sys.stdin.read().encode("utf-8", "replace"))


@contextmanager
def _spooled(pipe: IO[bytes]) -> Iterator[IO[bytes]]:
    """The pipe's content in a temporary file, because readers go back to the start."""
    with tempfile.TemporaryFile() as copy:
        size = 0
        while block := pipe.read(_BLOCK):
            if not size:
                refuse_binary(block)
            size += len(block)
            if size > MAX_BYTES:
                raise Unreadable(f"larger than {MAX_BYTES >> 30} GiB; split it into smaller files")
            copy.write(block)
        yield copy
