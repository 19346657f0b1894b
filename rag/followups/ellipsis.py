"""Questions that leave most of themselves out, and how the last question completes them; pure.

"Does RePo need rewards?" then "why?"              -> "Why does RePo need rewards?"
"How well does Drama do on Atari?", "in robotics?" -> "How well does Drama do in robotics?" … "on Crafter?" -> "… do on Crafter?"
"""

from __future__ import annotations

import re

from rag.followups.references import META, Past

_AUX = r"(?:does|do|did|is|are|was|were|has|have|had|can|could|will|would|should|may|might|must)"
_PREPOSITIONS = (
    r"(?:on|in|at|for|with|under|without|against|by|from|during|when|if|after|before|using|over|across|outside|beyond|among|while)"
)
MORE = re.compile(
    r"^(?:(?:can|could|would) you |please )*(?:(?:tell|show|give|say)(?: (?:me|us))?(?: (?:a (?:bit|little)|some))? (?:more|"
    r"(?:more |further )?details?)|"
    r"more(?: details?| information| info)?|go on|continue|elaborate|(?:any )?(?:(?:more|further) )?details?|anything else|"
    r"what else|expand|"
    r"explain(?: (?:further|more|more fully))?|keep going|i want to know more)(?: please)?(?:(?: (?:about|on|of|for))? (?:it|this|"
    r"that|them|these|"
    rf"(?:this|that|the) {META}))?(?: please)?$",
    re.IGNORECASE,
)
"""Asks for more of the same."""
BARE = re.compile(
    r"^(?:why|how|when|where|who|whom|how so|how come|why (?:so(?: \w+)?|not|is (?:that|this|it)(?: so)?|was that|that|exactly|"
    r"though)|how (?:exactly|is that(?: possible)?)|"
    r"(?:by |for |with )?how (?:much|many|far|fast|long|often|well|large|big|good|badly|strongly|reliably|quickly|efficiently)|"
    r"(?:by|for|with|from|to|against) (?:whom|what|which)|(?:compared|relative) (?:to|with) (?:what|which|whom)(?: \w+)?|"
    r"since when|(?:in )?(?:what|which) year|"
    r"which ones?|such as(?: what)?|like what|(?:for (?:example|instance)|an example)|really|is (?:that|this) (?:so|true)|"
    r"(?:on|in|with|against|under|using|from|at|for|over|across|through) (?:what|which|how many)(?: [\w-]+){1,3}|to what extent|"
    r"in what (?:way|sense)s?)$",
    re.IGNORECASE,
)
"""A question word and next to nothing else."""
_THINGS = (
    r"(?:benchmarks?|data|data ?sets?|tasks?|games?|domains?|environments?|robots?|models?|baselines?|metrics?|accuracy|scores?|"
    r"rates?|sizes?|results?|"
    r"rewards?|loss(?:es)?|objectives?|architectures?|optimi[sz]ers?|parameters?|hardware|gpus?|code|languages?|venue|journal|"
    r"simulators?|settings?|"
    r"experiments?|improvements?|gains?|percent\w*|speed-?ups?|budget|numbers?|figures?|examples?|problems?|limitations?|"
    r"assumptions?|steps?|stages?|"
    r"components?|modalities|tools?|inputs?|outputs?|users?|people|participants?|labels?|samples?|layers?|hours?|days?|seeds?|"
    r"images?|tokens?)"
)
VERBLESS = re.compile(
    rf"^(?:(?:which|what)(?: (?!(?:{_AUX}|about|{META}|its|their|the|this|that)\b|\w+(?:s|ed)\b)[\w-]+)? {_THINGS}|how (?:many|"
    rf"much) (?!(?:{_AUX}|of|else|more|it|they|them)\b)[\w-]+(?: {_THINGS}|er|ly)?)$",
    re.IGNORECASE,
)
"""A question word and a thing, no verb: "how many parameters"."""
PREPOSITION = re.compile(rf"^{_PREPOSITIONS}\s+\S", re.IGNORECASE)
ASPECT = re.compile(
    rf"^(?:(?:what|how) about )?(?P<what>(?:the|its|their)\s+(?!same\b|other\b|two\b|first\b|second\b|third\b|last\b|former\b|latter\b)"
    rf"(?:(?!(?:{_AUX}|that|which)\b)[\w-]+\s*){{1,4}})$",
    re.IGNORECASE,
)
"""A part of what was spoken of: "and the results?"."""
_QUESTION_WORDS = re.compile(
    rf"^(?P<words>(?:(?:on|in|at|for|with|by|to|from|of|under|against|through|using) )?(?P<which>what|which|whose|why|when|where|"
    rf"how|who|whom)\b"
    rf"(?P<noun>(?:\s+(?!{_AUX}\b)[\w-]+){{0,5}}))\s+(?=(?P<aux>{_AUX})\b)",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(rf"\bthe\s+(?:[\w-]+\s+){{1,3}}?{META}\b", re.IGNORECASE)
_SUBJECT = re.compile(rf"(?:^|\b){_AUX}\s+(?:the\s+)?(?P<name>(?!I\b)[A-Z][\w-]*(?:\s+[A-Z\d][\w.-]*)*)")
_SHAPED = re.compile(r"(?<![\w-])[A-Z]?[a-z]*(?:[a-z][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*")
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][\w-]+(?: [A-Z\d][\w.-]*)*")


