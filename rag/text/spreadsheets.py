"""Cells of a table that a spreadsheet would run as a formula -> cells that it shows, and back; pure.

    ``=HYPERLINK("http://…")`` <-> ``'=HYPERLINK("http://…")``

An apostrophe before such a cell is what spreadsheets themselves write for "this is text".
"""

from __future__ import annotations

import re

_RUN = re.compile(r"[\s']*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a cell begins that is run, or that would be once white space and apostrophes before it are taken away."""


def inert_cell(text: str) -> str:
    """The cell, with an apostrophe before what would be run."""
    return f"'{text}" if _RUN.match(text) else text


def stored_cell(text: str) -> str:
    """The cell without the apostrophe that :func:`inert_cell` put before it."""
    return text[1:] if text.startswith("'") and _RUN.match(text[1:]) else text
