"""A row of the table of papers -> the paper, if it still is what was put there; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rag.library.store.merging import digest_of
from rag.types import Details, Paper

PAPER_COLUMNS = "paper_id, title, abstract, authors, year, venue, url, doi, arxiv_id, pmid, source, details"
_COLUMNS = PAPER_COLUMNS.count(",") + 1


def paper_of(row: Sequence[Any]) -> Paper:
    """The paper of a row that begins with :data:`PAPER_COLUMNS`. Raises TypeError or ValueError if it is none."""
    paper_id, title, abstract, authors, year, venue, url, doi, arxiv_id, pmid, source, details = row[:_COLUMNS]
    kept = Details() if details == "{}" else Details.from_dict(json.loads(details))
    return Paper(
        title, abstract, tuple(json.loads(authors)), year, venue, url, doi, arxiv_id, pmid, source, kept, paper_id
    )


def sound_paper(row: Sequence[Any]) -> Paper | None:
    """The paper of a row in which the digest follows the columns; None if the digest is not that of what stands
    there.
    """
    try:
        paper = paper_of(row)
        return paper if digest_of(paper) == row[_COLUMNS] else None
    except (AttributeError, TypeError, ValueError, RecursionError):
        return None
