"""The page's signs, drawn with strokes in the colour of the text beside them."""

from __future__ import annotations

_PATHS = {
    "new": "M12 5v14M5 12h14",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "more": "M5 12h.01M12 12h.01M19 12h.01",
    "close": "M6 6l12 12M18 6L6 18",
    "send": "M12 19V5M6 11l6-6 6 6",
    "stop": "M7 7h10v10H7z",
    "copy": "M9 9h10v11H9zM5 15V4h10",
    "again": "M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5",
    "edit": "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    "up": "M7 11v9H4v-9zM7 11l4-7c1.5 0 2.4 1 2 2.6L12.4 10H18c1.4 0 2.3 1.2 2 2.5l-1.4 6c-.2.9-1 1.5-2 1.5H7",
    "down": "M17 13V4h3v9zM17 13l-4 7c-1.5 0-2.4-1-2-2.6l.6-3.4H6c-1.4 0-2.3-1.2-2-2.5l1.4-6C5.6 4.6 6.4 4 7.4 4H17",
    "missing": "M4 12a8 8 0 1 0 16 0a8 8 0 1 0-16 0M6.5 17.5l11-11",
    "silent": "M7 12h.01M12 12h.01M17 12h.01M4 12a8 8 0 1 0 16 0a8 8 0 1 0-16 0",
    "differs": "M5 9h14M5 15h14M16 4L8 20",
    "part": "M4 12a8 8 0 1 0 16 0a8 8 0 1 0-16 0M12 4v16",
    "done": "M5 12.5l4.5 4.5L19 7.5",
    "warn": "M12 4l9 16H3zM12 10v4M12 17h.01",
    "link": "M8 16L18 6M10 6h8v8",
}


def icon(name: str) -> str:
    """A sign as inline SVG; it says nothing to a screen reader."""
    return (
        f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{_PATHS[name]}"/></svg>'
    )
