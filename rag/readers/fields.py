"""What a field may be called, and what is made of its value: the one table and the one cleaning policy that all formats share.

Names are compared without case, spaces, dashes or underscores. The first name in a row whose value can be used wins.

Text is kept as it stood, but for what no text should hold: a control character becomes a space (``\\r\\n`` and ``\\r`` become ``\\n``),
half a surrogate pair becomes U+FFFD; space around it goes. In titles, authors and venues each run of space becomes one space. A detail
that cannot be understood (a year of 20177, a DOI that is none) is left out, and the paper kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from rag.readers.authors import read_authors
from rag.types import Paper, Skipped, normalise_title

T = TypeVar("T")

NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "articletitle", "papertitle", "documenttitle", "primarytitle", "itemtitle", "displayname", "name"),
    "abstract": ("abstract", "abstracttext", "summary", "abstractnote", "notesabstract", "text"),
    "authors": ("authors", "author", "authornames", "authorstring", "authorlist", "firstauthors", "creators", "creator"),
    "year": ("year", "publicationyear", "pubyear", "published", "publicationdate", "date", "pubdate", "coverdate", "issued"),
    "venue": (
        "venue",
        "journal",
        "booktitle",
        "containertitle",
        "publicationtitle",
        "sourcetitle",
        "journaltitle",
        "journalname",
        "conference",
    ),
    "url": ("url", "link", "href", "articleurl", "paperurl", "pdfurl"),
    "doi": ("doi",),
    "arxiv": ("arxivid", "arxiv", "eprint", "id"),  # "id" is where arXiv's own dump has it; only what has an arXiv number's form is taken
    "pmid": ("pmid", "pubmedid", "pubmed", "medlinepmid"),
}
MAX_ABSTRACT = 100_000
MAX_TITLE = 1_000

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d|2100)(?!\d)")
_DOI = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:?\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ARXIV = re.compile(
    r"(?:arxiv:\s*|(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/)?"
    r"(\d\d(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?|"
    r"(?:astro-ph|cond-mat|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|nucl-ex|nucl-th|quant-ph|math|nlin|physics|cs|q-bio|q-fin|stat|"
    r"chao-dyn|alg-geom|cmp-lg|dg-ga|funct-an|solv-int|q-alg|patt-sol)(?:\.[a-z]{2})?/\d{7}(?:v\d+)?)(?:\.pdf)?(?:\s*\[.*)?",
    re.IGNORECASE,
)
_PMID = re.compile(
    r"(?:pmid:?\s*|(?:https?://)?(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pubmed)/)?(\d{1,9})(?:\.0)?/?", re.IGNORECASE
)
_NO_ABSTRACT = {"", "n a", "na", "nan", "none", "null", "no abstract", "no abstract available", "abstract not available", "not available"}


def fold(name: str) -> str:
    """A field's name as it is compared: ``Abstract Text``, ``abstract_text`` and ``abstractText`` are one."""
    return re.sub(r"[\W_]+", "", name.casefold())


def has_field(names: Iterable[str], field: str) -> bool:
    """Whether one of a record's or a table's names stands for the field."""
    return any(fold(name) in NAMES[field] for name in names)


def listed(names: Iterable[str]) -> str:
    """Names found in the input, short enough for a message."""
    shown = [one_line(name)[:40] or '""' for name in names]
    return ", ".join(shown[:12]) + (", …" if len(shown) > 12 else "") if shown else "none"


def accepted(field: str) -> str:
    """The names that people use most for a field, for a message."""
    return {"title": "title or name", "abstract": "abstract, summary or text"}[field]


