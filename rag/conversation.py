"""Follow-up question -> stand-alone question, by rules; pure.

    "and does it work on Atari?"         -> "Does RePo work on Atari?"            a pronoun, for a paper of the last answer
    "the second one: what did it need?"  -> "What did Drama need?"                a paper by its number or place
    "what about SERL?", "no, SERL"       -> the last question, about SERL         another name in the same place
    "and on Atari?", "why?"              -> the last question, so completed       what was left out

A question that stands alone is left as it is, though it have an "it" of its own ("Is there a way to make it cheaper to label?"): dragging a
new topic to the old one is worse than searching for a follow-up as it was typed. What only a reader would understand is left alone too.
A rewriter that asks a language model has the same shape, :class:`Rewriter`, and falls back on :class:`FollowUps`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from rag.followups.ellipsis import ASPECT, BARE, MORE, PREPOSITION, VERBLESS, completed, extended, name_place, verbless
from rag.followups.pronouns import Pronoun, is_cut_short, pronoun_of
from rag.followups.references import META, METAS, Mentioned, Past, Reference, references
from rag.followups.smalltalk import without_courtesies
from rag.followups.wording import JOINING, QUESTION_START, StandAlone, aspect, finished, lowered, named, plain, put
from rag.types import Turn
from rag.words import content_words

_NO = re.compile(
    r"^(?:(?:no|nope|sorry|oops|actually|wait|hm+|not (?:that|this|it)(?: one)?)\b[\s,.!–—-]*)*(?:i (?:actually )?(?:meant|mean)|"
    r"rather|make that)\s+",
    re.IGNORECASE,
)
_NO_COMMA = re.compile(r"^(?:(?:no|nope|sorry|oops|wait)\s*[,.!–—-]+\s*)+(?:not \S+[,;]?\s+(?:but\s+)?)?", re.IGNORECASE)
_NOT_BUT = re.compile(r"^not (?:[\w“”\[\]-]+ ?){1,5}[,;:.–—-]\s*(?:but\s+)?|^not [\w-]+ but ", re.IGNORECASE)
_DIFFERENCE = re.compile(r"^what(?: is| are|['’]?s) the (?:main )?differences?$", re.IGNORECASE)
_BACK = re.compile(
    r"^(?:(?:let'?s|let us|can we|could we|please|i want to|i'd like to)\s+)*(?:(?:go(?:ing)?|get(?:ting)?|come|coming|switch(?:ing)?)\s+)?"
    r"(?:back to|return(?:ing)? to)\s+",
    re.IGNORECASE,
)
_OWN_QUESTION = re.compile(r"^(?P<name>[^,:;–—]+?)(?:\s*[,:;–—]|\s+-)\s*(?P<asked>\S.*)$")
_TOPIC = re.compile(r"^(?:as (?:for|to)|regarding|concerning|about|on|for|in)\s+", re.IGNORECASE)
_SLOT = re.compile(
    r"^(?:(?:what|how) about|what of|(?:and )?the same (?:question )?(?:for|with|about|of)|same (?:for|with|about)|"
    r"(?:do )?the same for)\s+",
    re.IGNORECASE,
)
_TOO = re.compile(r"[\s,]+(?:too|as well|then|instead)$", re.IGNORECASE)
_CHOICE = re.compile(
    rf"^which\s+(?:one\b|of\s+(?:them|these|those|the\s+two)\b(?:\s+{METAS}\b)?|(?=is\s+(?:\w+er|better|more|less)\b))", re.IGNORECASE
)
_EACH_OTHER = re.compile(r"\b(?:each other|in common|differ|(?:dis)?agree|contradict|compare|overlap|related)\b", re.IGNORECASE)
_CAPITAL = re.compile(r"^(?:the\s+)?[“\"']?(?:[A-Z][\w-]*|\w*[A-Z\d][\w-]*)")
_DESCRIBED = re.compile(rf"^(?:the|that)\s+(?:[\w-]+\s+){{1,4}}{META}$", re.IGNORECASE)


class Rewriter(Protocol):
    """Makes a stand-alone question of what is asked after ``history`` (oldest first; empty at the start of a conversation)."""

    def __call__(self, question: str, history: Sequence[Turn]) -> StandAlone: ...


def _never(name: str) -> bool:
    return False


class FollowUps:
    """The rules: the rewriter that needs no model."""

    def __init__(self, heads_a_title: Callable[[str], bool] = _never) -> None:
        """``heads_a_title(name)``: whether a paper of the library is called so, which tells "for Drama" from "for robots"."""
        self._heads_a_title = heads_a_title

    def __call__(self, question: str, history: Sequence[Turn]) -> StandAlone:
        said, past = without_courtesies(question), Past.of(history)
        if not past.turns:
            return StandAlone(said)
        for rule in (self._corrected, self._returned, self._choosing, self._completed, self._other_name, self._referring):
            if made := rule(said, past):
                return made
        return StandAlone(said)

    # --- "no, I meant …", "back to …" ------------------------------------------------------------------------------------------------

    def _corrected(self, said: str, past: Past) -> StandAlone | None:
        """“no, I meant SERL” -> the last question about SERL; “no, how does it …” -> as without the no."""
        opening = _NO.match(said) or _NO_COMMA.match(said) or _NOT_BUT.match(said)
        if not opening:
            return None
        rest = said[opening.end() :].strip()
        if QUESTION_START.match(rest):
            return self(rest, past.turns)
        return self._in_its_place(rest, past) or self._completed(f"and {rest}", past)

    def _returned(self, said: str, past: Past) -> StandAlone | None:
        """“back to the first paper: why?”, “the second one: what did it need?”, “as for RePo, is it fast?”."""
        back = _BACK.match(said)
        opening = back or JOINING.match(said)
        start = opening.end() if opening else 0
        if not back and (topic := _TOPIC.match(said[start:])):
            start += topic.end()
        rest = said[start:]
        found = _opening_reference(rest, past, returning=bool(back))
        if found is None:
            return None
        asked = rest[found.end :]
        if asked.strip(" ?.!") and not re.match(r"\s*(?:[:,;–—]|\s-\s)", asked):
            return None
        asked = re.sub(r"^[\s:,;–—-]+", "", asked)
        if not asked.strip(" ?.!"):
            return finished(f"Tell me more about {named(found.papers)}", found.papers) if back else None
        return self._about(asked, found.papers, past)

    def _about(self, asked: str, papers: Sequence[Mentioned], past: Past) -> StandAlone:
        """A question of which only the paper is settled."""
        then = _as_of(past, papers)
        if BARE.match(plain(asked)) and then.turns:
            return finished(completed(plain(asked), then.question), papers)
        pronoun = pronoun_of(asked)
        if pronoun:
            return finished(put(asked, pronoun, named(papers), len(papers)), papers)
        if any(m.place_in(asked) for m in papers):
            return finished(asked, papers)
        if VERBLESS.match(plain(asked)):
            return finished(verbless(plain(asked), named(papers), len(papers) > 1), papers)
        return finished(f"{plain(asked)} in {named(papers)}", papers)

    # --- "which one …" --------------------------------------------------------------------------------------------------------------

    def _choosing(self, said: str, past: Past) -> StandAlone | None:
        """“which one is faster?” after an answer from two papers -> “Which of RePo and Drama is faster?”."""
        words = JOINING.sub("", said)
        if _DIFFERENCE.match(plain(said)) and len(past.cited) > 1:
            return finished(f"{plain(said)} between {named(past.cited)}", past.cited)
        choice = _CHOICE.match(words)
        if not choice or len(past.pair) < 2 or not past.was_covered or not words[choice.end() :].strip(" ?.!"):
            return None
        papers = past.cited if len(past.cited) > 1 else past.pair
        return finished(f"Which of {named(papers)} {words[choice.end() :].strip()}", papers)

    # --- what was left out ------------------------------------------------------------------------------------------------------------

    def _completed(self, said: str, past: Past) -> StandAlone | None:
        """“why?”, “tell me more”, “how many parameters?”, “and on Atari?”, “and the results?”."""
        bare = plain(said)
        joined_on = bool(JOINING.match(said))
        it = past.singular()
        papers = past.focus or ((it,) if it else ())
        if MORE.match(bare) and papers:
            return finished(f"Tell me more about {named(papers)}", papers)
        if BARE.match(bare):
            return finished(completed(bare, past.question), past.cited if past.was_covered else ())
        if VERBLESS.match(bare) and papers and not re.search(rf"\b{METAS}$", bare, re.IGNORECASE):
            return finished(verbless(bare, named(papers), len(papers) > 1), papers)
        fragment = re.sub(r"^(?:only|even|just|also|not|what about|how about)\s+", "", bare, flags=re.IGNORECASE)
        is_fragment = joined_on or fragment != bare or said.rstrip().endswith("?")
        if is_fragment and PREPOSITION.match(fragment) and not QUESTION_START.match(fragment):
            return self._prepositional(fragment, past)
        part = ASPECT.match(bare) if joined_on or bare[:3].lower() in ("its", "the", "wha", "how") else None
        if part and papers and not _is_paper(part["what"], past):
            return aspect(part["what"], papers)
        if re.search(r"\b(?:other|more|any|else)\b.*\bsimilar$", bare, re.IGNORECASE) and it:
            return finished(f"{bare} to {past.topic or it.name}", ())
        if is_cut_short(bare) and it and not _has_name(bare, past):
            return finished(f"{bare} in {named(papers)}", papers)
        return None

    def _prepositional(self, fragment: str, past: Past) -> StandAlone | None:
        """“on Atari” -> the last question, on Atari; “for SERL” -> the last question about SERL."""
        preposition, _, rest = fragment.partition(" ")
        if preposition.lower() in ("for", "with", "in", "of") and (
            _is_paper(rest, past) or self._heads_a_title(rest) or references(rest, past)
        ):
            return self._in_its_place(rest, past)
        if len(fragment.split()) > 9 or "," in fragment:
            return None
        return finished(extended(past.question, fragment), past.focus if past.was_covered else ())

    # --- another name in the place of the last --------------------------------------------------------------------------------------

    def _other_name(self, said: str, past: Past) -> StandAlone | None:
        """“what about SERL?”, “and SERL?”, “SERL too?”, “the same for the other one”."""
        bare = plain(said)
        slot = _SLOT.match(bare)
        tail = _TOO.search(bare)
        if not slot and not tail and not JOINING.match(said) and not (said.rstrip().endswith("?") and self._heads_a_title(bare)):
            return None
        other = _TOO.sub("", bare[slot.end() :] if slot else bare)
        if slot and (own := _OWN_QUESTION.match(other)) and QUESTION_START.match(own["asked"]):
            return self._asked_of(own["name"], own["asked"], past)
        if not other or QUESTION_START.match(other) or len(other.split()) > 9:
            return None
        if made := self._in_its_place(other, past):
            return made
        it = past.singular()
        if past.topic and slot and (place := name_place(past.question, past)):
            return finished(past.question[: place[0]] + other + past.question[place[1] :], ())
        is_thing = content_words(other) and len(other.split()) <= 5 and not pronoun_of(other)
        if it and past.was_covered and is_thing and (slot or said.rstrip().endswith("?")):
            return finished(f"What about {other} in {named(past.focus or (it,))}", past.focus or (it,))
        return None

    def _asked_of(self, name: str, asked: str, past: Past) -> StandAlone:
        """“what about Drama, how large is it?” -> “How large is Drama?”."""
        found = _opening_reference(name, past)
        if found and found.end == len(name):
            return self._about(asked, found.papers, past)
        pronoun = pronoun_of(asked)
        return finished(put(asked, pronoun, name, 1) if pronoun else f"{asked} in {name}", ())

    def _in_its_place(self, other: str, past: Past) -> StandAlone | None:
        """The last question with another paper or name in the place of its own; None if ``other`` is neither."""
        other = other.strip(" ?.!,")
        found = _opening_reference(other, past)
        papers = found.papers if found and found.end == len(other) else ()
        if not papers and not (_CAPITAL.match(other) or _DESCRIBED.match(other) or self._heads_a_title(other)):
            return None
        if not papers and re.match(r"^(?:the|its|their|this|that)\b", other, re.IGNORECASE) and not _DESCRIBED.match(other):
            return None
        name = named(papers) if papers else other
        question = past.question
        if any(m.place_in(question) for m in papers):
            return finished(f"Tell me more about {name}", papers)
        place = name_place(question, past)
        if place is None and not past.was_covered and (earlier := past.covered).turns:
            return self._in_its_place(other, earlier)
        if place is None:
            return finished(f"What about {name}: {lowered(question)}", papers)
        return finished(question[: place[0]] + name + question[place[1] :], papers)

    # --- pronouns and pointers --------------------------------------------------------------------------------------------------------

    def _referring(self, said: str, past: Past) -> StandAlone | None:
        """“does it work on Atari?”, “compare [1] with the third one”, “what do the authors conclude?”."""
        text = JOINING.sub("", said)
        pointed = references(text, past)
        ids = [m.paper_id for r in pointed for m in r.papers]
        pronoun = pronoun_of(text)
        if pronoun and any(r.start <= pronoun.start < r.end for r in pointed):
            pronoun = None
        meant: tuple[Mentioned, ...] = ()
        if pronoun:
            meant = _meant(pronoun, past, ids, text)
            topic = past.topic if past.topic or past.cited else _unknown(past)
            if topic and pronoun.kind in ("singular", "possessive") and not pointed:
                return finished(put(text, pronoun, topic, 1), meant)
            if meant:
                text = put(text, pronoun, named(meant), len(meant))
                pointed = references(text, past)
        for reference in reversed(pointed):
            text = text[: reference.start] + named(reference.papers) + text[reference.end :]
        if not meant and not pointed:
            return None
        if not meant and len(pointed) == 1 and (pointed[0].start, plain(said)) == (0, plain(said[: pointed[0].end])):
            text = f"Tell me more about {plain(text)}"
        return finished(text, (*meant, *(m for r in pointed for m in r.papers)))


def _unknown(past: Past) -> str | None:
    """The name that the last question asked for and no abstract has."""
    place = name_place(past.question, past)
    return past.question[slice(*place)] if place else None


def _meant(pronoun: Pronoun, past: Past, but: Sequence[str], text: str) -> tuple[Mentioned, ...]:
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


def _opening_reference(text: str, past: Past, *, returning: bool = False) -> Reference | None:
    """The papers that a text begins with, by number, order or name."""
    found = next((r for r in references(text, past, returning=returning) if r.start == 0), None)
    if found:
        return found
    phrase = re.match(r"^(.+?)(?=\s*(?:[:,;?]|\s[–—-]\s|$))", text)
    named = past.named(phrase.group(1)) if phrase else None
    return Reference(0, phrase.end(), (named,)) if phrase and named else None


def _as_of(past: Past, papers: Sequence[Mentioned]) -> Past:
    """The conversation up to the last question that these papers answered."""
    wanted = {m.paper_id for m in papers}
    turns = past.turns
    while turns and not wanted & {s.paper.paper_id for s in turns[-1].answer.sources}:
        turns = turns[:-1]
    return Past(turns)


def _is_paper(phrase: str, past: Past) -> bool:
    return bool(past.named(phrase) or _DESCRIBED.match(phrase.strip(" ?.!")))


def _has_name(text: str, past: Past) -> bool:
    return any(m.place_in(text) for m in past.papers.values()) or bool(re.search(r"\s[“\"]?\w*[A-Z]", text))
