"""The table of a library's papers: searching, filtering, sorting, a page of rows, and its HTML; pure.

All papers are held in Python and a page of them is sent, so that 20,000 are as quick as 20. Everything that comes from
a paper is inert.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, NamedTuple

from rag.library.filtering import passes
from rag.text.display import shown
from rag.types import Filters, Paper
from ui.page.cards import links_html, status_html, tags_html
from ui.page.formulas import inert, prose

ROWS = 50
"""Papers on a page."""
SUGGESTED = 100
"""Authors and venues that the filter fields offer."""
Column = Literal["title", "authors", "year", "venue", "added"]
COLUMNS: dict[Column, str] = {"title": "Title", "authors": "Authors", "year": "Year", "venue": "Venue"}


class Row(NamedTuple):
    """A paper and the text that a search looks in."""

    paper: Paper
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """What is looked for, the order, and which page, from 1. Without a column papers stand as they came in, the latest
    first.
    """

    query: str = ""
    column: Column = "added"
    descending: bool = True
    page: int = 1


class Found(NamedTuple):
    """The papers that pass, in order; those of the page that is shown; how many pages there are, and which this is."""

    papers: Sequence[Paper]
    shown: Sequence[Paper]
    pages: int
    page: int


def rows(papers: Iterable[Paper]) -> list[Row]:
    """Papers made ready to be searched."""
    return [
        Row(
            paper,
            _folded(" ".join((paper.title, *paper.authors, paper.venue or "", *paper.details.tags, paper.abstract))),
        )
        for paper in papers
    ]


def found(held: Sequence[Row], view: View, filters: Filters | None) -> Found:
    """The papers that hold every word that is looked for and pass the filters."""
    words = _folded(view.query).split()
    papers = [row.paper for row in held if all(word in row.text for word in words) and passes(row.paper, filters)]
    if view.column == "added":
        papers = papers[::-1] if view.descending else papers
    else:
        key = _KEYS[view.column]
        known = sorted((p for p in papers if key(p)), key=key, reverse=view.descending)
        papers = [*known, *(p for p in papers if not key(p))]  # what lacks the field stands last in both directions
    pages = max(1, -(-len(papers) // ROWS))
    page = min(max(1, view.page), pages)
    return Found(papers, papers[(page - 1) * ROWS : page * ROWS], pages, page)


def common(values: Iterable[str]) -> list[str]:
    """The most frequent names, in order of the alphabet."""
    return sorted((name for name, _ in Counter(v for v in values if v.strip()).most_common(SUGGESTED)), key=_folded)


def _surname(paper: Paper) -> str:
    first = paper.authors[0] if paper.authors else ""
    name = first.split(",")[0] if "," in first else (first.split() or [""])[-1]
    return _folded(name)


_KEYS: dict[str, Callable[[Paper], Any]] = {
    "title": lambda paper: _folded(re.sub(r"^\W+|^(?:an?|the)\s", "", paper.title.casefold())),
    "authors": _surname,
    "year": lambda paper: paper.year,
    "venue": lambda paper: _folded(paper.venue or ""),
}


def _folded(text: str) -> str:
    """Text without case and accents: Müller is found as muller."""
    lower = text.casefold()
    if lower.isascii():
        return lower
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))


# --- HTML -------------------------------------------------------------------------------------------------------------


def table_html(result: Found, view: View, total: int, columns: Collection[Column] = tuple(COLUMNS)) -> str:
    """Count, actions, table and pages. ``total``: how many papers the library has; ``columns``: what its papers
    have.
    """
    if not total:
        return _nothing(
            "There are no papers yet.",
            "Add files of them: CSV, TSV, JSON Lines, JSON, or a saved listing page.",
            "none-yet",
        )
    if not result.papers:
        return _head(result, total) + _nothing("No paper passes.", "Search for less, or widen the filters.")
    body = "".join(_row(paper, columns) for paper in result.shown)
    heads = "".join(_heading(column, name, view) for column, name in COLUMNS.items() if column in columns)
    return (
        f'{_head(result, total)}<div class="papers-frame"><table class="papers">'
        '<caption class="unseen">Papers of the library; a title unfolds its abstract</caption>'
        '<thead><tr><th scope="col" class="pick"><input type="checkbox" data-pick-all aria-label="Select all on this '
        'page"></th>'
        f"{heads}</tr></thead><tbody>{body}</tbody></table></div>{_pages(result)}"
    )


def known_columns(held: Sequence[Row]) -> list[Column]:
    """The columns for which at least one paper has something."""
    has: dict[Column, Callable[[Paper], Any]] = {
        "authors": lambda p: p.authors,
        "year": lambda p: p.year,
        "venue": lambda p: p.venue,
    }
    return [column for column in COLUMNS if column not in has or any(has[column](row.paper) for row in held)]


def _head(result: Found, total: int) -> str:
    count = (
        f"{total:,} {_papers(total)}"
        if len(result.papers) == total
        else f"{len(result.papers):,} of {total:,} {_papers(total)}"
    )
    return (
        f'<div class="papers-head"><p class="papers-count" role="status">{count}<span data-picked></span></p>'
        '<div class="papers-actions"><button type="button" class="quiet" data-act="remove" disabled>Remove…</button>'
        f'<button type="button" class="quiet" data-act="export"{"" if result.papers else " disabled"}>Export '
        f"BibTeX</button></div></div>"
    )


def _heading(column: Column, name: str, view: View) -> str:
    order = ("descending" if view.descending else "ascending") if view.column == column else "none"
    mark = {"ascending": "↑", "descending": "↓", "none": ""}[order]
    return (
        f'<th scope="col" class="{column}" aria-sort="{order}"><button type="button" data-sort="{column}">{name}'
        f'<span aria-hidden="true">{mark}</span></button></th>'
    )


def _row(paper: Paper, columns: Collection[Column]) -> str:
    title, plain = prose(paper.title) or "Untitled", inert(paper.title) or "Untitled"
    cells: dict[Column, str] = {
        "authors": byline(paper.authors),
        "year": str(paper.year or ""),
        "venue": inert(paper.venue or ""),
    }
    aside = " ".join(f'<span class="of-{name}">{told}</span>' for name, told in cells.items() if told)
    under = f'<span class="aside">{aside}</span>' if aside else ""
    return (
        f'<tr><td class="pick"><input type="checkbox" data-id="{escape(paper.paper_id)}" aria-label="Select '
        f'{plain}"></td>'
        f'<th scope="row" class="title"><details><summary>{status_html(paper)}<span class="name">{title}</span>'
        f"{under}</summary>"
        f'<div class="unfolded"><p>{prose(paper.abstract)}</p>{tags_html(paper)}{_details(paper)}</div></details></th>'
        + "".join(f'<td class="{name}">{told}</td>' for name, told in cells.items() if name in columns)
        + "</tr>"
    )


def byline(authors: Sequence[str]) -> str:
    """``Ada Lovelace``, ``Lovelace and Turing``, ``Ada Lovelace and 5 more``; inert HTML."""
    if len(authors) > 2:
        return f"{inert(authors[0])} and {len(authors) - 1} more"
    return " and ".join(map(inert, authors))


def _details(paper: Paper) -> str:
    """All authors, the link and where the paper came from, below its abstract."""
    parts = [inert(", ".join(paper.authors))] if len(paper.authors) > 2 else []
    if links := links_html(paper):
        parts.append(f'<span class="links">{links}</span>')
    if source := inert(_file_name(paper.source)):
        parts.append(f"from {source}")
    return f'<p class="origin">{" · ".join(parts)}</p>' if parts else ""


def _file_name(source: str) -> str:
    """The last part of a path: what a person calls the file."""
    return "" if source == "-" else shown(re.split(r"[/\\]", source.rstrip("/\\"))[-1])[:80]


def _pages(result: Found) -> str:
    if result.pages == 1:
        return ""

    def button(name: str, to: int, possible: bool) -> str:
        return f'<button type="button" class="quiet" data-page="{to}"{"" if possible else " disabled"}>{name}</button>'

    first = (result.page - 1) * ROWS + 1
    return (
        '<nav class="papers-pages" aria-label="Pages of the table">'
        f"{button('← Previous', result.page - 1, result.page > 1)}"
        f"<span>{first:,}–{first + len(result.shown) - 1:,} of {len(result.papers):,}</span>"
        f"{button('Next →', result.page + 1, result.page < result.pages)}</nav>"
    )


def _nothing(what: str, remedy: str, kind: str = "none-found") -> str:
    return f'<div class="papers-nothing {kind}" role="status"><p>{what}</p><p>{remedy}</p></div>'


def _papers(count: int) -> str:
    return "paper" if count == 1 else "papers"
