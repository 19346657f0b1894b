"""Live sources -> :class:`~rag.types.Paper`, one module a source. Nothing is fetched unless it is asked for by name:
``arxiv:…``, ``openalex:…``, ``pubmed:…``, ``s2:…``, ``crossref:…``, ``doi:10.…``, ``zotero:``.

    asked_of       a path that names a source -> what is asked of it
    fetching.py    what is asked -> papers and skipped pieces: limits, going on where it broke off, what is remembered
    pages.py       what every source gives: pages, read by the readers of files
    unanswered.py  what it means that a source gave nothing
    web.py         the one polite way out: rates, Retry-After, attempts, whom an address belongs to
    arxiv.py openalex.py pubmed.py semantic_scholar.py crossref.py doi.py zotero.py     each: a query -> pages

A new source is a module with a ``pages`` function, a line in ``SOURCES`` and one in ``web.HOSTS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rag.errors import InputError, UsageError
from rag.library.sources import arxiv, crossref, doi, openalex, pubmed, semantic_scholar, zotero
from rag.library.sources.pages import Page, Query
from rag.types import Upload

DEFAULT_LIMIT = 200
"""Papers that are taken of a search where nobody says how many."""


class Source(NamedTuple):
    """How it is called, how to ask it, and how many papers are taken where nobody says; None for all."""

    name: str
    pages: Callable[[Query], Iterator[Page]]
    limit: int | None = DEFAULT_LIMIT


SOURCES = {
    "arxiv": Source("arXiv", arxiv.pages),
    "openalex": Source("OpenAlex", openalex.pages),
    "pubmed": Source("PubMed", pubmed.pages),
    "s2": Source("Semantic Scholar", semantic_scholar.pages),
    "crossref": Source("Crossref", crossref.pages),
    "doi": Source("the registries of DOIs", doi.pages),
    "zotero": Source("Zotero", zotero.pages, limit=None),
}
KNOWN = ", ".join(f"{prefix}:" for prefix in SOURCES)
_PREFIX = re.compile(r"([A-Za-z][A-Za-z0-9]+):(.*)", re.DOTALL)
"""Two letters at least: ``C:\\papers.bib`` is a path."""
_PAGES = (
    (re.compile(r"https?://(?:dx\.)?doi\.org/(10\..+)"), "doi:"),
    (re.compile(r"https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/(.+?)(?:\.pdf)?/?"), "arxiv:"),
    (re.compile(r"https?://pubmed\.ncbi\.nlm\.nih\.gov/(\d+)/?"), "pubmed:"),
)
"""Addresses of a paper's page, as a browser has them."""


class Asked(NamedTuple):
    """What is asked of a source."""

    source: str
    text: str
    limit: int | None
    collection: str | None

    @property
    def name(self) -> str:
        """As a person writes it; what its papers have as their source."""
        named = f"{self.source}:{self.text}".rstrip(":")
        return f"{named} ({self.collection})" if self.collection else named


def asked_of(path: str | Path | Upload, limit: int | None = None, collection: str | None = None) -> Asked | None:
    """What is asked of a live source; None for a file, which wins over a source of that name.

    Raises InputError for a prefix that is none, UsageError for a limit below 1, or a collection of what has none.
    """
    if not isinstance(path, str) or _is_there(path):
        return None
    for pattern, prefix in _PAGES:
        if page := pattern.fullmatch(path.strip()):
            path = prefix + page[1]
    named = _PREFIX.fullmatch(path.strip())
    if named is None:
        return None
    source, text = named[1].lower(), named[2].strip()
    if source not in SOURCES:
        raise InputError(f"{path}: no file, and no source called {named[1]}.", f"Sources are {KNOWN}")
    if not text and source != "zotero":
        raise UsageError(f"{path}: nothing is asked for.", f'Say what: {source}:"…"')
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit}: no number of papers.", "Give 1 or more.")
    if collection is not None and source != "zotero":
        raise UsageError(f"{path}: it has no collections.", "--collection goes with zotero: only.")
    return Asked(source, text, limit, collection)


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # longer than a name may be
        return False
