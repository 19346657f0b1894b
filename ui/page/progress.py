"""The turn in progress -> HTML; pure: what is going on, the sentences so far, and how it ended if it did not end in an
answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from rag.types import Claim, Passage, Sentence, Source
from ui.page.cards import cards
from ui.page.formulas import inert
from ui.page.icons import icon
from ui.page.rendering import claim, question

Phase = Literal["waiting", "searching", "writing", "stopped", "failed"]


@dataclass(frozen=True)
class Progress:
    """``turn``: the number that it will have. ``before``: how many are let in before. ``searched``: what was searched
    for, once that is known. ``numbers``: papers' numbers by sentence id. ``problem`` and ``remedy``: of a failure.
    """

    turn: int
    asked: str
    phase: Phase = "searching"
    before: int = 0
    searched: str = ""
    passages: Sequence[Passage] = ()
    claims: tuple[Claim, ...] = ()
    withheld: int = 0
    numbers: Mapping[str, int] | None = None
    problem: str = ""
    remedy: str = ""


def unfinished(told: Progress) -> str:
    """The turn as it stands; ``data-phase`` tells the page's script whether it is under way."""
    n, sources = told.turn, _sources(told)
    titles = {s.number: s.paper.title for s in sources}
    said = "".join(claim(n, c, told.numbers or {}, titles, at=at) for at, c in enumerate(told.claims, 1))
    papers = {s.paper.paper_id: s.paper for s in sources}
    under_way = told.phase in ("waiting", "searching", "writing")
    return (
        f'<article class="turn live" id="t{n}" data-phase="{"working" if under_way else told.phase}" '
        f'aria-labelledby="t{n}-q" '
        f'aria-busy="{str(under_way).lower()}">{question(n, told.asked)}<div class="answer">'
        f'<div class="doing" role="status">{_doing(told)}</div>'
        f'<p class="text" aria-live="polite" '
        f'aria-relevant="additions">{said}</p>{_ending(told)}</div>{cards(n, sources, papers)}</article>'
    )


def _doing(told: Progress) -> str:
    if told.phase == "waiting":
        ahead = {0: "next in line", 1: "1 question before you"}.get(told.before, f"{told.before} questions before you")
        return _step(f"Waiting: {ahead}", now=True)
    if told.phase == "searching":
        return _step("Searching", now=True)
    papers = f"{len(told.passages)} paper{'' if len(told.passages) == 1 else 's'}"
    searched = _step(f"Searched for “{inert(told.searched)}” · {papers}") if told.searched else ""
    withheld = f" · {told.withheld} withheld" if told.withheld else ""
    return searched + (_step(f"Writing{withheld}", now=True) if told.phase == "writing" else "")


def _step(what: str, *, now: bool = False) -> str:
    return f'<p class="step{" now" if now else ""}">{what}</p>'


def _ending(told: Progress) -> str:
    asked = f'data-question="{escape(told.asked)}"'
    again = (
        f'<p class="ways"><button type="button" class="button primary" data-do="again" {asked}>Ask again</button>'
        f'<button type="button" class="button" data-do="edit" {asked}>Edit the question</button></p>'
    )
    if told.phase == "stopped":
        kept = "What was written so far is not kept." if told.claims else "Nothing was kept."
        return f'<div class="card ended"><p>{icon("stop")}<strong>Stopped.</strong> {kept}</p>{again}</div>'
    if told.phase == "failed":
        remedy = f"<p>{inert(told.remedy)}</p>" if told.remedy else ""
        return (
            f'<div class="card ended bad" '
            f'role="alert"><p>{icon("warn")}<strong>{inert(told.problem)}</strong></p>{remedy}{again}</div>'
        )
    return ""


def _sources(told: Progress) -> list[Source]:
    """The papers cited so far under their numbers, with the sentences cited from them."""
    numbers = told.numbers or {}
    known = {s.id: (p.paper, s.sentence) for p in told.passages for s in p.sentences}
    cited: dict[int, list[Sentence]] = {}
    for sentence_id in dict.fromkeys(i for c in told.claims for i in c.citations if i in known and i in numbers):
        cited.setdefault(numbers[sentence_id], []).append(known[sentence_id][1])
    return [
        Source(number, known[sentences[0].id][0], tuple(sorted(sentences, key=lambda s: s.number)))
        for number, sentences in sorted(cited.items())
    ]
