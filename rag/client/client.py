"""The Python client: one object that opens a library, here or on a server, and does everything with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from rag.client.given import as_files, checked
from rag.errors import UsageError
from rag.types import (
    About,
    Answer,
    Done,
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

if TYPE_CHECKING:
    from rag.answering.drafts.prose import Draft
    from rag.answering.drafts.report import Agreement, DraftEvent, DraftReport
    from rag.answering.tables.evidence import EvidenceTable, TableEvent
    from rag.client.engine import Conversation, Engine, Progress
    from rag.client.given import Records
    from rag.conversation.rechecking import Recheck
    from rag.library.health import Health


class Client:
    """A library: index papers into it, search it, ask it.

    ``Client()`` opens the default library, ``Client(library="name or folder")`` another, ``Client("http://host:7860")``
    one that a server has. Nothing is opened before it is needed, and a library is made by the first :meth:`index`.
    Close it, or use it in a ``with`` statement, before the process forks.

    ``writer``: "extractive" quotes the abstracts, "chat" has the language model write that the settings name; by
    default the model, where one is named. ``model``: another model at the same place. ``fallback``: where the model
    fails, the answer is quoted and says why; else the failure is raised. A server decides these for itself.
    """

    def __init__(
        self,
        library: str | Path | None = None,
        *,
        writer: Literal["extractive", "chat"] | None = None,
        model: str | None = None,
        fallback: bool = False,
    ) -> None:
        from rag.settings import library_at

        self._engine: Engine
        chosen = library_at(library)
        if isinstance(chosen, str) and _is_address(chosen):
            if writer or model or fallback:
                raise UsageError(
                    f"{chosen}: the server decides who writes.", "Start it with other settings, or leave these out."
                )
            from rag.client.remote.engine import RemoteEngine

            self._engine = RemoteEngine(chosen)
        else:
            from rag.client.embedded import EmbeddedEngine

            self._engine = EmbeddedEngine(chosen, writer=writer, model=model, fallback=fallback)

    @classmethod
    def over(cls, engine: Engine) -> Client:
        """A client over an engine that is there already."""
        client = cls.__new__(cls)
        client._engine = engine
        return client

    @property
    def name(self) -> str:
        """The library's folder, or the server's address."""
        return self._engine.name

    @property
    def folder(self) -> Path:
        """Where the library is kept. Raises UsageError if a server has it."""
        if self.name.startswith(("http://", "https://")):
            raise UsageError(f"{self.name}: the library is kept there.", "Use its address.")
        return Path(self.name)

    # --- papers -------------------------------------------------------------------------------------------------------

    def index(
        self,
        *paths: str | Path | Upload | Records,
        limit: int | None = None,
        collection: str | None = None,
        progress: Progress | None = None,
    ) -> IndexReport:
        """Reads files, folders or ``"-"`` (standard input) into the library; what is there already is not embedded
        twice. So are live sources: ``"arxiv:…"``, ``"openalex:…"``, ``"pubmed:…"``, ``"s2:…"``, ``"crossref:…"``,
        ``"doi:10.…"``, ``"zotero:"``; and papers in memory, ``[{"title": "…", "abstract": "…"}]`` or a DataFrame.

        Without a path it completes what earlier runs left undone, those that were killed or had no disk left: what they
        did not read to its end, and papers without vectors.

        ``limit``: how many papers of a live source (by default 200, of Zotero all); ``collection``: of Zotero's.
        ``progress(phase, done, total)`` is told how far it is. Raises InputError (nothing could be read), LibraryBusy,
        StorageError, EmbedderMismatch; LibraryNotFound where there is nothing to complete.
        """
        with as_files(paths) as files:
            return self._engine.index(files, progress, limit, collection)

    def remove(self, *paper_ids: str) -> int:
        """Removes papers; returns how many there were. Answers that cite them stay as they are. Raises LibraryBusy,
        StorageError.
        """
        return self._engine.remove(paper_ids)

    def papers(self) -> Iterator[Paper]:
        """All papers of the library, in the order in which they came in."""
        return self._engine.papers()

    def paper(self, paper_id: str) -> Paper:
        """One paper with its abstract. Raises UsageError if the library has none of that id."""
        return self._engine.paper(paper_id)

    def about(self) -> About:
        """What the library is called and holds, and who writes the answers; an absent library holds nothing."""
        return self._engine.about()

    def check(self, *, repair: bool = False, reembed: bool = False, progress: Progress | None = None) -> Health:
        """Examines the library.

        ``repair`` completes and mends what can be mended from the catalogue; ``reembed`` makes all vectors anew.
        """
        return self._engine.check(repair, reembed, progress)

    # --- questions ----------------------------------------------------------------------------------------------------

    def search(
        self, question: str, k: int = 10, filters: Filters | None = None, *, rerank: bool = True
    ) -> list[Passage]:
        """The ``k`` papers most relevant to a question, best first, each with its sentences, best first. Raises as
        :meth:`ask`.

        ``rerank``: the reader reads the first ten and ranks them and their sentences again, which takes some tenths of
        a second and finds half-remembered papers far more often; without it words and vectors alone rank, in
        milliseconds.
        """
        checked(question, k, filters)
        return self._engine.search(question, k, filters, rerank)

    def ask(self, question: str, k: int = 8, filters: Filters | None = None) -> Answer:
        """Answers from the ``k`` most relevant papers. Raises UsageError, LibraryNotFound, EmbedderMismatch, and
        ModelError (chat).
        """
        *_, last = self.stream(question, k, filters)
        assert isinstance(last, Done)
        return last.answer

    def stream(self, question: str, k: int = 8, filters: Filters | None = None) -> Iterator[Event]:
        """The events of an answer as they happen: Sources, Claim and Withheld, Done."""
        checked(question, k, filters)
        return self._engine.stream(question, k, filters)

    def verify(self, claim: str, papers: Iterable[str] | None = None) -> Verification:
        """What the abstracts say of a claim: those of the papers with these ids, or of the whole library.

        ``found.verdict`` is "supported", "contradicted", "not_stated" or "in_doubt", by ``found.sentences``;
        ``found.unsupported`` are the words of the claim, as ``(start, end)``, that they don't bear out. Raises
        UsageError (no claim, one of more than 1,000 characters, no such paper), LibraryNotFound, EmbedderMismatch.
        """
        checked(claim, name="claim")
        named = (papers,) if isinstance(papers, str) else papers
        return self._engine.verify(claim, None if named is None else tuple(named))

    def verify_draft(self, draft: str | Path | Draft, progress: Progress | None = None) -> DraftReport:
        """What the library says of each sentence of a text, and where it cites, what the cited papers say.

        ``draft``: plain text, the path of a ``.md``, ``.tex``, ``.docx`` or ``.txt``, or a :class:`Draft`, which says
        how its text is written. ``progress("verifying", done, total)`` is told how far it is, in sentences. Raises
        UsageError (no text, no such kind of file), InputError (cannot be read), LibraryNotFound, EmbedderMismatch.
        """
        from rag.answering.drafts.report import CheckedSentence, DraftBegun, DraftReport

        done, total = 0, 0
        for event in self.stream_draft(draft):
            if isinstance(event, DraftReport):
                return event
            total = event.sentences if isinstance(event, DraftBegun) else total
            done += isinstance(event, CheckedSentence)
            if progress:
                progress("verifying", done, total)
        raise AssertionError("the last event is the report")

    def stream_draft(self, draft: str | Path | Draft) -> Iterator[DraftEvent]:
        """The events of :meth:`verify_draft` as they happen: DraftBegun, a CheckedSentence each, DraftReport."""
        from rag.answering.drafts.prose import Draft

        if isinstance(draft, Path):
            from rag.answering.drafts.opening import open_draft

            draft = open_draft(draft)
        return self._engine.draft(Draft(draft) if isinstance(draft, str) else draft)

    def agreement(self, claim: str) -> Agreement:
        """How the papers of the library stand to a claim: which support it, which contradict it, each with its
        sentences, and how many say nothing of it. The 40 that come nearest are read. Raises as :meth:`verify`.
        """
        return self._engine.agreement(claim)

    def table(
        self,
        questions: Iterable[str],
        papers: Iterable[str] | None = None,
        filters: Filters | None = None,
        progress: Progress | None = None,
    ) -> EvidenceTable:
        """A row a paper, a column a question; each cell is an exact sentence of that abstract, or "not stated".

        ``papers``: ids, or words that an abstract must have; by default all. What was read before is not read again,
        and what was read when the work broke off is kept. ``progress("reading", done, total)`` is told how far it is,
        in papers. Raises UsageError (no question, no such papers), LibraryNotFound.
        """
        from rag.answering.tables.cells import EvidenceRow
        from rag.answering.tables.evidence import EvidenceTable, TableBegun

        done, total = 0, 0
        for event in self.stream_table(questions, papers, filters):
            if isinstance(event, EvidenceTable):
                return event
            total = event.papers if isinstance(event, TableBegun) else total
            done += isinstance(event, EvidenceRow)
            if progress:
                progress("reading", done, total)
        raise AssertionError("the last event is the table")

    def stream_table(
        self, questions: Iterable[str], papers: Iterable[str] | None = None, filters: Filters | None = None
    ) -> Iterator[TableEvent]:
        """The events of :meth:`table` as they happen: TableBegun, an EvidenceRow each, EvidenceTable."""
        asked = (questions,) if isinstance(questions, str) else tuple(questions)
        named = (papers,) if isinstance(papers, str) else papers
        return self._engine.table(asked, None if named is None else tuple(named), filters)

    def recheck(self) -> Recheck:
        """Which saved answers, and which cells of tables, stand on a sentence that has changed since, or on a paper
        that was removed or retracted since.
        """
        return self._engine.recheck()

    def examples(self, n: int = 4) -> list[str]:
        """Up to ``n`` questions that the library answers, made from its own papers; none where it has no papers."""
        return self._engine.examples(n)

    # --- conversations ------------------------------------------------------------------------------------------------

    def chat(self, conversation_id: str | None = None, *, saved: bool = True) -> Conversation:
        """A conversation that understands follow-ups and is saved turn by turn, unless it is not to be; with an id, one
        from before.

        Raises LibraryNotFound, UsageError (no conversation of that id).
        """
        return self._engine.chat(conversation_id, saved)

    def conversations(self, sought: str = "") -> list[SavedConversation]:
        """The conversations with this library, the latest first; with ``sought``, those in whose title, questions or
        answers all its words stand, in any case.
        """
        return self._engine.conversations(sought)

    def rename_conversation(self, conversation_id: str, title: str) -> None:
        """Gives a conversation a title. Raises UsageError (no such conversation, no title), StorageError."""
        self._engine.rename_conversation(conversation_id, title)

    def delete_conversation(self, conversation_id: str) -> None:
        """Deletes a conversation for good. Raises UsageError (no such conversation), StorageError."""
        self._engine.delete_conversation(conversation_id)

    def rate(self, conversation_id: str, turn: int, liked: bool | None, comment: str = "") -> None:
        """Keeps whether an answer was liked, and why; None takes it back. ``turn`` counts from 1.

        Raises UsageError (no such answer), StorageError.
        """
        self._engine.rate(conversation_id, turn, liked, comment)

    def ratings(self, conversation_id: str | None = None) -> list[Rating]:
        """What was thought of a conversation's answers, or of all, in the order in which it was said."""
        return self._engine.ratings(conversation_id)

    # --- opening and closing ------------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Loads what the first question would load."""
        self._engine.warm_up()

    def close(self) -> None:
        """Lets files and models go. The client opens them again when it is used again."""
        self._engine.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_address(library: str) -> bool:
    """Whether a library is named by a server's address. Raises UsageError for one that no server of ours can have."""
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):/", library)
    if scheme is None or len(scheme[1]) == 1:  # "C:/papers"
        return False
    if scheme[1].lower() in ("http", "https") and library[scheme.end() :].startswith("/"):
        return True
    raise UsageError(
        f"{library}: no address of a server, and no folder.",
        "Give an address like http://127.0.0.1:7860, a name or a folder.",
    )
