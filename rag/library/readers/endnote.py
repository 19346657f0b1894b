"""EndNote's and refer's tagged text (``.enw``): ``%`` and one character, records begin with ``%0``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.library.readers.fields import make_paper, pick, read_arxiv_id, read_doi, read_pmid, read_url
from rag.library.readers.tagged import Mark, Record, records
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_OPENING = re.compile(r"(?:\s|\ufeff)*+%[0-9A-Z] \S")
_TAG = re.compile(r"\ufeff?%([0-9A-Za-z@*!$>\[&(^+?~<#])(?: (.*))?$")


def recognises(document: Document) -> bool:
    """Whether a tag opens the text and another follows within a few lines: TeX's comments open with ``%`` too."""
    return (
        bool(_OPENING.match(document.head))
        and len(re.findall(r"^%[0-9A-Z@*] ", document.head[:2_000], re.MULTILINE)) > 1
    )


def read(document: Document) -> Iterator[Paper | Skipped]:
    """Where records name their type (``%0``) that alone begins one; in refer's files, which don't, a tag after a blank
    line does.
    """
    typed = bool(re.search(r"^\ufeff?%0", document.head, re.MULTILINE))
    after_blank = False

    def split(line: str) -> tuple[str, str] | None:
        nonlocal after_blank
        match = _TAG.match(line)
        if match:
            return match[1], match[2] or ""
        after_blank = not line.strip()
        return None

    def mark(tag: str, record: Record | None) -> Mark:
        nonlocal after_blank
        opens = record is None or (tag == "0" if typed else after_blank)
        after_blank = False
        return Mark.OPENS if opens else Mark.NOTHING

    for record in records(document.lines(), split, mark):
        yield _paper(record, document.source)


def _paper(record: Record, source: str) -> Paper | Skipped:
    links = [part for link in record.all("U", ">") for part in link.split()]
    accession = record.all("M") if "pubmed" in record.first("~", "W").lower() else []
    fields: dict[str, object] = {
        "title": record.first("T", "!"),
        "abstract": record.first("X"),
        "authors": record.all("A") or record.all("E"),
        "year": record.first("D", "8"),
        "venue": record.first("J", "B", "S"),
        "url": pick(read_url, links),
        "doi": pick(read_doi, [*record.all("R"), *links]),
        "pmid": pick(read_pmid, [*(link for link in links if "pubmed" in link), *accession]),
        "arxiv": pick(read_arxiv_id, [*record.all("M"), *links]),
        "key": record.first("F"),
        "kind": [record.first("0"), record.first("9")],
        "date": [told for told in record.all("8") if len(told) > 4],
        "language": record.first("G"),
        "volume": record.first("V"),
        "issue": record.first("N"),
        "pages": record.first("P"),
        "tags": [tag for words in record.all("K") for tag in words.split(";")],
    }
    return make_paper(fields, source, f"{source}:{record.line}")
