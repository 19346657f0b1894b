"""Turns of a conversation -> HTML; pure. Every text of a paper, a person or a model is escaped here or in
:mod:`ui.page.formulas`.

What a turn is made of: the question, the answer sentence by sentence with its citations, what was withheld, small print
and actions, and beside them the cards of :mod:`ui.page.cards`. ``data-do`` names what a button does;
ui/page/files/chat/doing.js listens for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from rag.library.bibtex import to_bibtex
from rag.text.display import looked_for, plain, shown, unmarked
from rag.types import Answer, Claim, Paper, Rating, Source, Table, Turn, Withheld
from ui.page.cards import cards, reference
from ui.page.formulas import flowing, inert, prose
from ui.page.icons import icon

_MARKER = re.compile(r"(?<!\\)\[(\d+)\]")
_NOES = {
    "not_covered": ("missing", "Not in this library"),
    "not_stated": ("silent", "Not stated"),
    "partial": ("part", "Answered in part"),
}
_PREMISE = "Not as the question puts it: "


def conversation(
    turns: Sequence[Turn],
    papers: Mapping[str, Paper],
    ratings: Mapping[int, Rating],
    conversation_id: str = "",
    title: str = "",
    note: str = "",
) -> str:
    """The finished turns, oldest first. ``ratings``: by turn, from 1. ``note``: why the last turns are not saved."""
    link = f"?c={conversation_id}" if conversation_id else ""
    told = "".join(
        finished(n, turn, papers, link, rating=ratings.get(n), is_last=n == len(turns))
        for n, turn in enumerate(turns, 1)
    )
    warned = f'<p class="card warn" role="alert">{icon("warn")}<span>{inert(note)}</span></p>' if note else ""
    told = f'<h1 class="unseen">{inert(title) or "New conversation"}</h1>{told}'
    return (
        f'<div id="talk" data-conversation="{escape(conversation_id)}" data-title="{inert(title)}" '
        f'data-turns="{len(turns)}">{told}{warned}</div>'
    )


def finished(
    n: int,
    turn: Turn,
    papers: Mapping[str, Paper],
    link: str = "",
    *,
    rating: Rating | None = None,
    is_last: bool = False,
) -> str:
    """A turn that is done. ``link``: the conversation's address, so that a citation can be opened in another tab."""
    answer = turn.answer
    heading = "Nearest papers" if answer.outcome == "not_stated" else "Sources"
    kind = "small-talk" if turn.is_small_talk else answer.outcome
    said = _said(n, answer, link)
    return (
        f'<article class="turn {kind}" id="t{n}" aria-labelledby="t{n}-q">{question(n, answer.question)}'
        f'<div class="answer">{_searched(answer)}{_verdict(n, answer, link)}{said}{_withheld(n, answer.withheld)}'
        f"{_pending(answer)}"
        f"{_small_print(answer) if not turn.is_small_talk else ''}{_actions(n, answer, papers, rating, is_last)}</div>"
        f"{cards(n, answer.sources, papers, heading)}</article>"
    )


def _said(n: int, answer: Answer, link: str) -> str:
    """The answer itself: a table, a list, sentences, or words of ours."""
    if answer.table:
        return _table(n, answer, answer.table, link)
    if not answer.claims:
        return _words(n, answer, link)
    return _list(n, answer, link) if answer.is_list else _claims(n, answer, link)


def question(n: int, text: str) -> str:
    return f'<h2 class="question" id="t{n}-q" dir="auto">{inert(text)}</h2>'


def claim(
    n: int, told: Claim, numbers: Mapping[str, int], titles: Mapping[int, str], link: str = "", at: int = 0
) -> str:
    """A sentence of the answer and its citations, a link a paper. ``numbers``: of the papers, by sentence id;
    ``titles``: by number.
    """
    by_paper: dict[int, list[str]] = {}
    for sentence_id in told.citations:
        if sentence_id in numbers:
            by_paper.setdefault(numbers[sentence_id], []).append(sentence_id.rpartition(":")[2])
    links = "".join(
        _citation(
            f"t{n}-c{at}-{number}", [f"t{n}-s{number}-{s}" for s in sentences], number, titles.get(number, ""), link
        )
        for number, sentences in sorted(by_paper.items())
    )
    return f'<span class="claim"><span class="said">{prose(unmarked(told.text))}</span> {links}</span> '


