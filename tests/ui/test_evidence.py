"""The table of evidence as the page shows it: counts, cells that open abstracts, and nothing that a paper could run."""

from __future__ import annotations

import re

from rag.answering.tables.cells import EvidenceCell, EvidenceRow
from rag.types import Details, Filters, Paper, Sentence, Status
from ui.page.evidence import MOST_ROWS, Filling, filling_html
from ui.page.tabling import bounds_html, form_html

ABSTRACT = "We study <img src=x onerror=alert(1)> cats. They purr at 25 Hz. They sleep."


def row(n: int = 0, abstract: str = ABSTRACT, status: Status = "") -> EvidenceRow:
    paper = Paper(title=f"<script>{n}</script>", abstract=abstract, details=Details(status=status))
    start = ABSTRACT.index("They purr")
    sentence = Sentence(paper.paper_id, 2, start, start + 19, ABSTRACT[start : start + 19])
    return EvidenceRow(paper, (EvidenceCell("stated", sentence, "<b>25 Hz</b>"), EvidenceCell("not_stated")))


def shown(*rows: EvidenceRow, papers: int | None = None, is_done: bool = True, is_stopped: bool = False) -> str:
    told = Filling(("What <i>pitch</i>?", 'How "many"?'), rows, papers or len(rows), is_done, is_stopped)
    return filling_html(told)


def test_a_cell_opens_the_abstract_with_its_sentence_marked() -> None:
    page = shown(row())
    assert 'data-paper="0" data-sentence="2"' in page
    (abstract,) = re.findall(r'<template data-abstract="0">(.*?)</template>', page, re.DOTALL)
    assert '<mark data-number="2">They purr at 25 Hz.</mark>' in abstract
    assert "They sleep." in abstract


def test_nothing_of_a_paper_or_a_question_is_markup() -> None:
    page = shown(row())
    assert not re.search(r"<(?:script|img|i|b)\b", page)
    assert 'data-question="How &quot;many&quot;?"' in page


def test_what_is_done_under_way_and_stopped_is_told() -> None:
    assert "1 paper, 1 of 2 cells stated" in shown(row())
    assert "data-save=" in shown(row())
    going = shown(row(), papers=9, is_done=False)
    assert "Read 1 of 9 papers" in going
    assert "data-stop" in going
    assert "data-save=" not in going
    assert "stopped before the other 8. What was read is kept." in shown(
        row(), papers=9, is_done=False, is_stopped=True
    )


def test_a_retracted_paper_is_marked_and_many_papers_are_cut() -> None:
    assert "Retracted" in shown(row(status="retracted"))
    page = shown(*(row(n) for n in range(MOST_ROWS + 3)))
    assert page.count("<template") == MOST_ROWS
    assert "3 more papers are in the files." in page


def test_a_sentence_that_the_abstract_no_longer_has_marks_nothing() -> None:
    assert "<mark" not in shown(row(abstract="Something else stands here now."))


def test_the_filters_that_hold_are_told() -> None:
    assert bounds_html(None) == ""
    assert "by &lt;Ada&gt;: the filters of the library." in bounds_html(Filters(author="<Ada>"))
    assert 'name="question"' in form_html()
