"""What kind of answer a question wants is told alike whatever came before it, and by the file that shipped only."""

from __future__ import annotations

import pytest

from rag.errors import AssetError
from rag.models import bundled_classifier
from rag.models.bundled_classifier import BundledClassifier


@pytest.fixture(scope="module")
def classifier() -> BundledClassifier:
    return BundledClassifier()


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which papers test on real robots?", "find"),
        ("how many papers use mice", "count"),
        ("who wrote the Drama paper", "record"),
        ("compare RePo and Drama", "compare"),
        ("summarise the COPlanner paper", "summary"),
        ("what are the main themes of my library?", "overview"),
        ("How large is the gain of COPlanner on Atari?", "fact"),
        ("thanks a lot!", "talk"),
    ],
)
def test_plain_questions_are_told(classifier: BundledClassifier, question: str, kind: str) -> None:
    assert classifier.tell(question).kind == kind


def test_what_is_told_are_probabilities_and_stay_the_same(classifier: BundledClassifier) -> None:
    first = classifier.tell("which papers by Okafor are about fish?")
    classifier.tell("x " * 500)
    assert classifier.tell("which papers by Okafor are about fish?") == first
    assert sum(first.kinds.values()) == pytest.approx(1)
    assert sum(first.fields.values()) == pytest.approx(1)


@pytest.mark.parametrize("text", ["?", "…", "word " * 400, "\u200b", "知识图谱"])
def test_any_text_is_told(classifier: BundledClassifier, text: str) -> None:
    assert 0 < max(classifier.tell(text).kinds.values()) <= 1


def test_another_file_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled_classifier, "fitted", lambda: {"sha256": "0" * 64})
    with pytest.raises(AssetError, match=r"kinds\.onnx"):
        BundledClassifier().tell("which papers?")
