"""Markdown -> prose; pure. What is marked is text; what is set apart (code, tables, formulas, headings) is not."""

from __future__ import annotations

import re

from rag.answering.drafts.prose import Prose, entries, lists_references, paragraph_of
from rag.answering.drafts.traced import Traced

_FRONT = re.compile(r"\A---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_APART = (
    re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL),
    re.compile(r"<(style|script|table|figure)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE),
    re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE),
    re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]", re.DOTALL),
    re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL),
)
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:\s+(.*?))?\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(?:=+|-+)\s*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\* ?){3,}|(?:- ?){3,}|(?:_ ?){3,})\s*$")
_ROW = re.compile(r"^\s*\|.*\|\s*$|^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$")
_INDENTED = re.compile(r"^(?: {4}|\t)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?")
_QUOTE = re.compile(r"^\s*(?:>\s?)+")
_DEFINED = re.compile(r"^ {0,3}\[([^\]\s]+)\]:\s+(.*)$")
_FOOTNOTE = re.compile(r"^\[\^[^\]]+\]:\s+")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])(?:\{[^}]*\})?")
_LINK = re.compile(r"\[([^\[\]]+)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_NAMED_LINK = re.compile(r"\[([^\[\]@]+)\]\[[^\[\]]*\]")
_ADDRESS = re.compile(r"<(https?://[^>\s]+)>")
_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>")
_NOTE_MARK = re.compile(r"\[\^[^\]]+\]")
_MARKED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\*\*\*(\S(?:.*?\S)?)\*\*\*", r"\*\*(\S(?:.*?\S)?)\*\*", r"(?<![\w*])\*(\S(?:[^*]*?\S)?)\*(?![\w*])",
        r"(?<!\w)__(\S(?:.*?\S)?)__(?!\w)", r"(?<!\w)_(\S(?:[^_]*?\S)?)_(?!\w)", r"~~(\S(?:.*?\S)?)~~",
        r"`+([^`]+)`+", r"\$([^\s$](?:[^$]*[^\s$])?)\$(?!\d)",
    )
)  # fmt: skip
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def read(text: Traced) -> Prose:
    for pattern in (_FRONT, *_APART):
        text = text.blanked(pattern)
    reader = _Reader()
    for line in text.lines():
        reader.take(line)
    reader.end()
    listed = entries(reader.listed)
    return Prose(tuple(_unmarked(p) for p in reader.found), reader.defined | listed)


class _Reader:
    """What the lines read so far have come to."""

    def __init__(self) -> None:
        self.found: list[Traced] = []
        self.listed: list[str] = []
        self.defined: dict[str, str] = {}
        self._open: list[Traced] = []
        self._listing = 0
        """The level of the heading under which references are listed; 0 elsewhere."""
        self._in_list = False

    def take(self, line: Traced) -> None:
        if heading := _HEADING.match(line.text):
            self.end()
            self._headed(len(heading[1]), heading[2] or "")
        elif self._open and _UNDERLINE.match(line.text):
            told = " ".join(part.text for part in self._open)
            self._open = []
            self._headed(1 if "=" in line.text else 2, told)
        elif self._listing:
            self.listed.append(line.text)
        elif not line.text.strip() or _RULE.match(line.text):
            self.end()
        elif _ROW.match(line.text):
            self._open = self._open[:-1] if len(self._open) == 1 and "|" in self._open[0].text else self._open
            self.end()
        elif _INDENTED.match(line.text) and not self._open and not self._in_list:
            pass  # code
        elif (defined := _DEFINED.match(line.text)) and not defined[1].startswith("^"):
            self.end()
            self.defined[defined[1].removeprefix("@")] = defined[2]
        else:
            self._said(line.without(_QUOTE) if _QUOTE.match(line.text) else line)

    def _said(self, line: Traced) -> None:
        if match := (_ITEM.match(line.text) or _FOOTNOTE.match(line.text)):
            self.end()
            self._in_list = True
            line = line.part(match.end(), len(line.text))
        elif not self._open and not line.text.startswith(" "):
            self._in_list = False
        self._open.append(line)

    def _headed(self, level: int, told: str) -> None:
        if not self._listing or level <= self._listing:
            self._listing = level if lists_references(told) else 0

    def end(self) -> None:
        if self._open:
            self.found.append(paragraph_of(self._open))
        self._open = []


def _unmarked(paragraph: Traced) -> Traced:
    text = paragraph.without(_IMAGE).kept(_LINK).kept(_NAMED_LINK).kept(_ADDRESS).without(_TAG).without(_NOTE_MARK)
    for pattern in _MARKED:
        text = text.kept(pattern)
    return text.kept(_ESCAPED)
