"""A text's vectors: the same each time, of unit length, made from the whole text, and only from the files that
shipped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.errors import AssetError
from rag.models import bundled_embedder
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import DIMENSION, WINDOW, WORD_DIMENSION
from rag.text.words import content_words

TEXT = "The COPlanner agent explores optimistically; it doesn't trust its model by 7%."
BARE = ("", "   ", "?!…", "the of", "\N{ZERO WIDTH SPACE}")


def test_a_vector_is_384_floats_of_unit_length(embedder: BundledEmbedder) -> None:
    whole = embedder.embed_query(TEXT).whole
    assert whole.shape == (DIMENSION,)
    assert whole.dtype == np.dtype(np.float32)
    assert DIMENSION == 384
    assert float(np.linalg.norm(whole)) == pytest.approx(1, abs=1e-5)


def test_the_same_text_has_the_same_vectors_as_question_and_as_document(embedder: BundledEmbedder) -> None:
    first, again = embedder.embed_query(TEXT), embedder.embed_query(TEXT)
    assert np.array_equal(first.whole, again.whole)
    assert np.array_equal(first.words.vectors, again.words.vectors)
    (document,) = embedder.embed_documents([TEXT])
    assert float(first.whole @ document.whole) > 0.999
    assert np.array_equal(first.words.spans, document.words.spans)


def test_documents_come_back_in_order_whatever_their_length(embedder: BundledEmbedder) -> None:
    texts = [f"Paper {n} is about {animal}. " * (1 + n % 3) for n in range(70) for animal in ("otters", "prisms")][:70]
    together = list(embedder.embed_documents(texts))
    assert len(together) == len(texts)
    for n in (0, 1, 5, 63, 64, 69):  # 64 are in flight at a time
        assert float(embedder.embed_query(texts[n]).whole @ together[n].whole) > 0.999


def test_kindred_texts_lie_nearer_than_strange_ones(embedder: BundledEmbedder) -> None:
    asked, kin, stranger = (
        embedder.embed_query(t).whole
        for t in ("How do robots learn to walk?", "Legged machines acquire gaits.", "Bread needs yeast.")
    )
    assert asked @ kin > asked @ stranger + 0.1


def test_a_text_longer_than_the_window_is_read_to_its_end(embedder: BundledEmbedder) -> None:
    body = "The robot learns to walk over loose stones. " * 75
    assert embedder.count_tokens(body) > WINDOW
    planned, sang = (embedder.embed_query(body + end) for end in ("The planner searches.", "Whales sing beneath ice."))
    assert float(planned.whole @ sang.whole) < 0.9999
    text = body + "Whales sing beneath ice."
    assert [text[a:b] for a, b in sang.words.spans[-4:]] == ["Whales", "sing", "beneath", "ice"]
    alone = embedder.embed_query("Whales sing beneath ice.").words.vectors.astype(np.float32)
    ends = sang.words.vectors[-4:].astype(np.float32)
    assert all(float(a @ b) > 0.3 * 127**2 for a, b in zip(alone, ends, strict=True))


def test_word_spans_cut_out_the_content_words(embedder: BundledEmbedder) -> None:
    words = embedder.embed_query(TEXT).words
    assert [TEXT[a:b].lower() for a, b in words.spans] == content_words(TEXT)
    assert words.vectors.shape == (len(words.spans), WORD_DIMENSION)
    lengths = np.linalg.norm(words.vectors.astype(np.float32) / 127, axis=1)
    assert np.allclose(lengths, 1, atol=0.05)


@pytest.mark.parametrize("text", BARE)
def test_a_text_without_content_words_has_a_vector_and_no_words(embedder: BundledEmbedder, text: str) -> None:
    asked = embedder.embed_query(text)
    (document,) = embedder.embed_documents([text])
    for vectors in (asked, document):
        assert np.isfinite(vectors.whole).all()
        assert vectors.words.spans.shape == (0, 2)
        assert vectors.words.vectors.shape == (0, WORD_DIMENSION)


def test_no_documents_give_no_vectors(embedder: BundledEmbedder) -> None:
    assert list(embedder.embed_documents([])) == []


@pytest.mark.parametrize("constant", ["MODEL_SHA256", "VOCABULARY_SHA256", "PROJECTION_SHA256"])
def test_an_altered_file_is_refused_by_name_with_a_remedy(monkeypatch: pytest.MonkeyPatch, constant: str) -> None:
    monkeypatch.setattr(bundled_embedder, constant, "0" * 64)
    with pytest.raises(AssetError, match="not the file it should be") as caught:
        BundledEmbedder().embed_query(TEXT)
    assert "pip install" in caught.value.remedy
    assert Path(caught.value.problem.split(": ")[0]).is_file()


def test_a_missing_file_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_embedder, "VOCABULARY", "no-such-vocabulary.txt")
    with pytest.raises(AssetError, match=r"no-such-vocabulary\.txt") as caught:
        BundledEmbedder().count_tokens(TEXT)
    assert "pip install" in caught.value.remedy
