"""A model's draft -> a claim with citations that support it, or the reason why it is not shown.

An address that does not exist is dropped. A draft without one is given the sentence that supports it best. A draft whose content another
paper's sentence supports better is cited to that one, so that two papers' results are not swapped. Of several citations those are kept
that carry the draft by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.citations import Draft
from rag.evidence import Evidence
from rag.grounding import Gate, Ruling
from rag.retrieval import Retrieval
from rag.types import Claim, Paper, Sentence, Withheld

CLEARLY = 0.15
"""By how much another paper's sentence must support a draft better for it to be cited instead."""
BESIDE = "it does not answer what is asked"
BEARS, BEARS_OF_BEST = 0.05, 0.2
"""A sentence bears on the question if it answers with this probability and with this share of its paper's best. Of the gold evidence of
319 questions 3 % does not. Stricter, more of what is cited is gold and more is withheld that should not be (evals/LOG.md)."""


@dataclass(frozen=True)
class Checker:
    """Checks drafts against the evidence that their writer was given."""

    gate: Gate
    evidence: Evidence
    bearing: frozenset[str] | None = None
    """Ids of the sentences that bear on the question, see :func:`bearing_on`; None if all do."""

    def checked(self, draft: Draft) -> Claim | Withheld:
        """The draft as a claim, or withheld with the reason: it is not supported, or it is true and beside the question."""
        checked = self._supported(draft)
        if isinstance(checked, Claim) and self.bearing is not None and self.bearing.isdisjoint(checked.citations):
            return Withheld(draft.text, BESIDE)
        return checked

    def _supported(self, draft: Draft) -> Claim | Withheld:
        named = self.evidence.named(draft.addresses)
        ruling = self._rule(draft.text, named) if named else Ruling(False, "it names no sentence that supports it", 0.0)
        other = self._elsewhere(draft.text, named, ruling)
        if other:
            return Claim(draft.text, (other.id,), "verified")
        if not ruling.supported:
            return Withheld(draft.text, ruling.reason)
        return Claim(draft.text, tuple(s.id for s, _ in self._needed(draft.text, named)), "verified")

    def _rule(self, text: str, cited: list[tuple[Sentence, Paper]]) -> Ruling:
        papers = {paper.paper_id: paper for _, paper in cited}
        return self.gate.rule(text, [s.text for s, _ in cited], ". ".join(map(_known, papers.values())))

    def _elsewhere(self, text: str, named: list[tuple[Sentence, Paper]], ruling: Ruling) -> Sentence | None:
        """A sentence that the draft does not name and that supports it where the named ones don't, or clearly better than they do."""
        everything = [(sentence, paper) for _, sentence, paper in self.evidence.sentences]
        if not everything:
            return None
        at, score = self.gate.best(text, [s.text for s, _ in everything], [_known(p) for _, p in everything])
        sentence, paper = everything[at]
        if sentence.id in {s.id for s, _ in named}:
            return None
        same_paper = paper.paper_id in {p.paper_id for _, p in named}
        if ruling.supported and (same_paper or score < ruling.score + CLEARLY):
            return None
        return sentence if self._rule(text, [(sentence, paper)]).supported else None

    def _needed(self, text: str, cited: list[tuple[Sentence, Paper]]) -> list[tuple[Sentence, Paper]]:
        """Those citations that support the draft by themselves; all, where only together they do."""
        alone = [c for c in cited if len(cited) > 1 and self._rule(text, [c]).supported]
        return alone or cited


def bearing_on(retrieval: Retrieval) -> frozenset[str]:
    """Ids of the retrieved sentences that bear on the question, by how likely retrieval holds them to answer it."""
    return frozenset(
        sentence.id
        for found in retrieval.found
        for sentence, likely in zip(found.sentences, found.likely, strict=True)
        if likely >= max(BEARS, BEARS_OF_BEST * float(found.likely.max(initial=0)))
    )


@dataclass(frozen=True)
class Unchecked:
    """Takes every draft at its word, to measure what checking is worth."""

    evidence: Evidence

    def checked(self, draft: Draft) -> Claim | Withheld:
        return Claim(draft.text, tuple(s.id for s, _ in self.evidence.named(draft.addresses)), "verified")


_SHAPED = r"[A-Z][\w-]*[A-Z0-9][\w.-]*\w|[a-z]+[A-Z]\w*"
_OWN = re.compile(
    rf"(?:^|[.!?]\s+)({_SHAPED})\b"
    rf"|\b(?:propos|introduc|present|develop|call|nam|dub|term|releas|describ)\w*\b[^.]{{0,80}}?\b({_SHAPED})\b"
)


def _known(paper: Paper) -> str:
    """What a claim may take from a paper besides its sentences: title and names."""
    return f"{paper.title}. {', '.join(own_names(paper))}"


def own_names(paper: Paper) -> tuple[str, ...]:
    """What an abstract calls its own work: names that it introduces or that open a sentence. "It", "we" and "our method" mean these, so a
    claim may use them for any of its sentences.
    """
    return tuple(dict.fromkeys(first or second for first, second in _OWN.findall(paper.abstract)))
