"""Zotero: the library of the program that runs on this machine, or with a key the one that zotero.org keeps; a group's
as ``zotero:groups/ID``. ``--collection`` takes one collection with those within it.

A second run gives what has changed. zotero.org is asked for what is newer than the version of last time. The program
cannot be asked so: an item that it has not synchronised has no version, and an edit does not raise one; so all of it is
read, which takes no network, and what is as it was is passed by. What is gone is told from the keys that are there: an
item in the trash, or taken out of the collection, is none that was deleted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.library.sources.pages import (
    Found,
    Memory,
    Page,
    Query,
    document_in,
    from_records,
    listed,
    number,
)
from rag.library.sources.unanswered import Refused, Unanswered
from rag.types import Paper

if TYPE_CHECKING:
    from rag.library.sources.web import Reply, Web

_PER_PAGE, _PER_PAGE_HERE = 100, 1000
"""zotero.org gives no more than a hundred; the program searches anew for each page."""
_GROUP = re.compile(r"groups/\d+")
_NO_PAPERS = {"attachment", "note", "annotation"}
_HEADERS = {"Zotero-API-Version": "3"}


class _Library(NamedTuple):
    """Whose items: where they are, and where in there."""

    web: Web
    place: str
    per_page: int

    def all(self, path: str, **query: str) -> Iterator[tuple[list[Mapping[str, Any]], Reply]]:
        """The objects below a path, page by page, each page with the reply that it came in."""
        start = 0
        while True:
            asked = {"format": "json", "limit": str(self.per_page), "start": str(start)} | query
            reply = self.web.get(f"{self.place}{path}", asked, headers=_HEADERS)
            objects = document_in(reply.body, self.web.name)
            if not isinstance(objects, list):
                raise Unanswered("Zotero sent a reply of a shape that is not known; try again, or update Zotero")
            yield [item for item in objects if isinstance(item, Mapping)], reply
            start += len(objects)
            if not objects or start >= (number(reply.headers.get("total-results")) or 0):
                return

    def keys(self, path: str) -> set[str]:
        """The keys of all items below a path, which come in one piece."""
        reply = self.web.get(f"{self.place}{path}", {"format": "keys"}, accept="text/plain", headers=_HEADERS)
        return set(reply.body.decode("utf-8", "replace").split())


def pages(query: Query) -> Iterator[Page]:
    library = _library(query)
    named = {str(c.get("key")): _data(c) for some, _ in library.all("/collections") for c in some}
    paths = [f"/collections/{key}/items/top" for key in _within(query.collection, named)] or ["/items/top"]
    memory, away = query.memory or Memory(), library.per_page == _PER_PAGE
    since = {"since": str(memory.version)} if away and memory.version else {}
    met: set[str] = set()
    versions: list[int] = []
    for path in paths:
        for items, reply in library.all(path, **since):
            versions.append(number(reply.headers.get("last-modified-version")) or 0)
            fresh = [item for item in items if str(item.get("key")) not in met]
            met.update(str(item.get("key")) for item in fresh)
            found = _changed(fresh, query.name, named, memory)
            yield Page(found, len(items), total=number(reply.headers.get("total-results")))
    memory.version = min(versions)  # what is changed while this runs is newer than the first page
    memory.present = {key for path in paths for key in library.keys(path)} if since else met


def _library(query: Query) -> _Library:
    if query.text and not _GROUP.fullmatch(query.text):
        raise Refused("it is zotero: for your own library, or zotero:groups/ID for a group's", 400)
    if not query.webs.has_key("zotero"):
        return _Library(query.webs("zotero"), f"/{query.text or 'users/0'}", _PER_PAGE_HERE)
    web = query.webs("zotero.org")
    if query.text:
        return _Library(web, f"/{query.text}", _PER_PAGE)
    told = document_in(web.get("/keys/current", {}, headers=_HEADERS).body, web.name)
    owner = number(told.get("userID")) if isinstance(told, Mapping) else None
    if owner is None:
        raise Unanswered("Zotero does not tell whose key this is; make another at zotero.org/settings/keys")
    return _Library(web, f"/users/{owner}", _PER_PAGE)


def _within(wanted: str | None, named: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The keys of a collection, given by name, by path (``Models/World models``) or by key, and of all within it; none
    for no collection.
    """
    if wanted is None:
        return []
    paths = {key: _path(key, named) for key in named}
    asked = wanted.casefold().strip("/")
    fit = [key for key, path in paths.items() if wanted == key or asked in (path.casefold(), _last(path).casefold())]
    exact = [key for key in fit if wanted == key or paths[key].casefold() == asked]
    chosen = exact or fit
    if len(chosen) != 1:
        listing = ", ".join(sorted(paths[key] for key in chosen or paths)[:20]) or "none"
        why = f"{len(chosen)} collections are called {wanted}" if chosen else f"there is no collection {wanted}"
        raise Refused(f"{why}; give one of these to --collection: {listing}", 404)
    return [key for key in named if chosen[0] in _ancestors(key, named)]


def _ancestors(key: str, named: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A collection and those that it lies in, from within outwards."""
    line: list[str] = []
    while key in named and key not in line:
        line.append(key)
        key = str(named[key].get("parentCollection") or "")
    return line


def _path(key: str, named: Mapping[str, Mapping[str, Any]]) -> str:
    return "/".join(str(named[one].get("name")) for one in reversed(_ancestors(key, named)))


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _changed(
    items: list[Mapping[str, Any]], name: str, named: Mapping[str, Mapping[str, Any]], memory: Memory
) -> list[Found]:
    """The papers of items that are not as they were; notes in the memory what came of each."""
    found: list[Found] = []
    for item in items:
        key, data = str(item.get("key")), _data(item)
        if data.get("itemType") in _NO_PAPERS:
            continue
        digest = hashlib.sha256(json.dumps(_settled(data), sort_keys=True).encode()).hexdigest()[:16]
        if memory.items.get(key, ("", ""))[0] == digest:
            continue
        collections = [_path(one, named) for one in listed(data, "collections") if one in named]
        (made,) = from_records([{**item, "data": {**data, "collections": collections}}], name, _title)
        memory.read[key] = (digest, made.paper_id if isinstance(made, Paper) else "")
        found.append(made)
    return found


def _settled(data: Mapping[str, Any]) -> dict[str, Any]:
    """What of an item is a person's doing."""
    return {name: value for name, value in data.items() if name not in ("version", "dateModified")}


def _title(item: Mapping[str, Any]) -> str:
    data = _data(item)
    return str(data.get("title") or data.get("key") or "an item")[:100]


def _data(item: Mapping[str, Any]) -> Mapping[str, Any]:
    data = item.get("data")
    return data if isinstance(data, Mapping) else {}
