"""What a model wrote -> sentences with the addresses they cite, each as soon as it is whole; pure.

Two ways of writing are read, whichever comes: a JSON object with ``verdict`` and ``sentences``, or prose whose sentences end with
``[1.2]``. Addresses are read and never guessed: what is not one is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rag.sentences import split_sentences

Verdict = Literal["answered", "not_stated", "false_premise"]
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["verdict", "sentences"],
    "properties": {
        "verdict": {"type": "string", "enum": ["answered", "not_stated", "false_premise"]},
        "sentences": {"type": "array", "maxItems": 5, "items": {
            "type": "object", "additionalProperties": False, "required": ["cites", "text"],
            "properties": {"cites": {"type": "array", "items": {"type": "string"}}, "text": {"type": "string"}},
        }},
    },
}  # fmt: skip
REPAIR_SCHEMA: dict[str, Any] = ANSWER_SCHEMA["properties"]["sentences"]["items"]

_ADDRESS = r"\d{1,3}\.\d{1,3}"
_MARKS = re.compile(rf"\s*[\[(]\s*{_ADDRESS}(?:\s*[,;]\s*(?:and\s+)?{_ADDRESS})*\s*[\])]")
_LATE_MARKS = re.compile(rf"([.!?])((?:\s*\[\s*{_ADDRESS}(?:\s*[,;]\s*{_ADDRESS})*\s*\])+)")
_ANY_MARKER = re.compile(r"\s*\[\d{1,3}(?:[.,;\s]+\d{1,3})*\]")
_VERDICT = re.compile(r'"verdict"\s*:\s*"(\w+)"')
_VERDICT_WORDS = re.compile(r"^\W*(?:FALSE PREMISE|NOT STATED)\b\W*")
_REFUSES = re.compile(
    r"\b(?:sources?|abstracts?|papers?|sentences?|texts?|passages?|documents?|evidence|context|information|excerpts?|it)\b[^.]{0,60}?"
    r"\b(?:do(?:es)?(?: not|n't)|did(?: not|n't)|cannot|fails? to)\s+(?:\w+ly )?"
    r"(?:state|say|mention|specify|provide|contain|include|give|tell|report|discuss|address|describe|indicate|answer|cover|disclose)\b"
    r"|\b(?:no|not enough|insufficient) (?:information|mention|details?|evidence|sentences?|data)\b[^.]{0,40}"
    r"\b(?:about|on|of|is|are|was|states?|given|provided|available|to)\b"
    r"|\bI (?:cannot|can't|can not|am unable|don't know|do not know|couldn't|am sorry)\b|\bI'm (?:sorry|unable)\b|^unknown\b|^n/?a\b"
    r"|\b(?:is|are|was|were) not (?:explicitly )?(?:stated|mentioned|specified|provided|given|reported|disclosed)\b[^.]{0,40}"
    r"\b(?:in|by) (?:the|these|any|this|either)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as a model wrote it, without its markers, and the addresses that it names, each once."""

    text: str
    addresses: tuple[str, ...]


def refuses(text: str) -> bool:
    """Whether a sentence only says that the sources don't say something."""
    return bool(_REFUSES.search(text))


class DraftReader:
    """Reads a reply as it comes. Feed it pieces, then end it; ``verdict`` is what the reply said of itself, known at the end."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._open = False

    def feed(self, piece: str) -> Iterator[Draft]:
        """The sentences that this piece completes. What some models think aloud before they answer is no part of the answer."""
        self._text += piece
        if not self._is_thinking():
            yield from self._objects() if self._is_json else self._prose(whole=False)

    def end(self) -> Iterator[Draft]:
        """The last sentence of prose; of JSON that was cut off, nothing."""
        if not self._is_thinking():
            yield from self._objects() if self._is_json else self._prose(whole=True)

    def _is_thinking(self) -> bool:
        """Whether nothing but a thought is there yet; a thought that has ended is taken out."""
        start = self._text.lstrip()
        if not start.startswith("<think>"):
            return bool(start) and "<think>".startswith(start)
        _, closed, answer = start.partition("</think>")
        if closed:
            self._text = answer
        return not closed

    @property
    def verdict(self) -> Verdict:
        if self._is_json:
            found = _VERDICT.search(self._text)
            named = found.group(1) if found else "answered"
            return "not_stated" if named == "not_stated" else "false_premise" if named == "false_premise" else "answered"
        start = self._text.lstrip(" *_#\n").upper()
        if start.startswith("FALSE PREMISE"):
            return "false_premise"
        return "not_stated" if start.startswith("NOT STATED") else "answered"

    @property
    def _is_json(self) -> bool:
        return self._text.lstrip().startswith(("{", "```"))

    def _objects(self) -> Iterator[Draft]:
        """The objects of the array ``sentences`` that are whole and were not given out yet."""
        if not self._open:
            start = re.search(r'"sentences"\s*:\s*\[', self._text)
            if not start:
                return
            self._open, self._at = True, start.end()
        decoder = json.JSONDecoder(strict=False)
        while (start := re.compile(r"[\s,]*(?=\{)").match(self._text, self._at)) and start.end() < len(self._text):
            try:
                found, end = decoder.raw_decode(self._text, start.end())
            except ValueError:
                return
            self._at = end
            if draft := read_object(found):
                yield draft

    def _prose(self, *, whole: bool) -> Iterator[Draft]:
        """The sentences of prose that are whole: until the end all but the last, and not one whose marker may still come."""
        rest = _LATE_MARKS.sub(r"\2\1", self._text[self._at :])
        self._text = self._text[: self._at] + rest
        found = split_sentences("", rest)
        held = 0 if whole else 2 if found and found[-1].text.startswith("[") else 1
        ready = found[: max(0, len(found) - held)]
        if ready:
            self._at += ready[-1].end
        for sentence in ready:
            if draft := read_marked(_VERDICT_WORDS.sub("", sentence.text)):
                yield draft


def read_object(found: object) -> Draft | None:
    """A draft from ``{"cites": […], "text": "…"}``; None where there is no text. Markers that stand in the text count as cites."""
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        return None
    cites = found.get("cites")
    named = [str(c).strip(" []") for c in cites] if isinstance(cites, list) else []
    marked = read_marked(found["text"])
    if marked is None:
        return None
    return Draft(marked.text, tuple(dict.fromkeys((*named, *marked.addresses))))


def read_marked(text: str) -> Draft | None:
    """A draft from a sentence with markers; None where nothing but markers is left."""
    addresses = [a for marks in _MARKS.findall(text) for a in re.findall(_ADDRESS, marks)]
    plain = " ".join(_ANY_MARKER.sub("", _MARKS.sub("", text)).split())
    plain = re.sub(r"\s+([.,;!?])", r"\1", plain).strip(' *-•"')
    plain = re.sub(r"^\d+[.)]\s+", "", plain)
    return Draft(plain, tuple(dict.fromkeys(addresses))) if re.search(r"\w", plain) else None
