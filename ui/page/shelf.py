"""The library's papers held ready for the table, shared by everybody who looks, and read anew when the library has
changed.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from rag import Client
from rag.errors import LibraryNotFound
from ui.page.table import Column, Row, common, known_columns, rows


class Held(NamedTuple):
    """The papers of one generation, the columns for which they have something, and the names that the filter fields
    offer.
    """

    generation: int
    rows: Sequence[Row]
    columns: Sequence[Column]
    authors: Sequence[str]
    venues: Sequence[str]
    tags: Sequence[str]
    collections: Sequence[str]


class Shelf:
    """Safe for threads: one reads, the others wait for it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._held: Held | None = None

    def held(self) -> Held:
        """The papers as they are now; none where there is no library yet. Raises what :meth:`rag.Client.papers`
        raises.
        """
        generation = self._client.about().generation
        with self._lock:
            if self._held is None or self._held.generation != generation:
                self._held = self._read(generation)
            return self._held

    def forget(self) -> None:
        """Has the papers read anew at the next look, also where only details changed that nobody searches by."""
        with self._lock:
            self._held = None

    def _read(self, generation: int) -> Held:
        try:
            held = rows(self._client.papers())
        except LibraryNotFound:
            held = []
        authors, venues = (
            common(a for row in held for a in row.paper.authors),
            common(row.paper.venue or "" for row in held),
        )
        tags, collections = (
            common(tag for row in held for tag in row.paper.details.tags),
            common(path for row in held for path in row.paper.details.collections),
        )
        return Held(generation, held, known_columns(held), authors, venues, tags, collections)
