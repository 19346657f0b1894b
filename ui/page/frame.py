"""The frame of the page: sidebar, the views Chat, Library, Table, Check, About, composer; which event changes what."""

from __future__ import annotations

from html import escape

import gradio as gr

from rag.answering.retrieval import MAX_QUESTION
from rag.client.client import Client
from ui.config import Config
from ui.page import about, checking, papers, tabling, welcome
from ui.page.icons import icon
from ui.page.look import script
from ui.page.wiring import EVENTS, Wiring
from ui.places import Places


def framed(client: Client, places: Places, config: Config) -> gr.Blocks:
    """The page. What its events do is in :class:`Wiring`."""
    page = gr.Blocks(title="Citewise", fill_width=True, analytics_enabled=False)
    with page:
        filters, changed = gr.State(None), gr.State(0)
        bus = gr.HTML(elem_id="bus", js_on_load=script(), apply_default_css=False)
        _html(
            "top",
            f'<button type="button" id="toggle" data-do="toggle" aria-label="Conversations" '
            f'aria-expanded="true">{icon("menu")}</button>',
        )
        _html("seek", seeking())
        side = _html("side")
        with gr.Tabs(elem_id="views", selected="chat"):
            with gr.Tab("Chat", id="chat") as chat_tab:
                greeting = welcome.build(client, changed, config.max_upload)
                talk = _html("talk-box")
                live = _html("live")
                with gr.Column(elem_id="foot"):
                    papers.chip(filters)
                    _html("composer", composer())
            with gr.Tab("Library", id="library") as library_tab:
                library = papers.build(client, filters, changed, config.max_upload)
            with gr.Tab("Table", id="table"):
                tabling.build(client, places, filters)
            with gr.Tab("Check", id="check"):
                checking.build(client, places)
            with gr.Tab("About", id="about") as about_tab:
                told = about.build(client)
        notice = _html("notice")
        wiring = Wiring(client, places, _links(config))
        _wire(wiring, bus, filters, [talk, live, side, notice])
        greeting.refresh_on(page.load, chat_tab.select)
        library.refresh_on(library_tab.select)
        told.refresh_on(about_tab.select)
        changed.change(None, js="() => document.dispatchEvent(new Event('citewise:changed'))", api_visibility="private")
    # only then does Gradio look whether a file that a browser names was uploaded, or lies elsewhere on this machine
    page.has_launched = True
    page.queue(default_concurrency_limit=None, api_open=False)
    return page


def composer() -> str:
    """Where a question is typed. It never changes; asking.js fills it where a question is edited."""
    return (
        '<form id="ask" data-do="ask"><p id="editing" hidden><span></span>'
        '<button type="button" class="quiet" data-do="keep">Cancel</button></p>'
        '<div class="field"><label for="question" class="unseen">Your question</label>'
        f'<textarea id="question" rows="1" maxlength="{MAX_QUESTION}" placeholder="Ask the library …" '
        f'autocomplete="off" '
        'enterkeyhint="send"></textarea>'
        f'<button type="submit" id="send" aria-label="Ask" title="Ask (Enter)">{icon("send")}</button>'
        f'<button type="button" id="stop" data-do="stop" aria-label="Stop" title="Stop (Esc)" '
        f"hidden>{icon('stop')}</button></div></form>"
    )


def seeking() -> str:
    """Where words are typed that a conversation has. It stands outside the sidebar, which comes anew while somebody
    types.
    """
    return (
        '<form role="search" data-do="seek"><label for="sought" class="unseen">Find a conversation</label>'
        '<input type="search" id="sought" maxlength="200" placeholder="Find a conversation" autocomplete="off"></form>'
    )


def _links(config: Config) -> list[tuple[str, str]]:
    """What this server has besides the page."""
    runs = [("Eval runs", "/runs/")] if config.runs else []
    return runs + ([("Sign out", "/sign-out")] if config.auth else [])


def _html(name: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=escape(name), js_on_load=None, apply_default_css=False)


def _wire(wiring: Wiring, bus: gr.HTML, filters: gr.State, pieces: list[gr.HTML]) -> None:
    for name in EVENTS:
        getattr(bus, name)(
            getattr(wiring, name),
            inputs=[filters] if name == "ask" else None,
            outputs=None if name in ("stop", "leave") else pieces,
            show_progress="hidden",
            concurrency_limit=None,
            api_visibility="private",
            trigger_mode="multiple",
        )
    bus.narrow(papers.narrowed, [filters], [filters], show_progress="hidden", api_visibility="private")
