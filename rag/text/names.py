"""How names with numbers are written, so that each spelling finds the others in a full-text index; pure.

The index splits words at every mark and keeps ``co₂`` whole, so "CO2" stands in it as ``co2``, ``co₂`` or ``co 2``.
"""

from __future__ import annotations

import re
import unicodedata

_PIECE = re.compile(r"[^\W\d_]+|\d+")
_MOST_PIECES = 4
"""Pieces of a name; what has more is a phrase."""
_JOINED = re.compile(r"[^\W\d_]+[-‐‑–]?\d+(?:[-‐‑–]?[^\W\d_]+)?")
_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def spellings(name: str) -> tuple[str, ...]:
    """``ResNet-50`` -> it, ``ResNet 50``, ``ResNet50``, and that with its number raised and lowered; of another word
    only itself.
    """
    if name.isascii() and name.isalpha():
        return (name,)
    plain = unicodedata.normalize("NFKC", name)
    pieces = _PIECE.findall(plain)
    if not 1 < len(pieces) <= _MOST_PIECES or not any(p.isdigit() for p in pieces) or all(map(str.isdigit, pieces)):
        return (plain,)
    whole = "".join(pieces)
    return tuple(dict.fromkeys((plain, " ".join(pieces), whole, whole.translate(_LOW), whole.translate(_HIGH))))


def numbered_names(text: str) -> tuple[str, ...]:
    """The names with numbers in a text, in lower case: ``il-6`` of "What does IL-6 do?"."""
    return tuple(dict.fromkeys(m.group().lower() for m in _JOINED.finditer(unicodedata.normalize("NFKC", text))))
