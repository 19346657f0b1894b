"""A draft -> each of its sentences with its verdict.

A sentence that cites is held against the cited papers first; where they don't say it, or none of them is in the
library, against the whole library. One that cites nothing is held against the library, and against the paper that its
paragraph spoke of last. Sentences are taken some at a time: what all of them are held against is read in one call.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.check import LONGEST_CLAIM, Gate
from rag.answering.drafts.citing import Mention, claim_of, mentions
from rag.answering.drafts.claiming import Claiming
from rag.answering.drafts.lookup import Lookup
from rag.answering.drafts.prose import Draft, checked_draft
from rag.answering.drafts.reading import prose_of
from rag.answering.drafts.report import CheckedSentence, Citation, DraftBegun, DraftEvent, DraftReport
from rag.answering.drafts.report import named as named_paper
from rag.answering.drafts.traced import Traced
from rag.answering.retrieval import Found, Retriever
from rag.answering.verifying import CANDIDATES, verify_in_rounds, verify_together
from rag.library.catalog import Catalog
from rag.text.sentences import sentence_spans
from rag.types import Verification

TOGETHER = 12
"""Sentences that are judged in one call, and told of together."""
_UNSURE = ("not_stated", "in_doubt")
"""What the cited papers must say for another source to be looked for: what they contradict is wrong."""
MOST_CITED = 8
"""Papers that one sentence is held against because it cites them."""
_ACRONYM_ENDS = re.compile(r"(?<=[A-Z]{2})\.\s+(?=[A-Z][\w-]*\s)")
TOO_LONG = f"longer than {LONGEST_CLAIM:,} characters: not checked"


@dataclass(frozen=True)
class _Said:
    """A sentence of the draft: its text, what it claims (each character where it is in the text), whom it cites."""

    text: str
    claim: str
    cited: tuple[Mention, ...]
    start: int
    end: int
    paragraph: int


class Judge:
    """Judges drafts by one library."""

    def __init__(self, retriever: Retriever, gate: Gate, catalog: Catalog, claiming: Claiming) -> None:
        self._retriever, self._gate, self._catalog, self._claiming = retriever, gate, catalog, claiming

    def judged(self, draft: Draft) -> Iterator[DraftEvent]:
        """How many sentences there are, then each when it is judged, in order, then the report of all.

        Raises UsageError (no text, or too much), and what :meth:`Retriever.retrieve` raises.
        """
        checked_draft(draft)
        prose = prose_of(draft.text, draft.form)
        said = [one for n, paragraph in enumerate(prose.paragraphs, 1) for one in _sentences(paragraph, n)]
        yield DraftBegun(len(said))
        lookup = Lookup(self._catalog, {**draft.references, **prose.references})
        starts = _line_starts(draft.text)
        done: list[CheckedSentence] = []
        for some in _grouped(said):
            for sentence in self._some(some, lookup):
                line = bisect_right(starts, sentence.start)
                done.append(replace(sentence, line=line, column=sentence.start - starts[line - 1] + 1))
                yield done[-1]
        yield self._report(done)

    def _some(self, said: Sequence[_Said], lookup: Lookup) -> list[CheckedSentence]:
        claims = self._claiming.claims([(one.claim, bool(one.cited)) for one in said])
        citations = [tuple(lookup.find(cite) for mention in one.cited for cite in mention.cites) for one in said]
        judged = [n for n in range(len(said)) if claims[n] and len(said[n].claim) <= LONGEST_CLAIM]
        cited = {n: _papers_of(citations[n]) for n in judged}
        by_cited = self._held({n: (said[n].claim, self._these(said[n].claim, cited[n])) for n in judged if cited[n]})
        unsure = [n for n in judged if n not in by_cited or by_cited[n].verdict in _UNSURE]
        by_all = self._in_rounds({n: (said[n].claim, self._nearest(n, said, cited)) for n in unsure})
        return [_checked(one, claims[n], citations[n], by_cited.get(n), by_all.get(n)) for n, one in enumerate(said)]

    def _held(self, claims: dict[int, tuple[str, Sequence[Found]]]) -> dict[int, Verification]:
        return dict(zip(claims, verify_together(list(claims.values()), self._gate), strict=True))

    def _in_rounds(self, claims: dict[int, tuple[str, Sequence[Found]]]) -> dict[int, Verification]:
        return dict(zip(claims, verify_in_rounds(list(claims.values()), self._gate), strict=True))

    def _these(self, claim: str, papers: Sequence[str]) -> list[Found]:
        found = self._retriever.retrieve(claim, len(papers), about=papers).found
        return [f for f in found if f.passage.paper.paper_id in papers]

    def _nearest(self, n: int, said: Sequence[_Said], cited: dict[int, tuple[str, ...]]) -> list[Found]:
        """The papers that come nearest to a sentence; of one that cites none also what its paragraph cited last. What
        it cites itself has been read.
        """
        before = [m for m in range(n) if said[m].paragraph == said[n].paragraph and cited.get(m)]
        about = cited[before[-1]] if before and not cited[n] else ()
        found = self._retriever.retrieve(said[n].claim, CANDIDATES + len(about), about=about).found
        return [f for f in found if f.passage.paper.paper_id not in cited[n]]

    def _report(self, sentences: Sequence[CheckedSentence]) -> DraftReport:
        named = dict.fromkeys(
            i
            for one in sentences
            for i in [
                *(s.paper_id for s in (*one.sentences, *one.better)), *(p for c in one.citations for p in c.papers)
            ]
        )  # fmt: skip
        rows = self._catalog.rows_of_papers(named)
        papers = self._catalog.papers_at(rows.values())
        there = (papers[rows[i]] for i in named if rows.get(i) in papers)
        return DraftReport(tuple(sentences), tuple(map(named_paper, there)))


def _sentences(paragraph: Traced, number: int) -> Iterator[_Said]:
    for start, end in _spans(paragraph.text):
        text = "".join(c if c.isprintable() else " " for c in paragraph.text[start:end])
        cited = mentions(text)
        origins = paragraph.origins[start:end]
        yield _Said(text, claim_of(text, cited), cited, origins[0], origins[-1] + 1, number)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Sentences; one that an acronym ends ("… of RL. The …") ends there, which abstracts leave open for their numbers'
    sake.
    """
    for start, end in sentence_spans(text):
        for match in _ACRONYM_ENDS.finditer(text, start, end):
            yield start, match.start() + 1
            start = match.end()
        yield start, end


