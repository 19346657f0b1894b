"""arXiv's API: a search in its own language (``cat:cs.LG AND abs:"world model"``), or ids. Replies are Atom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.library.readers import atom
from rag.library.sources.pages import Page, Query, from_text
from rag.library.sources.unanswered import Unanswered

if TYPE_CHECKING:
    from rag.library.sources.web import Reply, Web

_PER_PAGE = 200
_ID = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_TOTAL = re.compile(rb"totalResults[^>]*>\s*(\d+)\s*<")
_EMPTY = 3
"""How often a page is asked for that comes without papers although there are some: arXiv does that now and then."""


def pages(query: Query) -> Iterator[Page]:
    web, start, size = query.webs("arxiv"), int(query.place or 0), query.at_most(_PER_PAGE)
    ids = re.split(r"[\s,]+", query.text)
    what = {"id_list": ",".join(ids)} if all(map(_ID.fullmatch, ids)) else {"search_query": query.text}
    while True:
        reply, total = _filled(web, what | {"start": str(start), "max_results": str(size)}, start)
        start += size
        found = from_text(reply.body, query.name, atom.read) if b"<entry" in reply.body else []
        yield Page(found, size, str(start) if start < total else None, total)
        if start >= total:
            return


def _filled(web: Web, query: dict[str, str], start: int) -> tuple[Reply, int]:
    """A page and how many papers there are in all. Raises Unanswered where it stays empty although there are more."""
    for _ in range(_EMPTY):
        reply = web.get("/query", query, accept="application/atom+xml")
        told = _TOTAL.search(reply.body)
        if told is None:
            raise Unanswered("arXiv sent what is no feed; try again later")
        total = int(told[1])
        if b"<entry" in reply.body or start >= total:
            return reply, total
    raise Unanswered(f"arXiv sent an empty page after {start:,} of {total:,}; try again later")
