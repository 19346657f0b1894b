"""Questions that leave most of themselves out, and how the last question completes them; pure.

"Does RePo need rewards?" then "why?"              -> "Why does RePo need rewards?"
"How well does Drama do on Atari?", "in robotics?" -> "How well does Drama do in robotics?"
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.conversation.followups.references import META, METAS, Past
from rag.text.titles import FIELD

_AUX = r"(?:does|do|did|is|are|was|were|has|have|had|can|could|will|would|should|may|might|must)"
_PREPOSITIONS = (
    r"(?:on|in|at|for|with|under|without|against|by|from|during|when|if|after|before|using|over|across|outside|beyond|"
    r"among|while|to|of|"
    r"about|into|within|between|than|per|until|since|near|above|below|through|towards?|inside|despite|unless|where|"
    r"because of)"
)
MORE = re.compile(
    r"^(?:(?:can|could|would) you |please )*(?:(?:tell|show|give|say)(?: (?:me|us))?(?: (?:a (?:bit|little)|some))? "
    r"(?:more|"
    r"(?:more |further )?details?)|"
    r"more(?: details?| information| info)?|go on|continue|elaborate|(?:any )?(?:(?:more|further) )?details?|anything "
    r"else|"
    r"what else|expand|so(?: what)?|and(?: then)?|what about (?:it|that)|"
    r"explain(?: (?:further|more|more fully))?|keep going|i want to know more)(?: please)?(?:(?: "
    r"(?:about|on|of|for))? (?:it|this|"
    r"that|them|these|"
    rf"(?:this|that|the) {META}))?(?: please)?$",
    re.IGNORECASE,
)
"""Asks for more of the same."""
BARE = re.compile(
    r"^(?:why|how|when|where|who|whom|how so|how come|why (?:so(?: \w+)?|not|is (?:that|this|it)(?: so)?|was "
    r"that|that|exactly|"
    r"though)|how (?:exactly|is that(?: possible)?)|"
    r"(?:by |for |with )?how (?:much|many|far|fast|long|often|well|large|big|good|badly|strongly|reliably|quickly|"
    r"efficiently)|"
    r"(?:by|for|with|from|to|against) (?:whom|what|which)|(?:compared|relative) (?:to|with) (?:what|which|whom)(?: "
    r"\w+)?|"
    r"since when|(?:in )?(?:what|which) year|"
    r"which ones?|such as(?: what)?|like what|(?:for (?:example|instance)|an example)|really|is (?:that|this) "
    r"(?:so|true)|"
    r"(?:on|in|with|against|under|using|from|at|for|over|across|through|by|via|within|among|after|before|during|to|of|"
    r"into|"
    r"per) (?:what|which|how many)(?: (?!(?:is|are|was|were|does|do|did|has|have)\b)[\w-]+){1,3}|to what extent|"
    r"in what (?:way|sense)s?|are you (?:sure|certain)|says who|(?:show|quote|give)(?: me)? (?:the |your )?(?:exact "
    r")?(?:sentence|source|evidence|"
    r"quote|proof)s?(?: for (?:it|that|this))?|what(?:['’]?s| is) (?:the|your) (?:source|evidence)|give(?: me)? an "
    r"example|"
    r"(?:which|who) of (?:them|these|those|the two))$",
    re.IGNORECASE,
)
"""A question word and next to nothing else."""
OTHERS = re.compile(
    rf"^(?:(?:are|is) there |do you (?:have|know) |which |what |who |have you (?:got )?|show me |find |list )?(?:any "
    rf"|some |the |many )?"
    rf"(?:(?:others?|more)(?: (?:{METAS}|{META}))?|else|(?:anything|something) (?:similar|like (?:it|this|that))|"
    rf"similar (?:{METAS}|{META}))(?: are there| do you have| is there)?$",
    re.IGNORECASE,
)
"""Asks for further papers: "any others?"."""
OTHERS_OF = re.compile(
    r"^(?:(?:are|is) there |do you have )?any (?:others?|more)(?: papers| works?| studies)? (?P<which>(?:on|about) "
    r"(?!(?:it|"
    r"this|that|them|these|those)\b).+)$",
    re.IGNORECASE,
)
SUMMARY = re.compile(
    r"^(?:(?:can|could|would) you |please )*(?:(?:give|write)(?: me)? )?(?:an? |the )?(?:short |brief |quick "
    r")?(?:summari[sz]e|sum (?:it )?up|summary|overview|recap|tl;?dr|"
    r"gist|in (?:short|brief|summary|other words|a nutshell|one sentence|simple(?:r)? (?:words|terms))|one "
    r"sentence|eli5|"
    r"simplify|rephrase|paraphrase)(?: (?:it|this|that|them))?(?: (?:in one sentence|briefly|for me))?(?: please)?$",
    re.IGNORECASE,
)
"""Asks for the same in fewer words."""
_GRADED = (
    r"(?:better|worse|faster|slower|cheaper|larger|bigger|smaller|stronger|weaker|simpler|safer|easier|harder|higher|"
    r"lower|longer|shorter|newer|older|deeper|"
    r"greater|quicker|lighter|heavier|wider|richer|smarter|(?:more|less) (?!than\b)\w+|as \w+(?= as\b))"
)
COMPARATIVE = re.compile(rf"^(?:much |any |even |also )*{_GRADED}(?: (?:than|as) .+)?$", re.IGNORECASE)
"""“better than Dreamer”, “more stable”."""
COMPARED = re.compile(
    r"^(?:compared|relative|in comparison|as opposed) (?P<with>(?:to|with) (?!what\b|which\b|whom\b)[^,;]{1,60})$",
    re.IGNORECASE,
)
_QUERIED = re.compile(
    r"^(?:only|just|even|not|so (?:few|many|much|little)|about|around|more|fewer|less|at (?:least|most)|up to|over|"
    r"\d[\d.,]*)\b(?:\s\S+){0,4}$",
    re.IGNORECASE,
)


def is_queried(bare: str) -> bool:
    """Whether a few words only query what was answered: "only CPUs?", "so few?", "7 million?"."""
    rest = re.sub(r"^(?:only|just|even|not)\s+", "", bare, flags=re.IGNORECASE)
    return (
        bool(_QUERIED.match(bare))
        and not re.search(rf"\b{_AUX}\b", bare, re.IGNORECASE)
        and not (rest != bare and PREPOSITION.match(rest))
    )


_THINGS = (
    r"(?:benchmarks?|data|data ?sets?|tasks?|games?|domains?|environments?|robots?|models?|baselines?|metrics?|"
    r"accuracy|scores?|"
    r"rates?|sizes?|results?|"
    r"rewards?|loss(?:es)?|objectives?|architectures?|optimi[sz]ers?|parameters?|hardware|gpus?|code|languages?|venue|"
    r"journal|"
    r"simulators?|settings?|"
    r"experiments?|improvements?|gains?|percent\w*|speed-?ups?|budget|numbers?|figures?|examples?|problems?|"
    r"limitations?|"
    r"assumptions?|steps?|stages?|"
    r"components?|modalities|tools?|inputs?|outputs?|users?|people|participants?|labels?|samples?|layers?|hours?|"
    r"days?|seeds?|"
    r"images?|tokens?)"
)
VERBLESS = re.compile(
    rf"^(?:(?:which|what)(?: (?!(?:{_AUX}|about|{META}|its|their|the|this|that)\b|\w+(?:s|ed)\b)[\w-]+)? "
    rf"{_THINGS}|how (?:many|"
    rf"much) (?!(?:{_AUX}|of|else|more|it|they|them)\b)[\w-]+(?: {_THINGS}|er|ly)?)$",
    re.IGNORECASE,
)
"""A question word and a thing, no verb: "how many parameters"."""
SUBORDINATE = re.compile(
    rf"^(?:when|where|if|while|unless|because)\s+(?!{_AUX}\b|to\b)\S+\s+\S|^(?:to|of|about|in|on|for|"
    rf"with)\s+(?!what\b|which\b|whom?\b|whose\b|how\b)",
    re.IGNORECASE,
)
"""A clause or phrase that begins like a question but asks nothing by itself: "when the shift is large"."""
PREPOSITION = re.compile(rf"^{_PREPOSITIONS}\s+(?!(?:what|which|whose|whom?|how)\b.*\b{_AUX}\b)\S", re.IGNORECASE)
ASPECT = re.compile(
    rf"^(?:(?:what|how) about )?(?P<what>(?:the|its|their)\s+(?!same\b|other\b|two\b|first\b|second\b|third\b|last\b|"
    rf"former\b|latter\b)"
    rf"(?:(?!(?:{_AUX}|that|which)\b)[\w-]+\s*){{1,4}})$",
    re.IGNORECASE,
)
"""A part of what was spoken of: "and the results?"."""
_QUESTION_WORDS = re.compile(
    rf"^(?P<words>(?:(?:on|in|at|for|with|by|to|from|of|under|against|through|using) )?(?P<which>what|which|whose|why|"
    rf"when|where|"
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
    clause = (
        None
        if re.match(
            r"(?:why so \w|"
            r"(?:why not|which ones?|really|are you \w+|says who|(?:show|quote|give|what|which|who)\b.*)$)",
            words,
            re.IGNORECASE,
        )
        else _clause(question)
    )
    if clause is None:
        is_plain = re.match(r"(?:wh|how|is|are|do|can|compare|tell)", question, re.IGNORECASE)
        first = question[:1].lower() if is_plain else question[:1]
        return f"{words}: {first}{question[1:]}"
    return f"{words} {clause}?"


def asked_of_others(question: str, topic: str | None, names: str) -> str:
    """A question for further papers. ``names``: the papers that the last question named, if any.

    ``Which work learns without rewards?`` -> ``Which other work learns without rewards?``
    """
    if which := re.match(
        rf"^(?:which|what)(?: other)? (?:of the )?(?!{_AUX}\b)(?={METAS}\b|{META}\b|\w+s\b)", question, re.IGNORECASE
    ):
        return f"Which other {question[which.end() :]}"
    if topic or names:
        return f"Which other papers are about {topic}?" if topic else f"Which other papers are like {names}?"
    return f"Which other papers: {question[:1].lower()}{question[1:]}"


_BARE_FORMS = {
    "how so": "how", "how come": "why", "why so": "why", "why that": "why", "why is that": "why", "why is this": "why",
    "why is it": "why", "why is that so": "why", "why is it so": "why", "why is this so": "why", "why was that": "why",
    "why exactly": "why", "why though": "why", "how exactly": "how", "how is that": "how",
    "how is that possible": "how",
    "what year": "in what year", "which year": "in which year",
}  # fmt: skip


def _clause(question: str) -> str | None:
    """What a question asks of, with its auxiliary first: ``does RePo keep distractors out``; None where there is no
    such part.
    """
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


def extended(question: str, fragment: str, names: Sequence[str] = ()) -> str:
    """The last question with a phrase at its end, in the place of one with the same preposition, unless that has a name
    of ``names``.
    """
    plain = question.strip(" ?.!")
    preposition = fragment.split(maxsplit=1)[0]
    ending = re.search(rf"\s{re.escape(preposition)}\s+(?:(?!\s{_PREPOSITIONS}\s).)+$", plain, re.IGNORECASE)
    if ending and (
        any(name in ending.group() for name in names) or ending.group().count("“") != ending.group().count("”")
    ):
        ending = None
    if ending and len(ending.group().split()) <= 7 and not re.search(r"\b(?:which|what)$", plain[: ending.start()]):
        plain = plain[: ending.start()]
    return f"{plain} {fragment}?"


def verbless(words: str, name: str, many: bool) -> str:
    """``how many parameters``, ``Drama`` -> ``how many parameters does Drama have``; ``how much faster`` -> ``… is
    Drama``.
    """
    compared = re.search(r"\b(?:\w+er|better|worse|more \w+|less \w+)$", words, re.IGNORECASE)
    if compared and words.lower().startswith("how much"):
        return f"{words} {'are' if many else 'is'} {name}"
    return f"{words} {'do' if many else 'does'} {name} have"


def shaped_name(question: str) -> str | None:
    """The first word of a question that is written as only a name is, like "mTOR" or "MBRCSL", or that does what is
    asked of.
    """
    for pattern in (_SUBJECT, _SHAPED):
        match = pattern.search(question)
        name = match.group(match.re.groupindex.get("name", 0)) if match else ""
        if name and name.lower() not in FIELD and _SHAPED.match(name):
            return name
    return None


def name_place(question: str, past: Past) -> tuple[int, int] | None:
    """Where the last question says what it is about: a cited paper's name, "the … paper", or a word written like a
    name.
    """
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
