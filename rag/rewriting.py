"""Follow-ups made to stand alone by a language model, within what the rules know.

The rules decide whether a question needs the history at all and which papers it points at. The model only words it, and its words are taken
only if they keep the names that the rules put in; else, or where the model fails, the rules' own wording stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.conversation import Rewriter
from rag.display import shown
from rag.errors import ModelError
from rag.followups.wording import StandAlone
from rag.llm import ChatModel
from rag.prompt import prompt
from rag.tokens import count_tokens
from rag.types import Turn
from rag.words import content_words

HISTORY_TOKENS = 400
MOST_WORDS = 60


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
        return replace(ruled, text=worded) if _keeps(worded, question, ruled.text) else ruled


def told_history(history: Sequence[Turn], budget: int) -> str:
    """The last turns within a budget of tokens, oldest first; of each the question, the answer and the cited papers."""
    told: list[str] = []
    spent = 0
    for turn in reversed(history):
        answer = turn.answer
        papers = "; ".join(f"paper {s.number}: {shown(s.paper.title)}" for s in answer.sources)
        text = f"Question: {shown(answer.standalone_question)}\nAnswer: {shown(answer.text)[:600]} ({papers or 'no paper'})"
        spent += count_tokens(text)
        if told and spent > budget:
            break
        told.append(text)
    return "\n\n".join(reversed(told))


def _keeps(worded: str, question: str, ruled: str) -> bool:
    """Whether a wording is one question that has every name that the rules put in, and no end of words."""
    brought = [w for w in content_words(ruled) if w not in content_words(question)]
    return 0 < len(worded.split()) <= MOST_WORDS and set(brought) <= set(content_words(worded))
