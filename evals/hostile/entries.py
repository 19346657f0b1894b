"""Every place that reads a stranger's text, with how much of it is tried there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rag.answering import exact, offers, smalltalk, suggesting, testimony, verdict
from rag.answering.check import LONGEST_CLAIM
from rag.answering.drafts.features import features
from rag.answering.judge import read_verdicts
from rag.answering.record import misdescribed
from rag.answering.retrieval import MAX_QUESTION, checked_question
from rag.answering.subjects import own_name
from rag.answering.writing.citations import DraftReader
from rag.conversation.exporting import to_markdown
from rag.conversation.standalone import FollowUps
from rag.library.bibliography import duplicates, written
from rag.library.bibtex import to_bibtex
from rag.library.readers import authors, cleaning, fields, latex, read_papers
from rag.models.bundled_embedder import _content_words, bundled_tokenizer
from rag.models.chat.thoughts import ThoughtFilter, answer_in
from rag.models.tokens import count_tokens
from rag.text import display, quantities, sentences, spreadsheets, titles, words
from rag.types import Answer, Claim, Paper, Source, Timings, Turn, Usage, normalise_title
from ui.page import cards, formulas, table
from ui.problems import brief

TEXT, FILE, REPLY = 20_000, 100_000, 20_000
"""Characters that are tried of an abstract (of at most 100,000), of a file and of a model's reply."""
TITLE = fields.MAX_TITLE
_PIECE = 4
"""Characters in which a reply arrives."""


class Entry(NamedTuple):
    """``size``: characters that are tried; all that get there, where that is less than :data:`TEXT`."""

    read: Callable[[str], object]
    size: int = TEXT


def entries(folder: Path) -> dict[str, Entry]:
    """The entries by name. ``folder``: for files to read."""
    return {**_TEXTS, **_QUESTIONS, **_REPLIES, **_PAPERS, **_files(folder)}


def _tokens(text: str) -> object:
    return _content_words(text, bundled_tokenizer().encode(text, add_special_tokens=False))


_TEXTS = {
    "sentences": Entry(sentences.sentence_spans),
    "content words": Entry(words.content_words),
    "stems": Entry(words.stems.__wrapped__),
    "numbers": Entry(quantities.numbers.__wrapped__),
    "labelled": Entry(lambda text: list(quantities.labelled(text))),
    "shown": Entry(display.shown),
    "markdown": Entry(display.markdown),
    "markdown as plain text": Entry(display.plain),
    "formulas": Entry(formulas.prose),
    "cells": Entry(lambda text: spreadsheets.stored_cell(spreadsheets.inert_cell(text))),
    "titles compared": Entry(normalise_title),
    "testimony": Entry(testimony.speaks_to_its_reader.__wrapped__),
    "testimony of others": Entry(lambda text: _HEARSAY.is_about_another(text, 1)),
    "offers": Entry(lambda text: (offers.offers(text), offers.is_own_work(text))),
    "names introduced": Entry(lambda text: own_name(_paper(abstract=text), sentences.split_sentences("x", text))),
    "tokens of the embedder": Entry(_tokens),
    "tokens of a model": Entry(count_tokens),
    "a problem told": Entry(brief),
    "abstract cleaned": Entry(cleaning.clean_abstract),
    "lines joined": Entry(cleaning.unwrapped),
    "TeX decoded": Entry(latex.decoded),
    "authors": Entry(authors.read_authors),
    "fields": Entry(lambda text: [read(text) for read in _FIELDS]),
}
_HEARSAY: testimony.Hearsay = testimony.Hearsay("What does RLCoder do?", {1: "RLCoder: Code", 2: "Drama: Worlds"})
_FIELDS: Sequence[Callable[[str], object]] = (
    fields.read_year,
    fields.read_url,
    fields.read_doi,
    fields.read_arxiv_id,
    fields.read_pmid,
    fields.fold,
)

# --- questions and claims ---------------------------------------------------------------------------------------------


def _turn(question: str, title: str, abstract: str) -> Turn:
    sentence = sentences.split_sentences("title:x", abstract)[:1]
    paper = Paper(title=title, abstract="", kept_as="title:x")
    answer = Answer(
        question, "answered", "S [1]", (Claim("S", ("title:x:1",), "quoted"),), (Source(1, paper, sentence),), (),
        "extractive", None, Usage(), Timings(0, 0, 0), question,
    )  # fmt: skip
    return Turn(datetime(2024, 1, 1, tzinfo=UTC), answer)


def _followed(question: str, before: str = "What does Drama do?", title: str = "Drama: Mamba-Enabled Worlds") -> object:
    history = [_turn(checked_question(f"{before} ?"), title, "Drama plans. It was tested.")]
    return FollowUps(lambda _: False, lambda _: "Drama plans. It was tested.")(
        checked_question(f"{question} ?"), history
    )


