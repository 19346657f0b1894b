"""Which pronoun of a question needs its history, if any; pure.

Most of the work is to leave alone what has its antecedent at hand ("Which agents learn when they sleep?"), stands for
what follows ("is it better to …", "which work does this: …") or for nothing at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.conversation.followups.references import META, METAS
from rag.text.words import content_words

_AUX = r"(?:does|do|did|is|are|was|were|has|have|had|can|could|will|would|should|may|might|must)(?:n['’]t| not)?"
_WORD = re.compile(
    rf"\b(?:(?P<authors>(?:the|its|their)\s+(?:authors|researchers)\b(?!\s+(?:of|who|that|behind)\b))|"
    rf"(?P<noun>(?:this|that|the)\s+(?:same\s+)?{META}(?<!\bone)\b|this one\b|that one\b)(?!-)(?P<own>['’]s\b)?"
    r"(?!-|\s+(?:on|by|of|that|which|where|from|called|named|with|for|in which|behind|using|to|\w{3,}ing)\b|"
    r"\s+about\s+\w)|"
    rf"(?P<nouns>(?:these|those|the)\s+(?:two\s+|three\s+)?{METAS}\b(?!\s+(?:on|about|by|of|that|which|where|from|"
    rf"with|for|using|"
    rf"to|in)\b))|"
    r"(?P<possessive>its|their)\b|(?P<plural>they|them)\b|(?P<singular>it)\b(?!['’]s)|(?P<its>it['’]s)\b|"
    r"(?P<bare>this|that|these|those)\b|"
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bout )(?P<there>(?<=\w )there)(?=\s*[?.!]*$))",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:(?:is|was|be|are|seems?|become|becomes|makes?|would be|could be|might be) it|it (?:is|was|would "
    r"be|'s|seems?|may be|"
    r"might be|can be)|it['’]s)\s+"
    r"(?:\w+ly |ever |still |even |also |not |really |always |more |most |so |too |quite |very |then )*"
    r"(?:true|possible|impossible|better|best|worse|necessary|worth(?:while)?|hard(?:er)?|eas(?:y|ier)|cheap(?:er)?|"
    r"difficult|"
    r"common|known|feasible|"
    r"useful|important|enough|helpful|safer?|ok(?:ay)?|sensible|advisable|beneficial|likely|unlikely|correct|right|"
    r"fair|clear|"
    r"good|bad|wise|"
    r"practical|realistic|sufficient|essential|efficient|expensive|costly|that|the case|preferable|crucial|critical|"
    r"desirable|"
    r"reasonable|risky|"
    r"dangerous|fast(?:er)?|called when|called if|shown|said|claimed|argued|believed|proven|proved|established|"
    r"accepted|observed|found)"
    r"(?=\s+(?:for \w+(?: \w+)? )?(?:to|that|if|when|whether|why|how|\w+ing)\b|\s+(?!than\b)\w+ (?:\w+ "
    r")?(?:is|are|can|does|do|\w+s)\b)|"
    r"\b(?:is|was) it that\b|\b(?:will|does|did|would|can|could) it (?:ever )?(?:rain|snow|freeze|thunder)\b|\bis it "
    r"time\b|"
    r"\bit (?:takes?|took|turns? out|helps?|pays?|comes to|costs?|makes? sense|hurts?|means?|mean|matters?|matter|"
    r"happen|follows?|appears?)"
    r"(?: \w+)? (?:to|that|if|when|whether|how|which|what|for)\b|\bdoes it exist\b",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"\b(?:name|count|rank|summari[sz]e|explain|compare|describe|discuss|critici[sz]e|review|contrast|elaborate|"
    r"expand|quote|cite|show|list|"
    r"define|simplify|detail|"
    r"tell|wrote|proposed|introduced|published|made|built|invented|developed|created|released|evaluated|tested|use|"
    r"uses|used|cites|"
    r"main|key|exact(?:ly)?|short(?:ly)?|brief(?:ly)?|hm+|ok|okay|interesting)\b",
    re.IGNORECASE,
)
_WH = (
    r"(?:(?:on|in|at|for|with|by|to|from|of|under|over|against|through|using) )?(?:what|which|whose|why|when|where|"
    r"how|who|whom)\b"
)
_NOT_JOINING = (
    r"(?!(?:that|what|which|who|whose|when|where|while|if|because|before|after|as|than|once|until|whether|how|why|so|"
    r"and|or|of|in|on|with|"
    r"for|by|from|without|to)\b)"
)
_AFTER_AUX = re.compile(rf"^(?P<wh>{_WH}(?:\s+(?!{_AUX}\b)[\w-]+){{0,6}}\s+)?{_AUX}\s+$", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:compar(?:e|es|ed|ing|ison)(?: \w+)? (?:to|with)|than|differ(?:s|ent|ently)? "
    r"from|unlike|versus|vs\.?|relat(?:e|es|"
    r"ed) to|similar to|over|"
    r"between|like|combin(?:e|ed) with|build(?:s)? on|as (?:good|fast|well|much|many|large|cheap) as)\s+$",
    re.IGNORECASE,
)
_BY_PERSON = re.compile(
    rf"^(?:{_WH} )?{_AUX} (?:you|i|we|one|people|anyone|someone|researchers) "
    r"(?:\w+ly )?[\w-]+ (?:with |on |to |for )?$",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    rf"^(?:{_WH}(?:\s+(?!{_AUX}\b)[\w-]+){{0,3}}\s+)?{_AUX}\s+(?:(?:the|an?)\s+)?(?:{_NOT_JOINING}[\w.“”-]+\s+){{1,3}}"
    rf"{_NOT_JOINING}[\w-]+\s+(?:(?:(?:an?|any|the|some)\s+[\w-]+\s+)?(?:with|on|to|for|from|against|in|into|about|at|"
    rf"by)\s+)?$",
    re.IGNORECASE,
)
"""A clause up to its object, which is another than its subject: "does RePo prevent it"."""
_WH_OBJECT = re.compile(
    rf"^(?:which|what|who)(?:\s+{_NOT_JOINING}(?!{_AUX}\b)[\w-]+){{1,3}}\s+(?:(?:with|on|to|for|from|against|in|into|"
    rf"about|at|by)\s+)?$",
    re.IGNORECASE,
)
"""“which drug blocks it”."""
_CONDITION = re.compile(
    rf"^{_WH}(?: (?:happens?|changes?|goes wrong|works?|is (?:done|lost|gained|left)))? "
    rf"(?:if|when|once|while|after|before|unless) $",
    re.IGNORECASE,
)
_NOT_THINGS_SAID = re.compile(
    r"\s+(?:library|tool|chat|conversation|app|program|collection|database|site|question|answer|search|time|year|week|"
    r"case|way|"
    r"reason|regard|sense|"
    r"context|respect|point|moment)s?\b",
    re.IGNORECASE,
)
_DESCRIBES = re.compile(
    r"(?:\s+(?!(?:is|are|was|were|does|do|did|can|could|will|would|has|have)\b)[\w-]+){1,7}?\s+(?:where|which|who|"
    r"whose|"
    r"that|with|of|in which)\s+\S+(?:\s+\S+){2}|"
    r"(?:\s+[\w-]+){3,}\s*(?:[:;]|\s[–—-]\s)",
    re.IGNORECASE,
)
"""After "that": a description of what is meant, "that work where …", so that nothing said before is."""
_ITSELF = re.compile(r"\s+(?:compare|differ|perform|beat|outperform|relate|stack up|fare)s?\b", re.IGNORECASE)
_TOLD = re.compile(
    r"\b(?:explain|summari[sz]e|describe|simplify|review|compare|like|on|about|similar to)\s+$", re.IGNORECASE
)
_OWN_WORK = re.compile(
    rf"\b(?:in|of|behind)\s+[\"“‘'](?=\w)|\b(?:in|of|behind)\s+(?:the|that)\s+(?:(?!(?:same|first|second|third|last|"
    rf"other|two|three|previous|former|latter)\b)[\w-]+\s+){{1,9}}?(?:{META}|{METAS})\b(?<!\bone)",
    re.IGNORECASE,
)
"""A question that tells by itself which work it is about: "… in the reward design study"."""
_AT_END = re.compile(rf"^{_WH}(?:\s+[\w-]+){{1,6}}\s+(?:in|of|about|behind|with|for|by|on|from)\s+$", re.IGNORECASE)
_ANNOUNCES = re.compile(r"^(?:\s+[\w-]+){0,2}\s*:\s*\w+(?:\W+\w+){2}")  # "this: …"
_WHICH_WORK = re.compile(
    rf"^(?:which|what|who|are there|is there|any|find|list)(?: (?:other|an?|any|all))*(?: (?:{META}|{METAS}))?(?: "
    rf"(?:that|"
    rf"which))? [\w-]+ (?:on |about |with |to )?$",
    re.IGNORECASE,
)
_INDEFINITE = re.compile(
    r"\b(?:a|an|some|any|another|each|every|most|(?<!how )many|all|several)\s+[\w-]+", re.IGNORECASE
)
_THING_SAID = re.compile(
    r"\s*(?:$|[?.,;!]|\w{3,}er(?=\s*(?:$|[?.!,])|\s+than\b)|(?:hold|work|apply|happen|mean|help|change|include|also|"
    r"still|require|need|depend|generali[sz]e|matter|make|"
    r"imply|scale|cover|"
    r"extend|transfer|improve|hurt|come|differ|affect|lead|explain|take|use|do|say|solve|not|really|only|ever|even|"
    r"just|because|"
    r"true|better|always|"
    r"the|an?|why|how|so|possible|in|on|for|with|from|to|by|too|\w+ed|\w+ing|measured|done|shown|known|learn(?:ed|t)?|"
    r"different|"
    r"similar|new|sufficient|enough|"
    r"robust|specific|limited|restricted|faster|slower|was|were|is|are|can|could|would|be|been|have|has)\b)",
    re.IGNORECASE,
)
_CUT_SHORT = re.compile(
    r"^(?:on |in |with |by |for )?(?:what|which|how many|how much|who|where|when)(?:\s+[\w-]+){0,4}\s+(?:was|were|is|"
    r"are)\s+(?:the\s+\w+\s+)?"
    r"(?:used|reported|achieved|tested|evaluated|needed|required|measured|trained|released|proposed|collected|"
    r"involved|considered|"
    r"compared|tried)$|"
    r"^what(?: is| was| are| were|'?s|’s) the (?:main |key |overall |final )?(?:results?|limitations?|findings?|"
    r"contributions?|"
    r"baselines?|conclusions?|drawbacks?|"
    r"weaknesses|advantages?|benefits?|method|idea|datasets?|benchmarks?|metrics?|code|objective|takeaways?|message|"
    r"architecture|"
    r"evaluation|experiments|"
    r"success rate|accuracy|score|gain|improvement|speed-?up|margin|sample size|difference)$|^is (?:the |any )?(?:code|"
    r"data) (?:available|public|open|released|online)$|"
    r"^how (?:was|were) (?:the )?\w+ (?:evaluated|tested|measured|validated|trained|verified)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pronoun:
    """A pronoun at ``start … end`` that stands for papers spoken of before.

    ``kind``: how a name takes its place. "kept": the word stays (as ``instead``) and the name goes to the end, for
    "this" and "that objective" mean something said of a paper.
    """

    start: int
    end: int
    kind: Literal["singular", "plural", "possessive", "authors", "kept"]
    is_plural: bool
    instead: str = ""

    @property
    def is_bare(self) -> bool:
        return self.kind == "kept"


def pronoun_of(text: str) -> Pronoun | None:
    """The first word of a question that only its history explains; None for a question that explains itself."""
    for match in _WORD.finditer(text):
        if _ANNOUNCES.match(text[match.end() :]):
            return None
        if (found := _made(match, text)) and _points_back(text, match, found):
            return found
        if (
            match.lastgroup in ("singular", "its", "plural")
            and not _is_expletive(text, match)
            and not _COMPARED.search(text[: match.start()])
        ):
            return None  # it has its antecedent at hand, and so have those after it
    return None


def is_cut_short(plain: str) -> bool:
    """Whether a question leaves out of what it asks: "what benchmarks were used"."""
    return bool(_CUT_SHORT.match(plain)) and len(content_words(plain)) <= 4


def _made(match: re.Match[str], text: str) -> Pronoun | None:
    start, end, word = match.start(), match.end(), match.group().lower()
    if match["authors"]:
        return Pronoun(start, end, "authors", False)
    if match["noun"]:
        return Pronoun(start, end, "possessive" if match["own"] else "singular", False)
    if match["nouns"]:
        return Pronoun(start, end, "plural", True)
    if match["possessive"]:
        return Pronoun(start, end, "possessive", word == "their")
    if match["plural"]:
        return Pronoun(start, end, "plural", True)
    if match["singular"]:
        return Pronoun(start, end, "singular", False)
    if match["there"]:
        return Pronoun(start, end, "kept", False)
    if match["its"]:
        return Pronoun(start, end, "singular", False)
    return _demonstrative(text, start, end, word)


def _demonstrative(text: str, start: int, end: int, word: str) -> Pronoun | None:
    """For ``this``, ``that``: alone it stays as it is, before a noun it becomes "the"; a "that" that joins clauses is
    none.
    """
    plural = word in ("these", "those")
    before, after = text[:start], text[end:]
    if _NOT_THINGS_SAID.match(after) or _DESCRIBES.match(after):
        return None
    if re.search(r"\b(?:compare|contrast)\s+$", before, re.IGNORECASE) and re.match(
        r"\s+(?:to|with|and|against)\b", after
    ):
        return Pronoun(start, end, "plural" if plural else "singular", plural)
    if _ITSELF.match(after) or (_TOLD.search(before) and re.match(r"\s*(?:$|[?.,;!]|in|more|briefly|simply)", after)):
        return Pronoun(start, end, "plural" if plural else "singular", plural)
    alone = bool(_THING_SAID.match(after))
    if word == "that" and not (
        re.search(rf"(?:^|\b{_AUX})\s*$", before, re.IGNORECASE) or re.match(r"(?:\s+[\w-]+)?\s*[?.!]*$", after)
    ):
        return None
    return Pronoun(start, end, "kept", plural, text[start:end] if alone else "the")


def _points_back(text: str, match: re.Match[str], found: Pronoun) -> bool:
    before, after = (
        re.sub(r"\bwhat['’]?s\b", "what is", text[: match.start()], flags=re.IGNORECASE),
        text[match.end() :],
    )
    if _OWN_WORK.search(after):
        return False
    if match["there"]:
        return len(content_words(before)) <= 5 and not re.search(
            r"[.?!;,]\s|\band (?:what|which|who|how|where|when|why)\b", before
        )
    if match["its"] and (_is_expletive(text, match) or not (_CONDITION.match(before) or len(content_words(text)) < 3)):
        return False
    if match["singular"] and _is_expletive(text, match):
        return False
    if match["noun"] or match["nouns"] or match["authors"]:
        if match.group().lower().startswith("the "):
            return (
                not re.search(r"\s\w*[A-Z]", before)
                and not _INDEFINITE.search(before)
                and len(content_words(before)) <= 3
                and len(content_words(text)) <= 7
            )
        return not re.search(rf"\b(?:an?|some|any|another|one) (?:[\w-]+ ){{0,3}}{META}\b", before, re.IGNORECASE)
    if not content_words(_IMPERATIVE.sub(" ", re.sub(r"\bhow come\b", "why", before, flags=re.IGNORECASE))):
        return True
    if _COMPARED.search(before) and not found.is_bare and re.match(r"\s*(?:$|[?.,;!]|in|on|when|for|at)", after):
        return True
    if (opening := _AFTER_AUX.match(before)) and not re.search(r"[,;]", before):
        return not (opening["wh"] and _INDEFINITE.search(opening["wh"]))
    if _BY_PERSON.match(before) and re.match(r"\s*(?:$|[?.,!]|in|on|with|for|to)", after):
        return True
    if _CONDITION.match(before):
        return True
    if (
        match.group().lower() in ("it", "them")
        and (_OBJECT.match(before) or _WH_OBJECT.match(before))
        and re.match(r"\s*(?:$|[?.!]|(?:in|on|at|for|with|by|to|too|also|as well)\b)", after)
    ):
        return True
    if _WHICH_WORK.match(before) and re.match(r"\s*[?.!]*$", after):
        return True
    return (
        bool(_AT_END.match(before)) and re.match(r"\s*[?.!]*$", after) is not None and len(content_words(before)) <= 2
    )


def _is_expletive(text: str, match: re.Match[str]) -> bool:
    return any(e.start() <= match.start() < e.end() for e in _EXPLETIVE.finditer(text))
