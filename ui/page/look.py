"""The page's style and script, and Gradio's theme in their colours. The files are read once, and nothing of them comes from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import gradio as gr

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "Liberation Mono", "monospace"]


@cache
def head() -> str:
    """All style sheets of ``files``, in the order of their names, for the document's head: as Gradio's ``css`` their selectors would be
    confined to the inside of its app, and the page could say nothing of <body>.
    """
    return f"<style>{_joined('.css')}</style>"


@cache
def script() -> str:
    """All scripts of ``files``. They run when the bus is there, in the scope of its ``trigger``, and so before anything that needs them."""
    return _joined(".js")


def theme() -> gr.themes.Base:
    """Gradio's own parts in the page's colours, which page.css defines for light and dark. Fonts of the system: Gradio's bundled ones lack
    letters.
    """
    return gr.themes.Base(font=SANS, font_mono=MONO, radius_size="sm", text_size="md")


def _joined(suffix: str) -> str:
    found = sorted((f for f in files("ui.page").joinpath("files").iterdir() if f.name.endswith(suffix)), key=lambda f: f.name)
    return "\n".join(f.read_text("utf-8") for f in found)
