"""Numbers of a written sentence: does the evidence have them, and with the same things beside them? Pure.

Each check takes the claim, the evidence (the cited sentences, one a line) and the paper's title, and returns what is wrong as a clause
for a person, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import isfinite

from rag.quantities import Amount, amounts
from rag.rules.direction import seen_from_the_other_side
from rag.rules.names import names, squeezed
from rag.words import STOPWORDS, content_words, stem, stems

_SAME = 1e-6
_BEYOND = re.compile(r"(?:more|larger|greater|higher|longer|bigger) than|exceed\w*|above")
"""Exactly ten is not "more than ten"."""
_CLAUSE = re.compile(r"[;:()\n]|,(?!\d)|\.\s|\b(?:and|but|while|whereas|although|though|yet|because|since|which|when|if)\b")
_PARTS = re.compile(rf"{_CLAUSE.pattern}|\b(?:compared (?:with|to)|versus|vs\.?|instead of|rather than|against|where)\b")
_OPENS = re.compile(r"\s*(?:at|in|on|with|under|for|after|within|by|across|using)\b[^.]{0,40}$", re.IGNORECASE)
"""The opening phrase of a sentence belongs to what follows."""
_COMPARED = re.compile(r"\b(?:versus|vs\.?|against|compared (?:with|to)|as opposed to)\b", re.IGNORECASE)
_ON_NAME = re.compile(r"\b[oO]n (?:the )?([A-Z][\w.-]*\w)")
_NONE_OF = re.compile(r"\bnone of (?:the )?", re.IGNORECASE)
_NAME_BEFORE = re.compile(r"((?=[\w-]*[A-Z])[\w-]*[A-Z0-9][\w-]*)\s\($")
_NAME_BEHIND = re.compile(r"\s((?=\w*[A-Z]\w*[A-Z0-9])[\w-]*\w)\s[a-z]")
_TOKEN = re.compile(r"[^\W_]+(?:[-./+’'][^\W_]+)*")
_MORE_OR_LESS = dict.fromkeys(("more", "higher", "greater", "larger", "longer"), 1)
_MORE_OR_LESS |= dict.fromkeys(("fewer", "less", "lower", "smaller", "shorter"), -1)
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?![\d.,]\d|\d)")
_AGED = re.compile(r" (?:or|and) (?:over|older|above|more|younger|under)\b")
_PREPOSITIONS = frozenset("on in for with to by at across from over under".split())
_A_UNIT = re.compile(r"\b(?:an?|one) (second|minute|hour|day|week|month|year|decade)\b", re.IGNORECASE)


def clauses(text: str) -> list[str]:
    """The parts of a text between commas, semicolons and conjunctions."""
    return [part for part in _CLAUSE.split(text) if part.strip()]


def number_problem(claim: str, evidence: str, title: str = "") -> str | None:
    """A number that the evidence lacks, has in another unit or range, or gives for something else."""
    told = amounts(evidence)
    for said in amounts(claim):
        if said.bound == "from":
            if any(t.bound == "from" and t.falls != said.falls and (t.low, t.high) == (said.low, said.high) for t in told):
                return f"the change “{said.text}” runs the other way in the cited sentence"
            continue
        meant = [t for t in told if _says(t, said)]
        if meant and not seen_from_the_other_side(claim, evidence) and all(_more_or_less(said) * _more_or_less(t) < 0 for t in meant):
            return f"“{said.text} {said.after[0]}” is “{meant[0].text} {meant[0].after[0]}” in the cited sentence"
        if not meant:
            if not _tolerated(said, claim, evidence, title, told):
                return _lacking(said, told)
        elif (other := _misplaced(said, meant, told, claim, evidence)) is not None:
            return f"the number {said.text} belongs to something else in the cited sentence, which gives {other.text} here"
        elif said.plain and (place := _other_place(said, meant, claim, evidence)):
            return f"the cited sentence gives {said.text} for “{place}”"
        elif said.plain and all(_by_or_to(claim, said) + _by_or_to(evidence, m) in ("byto", "toby") for m in meant):
            return f"the cited sentence tells what changed {_by_or_to(evidence, meant[0])} {said.text}, not {_by_or_to(claim, said)} it"
    return _other_share(claim, evidence)


def _more_or_less(amount: Amount) -> int:
    """1 for "five times more", -1 for "five times fewer", else 0."""
    return _MORE_OR_LESS.get(amount.after[0], 0) if amount.after else 0


def _other_share(claim: str, evidence: str) -> str | None:
    """The claim has "22 of 22" where the evidence has "17 of 22"."""
    told = list(_shares(evidence))
    for part, whole in _shares(claim):
        same = [p for p, w in told if _equal(w.low, whole.low) and w.unit == whole.unit]
        if same and not any(_equal(p.low, part.low) and p.unit == part.unit for p in same):
            return f"“{part.text} of {whole.text}” is “{same[0].text} of {whole.text}” in the cited sentence"
    return None


def _shares(text: str) -> Iterator[tuple[Amount, Amount]]:
    """The numbers told as "X of Y"."""
    found = [a for a in amounts(text) if a.plain]
    none = (m.end() for m in _NONE_OF.finditer(text))
    yield from ((replace(a, text="none", low=0.0, high=0.0), a) for end in none for a in found if a.start == end)
    yield from ((a, b) for a, b in pairwise(found) if re.fullmatch(r"\s(?:out\s)?of\s(?:the\s)?", text[a.end : b.start]))


def _says(told: Amount, said: Amount) -> bool:
    """Whether what is told bears out what is said."""
    if told.unit != said.unit:
        return _same_share(told, said)
    if said.plain:
        if said.bound in ("beyond", "past") or (said.bound == "over" and told.high == float("inf")):
            return _equal(told.low, said.low) or _equal(told.high, said.low)
        if not told.plain:
            return False
        if said.bound == "over":
            return said.low < told.low <= 1.2 * said.low or (told.bound == "over" and _equal(told.low, said.low))
        if said.bound in ("within", "in", ""):
            return _equal(told.low, said.low)
        return 0.9 * said.low <= told.low <= 1.1 * said.low
    if said.high == float("inf"):
        if told.plain and _BEYOND.fullmatch(said.bound):
            return said.low < told.low <= 1.2 * said.low
        return _equal(told.low, said.low) or (told.plain and said.bound != "at least" and said.low < told.low <= 1.2 * said.low)
    if said.low == -float("inf"):
        if told.plain:
            return (said.bound not in ("up to", "at most") or told.bound == "within") and 0.8 * said.high <= told.high <= said.high
        return _equal(told.high, said.high)
    return _equal(told.low, said.low) and _equal(told.high, said.high)


def _equal(a: float, b: float) -> bool:
    return a == b or (isfinite(a) and isfinite(b) and abs(a - b) <= _SAME * max(abs(a), abs(b)))


def _same_share(told: Amount, said: Amount) -> bool:
    """A quarter and 25 %, five times fewer and a fifth; "half" and "twice" are no more the same than 2 and 1/2."""
    if not (told.plain and said.plain):
        return False
    pairs = ((told, said), (said, told))
    return any(a.unit == "times" and b.unit == "%" and a.in_words and _equal(100 * a.low, b.low) for a, b in pairs)


def _tolerated(said: Amount, claim: str, evidence: str, title: str, told: list[Amount]) -> bool:
    if _is_difference(said, evidence, told) or _is_one(said, evidence) or _has_its_unit_before(said, claim, told):
        return True
    if re.search(rf"(?<![\w.]){re.escape(said.text)}(?!\w)", title):
        return True
    before = _TOKEN.findall(claim[: said.start])
    if before and before[-1][0].isupper() and squeezed(before[-1] + said.text) in squeezed(evidence + " " + title):
        return True
    if not said.unit and re.search(rf"[A-Za-z]-?{re.escape(said.text)}(?!\w)", evidence) and before and claim[said.start - 1] in " -":
        return True
    if said.plain and said.in_words and said.unit == "times" and not said.text.isalpha():
        return any(t.unit == "times" and t.plain and _equal(t.low * said.low, 1) for t in told)
    if not said.in_words or said.unit or not said.plain:
        return False
    if said.low == 0:
        return bool(re.search(r"\b(?:no|not|none|without|never)\b", evidence))
    noun = _noun(said)
    if said.low > 3 or any(noun and noun == _noun(t) for t in told):
        return False
    return said.low == 1 or bool(re.search(r"\b(?:and|both|dual|pair|two|then)\b", evidence))


def _is_difference(said: Amount, evidence: str, told: list[Amount]) -> bool:
    """Whether a number is how far the evidence says that something went ("from 9 to 7 days"), or how many years lie between two of its."""
    if not said.plain:
        return False
    changes = ((t.low, t.high) for t in told if t.bound == "from" and t.unit in (said.unit, "" if said.unit == "points" else said.unit))
    if any(_equal(high - low, said.low) for low, high in changes):
        return True
    if said.unit == "points" and any(t.bound == "from" and t.unit == "%" and _equal(t.high - t.low, said.low) for t in told):
        return True
    years = sorted({int(y) for y in _YEAR.findall(evidence)})
    return said.unit == "month" and any(_equal(12 * (b - a), said.low) for a in years for b in years if b > a)


def _is_one(said: Amount, evidence: str) -> bool:
    """Whether "60 minutes" are "an hour" of the evidence."""
    return said.unit in ("s", "month") and any(
        a.unit == said.unit and _equal(a.low, said.low) for m in _A_UNIT.finditer(evidence) for a in amounts(f"1 {m.group(1)}")
    )


def _has_its_unit_before(said: Amount, claim: str, told: list[Amount]) -> bool:
    """Whether a bare number shares the unit of one before it: "by 2.5 points there, and by 0.8 here"."""
    if said.unit or not said.plain or (_noun(said) and said.after[0] not in _PREPOSITIONS):
        return False
    if _AGED.match(claim, said.end) and any(t.unit == "month" and _equal(t.low, 12 * said.low) for t in told):
        return True
    before = [a for a in amounts(claim) if a.end < said.start and a.unit]
    return bool(before) and any(t.plain and t.unit == before[-1].unit and _equal(t.low, said.low * _scale(before[-1])) for t in told)


def _scale(amount: Amount) -> float:
    """What one of an amount's unit as written is in base units."""
    unit = amount.text.split()[-1]
    one = amounts(f"1 {unit}")
    return one[0].low if one and one[0].unit == amount.unit else 1.0


