"""A question that acts on the list that was answered last: fewer of it, in another order, how many, taken along.

"only those since 2020", "and by Jones?", "newest first", "per year?", "BibTeX for these": each has no topic of its own.
What it wants is done to the last list; a question with a topic of its own is a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.answering.plans.records import Sought, grouped, listing
from rag.answering.plans.reply import Reply, count_of, order_by_year
from rag.answering.understanding import Understanding, Understood
from rag.library.bibtex import to_bibtex
from rag.types import Answer, Paper, Plan

LISTS = ("find", "count", "record")
"""Kinds of answer that list papers."""
POINTING = frozenset("these those them they ones it all".split())
"""Words that point at what was told before."""
FEWEST = 5
"""A question of so few words goes on from the last one though it points at nothing: "since 2020?"."""
Deed = Literal["narrow", "order", "number", "cite", "group"]


@dataclass(frozen=True)
class Earlier:
    """``typed``: a follow-up as a person put it; ``answer``: the last one of the conversation."""

    typed: str
    answer: Answer


@dataclass(frozen=True)
class Carried:
    """What is done to a list. ``question``: the one that it answered, to be asked again where it is narrowed;
    ``understood``: the plan as it is now. ``papers``: ids of those listed, in their order.
    """

    deed: Deed
    question: str
    understood: Understood
    papers: tuple[str, ...]


def carried(earlier: Earlier, understanding: Understanding) -> Carried | None:
    """None where the question is one of its own, or nothing was listed before it."""
    last = earlier.answer
    if last.plan is None or last.plan.kind not in LISTS or not last.sources:
        return None
    asked = understanding.listing(earlier.typed)
    words = earlier.typed.casefold().split()
    points = not POINTING.isdisjoint(w.strip(".,;:?!") for w in words)
    if asked.topic or not (points or len(words) <= FEWEST):
        return None
    papers = tuple(s.paper.paper_id for s in last.sources)
    plan = asked.plan
    bounded = bool(plan.filters) or bool(asked.authors)
    if bounded:
        return Carried("narrow", last.standalone_question, _narrower(last, last.plan, asked, understanding), papers)
    deed = _deed(plan, per="per" in words or "each" in words)
    if deed is None:
        return None
    return Carried(deed, last.standalone_question, replace(asked, plan=_of(last.plan, plan)), papers)


def _deed(plan: Plan, *, per: bool) -> Deed | None:
    """``per``: the question counts by something, and does not only order."""
    if plan.by and (per or plan.by != "year" or plan.kind == "count"):
        return "group"
    if plan.by or plan.field in ("newest", "oldest"):
        return "order"
    if plan.kind == "count" or plan.field == "total":
        return "number"
    return "cite" if plan.field == "cite" else None


def done_to_listed(on: Carried, papers: Sequence[Paper]) -> Reply:
    """``papers``: those that were listed, in their order."""
    sought = Sought(on.question, on.understood, None)
    plan = on.understood.plan
    if on.deed == "group":
        return grouped(sought, papers, plan.by)
    if on.deed == "cite":
        return Reply(
            plan, "answered", f"```bibtex\n{to_bibtex(papers).strip()}\n```", (), tuple((p, ()) for p in papers)
        )
    if on.deed == "number":
        return Reply(plan, "answered", f"**{count_of(len(papers))}**.", (), tuple((p, ()) for p in papers))
    first = "oldest" if plan.field == "oldest" else "newest"
    ordered = [papers[n] for n in order_by_year(papers, first)]
    return listing(sought, ordered, f"The same {count_of(len(papers))}, the {first} first.")


def _narrower(last: Answer, plan: Plan, asked: Understood, understanding: Understanding) -> Understood:
    """The last plan within the bounds of a follow-up; one author stays among the bounds, for the next one to keep."""
    before = understanding.listing(last.standalone_question)
    kept = understanding.listing(plan.filters.author).authors if plan.filters.author else before.authors
    bounds = asked.plan.filters
    if len(asked.authors) == 1:
        bounds = replace(bounds, author=next(iter(asked.authors)))
    now = replace(plan, filters=bounds.over(plan.filters), by=asked.plan.by or plan.by)
    if asked.plan.kind == "count" or asked.plan.field == "total":
        now = replace(now, kind="count") if now.kind == "find" else replace(now, field="total")
    return Understood(now, before.topic, asked.authors or kept)


def _of(last: Plan, asked: Plan) -> Plan:
    """A plan for the records of what was listed, within the bounds that it was listed in."""
    return replace(asked, kind="record", filters=last.filters)
