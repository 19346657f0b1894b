"""Pages of ours beside the big one: whole in one document, no script, nothing from elsewhere."""

from __future__ import annotations

from starlette.responses import HTMLResponse

from ui import policy

_STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --card: #fff; --ink: #1d1f22; --muted: #5c6066; --line: #dcdcd6; --accent: #0a6a68; --on: #fff; --wrong: #a8321f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --card: #1b1e22; --ink: #e7e7e4; --muted: #a4a8ae; --line: #363b41; --accent: #62c6bd; --on: #10201f;
    --wrong: #ff9c8d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 0.4rem; }
a { color: var(--accent); }
.muted { color: var(--muted); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
"""


def page(title: str, body: str, style: str = "", status: int = 200) -> HTMLResponse:
    """A page: ``title`` and ``body`` are HTML already, ``style`` comes after what all have."""
    style = _STYLE + style
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, policy.own_page(style))
