"""Atom feeds of arXiv's API (and of what else writes an entry a paper)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.library.readers.fields import make_paper, read_arxiv_id
from rag.library.readers.text import Document
from rag.library.readers.xmltree import Record, first_text, records, root_of, text_of, texts
from rag.types import Paper, Skipped


def recognises(document: Document) -> bool:
    return root_of(document) in ("feed", "entry")


def read(document: Document) -> Iterator[Paper | Skipped]:
    for found in records(document, ("entry",)):
        yield _paper(found, document.source) if isinstance(found, Record) else found


def _paper(record: Record, source: str) -> Paper | Skipped:
    entry, where = record.element, f"{source}:{record.line}"
    identifier = first_text(entry, "id")
    if "arxiv.org/api/errors" in identifier:
        return Skipped(where, f"arXiv answered with an error ({first_text(entry, 'summary')[:100]}); ask it again")
    fields: dict[str, object] = {
        "title": first_text(entry, "title"),
        "abstract": first_text(entry, "summary") or text_of(entry.find("content")),
        "authors": texts(entry, "author/name"),
        "year": first_text(entry, "published", "updated"),
        "venue": first_text(entry, "journal_ref") or ("arXiv" if read_arxiv_id(identifier) else ""),
        "url": _page(entry) or identifier,
        "doi": first_text(entry, "doi"),
        "arxiv": identifier,
        "kind": "preprint" if read_arxiv_id(identifier) and not first_text(entry, "journal_ref") else "",
        "date": first_text(entry, "published", "updated"),
        "tags": [label.get("term", "") for label in entry.findall("category")],
    }
    return make_paper(fields, source, where)


def _page(entry: Element) -> str:
    """The address of the entry's page."""
    return next(
        (link.get("href", "") for link in entry.findall("link") if link.get("rel", "alternate") == "alternate"), ""
    )
