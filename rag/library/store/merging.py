"""Two exports of one paper -> what is kept of both; pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from rag.text.retractions import gravest
from rag.types import Details, Paper


def merged(kept: Paper, fresh: Paper) -> Paper:
    """What is known of a paper after a later export of it: the later text and details where it has any, else the
    earlier ones.

    An abstract that differs in white space only stays as it was, and with it its sentences' addresses and vectors.
    """
    names = ("authors", "year", "venue", "url", "doi", "arxiv_id", "pmid")
    details = {name: getattr(fresh, name) or getattr(kept, name) for name in names}
    abstract = kept.abstract if same_text(kept.abstract, fresh.abstract) else fresh.abstract
    known = _merged_details(kept.details, fresh.details)
    if details["year"] and not known.date.startswith(str(details["year"])):
        known = replace(known, date="")  # of another year's version
    return replace(fresh, kept_as=kept.paper_id, abstract=abstract, details=known, **details)


def _merged_details(kept: Details, fresh: Details) -> Details:
    """Tags and collections of both, for one database knows the subject headings and another a person's own words; but
    of one item of Zotero those that it has now. What became of a paper is not forgotten where an export does not say.
    """
    names = ("key", "kind", "language", "volume", "issue", "pages", "zotero")
    single = {name: getattr(fresh, name) or getattr(kept, name) for name in names}
    dates = [date for date in (fresh.date, kept.date) if date]
    lists = {name: getattr(fresh, name) for name in ("tags", "collections")}
    if not fresh.zotero or fresh.zotero != kept.zotero:
        lists = {name: _united(getattr(kept, name), values) for name, values in lists.items()}
    status = gravest((fresh.status, kept.status))
    return replace(fresh, date=max(dates, key=len, default=""), status=status, **single, **lists)


def _united(kept: tuple[str, ...], fresh: tuple[str, ...]) -> tuple[str, ...]:
    """What is in one or the other, in one order whichever comes again; names that differ in case are one."""
    found: dict[str, str] = {}
    for name in (*kept, *fresh):
        found.setdefault(name.casefold(), name)
    return tuple(found.values())


def same_text(one: str, other: str) -> bool:
    """Whether two texts differ in white space at most, as exports do."""
    return one == other or one.split() == other.split()


def digest_of(paper: Paper) -> str:
    """A hash of what is kept of a paper, without the place it came from: the same paper from another file is
    unchanged.
    """
    fields: list[Any] = [
        paper.title,
        paper.abstract,
        list(paper.authors),
        paper.year,
        paper.venue,
        paper.url,
        paper.doi,
        paper.arxiv_id,
        paper.pmid,
    ]
    if details := paper.details.to_dict():  # papers from before there were details keep their hash
        fields.append(details)
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()
