"""Papers -> BibTeX; pure. What is written here is read again by :mod:`rag.library.readers.bibtex`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence

from rag.text.display import shown
from rag.text.mathematics import is_known
from rag.text.words import content_words
from rag.types import Paper, PaperKind, title_id

_MEETINGS = re.compile(
    r"\b(?:proceedings|proc\.|conference|conf\.|workshop|symposium|neurips|nips|icml|iclr|aaai|ijcai|acl|emnlp|naacl|"
    r"eacl|coling|cvpr|iccv|eccv|icra|iros|"
    r"corl|rss|aistats|uai|kdd|sigir|www|chi|interspeech|icassp)\b",
    re.IGNORECASE,
)
_KINDS: Mapping[PaperKind, tuple[str, str]] = {
    "article-journal": ("article", "journal"),
    "paper-conference": ("inproceedings", "booktitle"),
    "book": ("book", "series"),
    "chapter": ("incollection", "booktitle"),
    "thesis": ("phdthesis", "school"),
    "report": ("techreport", "institution"),
    "dataset": ("dataset", "publisher"),
    "software": ("software", "publisher"),
}
"""Types of entries, and their fields for what we call the venue."""
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
_CAPITALS = re.compile(r"(?<![\w{\\-])[\w-]*(?:\w[A-Z]|[A-Z]\d)[\w-]*+(?!})|(?<![\w{\\])[A-Z](?![\w}])")


def to_bibtex(papers: Sequence[Paper], *, whole: bool = False) -> str:
    """An entry a paper, in order, with the fields that are known. A paper keeps the key that it came with; keys that
    are made don't change when papers are added after them.

    ``whole``: all that is kept, as it is kept: with the abstract, and no address but the paper's own.
    """
    return "\n".join(_entry(*entry, whole=whole) for entry in zip(papers, keys_of(papers), strict=True))


def keys_of(papers: Sequence[Paper]) -> list[str]:
    """The key of each paper, as :func:`to_bibtex` gives it."""
    given = {paper.details.key.casefold() for paper in papers}
    taken: set[str] = set()
    return [_key(paper, taken, given) for paper in papers]


def is_meeting(venue: str) -> bool:
    """Whether a venue is a conference or the like."""
    return bool(_MEETINGS.search(venue))


def _entry(paper: Paper, key: str, *, whole: bool) -> str:
    kind, place = _kind(paper)
    text, details = str if whole else shown, paper.details
    fields = {"title": _title(text(paper.title)), "author": " and ".join(_author(text(name)) for name in paper.authors)}
    fields |= {place: _escaped(text(paper.venue or "")), "year": str(paper.year or ""), "doi": address(paper.doi or "")}
    if paper.arxiv_id:
        fields |= {"eprint": address(paper.arxiv_id), "archivePrefix": "arXiv"}
    fields |= {"pmid": address(paper.pmid or ""), "url": address((paper.url if whole else paper.link) or "")}
    pages = "--".join(map(_escaped, details.pages.split("-")))
    fields |= {"volume": _escaped(details.volume), "number": _escaped(details.issue), "pages": pages}
    if whole:
        fields |= {
            "month": details.date[5:7], "day": details.date[8:10], "language": details.language,
            "keywords": _names(details.tags), "groups": _names(details.collections), "status": details.status,
            "zotero": details.zotero, "abstract": _escaped(paper.abstract),
        }  # fmt: skip
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])


def _kind(paper: Paper) -> tuple[str, str]:
    """The type of a paper's entry, and the field in which such have their venue; by the venue where no record says what
    it is.
    """
    kind = paper.details.kind
    if kind == "article":
        return ("misc" if paper.arxiv_id else "unpublished"), "journal"
    if kind:
        return _KINDS[kind]
    if paper.venue:
        return _KINDS["paper-conference" if is_meeting(paper.venue) else "article-journal"]
    return "misc", ""


def _names(names: Sequence[str]) -> str:
    """Names with commas between them; one that has a comma or semicolon itself stands in braces."""
    return ", ".join(f"{{{told}}}" if re.search("[,;]", told) else told for told in map(_escaped, names))


def _key(paper: Paper, taken: set[str], given: Container[str]) -> str:
    """The key that a paper came with, else one like ``müller2015otters``, in ASCII; a letter is added where another
    paper has the key already. ``given``: all keys that papers came with, in lower case.
    """
    if paper.details.key:
        return _free(paper.details.key, taken)
    first = paper.authors[0] if paper.authors else ""
    name = first.split(",")[0] if "," in first else (first.split() or [""])[-1]
    word = next((w for w in content_words(paper.title) if _ascii(w)), "")
    base = f"{_ascii(name)}{paper.year or ''}{_ascii(word)}"
    base = base if re.match(r"[a-z]", base) else f"paper{base or title_id(paper.title)[-8:]}"
    return _free(base, taken, given)


def _free(base: str, taken: set[str], given: Container[str] = ()) -> str:
    """A key that no paper has; programs differ in whether case tells keys apart."""
    key, n = base, 0
    while key.casefold() in taken or key.casefold() in given:
        key, n = f"{base}{_letters(n)}", n + 1
    taken.add(key.casefold())
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
