"""JATS and NLM journal articles (PubMed Central, publishers' ``.nxml``): title and abstract of the front matter, not
the body.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.library.readers.fields import make_paper
from rag.library.readers.text import Document
from rag.library.readers.xmltree import Record, first_text, records, root_of, text_of, texts
from rag.types import Paper, Skipped

_ROOTS = frozenset({"article", "pmc-articleset"})
_OTHER_ABSTRACTS = frozenset(
    "graphical teaser toc key-points highlights editor-summary executive-summary plain-language-summary web-summary "
    "video "
    "author-highlights short stereochemical".split()
)
_NOTICES = {"retracted-article": "retraction notice", "retraction-forward": "retracted"}
"""A notice names the article that it retracts, and that the notice."""
_DATES = ("epub", "ppub", "pub", "collection", "epub-ppub", "electronic", "print")


def recognises(document: Document) -> bool:
    """Whether a root of JATS has front matter in sight, or comes in a reply of an archive (``OAI-PMH``)."""
    return root_of(document) in _ROOTS or (bool(root_of(document)) and "<article-meta>" in document.head)


def read(document: Document) -> Iterator[Paper | Skipped]:
    for found in records(document, ("front",)):
        yield _paper(found, document.source) if isinstance(found, Record) else found


def _paper(record: Record, source: str) -> Paper | Skipped:
    meta, journal = record.element.find("article-meta"), record.element.find("journal-meta")
    ids = {
        item.get("pub-id-type", ""): (item.text or "").strip()
        for item in ([] if meta is None else meta.findall("article-id"))
    }
    related = [] if meta is None else meta.findall("related-article")
    fields: dict[str, object] = {
        "title": _title(meta),
        "abstract": _abstract(meta),
        "authors": [name for contributor in _authors(meta) if (name := _name(contributor))],
        "year": _year(meta),
        "venue": first_text(journal, "journal-title-group/journal-title", "journal-title", "journal-id"),
        "doi": ids.get("doi", ""),
        "pmid": ids.get("pmid", ""),
        "arxiv": ids.get("arxiv", ""),
        "volume": first_text(meta, "volume"),
        "issue": first_text(meta, "issue"),
        "pages": "-".join(filter(None, (first_text(meta, "fpage", "elocation-id"), first_text(meta, "lpage")))),
        "tags": texts(meta, "kwd-group/kwd"),
        "status": [_NOTICES.get(found.get("related-article-type", ""), "") for found in related],
    }
    return make_paper(fields, source, f"{source}:{record.line}")


def _title(meta: Element | None) -> str:
    group = None if meta is None else meta.find("title-group")
    without = ("xref", "fn")
    title, subtitle = (
        " ".join(text_of(None if group is None else group.find(name), without).split())
        for name in ("article-title", "subtitle")
    )
    return f"{title}: {subtitle}" if title and subtitle else title


def _abstract(meta: Element | None) -> str:
    """The abstract proper: neither a graphical one nor an editor's summary, and in the article's own language."""
    abstracts = [] if meta is None else meta.findall("abstract")
    proper = [item for item in abstracts if item.get("abstract-type", "") not in _OTHER_ABSTRACTS] or abstracts
    return next(
        (text for item in proper if (text := text_of(item, ("xref", "fn", "fig", "object-id", "table-wrap")))), ""
    )


def _authors(meta: Element | None) -> list[Element]:
    groups = [] if meta is None else [*meta.findall("contrib-group/contrib"), *meta.findall("contrib-group/collab")]
    return [item for item in groups if item.get("contrib-type", "author") == "author"]


def _name(contributor: Element) -> str:
    for path in ("name", "name-alternatives/name", "string-name"):
        name = contributor.find(path)
        if name is not None and (family := first_text(name, "surname")):
            return " ".join(filter(None, (first_text(name, "given-names"), family, first_text(name, "suffix"))))
    return first_text(contributor, "collab", "string-name", ".")


def _year(meta: Element | None) -> str:
    dates = [] if meta is None else meta.findall("pub-date")
    by_kind = {
        item.get("pub-type") or item.get("date-type") or item.get("publication-format") or "": item
        for item in reversed(dates)
    }
    ordered = [by_kind[kind] for kind in _DATES if kind in by_kind] or dates
    years = sorted(year for item in ordered for year in texts(item, "year"))
    return years[0] if years else ""
