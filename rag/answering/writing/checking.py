"""A model's draft -> a claim with citations that support it, or the reason why it is not shown, or a doubt to settle.

An address that does not exist is dropped. A draft without one, or whose cited sentences don't support it, is tried
against the other sentences that its writer was shown, so that two papers' results are not swapped. Of several citations
those are kept that support the draft by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rag.answering.check import Cited, Gate, Ruling
from rag.answering.writing.citations import Draft
from rag.answering.writing.evidence import Evidence
from rag.types import Claim, Sentence, Withheld

_UNNAMED = "it names no sentence that supports it"


@dataclass(frozen=True)
class Doubtful:
    """A draft of which the gate cannot say whether the sentences that it cites support it."""

    draft: Draft
    citations: tuple[str, ...]
    ruling: Ruling

    @property
    def claim(self) -> Claim:
        """What it is if it is supported after all."""
        return Claim(self.draft.text, self.citations, "verified")

    @property
    def withheld(self) -> Withheld:
        """What it is if it is not."""
        return Withheld(self.draft.text, self.ruling.reason)


@dataclass(frozen=True)
class Checker:
    """Checks drafts against the evidence that their writer was given."""

    gate: Gate
    evidence: Evidence

    def checked(self, draft: Draft) -> Claim | Withheld | Doubtful:
        """The draft as a claim, withheld with the reason, or in doubt. It need only be true, not to the point."""
        named = [s for s, _ in self.evidence.named(draft.addresses)]
        ruling, alone = self._ruled(draft.text, named)
        if alone or ruling.supported:
            return Claim(draft.text, tuple(s.id for s in alone or named), "verified")
        if other := self._elsewhere(draft.text, named):
            return Claim(draft.text, (other.id,), "verified")
        if ruling.support == "in_doubt":
            return Doubtful(draft, tuple(s.id for s in named), ruling)
        return Withheld(draft.text, ruling.reason)

    def _ruled(self, text: str, named: list[Sentence]) -> tuple[Ruling, list[Sentence]]:
        """The ruling on a draft with all that it names, and which of several sentences support it by themselves."""
        if not named:
            return Ruling("not_supported", 0.0, reason=_UNNAMED), []
        each = named if len(named) > 1 else []
        tried = [named, *([s] for s in each)]
        together, *alone = self.gate.rule_all([(text, self._cited(sentences)) for sentences in tried])
        return together, [s for s, ruling in zip(each, alone, strict=True) if ruling.supported]

    def _elsewhere(self, text: str, named: Collection[Sentence]) -> Sentence | None:
        """The sentence that supports a draft best among those that it does not name, if one supports it."""
        others = [s for _, s, _ in self.evidence.sentences if s not in named]
        rulings = self.gate.rule_all([(text, self._cited([s])) for s in others])
        supporting = [(ruling.score, s) for ruling, s in zip(rulings, others, strict=True) if ruling.supported]
        return max(supporting, key=lambda found: found[0])[1] if supporting else None

    def _cited(self, sentences: Iterable[Sentence]) -> list[Cited]:
        """The papers of some sentences as the gate takes them: of an abstract it sees what the writer was shown."""
        ids = {s.id for s in sentences}
        papers = (
            Cited(
                p.paper.title,
                tuple(s.text for s in p.sentences),
                tuple(n for n, s in enumerate(p.sentences, 1) if s.id in ids),
            )
            for p in self.evidence.papers
        )
        return [cited for cited in papers if cited.numbers]


@dataclass(frozen=True)
class Unchecked:
    """Takes every draft at its word, to measure what checking is worth."""

    evidence: Evidence

    def checked(self, draft: Draft) -> Claim | Withheld | Doubtful:
        return Claim(draft.text, tuple(s.id for s, _ in self.evidence.named(draft.addresses)), "verified")
