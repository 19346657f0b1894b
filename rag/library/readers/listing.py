"""A papers site saved as plain text: titles and abstracts in turn, each a paragraph, among the furniture of the page.

What a paragraph is follows from its own text and from what stands around it, and where that leaves a doubt the paper is
skipped: a title over another paper's abstract would be worse than a missing paper. An abstract belongs to the nearest
title before it, with nothing but furniture between; an abstract that follows an abstract has none. The abstract is the
paragraph as it stands, line breaks included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from rag.library.readers.fields import MAX_TITLE, make_paper
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_BODY = 300
"""From this many characters on, prose is an abstract wherever it stands; on a real page titles had up to 138, abstracts
1,356 and more."""
_SHORT = 80
"""From this many on, two sentences are an abstract, and one can be."""
_BRIEF = 40
"""From this many on, two sentences can be an abstract."""
_MIN_TITLE_WORDS = 4
"""A shorter paragraph without an abstract is taken for furniture that no pattern knows, and not reported as a title."""

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE = (
    rf"(?:{_MONTH} \d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}}\.? {_MONTH}(?:,? \d{{4}})?|{_MONTH},? "
    rf"\d{{4}}|\d{{4}}-\d\d(?:-\d\d)?"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d+\s?[a-z]+ ago|today|yesterday)"
)
_COUNTED = (
    r"(?:(?:up)?votes?|likes?|comments?|views?|stars?|github\ stars?|authors?|citations?|papers?|repl(?:y|ies)|"
    r"shares?|downloads?|k)"
)
_FURNITURE = re.compile(
    rf"""[\W\d_]*                                                                           # no letters: 12, -, •
    | (?:(?:published|updated|submitted|posted)(?:\ on)?:?\ )?{_DATE.replace(" ", "[ ]")}
    | [\W\d_]*{_COUNTED}[\W\d_]*
    | (?:https?://|www\.)\S+ | \S+@\S+\.\S+
    | (?:arxiv|doi|pmid)\s?:\s?\S+(?:\s\[.*\])? | paper\s[•·|].*
    | (?:submitted|posted|uploaded|curated|published|shared)\s+by\b.* | by\s?\S+\ and\ the\ .*community
    | (?:get|subscribe|sign\ up|join|receive)\b.*
    \b(?:your\ (?:e-?mail|inbox)|newsletters?|our\ community|discord|slack)\b.*
    | subscribe | new | trending | hot | top | latest | search | menu | home | log\ ?in | sign\ ?(?:in|up|out)
    | abstract | summary
    | authors?:.* | previous | next | back(?:\ to\ .*)?
    | (?:load|show|read|see|view)\ (?:more|less|all|pdf|paper|papers|code|arxiv\ page|on\ arxiv)\b.{{0,20}}
    | pdf | code | github | arxiv | bibtex | cite | share | models | datasets | spaces | docs | pricing | company
    | about(?:\ us)? | jobs
    | privacy(?:\ policy)? | terms(?:\ of\ (?:use|service))? | tos | contact(?:\ us)? | help | cookies?\b.{{0,40}}
    | (?:©|\(c\)|copyright\b).* | all\ rights\ reserved.*""",
    re.IGNORECASE | re.VERBOSE,
)
# Possessive throughout: a list of a hundred names that fails at its end must fail once, not in every way to read the
# names before.
_PARTICLE = "da|di|du|de[lnr]?|v[ao]n|la|le|bin|al"
_NAME = rf"(?:[A-Z][\w.'’*†‡∗-]*+|(?:{_PARTICLE})\b)(?:[ ](?:[A-Z][\w.'’*†‡∗-]*+|(?:{_PARTICLE})\b)){{1,4}}+"
_AUTHORS = re.compile(
    rf"{_NAME}(?:(?:,|\s·|;|,?\sand|,?\s&)\s{_NAME})++(?:,?\s(?:et\sal\.?|(?:and\s)?\+?\d+\s(?:more|others|authors)))?"
)
_SENTENCE_END = re.compile(r"(?:[.!…。！][\"'”’)\]]*|https?://\S+)$")
_SENTENCE_BREAK = re.compile(r"\w\w\w[\"'”’)\]%]*[.!?…][\"'”’)\]]*\s+[\"'“‘(\[]?[A-Z0-9]|[。！？]")
_STRUCTURED_LINE = re.compile(r"\s*(?:[\w.-]+:(?:\s|$)|[-*+] |\d+\. |[<>|=+#{}]|-{3})")
_STRUCTURED_WIDTH = 90
"""Labels of a structured abstract, a section a line, also stand before colons; but those lines are longer on average
than this."""
_HEADING = re.compile(r"#{1,6} ")


class _Kind(Enum):
    FURNITURE = auto()
    TITLE = auto()
    SENTENCE = auto()
    """A sentence of middling length, or two brief ones: a title with a full stop, or a very short abstract. Its
    neighbours decide."""
    ABSTRACT = auto()


class _Paragraph(NamedTuple):
    line: int
    text: str
    kind: _Kind


def read(document: Document) -> Iterator[Paper | Skipped]:
    """The papers of a listing; one Skipped for a text that is none."""
    paragraphs = _settled([_Paragraph(line, text, _kind(text)) for line, text in _paragraphs(document.text())])
    if not any(paragraph.kind is _Kind.ABSTRACT for paragraph in paragraphs):
        why = "no abstracts found; expected title and abstract paragraphs separated by blank lines, JSON Lines or CSV"
        yield Skipped(document.source, why)
        return
    found = list(_pair(paragraphs, document.source))
    papers = sum(isinstance(item, Paper) for item in found)
    untitled = sum(paragraph.kind is _Kind.ABSTRACT for paragraph in paragraphs) - papers
    if untitled > 3 and untitled > 2 * papers:
        why = (
            f"this reads like a document, not a listing: {untitled} of {untitled + papers} long paragraphs have no "
            f"title before them"
        )
        yield Skipped(document.source, f"{why}; put each paper's title in a paragraph before its abstract")
        return
    yield from found


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Runs of lines that are not blank, each with the number of its first line."""
    run: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip("\ufeff \t\f\v\xa0"):
            run.append(line)
        elif run:
            yield number - len(run), "\n".join(run).strip("\ufeff")
            run = []


def _kind(text: str) -> _Kind:
    """What a paragraph is by its own text."""
    lines = [line.strip() for line in text.split("\n")]
    if all(len(line) < _BODY and _FURNITURE.fullmatch(line) for line in lines) or _is_structured(lines):
        return _Kind.FURNITURE
    flat = " ".join(text.split())
    ends, breaks = bool(_SENTENCE_END.search(flat[-500:])), bool(_SENTENCE_BREAK.search(flat[:20_000]))
    if len(flat) >= _BODY and (ends or breaks):
        return _Kind.ABSTRACT
    if len(flat) >= _SHORT and ends and breaks:
        return _Kind.ABSTRACT
    if ends and len(flat) >= (_BRIEF if breaks else _SHORT):
        return _Kind.SENTENCE
    return _Kind.TITLE if len(flat) <= MAX_TITLE else _Kind.FURNITURE


def _is_structured(lines: list[str]) -> bool:
    """Whether a paragraph is a list, key-value pairs or markup, not prose."""
    structured = sum(bool(_STRUCTURED_LINE.match(line)) for line in lines)
    return len(lines) > 1 and structured * 2 >= len(lines) and sum(map(len, lines)) < _STRUCTURED_WIDTH * len(lines)


def _settled(paragraphs: list[_Paragraph]) -> list[_Paragraph]:
    """The paragraphs with their doubtful kinds decided by what stands before and after.

    A SENTENCE is a title where an abstract comes next, else an abstract. An author list is furniture, unless it can
    only be a title: no title waits for an abstract before it, and an abstract comes next ("Deep Learning, Bayesian
    Networks").
    """
    settled: list[_Paragraph] = []
    under_title = False
    for paragraph, following in zip(paragraphs, _following(paragraphs), strict=True):
        kind = paragraph.kind
        if kind is _Kind.SENTENCE:
            kind = _Kind.TITLE if following is _Kind.ABSTRACT else _Kind.ABSTRACT
        elif (
            kind is _Kind.TITLE
            and (under_title or following is not _Kind.ABSTRACT)
            and _AUTHORS.fullmatch(paragraph.text)
        ):
            kind = _Kind.FURNITURE
        if kind is not _Kind.FURNITURE:
            under_title = kind is _Kind.TITLE
        settled.append(paragraph._replace(kind=kind))
    return settled


def _following(paragraphs: list[_Paragraph]) -> list[_Kind | None]:
    """For each paragraph the kind of the next that is no furniture."""
    kinds: list[_Kind | None] = []
    following: _Kind | None = None
    for paragraph in reversed(paragraphs):
        kinds.append(following)
        following = following if paragraph.kind is _Kind.FURNITURE else paragraph.kind
    return kinds[::-1]


def _pair(paragraphs: list[_Paragraph], source: str) -> Iterator[Paper | Skipped]:
    """Each abstract with the title before it; titles and abstracts without the other are reported."""
    title: _Paragraph | None = None
    for paragraph in paragraphs:
        if paragraph.kind is _Kind.TITLE:
            yield from _without_abstract(title, source)
            title = paragraph
        elif paragraph.kind is _Kind.ABSTRACT and title is None:
            why = (
                "an abstract without a title; put the title in a paragraph before it, and the abstract in one paragraph"
            )
            yield Skipped(f"{source}:{paragraph.line}", why)
        elif paragraph.kind is _Kind.ABSTRACT and title is not None:
            record = {"title": _HEADING.sub("", title.text, count=1), "abstract": paragraph.text}
            yield make_paper(record, source, f"{source}:{title.line}", verbatim=True)
            title = None
    yield from _without_abstract(title, source)


def _without_abstract(title: _Paragraph | None, source: str) -> Iterator[Skipped]:
    if title is not None and len(title.text.split()) >= _MIN_TITLE_WORDS:
        shown = " ".join(title.text.split())
        shown = shown if len(shown) <= 60 else shown[:59] + "…"
        yield Skipped(
            f"{source}:{title.line}",
            f"“{shown}” reads like a title without an abstract; put its abstract in the next paragraph",
        )
