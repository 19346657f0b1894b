"""Zotero's RDF: items as elements below ``rdf:RDF``, with the journals, people and notes that they name beside them."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.library.readers.fields import after, make_paper, pick, read_doi, read_pmid, read_url
from rag.library.readers.text import Document
from rag.library.readers.xmltree import Record, first_text, records, root_of, text_of, texts
from rag.types import Paper, Skipped

Shelves = dict[str, list[str]]
"""Paths of collections by the items that lie in them."""
_NO_ITEMS = frozenset({"Attachment", "Memo", "Collection", "Journal", "Series", "Person", "Seq"})


def recognises(document: Document) -> bool:
    return root_of(document) == "RDF"


def read(document: Document) -> Iterator[Paper | Skipped]:
    """The items; journals and collections, which stand beside them, are looked up in a first reading."""
    journals: dict[str, str] = {}
    collections: dict[str, Element] = {}
    for found in records(document, (), at_depth=2):
        if isinstance(found, Record) and found.element.tag == "Journal":
            journals[found.element.get("about", "")] = first_text(found.element, "title")
        elif isinstance(found, Record) and found.element.tag == "Collection":
            collections[found.element.get("about", "")] = found.element
    shelves = _shelves(collections)
    for found in records(document, (), at_depth=2):
        if isinstance(found, Skipped):
            yield found
        elif found.element.tag not in _NO_ITEMS:
            yield _paper(found, journals, shelves, document.source)


def _paper(record: Record, journals: dict[str, str], shelves: Shelves, source: str) -> Paper | Skipped:
    item = record.element
    notes = [
        note for path in ("description", "identifier", "isPartOf/Journal/identifier") for note in texts(item, path)
    ]
    fields: dict[str, object] = {
        "title": first_text(item, "title"),
        "abstract": text_of(item.find("abstract")),
        "authors": [name for person in item.findall("authors/Seq/li/Person") if (name := _name(person))],
        "year": first_text(item, "date"),
        "venue": _venue(item, journals),
        "url": pick(read_url, [*texts(item, "identifier/URI/value"), item.get("about", "")]),
        "doi": pick(read_doi, [part for note in notes for part in note.split()]),
        "pmid": pick(read_pmid, [after(note, "PMID:") for note in notes]),
        "key": pick(str, [after(note, "Citation Key:") for note in notes]) or "",
        "kind": first_text(item, "itemType") or item.tag,
        "date": first_text(item, "date"),
        "language": first_text(item, "language"),
        "volume": first_text(item, "volume", "isPartOf/Journal/volume"),
        "issue": first_text(item, "number", "isPartOf/Journal/number"),
        "pages": first_text(item, "pages"),
        "tags": texts(item, "subject"),
        "collections": shelves.get(item.get("about", ""), []),
        "zotero": item.get("about", ""),
    }
    return make_paper(fields, source, f"{source}:{record.line}")


def _shelves(collections: dict[str, Element]) -> Shelves:
    """The paths of the collections that each item lies in; a collection names its items and the collections
    within it.
    """
    parts = {
        name: [part.get("resource", "") for part in element.findall("hasPart")] for name, element in collections.items()
    }
    within = {part: name for name, held in parts.items() for part in held if part in collections}
    shelves: Shelves = {}
    for name, held in parts.items():
        line = [name]
        while (outer := within.get(line[-1])) and outer not in line:
            line.append(outer)
        path = "/".join(first_text(collections[one], "title") for one in reversed(line))
        for part in held:
            shelves.setdefault(part, []).append(path)
    return shelves


def _name(person: Element) -> str:
    return " ".join(filter(None, (first_text(person, "givenName", "givenname"), first_text(person, "surname"))))


def _venue(item: Element, journals: dict[str, str]) -> str:
    within = first_text(
        item, "isPartOf/Journal/title", "isPartOf/Book/title", "presentedAt/Conference/title", "isPartOf/Series/title"
    )
    part = item.find("isPartOf")
    return within or ("" if part is None else journals.get(part.get("resource", ""), ""))
