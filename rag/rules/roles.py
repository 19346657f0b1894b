"""Who does what to whom in a written sentence, held against its evidence: subject and object exchanged, a deed of another; pure.

There is no parser here. A deed is a word that has the shape of a verb and an object right behind it; its subject is what stands before it
in its clause, or behind "by" if it is told passively. A check takes the claim and the evidence (the cited sentences, one a line) and
returns what is wrong as a clause for a person, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.rules.names import names
from rag.words import STOPWORDS, content_words, stem, stems

_TOKEN = re.compile(r"[^\W_]+(?:[’'./-][^\W_]+)*|[,;:()\n]|\.(?=\s|$)")
_STOPS = frozenset(",;:()\n.")
_CLAUSES = _STOPS | frozenset("and but while whereas although though because since if unless yet or".split())
_BE = frozenset("is are was were be been being gets get".split())
_MODAL = frozenset("can may might could will would should must to does do did not cannot never helps lets".split())
_NO_SUBJECT = frozenset(
    """the a an of in on at with for by from into over under its their his her our this these those all both each every any no more less
    most fewer several many two three four five six seven eight nine ten than as per""".split()
)
_NO_OBJECT = _CLAUSES | frozenset(
    """of in on at with for by from into over under to than as per via within without through during across after before when where
    against among which that who is are was were be been has have had can may might could will would should must not up down out off well
    too only""".split()
)
_MEANS = re.compile(
    r"\b(?:through|via|using|with|by|due to|because of|thanks to|across|in|on|over|under|during|for|from|after|as|to)\b(?! which\b)"
    r"(?:(?!\bof\b)[^,;:()\n])*"
)
"""What stands behind these is no object: the means, the place, the purpose. It may as well be told as the doer."""
_TURN = re.compile(r"[,;:()\n]|\b(?:while|whereas|(?<!on )(?<!in )(?<!for )which|but|although|where)\b")
"""What stands behind these may have a verb of its own, told or left out."""
_ASIDE = re.compile(
    r"\b(?:unlike|like|compared (?:with|to)|in contrast to|as opposed to|in comparison (?:with|to)|instead of)\s[^,;:]*,", re.IGNORECASE
)
_INSTEAD = re.compile(r"\b(?:rather than|instead of)\b", re.IGNORECASE)
_UNLIKE = re.compile(r"\b(?:unlike|in contrast to|as opposed to)\s(?:the\s|a\s)?([\w-]+)", re.IGNORECASE)
_LIKE = re.compile(r"(?:^|[,;]\s)(?:like|just as|similar(?:ly)? to|as with)\s(?:the\s|a\s)?([\w-]+)", re.IGNORECASE)
_DETERMINED = re.compile(r"(?:the|an?|its|their|his|her|this|these|all|both|each|every|\d.*)$")
_WEAK_VERBS = frozenset("has does goes says this its thus across towards others".split())


@dataclass(frozen=True)
class _Deed:
    """``word``: the verb as written; ``subject``, ``thing``: stems of the words of who does it and of what it is done to.

    ``before``, ``behind``: the stems of all words of the sentence on the doer's side and on the other one.
    """

    word: str
    root: str
    subject: frozenset[str]
    thing: frozenset[str]
    before: frozenset[str]
    behind: frozenset[str]
    own: frozenset[str]
    """The subject with all that "and" joins to it."""


def exchange_problem(claim: str, evidence: str) -> str | None:
    """The claim lets something do what is done to it, or what something else does; or it adds a name to a list that it is no part of."""
    deeds = list(_deeds(_ASIDE.sub("", claim)))
    roots = frozenset(d.root for d in deeds)
    told = [deed for line in evidence.split("\n") for deed in _deeds(_ASIDE.sub("", line), roots)]
    known, named = stems(evidence), {stem(n.lower()) for n in names(f"{claim}\n{evidence}")}
    mine = {s for s in named if re.search(rf"\b{re.escape(s)}", claim.lower()) and not re.search(rf"\b{re.escape(s)}", claim)}
    for said in deeds:
        same = [t for t in told if t.root == said.root]
        doer = said.subject & known
        if not same or not doer or any(not t.before for t in same):
            continue
        if len(said.subject) <= 3 and doer & mine and all(_of_another(doer & mine, said, t, named) for t in same):
            return f"the cited sentence says it of “{_written(same[0].own & named, evidence)}”, not of “{_written(doer & mine, claim)}”"
        if any(doer & t.before for t in same):
            continue
        if all(doer & t.behind and said.thing & (t.thing | t.before) for t in same):
            return f"in the cited sentence it is not “{_written(doer, claim)}” that “{said.word}”"
    return _listed(claim, evidence) or _instead(claim, evidence) or _likened(claim, evidence)


def _of_another(doer: frozenset[str], said: _Deed, told: _Deed, named: set[str]) -> bool:
    """Whether a deed is told of something else that has a name, and of the same thing."""
    return bool(told.own & named) and not doer & told.own and bool(said.thing & told.thing)


def _instead(claim: str, evidence: str) -> str | None:
    """The claim has "B rather than A" where the evidence has "A rather than B"."""
    for said in _INSTEAD.finditer(claim):
        for told in _INSTEAD.finditer(evidence):
            before, behind = _beside(claim, said)
            left, right = _beside(evidence, told)
            if behind & left - right and before & right - left and not behind & right:
                return f"the cited sentence tells it the other way round (“{told.group().lower()} …”)"
    return None


def _beside(text: str, match: re.Match[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of the three content words before a place and of the one behind."""
    before, behind = content_words(text[: match.start()])[-3:], content_words(text[match.end() :])[:1]
    return frozenset(map(stem, before)), frozenset(map(stem, behind))


