"""Follow-up question -> stand-alone question, by rules; pure.

    "and does it work on Atari?"         -> "Does RePo work on Atari?"  a pronoun, for a paper of the last answer
    "the second one: what did it need?"  -> "What did Drama need?"      a paper by its number or place
    "what about SERL?", "no, SERL"       -> the last question, about SERL  another name in the same place
    "and on Atari?", "why?"              -> the last question, so completed  what was left out

A question that stands alone is left as it is, though it have an "it" of its own ("Is there a way to make it cheaper to
label?"): dragging a new topic to the old one is worse than searching for a follow-up as it was typed. What only a
reader would understand is left alone too. A rewriter that asks a language model has the same shape, :class:`Rewriter`,
and falls back on :class:`FollowUps`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from rag.answering.smalltalk import spelt, without_courtesies
from rag.conversation.followups.brief import briefly
from rag.conversation.followups.earlier import BACK, earlier
from rag.conversation.followups.ellipsis import (
    ASPECT,
    BARE,
    PREPOSITION,
    SUBORDINATE,
    VERBLESS,
    completed,
    extended,
    name_place,
    shaped_name,
    verbless,
)
from rag.conversation.followups.meaning import (
    DESCRIBED,
    as_of,
    explains_itself,
    has_name,
    in_order,
    is_paper,
    opening_reference,
    papers_meant,
    unknown,
)
from rag.conversation.followups.pronouns import is_cut_short, pronoun_of
from rag.conversation.followups.references import META, METAS, ORDINALS, Mentioned, Past, references
from rag.conversation.followups.unsaid import is_unsaid
from rag.conversation.followups.wording import (
    JOINING,
    QUESTION_START,
    StandAlone,
    aspect,
    finished,
    lowered,
    named,
    plain,
    put,
)
from rag.text.words import content_words, stems
from rag.types import Turn

_NO = re.compile(
    r"^(?:(?:no|nope|sorry|oops|actually|wait|hm+|not (?:that|this|it)(?: one)?)\b[\s,.!–—-]*)*(?:i (?:actually "
    r")?(?:meant|mean)|"
    r"rather|make that)\s+",
    re.IGNORECASE,
)
_NO_COMMA = re.compile(
    r"^(?:(?:no|nope|sorry|oops|wait)\s*[,.!–—-]+\s*)+(?:not \S+[,;]?\s+(?:but\s+)?)?", re.IGNORECASE
)
_NOT_BUT = re.compile(r"^not (?:[\w“”\[\]-]+ ?){1,5}[,;:.–—-]\s*(?:but\s+)?|^not [\w-]+ but ", re.IGNORECASE)
_NOT_THAT = re.compile(r"^(?:no[\s,.!]+)?not (?P<that>[^,;:]+)$", re.IGNORECASE)
_DIFFERENCE = re.compile(r"^what(?: is| are|['’]?s) the (?:main )?differences?$", re.IGNORECASE)
_OWN_QUESTION = re.compile(r"^(?P<name>[^,:;–—]+?)(?:\s*[,:;–—]|\s+-)\s*(?P<asked>\S.*)$")
_TOPIC = re.compile(r"^(?:as (?:for|to)|regarding|concerning|about|on|for|in)\s+", re.IGNORECASE)
_SLOT = re.compile(
    r"^(?:(?:what|how) about|what of|(?:and )?the same (?:question )?(?:for|with|about|of)|same (?:for|with|about)|"
    r"(?:do )?the same for)\s+",
    re.IGNORECASE,
)
_THAT_WORK = re.compile(rf"^(?:that|this|the)\s+{META}\b\s*(?:then\s*)?(?:[:,;.?]\s*|$)", re.IGNORECASE)
_TOO = re.compile(r"[\s,]+(?:too|as well|then|instead)$", re.IGNORECASE)
_CHOICE = re.compile(
    rf"^(?:which|who)\s+(?:one\b|of\s+(?:them|both|(?:these|those|the)(?:\s+(?:two|three|"
    rf"four))?)\b(?:\s+(?!works\b){METAS}\b)?|"
    rf"{META}\b(?=\s+(?:is|was)\s+(?:the\s+)?(?:\w+(?:er|est)|better|best|more|most|less|least)\b\s*[?.!]*$)|"
    r"(?=(?:is|was|are|were)\s+(?:the\s+)?(?:\w+(?:er|est)|better|best|more|most|less|least)\b|(?:needs|requires|"
    r"takes|uses|gets|has|gives|costs|scores|performs|scales|"
    r"learns|trains|generalises|generalizes)\b|(?:works|does|did|runs|came|comes)\s+(?:better|best|well|faster|worse|"
    r"more|less|out)\b))",
    re.IGNORECASE,
)
_OF_ITS_OWN = re.compile(r"^(?:[\"“](?P<title>[^\"”]{9,})[\"”]|(?P<name>(?=\w*[A-Z])[\w.-]++(?: [\w.-]++){0,3}):)\s*\S")
_OF_SEVERAL = re.compile(r"^Which of .+? (?P<aux>is|was|has|can) (?P<rest>.+)$")
_IT_AT_END = re.compile(r"\bit(?=\s*[?.!]*$)", re.IGNORECASE)
_CAPITAL = re.compile(r"^(?:the\s+)?[“\"']?(?:[A-Z][\w-]*|\w*[A-Z\d][\w-]*)")
_SUCH_ONE = re.compile(
    rf"\b(?:the|that)\s+(?!(?:{'|'.join(ORDINALS)}|\d\w\w|last|final|other|same|previous|next|right|wrong|best|better|"
    rf"new|old|only|former|latter)\b)"
    r"(?P<words>(?:[\w-]+\s+){1,3}?)one\b(?!\s+(?:of|that|which|who|with|to|on|in)\b)",
    re.IGNORECASE,
)

LONGEST = 1_000
"""Characters of a follow-up; a longer question says what it is about."""


class Rewriter(Protocol):
    """Makes a stand-alone question of what is asked after ``history`` (oldest first; empty at the start of a
    conversation).
    """

    def __call__(self, question: str, history: Sequence[Turn]) -> StandAlone: ...


def _never(name: str) -> bool:
    return False


def _unread(paper_id: str) -> str:
    return ""


def _untitled(words: str) -> None:
    return None


class FollowUps:
    """The rules: the rewriter that needs no model."""

    def __init__(
        self,
        heads_a_title: Callable[[str], bool] = _never,
        abstract: Callable[[str], str] = _unread,
        titled: Callable[[str], tuple[str, str] | None] = _untitled,
    ) -> None:
        """``heads_a_title(name)``: whether a paper of the library is called so, which tells "for Drama" from "for
        robots".

        ``abstract(paper_id)``: the title and abstract of a cited paper; "" where they are not known. ``titled(words)``:
        id and title of the library's only paper that has these words in its title.
        """
        self._heads_a_title = heads_a_title
        self._abstract = abstract
        self._titled = titled

    def __call__(self, question: str, history: Sequence[Turn]) -> StandAlone:
        said, past = without_courtesies(question), Past.of(history)
        if not past.turns or len(said) > LONGEST:
            return StandAlone(said)
        typed, said = said, spelt(said)
        said = self._such_ones(said, past)
        for rule in (
            self._corrected,
            self._returned,
            self._choosing,
            self._completed,
            self._other_name,
            self._referring,
            self._unsaid,
        ):
            if made := rule(said, past):
                return made
        return StandAlone(typed)

    # --- "no, I meant …", "back to …" ---------------------------------------------------------------------------------

    def _corrected(self, said: str, past: Past) -> StandAlone | None:
        """“no, I meant SERL” -> the last question about SERL; “no, how does it …” -> as without the no."""
        if made := self._not_that(said, past):
            return made
        opening = _NO.match(said) or _NO_COMMA.match(said) or _NOT_BUT.match(said)
        if not opening:
            return None
        rest = said[opening.end() :].strip()
        rest = rest[again.end() :] if (again := _NO.match(rest)) else rest
        if QUESTION_START.match(rest):
            return self(rest, past.turns)
        return self._in_its_place(rest, past) or self._completed(f"and {rest}", past)

    def _not_that(self, said: str, past: Past) -> StandAlone | None:
        """“not the first one” -> the last question about the other of two."""
        denied = _NOT_THAT.match(said)
        found = opening_reference(denied["that"].strip(" ?.!"), past) if denied else None
        if not denied or not found or found.end < len(denied["that"].strip(" ?.!")):
            return None
        left = [m for m in past.pair if m not in found.papers]
        return self._in_its_place(left[0].name, past) if len(left) == 1 else None

    def _returned(self, said: str, past: Past) -> StandAlone | None:
        """“back to the first paper: why?”, “the second one: what did it need?”, “as for RePo, is it fast?”."""
        joining = JOINING.match(said)
        start = joining.end() if joining else 0
        back = BACK.match(said[start:])
        start += back.end() if back else 0
        if not back and (topic := _TOPIC.match(said[start:])):
            start += topic.end()
        rest = said[start:]
        found = opening_reference(rest, past, returning=bool(back))
        if found is None:
            return self._returned_to_topic(rest, past) if back else None
        asked = rest[found.end :]
        if asked.strip(" ?.!") and not re.match(r"\s*(?:[:,;–—]|\s-\s)", asked):
            return None
        asked = re.sub(r"^[\s:,;–—-]+", "", asked)
        if not asked.strip(" ?.!"):
            return finished(f"Tell me more about {named(found.papers)}", found.papers) if back else None
        return self._about(asked, found.papers, past)

    def _returned_to_topic(self, rest: str, past: Past) -> StandAlone | None:
        """“back to the first question: why?”, “going back to methane, how was it measured?”."""
        if (it := past.singular()) and (named_so := _THAT_WORK.match(rest)):
            asked = rest[named_so.end() :]
            return (
                self._about(asked, (it,), past)
                if asked.strip(" ?.!")
                else finished(f"Tell me more about {it.name}", (it,))
            )
        found = earlier(rest, past)
        if found is None:
            return None
        phrase, asked, then = found
        if not asked.strip(" ?.!"):
            return finished(f"Tell me more about {phrase}" if phrase else then.question, then.focus)
        pronoun = pronoun_of(asked)
        if phrase and pronoun and pronoun.kind != "authors" and not pronoun.is_bare:
            return finished(
                put(
                    asked,
                    replace(pronoun, kind="possessive" if pronoun.kind == "possessive" else "singular"),
                    phrase,
                    1,
                ),
                then.focus,
            )
        made = self(asked, then.turns)
        if phrase and made.text == asked and not stems(phrase) & stems(asked):
            return finished(f"{phrase}: {asked}", ())
        return made

    def _about(self, asked: str, papers: Sequence[Mentioned], past: Past) -> StandAlone:
        """A question of which only the paper is settled."""
        then = as_of(past, papers)
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

    # --- "which one …" ------------------------------------------------------------------------------------------------

    def _choosing(self, said: str, past: Past) -> StandAlone | None:
        """“which one is faster?” after an answer from two papers -> “Which of RePo and Drama is faster?”."""
        words = JOINING.sub("", said)
        if _DIFFERENCE.match(plain(said)) and len(past.cited) > 1:
            return finished(f"{plain(said)} between {named(in_order(past))}", past.cited)
        choice = _CHOICE.match(words)
        if not choice or len(past.pair) < 2 or not past.was_covered or not words[choice.end() :].strip(" ?.!"):
            return None
        papers = past.pair if len(past.cited) < 2 else in_order(past)
        return finished(f"Which of {named(papers)} {words[choice.end() :].strip()}", papers)

    # --- what was left out --------------------------------------------------------------------------------------------

    def _completed(self, said: str, past: Past) -> StandAlone | None:
        """“why?”, “tell me more”, “how many parameters?”, “and on Atari?”, “and the results?”."""
        bare = plain(said)
        joined_on = bool(JOINING.match(said))
        it = past.singular()
        papers = past.focus or ((it,) if it else ())
        if made := briefly(said, past, papers):
            return made
        if BARE.match(bare):
            return finished(completed(bare, past.question), past.cited if past.was_covered else ())
        if VERBLESS.match(bare) and papers and not re.search(rf"\b{METAS}$", bare, re.IGNORECASE):
            return finished(verbless(bare, named(papers), len(papers) > 1), papers)
        fragment = re.sub(r"^(?:only|even|just|also|not|what about|how about)\s+", "", bare, flags=re.IGNORECASE)
        is_fragment = joined_on or fragment != bare or said.rstrip().endswith("?")
        if (
            is_fragment
            and PREPOSITION.match(fragment)
            and (not QUESTION_START.match(fragment) or SUBORDINATE.match(fragment))
        ):
            return self._prepositional(fragment, past)
        part = ASPECT.match(bare) if joined_on or bare[:3].lower() in ("its", "the", "wha", "how") else None
        if part and papers and not is_paper(part["what"], past):
            return aspect(part["what"], papers)
        if re.search(r"\b(?:other|more|any|else)\b.*\bsimilar$", bare, re.IGNORECASE) and it:
            return finished(f"{bare} to {past.topic or it.name}", ())
        if is_cut_short(bare) and it and not has_name(bare, past):
            return finished(f"{bare} in {named(papers)}", papers)
        return None

    def _prepositional(self, fragment: str, past: Past) -> StandAlone | None:
        """“on Atari” -> the last question, on Atari; “for SERL” -> the last question about SERL."""
        preposition, _, rest = fragment.partition(" ")
        if preposition.lower() in ("for", "with", "in", "of") and (
            is_paper(rest, past) or self._heads_a_title(rest) or references(rest, past)
        ):
            return self._in_its_place(rest, past)
        if len(fragment.split()) > 9 or "," in fragment:
            return None
        return finished(
            extended(past.question, fragment, [m.name for m in past.papers.values()]),
            past.focus if past.was_covered else (),
        )

    # --- another name in the place of the last ------------------------------------------------------------------------

    def _other_name(self, said: str, past: Past) -> StandAlone | None:
        """“what about SERL?”, “and SERL?”, “SERL too?”, “the same for the other one”."""
        bare = plain(said)
        slot = _SLOT.match(bare)
        tail = _TOO.search(bare)
        if (
            not slot
            and not tail
            and not JOINING.match(said)
            and not (said.rstrip().endswith("?") and self._heads_a_title(bare))
        ):
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
        if pointed := references(other, past):
            return self._referring(f"what about {other}", past) if len(pointed) == 1 and is_thing else None
        if it and is_thing and (paper := self._elsewhere(other, it)):
            return finished(f"What about {other}", (paper,))
        if it and past.was_covered and is_thing and (slot or said.rstrip().endswith("?")):
            return finished(f"What about {other} in {named(past.focus or (it,))}", past.focus or (it,))
        return None

    def _asked_of(self, name: str, asked: str, past: Past) -> StandAlone:
        """“what about Drama, how large is it?” -> “How large is Drama?”."""
        found = opening_reference(name, past)
        if found and found.end == len(name):
            return self._about(asked, found.papers, past)
        pronoun = pronoun_of(asked)
        if pronoun and pronoun.is_bare and pronoun.instead.lower() in ("this", "that"):
            pronoun = replace(pronoun, kind="singular")
        return finished(put(asked, pronoun, name, 1) if pronoun else f"{asked} in {name}", ())

    def _in_its_place(self, other: str, past: Past) -> StandAlone | None:
        """The last question with another paper or name in the place of its own; None if ``other`` is neither."""
        other = re.sub(r"['’]s$", "", other.strip(" ?.!,"))
        found = opening_reference(other, past)
        papers = found.papers if found and found.end == len(other) else ()
        if not papers and not (_CAPITAL.match(other) or DESCRIBED.match(other) or self._heads_a_title(other)):
            return None
        if (
            not papers
            and re.match(r"^(?:the|its|their|this|that)\b", other, re.IGNORECASE)
            and not DESCRIBED.match(other)
        ):
            return None
        name = named(papers) if papers else other
        question = past.question
        if chosen := _OF_SEVERAL.match(question):
            return finished(f"{chosen['aux']} {name} {chosen['rest']}", papers)
        if any(m.place_in(question) for m in papers):
            return finished(f"Tell me more about {name}", papers)
        place = name_place(question, past)
        if place is None and not past.was_covered and (earlier := past.covered).turns:
            return self._in_its_place(other, earlier)
        if place is None:
            return finished(f"What about {name}: {lowered(question)}", papers)
        return finished(question[: place[0]] + name + question[place[1] :], papers)

    def _such_ones(self, text: str, past: Past) -> str:
        """“the empowerment one”, of the conversation or of the library, by its name."""

        def called(match: re.Match[str]) -> str:
            paper = past.named(match.group()) or self._one_titled(match["words"])
            return paper.name if paper else match.group()

        return _SUCH_ONE.sub(called, text)

    def _elsewhere(self, thing: str, it: Mentioned) -> Mentioned | None:
        """The library's only paper with a thing in its title, where the paper at hand doesn't speak of that at all."""
        known = self._abstract(it.paper_id)
        return self._one_titled(thing) if known and not stems(thing) & stems(known) else None

    def _one_titled(self, words: str) -> Mentioned | None:
        found = self._titled(words) if stems(words) else None
        return Mentioned(0, *found) if found else None

    # --- pronouns and pointers ----------------------------------------------------------------------------------------

    def _referring(self, said: str, past: Past) -> StandAlone | None:
        """“does it work on Atari?”, “compare [1] with the third one”, “what do the authors conclude?”."""
        text = JOINING.sub("", said)
        if (opening := _OF_ITS_OWN.match(text)) and not past.named(opening["title"] or opening["name"]):
            return None
        pointed = references(text, past)
        explained = explains_itself(text)
        if explained:
            pointed = [
                r for r in pointed if re.search(r"\d", text[r.start : r.end])
            ]  # "it" and "the first" have what they mean at hand
        ids = [m.paper_id for r in pointed for m in r.papers]
        pronoun = None if explained else pronoun_of(text)
        if pronoun and pronoun.is_bare and self._has_foreign_name(text[: pronoun.start], past):
            return None
        if pronoun and any(r.start <= pronoun.start < r.end for r in pointed):
            pronoun = None
        meant: tuple[Mentioned, ...] = ()
        if pronoun:
            at_hand = [m.paper_id for m in past.papers.values() if m.place_in(text)]
            meant = papers_meant(pronoun, past, [*ids, *at_hand], text)
            topic = self._subject(past, meant)
            if topic and pronoun.is_bare and pronoun.instead.lower() in ("this", "that"):
                pronoun = replace(pronoun, kind="singular")
            if topic and pronoun.kind in ("singular", "possessive") and not pointed:
                return finished(put(text, pronoun, topic, 1), meant)
            if meant:
                if topic and pronoun.kind in ("plural", "authors"):
                    text = _IT_AT_END.sub(topic, text)  # they are the authors, "it" is what was asked of
                text = put(text, pronoun, named(meant), len(meant))
                pointed = references(text, past)
        for reference in reversed(pointed):
            text = text[: reference.start] + reference.name + text[reference.end :]
        if not meant and not pointed:
            return None
        if not meant and len(pointed) == 1 and (pointed[0].start, plain(said)) == (0, plain(said[: pointed[0].end])):
            text = f"Tell me more about {plain(text)}"
        return finished(text, (*meant, *(m for r in pointed for m in r.papers)))

    def _subject(self, past: Past, meant: Sequence[Mentioned]) -> str | None:
        """What the last question asked of, where it named no paper: a topic, or the name of a thing that the paper
        meant tells of.
        """
        if past.topic or not past.cited:
            return past.topic or unknown(past)
        name = None if past.focus or len(meant) != 1 else shaped_name(past.question)
        return name if name and name in self._abstract(meant[0].paper_id) else None

    def _has_foreign_name(self, text: str, past: Past) -> bool:
        """Whether a text names what the paper at hand doesn't: "how is SINDy used for that?"."""
        it = past.singular()
        known = self._abstract(it.paper_id) if it else ""
        return bool(known) and any(word not in known for word in re.findall(r"\s(\w*[A-Z][\w-]*)", text))

    def _unsaid(self, said: str, past: Past) -> StandAlone | None:
        """“how many patients were studied?” -> “… in “Methane in the Breath””."""
        bare = plain(said)
        papers = past.focus or ((it,) if (it := past.singular()) else ())
        if not past.was_covered or len(papers) != 1 or any(m.place_in(bare) for m in past.papers.values()):
            return None
        if not is_unsaid(bare, self._abstract(papers[0].paper_id)):
            return None
        return finished(f"{bare} in {named(papers)}", papers)
