"""Certainty of a written sentence, held against its evidence: a hedge made certain, "all" or "only" that nobody said; pure."""

from __future__ import annotations

import re

from rag.rules.denial import BREAK
from rag.words import content_words, stem, stems

_HEDGING = (
    r"may|might|could|possibly|perhaps|potentially|hypothesi[sz]\w*|conjectur\w+|speculat\w+|(?<!we )(?<!authors )suggest\w*|"
    r"appear(?:s|ed)?|seem(?:s|ed)?|(?<!more )(?<!less )(?<!as )(?<!most )(?<!least )(?<!equally )likely|"
    r"tends? to|preliminary|plausibl\w+|presum\w+|tentativ\w+"
)
_HEDGES = re.compile(rf"\b(?:{_HEDGING})\b", re.IGNORECASE)
_SOFT = re.compile(
    rf"\b(?:{_HEDGING}|can|indicat\w+|believ\w+|expect\w*|potential|aim\w*|promis\w+|probabl\w+|whether|possible|\w+able|would|should|hint\w*)\b",
    re.IGNORECASE,
)
# "Proves effective" is no proof.
_CERTAIN = re.compile(
    r"\b(?:prov(?:e|es|ed|en|ing)(?! (?:to be|\w+(?:ive|ful|able|ent|ant|al|ble|ior|ust))\b)|proofs?|provabl[ey]|guarantee\w*|certainly|"
    r"definite(?:ly)?|undoubtedly|conclusive(?:ly)?|inevitabl[ey]|necessarily)\b",
    re.IGNORECASE,
)
_CAUSES = re.compile(
    r"\b(?:caus(?:es?|ed|ing)|results? in|resulted in|brings? about|leads? to|led to|due to|thanks to|because of|owing to|responsible for|"
    r"drives?|drove|because|makes? (?!up\b)[\w-]+ (?:\w+ )?\w+|is what|are what)\b",
    re.IGNORECASE,
)
_GOES_ALONG = re.compile(
    r"\b(?:associat\w+|correlat\w+|coincid\w+|linked (?:to|with)|accompan\w+|co-occur\w*|cannot be isolated|preclude\w* causal|"
    r"not (?:\w+ )?(?:establish|show|shown|prove|imply)[^.;]{0,40}(?:caus\w+|result from))\b",
    re.IGNORECASE,
)
_NO_CAUSE = re.compile(r"\b(?:preclud\w*|no|not|cannot|without)\b[^.;]{0,40}\b(?:caus\w+|results? from)", re.IGNORECASE)
_BACKS_CAUSE = re.compile(
    r"\b(?:caus\w+|lead(?:s|ing)? to|led to|result(?:s|ed|ing)? (?:in|from)|because|due to|thanks to|owing|responsible|induc\w+|driv\w+|"
    r"produc\w+|trigger\w*|mediat\w+|mak(?:es|ing)|thereby|thus|hence|therefore|so that)\b",
    re.IGNORECASE,
)
_SOLVES = re.compile(
    r"\b(?:(?:re)?solv(?:es?|ed|ing)|eliminat\w+|eradicat\w+|removes? (?:the|all|this)|fix(?:es|ed)?|cures?|overcom\w+|overcame)\b",
    re.IGNORECASE,
)
_EASES = re.compile(
    r"\b(?:mitigat\w+|alleviat\w+|lessen\w*|partial(?:ly)?|an? (?:initial|first|preliminary) (?:step|attempt|mitigation|remedy)|"
    r"towards? solving|eas(?:es|ed|ing))\b",
    re.IGNORECASE,
)
_CONFIRMS = re.compile(r"\b(?:confirm(?:s|ed)?|establish(?:es|ed)|show(?:s|n|ed)? (?:clearly|beyond doubt))\b", re.IGNORECASE)
_BACKS_CERTAIN = re.compile(
    r"\b(?:prov(?:e|es|ed|en|ing|abl[ey])|proofs?|theor\w+|guarantee\w*|ensur\w+|certain\w*|inevitabl[ey]|must|establish\w*|confirm\w*|"
    r"necessar\w+|conclusive\w*|converg\w+)\b",
    re.IGNORECASE,
)
# What a claim may say only if the evidence has a word to that effect. "Only 200 comparisons" praises and excludes nothing.
_UNIVERSALS = tuple(
    (re.compile(rf"\b(?:{said})\b{but}", re.IGNORECASE), re.compile(rf"\b(?:{'|'.join(backing.split())})\b", re.IGNORECASE))
    for said, but, backing in (
        (
            "all|every|always|any|entirely|completely|in each|universally|without exception",
            r"(?! (?:\w+ )?of (?:them|these|those|which|whom)\b)",
            r"""all every\w* each always (?<!without\s)any entire\w* complete\w* full\w* whole across both consistent\w* universal\w*
            throughout invariabl\w* never none same unif\w+ regardless everywhere total\w* unanimous\w* generally maximal\w*""",
        ),
        (
            r"regardless of|irrespective of|whether or not|no matter|whatever the|unconditionally|in general|under (?:all|any)|"
            r"generally(?! (?:called|known|accepted))|across (?:domains|the board)|always",
            "",
            r"""regardless irrespective whatever whether\sor\snot any all every each both general\w* universal\w* across
            independent\w* always never
            invariabl\w* consistent\w* unconditional\w* even\s(?:if|when|without|with|though) matter everywhere most\w* typical\w* usual\w*
            agnostic robust\w* variet\w+ various""",
        ),
        (
            "only|solely|exclusively|the sole",
            r"(?! (?:(?:a|an|about|around|some|under|over) )?(?:[\d.]+|few|fraction|one|two|three|four|five|ten|"
            r"half|third|quarter|fifth|tenth|small))",
            r"""only solely exclusive\w* just mere\w* purely alone sole single nothing\sbut without rather\sthan limited limits
            as\sfew as\slittle instead never whereas restrict\w* entirely unlike fewer less least""",
        ),
        (
            "first (?:method|approach|model|algorithm|work|agent|study|time|to)|unprecedented",
            "",
            r"first novel new unprecedented pioneer\w* never\sbefore previously\sun\w+ no\sprior no\sprevious",
        ),
        (
            "best|state[- ]of[- ]the[- ]art|sota|optimal|perfect(?:ly)?|strongest|highest",
            "",
            r"""best state[-\s]of[-\s]the[-\s]art sota optim\w+ perfect\w* strongest highest superior outperform\w* top surpass\w* exceed\w*
            leading most maxim\w+ greatest beats? expert\w* record""",
        ),
    )
)

