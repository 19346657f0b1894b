"""Replies of a language model, recorded in a SQLite file and replayed from it: the same question costs once, and evals
run without a key.

Only whole replies are kept, each under the hash of all that decided it. The file is one file, without a write-ahead log
beside it, so that it can be copied or kept under version control. Threads and processes may share it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rag.database import Database
from rag.errors import LibraryError, RepliesUnusable, ReplyNotRecorded
from rag.models.chat.messages import Ask, Reply
from rag.types import Usage

_TABLE = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, text TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost_usd REAL, finish_reason TEXT NOT NULL, structured INTEGER NOT NULL, recorded_at TEXT NOT NULL
) WITHOUT ROWID
"""
_FOREIGN = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'replies' AND name NOT LIKE 'sqlite_%' LIMIT 1"
)


class Replies:
    """The record. Raises RepliesUnusable where the file cannot be read or written or is something else."""

    def __init__(self, path: Path, *, replay_only: bool = False) -> None:
        """With ``replay_only`` nothing is written, and what was never recorded is an error; the file must exist."""
        self.path = path
        self.replay_only = replay_only
        self._database = Database(path)
        if replay_only:
            if not path.is_file():
                raise self._unusable("there is no such file")
        else:
            self._make()
        with self._translating():
            foreign = self._database.value(_FOREIGN)
        if foreign is not None:
            raise self._unusable(f"this is another kind of file, with a table {foreign!r}")

    def find(self, ask: Ask) -> Reply | None:
        """The recorded reply, marked as replayed; None if there is none. Raises ReplyNotRecorded instead, where replies
        are only replayed.

        What it once cost is not told again: ``cost_usd`` is 0, or None where no price was known.
        """
        columns = "text, prompt_tokens, completion_tokens, cost_usd, model, finish_reason, structured"
        with self._translating():
            found = self._database.rows(f"SELECT {columns} FROM replies WHERE key = ?", (ask.key,))
        for text, prompt, completion, cost, model, finish_reason, structured in found:
            usage = Usage(prompt, completion, None if cost is None else 0.0)
            return Reply(text, usage, model, finish_reason, replayed=True, structured=bool(structured))
        if self.replay_only:
            problem = f"{self.path} has no reply of {ask.model} to this question, and replies are only replayed."
            raise ReplyNotRecorded(
                problem, "Record it: name a server with CITEWISE_LLM_URL or set OPENAI_API_KEY, and run it again."
            )
        return None

    def keep(self, ask: Ask, reply: Reply) -> None:
        """Records a whole reply; where another thread or process recorded one first, that one stays."""
        usage = reply.usage
        values = (usage.prompt_tokens, usage.completion_tokens, usage.cost_usd, reply.finish_reason, reply.structured)
        when = datetime.now(UTC).isoformat(timespec="seconds")
        with self._translating(), self._database.writing() as connection:
            row = (ask.key, reply.model, reply.text, *values, when)
            connection.execute("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        self._database.close()

    def _make(self) -> None:
        """Makes file and table where there are none; of two processes that do so at once, one waits."""
        with self._translating():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self._database.value(_FOREIGN) is None:
                with self._database.writing() as connection:
                    connection.execute(_TABLE)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except LibraryError as error:
            raise self._unusable(error.problem.removeprefix(f"{self.path}: ").removesuffix(".")) from error
        except OSError as error:
            raise self._unusable(error.strerror or "it cannot be read") from error

    def _unusable(self, why: str) -> RepliesUnusable:
        return RepliesUnusable(f"{self.path}: {why}.", "Name another file with CITEWISE_LLM_RECORD, or unset it.")
