"""The reader that ships: two networks with int8 weights on OpenVINO, checked by SHA-256. Words' own vectors are the
embedder's.

``reader-questions.onnx`` reads an abstract once with all that is asked of it in one call; a call's abstracts run side
by side. ``reader-claims.onnx`` reads each claim together with the sentences that it cites. Their card,
``rag/data/READER.md``, says what they were trained on and how often they are wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rag.models.bundled_embedder import WordTable, bundled_tokenizer
from rag.models.graphs import Feed, Floats, Graph
from rag.models.pages import ASKED_WORD, CLS, EVIDENCE, MARK, PADDING, SEP, Page, Pair, marked, page_of, pair_of
from rag.models.reader import Asked, AskedWord, Checked, Claimed, Reading, Word

if TYPE_CHECKING:
    from tokenizers import Tokenizer

QUESTIONS, CLAIMS, FIGURES = "reader-questions.onnx", "reader-claims.onnx", "reader.json"
MOST_TOGETHER = 16
"""Questions of one abstract, or claims, in one pass."""


class _Encoded(NamedTuple):
    """A question or claim: its ids, marks included, and where each piece stands in the text."""

    ids: list[int]
    offsets: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Scale:
    """From a logit to a probability that means what it says, fitted on held-out papers: ``1 / (1 + exp(-(slope *
    logit + offset)))``.
    """

    slope: float
    offset: float

    def probability(self, logit: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * logit + self.offset, -50, 50))), np.float32)


class BundledReader:
    """Loads on first use (about half a second); one object may be shared by threads."""

    def __init__(self) -> None:
        self._questions = Graph(QUESTIONS, ("whole", "sentences", "words"), lambda: figures()["sha256"][QUESTIONS])
        self._claims = Graph(CLAIMS, ("whole", "words"), lambda: figures()["sha256"][CLAIMS])

    @property
    def fingerprint(self) -> str:
        return "/".join(["reader", *(figures()["sha256"][name][:12] for name in (QUESTIONS, CLAIMS))])

    def read(self, asked: Sequence[Asked]) -> list[Reading]:
        groups = list(_together(asked))
        pages = [page_of(g[0].title, g[0].sentences, self._tokenizer) for g in groups]
        encoded = [[self._encoded(a.question) for a in g] for g in groups]
        feeds = [
            _question_feed(page, [e.ids for e in one], self._table) for page, one in zip(pages, encoded, strict=True)
        ]
        rows = zip(groups, pages, encoded, self._questions.run(feeds), strict=True)
        return [r for group, page, one, got in rows for r in _readings(group, page, one, got)]

    def check(self, claimed: Sequence[Claimed]) -> list[Checked]:
        encoded = [self._encoded(c.claim) for c in claimed]
        pairs = [self._pair(c, e) for c, e in zip(claimed, encoded, strict=True)]
        order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].ids))  # claims of like length together
        batches = [order[at : at + MOST_TOGETHER] for at in range(0, len(order), MOST_TOGETHER)]
        found: dict[int, Checked] = {}
        for batch, got in zip(
            batches, self._claims.run([_claim_feed([pairs[n] for n in b], self._table) for b in batches]), strict=True
        ):
            found |= zip(batch, _checks([claimed[n] for n in batch], [encoded[n] for n in batch], got), strict=True)
        return [found[n] for n in range(len(claimed))]

    def _pair(self, claimed: Claimed, claim: _Encoded) -> Pair:
        title, *cited = (
            self._tokenizer.encode(text, add_special_tokens=False).ids
            for text in (claimed.title, *(s for n, s in enumerate(claimed.sentences, 1) if n in claimed.cited))
        )
        return pair_of(claim.ids[1:-1], title, cited)

    def _encoded(self, text: str) -> _Encoded:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return _Encoded(marked(encoding.ids), encoding.offsets)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return bundled_tokenizer()

    @cached_property
    def _table(self) -> WordTable:
        return WordTable()


@cache
def figures() -> Mapping[str, Any]:
    """What ``evals.training`` wrote beside the weights: their hash, the scales, the limits, the weights of ranking
    and the error rates.
    """
    loaded: dict[str, Any] = json.loads((resources.files("rag") / "data" / FIGURES).read_text("utf-8"))
    return loaded


def _scale(name: str) -> Scale:
    return Scale(*figures()["scales"][name])


def _question_feed(page: Page, asked: Sequence[Sequence[int]], table: WordTable) -> Feed:
    length, size = _padded(max(map(len, asked)), 8), _padded(len(page.ids), 32)
    parts = np.zeros((len(page.spans), size), np.float32)
    for n, (a, b) in enumerate(page.spans):
        parts[n, a:b] = 1
    abstract, questions = _rows([page.ids], size)[0], _rows(asked, length)
    role = np.where(questions == 0, PADDING, np.where((questions == CLS) | (questions == SEP), MARK, ASKED_WORD))
    return {
        "abstract": table(abstract), "abstract_role": np.where(abstract == 0, PADDING, EVIDENCE), "parts": parts,
        "asked": table(questions), "asked_role": role,
    }  # fmt: skip


def _claim_feed(pairs: Sequence[Pair], table: WordTable) -> Feed:
    size = _padded(max(len(p.ids) for p in pairs), 16)
    return {"pair": table(_rows([p.ids for p in pairs], size)), "role": _rows([p.role for p in pairs], size)}


def _rows(rows: Sequence[Sequence[int]], length: int) -> npt.NDArray[np.int64]:
    """Padded with noughts."""
    out = np.zeros((len(rows), length), np.int64)
    for row, values in zip(out, rows, strict=True):
        row[: len(values)] = values
    return out


def _padded(n: int, step: int) -> int:
    """Few different lengths, for each compiles kernels of its own."""
    return -(-n // step) * step


def _together(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Runs of what is asked of one abstract."""
    for _, run in groupby(asked, key=lambda a: (a.title, a.sentences)):
        together = list(run)
        yield from (together[at : at + MOST_TOGETHER] for at in range(0, len(together), MOST_TOGETHER))