def completed(words: str, question: str) -> str:
    """A bare question word before what the last question asked.

    ``why``, ``How does RePo keep distractors out?`` -> ``Why does RePo keep distractors out?``
    """
    words = _BARE_FORMS.get(words.lower(), words)
    clause = None if re.match(r"why so \w", words, re.IGNORECASE) else _clause(question)
    if clause is None:
        is_plain = re.match(r"(?:wh|how|is|are|do|can|compare|tell)", question, re.IGNORECASE)
        first = question[:1].lower() if is_plain else question[:1]
        return f"{words}: {first}{question[1:]}"
    return f"{words} {clause}?"


_BARE_FORMS = {
    "how so": "how", "how come": "why", "why so": "why", "why that": "why", "why is that": "why", "why is this": "why",
    "why is it": "why", "why is that so": "why", "why is it so": "why", "why is this so": "why", "why was that": "why",
    "why exactly": "why", "why though": "why", "how exactly": "how", "how is that": "how", "how is that possible": "how",
    "what year": "in what year", "which year": "in which year",
}  # fmt: skip


def _clause(question: str) -> str | None:
    """What a question asks of, with its auxiliary first: ``does RePo keep distractors out``; None where there is no such part."""
    plain = question.strip(" ?.!")
    if re.match(rf"{_AUX}\b", plain, re.IGNORECASE):
        return plain[:1].lower() + plain[1:]
    match = _QUESTION_WORDS.match(plain)
    if not match:
        return None
    rest, which, noun = plain[match.end() :], match["which"].lower(), match["noun"].strip()
    if which in ("why", "when", "where") or (which == "how" and not noun.startswith(("many", "much"))):
        return rest
    if match["aux"].lower() in ("is", "are", "was", "were") and not re.search(r"\w(?:ed|en|sed|ing)\b", rest):
        return None  # "What is RePo": nothing is left to ask of
    if match["words"].split()[0].lower() != which:
        return f"{rest} {match['words'].split()[0].lower()} that {noun}".strip()
    if len(rest.split()) < 2 or re.match(rf"{_AUX}\s+(?:not\s+)?\w+ing\b", rest):
        return None
    that = {"how": "that " + noun}.get(which, f"that {noun}" if noun else "that")
    return f"{rest} {that}".strip() if len(rest.split()) <= 4 else rest


def extended(question: str, fragment: str) -> str:
    """The last question with a phrase at its end, in the place of one with the same preposition."""
    plain = question.strip(" ?.!")
    preposition = fragment.split(maxsplit=1)[0]
    ending = re.search(rf"\s{re.escape(preposition)}\s+(?:(?!\s{_PREPOSITIONS}\s).)+$", plain, re.IGNORECASE)
    if ending and len(ending.group().split()) <= 7 and not re.search(r"\b(?:which|what)$", plain[: ending.start()]):
        plain = plain[: ending.start()]
    return f"{plain} {fragment}?"


def verbless(words: str, name: str, many: bool) -> str:
    """``how many parameters``, ``Drama`` -> ``how many parameters does Drama have``; ``how much faster`` -> ``… is Drama``."""
    compared = re.search(r"\b(?:\w+er|better|worse|more \w+|less \w+)$", words, re.IGNORECASE)
    if compared and words.lower().startswith("how much"):
        return f"{words} {'are' if many else 'is'} {name}"
    return f"{words} {'do' if many else 'does'} {name} have"


def name_place(question: str, past: Past) -> tuple[int, int] | None:
    """Where the last question says what it is about: a cited paper's name, "the … paper", or a word written like a name."""
    if past.topic and past.topic in question:
        return question.index(past.topic), question.index(past.topic) + len(past.topic)
    placed = [place for m in past.papers.values() if (place := m.place_in(question))]
    if placed:
        return max(placed)
    if match := _DESCRIBED.search(question):
        return match.span()
    for pattern in (_SUBJECT, _SHAPED, _CAPITAL):
        if match := pattern.search(question):
            return match.span(match.re.groupindex.get("name", 0))
    return None
