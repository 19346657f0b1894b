"""Does a question give one paper what another has introduced? "How does Drama's UP-MPC plan?", where UP-MPC is COPlanner's; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.asking import compares
from rag.followups.references import is_named_in, spoken_name
from rag.retrieval import Found, Question
from rag.rules.names import names
from rag.subjects import OTHERS, introduces
from rag.types import Sentence
from rag.words import content_words

_BOTH_MEANT = re.compile(
    r"\b(?:than|over|vs|versus|beat\w*|outperform\w*|surpass\w*|better|worse|against|unlike|instead of|like|both|and|or|with|on)\b",
    re.IGNORECASE,
)
"""Words by which a question may speak of another paper's method beside this one's."""


@dataclass(frozen=True)
class Borrowed:
    """``sentence``, of the found paper number ``paper``, introduces what the question gives to the first; ``told`` says so."""

    paper: int
    sentence: Sentence
    told: str


def borrowed(asked: Question, found: Sequence[Found]) -> Borrowed | None:
    """The first name of a question that the paper which it calls by name nowhere has, and that a sentence of another introduces."""
    question = asked.text
    if not found or not is_named_in(question, found[0].passage.paper.title) or compares(question) or _BOTH_MEANT.search(question):
        return None
    own = found[0].passage.paper
    for name in names(question):
        name = re.sub(r"[’']s$", "", name)
        if name.lower() in f"{own.title} {own.abstract}".lower() or not _is_rare(name, asked):
            continue
        for n, other in enumerate(found[1:], 1):
            evidence = (s for s, likely in zip(other.sentences, other.likely, strict=True) if likely > 0)
            sentence = next((s for s in evidence if introduces(s.text, name)), None)
            if sentence:
                theirs = spoken_name(other.passage.paper.title)
                return Borrowed(n, sentence, f"{spoken_name(own.title)} has no “{name}” in its abstract; {theirs} introduces it")
    return None


def _is_rare(name: str, asked: Question) -> bool:
    """Whether so few papers have a word of the name that it can be one paper's own."""
    return any(0 < asked.frequency.get(word, 0) <= OTHERS for word in content_words(name))
