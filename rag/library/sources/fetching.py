"""One source in one run of indexing: papers until the limit, going on where an earlier run broke off, and what the
library remembers of it.

What is remembered is written after the papers that it tells of: a run that is killed reads some again, and misses none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.library.catalog import Catalog
from rag.library.sources import SOURCES, Asked
from rag.library.sources.pages import Found, Memory, Query
from rag.library.sources.unanswered import Refused, Unanswered
from rag.library.sources.web import Told, Webs
from rag.types import Skipped


class _Place(NamedTuple):
    """Where a run broke off: the place that the source knows, and how many records came before it."""

    place: str
    read: int


@dataclass
class Fetching:
    """``notes``: what a person should know of it. ``gone``: papers that the source had once and has no longer."""

    asked: Asked
    catalog: Catalog
    webs: Webs
    told: Told
    notes: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    is_done: bool = False
    """Whether the source gave all that was asked."""
    _next: _Place | None = None
    _written: _Place | None = None
    _memory: Memory | None = None

    def papers(self) -> Iterator[Found]:
        """Papers and skipped pieces, in the source's order; the last is the reason where it broke off."""
        for begun in (self._where_it_broke_off(), None):
            try:
                yield from self._papers(begun)
                return
            except Unanswered as why:
                is_forgotten = isinstance(why, Refused) and begun is not None and self._next == begun
                if not is_forgotten:
                    yield self._broken_off(why)
                    return
                self.notes.clear()  # the source does not know that place any more: from the beginning

    def _papers(self, begun: _Place | None) -> Iterator[Found]:
        source, read, total = SOURCES[self.asked.source], begun.read if begun else 0, None
        limit = self._limit
        self._next = begun
        if begun:
            self.notes.append(f"{self.asked.name}: went on after the {begun.read:,} that came before it broke off")
        memory = self._remembered() if self._is_kept_in_step else None
        left = None if limit is None else max(0, limit - read)
        query = Query(
            self.asked.name, self.asked.text, self.webs, left, begun and begun.place, self.asked.collection, memory
        )
        for page in source.pages(query):
            yield from page.found if limit is None else page.found[: limit - read]
            read, total = read + page.records, page.total
            at_end = page.following is None or (limit is not None and read >= limit)
            self._next = None if at_end or page.following is None else _Place(page.following, read)
            self.told(f"fetching from {source.name}", read if limit is None else min(read, limit), limit or total)
            if limit is not None and read >= limit:
                break
        self.is_done = True
        self._memory = memory
        if not read and not (memory and memory.items):
            self.is_done = False
            yield Skipped(self.asked.name, f"{source.name} has nothing that fits; ask otherwise")
        if total is not None and limit is not None and total > max(read, limit):
            self.notes.append(f"{self.asked.name}: {total:,} found, the first {limit:,} read; --limit takes more")

    def _broken_off(self, why: Unanswered) -> Skipped:
        kept = f" What came before, {self._next.read:,}, is kept: run it again to go on." if self._next else ""
        return Skipped(self.asked.name, f"{why}.{kept}" if kept else str(why))

    def has_answered(self, papers: int) -> bool:
        """Whether a run that gave so many papers is none that failed: where it is to give what has changed, nothing may
        have.
        """
        return self.is_done and (papers > 0 or self._is_kept_in_step)

    # --- what the library remembers -----------------------------------------------------------------------------------

    @property
    def _limit(self) -> int | None:
        return self.asked.limit or SOURCES[self.asked.source].limit

    @property
    def _is_kept_in_step(self) -> bool:
        """Whether a second run is to give what has changed: where all is asked for of a library that a person keeps."""
        return SOURCES[self.asked.source].limit is None and self.asked.limit is None

    @property
    def _setting(self) -> str:
        return f"source {self.asked.name}"

    def _kept(self) -> Mapping[str, object]:
        with suppress(ValueError):
            kept = json.loads(self.catalog.setting(self._setting) or "{}")
            return kept if isinstance(kept, dict) else {}
        return {}

    def _where_it_broke_off(self) -> _Place | None:
        place, read = self._kept().get("place"), self._kept().get("read")
        self._written = _Place(place, read) if isinstance(place, str) and isinstance(read, int) else None
        was_for_more = self._written and self._limit is not None and self._written.read >= self._limit
        return None if was_for_more else self._written

    def _remembered(self) -> Memory:
        kept = self._kept()
        version, items = kept.get("version"), kept.get("items")
        if not isinstance(version, int) or not isinstance(items, dict):
            return Memory()
        return Memory(version, {key: (str(value[0]), str(value[1])) for key, value in items.items()})

    def save(self) -> None:
        """Remembers how far it is. Call it when all papers that were given out are written."""
        if self._next != self._written:
            self.catalog.set_setting(self._setting, json.dumps(self._next._asdict()) if self._next else "")
            self._written = self._next

    def finish(self, kept_as: Mapping[str, str]) -> None:
        """Remembers what the source has now, and tells what it had. ``kept_as``: the ids under which papers of this run
        are kept, by those that they came with.
        """
        memory = self._memory
        if memory is None or memory.present is None:
            return
        read = {key: (digest, kept_as.get(paper, paper)) for key, (digest, paper) in memory.read.items()}
        items = memory.items | read
        there = {items[key][1] for key in memory.present if key in items}
        missing = {paper for key, (_, paper) in items.items() if key not in memory.present and paper} - there
        self.gone = sorted(self.catalog.rows_of_papers(missing))
        if memory.items and not read:
            self.notes.append(f"{self.asked.name}: nothing is new or changed since the last time")
        kept = {key: item for key, item in items.items() if key in memory.present or item[1] in self.gone}
        self.catalog.set_setting(self._setting, json.dumps({"version": memory.version, "items": kept}))
