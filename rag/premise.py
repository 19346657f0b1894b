"""Does a question assume what the abstract contradicts? Finds the sentence and names the difference; pure.

What the question takes for granted (:mod:`rag.premises.assumed`) is held against the likeliest sentences of the paper. Each difference that
can be named, a number, a denial, an opposite, a comparison the other way round, "all" for "some", is a candidate; most are no
contradictions but two texts about different things. A logistic model, fitted by ``evals/premises.py``, tells which: by the words that the
two have in common beside the difference, by how likely the sentence answers, and by how firmly the question puts it. Its threshold
accuses few questions wrongly. Silence is no contradiction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.premises.assumed import Assumed, assumed
from rag.premises.comparisons import agreed, contrasted, turned
from rag.premises.differences import Difference, denied, denying, negated, opposed
from rag.premises.exchanged import exchanged
from rag.premises.figures import other_numbers
from rag.premises.marks import base, bases, marks
from rag.premises.sorts import excluded, overstated
from rag.relevance import Logistic
from rag.types import Paper, Sentence
from rag.words import content_words

READ = 7
"""Sentences of the paper that are read, the likeliest first."""
KINDS = (
    "denied", "denying", "opposed", "excluded", "turned", "contrast", "exchanged", "only", "all", "number", "moved_number",
)  # fmt: skip
FITTED = ("denied", "opposed", "excluded", "turned", "exchanged", "all")
"""Kinds for which the words in common count on their own."""
FIGURES = (
    *(f"is_{kind}" for kind in KINDS), *(f"near_{kind}" for kind in KINDS), *(f"extra_{kind}" for kind in KINDS),
    *(f"fit_{kind}" for kind in FITTED), "overlap", "behind", "weight", "missing", "elsewhere", "later", "asked", "measured",
    "likely", "likely_share", "rank", "firm", "why", "how", "named", "kinds", "compared_turned", "compared_opposed", "asked_denied",
)  # fmt: skip
_WHY = re.compile(r"\bwhy\b|\bhow come\b", re.IGNORECASE)
_HOW = re.compile(r"\W*how\b", re.IGNORECASE)
_HEAD = re.compile(
    r"\b(?:which|what|whose|how (?:many|much)|how (?:[a-z]+ly )?(?:is|are|was|were|does|do|did|can|could|should)(?: i| one| you)?)\s"
    r"(?P<head>(?:[\w-]+\s?){1,6})",
    re.IGNORECASE,
)
"""What a question asks for comes first behind its question word."""
_MEASURES = re.compile(r"\bhow (?:many|much|far|badly|heavily|long|strongly)\b|\bwhich\b|\bwhat\b", re.IGNORECASE)
_MOST_NEAR = 3.0
_SCALES = (opposed, turned, contrasted)
"""What a comparison that agrees with the sentence acquits of."""


@dataclass(frozen=True)
class Contradiction:
    """``sentence`` says otherwise than the question; ``difference`` names how, as a clause for a person."""

    sentence: Sentence
    difference: str


@dataclass(frozen=True)
class Reading:
    """A question and the paper that it is about. ``likely``: for each sentence how likely it answers; ``named``: the share of the
    question's names that the paper has; ``idf``: what the question's content words weigh.
    """

    question: str
    paper: Paper
    sentences: Sequence[Sentence]
    likely: npt.NDArray[np.float32]
    named: float
    idf: Mapping[str, float]


@dataclass(frozen=True)
class Candidate:
    """A difference, the index of the sentence, and the figures by which it is judged, (len(FIGURES),)."""

    difference: Difference
    sentence: int
    figures: npt.NDArray[np.float32]


@cache
def premise_model() -> tuple[Logistic, float]:
    """The model and the probability from which on a difference is a contradiction."""
    fitted: dict[str, Any] = json.loads((resources.files("rag") / "data" / "premise.json").read_text("utf-8"))
    return Logistic.from_json(fitted, FIGURES), float(fitted["threshold"])


def contradiction(reading: Reading) -> Contradiction | None:
    """The surest contradiction between what a question takes for granted and the paper's sentences; None if none is sure enough."""
    found = candidates(reading)
    if not found:
        return None
    model, threshold = premise_model()
    sure = model.probability(np.stack([c.figures for c in found]))
    nearest = np.array([c.difference.near for c in found], np.float32)
    best = int(np.argmax(sure + np.float32(1e-3) * nearest))
    if sure[best] < threshold:
        return None
    beside = [found[i] for i in np.argsort(-sure) if sure[i] >= threshold and found[i].sentence == found[best].sentence]
    told = next((c for c in beside if c.difference.kind == "turned"), beside[0])  # which tells the same and more
    return Contradiction(reading.sentences[told.sentence], told.difference.told)


