"""The gate: is a sentence that a language model wrote supported by the abstract sentences that it cites? It fails closed.

First what can be held against the text by rule (:mod:`rag.rules`): ``numbers``, ``names``, denials (``denial``), directions
(``direction``), what is higher, lower or the same (``contrast``), who does what to whom (``roles``), whose work it is (``belonging``),
hedges and universals (``certainty``), links and orders (``markup``); each refusal names what is wrong. Then the overlap of meaning, a
logistic model over a few figures: how near the claim's words come to the evidence's words, word by word (late interaction, as in
retrieval), which of them are found as they are, the worst-covered rare word and clause, and the likeness of the whole. Its weights and
threshold are fitted by ``evals/gate.py``.
"""

from __future__ import annotations

import json
import math
import re
import threading
from bisect import bisect
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import zip_longest
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rag.embedding import VOCABULARY, WORD_SCALE, TextVectors
from rag.quantities import quantities
from rag.relevance import Logistic
from rag.rules.belonging import belonging_problem
from rag.rules.certainty import certainty_problem
from rag.rules.contrast import contrast_problem
from rag.rules.denial import denial_problem
from rag.rules.direction import direction_problem, role_problem
from rag.rules.markup import markup_problem
from rag.rules.names import acronyms_of, name_problem
from rag.rules.numbers import number_problem
from rag.rules.roles import exchange_problem
from rag.words import content_words, stem, stems

FIGURES = (
    "close", "close_even", "found", "found_even", "least", "second_least", "clause_least", "uncovered", "whole", "best_whole", "own_words",
    "length", "evidence_length",
)  # fmt: skip
_KEPT = 4096
_LONGEST_CLAIM, _LONGEST_EVIDENCE = 1_000, 6_000
"""In characters. No sentence needs more, and some checks compare all pairs of words."""
_COVERED = 0.6
"""The similarity of two words from which on one stands for the other."""
_TITLED = 0.3
"""What a claim's word counts if only the title has it."""
_CLAUSE = re.compile(r"[,;:()]|\b(?:and|while|whereas|but|because|since|which|that|by|with|so|when|although)\b")
# What a writer wraps a finding in; the abstract need not say it.
_FRAME = frozenset(
    stem(w)
    for w in """approach method technique framework propose present introduce show demonstrate find report result results experiment
    describe investigate use using authors researchers work achieve called provide offer allow enable make include new novel via based
    address evaluate according model agent become need stay remain take just only""".split()
)
_MARKER = re.compile(r"\s*\[\d+(?:[:.,;\s\d–-]*)\]")


class QueryEmbedder(Protocol):
    def embed_query(self, text: str) -> TextVectors: ...


@dataclass(frozen=True, slots=True)
class Ruling:
    """``reason``: "" if supported, else one clause for a person; ``score``: from 0 to 1, how well it is supported."""

    supported: bool
    reason: str
    score: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the claim's words are met: ``words``, ``weights`` (summing to one), ``near`` (best similarity), ``found`` (as they stand)."""

    words: tuple[str, ...]
    spans: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    near: npt.NDArray[np.float32]
    found: npt.NDArray[np.bool_]


@cache
def gate_model() -> tuple[Logistic, float]:
    """The model of meaning and the probability from which on a claim is supported."""
    fitted: dict[str, Any] = json.loads((resources.files("rag") / "data" / "gate.json").read_text("utf-8"))
    return Logistic.from_json(fitted, FIGURES), float(fitted["threshold"])


def problem(claim: str, cited: Sequence[str], context: str = "") -> str | None:
    """The first thing in a claim that the evidence speaks against or lacks, by rule; None if there is nothing to name."""
    evidence = "\n".join(cited)
    if _bare(claim) in map(_bare, cited):
        return markup_problem(claim, evidence)  # the sentence itself
    return (
        markup_problem(claim, evidence)
        or number_problem(claim, evidence, context)
        or name_problem(claim, evidence, context)
        or contrast_problem(claim, evidence)
        or denial_problem(claim, evidence)
        or direction_problem(claim, evidence)
        or role_problem(claim, evidence, context)
        or exchange_problem(claim, evidence)
        or belonging_problem(claim, evidence, context)
        or certainty_problem(claim, evidence)
    )


