"""PubMed's text (``.nbib``, MEDLINE): tags of up to four letters, a dash in the fifth column, records parted by blank
lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.library.readers.details import heading, read_date, study_types
from rag.library.readers.fields import make_paper, pick, read_doi, read_pmid
from rag.library.readers.tagged import Mark, Record, records
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_OPENING = re.compile(r"(?:\s|\ufeff|\d+: ?(?=[A-Z]{2,4} ?-))*+(?:PMID|PMC|OWN|STAT|DCOM|UI|OCI|NLM)\s?-", re.MULTILINE)
_TAG = re.compile(r"\ufeff?(?:\d{1,6}: ?)?([A-Z][A-Z0-9]{1,3}) {0,2}- ?(.*)$")
_SECTION = re.compile(r"(?<=[.)%\d]) {1,3}(?=[A-Z][A-Z ,/&-]{2,60}: )")


_NOTICES = {"RIN": "retracted", "ROF": "retraction notice", "ECI": "under concern", "EIN": "corrected"}
"""What the fields that name a notice, or what a notice is of, mean."""


def recognises(document: Document) -> bool:
    return bool(_OPENING.match(document.head)) or (document.suffix == ".nbib" and "\nPMID- " in "\n" + document.head)


def read(document: Document) -> Iterator[Paper | Skipped]:
    for record in records(document.lines(), _split, _mark):
        yield _paper(record, document.source)


def _split(line: str) -> tuple[str, str] | None:
    match = _TAG.match(line)
    if match:
        return match[1], match[2]
    return None if line.strip() else ("", "")


def _mark(tag: str, record: Record | None) -> Mark:
    """A record begins with its first tag and ends with a blank line; the same number again begins one where no line is
    blank.
    """
    if not tag:
        return Mark.ENDS
    return Mark.OPENS if record is None or (tag == "PMID" and "PMID" in record.fields) else Mark.NOTHING


def _dashed(told: str) -> str:
    """``20210305`` as a date is written; others as they are."""
    return f"{told[:4]}-{told[4:6]}-{told[6:]}" if re.fullmatch(r"\d{8}", told) else told


def _paper(record: Record, source: str) -> Paper | Skipped:
    pmid = pick(read_pmid, record.all("PMID", "UI"))
    located = [
        value.removesuffix("[doi]").strip() for value in record.all("LID", "AID", "SO") if value.endswith("[doi]")
    ]
    fields: dict[str, object] = {
        "title": record.first("TI", "BTI", "CTI", "TT"),
        "abstract": _SECTION.sub("\n\n", record.first("AB")) or record.first("OAB"),
        "authors": record.all("FAU") or record.all("AU") or record.all("CN", "FED", "ED"),
        "year": record.first("DP", "DEP", "EDAT"),
        "venue": record.first("JT", "TA", "BTI"),
        "doi": pick(read_doi, located),
        "pmid": pmid,
        "kind": record.all("PT"),
        "date": [told for name in ("DEP", "DP") if (told := read_date(_dashed(record.first(name))))][-1:],
        "language": record.first("LA"),
        "volume": record.first("VI"),
        "issue": record.first("IP"),
        "pages": record.first("PG"),
        "tags": [*map(heading, record.all("MH")), *record.all("OT"), *study_types(record.all("PT"))],
        "status": [told for tag, told in _NOTICES.items() if record.first(tag)],
    }
    where = f"{source}:{record.line}" + (f" (PMID {pmid})" if pmid else "")
    return make_paper(fields, source, where)
