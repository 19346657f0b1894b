"""OpenAlex: a search, a filter in its own language (``publication_year:2023,title.search:world model``), or a work's
id. Only works with an abstract are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.library.sources.pages import Page, Query, from_records, number, parsed, results

_PER_PAGE = 100
_WORK = re.compile(r"[Ww]\d{4,}")
_FILTER = re.compile(r"[a-z_]+(?:\.[a-z_]+)*:\S")


def pages(query: Query) -> Iterator[Page]:
    web, cursor = query.webs("openalex"), query.place or "*"
    if _WORK.fullmatch(query.text):
        record = parsed(web.get(f"/works/{query.text.upper()}", {}).body, web.name)
        yield Page(from_records([record], query.name, lambda work: work.get("id")), 1)
        return
    what = {"filter": "has_abstract:true"}
    if _FILTER.match(query.text):
        what["filter"] += f",{query.text}"
    else:
        what["search"] = query.text
    while cursor:
        told = parsed(
            web.get("/works", what | {"per_page": str(query.at_most(_PER_PAGE)), "cursor": cursor}).body, web.name
        )
        meta, works = told.get("meta") or {}, results(told, "results", web.name)
        cursor = (works and meta.get("next_cursor")) or ""
        found = from_records(works, query.name, lambda work: work.get("doi") or work.get("id"))
        yield Page(found, len(works), cursor or None, number(meta.get("count")))
