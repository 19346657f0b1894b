"""Abstract -> sentences with exact offsets.

``nupunkt`` finds the boundaries that prose announces; this module adds what abstracts do to prose: sentences run together without a space,
sentences that start in lower case, enumerations ("1. … 2. …") whose numbers belong to what follows, labels of structured abstracts, and
abbreviations that only end a sentence by accident. The text is never changed: a sentence is a slice, ``abstract[start:end]``.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.types import Sentence

if TYPE_CHECKING:
    from nupunkt import PunktSentenceTokenizer

# Words that open a sentence often and a file extension, module or member name never: what follows a full stop without a space.
_OPENERS = (
    "A|An|The|This|That|These|Those|We|Our|It|Its|In|On|To|For|From|With|Without|By|At|As|If|When|While|Where|Although|Though|Despite|However|"
    "Moreover|Furthermore|Further|Additionally|Also|Thus|Therefore|Hence|Here|There|Then|Finally|First|Second|Third|Specifically|Unlike|"
    "Experiments|Experimental|Extensive|Empirical|Empirically|Results|Such|Since|Because|Consequently|Recent|Recently|Code|Compared|Instead|"
    "They|Their|Both|One|Two|Most|Many|Some|Each|Existing|Based|Using|Through|Notably|Importantly|Overall|Remarkably"
)
_RUN_TOGETHER = re.compile(rf"(?<=[a-z0-9%)\]])[.!?][)\"'\]]*(?=(?:{_OPENERS})\b[\s,])|(?<=\))[.!?](?=[A-Z][a-z]+\s)")
_LOWER_OPENERS = "we|our|this|these|those|in this|in particular|in addition|to this end|to address|however|moreover|furthermore|therefore|thus|it|here|experiments|extensive|the"
_LOWER_START = re.compile(rf"(?<=[a-z0-9%)\]])[.!?][)\"'\]]*\s+(?=(?:{_LOWER_OPENERS})\s)")
_LABEL = re.compile(
    r"(?<=[\w.;,)%])\s+(?=(?:BACKGROUND|INTRODUCTION|OBJECTIVES?|AIMS?|PURPOSE|METHODS?|DESIGN|SETTING|RESULTS|FINDINGS|CONCLUSIONS?|"
    r"INTERPRETATION|DISCUSSION|Background|Objectives?|Aims?|Purpose|Methods?|Results|Findings|Conclusions?)\s*:\s)"
)
_LONE_LABEL = re.compile(r"^(?:background|introduction|objectives?|aims?|purpose|methods?|design|results|findings|conclusions?)[.:]$", re.IGNORECASE)
_BARE_URL = re.compile(r"[.!?]\s+(?=(?:https?://|www\.)\S+\s*$)")
_PARAGRAPH = re.compile(r"\n\s*\n")
# A boundary right after one of these is no boundary unless a new sentence clearly begins.
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.\s?g|i\.\s?e|et al|w\.\s?r\.\s?t|cf|vs|viz|resp|approx|Figs?|Eqs?|Secs?|Refs?|Nos?|Vol|ca|St|Dr|Prof|incl|al)\.|\b[A-Z]\.)[\"')\]]*$"
)
_ALWAYS_JOINS = re.compile(r"\b(?:e\.\s?g|i\.\s?e|w\.\s?r\.\s?t|cf|vs|viz|resp|approx|Figs?|Eqs?|Secs?|Refs?|Dr|Prof)\.$")
_ENUMERATOR = r"(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)|\d{1,2}\.)"
_ONLY_ENUMERATOR = re.compile(rf"^\W*{_ENUMERATOR}$")
_TRAILING_ENUMERATOR = re.compile(rf"(?<=[.!?:;,])\s+({_ENUMERATOR})$")
_URL = re.compile(r"(?:https?://|www\.|doi\.org/)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Character spans of the sentences of ``text``, in order, disjoint, trimmed of white space; together they hold every visible character."""
    if not text.strip():
        return []
    cuts = _punkt_cuts(text)
    for pattern in (_RUN_TOGETHER, _LOWER_START, _LABEL, _BARE_URL, _PARAGRAPH):
        cuts.update(m.end() for m in pattern.finditer(text) if not _ABBREVIATION.search(text[max(0, m.start() - 12) : m.start() + 1]))
    urls = [m.span() for m in _URL.finditer(text)]
    cuts = {c for c in cuts if not any(a < c < b - 1 and not _is_gap(text, c) for a, b in urls)}
    spans = [_trim(text, a, b) for a, b in pairwise(sorted(cuts | {0, len(text)}))]
    return _joined(text, _renumbered(text, [s for s in spans if s[0] < s[1]]))


def split_sentences(paper_id: str, abstract: str) -> tuple[Sentence, ...]:
    """The sentences of an abstract, numbered from 1."""
    return tuple(Sentence(paper_id, n, a, b, abstract[a:b]) for n, (a, b) in enumerate(sentence_spans(abstract), 1))


def _punkt_cuts(text: str) -> set[int]:
    return {end for _, end in _tokenizer().span_tokenize(text)}


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


def _renumbered(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Moves an enumerator at the end of a sentence to the start of the next: ``… data. 2.`` + ``RLHF …`` -> ``… data.`` + ``2. RLHF …``."""
    moved: list[tuple[int, int]] = []
    for start, end in spans:
        if moved and (found := _TRAILING_ENUMERATOR.search(text, moved[-1][0], moved[-1][1])):
            before, start = moved[-1], found.start(1)
            moved[-1] = _trim(text, before[0], start)
        moved.append((start, end))
    return moved


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Joins what is no sentence by itself to its neighbour: after an abbreviation, a lone enumerator or label, a piece without a word."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and _continues(text, out[-1], (start, end)):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _continues(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    previous, following = text[before[0] : before[1]], text[after[0] : after[1]]
    if _PARAGRAPH.search(text, before[1], after[0]):
        return not _WORD.search(following)
    if _ONLY_ENUMERATOR.match(previous) or not (_WORD.search(following) or _ONLY_ENUMERATOR.match(following)):
        return True
    if (previous.endswith(":") and len(previous) < 40) or _LONE_LABEL.match(previous) or _ALWAYS_JOINS.search(previous):
        return True
    return bool(_ABBREVIATION.search(previous)) and not re.match(rf"(?:{_OPENERS})\b", following)
