"""Crossref: a search, the best match first. Only records with an abstract are asked for: most have none."""

from __future__ import annotations

from collections.abc import Iterator

from rag.library.sources.pages import Page, Query, from_records, number, parsed, results

_PER_PAGE = 100


def pages(query: Query) -> Iterator[Page]:
    web, cursor, size = query.webs("crossref"), query.place or "*", query.at_most(_PER_PAGE)
    while cursor:
        asked = {"query": query.text, "filter": "has-abstract:true", "rows": str(size), "cursor": cursor}
        told = parsed(web.get("/works", asked).body, web.name).get("message") or {}
        works = results(told, "items", web.name)
        cursor = str(told.get("next-cursor") or "") if len(works) == size else ""
        found = from_records(works, query.name, lambda work: work.get("DOI"))
        yield Page(found, len(works), cursor or None, number(told.get("total-results")))
