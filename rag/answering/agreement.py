"""A claim -> how the papers of the library stand to it: which bear it out, which say otherwise, how many are silent."""

from __future__ import annotations

from rag.answering.check import Gate
from rag.answering.drafts.report import Agreement, Position, named
from rag.answering.retrieval import Retriever
from rag.answering.verifying import checked_claim, positions

MOST_READ = 40
"""Papers that are read, those that come nearest to the claim."""
_ORDER = ("supported", "contradicted", "in_doubt")


def agreement(claim: str, retriever: Retriever, gate: Gate, papers: int) -> Agreement:
    """How the papers stand to a claim; ``papers``: how many the library has.

    Raises UsageError (no claim, an over-long one), and what :meth:`Retriever.retrieve` raises.
    """
    told = checked_claim(claim)
    text = told.rstrip(" ?？")
    found = retriever.retrieve(text, MOST_READ).found
    made = [
        Position(named(f.passage.paper), v.verdict, v.score, v.sentences, v.unsupported)
        for f, v in zip(found, positions(text, found, gate), strict=True)
        if v.verdict != "not_stated"
    ]
    made.sort(key=lambda p: (_ORDER.index(p.verdict), -p.score))
    return Agreement(told, tuple(made), len(found), papers)