def _noun(amount: Amount) -> str:
    return next((stem(w) for w in amount.after if w not in STOPWORDS), "")


def _nouns(amount: Amount) -> set[str]:
    return {stem(w) for w in amount.after if w not in STOPWORDS}


def _lacking(said: Amount, told: list[Amount]) -> str:
    said_with_bound = f"{said.bound} {said.text}".strip() if not said.plain else said.text
    near = [t for t in told if {t.low, t.high} & {said.low, said.high} - {float("inf"), -float("inf")}]
    near += [t for t in told if re.match(r"[\d.,]+", t.text) and _digits(t.text) == _digits(said.text)]
    if near:
        return f"“{said_with_bound}” is “{f'{near[0].bound} {near[0].text}'.strip()}” in the cited sentence"
    return f"the number {said.text.replace('%', ' %').replace('  ', ' ')} is not in the cited sentence"


def _digits(text: str) -> str:
    return "".join(re.findall(r"[\d.]+", text)[:1])


def _misplaced(said: Amount, meant: list[Amount], told: list[Amount], claim: str, evidence: str) -> Amount | None:
    """The number that the evidence gives for what the claim gives this one for, if the evidence gives this one for something else."""
    both = [a.low for a in amounts(claim) if _side_by_side(claim, a, said)]  # who has which is compared elsewhere
    rivals = [t for t in told if t.unit == said.unit and t.plain and not any(_equal(t.low, x) for x in (*both, *(m.low for m in meant)))]
    if not rivals or not said.plain:
        return None
    noun = _noun(said)
    if noun and not said.unit and not any(not _nouns(m) or noun in _nouns(m) for m in meant):
        for rival in rivals:
            if noun == _noun(rival):
                return rival
    if noun and any(noun in _nouns(m) for m in meant):
        rivals = [r for r in rivals if noun in _nouns(r) or _ends_clause(evidence, r)]
    if any(_in_a_row(evidence, t) for t in (*meant, *rivals)) or _in_a_row(claim, said):
        return None
    if (name := _name_before(claim, said)) and any(name == _name_before(evidence, m) for m in meant):
        return None
    named = {stem(n.lower()) for n in names(f"{claim}\n{evidence}")}
    for rival in rivals:
        together = any(_clause_at(evidence, rival) == _clause_at(evidence, m) for m in meant)
        around, theirs = _around(claim, said, together), _around(evidence, rival, together)
        beside = frozenset().union(*(_around(evidence, m, together) for m in meant))
        lead = content_words(claim[slice(*_clause_at(claim, said))])[:2]
        if len(lead) == 2 and not together and {stem(w) for w in lead} <= theirs - beside:
            return rival
        if len(around & named & beside - theirs) > len(around & named & theirs - beside):
            continue
        around -= {noun}  # the other number may leave it to be understood
        own, other = (_weight(around & words, named) for words in (beside - theirs, theirs - beside))
        if other > own and (other >= 2 or (own == 0 and (together or _is_led_by(claim, said, evidence, rival, meant)))):
            return rival
    return None


