r"""BibTeX and BibLaTeX, as Zotero, JabRef, Mendeley, Google Scholar and people write it.

    @string{jml = "Journal of Memory and Language"} @article{key, title = {The {DNA} of G{\"o}del}, journal = jml # {
    (Online)}, year = 2020, crossref = {parent}, abstract = {…}}

The text is cut where a line begins a block, and each block is split by bibtexparser: what is broken costs its own
block, which is told by its key, and a file of any size takes the memory of one entry. A file with ``crossref`` is read
twice, for parents may follow their children.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bibtexparser.exceptions import ParserStateException
from bibtexparser.middlewares.names import split_multiple_persons_names
from bibtexparser.model import Entry, ParsingFailedBlock, String
from bibtexparser.splitter import Splitter

from rag.library.readers.cleaning import one_line, unwrapped
from rag.library.readers.details import split_tags
from rag.library.readers.fields import make_paper, pick, read_arxiv_id, read_doi, read_pmid, read_url, with_subtitle
from rag.library.readers.latex import decoded
from rag.library.readers.text import Document
from rag.types import Paper, Skipped

_OPENING = re.compile(r"(?:\s|\ufeff|[%#](?![0AT] )[^\n]*\n)*+@[a-z]+[ \t]*+[{(]", re.IGNORECASE)
_ANYWHERE = re.compile(r"^[ \t]*+@[a-z]+[ \t]*+[{(][^\n]{0,200}(?:,|\}|\n)", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(r"[ \t\ufeff]*+@([A-Za-z]+)[ \t]*+([{(]|$)")
_KEY = re.compile(r"[ \t\ufeff]*+@[A-Za-z]+\s*+[{(]\s*+([^\s,{}()=]{1,100})\s*+,")
_KEYLESS = re.compile(r"[ \t\ufeff]*+@[A-Za-z]+\s*+[{(](?=\s*+[A-Za-z-]{1,30}\s*+=)")
_NO_ENTRIES = frozenset({"comment", "preamble", "string"})
_PARENT = re.compile(r"\b(?:crossref|xdata)\s{0,9}=\s{0,9}[{\"]([^{}\"]{1,300})[}\"]", re.IGNORECASE)
_VALUE = re.compile(r"[{}\"#]|[^{}\"#\\]+|\\.|\\", re.DOTALL)
_MAX_BLOCK = 4 << 20
_MAX_STRINGS = 100_000
_VENUES = tuple(
    "journaltitle journal shortjournal booktitle maintitle eventtitle series school institution publisher".split()
)
_INHERITED = {"title": "booktitle"} | {
    name: name for name in "year date publisher series booktitle editor journal journaltitle".split()
}
_PMID_IN = re.compile(r"PMID:?\s{0,3}(\d{1,9})\b")
_ARXIV_IN = re.compile(r"arXiv[: ]{1,3}(\d{4}\.\d{4,5}(?:v\d{1,2})?|[a-z-]{2,10}(?:\.[A-Z]{2})?/\d{7})", re.IGNORECASE)

logging.getLogger("bibtexparser").addHandler(logging.NullHandler())
logging.getLogger("bibtexparser").propagate = False


class _Block(NamedTuple):
    """A piece of the file from one ``@`` that begins a line to the next."""

    line: int
    kind: str
    text: str


def recognises(document: Document) -> bool:
    """Whether a block opens the text, or its name ends in .bib and one stands anywhere in sight."""
    if _OPENING.match(document.head):
        return True
    return document.suffix == ".bib" and bool(_ANYWHERE.search(document.head))


def read(document: Document) -> Iterator[Paper | Skipped]:
    strings: dict[str, str] = {}
    parents = _parents(document)
    met = False
    for block in _blocks(document):
        for line, found in _split(block):
            if isinstance(found, String):
                _define(found, strings)
            else:
                met = True
                yield _paper(found, line, block, strings, parents, document.source)
    if not met:
        yield Skipped(document.source, "no entry in it, only comments and definitions; export it again")


def references(document: Document) -> Iterator[tuple[str, str]]:
    """Each entry by its key, as in a list of references, abstract or none: ``("lund2019", "Lund, Ada. Otters. 2019")``.
    What is broken is left out.
    """
    strings: dict[str, str] = {}
    parents = _parents(document)
    for block in _blocks(document):
        for _, found in _split(block):
            if isinstance(found, String):
                _define(found, strings)
            elif isinstance(found, Entry) and found.key:
                record = _record(_inherited(_fields(found, strings), parents))
                told = (record.get(name) for name in ("authors", "title", "venue", "year", "doi", "arxiv"))
                parts = (", ".join(part) if isinstance(part, list) else str(part) for part in told if part)
                yield found.key, ". ".join(parts)


def _blocks(document: Document) -> Iterator[_Block]:
    """The blocks of the file; what stands before the first is a comment."""
    held: list[str] = []
    start, kind, size = 1, "", 0
    for number, line in enumerate(document.lines(), start=1):
        opening = _BLOCK.match(line) if "@" in line else None
        if opening:
            if kind:
                yield _Block(start, kind, "".join(held))
            held, start, kind, size = [], number, opening[1].lower(), 0
        size += len(line)
        if kind and size <= _MAX_BLOCK:
            held.append(line)
    if kind:
        yield _Block(start, kind, "".join(held))


def _split(block: _Block) -> Iterator[tuple[int, Entry | String | str]]:
    """The entries and definitions in a block, each with its line, mostly one; in the place of a broken one what is
    wrong with it.

    An entry without a key is one with an empty key.
    """
    text = block.text
    if (keyless := _KEYLESS.match(text)) and block.kind not in _NO_ENTRIES:
        text = f"{keyless.group()},{text[keyless.end() :]}"
    try:
        blocks = Splitter(text).split().blocks
    except ParserStateException:
        yield block.line, "braces and quotes cross"
        return
    for found in blocks:
        line = block.line + (found.start_line or 0)
        if isinstance(found, ParsingFailedBlock) and isinstance(
            found.ignore_error_block, Entry
        ):  # a field or a key is there twice
            yield line, found.ignore_error_block
        elif isinstance(found, Entry | String):
            yield line, found
        elif isinstance(found, ParsingFailedBlock) and block.kind not in _NO_ENTRIES:
            reason = str(getattr(found.error, "abort_reason", "") or "it cannot be parsed")
            yield line, " ".join(reason.split()).rstrip(".")


def _define(found: String, strings: dict[str, str]) -> None:
    if len(strings) < _MAX_STRINGS:
        strings[found.key.lower()] = _value(str(found.value), strings)


def _parents(document: Document) -> dict[str, dict[str, str]]:
    """The fields of the entries that others refer to, by key; memory for those only."""
    wanted = {
        key.strip()
        for line in document.lines()
        if "=" in line
        for match in _PARENT.finditer(line)
        for key in match[1].split(",")
    }
    if not wanted:
        return {}
    strings: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    for block in _blocks(document):
        key = _KEY.match(block.text)
        if block.kind != "string" and not (key and key[1] in wanted):
            continue
        for _, piece in _split(block):
            if isinstance(piece, String):
                _define(piece, strings)
            elif isinstance(piece, Entry) and piece.key in wanted:
                found[piece.key] = _fields(piece, strings)
    return found


def _fields(entry: Entry, strings: Mapping[str, str]) -> dict[str, str]:
    """Fields by name in lower case, braces and quotes around the values gone; of two with one name the first that is
    filled.
    """
    found: dict[str, str] = {}
    for field in entry.fields:
        name = field.key.lower().strip()
        found[name] = found.get(name) or _value(str(field.value), strings)
    return found


def _value(text: str, strings: Mapping[str, str]) -> str:
    """``{a}``, ``"a"``, ``2020``, a defined name, or several of them joined by ``#`` -> the text that they come to."""
    parts: list[str] = []
    piece: list[str] = []
    depth, quoted, plain = 0, False, True

    def end() -> None:
        told = "".join(piece)
        parts.append(strings.get(told.strip().lower(), told.strip()) if plain else told)
        piece.clear()

    for token in _VALUE.findall(text):
        if token == "{":
            depth += 1
            if depth == 1 and not quoted and not "".join(piece).strip():
                plain = False
                piece.clear()
                continue
        elif token == "}":
            depth -= 1
            if not depth and not quoted and not plain:
                continue
        elif token == '"' and not depth:
            quoted = not quoted
            plain = False
            continue
        elif token == "#" and not depth and not quoted:
            end()
            plain = True
            continue
        piece.append(token)
    end()
    return "".join(parts).strip()


