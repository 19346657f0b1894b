"""Sources beside their answer: a card a paper, which unfolds to the whole abstract with the cited sentences marked;
pure.

An answer's parts have addresses within the page: ``t3`` the third turn, ``t3-s1`` its card of paper 1, ``t3-s1-4`` the
mark of that paper's fourth sentence. A citation is a plain link to such a mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

from rag.library.bibtex import to_bibtex
from rag.text.display import shown, web_link
from rag.text.retractions import warning
from rag.types import Paper, Sentence, Source
from ui.page.formulas import inert, prose
from ui.page.icons import icon

_ZOTERO = re.compile(r"zotero://select/(?:library|groups/\d+)/items/[A-Z0-9]{8}")
_MOST_TAGS = 12
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
    return (
        f'<details class="source" id="{place}">'
        f'<summary><span class="number">{source.number}</span><span class="what"><span '
        f'class="title">{prose(told.title)}</span>'
        + status_html(told)
        + (f'<span class="by">{by}</span>' if by else "")
        + f'</span></summary><div class="abstract">{_abstract(place, source.sentences, paper)}'
        f'{tags_html(told)}<p class="links">{links_html(told)}{_bibtex(told)}<button type="button" class="back" '
        f'data-do="back">Back to the answer</button></p></div></details>'
    )


def status_html(paper: Paper) -> str:
    """What has become of a paper, to be seen before anything is read; "" where nothing is known."""
    status = paper.details.status
    kind = "" if status == "corrected" else " bad"
    return f'<span class="status{kind}">{escape(warning(status))}</span> ' if status else ""


def links_html(paper: Paper) -> str:
    """Where a paper is found: its own page, and what its numbers lead to."""
    doi, arxiv, pmid = paper.doi, paper.arxiv_id, paper.pmid
    places = {
        "Open the paper": paper.link or "",
        "DOI": f"https://doi.org/{doi}" if doi else "",
        "arXiv": f"https://arxiv.org/abs/{arxiv}" if arxiv else "",
        "PubMed": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else "",
    }
    told = "".join(
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{name}{icon("link")}</a>'
        for name, address in places.items()
        if web_link(address) and (name == "Open the paper" or address != paper.link)
    )
    item = paper.details.zotero
    return told + (f'<a href="{escape(item)}">Zotero</a>' if _ZOTERO.fullmatch(item) else "")


def tags_html(paper: Paper) -> str:
    """Tags and collections as buttons that filter by them."""
    named = [("tag", tag, tag) for tag in paper.details.tags]
    named += [("collection", path, path.rpartition("/")[2]) for path in paper.details.collections]
    told = "".join(
        f'<button type="button" class="tag {field}" data-do="narrow" data-field="{field}" data-value="{escape(value)}" '
        f'title="Only papers of this {field}">{inert(name)}</button>'
        for field, value, name in named[:_MOST_TAGS]
    )
    more = len(named) - _MOST_TAGS
    return f'<p class="tags">{told}{f"<span>and {more} more</span>" if more > 0 else ""}</p>' if told else ""


def _bibtex(paper: Paper) -> str:
    return (
        f'<button type="button" class="text" data-do="copy" data-said="Copied as BibTeX." '
        f'data-copy="{escape(to_bibtex([paper]))}">BibTeX</button>'
    )


def _abstract(place: str, cited: Sequence[Sentence], paper: Paper | None) -> str:
    """The whole abstract with its cited sentences marked; these alone where it is not the abstract that they were cited
    from.
    """
    if paper and all(paper.abstract[s.start : s.end] == s.text for s in cited):
        return f"<p>{marked_html(paper.abstract, cited, lambda sentence: _mark(place, sentence))}</p>"
    why = "This paper’s abstract has changed since." if paper else "This paper is no longer in the library."
    return (
        f'<p>{" … ".join(_mark(place, s) for s in cited)}</p><p class="note">{why} These are the sentences as they '
        f"were cited.</p>"
    )


def marked_html(abstract: str, cited: Iterable[Sentence], mark: Callable[[Sentence], str]) -> str:
    """An abstract with some of its sentences as ``mark`` has them."""
    parts, at = [], 0
    for sentence in sorted(cited, key=lambda s: s.start):
        parts += [prose(abstract[at : sentence.start]), mark(sentence)]
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
    return escape(web_link(link))
