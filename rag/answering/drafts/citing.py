"""The citations in a sentence, as people type them; pure.

[@lund2019; @holm2020]  @lund2019 shows   [3]  [3, 5-7]   (Lund, 2019; Holm & Ek, 2020)   Lund et al. (2019) show
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_YEAR = r"(?:1[89]|20)\d\d"
_NAME = r"(?:(?:van|von|de|der|den|del|la|le|di|da|dos)\s+)*[^\W\d_a-zß-ÿ][\w'’-]+"
_NAMES = rf"(?P<name>{_NAME})(?:\s+et\s+al\.?|(?:,?\s+(?:and|&)\s+{_NAME}|,\s+{_NAME})*(?:,?\s+et\s+al\.?)?)"
_KEYED = re.compile(r"\[[^\[\]]*@[^\[\]]+\]")
_KEY = re.compile(r"@\{([^{}]+)\}|@([^\s,;\[\]{}]+)")
_BARE_KEY = re.compile(r"(?<![\w@.\[])@(\w[\w:.#$%&+?<>~/-]*\w)")
_NUMBERED = re.compile(r"\[([1-9]\d{0,3}(?:\s*[,;–-]\s*[1-9]\d{0,3})*)\]")
_BRACKETED = re.compile(rf"\(([^()]*\b{_YEAR}[a-z]?\b[^()]*)\)")
_PIECE = re.compile(rf"(?:[a-z][\w.]*,?\s+)*{_NAMES},?\s+(?P<year>{_YEAR})[a-z]?\b")
_SAID = re.compile(rf"{_NAMES},?\s+[(\[](?P<year>{_YEAR})[a-z]?(?:,[^()]*)?[)\]]")
_MOST = 50
"""Numbers that a range may stand for."""


class Cite(NamedTuple):
    """One work that is cited: by ``key`` (or number), or by an author's ``name`` and ``year``."""

    label: str
    key: str = ""
    name: str = ""
    year: int = 0


class Mention(NamedTuple):
    """Where works are cited in a sentence; ``is_said``: they are its subject, and part of what it says."""

    start: int
    end: int
    cites: tuple[Cite, ...]
    is_said: bool


def mentions(sentence: str) -> tuple[Mention, ...]:
    """The citations of a sentence, in order; none lies within another."""
    found: list[Mention] = []
    for one in _found(sentence):
        if one.cites and not any(one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return tuple(sorted(found))


def _found(text: str) -> Iterator[Mention]:
    for m in _KEYED.finditer(text):
        keys = (a or b.rstrip(".:") for a, b in _KEY.findall(m.group()))
        yield Mention(*m.span(), tuple(Cite(f"@{key}", key) for key in keys), _opens(text, m.start()))
    for m in _BARE_KEY.finditer(text):
        yield Mention(*m.span(), (Cite(m.group(), m[1]),), True)
    for m in _NUMBERED.finditer(text):
        yield Mention(*m.span(), tuple(Cite(f"[{n}]", str(n)) for n in _numbers(m[1])), _opens(text, m.start()))
    for m in _SAID.finditer(text):
        yield Mention(*m.span(), (Cite(m.group(), "", m["name"], int(m["year"])),), True)
    for m in _BRACKETED.finditer(text):
        pieces = [_PIECE.match(piece.strip()) for piece in m[1].split(";")]
        cites = (Cite(p.group(), "", p["name"], int(p["year"])) for p in pieces if p)
        yield Mention(*m.span(), tuple(cites), False)


def _opens(text: str, start: int) -> bool:
    return not text[:start].strip()


def _numbers(told: str) -> list[int]:
    """``3, 5-7`` -> 3, 5, 6, 7."""
    found: list[int] = []
    for piece in re.split(r"[,;]", told):
        first, *last = (int(n) for n in re.findall(r"\d+", piece))
        found += range(first, min((last or [first])[-1], first + _MOST) + 1)
    return list(dict.fromkeys(found))


def claim_of(sentence: str, cited: Sequence[Mention]) -> str:
    """What the sentence says without its citations, each character where it was. An abstract says "we" where others
    say "Lund et al. (2019)".
    """
    claim = sentence
    for one in cited:
        long = one.end - one.start
        word = ("We" if _opens(sentence, one.start) else "we") if one.is_said else ""
        claim = claim[: one.start] + word.ljust(long)[:long] + claim[one.end :]
    return claim
