"""What a browser may do with what it gets from here: nothing leaves this machine, nothing frames it, nobody else reads
it.
"""

from __future__ import annotations

import base64
import hashlib

_EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_CLOSED = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; connect-src "
    "'self'; "
    "object-src 'none'; frame-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""For Gradio, whose page has its settings and its handlers as inline scripts."""
_REPORTS = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def headers_for(path: str) -> dict[str, str]:
    """The headers that an answer at this path gets, unless it has its own policy."""
    if path.startswith("/runs/"):
        policy = _REPORTS
    elif path.startswith(("/api", "/v1/", "/mcp", "/sign-")):
        policy = _CLOSED
    else:
        policy = _PAGE
    return _EVERYWHERE | {"content-security-policy": policy}


def own_page(style: str, script: str = "") -> dict[str, str]:
    """The headers of a page of ours with this one style and this one script in it, and no others.

    ``same-origin``: else a browser hides from us which page a form was on.
    """
    parts = [
        _CLOSED,
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}" if script else "",
        "connect-src 'self'" if script else "",
    ]
    return {
        "content-security-policy": "; ".join(filter(None, parts)),
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
    }


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