_QUESTIONS = {
    "question checked": Entry(lambda text: checked_question(f"q {text}"[:MAX_QUESTION]), MAX_QUESTION - 10),
    "small talk": Entry(smalltalk.small_talk, MAX_QUESTION - 10),
    "courtesies": Entry(lambda text: smalltalk.spelt(smalltalk.without_courtesies(text)), MAX_QUESTION - 10),
    "follow-up": Entry(_followed, MAX_QUESTION - 10),
    "follow-up on a question": Entry(lambda text: [_followed(q, text) for q in _AFTER], MAX_QUESTION - 10),
    "follow-up on a title": Entry(lambda text: [_followed(q, title=text) for q in _AFTER], TITLE),
    "kind of a question": Entry(lambda text: features(text, np.ones((4, 384), np.float32)), MAX_QUESTION - 10),
    "names in a question": Entry(lambda text: verdict.unknown_names(text, lambda _: 0), MAX_QUESTION - 10),
    "a record misdescribed": Entry(lambda text: misdescribed(text, _known(text)), MAX_QUESTION - 10),
    "a title in a question": Entry(lambda text: titles.is_named_in(text, text[:TITLE]), MAX_QUESTION - 10),
    "number of a question": Entry(lambda text: exact.strange_number(text, [text * 5]), MAX_QUESTION - 10),
    "claim against its evidence": Entry(lambda text: exact.problem(text, [text * 5], text), LONGEST_CLAIM),
    "claim against other evidence": Entry(lambda text: exact.problem(text, [f"7 {text * 5} 7"], ""), LONGEST_CLAIM),
}
_AFTER: Sequence[str] = (
    "and why?",
    "what about Atari?",
    "the first one: what does it do?",
    "is it better?",
    "no, I meant SERL",
    "which others?",
)

# --- models' replies --------------------------------------------------------------------------------------------------


def _drafts(text: str) -> None:
    reader = DraftReader()
    list(reader.feed(text))
    list(reader.end())
    str(reader.verdict)


def _drafts_in_pieces(text: str) -> None:
    heard, reader = ThoughtFilter(), DraftReader()
    for at in range(0, len(text), _PIECE):
        list(reader.feed(heard.feed(text[at : at + _PIECE])))
    list(reader.feed(heard.end()))
    list(reader.end())


_REPLIES = {
    "a reply": Entry(_drafts, REPLY),
    "a reply in pieces": Entry(_drafts_in_pieces, REPLY),
    "a reply without its thoughts": Entry(answer_in, REPLY),
    "verdicts of a judge": Entry(lambda text: read_verdicts(text, 5), REPLY),
}

# --- papers -----------------------------------------------------------------------------------------------------------


def _paper(title: str = "Drama: Mamba-Enabled Worlds", abstract: str = "Drama plans. It was tested.") -> Paper:
    return Paper(title=title, abstract=abstract, authors=("Ada Lund",), year=2020, venue="ICRA")


def _known(text: str) -> Paper:
    return Paper(title=text[:TITLE], abstract=text, authors=(text[:TITLE],), year=2020, venue=text[:TITLE])


def _card(text: str) -> str:
    paper = _paper(abstract=text)
    held = sentences.split_sentences("x", text)
    return cards.card(1, Source(1, paper, held[:3]), paper)


def _table(text: str) -> str:
    view = table.View(text[:200], "title")
    return table.table_html(table.found(table.rows([_known(text)]), view, None), view, 1)


_PAPERS = {
    "suggested questions": Entry(lambda text: suggesting.drafts(_known(text), lambda _: 1), TITLE),
    "spoken name of a title": Entry(lambda text: (titles.spoken_name(text), titles.proper_name(text)), TITLE),
    "export as BibTeX": Entry(lambda text: to_bibtex([_known(text)], whole=True)),
    "export as RIS": Entry(lambda text: written([_known(text)], "ris")),
    "export as CSL-JSON": Entry(lambda text: written([_known(text)], "csl-json")),
    "export as CSV": Entry(lambda text: written([_known(text)], "csv")),
    "export of a conversation": Entry(lambda text: to_markdown(text, [_turn(text, text, text)], {1: _known(text)})),
    "duplicates": Entry(lambda text: duplicates([_known(text), _known(text)])),
    "card of a source": Entry(_card),
    "table of papers": Entry(_table),
}

# --- files ------------------------------------------------------------------------------------------------------------

_WRAPPED = {
    "bib": "@article{{k,\n title = {{{title}}},\n author = {{{title}}},\n abstract = {{{text}}}\n}}\n",
    "ris": "TY  - JOUR\nTI  - {title}\nAU  - {title}\nAB  - {text}\nER  - \n",
    "nbib": "PMID- 1\nTI  - {title}\nAU  - {title}\nAB  - {text}\n\n",
    "enw": "%0 Journal Article\n%T {title}\n%A {title}\n%X {text}\n\n",
    "csv": "title,authors,abstract\n{title},{title},{text}\n",
    "xml": "<?xml version='1.0'?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article>"
    "<ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>{text}</AbstractText></Abstract></Article></MedlineCitation>"
    "</PubmedArticle></PubmedArticleSet>",
    "txt": "{title}\n\n{text}\n\n",
    "ciw": "FN Clarivate\nVR 1.0\nPT J\nTI {title}\nAU {title}\nAB {text}\nER\n\nEF\n",
}


def _files(folder: Path) -> dict[str, Entry]:
    def bare(suffix: str, text: str) -> object:
        return _read(folder / f"file.{suffix}", text)

    def wrapped(suffix: str, text: str) -> object:
        return _read(folder / f"file.{suffix}", _WRAPPED[suffix].format(title=text[:TITLE], text=text))

    def as_json(text: str) -> object:
        return _read(folder / "file.jsonl", json.dumps({"title": text[:TITLE], "abstract": text, "authors": text}))

    return {
        **{
            f"file .{suffix}": Entry(partial(bare, suffix), FILE)
            for suffix in (*_WRAPPED, "json", "jsonl", "tsv", "html", "md", "")
        },
        **{f"field in .{suffix}": Entry(partial(wrapped, suffix)) for suffix in _WRAPPED},
        "field in .jsonl": Entry(as_json),
    }


def _read(path: Path, text: str) -> int:
    path.write_text(text, "utf-8", errors="surrogatepass", newline="")
    return sum(1 for _ in read_papers(path))
