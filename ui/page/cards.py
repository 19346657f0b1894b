"""Sources beside their answer: a card a paper, which unfolds to the whole abstract with the cited sentences marked;
pure.

An answer's parts have addresses within the page: ``t3`` the third turn, ``t3-s1`` its card of paper 1, ``t3-s1-4`` the
mark of that paper's fourth sentence. A citation is a plain link to such a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from rag.text.display import shown
from rag.types import Paper, Sentence, Source
from ui.page.formulas import inert, prose
from ui.page.icons import icon

_WEB = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)
_PLACES = 40
"""Characters of a venue's name that a card's by-line shows."""


def cards(turn: int, sources: Sequence[Source], papers: Mapping[str, Paper], heading: str = "Sources") -> str:
    """The cards of a turn. ``papers``: as the library has them now, by id; a source that is not there is shown as it
    was cited.
    """
    if not sources:
        return ""
    told = "".join(card(turn, source, papers.get(source.paper.paper_id)) for source in sources)
    return (
        f'<aside class="sources" aria-label="{escape(heading)} of answer {turn}"><h3 '
        f'class="unseen">{escape(heading)}</h3>{told}</aside>'
    )


def card(turn: int, source: Source, paper: Paper | None) -> str:
    """One source, folded; ``paper`` None: it is not in the library any more."""
    place = f"t{turn}-s{source.number}"
    told = paper or source.paper
    by = byline(told)
    link = (
        f'<a href="{address}" target="_blank" rel="noopener noreferrer">Open the paper{icon("link")}</a>'
        if (address := web(told))
        else ""
    )
    return (
        f'<details class="source" id="{place}">'
        f'<summary><span class="number">{source.number}</span><span class="what"><span '
        f'class="title">{prose(told.title)}</span>'
        + (f'<span class="by">{by}</span>' if by else "")
        + f'</span></summary><div class="abstract">{_abstract(place, source.sentences, paper)}'
        f'<p class="links">{link}<button type="button" class="back" data-do="back">Back to the '
        f"answer</button></p></div></details>"
    )


def _abstract(place: str, cited: Sequence[Sentence], paper: Paper | None) -> str:
    """The whole abstract with its cited sentences marked; these alone where it is not the abstract that they were cited
    from.
    """
    if paper and all(paper.abstract[s.start : s.end] == s.text for s in cited):
        return f"<p>{_marked(place, cited, paper.abstract)}</p>"
    why = "This paper’s abstract has changed since." if paper else "This paper is no longer in the library."
    return (
        f'<p>{" … ".join(_mark(place, s) for s in cited)}</p><p class="note">{why} These are the sentences as they '
        f"were cited.</p>"
    )


def _marked(place: str, cited: Iterable[Sentence], abstract: str) -> str:
    parts, at = [], 0
    for sentence in sorted(cited, key=lambda s: s.start):
        parts += [prose(abstract[at : sentence.start]), _mark(place, sentence)]
        at = sentence.end
    return " ".join(part for part in [*parts, prose(abstract[at:])] if part)


def _mark(place: str, sentence: Sentence) -> str:
    return f'<mark id="{place}-{sentence.number}" tabindex="-1">{prose(sentence.text)}</mark>'


def byline(paper: Paper) -> str:
    """Authors, venue and year as far as they are known: ``Mole et al. · Neurips · 2021``."""
    names = [inert(a) for a in paper.authors if shown(a)]
    by = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    venue = shown(paper.venue or "")
    place = escape(venue if len(venue) <= _PLACES else venue[: _PLACES - 1].rstrip() + "…")
    return " · ".join(part for part in (by, place, str(paper.year or "")) if part)


def reference(source: Source, paper: Paper | None) -> str:
    """A source as a line of plain text, for copying."""
    told = paper or source.paper
    parts = [
        ", ".join(shown(a) for a in told.authors),
        shown(told.title),
        shown(told.venue or ""),
        str(told.year or ""),
    ]
    return (
        f"[{source.number}] "
        + ". ".join(p.rstrip(".") for p in parts if p)
        + "."
        + (f" {told.link}" if web(told) else "")
    )


def web(paper: Paper) -> str:
    """A paper's address for ``href``; "" where it is none of the web."""
    link = (paper.link or "").strip()
    return escape(link) if _WEB.fullmatch(link) else ""
