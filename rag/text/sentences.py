"""Abstract -> sentences with exact offsets.

``nupunkt`` finds the boundaries that prose announces; this module adds what abstracts do to prose: sentences run
together without a space, sentences that start in lower case, enumerations ("1. … 2. …") whose numbers belong to what
follows, labels of structured abstracts, and abbreviations that only end a sentence by accident. The text is never
changed: a sentence is a slice, ``abstract[start:end]``.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.types import Sentence

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

# Words that open a sentence often and a file extension, module or member name never: what follows a full stop without a
# space.
_OPENERS = (
    "A|An|The|This|That|These|Those|We|Our|It|Its|In|On|To|For|From|With|Without|By|At|As|If|When|While|Where|"
    "Although|Though|Despite|However|"
    "Moreover|Furthermore|Further|Additionally|Also|Thus|Therefore|Hence|Here|There|Then|Finally|First|Second|Third|"
    "Specifically|Unlike|"
    "Experiments|Experimental|Extensive|Empirical|Empirically|Results|Such|Since|Because|Consequently|Recent|Recently|"
    "Code|Compared|Instead|"
    "They|Their|Both|One|Two|Most|Many|Some|Each|Existing|Based|Using|Through|Notably|Importantly|Overall|Remarkably"
)
_RUN_TOGETHER = re.compile(rf"(?<=[a-z0-9%)\]])[.!?][)\"'\]]*(?=(?:{_OPENERS})\b[\s,])|(?<=\))[.!?](?=[A-Z][a-z]+\s)")
_LOWER_OPENERS = (
    "we|our|this|these|those|in this|in particular|in addition|to this end|to address|however|moreover|furthermore|"
    "therefore|thus|it|here|"
    "experiments|extensive|the"
)
_LOWER_START = re.compile(rf"(?<=[a-z0-9%)\]])[.!?][)\"'\]]*\s+(?=(?:{_LOWER_OPENERS})\s)")
_LABEL = re.compile(
    r"(?<=[\w.;,)%])(?<!\b[Aa]nd)(?<!\bAND)\s+(?=(?:BACKGROUND|INTRODUCTION|OBJECTIVES?|AIMS?|PURPOSE|METHODS?|DESIGN|"
    r"SETTING|RESULTS|"
    r"FINDINGS|CONCLUSIONS?|INTERPRETATION|DISCUSSION|Background|Objectives?|Aims?|Purpose|Methods?|Results|Findings|"
    r"Conclusions?)\s*:\s)"
)
_LONE_LABEL = re.compile(
    r"^(?:background|introduction|objectives?|aims?|purpose|methods?|design|results|findings|conclusions?)[.:]$",
    re.IGNORECASE,
)
# nupunkt takes some ordinary words, acronyms and units for abbreviations ("lung cancer. Of these", "after ART. The",
# "2.0 kg. Weight"). What is one indeed is listed as shortened. "tasks." and two-letter acronyms are left to it: the
# questions in evals/ name sentences by their numbers, which would move.
_SHORTENED = (
    "approx|resp|incl|subsp|figs?|refs?|eqns?|secs?|vols?|nos|var|ssp|spp|viz|etc|avg|dev|std|est|syn|esp|proc|univ|"
    "dept|assoc"
)
_UNIT = "kg|mg|g|ml|mm|cm|m|km|s|h|hr|wk|yr|mo|d"
_NO_ABBREVIATION = re.compile(
    rf"(?<![\w.-])(?:(?!(?:{_SHORTENED})\.)[a-z]{{3,}}|(?!(?:FIG|VS|DR|ST|MT|NO)\.)[A-Z][A-Z0-9]{{1,7}}|(?<=\d "
    rf")(?:{_UNIT}))"
    r"\.[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z](?:[a-z]+|[A-Z-]*|[a-z]+[A-Z]\w*)[\s,])"
)
_BARE_URL = re.compile(r"[.!?]\s+(?=(?:https?://|www\.)\S+\s*$)")
_FULL_WIDTH = re.compile(r"[。！？][」』”’)）]*")
_UNSPACED = re.compile(r"(?<!\S)\S{1000,}")
_PARAGRAPH = re.compile(r"\n\s*\n")
_CLOSING = re.compile(r"[)\]}”’]+(?=\s|$)|\"(?=\s)")
# "Ae." + "aegypti", "i.c.v." + "injection"
_SHORT_NAME = re.compile(r"(?:\b[A-Z][a-z]{0,2}|\b(?:[a-z]\.)+[a-z])\.$")
_LOWER_WORD = re.compile(r"[a-z]{2,}(?![\w-])")
# A boundary right after one of these is no boundary unless a new sentence clearly begins.
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.\s?g|i\.\s?e|et al|w\.\s?r\.\s?t|cf|vs|viz|resp|approx|Figs?|Eqs?|Secs?|Refs?|Nos?|Vol|ca|St|Dr|Prof|"
    r"incl|al)\.|"
    r"\b[A-Z]\.)[\"')\]]*$"
)
_ALWAYS_JOINS = re.compile(
    r"\b(?:e\.\s?g|i\.\s?e|w\.\s?r\.\s?t|cf|vs|viz|resp|approx|Figs?|Eqs?|Secs?|Refs?|Dr|Prof)\.$"
)
_ENUMERATOR = r"(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)|\d{1,2}\.)"
_ONLY_ENUMERATOR = re.compile(rf"^\W*{_ENUMERATOR}$")
_TRAILING_ENUMERATOR = re.compile(rf"(?<=[.!?:;,])\s+({_ENUMERATOR})$")
_OPENS = re.compile(rf"(?:{_OPENERS})\b|[A-Z][A-Za-z]+(?: [A-Za-z]+){{0,2}}:\s")
_ENDING = 39
"""Characters at the end of a sentence that tell whether it goes on; a whole sentence within them may be a label or a
number only."""
_URL = re.compile(r"(?:https?://|www\.|doi\.org/)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Character spans of the sentences of ``text``: in order, disjoint, trimmed of white space, and together holding
    all the rest.
    """
    if not text.strip():
        return []
    cuts = _punkt_cuts(text)
    for pattern in (_RUN_TOGETHER, _LOWER_START, _NO_ABBREVIATION, _LABEL, _BARE_URL, _FULL_WIDTH, _PARAGRAPH):
        cuts.update(
            m.end()
            for m in pattern.finditer(text)
            if not _ABBREVIATION.search(text[max(0, m.start() - 12) : m.start() + 1])
        )
    inside = {c for m in _URL.finditer(text) for c in range(m.start() + 1, m.end() - 1)}
    cuts = {c for c in cuts if c not in inside or _is_gap(text, c)}
    spans = [_trim(text, a, b) for a, b in pairwise(sorted(cuts | {0, len(text)}))]
    return _joined(text, _renumbered(text, _closed(text, [s for s in spans if s[0] < s[1]])))


