"""A claim -> the sentences of the library that bear it out, or that say otherwise.

The claim is held against the few sentences of each paper that are nearest to it, one by one and together, and against
the whole abstract; the reader sees all of that in one call. What few sentences say comes first: only where no paper's
few are clear do whole abstracts decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.answering.check import LONGEST_CLAIM, Cited, Gate, Limits, Ruling
from rag.answering.retrieval import Found, Retriever
from rag.errors import UsageError
from rag.types import ClaimVerdict, RankedSentence, Verification

CANDIDATES = 8
"""Papers of the whole library that a claim is held against."""
MOST_PAPERS = 100
"""Papers that it may be held against by name; each is read."""
FEW = 3
"""Sentences that are narrow evidence; as many are shown where none is evidence."""
GLANCED, PROMISING = 2, 3
"""Of each of many papers, so many sentences are read first; then all of so many papers."""


def verify(claim: str, papers: Sequence[str] | None, retriever: Retriever, gate: Gate) -> Verification:
    """What the library, or the abstracts of some papers (ids), say of a claim.

    Raises UsageError (no claim, an over-long one, no papers, too many, one that the library has not), and what
    :meth:`Retriever.retrieve` raises.
    """
    told = checked_claim(claim)
    text = told.rstrip(" ?？")  # what is asked is held against the abstracts as if it were said
    (held,) = _ruled(
        [(text, [(found, s) for found in _papers(text, papers, retriever) for s in _evidence(found)])], gate
    )
    return _verification(told, held, gate.limits)


def verify_together(claims: Sequence[tuple[str, Sequence[Found]]], gate: Gate) -> list[Verification]:
    """What papers say of each of some claims, all read in one call."""
    held = _ruled([(claim, [(f, s) for f in found for s in _evidence(f)]) for claim, found in claims], gate)
    return [_verification(claim, one, gate.limits) for (claim, _), one in zip(claims, held, strict=True)]


def verify_in_rounds(claims: Sequence[tuple[str, Sequence[Found]]], gate: Gate) -> list[Verification]:
    """The same, for many papers: of each the nearest sentences are read first, and all the rest of those few papers
    only that bid fair to decide; none, where a claim is borne out already. A third as much is read.
    """
    first = _ruled([(claim, [(f, s) for f in found for s in _glance(f)]) for claim, found in claims], gate)
    left = [
        (claim, [(f, s) for f in found if f.passage.paper.paper_id in chosen for s in _rest(f)])
        for (claim, found), held in zip(claims, first, strict=True)
        for chosen in [_promising(held, gate.limits)]
    ]
    both = [a + b for a, b in zip(first, _ruled(left, gate), strict=True)]
    return [_verification(claim, held, gate.limits) for (claim, _), held in zip(claims, both, strict=True)]


def positions(claim: str, found: Sequence[Found], gate: Gate) -> list[Verification]:
    """What each of some papers says of a claim by itself, in their order; one that says nothing is "not_stated".

    Of many papers some would seem to say anything if much of each were taken together, so one sentence must say it, and
    none that asks.
    """
    tried = [(f, s) for f in found for s in _evidence(f) if len(s) == 1 and not _asks(s[0])]
    (ruled,) = _ruled([(claim, tried)], gate)
    held = {f.passage.paper.paper_id: list[_Held]() for f in found}
    for one in ruled:
        held[one.paper_id].append(one)
    return [_verification(claim, some, gate.limits) for some in held.values()]


def _asks(ranked: RankedSentence) -> bool:
    return ranked.text.rstrip().endswith(("?", "？"))


def checked_claim(claim: str) -> str:
    """The claim with blanks for control characters; each character stays where it was. Raises UsageError if it claims
    nothing, or too much.
    """
    text = "".join(c if c.isprintable() else " " for c in claim)
    if not any(c.isalnum() for c in text):
        raise UsageError(
            "The claim is empty.", 'Claim something, for example: citewise verify "Otters smell clean water."'
        )
    if len(text) > LONGEST_CLAIM:
        problem = f"The claim has {len(text):,} characters; at most {LONGEST_CLAIM:,} can be checked."
        raise UsageError(problem, "Check its sentences one by one.")
    return text


@dataclass(frozen=True)
class _Held:
    """Sentences of one paper, those nearest to the claim first, and the gate's ruling on it and them."""

    sentences: tuple[RankedSentence, ...]
    ruling: Ruling

    @property
    def paper_id(self) -> str:
        return self.sentences[0].sentence.paper_id

    @property
    def is_narrow(self) -> bool:
        return len(self.sentences) <= FEW

    def denies(self, limits: Limits) -> bool:
        return self.ruling.contradicted >= limits.contradicted and self.ruling.contradicted > self.ruling.score