def _citation(place: str, marks: Sequence[str], number: int, title: str, link: str) -> str:
    label = f"[{number}] {shown(title)}".strip()
    return (
        f'<a class="cite" id="{place}" href="{escape(link)}#{marks[0]}" data-marks="{" ".join(marks)}" '
        f'aria-label="{escape(label)}">[{number}]</a>'
    )


def _claims(n: int, answer: Answer, link: str) -> str:
    numbers = {s.id: source.number for source in answer.sources for s in source.sentences}
    titles = {s.number: s.paper.title for s in answer.sources}
    return (
        '<p class="text">'
        + "".join(claim(n, c, numbers, titles, link, at) for at, c in enumerate(answer.claims, 1))
        + "</p>"
    )


def _list(n: int, answer: Answer, link: str) -> str:
    """A line a paper: its title and the sentence that says so, or what the catalogue knows of it."""
    numbers = {s.id: source.number for source in answer.sources for s in source.sentences}
    titles = {s.number: s.paper.title for s in answer.sources}
    told = []
    for at, (one, source) in enumerate(zip(answer.claims, answer.sources, strict=True), 1):
        head = f'<strong class="title">{prose(shown(source.paper.title))}</strong> ' if one.citations else ""
        told.append(f'<li value="{source.number}">{head}{claim(n, one, numbers, titles, link, at)}</li>')
    return f'<ol class="text listed">{"".join(told)}</ol>'


def _table(n: int, answer: Answer, table: Table, link: str) -> str:
    """Cells are Markdown of ours, whose markers are links to the cards."""
    head = "".join(f'<th scope="col">{inert(column)}</th>' for column in table.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_linked(n, cell, answer.sources, link)}</td>' for cell in row)}</tr>"
        for row in table.rows
    )
    drawn = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="table" tabindex="0" role="region" aria-label="Table">{drawn}</div>'


def _words(n: int, answer: Answer, link: str) -> str:
    """An answer without claims, in words of ours: small talk, a reference to copy, or one of the noes without its
    heading.
    """
    text = answer.text
    if text.startswith("```"):
        return f'<pre class="text"><code>{escape(text.strip("`").partition(chr(10))[2].rstrip())}</code></pre>'
    if answer.outcome in ("not_covered", "not_stated"):
        text = re.sub(r"^Not (?:covered[\w ]*: |stated\. )", "", text)
        text = text[:1].upper() + text[1:]
    return f'<p class="text">{_linked(n, text, answer.sources, link)}</p>'


def _linked(n: int, markdown: str, sources: Sequence[Source], link: str) -> str:
    """Markdown of ours whose markers are links to the cards."""
    known = {s.number: s for s in sources}
    parts = _MARKER.split(markdown)
    told = []
    for i, part in enumerate(parts):
        if i % 2 and int(part) in known and known[int(part)].sentences:
            source = known[int(part)]
            marks = [f"t{n}-s{source.number}-{s.number}" for s in source.sentences]
            told.append(_citation(f"t{n}-w{i}", marks, source.number, source.paper.title, link))
        else:
            told.append(f"[{part}]" if i % 2 else flowing(plain(part)))
    return "".join(told)


def _searched(answer: Answer) -> str:
    """What was searched for, where that is not what was asked."""
    plan = looked_for(answer.plan)
    told = f'<p class="plan">Looked for: {inert(plan)}</p>' if plan else ""
    if answer.standalone_question == answer.question:
        return told
    return f'<p class="searched">Searched for “{inert(answer.standalone_question)}”</p>{told}'


def _verdict(n: int, answer: Answer, link: str) -> str:
    """What kind of no an answer is, and what precedes its sentences."""
    note = answer.text.partition("\n\n")[0] if (answer.claims or answer.table) and "\n\n" in answer.text else ""
    said = f'<span class="why">{_linked(n, note.removeprefix(_PREMISE), answer.sources, link)}</span>' if note else ""
    if answer.outcome == "answered":
        return f'<p class="note">{said}</p>' if note else ""
    sign, name = _NOES[answer.outcome]
    if answer.outcome == "not_covered" and answer.text.startswith("Not covered "):
        name = f"Not found {answer.text.removeprefix('Not covered ').partition(':')[0]}"
    if answer.outcome == "partial" and (not note or note.startswith(_PREMISE)):
        return f'<p class="verdict premise">{icon("differs")}<strong>Not as the question puts it</strong>{said}</p>'
    return f'<p class="verdict">{icon(sign)}<strong>{name}</strong>{said}</p>'


