"""Which papers of a conversation a phrase refers to, and what they are called in a sentence; pure.

"the second one" -> the second paper of the last answer          "[2]", "paper 2" -> the conversation's second paper
"the other one"  -> the one that the last question is not about  "both", "the two" -> the papers of the last answer
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.text.titles import FIELD, SHAPED, head_of, joined, spoken_name
from rag.text.words import content_words, stems
from rag.types import Source, Turn

META = r"(?:paper|work|method|approach|study|article|abstract|algorithm|technique|system|framework|survey|one)"
METAS = rf"(?:{META}|studie)s"
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_SHORT_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th")
_MOST_ADDED = 8
"""Words that a completion may have put before a question: "Compared to what: does …"."""
_MOST_BEFORE = 4
"""Content words that may stand before "the latter"."""
_NUMBERED = re.compile(
    rf"\[(?P<bracketed>\d{{1,3}})\]|\b(?:paper|source|reference|ref\.?|number|no\.|nr\.?)\s+(?:(?:number|no\.?)\s+)?"
    rf"(?P<told>\d{{1,3}}|{'|'.join(_NUMBER_WORDS)})\b(?!\s+(?:of|million|percent))|#(?P<hashed>\d{{1,3}})\b",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^(?:what|who) (?:is|are|causes?|caused|prevents?|explains?|drives?|reduces?|counters?|leads? to|helps? against|"
    r"is known about|is wrong with)\s+"
    r"(?:meant by\s+)?"
    r"(?P<topic>(?!(?:its?|the|their|this|that|these|those|there|done|used|called)\b)[\w-].*?)[\s?.!]*$",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"^(?:and )?(?:which|who) of\b|^(?:is|are|does|do|did|can|was|has)\b[^,;]* or\b", re.IGNORECASE)
_AFTER = r"(?!\s+(?:to|that|which|who|where|on|about|in which|ever|is called|with which)\b)"
_END = r"(?=\s*(?:[?.,;:!]|$|\s[–—-]\s)|\s+(?:and|with|to|or|than|versus|vs)\s+(?:the|it|\[|paper)\b)"
_ACTS = (
    r"(?=\s+(?:also\s+)?(?:come|need|use|work|have|require|run|support|learn|do|beat|perform|rely|train|handle|show|"
    r"find|say|report|propose|"
    r"test|compare|differ|address|scale|generali[sz]e|outperform|apply|assume|give|make|take|get|provide|mention|"
    r"explain|claim|improve|reduce)\b)"
)
_YOU = r"(?:\s+(?:that\s+)?you\s+(?:mentioned|cited|listed|named|showed|found|told me about))?"
_ORDINAL = re.compile(
    rf"\b(?:the|that|your|its)\s+(?:very\s+)?(?P<which>{'|'.join((*ORDINALS, *_SHORT_ORDINALS))}|last|"
    rf"final(?=\s+{META}\b))"
    rf"(?:(?:\s+{META}\b|\s+of\s+(?:them|these|those|the\s+(?:two|three|four|five))(?:\s+{METAS})?\b){_YOU}{_AFTER}|"
    rf"{_END}|{_ACTS})",
    re.IGNORECASE,
)
_SOME = re.compile(
    rf"\bthe\s+(?P<which>first|last)\s+(?P<many>two|three|four)\b(?:\s+{METAS}\b|(?=\s*[?.,;:!]|$|\s+(?:have|differ|"
    rf"compare|share|"
    rf"agree|use|do|are)\b))",
    re.IGNORECASE,
)
_PAIRED = re.compile(rf"\bthe\s+(?P<which>former|latter)\b(?:\s+{META}\b)?", re.IGNORECASE)
_OTHER = re.compile(
    rf"\bthe\s+(?P<which>other|previous|earlier|preceding)(?:\s+{META}\b{_AFTER}|{_END})", re.IGNORECASE
)
_ALL = re.compile(
    rf"\b(?:(?:both|either|each|all|all three|all two|all four)\s+of\s+(?:them|these|those)(?:\s+{METAS})?|"
    rf"(?:both|all|all three|the two|the three|these two|those two|these|those)\s+{METAS}|"
    rf"(?:(?<=\bdoes )|(?<=\bdid )|(?<=\bcan )|(?<=\bis )|(?<=\bhas )|(?<=\bwas )|(?<=\bdo )|(?<=\bwould "
    rf"))either(?=\s*[?.,;:!]|$|\s+(?!\w+\s+or\b|(?:the|an?)\b))|"
    rf"(?:all (?:three|four|five)|(?<=\bof )each)(?=\s*[?.,;:!]|$)|"
    rf"(?:the two|these two|those two|them both|them all|the pair)(?=\s*[?.,;:!]|$|\s+(?:differ|compare|have|share|"
    rf"agree|use|do|"
    rf"are|relate|disagree)\b)|"
    rf"(?:(?<=^)|(?<=\bdo )|(?<=\bare )|(?<=\bdid )|(?<=\bcan )|(?<=\bwere )|(?<=\bhave )|(?<=\bof )|(?<=\bcompare )|"
    rf"(?<=\bsummarise )|(?<=\bsummarize )|(?<=\bexplain )|(?<=\bdescribe )|(?<=\babout )|(?<=\bfor )|(?<=\bcombine "
    rf"))both"
    rf"(?=\s*[?.,;:!]|$|\s+(?!\w+\s+and\b)(?:work|need|use|do|have|rely|require|improve|learn|train|trained|based|"
    rf"evaluated|tested|"
    rf"able)\b|\s+(?!\w+\s+and\b)[\w-]+\s*[?.]*$))(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mentioned:
    """A paper that the conversation has cited, under its number."""

    number: int
    paper_id: str
    title: str

    @cached_property
    def name(self) -> str:
        """What a sentence may call it: ``RePo``, or “the head of its title” where it has no name."""
        return spoken_name(self.title)

    @cached_property
    def aliases(self) -> tuple[str, ...]:
        """What people may call it, longest first."""
        head = head_of(self.title)
        shaped = {w for w in SHAPED.findall(self.title) if w.lower() not in FIELD}
        return tuple(sorted({self.title, head, self.name, *shaped}, key=len, reverse=True))

    def place_in(self, text: str) -> tuple[int, int] | None:
        """Where a text names the paper; by an odd word of its title ("INFOrmation") only if it is written as oddly."""
        for alias in self.aliases:
            exact = alias not in (self.title, head_of(self.title), self.name)
            if match := re.search(
                rf"(?<![\w-]){re.escape(alias)}(?![\w-])", text, re.NOFLAG if exact else re.IGNORECASE
            ):
                return match.span()
        return None


@dataclass(frozen=True)
class Past:
    """What a conversation offers to refer to. ``turns``: those that were questions, in order."""

    turns: tuple[Turn, ...]

    @classmethod
    def of(cls, history: Sequence[Turn]) -> Past:
        return cls(tuple(turn for turn in history if not turn.is_small_talk))

    @property
    def question(self) -> str:
        """The last question, as it stood alone, without what a completion put before its colon."""
        if not self.turns:
            return ""
        answer = self.turns[-1].answer
        before, colon, asked = answer.standalone_question.rpartition(": ")
        if (
            colon
            and answer.standalone_question != answer.question
            and re.search(r"\w\?$", asked)
            and len(before.split()) <= _MOST_ADDED
        ):
            return asked[:1].upper() + asked[1:]
        return answer.standalone_question

    @cached_property
    def papers(self) -> dict[int, Mentioned]:
        """All papers cited so far, by number."""
        met = {s.number: _mentioned(s) for turn in self.turns for s in turn.answer.sources}
        return dict(sorted(met.items()))

    @cached_property
    def cited(self) -> tuple[Mentioned, ...]:
        """The papers of the last answer that had any, by number; for an answer without sources that is an
        earlier one.
        """
        answer = next((turn.answer for turn in reversed(self.turns) if turn.answer.sources), None)
        return tuple(sorted(map(_mentioned, answer.sources), key=lambda m: m.number)) if answer else ()

    @cached_property
    def was_covered(self) -> bool:
        return bool(self.turns and self.turns[-1].answer.sources)

    @property
    def covered(self) -> Past:
        """The conversation up to the last question that was answered from papers."""
        turns = self.turns
        while turns and not turns[-1].answer.sources:
            turns = turns[:-1]
        return Past(turns)

    @cached_property
    def focus(self) -> tuple[Mentioned, ...]:
        """Those of the last answer's papers that its question named, in the order in which it did."""
        asked = next((turn.answer.standalone_question for turn in reversed(self.turns) if turn.answer.sources), "")
        return tuple(m for m in self._named_in(asked) if m in self.cited)

    def _named_in(self, question: str) -> tuple[Mentioned, ...]:
        """The papers cited so far that a question names, in its order."""
        placed = [(place, m) for m in self.papers.values() if (place := m.place_in(question))]
        return tuple(m for _, m in sorted(placed, key=lambda p: p[0]))

    @cached_property
    def topic(self) -> str | None:
        """What was last asked of where no paper was named: the "reward hacking" of "What is reward hacking?", while
        questions name it.
        """
        for n, turn in enumerate(reversed(self.turns)):
            question = turn.answer.standalone_question
            if match := _TOPIC.match(question):
                topic = match["topic"]
                later = [t.answer.standalone_question for t in self.turns[len(self.turns) - n :]]
                lasts = all(topic.casefold() in q.casefold() for q in later)
                last = re.sub(r"\bthe authors of [^?,;]+?(?=\s[a-z])", "", self.question)
                return topic if lasts and not any(m.place_in(last) for m in self.cited) else None
        return None

    def singular(self, but: Iterable[str] = ()) -> Mentioned | None:
        """What "it" is: the paper that the last question named first, else the one that the answer cited first, as
        where it had a choice.
        """
        left_out = set(but)
        named = () if _CHOICE.match(self.question) and self.was_covered else self.focus
        return next((m for m in (*named, *self._as_cited) if m.paper_id not in left_out), None)

    @property
    def _as_cited(self) -> tuple[Mentioned, ...]:
        answer = next((turn.answer for turn in reversed(self.turns) if turn.answer.sources), None)
        order = (
            {i.rpartition(":")[0]: -n for n, i in enumerate(reversed([i for c in answer.claims for i in c.citations]))}
            if answer
            else {}
        )
        return tuple(sorted(self.cited, key=lambda m: order.get(m.paper_id, 1)))

    @cached_property
    def pair(self) -> tuple[Mentioned, ...]:
        """The last two papers spoken of: what "the two", "the former" and "the other one" choose from; as a question
        named them, if one did.
        """
        if len(self.cited) > 1 and len(self.focus) != 2:
            return self.cited
        spoken_of: set[str] = set()
        for turn in reversed(self.turns):
            spoken_of |= {s.paper.paper_id for s in turn.answer.sources}
            two = self._named_in(turn.answer.standalone_question)
            if len(two) == 2 and spoken_of <= {m.paper_id for m in two}:
                return two
        met = dict.fromkeys(s.number for turn in reversed(self.turns) for s in turn.answer.sources)
        return tuple(self.papers[n] for n in sorted([*met][:2]))

    def named(self, phrase: str) -> Mentioned | None:
        """The cited paper that a phrase calls by its name, or by words of its title ("the empowerment one")."""
        plain = phrase.strip(" “”\"'‘’.,?!")
        for m in reversed(self.papers.values()):
            if any(plain.casefold() == alias.strip("“”").casefold() for alias in m.aliases):
                return m
        described = re.fullmatch(rf"(?:the|that)\s+(.+?)\s+{META}", plain, re.IGNORECASE)
        if described:
            if found := self.named(described.group(1)):
                return found
            words = stems(described.group(1))
            like = [m for m in self.papers.values() if words and words <= stems(m.title)]
            return like[0] if len(like) == 1 else None
        return None


