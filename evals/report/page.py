"""A self-contained HTML page: its frame, its policy, and how text and figures are written into it.

Nothing is fetched: style, script and data are in the file, and its Content-Security-Policy lets nothing else run or
load.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from evals.comparing import ALL
from evals.figures import metric
from evals.report.data import plain
from rag.errors import StorageError

Figure = Mapping[str, float | int]
NOTHING = '<span class="none" aria-label="does not apply">·</span>'


def page(title: str, body: str, data: Mapping[str, Any] | None = None) -> str:
    """The whole file. ``body`` is HTML; ``data`` is what the script fills in, and without it there is no script."""
    style, script = _file("report.css"), _file("report.js")
    policy = f"default-src 'none'; style-src {_digest(style)}; base-uri 'none'; form-action 'none'"
    scripts = ""
    if data is not None:
        policy += f"; script-src {_digest(script)}"
        scripts = f'<script type="application/json" id="data">{json_text(data)}</script>\n<script>{script}</script>'
    return Template(_file("page.html")).substitute(
        policy=policy, title=safe(title), style=style, body=body, scripts=scripts
    )


def write_page(file: Path, text: str) -> None:
    """Writes a page, whole or not at all. Raises StorageError."""
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_text(text, "utf-8", newline="\n")
        fresh.replace(file)
    except OSError as error:
        raise StorageError(
            f"{file}: the page cannot be written ({error.strerror or error}).", "Choose another place with --out."
        ) from error


def safe(text: object) -> str:
    """Text for HTML, inside and outside of attributes."""
    return html.escape(plain(text), quote=True)


def json_text(data: object) -> str:
    """JSON that can stand in a script element: no tag, comment or line separator of its own."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def scrolling(table: str, name: str) -> str:
    """A wide table in a box of its own that scrolls, by keyboard too; the page does not."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{safe(name)}">{table}</div>'


def head(cells: Sequence[str]) -> str:
    """The head of a table. ``cells`` are HTML after an empty corner."""
    return f"<thead><tr><td></td>{''.join(cells)}</tr></thead>"


def named_row(name: str, cells: Sequence[str]) -> str:
    """A row of a table about a metric, whose formula is its tooltip."""
    return (
        f'<tr><th scope="row" title="{safe(metric(name).formula)}">{safe(metric(name).title)}</th>{"".join(cells)}</tr>'
    )


def whole(name: str) -> str:
    """The class of a cell in the column of all questions."""
    return ' class="whole"' if name == ALL else ""


def figure_cell(name: str, figure: Figure | None) -> str:
    """A mean with its interval, and how many are unscored."""
    if figure is None:
        return NOTHING
    mean, low, high = (amount(name, float(figure[key])) for key in ("mean", "low", "high"))
    unscored = f"<small>{safe(figure['unscored'])} unscored</small>" if figure["unscored"] else ""
    return f"{mean}<small>{low}–{high}</small>{unscored}"


def amount(name: str, value: float) -> str:
    """A figure in a table, without its unit: ``.82``, ``1.0``, ``47.7``."""
    digits = {"share": 2, "count": 1, "seconds": 3, "usd": 4}[metric(name).unit]
    if metric(name).unit != "share":
        return f"{value:.{digits}f}"
    return f"{value:.2f}".removeprefix("0") if value < 0.995 else "1.0"


def _file(name: str) -> str:
    return (resources.files("evals.report") / "files" / name).read_text("utf-8").replace("\r\n", "\n")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
