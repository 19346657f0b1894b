"""Follow-ups made to stand alone by a language model, within what the rules know.

The rules decide whether a question needs the history at all and which papers it points at. The model only words it, and
its words count only if they ask what the rules ask: every name, number and "not", and next to nothing that nobody
asked. Else, or where the model fails, the rules' own wording stands: a model that answers, obeys an abstract, or
changes the language or a number is not heard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.conversation.followups.wording import StandAlone
from rag.conversation.standalone import Rewriter
from rag.errors import ModelError
from rag.models.chat.llm import ChatModel
from rag.models.prompts import prompt
from rag.models.tokens import count_tokens
from rag.text.display import shown
from rag.text.words import stems
from rag.types import Turn

HISTORY_TOKENS = 400
MOST_WORDS = 60
MOST_BROUGHT = 2
"""Words that a model may add of its own: "perform", "reported"."""


class ModelRewriter:
    """Words follow-ups with a model; ``rules`` say what is one."""

    def __init__(self, model: ChatModel, rules: Rewriter) -> None:
        self._model, self._rules = model, rules

    def __call__(self, question: str, history: Sequence[Turn]) -> StandAlone:
        """Never raises ModelError: without the model the rules are enough."""
        ruled = self._rules(question, history)
        if not history or ruled.text == question:
            return ruled
        asked = prompt("follow_up").filled(history=told_history(history, HISTORY_TOKENS), question=shown(question))
        try:
            worded = " ".join(self._model.reply(asked, most_tokens=120).text.strip().strip('"').split())
        except ModelError:
            return ruled
        return (
            replace(ruled, text=worded)
            if _keeps(worded, question, ruled.text, history[-1].answer.standalone_question)
            else ruled
        )


def told_history(history: Sequence[Turn], budget: int) -> str:
    """The last turns within a budget of tokens, oldest first; of each the question, the answer and the cited papers."""
    told: list[str] = []
    spent = 0
    for turn in reversed(history):
        answer = turn.answer
        papers = "; ".join(f"paper {s.number}: {shown(s.paper.title)}" for s in answer.sources)
        text = (
            f"Question: {shown(answer.standalone_question)}\nAnswer: {shown(answer.text)[:600]} "
            f"({papers or 'no paper'})"
        )
        spent += count_tokens(text)
        if told and spent > budget:
            break
        told.append(text)
    return "\n\n".join(reversed(told))


def _keeps(worded: str, question: str, ruled: str, last: str) -> bool:
    """Whether a wording is one question that asks what the rules' wording asks. ``last``: the question before, whose
    words it may take up.
    """
    if len(worded.split()) > MOST_WORDS or not worded.endswith(ruled[-1:]) or _SENTENCE_ENDS.search(worded[:-1]):
        return False
    said, meant = stems(worded), stems(ruled)
    brought = said - meant - stems(question) - stems(last)
    return (
        bool(said)
        and meant <= said
        and len(brought) <= MOST_BROUGHT
        and set(_NUMBER.findall(worded)) == set(_NUMBER.findall(ruled))
        and bool(_DENIES.search(worded)) == bool(_DENIES.search(ruled))
    )


_SENTENCE_ENDS = re.compile(r"[.!?:]\s+\S")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_DENIES = re.compile(r"\b(?:not|no|never|without|neither|nor|cannot|none)\b|n['’]t\b", re.IGNORECASE)