_ALL = re.compile(r"\b(all|every|each|any)((?:\s[\w-]+){1,4})", re.IGNORECASE)
_EACH = re.compile(r"\b(all|every|each|any|whatever the|whichever|no matter (?:the|which))((?:\s[\w-]+){1,4})", re.IGNORECASE)
_SOME = re.compile(r"\b(most|certain|some|many|several|a few|the majority of|almost all|nearly all)((?:\s[\w-]+){1,4})", re.IGNORECASE)
_MOST = re.compile(
    r"\bthe (?!(?:latest|nearest|rest|test|forest|west|interest|request|contest|manifest|suggest\w*|invest\w*|largest part)\b)"
    r"(?:[a-z]{3,}est|most [a-z]+(?:ive|ful|able|ible|ent|ant|al|ate|ous|ed|ing|ic|ise|ust))\b|\bno other\b[^.;]*\bas\b",
    re.IGNORECASE,
)
_BACKS_MOST = re.compile(
    r"\b(?:[a-z]{3,}est|most|best|least|record|unprecedented|state-of-the-art|sota|top|maxim\w+|minim\w+|optim\w+|greatest|leading|first|only|all|any|"
    r"every|each|none|no)\b",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"\b(?:always|consistent\w*|across|throughout|whole|entire\w*|never|none|both|universal\w*|regardless)\b", re.IGNORECASE
)


def certainty_problem(claim: str, evidence: str) -> str | None:
    """A hedge made certain, or "all", "only", "first", "best" that the evidence does not say."""
    certain = _CERTAIN.search(claim)
    if not certain and _HEDGES.search(evidence):
        certain = _CONFIRMS.search(claim)
    if certain and not _BACKS_CERTAIN.search(evidence):
        return f"“{certain.group().lower()}” is more certain than the cited sentence"
    causes, along = _CAUSES.search(claim), _GOES_ALONG.search(evidence)
    if causes and along and not _BACKS_CAUSE.search(_NO_CAUSE.sub(" ", evidence)) and not _GOES_ALONG.search(claim):
        return f"the cited sentence only says “{along.group().lower()}”, not “{causes.group().lower()}”"
    solved, eased = _SOLVES.search(claim), _EASES.search(evidence)
    if solved and eased and not _SOLVES.search(evidence):
        return f"the cited sentence only says “{eased.group().lower()}”, not “{solved.group().lower()}”"
    if not _SOFT.search(claim):
        for match in _HEDGES.finditer(evidence):
            behind = [stem(w) for w in content_words(BREAK.split(evidence[match.end() : match.end() + 200])[0]) if not w.endswith("ly")][:6]
            found = stems(claim).intersection(behind)
            if len(found) >= max(2, (len(behind) + 1) // 2) and not _plainly(found, evidence):
                return f"the cited sentence only says “{match.group().lower()}”"
    for universal, backing in _UNIVERSALS:
        said = universal.search(claim)
        if said and not backing.search(evidence):
            return f"“{said.group().lower()}” is not in the cited sentence"
    return _all_of_another(claim, evidence) or _all_of_some(claim, evidence) or _superlative(claim, evidence)


def _all_of_another(claim: str, evidence: str) -> str | None:
    """The claim has "all tasks", where the evidence has tasks, but "all" with something else."""
    for said in _ALL.finditer(claim):
        if said.group(1).lower() not in ("all", "every"):
            continue
        things = {stem(w) for w in content_words(said.group(2))}
        told = [{stem(w) for w in content_words(m.group(2))} for m in _ALL.finditer(evidence)]
        if things & stems(evidence) and told and not any(things & t for t in told) and not _ALWAYS.search(evidence):
            return f"“{said.group().lower()}” is not in the cited sentence"
    return None


def _all_of_some(claim: str, evidence: str) -> str | None:
    """The claim has "every data set" or "whatever the data set" where the evidence has "most data sets"."""
    for said in _EACH.finditer(claim):
        things = {stem(w) for w in content_words(said.group(2))[:3]}
        for told in _SOME.finditer(evidence):
            some = [stem(w) for w in content_words(told.group(2))[:3]]
            if things & {*some} and not any(things & {stem(w) for w in content_words(m.group(2))[:3]} for m in _EACH.finditer(evidence)):
                return f"the cited sentence says “{told.group(1).lower()}”, not “{said.group(1).lower()}”"
    return None


def _superlative(claim: str, evidence: str) -> str | None:
    """The claim has "the cheapest" or "no other is as" where nothing of the evidence is a superlative or sets it above all others."""
    said = _MOST.search(claim)
    if said and not _BACKS_MOST.search(evidence):
        return f"“{said.group().lower()}” is not in the cited sentence"
    return None


def _plainly(found: frozenset[str], evidence: str) -> bool:
    """Whether another part of the evidence says the same without a hedge."""
    return any(found <= stems(part) and not _HEDGES.search(part) for part in BREAK.split(evidence))
