"""Which papers of a conversation a pronoun, a name or an opening phrase means; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.conversation.followups.ellipsis import name_place
from rag.conversation.followups.pronouns import Pronoun
from rag.conversation.followups.references import META, Mentioned, Past, Reference, references
from rag.conversation.followups.wording import QUESTION_START
from rag.text.words import content_words

_MOST_WORDS = 11
"""Content words of a question that may leave something to its history; a longer one explains itself."""
_EACH_OTHER = re.compile(
    r"\b(?:each other|in common|differ|(?:dis)?agree|contradict|compare|overlap|related)\b", re.IGNORECASE
)
DESCRIBED = re.compile(rf"^(?:the|that)\s+(?:[\w-]+\s+){{1,4}}{META}$", re.IGNORECASE)
"""“the empowerment paper”."""


def explains_itself(text: str) -> bool:
    """Whether a question is long enough, or describes what it is about before a colon, so that it refers to nothing
    before it.
    """
    described, colon, asked = text.partition(":")
    return len(content_words(text)) > _MOST_WORDS or bool(
        colon and len(content_words(described)) > 3 and QUESTION_START.match(asked.strip())
    )


def in_order(past: Past) -> tuple[Mentioned, ...]:
    """The papers of the last answer: as its question named them all, else by number."""
    return past.focus if len(past.focus) == len(past.cited) else past.cited


def unknown(past: Past) -> str | None:
    """The name that the last question asked for and no abstract has."""
    place = name_place(past.question, past)
    return past.question[slice(*place)] if place else None


def papers_meant(pronoun: Pronoun, past: Past, but: Sequence[str], text: str) -> tuple[Mentioned, ...]:
    """The papers that a pronoun of a text stands for."""
    if pronoun.is_plural and _EACH_OTHER.search(text) and len(past.pair) > 1:
        return past.pair
    if pronoun.is_plural and len(past.cited) > 1:
        papers = past.focus if len(past.focus) > 1 else past.cited
        return tuple(m for m in papers if m.paper_id not in but) or papers
    if pronoun.is_bare and past.focus:
        return past.focus
    it = past.singular(but)
    return (it,) if it else ()


def opening_reference(text: str, past: Past, *, returning: bool = False) -> Reference | None:
    """The papers that a text begins with, by number, order or name."""
    found = next((r for r in references(text, past, returning=returning) if r.start == 0), None)
    if found:
        return found
    phrase = re.match(r"^(.+?)(?=\s*(?:[:,;?]|\s[–—-]\s|$))", text)
    named = past.named(phrase.group(1)) if phrase else None
    return Reference(0, phrase.end(), (named,)) if phrase and named else None


def as_of(past: Past, papers: Sequence[Mentioned]) -> Past:
    """The conversation up to the last question that these papers answered."""
    wanted = {m.paper_id for m in papers}
    turns = past.turns
    while turns and not wanted & {s.paper.paper_id for s in turns[-1].answer.sources}:
        turns = turns[:-1]
    return Past(turns)


def is_paper(phrase: str, past: Past) -> bool:
    return bool(past.named(phrase) or DESCRIBED.match(phrase.strip(" ?.!")))


def has_name(text: str, past: Past) -> bool:
    return any(m.place_in(text) for m in past.papers.values()) or bool(re.search(r"\s[“\"]?\w*[A-Z]", text))
