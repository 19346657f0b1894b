"""What a field may be called, and what is made of its value: the one table and the one cleaning policy that all formats
share.

Names are compared without case, spaces, dashes or underscores. The first name in a row whose value can be used wins.

Text is kept as it stood, but for what no text should hold: a control character becomes a space (``\\r\\n`` and ``\\r``
become ``\\n``), half a surrogate pair becomes U+FFFD; space around it goes. In titles, authors and venues each run of
space becomes one space. A detail that cannot be understood (a year of 20177, a DOI that is none) is left out, and the
paper kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar
from urllib.parse import unquote

from rag.library.readers.authors import read_authors
from rag.library.readers.cleaning import clean_abstract, clean_title, one_line, says_nothing, tidy
from rag.library.readers.details import read_details
from rag.types import Paper, Skipped, WithoutAbstract, normalise_title

T = TypeVar("T")

NAMES: dict[str, tuple[str, ...]] = {
    "title": (
        "title",
        "articletitle",
        "papertitle",
        "documenttitle",
        "primarytitle",
        "itemtitle",
        "displayname",
        "name",
        "titles",
    ),
    "abstract": ("abstract", "abstracttext", "summary", "abstractnote", "notesabstract", "text"),
    "authors": (
        "authorfullnames",
        "authors",
        "author",
        "authornames",
        "authorstring",
        "authorlist",
        "firstauthors",
        "creators",
        "creator",
        "authorshipsauthordisplayname",
    ),
    "year": (
        "year",
        "publicationyear",
        "pubyear",
        "published",
        "publicationdate",
        "date",
        "pubdate",
        "coverdate",
        "issued",
        "publishedyear",
    ),
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
        "pubtitle",
        "primarylocationsourcedisplayname",
    ),
    "url": ("url", "link", "href", "articleurl", "paperurl", "pdfurl", "landingpageurl", "pdflink"),
    "doi": ("doi", "digitalobjectidentifier", "articledoi"),
    "arxiv": (
        "arxivid",
        "arxiv",
        "eprint",
        "id",
    ),  # "id" is where arXiv's own dump has it; only what has an arXiv number's form is taken
    "pmid": ("pmid", "pubmedid", "pubmed", "medlinepmid"),
}
MAX_ABSTRACT = 100_000
MAX_TITLE = 1_000
MAX_VENUE, MAX_AUTHOR, MAX_AUTHORS, MAX_ADDRESS = 1_000, 500, 10_000, 2_000
"""What is longer is none, and is left out."""
_MAX_RAW = 10 * MAX_ABSTRACT
"""Characters of a title or an abstract that are looked at, with their markup."""

_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d|2100)(?!\d)")
_DOI = re.compile(
    r"(?:(?:https?://)?[\w.-]{0,100}doi[\w.-]{0,100}/|doi:?\s*(?:https?://(?:dx\.)?doi\.org/)?)?(10\.\d{4,9}/\S+)",
    re.IGNORECASE,
)
_CAMPAIGN = re.compile(r"[?&#](?:utm_|fbclid|sid=|nosfx|casa_token|af=R).*", re.IGNORECASE | re.DOTALL)
_ARXIV_DOI = "10.48550/arxiv."
_EXPONENT = re.compile(r"\d{1,9}(?:\.\d{1,12})?[eE]\+?\d{1,2}")
_MAX_PMID = 1e9
_ARXIV = re.compile(
    r"(?:arxiv:\s*|(?:https?://)?(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/)?"
    r"(\d\d(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?|"
    r"(?:astro-ph|cond-mat|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|nucl-ex|nucl-th|quant-ph|math|nlin|physics|cs|"
    r"q-bio|q-fin|stat|"
    r"chao-dyn|alg-geom|cmp-lg|dg-ga|funct-an|solv-int|q-alg|"
    r"patt-sol)(?:\.[a-z]{2})?/\d{7}(?:v\d+)?)(?:\.pdf)?(?:\s*\[.*)?",
    re.IGNORECASE,
)
_PMID = re.compile(
    r"(?:pmid:?\s*|(?:https?://)?(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pubmed)/)?(\d{1,9})(?:\.0)?/?",
    re.IGNORECASE,
)


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


def make_paper(record: Mapping[str, object], source: str, where: str, *, verbatim: bool = False) -> Paper | Skipped:
    """The paper that a record of named fields describes, or why it is none. ``verbatim``: the texts have no markup to
    be read as such.
    """
    fields = _folded(record)
    title = _first(fields, "title", lambda value: (one_line if verbatim else clean_title)(_raw(value)))
    abstract = _first(
        fields, "abstract", lambda value: (tidy if verbatim else clean_abstract)(as_text(value)[:_MAX_RAW])
    )
    if not title or not normalise_title(title):  # a title without letters would be one paper with every other such
        return Skipped(where, _missing("title", record))
    if not abstract or says_nothing(abstract):
        return WithoutAbstract(where, _missing("abstract", record))
    if why := _too_long(title, abstract):
        return Skipped(where, why)
    doi, arxiv_id = _first(fields, "doi", read_doi), _first(fields, "arxiv", read_arxiv_id)
    authors = _first(fields, "authors", read_authors) or ()
    year = _first(fields, "year", read_year)
    return Paper(
        title=title,
        abstract=abstract,
        authors=tuple(
            name
            for author in authors[:MAX_AUTHORS]
            if len(author) <= _MAX_RAW and 0 < len(name := clean_title(author)) <= MAX_AUTHOR
        ),
        year=year,
        venue=_first(fields, "venue", _venue),
        url=_first(fields, "url", read_url),
        doi=doi,
        arxiv_id=arxiv_id or _arxiv_id_in(doi),
        pmid=_first(fields, "pmid", read_pmid),
        source=source,
        details=read_details(fields, title, abstract, year),
    )


def _too_long(title: str, abstract: str) -> str | None:
    """Why title and abstract are too long for a paper's, or None."""
    if len(title) > MAX_TITLE:
        return f"the title has {len(title):,} characters; shorten it to {MAX_TITLE:,} or fewer"
    if len(abstract) > MAX_ABSTRACT:
        return (
            f"{len(abstract):,} characters is a document, not an abstract; keep its abstract only ({MAX_ABSTRACT:,} "
            f"characters or fewer)"
        )
    return None


