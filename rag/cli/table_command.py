"""``citewise table``: papers by questions, with an exact sentence in each cell; ``citewise recheck``: what of answers
and tables stands on text that has changed since.
"""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.console import decodable, printable, progress_shown, write_json
from rag.errors import InputError, UsageError

if TYPE_CHECKING:
    from rag.answering.tables.evidence import EvidenceTable, TableFormat
    from rag.client.client import Client
    from rag.types import Filters

FORMATS: dict[str, TableFormat] = {
    ".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".json": "json",
    ".xlsx": "xlsx",
}  # fmt: skip
"""What is written, by the ending of the file's name."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What the command takes beside the library, the filters and ``--json``."""
    command.add_argument(
        "--ask", action="append", required=True, metavar="QUESTION", help="a column; may be given up to twenty times"
    )
    command.add_argument(
        "--papers",
        nargs="+",
        action="extend",
        metavar="WORDS|ID",
        help="only these papers: by id, or those that have all words of one argument (default: all)",
    )
    command.add_argument(
        "--out", metavar="FILE", help="write the table to a .xlsx, .csv, .md, .html or .json (default: to the terminal)"
    )


def run(client: Client, chosen: argparse.Namespace, filters: Filters | None) -> int:
    """Makes the table, and returns the exit status. Ctrl-C leaves what was read for the next time."""
    path = None if chosen.out is None else Path(chosen.out)
    form = None if path is None else _form(path)
    papers = None if chosen.papers is None else list(map(decodable, chosen.papers))
    with progress_shown() as progress:
        table = client.table(map(decodable, chosen.ask), papers, filters, progress)
    if path is not None and form is not None:
        _write(table, path, form)
    if chosen.json:
        write_json(table.to_dict())
    elif path is not None:
        from rag.cli.terminal import print_table_written

        print_table_written(table, printable(str(path)))
    else:
        from rag.cli.terminal import print_evidence

        print_evidence(table)
    return 0


def run_recheck(client: Client, chosen: argparse.Namespace) -> int:
    """Tells what is touched; exit status 1 where anything is."""
    found = client.recheck()
    if chosen.json:
        write_json(found.to_dict())
    else:
        from rag.cli.terminal import print_recheck

        print_recheck(found)
    return 1 if found.touched else 0


def _form(path: Path) -> TableFormat:
    """Raises UsageError before anything is read, where the table could not be written."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{path}: no kind of file that a table is written to.", f"Use one of {', '.join(FORMATS)}.")
    if form == "xlsx":
        from rag.answering.tables.exporting import check_xlsx

        check_xlsx()
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent}: no such folder.", "Make it, or write elsewhere.")
    return form


def _write(table: EvidenceTable, path: Path, form: TableFormat) -> None:
    """Whole or not at all: what stood there stays until the table is written."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}{path.suffix}")
    try:
        if form == "xlsx":
            table.to_xlsx(fresh)
        else:
            fresh.write_text(table.written(form), "utf-8", newline="")
        fresh.replace(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}.", "Write to another place.") from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
