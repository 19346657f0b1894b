"""Zotero, the program and the web API, played by a server on this machine: all at first, then what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes import FakeEmbedder
from live_source import LiveSource, Played, Question, animals, as_json

from rag.errors import InputError
from rag.library.indexing import index_papers, remove_papers
from rag.library.library import Library
from rag.types import IndexReport

Fetch = Callable[..., IndexReport]


class Shelf:
    """A Zotero library: items by key, each with the version of its last synchronised change, and collections."""

    def __init__(self, n: int) -> None:
        self.version = 10
        self.items: dict[str, dict[str, Any]] = {}
        self.collections = {"COLL0001": ("Models", False), "COLL0002": ("World models", "COLL0001")}
        self.is_synchronised = True
        for i in range(n):
            self.put(i)

    def put(self, i: int, *collections: str, **changed: object) -> None:
        """Adds or edits an item."""
        if self.is_synchronised:
            self.version += 1
        paper, key = animals(i + 1)[i], f"ITEM{i:04d}"
        old = self.items.get(key, {"version": 0, "data": {"collections": []}})
        data = {
            "key": key,
            "itemType": "journalArticle",
            "title": paper["title"],
            "abstractNote": paper["abstract"],
            "creators": [{"creatorType": "author", "firstName": "Ada", "lastName": "Lovelace"}],
            "DOI": paper["doi"],
            "date": "2025",
            "tags": [{"tag": "birds"}],
            "collections": [*collections] or old["data"]["collections"],
            **changed,
        }
        self.items[key] = {
            "key": key,
            "version": self.version if self.is_synchronised else old["version"],
            "data": data,
        }

    def answer(self, asked: Question) -> Played | None:
        web, path = asked.path.startswith("/web/"), asked.path.split("/", 2)[2]
        if web and path == "keys/current":
            return as_json({"userID": 475425, "username": "ada"})
        owner = "users/475425/" if web else "users/0/"
        if not path.startswith(owner):
            return Played("Not found", 404)
        parts = path.removeprefix(owner).split("/")
        if parts == ["collections"]:
            found: list[Any] = [
                {"key": key, "data": {"key": key, "name": name, "parentCollection": parent}}
                for key, (name, parent) in self.collections.items()
            ]
        elif parts[-2:] == ["items", "top"]:
            within = parts[1] if parts[0] == "collections" else None
            found = [i for i in self.items.values() if within is None or within in i["data"].get("collections", ())]
            found = [i for i in found if i["version"] > int(asked.query.get("since", -1))]
        else:
            return None
        headers = {"Total_Results": str(len(found)), "Last_Modified_Version": str(self.version)}
        if asked.query["format"] == "keys":
            return Played("\n".join(item["key"] for item in found) + "\n")
        start, limit = int(asked.query["start"]), int(asked.query["limit"])
        return as_json(found[start : start + (min(limit, 100) if web else limit)], **headers)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(5)


@pytest.fixture
def source(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSource]:
    with LiveSource(shelf.answer) as made:
        monkeypatch.setenv("CITEWISE_SOURCE_URLS", f"zotero={made.url}/here,zotero.org={made.url}/web")
        yield made


@pytest.fixture
def with_key(source: LiveSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_SOURCE_KEYS", "zotero=s3cret")


@pytest.fixture
def fetch(source: LiveSource, library: Library, fake: FakeEmbedder) -> Fetch:
    def run(path: str = "zotero:", *, limit: int | None = None, collection: str | None = None) -> IndexReport:
        return index_papers(library, fake, [path], limit=limit, collection=collection)

    return run


def counts(report: IndexReport) -> tuple[int, int, int]:
    return report.added, report.updated, report.unchanged


both = pytest.mark.parametrize("has_key", [False, True], ids=["the program", "the web API"])


@pytest.fixture
def _key(has_key: bool, source: LiveSource, monkeypatch: pytest.MonkeyPatch) -> None:
    if has_key:
        monkeypatch.setenv("CITEWISE_SOURCE_KEYS", "zotero=s3cret")


@both
@pytest.mark.usefixtures("_key")
def test_a_second_run_takes_what_has_changed(shelf: Shelf, fetch: Fetch, library: Library) -> None:
    assert counts(fetch()) == (5, 0, 0)
    assert {p.source for p in library.catalog.papers()} == {"zotero"}
    report = fetch()
    assert (counts(report), report.barren, report.gone) == ((0, 0, 0), [], {})
    assert report.notes == ["zotero: nothing is new or changed since the last time"]
    shelf.put(2, abstractNote="The herons had been counted twice. There were 12.")
    shelf.put(5)
    assert counts(fetch()) == (1, 1, 0)
    assert counts(fetch()) == (0, 0, 0)


def test_an_edit_that_was_never_synchronised_is_noticed(shelf: Shelf, fetch: Fetch) -> None:
    fetch()
    shelf.is_synchronised = False
    shelf.put(2, abstractNote="The herons had been counted twice. There were 12.")
    shelf.put(5)  # has no version at all
    assert counts(fetch()) == (1, 1, 0)


@both
@pytest.mark.usefixtures("_key")
def test_what_is_gone_is_told_until_it_is_removed_here_too(
    shelf: Shelf, fetch: Fetch, library: Library, fake: FakeEmbedder
) -> None:
    fetch()
    del shelf.items["ITEM0001"], shelf.items["ITEM0003"]
    gone = {"zotero": ["doi:10.5555/animal.2", "doi:10.5555/animal.4"]}
    report = fetch()
    assert (report.gone, library.catalog.count()) == (gone, 5)
    assert fetch().gone == gone
    remove_papers(library, fake, ["doi:10.5555/animal.2"])
    assert fetch().gone == {"zotero": ["doi:10.5555/animal.4"]}
    shelf.put(3)
    assert fetch().gone == {}


@both
@pytest.mark.usefixtures("_key")
def test_a_paper_that_is_there_under_another_key_is_not_gone(shelf: Shelf, fetch: Fetch) -> None:
    fetch()
    shelf.put(0)
    shelf.items["TWIN0000"] = {**shelf.items.pop("ITEM0000"), "key": "TWIN0000"}
    assert fetch().gone == {}


@both
@pytest.mark.usefixtures("_key")
def test_a_collection_is_taken_with_those_within_it(shelf: Shelf, fetch: Fetch, library: Library) -> None:
    shelf.put(0, "COLL0001")
    shelf.put(1, "COLL0002")
    shelf.put(2, "COLL0001", "COLL0002")
    assert counts(fetch(collection="world models")) == (2, 0, 0)
    assert counts(fetch(collection="Models")) == (1, 0, 2)
    shelf.put(2, "COLL0001")  # out of the one, and still in the other
    assert fetch(collection="Models/World models").gone == {}  # another name, another memory
    assert fetch(collection="world models").gone == {"zotero (world models)": ["doi:10.5555/animal.3"]}
    assert fetch(collection="Models").gone == {}


def test_a_collection_that_is_none_or_two_is_told(shelf: Shelf, fetch: Fetch) -> None:
    with pytest.raises(
        InputError, match="there is no collection Birds; give one of these to --collection: Models, Mod"
    ):
        fetch(collection="Birds")
    shelf.collections |= {"COLL0003": ("Others", False), "COLL0004": ("World models", "COLL0003")}
    with pytest.raises(InputError, match="2 collections are called World Models"):
        fetch(collection="World Models")
    shelf.put(4, "COLL0004")
    assert counts(fetch(collection="Others/World models")) == (1, 0, 0)


def test_notes_and_attachments_are_no_papers(shelf: Shelf, fetch: Fetch) -> None:
    shelf.items["NOTE0001"] = {"key": "NOTE0001", "version": 1, "data": {"itemType": "note", "note": "read this"}}
    report = fetch()
    assert (counts(report), report.skipped) == ((5, 0, 0), [])


def test_an_item_without_an_abstract_is_told_once(shelf: Shelf, fetch: Fetch) -> None:
    shelf.put(2, abstractNote="")
    report = fetch()
    assert report.left_out == {"without an abstract": 1}
    assert report.skipped[0].where == f"zotero: {animals(3)[2]['title']}"
    assert fetch().left_out == {}
    shelf.put(2)
    assert counts(fetch()) == (1, 0, 0)


def test_with_a_limit_all_is_read_anew(shelf: Shelf, fetch: Fetch) -> None:
    fetch()
    report = fetch(limit=3)
    assert (counts(report), report.gone) == ((0, 0, 3), {})
    assert counts(fetch()) == (0, 0, 0)  # and nothing was forgotten


@pytest.mark.usefixtures("with_key")
def test_the_web_api_is_asked_page_by_page_and_for_what_is_newer(
    shelf: Shelf, source: LiveSource, fetch: Fetch
) -> None:
    for i in range(5, 120):
        shelf.put(i)
    assert counts(fetch()) == (120, 0, 0)
    assert {asked.headers["zotero-api-key"] for asked in source.asked} == {"s3cret"}
    assert {asked.headers["zotero-api-version"] for asked in source.asked} == {"3"}
    source.asked.clear()
    shelf.put(0, title="Another title of herons")
    assert counts(fetch()) == (0, 1, 0)
    (items,) = [a for a in source.asked if a.path.endswith("/items/top") and a.query["format"] == "json"]
    assert items.query["since"] == "130"


def test_a_run_that_breaks_off_misses_nothing(shelf: Shelf, source: LiveSource, fetch: Fetch) -> None:
    fetch()
    shelf.put(6)
    source.refusals = [as_json([], Total_Results="0"), Played("Not now", 403)]
    with pytest.raises(InputError, match="start Zotero and allow other applications"):
        fetch()
    assert counts(fetch()) == (1, 0, 0)


def test_who_does_not_run_is_to_be_started(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_SOURCE_URLS", "zotero=http://127.0.0.1:9")
    with pytest.raises(InputError, match=r"^zotero: Zotero does not answer \(connection refused\); start Zotero"):
        fetch()
