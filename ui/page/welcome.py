"""What a chat without turns shows: questions that the library answers, or, where it is empty, how to fill it.

    build(client, changed)      puts it into the Blocks that are being made
    Welcome.refresh_on(…)       the events after which it looks at the library anew

A question is a button with ``data-ask``: doing.js asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from rag import Client
from rag.errors import CitewiseError
from rag.types import About
from ui.page import adding
from ui.page.adding import QUIET
from ui.page.formulas import inert

EXAMPLES = 4


@dataclass(frozen=True)
class Welcome:
    """The greeting as it stands on the page, and what fills an empty library."""

    html: gr.HTML
    filling: gr.Column
    _shown: Callable[..., Any]

    def refresh_on(self, *triggers: Callable[..., Any]) -> None:
        """Looks at the library anew after any of these events."""
        gr.on(list(triggers), self._shown, None, [self.html, self.filling], **QUIET)


def build(client: Client, changed: gr.State, max_upload: int) -> Welcome:
    """The greeting, inside the Blocks that are being made. ``changed`` moves when papers were added here or elsewhere
    on the page.
    """

    def shown() -> tuple[str, Any]:
        try:
            about = client.about()
            examples = client.examples(EXAMPLES) if about.papers else []
        except CitewiseError as error:
            return adding.problem_html(error), gr.Column(visible=False)
        return welcome_html(about, examples), gr.Column(visible=not about.papers)

    with gr.Column(elem_id="welcome"):
        html = gr.HTML(apply_default_css=False, js_on_load=None)
        with gr.Column(visible=False, elem_classes="filling") as filling:
            button, note = adding.button(max_upload, sample=True), adding.note()
    adding.wire(client, changed, button, note, sample=True)
    welcome = Welcome(html, filling, shown)
    welcome.refresh_on(changed.change)
    return welcome


# --- HTML -------------------------------------------------------------------------------------------------------------


def welcome_html(about: About, examples: Sequence[str]) -> str:
    """The greeting of a library: how to fill it, or what to ask it."""
    if not about.papers:
        return (
            '<section class="welcome"><h1>Start with your papers</h1>'
            "<p>This library is empty. Add files with titles and abstracts: CSV or TSV, JSON Lines or JSON, or a "
            "listing page saved as "
            "text. They stay on this machine.</p>"
            "<p>Or load the sample to look around: 81 digests of papers on reinforcement learning.</p></section>"
        )
    papers = "one paper" if about.papers == 1 else f"{about.papers:,} papers"
    asked = "".join(f'<li><button type="button" data-ask="{escape(q)}">{inert(q)}</button></li>' for q in examples)
    listed = (
        f'<h2 id="examples">For example</h2><ul class="examples" aria-labelledby="examples">{asked}</ul>'
        if asked
        else ""
    )
    return (
        '<section class="welcome"><h1>What would you like to know?</h1>'
        f"<p>From {papers}. Every sentence of an answer stands on a sentence of an abstract, shown beside "
        f"it.</p>{listed}</section>"
    )