def split_sentences(paper_id: str, abstract: str) -> tuple[Sentence, ...]:
    """The sentences of an abstract, numbered from 1."""
    return tuple(Sentence(paper_id, n, a, b, abstract[a:b]) for n, (a, b) in enumerate(sentence_spans(abstract), 1))


def _punkt_cuts(text: str) -> set[int]:
    """Where nupunkt ends sentences. Its time grows with the square of a stretch without space, so it is not given a
    very long one.
    """
    spaced = [0, *(edge for m in _UNSPACED.finditer(text) for edge in m.span()), len(text)]
    parts = zip(spaced[::2], spaced[1::2], strict=True)
    return {start + end for start, stop in parts for _, end in _tokenizer().span_tokenize(text[start:stop])}


@cache
def _tokenizer() -> PunktSentenceTokenizer:
    from nupunkt import PunktSentenceTokenizer, load_default_model

    loaded = load_default_model()
    return loaded if isinstance(loaded, PunktSentenceTokenizer) else PunktSentenceTokenizer(loaded)


def _is_gap(text: str, at: int) -> bool:
    return at >= len(text) or text[at].isspace() or text[at - 1].isspace()


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _closed(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Moves what closes a quotation or bracket to what it closes: ``(t.i.d.`` + ``) The …`` -> ``(t.i.d.)`` + ``The
    …``.
    """
    closed: list[tuple[int, int]] = []
    for start, end in spans:
        if closed and (found := _CLOSING.match(text, start, end)) and _closes(text, closed[-1], found.group()):
            closed[-1] = (closed[-1][0], found.end())
            start, end = _trim(text, found.end(), end)
        if start < end:
            closed.append((start, end))
    return closed


def _closes(text: str, before: tuple[int, int], mark: str) -> bool:
    return mark != '"' or text.count('"', *before) % 2 == 1


def _renumbered(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Moves an enumerator from a sentence's end to the start of the next: ``… data. 2.`` + ``RLHF …`` -> ``… data.`` +
    ``2. RLHF …``.
    """
    moved: list[tuple[int, int]] = []
    for start, end in spans:
        found = _TRAILING_ENUMERATOR.search(text, *moved[-1]) if moved else None
        if found and not _ALWAYS_JOINS.search(
            text, max(0, found.start() - 12), found.start()
        ):  # "Eq. 2." ends with no enumerator
            start = found.start(1)
            moved[-1] = _trim(text, moved[-1][0], start)
        moved.append((start, end))
    return moved


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Joins what is no sentence by itself to its neighbour: after an abbreviation, a lone enumerator or label, a piece
    without a word.
    """
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and _continues(text, out[-1], (start, end)):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _continues(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    following = text[after[0] : after[1]]
    if _PARAGRAPH.search(text, before[1], after[0]):
        return not _WORD.search(following)
    length = before[1] - before[0]
    ending = text[max(before[0], before[1] - _ENDING) : before[1]]
    if length <= _ENDING and (_ONLY_ENUMERATOR.match(ending) or ending.endswith(":") or _LONE_LABEL.match(ending)):
        return True
    if not (_WORD.search(following) or _ONLY_ENUMERATOR.match(following[:_ENDING])) or _ALWAYS_JOINS.search(ending):
        return True
    if _SHORT_NAME.search(ending) and _LOWER_WORD.match(following):
        return True
    return bool(_ABBREVIATION.search(ending)) and not _OPENS.match(following)


def is_stub(sentence: str) -> bool:
    """Whether a sentence is too short to tell anything, or only an address."""
    return len(sentence) < 45 or sentence.startswith(("http://", "https://", "www."))