def _withheld(n: int, withheld: Sequence[Withheld]) -> str:
    """A quiet line that unfolds."""
    if not withheld:
        return ""
    many = "1 sentence was withheld" if len(withheld) == 1 else f"{len(withheld)} sentences were withheld"
    listed = "".join(f"<li><q>{prose(w.text)}</q> <span>{inert(w.reason)}</span></li>" for w in withheld)
    return (
        f'<details class="withheld" id="t{n}-w"><summary>{many}: what it cites does not bear it '
        f"out</summary><ul>{listed}</ul></details>"
    )


def _pending(answer: Answer) -> str:
    """What the library had not seen, where the answer itself does not tell it."""
    if not answer.pending or str(answer.pending) in plain(answer.text):
        return ""
    return f'<p class="note pending">{inert(str(answer.pending))}</p>'


def _small_print(answer: Answer) -> str:
    """Seconds, who wrote, tokens and cost, as far as there are any."""
    parts = [seconds(answer.timings.total)]
    was_asked = bool(answer.claims or answer.usage.prompt_tokens)
    if answer.model and answer.writer == "chat" and was_asked:
        parts.append(f"{inert(answer.model)}, each sentence checked" if answer.claims else inert(answer.model))
    elif answer.claims:
        parts.append("quoted from the abstracts")
    if read := answer.usage.prompt_tokens:
        parts.append(f"{read:,} tokens read, {answer.usage.completion_tokens:,} written")
    if answer.usage.cost_usd is not None and answer.usage.prompt_tokens:
        parts.append(f"${answer.usage.cost_usd:.4f}")
    return f'<p class="small">{" · ".join(parts)}</p>'


def seconds(told: float) -> str:
    """``0.04 s``, ``1.3 s``, ``12 s``."""
    return f"{told:.2f} s" if told < 0.1 else f"{told:.1f} s" if told < 10 else f"{told:.0f} s"


def _actions(n: int, answer: Answer, papers: Mapping[str, Paper], rating: Rating | None, is_last: bool) -> str:
    named = f'data-turn="{n}" aria-describedby="t{n}-q"'
    asked, again = f'data-question="{escape(answer.question)}"', "" if is_last else " hidden"
    buttons = [
        f'<button type="button" data-do="copy" {named} '
        f'data-copy="{escape(copied(answer, papers))}">{icon("copy")}Copy</button>',
        *_bibtex(answer, papers, named),
        f'<button type="button" data-do="again" {named} {asked}{again}>{icon("again")}Ask again</button>',
        f'<button type="button" data-do="edit" {named} {asked}>{icon("edit")}Edit</button>',
    ]
    for liked, sign, label in ((True, "up", "Good answer"), (False, "down", "Bad answer")):
        pressed = rating is not None and rating.liked is liked
        buttons.append(
            f'<button type="button" class="rate" data-do="rate" {named} data-liked="{str(liked).lower()}" '
            f'aria-pressed="{str(pressed).lower()}" '
            f'aria-label="{label}" title="{label}">{icon(sign)}</button>'
        )
    return f'<div class="actions">{"".join(buttons)}</div>{_comment(n, rating)}'


def _bibtex(answer: Answer, papers: Mapping[str, Paper], named: str) -> list[str]:
    """A button that copies the sources as BibTeX, where there are any."""
    cited = [papers.get(source.paper.paper_id, source.paper) for source in answer.sources]
    if not cited:
        return []
    entries = escape(to_bibtex(cited))
    told = f'data-said="Copied as BibTeX." data-copy="{entries}"'
    return [f'<button type="button" data-do="copy" {named} {told}>BibTeX</button>']


def _comment(n: int, rating: Rating | None) -> str:
    """A form for a word on the answer, once it is liked or disliked."""
    if rating is None:
        return ""
    asked = "What was good?" if rating.liked else "What was wrong?"
    return (
        f'<form class="comment" data-do="comment" data-turn="{n}" data-liked="{str(rating.liked).lower()}">'
        f'<label for="t{n}-comment">{asked}</label><input id="t{n}-comment" name="comment" maxlength="4000" '
        f'autocomplete="off" '
        f'placeholder="Optional" value="{escape(rating.comment)}"><button type="submit" '
        f'class="button">Keep</button></form>'
    )


def copied(answer: Answer, papers: Mapping[str, Paper]) -> str:
    """The answer as plain text with its sources, for the clipboard."""
    text = plain(answer.text)
    listed = [reference(source, papers.get(source.paper.paper_id)) for source in answer.sources]
    return f"{answer.question}\n\n{text}" + ("\n\n" + "\n".join(listed) if listed else "")
