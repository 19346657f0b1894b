"""Documents of a public data set -> a library that keeps their ids, made once and kept in a cache.

A reader of papers gives a paper an id of its own making and takes two records of one title and one text for one paper.
A data set's judgements name *its* ids, so that here each document becomes a paper of its own under the id
``data:<id>``: nothing is merged and every id comes back.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.library.chunking import chunk_sentences
from rag.library.indexing import Progress, complete
from rag.library.library import Library
from rag.library.readers.cleaning import one_line, tidy
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import WINDOW
from rag.text.sentences import split_sentences
from rag.types import Paper

_PREFIX = "data:"
_WRITTEN_TOGETHER = 64


@dataclass(frozen=True)
class Document:
    """A document of a data set: its id there, a title that may be empty, and a text that may be empty."""

    id: str
    title: str
    text: str

    def as_paper(self, source: str) -> Paper:
        """A document without a text is its title; one without either cannot be a paper."""
        if self.text:
            return Paper(self.title, self.text, source=source, kept_as=_PREFIX + self.id)
        return Paper("", self.title, source=source, kept_as=_PREFIX + self.id)


@dataclass(frozen=True)
class Indexed:
    """A library of documents, and what making it took this time.

    ``embedded``: texts that went through the embedder now, 0 where all was there. ``alike``: documents with the title
    and text of an earlier one; they are kept apart. ``titles_only``: documents without text; ``empty``: those without
    title too, which are left out.
    """

    folder: Path
    documents: int
    embedded: int
    seconds: float
    alike: int = 0
    titles_only: int = 0
    empty: int = 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"folder": str(self.folder), "seconds": round(self.seconds, 2)}


def document_id(paper_id: str) -> str:
    """The data set's id of a paper that :func:`index_documents` made."""
    return paper_id.removeprefix(_PREFIX)


def index_documents(
    read: Callable[[], Iterable[Document]],
    cache: Path,
    name: str,
    progress: Progress | None = None,
    embedder: BundledEmbedder | None = None,
) -> Indexed:
    """Makes the library of a data set under ``cache``, or completes it; the folder's name is a hash of all documents
    (but for white space) and of the embedder, so that two layouts of one corpus share it.

    ``read`` is called twice, so that a large corpus need not be held. Killed at any moment, the next call goes on; on a
    library that is whole nothing is embedded. Raises InputError (from ``read``, or if no document has a text),
    LibraryBusy, StorageError.
    """
    start, told, model = (
        time.perf_counter(),
        progress or (lambda phase, done, total: None),
        embedder or BundledEmbedder(),
    )
    survey = _surveyed(read(), model.fingerprint)
    if not survey.documents:
        raise InputError(
            f"{name}: no document has a title or a text.", "Name the folder of a data set with documents in it."
        )
    library = Library(cache / f"documents-{survey.digest[:16]}", create=True)
    try:
        with library.writing():
            library.claim_embedder(model)
            _write(library, model, read(), name, survey.documents, told)
            embedded = library.catalog.count_without_vector()
            complete(library, model, told)
    finally:
        library.close()
    taken = time.perf_counter() - start
    return Indexed(library.folder, survey.documents, embedded, taken, survey.alike, survey.titles_only, survey.empty)


@dataclass
class _Survey:
    """What a first reading of all documents tells."""

    digest: str = ""
    documents: int = 0
    alike: int = 0
    titles_only: int = 0
    empty: int = 0


def _surveyed(documents: Iterable[Document], fingerprint: str) -> _Survey:
    survey, whole, met = _Survey(), hashlib.sha256(fingerprint.encode()), set[bytes]()
    for document in documents:
        content = hashlib.sha256(f"{document.title}\0{one_line(document.text)}".encode()).digest()
        whole.update(document.id.encode() + b"\0" + content)
        if not document.title and not document.text:
            survey.empty += 1
            continue
        survey.documents += 1
        survey.titles_only += not document.text
        survey.alike += content in met
        met.add(content)
    survey.digest = whole.hexdigest()
    return survey


def _write(
    library: Library, model: BundledEmbedder, documents: Iterable[Document], source: str, total: int, told: Progress
) -> None:
    """Puts what is not there yet into the catalogue. The caller holds the lock."""
    held = {paper.paper_id for paper in library.catalog.papers()}
    papers = (d.as_paper(source) for d in documents if d.title or d.text)
    missing = (paper for paper in papers if paper.paper_id not in held)
    done = len(held)
    while batch := list(islice(missing, _WRITTEN_TOGETHER)):
        with library.catalog.together():
            for paper in batch:
                sentences = split_sentences(paper.paper_id, paper.abstract)
                library.catalog.put(
                    paper,
                    sentences,
                    chunk_sentences(paper.title, sentences, paper.abstract, WINDOW, model.count_tokens),
                )
        done += len(batch)
        told("reading", done, total)


# --- files of JSON, a line each ---------------------------------------------------------------------------------------


def data_file(folder: Path, name: str, remedy: str) -> Path:
    """A file of a data set, or the same file compressed by gzip. Raises InputError if there is neither."""
    for file in (folder / name, folder / f"{name}.gz"):
        if file.is_file():
            return file
    why = "no such folder" if not folder.is_dir() else f"there is no {name} and no {name}.gz in it"
    raise InputError(f"{folder}: {why}.", remedy)


def lines(file: Path) -> Iterator[tuple[str, str]]:
    """The lines of a text file that are not blank, each with ``file:line``. Raises InputError."""
    number = 0
    try:
        with (
            gzip.open(file, "rt", encoding="utf-8-sig")
            if file.suffix == ".gz"
            else file.open(encoding="utf-8-sig") as opened
        ):
            for number, line in enumerate(opened, 1):
                if line.strip():
                    yield f"{file}:{number}", line.rstrip("\r\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or error
        raise InputError(
            f"{file}:{number + 1}: cannot be read ({what}).", "Fetch the file again; it is text in UTF-8."
        ) from error


def rows(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a JSON Lines file, each with ``file:line``. Raises InputError."""
    for where, line in lines(file):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not JSON ({error}).", "Each line is one JSON object.") from error
        if not isinstance(row, dict):
            raise InputError(f"{where}: not a JSON object.", "Each line is one JSON object.")
        yield where, row


def text_of(row: Mapping[str, Any], name: str, where: str, *, needed: bool = True) -> str:
    """A field as tidy text; a number reads as its digits. Raises InputError where it is needed and missing, or neither
    text nor number.
    """
    value = row.get(name)
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        text = tidy(str(value))
        if text or not needed:
            return text
    elif value is None and not needed:
        return ""
    state = "missing" if value is None else "empty" if value == "" else "neither text nor a number"
    raise InputError(f"{where}: “{name}” is {state}.", f"Give each line its {name}.")


def title_of(row: Mapping[str, Any], where: str) -> str:
    """The title on one line; "" where there is none."""
    return one_line(text_of(row, "title", where, needed=False))
