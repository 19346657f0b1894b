"""Tags and entities of HTML, JATS and MathML within a text -> the text that they stand for.

    "H<sub>2</sub>O at 10<sup>-5</sup>&thinsp;mol"       -> "H2O at 10⁻⁵ mol"
    "<jats:title>Aims</jats:title><jats:p>We …</jats:p>"  -> "Aims: We …"
    "p < .05 and a<b"                                     -> as it stands: nothing in it is a tag

Block elements are paragraphs, parted by a blank line; a heading is a label of what follows. Every pattern is linear in
the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

_LINE_BREAKS = frozenset({"br", "break", "li", "tr", "list-item", "row"})
_BLOCKS = frozenset(
    "p div sec section abstract abstracttext blockquote ul ol dl dt dd list table tbody thead center pre article hr "
    "disp-quote".split()
)
_HEADINGS = frozenset({"title", "h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE = frozenset(
    "i b u s em strong italic bold small big tt code sc span font a sub sup inf underline overline roman monospace "
    "named-content "
    "styled-content ext-link xref uri email q cite abbr mark strike del ins inline-formula disp-formula alternatives "
    "math mrow mi mn mo "
    "mtext ms mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mstyle mpadded mphantom menclose "
    "mfenced mtable mtr mtd "
    "semantics annotation tex-math label scp cf jats td th nlm-citation wbr nobr formula".split()
)
_ELEMENTS = _LINE_BREAKS | _BLOCKS | _HEADINGS | _INLINE
_EMPTY = frozenset({"br", "break", "hr", "mspace", "wbr"})
_LEFT_OUT = frozenset({"annotation", "tex-math"})
"""The TeX of a formula that stands there as MathML too."""
_TAG = re.compile(r"<(/?)(?:[a-z][a-z0-9]{0,7}:)?([a-z][a-z0-9-]{0,15})(?:\s[^<>]{0,500})?(/?)>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[^>]{0,400}-->|<\?[^<>]{0,500}\?>|<!\[CDATA\[|\]\]>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MAX_DEPTH = 40

_SUPERSCRIPTS = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_RAISED = re.compile(r"[0-9+\-−–=()]{1,12}|n|i")
_AWKWARD_RAISED = re.compile(r"(?=[^\W\d_]*[\d+−-])[\w.,+−-]{1,12}")


def plain(text: str) -> str:
    """The text without markup. Entities that were escaped twice, and tags that were, are undone too."""
    for _ in range(3):
        if "<" not in text and "&" not in text:
            return text
        told = _ENTITY.sub(lambda match: html.unescape(match.group()), _without_tags(text))
        if told == text:
            return text
        text = told
    return text


def superscript(text: str) -> str:
    """What is set high, in one line: digits and signs as their small forms, what else is not a word after a caret
    (``2k`` -> ``^2k``).
    """
    text = text.strip()
    if _RAISED.fullmatch(text):
        return text.translate(_SUPERSCRIPTS)
    return f"^{text}" if _AWKWARD_RAISED.fullmatch(text) else text


def rendered(name: str, parts: Sequence[str]) -> str:
    """An element of HTML, JATS or MathML as text. ``name``: without namespace, lower case; ``parts``: its text and
    elements, rendered.
    """
    if name == "sup":
        return superscript("".join(parts))
    if name in _HEADINGS:
        heading = "".join(parts).strip()
        return f"\n\n{heading}{'' if heading.endswith((':', '.', '?', '!')) else ':'} \x1f" if heading else ""
    if name in _BLOCKS:
        return f"\n\n{''.join(parts).strip(' ')}\n\n"
    if name in _LINE_BREAKS:
        return "\n" + "".join(parts)
    if name in _LEFT_OUT:
        return ""
    return _formula(name, [part.strip() for part in parts if part.strip()]) if name in _LAID_OUT else "".join(parts)


_LAID_OUT = frozenset("msup msub msubsup mfrac msqrt mroot munder munderover mfenced math mrow".split())


def _formula(name: str, parts: list[str]) -> str:
    """A piece of MathML, its children in one line."""
    match name, parts:
        case "msup", [base, raised]:
            return base + superscript(raised)
        case "msubsup", [base, lowered, raised]:
            return base + lowered + superscript(raised)
        case "munder", [base, lowered]:
            return f"{base}_{_grouped(lowered)}"
        case "munderover", [base, lowered, raised]:
            return f"{base}_{_grouped(lowered)}^{_grouped(raised)} "
        case "mfenced", _:
            return f"({', '.join(parts)})"
        case "mfrac", [over, under]:
            return f"{_grouped(over)}/{_grouped(under)}"
        case "msqrt", _:
            return f"√{_grouped(''.join(parts))}"
        case "mroot", [radicand, index]:
            return f"{superscript(index)}√{_grouped(radicand)}"
    return "".join(parts)


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"


def paragraphs(text: str) -> str:
    """Rendered text with its blank lines as they are meant: one between paragraphs, none between a heading and what it
    heads.
    """
    text = re.sub(r"\x1f\s*", "", text)
    return re.sub(r"\n\s*\n", "\n\n", text).strip()


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _COMMENT.sub("", text)
    frames: list[tuple[str, list[str]]] = [("", [])]
    at, met = 0, False
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if name not in _ELEMENTS:
            continue
        met = True
        frames[-1][1].append(text[at : tag.start()])
        at = tag.end()
        if name in _EMPTY or tag[3]:
            frames[-1][1].append("" if tag[1] and name not in _EMPTY else rendered(name, []))
        elif not tag[1]:
            if len(frames) < _MAX_DEPTH:
                frames.append((name, []))
        elif any(name == opened for opened, _ in frames[1:]):
            while _close(frames) != name:
                pass
    if not met:
        return text
    frames[-1][1].append(text[at:])
    while len(frames) > 1:
        _close(frames)
    return paragraphs("".join(frames[0][1]))


def _close(frames: list[tuple[str, list[str]]]) -> str:
    name, parts = frames.pop()
    frames[-1][1].append(rendered(name, parts))
    return name