@dataclass(frozen=True)
class Reference:
    """A phrase at ``start … end`` of a question and the papers it refers to."""

    start: int
    end: int
    papers: tuple[Mentioned, ...]
    is_choice: bool = False
    """Whether one of them is meant: "either"."""

    @property
    def name(self) -> str:
        return joined([m.name for m in self.papers], "or" if self.is_choice else "and")


def references(text: str, past: Past, *, returning: bool = False) -> list[Reference]:
    """The phrases that point at papers by number, order or pairing, in order.

    ``returning``: somebody goes back, so that "the first paper" is the conversation's, not the last answer's.
    """
    found: list[Reference] = []
    for pattern, chosen in (
        (_NUMBERED, _by_number),
        (_ORDINAL, _by_order),
        (_SOME, _some),
        (_PAIRED, _of_pair),
        (_OTHER, _other),
        (_ALL, _all),
    ):
        for match in pattern.finditer(text):
            papers = chosen(match, past, returning)
            if papers and not any(r.start < match.end() and match.start() < r.end for r in found):
                found.append(Reference(match.start(), match.end(), papers, match.group().lower().startswith("either")))
    return sorted(found, key=lambda r: r.start)


def _mentioned(source: Source) -> Mentioned:
    return Mentioned(source.number, source.paper.paper_id, source.paper.title)


