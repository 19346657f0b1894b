"""One paper by its DOI. The record is Crossref's, or DataCite's; an abstract that neither has is looked up at OpenAlex
and Semantic Scholar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rag.library.readers.apis import named_fields
from rag.library.readers.fields import make_paper, read_doi
from rag.library.sources.pages import Found, Page, Query, parsed
from rag.library.sources.semantic_scholar import FIELDS
from rag.library.sources.unanswered import Refused, Unanswered
from rag.types import Paper

if TYPE_CHECKING:
    from rag.library.sources.web import Webs

_CSL = "application/vnd.citationstyles.csl+json"


def pages(query: Query) -> Iterator[Page]:
    doi = read_doi(query.text)
    if doi is None:
        raise Refused("this is no DOI; give one like doi:10.1234/abc", 400)
    yield Page([_found(query, doi)], 1)


def _found(query: Query, doi: str) -> Found:
    """The first record, with the first abstract. Raises Unanswered where nobody has one and somebody did not answer."""
    record: dict[str, object] = {}
    last: Found | None = None
    silent: Unanswered | None = None
    for look_up in (_crossref, _datacite, _openalex, _semantic_scholar):
        if look_up is _datacite and record:
            continue  # a DOI is registered once
        try:
            told = named_fields(look_up(query.webs, doi))
        except Refused as refused:
            silent = silent if refused.status == 404 else refused
            continue
        except Unanswered as fault:
            silent = fault
            continue
        record = {**told, **record, "doi": doi, "abstract": told.get("abstract")}
        last = make_paper(record, query.name, query.name)
        if isinstance(last, Paper):
            return last
    if silent is not None:
        raise Unanswered(f"its record has no abstract, and {silent}" if record else str(silent))
    if last is None:
        raise Refused("no registry has this DOI (asked: Crossref, DataCite, OpenAlex, Semantic Scholar); check it", 404)
    return last


def _crossref(webs: Webs, doi: str) -> Mapping[str, Any]:
    told = parsed(webs("crossref").get(f"/works/{quote(doi, safe='')}", {}).body, "Crossref").get("message")
    return told if isinstance(told, Mapping) else {}


def _datacite(webs: Webs, doi: str) -> Mapping[str, Any]:
    return parsed(webs("datacite").get(f"/dois/{quote(doi, safe='')}", {}, accept=_CSL).body, "DataCite")


def _openalex(webs: Webs, doi: str) -> Mapping[str, Any]:
    return parsed(webs("openalex").get(f"/works/doi:{quote(doi, safe='/')}", {}).body, "OpenAlex")


def _semantic_scholar(webs: Webs, doi: str) -> Mapping[str, Any]:
    address = f"/paper/DOI:{quote(doi, safe='/')}"
    return parsed(webs("s2").get(address, {"fields": FIELDS}).body, "Semantic Scholar")
