"""How a stand-alone question is put into words: names in the place of pronouns, a capital, a mark at the end; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.conversation.followups.pronouns import Pronoun
from rag.conversation.followups.references import METAS, Mentioned
from rag.text.titles import joined

JOINING = re.compile(
    r"^(?:(?:and|but|so|or|also|plus|then|hmm?|well|ok|okay|now|next|actually|oh|yes|yeah|right)\b[\s,]*)+",
    re.IGNORECASE,
)
QUESTION_START = re.compile(
    r"^(?:(?:on|in|at|for|with|by|to|from|of|under|against|through) )?(?:what|which|whose|why|when|where|how|who|whom|"
    r"is|are|was|"
    r"were|do|does|did|has|have|had|can|could|will|would|should|may|might|must|compare|summari[sz]e|explain|describe|"
    r"list|tell|show|give)\b",
    re.IGNORECASE,
)
_FOR_PAPERS = re.compile(
    rf"^(?:which|what|are there|is there|list|find)(?: (?:other|an?|any|all))*(?: (?:{METAS}|paper|work|study))\b(?! "
    rf"of\b)",
    re.IGNORECASE,
)

_BY_PEOPLE = re.compile(
    r"^(?:\s+(?:\w+ly|also|not|ever|even|actually|then|already|really))*\s+(?:conclude|propose|implement|run\b|ran\b|"
    r"set\b|pick|select|recruit|enrol|suggest|recommend|f[io]u?nd|show|claim|argue|report|use|test|evaluate|"
    r"measure|compare|stud[iy]|examine|analy[sz]e|look|see|saw|observe|collect|train|build|built|develop|introduce|"
    r"present|prove|explain|describe|discuss|mean|say|said|"
    r"think|thought|hypothesi[sz]e|assume|do\b|done|try|tri|address|solve|deal|call|define|consider|investigate|ask|"
    r"learn|get|make|made|choose|chose|release|publish|"
    r"plan|provide|work\b|avoid|handle|exploit|apply|appli|combine|extend|release|validate|verify|verifi|attribute|"
    r"mitigate|reduce|improve|mention|cite|rely|write|wrote)",
    re.IGNORECASE,
)
"""After "they": what authors do rather than what they write about."""


@dataclass(frozen=True)
class StandAlone:
    """A question that needs no history. ``about``: ids of the papers that it points at, which an answer has to
    prefer.
    """

    text: str
    about: tuple[str, ...] = ()


def put(text: str, pronoun: Pronoun, name: str, count: int) -> str:
    """A question with what a pronoun means in its place, ``count`` things; with a "this" that means a thing said, that
    goes to the end.
    """
    if pronoun.kind == "kept":
        before, after = text[: pronoun.start], text[pronoun.end :]
        return f"{plain(before + pronoun.instead + after)} in {name}"
    before, after = text[: pronoun.start], text[pronoun.end :]
    if re.fullmatch(r"it['’]s", text[pronoun.start : pronoun.end], re.IGNORECASE) and pronoun.kind == "singular":
        name += " is"
    if pronoun.kind == "possessive" and name.endswith("”"):
        return f"{plain(f'{before}the{after}')} in {name}"
    if (
        pronoun.kind == "plural"
        and count == 1
        and not (_BY_PEOPLE.match(after) and re.match(r"they\b", text[pronoun.start :], re.IGNORECASE))
    ):
        return f"{plain(text)} in {name}"  # patients, cells, agents: who knows
    if pronoun.kind == "possessive":
        name += "'s"
    elif pronoun.kind == "authors" or (pronoun.kind == "plural" and count == 1):
        name = f"the authors of {name}"
    return before + name + after


def aspect(what: str, papers: Sequence[Mentioned]) -> StandAlone:
    """“and the results?” becomes “What are the results of RePo?”."""
    what = re.sub(r"^(?:its|their)\s+", "the ", what, flags=re.IGNORECASE)
    noun = what.split()[-1].lower()
    many = noun.endswith("s") and not noun.endswith(("ss", "us", "is"))
    return finished(f"What {'are' if many else 'is'} {what} of {named(papers)}", papers)


def named(papers: Sequence[Mentioned]) -> str:
    return joined([m.name for m in papers])


def plain(said: str) -> str:
    """Without a joining word before and marks after."""
    return JOINING.sub("", said).strip(" ?.!,;:")


def lowered(question: str) -> str:
    """A question to stand after a colon."""
    first = question.split(maxsplit=1)[0] if question else ""
    return question[:1].lower() + question[1:] if QUESTION_START.match(first) else question


def finished(text: str, papers: Sequence[Mentioned]) -> StandAlone:
    """A sentence with a capital and a mark at its end."""
    text = " ".join(text.split()).strip(" ,;:")
    if not text.endswith(("?", ".", "!")):
        text += (
            "."
            if re.match(
                r"(?:tell|compare|summari[sz]e|explain|describe|list|show|give|contrast)\b", text, re.IGNORECASE
            )
            else "?"
        )
    if _FOR_PAPERS.match(text):
        papers = ()  # what it asks for may be any
    return StandAlone(text[:1].upper() + text[1:], tuple(dict.fromkeys(m.paper_id for m in papers)))
