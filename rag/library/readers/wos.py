"""Web of Science's tagged text (``FN Clarivate …``, ISI, Inspec): two letters and a space; what goes on is indented."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.library.readers.fields import make_paper, pick, read_doi, read_pmid
from rag.library.readers.tagged import Mark, Record, records
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_OPENING = re.compile(r"(?:\s|\ufeff)*+(?:(?:FN|VR) [^\n]*\n\s*)*+(?:(?:FN|VR) |PT [A-Z]\s*\n)")
_TAG = re.compile(r"\ufeff?([A-Z][A-Z0-9])(?: (.*))?$")
_KINDS = {"J": "journal article", "C": "conference paper", "S": "chapter", "B": "book"}
_LISTS = frozenset({"AU", "AF", "BA", "BF", "BE", "C1", "CR", "DE"})


def recognises(document: Document) -> bool:
    return bool(_OPENING.match(document.head))


def read(document: Document) -> Iterator[Paper | Skipped]:
    for record in records(document.lines(), _split, _mark, lambda tag: "\n" if tag in _LISTS else " "):
        yield _paper(record, document.source)


def _split(line: str) -> tuple[str, str] | None:
    match = _TAG.match(line)
    return (match[1], match[2] or "") if match else None


def _mark(tag: str, record: Record | None) -> Mark:
    if tag in ("ER", "EF", "FN", "VR"):
        return Mark.ENDS
    return Mark.OPENS if tag == "PT" or record is None else Mark.NOTHING


def _paper(record: Record, source: str) -> Paper | Skipped:
    identifier = record.first("UT")
    fields: dict[str, object] = {
        "title": record.first("TI", "BT"),
        "abstract": record.first("AB"),
        "authors": (record.first("AF", "BF") or record.first("AU", "BA", "ED", "BE")).split("\n"),
        "year": record.first("PY", "EA", "PD"),
        "venue": record.first("SO", "JI", "J9", "SE"),
        "doi": pick(read_doi, record.all("DI", "D2")),
        "pmid": pick(read_pmid, [*record.all("PM"), identifier[8:] if identifier.startswith("MEDLINE:") else ""]),
        "arxiv": record.first("AR"),
        "kind": [record.first("DT"), _KINDS.get(record.first("PT")[:1], "")],
        "date": f"{record.first('PD')} {record.first('PY')}",
        "language": record.first("LA"),
        "volume": record.first("VL"),
        "issue": record.first("IS"),
        "pages": "-".join(filter(None, (record.first("BP"), record.first("EP")))),
        "tags": [tag for words in record.all("DE", "ID") for tag in words.replace("\n", " ").split(";")],
    }
    return make_paper(fields, source, f"{source}:{record.line}" + (f" ({identifier})" if identifier else ""))
