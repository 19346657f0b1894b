"""The page's style and script, and Gradio's theme in their colours. The files are read once, and nothing of them comes
from elsewhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import gradio as gr

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "Liberation Mono", "monospace"]


@cache
def head() -> str:
    """All style sheets of ``files``, in the order of their names, for the document's head: as Gradio's ``css`` their
    selectors would be confined to the inside of its app, and the page could say nothing of <body>.
    """
    sheets = sorted(
        (f for f in files("ui.page").joinpath("files").iterdir() if f.name.endswith(".css")), key=lambda f: f.name
    )
    told = "\n".join(sheet.read_text("utf-8") for sheet in sheets)
    return f"<style>{told}</style>"


_SCRIPTS = ("state", "server", "frame", "asking", "conversations", "citations", "doing", "showing")
"""In ``files/chat``, in the order in which they are run."""


@cache
def script() -> str:
    """The page's scripts in one scope of their own. They run once, when the bus is there: its ``trigger`` tells the
    server of an event.
    """
    chat = files("ui.page").joinpath("files", "chat")
    told = "\n".join(chat.joinpath(f"{name}.js").read_text("utf-8") for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{told}\n}})();'


def theme() -> gr.themes.Base:
    """Gradio's own parts in the page's colours, which page.css defines for light and dark. Fonts of the system:
    Gradio's bundled ones lack letters.
    """
    return gr.themes.Base(font=SANS, font_mono=MONO, radius_size="sm", text_size="md")
