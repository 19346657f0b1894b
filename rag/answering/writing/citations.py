"""What a model wrote -> sentences with the addresses they cite, each as soon as it is whole; pure.

Two ways of writing are read, whichever comes: a JSON object with ``verdict`` and ``sentences``, or prose whose
sentences end with ``[1.2]``. Servers that cannot hold a model to a schema let it put words around the object, or leave
out half of it: what can be read is. Addresses are read and never guessed: what is not one is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rag.text.sentences import split_sentences

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
_NAMED = rf"(?:\b(?:papers?|sentences?|sources?|see|cf\.?|S)\s*[:#]?\s*)?\^?{_ADDRESS}"
_BETWEEN = r"\s*(?:[,;–—-]|\band\b|\bto\b|[,;]\s*and\b)\s*"
_MARKS = re.compile(
    rf"\s*(?:[\[【]\s*{_NAMED}(?:{_BETWEEN}{_NAMED})*\s*[\]】](?:\(#?[\w.]*\))?|"
    rf"\(\s*{_NAMED}(?:\s*[,;]\s*(?:and\s+)?{_NAMED})*\s*\))",
    re.IGNORECASE,
)  # in round brackets no range, which may be an interval of confidence
_LATE_MARKS = re.compile(rf"([.!?])((?:\s*[\[【]\s*{_NAMED}(?:{_BETWEEN}{_NAMED})*\s*[\]】])+)", re.IGNORECASE)
_RANGE = re.compile(r"\b(\d{1,3})\.(\d{1,3})\s*(?:[–—-]|\bto\b)\s*\1\.(\d{1,3})\b")
_LONGEST_RANGE = 8
_ANY_MARKER = re.compile(
    r"\s*(?:\[\^?-?\d{1,3}(?:[.,;\s]+\d{1,3})*\]|[\[(【](?:papers?|sources?|sentences?)\s*[:#]?\s*\d[^\])】]{0,30}[\])】])",
    re.IGNORECASE,
)
_ACCORDING = re.compile(
    rf"\b(?:according to|as (?:stated|shown|said|described|reported) (?:in|by)|in|per)(?P<marks>{_MARKS.pattern}),?",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"^\W*(?:(?:final |short )?answers?|response|sources?|references|citations|summary)\s*(?::\W*|\W*$)", re.IGNORECASE
)
_RAISED = re.compile(r"</?(?:sup|sub|b|i|em|strong|cite|p|br) ?/?>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_VERDICT = re.compile(r'"verdict"\s*:\s*"(\w+)"')
_VERDICT_WORDS = re.compile(r"^\W*(?:FALSE PREMISE|NOT STATED)\b\W*")
_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_OBJECT = re.compile(r'\{\s*"(?:verdict|sentences|cites|text)"\s*:')
_JSON = re.compile(r'\{|`{3}|\[\s*[{"\]]')
_MAY_BE_JSON = ("[", "`", "``")
_ARRAY = re.compile(r'"sentences"\s*:\s*\[')
_ANSWERS = ("text", "answer", "response", "reply")
"""What models call the text of an answer that has not the shape they were asked for."""
_SENTENCE_MAY_END = re.compile(r"[.!?。！？\n\]]")
_SOURCES = (
    r"\b(?:(?:re)?sources?|abstracts?|papers?|sentences?|texts?|passages?|documents?|evidence|context|excerpts?|"
    r"question|answer"
    r"|(?:provided|given|available|supplied) (?:information|material|details?|data))\b"
)
_SAYS = (
    r"(?:states?|says?|mentions?|specif(?:y|ies)|provides?|contains?|includes?|gives?|tells?|reports?|discuss(?:es)?|"
    r"address(?:es)?"
    r"|describes?|indicates?|answers?|covers?|discloses?|details?|reveals?|explains?|lists?|offers?|clarif(?:y|ies)|"
    r"ha(?:s|ve))"
)
_SAID = (
    r"(?:stated|said|mentioned|specified|provided|given|reported|disclosed|discussed|addressed|answered|indicated|"
    r"listed)"
)
_NOT = r"(?:\bnot\b|n['’]t\b|\bcannot\b|\bnever\b|\bneither\b)"
_REFUSES = re.compile(
    rf"{_SOURCES}[^.]{{0,60}}?(?:{_NOT}|\bfail(?:s|ed)? to)\s+(?:\w+ly )?(?:any )?{_SAYS}\b"
    r"|\bit (?:does|did)(?: not|n['’]t) (?:\w+ly )?"
    r"(?:state|say|mention|specify|provide|contain|include|report|discuss|indicate|disclose)\b"
    rf"|\b(?:none|neither|nothing|no|nowhere)\b[^.]{{0,30}}{_SOURCES}[^.]{{0,40}}?\b(?:{_SAYS}|about|on|regarding|"
    rf"that)\b"
    rf"|{_SOURCES}[^.]{{0,40}}?(?:\b(?:silent|unclear|insufficient|unanswerable|lacks?|lacking)\b"
    rf"|\b{_SAYS} (?:no|nothing|few|little|insufficient|not enough)\b|\bmakes? no mention\b)"
    rf"|(?:{_NOT}|\bunable\b|\bunclear\b|\bunknown\b|\bimpossible\b|\bno way\b)[^.]{{0,60}}?"
    rf"\b(?:in|by|from|within|on|given|with|using) (?:\w+ ){{0,2}}?{_SOURCES}"
    rf"|\b(?:question|answer)\b[^.]{{0,40}}?{_NOT} (?:be |\w+ly )*(?:{_SAID}|known|found|determined|possible|clear|in|"
    rf"among)\b"
    rf"|^\W*(?:based on|according to|from|in) [^.]{{0,30}}{_SOURCES}[^.]{{0,30}}(?:{_NOT}|unclear|unknown|impossible)"
    r"|\b(?:no|not enough|insufficient)\b(?: \w+)? (?:information|mention|details?|evidence|sentences?|"
    r"data)\b[^.]{0,40}"
    r"\b(?:about|on|of|regarding|states?|given|provided|available|found|to (?:answer|determine|say|tell))\b"
    r"|^\W*(?:no|not enough|insufficient)(?: \w+){0,2} (?:information|details?|data|evidence|answer|"
    r"mention)\b[^.]{0,20}\.?\W*$"
    rf"|\b(?:is|are|was|were)(?: not|n['’]t) (?:\w+ly )?{_SAID}\b(?:\W*$|[^.]{{0,40}}\b(?:in|by|from) "
    rf"(?:the|these|any|this|either)\b)"
    r"|\bI(?:['’]m| am| was)? (?:sorry|afraid|unable|cannot|can['’]?t|can not|could(?:n['’]t| not)|do(?:n['’]t| not) "
    r"(?:know|have|see|find)"
    r"|found no(?:thing)?|see no(?:thing)?)\b|^\W*(?:I am |I['’]m )?sorry\b|\bas an ai\b"
    rf"|^\W*(?:unknown|n/?a|none|no answer|unanswerable|not (?:\w+ly )?(?:{_SAID}|available|found|applicable))\W*$",
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
    """Reads a reply as it comes. Feed it pieces, then end it; ``verdict`` is what the reply said of itself, known at
    the end.

    ``understood``: whether there was an answer in it, be it an empty one. ``restarts`` counts how often what came
    before turned out to be no part of the answer: a thought that was not announced, or words before a JSON document.
    """

    def __init__(self) -> None:
        self.restarts = 0
        self.understood = False
        self._text = ""
        self._at = 0
        self._form: Literal["prose", "document", "array", "over"] | None = None

    def feed(self, piece: str) -> Iterator[Draft]:
        """The sentences that this piece completes. What some models think aloud before they answer is no part of the
        answer.
        """
        self._text += piece
        if not self._is_thinking():
            yield from self._read(whole=False)

    def end(self) -> Iterator[Draft]:
        """The last sentence of prose; of JSON that was cut off, nothing."""
        if not self._is_thinking():
            yield from self._read(whole=True)

    @property
    def verdict(self) -> Verdict:
        if self._form != "prose":
            found = _VERDICT.search(self._text)
            named = found.group(1) if found else "answered"
        else:
            named = self._text.lstrip(" *_#\n").upper().replace(" ", "_")[:14].lower()
        return (
            "not_stated"
            if named.startswith("not_stated")
            else "false_premise"
            if named.startswith("false_premise")
            else "answered"
        )

    def _is_thinking(self) -> bool:
        """Whether nothing but a thought is there yet. A thought that has ended is taken out; some begin unannounced."""
        if self._form in ("array", "over"):
            return False
        if ends := list(_THOUGHT_ENDS.finditer(self._text)):
            self._begin_at(ends[-1].end())
        start = self._text.lstrip()
        return bool(_THOUGHT.match(start)) or (
            start[:1] == "<" and ">" not in start and len(start) < len("<reasoning>")
        )

    def _begin_at(self, at: int) -> None:
        """What stands before is no part of the answer."""
        self.restarts += self._at > 0
        self._text, self._at, self._form, self.understood = self._text[at:], 0, None, False

    def _read(self, *, whole: bool) -> Iterator[Draft]:
        if self._form in (None, "prose") and (found := _OBJECT.search(self._text)):
            self._begin_at(found.start())
            self._form = "document"
        if self._form is None and (start := self._text.strip()) and (whole or start not in _MAY_BE_JSON):
            self._form = "document" if _JSON.match(start) else "prose"
        if self._form == "document" and (opened := _ARRAY.search(self._text)):
            self._form, self._at, self.understood = "array", opened.end(), True
        if self._form == "array":
            yield from self._objects()
        elif self._form == "prose":
            yield from self._prose(whole=whole)
        elif self._form == "document" and whole:
            yield from self._document()

    def _objects(self) -> Iterator[Draft]:
        """The items of the array ``sentences`` that are whole and were not given out yet."""
        while (start := re.compile(r"[\s,]*(?=[{\"])").match(self._text, self._at)) and start.end() < len(self._text):
            try:
                found, end = _DECODER.raw_decode(self._text, start.end())
            except (ValueError, RecursionError):
                return
            self._at = end
            if draft := read_marked(found) if isinstance(found, str) else read_object(found):
                yield draft
        if self._text[self._at :].lstrip().startswith("]"):
            self._form = "over"

    def _document(self) -> Iterator[Draft]:
        """The sentences of a document that has another shape than the one asked for."""
        start = re.search(r"[{\[]", self._text)
        try:
            found, _ = _DECODER.raw_decode(self._text, start.start()) if start else (None, 0)
        except (ValueError, RecursionError):
            return
        for item in found if isinstance(found, list) else [found]:
            told = _told(item)
            drafts = (
                [read_object(item)]
                if isinstance(item, dict) and "cites" in item
                else map(read_marked, _sentences(told))
            )
            for draft in drafts:
                if draft:
                    self.understood = True
                    yield draft

    def _prose(self, *, whole: bool) -> Iterator[Draft]:
        """The sentences of prose that are whole: until the end all but the last, and not one whose marker may still
        come.
        """
        rest = self._text[self._at :]
        if not whole and not _SENTENCE_MAY_END.search(rest):
            return
        rest = _marked_within(rest, leading=bool(_MARKS.match(self._text)))
        self._text = self._text[: self._at] + rest
        found = split_sentences("", rest)
        held = 0 if whole else 2 if found and found[-1].text.startswith(("[", "【")) else 1
        ready = found[: max(0, len(found) - held)]
        if ready:
            self._at += ready[-1].end
        for sentence in ready:
            self.understood |= bool(_VERDICT_WORDS.match(sentence.text))
            if draft := read_marked(_VERDICT_WORDS.sub("", sentence.text)):
                self.understood = True
                yield draft


_DECODER = json.JSONDecoder(strict=False, parse_float=str, parse_int=str)
"""Numbers stay as they are written: 1.10 is the tenth sentence and not the first."""


def _told(item: object) -> str:
    """The text of an answer within a piece of JSON that has another shape than the one asked for."""
    if isinstance(item, dict):
        item = next((item[name] for name in ("sentences", *_ANSWERS) if isinstance(item.get(name), str)), None)
    return item if isinstance(item, str) else ""


def _sentences(text: str) -> list[str]:
    return [s.text for s in split_sentences("", _marked_within(text, leading=bool(_MARKS.match(text))))]


def _marked_within(text: str, *, leading: bool) -> str:
    """Prose with the markers that follow a full stop before it, so that they stay with their sentence; not where they
    lead sentences.
    """
    return text if leading else _LATE_MARKS.sub(r"\2\1", text)


def read_object(found: object) -> Draft | None:
    """A draft from ``{"cites": […], "text": "…"}``; None where there is no text. Markers that stand in the text count
    as cites.
    """
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        return None
    cites = found.get("cites")
    named = addresses_in(" , ".join(str(c) for c in (cites if isinstance(cites, list) else [cites])))
    marked = read_marked(found["text"])
    if marked is None:
        return None
    return Draft(marked.text, tuple(dict.fromkeys((*named, *marked.addresses))))


def read_marked(text: str) -> Draft | None:
    """A draft from a sentence with markers; None where nothing but markers is left."""
    addresses = [a for marks in _MARKS.finditer(text) for a in addresses_in(marks.group())]
    unmarked = _MARKS.sub("", _ACCORDING.sub(r"\g<marks>", text))
    plain = " ".join(_ANY_MARKER.sub("", _EMPHASIS.sub(r"\2", _RAISED.sub("", unmarked))).split())
    plain = re.sub(r"\s+([.,;!?])", r"\1", plain).strip(' *-•#|"')
    plain = _ANNOUNCES.sub("", re.sub(r"^\d+[.)]\s+", "", plain))
    return Draft(plain, tuple(dict.fromkeys(addresses))) if re.search(r"\w", plain) else None


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses that a text names, those of a range one by one: "1.2, 1.4-1.6" -> 1.2, 1.4, 1.5, 1.6. A negative
    one is none.
    """

    def spelled(found: re.Match[str]) -> str:
        paper, first, last = found.group(1), int(found.group(2)), int(found.group(3))
        return (
            " ".join(f"{paper}.{n}" for n in range(first, last + 1))
            if first <= last < first + _LONGEST_RANGE
            else found.group()
        )

    return tuple(
        dict.fromkeys(re.findall(rf"(?<![\d.])(?<!(?<!\d)-){_ADDRESS}(?![\d.]*\d)", _RANGE.sub(spelled, text)))
    )
