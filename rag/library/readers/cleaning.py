"""What stands in a title or abstract -> the text that a person means by it.

Markup and entities, formulas and TeX become text where they occur; characters that nobody sees go, accents are composed
(NFC). Of an abstract also what is about it and not of it: a heading "Abstract", a publisher's copyright at its end,
words that say there is none.
"""

from __future__ import annotations

import re
import unicodedata

from rag.library.readers.latex import decoded_where_it_occurs
from rag.library.readers.markup import plain
from rag.types import normalise_title

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SOFT_HYPHEN = re.compile(r"\u00ad[ \n]?")
_UNSEEN = re.compile(r"[\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_HEADING = re.compile(r"(?:abstract|summary)\s*(?:[:—–]+\s*|\n\s*|\.\s+(?=[A-Z]))", re.IGNORECASE)
_LONG_HEADING = re.compile(r"(?:Abstract|ABSTRACT)[ \t]+(?=[A-Z])")
_SECTION = re.compile(
    r"(?:background|context|introduction|motivation|objectives?|aims?|purpose|goals?|methods?|methodology|materials "
    r"and methods"
    r"|design|setting|results?|findings|conclusions?|discussion|significance|interpretation"
    r"|limitations?|implications?)(?: (?:and|&) \w{3,20})?:?",
    re.IGNORECASE,
)
_TAIL = 600
"""Characters at the end of an abstract in which a publisher's notice may begin."""
_NOTICE = re.compile(
    r"(?:\s|^|(?<=[.)]))(?:\(?©|\(c\)\s*(?=(?:copyright\s*)?(?:19|20)\d\d)|copyright\s*(?:©|\(c\)|:|of\b|\d{4})|all "
    r"rights reserved"
    r"|published by elsevier|this article is protected by copyright|crown copyright)",
    re.IGNORECASE,
)
_NOT_A_NOTICE = re.compile(r"[.!?][\"'”’)\]]*\s+(?:We|Our|The results|These results|Results|In this|Here)\b")
_INSPEC = re.compile(r"/(sub|sup) ([^/\s]{1,12}(?: [^/\s]{1,12})?) ?/")
_PLACEHOLDER = re.compile(
    r"(?:n a|na|nan|none|null|nil|unknown|undefined|tba|tbd|abstract|summary|figure see text|not abstracted|click "
    r".{0,80}"
    r"|no abstracts?\b.{0,60}|without abstract|no summary.{0,40}|not (?:available|provided|applicable)"
    r"|see (?:the )?(?:full )?(?:text|article|pdf).{0,40}"
    r"|(?:(?:the|an) )?abstract (?:is )?(?:not\b.{0,60}|un?available.{0,40}|available.{0,80}|present.{0,80})"
    r"|publisher abstract available from the publisher|this article has no abstract.{0,40})"
)
_LONGEST_PLACEHOLDER = 120


def tidy(text: str) -> str:
    """Text without the characters that no text should hold or nobody sees, composed, and without space around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    text = _SOFT_HYPHEN.sub("", text) if "\u00ad" in text else text
    text = _UNSEEN.sub("", _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text)))
    return unicodedata.normalize("NFC", text.translate(_LIGATURES)).strip()


def one_line(text: str) -> str:
    """Tidy text with each run of space made one space."""
    return " ".join(tidy(text).split())


def clean(text: str) -> str:
    """Tidy text in which markup, entities and TeX have become what they stand for."""
    text = plain(text)
    if "/su" in text:
        text = _INSPEC.sub(lambda match: match[2], text)
    return tidy(decoded_where_it_occurs(text))


def unwrapped(text: str) -> str:
    """Text whose lines were broken to fit a page: one line a paragraph; a heading in a line of its own becomes a label
    of its paragraph.
    """
    told: list[list[str]] = [[]]
    for line in text.strip().split("\n"):
        words = line.split()
        is_label = _SECTION.fullmatch(" ".join(words))
        if (not words or is_label) and told[-1] and not told[-1][-1].endswith(":\x1f"):
            told.append([])
        told[-1] += [" ".join(words).rstrip(":") + ":\x1f"] if is_label else words
    return "\n\n".join(" ".join(words) for words in told if words).replace("\x1f", "")


def clean_title(text: str) -> str:
    return " ".join(clean(text).split())


def clean_abstract(text: str) -> str:
    """A cleaned abstract without its heading and without the notice of who may copy it."""
    text = clean(text)
    heading = _HEADING.match(text) or _LONG_HEADING.match(text)
    if heading and heading.end() < len(text):
        text = text[heading.end() :]
    return without_notice(text)


def without_notice(text: str) -> str:
    """An abstract up to a copyright notice in its last lines; a notice that an abstract goes on after, or is all of it,
    stays.
    """
    notice = _NOTICE.search(text, max(0, len(text) - _TAIL))
    if not notice or _NOT_A_NOTICE.search(text, notice.start()):
        return text
    kept = text[: notice.start()].rstrip(" \n\t([—–-|")
    return kept if kept else text


def says_nothing(abstract: str) -> bool:
    """Whether what stands in an abstract's place only says that there is none: "N/A", "[Figure: see text].", "No
    abstract available".
    """
    if len(abstract) > _LONGEST_PLACEHOLDER:
        return False
    folded = normalise_title(abstract)
    return not folded or bool(_PLACEHOLDER.fullmatch(folded))
