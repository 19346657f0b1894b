"""What a source gives: pages of papers. Replies are read by the readers of files; a source only knows how to ask."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rag.library.readers.apis import named_fields
from rag.library.readers.fields import make_paper
from rag.library.readers.text import Document, Unreadable, decode
from rag.library.sources.unanswered import Unanswered
from rag.types import Paper, Skipped

if TYPE_CHECKING:
    from rag.library.sources.web import Webs

Found = Paper | Skipped


@dataclass
class Memory:
    """What is remembered of a source that is asked again and again, and what this run learns of it.

    ``items``: by the source's own key, a hash of the record and the id of its paper ("" where it gave none). ``read``:
    the same of what this run read. ``present``: all keys that are there now; None until that is known.
    """

    version: int = 0
    items: dict[str, tuple[str, str]] = field(default_factory=dict)
    read: dict[str, tuple[str, str]] = field(default_factory=dict)
    present: set[str] | None = None


@dataclass(frozen=True)
class Query:
    """What a source is asked. ``limit``: how many records are wanted at most, None for all; ``place``: where an earlier
    run broke off; ``memory`` is None where all is to be read.
    """

    name: str
    text: str
    webs: Webs
    limit: int | None = None
    place: str | None = None
    collection: str | None = None
    memory: Memory | None = None

    def at_most(self, page: int) -> int:
        """The size of a page that need not be larger than ``page``."""
        return page if self.limit is None else min(page, self.limit)


@dataclass(frozen=True)
class Page:
    """``records``: how many the source counts on this page; ``following``: the place of the next one, None after the
    last; ``total``: how many there are in all, where the source tells.
    """

    found: list[Found]
    records: int
    following: str | None = None
    total: int | None = None


def from_text(body: bytes, name: str, read: Callable[[Document], Iterator[Found]]) -> list[Found]:
    """What a reader of files makes of a reply."""
    try:
        return list(read(decode(name, io.BytesIO(body))))
    except Unreadable as problem:
        raise Unanswered(f"a reply that cannot be read ({problem})") from problem


def from_records(records: Iterable[Any], name: str, key: Callable[[Mapping[str, Any]], object]) -> list[Found]:
    """What the reader of JSON makes of records; ``key`` is what a person finds one by."""
    known = [record for record in records if isinstance(record, Mapping)]
    return [make_paper(named_fields(record), name, f"{name}: {key(record) or 'a record'}") for record in known]


def parsed(body: bytes, who: str) -> Mapping[str, Any]:
    """The object that a reply is. Raises Unanswered where it is none."""
    document = document_in(body, who)
    if not isinstance(document, Mapping):
        raise Unanswered(f"{who} sent a reply of a shape that is not known; try again, or update Citewise")
    return document


def document_in(body: bytes, who: str) -> Any:
    """The JSON that a reply is. Raises Unanswered where it is none."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise Unanswered(f"{who} sent a reply that is no JSON; try again later") from error


def results(reply: Mapping[str, Any], name: str, who: str) -> list[Any]:
    """The list that a reply is about. Raises Unanswered where it has none."""
    if not isinstance(reply.get(name), list):
        raise Unanswered(f"{who} sent a reply without {name}; try again, or update Citewise")
    return listed(reply, name)


def listed(record: Mapping[str, Any], name: str) -> list[Any]:
    """The list under a name; empty where there is none."""
    value = record.get(name)
    return value if isinstance(value, list) else []


def number(value: object) -> int | None:
    """A count as replies write it."""
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None