def _side_by_side(text: str, one: Amount, other: Amount) -> bool:
    """Whether two numbers are compared, "70.9 %, compared with 78.4 %", or one went to the other."""
    first, second = sorted((one, other), key=lambda a: a.start)
    between = text[first.end : second.start]
    changes = text[: first.start].endswith("from ") and " to " in between
    return first.start != second.start and (changes or bool(_COMPARED.search(between)))


def _ends_clause(text: str, amount: Amount) -> bool:
    """Whether nothing follows a number in its clause, so that its noun is the one of the number before."""
    return not text[amount.end : _clause_at(text, amount)[1]].strip(" .%\\")


def _is_led_by(claim: str, said: Amount, evidence: str, rival: Amount, meant: list[Amount]) -> bool:
    """Whether what stands before a number in the claim stands before the rival in the evidence, and none of it before the number itself."""
    lead, theirs = _around(claim, said, before=True), _around(evidence, rival, before=True)
    own = frozenset().union(*(_around(evidence, m, before=True) for m in meant))
    return bool(lead & (theirs - own)) and not lead & (own - theirs)


def _weight(words: frozenset[str], named: set[str]) -> int:
    """How many words; names count twice and another number thrice, since they are seldom said in other words."""
    return len(words) + len(words & named) + 2 * sum(w.startswith("#") for w in words)


