"""Tables with a header row: commas, semicolons, tabs or bars between the cells, quotes around cells that hold them or newlines.

The separator is the one under which the header has the columns that are needed; nothing is guessed from the rows. Quoting is read
strictly: a quote that is never closed would otherwise swallow papers, and end in an abstract that never existed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from rag.readers.fields import accepted, has_field, listed, make_paper
from rag.readers.text import Document
from rag.types import Paper, Skipped

_SEPARATORS = ",;\t|"
_MAX_CELL = 16 << 20
_MAX_NAME = 80
_SUFFIXES = {".csv", ".tsv", ".tab"}


def recognises(document: Document) -> bool:
    """Whether the first row names a title and an abstract, or one of them in a row as long as the next ("Abstract | PDF" also heads pages).

    A name of .csv or .tsv decides for what has neither.
    """
    separator, header = _header(document)
    wanted = has_field(header, "title") + has_field(header, "abstract")
    first_two = [len(row) for _, row in islice(_rows(io.StringIO(document.head), separator), 2)]
    is_table = wanted == 2 or (wanted == 1 and len(header) > 1 and first_two == [len(header)] * 2)
    return (is_table and max(map(len, header)) <= _MAX_NAME) or document.suffix in _SUFFIXES


def read(document: Document) -> Iterator[Paper | Skipped]:
    """The papers of a table. Without a title or an abstract column: one Skipped for the file."""
    separator, header = _header(document)
    for field in ("title", "abstract"):
        if not has_field(header, field):
            why = f"the table has no {field} column; name one {accepted(field)} in the first row (columns found: {listed(header)})"
            yield Skipped(document.source, why)
            return
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_CELL))
    rows = _rows(document.lines(), separator)
    next(rows, None)
    for line, row in rows:
        where = f"{document.source}:{line}"
        if isinstance(row, str):
            yield Skipped(where, row)
        elif any(cell.strip() for cell in row[len(header) :]):
            # the text of one cell ran over into the next, so that no cell can be trusted to stand under its name
            why = f"{len(row)} cells where the header has {len(header)}; put quotes around cells that hold the separator {separator!r}"
            yield Skipped(where, why)
        elif any(cell.strip() for cell in row):
            yield make_paper(_record(header, row), document.source, where)


def _record(header: list[str], row: list[str]) -> dict[str, object]:
    """Cells by column; of two columns with one name the first that is filled. Cells missing at the end of a row are empty."""
    record: dict[str, object] = dict.fromkeys(header, "")
    for name, cell in zip(header, row, strict=False):
        record[name] = record[name] or cell
    return record


def _of_table(lines: Iterable[str]) -> Iterator[str]:
    """The lines of the table proper: the ``sep=;`` that some spreadsheets put first, and marks in front of it, are none of it."""
    for number, line in enumerate(lines):
        yield "\n" if number == 0 and _declared(line) else line.lstrip("\ufeff") if number == 0 else line


def _declared(line: str) -> str | None:
    match = re.fullmatch(r"\ufeff?sep=([,;\t|])\n?", line, re.IGNORECASE)
    return match[1] if match else None


def _header(document: Document) -> tuple[str, list[str]]:
    """The separator and the column names: of the four readings of the first row the one with most of what is needed, then most columns."""
    declared = _declared(document.head.partition("\n")[0])
    readings = []
    for separator in declared or _SEPARATORS:
        row = next((row for _, row in _rows(io.StringIO(document.head), separator)), [])
        header = [cell.strip() for cell in row] if isinstance(row, list) else []
        wanted = has_field(header, "title") + has_field(header, "abstract")
        readings.append((wanted, len(header), separator, header))
    _, _, separator, header = max(readings, key=lambda reading: reading[:2])
    return separator, header


def _rows(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str] | str]]:
    """Rows that are not blank, each with the line on which it begins; in place of a row that cannot be read, the reason."""
    reader = csv.reader(_of_table(lines), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"malformed row ({str(error).replace(chr(10), ' ')}); close each quote, and double the quotes within a quoted cell"
        else:
            if row:
                yield line, row
