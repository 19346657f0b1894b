"""Bytes -> a :class:`Document` of text, or :class:`Unreadable` with the reason.

Encodings, in the order tried: what a byte order mark announces (UTF-8, UTF-16, UTF-32), UTF-8, Windows-1252 where that
is plausible. The choice is made on the whole input, in one pass that holds a block at a time, because a file's first
odd byte may stand in its last line. Newlines of every kind read as ``\\n``. Nothing is ever decoded by replacing what
does not fit: text that people cite must be the text.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_BYTES = 16 << 30
"""The largest input that is read at all; arXiv's snapshot has some 5 GB."""
MAX_HELD_BYTES = 256 << 20
"""The largest input that is read where the format has to be held in memory whole."""

_HEAD = 64 * 1024
_BLOCK = 1 << 20
_VIEW_BLOCK = 1 << 16
_UNPACK = "unpack it and read what is inside"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF file", "only abstracts are read: export title and abstract as CSV or JSON Lines"),
    (b"PK\x03\x04", "a zip archive or an office document", "unpack it, or save it as CSV"),
    (b"\x1f\x8b", "a gzip archive within another", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "an old office document", "save it as CSV"),
    (b"\x89PNG", "a PNG image", "leave it out"),
    (b"\xff\xd8\xff", "a JPEG image", "leave it out"),
    (b"GIF8", "a GIF image", "leave it out"),
    (b"SQLite format 3\x00", "an SQLite database", "export its papers as CSV or JSON Lines"),
    (b"PAR1", "a Parquet file", "export it as CSV or JSON Lines"),
    (b"{\\rtf", "an RTF document", "save it as plain text"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is how this one begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"
_HIGH = bytes(range(128, 256))
_MULTIBYTE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_UNDEFINED_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


class Unreadable(Exception):
    """The input cannot be read as text; the message is one line that ends in the remedy. Never leaves this package."""


class _View(io.RawIOBase):
    """A reading of a shared stream with a position of its own; closing it, or forgetting it half read, leaves the
    stream alone.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        self._stream.seek(self._at)
        block = self._stream.read(len(view))
        view[: len(block)] = block
        self._at += len(block)
        return len(block)


class Document:
    """A decoded input that can be read from its start as often as a reader likes."""

    def __init__(self, source: str, stream: IO[bytes], encoding: str) -> None:
        self.source = source
        self.suffix = PurePath(source.removesuffix(".gz")).suffix.casefold()
        self._stream = stream
        self._encoding = encoding
        self.head = self.lines().read(_HEAD)
        """The first characters, enough to recognise a format by."""

    def lines(self) -> io.TextIOWrapper:
        """The lines with their ``\\n``, streamed from the start."""
        return io.TextIOWrapper(
            io.BufferedReader(_View(self._stream), _VIEW_BLOCK), encoding=self._encoding, newline=None
        )

    def is_small(self) -> bool:
        """Whether :meth:`text` would give the whole text."""
        return self._stream.seek(0, os.SEEK_END) <= MAX_HELD_BYTES

    def text(self) -> str:
        """The whole text; raises Unreadable where it is too large to hold."""
        if not self.is_small():
            raise Unreadable(
                f"larger than {MAX_HELD_BYTES >> 20} MiB in one piece; split it, or convert it to JSON Lines, which "
                f"is read line by line"
            )
        return self.lines().read()


def decode(source: str, stream: IO[bytes]) -> Document:
    """The text of a seekable stream. Raises Unreadable for what is no text, is badly encoded, empty or too large."""
    size = stream.seek(0, os.SEEK_END)
    if size > MAX_BYTES:
        raise Unreadable(f"larger than {MAX_BYTES >> 30} GiB; split it into smaller files")
    stream.seek(0)
    head = stream.read(_HEAD)
    refuse_binary(head)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    bad = _first_bad_byte(stream, encoding)
    if bad is not None:
        if encoding != "utf-8" or not _plausibly_windows_1252(stream, size):
            expected = encoding.removesuffix("-sig").upper()
            raise Unreadable(
                f"not text, or badly encoded: byte {bad[0]} (line {bad[1]}) is not {expected}; save it as UTF-8"
            )
        encoding = "cp1252"
    document = Document(source, stream, encoding)
    if not document.head.strip("\ufeff\x00 \t\n\f\v"):
        raise Unreadable("empty; nothing to read")
    return document


def refuse_binary(head: bytes) -> None:
    """Raise Unreadable where the first bytes of a file show that it is no text. A stray control character does not make
    a text binary.
    """
    for magic, what, remedy in _MAGIC:
        if head.startswith(magic):
            raise Unreadable(f"this is {what}; {remedy}")
    if any(head.startswith(mark) for mark, _ in _MARKS):
        return
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls * 100 > len(head):
        raise Unreadable("not text (binary, or UTF-16 without its byte order mark); leave it out, or save it as UTF-8")


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    stream.seek(0)
    while block := stream.read(_BLOCK):
        yield block


def _first_bad_byte(stream: IO[bytes], encoding: str) -> tuple[int, int] | None:
    """Offset and line of the first byte that is not of the encoding, or None."""
    decoder = codecs.getincrementaldecoder(
        encoding.removesuffix("-sig")
    )()  # the -sig decoder counts offsets from after the mark
    offset, line = 0, 1
    for block in _blocks(stream):
        held = len(decoder.getstate()[0])  # bytes of a character that the last block began
        try:
            line += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            return offset - held + error.start, line + error.object[: error.start].count(b"\n")
        offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return offset - len(error.object) + error.start, line
    return None


def _plausibly_windows_1252(stream: IO[bytes], size: int) -> bool:
    """Whether a text that is not UTF-8 reads sanely as Windows-1252: mostly ASCII, no undefined byte, not UTF-8 with a
    few broken bytes.

    Western European prose has some 5 % accented letters; Cyrillic, Greek or East Asian text in its own code page has a
    majority of high bytes. In true Windows-1252 a run that happens to be valid UTF-8 ("Ã©") hardly occurs.
    """
    high = multibyte = 0
    for block in _blocks(stream):
        if _UNDEFINED_1252.search(block):
            return False
        high += len(block) - len(block.translate(None, _HIGH))
        multibyte += sum(map(len, _MULTIBYTE.findall(block)))
    return high * 100 <= size * 15 and multibyte * 10 <= high
