"""EndNote's XML: ``<xml><records><record>…``, whose every text lies in ``<style>`` elements."""

from __future__ import annotations

from collections.abc import Iterator

from rag.library.readers.fields import make_paper, pick, read_arxiv_id, read_doi, read_pmid, read_url
from rag.library.readers.text import Document
from rag.library.readers.xmltree import Record, first_text, records, root_of, text_of, texts
from rag.types import Paper, Skipped


def recognises(document: Document) -> bool:
    return root_of(document) == "records" or (
        root_of(document) == "xml" and "<record>" in document.head.replace("<records>", "")
    )


def read(document: Document) -> Iterator[Paper | Skipped]:
    for found in records(document, ("record",)):
        yield _paper(found, document.source) if isinstance(found, Record) else found


def _paper(record: Record, source: str) -> Paper | Skipped:
    element, accession = record.element, first_text(record.element, "accession-num")
    number, kind = first_text(element, "rec-number"), element.find("ref-type")
    from_pubmed = any(
        name in first_text(element, "remote-database-name").lower() for name in ("pubmed", "medline", "nlm")
    )
    urls = [
        *texts(element, "urls/related-urls/url"),
        *texts(element, "urls/web-urls/url"),
        *texts(element, "urls/pdf-urls/url"),
    ]
    fields: dict[str, object] = {
        "title": first_text(element, "titles/title", "titles/secondary-title"),
        "abstract": text_of(element.find("abstract")),
        "authors": texts(element, "contributors/authors/author")
        or texts(element, "contributors/secondary-authors/author"),
        "year": first_text(element, "dates/year", "dates/pub-dates/date"),
        "venue": first_text(
            element, "periodical/full-title", "titles/secondary-title", "alt-periodical/full-title", "titles/alt-title"
        ),
        "url": pick(read_url, urls),
        "doi": pick(read_doi, texts(element, "electronic-resource-num") + urls),
        "pmid": read_pmid(accession) if from_pubmed else pick(read_pmid, [url for url in urls if "pubmed" in url]),
        "arxiv": pick(read_arxiv_id, [accession, *urls]),
        "key": first_text(element, "label"),
        "kind": "" if kind is None else kind.get("name", ""),
        "date": f"{first_text(element, 'dates/pub-dates/date')} {first_text(element, 'dates/year')}".strip(),
        "language": first_text(element, "language"),
        "volume": first_text(element, "volume"),
        "issue": first_text(element, "number"),
        "pages": first_text(element, "pages"),
        "tags": [tag for words in texts(element, "keywords/keyword") for tag in words.split(";")],
    }
    return make_paper(fields, source, f"{source}:{record.line}" + (f" (record {number})" if number else ""))
