"""Filters as a person sets them on the page, and as words; pure."""

from __future__ import annotations

from rag.errors import UsageError
from rag.text.display import shown
from rag.types import Filters
from ui.page.formulas import inert
from ui.page.icons import icon

LONGEST = 200
"""Characters of an author's or venue's name that are looked for."""
FIELDS = ("year_from", "year_to", "author", "venue", "tag", "collection")
"""What can be typed in, in the order of :func:`filters_of`."""
_YEARS = range(1000, 3000)


def filters_of(
    year_from: str = "", year_to: str = "", author: str = "", venue: str = "", tag: str = "", collection: str = ""
) -> Filters | None:
    """What was typed into the fields; None where all are empty. Raises UsageError: a year that is none, a range
    that is backwards.
    """
    first, last = _year(year_from), _year(year_to)
    if first is not None and last is not None and first > last:
        raise UsageError(f"Years {first} to {last}: backwards.", "Give the earlier year first.")
    filters = Filters(first, last, _words(author), _words(venue), tag=_words(tag), collection=_words(collection))
    return filters or None


def form_values(filters: Filters | None) -> dict[str, str]:
    """What to put into the fields, by name; the reverse of :func:`filters_of`."""
    chosen = filters or Filters()
    return {
        "year_from": "" if chosen.year_from is None else str(chosen.year_from),
        "year_to": "" if chosen.year_to is None else str(chosen.year_to),
        "author": chosen.author or "",
        "venue": chosen.venue or "",
        "tag": chosen.tag or "",
        "collection": chosen.collection or "",
    }


def told(filters: Filters | None) -> str:
    """``Only 2020–2023, by Hafner, in NeurIPS``; "" without filters. Plain text, to be escaped."""
    if not filters:
        return ""
    names = (("by", filters.author), ("in", filters.venue), ("from", filters.source), ("tagged", filters.tag))
    parts = [_years(filters.year_from, filters.year_to), *(f"{word} {shown(name)}" for word, name in names if name)]
    parts += [f"in the collection {shown(filters.collection)}"] if filters.collection else []
    return "Only " + ", ".join(part for part in parts if part)


def chip_html(filters: Filters | None) -> str:
    """The filters as a chip with a button that lifts them (``data-do="lift"``); "" without filters."""
    if not filters:
        return ""
    return (
        f'<div class="chip" role="group" aria-label="Filter"><span>{inert(told(filters))}</span>'
        f'<button type="button" data-do="lift" aria-label="Lift the filter and ask the whole '
        f'library">{icon("close")}</button></div>'
    )


def _year(typed: str) -> int | None:
    text = typed.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) in _YEARS):
        raise UsageError(f"“{shown(text)[:20]}” is not a year.", "Type four digits, like 2021.")
    return int(text)


def _words(typed: str) -> str | None:
    return " ".join(typed.split())[:LONGEST] or None


def _years(first: int | None, last: int | None) -> str:
    if first is not None and last is not None:
        return str(first) if first == last else f"{first}–{last}"
    if first is not None:
        return f"{first} and later"
    return f"up to {last}" if last is not None else ""
