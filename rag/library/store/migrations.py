"""From one layout of the catalogue to the next, so that libraries of earlier versions open.

``MIGRATIONS`` is a numbered list: each entry brings a catalogue to its number, inside one transaction. Before the first
the file is copied beside itself (``catalog.layout-1.sqlite``); a copy that is there already is the one of an earlier
attempt and is kept. A new layout is a line here, and the tables as they are then in :mod:`rag.library.store.schema`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rag.database import Database
from rag.errors import LibraryDamaged
from rag.library.store.merging import digest_of
from rag.library.store.rows import PAPER_COLUMNS, paper_of
from rag.library.store.schema import SCHEMA_VERSION
from rag.text.retractions import status_of_text

_LAYOUT = "SELECT value FROM settings WHERE name = 'schema'"


def bring_up(database: Database) -> None:
    """Brings a catalogue to the layout of this version; does nothing to one that has it.

    Raises LibraryDamaged for a layout that is none, or of a later version; StorageError where nothing can be written.
    """
    layout = database.value(_LAYOUT)
    if layout == str(SCHEMA_VERSION):
        return
    if not (layout or "").isdecimal() or int(layout) > SCHEMA_VERSION:
        later = (layout or "").isdecimal()
        raise LibraryDamaged(
            f"{database.path}: layout {layout or 'none'}, this Citewise reads up to {SCHEMA_VERSION}.",
            f"{'It was made by a later version: update Citewise' if later else 'Take it back from a backup'}, or move "
            f"{database.path.parent} away and index your files again.",
        )
    database.back_up(database.path.with_name(f"{database.path.stem}.layout-{layout}{database.path.suffix}"))
    with database.writing() as db:
        (now,) = db.execute(_LAYOUT).fetchone()  # another process may have been sooner
        for number in range(int(now) + 1, SCHEMA_VERSION + 1):
            MIGRATIONS[number](db)
        db.execute("UPDATE settings SET value = ? WHERE name = 'schema'", (str(SCHEMA_VERSION),))


def _keep_details(db: Any) -> None:
    """Papers have a part for what their records have beside what answers need; what titles and abstracts say of
    retractions is put there.
    """
    db.execute("ALTER TABLE papers ADD COLUMN details TEXT NOT NULL DEFAULT '{}'")
    told = db.execute(
        f"SELECT {PAPER_COLUMNS}, digest, seq FROM papers WHERE title LIKE '%retract%' OR title LIKE '%withdraw%' OR "
        "title LIKE '%concern%' OR abstract LIKE '%retracted%' OR abstract LIKE '%withdrawn%'"
    ).fetchall()
    for row in told:
        paper = paper_of(row)
        status = status_of_text(paper.title, paper.abstract)
        if status and digest_of(paper) == row[-2]:  # one that is damaged stays so, to be told of
            paper = replace(paper, details=replace(paper.details, status=status))
            db.execute(
                "UPDATE papers SET details = ?, digest = ? WHERE seq = ?",
                (json.dumps(paper.details.to_dict(), ensure_ascii=False), digest_of(paper), row[-1]),
            )


MIGRATIONS: Mapping[int, Callable[[Any], None]] = {
    2: _keep_details,
}
"""By the number of the layout that each makes."""
