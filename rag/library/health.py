"""Is a library whole, and if not, what mends it? Behind ``citewise check``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.library.indexing import complete, put
from rag.library.library import Library
from rag.library.store.auditing import Fault
from rag.models.embedder import Embedder

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Health:
    """What an examination found. ``problems`` and ``remedies`` are lines for a person; a library without problems is
    whole.
    """

    folder: Path
    papers: int
    chunks_without_vector: int
    index_is_whole: bool
    embedder: str | None
    """Whose vectors it holds; none while it holds none."""
    embedder_in_use: str
    """Who would embed a question now."""
    problems: list[str] = field(default_factory=list)
    set_apart: list[str] = field(default_factory=list)
    """What a repair took out of use because nothing can make it anew."""

    @property
    def is_whole(self) -> bool:
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "library": str(self.folder),
            "whole": self.is_whole,
            "papers": self.papers,
            "chunks_without_vector": self.chunks_without_vector,
            "index_is_whole": self.index_is_whole,
            "embedder": self.embedder,
            "embedder_in_use": self.embedder_in_use,
            "problems": self.problems,
            "set_apart": self.set_apart,
        }


def examine(
    library: Library,
    embedder: Embedder,
    *,
    repair: bool = False,
    reembed: bool = False,
    progress: Progress | None = None,
) -> Health:
    """Examines a library; with ``repair`` or ``reembed`` it is mended first.

    Raises LibraryBusy, StorageError, and ModelError where vectors are to be made and the embedder's server fails. What
    was embedded anew until then is kept: the next ``reembed`` goes on from there.
    """
    if reembed:
        with library.writing():
            if not _was_broken_off(library, embedder):
                library.forget_vectors(embedder)
            complete(library, embedder, progress, rebuild=True)
    elif repair:
        with library.writing():
            library.catalog.mend_settings()
            library.claim_embedder(embedder)
            if not library.catalog.text_is_whole():
                library.catalog.rebuild_text()
            _mend(library, embedder)
            complete(library, embedder, progress, rebuild=not library.index_is_whole())
    return _found(library, embedder)


def _mend(library: Library, embedder: Embedder) -> None:
    """Makes anew what is derived and does not fit, and sets apart what nothing can make anew. The caller holds the
    lock.
    """
    catalog = library.catalog
    faulty = catalog.faults()
    with catalog.together():
        catalog.set_apart([fault for fault in faulty if not fault.is_derived])
        for row, paper in catalog.papers_at(fault.row for fault in faulty if fault.where == "derived").items():
            catalog.forget_chunks(row)
            put(paper, library, embedder)
        catalog.forget_vectors_of(fault.row for fault in faulty if fault.where == "vectors")
        if any(fault.where == "conversations" for fault in faulty):
            catalog.conversations.mend_dates()
    if not catalog.text_is_whole():  # the text of what was set apart was not what had been indexed
        catalog.rebuild_text()


def _was_broken_off(library: Library, embedder: Embedder) -> bool:
    """Whether the embedder has been at work here and is not done; what it made need not be made twice."""
    if library.catalog.setting("embedder") != embedder.fingerprint or not library.catalog.count_without_vector():
        return False
    return library.space().dimension == embedder.space().dimension


def _found(library: Library, embedder: Embedder) -> Health:
    catalog = library.catalog
    problems = [
        f"{catalog.path}: {fault}; move {library.folder} away and index your files again"
        for fault in catalog.problems()
    ]
    problems += [_told(fault) for fault in catalog.faults()]
    if not catalog.text_is_whole():
        problems.append("the full-text index does not match the papers; mend it with: citewise check --repair")
    waiting = catalog.count_without_vector()
    if waiting:
        problems.append(f"{waiting} pieces of text have no vector yet; finish with: citewise check --repair")
    made_by = catalog.setting("embedder")
    if made_by not in (None, embedder.fingerprint):
        problems.append(
            f"its vectors were made by {made_by}, the embedder in use is {embedder.fingerprint}; "
            "make them anew with: citewise check --reembed"
        )
    current = library.index_is_current() and library.index_is_whole()
    if not current:
        problems.append(
            "the vector index is incomplete or damaged (searches still work, more slowly); mend it with: citewise "
            "check --repair"
        )
    apart = [f"{why}; set apart" for why in catalog.told_apart()]
    return Health(library.folder, catalog.count(), waiting, current, made_by, embedder.fingerprint, problems, apart)


def _told(fault: Fault) -> str:
    """A fault and what to do."""
    if fault.is_derived:
        return f"{fault.told}; make it anew with: citewise check --repair"
    again = ", then index its file again" if fault.where == "papers" else ""
    return f"{fault.told}; set it apart with: citewise check --repair{again}"
