"""Ovid's text: a number in angle brackets opens a record, a field's name stands in a line of its own, its value is
indented below.

<1>
Title
  Listening.[Miscellaneous]
Source
  Nursing Science Quarterly.   28(2):103-106, April 2015.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.library.readers.details import heading
from rag.library.readers.fields import make_paper, pick, read_doi, read_pmid, read_url
from rag.library.readers.tagged import Mark, Record, records
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_OPENING = re.compile(r"(?:\s|\ufeff)*+<\d{1,6}>[ \t]*\n(?:[ \t]*\n)*+[A-Z][\w /-]{1,60}[ \t]*\n(?:[ \t]*\n)*+[ \t]+\S")
_NUMBER = re.compile(r"\ufeff?<(\d{1,6})>\s*$")
_NAME = re.compile(r"([A-Z][\w /-]{1,60}?)[ \t]*$")
_KIND = re.compile(r"\s*\[[A-Z][\w ,;/-]{2,60}\]\s*$")
_TAGS = ("Subject Headings", "MeSH Subject Headings", "Keyword", "Keywords", "Author Keywords", "Keyword Heading")
_LISTS = frozenset({"Author", "Authors", *_TAGS})
_ABBREVIATED = re.compile(r"\s{2,}|[.;]\s+(?=\d|Vol\b|\()")


def recognises(document: Document) -> bool:
    return bool(_OPENING.match(document.head))


def read(document: Document) -> Iterator[Paper | Skipped]:
    for record in records(document.lines(), _split, _mark, lambda name: "\n" if name in _LISTS else " "):
        yield _paper(record, document.source)


def _split(line: str) -> tuple[str, str] | None:
    match = _NUMBER.match(line)
    if match:
        return "", match[1]
    match = _NAME.match(line)
    return (match[1], "") if match else None


def _mark(tag: str, record: Record | None) -> Mark:
    return Mark.NOTHING if tag else Mark.OPENS


def _paper(record: Record, source: str) -> Paper | Skipped:
    origin = record.first("Source")
    fields: dict[str, object] = {
        "title": _KIND.sub("", record.first("Title", "Chapter Title", "Book Title")),
        "abstract": record.first("Abstract"),
        "authors": [_name(name) for line in record.first("Author", "Authors").split("\n") for name in line.split(";")],
        "year": record.first("Year of Publication", "Publication Year", "Date of Publication") or _year(origin),
        "venue": record.first("Journal Name", "Publication Name") or _ABBREVIATED.split(origin)[0].rstrip(". "),
        "doi": pick(read_doi, record.all("DOI Number", "DOI", "Digital Object Identifier")),
        "pmid": pick(read_pmid, record.all("PMID", "PubMed ID")),
        "url": pick(read_url, record.all("Link to the Ovid Full Text or citation", "URL")),
    }
    fields |= {
        "kind": record.all("Publication Type"),
        "language": record.first("Language"),
        "tags": [heading(tag) for words in record.all(*_TAGS) for line in words.split("\n") for tag in line.split(";")],
    }
    return make_paper(fields, source, f"{source}:{record.line} (record {record.first('')})")


def _name(text: str) -> str:
    """``Verbeek, Jan MD *`` and ``Holstiege, Jakob 1`` without the marks of institutions."""
    return re.sub(r"[\s*+\d^]{1,10}$", "", text.strip()).removesuffix("[Ed]").strip()


def _year(origin: str) -> str:
    years = re.findall(r"\b(?:19|20)\d\d\b", origin)
    return years[-1] if years else ""
