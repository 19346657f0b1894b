"""How likely a sentence answers: the logistic model, and figures that are numbers whatever the paper and question."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rag.errors import AssetError
from rag.relevance import FEATURES, Logistic, Reading, calibration, figures, is_stub, sentence_model
from rag.sentences import split_sentences
from rag.verdict import COVERED_FIGURES, STATED_FIGURES

FITTED = {"bias": 0.5, "figures": {"close": [1.0, 2.0, 3.0], "shared": [0.0, 0.5, -1.0]}}


def reading(question: str, words: list[str], abstract: str, owners: list[int]) -> Reading:
    """A reading in which each word of the paper is as near to each of the question as chance makes it."""
    similarity = np.random.default_rng(0).uniform(0, 1, (len(words), len(owners))).astype(np.float32)
    weights = np.full(len(words), 1 / max(len(words), 1), np.float32)
    sentences = split_sentences("title:0", abstract)
    return Reading(question, "Marmots that plan", sentences, words, weights, similarity, np.array(owners, np.uint16))


def test_the_probability_is_the_logistic_of_the_weighed_figures() -> None:
    model = Logistic.from_json(FITTED)
    # z = 0.5 + 3 (2 - 1) / 2 - 1 (1 - 0) / 0.5 = 0, and z = 0.5 + 3 (1 - 1) / 2 - 1 (0 - 0) / 0.5 = 0.5
    found = model.probability(np.array([[2, 1], [1, 0]], np.float32))
    assert found == pytest.approx([0.5, 1 / (1 + math.exp(-0.5))])


@pytest.mark.parametrize("expected", [("close",), ("shared", "close"), ("close", "shared", "rare")])
def test_a_model_fitted_on_other_figures_is_refused(expected: tuple[str, ...]) -> None:
    with pytest.raises(AssetError, match="other figures") as caught:
        Logistic.from_json(FITTED, expected)
    assert "evals.calibrate" in caught.value.remedy


def test_the_shipped_models_read_the_figures_that_the_code_computes() -> None:
    assert sentence_model().names == FEATURES
    for name, names in (("covered", COVERED_FIGURES), ("stated", STATED_FIGURES)):
        assert Logistic.from_json(calibration()[name], names).names == names
        assert 0 < calibration()[name]["threshold"] < 1


@pytest.mark.parametrize(
    ("question", "words", "abstract", "owners"),
    [
        ("marmots?", ["marmots"], "Marmots plan.", [1, 1]),
        ("marmots?", ["marmots"], "Marmots plan. They dig. Then they sleep for months.", [1, 1, 2, 3, 3, 3]),
        ("How do marmots plan burrows?", ["marmots", "plan", "burrows"], "Planned.", [1]),
        ("What?", [], "Marmots plan. They dig.", [1, 1, 2]),
        ("Why whales?", ["whales"], "Marmots plan. They do. They dig.", [1, 1, 3]),
    ],
    ids=["one word, one sentence", "one word", "one sentence", "no word", "a sentence without content words"],
)
def test_figures_are_finite(question: str, words: list[str], abstract: str, owners: list[int]) -> None:
    read = reading(question, words, abstract, owners)
    table = figures(read)
    assert table.shape == (len(read.sentences), len(FEATURES))
    assert np.isfinite(table).all()
    likely = sentence_model().probability(table)
    assert ((likely >= 0) & (likely <= 1)).all()


def test_the_sentence_that_shares_the_questions_words_is_likelier() -> None:
    abstract = "Much has been said of alpine fauna and its habits in snow. Goals are ranked by a learned map of the tunnels underneath."
    read = reading("How are goals ranked?", ["goals", "ranked"], abstract, [1] * 6 + [2] * 6)
    read.similarity[:] = np.where(read.owner == 2, 0.9, 0.1)
    first, second = sentence_model().probability(figures(read))
    assert second > first


def test_an_address_or_a_few_words_are_a_stub() -> None:
    assert is_stub("https://example.org/a-very-long-address/that/tells/nothing/of/its/own")
    assert is_stub("Code is available.")
    assert not is_stub("Marmots that plan ahead dig fewer tunnels than marmots that do not.")
