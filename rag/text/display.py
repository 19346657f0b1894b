"""Stored text -> text for a person: LaTeX left-overs cleaned, nothing that a terminal or a page could act on; pure.

What is stored and what offsets point into stays as it was; this is only how it is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from rag.types import Paper, Plan

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
_WEB = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)
_WRAPPED = re.compile(
    r"\\(?:emph|textbf|textit|texttt|textsc|textrm|underline|mathrm|mathbf|mathcal|text|mbox|url|href)\s*\{([^{}]*)\}"
)
_SWITCHED = re.compile(r"\{\\(?:em|bf|it|tt|sc|rm|sl|itshape|bfseries|ttfamily)\s++([^{}]*)\}")
_ESCAPED = re.compile(r"\\([%&#_{}])")
_MACRO = re.compile(r"\\([A-Za-z]+)\s?(?=([A-Za-z])?)")
_QUOTED = re.compile(r"``((?:[^`']|'(?!'))+)''")
_BARE_BRACES = re.compile(r"\{([^{}]*)\}")
_DIGIT = r"\d¹²³⁰⁴-⁹₀-₉①-⓿❶-➓Ⅰ-ↈ"
_DIGITS = rf"[{_DIGIT}][{_DIGIT}.,:;\s–-]{{0,60}}"
_LIKE_MARKER = re.compile(
    r"\\?[\[［【〔⟦⁅〚〖❲﹝]\s*(?:[\^#]\s*)?(?!0\s*[.,;:–-])"
    rf"({_DIGITS})(?:†[^\[\]【】]{{0,60}})?\\?[\]］】〕⟧⁆〛〗❳﹞]"
)
"""What a person could take for a citation of ours; not ``[0, 1]`` or ``[0.85–0.95]``, which are intervals: no paper is
number 0."""
_SLASHED = re.compile(r"\\(?=[\\\[\]()`])")
_ESCAPES = re.compile(rf"\\\[({_DIGITS})\\\]|\\([\\\[\]()`])|&(lt|amp);")
"""The first, of answers that were kept when a number of the text's own was escaped in Markdown."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""What shows nothing and is no format character to Unicode; runs of variation selectors can carry a hidden message."""


def shown(text: str) -> str:
    """One line of text as a person should read it.

    ``{\\em specialized}`` -> ``specialized``, ``4.83\\%`` -> ``4.83%``, ``w.r.t.~the`` -> ``w.r.t. the``.
    Formulas between dollar signs are left alone. Control, zero-width and direction characters are taken out.
    """
    parts = _URL.split(text)
    cleaned = "".join(part if i % 2 else _cleaned(part) for i, part in enumerate(parts))
    if not (cleaned.isascii() and cleaned.isprintable()):  # else each character is one that is seen
        cleaned = _UNSEEN.sub("", "".join(map(_visible, cleaned)))
    return " ".join(cleaned.split())


def markdown(text: str) -> str:
    """Shown text as inert Markdown: no tag, no link, no image; what looks like a citation of ours is ``(13)``."""
    safe = _SLASHED.sub(r"\\\\", unmarked(shown(text)))
    return (
        safe.replace("&", "&amp;").replace("<", "&lt;").replace("](", "]\\(").replace("![", "!\\[").replace("`", "\\`")
    )


UNDERSTOOD: Mapping[str, str] = {
    "find": "all papers that match", "count": "how many papers match", "record": "what the records say",
    "summary": "a summary",
    "compare": "papers side by side", "across": "what several papers say", "overview": "what the library is about",
    "source": "where a text is from",
}  # fmt: skip
"""What an answer looked for, by the kind of its plan; of a plain fact nothing is said."""


def looked_for(plan: Plan) -> str:
    """How a question was understood, in a line; "" of a plain fact: ``all papers that match, from 2019, in ICRA``."""
    bounds = plan.filters
    years = (("from", bounds.year_from), ("to", bounds.year_to))
    told = [
        " ".join(f"{word} {year}" for word, year in years if year is not None),
        f"in {bounds.venue}" if bounds.venue else "",
    ]
    return ", ".join(part for part in (UNDERSTOOD.get(plan.kind, ""), *told) if part)


def byline(paper: Paper) -> str:
    """Who, where and when, as far as it is known: ``Lund et al., ICRA, 2019``."""
    names = [shown(a) for a in paper.authors]
    by = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return ", ".join(d for d in (by, shown(paper.venue or ""), str(paper.year or "")) if d)


def web_link(address: str | None) -> str:
    """An address where a browser may be sent to it; "" for any other."""
    return address if address and _WEB.fullmatch(address) else ""


def plain(text: str) -> str:
    """Markdown of ours, as :func:`markdown` makes it, as plain text."""
    return _ESCAPES.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    number, character, entity = match.groups()
    return f"({number})" if number else character or {"lt": "<", "amp": "&"}[entity]


def unmarked(text: str) -> str:
    """Shown text for where markers of ours stand: a bracketed number of its own, ``[ 13 ]`` or ``【13】``, becomes
    ``(13)``.
    """
    return _LIKE_MARKER.sub(lambda m: f"({m.group(1).strip()})", text)


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
