"""Pages of ours beside the big one: whole in one document, no script, nothing from elsewhere."""

from __future__ import annotations

from starlette.responses import HTMLResponse

from ui import policy

_STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #fff; --ink: #24221e; --muted: #68635a; --line: #e3dfd5; --accent: #1d5c73; --on: #fff;
  --wrong: #a3352b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #181714; --card: #211f1b; --ink: #e9e5db; --muted: #a8a294; --line: #37342d; --accent: #8fc4d8;
    --on: #10242c;
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
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    return HTMLResponse(html, status, policy.own_page(style))
