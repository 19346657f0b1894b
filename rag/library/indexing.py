"""Papers -> catalogue -> vectors -> vector index; idempotent, and complete after any interruption by running it
again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import InputError
from rag.library.catalog import Catalog, Unread, WaitingChunk
from rag.library.chunking import chunk_sentences
from rag.library.library import Library
from rag.library.readers import read_papers
from rag.library.sources import asked_of
from rag.models.embedder import WINDOW, Embedder, TextVectors
from rag.text.sentences import split_sentences
from rag.types import MAX_SKIPPED, FormatCount, IndexReport, Paper, Skipped, ThereTwice, Upload, WithoutAbstract

if TYPE_CHECKING:  # what fetches is loaded where something is to be fetched
    from rag.library.sources.fetching import Fetching
    from rag.library.sources.web import Webs

Progress = Callable[[str, int, int | None], None]
"""Called with (phase, done, total); the total of reading is not known. Phases: "reading", "embedding", "indexing";
of a live source "fetching from …" and "waiting for …" too."""
_WRITTEN_TOGETHER = 64
_EMBEDDED_TOGETHER = 256
NOT_KNOWN = "not recognised"
"""What stands for the format of a file that could not be opened, or is none of text."""


def index_papers(
    library: Library,
    embedder: Embedder,
    paths: Iterable[str | Path | Upload],
    progress: Progress | None = None,
    *,
    limit: int | None = None,
    collection: str | None = None,
) -> IndexReport:
    """Reads files, folders and live sources into the library and embeds what is new, holding the library's lock.

    ``limit``, ``collection``: how many papers of a live source, and which part of one. What cannot be read is in the
    report's ``skipped``; the rest is indexed. Raises InputError if no path gave a paper, LibraryBusy, StorageError,
    EmbedderMismatch, LibraryError (a Chroma server that does not answer), ModelError (a server that embeds and fails).
    """
    told = progress or (lambda phase, done, total: None)
    tally, paths = _Tally(library.catalog, told, limit, collection), list(paths)
    with library.writing(), closing(tally):
        library.claim_embedder(embedder)
        library.check_server()
        waited = library.catalog.pending()
        begun = [_noted(path, limit, collection) for path in paths]
        library.catalog.note_unread(begun)
        papers, met = tally.read(paths), dict[str, int]()
        while batch := list(islice(papers, _WRITTEN_TOGETHER)):
            for (
                paper
            ) in batch:  # a transaction each: together, a conversation's turn would wait seconds to be saved in between
                _put(paper, library, embedder, tally, met)
            told("reading", tally.seen, None)
            tally.save()
        tally.finish()
        library.catalog.note_unread((), (one.name for one in begun))
        complete(library, embedder, told)
    report = replace(tally.report(), completed=waited.papers if waited else 0)
    if tally.barren and not tally.seen and report.skipped:
        first, others = report.skipped[0], report.skipped_in_all - 1
        raise InputError(f"{first.where}: {first.why}", f"(and {others} more)" if others else "")
    return report


def resume(library: Library, embedder: Embedder, progress: Progress | None = None) -> IndexReport:
    """Completes what earlier runs left undone: reads again what was not read to its end, and embeds what has no vector.

    What cannot be read again is in the report's ``skipped``, once. Raises as :func:`index_papers`, but for InputError.
    """
    reports, waited = [], library.catalog.pending()
    for one in library.catalog.unread():
        try:
            if one.path is None:
                raise InputError(f"{one.name}: it was not read to its end.", "Index it again from where you have it.")
            done = index_papers(library, embedder, [one.path], progress, limit=one.limit, collection=one.collection)
        except InputError as error:
            where, _, why = str(error).partition(": ")
            done = IndexReport(skipped=[Skipped(where, why)], barren=[one.name])
            with library.writing():
                library.catalog.note_unread((), (one.name,))
        reports.append(done)
    whole = summed([*reports, index_papers(library, embedder, (), progress)])
    return replace(whole, completed=waited.papers if waited else 0)


def summed(reports: Sequence[IndexReport]) -> IndexReport:
    """Several reports as one."""
    return IndexReport(
        sum(r.added for r in reports),
        sum(r.updated for r in reports),
        sum(r.unchanged for r in reports),
        [item for r in reports for item in r.skipped][:MAX_SKIPPED],
        [path for r in reports for path in r.barren],
        dict(sum((Counter(r.left_out) for r in reports), Counter[str]())),
        [note for r in reports for note in r.notes],
        {source: ids for r in reports for source, ids in r.gone.items()},
        sum(r.completed for r in reports),
        _summed_formats(count for r in reports for count in r.formats),
    )


def _summed_formats(counts: Iterable[FormatCount]) -> list[FormatCount]:
    found: dict[str, FormatCount] = {}
    for one in counts:
        there = found.get(one.format)
        sums = (a + b for a, b in zip(there[1:], one[1:], strict=True)) if there else one[1:]
        found[one.format] = FormatCount(one.format, *sums)
    return list(found.values())


def _noted(path: str | Path | Upload, limit: int | None, collection: str | None) -> Unread:
    """What is read, so that another run can go on with it."""
    if isinstance(path, Upload):
        return Unread(path.name, None)
    with suppress(InputError):  # no file and no source: told in its turn
        if asked_of(path, limit, collection) is not None:
            return Unread(str(path), str(path), limit, collection)
    if str(path) == "-":
        return Unread("standard input", None)
    place = os.path.abspath(path)
    return Unread(place, place)


def remove_papers(library: Library, embedder: Embedder, paper_ids: Iterable[str]) -> int:
    """Removes papers and what was made of them, holding the library's lock; returns how many there were. Raises as
    indexing does.
    """
    with library.writing():
        library.check_server()
        removed = library.catalog.remove(paper_ids)
        if removed:
            _bring_in_step(library)
    return removed


def complete(library: Library, embedder: Embedder, progress: Progress | None = None, *, rebuild: bool = False) -> None:
    """Embeds what has no vector yet and brings the vector index in step. The caller holds the lock and has claimed the
    embedder.
    """
    told = progress or (lambda phase, done, total: None)
    total, done = library.catalog.count_without_vector(), 0
    while waiting := library.catalog.chunks_without_vector(_EMBEDDED_TOGETHER):
        _embed(library, embedder, waiting)
        done += len(waiting)
        told("embedding", done, total)
    _bring_in_step(library, told, rebuild=rebuild)


def _embed(library: Library, embedder: Embedder, waiting: list[WaitingChunk]) -> None:
    """Stores the vectors of some chunks; also of the first of them only, if making the others fails: they may have been
    paid for.
    """
    space = library.space()
    made: list[tuple[WaitingChunk, TextVectors]] = []
    try:
        for chunk, vectors in zip(waiting, embedder.embed_documents(chunk.text for chunk in waiting), strict=True):
            library.check_dimension(vectors.whole, space)
            made.append((chunk, vectors))
    finally:
        library.catalog.put_vectors(made)


def _bring_in_step(library: Library, progress: Progress | None = None, *, rebuild: bool = False) -> None:
    """Makes the vector index hold what the catalogue has."""
    if rebuild or not library.index_is_current():
        library.sync_index((lambda n, of: progress("indexing", n, of)) if progress else None, rebuild=rebuild)


@dataclass
class _Tally:
    catalog: Catalog
    told: Progress
    limit: int | None
    collection: str | None
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    seen: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    """How many pieces were skipped, by kind; ``skipped`` has the first of them."""
    barren: list[str] = field(default_factory=list)
    """Paths from which no paper came, or not all that was asked for."""
    fetched: list[Fetching] = field(default_factory=list)
    """What was asked of live sources."""
    formats: dict[str, FormatCount] = field(default_factory=dict)
    """What became of the records of each format."""
    format: str = ""
    """That of what is being read."""
    kept_as: dict[str, str] = field(default_factory=dict)
    """Under which ids papers are kept, by those that they came with, where there is a live source."""
    _at: Fetching | None = None
    _webs: Webs | None = None

    def opened(self, name: str) -> None:
        """Goes on with a file of another format; "" until that is known."""
        self.format = name or NOT_KNOWN
        if name:
            self.count("files")

    def count(self, what: str) -> None:
        """One more of a format's files or records."""
        now = self.formats.get(self.format) or FormatCount(self.format)
        self.formats[self.format] = now._replace(**{what: getattr(now, what) + 1})

    def skip(self, item: Skipped) -> None:
        merged = isinstance(item, ThereTwice)
        self.count("merged" if merged else "without_abstract" if isinstance(item, WithoutAbstract) else "skipped")
        self.left_out[item.kind] = self.left_out.get(item.kind, 0) + 1
        if len(self.skipped) < MAX_SKIPPED:
            self.skipped.append(item)

    def read(self, paths: Iterable[str | Path | Upload]) -> Iterator[Paper]:
        """The papers of all paths; notes what was skipped and which paths gave none."""
        for path in paths:
            found, name = 0, path.name if isinstance(path, Upload) else str(path)
            try:
                for item in self._items(path):
                    if isinstance(item, Skipped):
                        self.skip(item)
                    else:
                        found += 1
                        self.count("read")
                        yield item
            except InputError as error:
                where, _, why = str(error).partition(": ")
                self.skip(Skipped(where, why) if why else Skipped(name, where))
            if not (self._at.has_answered(found) if self._at else found):
                self.barren.append(name)

    def _items(self, path: str | Path | Upload) -> Iterator[Paper | Skipped]:
        self._at = None
        asked = asked_of(path, self.limit, self.collection)
        if asked is None:
            yield from read_papers(path, self.opened)
            return
        from rag.library.sources.fetching import Fetching
        from rag.library.sources.web import Webs

        self._webs = self._webs or Webs(self.told)
        self._at = Fetching(asked, self.catalog, self._webs, self.told)
        self.fetched.append(self._at)
        self.opened(asked.name)
        yield from self._at.papers()

    def save(self) -> None:
        """Remembers how far the live sources are, now that all papers which were given out are written."""
        for fetching in self.fetched:
            fetching.save()

    def finish(self) -> None:
        """Remembers what the live sources have now, and tells what they had."""
        for fetching in self.fetched:
            fetching.save()
            fetching.finish(self.kept_as)

    def close(self) -> None:
        """Lets the live sources go."""
        if self._webs:
            self._webs.close()

    def report(self) -> IndexReport:
        return IndexReport(
            self.added,
            self.updated,
            self.unchanged,
            self.skipped,
            self.barren,
            self.left_out,
            [note for fetching in self.fetched for note in fetching.notes],
            {fetching.asked.name: fetching.gone for fetching in self.fetched if fetching.gone},
            formats=list(self.formats.values()),
        )


