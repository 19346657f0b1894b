"""What qualifies an answer: that only some papers passed the filters, and that some are not indexed yet; pure.

A no that is due to a filter says so and offers to lift it; one over a library that is half indexed says what was not
seen. Neither ever says that no abstract is about it.
"""

from __future__ import annotations

from dataclasses import replace

from rag.answering.answers import NONE_ABOUT
from rag.answering.plans.reply import Reply, count_of
from rag.text.display import markdown
from rag.types import Answer, Filters, Pending, Plan

_NO = "Not covered"
_NOES = ("not_covered", "not_stated")
_EXHAUSTIVE = ("find", "count")
"""Plans whose answers say of how many papers what is told holds."""
_OF_NO_PAPERS = ("talk", "beyond")
"""Plans that no paper could have answered."""


def nothing_passes(plan: Plan, filters: Filters, of: int) -> Reply:
    """The reply where the filters leave no paper. ``of``: how many there are."""
    papers = "the 1 paper" if of == 1 else f"any of the {count_of(of)}"
    return Reply(
        plan,
        "not_covered",
        f"{_NO} within the filters: {told_filters(filters)} does not let {papers} through. Lift the filters to ask "
        "the whole library.",
    )


def narrowed(answer: Answer, filters: Filters, passing: int, of: int) -> Answer:
    """A no, which holds for the papers alone that passed the filters, of how many."""
    if answer.outcome not in _NOES or answer.plan.kind in _OF_NO_PAPERS or not 0 < passing < of:
        return answer
    text = answer.text.replace(NONE_ABOUT, "no paper that passes them is about this")
    if text.startswith(f"{_NO}:"):
        text = f"{_NO} within the filters{text.removeprefix(_NO)}"
    verb = "passes" if passing == 1 else "pass"
    only = f"Only {passing:,} of {count_of(of)} {verb} {told_filters(filters)}; lift the filters to ask all of them."
    return replace(answer, text=f"{text} {only}")


def so_far(answer: Answer, pending: Pending) -> Answer:
    """An answer over a library that is not all indexed. A no, and what is told of all papers, says so in its text."""
    told = replace(answer, pending=pending)
    if answer.plan.kind in _OF_NO_PAPERS:
        return told
    text, rest = answer.text, ""
    if answer.outcome == "not_covered" and text.startswith(_NO):
        text = f"{_NO} so far{text.removeprefix(_NO)}".replace(NONE_ABOUT, "nothing was found that is about this")
    elif answer.plan.kind in _EXHAUSTIVE and (answer.claims or answer.table):
        text, mark, rest = text.partition("\n\n")
        rest = mark + rest
    elif answer.outcome not in _NOES:
        return told
    return replace(told, text=f"{text} {markdown(str(pending))}{rest}")


def told_filters(filters: Filters) -> str:
    """The bounds in words: ``author “Hafner”, years 2019 to 2021``."""
    told = [
        f"{name} “{markdown(value)}”"
        for name in ("author", "venue", "source", "tag", "collection")
        if (value := getattr(filters, name)) is not None
    ]
    first, last = filters.year_from, filters.year_to
    if first is not None and first == last:
        told.append(f"year {first}")
    elif first is not None or last is not None:
        ends = (("from", first), ("to", last))
        told.append("years " + " ".join(f"{word} {year}" for word, year in ends if year is not None))
    return ", ".join(told)
