"""The Python client: one object that opens a library and does everything with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from rag.errors import UsageError
from rag.settings import library_folder, settings
from rag.types import Answer, Event, Filters, IndexReport, Paper, Passage, SavedConversation

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.chat import Chat
    from rag.embedding import Embedder
    from rag.health import Health
    from rag.indexing import Progress
    from rag.library import Library
    from rag.llm import ChatModel
    from rag.retrieval import Retriever
    from rag.writing import Writer


class Client:
    """A library: index papers into it, search it, ask it.

    ``Client()`` opens the default library, ``Client(library="name or folder")`` another. Nothing is opened before it is needed, and a
    library is made by the first :meth:`index`. Close it, or use it in a ``with`` statement, before the process forks.

    ``writer``: "extractive" quotes the abstracts, "chat" has the language model write that the settings name; by default the model, where
    one is named. ``model``: another model at the same place. ``fallback``: where the model fails, the answer is quoted and says why; else
    the failure is raised.
    """

    def __init__(
        self,
        library: str | Path | None = None,
        *,
        writer: Literal["extractive", "chat"] | None = None,
        model: str | None = None,
        fallback: bool = False,
    ) -> None:
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
        self._wanted, self._model_name, self._fallback = writer, model, fallback

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
        """Answers from the ``k`` most relevant papers. Raises UsageError, LibraryNotFound, EmbedderMismatch, and ModelError (chat)."""
        return self._ready().answer(question, k, filters)

    def stream(self, question: str, k: int = 8, filters: Filters | None = None) -> Iterator[Event]:
        """The events of an answer as they happen: Sources, Claim and Withheld, Done."""
        return self._ready().stream(question, k, filters)

    def chat(self, conversation_id: str | None = None, *, saved: bool = True) -> Chat:
        """A conversation that understands follow-ups and is saved turn by turn, unless it is not to be; with an id, one from before.

        Raises LibraryNotFound, UsageError (no conversation of that id).
        """
        from rag.chat import Chat

        chat = Chat(self._open().catalog, lambda *asked: self._ready().stream(*asked), conversation_id, saved=saved)
        if model := self._chat_model():
            from rag.rewriting import ModelRewriter

            chat.rewrite = ModelRewriter(model, chat.rewrite)
        return chat

    def conversations(self) -> list[SavedConversation]:
        """The conversations with this library, the latest first."""
        return self._open().catalog.conversations.saved()

    def rename_conversation(self, conversation_id: str, title: str) -> None:
        """Gives a conversation a title. Raises UsageError (no such conversation, no title), StorageError."""
        from rag.chat import checked_title, unknown

        if not self._open().catalog.conversations.rename(conversation_id, checked_title(title)):
            raise unknown(conversation_id)

    def delete_conversation(self, conversation_id: str) -> None:
        """Deletes a conversation for good. Raises UsageError (no such conversation), StorageError."""
        from rag.chat import unknown

        if not self._open().catalog.conversations.delete(conversation_id):
            raise unknown(conversation_id)

    @property
    def writer(self) -> Writer:
        """Who writes the answers. Raises UsageError where a model is to and none is configured."""
        return self._ready().writer

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

                self._assistant = Assistant(self._search(), self._open().catalog, self._writer(), fallback=self._fallback)
            return self._assistant

    def _chat_model(self) -> ChatModel | None:
        """The language model that writes; None where the abstracts are quoted. Raises UsageError where it must write and none is named."""
        if self._wanted == "extractive":
            return None
        from rag.llm import ChatModel

        model = ChatModel.configured(self._model_name)
        if model is None and self._wanted == "chat":
            raise UsageError("No language model is configured.", "Set CITEWISE_LLM_URL and CITEWISE_LLM_MODEL, or OPENAI_API_KEY.")
        return model

    def _writer(self) -> Writer:
        if model := self._chat_model():
            from rag.chatwriter import ChatWriter
            from rag.grounding import Gate

            return ChatWriter(model, Gate(self._model()), settings().evidence_tokens)
        from rag.writing import ExtractiveWriter

        return ExtractiveWriter()
