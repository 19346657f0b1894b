"""A citation -> the papers of the library that it means: by key, number, entry of a list, or author and year."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from rag.answering.drafts.citing import Cite
from rag.answering.drafts.report import Citation
from rag.library.bibtex import keys_of
from rag.library.catalog import Catalog
from rag.text.words import content_words
from rag.types import Filters, normalise_title

_LOOKED = 25
"""Papers whose titles are looked for in an entry of a reference list."""
_WORDS = 60
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}|]+[^\s\"<>{}|.,;)\]]")
_ARXIV = re.compile(r"(?<![\d.])\d{4}\.\d{4,5}(?=v\d|\b)")
_TITLE_WEIGHT = 10.0
ABSENT = "the cited paper is not in the library"
_UNLISTED = "no such entry in the reference list, and no such paper in the library"


class Lookup:
    """Looks citations up in one library. ``references``: a text's own list, by key or number."""

    def __init__(self, catalog: Catalog, references: Mapping[str, str]) -> None:
        self._catalog = catalog
        self._references = references
        self._known: dict[Cite, Citation] = {}

    def find(self, cite: Cite) -> Citation:
        """The papers that are cited, and where there is none, why."""
        if cite not in self._known:
            papers = self._by_key(cite.key) if cite.key else self._by_author(cite.name, cite.year)
            listed = cite.name or cite.key in self._references
            self._known[cite] = Citation(cite.label, papers, "" if papers else ABSENT if listed else _UNLISTED)
        return self._known[cite]

    def _by_key(self, key: str) -> tuple[str, ...]:
        if entry := self._references.get(key):
            return self._by_entry(entry)
        if self._catalog.rows_of_papers([key]):
            return (key,)
        paper = None if key.isdigit() else self._keys.get(key.casefold())
        return (paper,) if paper else ()

    @cached_property
    def _keys(self) -> dict[str, str]:
        """The keys under which the library exports its papers; those that papers came with are kept."""
        papers = list(self._catalog.papers())
        return {key.casefold(): paper.paper_id for key, paper in zip(keys_of(papers), papers, strict=True)}

    def _by_entry(self, entry: str) -> tuple[str, ...]:
        ids = [f"doi:{m.group().casefold()}" for m in _DOI.finditer(entry)]
        ids += [f"arxiv:{m.group()}" for m in _ARXIV.finditer(entry)]
        if found := self._catalog.rows_of_papers(ids):
            return tuple(found)
        said = f" {normalise_title(entry)} "
        hits = self._catalog.search_text(content_words(entry)[:_WORDS], _LOOKED, _TITLE_WEIGHT)
        papers = self._catalog.papers_at([row for row, _ in hits]).values()
        named = [p for p in papers if f" {normalise_title(p.title)} " in said]
        longest = max((len(p.title) for p in named), default=0)
        return tuple(p.paper_id for p in named if len(p.title) == longest)

    def _by_author(self, name: str, year: int) -> tuple[str, ...]:
        entries = [e for e in self._references.values() if str(year) in e and _has(e, name)]
        first = [e for e in entries if _has(e[: len(name) + 30], name)]
        if found := tuple(dict.fromkeys(i for entry in first or entries for i in self._by_entry(entry))):
            return found
        rows = self._catalog.rows_matching(Filters(year, year, author=name.split()[-1]))
        papers = [p for p in self._catalog.papers_at(sorted(rows)).values() if any(_has(a, name) for a in p.authors)]
        led = [p for p in papers if _has(p.authors[0], name)]
        return tuple(p.paper_id for p in led or papers)


def _has(text: str, name: str) -> bool:
    """Whether a name stands in a text, as whole words."""
    return f" {normalise_title(name)} " in f" {normalise_title(text)} "