def _grouped(said: Sequence[_Said]) -> Iterator[Sequence[_Said]]:
    """Some at a time, a paragraph in one piece where it is not long."""
    some: list[_Said] = []
    for one in said:
        if len(some) >= 2 * TOGETHER or (len(some) >= TOGETHER and some[-1].paragraph != one.paragraph):
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _papers_of(citations: Sequence[Citation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paper for citation in citations for paper in citation.papers))[:MOST_CITED]


def _checked(
    said: _Said,
    claims: bool,
    citations: tuple[Citation, ...],
    by_cited: Verification | None,
    by_all: Verification | None,
) -> CheckedSentence:
    """The cited papers' word counts; that of others only where none of those is in the library. Others that bear out
    what the cited ones don't are the better source.
    """
    made = CheckedSentence(said.text, 1, 1, said.start, said.end, said.paragraph, "no_claim", citations=citations)
    found = by_cited or by_all
    if found is None:
        return replace(made, verdict="in_doubt", note=TOO_LONG) if claims else made
    better = by_all.sentences if by_cited and by_all and by_all.verdict == "supported" else ()
    return replace(
        made,
        verdict=found.verdict,
        score=found.score,
        sentences=found.sentences,
        unsupported=found.unsupported,
        better=better,
    )


def _line_starts(text: str) -> list[int]:
    return [0, *(n + 1 for n, c in enumerate(text) if c == "\n")]