def _paper(
    entry: Entry | str,
    line: int,
    block: _Block,
    strings: Mapping[str, str],
    parents: Mapping[str, Mapping[str, str]],
    source: str,
) -> Paper | Skipped:
    opening = _KEY.match(block.text) if isinstance(entry, str) else None
    key = entry.key if isinstance(entry, Entry) else opening[1] if opening else ""
    where = f"{source}:{line}" + (f" ({one_line(key)[:100]})" if key else "")
    if isinstance(entry, str):
        return Skipped(
            where, f"malformed entry ({entry}); close its braces and quotes, and put a comma after each field"
        )
    fields = _inherited(_fields(entry, strings), parents)
    kind = entry.entry_type.lower()
    return make_paper(_record(fields) | _details(fields, kind) | {"citekey": _bare(key)}, source, where)


def _inherited(fields: dict[str, str], parents: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """An entry with what it lacks from the entries that it names: those of ``xdata`` as they are, a ``crossref``'s
    title as book title.
    """
    for key in fields.get("xdata", "").split(","):
        fields = {**parents.get(key.strip(), {}), **fields}
    parent = parents.get(fields.get("crossref", "").strip(), {})
    for name, as_name in _INHERITED.items():
        if parent.get(name):
            fields.setdefault(as_name, parent[name])
    return fields


def _record(fields: Mapping[str, str]) -> dict[str, object]:
    def text(*names: str) -> str:
        return next((told for name in names if fields.get(name) and (told := decoded(fields[name]).strip())), "")

    addresses = [_bare(fields[name]) for name in ("url", "howpublished", "biburl", "link") if fields.get(name)]
    notes = " ".join(
        fields.get(name, "")
        for name in ("note", "extra", "annote", "annotation", "journal", "howpublished", "addendum")
    )
    kind = (fields.get("archiveprefix") or fields.get("eprinttype") or "").lower()
    eprint = fields.get("eprint", "")
    arxiv = [fields.get("arxivid", ""), fields.get("arxiv", ""), eprint if kind in ("", "arxiv") else "", *addresses]
    pmids = [fields.get("pmid", ""), eprint if kind == "pubmed" else "", *_PMID_IN.findall(notes)[:1]]
    record: dict[str, object] = {
        "title": with_subtitle(text("title"), text("subtitle")),
        "abstract": unwrapped(text("abstract", "summary")),
        "authors": _names(fields.get("author", "")) or _names(fields.get("editor", "")),
        "year": text("year", "date", "issued"),
        "venue": text(*_VENUES),
        "url": pick(read_url, addresses),
        "doi": pick(read_doi, [_bare(fields.get("doi", "")), *addresses]),
        "pmid": pick(read_pmid, pmids),
        "arxiv": pick(read_arxiv_id, [*map(_bare, arxiv), *_ARXIV_IN.findall(notes)[:1]]),
    }
    return {
        name: value for name, value in record.items() if value or (name in ("title", "abstract") and name in fields)
    }


def _details(fields: Mapping[str, str], kind: str) -> dict[str, object]:
    """What else an entry has. Of BibLaTeX a date is one, of BibTeX it is a month and a day beside the year."""

    def text(*names: str) -> str:
        return next((told for name in names if fields.get(name) and (told := decoded(fields[name]).strip())), "")

    day, month, year = text("day"), text("month").strip("#").strip(), text("year")
    split = f"{year}-{month}-{day}".strip("-") if month.isdigit() else f"{day} {month} {year}".strip()
    is_preprint = kind in ("misc", "online", "unpublished") and (kind == "unpublished" or "eprint" in fields)
    tags = [tag for name in ("keywords", "mesh") for tag in split_tags(fields.get(name, ""))]
    return {
        "kind": "preprint" if is_preprint else kind,
        "date": [told for told in (text("date"), split if month else "") if told][:1],
        "language": text("langid", "language"),
        "volume": text("volume"),
        "issue": text("number", "issue"),
        "pages": text("pages"),
        "tags": [decoded(tag).strip("{} ") for tag in tags],
        "collections": [decoded(group).strip("{} ") for group in split_tags(fields.get("groups", ""))],
        "status": text("status", "retracted"),
        "zotero": _bare(fields.get("zotero", "")),
    }


def _bare(text: str) -> str:
    r"""An address or number without what TeX needs around it: ``\url{…}``, ``{\_}``, ``\%``."""
    text = text.strip()
    text = text[5:-1] if text.startswith("\\url{") and text.endswith("}") else text
    return (
        re.sub(r"\{\\([_%&#~$])\}|\\([_%&#~$])", r"\1\2", text)
        .replace("{", "")
        .replace("}", "")
        .replace(r"\textasciitilde", "~")
    )


def _names(text: str) -> list[str]:
    """Names of ``author = {A and B}``, in their own order: "Lovelace, Ada" stays so; ``and others`` is nobody."""
    text = " ".join(text.split())
    if ";" in text and " and " not in text:
        text = text.replace(";", " and ")
    names = split_multiple_persons_names(text) if text else []
    told = [_name(decoded(name).strip()) for name in names]
    return [name for name in told if name and name.lower() != "others"]


def _name(text: str) -> str:
    """A name; BibLaTeX's ``family=Doe, given=Jane, prefix=von`` as "von Doe, Jane"."""
    if "family=" not in text:
        return text
    parts = dict(part.strip().split("=", 1) for part in text.split(",") if "=" in part)
    family = " ".join(filter(None, (parts.get("prefix"), parts.get("family"), parts.get("suffix"))))
    return f"{family}, {parts['given']}" if parts.get("given") else family