def _by_number(match: re.Match[str], past: Past, returning: bool) -> tuple[Mentioned, ...]:
    told = (match["bracketed"] or match["told"] or match["hashed"]).lower()
    number = _NUMBER_WORDS.index(told) + 1 if told in _NUMBER_WORDS else int(told)
    return (past.papers[number],) if number in past.papers else ()


def _by_order(match: re.Match[str], past: Past, returning: bool) -> tuple[Mentioned, ...]:
    if re.fullmatch(r"that\s+\w+", match.group(), re.IGNORECASE):
        return ()  # "agents that first learn …"
    listed = past.cited if len(past.cited) > 1 and not returning else tuple(past.papers.values())
    which = match["which"].lower()
    if which in ("last", "final"):
        return listed[-1:]
    at = (ORDINALS if which in ORDINALS else _SHORT_ORDINALS).index(which)
    if at < len(listed):
        return (listed[at],)
    return (past.papers[at + 1],) if at + 1 in past.papers else ()


def _some(match: re.Match[str], past: Past, returning: bool) -> tuple[Mentioned, ...]:
    listed = past.cited if len(past.cited) > 1 and not returning else tuple(past.papers.values())
    many = _NUMBER_WORDS.index(match["many"].lower()) + 1
    return listed[:many] if match["which"].lower() == "first" else listed[-many:]


