"""Records of tagged lines (``TY  - JOUR``, ``PMID- 1``, ``%T Title``, ``AU Smith``).

What RIS, MEDLINE, Web of Science and EndNote share.

A line opens a field or goes on with the last. One pass, a record in memory at a time; no record is dropped for a tag
that is not known, for an end that is missing or for lines that belong to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

_MAX_RECORD = 4 << 20
"""Characters of one record that are kept; what follows in it is left out, and the abstract refused as too long."""


class Mark(Enum):
    """What a tag does to the record that is being read."""

    NOTHING = auto()
    OPENS = auto()
    """It begins a new record and is a field of it."""
    ENDS = auto()


@dataclass
class Record:
    """The fields of a record, each with its values in order; ``line`` is where it begins."""

    line: int
    fields: dict[str, list[str]] = field(default_factory=dict)

    def all(self, *tags: str) -> list[str]:
        """The values of all these tags that hold anything, tag by tag."""
        return [value for tag in tags for value in self.fields.get(tag, ()) if value]

    def first(self, *tags: str) -> str:
        """The first such value, or ""."""
        return next(iter(self.all(*tags)), "")


Line = Callable[[str], "tuple[str, str] | None"]
"""A line -> its tag and value, or None where it goes on with the last field."""


def records(
    lines: Iterable[str],
    split: Line,
    mark: Callable[[str, Record | None], Mark],
    glue: Callable[[str], str] = lambda tag: " ",
) -> Iterator[Record]:
    """The records of a text. ``mark``: what a tag does, given the record so far, if any; ``glue``: what joins a tag's
    lines.
    """
    record: _Open | None = None
    for number, line in enumerate(lines, start=1):
        found = split(line.rstrip("\n"))
        if found is None:
            if record:
                record.go_on(line.strip())
            continue
        tag, value = found
        match mark(tag, record.record if record else None):
            case Mark.OPENS:
                if record:
                    yield record.closed(glue)
                record = _Open(Record(number))
            case Mark.ENDS:
                if record:
                    yield record.closed(glue)
                record = None
                continue
        if record:
            record.add(tag, value)
    if record:
        yield record.closed(glue)


class _Open:
    """A record whose values are still lists of lines."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._values: list[tuple[str, list[str]]] = []
        self._size = 0

    def add(self, tag: str, value: str) -> None:
        if self._grow(value):
            self.record.fields.setdefault(tag, [])
            self._values.append((tag, [value.strip()]))

    def go_on(self, line: str) -> None:
        if self._values and self._grow(line):
            self._values[-1][1].append(line)

    def closed(self, glue: Callable[[str], str]) -> Record:
        for tag, lines in self._values:
            self.record.fields[tag].append(glue(tag).join(lines).strip())
        return self.record

    def _grow(self, text: str) -> bool:
        self._size += len(text) + 8
        return self._size <= _MAX_RECORD
