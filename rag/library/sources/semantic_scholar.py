"""Semantic Scholar: a search, the best match first; more than a thousand come by its bulk search, in no order. Or one
paper by an id that it knows (40 hexadecimal digits, ``CorpusId:…``, ``ARXIV:…``, ``PMID:…``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from rag.library.sources.pages import Page, Query, from_records, number, parsed, results

_PER_PAGE, _RANKED = 100, 1000
"""Records on a page, and how many the ranked search gives."""
FIELDS = (
    "title,abstract,authors,year,publicationDate,venue,journal,publicationVenue,externalIds,url,publicationTypes,"
    "fieldsOfStudy"
)
_ID = re.compile(r"[0-9a-f]{40}|(?:CorpusId|ARXIV|DOI|PMID|PMCID|MAG|ACL):\S+", re.IGNORECASE)


def pages(query: Query) -> Iterator[Page]:
    if _ID.fullmatch(query.text):
        web = query.webs("s2")
        record = parsed(web.get(f"/paper/{quote(query.text, safe=':')}", {"fields": FIELDS}).body, web.name)
        yield Page(from_records([record], query.name, lambda paper: paper.get("paperId")), 1)
        return
    is_bulk = query.limit is None or query.limit > _RANKED or not (query.place or "0").isdecimal()
    yield from _bulk(query) if is_bulk else _ranked(query)


def _ranked(query: Query) -> Iterator[Page]:
    web, start, size = query.webs("s2"), int(query.place or 0), query.at_most(_PER_PAGE)
    while start < _RANKED:
        asked = {"query": query.text, "fields": FIELDS, "offset": str(start), "limit": str(min(size, _RANKED - start))}
        told = parsed(web.get("/paper/search", asked).body, web.name)
        papers, following = results(told, "data", web.name) if told.get("total") else [], number(told.get("next"))
        more = following is not None and bool(papers) and following < _RANKED
        found = from_records(papers, query.name, lambda paper: paper.get("paperId"))
        yield Page(found, len(papers), str(following) if more else None, number(told.get("total")))
        if following is None or not more:
            return
        start = following


def _bulk(query: Query) -> Iterator[Page]:
    web, token = query.webs("s2"), "" if (query.place or "0").isdecimal() else query.place
    while True:
        asked = {"query": query.text, "fields": FIELDS} | ({"token": token} if token else {})
        told = parsed(web.get("/paper/search/bulk", asked).body, web.name)
        papers, token = results(told, "data", web.name), str(told.get("token") or "")
        found = from_records(papers, query.name, lambda paper: paper.get("paperId"))
        yield Page(found, len(papers), token or None, number(told.get("total")))
        if not token or not papers:
            return