def _put(paper: Paper, library: Library, embedder: Embedder, tally: _Tally, met: dict[str, int]) -> None:
    """Writes a paper, unless this run has met it already. ``met``: hashes of abstracts by paper id."""
    tally.seen += 1
    kept, change = library.catalog.resolve(paper)
    if tally.fetched:
        tally.kept_as[paper.paper_id] = kept.paper_id
    if kept.paper_id in met:
        tally.skip(_doubled(paper, met[kept.paper_id] == hash(paper.abstract)))
        return
    met[kept.paper_id] = hash(paper.abstract)
    if change == "unchanged":
        tally.unchanged += 1
        return
    put(kept, library, embedder)
    if change == "added":
        tally.added += 1
    else:
        tally.updated += 1


def put(paper: Paper, library: Library, embedder: Embedder) -> None:
    """Writes a paper with what is made of its text. The caller holds the lock."""
    sentences = split_sentences(paper.paper_id, paper.abstract)
    chunks = chunk_sentences(paper.title, sentences, paper.abstract, WINDOW, embedder.count_tokens)
    library.catalog.put(paper, sentences, chunks)


def _doubled(paper: Paper, alike: bool) -> Skipped:
    if alike:
        return ThereTwice(paper.source, f'"{paper.title}" is there twice; the first is kept.')
    return ThereTwice(
        paper.source,
        f'"{paper.title}" is there twice with different abstracts; the first is kept. Give each its DOI or its own '
        f"title to keep both.",
    )