def _likened(claim: str, evidence: str) -> str | None:
    """The claim has "like A" where the evidence has "unlike A", or the other way round."""
    for mine, theirs in ((_LIKE, _UNLIKE), (_UNLIKE, _LIKE)):
        for said in mine.finditer(claim):
            if any(stem(t.group(1).lower()) == stem(said.group(1).lower()) for t in theirs.finditer(evidence)):
                return f"“{said.group()}” is the opposite of what the cited sentence says"
    return None


def _deeds(text: str, roots: frozenset[str] = frozenset()) -> Iterator[_Deed]:
    """The deeds told by a sentence; of ``roots`` in any form ("while using less"): the subject of a participle is the sentence's."""
    words = _TOKEN.findall(re.sub(r"s[’'](?=\s)", "s’s", text))
    for i, word in enumerate(words):
        past = word.endswith("ed")
        passive = past and bool(_BE & {w.lower() for w in words[max(i - 2, 0) : i]})
        if not _is_verb(words, i, roots) and not passive:
            continue
        start = max((k + 1 for k in range(i) if words[k].lower() in _CLAUSES), default=0)
        end = next((k for k in range(i, len(words)) if words[k].lower() in _CLAUSES), len(words))
        if "than" in words[i:end]:
            continue  # a comparison; :mod:`rag.rules.direction` looks at it
        before, behind = _stems(words[:i]), stems(_MEANS.sub(" ", _TURN.split(" ".join(words[i + 1 :]))[0]))
        subject, thing = _stems(words[start:i]), _stems(words[i + 1 : end])
        if passive:
            lower = [w.lower() for w in words[i + 1 : end]]
            if "by" not in lower:
                continue
            agent = i + 2 + lower.index("by")
            subject, thing = _stems(words[agent:end]), subject
            before, behind = _stems(words[i + 1 :]), _stems(words[:i])
        wide = max((k + 1 for k in range(i) if words[k].lower() in _CLAUSES - {"and", "or"}), default=0)
        yield _Deed(word, _root(word), subject or before, thing, before, behind, subject if passive else _stems(words[wide:i]))


def _is_verb(words: list[str], i: int, roots: frozenset[str]) -> bool:
    """Whether a word has the shape and the neighbours of a verb with an object."""
    word, before = words[i], words[i - 1].lower() if i else ""
    behind = words[i + 1].lower() if i + 1 < len(words) else "."
    if not word.isalpha() or not word.islower() or len(word) < 4 or word in STOPWORDS or behind in _NO_OBJECT or word.endswith("ly"):
        return False
    if _root(word) in roots:
        return before not in _NO_SUBJECT
    if before in _MODAL:
        return True
    if not i or before in _NO_SUBJECT or before.endswith("’s") or word in _WEAK_VERBS:
        return False
    if word.endswith("ed"):
        return bool(_DETERMINED.match(behind))
    return word.endswith("s") and not word.endswith(("ss", "us", "is")) and not behind.endswith("ed")


def _root(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|e|s)$", "", word.lower())[:6]


def _stems(words: list[str]) -> frozenset[str]:
    return stems(" ".join(words))


def _written(found: frozenset[str], text: str) -> str:
    return " ".join(w for w in dict.fromkeys(content_words(text)) if stem(w) in found)


def _listed(claim: str, evidence: str) -> str | None:
    """The claim has "A and B" of two names, the evidence "A and C", and B in another clause only."""
    for first, second in _pairs(claim):
        mates = [pair for pair in _pairs(evidence) if first in pair or second in pair]
        if not mates or any({first, second} <= {*pair} for pair in mates):
            continue
        parts = re.split(r"[;:,\n]|\b(?:while|whereas|but|although|than)\b", evidence)
        if first in evidence and second in evidence and not any(first in p and second in p for p in parts):
            mate = next(iter({*mates[0]} - {first, second}))
            return f"the cited sentence says it of “{mate}”, not of “{second if first in mates[0] else first}”"
    return None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names with "and" or "or" between them."""
    for match in re.finditer(r"([\w.-]*\w)\s(?:and|or)\s([\w-][\w.-]*\w)", text):
        if {match.group(1), match.group(2)} <= {*names(text)}:
            yield match.group(1), match.group(2)
