"""A word or two that ask for more, for others, for less, or that compare; pure.

"more on that" -> "Tell me more about RePo."     "any others?" -> "Which other papers are like RePo?"
"tl;dr"        -> "Summarise RePo."              "faster?"     -> "Is RePo faster?"
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.conversation.followups.ellipsis import (
    COMPARATIVE,
    COMPARED,
    MORE,
    OTHERS,
    OTHERS_OF,
    SUMMARY,
    asked_of_others,
    is_queried,
)
from rag.conversation.followups.references import Mentioned, Past, references
from rag.conversation.followups.wording import StandAlone, finished, lowered, named, plain


def briefly(said: str, past: Past, papers: Sequence[Mentioned]) -> StandAlone | None:
    """The question that a few words stand for; None if they are no such words. ``papers``: those that are spoken of."""
    bare, whole = plain(said), said.strip(" ?.!")
    asks = said.rstrip().endswith("?")
    if papers and (MORE.match(bare) or MORE.match(whole)):
        return finished(f"Tell me more about {named(papers)}", papers)
    if others := OTHERS_OF.match(bare):
        return finished(f"Which other papers are {others['which']}", ())
    if OTHERS.match(bare):
        return finished(asked_of_others(past.question, past.topic, named(past.focus) if past.focus else ""), ())
    if asks and past.was_covered and (is_queried(whole) or is_queried(bare)):
        return finished(f"{whole}: {lowered(past.question)}", past.focus)
    if not papers:
        return None
    if SUMMARY.match(bare):
        return finished(f"Summarise {named(papers)}", papers)
    if compared := COMPARED.match(bare):
        return finished(f"How {'do' if len(papers) > 1 else 'does'} {named(papers)} compare {compared['with']}", papers)
    if asks and COMPARATIVE.match(bare):
        pointed = references(bare, past)
        for reference in reversed(pointed):
            bare = bare[: reference.start] + reference.name + bare[reference.end :]
        also = [m for r in pointed for m in r.papers]
        return finished(f"{'Are' if len(papers) > 1 else 'Is'} {named(papers)} {bare}", [*papers, *also])
    return None
