"""A path -> the files to read: one file, standard input, or a folder with everything under it."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from rag.library.readers.text import MAX_BYTES, Unreadable, refuse_binary
from rag.types import Skipped

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
_MAX_RATIO = 200
"""Text packs to a tenth; what unpacks to so many times its size was made to fill a disk."""


def printable(path: str | Path) -> str:
    """The path as text that can be stored and printed: bytes of a file name that are not UTF-8 become ``?``."""
    return str(path).encode("utf-8", "replace").decode("utf-8")


def reason(error: OSError | ValueError) -> str:
    """What the operating system said, without the file name that stands beside it anyway."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def walk(folder: Path) -> Iterator[Path | Skipped]:
    """Every file under a folder in sorted order, without hidden files and folders; each folder once, however it is
    linked.
    """
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
            yield Skipped(
                printable(path), f"cannot be read ({reason(error)}); mend the link or the permissions, or leave it out"
            )
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(path, seen)
        elif stat.S_ISREG(mode):
            yield path
        else:  # a pipe or a device may never end
            yield Skipped(printable(path), "neither a file nor a folder; leave it out")


@contextmanager
def open_input(path: Path | None) -> Iterator[IO[bytes]]:
    """A seekable stream of the file, or of standard input for None; of what is in it where it is packed with gzip.

    Raises OSError; Unreadable where a pipe gives too much or no text, and where an archive is broken or unpacks beyond
    all measure.
    """
    with ExitStack() as opened:
        stream = _standard_input() if path is None else opened.enter_context(path.open("rb"))
        if path is None or not stream.seekable():  # a pipe such as <(zcat papers.jsonl.gz)
            stream = opened.enter_context(_spooled(stream))
        stream.seek(0)
        if stream.read(len(_GZIP)) == _GZIP:
            stream = opened.enter_context(_unpacked(stream))
        stream.seek(0)
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
            if not size and not block.startswith(_GZIP):
                refuse_binary(block)
            size += len(block)
            if size > MAX_BYTES:
                raise Unreadable(f"larger than {MAX_BYTES >> 30} GiB; split it into smaller files")
            copy.write(block)
        yield copy


@contextmanager
def _unpacked(packed: IO[bytes]) -> Iterator[IO[bytes]]:
    """What is in a gzip archive, in a temporary file."""
    limit = min(MAX_BYTES, max(_BLOCK * 64, _MAX_RATIO * packed.seek(0, os.SEEK_END)))
    packed.seek(0)
    with tempfile.TemporaryFile() as copy, gzip.GzipFile(fileobj=packed) as archive:
        size = 0
        try:
            while block := archive.read(_BLOCK):
                size += len(block)
                if size > limit:
                    raise Unreadable(
                        f"a gzip archive that unpacks to more than {limit >> 20} MiB; unpack it and split what is "
                        f"inside"
                    )
                copy.write(block)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Unreadable(
                f"a gzip archive that is broken ({str(error).lower().rstrip('.')}); fetch it again"
            ) from error
        yield copy