def _missing(field: str, record: Mapping[str, object]) -> str:
    if has_field(record, field):
        return f"the {field} is empty; fill it in, or leave this paper out"
    return f"no {field}; give it one under {accepted(field)} (fields found: {listed(record)})"


def _folded(record: Mapping[str, object]) -> dict[str, object]:
    """The record by folded names; identifiers that Semantic Scholar keeps in an object of their own stand beside the
    rest.
    """
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


def _raw(value: object) -> str:
    return as_text(value)[:_MAX_RAW]


def _venue(value: object) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, str) or len(value) > _MAX_RAW:
        return None
    told = clean_title(value)
    return told if 0 < len(told) <= MAX_VENUE else None


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
    return (
        address
        if len(address) <= MAX_ADDRESS and re.fullmatch(r"https?://[^\s<>\"]+", address, re.IGNORECASE)
        else None
    )


def read_doi(value: object) -> str | None:
    """``10.…/…`` out of a DOI, ``doi:…`` or an address that ends in one; without ``%2F``, what a campaign appends, or a
    full stop.
    """
    if not isinstance(value, str) or len(value) > MAX_ADDRESS:
        return None
    text = tidy(value)
    match = _DOI.fullmatch(unquote(text) if "%" in text else text)
    return _CAMPAIGN.sub("", match[1]).rstrip(".,;") if match else None


def read_arxiv_id(value: object) -> str | None:
    """``2301.00001v2`` or ``hep-th/9901001`` out of an arXiv number or address."""
    match = _ARXIV.fullmatch(tidy(value)) if isinstance(value, str) else None
    return match[1] if match else None


def _arxiv_id_in(doi: str | None) -> str | None:
    """The number in a DOI that arXiv gave."""
    return read_arxiv_id(doi[len(_ARXIV_DOI) :]) if doi and doi.casefold().startswith(_ARXIV_DOI) else None


def read_pmid(value: object) -> str | None:
    """The digits of a PubMed number, given as a number, as text or as an address."""
    if isinstance(value, float) or (isinstance(value, str) and _EXPONENT.fullmatch(value.strip())):
        number = float(value)
        value = f"{number:.0f}" if number < _MAX_PMID else ""
    match = _PMID.fullmatch(tidy(as_text(value)))
    return match[1].lstrip("0") or None if match else None


def after(text: str, label: str) -> str:
    """The word after a label in a note of lines, as Zotero and others keep what their formats have no field for; ""
    without the label.
    """
    rest = text.partition(label)[2].split()
    return rest[0] if rest else ""


def with_subtitle(title: str, subtitle: str) -> str:
    """Title and subtitle in one, or the title where that has the subtitle in it already."""
    return title if not title or subtitle.casefold() in title.casefold() else f"{title}: {subtitle}"


def pick(read: Callable[[object], T | None], values: Iterable[object]) -> T | None:
    """What ``read`` makes of the first value that it can make something of."""
    return next((found for value in values if (found := read(value))), None)
