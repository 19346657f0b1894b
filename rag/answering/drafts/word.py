"""A Word document (.docx) -> its paragraphs, a line each; headings after "# ", an empty line for a table."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from rag.errors import InputError
from rag.library.readers.text import Unreadable, decode
from rag.library.readers.xmltree import records
from rag.types import Skipped

LARGEST = 64 << 20
"""Bytes of the text's XML; a book has some ten million."""
_BODY, _STYLES = "word/document.xml", "word/styles.xml"
_UNREAD = frozenset({"oMath", "oMathPara", "del", "moveFrom", "instrText", "txbxContent", "Fallback"})
"""Formulas, what was struck out, fields' codes, text boxes."""


def text_of_word(data: bytes, source: str) -> str:
    """The text of a document. Raises InputError where it is none, or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            headings = _headings(_part(archive, _STYLES, source)) if _STYLES in archive.namelist() else frozenset[str]()
            lines = list(_lines(_part(archive, _BODY, source), headings, source))
    except (zipfile.BadZipFile, KeyError, Unreadable, NotImplementedError, RuntimeError) as error:
        raise InputError(
            f"{source}: no Word document that can be read.", "Save it anew as .docx, without a password."
        ) from error
    return "\n".join(lines)


def _part(archive: zipfile.ZipFile, name: str, source: str) -> bytes:
    if archive.getinfo(name).file_size > LARGEST:
        raise InputError(f"{source}: more than {LARGEST >> 20} MiB of text.", "Split it.")
    return archive.read(name)


def _lines(xml: bytes, headings: frozenset[str], source: str) -> Iterator[str]:
    for record in records(decode(_BODY, io.BytesIO(xml)), {"p", "tbl"}):
        if isinstance(record, Skipped):
            raise InputError(f"{source}: {record.why}.", "Save it anew as .docx.")
        if record.element.tag == "tbl":
            yield ""
        else:
            told = " ".join("".join(_texts(record.element)).split())
            yield f"# {told}" if told and _style(record.element) & headings else told


def _texts(element: Element) -> Iterator[str]:
    for child in element:
        if child.tag == "t":
            yield child.text or ""
        elif child.tag in ("tab", "br", "cr"):
            yield " "
        elif child.tag == "noBreakHyphen":
            yield "-"
        elif child.tag not in _UNREAD:
            yield from _texts(child)


def _style(paragraph: Element) -> frozenset[str]:
    """The style's id, and "outlined" where the paragraph itself has a level in the outline."""
    style = paragraph.find("./pPr/pStyle")
    outlined = paragraph.find("./pPr/outlineLvl") is not None
    return frozenset(filter(None, ["" if style is None else style.get("val", ""), "outlined" if outlined else ""]))


def _headings(xml: bytes) -> frozenset[str]:
    """The ids of the styles of headings and titles, whatever they are called in the writer's language."""
    found = {"outlined"}
    for record in records(decode(_STYLES, io.BytesIO(xml)), {"style"}):
        if isinstance(record, Skipped):
            continue
        name = record.element.find("./name")
        told = "" if name is None else (name.get("val") or "").casefold()
        if told.startswith("heading") or told in ("title", "subtitle"):
            found.add(record.element.get("styleId", ""))
    return frozenset(found - {""})
