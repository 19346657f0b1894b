"""Which words count, and which count as the same."""

from __future__ import annotations

import pytest

from rag.text.words import content_words, is_content, stem


def test_function_words_and_the_wrapping_of_questions_carry_no_meaning() -> None:
    assert content_words("What was that paper where someone showed how the GPT-4 model's rewards hack?") == [
        "showed", "gpt", "4", "model", "rewards", "hack"
    ]  # fmt: skip


def test_words_are_split_where_the_tokenizer_splits() -> None:
    assert content_words("Dyna-style, off_policy: über-α 10X") == ["dyna", "style", "policy", "über", "α", "10x"]


@pytest.mark.parametrize(("word", "counts"), [("reward", True), ("The", False), ("7", True), ("—", False), ("", False)])
def test_is_content(word: str, counts: bool) -> None:
    assert is_content(word) is counts


@pytest.mark.parametrize(
    ("one", "other"), [("exploration", "explore"), ("tasks", "task"), ("predictions", "predictive")]
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("dreamer", "dream"), ("loss", "lose"), ("td3", "td7"), ("bias", "biology")]
)
def test_names_and_other_words_keep_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)