def candidates(reading: Reading) -> list[Candidate]:
    """All differences between what is assumed and the paper's likeliest sentences."""
    name = _name(reading.paper)
    found = []
    for rank, i in enumerate(np.argsort(-reading.likely, kind="stable")[:READ]):
        here = list(_differences(reading, reading.sentences[i].text, name))
        kinds = len({d.kind for _, d in here})
        for piece, difference in here:
            figures = _figures(reading, piece, difference, int(i), rank, name)
            found.append(Candidate(difference, int(i), _row(difference, figures | {"kinds": kinds - 1.0})))
    return found


def _differences(reading: Reading, sentence: str, name: frozenset[str]) -> Iterator[tuple[Assumed, Difference]]:
    for piece in assumed(reading.question):
        yield from ((piece, d) for d in denied(piece.text, sentence, name))
        for search in (denying, excluded, exchanged, negated, overstated, *(() if agreed(piece.text, name, sentence) else _SCALES)):
            yield from ((piece, d) for d in search(piece.text, sentence, name, reading.paper.abstract))
    whole = Assumed(reading.question, True)
    yield from ((whole, d) for d in other_numbers(reading.question, sentence, reading.paper.abstract, reading.paper.title))


def _figures(reading: Reading, piece: Assumed, difference: Difference, sentence: int, rank: int, name: frozenset[str]) -> dict[str, float]:
    words = [(base(w), reading.idf.get(w, 0.0)) for w in content_words(piece.text) if base(w) not in name]
    total = sum(weight for _, weight in words) or 1.0
    others = " ".join(s.text for i, s in enumerate(reading.sentences) if i != sentence)
    later = " ".join(s.text for s in reading.sentences[sentence + 1 :])
    asked = frozenset[str]().union(*(bases(m["head"]) for m in _HEAD.finditer(reading.question)))
    held = bases(reading.paper.abstract) | bases(reading.paper.title)
    likely = float(reading.likely[sentence])
    shared = [sum(weight for word, weight in words if word in bases(s.text)) / total for s in reading.sentences]
    return {
        "overlap": shared[sentence], "behind": max(shared) - shared[sentence],
        "weight": sum(weight for word, weight in words if word in difference.focus) / total,
        "missing": sum(weight for word, weight in words if word not in held) / total,
        "elsewhere": float(bool(difference.word) and any(m.base == difference.word and not m.denial for m in marks(others))),
        "later": float(any(not m.denial and m.base in difference.focus for m in marks(later))),
        "asked": len(difference.focus & asked) / max(1, len(difference.focus)), "measured": float(bool(_MEASURES.search(reading.question))),
        "likely": likely, "likely_share": likely / max(float(reading.likely.max()), 1e-6), "rank": float(rank),
        "firm": float(piece.firm), "why": float(bool(_WHY.search(reading.question))), "how": float(bool(_HOW.match(piece.text))),
        "named": reading.named, "compared": float(agreed(piece.text, name, f"{reading.sentences[sentence].text} {later}")),
    }  # fmt: skip


def _row(difference: Difference, figures: Mapping[str, float]) -> npt.NDArray[np.float32]:
    own = {
        f"is_{difference.kind}": 1.0,
        f"near_{difference.kind}": min(_MOST_NEAR, difference.near),
        f"extra_{difference.kind}": difference.extra,
        f"fit_{difference.kind}": figures["overlap"],
        f"asked_{difference.kind}": figures["asked"],
        f"compared_{difference.kind}": figures["compared"],
    }
    return np.array([own.get(name, figures.get(name, 0.0)) for name in FIGURES], np.float32)


def _name(paper: Paper) -> frozenset[str]:
    """The bases of what stands before a colon in the title, which is the name of the paper's own work."""
    before, colon, _ = paper.title.partition(":")
    return bases(before) if colon and len(before.split()) <= 3 else frozenset()
