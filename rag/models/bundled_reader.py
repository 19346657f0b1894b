"""The reader that ships: ``rag/data/reader.onnx`` (int8 weights, checked by SHA-256) on OpenVINO.

An abstract goes through the network once with all that is asked of it in one call; a call's abstracts run side by side. Its card,
``rag/data/READER.md``, says what it was trained on and how often it is wrong.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.assets import checked
from rag.models.pages import Page, asked_of, page_of
from rag.models.reader import Asked, Checked, Claimed, Reading, Word

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL, FIGURES = "reader.onnx", "reader.json"
MOST_TOGETHER = 16
"""Claims of one abstract in one pass."""
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scale:
    """From a logit to a probability that means what it says, fitted on held-out papers: ``1 / (1 + exp(-(slope * logit + offset)))``."""

    slope: float
    offset: float

    def probability(self, logit: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * logit + self.offset, -50, 50))), np.float32)


class BundledReader:
    """Loads on first use (about half a second); one object may be shared by threads."""

    def __init__(self, tokenizer: Tokenizer | None = None) -> None:
        """``tokenizer``: of the bundled vocabulary, where it is loaded already."""
        self._given = tokenizer
        self._loading = threading.Lock()
        self._request = threading.local()
        self._compiled: Any = None

    @property
    def fingerprint(self) -> str:
        return f"reader/{figures()['sha256'][:12]}"

    def read(self, asked: Sequence[Asked]) -> list[Reading]:
        pages = [page_of(a.title, a.sentences, self._tokenizer) for a in asked]
        feeds = [_feed(page, [asked_of(a.question, self._tokenizer)], None) for a, page in zip(asked, pages, strict=True)]
        return [self._reading(a, page, got) for a, page, got in zip(asked, pages, self._inferred(feeds), strict=True)]

    def check(self, claimed: Sequence[Claimed]) -> list[Checked]:
        groups = [list(g) for g in _batched(claimed)]
        feeds, encodings = [], []
        for group in groups:
            page = page_of(group[0].title, group[0].sentences, self._tokenizer)
            feeds.append(_feed(page, [asked_of(c.claim, self._tokenizer) for c in group], [c.cited for c in group]))
            encodings.append([self._tokenizer.encode(c.claim, add_special_tokens=False) for c in group])
        out = []
        for group, encoded, got in zip(groups, encodings, self._inferred(feeds), strict=True):
            supported = 1 - _scale("unsupported").probability(got["claim"][:, 0])
            contradicted = _scale("contradicted").probability(got["claim"][:, 1])
            each = _scale("word").probability(got["words"])
            for m, (claim, encoding) in enumerate(zip(group, encoded, strict=True)):
                out.append(Checked(float(supported[m]), float(contradicted[m]), tuple(_words(claim.claim, encoding, each[m]))))
        return out

    # --- the network -------------------------------------------------------------------------------------------------------------------

    def _reading(self, asked: Asked, page: Page, got: Mapping[str, Floats]) -> Reading:
        about, stated, false = (float(_scale(name).probability(got["whole"][0, n])) for n, name in enumerate(("about", "stated", "premise_false")))
        sentences = [0.0] * len(asked.sentences)
        for n, value in zip(page.numbers, _scale("sentence").probability(got["sentences"][0]), strict=True):
            sentences[n - 1] = float(value)
        return Reading(about, stated, false, tuple(sentences))

    def _inferred(self, feeds: Sequence[Mapping[str, npt.NDArray[Any]]]) -> list[dict[str, Floats]]:
        """The outputs for each, in order; a few run side by side."""
        import openvino

        model = self._model
        results: list[dict[str, Floats]] = [{} for _ in feeds]
        if len(feeds) == 1:
            request = getattr(self._request, "one", None)
            if request is None:
                request = self._request.one = model.create_infer_request()
            request.infer(dict(feeds[0]))
            return [_outputs(request)]
        queue = openvino.AsyncInferQueue(model)
        queue.set_callback(lambda request, n: results.__setitem__(n, _outputs(request)))
        for n, feed in enumerate(feeds):
            queue.start_async(dict(feed), n)
        queue.wait_all()
        return results

    @property
    def _model(self) -> Any:
        with self._loading:
            if self._compiled is None:
                import openvino

                path = Path(str(resources.files("rag") / "data" / MODEL))
                checked(path, figures()["sha256"])
                model = openvino.Core().read_model(str(path))
                self._compiled = openvino.compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"})
                # Two threads that make a process's first pass side by side wait for each other for ever (seen, in OpenVINO's binding).
                self._compiled.create_infer_request().infer(_feed(Page([101, 102, 102], [(0, 1), (1, 2)], (1,)), [[101, 102]], None))
        return self._compiled

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        if self._given is not None:
            return self._given
        from rag.embedding import bundled_tokenizer

        return bundled_tokenizer()


def figures() -> Mapping[str, Any]:
    """What ``evals.training`` wrote beside the weights: their hash, the scales, the thresholds and the error rates."""
    loaded: Mapping[str, Any] = _loaded()
    return loaded


def _loaded() -> Mapping[str, Any]:
    global _FIGURES
    if _FIGURES is None:
        _FIGURES = json.loads((resources.files("rag") / "data" / FIGURES).read_text("utf-8"))
    return _FIGURES


_FIGURES: Mapping[str, Any] | None = None


def _scale(name: str) -> Scale:
    return Scale(*figures()["scales"][name])


def _feed(page: Page, asked: Sequence[Sequence[int]], cited: Sequence[Sequence[int]] | None) -> dict[str, npt.NDArray[Any]]:
    """``cited``: numbers of sentences for each that is asked; None: it may see all."""
    length = max(map(len, asked))
    ids, parts = np.zeros((len(asked), length), np.int64), np.zeros((len(page.spans), len(page.ids)), np.float32)
    for n, (a, b) in enumerate(page.spans):
        parts[n, a:b] = 1
    seen = np.ones((len(asked), len(page.ids)), np.float32)
    for m, pieces in enumerate(asked):
        ids[m, : len(pieces)] = pieces
        if cited is not None:
            seen[m] = parts[[0, *(n for n, number in enumerate(page.numbers, 1) if number in cited[m])]].max(axis=0)
    return {"abstract": np.array(page.ids, np.int64), "parts": parts, "asked": ids, "cited": seen}


def _outputs(request: Any) -> dict[str, Floats]:
    return {name: np.array(request.get_tensor(name).data, np.float32) for name in ("whole", "sentences", "claim", "words")}


def _batched(claimed: Sequence[Claimed]) -> Iterator[Sequence[Claimed]]:
    """Runs of claims about one abstract."""
    for _, run in groupby(claimed, key=lambda c: (c.title, c.sentences)):
        together = list(run)
        yield from (together[at : at + MOST_TOGETHER] for at in range(0, len(together), MOST_TOGETHER))


def _words(claim: str, encoding: Any, each: Floats) -> Iterator[Word]:
    """The claim's words (runs between spaces) with the greatest figure among their pieces."""
    offsets, start = encoding.offsets, 0
    values: dict[tuple[int, int], float] = {}
    bounds = []
    for piece in claim.split():
        start = claim.index(piece, start)
        bounds.append((start, start + len(piece)))
        start += len(piece)
    at = 0
    for n, (a, _) in enumerate(offsets[: len(each) - 1]):
        while at < len(bounds) - 1 and a >= bounds[at][1]:
            at += 1
        if n + 1 < len(each):
            values[bounds[at]] = max(values.get(bounds[at], 0.0), float(each[n + 1]))
    return (Word(a, b, value) for (a, b), value in values.items())
