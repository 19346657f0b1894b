"""RIS, in the dialects of Zotero, EndNote, Scopus, Web of Science, Embase, Ovid, ProQuest, PubMed, Covidence and
Rayyan.

    TY  - JOUR
    TI  - A title
    AB  - An abstract that may
    go on in lines of its own
    ER  -

Read here and not with rispy, which gives no line numbers, drops a record without its ``ER`` and runs it into the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.library.readers.details import read_date
from rag.library.readers.fields import make_paper, pick, read_arxiv_id, read_doi, read_pmid, read_url, read_year
from rag.library.readers.tagged import Mark, Record, records
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_OPENING = re.compile(r"^[ \t\ufeff]{0,8}TY {0,2}- {0,2}[A-Za-z]", re.MULTILINE)
_TAG = re.compile(r"[ \t\ufeff]{0,8}([A-Z][A-Z0-9]) {1,2}-(?: (.*)|[ \t]*)$", re.DOTALL)
_TIGHT_TAG = re.compile(r"[ \t\ufeff]{0,8}([A-Z][A-Z0-9]) {0,2}- {0,2}(.*)$", re.DOTALL)
_WHOLES = frozenset({"BOOK", "EDBOOK", "WHOLE", "RPRT", "THES", "CONF", "EBOOK"})
_VENUES = ("T2", "JF", "JO", "BT", "C3", "T3", "JA", "J2", "J1")
_PUBMED = re.compile(r"pubmed|medline|\bnlm\b", re.IGNORECASE)
_PMID_IN = re.compile(
    r"(?:PMID|PubMed ID)\s{0,3}:?\s{0,3}(\d{1,9})\b|pubmed(?:\.ncbi\.nlm\.nih\.gov|/)/?(\d{1,9})\b", re.IGNORECASE
)


def recognises(document: Document) -> bool:
    """Whether a ``TY  - `` opens the text, or stands in sight where the name ends in .ris or another tag opens it."""
    found = _OPENING.search(document.head)
    if not found:
        return False
    before = document.head[: found.start()].strip(" \t\n\ufeff")
    return not before or document.suffix == ".ris" or _is_preamble(before)


def read(document: Document) -> Iterator[Paper | Skipped]:
    opening = _OPENING.search(document.head)
    tag = _TAG if opening is None or re.match(r"\s*\ufeff?TY {1,2}- ", opening.group()) else _TIGHT_TAG

    def split(line: str) -> tuple[str, str] | None:
        match = tag.match(line)
        return (match[1], match[2] or "") if match else None

    empty = True
    for record in records(document.lines(), split, _mark, _glue):
        empty = False
        yield _paper(record, document.source)
    if empty:
        yield Skipped(document.source, "no record in it that begins with “TY  - ”; export it again")


def _is_preamble(text: str) -> bool:
    """Whether what stands before the first record is a few lines of where it comes from, not a text of its own."""
    return len(text) < 1_000 and text.count("\n") < 20


def _mark(tag: str, record: Record | None) -> Mark:
    return Mark.OPENS if tag == "TY" else Mark.ENDS if tag == "ER" else Mark.NOTHING


def _glue(tag: str) -> str:
    return "\n" if tag in ("AB", "N2", "KW", "AU", "A1") else " "


def _paper(record: Record, source: str) -> Paper | Skipped:
    title = record.first("TI", "T1", "CT") or record.first("BT", "T2" if record.first("TY") in _WHOLES else "ST", "ST")
    venues = [venue for venue in record.all(*_VENUES) if venue != title]
    links = record.all("UR", "LK", "L1", "L2", "L3")
    fields: dict[str, object] = {
        "title": title,
        "abstract": record.first("AB") or record.first("N2") or _abstract_in_notes(record),
        "authors": [line for author in record.all("AU", "A1") or record.all("A2", "ED") for line in author.split("\n")],
        "year": pick(read_year, record.all("PY", "Y1", "DA", "YR", "Y2")),
        "venue": next(iter(venues), ""),
        "url": pick(read_url, [part for link in links for part in link.replace(";", " ").split()]),
        "doi": pick(read_doi, [*record.all("DO", "DI"), *record.all("M3", "LK"), *links]),
        "pmid": _pmid(record, links),
        "arxiv": pick(read_arxiv_id, [*record.all("AN", "M1", "C1", "T2", "JO"), *links]),
    }
    return make_paper(fields | _details(record), source, f"{source}:{record.line}")


def _details(record: Record) -> dict[str, object]:
    """What else a record has. What RIS has no tag for stands in notes, after a label: ``N1  - Collections: A; B``."""
    noted = dict(note.split(": ", 1) for note in record.all("N1") if ": " in note)
    first, last = record.first("SP"), record.first("EP")
    return {
        "key": record.first("ID", "LB"),
        "kind": [record.first("TY"), *record.all("M3")],
        "date": pick(read_date, record.all("DA", "PY", "Y1")) or "",
        "language": record.first("LA", "LN"),
        "volume": record.first("VL"),
        "issue": record.first("IS"),
        "pages": f"{first}-{last}" if last and last != first and "-" not in first else first,
        "tags": [tag for words in record.all("KW", "DE") for line in words.split("\n") for tag in line.split(";")],
        "collections": noted.get("Collections", "").split("; "),
        "status": noted.get("Status", "").strip(),
        "zotero": noted.get("Zotero", "").strip(),
    }


def _abstract_in_notes(record: Record) -> str:
    """The abstract where it is kept in a note that says so."""
    return next((note for note in record.all("N1") if re.match(r"abstract:?\s", note, re.IGNORECASE)), "")


def _pmid(record: Record, links: list[str]) -> str | None:
    if any(_PUBMED.search(base) for base in record.all("DB", "DP")) and (found := pick(read_pmid, record.all("AN"))):
        return found
    match = next(
        (m for text in [*record.all("AN", "C2", "PM", "N1", "C5", "C6"), *links] if (m := _PMID_IN.search(text))), None
    )
    return match[1] or match[2] if match else None
