"""The page: a Gradio app over a client. It is the only part of Citewise that Gradio draws, and it is mounted beside the
HTTP API.

gr.Blocks      the frame, and the bus that carries events (frame.py, wiring.py)
pure modules   what is shown, as HTML that is escaped where it is made (rendering.py, cards.py,
               progress.py, sidebar.py, formulas.py)
files/         how it looks and behaves in the browser
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

    from rag.client.client import Client
    from ui.config import Config
    from ui.places import Places


def make_page(client: Client, places: Places, config: Config) -> gr.Blocks:
    """The page over a client's library. Questions wait for their turn in ``places``."""
    from ui.page.frame import framed

    return framed(client, places, config)


def mount_page(app: FastAPI, client: Client, places: Places, config: Config) -> FastAPI:
    """Mounts the page at the root of an app, behind the routes that the app has already."""
    import gradio as gr

    from ui.page.look import head, theme

    page = make_page(client, places, config)
    app.state.handlers = frozenset(page.fns)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=theme(),
        head=head(),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        max_file_size=config.max_upload,
    )
    return app
