"""Records of programs and services as JSON -> the fields that :func:`rag.library.readers.fields.make_paper` takes.

OpenAlex, Crossref, CSL-JSON, Semantic Scholar, Zotero, arXiv's snapshot, bioRxiv, Europe PMC, each by what only it has.
A record of none of them passes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rag.library.readers.details import read_date, study_types
from rag.library.readers.fields import after, pick, read_arxiv_id, read_doi, read_pmid, read_year, with_subtitle

Json = Mapping[str, object]
_MAX_POSITION = 20_000
_ZOTERO_KEY = re.compile(r"[A-Z0-9]{8}")
_CSL_TYPES = frozenset(
    "article article-journal paper-conference chapter book thesis report dataset software document".split()
)


def named_fields(record: Json) -> Json:
    """The record under names that all formats share; what else it has is left in it for messages only where its kind is
    not known.
    """
    for known, translated in _KINDS:
        if known(record):
            return {name: value for name, value in translated(record).items() if value or name in ("title", "abstract")}
    return record


# --- OpenAlex ---------------------------------------------------------------------------------------------------------


def _openalex(record: Json) -> Json:
    biblio = _object(record, "biblio")
    ids, place = (
        _object(record, "ids"),
        _object(_object(record, "primary_location"), "source") or _object(record, "host_venue"),
    )
    return {
        "title": record.get("title") or record.get("display_name"),
        "abstract": record.get("abstract") or _in_order(record.get("abstract_inverted_index")),
        "authors": [_text(_object(item, "author"), "display_name") for item in _objects(record.get("authorships"))],
        "year": record.get("publication_year") or record.get("publication_date"),
        "venue": place.get("display_name"),
        "url": _text(_object(record, "primary_location"), "landing_page_url") or record.get("id"),
        "doi": record.get("doi") or ids.get("doi"),
        "pmid": ids.get("pmid"),
        "kind": record.get("type"),
        "date": record.get("publication_date"),
        "language": record.get("language"),
        "volume": biblio.get("volume"),
        "issue": biblio.get("issue"),
        "pages": "-".join(dict.fromkeys(filter(None, (_text(biblio, "first_page"), _text(biblio, "last_page"))))),
        "tags": record.get("keywords"),
        "status": record.get("is_retracted"),
    }


def _in_order(index: object) -> str:
    """``{"Despite": [0], "growing": [1, 7]}`` -> the words in their places."""
    if not isinstance(index, Mapping):
        return ""
    words: dict[int, str] = {}
    for word, places in index.items():
        for place in places if isinstance(places, list) else ():
            if isinstance(place, int) and 0 <= place < _MAX_POSITION:
                words[place] = str(word)
    return " ".join(words[place] for place in sorted(words))


# --- Crossref and CSL-JSON --------------------------------------------------------------------------------------------


def _csl(record: Json) -> Json:
    note = _text(record, "note")
    dates = ("issued", "published", "published-print", "published-online", "created")
    return {
        "title": with_subtitle(_one(record.get("title")), _one(record.get("subtitle"))),
        "abstract": record.get("abstract"),
        "authors": [_name(item) for item in _objects(record.get("author") or record.get("editor"))],
        "year": pick(read_year, [_date(record.get(name)) for name in dates]),
        "venue": _one(record.get("container-title")) or _one(record.get("event-title")) or _text(_object(record,
        "event"), "name")
        or _text(record, "publisher"),
        "url": record.get("URL"),
        "doi": record.get("DOI") or after(note, "DOI:"),
        "pmid": record.get("PMID") or after(note, "PMID:"),
        "arxiv": pick(read_arxiv_id,
        [record.get("number"), record.get("archive_location"), after(note, "arXiv:"), record.get("URL")]),
        "key": record.get("citation-key") or record.get("id") or after(note, "Citation Key:"),
        "kind": _CSL_KINDS.get(_text(record, "type"), record.get("type")),
        "date": [told for name in dates if (told := read_date(record.get(name)))][:1],
        "language": record.get("language"),
        "volume": record.get("volume"),
        "issue": record.get("issue"),
        "pages": record.get("page") or record.get("article-number"),
        "tags": record.get("keyword") or record.get("subject"),
        "collections": record.get("collections"),
        "status": record.get("status"),
        "update-to": record.get("update-to"),
        "updated-by": record.get("updated-by"),
        "zotero": record.get("zotero") or record.get("id"),
    }  # fmt: skip


_CSL_KINDS = {"article": "preprint", "webpage": "", "post-weblog": ""}
"""What CSL calls an article is a preprint or manuscript; those of journals have a type of their own."""


def _date(value: object) -> object:
    """A date of CSL: parts, or what a person typed."""
    if isinstance(value, Mapping):
        return value.get("date-parts") or value.get("raw") or value.get("literal")
    return value


def _name(person: Json) -> str:
    given, particle = (
        _text(person, "given"),
        _text(person, "non-dropping-particle") or _text(person, "dropping-particle"),
    )
    family, suffix = _text(person, "family"), _text(person, "suffix")
    return (
        " ".join(filter(None, (given, particle, family, suffix))) or _text(person, "literal") or _text(person, "name")
    )


# --- the others -------------------------------------------------------------------------------------------------------


def _semantic_scholar(record: Json) -> Json:
    external, journal, place = (
        _object(record, "externalIds"),
        _object(record, "journal"),
        _object(record, "publicationVenue"),
    )
    return {
        "title": record.get("title"),
        "abstract": record.get("abstract"),
        "authors": [_text(item, "name") for item in _objects(record.get("authors"))],
        "year": record.get("year") or record.get("publicationDate"),
        "venue": record.get("venue") or journal.get("name") or place.get("name"),
        "url": record.get("url"),
        "doi": external.get("DOI") or record.get("doi"),
        "pmid": external.get("PubMed"),
        "arxiv": external.get("ArXiv") or record.get("arxivId"),
        "kind": record.get("publicationTypes"),
        "date": record.get("publicationDate"),
        "volume": journal.get("volume"),
        "pages": journal.get("pages"),
        "tags": record.get("fieldsOfStudy"),
    }


def _zotero(record: Json) -> Json:
    item = _object(record, "data") or record
    extra = _text(item, "extra")
    owner = _object(record, "library")
    whose = f"groups/{owner.get('id')}" if owner.get("type") == "group" else "library"
    collections = item.get("collections")
    return {
        "title": item.get("title"),
        "abstract": item.get("abstractNote"),
        "authors": [
            " ".join(filter(None, (_text(person, "firstName"), _text(person, "lastName")))) or _text(person, "name")
            for person in _objects(item.get("creators"))
            if person.get("creatorType", "author") == "author"
        ],
        "year": item.get("date"),
        "venue": item.get("publicationTitle")
        or item.get("proceedingsTitle")
        or item.get("bookTitle")
        or item.get("repository"),
        "url": item.get("url"),
        "doi": pick(read_doi, [item.get("DOI"), after(extra, "DOI:")]),
        "pmid": pick(read_pmid, [item.get("PMID"), after(extra, "PMID:")]),
        "arxiv": pick(read_arxiv_id, [item.get("archiveID"), after(extra, "arXiv:"), item.get("url")]),
        "key": item.get("citationKey") or record.get("citationKey") or after(extra, "Citation Key:"),
        "kind": item.get("itemType"),
        "date": item.get("date"),
        "language": item.get("language"),
        "volume": item.get("volume"),
        "issue": item.get("issue"),
        "pages": item.get("pages"),
        "tags": item.get("tags"),
        "collections": [name for name in collections if isinstance(name, str) and not _ZOTERO_KEY.fullmatch(name)]
        if isinstance(collections, list)
        else [],
        "zotero": f"zotero://select/{whose}/items/{item.get('key') or item.get('itemKey') or record.get('key')}",
    }


def _arxiv_snapshot(record: Json) -> Json:
    parsed = record.get("authors_parsed")
    names = [
        " ".join(filter(None, (_part(name, 1), _part(name, 0), _part(name, 2)))) for name in parsed if isinstance(name,
        list)
    ] if isinstance(parsed, list) else []  # fmt: skip
    versions = _objects(record.get("versions"))
    return {
        "title": record.get("title"),
        "abstract": " ".join(_text(record, "abstract").split()),
        "authors": names or record.get("authors"),
        "year": _text(versions[0], "created") if versions else record.get("update_date"),
        "venue": record.get("journal-ref") or "arXiv",
        "doi": record.get("doi"),
        "arxiv": record.get("id"),
        "kind": "" if record.get("journal-ref") else "preprint",
        "date": _text(versions[0], "created") if versions else record.get("update_date"),
        "tags": _text(record, "categories").split(),
    }


def _biorxiv(record: Json) -> Json:
    return {
        "title": record.get("title") or record.get("preprint_title"),
        "abstract": record.get("abstract") or record.get("preprint_abstract"),
        "authors": record.get("authors") or record.get("preprint_authors"),
        "year": record.get("date") or record.get("preprint_date"),
        "venue": record.get("server") or record.get("preprint_platform") or "bioRxiv",
        "doi": record.get("doi") or record.get("preprint_doi"),
        "kind": "preprint",
        "date": record.get("date") or record.get("preprint_date"),
        "tags": [_text(record, "category") or _text(record, "preprint_category")],
        "status": "withdrawn" if _text(record, "type").lower() == "withdrawn" else "",
    }


def _europe_pmc(record: Json) -> Json:
    journal = _object(_object(record, "journalInfo"), "journal")
    people = _objects(_object(record, "authorList").get("author"))
    types = _object(record, "pubTypeList").get("pubType")
    types = types if isinstance(types, list) else []
    headings = _object(record, "meshHeadingList").get("meshHeading")
    words = _object(record, "keywordList").get("keyword")
    return {
        "title": record.get("title"),
        "abstract": record.get("abstractText"),
        "authors": [_text(item, "fullName") or _text(item, "collectiveName") for item in people]
        or record.get("authorString"),
        "year": record.get("pubYear"),
        "venue": journal.get("title") or record.get("journalTitle"),
        "doi": record.get("doi"),
        "pmid": record.get("pmid"),
        "kind": types,
        "date": record.get("firstPublicationDate"),
        "language": record.get("language"),
        "volume": _object(record, "journalInfo").get("volume"),
        "issue": _object(record, "journalInfo").get("issue"),
        "pages": record.get("pageInfo"),
        "tags": [
            *(_text(item, "descriptorName") for item in _objects(headings)),
            *(words if isinstance(words, list) else []),
            *study_types(str(one).title() for one in types or [] if str(one).lower() in _STUDIES),
        ],
    }


_STUDIES = frozenset({"review", "systematic review", "meta-analysis", "randomized controlled trial", "clinical trial"})


def _lens(record: Json) -> Json:
    ids = {_text(item, "type"): _text(item, "value") for item in _objects(record.get("external_ids"))}
    return {
        "title": record.get("title"),
        "abstract": record.get("abstract"),
        "authors": [
            " ".join(filter(None, (_text(x, "first_name"), _text(x, "last_name"))))
            for x in _objects(record.get("authors"))
        ],
        "year": record.get("year_published") or record.get("date_published"),
        "venue": _object(record, "source").get("title"),
        "doi": ids.get("doi"),
        "pmid": ids.get("pmid"),
        "arxiv": ids.get("arxiv"),
        "kind": record.get("publication_type"),
        "date": record.get("date_published"),
        "language": (languages := record.get("languages")) and (languages[:1] if isinstance(languages, list) else ""),
        "volume": record.get("volume"),
        "issue": record.get("issue"),
        "pages": "-".join(filter(None, (_text(record, "start_page"), _text(record, "end_page")))),
        "tags": record.get("keywords"),
        "status": record.get("is_retracted"),
    }


def _has(*names: str) -> Callable[[Json], bool]:
    return lambda record: all(name in record for name in names)


def _is_csl(record: Json) -> bool:
    has_names = any(name in record for name in ("author", "editor")) and not isinstance(record.get("author"), str)
    return "title" in record and (
        (_text(record, "type") in _CSL_TYPES and "id" in record and not {"author", "authors"} & set(record))
        or any(name in record for name in ("container-title", "DOI", "issued", "date-parts"))
        or (has_names and "type" in record)
    )


_KINDS: tuple[tuple[Callable[[Json], bool], Callable[[Json], Json]], ...] = (
    (_has("abstract_inverted_index"), _openalex),
    (_has("authorships"), _openalex),
    (lambda record: "itemType" in _object(record, "data"), _zotero),
    (_has("itemType", "creators"), _zotero),
    (_has("authors_parsed"), _arxiv_snapshot),
    (_has("paperId"), _semantic_scholar),
    (_has("externalIds"), _semantic_scholar),
    (_has("corpusid", "title"), _semantic_scholar),
    (_has("lens_id"), _lens),
    (_has("jatsxml"), _biorxiv),
    (_has("preprint_doi"), _biorxiv),
    (_has("abstractText", "authorString"), _europe_pmc),
    (_is_csl, _csl),
)
WRAPPED = ("citingpaper", "citedpaper", "paper")
"""Under which name some replies keep the record proper."""


def _object(record: Json, name: str) -> Json:
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(record: Json, name: str) -> str:
    value = record.get(name)
    return value.strip() if isinstance(value, str) else ""


def _part(name: list[object], at: int) -> str:
    value = name[at] if len(name) > at else ""
    return value if isinstance(value, str) else ""


def _one(value: object) -> str:
    """A text, or the first of a list of texts: Crossref gives both."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), "")
    return value if isinstance(value, str) else ""
