"""The one way out to live sources: polite, patient within reason, and to nobody but the host that was named.

A host is asked one thing at a time and no faster than it likes; a passing failure is met with a few more attempts,
after what ``Retry-After`` says. A redirect to another host is not followed. Keys go to their own host only.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2

from rag.errors import UsageError
from rag.library.sources.unanswered import Refused, Unanswered
from rag.settings import proxy_for, settings
from rag.text.display import shown
from rag.version import installed_version

_ATTEMPTS = 5
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 120.0
"""Seconds before another attempt where the host does not say, doubled each time; and the longest that is waited."""
_CONNECT, _SILENCE = 10.0, 60.0
"""Seconds to reach a host, and how long it may be silent."""
_MOST = 256 << 20
"""Bytes of a reply, unpacked."""
_PASSING = {408, 425, 429, 500, 502, 503, 504, *range(520, 525)}
_REDIRECTS = 3
Told = Callable[[str, int, int | None], None]


class Host(NamedTuple):
    """Where a source is and what it likes. ``seconds``: from one request to the next. ``email``, ``key``: as which
    parameter, or header where it has a capital letter, it takes the contact address and the key.
    """

    name: str
    address: str
    seconds: float
    email: str = ""
    key: str = ""
    remedy: str = "try again later"
    """What to do where it gives nothing."""


_KEY = "set a key of yours: CITEWISE_SOURCE_KEYS={0}=…"
HOSTS = {
    "arxiv": Host("arXiv", "https://export.arxiv.org/api", 3.0),
    "openalex": Host("OpenAlex", "https://api.openalex.org", 0.2, "mailto", "api_key", _KEY + " (openalex.org)"),
    "pubmed": Host("PubMed", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils", 0.4, "email", "api_key"),
    "s2": Host(
        "Semantic Scholar", "https://api.semanticscholar.org/graph/v1", 1.1, "", "X-Api-Key", "try later, or " + _KEY
    ),
    "crossref": Host("Crossref", "https://api.crossref.org", 1.0, "mailto"),
    "datacite": Host("DataCite", "https://api.datacite.org", 0.5),
    "zotero": Host(
        "Zotero",
        "http://localhost:23119/api",
        0.0,
        remedy="start Zotero and allow other applications to talk to it (Settings, Advanced), or "
        "set a key for its web API: CITEWISE_SOURCE_KEYS=zotero=… (zotero.org/settings/keys)",
    ),
    "zotero.org": Host(
        "Zotero's web API",
        "https://api.zotero.org",
        0.3,
        key="Zotero-API-Key",
        remedy="make a key at zotero.org/settings/keys",
    ),
}


@dataclass(frozen=True)
class Reply:
    """``headers`` by names in small letters."""

    body: bytes
    headers: Mapping[str, str]


class Webs:
    """The hosts of one run, each opened when it is first asked. ``pause`` sleeps; ``told`` hears of waits that a person
    would notice.
    """

    def __init__(self, told: Told | None = None, pause: Callable[[float], None] = time.sleep) -> None:
        self._told, self._pause = told or (lambda phase, done, total: None), pause
        self._webs: dict[str, Web] = {}

    def __call__(self, host: str) -> Web:
        """Raises UsageError where the settings name what is none."""
        if host not in self._webs:
            self._webs[host] = Web(host, self._told, self._pause)
        return self._webs[host]

    @staticmethod
    def has_key(host: str) -> bool:
        """Whether the settings have a key for a host."""
        return host in _keys()

    def close(self) -> None:
        for web in self._webs.values():
            web.close()


class Web:
    """A host. ``seconds``: from one request to the next; a mirror on this machine is asked without pause."""

    def __init__(self, host: str, told: Told, pause: Callable[[float], None]) -> None:
        known = HOSTS[host]
        self.name = known.name
        key = _keys().get(host.removesuffix(".org"), "")
        self._address = checked_address(_pairs("CITEWISE_SOURCE_URLS", settings().source_urls).get(host, known.address))
        self._remedy = known.remedy.format(host)
        self._told, self._pause = told, pause
        self.seconds = 0.0 if _is_here(self._address) else known.seconds
        self._not_before = 0.0
        email, contact = settings().email or "", f" (mailto:{settings().email})" if settings().email else ""
        given = {known.email: email, known.key: key}
        given = {name: value for name, value in given.items() if name and value}
        self._query = {name: value for name, value in given.items() if name.islower()}
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(_SILENCE, connect=_CONNECT),
            headers={"User-Agent": f"citewise/{installed_version().strip('()').replace(' ', '-')}{contact}"}
            | {name: value for name, value in given.items() if not name.islower()},
            verify=httpx2.create_ssl_context(),
            proxy=proxy_for(self._address),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._client.close()

    def get(
        self, path: str, query: Mapping[str, str], accept: str = "application/json", headers: Mapping[str, str] = {}
    ) -> Reply:
        """The reply at a path below the host's address. Raises Refused for a request that it does not take, Unanswered
        where there is no reply after some attempts.
        """
        wait = _FIRST_WAIT
        for attempt in range(1, _ATTEMPTS + 1):
            fault, asked_to_wait = "", None
            try:
                status, reply = self._sent(path, self._query | dict(query), {"Accept": accept, **headers})
            except httpx2.TransportError as error:
                fault = _reason(error)
                if _is_here(self._address):  # a program that does not run won't in a moment
                    raise Unanswered(f"{self.name} does not answer ({fault}); {self._remedy}") from error
            else:
                if status < 300:
                    return reply
                if status not in _PASSING:
                    raise self._refused(status, reply)
                asked_to_wait = _seconds(reply.headers.get("retry-after"))
                fault = f"status {status}{_said(reply)}"
            seconds = wait if asked_to_wait is None else asked_to_wait
            if attempt == _ATTEMPTS or seconds > _LONGEST_WAIT:
                later = f", and asks to wait {_span(seconds)}" if seconds > _LONGEST_WAIT else ""
                raise Unanswered(f"{self.name} does not answer ({fault}){later}; {self._remedy}")
            self._told(f"waiting for {self.name}", 0, math.ceil(seconds))
            self._pause(seconds)
            self._told(f"waiting for {self.name}", math.ceil(seconds), math.ceil(seconds))
            wait *= 2
        raise AssertionError("the last attempt raises")

    def _sent(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Reply]:
        """One attempt, after the pause that the host likes."""
        url = httpx2.URL(f"{self._address}{path}", params=query)
        for _ in range(_REDIRECTS):
            if (early := self._not_before - time.monotonic()) > 0:
                self._pause(early)
            try:
                with self._client.stream("GET", url, headers=headers) as response:
                    if response.is_redirect and "location" in response.headers:
                        url = self._redirected(response)
                        continue
                    told = {name.lower(): value for name, value in response.headers.items()}
                    return response.status_code, Reply(self._whole(response), told)
            finally:
                self._not_before = time.monotonic() + self.seconds
        raise Refused(f"{self.name} sends from one address to the next; {self._remedy}", 310)

    def _redirected(self, response: httpx2.Response) -> httpx2.URL:
        target = response.url.join(response.headers["location"])
        if (target.scheme, target.host, target.port) != (response.url.scheme, response.url.host, response.url.port):
            raise Refused(f"{self.name} sends to {target.host} instead, which was not asked for", response.status_code)
        return target

    def _whole(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        for data in response.iter_bytes():
            body += data
            if len(body) > _MOST:
                raise Unanswered(f"{self.name} sends a reply without end; try again later")
        backoff = _seconds(response.headers.get("backoff"))  # Zotero's way to say it beside a reply
        self.seconds = max(self.seconds, min(backoff or 0.0, _LONGEST_WAIT))
        return bytes(body)

    def _refused(self, status: int, reply: Reply) -> Refused:
        said = _said(reply)
        if status in (401, 403):
            return Refused(f"{self.name} lets nobody in like this (status {status}{said}); {self._remedy}", status)
        if status == 404:
            return Refused(f"{self.name} has nothing of that name{said.replace(',', ':', 1)}; check it", status)
        return Refused(f"{self.name} does not take this (status {status}{said}); correct it", status)


def _keys() -> dict[str, str]:
    kept = settings().source_keys
    return _pairs("CITEWISE_SOURCE_KEYS", kept.get_secret_value() if kept else None)


def _pairs(setting: str, told: str | None) -> dict[str, str]:
    """``s2=KEY, openalex=KEY`` -> by host. Raises UsageError, without the values, for what is not of that shape."""
    pairs = {}
    for pair in re.split(r"[\s,]+", (told or "").strip()):
        name, equals, value = pair.partition("=")
        if pair and (not equals or not value or name not in HOSTS):
            what = f"{name} is no source" if equals and value else "not of the shape NAME=VALUE"
            raise UsageError(f"{setting}: {what}.", f"Names are {', '.join(HOSTS)}, like s2=…, openalex=…")
        if pair:
            pairs[name] = value
    return pairs


def checked_address(address: str) -> str:
    """Raises UsageError for an address that is neither https nor this machine's."""
    if not address.startswith("https://") and not (address.startswith("http://") and _is_here(address)):
        raise UsageError(
            f"CITEWISE_SOURCE_URLS: {address} is no address of https.", "Give one like https://mirror.example/api"
        )
    return address.rstrip("/")


def _is_here(address: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seconds(told: str | None) -> float | None:
    """What ``Retry-After`` says: seconds, or a date."""
    if not told:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _span(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{math.ceil(seconds / 60)} minutes"


def _said(reply: Reply) -> str:
    """What the host says of it, in a few words; nothing where that is a web page."""
    text = reply.body[:4000].decode("utf-8", "replace")
    try:
        told: Any = json.loads(reply.body)
    except ValueError:
        summary = re.search(r"<summary>(.+?)</summary>", text, re.DOTALL)
        text = summary[1] if summary else "" if text.lstrip().startswith("<") else text
    else:
        told = told if isinstance(told, dict) else {}
        named = (told.get(name) for name in ("message", "error", "detail", "title"))
        text = next((value for value in named if isinstance(value, str)), "")
    words = " ".join(shown(text).split())[:200].rstrip(".")
    return f", {words}" if words else ""


def _reason(error: httpx2.TransportError) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "no reply in time"
    return str(error).removeprefix("[Errno ").partition("] ")[2].lower() or str(error) or type(error).__name__
