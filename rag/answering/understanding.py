"""A question -> a plan: the kind by a fitted model, and what it is about by looking it up in the library: authors,
venues, years, papers.

Nothing is taken for a name because of how a sentence is put; it is one because a record of the library has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Literal, cast

from rag.library.catalog import Catalog
from rag.models.bundled_classifier import BundledClassifier, fitted
from rag.text.words import is_content
from rag.types import Filters, Plan, PlanKind, normalise_title

SURE = 0.4
"""From this probability on a question is taken for another kind than a fact."""
SURER: Mapping[str, float] = {"talk": 0.95, "beyond": 0.75, "count": 0.66}
"""… for a kind that is answered without looking for anything, or counts, which "How often …?" mostly is none of."""
_YEAR = re.compile(r"(?<![\w.-])(1[6-9]\d\d|20\d\d)(?![\w.])")
FROM = frozenset({"since", "after", ">", ">=", "≥"})
TO = frozenset({"before", "until", "till", "by", "<", "<=", "≤", "-", "–"})
"""What may stand before a year that bounds a range."""
Group = Literal["", "year", "venue", "author"]
GROUPS: Mapping[str, Group] = {
    "year": "year", "years": "year", "venue": "venue", "venues": "venue", "journal": "venue", "journals": "venue",
    "conference": "venue",
    "conferences": "venue", "author": "author", "authors": "author",
}  # fmt: skip
"""What may be counted by, as a question has it."""
COMMON = 0.02
"""A surname that is a word in more than this share of the abstracts counts only where it is written with a capital."""


@dataclass(frozen=True)
class Records:
    """What the library's records hold that a question may name, normalised. ``surnames``: of each, the authors as they
    are written.
    """

    surnames: Mapping[str, frozenset[str]]
    venues: frozenset[str]

    @classmethod
    def of(cls, bylines: Iterable[tuple[Sequence[str], str | None]]) -> Records:
        """``bylines``: authors and venue of each paper."""
        surnames: dict[str, set[str]] = {}
        venues: set[str] = set()
        for authors, venue in bylines:
            for author in authors:
                surnames.setdefault(surname(author), set()).add(author)
            if venue:
                venues |= {normalise_title(venue), *_capitals(venue)}
        return cls({k: frozenset(v) for k, v in surnames.items() if k}, frozenset(venues))


@dataclass(frozen=True)
class Understood:
    """``plan``; ``topic``: the words of the question that are left when those that name records, years or the kind of
    answer are taken away; ``authors``: the names that were meant, as the records have them.
    """

    plan: Plan
    topic: tuple[str, ...]
    authors: frozenset[str] = frozenset()


@cache
def plain_words() -> frozenset[str]:
    """Words that ask, or speak of papers in general ("list", "recent"): what a question is about is in its others."""
    return frozenset(fitted()["plain words"])


class Understanding:
    """Understands questions to one library. May be shared by threads."""

    def __init__(self, catalog: Catalog, classifier: BundledClassifier) -> None:
        self._catalog = catalog
        self._classifier = classifier
        self._read: tuple[int, int, Records] | None = None

    def plan(self, question: str) -> Understood:
        if not any(c.isalpha() for c in question):
            return Understood(Plan("fact"), ())
        told = self._classifier.tell(question)
        kind, sure = told.kind, told.kinds[told.kind]
        known = cast(PlanKind, kind) if sure >= SURER.get(kind, SURE) else "fact"
        if known not in ("find", "count", "record", "compare"):
            return Understood(Plan(known), ())
        asked = self._named(question, known, told.field)
        plan = asked.plan
        if plan.kind in ("find", "count") and not asked.topic:  # all papers within the bounds: the records tell that
            field = "total" if plan.kind == "count" else "papers_by" if asked.authors else "from_years"
            asked = replace(asked, plan=replace(plan, kind="record", field=field))
        return asked

    def listing(self, question: str) -> Understood:
        """What a question names of records, and what it wants of them, whatever kind of answer it would want alone."""
        told = self._classifier.tell(question)
        return self._named(question, "count" if told.kind == "count" else "record", told.field)

    def _named(self, question: str, kind: PlanKind, field: str) -> Understood:
        """A plan of a kind, with the authors, venue and years of the question; its topic is in its other words."""
        records = self.records()
        words = re.findall(r"[\w'’-]+|[<>]=?|[≤≥–]", question)
        authors, author_words = self._authors(words, records)
        venue, venue_words = self._venue(question, words, records)
        filters = replace(_years(question), venue=venue)
        named = author_words | venue_words | set(_YEAR.findall(question))
        plain = plain_words()
        topic = tuple(w for w in words if w not in named and is_content(w) and w.casefold() not in plain)
        plan = Plan(kind, field if kind == "record" else "", filters=filters, by=_group(words))
        return Understood(plan, topic, authors)

    def records(self) -> Records:
        """What the records hold; read again where the library has changed."""
        at = (self._catalog.generation, self._catalog.count())
        if self._read is None or self._read[:2] != at:
            self._read = (*at, Records.of(self._catalog.bylines()))
        return self._read[2]

    def _authors(self, words: Sequence[str], records: Records) -> tuple[frozenset[str], set[str]]:
        """The authors that a question names, and the words that name them; a first name or initial beside a surname
        narrows them.
        """
        found: set[str] = set()
        named: set[str] = set()
        for n, word in enumerate(words):
            key = normalise_title(word.removesuffix("'s").removesuffix("’s"))
            people = records.surnames.get(key)
            if not people or not self._may_be_a_name(word, n):
                continue
            near = [*words[max(0, n - 2) : n], *words[n + 1 : n + 2]]
            parts = {person: set(normalise_title(person).split()) - {key} for person in people}
            narrowed = {person for person, others in parts.items() if others & set(map(normalise_title, near))}
            found |= narrowed or people
            named |= {word, *(w for w in near if any(normalise_title(w) in parts[person] for person in narrowed))}
        return frozenset(found), named

    def _may_be_a_name(self, word: str, place: int) -> bool:
        if word[:1].isupper() and place:
            return True
        few = max(1, COMMON * self._catalog.count())
        return is_content(word) and self._catalog.papers_with(word) <= few

    def _venue(self, question: str, words: Sequence[str], records: Records) -> tuple[str | None, set[str]]:
        """The venue that a question names, by its whole name or by a part of it in capitals, as "NeurIPS"."""
        text = f" {normalise_title(question)} "
        whole = [v for v in records.venues if f" {v} " in text and len(v) > 2 and self._is_a_venue(v, words)]
        if not whole:
            return None, set()
        longest = max(whole, key=len)
        return longest, {w for w in words if normalise_title(w) in longest.split()}

    def _is_a_venue(self, name: str, words: Sequence[str]) -> bool:
        """A name of one word must be written with a capital, as "Nature" and not "nature"."""
        return " " in name or any(normalise_title(w) == name and w[:1].isupper() for w in words)


def phrase(question: str, topic: Sequence[str]) -> str:
    """The stretch of a question from the first to the last word of its topic, as it is put there; "" where it is not
    there in one.
    """
    places = [question.find(w) for w in topic]
    if not places or min(places) < 0:
        return ""
    return question[min(places) : max(p + len(w) for p, w in zip(places, topic, strict=True))]


def _group(words: Sequence[str]) -> Group:
    """What a question counts by: "per year", "by venue"."""
    pairs = pairwise(w.casefold() for w in words)
    return next((GROUPS[w] for before, w in pairs if before in ("per", "by", "each") and w in GROUPS), "")


def _years(question: str) -> Filters:
    """The years that bound what is asked for: one alone is that year, two are a range."""
    found = [(m.start(), int(m.group())) for m in _YEAR.finditer(question)]
    if not found:
        return Filters()
    if len(found) > 1:
        years = [year for _, year in found]
        return Filters(year_from=min(years), year_to=max(years))
    at, year = found[0]
    before = question[:at].casefold().split()[-1:]
    after = question[at + 4 :].strip()[:1]
    if after in ("-", "–", "+"):
        return Filters(year_from=year)
    if before and before[0] in FROM:
        return Filters(year_from=year + (before[0] in ("after", ">")))
    if before and before[0] in TO:
        return Filters(year_to=year - (before[0] in ("before", "<")))
    return Filters(year_from=year, year_to=year)


def surname(author: str) -> str:
    """The last name, normalised: of "Hafner, Danijar" and of "Danijar Hafner" it is hafner."""
    name = author.split(",")[0] if "," in author else (author.split() or [""])[-1]
    return normalise_title(name)


def _capitals(venue: str) -> set[str]:
    """Words of a venue's name that have a capital inside or are all capitals: "NeurIPS", "ICRA"."""
    return {normalise_title(w) for w in re.findall(r"\w+", venue) if len(w) > 2 and re.search(r"\w[A-Z]", w)}
