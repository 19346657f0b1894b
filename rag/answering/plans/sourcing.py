"""Where a text is from: the sentence or title of the library that has most of its words."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.plans.reply import Reply
from rag.answering.retrieval import Found
from rag.answering.understanding import plain_words
from rag.text.display import markdown
from rag.text.words import content_words
from rag.types import Claim, Plan

LEAST = 0.6
"""The share of a text's words that its source must have; a text half remembered has other words between."""
TITLE = 0.85
"""The share that a title must have: what has more words beside a title asks something of the paper."""
FEWEST = 3
"""Words of content that a text must have to be looked for."""


def source(text: str, found: Sequence[Found], plan: Plan) -> Reply | None:
    """The paper that a text is from, with the sentence; None where none has most of its words."""
    plain = plain_words()
    words = {w for w in content_words(text) if w not in plain}
    if len(words) < FEWEST:
        return None
    quotable = [(f, s) for f in found for s, likely in zip(f.sentences, f.likely, strict=True) if likely > 0]
    sentences = [(_share(words, s.text), f, s) for f, s in quotable]
    titles = [(_share(words, f.passage.paper.title), f) for f in found]
    share, from_title = max(titles, key=lambda t: t[0], default=(0.0, None))
    best, from_sentence, sentence = max(sentences, key=lambda t: t[0], default=(0.0, None, None))
    if from_title is not None and share >= max(TITLE, best):
        paper = from_title.passage.paper
        return Reply(
            plan, "answered", "", (Claim(f"“{paper.title}” is in this library.", (), "catalogue"),), ((paper, ()),)
        )
    if from_sentence is None or sentence is None or best < LEAST:
        return None
    paper = from_sentence.passage.paper
    claim = Claim(sentence.text, (sentence.id,), "quoted")
    return Reply(plan, "answered", f"From “{markdown(paper.title)}”:", (claim,), ((paper, (sentence,)),))


def _share(words: set[str], text: str) -> float:
    """Of some words those that a text has."""
    return len(words & {*content_words(text)}) / len(words)
