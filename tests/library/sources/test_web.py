"""Manners and patience on the way to a live source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from live_source import LiveSource, Played, as_json

from rag.errors import UsageError
from rag.library.sources.unanswered import Refused, Unanswered
from rag.library.sources.web import HOSTS, Webs


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSource]:
    with LiveSource(lambda asked: as_json({"herons": asked.path})) as made:
        monkeypatch.setenv("CITEWISE_SOURCE_URLS", ",".join(f"{host}={made.url}" for host in HOSTS))
        yield made


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def webs(pauses: list[float]) -> Iterator[Webs]:
    made = Webs(pause=pauses.append)
    yield made
    made.close()


def test_it_says_who_asks_and_whom_to_write_to(source: LiveSource, webs: Webs, monkeypatch: pytest.MonkeyPatch) -> None:
    webs("arxiv").get("/query", {})
    monkeypatch.setenv("CITEWISE_EMAIL", "ada@example.org")
    webs("crossref").get("/works", {})
    first, second = source.asked
    assert first.headers["user-agent"].startswith("citewise/")
    assert "@" not in first.headers["user-agent"]
    assert second.headers["user-agent"].endswith("(mailto:ada@example.org)")
    assert second.query == {"mailto": "ada@example.org"}


def test_a_key_goes_to_its_own_host_only(source: LiveSource, webs: Webs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_SOURCE_KEYS", "s2=secret-one openalex=secret-two")
    for host in ("s2", "openalex", "arxiv", "crossref", "pubmed"):
        webs(host).get("/", {})
    assert [asked.headers.get("x-api-key") for asked in source.asked] == ["secret-one", None, None, None, None]
    assert [asked.query.get("api_key") for asked in source.asked] == [None, "secret-two", None, None, None]


def test_a_passing_failure_is_met_with_more_attempts(source: LiveSource, webs: Webs, pauses: list[float]) -> None:
    source.refusals = [Played(status=503), Played(status=429, headers={"Retry-After": "7"}), Played(status=500)]
    assert b"herons" in webs("arxiv").get("/query", {}).body
    assert pauses == [1, 7, 4]


def test_retry_after_may_be_a_date(source: LiveSource, webs: Webs, pauses: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    source.refusals = [Played(status=429, headers={"Retry-After": soon})]
    webs("arxiv").get("/query", {})
    assert 0 < pauses[0] <= 100


def test_patience_ends(source: LiveSource, webs: Webs, pauses: list[float]) -> None:
    source.refusals = [Played("<html>busy</html>", 503)] * 9
    with pytest.raises(Unanswered, match=r"^arXiv does not answer \(status 503\); try again later$"):
        webs("arxiv").get("/query", {})
    assert len(source.asked) == 5


def test_a_day_is_not_waited_for(source: LiveSource, webs: Webs, pauses: list[float]) -> None:
    source.refusals = [Played('{"message": "Daily limit exceeded."}', 429, {"Retry-After": "36000"})]
    with pytest.raises(Unanswered) as told:
        webs("openalex").get("/works", {})
    assert "Daily limit exceeded" in str(told.value)
    assert "10.0 hours" in str(told.value)
    assert "CITEWISE_SOURCE_KEYS=openalex=" in str(told.value)
    assert pauses == []


def test_what_is_refused_is_asked_once(source: LiveSource, webs: Webs) -> None:
    source.refusals = [Played('{"error": "Invalid filter", "message": "Unknown field: colour"}', 400)]
    with pytest.raises(Refused, match=r"does not take this \(status 400, Unknown field: colour\)"):
        webs("openalex").get("/works", {})
    assert len(source.asked) == 1


def test_a_redirect_is_followed_on_the_same_host_only(source: LiveSource, webs: Webs) -> None:
    source.refusals = [Played(status=301, headers={"Location": "/works/new"})]
    assert b"/works/new" in webs("openalex").get("/works/old", {}).body
    source.refusals = [Played(status=302, headers={"Location": "https://elsewhere.example/"})]
    with pytest.raises(Refused, match=r"sends to elsewhere\.example instead"):
        webs("openalex").get("/works/old", {})


def test_a_host_that_asks_for_time_is_given_it(source: LiveSource, webs: Webs, pauses: list[float]) -> None:
    source.refusals = [Played("[]", headers={"Backoff": "30"})]
    web = webs("zotero.org")
    web.get("/keys/current", {})
    web.get("/keys/current", {})
    (pause,) = pauses
    assert 20 < pause <= 30


def test_each_host_is_asked_no_faster_than_it_says(webs: Webs) -> None:
    published = {"arxiv": 3.0, "pubmed": 1 / 3, "s2": 1.0, "crossref": 1.0, "openalex": 0.01}
    assert all(webs(host).seconds >= seconds for host, seconds in published.items())


def test_who_does_not_run_is_said_to_be_started(webs: Webs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_SOURCE_URLS", "zotero=http://127.0.0.1:9")
    with pytest.raises(Unanswered, match=r"Zotero does not answer \(connection refused\); start Zotero"):
        webs("zotero").get("/", {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CITEWISE_SOURCE_URLS", "arxiv=http://mirror.example"),
        ("CITEWISE_SOURCE_URLS", "arxive=https://mirror.example"),
        ("CITEWISE_SOURCE_KEYS", "hush-hush"),
        ("CITEWISE_SOURCE_KEYS", "scopus=hush-hush"),
        ("CITEWISE_EMAIL", "nobody"),
    ],
)
def test_wrong_settings_are_named_and_no_key_is_shown(
    webs: Webs, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=name) as told:
        webs("arxiv")
    assert "hush-hush" not in str(told.value)
