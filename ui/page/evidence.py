"""A table of evidence as HTML: papers by questions, each cell a sentence that opens its abstract; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.tables.cells import NOT_STATED, EvidenceCell, EvidenceRow
from rag.types import Sentence
from ui.page.cards import links_html, marked_html, status_html
from ui.page.formulas import inert, prose
from ui.page.table import byline

MOST_ROWS = 200
"""Papers that are shown; the files have all."""
FILES = {"xlsx": "Excel", "csv": "CSV", "markdown": "Markdown", "html": "HTML"}


@dataclass(frozen=True, slots=True)
class Filling:
    """A table as far as it is filled. ``papers``: how many it is to have; ``notes``: of the whole table."""

    questions: tuple[str, ...]
    rows: Sequence[EvidenceRow]
    papers: int
    is_done: bool
    is_stopped: bool = False
    notes: tuple[str, ...] = ()


def filling_html(told: Filling, files: Sequence[str] = tuple(FILES)) -> str:
    """What is under way or done, the files to be saved, and the rows so far. ``files``: those that can be written."""
    heads = "".join(f'<th scope="col">{inert(q)}</th>' for q in told.questions)
    body = "".join(_row(n, row, told.questions) for n, row in enumerate(told.rows[:MOST_ROWS]))
    more = len(told.rows) - MOST_ROWS
    further = f'<p class="small">{more:,} more papers are in the files.</p>' if more > 0 else ""
    notes = "".join(f'<p class="small">{inert(note)}</p>' for note in told.notes)
    table = (
        f'<div class="evidence-frame" tabindex="0" role="region" aria-label="Evidence"><table class="evidence">'
        f'<thead><tr><th scope="col">Paper</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
        if told.rows
        else ""
    )
    return f"{_head(told, files)}{notes}{table}{further}"


def _head(told: Filling, files: Sequence[str]) -> str:
    if not told.is_done and not told.is_stopped:
        done, total = len(told.rows), told.papers
        count = f"Read {done:,} of {total:,} {_papers(total)}" if total else "Looking for the papers"
        return (
            f'<div class="papers-head evidence-head"><p role="status">{count} …</p>'
            f'<progress{f" value={done} max={total}" if total else ""} aria-label="{count}"></progress>'
            '<button type="button" class="quiet" data-stop>Stop</button></div>'
        )
    stated = sum(cell.sentence is not None for row in told.rows for cell in row.cells)
    cells = len(told.rows) * len(told.questions)
    count = f"{len(told.rows):,} {_papers(len(told.rows))}, {stated:,} of {cells:,} cells stated"
    if told.is_stopped:
        count += f"; stopped before the other {told.papers - len(told.rows):,}. What was read is kept."
    saves = "".join(f'<button type="button" class="quiet" data-save="{form}">{FILES[form]}</button>' for form in files)
    ways = f'<div class="papers-actions"><span>Save as</span>{saves}</div>' if told.is_done else ""
    return f'<div class="papers-head evidence-head"><p role="status">{count}</p>{ways}</div>'


def _row(n: int, row: EvidenceRow, questions: Sequence[str]) -> str:
    paper = row.paper
    by = [part for part in (byline(paper.authors), str(paper.year or "")) if part]
    under = f'<span class="by">{", ".join(by)}</span>' if by else ""
    cells = "".join(_cell(n, cell, question) for cell, question in zip(row.cells, questions, strict=True))
    return (
        f'<tr><th scope="row">{status_html(paper)}<button type="button" data-paper="{n}">'
        f"{prose(paper.title) or 'Untitled'}</button>{under}{_abstract(n, row)}</th>{cells}</tr>"
    )


def _cell(n: int, cell: EvidenceCell, question: str) -> str:
    label = f' data-question="{inert(question)}"'
    if cell.sentence is None:
        return f'<td class="not_stated"{label}>{NOT_STATED}</td>'
    short = f"<strong>{inert(cell.phrase)}</strong>" if cell.phrase else ""
    otherwise = '<em class="otherwise">Says otherwise</em> ' if cell.state == "otherwise" else ""
    return (
        f'<td{label}><button type="button" data-paper="{n}" data-sentence="{cell.sentence.number}" '
        f'title="Show it in the abstract">{otherwise}{short}<span>{prose(cell.sentence.text)}</span></button></td>'
    )


def _abstract(n: int, row: EvidenceRow) -> str:
    """The abstract, held back until a cell of the row opens it."""
    text, found = row.paper.abstract, (cell.sentence for cell in row.cells if cell.sentence)
    cited = {s.number: s for s in found if text[s.start : s.end] == s.text}
    told = marked_html(text, cited.values(), _mark)
    return (
        f'<template data-abstract="{n}"><h2>{prose(row.paper.title)}</h2><p>{told}</p>'
        f'<p class="links">{links_html(row.paper)}</p></template>'
    )


def _mark(sentence: Sentence) -> str:
    return f'<mark data-number="{sentence.number}">{prose(sentence.text)}</mark>'


def _papers(count: int) -> str:
    return "paper" if count == 1 else "papers"
