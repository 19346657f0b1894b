"""What kind of answer a question wants, and what of a record: a small trained network that ships, ``kinds.onnx``.

The lower layers of MiniLM, trained further on questions that people wrote for each kind
(``python -m evals.training.kinds``). What a plan is *about* is looked up in the library
(:mod:`rag.answering.understanding`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rag.models.bundled_embedder import WordTable, bundled_tokenizer
from rag.models.graphs import Floats, Graph
from rag.models.pages import marked

if TYPE_CHECKING:
    from tokenizers import Tokenizer

GRAPH, FIGURES = "kinds.onnx", "kinds.json"
LONGEST = 62
"""Tokens of a question that are read; what follows is mostly what was pasted."""


class Told(NamedTuple):
    """Probabilities, of each kind of answer and of each field that a record may be asked for."""

    kinds: Mapping[str, float]
    fields: Mapping[str, float]

    @property
    def kind(self) -> str:
        return max(self.kinds, key=self.kinds.__getitem__)

    @property
    def field(self) -> str:
        return max(self.fields, key=self.fields.__getitem__)


class BundledClassifier:
    """Loads on first use; one object may be shared by threads."""

    def __init__(self) -> None:
        self._graph = Graph(GRAPH, ("kinds", "fields"), lambda: fitted()["sha256"])

    def tell(self, question: str) -> Told:
        ids = np.array(marked(self._tokenizer.encode(question, add_special_tokens=False).ids[:LONGEST]))
        (got,) = self._graph.run([{"question": self._table(ids)}])
        return Told(*(_odds(fitted()["names"][name], got[name]) for name in ("kinds", "fields")))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return bundled_tokenizer()

    @cached_property
    def _table(self) -> WordTable:
        return WordTable()


def _odds(names: list[str], logits: Floats) -> Mapping[str, float]:
    odds = np.exp(logits - logits.max())
    return dict(zip(names, map(float, odds / odds.sum()), strict=True))


@cache
def fitted() -> Mapping[str, Any]:
    """What the training wrote beside the weights: their hash, the names of what they tell, the figures on questions of
    a writer left out, and the words that ask.
    """
    loaded: dict[str, Any] = json.loads((resources.files("rag") / "data" / FIGURES).read_text("utf-8"))
    return loaded
