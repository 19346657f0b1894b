"""Tables with a header row: commas, semicolons, tabs or bars between the cells, quotes around cells that hold them or
newlines.

The separator is the one under which the header has the columns that are needed; nothing is guessed from the rows. What
some programs put before the header (a ``sep=;``, a line about the export) is passed over. Embase's tables of a line a
field are read as such.

Quoting is read strictly: a quote that is never closed would otherwise swallow papers, and end in an abstract that never
existed. Quotes that were escaped with a backslash are mended; after any other fault nothing counts before the next row
that is credible as one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from rag.library.readers.fields import accepted, fold, has_field, listed, make_paper
from rag.library.readers.text import Document
from rag.text.spreadsheets import stored_cell
from rag.types import Paper, Skipped

_SEPARATORS = ",;\t|"
_MAX_CELL = 16 << 20
_MAX_NAME = 80
_MAX_PREAMBLE = 5
_MAX_MENDED = 200
"""Lines of a row that is mended; and of a block of Embase's, fields."""
_SUFFIXES = {".csv", ".tsv", ".tab"}
_WOS = {
    "TI": "title", "AB": "abstract", "AF": "authors", "AU": "author", "SO": "journal", "PY": "year", "DI": "doi",
    "PM": "pmid", "DE": "authorkeywords", "ID": "indexkeywords", "LA": "language", "DT": "documenttype", "VL": "volume",
    "IS": "issue",
}  # fmt: skip
"""The columns of Web of Science's tables."""
_EMBASE_SOURCE = re.compile(r"([^()]{3,200}?) \(((?:19|20)\d\d)\)")
_PUBMED = {"pmid", "title", "citation"}


class _Layout(NamedTuple):
    """How a table is written: ``before``: how many rows stand before the header."""

    separator: str
    header: list[str]
    before: int


def recognises(document: Document) -> bool:
    """Whether the first row names a title and an abstract, or one of them in a row as long as the next ("Abstract |
    PDF" also heads pages).

    A name of .csv or .tsv decides for what has neither.
    """
    layout = _layout(document)
    wanted = has_field(layout.header, "title") + has_field(layout.header, "abstract")
    rows = islice(_rows(io.StringIO(document.head), layout.separator), layout.before, layout.before + 2)
    is_table = wanted == 2 or (
        wanted == 1 and len(layout.header) > 1 and [len(row) for _, row in rows] == [len(layout.header)] * 2
    )
    return (
        (is_table and max(map(len, layout.header)) <= _MAX_NAME)
        or document.suffix in _SUFFIXES
        or _is_in_blocks(document)
    )


def read(document: Document) -> Iterator[Paper | Skipped]:
    """The papers of a table. Without a title or an abstract column: one Skipped for the file."""
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_CELL))
    if _is_in_blocks(document):
        yield from _read_blocks(document)
        return
    separator, header, before = _layout(document)
    for field in ("title", "abstract"):
        if not has_field(header, field):
            yield Skipped(document.source, _lacks(field, header))
            return
    rows = _rows(document.lines(), separator, len(header))
    for line, row in islice(rows, before + 1, None):
        where = f"{document.source}:{line}"
        if isinstance(row, str):
            yield Skipped(where, row)
        elif _runs_over(row, len(header)):
            # the text of one cell ran over into the next, so that no cell can be trusted to stand under its name
            why = (
                f"{len(row)} cells where the header has {len(header)}; put quotes around cells that hold the "
                f"separator {separator!r}"
            )
            yield Skipped(where, why)
        elif any(cell.strip() for cell in row):
            yield make_paper(_record(header, row), document.source, where)


def _lacks(field: str, header: list[str]) -> str:
    if field == "abstract" and {fold(name) for name in header} >= _PUBMED:
        return "PubMed's tables have no abstracts; save it there in the format “PubMed” (.nbib) instead"
    return (
        f"the table has no {field} column; name one {accepted(field)} in the first row (columns found: "
        f"{listed(header)})"
    )


def _runs_over(row: list[str], width: int) -> bool:
    return any(cell.strip() for cell in row[width:])


def _record(header: list[str], row: list[str]) -> dict[str, object]:
    """Cells by column; of two columns with one name the first that is filled. Cells missing at the end of a row are
    empty.
    """
    record: dict[str, object] = dict.fromkeys(header, "")
    for name, cell in zip(header, row, strict=False):
        record[name] = record[name] or stored_cell(cell)
    source = record.get("Source")
    if isinstance(source, str) and (match := _EMBASE_SOURCE.match(source)):
        record = {**record, "journal": match[1], "year": match[2]}
    return record


# --- the layout -------------------------------------------------------------------------------------------------------


def _layout(document: Document) -> _Layout:
    """Of the four readings of the first rows the one with most of what is needed, then most columns, then fewest rows
    before the header.
    """
    declared = _declared(document.head.partition("\n")[0])
    readings = []
    for separator in declared or _SEPARATORS:
        rows = islice(_rows(io.StringIO(document.head), separator), _MAX_PREAMBLE)
        for before, row in enumerate(row for _, row in rows):
            header = [_WOS.get(cell.strip(), cell.strip()) for cell in row] if isinstance(row, list) else []
            wanted = has_field(header, "title") + has_field(header, "abstract")
            if not before or wanted == 2:
                readings.append((wanted, len(header) if not before else 0, -before, _Layout(separator, header, before)))
    return max(readings, key=lambda reading: reading[:3])[3] if readings else _Layout(",", [], 0)


