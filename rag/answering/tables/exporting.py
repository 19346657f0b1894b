"""An evidence table as CSV, Markdown, one HTML file and a workbook. Every text in it may be hostile: cells that a
spreadsheet would run are made inert, markup is escaped.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

from rag.answering.tables.cells import NOT_STATED, EvidenceCell, EvidenceRow
from rag.errors import InputError, UsageError
from rag.text.display import byline, markdown, shown, web_link
from rag.text.retractions import warning
from rag.text.spreadsheets import inert_cell

_LONGEST_CELL = 32_767
"""Characters that a cell of a workbook holds."""
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no XML may have in it."""


def counted(questions: Sequence[str], rows: Sequence[EvidenceRow]) -> str:
    """For example: 81 papers, 5 questions: 312 of 405 cells are stated."""
    papers, asked = len(rows), len(questions)
    cells = papers * asked
    stated = sum(cell.sentence is not None for row in rows for cell in row.cells)
    told = [f"{papers:,} {'paper' if papers == 1 else 'papers'}"]
    told += [f"{asked} {'question' if asked == 1 else 'questions'}"]
    return f"{', '.join(told)}: {stated:,} of {cells:,} {'cell is' if cells == 1 else 'cells are'} stated."


# --- spreadsheets -----------------------------------------------------------------------------------------------------


def as_csv(questions: Sequence[str], rows: Sequence[EvidenceRow]) -> str:
    """With a byte order mark, by which spreadsheets know that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([inert_cell(text) for text in row] for row in _grid(questions, rows))
    return "\ufeff" + out.getvalue()


def check_xlsx() -> None:
    """Raises UsageError where openpyxl is not installed."""
    if find_spec("openpyxl") is None:
        raise UsageError(
            "Workbooks are written by openpyxl, which is not installed.",
            'Install it with: pip install "citewise[xlsx]" (or write a .csv)',
        )


def write_xlsx(questions: Sequence[str], rows: Sequence[EvidenceRow], path: Path) -> None:
    """A workbook with one sheet, its first row and column in view while it is scrolled. Raises UsageError where
    openpyxl is not installed, InputError where the file cannot be written.
    """
    check_xlsx()
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Evidence"
    heads, *_ = grid = list(_grid(questions, rows))
    for r, row in enumerate(grid, 1):
        for c, text in enumerate(row, 1):
            cell = sheet.cell(r, c)
            cell.value = inert_cell(_UNWRITABLE.sub("", text)[:_LONGEST_CELL])
            cell.data_type = "s"  # whatever it begins with, it is text
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=r == 1)
    for c, head in enumerate(heads, 1):
        width = 8 if head == "Year" else 30 if c == 1 or head.startswith(_ADDRESS) or c <= 3 else 50
        sheet.column_dimensions[get_column_letter(c)].width = width
    sheet.freeze_panes = "B2"
    try:
        book.save(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}.", "Write to another place, or close the file.") from error


_ADDRESS = "Sentence of: "


def _grid(questions: Sequence[str], rows: Sequence[EvidenceRow]) -> Iterator[list[str]]:
    """Rows of plain text: paper, authors, year, address, then for each question what the abstract says and where; and
    the phrase before it, where there are phrases.
    """
    short = any(cell.phrase for row in rows for cell in row.cells)
    heads = ["Paper", "Authors", "Year", "Paper id"]
    for question in questions:
        heads += [*(["In short: " + question] if short else []), question, _ADDRESS + question]
    yield [shown(head) for head in heads]
    for row in rows:
        paper = row.paper
        told = [_title(row), "; ".join(paper.authors), str(paper.year or ""), paper.paper_id]
        for cell in row.cells:
            told += [*([cell.phrase] if short else []), cell.text, cell.sentence.id if cell.sentence else ""]
        yield [shown(text) for text in told]


def _title(row: EvidenceRow) -> str:
    """With what has become of the paper."""
    told = warning(row.paper.details.status)
    return f"[{told}] {row.paper.title}" if told else row.paper.title


# --- Markdown ---------------------------------------------------------------------------------------------------------


def as_markdown(questions: Sequence[str], rows: Sequence[EvidenceRow]) -> str:
    lines = [["Paper", *map(markdown, questions)], ["---"] * (len(questions) + 1)]
    lines += [[_paper_of(row), *map(_cell, row.cells)] for row in rows]
    return "\n".join("| " + " | ".join(_on_one_line(text) for text in row) + " |" for row in lines) + "\n"


def _paper_of(row: EvidenceRow) -> str:
    by = byline(row.paper)
    return f"**{markdown(_title(row))}**" + (f" ({markdown(by)})" if by else "")


def _cell(cell: EvidenceCell) -> str:
    if cell.sentence is None:
        return f"*{NOT_STATED}*"
    short = f"**{markdown(cell.phrase)}**: " if cell.phrase else ""
    return f"{short}{markdown(cell.text)} [{markdown(cell.sentence.id)}]"


def _on_one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- HTML -------------------------------------------------------------------------------------------------------------


def as_html(questions: Sequence[str], rows: Sequence[EvidenceRow], notes: Sequence[str] = ()) -> str:
    template = Template(files("rag.answering.tables").joinpath("files", "table.html").read_text("utf-8"))
    return template.substitute(
        counts=escape(" ".join([counted(questions, rows), *notes])),
        questions="".join(f'<th scope="col">{_inert(q)}</th>' for q in questions),
        rows="\n".join(map(_html_row, rows)),
    )


def _html_row(row: EvidenceRow) -> str:
    paper = row.paper
    title = _inert(paper.title)
    if link := web_link(paper.link):
        title = f'<a href="{escape(link)}" rel="noopener noreferrer">{title}</a>'
    status = f'<span class="status">{told}</span> ' if (told := warning(paper.details.status)) else ""
    by = f"<small>{_inert(byline(paper))}</small>" if byline(paper) else ""
    return f'<tr><th scope="row">{status}{title}{by}</th>{"".join(map(_html_cell, row.cells))}</tr>'


def _html_cell(cell: EvidenceCell) -> str:
    if cell.sentence is None:
        return f'<td class="not_stated">{NOT_STATED}</td>'
    short = f"<b>{_inert(cell.phrase)}</b>" if cell.phrase else ""
    address = f"<small>{_inert(cell.sentence.id)}</small>"
    return f'<td>{short}<span class="{cell.state}">{_inert(cell.sentence.text)}</span>{address}</td>'


def _inert(text: str) -> str:
    return escape(shown(text))
