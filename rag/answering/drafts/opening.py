"""A file -> the draft in it: its text, how it is written, and the references that it keeps in files of their own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from rag.answering.drafts.prose import Draft, Form, checked_draft
from rag.answering.drafts.word import text_of_word
from rag.errors import InputError, UsageError
from rag.library.readers import bibtex
from rag.library.readers.text import Unreadable, decode

SUFFIXES: dict[str, Form] = {
    ".md": "markdown", ".markdown": "markdown", ".qmd": "markdown", ".rmd": "markdown", ".tex": "tex",
    ".latex": "tex", ".txt": "text", ".text": "text", ".docx": "lines",
}  # fmt: skip
_LONGEST_PATH = 1000
LARGEST_FILE = 64 << 20
_NAMED = re.compile(
    r"\\(?:bibliography|addbibresource)(?:\[[^\]]*\])?\{([^{}]+)\}"
    r"|^bibliography:[ \t]*(.+)$|^[ \t]*-[ \t]+([\w./-]+\.bib)[ \t]*$",
    re.MULTILINE,
)


def is_draft(path: str) -> bool:
    """Whether an argument names a file that may be read as a draft, and is no sentence."""
    suffix = Path(path).suffix.casefold() if len(path) < _LONGEST_PATH and "\n" not in path else ""
    return suffix in SUFFIXES and (not any(c.isspace() for c in path) or Path(path).is_file())


def open_draft(path: Path) -> Draft:
    """The draft in a file, with the ``.bib`` files that it names where they are there. Raises UsageError for a file of
    another kind, InputError for one that cannot be read.
    """
    form = SUFFIXES.get(path.suffix.casefold())
    if form is None:
        raise UsageError(f"{path}: no draft by its name.", f"Read are {', '.join(SUFFIXES)}.")
    data = _data(path)
    if form == "lines":
        return checked_draft(Draft(text_of_word(data, str(path)), form))
    text = decoded_draft(data, str(path))
    references: dict[str, str] = {}
    for named in _named(text):
        if (there := path.parent / named).is_file():
            references |= references_of(there)
    return checked_draft(Draft(text, form, references))


def references_of(bib: Path) -> dict[str, str]:
    """The entries of a BibTeX file by key, each as in a reference list. Raises InputError."""
    try:
        return dict(bibtex.references(decode(str(bib), io.BytesIO(_data(bib)))))
    except Unreadable as problem:
        raise InputError(f"{bib}: it is no BibTeX.", str(problem)) from problem


def decoded_draft(data: bytes, source: str) -> str:
    """Bytes as text; a mark at its start is none of it, and line ends are ``\\n``."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise InputError(f"{source}: no text that can be read.", "Save it as UTF-8.")


def _data(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: larger than {LARGEST_FILE >> 20} MiB.", "Split it.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).", "Check the path.") from error


def _named(text: str) -> Iterator[str]:
    """The files of references that a text names: ``\\bibliography{refs}`` -> refs.bib."""
    for match in _NAMED.finditer(text):
        for name in (match[1] or match[2] or match[3]).strip("[] ").split(","):
            told = name.strip(" \"'")
            yield told if told.endswith(".bib") else f"{told}.bib"
