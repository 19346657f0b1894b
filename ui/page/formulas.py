"""Stored text -> inert HTML: LaTeX left-overs cleaned, formulas as MathML, everything else escaped; pure.

MathML needs no script and no font of ours. The converter's own text output is not safe (it unescapes what it escaped),
so its tree is written out here, by a list of elements and attributes that are let through. What does not parse stays as
it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

from rag.text.display import shown

LONGEST = 400
"""Characters of a formula that is rendered."""
_FORMULA = re.compile(
    rf"\$\$(.+?)\$\$|\$(?=\S)([^$]+?)(?<=\S)\$(?!\d)|\\\((.{{1,{LONGEST}}}?)\\\)|\\\[(.{{1,{LONGEST}}}?)\\\]", re.DOTALL
)
_ELEMENTS = frozenset(
    "mrow mi mo mn mtext mspace msup msub msubsup mover munder munderover mfrac msqrt mroot mstyle mpadded mtable mtr "
    "mtd".split()
)
_ATTRIBUTES = {
    "stretchy": re.compile("true|false"),
    "fence": re.compile("true|false"),
    "form": re.compile("prefix|infix|postfix"),
    "displaystyle": re.compile("true|false"),
    "mathvariant": re.compile("normal"),
    "linethickness": re.compile(r"0(?:\.\d+)?(?:pt|em)?"),
    "width": re.compile(r"-?[0-2](?:\.\d+)?em"),
    "minsize": re.compile(r"[0-3](?:\.\d+)?em"),
    "maxsize": re.compile(r"[0-3](?:\.\d+)?em"),
}
_UNPARSED: tuple[type[Exception], ...] = (
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    *(LookupError, ValueError, TypeError, AttributeError, StopIteration, RecursionError),
)
"""What the converter raises on strings that are no formula, as 20,000 random ones found."""


def inert(text: str) -> str:
    """One line of text as HTML in which nothing acts: no markup, no control, zero-width or direction characters."""
    return escape(shown(text))


def prose(text: str) -> str:
    """The same, with formulas (``$…$``, ``$$…$$``, ``\\(…\\)``, ``\\[…\\]``) as MathML."""
    return "".join(_parts(text)).strip()


def _parts(text: str) -> Iterator[str]:
    at = 0
    for match in _FORMULA.finditer(text):
        formula = next(group for group in match.groups() if group is not None)
        if math := mathml(" ".join(formula.split())):
            yield flowing(text[at : match.start()])
            yield math
            at = match.end()
    yield flowing(text[at:])


def flowing(text: str) -> str:
    """A piece of a line as :func:`inert` makes it, its outer spaces kept."""
    told = inert(text)
    if not told:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{told}{' ' if text[-1].isspace() else ''}"


@lru_cache(maxsize=4096)
def mathml(formula: str) -> str:
    """A formula as MathML; "" if it is none that can be rendered."""
    if not formula.strip() or len(formula) > LONGEST:
        return ""
    try:
        tree = convert_to_element(formula.replace(r"\operatorname*", r"\operatorname"))
    except _UNPARSED:
        return ""
    if any("\\" in (node.text or "") for node in tree.iter()):
        return ""  # a command that the converter does not know
    inner = "".join(_written(child) for child in tree)
    return f"<math>{inner}</math>" if inner else ""


def _written(node: Element) -> str:
    """An element by the lists above; the converter writes symbols as ``&#x003B1;``."""
    inner = inert(unescape(node.text or "")) + "".join(_written(child) for child in node)
    if node.tag not in _ELEMENTS:
        return f"<mrow>{inner}</mrow>"
    kept = "".join(
        f' {name}="{escape(value)}"'
        for name, value in node.attrib.items()
        if name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(value)
    )
    return f"<{node.tag}{kept}>{inner}</{node.tag}>"
