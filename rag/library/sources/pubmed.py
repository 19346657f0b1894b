"""PubMed: a search in its own language (``"heart failure"[mesh] AND 2020:2024[dp]``), or PMIDs. Only records with an
abstract are asked for; replies are PubMed XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.library.readers import pubmed
from rag.library.sources.pages import Page, Query, from_text, number, parsed, results
from rag.library.sources.unanswered import Refused

if TYPE_CHECKING:
    from rag.library.sources.web import Web

_PER_PAGE = 100
_MOST = 10_000
"""What the search tells at most."""
_IDS = re.compile(r"\d{1,8}(?:[\s,]+\d{1,8})*")


def pages(query: Query) -> Iterator[Page]:
    web, start = query.webs("pubmed"), int(query.place or 0)
    if _IDS.fullmatch(query.text):
        ids = re.split(r"[\s,]+", query.text)
        total: int | None = len(ids)
    else:
        ids, total = _search(web, query, start)
    for at in range(start, len(ids), _PER_PAGE):
        some = ids[at : at + _PER_PAGE]
        reply = web.get("/efetch.fcgi", {"db": "pubmed", "id": ",".join(some), "retmode": "xml"}, accept="text/xml")
        found = from_text(reply.body, query.name, pubmed.read)
        yield Page(found, len(some), str(at + len(some)) if at + len(some) < len(ids) else None, total)


def _search(web: Web, query: Query, start: int) -> tuple[list[str], int | None]:
    """The PMIDs, the best match first, and how many there are in all."""
    asked = {
        "db": "pubmed",
        "term": f"({query.text}) AND hasabstract",
        "retmode": "json",
        "sort": "relevance",
        "retmax": str(min(_MOST, start + (query.limit or _MOST))),
    }
    told = parsed(web.get("/esearch.fcgi", asked).body, web.name).get("esearchresult") or {}
    if fault := told.get("ERROR"):
        raise Refused(f"PubMed does not take this search ({str(fault)[:200]}); correct it", 400)
    return [str(pmid) for pmid in results(told, "idlist", web.name)], number(told.get("count"))