def _name_before(text: str, amount: Amount) -> str:
    """The name that a number is written right behind ("Atari 100k"), or ""."""
    found = re.search(r"\b([A-Z][\w-]*)\s$", text[max(amount.start - 40, 0) : amount.start])
    return found.group(1) if found else ""


def _other_place(said: Amount, meant: list[Amount], claim: str, evidence: str) -> str:
    """The name that the evidence gives a number "on", if the claim gives it on another that the evidence has elsewhere; else ""."""
    start, end = _clause_at(claim, said)
    bracketed = [m.group(1) if (m := _NAME_BEFORE.search(evidence[max(t.start - 40, 0) : t.start])) else "" for t in meant]
    if all(bracketed) and not any(squeezed(b) in squeezed(claim) for b in bracketed) and any(True for _ in names(claim)):
        return bracketed[0]
    behind = [m.group(1) if (m := _NAME_BEHIND.match(evidence, t.end)) else "" for t in meant]
    if all(behind) and not any(b in claim for b in behind):
        beside = [n for n in names(claim[start:end]) if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", evidence)]
        if beside and not any(set(beside) <= set(names(evidence[slice(*_clause_at(evidence, t))])) for t in meant):
            return behind[0]
    mine = [m for m in _ON_NAME.finditer(claim, start, end) if m.group(1) in names(claim)]
    clauses_of = [_clause_at(evidence, t) for t in meant]
    for here in mine:
        name = here.group(1)
        found = [[m.group(1) for m in _ON_NAME.finditer(evidence, *at)] for at in clauses_of]
        elsewhere = name in evidence and not any(name in evidence[slice(*at)] for at in clauses_of)
        if elsewhere and all(found) and not any(f in claim for f in found[0]):
            return found[0][0]
    return ""


def _in_a_row(text: str, amount: Amount) -> bool:
    """Whether a number stands right beside another ("13 % and 22 %"), so that what each is of stands elsewhere."""
    before = re.search(r"\d[\d.,]*\s?(?:\\?%|[a-z]+)?,?\s(?:and\s)?$", text[max(amount.start - 40, 0) : amount.start])
    return bool(before or re.match(r",?\s(?:and\s)?\d", text[amount.end :]))


def _by_or_to(text: str, amount: Amount) -> str:
    """Whether a number is told as a difference ("by 23 %") or as what was reached ("to 81 %")."""
    before = text[max(amount.start - 40, 0) : amount.start]
    if re.search(r"\b(?:rate|accuracy|score|recall|precision|F1|efficiency|performance|return) (?:of|at|is|was) $", before):
        return "to"
    found = re.search(r"\b(by|to)\s+\+?$", before)
    return found.group(1) if found else ""


def _clause_at(text: str, amount: Amount) -> tuple[int, int]:
    """Where a number's clause begins and ends."""
    breaks = [(m.start(), m.end()) for m in _PARTS.finditer(text)]
    start = max((end for _, end in breaks if end <= amount.start), default=0)
    ends = sorted(at for at, _ in breaks if at >= amount.end)
    opens = ends and (not start or text[:start].rstrip()[-1:] in ".\n" or text[start - 1] == "\n") and _OPENS.match(text[start : ends[0]])
    return start, next(iter(ends[1:] if opens else ends), len(text))


def _around(text: str, amount: Amount, before: bool = False) -> frozenset[str]:
    """The stems of the words in a number's clause and the other numbers there, or the words before it only."""
    start, end = _clause_at(text, amount)
    if before:
        return frozenset(s for s in stems(text[start : amount.start]) if not s[0].isdigit())
    others = {f"#{a.low:g}" for a in amounts(text) if start <= a.start and a.end <= end and a.start != amount.start}
    return frozenset(s for s in stems(text[start:end]) if not s[0].isdigit()) | others
