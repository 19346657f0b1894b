"""PubMed XML: ``PubmedArticleSet``, with or without books, as E-utilities, the web site and the yearly baseline write
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.library.readers.details import read_date, study_types
from rag.library.readers.fields import make_paper
from rag.library.readers.text import Document
from rag.library.readers.xmltree import Record, first_text, records, root_of, text_of, texts
from rag.types import Paper, Skipped

_RECORDS = frozenset({"PubmedArticle", "PubmedBookArticle", "MedlineCitation"})
_ROOTS = _RECORDS | {f"{name}Set" for name in _RECORDS}
_TRANSLATED = re.compile(r"\[([^\]]*)\]\.?")
"""A title in brackets was translated by the indexers."""
_NOTICES = {
    "RetractionIn": "retracted", "RetractionOf": "retraction notice", "ExpressionOfConcernIn": "under concern",
    "ErratumIn": "corrected",
}  # fmt: skip
"""What references to a notice, or to what a notice is of, mean."""
_UNLABELLED = frozenset({"", "UNLABELLED", "ABSTRACT"})


def recognises(document: Document) -> bool:
    """Whether the root is one of PubMed's, or one of its records is in sight within another."""
    return root_of(document) in _ROOTS or "<PubmedArticle>" in document.head


def read(document: Document) -> Iterator[Paper | Skipped]:
    for found in records(document, _RECORDS):
        yield _paper(found, document.source) if isinstance(found, Record) else found


def _paper(record: Record, source: str) -> Paper | Skipped:
    citation = record.element if record.element.tag == "MedlineCitation" else record.element.find("MedlineCitation")
    if citation is None:
        citation = record.element.find("BookDocument")
    article = citation.find("Article") if citation is not None and citation.find("Article") is not None else citation
    pmid = first_text(citation, "PMID")
    fields: dict[str, object] = {
        "title": _title(article, citation),
        "abstract": _abstract(article) or _abstract(citation, "OtherAbstract"),
        "authors": [name for author in _authors(article) if (name := _name(author))],
        "year": _year(article),
        "venue": first_text(article, "Journal/Title", "Journal/ISOAbbreviation", "Book/BookTitle"),
        "doi": _doi(record.element, article),
        "pmid": pmid,
        **_details(citation, article),
    }
    return make_paper(fields, source, f"{source}:{record.line}" + (f" (PMID {pmid})" if pmid else ""))


def _details(citation: Element | None, article: Element | None) -> dict[str, object]:
    types = texts(article, "PublicationTypeList/PublicationType") or texts(article, "PublicationType")
    notices = [] if citation is None else citation.findall("CommentsCorrectionsList/CommentsCorrections")
    dates = [
        " ".join(filter(None, (first_text(found, part) for part in ("Year", "Month", "Day", "MedlineDate"))))
        for path in ("Journal/JournalIssue/PubDate", "ArticleDate", "Book/PubDate")
        for found in ([] if article is None else article.findall(path))
    ]
    return {
        "kind": types,
        "date": [found for told in dates if (found := read_date(told) or read_date(told.replace(" ", "-")))][:1],
        "language": first_text(article, "Language"),
        "volume": first_text(article, "Journal/JournalIssue/Volume"),
        "issue": first_text(article, "Journal/JournalIssue/Issue"),
        "pages": first_text(article, "Pagination/MedlinePgn"),
        "tags": [
            *texts(citation, "MeshHeadingList/MeshHeading/DescriptorName"),
            *texts(citation, "KeywordList/Keyword"),
            *study_types(types),
        ],
        "status": [_NOTICES.get(notice.get("RefType", ""), "") for notice in notices],
    }


def _title(article: Element | None, citation: Element | None) -> str:
    title = first_text(article, "ArticleTitle", "VernacularTitle", "Book/BookTitle") or first_text(
        citation, "Book/BookTitle"
    )
    return translated[1] if (translated := _TRANSLATED.fullmatch(title)) else title


def _abstract(parent: Element | None, name: str = "Abstract") -> str:
    """The parts of an abstract as paragraphs, each after its label."""
    found = None if parent is None else parent.find(name)
    parts = []
    for part in [] if found is None else found.findall("AbstractText"):
        label, text = (part.get("Label") or "").strip(" :"), text_of(part)
        if text:
            parts.append(text if label.upper() in _UNLABELLED else f"{label}: {text}")
    return "\n\n".join(parts)


def _authors(article: Element | None) -> list[Element]:
    """Authors; the editors of a book only where it names no authors."""
    lists = [] if article is None else [*article.findall("AuthorList"), *article.findall("Book/AuthorList")]
    written = [
        listed for listed in lists if listed.get("Type") != "editors" and listed.find("Author") is not None
    ] or lists
    return [author for listed in written[:1] for author in listed.findall("Author")]


def _name(author: Element) -> str:
    family, given = first_text(author, "LastName"), first_text(author, "ForeName", "FirstName", "Initials")
    suffix = first_text(author, "Suffix")
    return " ".join(filter(None, (given, family, suffix))) or first_text(author, "CollectiveName")


def _year(article: Element | None) -> str:
    dates = (
        "Journal/JournalIssue/PubDate/Year",
        "Journal/JournalIssue/PubDate/MedlineDate",
        "ArticleDate/Year",
        "Book/PubDate/Year",
    )
    return first_text(article, *dates, "ContributionDate/Year")


def _doi(record: Element, article: Element | None) -> str:
    """The record's own DOI; those of its references stand elsewhere."""
    own = [
        *record.findall("PubmedData/ArticleIdList/ArticleId"),
        *record.findall("BookDocument/ArticleIdList/ArticleId"),
    ]
    named = [item.text or "" for item in own if item.get("IdType") == "doi"]
    located = (
        []
        if article is None
        else [item.text or "" for item in article.findall("ELocationID") if item.get("EIdType") == "doi"]
    )
    return next(iter([*named, *located]), "")
