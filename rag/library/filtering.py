"""Which papers pass the bounds that :class:`~rag.types.Filters` tells; pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rag.types import Filters, Paper, name_key, normalise_title


def passes(paper: Paper, filters: Filters | None) -> bool:
    """Whether a paper passes every bound."""
    if not filters:
        return True
    for bound, is_in in ((filters.year_from, int.__ge__), (filters.year_to, int.__le__)):
        if bound is not None and (paper.year is None or not is_in(paper.year, bound)):
            return False
    texts = (
        (filters.author, paper.authors),
        (filters.venue, (paper.venue,) if paper.venue else ()),
        (filters.source, (paper.source,)),
    )
    if not all(sought is None or any(_has(held, sought) for held in told) for sought, told in texts):
        return False
    return has_tag(paper.details.tags, filters.tag) and is_within(paper.details.collections, filters.collection)


def _has(held: str, sought: str) -> bool:
    """Whether a name has another in it; what is marks alone is sought as it stands."""
    key = name_key(sought)
    return key in name_key(held) if key else sought in held


def has_tag(tags: Iterable[str], sought: str | None) -> bool:
    """Whether one of the tags has all words of the one that is sought, in a row."""
    words = None if sought is None else f" {_words(sought)} "
    return words is None or any(words in f" {_words(tag)} " for tag in tags)


def is_within(collections: Iterable[str], sought: str | None) -> bool:
    """Whether one of the collections, paths, is the one that is sought or lies in it: ``Models`` and ``Models/World
    models`` both hold what is in the latter, and so does ``World models``.
    """
    if sought is None:
        return True
    wanted = _steps(sought)
    paths = (_steps(path) for path in collections)
    return any(path[n : n + len(wanted)] == wanted for path in paths for n in range(len(path)))


def _steps(path: str) -> list[str]:
    return [words for step in path.split("/") if (words := _words(step))]


@lru_cache(maxsize=65_536)
def _words(text: str) -> str:
    """A name as it is compared; the few names of a library are compared for each paper again."""
    return normalise_title(text) or text.casefold().strip()