def _papers(claim: str, papers: Sequence[str] | None, retriever: Retriever) -> Sequence[Found]:
    """The papers that the claim is held against, the likeliest first."""
    if papers is None:
        return retriever.retrieve(claim, CANDIDATES).found
    wanted = tuple(
        dict.fromkeys(p.encode("utf-8", "replace").decode() for p in papers)
    )  # half a character names nothing
    if not wanted:
        raise UsageError("No paper is named.", "Name some, or none at all for the whole library.")
    if len(wanted) > MOST_PAPERS:
        problem = f"{len(wanted):,} papers are named; at most {MOST_PAPERS} can be read."
        raise UsageError(problem, "Name fewer, or none for the whole library.")
    found = retriever.retrieve(claim, len(wanted), about=wanted).found
    there = {f.passage.paper.paper_id: f for f in found if f.passage.paper.paper_id in wanted}
    for paper_id in wanted:
        if paper_id not in there:
            raise UsageError(f"{paper_id}: no such paper in this library.", "List them with: citewise papers")
    return tuple(there.values())


def _evidence(found: Found) -> Iterator[tuple[RankedSentence, ...]]:
    """Each of the nearest sentences, these together, the whole abstract. A sentence that is no evidence of anything
    (:mod:`rag.answering.testimony`) is in none.
    """
    nearest = tuple(s for s in found.passage.sentences if s.score > 0)
    yield from ((sentence,) for sentence in nearest[:FEW])
    yield from (nearest[:n] for n in range(2, min(FEW, len(nearest)) + 1))
    if len(nearest) > FEW:
        yield nearest


def _glance(found: Found) -> Sequence[tuple[RankedSentence, ...]]:
    return [sentences for sentences in _evidence(found) if len(sentences) == 1][:GLANCED]


def _rest(found: Found) -> Sequence[tuple[RankedSentence, ...]]:
    seen = set(_glance(found))
    return [sentences for sentences in _evidence(found) if sentences not in seen]


def _promising(held: Sequence[_Held], limits: Limits) -> set[str]:
    """The papers of which more is read, by what their nearest sentences say: none where one bears the claim out, and
    none whose sentences say nothing of it.
    """
    if any(h.ruling.supported for h in held):
        return set()
    weighed = sorted(((max(h.ruling.score, h.ruling.contradicted), h.paper_id) for h in held), reverse=True)
    speaking = dict.fromkeys(paper for weight, paper in weighed if weight >= limits.fails / 2)
    return set(list(speaking)[:PROMISING])


def _ruled(
    claims: Sequence[tuple[str, Sequence[tuple[Found, tuple[RankedSentence, ...]]]]], gate: Gate
) -> list[list[_Held]]:
    """Claims beside evidence, each pair of theirs -> the rulings, claim by claim; all are read in one call."""
    asked = [(claim, [_cited(found, sentences)]) for claim, tried in claims for found, sentences in tried]
    rulings = iter(gate.rule_all(asked))
    return [[_Held(sentences, next(rulings)) for _, sentences in tried] for _, tried in claims]


def _cited(found: Found, sentences: Sequence[RankedSentence]) -> Cited:
    numbers = tuple(sorted(s.sentence.number for s in sentences))
    return Cited(found.passage.paper.title, tuple(s.text for s in found.sentences), numbers)


def _verification(claim: str, held: Sequence[_Held], limits: Limits) -> Verification:
    narrow, wide = [h for h in held if h.is_narrow], [h for h in held if not h.is_narrow]
    for some in (narrow, wide):
        if supporting := _deciding([h for h in some if h.ruling.supported], _score):
            return _made(claim, "supported", supporting)
        if denying := _deciding([h for h in some if h.denies(limits)], lambda h: h.ruling.contradicted):
            return _made(claim, "contradicted", denying[:1])
    for some in (narrow, wide):
        if doubtful := _deciding([h for h in some if h.ruling.support == "in_doubt"], _score):
            return _made(claim, "in_doubt", doubtful[:1])
    nearest = sorted((h for h in held if len(h.sentences) == 1), key=lambda h: -h.sentences[0].score)
    return _made(claim, "not_stated", nearest[:FEW])


def _deciding(held: Sequence[_Held], figure: Callable[[_Held], float]) -> list[_Held]:
    """Of each paper the fewest sentences, of as few those with the greatest figure; the best paper first."""
    chosen: dict[str, _Held] = {}
    for one in sorted(held, key=lambda h: (len(h.sentences), -figure(h))):
        chosen.setdefault(one.paper_id, one)
    return sorted(chosen.values(), key=figure, reverse=True)


def _score(held: _Held) -> float:
    """Of a reader that gives no number, none."""
    return max(0.0, held.ruling.score)


def _made(claim: str, verdict: ClaimVerdict, held: Sequence[_Held]) -> Verification:
    """The first decides; more digits than four of its score would mean nothing."""
    if not held:
        return Verification(claim, verdict, 0.0, ())
    sentences = tuple(ranked.sentence for one in held for ranked in one.sentences)
    return Verification(claim, verdict, round(_score(held[0]), 4), sentences, held[0].ruling.unsupported)
