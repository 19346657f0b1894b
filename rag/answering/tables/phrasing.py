"""What a sentence answers, in a few words: by a language model, one call a paper, each phrase checked against its
sentence by the gate. What fails is dropped; the sentence stands alone then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.answering.check import Cited, Gate
from rag.models.chat.documents import document_in
from rag.models.chat.llm import ChatModel
from rag.models.prompts import prompt
from rag.text.display import shown
from rag.types import Paper, Sentence

SCHEMA: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["phrases"],
    "properties": {"phrases": {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "required": ["cell", "phrase"],
        "properties": {"cell": {"type": "integer"}, "phrase": {"type": "string"}},
    }}},
}  # fmt: skip
LONGEST = 120
"""Characters of a phrase; a longer one is no phrase."""
_TOKENS, _TOKENS_A_CELL = 60, 60


class Phrasing:
    """Phrases by one model."""

    def __init__(self, model: ChatModel, gate: Gate) -> None:
        self._model, self._gate = model, gate
        self._prompt = prompt("cell")
        self.model = f"{model.name}/{self._prompt.version}"
        """Names who phrased, and what it was told."""

    def phrased(self, paper: Paper, sentences: Sequence[Sentence], cells: Sequence[tuple[str, int]]) -> list[str]:
        """A phrase for each cell, a question and the number of its sentence; "" where there is none, or none that the
        sentence bears out. Raises ModelError.
        """
        said = {s.number: shown(s.text) for s in sentences}
        told = "\n\n".join(
            f"Cell {n}\nQuestion: {q}\nSentence: {said[number]}" for n, (q, number) in enumerate(cells, 1)
        )
        most = _TOKENS + _TOKENS_A_CELL * len(cells)
        reply = self._model.reply(self._prompt.filled(cells=told), schema=SCHEMA, most_tokens=most)
        phrases = read_phrases(reply.text, len(cells))
        texts = tuple(s.text for s in sentences)
        at = {s.number: n for n, s in enumerate(sentences, 1)}
        checked = [(n, p) for n, p in enumerate(phrases) if p]
        rulings = self._gate.rule_all([(p, [Cited(paper.title, texts, (at[cells[n][1]],))]) for n, p in checked])
        passed = {n for (n, _), ruling in zip(checked, rulings, strict=True) if ruling.supported}
        return [p if n in passed else "" for n, p in enumerate(phrases)]


def read_phrases(text: str, cells: int) -> list[str]:
    """The phrases of a reply for cells 1 to ``cells``, each on one line; "" for what is none or too long."""
    found = [""] * cells
    told = document_in(text)
    items = told.get("phrases") if isinstance(told, dict) else None
    for item in items if isinstance(items, list) else []:
        number, phrase = (item.get("cell"), item.get("phrase")) if isinstance(item, dict) else (None, None)
        if type(number) is int and 1 <= number <= cells and isinstance(phrase, str):
            line = " ".join(shown(phrase).split())
            found[number - 1] = line if len(line) <= LONGEST else ""
    return found
