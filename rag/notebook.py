"""What a notebook shows of answers and reports, and their rows as a DataFrame; from their JSON, so that whatever tells
itself can show itself. Pure but for the template, ``notebook.html``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape, unescape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from rag.errors import UsageError

if TYPE_CHECKING:
    from pandas import DataFrame

_MARKER = re.compile(r"(?<!\\)\[(\d+)\]")
_SLASHED = re.compile(r"\\([\\\[\]()`])")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_MOST = 200
"""Rows that are shown of a table; ``to_pandas`` has them all."""


def answer_html(told: Mapping[str, Any]) -> str:
    """An answer: its text, the cited sentences where a marker is pointed at, and the papers with them."""
    quoted = {s["number"]: " ".join(x["text"] for x in s["sentences"]) for s in told["sources"]}
    paragraphs = [_filled("paragraph", text=_marked(part, quoted)) for part in told["text"].split("\n\n")]
    papers = [
        _filled(
            "source",
            number=str(source["number"]),
            title=_linked(source["title"], source.get("url")),
            by=escape(", ".join(filter(None, (", ".join(source["authors"]), str(source["year"] or ""))))),
            sentences="".join(
                _filled("sentence", id=escape(s["id"]), text=escape(s["text"])) for s in source["sentences"]
            ),
        )
        for source in told["sources"]
    ]
    return _framed(told["question"], told["outcome"].replace("_", " "), "".join([*paragraphs, *papers]))


def page_html(told: Mapping[str, Any]) -> str:
    """The same as a whole page, for a file."""
    return _filled("page", title=escape(told["question"]), body=answer_html(told)) + "\n"


def table_html(title: str, note: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a table; ``note`` stands beside the title."""
    columns = list(rows[0]) if rows else []
    head = "".join(_filled("column", text=escape(name.replace("_", " "))) for name in columns)
    body = "".join(
        _filled("row", cells="".join(_filled("cell", text=escape(_shown(row[name]))) for name in columns))
        for row in rows[:_MOST]
    )
    more = _filled("paragraph", text=f"… and {len(rows) - _MOST:,} more.") if len(rows) > _MOST else ""
    return _framed(title, note, (_filled("table", head=head, rows=body) if rows else "") + more)


def frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> DataFrame:
    """The rows as a DataFrame with these columns. Raises UsageError where pandas is not installed."""
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise UsageError("pandas is not installed.", "Install it with: pip install pandas") from error
    return DataFrame(list(rows), columns=list(columns))


def _marked(text: str, quoted: Mapping[int, str]) -> str:
    """Our Markdown as HTML: nothing in it is markup but the markers."""
    pieces = _MARKER.split(text)
    return "".join(
        _filled("marker", number=piece, sentences=escape(quoted.get(int(piece), ""))) if n % 2 else _inert(piece)
        for n, piece in enumerate(pieces)
    )


def _inert(text: str) -> str:
    return escape(unescape(_SLASHED.sub(r"\1", text)))


def _linked(title: str, url: str | None) -> str:
    if url and _ADDRESS.fullmatch(url):
        return _filled("link", url=escape(url), text=escape(title))
    return escape(title)


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value)


def _framed(title: str, note: str, body: str) -> str:
    return _filled("frame", title=escape(title), note=escape(note), body=body)


def _filled(part: str, **values: str) -> str:
    return _parts()[part].substitute(values)


@cache
def _parts() -> dict[str, Template]:
    """The template's pieces by their names."""
    text = Path(__file__).with_name("notebook.html").read_text("utf-8")
    pieces = re.split(r"<!-- (\w+) -->\n", text)
    return {name: Template(piece.strip("\n")) for name, piece in zip(pieces[1::2], pieces[2::2], strict=True)}
