"""A text's sentences with their verdicts -> HTML; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from rag.answering.drafts.report import MOST_SHOWN, CheckedSentence, SentenceVerdict
from rag.text.display import byline, web_link
from rag.types import Paper, Sentence
from ui.page.formulas import inert, prose
from ui.page.icons import icon

_WORDS: Mapping[SentenceVerdict, tuple[str, str]] = {
    "supported": ("done", "Supported"), "contradicted": ("differs", "Contradicted"),
    "not_stated": ("silent", "Not stated"), "in_doubt": ("part", "In doubt"), "no_claim": ("silent", "No claim"),
}  # fmt: skip


class Checked(NamedTuple):
    """What is known of a text so far. ``papers``: by id; ``total``: its sentences, 0 where that is not known yet."""

    sentences: Sequence[CheckedSentence]
    papers: Mapping[str, Paper]
    total: int
    is_done: bool


def checked_html(told: Checked) -> str:
    """The counts, then paragraph by paragraph the text, and beside it what each sentence stands on."""
    head = _counts(told.sentences) if told.is_done else _progress(len(told.sentences), told.total)
    numbered = enumerate(told.sentences)
    body = "".join(_paragraph(list(some), told.papers) for _, some in groupby(numbered, key=lambda n: n[1].paragraph))
    if told.is_done and not told.sentences:
        body = '<p class="none">There is no sentence in it: headings, code, tables and references are passed over.</p>'
    return f"{head}{body}"


def _progress(done: int, total: int) -> str:
    value = f' max="{total}" value="{done}"' if total else ""
    words = f"Checking · {done} of {total} sentences" if total else "Checking …"
    bar = f'<progress aria-label="Checking"{value}></progress>'
    return f'<div class="adding" role="status"><span>{words}</span>{bar}</div>'


def _counts(sentences: Sequence[CheckedSentence]) -> str:
    counts = ((verdict, sum(s.verdict == verdict for s in sentences)) for verdict in _WORDS)
    told = "".join(
        f'<li class="{verdict}">{icon(_WORDS[verdict][0])}<strong>{n}</strong> {_WORDS[verdict][1].lower()}</li>'
        for verdict, n in counts
        if n
    )
    return f'<ul class="verdicts" role="status">{told}</ul>'


def _paragraph(numbered: Sequence[tuple[int, CheckedSentence]], papers: Mapping[str, Paper]) -> str:
    said = " ".join(
        f"<span>{inert(s.text)}</span>"
        if s.verdict == "no_claim"
        else f'<a href="#check-{n}" data-check="{n}" class="{s.verdict}">{_marked(s)}</a>'
        for n, s in numbered
    )
    notes = "".join(_note(n, s, papers) for n, s in numbered if s.verdict != "no_claim")
    return f'<section class="checked"><p class="said" dir="auto">{said}</p><div class="notes">{notes}</div></section>'


def _note(n: int, one: CheckedSentence, papers: Mapping[str, Paper]) -> str:
    sign, word = _WORDS[one.verdict]
    lost = "".join(f'<p class="lost">{icon("warn")}{inert(note)}</p>' for note in one.notes)
    near = '<p class="small">What comes nearest</p>' if one.verdict == "not_stated" and one.sentences else ""
    found = "".join(_evidence(s, papers) for s in one.nearest)
    better = "".join(_evidence(s, papers) for s in one.better[:MOST_SHOWN])
    better = f'<p class="small">Not cited, and says so</p>{better}' if better else ""
    lacking = ", ".join(f"“{inert(words)}”" for words in one.lacking)
    words = f'<p class="small">Not borne out: {lacking}</p>' if lacking else ""
    return (
        f'<article class="{one.verdict}" id="check-{n}" tabindex="-1"><h2>{icon(sign)}{word}'
        f'<span class="unseen">: {inert(one.text)}</span></h2>{words}{lost}{near}{found}{better}</article>'
    )


def _evidence(sentence: Sentence, papers: Mapping[str, Paper]) -> str:
    paper = papers.get(sentence.paper_id)
    title = inert(paper.title) if paper else inert(sentence.paper_id)
    if paper and (link := web_link(paper.link)):
        title = f'<a href="{escape(link)}" target="_blank" rel="noreferrer">{title}</a>'
    by = inert(byline(paper)) if paper else ""
    return (
        f"<blockquote><p>{prose(sentence.text)}</p><footer>{title}{' · ' + by if by else ''}, "
        f"sentence {sentence.number}</footer></blockquote>"
    )


def _marked(one: CheckedSentence) -> str:
    """A sentence, the words that nothing bears out underlined."""
    made, at = "", 0
    for start, end in sorted(one.unsupported):
        made += f"{_bit(one.text[at:start])}<u>{_bit(one.text[max(at, start) : end])}</u>"
        at = max(at, end)
    return made + _bit(one.text[at:])


def _bit(text: str) -> str:
    """A piece of a sentence; the blanks at its ends are kept."""
    told = inert(text)
    return f"{' ' if text[:1].isspace() else ''}{told}{' ' if text[-1:].isspace() and told else ''}"
