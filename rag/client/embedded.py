"""The engine over a library on this machine: what is needed is opened when it is first needed, once, and shared by
threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rag.errors import CitewiseError, LibraryNotFound, UsageError
from rag.settings import library_folder, settings
from rag.types import (
    About,
    Event,
    Filters,
    IndexReport,
    Paper,
    Passage,
    Rating,
    SavedConversation,
    Upload,
    Verification,
)
from rag.version import installed_version

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.answering.drafts.prose import Draft
    from rag.answering.drafts.report import Agreement, DraftEvent
    from rag.answering.retrieval import Retriever
    from rag.answering.tables.evidence import TableEvent
    from rag.answering.understanding import Understanding
    from rag.answering.writing.extracts import Writer
    from rag.client.engine import Progress
    from rag.conversation.chat import Chat
    from rag.conversation.rechecking import Recheck
    from rag.library.health import Health
    from rag.library.library import Library
    from rag.models.bundled_embedder import BundledEmbedder
    from rag.models.chat.llm import ChatModel
    from rag.models.embedder import Embedder
    from rag.models.reader import Reader

WriterKind = Literal["extractive", "chat"]
LONGEST_COMMENT = 4_000
"""Characters that are kept of what a person says about an answer."""


class EmbeddedEngine:
    """A library's engine. Safe for threads; closed before the process forks."""

    def __init__(
        self,
        library: str | Path | None = None,
        *,
        writer: WriterKind | None = None,
        model: str | None = None,
        fallback: bool = False,
        gated: bool = True,
        embedder: BundledEmbedder | None = None,
        reader: Reader | None = None,
    ) -> None:
        """See :class:`rag.client.client.Client`. ``gated``: False lets a model's sentences through unchecked, to
        measure what the gate is worth.

        ``embedder``, ``reader``: the bundled models, where they are loaded already.
        """
        self.folder = library_folder(library)
        self.name = str(self.folder)
        self._wanted, self._model_name, self._fallback, self._gated = writer, model, fallback, gated
        self._opening = threading.RLock()
        self._bundled = embedder
        self._reader = reader
        self._embedder: Embedder | None = None
        self._library: Library | None = None
        self._retriever: Retriever | None = None
        self._assistant: Assistant | None = None
        self._understanding: Understanding | None = None
        self._model: tuple[ChatModel | None] | None = None
        self._examples: tuple[int, int, list[str]] | None = None

    # --- papers -------------------------------------------------------------------------------------------------------

    def index(
        self,
        paths: tuple[str | Path | Upload, ...],
        progress: Progress | None,
        limit: int | None = None,
        collection: str | None = None,
    ) -> IndexReport:
        from rag.library.indexing import index_papers, resume

        if not paths:
            return resume(self.library(), self.embedder(), progress)
        return index_papers(
            self.library(create=True), self.embedder(), paths, progress, limit=limit, collection=collection
        )

    def remove(self, paper_ids: tuple[str, ...]) -> int:
        from rag.library.indexing import remove_papers

        return remove_papers(self.library(), self.embedder(), paper_ids)

    def papers(self) -> Iterator[Paper]:
        return self.library().catalog.papers()

    def paper(self, paper_id: str) -> Paper:
        catalog = self.library().catalog
        found = catalog.papers_at(catalog.rows_of_papers([paper_id]).values())
        if not found:
            raise UsageError(f"{paper_id}: no such paper in this library.", "List them with: citewise papers")
        return next(iter(found.values()))

    def about(self) -> About:
        papers, generation, pending = 0, 0, None
        try:
            catalog = self.library().catalog
            papers, generation, pending = catalog.count(), catalog.generation, catalog.pending()
        except LibraryNotFound:
            pass
        model = self.model()
        return About(
            library=self.folder.name,
            papers=papers,
            generation=generation,
            writer="chat" if model else "extractive",
            model=model.name if model else None,
            endpoint=model.endpoint if model else None,
            evidence_tokens=_evidence_tokens(model),
            version=installed_version(),
            pending=pending,
        )

    def check(self, repair: bool, reembed: bool, progress: Progress | None) -> Health:
        from rag.library.health import examine

        return examine(self.library(), self.embedder(), repair=repair, reembed=reembed, progress=progress)

    # --- questions ----------------------------------------------------------------------------------------------------

    def search(self, question: str, k: int, filters: Filters | None, rerank: bool) -> list[Passage]:
        from rag.answering.reading import reach, read

        if not rerank:
            return list(self.retriever().retrieve(question, k, filters).passages)
        found = self.retriever().retrieve(question, reach(k), filters)
        return list(read(found, self.reader(), k).passages)

    def stream(self, question: str, k: int, filters: Filters | None) -> Iterator[Event]:
        return self.assistant().stream(question, k, filters)

    def verify(self, claim: str, papers: tuple[str, ...] | None) -> Verification:
        from rag.answering.check import Gate
        from rag.answering.verifying import verify

        return verify(claim, papers, self.retriever(), Gate(self.reader()))

    def draft(self, draft: Draft) -> Iterator[DraftEvent]:
        from rag.answering.check import Gate
        from rag.answering.drafts.claiming import Claiming
        from rag.answering.drafts.judging import Judge

        claiming = Claiming(self.bundled())
        return Judge(self.retriever(), Gate(self.reader()), self.library().catalog, claiming).judged(draft)

    def agreement(self, claim: str) -> Agreement:
        from rag.answering.agreement import agreement
        from rag.answering.check import Gate

        return agreement(claim, self.retriever(), Gate(self.reader()), self.library().catalog.count())

    def table(
        self, questions: tuple[str, ...], papers: tuple[str, ...] | None, filters: Filters | None
    ) -> Iterator[TableEvent]:
        from rag.answering.check import Gate
        from rag.answering.tables.filling import TableFiller, checked_questions, chosen_rows

        asked, catalog, phrasing = checked_questions(questions), self.library().catalog, None
        rows = chosen_rows(catalog, papers, filters)
        if model := self.model():
            from rag.answering.tables.phrasing import Phrasing

            phrasing = Phrasing(model, Gate(self.reader()))
        return TableFiller(catalog, self.reader(), phrasing).filled(asked, rows)

    def recheck(self) -> Recheck:
        from rag.conversation.rechecking import recheck

        return recheck(self.library().catalog)

    def examples(self, n: int) -> list[str]:
        from rag.answering.assistant import Assistant
        from rag.answering.suggesting import suggestions

        try:
            catalog = self.library().catalog
        except LibraryNotFound:
            return []
        generation = catalog.generation
        if self._examples is None or self._examples[:2] != (generation, n):
            # no model is asked for what may never be clicked
            quoting = Assistant(self.retriever(), self.reader(), catalog, self.understanding())
            made = suggestions(catalog.papers(), catalog.papers_with, quoting.answer, n)
            self._examples = (generation, n, made)
        return list(self._examples[2])

    # --- conversations ------------------------------------------------------------------------------------------------

    def chat(self, conversation_id: str | None, saved: bool) -> Chat:
        from rag.conversation.chat import Chat

        chat = Chat(
            self.library().catalog, lambda *asked: self.assistant().stream(*asked), conversation_id, saved=saved
        )
        if model := self.model():
            from rag.conversation.rewriting import ModelRewriter

            chat.rewrite = ModelRewriter(model, chat.rewrite)
        return chat

    def conversations(self, sought: str) -> list[SavedConversation]:
        return self.library().catalog.conversations.saved(sought)

    def rename_conversation(self, conversation_id: str, title: str) -> None:
        from rag.conversation.chat import checked_title, unknown

        if not self.library().catalog.conversations.rename(conversation_id, checked_title(title)):
            raise unknown(conversation_id)

    def delete_conversation(self, conversation_id: str) -> None:
        from rag.conversation.chat import unknown

        if not self.library().catalog.conversations.delete(conversation_id):
            raise unknown(conversation_id)

    def rate(self, conversation_id: str, turn: int, liked: bool | None, comment: str) -> None:
        kept = self.library().catalog.conversations
        if liked is None:
            kept.unrate(conversation_id, turn)
        elif not kept.rate(Rating(conversation_id, turn, liked, comment.strip()[:LONGEST_COMMENT], datetime.now(UTC))):
            raise UsageError(
                f"{conversation_id}, turn {turn}: no such answer in this library.", "Rate an answer that is saved."
            )

    def ratings(self, conversation_id: str | None) -> list[Rating]:
        return self.library().catalog.conversations.ratings(conversation_id)

    # --- what is opened -----------------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Loads what the first question would load. What is wrong, such as an absent library, shows when a question is
        asked.
        """
        from rag.models.reader import Asked

        with suppress(CitewiseError):
            self.bundled().embed_query("warm")
            self.reader().read([Asked("warm", "", ("warm",))])
            if self.model():
                from rag.models.chat.llm import load

                load()
            self.assistant()

    def close(self) -> None:
        with self._opening:
            if self._library is not None:
                self._library.close()
            if self._model and self._model[0]:
                self._model[0].close()
            self._library = self._bundled = self._reader = self._embedder = self._retriever = self._assistant = (
                self._model
            ) = None

    def library(self, *, create: bool = False) -> Library:
        from rag.library.library import Library

        with self._opening:
            if self._library is None:
                self._library = Library(self.folder, create=create)
            return self._library

    def bundled(self) -> BundledEmbedder:
        """The model that reads words and serves the gate, whoever embeds whole texts."""
        from rag.models.bundled_embedder import BundledEmbedder

        with self._opening:
            if self._bundled is None:
                self._bundled = BundledEmbedder()
            return self._bundled

    def reader(self) -> Reader:
        """The model that judges what is asked and claimed of abstracts."""
        from rag.models.bundled_reader import BundledReader

        with self._opening:
            if self._reader is None:
                self._reader = BundledReader()
            return self._reader

    def embedder(self) -> Embedder:
        """The embedder that the settings name. Raises UsageError where they name half of one."""
        from rag.client.embedders import configured_embedder

        with self._opening:
            if self._embedder is None:
                self._embedder = configured_embedder(self.bundled())
            return self._embedder

    def retriever(self) -> Retriever:
        with self._opening:
            if self._retriever is None:
                from rag.answering.retrieval import Retriever

                library = self.library()
                # Importing Chroma takes about as long as loading the model; they can do so side by side.
                threading.Thread(target=library.warm_up, daemon=True).start()
                self._retriever = Retriever(library, self.embedder())
            return self._retriever

    def assistant(self) -> Assistant:
        with self._opening:
            if self._assistant is None:
                from rag.answering.assistant import Assistant

                self._assistant = Assistant(
                    self.retriever(),
                    self.reader(),
                    self.library().catalog,
                    self.understanding(),
                    self._writer(),
                    fallback=self._fallback,
                )
            return self._assistant

    def understanding(self) -> Understanding:
        with self._opening:
            if self._understanding is None:
                from rag.answering.understanding import Understanding
                from rag.models.bundled_classifier import BundledClassifier

                self._understanding = Understanding(self.library().catalog, BundledClassifier())
            return self._understanding

    def model(self) -> ChatModel | None:
        """The language model that writes; None where the abstracts are quoted. Raises UsageError where it must write
        and none is named.
        """
        with self._opening:
            if self._model is None:
                self._model = (self._named_model(),)
            return self._model[0]

    def _named_model(self) -> ChatModel | None:
        if self._wanted == "extractive":
            return None
        from rag.models.chat.llm import ChatModel

        model = ChatModel.configured(self._model_name)
        if model is None and self._wanted == "chat":
            raise UsageError(
                "No language model is configured.", "Set CITEWISE_LLM_URL and CITEWISE_LLM_MODEL, or OPENAI_API_KEY."
            )
        return model

    def _writer(self) -> Writer:
        if model := self.model():
            from rag.answering.check import Gate
            from rag.answering.writing.model_writer import ChatWriter

            return ChatWriter(model, Gate(self.reader()) if self._gated else None, _evidence_tokens(model))
        from rag.answering.writing.extracts import ExtractiveWriter

        return ExtractiveWriter()


def _evidence_tokens(model: ChatModel | None) -> int:
    """How many tokens of abstracts the model is given to read: as the settings say, else by what is known of it."""
    from rag.answering.writing.evidence import budget_for

    chosen = settings().evidence_tokens
    return chosen if chosen is not None else budget_for(model.name if model else "", model.file_size if model else None)
