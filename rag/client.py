"""The Python client: one object that opens a library and does everything with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rag.errors import UsageError
from rag.settings import library_folder
from rag.types import Answer, Event, Filters, IndexReport, Paper, Passage

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.embedding import Embedder
    from rag.health import Health
    from rag.indexing import Progress
    from rag.library import Library
    from rag.retrieval import Retriever


class Client:
    """A library: index papers into it, search it, ask it.

    ``Client()`` opens the default library, ``Client(library="name or folder")`` another. Nothing is opened before it is needed, and a
    library is made by the first :meth:`index`. Close it, or use it in a ``with`` statement, before the process forks.
    """

    def __init__(self, library: str | Path | None = None) -> None:
        if isinstance(library, str) and library.startswith(("http://", "https://")):
            raise UsageError(
                f"{library}: an address; this version opens libraries on this machine only.", "Give the library's name or folder."
            )
        self.folder = library_folder(library)
        """Where the library is kept."""
        self._opening = threading.RLock()
        self._library: Library | None = None
        self._embedder: Embedder | None = None
        self._retriever: Retriever | None = None
        self._assistant: Assistant | None = None

    def index(self, *paths: str | Path, progress: Progress | None = None) -> IndexReport:
        """Reads files, folders or ``"-"`` (standard input) into the library; what is there already is not embedded twice.

        ``progress(phase, done, total)`` is told how far it is. Raises UsageError (no path), InputError (nothing could be read),
        LibraryBusy, StorageError, EmbedderMismatch.
        """
        from rag.indexing import index_papers

        if not paths:
            raise UsageError("Nothing to index.", "Name a file, a folder, or - for standard input.")
        return index_papers(self._open(create=True), self._model(), paths, progress)

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Passage]:
        """The ``k`` papers most relevant to a question, best first, each with its sentences, best first. Raises as :meth:`ask`."""
        return list(self._search().retrieve(question, k, filters).passages)

    def ask(self, question: str, k: int = 8, filters: Filters | None = None) -> Answer:
        """Answers from the ``k`` most relevant papers. Raises UsageError, LibraryNotFound, EmbedderMismatch."""
        return self._ready().answer(question, k, filters)

    def stream(self, question: str, k: int = 8, filters: Filters | None = None) -> Iterator[Event]:
        """The events of an answer as they happen: Sources, Claim and Withheld, Done."""
        return self._ready().stream(question, k, filters)

    def papers(self) -> Iterator[Paper]:
        """All papers of the library, in the order in which they came in."""
        return self._open().catalog.papers()

    def check(self, *, repair: bool = False, reembed: bool = False, progress: Progress | None = None) -> Health:
        """Examines the library.

        ``repair`` completes and mends what can be mended from the catalogue; ``reembed`` makes all vectors anew.
        """
        from rag.health import examine

        return examine(self._open(), self._model(), repair=repair, reembed=reembed, progress=progress)

    def close(self) -> None:
        """Lets files and models go. The client opens them again when it is used again."""
        with self._opening:
            if self._library is not None:
                self._library.close()
            self._library = self._embedder = self._retriever = self._assistant = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _open(self, *, create: bool = False) -> Library:
        from rag.library import Library

        with self._opening:
            if self._library is None:
                self._library = Library(self.folder, create=create)
            return self._library

    def _model(self) -> Embedder:
        from rag.embedding import Embedder

        with self._opening:
            if self._embedder is None:
                self._embedder = Embedder()
            return self._embedder

    def _search(self) -> Retriever:
        with self._opening:
            if self._retriever is None:
                from rag.retrieval import Retriever

                library = self._open()
                # Importing Chroma takes about as long as loading the model; they can do so side by side.
                threading.Thread(target=library.warm_up, daemon=True).start()
                self._retriever = Retriever(library, self._model())
            return self._retriever

    def _ready(self) -> Assistant:
        with self._opening:
            if self._assistant is None:
                from rag.assistant import Assistant

                self._assistant = Assistant(self._search(), self._open().catalog)
            return self._assistant