class Gate:
    """Judges claims. One object may be shared by threads; the vectors of the last few thousand texts are kept."""

    def __init__(self, embedder: QueryEmbedder) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, TextVectors] = OrderedDict()
        self._lock = threading.Lock()

    def rule(self, claim: str, cited: Sequence[str], context: str = "") -> Ruling:
        """Whether ``cited``, the texts of the cited sentences, support a claim; names in ``context``, the paper's title, may be used."""
        said, cited = plain(claim), [c for c in cited if c.strip()]
        if not cited:
            return Ruling(False, "no sentence is cited", 0.0)
        if not content_words(said):
            return Ruling(False, "it claims nothing", 0.0)
        if len(said) > _LONGEST_CLAIM or sum(map(len, cited)) > _LONGEST_EVIDENCE:
            return Ruling(False, "it is too long to be checked", 0.0)
        model, threshold = gate_model()
        coverage = self.coverage(said, cited, context)
        likely = self._likely(model, said, cited, coverage)
        reason = problem(said, cited, context)
        if reason is None and likely >= threshold:  # not "<": what is no number is refused
            return Ruling(True, "", likely)
        return Ruling(False, reason or _unlike(coverage), _refused(likely, threshold))

    def best(self, claim: str, candidates: Sequence[str], contexts: Sequence[str] = ()) -> tuple[int, float]:
        """The candidate sentence that supports a claim best, each in its context, and how well. Raises ValueError if there is none."""
        if not candidates:
            raise ValueError("no candidates")
        scores = [self.rule(claim, [c], context).score for c, context in zip_longest(candidates, contexts, fillvalue="")]
        best = int(np.argmax(scores))
        return best, scores[best]

    def coverage(self, claim: str, cited: Sequence[str], context: str = "") -> Coverage:
        """How the words of the cited sentences meet the claim's."""
        mine = self._read(claim)
        spans = mine.words.spans
        words = tuple(claim[a:b].lower() for a, b in spans)
        evidence = "\n".join(cited)
        told = stems(evidence) | {stem(w) for w in acronyms_of(claim, evidence)}
        theirs = np.concatenate([self._read(c).words.vectors for c in cited]).astype(np.float32)
        near = np.zeros(len(words), np.float32)
        if len(words) and len(theirs):
            near = (mine.words.vectors.astype(np.float32) @ theirs.T / WORD_SCALE**2).max(axis=1)
        found = np.array([stem(w) in told for w in words], np.bool_)
        near = np.where(found, np.maximum(near, 0.9), near).astype(np.float32)
        titled = np.array([stem(w) in stems(context) for w in words], np.bool_) & ~found
        weights = np.array([_weight(w) for w in words], np.float32) * np.where(titled, np.float32(_TITLED), np.float32(1.0))
        if not weights.sum():
            weights = np.ones(len(words), np.float32)
        return Coverage(words, spans, weights / max(float(weights.sum()), 1e-9), near, found)

    def figures(self, claim: str, cited: Sequence[str], coverage: Coverage) -> npt.NDArray[np.float32]:
        """(len(FIGURES),)."""
        near, weights, found = coverage.near, coverage.weights, coverage.found
        heavy = np.sort(near[weights >= 0.5 * weights.max(initial=0)]) if len(near) else np.zeros(1, np.float32)
        whole = self._read(claim).whole
        wholes = np.stack([self._read(c).whole for c in cited])
        mean = wholes.mean(axis=0)
        theirs = [self._read(c).words.vectors.astype(np.float32) / WORD_SCALE for c in cited]
        mine = self._read(claim).words.vectors.astype(np.float32) / WORD_SCALE
        own = max((float((t @ mine.T).max(axis=1).mean()) for t in theirs if len(t) and len(mine)), default=0.0)
        some = max(len(near), 1)
        values = {
            "close": float(near @ weights), "close_even": float(near.sum()) / some,
            "found": float(found @ weights), "found_even": float(found.sum()) / some,
            "least": float(heavy[0]), "second_least": float(heavy[min(1, len(heavy) - 1)]),
            "clause_least": _worst_clause(claim, coverage), "uncovered": float(weights[near < _COVERED].sum()),
            "whole": float(whole @ mean / max(float(np.linalg.norm(mean)), 1e-9)), "best_whole": float((wholes @ whole).max()),
            "own_words": own, "length": math.log(some),
            "evidence_length": math.log(1 + sum(len(c.split()) for c in cited)),
        }  # fmt: skip
        return np.array([values[name] for name in FIGURES], np.float32)

    def _likely(self, model: Logistic, claim: str, cited: Sequence[str], coverage: Coverage) -> float:
        return float(model.probability(self.figures(claim, cited, coverage)[None])[0])

    def _read(self, text: str) -> TextVectors:
        with self._lock:
            if text in self._vectors:
                self._vectors.move_to_end(text)
                return self._vectors[text]
        vectors = self._embedder.embed_query(text)
        with self._lock:
            self._vectors[text] = vectors
            if len(self._vectors) > _KEPT:
                self._vectors.popitem(last=False)
        return vectors


