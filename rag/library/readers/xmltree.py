"""XML documents of many records -> the records, one at a time, as small trees; nothing is fetched and no entity is
expanded.

The document is fed to expat in blocks. Only what lies within a record is built, so that a file of any size takes the
memory of its largest record. Names lose their namespaces: ``{http://www.w3.org/2005/Atom}entry`` is ``entry``.
"""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from rag.library.readers.markup import paragraphs, rendered
from rag.library.readers.text import Document
from rag.types import Skipped

_BLOCK = 1 << 16
_MAX_DEPTH = 200
_MAX_RECORD = 8 << 20
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31};)")
_SPACE = re.compile(r"[ \t\r\n]+")
_OPEN_ENTITY = re.compile(r"&[A-Za-z0-9#]{0,32}$")
_ROOT = re.compile(
    r"(?:\ufeff|\s|<\?[^>]{0,2000}\?>|<!--[^>]{0,4000}-->|<!DOCTYPE[^<>\[]{0,1000}(?:\[[^\]]{0,4000}\]\s*)?>)*+"
    r"<([A-Za-z_][\w.-]*+)(?::([\w.-]+))?"
)


class Record(NamedTuple):
    """A record and the line on which it ends."""

    line: int
    element: Element


def root_of(document: Document) -> str:
    """The name of the outermost element, without its prefix; "" for what is no XML."""
    match = _ROOT.match(document.head)
    return (match[2] or match[1]) if match else ""


def records(document: Document, names: Collection[str], at_depth: int | None = None) -> Iterator[Record | Skipped]:
    """The elements of these names, outermost ones only, in order; for ``at_depth`` (1 is the root) any element that
    lies there.

    Where the XML breaks off, what came before is kept and the break is told.
    """
    target = _Target(frozenset(names), at_depth)
    parser = DefusedXMLParser(
        target=target, encoding="utf-8", forbid_dtd=False, forbid_entities=True, forbid_external=True
    )
    target.line = lambda: int(parser.parser.CurrentLineNumber)
    try:
        for block in _blocks(document):
            parser.feed(block)
            while target.ready:
                yield target.ready.popleft()
        parser.close()
    except _TooMuch as fault:
        yield Skipped(f"{document.source}:{target.line()}", f"{fault}, the rest was not read; split or mend the file")
    except DefusedXmlException:
        why = (
            "the file declares entities of its own, which are not expanded; save it without them (its <!ENTITY …> "
            "lines)"
        )
        yield Skipped(document.source, why)
    except ParseError as error:
        yield from target.ready
        line, column = error.position
        why = (
            f"malformed XML ({str(error).partition(': line')[0]}, column {column + 1}), the rest was not read; mend "
            f"it and read it again"
        )
        yield Skipped(f"{document.source}:{line}", why)


def _blocks(document: Document) -> Iterator[bytes]:
    """The document as UTF-8, whatever it was and declares; HTML's named entities, which XML does not know, as
    characters.
    """
    lines, rest = document.lines(), ""
    while block := lines.read(_BLOCK):
        text = rest + block
        cut = _OPEN_ENTITY.search(text, max(0, len(text) - 34))
        text, rest = (text[: cut.start()], text[cut.start() :]) if cut else (text, "")
        yield _NAMED_ENTITY.sub(lambda match: html.unescape(match.group()), text).encode("utf-8", "replace")
    yield rest.encode("utf-8", "replace")


class _TooMuch(Exception):
    """A record beyond all measure; the message says in what."""


class _Target:
    """What expat tells -> trees of records."""

    def __init__(self, names: frozenset[str], at_depth: int | None) -> None:
        self.ready: deque[Record] = deque()
        self.line: Callable[[], int] = lambda: 0
        self._names = names
        self._at_depth = at_depth
        self._depth = 0
        self._size = 0
        self._within: int | None = None
        self._builder = TreeBuilder()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        name = local(name)
        if self._depth > _MAX_DEPTH:
            raise _TooMuch("elements nested too deeply")
        if self._within is None and (self._depth == self._at_depth if self._at_depth else name in self._names):
            self._within, self._size, self._builder = self._depth, 0, TreeBuilder()
        if self._within is not None:
            self._grow(len(name) + 50)
            self._builder.start(name, {local(key): value for key, value in attributes.items()})

    def data(self, text: str) -> None:
        if self._within is not None:
            self._grow(len(text))
            self._builder.data(text)

    def end(self, name: str) -> None:
        if self._within is not None:
            self._builder.end(local(name))
            if self._within == self._depth:
                self._within = None
                self.ready.append(Record(self.line(), self._builder.close()))
        self._depth -= 1

    def close(self) -> None:
        """Nothing is built of the whole."""

    def _grow(self, by: int) -> None:
        self._size += by
        if self._size > _MAX_RECORD:
            raise _TooMuch(f"a record of more than {_MAX_RECORD >> 20} MiB")


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def text_of(element: Element | None, without: Collection[str] = ()) -> str:
    """An element's text with its markup made text: sub- and superscripts, MathML, headings, paragraphs. ``without``:
    what is left out.
    """
    return "" if element is None else paragraphs("".join(_parts(element, frozenset(without))))


def _parts(element: Element, without: Collection[str]) -> list[str]:
    # The depth is bounded by the parser's.
    parts = [_spaced(element.text)]
    for child in element:
        name = child.tag.lower() if isinstance(child.tag, str) else ""
        if name not in without:
            parts.append(rendered(name, _parts(child, without)))
        parts.append(_spaced(child.tail))
    return parts


def _spaced(text: str | None) -> str:
    """Line breaks and indentation of a document mean a space."""
    return _SPACE.sub(" ", text) if text else ""


def texts(element: Element | None, path: str) -> list[str]:
    """The texts of all elements at a path below an element, in one line each, without those that are empty."""
    found = [] if element is None else element.findall(path)
    return [text for item in found if (text := " ".join(text_of(item).split()))]


def first_text(element: Element | None, *paths: str) -> str:
    """The text at the first of some paths that has one, or ""."""
    return next((text for path in paths for text in texts(element, path)), "")
