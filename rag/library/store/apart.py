"""What the repair takes out of use and keeps: rows that are no longer what was put there and that nothing can make
anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rag.database import Database
from rag.library.store.auditing import Fault

_TABLE = (
    "CREATE TABLE IF NOT EXISTS set_apart "
    "(kind TEXT NOT NULL, name TEXT NOT NULL, held TEXT NOT NULL, why TEXT NOT NULL, since TEXT NOT NULL)"
)
_KEYS = {"papers": "seq = ?", "turns": "rowid = ?", "ratings": "conversation = ? AND turn = ?"}
_NAMES = {"papers": "paper_id", "turns": "conversation || ':' || number", "ratings": "conversation || ':' || turn"}


def set_apart(database: Database, faults: Sequence[Fault]) -> None:
    """Moves the rows of faults that cannot be made anew out of their tables."""
    if not faults:
        return
    with database.writing() as db:
        db.execute(_TABLE)
        for fault in faults:
            _move(db, fault)


def _move(db: Any, fault: Fault) -> None:
    key, values = _KEYS[fault.where], fault.row if isinstance(fault.row, tuple) else (fault.row,)
    cursor = db.execute(f"SELECT {_NAMES[fault.where]}, * FROM {fault.where} WHERE {key}", values)
    columns = [column[0] for column in cursor.description][1:]
    for name, *row in cursor.fetchall():
        held = json.dumps(dict(zip(columns, row, strict=True)), default=repr)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        db.execute("INSERT INTO set_apart VALUES (?, ?, ?, ?, ?)", (fault.where, str(name), held, fault.told, now))
    db.execute(f"DELETE FROM {fault.where} WHERE {key}", values)


def told_apart(database: Database) -> list[str]:
    """What is kept apart, a line each, as :class:`~rag.library.store.auditing.Fault` told it. A paper that was indexed
    again is not.
    """
    if not database.value("SELECT count(*) FROM sqlite_schema WHERE name = 'set_apart'"):
        return []
    rows = database.rows(
        "SELECT why FROM set_apart WHERE NOT (kind = 'papers' AND name IN (SELECT paper_id FROM papers)) ORDER BY "
        "since, rowid"
    )
    return [str(why) for (why,) in rows]