def _of_pair(match: re.Match[str], past: Past, returning: bool) -> tuple[Mentioned, ...]:
    if len(content_words(match.string[: match.start()])) > _MOST_BEFORE:
        return ()  # the sentence has named two of its own by then
    return past.pair[:1] if match["which"].lower() == "former" else past.pair[-1:]


def _other(match: re.Match[str], past: Past, returning: bool) -> tuple[Mentioned, ...]:
    spoken_of = past.focus[:1] or past.cited[:1]
    if match["which"].lower() != "other":
        met = dict.fromkeys(s.number for turn in reversed(past.turns) for s in turn.answer.sources)
        return tuple(m for n in met if (m := past.papers[n]) not in past.cited)[:1]
    return tuple(m for m in past.pair if m not in spoken_of)[:1]


def _all(match: re.Match[str], past: Past, returning: bool) -> tuple[Mentioned, ...]:
    told = next(
        (
            n
            for n, word in enumerate(_NUMBER_WORDS, 1)
            if n > 2 and re.search(rf"\b{word}\b", match.group(), re.IGNORECASE)
        ),
        0,
    )
    if told and len(past.cited) != told:
        met = dict.fromkeys(s.number for turn in reversed(past.turns) for s in turn.answer.sources)
        return tuple(past.papers[n] for n in sorted([*met][:told])) if len(met) >= told else ()
    return past.cited if len(past.cited) > 1 else past.pair if len(past.pair) > 1 else ()
