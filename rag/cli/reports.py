"""What is told of a draft, as lines for editors and as one HTML file; pure. Every text in them may be hostile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby
from string import Template
from typing import TYPE_CHECKING

from rag.answering.drafts.report import MOST_SHOWN
from rag.text.display import byline, shown, web_link

if TYPE_CHECKING:
    from rag.answering.drafts.report import Agreement, CheckedSentence, DraftReport, SentenceVerdict
    from rag.types import Paper, Sentence

WORDS: Mapping[SentenceVerdict, str] = {
    "supported": "supported", "contradicted": "contradicted", "not_stated": "not stated", "in_doubt": "in doubt",
    "no_claim": "no claim",
}  # fmt: skip
_TEMPLATE = "draft.html"


def counted(report: DraftReport) -> str:
    """For example: 5 claims: 3 supported, 1 contradicted, 1 not stated; 2 sentences claim nothing."""
    told = [f"{n} {WORDS[v]}" for v in WORDS if v != "no_claim" and (n := report.count(v))]
    head = ("1 claim" if report.claims == 1 else f"{report.claims} claims") + (f": {', '.join(told)}" if told else "")
    silent = report.count("no_claim")
    many = "1 sentence claims" if silent == 1 else f"{silent} sentences claim"
    return head + (f"; {many} nothing." if silent else ".")


def agreed(found: Agreement) -> str:
    """For example: Of 40 papers read (81 in the library) 3 support it, 1 contradicts it, 36 don’t say."""
    told = []
    for verdict, one, many in (
        ("supported", "supports it", "support it"),
        ("contradicted", "contradicts it", "contradict it"),
    ):
        n = len(found.those("supported" if verdict == "supported" else "contradicted"))
        told.append(f"{n} {one if n == 1 else many}")
    if doubt := len(found.those("in_doubt")):
        told.append(f"{doubt} may say so")
    told.append(f"{found.silent} {'doesn’t' if found.silent == 1 else 'don’t'} say")
    return f"Of {found.read} papers read ({found.of:,} in the library) {', '.join(told)}."


def as_lines(report: DraftReport, name: str) -> Iterator[str]:
    """``draft.md:7:48: contradicted: …`` for each claim that is not borne out, as compilers tell of errors; and for
    each citation that leads nowhere.
    """
    for one in report.sentences:
        where = f"{name}:{one.line}:{one.column}:"
        if one.verdict not in ("supported", "no_claim"):
            parts = [f"“{shown(one.text)}”", _lacking(one)]
            parts += [f"{s.id} says “{shown(s.text)}”" for s in one.sentences[:1] if one.verdict != "not_stated"]
            parts += [f"{s.id} bears it out" for s in one.better[:1]]
            yield f"{where} {WORDS[one.verdict]}: {'; '.join(filter(None, parts))}"
        for note in one.notes:
            yield f"{where} note: {shown(note)}"


def _lacking(one: CheckedSentence) -> str:
    return f"not borne out: {', '.join(f'“{shown(words)}”' for words in one.lacking)}" if one.lacking else ""


def as_html(report: DraftReport, name: str) -> str:
    """The whole report as one file that needs no other."""
    papers = {paper.paper_id: paper for paper in report.papers}
    by_paragraph = groupby(report.sentences, key=lambda s: s.paragraph)
    body = "".join(_paragraph(tuple(sentences), papers) for _, sentences in by_paragraph)
    template = Template((files("rag.cli") / "files" / _TEMPLATE).read_text("utf-8"))
    tallies = "".join(
        f'<li class="{v}"><strong>{report.count(v)}</strong> {WORDS[v]}</li>' for v in WORDS if report.count(v)
    )
    return template.substitute(
        title=escape(shown(name)), counts=escape(counted(report)), tallies=tallies, paragraphs=body
    )


def _paragraph(sentences: Sequence[CheckedSentence], papers: Mapping[str, Paper]) -> str:
    """A paragraph with its sentences marked, and beside it what each stands on."""
    said = " ".join(
        f'<a class="{s.verdict}" href="#s{s.start}" id="t{s.start}">{_marked(s)}</a>'
        if s.verdict != "no_claim"
        else f"<span>{escape(shown(s.text))}</span>"
        for s in sentences
    )
    notes = "".join(_note(s, papers) for s in sentences if s.verdict != "no_claim")
    return f'<section><p class="text">{said}</p><div class="notes">{notes}</div></section>'


def _note(one: CheckedSentence, papers: Mapping[str, Paper]) -> str:
    found = "".join(_evidence(s, papers, "") for s in one.nearest)
    better = "".join(_evidence(s, papers, "Not cited, and says so") for s in one.better[:MOST_SHOWN])
    notes = "".join(f'<p class="warn">{escape(shown(note))}</p>' for note in one.notes)
    near = '<p class="small">What comes nearest:</p>' if one.verdict == "not_stated" and found else ""
    words = _lacking(one)
    lacking = f'<p class="small">{escape(words)}</p>' if words else ""
    back = f'<a href="#t{one.start}">line {one.line}:{one.column}</a>'
    return (
        f'<article class="{one.verdict}" id="s{one.start}"><h2>{back} '
        f"{WORDS[one.verdict]}</h2>{lacking}{notes}{near}{found}{better}</article>"
    )


def _evidence(sentence: Sentence, papers: Mapping[str, Paper], before: str) -> str:
    paper = papers.get(sentence.paper_id)
    title = escape(shown(paper.title)) if paper else escape(sentence.paper_id)
    if paper and (link := web_link(paper.link)):
        title = f'<a href="{escape(link)}" rel="noreferrer">{title}</a>'
    by = escape(byline(paper)) if paper else ""
    told = f'<p class="small">{before}</p>' if before else ""
    return (
        f"{told}<blockquote><p>{escape(shown(sentence.text))}</p><footer>{title}{' · ' + by if by else ''} "
        f"<code>{escape(sentence.id)}</code></footer></blockquote>"
    )


def _marked(one: CheckedSentence) -> str:
    """A sentence, the words that nothing bears out underlined."""
    made, at = "", 0
    for start, end in sorted(one.unsupported):
        made += f"{_piece(one.text[at:start])}<u>{_piece(one.text[max(at, start) : end])}</u>"
        at = max(at, end)
    return made + _piece(one.text[at:])


def _piece(text: str) -> str:
    """A piece of a sentence as it is shown; blanks at its ends are kept."""
    told = escape(shown(text))
    return f"{' ' if text[:1].isspace() else ''}{told}{' ' if told and text[-1:].isspace() else ''}"
