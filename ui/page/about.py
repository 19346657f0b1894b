"""What is asked and who answers: library, writer, limits, version, and the environment variables that change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag import Client
from rag.errors import CitewiseError
from rag.settings import Settings, settings
from rag.types import About
from ui.page.adding import QUIET, problem_html
from ui.page.formulas import inert


@dataclass(frozen=True)
class AboutView:
    """The view as it stands on the page."""

    html: gr.HTML
    _shown: Callable[[], str]

    def refresh_on(self, *triggers: Callable[..., Any]) -> None:
        """Tells it anew after any of these events."""
        gr.on(list(triggers), self._shown, None, [self.html], **QUIET)


def build(client: Client) -> AboutView:
    """The view, inside the Blocks that are being made."""

    def shown() -> str:
        try:
            return about_html(client.about(), settings(), client.name)
        except CitewiseError as error:
            return problem_html(error)

    with gr.Column(elem_id="about", elem_classes="view"):
        html = gr.HTML(apply_default_css=False, js_on_load=None)
    return AboutView(html, shown)


def about_html(about: About, told: Settings, place: str) -> str:
    """``place``: the library's folder, or the server's address. The key is never told, only whether there is one."""
    papers = {0: "no papers yet", 1: "1 paper"}.get(about.papers, f"{about.papers:,} papers")
    library = [
        ("Library", f"<strong>{inert(about.library)}</strong>, {papers}", "CITEWISE_LIBRARY"),
        *([("Not whole", inert(str(about.pending)), "")] if about.pending else []),
        ("Kept in", f"<code>{inert(place)}</code>", ""),
        ("Vectors", "on a Chroma server" if told.chroma_url else "in the library’s own folder", "CITEWISE_CHROMA_URL"),
        ("Waits for another writer", _seconds(told.lock_seconds), "CITEWISE_LOCK_SECONDS"),
    ]
    return (
        '<section class="about"><h1>About</h1>'
        f"<p>{_who(about)}</p>"
        f"<h2>Library</h2>{_table('Library', library)}<h2>Answers</h2>{_table('Answers', _answers(about, told))}"
        "<p>These are set by environment variables, named on the right. Set one and start Citewise again; the README "
        "lists them all.</p>"
        f'<p class="version">Citewise {inert(about.version)}</p></section>'
    )


def _who(about: About) -> str:
    if about.writer == "chat":
        return (
            f"A language model, <strong>{inert(about.model or 'unnamed')}</strong>, writes the answers. "
            "Each of its sentences is checked against the abstracts before it is shown."
        )
    return "Answers are the abstracts’ own sentences. No language model is asked."


def _answers(about: About, told: Settings) -> list[tuple[str, str, str]]:
    if about.writer != "chat":
        return [
            ("Written by", "quotation, without a model", "CITEWISE_LLM_URL"),
            ("Model", "none", "CITEWISE_LLM_MODEL"),
        ]
    prices = "not set: cost is unknown"
    if told.llm_prices:
        prices = "{:g} USD per million tokens read, {:g} written".format(*told.llm_prices)
    return [
        ("Model", inert(about.model or ""), "CITEWISE_LLM_MODEL"),
        ("Endpoint", f"<code>{inert(about.endpoint or 'none')}</code>", "CITEWISE_LLM_URL"),
        ("API key", "set" if told.llm_key else "none", "CITEWISE_LLM_KEY"),
        ("Reads at most", f"{about.evidence_tokens:,} tokens of abstracts a question", "CITEWISE_EVIDENCE_TOKENS"),
        ("Time for a reply", _seconds(told.llm_timeout), "CITEWISE_LLM_TIMEOUT"),
        ("Time to connect", _seconds(told.llm_connect_timeout), "CITEWISE_LLM_CONNECT_TIMEOUT"),
        ("Replies as JSON", told.llm_structured, "CITEWISE_LLM_STRUCTURED"),
        ("Prices", prices, "CITEWISE_LLM_PRICES"),
    ]


def _table(name: str, rows: list[tuple[str, str, str]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{what}</th><td>{value}</td><td>{f"<code>{variable}</code>" if variable else ""}</td></tr>'
        for what, value, variable in rows
    )
    return (
        f'<table class="settings"><caption class="unseen">{name}</caption><thead class="unseen"><tr><th '
        f'scope="col">What</th>'
        f'<th scope="col">Value</th><th scope="col">Set by</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _seconds(told: float) -> str:
    return f"{told:g} s"
