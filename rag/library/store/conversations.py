"""Where conversations are kept: in the library's catalogue, turn by turn, each answer as the JSON that it is everywhere
else.

A turn is written in one transaction of SQLite's own, without the library's lock: it touches neither papers nor the
vector index, so it may come between the writes of a process that indexes. Answers keep what they showed: indexing
again, or another paper, changes none of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from rag.database import Database
from rag.errors import LibraryDamaged
from rag.library.store.auditing import is_date
from rag.library.store.schema import CONVERSATIONS
from rag.types import Answer, Rating, SavedConversation, Turn

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Conversations:
    """The conversations of one catalogue. Raises what :class:`Database` raises; StorageError where nothing can be
    written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, conversation_id: str, title: str, number: int, turns: Sequence[Turn]) -> int:
        """Saves turns, the first as ``number`` or after what another process has saved meanwhile; returns the last
        one's number.

        ``title`` is the conversation's until somebody renames it.
        """
        with self._database.writing() as db:
            for table in CONVERSATIONS:
                db.execute(table)
            db.execute(
                "INSERT INTO conversations (id, title, changed) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "changed = excluded.changed, title = CASE renamed WHEN 0 THEN excluded.title ELSE title END",
                (conversation_id, title, _stamp(turns[-1].asked)),
            )
            (last,) = db.execute(
                "SELECT coalesce(max(number), 0) FROM turns WHERE conversation = ?", (conversation_id,)
            ).fetchone()
            number = max(number, last + 1)
            for n, turn in enumerate(turns, number):
                answer = json.dumps(turn.answer.to_dict())
                db.execute("INSERT INTO turns VALUES (?, ?, ?, ?)", (conversation_id, n, _stamp(turn.asked), answer))
        return number + len(turns) - 1

    def saved(self, sought: str = "") -> list[SavedConversation]:
        """The conversations, the latest first; with ``sought``, those that have all its words in their title, questions
        or answers.
        """
        if not self._are_there():
            return []
        holding = self._holding(sought.casefold().split()) if sought.strip() else None
        rows = self._database.rows(
            "SELECT id, title, changed, (SELECT count(*) FROM turns WHERE conversation = id) FROM conversations ORDER "
            "BY changed DESC, id"
        )
        return [
            SavedConversation(made, title, _when(changed), turns)
            for made, title, changed, turns in rows
            if holding is None or made in holding
        ]

    def _holding(self, words: Sequence[str]) -> set[str]:
        """The ids of the conversations in whose text all words stand. SQLite itself folds the case of ASCII letters
        only.
        """
        rows = self._database.rows(
            "SELECT id, title || ' ' || coalesce((SELECT group_concat(json_extract(answer, '$.question') || ' ' || "
            "json_extract(answer, '$.text'), ' ') FROM turns WHERE conversation = id AND json_valid(answer)), '') "
            "FROM conversations"
        )
        return {made for made, text in rows if all(word in text.casefold() for word in words)}

    def title(self, conversation_id: str) -> str | None:
        """A conversation's title; None if there is no such conversation."""
        if not self._are_there():
            return None
        title = self._database.value("SELECT title FROM conversations WHERE id = ?", (conversation_id,))
        return None if title is None else str(title)

    def turns(self, conversation_id: str, after: int = 0) -> list[tuple[int, Turn]]:
        """A conversation's turns with their numbers, in order, from the one after ``after``. Raises LibraryDamaged if
        one is no turn.
        """
        if not self._are_there():
            return []
        rows = self._database.rows(
            "SELECT number, asked, answer FROM turns WHERE conversation = ? AND number > ? ORDER BY number",
            (conversation_id, after),
        )
        try:
            return [
                (number, Turn(datetime.fromisoformat(asked), Answer.from_dict(json.loads(answer))))
                for number, asked, answer in rows
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise LibraryDamaged(
                f"{self._database.path}: conversation {conversation_id} cannot be read ({error!r}).",
                f"Delete it with: citewise chat --delete {conversation_id}",
            ) from error

    def rename(self, conversation_id: str, title: str) -> bool:
        """Gives a conversation a title that stays; False if there is no such conversation."""
        return self._changed("UPDATE conversations SET title = ?, renamed = 1 WHERE id = ?", title, conversation_id)

    def delete(self, conversation_id: str) -> bool:
        """Deletes a conversation with its turns; False if there is none."""
        return self._changed("DELETE FROM conversations WHERE id = ?", conversation_id)

    def drop(self, conversation_id: str, number: int) -> None:
        """Forgets a turn and those after it, with what was thought of them; a conversation without turns is none."""
        if not self._are_there():
            return
        with self._database.writing() as db:
            db.execute("DELETE FROM turns WHERE conversation = ? AND number >= ?", (conversation_id, number))
            db.execute(
                "DELETE FROM conversations WHERE id = ?1 AND renamed = 0 AND NOT EXISTS (SELECT 1 FROM turns WHERE "
                "conversation = ?1)",
                (conversation_id,),
            )

    def rate(self, rating: Rating) -> bool:
        """Keeps what was thought of a turn, in the place of what was kept before; False if there is no such turn."""
        with self._database.writing() as db:
            for table in CONVERSATIONS:
                db.execute(table)
            known = db.execute(
                "SELECT 1 FROM turns WHERE conversation = ? AND number = ?", (rating.conversation, rating.turn)
            ).fetchone()
            if known:
                kept = (rating.conversation, rating.turn, rating.liked, rating.comment, _stamp(rating.when))
                db.execute("INSERT OR REPLACE INTO ratings VALUES (?, ?, ?, ?, ?)", kept)
        return bool(known)

    def unrate(self, conversation_id: str, number: int) -> None:
        """Forgets what was thought of a turn."""
        if self._are_there("ratings"):
            self._changed("DELETE FROM ratings WHERE conversation = ? AND turn = ?", conversation_id, number)

    def ratings(self, conversation_id: str | None = None) -> list[Rating]:
        """What was thought of the turns of a conversation, or of all, in the order in which it was said."""
        if not self._are_there("ratings"):
            return []
        rows = self._database.rows(
            "SELECT conversation, turn, liked, comment, rated FROM ratings WHERE ?1 IS NULL OR conversation = ?1 "
            "ORDER BY rated, turn",
            (conversation_id,),
        )
        return [Rating(c, turn, bool(liked), comment, _when(rated)) for c, turn, liked, comment, rated in rows]

    def mend_dates(self) -> None:
        """Gives conversations whose date cannot be read that of their last turn."""
        with self._database.writing() as db:
            for made, changed in db.execute("SELECT id, changed FROM conversations").fetchall():
                if not is_date(changed):
                    asked = [
                        a
                        for (a,) in db.execute("SELECT asked FROM turns WHERE conversation = ?", (made,))
                        if is_date(a)
                    ]
                    db.execute(
                        "UPDATE conversations SET changed = ? WHERE id = ?", (max(asked, default=_stamp(_NEVER)), made)
                    )

    def _changed(self, sql: str, *values: str | int) -> bool:
        if not self._are_there():
            return False
        with self._database.writing() as db:
            return db.execute(sql, values).rowcount > 0

    def _are_there(self, table: str = "turns") -> bool:
        """Whether the tables are; a library that was never talked to lacks them."""
        return bool(self._database.value("SELECT count(*) FROM sqlite_schema WHERE name = ?", (table,)))


def _when(told: str) -> datetime:
    """A stored moment; one that cannot be read was long ago, and hides no other."""
    return datetime.fromisoformat(told) if is_date(told) else _NEVER


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds")
