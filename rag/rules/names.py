"""Names and acronyms of a written sentence: does the evidence have them, or the title? Pure.

The check takes the claim, the evidence (the cited sentences, one a line) and the paper's title, and returns what is wrong as a clause for a
person, or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.words import STOPWORDS, content_words, stem

_TOKEN = re.compile(r"[^\W_]+(?:[-./+’'][^\W_]+)*")
_SHAPED = re.compile(r"[^\W\d_][^\W\d_]*[A-Z]|[^\W\d_]\d|\d[^\W\d_]")
_COUNTED = re.compile(r"\d[\d.,]*(?:[a-z%]{1,3}|[KMBX]|GB|MB|TB|kHz|Hz|MHz|GHz)?(?:-[a-z]+)*", re.ASCII)
_UNITS = frozenset("GPa MPa kPa GHz MHz kHz Hz GB MB KB TB kWh kW MW mW mV eV keV dB mmHg Mbps Gbps mAh".split())
_PLACED = r"\w+(?:ed|ing|fers?)|run|ran|built|learnt|works?|acts?"
_PLACES = "on|to|from|with|by|in|for|over|into|using|against"
_COMMON = frozenset({"ai", "ml", "rl", "i"})
"""Acronyms of the whole field, which any sentence may use."""


def name_problem(claim: str, evidence: str, title: str = "") -> str | None:
    """A name or acronym that neither evidence nor title has."""
    known = _known_names(f"{evidence}\n{title}")
    for name in names(claim):
        if not _is_known(name, known):
            return f"the name “{name}” is not in the cited sentence"
    return _swapped_place(claim, evidence)


def _swapped_place(claim: str, evidence: str) -> str | None:
    """A claim of "learned on Brax" where the evidence has "learned on gridworlds" and Brax in another place."""
    for name in names(claim):
        said = re.search(rf"\b({_PLACED})\s({_PLACES})\s(?:the\s)?{re.escape(name)}(?!\w)", claim)
        if not said or not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", evidence):
            continue
        told = [m for m in re.finditer(rf"\b([a-z]{{3,}})\s{said.group(2)}\s", evidence) if stem(m.group(1)) == stem(said.group(1))]
        behind = [re.split(rf"[;:.(]\s|\b(?:{_PLACES})\b", evidence[m.end() :])[0] for m in told]
        if told and not any(name in b for b in behind):
            return f"“{said.group(1)} {said.group(2)} {name}” is not what the cited sentence says"
    return None


def names(text: str) -> Iterator[str]:
    """Words written like names: an inner capital, letters with digits, or a capital inside a sentence."""
    for match in _TOKEN.finditer(text):
        word = match.group()
        if _COUNTED.fullmatch(word) or (word in _UNITS and text[: match.start()].rstrip()[-1:].isdigit()):
            continue
        before = text[max(match.start() - 20, 0) : match.start()]
        start = not before.strip() or bool(re.search(r"[.:?!“\"(]\s*$", before))
        if any(_SHAPED.search(part) for part in re.split(r"[-./+’']", word)) or (word[0].isupper() and not start):
            yield word


@lru_cache(maxsize=64)
def _known_names(text: str) -> frozenset[str]:
    """Every run of up to four words squeezed into one, and the initials of every run of two to six."""
    words = _TOKEN.findall(text)
    parts = [p for w in words for p in re.split(r"[-./+’']", w)]
    known = {squeezed("".join(run[i : i + n])) for run in (words, parts) for n in (1, 2, 3, 4) for i in range(len(run))}
    initials = "".join(p[0].lower() for p in parts)
    strong = "".join(p[0].lower() for p in parts if p.lower() not in STOPWORDS)
    return frozenset(known) | {letters[i : i + n] for letters in (initials, strong) for n in range(2, 7) for i in range(len(letters))}


def _is_known(name: str, known: frozenset[str]) -> bool:
    whole = squeezed(name)
    if whole in known or whole in _COMMON:
        return True
    parts = re.split(r"[-./+’']", name)
    written = [p for p in parts if _SHAPED.search(p) or p[:1].isupper() or p.isdigit()]
    return len(parts) > 1 and all(squeezed(p) in known or squeezed(p) in _COMMON for p in written)


def squeezed(text: str) -> str:
    """In lower case, letters and digits only, without a plural's or genitive's s."""
    bare = re.sub(r"[’']s\b", "", text)
    bare = re.sub(r"[\W_]+", "", bare.lower())
    return bare[:-1] if len(bare) > 2 and bare.endswith("s") else bare


def acronyms_of(claim: str, evidence: str) -> set[str]:
    """The content words of a claim that spell out an acronym of the evidence ("reinforcement learning" for RL), and the other way round."""
    return set(_spelled(claim, evidence)) | {w for w in content_words(claim) if any(w == a for a in _initials_used(evidence, claim))}


def _spelled(text: str, other: str) -> Iterator[str]:
    short = {a.lower().removesuffix("s") for a in re.findall(r"\b[A-Z]{2,6}s?\b", other)}
    words = [w.lower() for w in re.findall(r"[^\W\d_]+", text)]
    for n in range(2, 7):
        for i in range(len(words) - n + 1):
            if "".join(w[0] for w in words[i : i + n]) in short:
                yield from words[i : i + n]


def _initials_used(text: str, other: str) -> Iterator[str]:
    """The acronyms of ``other`` whose words stand in ``text``."""
    words = [w.lower() for w in re.findall(r"[^\W\d_]+", text)]
    initials = "".join(w[0] for w in words)
    for acronym in re.findall(r"\b([A-Z]{2,6})s?\b", other):
        if acronym.lower() in initials:
            yield acronym.lower()
            yield acronym.lower() + "s"