def _of_table(lines: Iterable[str]) -> Iterator[str]:
    """The lines of the table proper: the ``sep=;`` that some spreadsheets put first, and marks in front of it, are none
    of it.
    """
    for number, line in enumerate(lines):
        yield "\n" if number == 0 and _declared(line) else line.lstrip("\ufeff") if number == 0 else line


def _declared(line: str) -> str | None:
    match = re.fullmatch(r"\ufeff?sep=([,;\t|])\n?", line, re.IGNORECASE)
    return match[1] if match else None


# --- rows -------------------------------------------------------------------------------------------------------------


class _Lines:
    """Lines, counted; those of the row that is being read are kept, unless they are many."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number = 0
        self.row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        if len(self.row) <= _MAX_MENDED:
            self.row.append(line)
        return line


def _rows(lines: Iterable[str], separator: str, width: int = 0) -> Iterator[tuple[int, list[str] | str]]:
    """Rows that are not blank, each with the line on which it begins; in place of a row that cannot be read, the
    reason.

    ``width``: how many cells a row has, where that is known. A row that then cannot be trusted is mended if its fault
    is a known one, else what follows it is passed over up to a credible row.
    """
    source = _Lines(_of_table(lines))
    reader = csv.reader(source, delimiter=separator, strict=True)
    lost = False
    while True:
        source.row.clear()
        line = source.number + 1
        found: list[str] | str
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            found = (
                f"malformed row ({str(error).replace(chr(10), ' ')}); close each quote, and double the quotes within "
                f"a quoted cell"
            )
        is_faulty = isinstance(found, str) or (
            bool(width) and _runs_over(found, width) and any('"' in raw for raw in source.row)
        )
        if is_faulty and width:
            found = _mended(source, separator, width) or found
            is_faulty = isinstance(found, str) or _runs_over(found, width)
        if lost and isinstance(found, list) and not is_faulty and not _is_credible(found, width):
            continue
        if found and not (lost and is_faulty):
            yield line, found
        lost = bool(width) and (is_faulty or (lost and not found))


def _mended(source: _Lines, separator: str, width: int) -> list[str] | None:
    r"""The row with ``\"`` read as a quote within a cell, or None where that makes no row of it."""
    raw = "".join(source.row)
    if '\\"' not in raw or len(source.row) > _MAX_MENDED:
        return None
    lines = (_ESCAPED.sub('""', line) for line in chain(list(source.row), islice(source, _MAX_MENDED)))
    try:
        row = next(csv.reader(lines, delimiter=separator, strict=True), None)
    except csv.Error:
        return None
    return row if row and len(row) == width else None


_ESCAPED = re.compile(r'(?<!\\)\\"')


def _is_credible(row: list[str], width: int) -> bool:
    """Whether what was read after a fault is a row and no piece of a cell's prose, in which a space follows
    each comma.
    """
    return len(row) == width and not any(cell.startswith(" ") for cell in row[1:]) and not row[0][:1].islower()


# --- a line a field ---------------------------------------------------------------------------------------------------


def _is_in_blocks(document: Document) -> bool:
    """Whether the first cells of the lines are names of fields, as Embase writes them: ``"TITLE","…"``,
    ``"ABSTRACT","…"``.
    """
    if document.head.lstrip("\ufeff\n ")[:1] not in ('"', "T"):
        return False
    rows = [row for _, row in islice(_rows(io.StringIO(document.head), ","), 60) if isinstance(row, list)]
    names = [row[0] for row in rows if len(row) > 1]
    return names[:1] == ["TITLE"] and {"SOURCE", "ABSTRACT"} & set(names) != set() and len(rows[0]) == 2


def _read_blocks(document: Document) -> Iterator[Paper | Skipped]:
    record: dict[str, object] = {}
    start = 1
    for line, row in chain(_rows(document.lines(), ","), [(0, ["TITLE"])]):
        if isinstance(row, str):
            yield Skipped(f"{document.source}:{line}", row)
            continue
        name = row[0].strip()
        if name == "TITLE" and record:
            yield make_paper(record, document.source, f"{document.source}:{start}")
            record = {}
        start = line if not record else start
        if len(record) < _MAX_MENDED and len(row) > 1:
            record[_BLOCK_NAMES.get(name, name)] = (
                [cell for cell in row[1:] if cell] if name == "AUTHOR NAMES" else row[1]
            )
            if name == "SOURCE" and (match := _EMBASE_SOURCE.match(row[1])):
                record |= {"journal": match[1], "year": match[2]}


_BLOCK_NAMES = {
    "AUTHOR NAMES": "authors",
    "SOURCE TITLE": "journal",
    "PUBLICATION YEAR": "year",
    "MEDLINE PMID": "pmid",
}
