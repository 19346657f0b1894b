"""Files of papers -> :class:`~rag.types.Paper`, one module a format.

    read_papers    the one entry: a path in, papers and skipped pieces out
    files.py       path -> the files under it
    text.py        bytes -> text
    bibtex.py ris.py medline.py wos.py endnote.py ovid.py      } each: Document -> papers and skipped pieces
    pubmed.py jats.py atom.py endnote_xml.py zotero_rdf.py     }
    jsonl.py csvfile.py listing.py                             }
    apis.py        records of OpenAlex, Crossref, Zotero and others as JSON -> named fields
    tagged.py      records of tagged lines, which RIS, MEDLINE, Web of Science, EndNote and Ovid share
    xmltree.py     XML -> records as small trees
    fields.py      what a field may be called, and what is made of its value; shared by all formats
    details.py     tags, collections, dates, languages and what else people need -> one compact part
    authors.py     the many ways to write down authors
    cleaning.py    titles and abstracts as a person means them
    markup.py latex.py    tags and entities, TeX -> text

A new format is a module with a ``recognises`` and a ``read`` function, and a line in ``FORMATS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rag.errors import InputError
from rag.library.readers import (
    atom,
    bibtex,
    csvfile,
    endnote,
    endnote_xml,
    jats,
    jsonl,
    listing,
    medline,
    ovid,
    pubmed,
    ris,
    wos,
    zotero_rdf,
)
from rag.library.readers.cleaning import one_line
from rag.library.readers.files import open_input, printable, reason, walk
from rag.library.readers.text import Document, Unreadable, decode
from rag.library.readers.xmltree import root_of
from rag.types import Paper, Skipped, Upload

__all__ = ["read_papers"]


class Format(NamedTuple):
    """How to know a kind of file by its content, and how to read it."""

    name: str
    recognises: Callable[[Document], bool]
    read: Callable[[Document], Iterator[Paper | Skipped]]


def _opens_with(pattern: str, *suffixes: str) -> Callable[[Document], bool]:
    """Recognises a text whose first line that is neither blank nor a ``%`` comment matches; where the file's name
    agrees, any line may.
    """
    opening = re.compile(rf"(?:\s|\ufeff|%(?![0AT] ).*\n)*+(?:{pattern})", re.IGNORECASE)
    anywhere = re.compile(rf"^[ \t]*(?:{pattern})", re.IGNORECASE | re.MULTILINE)

    def recognises(document: Document) -> bool:
        return bool(opening.match(document.head) or (document.suffix in suffixes and anywhere.search(document.head)))

    return recognises


def _refuses(what: str, remedy: str) -> Callable[[Document], Iterator[Paper | Skipped]]:
    def read(document: Document) -> Iterator[Paper | Skipped]:
        yield Skipped(document.source, f"this looks like {what}; {remedy}")

    return read


def _refuse_xml(document: Document) -> Iterator[Paper | Skipped]:
    root = one_line(root_of(document))[:40] or "unknown"
    known = "PubMed, JATS, Atom, EndNote and Zotero RDF"
    yield Skipped(
        document.source,
        f"XML of a kind that is not read (its root is {root}; read are {known}); export as RIS, BibTeX or CSV",
    )


_LICENCE = re.compile(
    r"^\s*(?:(?:The )?MIT License|[\w ]{1,40}License Agreement|Apache License|GNU [\w ]*PUBLIC LICENSE|BSD \d-Clause"
    r"|Permission is hereby granted, free of charge|Redistribution and use in source)",
    re.IGNORECASE | re.MULTILINE,
)


def _is_licence(document: Document) -> bool:
    return bool(_LICENCE.search(document.head[:1000]))


# The first that recognises the document reads it; the listing takes what nothing else does.
FORMATS = (
    Format("JSON", jsonl.recognises, jsonl.read),
    Format("BibTeX", bibtex.recognises, bibtex.read),
    Format("RIS", ris.recognises, ris.read),
    Format("PubMed text", medline.recognises, medline.read),
    Format("Web of Science", wos.recognises, wos.read),
    Format("EndNote", endnote.recognises, endnote.read),
    Format("Ovid text", ovid.recognises, ovid.read),
    Format(
        "HTML",
        _opens_with(r"<!doctype html|<html"),
        _refuses("an HTML page", "save it as plain text, or export RIS, BibTeX or CSV"),
    ),
    Format("PubMed XML", pubmed.recognises, pubmed.read),
    Format("JATS", jats.recognises, jats.read),
    Format("Atom", atom.recognises, atom.read),
    Format("EndNote XML", endnote_xml.recognises, endnote_xml.read),
    Format("Zotero RDF", zotero_rdf.recognises, zotero_rdf.read),
    Format("XML", _opens_with(r"<\?xml|<!doctype|<!--|<[a-z][\w:.-]*(?:\s+[\w:.-]+=|\s*/?>)"), _refuse_xml),
    Format("table", csvfile.recognises, csvfile.read),
    # folders of data have them, and they read like titles and abstracts
    Format("licence", _is_licence, _refuses("a licence text", "leave it out")),
    Format("listing", lambda document: True, listing.read),
)


Opened = Callable[[str], None]
"""Told of each file that is opened, first with "", then with its format where that is known."""


def read_papers(path: str | Path | Upload, opened: Opened = lambda name: None) -> Iterator[Paper | Skipped]:
    """The papers of a file, of a folder with everything under it (sorted, hidden files left out), or of standard input
    (``-``).

    A piece that cannot be read comes as ``Skipped(where, why)`` in its place, and reading goes on. Raises InputError:
    at once for a path that is not there, while reading for a single file that cannot be opened.
    """
    if isinstance(path, Upload):
        return _read_file(path.path, opened, printable(path.name))
    if path == "-" or path == Path("-"):
        return _read_file(None, opened)
    target = Path(path)
    try:
        if path == "":
            raise FileNotFoundError(2, "No such file or directory")
        target.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unopened(printable(path), error) from error
    return _read_folder(target, opened) if target.is_dir() else _read_file(target, opened)


def _unopened(where: str, error: OSError | ValueError) -> InputError:
    return InputError(
        f"{where}: cannot be read ({reason(error)}).", "Check the path and its permissions; '-' reads standard input."
    )


def _read_folder(folder: Path, opened: Opened) -> Iterator[Paper | Skipped]:
    empty = True
    for found in walk(folder):
        empty = False
        if isinstance(found, Skipped):
            yield found
            continue
        try:
            yield from _read_file(found, opened)
        except InputError as error:
            yield Skipped(
                printable(found),
                error.problem.removeprefix(f"{printable(found)}: ").rstrip(".") + "; check its permissions",
            )
    if empty:
        yield Skipped(
            printable(folder), "no file in this folder; name one with papers in it (hidden files are left out)"
        )


def _read_file(path: Path | None, opened: Opened, source: str = "") -> Iterator[Paper | Skipped]:
    """The papers of a file, or of standard input for None; ``source``: what to call the file, where not by its path."""
    source = source or ("-" if path is None else printable(path))
    started = False
    opened("")
    try:
        with open_input(path) as stream:
            started = True
            document = decode(source, stream)
            kind = next(kind for kind in FORMATS if kind.recognises(document))
            opened(kind.name)
            found = kind.read(document)
            first = next(found, None)  # a table of a header only, an empty array
            yield Skipped(source, "no papers in it; leave it out, or export it again") if first is None else first
            yield from found
    except Unreadable as problem:
        yield Skipped(source, str(problem))
    except OSError as error:
        if not started:
            raise _unopened(source, error) from error
        yield Skipped(
            source,
            f"reading broke off ({reason(error)}); what came before it was kept: check the disk and read it again",
        )
