"""The reader that ships: ``rag/data/reader.onnx`` (int8 weights, checked by SHA-256) on OpenVINO.

An abstract goes through the network once with all that is asked of it in one call; a call's abstracts run side by
side. Its card,
``rag/data/READER.md``, says what it was trained on and how often it is wrong.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from rag.assets import checked
from rag.embedding import FIRST_PASS, bundled_tokenizer
from rag.models.pages import CLS, SEP, Page, marked, page_of
from rag.models.reader import Asked, AskedWord, Checked, Claimed, Reading, Word

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL, FIGURES = "reader.onnx", "reader.json"
OUTPUTS = ("whole", "sentences", "asked_words", "claim", "claim_words")
SIDE_BY_SIDE = 2
"""Abstracts that are read at once."""
MOST_TOGETHER = 16
"""Questions or claims of one abstract in one pass."""
Floats = npt.NDArray[np.float32]
_A = TypeVar("_A", Asked, Claimed)


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
        self._reading = threading.Lock()
        self._compiled: Any = None

    @property
    def fingerprint(self) -> str:
        return f"reader/{figures()['sha256'][:12]}"

    def read(self, asked: Sequence[Asked]) -> list[Reading]:
        groups = list(_together(asked))
        pages = [page_of(g[0].title, g[0].sentences, self._tokenizer) for g in groups]
        encoded = [[self._encoded(a.question) for a in g] for g in groups]
        feeds = [_feed(page, [e.ids for e in one], None) for page, one in zip(pages, encoded, strict=True)]
        rows = zip(groups, pages, encoded, self._inferred(feeds), strict=True)
        return [r for group, page, one, got in rows for r in _readings(group, page, one, got)]

    def check(self, claimed: Sequence[Claimed]) -> list[Checked]:
        groups = list(_together(claimed))
        pages = [page_of(g[0].title, g[0].sentences, self._tokenizer) for g in groups]
        encoded = [[self._encoded(c.claim) for c in g] for g in groups]
        rows = zip(groups, pages, encoded, strict=True)
        feeds = [_feed(page, [e.ids for e in one], [c.cited for c in group]) for group, page, one in rows]
        results = zip(groups, encoded, self._inferred(feeds), strict=True)
        return [c for group, one, got in results for c in _checks(group, one, got)]

    # --- the network ---------------------------------------------------------------------------------------------------------

    def _encoded(self, text: str) -> _Encoded:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return _Encoded(marked(encoding.ids), encoding.offsets)

    def _inferred(self, feeds: Sequence[Mapping[str, npt.NDArray[Any]]]) -> list[dict[str, Floats]]:
        """The outputs for each, in order; SIDE_BY_SIDE run at once.

        Requests without callbacks: a callback needs the interpreter's lock, and a queue that is destroyed while its last
        one waits for that never ends (seen when a library was closed right after a question).
        """
        results: list[dict[str, Floats]] = []
        if not feeds:
            return results
        with self._reading:
            requests = self._requests
            try:
                for n in range(len(feeds) + SIDE_BY_SIDE):
                    request = requests[n % SIDE_BY_SIDE]
                    if n >= SIDE_BY_SIDE and n - SIDE_BY_SIDE < len(feeds):
                        request.wait()
                        results.append(_outputs(request))
                    if n < len(feeds):
                        request.start_async(dict(feeds[n]))
            except BaseException:
                for request in requests:
                    request.wait()  # whoever reads next finds none under way
                raise
        return results

    @cached_property
    def _requests(self) -> list[Any]:
        """Made once and shared, one call at a time: as many as there are threads would each keep its buffers."""
        return [self._model.create_infer_request() for _ in range(SIDE_BY_SIDE)]

    @property
    def _model(self) -> Any:
        with FIRST_PASS:
            if self._compiled is None:
                import openvino

                path = Path(str(resources.files("rag") / "data" / MODEL))
                checked(path, figures()["sha256"])
                model = openvino.Core().read_model(str(path))
                self._compiled = openvino.compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"})
                self._compiled.create_infer_request().infer(_feed(Page([CLS, SEP, SEP], [(0, 1), (1, 2)], (1,)), [[CLS, SEP]], None))
        return self._compiled

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return bundled_tokenizer()


@cache
def figures() -> Mapping[str, Any]:
    """What ``evals.training`` wrote beside the weights: their hash, the scales, the limits, the weights of ranking
    and the error rates.
    """
    loaded: dict[str, Any] = json.loads((resources.files("rag") / "data" / FIGURES).read_text("utf-8"))
    return loaded


def _scale(name: str) -> Scale:
    return Scale(*figures()["scales"][name])


def _feed(page: Page, asked: Sequence[Sequence[int]], cited: Sequence[Sequence[int]] | None) -> dict[str, npt.NDArray[Any]]:
    """``cited``: numbers of sentences for each that is asked; None: it may see all."""
    length, size = _padded(max(map(len, asked)), 8), _padded(len(page.ids), 32)
    abstract, ids = np.zeros(size, np.int64), np.zeros((len(asked), length), np.int64)
    abstract[: len(page.ids)] = page.ids
    parts = np.zeros((len(page.spans), size), np.float32)
    for n, (a, b) in enumerate(page.spans):
        parts[n, a:b] = 1
    seen = np.zeros((len(asked), size), np.float32)
    seen[:, : len(page.ids)] = 1
    for m, pieces in enumerate(asked):
        ids[m, : len(pieces)] = pieces
        if cited is not None:
            seen[m] = parts[[0, *(n for n, number in enumerate(page.numbers, 1) if number in cited[m])]].max(axis=0)
    return {"abstract": abstract, "parts": parts, "asked": ids, "cited": seen}


def _padded(n: int, step: int) -> int:
    """Few different lengths, for each compiles kernels of its own."""
    return -(-n // step) * step


def _outputs(request: Any) -> dict[str, Floats]:
    return {name: np.array(request.get_tensor(name).data, np.float32) for name in OUTPUTS}


def _together(asked: Sequence[_A]) -> Iterator[list[_A]]:
    """Runs of what is asked of one abstract."""
    for _, run in groupby(asked, key=lambda a: (a.title, a.sentences)):
        together = list(run)
        yield from (together[at : at + MOST_TOGETHER] for at in range(0, len(together), MOST_TOGETHER))


def _readings(group: Sequence[Asked], page: Page, encoded: Sequence[_Encoded], got: Mapping[str, Floats]) -> Iterator[Reading]:
    about, stated, false = (_scale(name).probability(got["whole"][:, n]) for n, name in enumerate(("about", "stated", "premise_false")))
    answers, each = _scale("sentence").probability(got["sentences"]), _scale("word").probability(got["asked_words"])
    for m, (asked, one) in enumerate(zip(group, encoded, strict=True)):
        sentences = [0.0] * len(asked.sentences)
        for n, value in zip(page.numbers, answers[m], strict=True):
            sentences[n - 1] = float(value)
        words = tuple(AskedWord(a, b, float(x[0]), float(x[1])) for (a, b), x in _by_word(asked.question, one, each[m]))
        yield Reading(float(about[m]), float(stated[m]), float(false[m]), tuple(sentences), words)


def _checks(group: Sequence[Claimed], encoded: Sequence[_Encoded], got: Mapping[str, Floats]) -> Iterator[Checked]:
    supported = 1 - _scale("unsupported").probability(got["claim"][:, 0])
    contradicted = _scale("contradicted").probability(got["claim"][:, 1])
    each = _scale("word").probability(got["claim_words"])[..., None]
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
