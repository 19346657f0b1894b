"""The view Check: a text is pasted, and each of its sentences is shown with what the library says of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from html import escape

import gradio as gr

from rag import Client
from rag.answering.drafts.prose import FORMS, Draft, Form
from rag.answering.drafts.report import CheckedSentence, DraftBegun
from rag.errors import CitewiseError
from rag.types import Paper
from ui.page.adding import QUIET, problem_html, script
from ui.page.checked import Checked, checked_html
from ui.places import Places

LONGEST = 20_000
"""Characters that are checked here at once; whole drafts are for the command line."""
_PAUSE = 0.4
"""Seconds between two looks at what is done."""
_FORMS: dict[Form, str] = {"markdown": "Markdown or plain text", "tex": "LaTeX"}


def build(client: Client, places: Places) -> None:
    """The view, inside the Blocks that are being made."""

    def check(what: gr.EventData) -> Iterator[str]:
        told = what._data if isinstance(what._data, dict) else {}
        text, form = str(told.get("text", ""))[:LONGEST], told.get("form")
        try:
            with places.place():
                yield from _shown(client, Draft(text, form if form in FORMS else "markdown"))
        except CitewiseError as error:
            yield problem_html(error)

    with gr.Column(elem_id="check", elem_classes="view"):
        form = gr.HTML(form_html(), apply_default_css=False, js_on_load=script("checking.js"))
        found = gr.HTML(elem_id="checked", apply_default_css=False, js_on_load=script("checked.js"))
    form.check(check, None, [found], trigger_mode="once", **QUIET)


def _shown(client: Client, draft: Draft) -> Iterator[str]:
    """The sentences as they are judged; what is under way is told, and again after a pause only."""
    papers: dict[str, Paper] = {}
    sentences: list[CheckedSentence] = []
    total, last = 0, time.monotonic()
    yield checked_html(Checked((), {}, 0, is_done=False))
    for event in client.stream_draft(draft):
        if isinstance(event, DraftBegun):
            total = event.sentences
        elif isinstance(event, CheckedSentence):
            sentences.append(event)
            for one in (*event.sentences, *event.better):
                if one.paper_id not in papers:
                    papers[one.paper_id] = client.paper(one.paper_id)
        else:
            named = papers | {paper.paper_id: paper for paper in event.papers}
            yield checked_html(Checked(event.sentences, named, total, is_done=True))
            return
        if time.monotonic() - last > _PAUSE:
            last = time.monotonic()
            yield checked_html(Checked(tuple(sentences), papers, total, is_done=False))


def form_html() -> str:
    """Where a text is pasted."""
    choices = "".join(f'<option value="{form}">{escape(told)}</option>' for form, told in _FORMS.items())
    return (
        '<form class="check-form"><h1>Check a text</h1>'
        "<p>Paste a paragraph or a section. Each sentence is held against the papers that it cites, "
        "else against the library.</p>"
        '<label for="draft" class="unseen">The text</label>'
        f'<textarea id="draft" name="text" rows="7" maxlength="{LONGEST}" '
        'placeholder="Model-based methods need fewer samples [@janner2019] …"></textarea>'
        '<div class="check-ways"><button type="submit" class="button primary">Check</button>'
        f'<label><span>Written in</span><select name="form">{choices}</select></label></div></form>'
    )
