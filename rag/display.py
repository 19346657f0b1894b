"""Stored text -> text for a person: LaTeX left-overs cleaned, nothing that a terminal or a page could act on; pure.

What is stored and what offsets point into stays as it was; this is only how it is shown.
"""

from __future__ import annotations

import re
import unicodedata

_MACROS = {
    "eg": "e.g.",
    "ie": "i.e.",
    "etal": "et al.",
    "wrt": "w.r.t.",
    "cf": "cf.",
    "etc": "etc.",
    "vs": "vs.",
    "ldots": "…",
    "dots": "…",
    "textendash": "–",
}
_URL = re.compile(r"(https?://\S+)")
_WRAPPED = re.compile(r"\\(?:emph|textbf|textit|texttt|textsc|textrm|underline|mathrm|mathbf|mathcal|text|mbox|url|href)\s*\{([^{}]*)\}")
_SWITCHED = re.compile(r"\{\\(?:em|bf|it|tt|sc|rm|sl|itshape|bfseries|ttfamily)\s+([^{}]*)\}")
_ESCAPED = re.compile(r"\\([%&#_{}])")
_MACRO = re.compile(r"\\([A-Za-z]+)\s?(?=([A-Za-z])?)")
_QUOTED = re.compile(r"``((?:[^`']|'(?!'))+)''")
_BARE_BRACES = re.compile(r"\{([^{}]*)\}")
_MARKER = re.compile(r"\[(\d[\d,\s–-]*)\]")


def shown(text: str) -> str:
    """One line of text as a person should read it.

    ``{\\em specialized}`` -> ``specialized``, ``4.83\\%`` -> ``4.83%``, ``w.r.t.~the`` -> ``w.r.t. the``.
    Formulas between dollar signs are left alone. Control, zero-width and direction characters are taken out.
    """
    parts = _URL.split(text)
    cleaned = "".join(part if i % 2 else _cleaned(part) for i, part in enumerate(parts))
    visible = "".join(_visible(c) for c in cleaned)
    return " ".join(visible.split())


def markdown(text: str) -> str:
    """Shown text as inert Markdown: no tag, no link, no image, and no bracketed number that looks like a citation of ours."""
    safe = shown(text).replace("&", "&amp;").replace("<", "&lt;").replace("](", "]\\(").replace("![", "!\\[").replace("`", "\\`")
    return _MARKER.sub(r"\\[\1\\]", safe)


def plain(text: str) -> str:
    """Markdown of ours, as :func:`markdown` makes it, as plain text."""
    return text.replace("\\[", "[").replace("\\]", "]").replace("\\(", "(").replace("\\`", "`").replace("&lt;", "<").replace("&amp;", "&")


def unmarked(text: str) -> str:
    """Shown text for where markers cannot be escaped: a bracketed number of the abstract's own, ``[13]``, becomes ``(13)``."""
    return _MARKER.sub(r"(\1)", text)


def _cleaned(text: str) -> str:
    if "$" in text:
        pieces = re.split(r"(\$[^$]+\$)", text)
        return "".join(piece if i % 2 else _plain(piece) for i, piece in enumerate(pieces))
    return _plain(text)


def _plain(text: str) -> str:
    text = _SWITCHED.sub(r"\1", _WRAPPED.sub(r"\1", text))
    text = _ESCAPED.sub(r"\1", text)
    text = _MACRO.sub(_macro, text)
    text = _QUOTED.sub("“\\1”", text)
    return _BARE_BRACES.sub(r"\1", text).replace("~", " ")


def _macro(match: re.Match[str]) -> str:
    word = _MACROS.get(match.group(1), match.group(1))
    return f"{word} " if match.group(2) else word


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cc" or character in "\u2028\u2029":
        return " "
    return "" if category in ("Cf", "Cs", "Co") else character
