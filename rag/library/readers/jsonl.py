"""JSON Lines, and JSON documents: an array of papers, papers one after another, or a reply that holds them under "data"
or such.

Lines are read one at a time, and one that is malformed costs itself only. A document is held in memory; where it breaks
off, the papers before the break are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from rag.library.readers.apis import WRAPPED, named_fields
from rag.library.readers.fields import NAMES, fold, make_paper
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_DECODER = json.JSONDecoder(
    strict=False
)  # a raw tab or newline within a string is a blemish, no reason to lose the paper
_CONTAINERS = (
    "papers",
    "data",
    "results",
    "items",
    "documents",
    "records",
    "message",
    "resultlist",
    "result",
    "collection",
    "references",
)
_SPACE = re.compile(r"[\s\ufeff]*")
_REMEDY = "write one JSON object a line, or one array of objects"


class _Value(NamedTuple):
    line: int
    value: object


class _Broken(NamedTuple):
    line: int
    why: str


def recognises(document: Document) -> bool:
    """Whether the text opens like JSON or most of its first lines are objects; a name of .json or .jsonl decides where
    neither holds.
    """
    head = document.head.lstrip("\ufeff \t\n")
    if re.match(r'\{\s*["}]|\[\s*[\[{"\]]', head) or document.suffix in {".json", ".jsonl", ".ndjson"}:
        return True
    opening = [line for line in head.split("\n")[:20] if line.strip()]
    return sum(line.lstrip().startswith('{"') for line in opening) * 2 > len(opening)


def read(document: Document) -> Iterator[Paper | Skipped]:
    """The papers of a document that :func:`recognises` accepted."""
    for item in _values(document):
        where = f"{document.source}:{item.line}"
        if isinstance(item, _Broken):
            yield Skipped(where, item.why)
            continue
        for record, place in _records(item.value):
            if not isinstance(record, dict):
                yield Skipped(
                    where,
                    f"{place}this is {_kind(record)}, not a JSON object; give each paper as an object with a title "
                    f"and an abstract",
                )
                continue
            found = make_paper(named_fields(record), document.source, where)
            yield found._replace(why=place + found.why) if isinstance(found, Skipped) else found


def _values(document: Document) -> Iterator[_Value | _Broken]:
    """The JSON values of a text with the lines on which they begin."""
    if _is_lines(document):
        return _line_values(document)
    text = document.text()
    values = _array_values(text) if _SPACE.sub("", text, count=1).startswith("[") else _document_values(text)
    first = next(values, None)
    if isinstance(first, _Broken) and any(
        isinstance(item, _Value) and _is_record(item.value) for item in _line_values(document)
    ):
        return _line_values(document)
    return _rejoined(first, values)


def _rejoined(first: _Value | _Broken | None, rest: Iterator[_Value | _Broken]) -> Iterator[_Value | _Broken]:
    if first is not None:
        yield first
    yield from rest


def _is_lines(document: Document) -> bool:
    """Whether the first line is a whole object; also for a text too large to be held, which can be read in no other
    way.
    """
    opening = islice((line for line in document.lines() if line.strip("\ufeff \t\n")), 1)
    if any(line.lstrip("\ufeff \t").startswith("{") and isinstance(_parse(line, 1), _Value) for line in opening):
        return True
    return not document.is_small() and not document.head.lstrip("\ufeff \t\n").startswith("[")


def _line_values(document: Document) -> Iterator[_Value | _Broken]:
    for number, line in enumerate(document.lines(), start=1):
        if line.strip("\ufeff \t\n"):
            yield _parse(line, number)


def _parse(line: str, number: int) -> _Value | _Broken:
    """One line -> its value. A comma after it, as in an array that is written a line an object, is no fault."""
    text = line.strip("\ufeff \t\n").removesuffix(",")
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as error:
        return _Broken(number, f"malformed JSON ({_fault(error)}); {_REMEDY}")
    if text[end:].strip():
        return _Broken(number, f"malformed JSON (more text after the object, at column {end + 1}); {_REMEDY}")
    return _Value(number, value)


def _array_values(text: str) -> Iterator[_Value | _Broken]:
    """The elements of an array, one at a time, for the sake of their lines and of those before a break."""
    at = _skip_space(text, _skip_space(text, 0) + 1)
    line, counted = 1, 0
    while not text.startswith("]", at):
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            yield _Broken(
                line, f"malformed JSON in the array ({_fault(error)}), the rest was not read; mend it and read it again"
            )
            return
        yield _Value(line, value)
        at = _skip_space(text, at)
        if text.startswith(",", at):
            at = _skip_space(text, at + 1)
        elif not text.startswith("]", at):
            why = (
                "malformed JSON (the array breaks off after the element that begins here), the rest was not read; "
                "mend it and read it again"
            )
            yield _Broken(line, why)
            return


def _document_values(text: str) -> Iterator[_Value | _Broken]:
    """Values that stand one after another, in most cases one."""
    at = _skip_space(text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            yield _Broken(line, f"malformed JSON ({_fault(error)}), the rest was not read; {_REMEDY}")
            return
        yield _Value(line, value)
        at = _skip_space(text, at)


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _fault(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        return f"{error.msg.rstrip(':').lower()} at {place}"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number with too many digits"


def _is_record(value: object) -> bool:
    return isinstance(value, dict) and any(fold(key) in NAMES["title"] for key in value)


def _records(value: object, place: str = "", depth: int = 0) -> Iterator[tuple[object, str]]:
    """The records in a value, each with words that say where in it: an object is one, unless it has no abstract and a
    list of papers.
    """
    data = value.get("data") if isinstance(value, dict) else None
    is_item = isinstance(data, dict) and "itemType" in data  # Zotero's, which tells beside it whose it is
    if isinstance(value, dict) and not is_item and not any(fold(key) in NAMES["abstract"] for key in value):
        named = {fold(key): (key, item) for key, item in value.items()}
        for name in _CONTAINERS:
            key, within = named.get(name, ("", None))
            if isinstance(within, list):
                for number, item in enumerate(within, start=1):
                    yield _unwrapped(item), f"{place}{key} {number}: "
                return
            if isinstance(within, dict) and depth < 3:
                yield from _records(within, f"{place}{key}: ", depth + 1)
                return
    yield _unwrapped(value), place


def _unwrapped(value: object) -> object:
    """The record within an object that tells of it: who cites it, say."""
    if not isinstance(value, dict) or any(fold(key) in NAMES["title"] for key in value):
        return value
    return next((item for key, item in value.items() if fold(key) in WRAPPED and isinstance(item, dict)), value)


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "an array"
    if value is None:
        return "null"
    return "text" if isinstance(value, str) else "a number or a truth value"
