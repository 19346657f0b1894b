"""The gate: does the evidence bear a claim out? Three answers: supported, not supported, in doubt. It fails closed.

The reader judges; only what must be exact (a number, a link) is compared letter by letter beside it
(:mod:`rag.answering.exact`). Both thresholds are fitted on held-out
papers and stand in the reader's card with the error rates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from rag.answering.exact import problem
from rag.models.bundled_reader import figures
from rag.models.reader import Checked, Claimed, Reader

Support = Literal["supported", "not_supported", "in_doubt"]
LONGEST_CLAIM, LONGEST_EVIDENCE = 1_000, 6_000
"""In characters. No sentence needs more."""


class Cited(NamedTuple):
    """An abstract of which a claim cites sentences: ``numbers``, from 1."""

    title: str
    sentences: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def evidence(self) -> tuple[str, ...]:
        return tuple(self.sentences[n - 1] for n in self.numbers)


@dataclass(frozen=True)
class Ruling:
    """``score``: probability that the claim is supported; ``contradicted``: that the evidence says otherwise.
    ``reason``: what is wrong, as a clause; empty where it is
    supported. ``unsupported``: the spans of the claim (characters) that no sentence bears out.
    """

    support: Support
    score: float
    contradicted: float = 0.0
    reason: str = ""
    unsupported: tuple[tuple[int, int], ...] = ()

    @property
    def supported(self) -> bool:
        return self.support == "supported"


@dataclass(frozen=True)
class Limits:
    """From ``passes`` on a claim is supported, below ``fails`` it is not; between the two it is in doubt. A word from
    ``word`` on is not borne out.
    """

    passes: float
    fails: float
    word: float
    contradicted: float

    @classmethod
    def fitted(cls) -> Limits:
        """As they stand in the reader's card."""
        limits: dict[str, Any] = figures()["limits"]
        return cls(limits["passes"], limits["fails"], limits["word"], limits["contradicted"])


class Gate:
    """Judges claims. May be shared by threads."""

    def __init__(self, reader: Reader, limits: Limits | None = None) -> None:
        self._reader = reader
        self.limits = limits or Limits.fitted()

    def rule(self, claim: str, cited: Sequence[Cited]) -> Ruling:
        return self.rule_all([(claim, cited)])[0]

    def rule_all(self, claims: Sequence[tuple[str, Sequence[Cited]]]) -> list[Ruling]:
        """One ruling for each claim and its evidence, in order; the reader sees them in one call."""
        early = [self._without_reading(claim, cited) for claim, cited in claims]
        left = [_claimed(claim, cited) for (claim, cited), ruling in zip(claims, early, strict=True) if ruling is None]
        checked = iter(self._reader.check(left) if left else [])
        return [
            ruling or self._ruled(claim, cited, next(checked))
            for (claim, cited), ruling in zip(claims, early, strict=True)
        ]

    def _without_reading(self, claim: str, cited: Sequence[Cited]) -> Ruling | None:
        evidence = [s for c in cited for s in c.evidence if s.strip()]
        if not evidence:
            return Ruling("not_supported", 0.0, reason="no sentence is cited")
        if not any(c.isalnum() for c in claim):
            return Ruling("not_supported", 0.0, reason="it claims nothing")
        if len(claim) > LONGEST_CLAIM or sum(map(len, evidence)) > LONGEST_EVIDENCE:
            return Ruling("not_supported", 0.0, reason="it is too long to be checked")
        if any(_bare(claim) == _bare(s) for s in evidence):
            return Ruling("supported", 1.0)  # a sentence of the abstract says what it says
        return None

    def _ruled(self, claim: str, cited: Sequence[Cited], checked: Checked) -> Ruling:
        words = [w for w in checked.words if w.unsupported >= self.limits.word]
        if not words and checked.words and checked.supported < self.limits.passes:
            words = [max(checked.words, key=lambda w: w.unsupported)]
        spans = tuple((w.start, w.end) for w in words)
        wrong = problem(claim, [s for c in cited for s in c.evidence], " ".join(c.title for c in cited))
        if wrong:
            return Ruling(
                "not_supported",
                min(checked.supported, self.limits.fails / 2),
                checked.contradicted,
                wrong,
                tuple(sorted({*spans, *_numbers_in(claim, wrong)})),
            )
        if checked.supported >= self.limits.passes:  # not "<": what is no number is refused
            return Ruling("supported", checked.supported, checked.contradicted)
        reason = _reason(claim, spans, checked.contradicted >= self.limits.contradicted)
        support: Support = "in_doubt" if checked.supported >= self.limits.fails else "not_supported"
        return Ruling(support, checked.supported, checked.contradicted, reason, spans)


def _claimed(claim: str, cited: Sequence[Cited]) -> Claimed:
    """Evidence of several papers is read as one abstract of the cited sentences."""
    if len(cited) == 1:
        return Claimed(claim, cited[0].title, cited[0].sentences, cited[0].numbers)
    sentences = tuple(s for c in cited for s in c.evidence)
    return Claimed(claim, "; ".join(c.title for c in cited), sentences, tuple(range(1, len(sentences) + 1)))


def _reason(claim: str, spans: Sequence[tuple[int, int]], otherwise: bool) -> str:
    if otherwise:
        return "the cited sentence says otherwise" + (f": “{_quoted(claim, spans)}”" if spans else "")
    return (
        f"the cited sentence does not bear out “{_quoted(claim, spans)}”"
        if spans
        else "the cited sentence says something else"
    )


def _numbers_in(claim: str, wrong: str) -> list[tuple[int, int]]:
    """Where the words with a digit stand that are told to be wrong."""
    told = {word.strip(".,;:()") for word in wrong.split()}
    words = ((m.span(), m.group().strip(".,;:()")) for m in re.finditer(r"\S*\d\S*", claim))
    return [span for span, word in words if word in told]


def _quoted(claim: str, spans: Sequence[tuple[int, int]]) -> str:
    """The spans' words; those that stand together in one piece."""
    pieces: list[list[int]] = []
    for start, end in spans:
        if pieces and start - pieces[-1][1] <= 1:
            pieces[-1][1] = end
        else:
            pieces.append([start, end])
    return " … ".join(claim[a:b].strip(" .,;:") for a, b in pieces[:3])


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
