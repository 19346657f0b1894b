"""The view Table: questions are typed, each is a column, and each paper answers with a sentence of its abstract.

The papers are those that pass the filters of the library view, or of these the ones that have some words. What was read
is kept in the library, so that another column costs only itself.
"""

from __future__ import annotations

import base64
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from html import escape
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr

from rag import Client
from rag.answering.retrieval import MAX_QUESTION
from rag.answering.tables.cells import EvidenceRow
from rag.answering.tables.evidence import EvidenceTable, TableBegun
from rag.answering.tables.filling import MOST_QUESTIONS
from rag.errors import CitewiseError, UsageError
from rag.types import Filters
from ui.page.adding import QUIET, problem_html, script
from ui.page.evidence import FILES, Filling, filling_html
from ui.page.filters import told as filters_told
from ui.page.formulas import inert
from ui.places import Places

MOST_CELLS = 2_000
"""Cells that are read here at once; more are for the command line. What was read before does not count."""
LONGEST_WORDS = 300
_PAUSE = 0.5
"""Seconds between two looks at what is done."""
_version = count()


def build(client: Client, places: Places, filters: gr.State) -> None:
    """The view, inside the Blocks that are being made. ``filters``: what bounds the chat bounds the table, too."""
    desk = _Desk(client, places)
    with gr.Column(elem_id="tabling", elem_classes="view"):
        form = gr.HTML(form_html(), apply_default_css=False, js_on_load=script("tabling.js"))
        bounds = gr.HTML(elem_id="tabling-bounds", apply_default_css=False, js_on_load=None)
        found = gr.HTML(elem_id="evidence", apply_default_css=False, js_on_load=script("evidence.js"))
        file = gr.HTML(apply_default_css=False, js_on_load=script("saved.js"))
    form.make(desk.made, [filters], [found, bounds], trigger_mode="multiple", **QUIET)
    found.stop(desk.stop, None, None, **QUIET)
    found.save(desk.saved, [filters], [file], **QUIET)


class _Desk:
    """What the view's events do. A browser tells with each what is asked and of which papers, and a token by which it
    stops what it began.
    """

    def __init__(self, client: Client, places: Places) -> None:
        self._client, self._places = client, places
        self._going: dict[str, threading.Event] = {}

    def made(self, filters: Filters | None, what: gr.EventData) -> Iterator[tuple[str, str]]:
        """The table as it is filled."""
        token, bounds = _text(what, "token"), bounds_html(filters)
        if before := self._going.get(_text(what, "before")):
            before.set()  # its columns are not those that are asked for now
        stopped = self._going[token] = threading.Event()
        try:
            questions, words = _asked(what)
            if not questions:
                yield "", bounds
                return
            yield filling_html(Filling(questions, (), 0, is_done=False)), bounds
            with self._places.place():
                for told in self._filled(questions, words, filters, stopped):
                    yield filling_html(told, _writable()), bounds
        except CitewiseError as error:
            yield problem_html(error), bounds
        finally:
            self._going.pop(token, None)

    def _filled(
        self, questions: tuple[str, ...], words: list[str] | None, filters: Filters | None, stopped: threading.Event
    ) -> Iterator[Filling]:
        rows, papers, last = list[EvidenceRow](), 0, time.monotonic()
        with closing(self._client.stream_table(questions, words, filters)) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, TableBegun):
                    papers = event.papers
                    _check_size(event)
                elif isinstance(event, EvidenceTable):
                    yield Filling(event.questions, event.rows, papers, is_done=True, notes=event.notes)
                else:
                    rows.append(event)
                    if stopped.is_set():
                        yield Filling(questions, tuple(rows), papers, is_done=False, is_stopped=True)
                        return
                    if time.monotonic() - last > _PAUSE:
                        last = time.monotonic()
                        yield Filling(questions, tuple(rows), papers, is_done=False)

    def stop(self, what: gr.EventData) -> None:
        if going := self._going.get(_text(what, "token")):
            going.set()

    def saved(self, filters: Filters | None, what: gr.EventData) -> str:
        """The table as a file, for the browser to save. Its cells were kept, so nothing is read again."""
        form = _text(what, "form")
        questions, words = _asked(what)
        if form not in _writable() or not questions:
            return ""
        try:
            with self._places.place():
                table = self._client.table(questions, words, filters)
            content = _workbook(table) if form == "xlsx" else table.written(form).encode()  # type: ignore[arg-type]
        except CitewiseError as error:
            return problem_html(error)
        told = base64.b64encode(content).decode()
        ending = {"markdown": "md"}.get(form, form)
        return f'<pre hidden data-name="evidence.{ending}" data-version="{next(_version)}">{told}</pre>'


def _check_size(begun: TableBegun) -> None:
    if (cells := begun.cells - begun.kept) > MOST_CELLS:
        raise UsageError(
            f"{cells:,} cells are to be read; {MOST_CELLS:,} are read here at once.",
            "Narrow the papers by words, or by the filters of the library; or make the table with: citewise table",
        )


def _workbook(table: EvidenceTable) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evidence.xlsx"
        table.to_xlsx(path)
        return path.read_bytes()


def _writable() -> list[str]:
    """The files that can be written here."""
    return [form for form in FILES if form != "xlsx" or find_spec("openpyxl")]


def _asked(what: gr.EventData) -> tuple[tuple[str, ...], list[str] | None]:
    """The questions, and the words that the papers must have; None for all papers."""
    told: Any = what._data.get("questions") if isinstance(what._data, dict) else None
    questions = [q for q in told if isinstance(q, str) and q.strip()] if isinstance(told, list) else []
    words = _text(what, "papers").strip()[:LONGEST_WORDS]
    return tuple(q[:MAX_QUESTION] for q in questions[:MOST_QUESTIONS]), [words] if words else None


def _text(what: gr.EventData, name: str) -> str:
    told = what._data.get(name, "") if isinstance(what._data, dict) else ""
    return told if isinstance(told, str) else ""


def bounds_html(filters: Filters | None) -> str:
    """Which filters of the library view hold here."""
    return f'<p class="small">{inert(filters_told(filters))}: the filters of the library.</p>' if filters else ""


def form_html() -> str:
    """Where questions and papers are typed; the columns are put under it by tabling.js."""
    return (
        '<form class="table-form"><h1>Table</h1>'
        "<p>Ask every paper the same questions. Each cell is an exact sentence of its abstract.</p>"
        '<div class="table-fields"><label class="asked"><span>Question for a new column</span>'
        f'<input name="question" maxlength="{MAX_QUESTION}" autocomplete="off" '
        'placeholder="What data is it trained on?"></label>'
        f'<label class="papers"><span>Only papers with these words</span><input name="papers" '
        f'maxlength="{LONGEST_WORDS}" autocomplete="off" placeholder="All papers"></label>'
        '<button type="submit" class="button primary">Add column</button></div>'
        f'<ul class="columns" aria-label="Columns" data-most="{escape(str(MOST_QUESTIONS))}"></ul></form>'
    )
