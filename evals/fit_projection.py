"""Fits the projection of word states from 384 to 128 dimensions: the leading right singular vectors of states of
general scientific text.

    python -m evals.fit_projection ../shared/data/scifact/corpus.jsonl rag/data/word-projection-128.npy

Unsupervised: no question and no judgement is used. It prints the SHA-256 to put into
``rag/models/bundled_embedder.py``. Run it again only when the embedder changes; libraries indexed with another
projection are then refused with the command that indexes them again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from pathlib import Path

import numpy as np

from rag.models import bundled_embedder
from rag.models.embedder import WORD_DIMENSION, Vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help="JSON Lines with a field 'text'")
    parser.add_argument("out", type=Path)
    parser.add_argument("--texts", type=int, default=300)
    arguments = parser.parse_args()
    texts = [json.loads(line)["text"] for line in arguments.corpus.read_text("utf-8").splitlines()]
    sample = random.Random(1).sample(texts, arguments.texts)
    states = np.concatenate([_word_states(text) for text in sample])
    states /= np.linalg.norm(states, axis=1, keepdims=True)
    _, _, axes = np.linalg.svd(states, full_matrices=False)
    np.save(arguments.out, axes[:WORD_DIMENSION].T.astype(np.float32))
    kept = np.linalg.norm(states @ axes[:WORD_DIMENSION].T, axis=1) ** 2
    print(f"{len(states)} words; {kept.mean():.3f} of their squared length is kept")
    print("sha256", hashlib.sha256(arguments.out.read_bytes()).hexdigest())


class _Unprojected(bundled_embedder.BundledEmbedder):
    """The embedder with states as they come: no projection, no rounding."""

    def states(self, text: str) -> Vectors:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        request = self._compiled("LATENCY").create_infer_request()
        passes = [
            bundled_embedder._states(request.infer(bundled_embedder._feed(ids)).to_tuple()[0])[1:-1].copy()
            for ids in bundled_embedder._windows(encoding)
        ]
        _, groups = bundled_embedder._content_words(text, encoding)
        pieces = np.concatenate(passes)
        return np.stack([pieces[lo:hi].mean(axis=0) for lo, hi in groups])


_EMBEDDER = _Unprojected()


def _word_states(text: str) -> Vectors:
    return _EMBEDDER.states(text)


if __name__ == "__main__":
    main()
