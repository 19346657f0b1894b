"""Denials of a written sentence, held against its evidence; pure.

Words are compared by their stems, and a denial only with what is said of the same words: what is not named alike is left to the
comparison of meaning. A check takes the claim and the evidence (the cited sentences, one a line) and returns what is wrong as a clause for
a person, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.rules.contrast import contrast_agrees
from rag.words import content_words, stem, stems

BREAK = re.compile(
    r"[;:()\n]|,(?!\d)|\.(?:\s|$)|\b(?:but|while|whereas|although|though|yet|because|since|so that|instead)\b",
    re.IGNORECASE,
)
"""Where a denial's or hedge's reach ends."""
DENIES = re.compile(
    r"\bnot\b(?! (?:only|just|merely|necessarily)\b)|\bno\b(?! longer\b| (?:less|more|fewer|later) than\b)|\bno longer\b|\bnever\b|"
    r"\bcannot\b|\bwithout\b|\bneither\b|\bnor\b|\bnone of\b|\bfail(?:s|ed|ing)? to\b|\brather than\b|\bunable to\b|"
    r"\black(?:s|ed|ing)?\b(?! of\b)|n[’']t\b",
    re.IGNORECASE,
)
EQUAL = re.compile(
    r"\b(?:equal(?:s|led|ly)?|match(?:es|ed|ing)?|on par|comparabl[ey]|unchanged|constant|unaffected|identical(?:ly)?|not change|same|"
    r"similar(?:ly)?)\b",
    re.IGNORECASE,
)
_NEAR = 200
"""How many characters around a denial are looked at for what it denies."""
_FREE = re.compile(r"\b([a-z]+)[- ]free\b|\bfree (?:of|from)\b", re.IGNORECASE)
# Weaker words that can stand for a denial: "avoids reconstruction" is "without reconstruction".
_SPARING = """
    avoid eliminat remov prevent bypass sidestep obviat circumvent forgo skip omit dispens replac unnecessary instead unlike needless
    neglect ignor discard exclud refus hardly barely rarely seldom few little only just alone unable struggl stop suffer limit poor swap
    drop spar reduc lower lessen fail contrast absen missing deficien scarc lack preclud prohibit forbid rul""".split()
_SPARES = re.compile(rf"\b(?:independent of|{'|'.join(_SPARING)})\w*|\bfree\b", re.IGNORECASE)
# What a denial can retell without repeating it: "the encoder is frozen" is "the encoder is not trained".
_NEGATIVE = re.compile(
    r"\b(?:un|in|im|ir|non|dis|mis)[a-z]{4,}|less\b|\b(?:frozen|fixed|constant|out of|over|par|stay\w*|pure\w*|first)\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(r"grow|increa|decrea|change|shrink|drop|fall|rise|vary|reduce|improv|differ")
_WEAK_WORDS = "require need use rely depend involve access additional extra explicit have make take necessary suffer do allow"
WEAK = frozenset(stem(w) for w in _WEAK_WORDS.split())
"""Stems that say little about what is denied: the next one does."""
_DEPENDS = re.compile(r"\b(?:depend(?:s|ed)?(?: \w+ly| heavily)? (?:up)?on|(?<!in)sensitiv(?:e|ity) to|hing(?:es|ed) on)\b", re.IGNORECASE)
_INDIFFERENT = re.compile(
    r"\b(?:insensitiv(?:e|ity) to|independent(?:ly)? of|invarian(?:t|ce) to|agnostic to|regardless of|irrespective of|"
    r"robust(?:ness)? to)\b",
    re.IGNORECASE,
)
_NEVER = re.compile(r"\b(?:never|none of|in no)\b", re.IGNORECASE)
_NOT_ALWAYS = re.compile(r"\bnot (?:always|necessarily|all|every|consistently)\b|\bsometimes\b|\boccasionally\b", re.IGNORECASE)
_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis", "mis")
_PREFIXED_ONLY = ("synchron", "symmetr", "central")
"""What "a" or "de" before it turns round."""


@dataclass(frozen=True)
class _Denial:
    """``cue``: the word that denies; ``scope``: the content stems behind it, five at most.

    ``subject``: where nothing stands behind it ("which imitation fails to do"), the two content stems before.
    """

    cue: str
    scope: tuple[str, ...]
    subject: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        return next((s for s in self.scope if s not in WEAK), "")

    def covers(self, others: frozenset[str]) -> bool:
        return bool(self.scope) and len(others.intersection(self.scope)) >= min(2, len(self.scope))


def denial_problem(claim: str, evidence: str) -> str | None:
    """The evidence denies what the claim affirms, or the claim denies what the evidence affirms or does not speak of."""
    if 0 in contrast_agrees(claim, evidence):
        return _prefixed(claim, evidence) or _beside_the_turned(claim, evidence)
    return (
        _denied(claim, evidence)
        or _denied_alone(claim, evidence)
        or _prefixed(claim, evidence)
        or _beside_the_turned(claim, evidence)
        or _hangs_on(claim, evidence)
        or _never(claim, evidence)
    )


def _denials(text: str) -> Iterator[_Denial]:
    for match in DENIES.finditer(text):
        behind = BREAK.split(text[match.end() : match.end() + _NEAR])[0]
        scope = tuple(stem(w) for w in content_words(behind) if not w.endswith("ly"))[:5]
        scope = scope[:2] if match.group().lower() == "rather than" else scope
        before = tuple(stem(w) for w in content_words(text[max(match.start() - _NEAR, 0) : match.start()])[-2:])
        yield _Denial(match.group().lower(), scope, () if scope else before)
    for match in _FREE.finditer(text):
        behind = match.group(1) or BREAK.split(text[match.end() : match.end() + _NEAR])[0]
        yield _Denial(match.group().lower(), tuple(stem(w) for w in content_words(behind))[:4])


def _denied(claim: str, evidence: str) -> str | None:
    """The evidence denies what the claim says without any word of denial, or a part of it that has none."""
    if _FREE.search(claim):
        return None
    denies = bool(DENIES.search(claim))
    parts = [part for part in BREAK.split(claim) if not DENIES.search(part)] if denies else [claim]
    for denial in _denials(evidence):
        of_subject = not denies and bool(denial.subject) and denial.subject == _beginning(claim, denial.subject)
        if of_subject or any(_is_denied(part, denial, evidence) for part in parts):
            return f"the cited sentence denies it (“{denial.cue} …”)"
    return None


def _is_denied(said: str, denial: _Denial, evidence: str) -> bool:
    """Whether a denial of the evidence is of what a text says, and no other part of the evidence affirms it."""
    spared, here = {stem(m.group().lower()) for m in _SPARES.finditer(said)}, stems(said)
    if not spared <= {*denial.scope} or denial.head not in here or not denial.covers(here):
        return False
    told = (part for part in BREAK.split(evidence) if not DENIES.search(part))
    return not any(denial.head in stems(part) and denial.covers(stems(part)) for part in told)


def _same_denied(said: _Denial, told: _Denial, claim: str) -> bool:
    """Whether a denial of the evidence may be that of the claim."""
    if told.subject:
        return told.subject == _beginning(claim, told.subject)
    return said.head in told.scope or told.covers(frozenset(said.scope))


def _beginning(claim: str, subject: tuple[str, ...]) -> tuple[str, ...]:
    """The first content stems of a claim, as many as the subject has."""
    return tuple(stem(w) for w in content_words(claim)[: len(subject)])


def _denied_alone(claim: str, evidence: str) -> str | None:
    """The claim denies what the evidence says without any denial near it."""
    told, spares = list(_denials(evidence)), list(_SPARES.finditer(evidence))
    for denial in _denials(claim):
        head = denial.head
        if denial.cue == "rather than" or not head or any(_same_denied(denial, t, claim) for t in told):
            continue
        if head in stems(evidence):
            near = any(head in [stem(w) for w in content_words(evidence[m.end() : m.end() + _NEAR])[:6]] for m in spares)
            steady = EQUAL.search(evidence) and _CHANGES.match(head)
            if not near and not steady and not _turned(head, evidence):
                return f"it denies (“{denial.cue} …”) what the cited sentence says"
        elif not told and not spares and not _NEGATIVE.search(evidence):
            return f"nothing in the cited sentence is denied (“{denial.cue} …”)"
    return None


def _turned(head: str, text: str) -> bool:
    """Whether a text has a stem with a prefix that denies it."""
    return len(head) >= 4 and any(w.startswith(p) and w[len(p) :].startswith(head[:5]) for w in content_words(text) for p in _PREFIXES)


def _prefixed(claim: str, evidence: str) -> str | None:
    """The claim says "supervised" for "unsupervised", or the other way round, unless either is denied."""
    said, told = set(content_words(claim)), set(content_words(evidence))
    texts = [text.replace("not yet", "not") for text in (claim, evidence)]
    behind = [BREAK.split(text[m.end() : m.end() + _NEAR])[0] for text in texts for m in DENIES.finditer(text)]
    denied = {stem(w) for part in behind for w in content_words(part)[:4]}
    for mine, theirs in ((said, told), (told, said)):
        for word in sorted(mine - theirs):
            for bare in _without_prefix(word):
                rival = next((w for w in sorted(theirs) if w == bare or (bare.endswith("ed") and stem(w) == stem(bare))), None)
                turned = any(w.startswith(_PREFIXES) and bare[:4] in w[2:7] for w in theirs)
                if rival is None or turned or any(stem(w) == stem(bare) for w in mine) or {stem(word), stem(bare)} & denied:
                    continue
                here, there = (word, rival) if mine is said else (rival, word)
                return f"“{here}” is “{there}” in the cited sentence"
    return None


def _beside_the_turned(claim: str, evidence: str) -> str | None:
    """The evidence has both "labelled" and "unlabelled", and the claim the one with what stands there behind the other."""
    told = content_words(evidence)
    for i, word in enumerate(said := content_words(claim)):
        behind = set(said[i + 1 : i + 3])
        for other in {*told} - {word}:
            if (word in _without_prefix(other) or other in _without_prefix(word)) and word in told:
                here = {w for k, t in enumerate(told) if t == word for w in told[k + 1 : k + 3]}
                there = {w for k, t in enumerate(told) if t == other for w in told[k + 1 : k + 3]}
                if behind & there and not behind & here:
                    return f"“{word} {said[i + 1]}” is “{other} {said[i + 1]}” in the cited sentence"
    return None


def _hangs_on(claim: str, evidence: str) -> str | None:
    """The claim lets something depend on what the evidence says it is indifferent to, or the other way round."""
    for mine, theirs in ((_DEPENDS, _INDIFFERENT), (_INDIFFERENT, _DEPENDS)):
        for said in mine.finditer(claim):
            of = stems(BREAK.split(claim[said.end() : said.end() + _NEAR])[0])
            for told in theirs.finditer(evidence):
                behind = BREAK.split(evidence[told.end() : told.end() + _NEAR])[0]
                denied = DENIES.search(claim[max(said.start() - 30, 0) : said.start()])
                if of & stems(behind) and not denied and not mine.search(evidence):
                    return f"the cited sentence says “{told.group().lower()}”, not “{said.group().lower()}”"
    return None


def _never(claim: str, evidence: str) -> str | None:
    """The claim has "never" or "no" where the evidence has "not always" or "not all"."""
    said = _NEVER.search(claim)
    told = _NOT_ALWAYS.search(evidence)
    if said and told and not _NEVER.search(evidence):
        return f"the cited sentence says “{told.group().lower()}”, not “{said.group().lower()}”"
    return None


def _without_prefix(word: str) -> Iterator[str]:
    for prefix in ("un", "non", "in", "im", "dis", "a", "de"):
        bare = word.removeprefix(prefix)
        if bare != word and len(bare) >= 5 and (prefix not in ("a", "de") or bare.startswith(_PREFIXED_ONLY)):
            yield bare
