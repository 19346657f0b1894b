"""Two exports of one paper -> what is kept of both; pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from rag.types import Paper


def merged(kept: Paper, fresh: Paper) -> Paper:
    """What is known of a paper after a later export of it: the later text and details where it has any, else the
    earlier ones.

    An abstract that differs in white space only stays as it was, and with it its sentences' addresses and vectors.
    """
    names = ("authors", "year", "venue", "url", "doi", "arxiv_id", "pmid")
    details = {name: getattr(fresh, name) or getattr(kept, name) for name in names}
    abstract = kept.abstract if same_text(kept.abstract, fresh.abstract) else fresh.abstract
    return replace(fresh, kept_as=kept.paper_id, abstract=abstract, **details)


def same_text(one: str, other: str) -> bool:
    """Whether two texts differ in white space at most, as exports do."""
    return one == other or one.split() == other.split()


def digest_of(paper: Paper) -> str:
    """A hash of what is kept of a paper, without the place it came from: the same paper from another file is
    unchanged.
    """
    fields = [
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
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()