def tidy(text: str) -> str:
    """Text without the characters that no text should hold, and without space around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """Tidy text with each run of space made one space."""
    return " ".join(tidy(text).split())


def make_paper(record: Mapping[str, object], source: str, where: str) -> Paper | Skipped:
    """The paper that a record of named fields describes, or why it is none."""
    fields = _folded(record)
    title = _first(fields, "title", lambda value: one_line(as_text(value)))
    abstract = _first(fields, "abstract", lambda value: tidy(as_text(value)))
    why = _fault(title, abstract, record)
    if why:
        return Skipped(where, why)
    authors = _first(fields, "authors", read_authors) or ()
    return Paper(
        title=title or "",
        abstract=abstract or "",
        authors=tuple(one_line(author) for author in authors),
        year=_first(fields, "year", read_year),
        venue=_first(fields, "venue", _venue),
        url=_first(fields, "url", read_url),
        doi=_first(fields, "doi", read_doi),
        arxiv_id=_first(fields, "arxiv", read_arxiv_id),
        pmid=_first(fields, "pmid", read_pmid),
        source=source,
    )


def _fault(title: str | None, abstract: str | None, record: Mapping[str, object]) -> str | None:
    """Why title and abstract don't make a paper, or None."""
    if not title or not normalise_title(title):  # a title without letters would be one paper with every other such
        return _missing("title", record)
    if not abstract or normalise_title(abstract) in _NO_ABSTRACT:
        return _missing("abstract", record)
    if len(title) > MAX_TITLE:
        return f"the title has {len(title):,} characters; shorten it to {MAX_TITLE:,} or fewer"
    if len(abstract) > MAX_ABSTRACT:
        return f"{len(abstract):,} characters is a document, not an abstract; keep its abstract only ({MAX_ABSTRACT:,} characters or fewer)"
    return None


def _missing(field: str, record: Mapping[str, object]) -> str:
    if has_field(record, field):
        return f"the {field} is empty; fill it in, or leave this paper out"
    return f"no {field}; give it one under {accepted(field)} (fields found: {listed(record)})"


def _folded(record: Mapping[str, object]) -> dict[str, object]:
    """The record by folded names; identifiers that Semantic Scholar keeps in an object of their own stand beside the rest."""
    fields: dict[str, object] = {}
    for name, value in record.items():
        if value not in (None, "", []):
            fields.setdefault(fold(name), value)
    external = fields.get("externalids")
    if isinstance(external, Mapping):
        for name, value in external.items():
            fields.setdefault(fold(str(name)), value)
    return fields


def _first(fields: Mapping[str, object], field: str, read: Callable[[object], T | None]) -> T | None:
    """What ``read`` makes of the first of the field's names that it can make something of."""
    return next((found for name in NAMES[field] if name in fields and (found := read(fields[name]))), None)


def as_text(value: object) -> str:
    """A string; a number as its digits; a list of strings (sentences, say) joined by a space; "" for the rest."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(item.strip() for item in value if isinstance(item, str))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _venue(value: object) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, list):
        value = value[0] if value else None
    return one_line(value) if isinstance(value, str) else None


def read_year(value: object) -> int | None:
    """The first number from 1500 to 2100 in a year, a date in any notation, or ``{"date-parts": [[2020, 1]]}``."""
    if isinstance(value, Mapping):
        value = value.get("date-parts")
    while isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _YEAR.search(f"{value:.0f}" if isinstance(value, float) else str(value))
    return int(match[1]) if match else None


def read_url(value: object) -> str | None:
    """An http(s) address without spaces, or None: anything else would be a trap in a link."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    address = tidy(value) if isinstance(value, str) else ""
    return address if re.fullmatch(r"https?://[^\s<>\"]+", address, re.IGNORECASE) else None


def read_doi(value: object) -> str | None:
    """``10.…/…`` out of a DOI, ``doi:…`` or a doi.org address."""
    match = _DOI.fullmatch(tidy(value)) if isinstance(value, str) else None
    return match[1].rstrip(".,;") if match else None


def read_arxiv_id(value: object) -> str | None:
    """``2301.00001v2`` or ``hep-th/9901001`` out of an arXiv number or address."""
    match = _ARXIV.fullmatch(tidy(value)) if isinstance(value, str) else None
    return match[1] if match else None


def read_pmid(value: object) -> str | None:
    """The digits of a PubMed number, given as a number, as text or as an address."""
    match = _PMID.fullmatch(tidy(as_text(value)))
    return match[1] if match else None