def _readings(
    group: Sequence[Asked], page: Page, encoded: Sequence[_Encoded], got: Mapping[str, Floats]
) -> Iterator[Reading]:
    about, stated, false = (
        _scale(name).probability(got["whole"][:, n]) for n, name in enumerate(("about", "stated", "premise_false"))
    )
    answers, each = _scale("sentence").probability(got["sentences"]), _scale("word").probability(got["words"])
    for m, (asked, one) in enumerate(zip(group, encoded, strict=True)):
        sentences = [0.0] * len(asked.sentences)
        for n, value in zip(page.numbers, answers[m], strict=True):
            sentences[n - 1] = float(value)
        words = tuple(AskedWord(a, b, float(x[0]), float(x[1])) for (a, b), x in _by_word(asked.question, one, each[m]))
        yield Reading(float(about[m]), float(stated[m]), float(false[m]), tuple(sentences), words)


def _checks(group: Sequence[Claimed], encoded: Sequence[_Encoded], got: Mapping[str, Floats]) -> Iterator[Checked]:
    supported = 1 - _scale("unsupported").probability(got["whole"][:, 0])
    contradicted = _scale("contradicted").probability(got["whole"][:, 1])
    each = _scale("word").probability(got["words"])[..., None]
    for m, (claimed, one) in enumerate(zip(group, encoded, strict=True)):
        words = tuple(Word(a, b, float(x[0])) for (a, b), x in _by_word(claimed.claim, one, each[m]))
        yield Checked(float(supported[m]), float(contradicted[m]), words)


def _by_word(text: str, encoded: _Encoded, each: Floats) -> Iterator[tuple[tuple[int, int], Floats]]:
    """The words of a text (runs between spaces) that were read, each with the greatest figures among its pieces.
    ``each``: (Q, figures), marks included.
    """
    bounds = [m.span() for m in re.finditer(r"\S+", text)]
    values: dict[tuple[int, int], Floats] = {}
    at = 0
    for n, (start, _) in enumerate(encoded.offsets[: len(encoded.ids) - 2], 1):
        while at < len(bounds) - 1 and start >= bounds[at][1]:
            at += 1
        values[bounds[at]] = np.maximum(values[bounds[at]], each[n]) if bounds[at] in values else each[n]
    yield from values.items()