def _bare(text: str) -> str:
    """With single spaces and without the full stop."""
    return " ".join(text.split()).rstrip(".")


def plain(claim: str) -> str:
    """Without citation markers and emphasis."""
    return _MARKER.sub("", claim).replace("**", "").strip()


def _refused(likely: float, threshold: float) -> float:
    """A refused claim's score: below the threshold, in the order of its likelihood; 0 if that is no number."""
    return 0.5 * threshold * likely if likely >= 0 else 0.0


def _unlike(coverage: Coverage) -> str:
    """What is least like the evidence, as a clause."""
    order = np.argsort(coverage.near - 0.3 * coverage.weights / max(float(coverage.weights.max(initial=0)), 1e-9), kind="stable")
    strange = [coverage.words[i] for i in sorted(order[:2]) if not coverage.found[i] and coverage.weights[i] > 0]
    if not strange:
        return "the cited sentence says something else"
    return "the cited sentence says nothing of " + " or ".join(f"“{w}”" for w in dict.fromkeys(strange))


def _is_number(word: str) -> bool:
    return word[0].isdigit() or bool(quantities(word))


def _worst_clause(claim: str, coverage: Coverage) -> float:
    """The mean similarity of the clause that is least covered; clauses of fewer than three content words go with the one before."""
    breaks = [m.start() for m in _CLAUSE.finditer(claim)]
    groups: list[list[int]] = [[]]
    at = 0
    for i, (start, _) in enumerate(coverage.spans):
        crossed = bisect(breaks, int(start))
        if crossed > at and len(groups[-1]) >= 3:
            groups.append([])
        at = crossed
        groups[-1].append(i)
    if len(groups) > 1 and len(groups[-1]) < 3:
        last = groups.pop()
        groups[-1] += last
    means = [float(coverage.near[g] @ coverage.weights[g] / max(float(coverage.weights[g].sum()), 1e-9)) for g in groups if g]
    return min(means, default=0.0)


@cache
def _ranks() -> dict[str, int]:
    """Where each word stands in the embedder's vocabulary, which is ordered by how common words are."""
    text = (resources.files("rag") / "data" / VOCABULARY).read_text("utf-8")
    return {word: rank for rank, word in enumerate(text.split("\n"))}


def _weight(word: str) -> float:
    """How much a word counts: the rarer, the more; little if writers put it around any finding."""
    if _is_number(word):
        return 0.05  # the rules have looked at it
    rarity = math.log(2 + max(_ranks().get(word, 30_522) - 1_990, 0)) / math.log(30_522)
    return 0.25 * rarity if stem(word) in _FRAME else rarity
