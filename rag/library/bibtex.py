"""Papers -> BibTeX; pure. What is written here is read again by :mod:`rag.library.readers.bibtex`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rag.text.display import shown
from rag.text.mathematics import is_known
from rag.text.words import content_words
from rag.types import Paper, title_id

_MEETINGS = re.compile(
    r"\b(?:proceedings|proc\.|conference|conf\.|workshop|symposium|neurips|nips|icml|iclr|aaai|ijcai|acl|emnlp|naacl|"
    r"eacl|coling|cvpr|iccv|eccv|icra|iros|"
    r"corl|rss|aistats|uai|kdd|sigir|www|chi|interspeech|icassp)\b",
    re.IGNORECASE,
)
_TEX = {
    "\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}", "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    "<": r"{\textless}", ">": r"{\textgreater}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
}  # fmt: skip
_LIGATURE = re.compile(r"([-`'])(?=\1)")
"""What TeX would set as a dash or a quotation mark."""
_FORMULA = re.compile(r"\$(?=\S)([^$]+)(?<=\S)\$(?!\d)")
_MATHEMATICAL = re.compile(r"[\\^_=A-Za-z]")
"""What tells a formula from two prices."""
_CAPITALS = re.compile(r"(?<![\w{\\])[\w-]*(?:\w[A-Z]|[A-Z]\d)[\w-]*(?![\w}])|(?<![\w{\\])[A-Z](?![\w}])")


def to_bibtex(papers: Sequence[Paper], *, whole: bool = False) -> str:
    """An entry a paper, in order, with the fields that are known. Keys don't change when papers are added after them.

    ``whole``: all that is kept, as it is kept: with the abstract, and no address but the paper's own.
    """
    taken: set[str] = set()
    return "\n".join(_entry(paper, _key(paper, taken), whole=whole) for paper in papers)


def keys_of(papers: Sequence[Paper]) -> list[str]:
    """The key of each paper, as :func:`to_bibtex` gives it."""
    taken: set[str] = set()
    return [_key(paper, taken) for paper in papers]


def is_meeting(venue: str) -> bool:
    """Whether a venue is a conference or the like."""
    return bool(_MEETINGS.search(venue))


def _entry(paper: Paper, key: str, *, whole: bool) -> str:
    kind, place = "misc", ""
    if paper.venue:
        kind, place = ("inproceedings", "booktitle") if is_meeting(paper.venue) else ("article", "journal")
    text = str if whole else shown
    fields = {"title": _title(text(paper.title)), "author": " and ".join(_author(text(name)) for name in paper.authors)}
    fields |= {place: _escaped(text(paper.venue or "")), "year": str(paper.year or ""), "doi": address(paper.doi or "")}
    if paper.arxiv_id:
        fields |= {"eprint": address(paper.arxiv_id), "archivePrefix": "arXiv"}
    fields |= {"pmid": address(paper.pmid or ""), "url": address((paper.url if whole else paper.link) or "")}
    if whole:
        fields["abstract"] = _escaped(paper.abstract)
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])


def _key(paper: Paper, taken: set[str]) -> str:
    """``müller2015otters``-like, in ASCII; a letter is added where another paper has the key already."""
    first = paper.authors[0] if paper.authors else ""
    name = first.split(",")[0] if "," in first else (first.split() or [""])[-1]
    word = next((w for w in content_words(paper.title) if _ascii(w)), "")
    base = f"{_ascii(name)}{paper.year or ''}{_ascii(word)}"
    base = base if re.match(r"[a-z]", base) else f"paper{base or title_id(paper.title)[-8:]}"
    key, n = base, 0
    while key in taken:
        key, n = f"{base}{_letters(n)}", n + 1
    taken.add(key)
    return key


def _letters(n: int) -> str:
    """0 -> a, 25 -> z, 26 -> aa."""
    return (_letters(n // 26 - 1) if n >= 26 else "") + chr(ord("a") + n % 26)


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold().encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", folded)


def _title(title: str) -> str:
    """A title whose names and acronyms keep their capitals: ``{RePo}: Resilient Agents``."""
    return "".join(
        part if is_formula else _CAPITALS.sub(r"{\g<0>}", _plain(part)) for part, is_formula in _parts(title)
    )


def _author(name: str) -> str:
    """A name; one with an "and" of its own is kept in one piece."""
    told = _escaped(name)
    return f"{{{told}}}" if re.search(r"\band\b", told) else told


def escaped(text: str) -> str:
    """Text for a BibTeX field: TeX's special characters as they are written there, formulas between dollar signs as
    they are.
    """
    return _escaped(shown(text))


def _escaped(text: str) -> str:
    return "".join(part if is_formula else _plain(part) for part, is_formula in _parts(text))


def _parts(told: str) -> list[tuple[str, bool]]:
    """A text as pieces of prose and formulas."""
    found, at, look = list[tuple[str, bool]](), 0, 0
    while match := _FORMULA.search(told, look):
        look = match.end() - 1  # the sign that ends what is no formula may begin one
        if _MATHEMATICAL.search(match[1]) and is_known(match[1]):
            found += [(told[at : match.start()], False), (match.group(), True)]
            at = look = match.end()
    return [*found, (told[at:], False)]


def _plain(text: str) -> str:
    return _LIGATURE.sub(r"\1{}", "".join(_TEX.get(c, c) for c in text))


def address(text: str) -> str:
    """An address or number as one word that can stand in braces."""
    return "".join(
        f"%{ord(c):02X}" if c in '{}\\<>"^`|' or c.isspace() or not c.isprintable() else c for c in text.strip()
    )
