"""The engine of a client whose library a server has: the same calls, the same values, the same errors, over HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.client.remote.calling import Server, segment
from rag.client.remote.chat import RemoteChat, question_to_dict, read_events
from rag.client.remote.uploading import Batch, batches
from rag.client.wire import (
    conversation_from_dict,
    filters_to_dict,
    health_from_dict,
    paper_from_dict,
    passage_from_dict,
    rating_from_dict,
    report_from_dict,
    verification_from_dict,
)
from rag.errors import InputError, UsageError
from rag.library.sources import asked_of
from rag.settings import settings
from rag.types import (
    MAX_SKIPPED,
    About,
    Event,
    Filters,
    IndexReport,
    Paper,
    Passage,
    Pending,
    Rating,
    SavedConversation,
    Skipped,
    Upload,
    Verification,
)

if TYPE_CHECKING:
    from rag.answering.drafts.prose import Draft
    from rag.answering.drafts.report import Agreement, DraftEvent
    from rag.answering.tables.evidence import TableEvent
    from rag.client.engine import Progress
    from rag.conversation.rechecking import Recheck
    from rag.library.health import Health

_ABOUT = ("library", "papers", "generation", "writer", "model", "endpoint", "evidence_tokens", "version")


def _about(told: Mapping[str, Any]) -> About:
    pending = Pending.from_dict(told["pending"]) if told.get("pending") else None
    return About(**{name: told[name] for name in _ABOUT}, pending=pending)


class RemoteEngine:
    """A server's engine. Safe for threads."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """``token``: by default the setting CITEWISE_API_TOKEN. Raises UsageError if the address is none."""
        kept = settings().api_token
        self._server = Server(url, token or (kept.get_secret_value() if kept else None))
        self.name = self._server.name

    # --- papers -------------------------------------------------------------------------------------------------------

    def index(
        self,
        paths: tuple[str | Path | Upload, ...],
        progress: Progress | None,
        limit: int | None = None,
        collection: str | None = None,
    ) -> IndexReport:
        if not paths:
            return self._server.understood(report_from_dict, self._done("/api/index/resume", progress, {}))
        if asked := next(filter(None, (asked_of(path, limit, collection) for path in paths)), None):
            raise UsageError(
                f"{asked.name}: live sources are fetched where the library is kept.", "Run citewise index there."
            )
        reports = [self._sent(batch, progress) for batch in batches(paths)]
        skipped = [skipped for report in reports for skipped in report.skipped]
        added, updated, unchanged = (
            sum(getattr(r, name) for r in reports) for name in ("added", "updated", "unchanged")
        )
        left_out = sum((Counter(report.left_out) for report in reports), Counter[str]())
        if skipped and not added + updated + unchanged:
            first, others = skipped[0], left_out.total() - 1
            raise InputError(f"{first.where}: {first.why}", f"(and {others} more)" if others else "")
        barren = [path for report in reports for path in report.barren]
        return IndexReport(added, updated, unchanged, skipped[:MAX_SKIPPED], barren, dict(left_out))

    def remove(self, paper_ids: tuple[str, ...]) -> int:
        told = self._server.send("POST", "/api/papers/remove", {"ids": list(paper_ids)})
        return self._server.understood(lambda told: int(told["removed"]), told)

    def papers(self) -> Iterator[Paper]:
        return self._server.lines("/api/papers", paper_from_dict)

    def paper(self, paper_id: str) -> Paper:
        return self._server.get(f"/api/papers/{segment(paper_id)}", paper_from_dict)

    def about(self) -> About:
        return self._server.get("/api/about", _about)

    def check(self, repair: bool, reembed: bool, progress: Progress | None) -> Health:
        done = self._done("/api/check", progress, {"repair": repair, "reembed": reembed})
        return self._server.understood(health_from_dict, done)

    # --- questions ----------------------------------------------------------------------------------------------------

    def search(self, question: str, k: int, filters: Filters | None, rerank: bool) -> list[Passage]:
        found = self._server.send("POST", "/api/search", question_to_dict(question, k, filters) | {"rerank": rerank})
        return self._server.understood(lambda told: [passage_from_dict(one) for one in told["passages"]], found)

    def stream(self, question: str, k: int, filters: Filters | None) -> Iterator[Event]:
        return read_events(self._server, "/api/ask", question_to_dict(question, k, filters))

    def verify(self, claim: str, papers: tuple[str, ...] | None) -> Verification:
        body = {"claim": claim} | ({} if papers is None else {"papers": list(papers)})
        return self._server.understood(verification_from_dict, self._server.send("POST", "/api/verify", body))

    def draft(self, draft: Draft) -> Iterator[DraftEvent]:
        from rag.answering.drafts.report import event_from_dict

        body = {"text": draft.text, "format": draft.form, "references": dict(draft.references)}
        with closing(self._server.events("/api/verify/draft", body)) as events:
            for name, told in events:
                event = self._server.understood(partial(event_from_dict, name), told)
                if event is not None:
                    yield event

    def agreement(self, claim: str) -> Agreement:
        from rag.answering.drafts.report import Agreement

        told = self._server.send("POST", "/api/verify/agreement", {"claim": claim})
        return self._server.understood(Agreement.from_dict, told)

    def table(
        self, questions: tuple[str, ...], papers: tuple[str, ...] | None, filters: Filters | None
    ) -> Iterator[TableEvent]:
        from rag.answering.tables.evidence import event_from_dict

        body: dict[str, Any] = {"questions": list(questions), "papers": None if papers is None else list(papers)}
        body |= {"filters": told} if (told := filters_to_dict(filters)) else {}
        with closing(self._server.events("/api/table", body)) as events:
            for name, one in events:
                event = self._server.understood(partial(event_from_dict, name), one)
                if event is not None:
                    yield event

    def recheck(self) -> Recheck:
        from rag.conversation.rechecking import Recheck

        return self._server.get("/api/recheck", Recheck.from_dict)

    def examples(self, n: int) -> list[str]:
        return self._server.get("/api/examples", lambda told: list(told["examples"]), n=n)

    # --- conversations ------------------------------------------------------------------------------------------------

    def chat(self, conversation_id: str | None, saved: bool) -> RemoteChat:
        return RemoteChat(self._server, conversation_id, saved=saved)

    def conversations(self, sought: str) -> list[SavedConversation]:
        read = lambda told: [conversation_from_dict(one) for one in told["conversations"]]  # noqa: E731
        return self._server.get("/api/conversations", read, **({"sought": sought} if sought else {}))

    def rename_conversation(self, conversation_id: str, title: str) -> None:
        self._server.send("PATCH", f"/api/conversations/{segment(conversation_id)}", {"title": title})

    def delete_conversation(self, conversation_id: str) -> None:
        self._server.send("DELETE", f"/api/conversations/{segment(conversation_id)}")

    def rate(self, conversation_id: str, turn: int, liked: bool | None, comment: str) -> None:
        path = f"/api/conversations/{segment(conversation_id)}/turns/{turn}/rating"
        self._server.send("PUT", path, {"liked": liked, "comment": comment})

    def ratings(self, conversation_id: str | None) -> list[Rating]:
        query: dict[str, str | int] = {} if conversation_id is None else {"conversation": conversation_id}
        return self._server.get(
            "/api/ratings", lambda told: [rating_from_dict(one) for one in told["ratings"]], **query
        )

    # --- opening and closing ------------------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Sees that the server is there; it has loaded what it needs."""
        self._server.get("/api/health", lambda told: told["status"])

    def close(self) -> None:
        self._server.close()

    # --- helpers ------------------------------------------------------------------------------------------------------

    def _sent(self, batch: Batch, progress: Progress | None) -> IndexReport:
        """Sends some files; what was wrong with them here is told with what is wrong with them there."""
        if not batch.files:
            return IndexReport(skipped=batch.skipped, barren=batch.barren)
        with ExitStack() as opened:
            files = [(file.name, opened.enter_context(file.open())) for file in batch.files]
            try:
                report = self._server.understood(report_from_dict, self._done("/api/index", progress, files=files))
            except InputError as error:
                where, _, why = error.problem.partition(": ")
                return IndexReport(skipped=[*batch.skipped, Skipped(where, why)], barren=[*batch.barren, *batch.paths])
        barren = [*batch.barren, *batch.barren_of(report.barren)]
        left_out = Counter(report.left_out) + Counter(item.kind for item in batch.skipped)
        skipped = [*batch.skipped, *report.skipped]
        return IndexReport(report.added, report.updated, report.unchanged, skipped, barren, dict(left_out))

    def _done(self, path: str, progress: Progress | None, body: object = None, files: Any = ()) -> dict[str, Any]:
        """What the last event of a piece of work tells."""
        for name, told in self._server.events(path, body, files):
            if name == "progress" and progress:
                progress(*self._server.understood(lambda told: (told["phase"], told["done"], told["total"]), told))
            if name == "done":
                return told
        raise AssertionError("events end with done, or raise")
