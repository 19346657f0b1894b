"""Numbers in prose, with what they count."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.quantities import amounts, quantities


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("improves by 41.5%", [(41.5, "%")]),
        ("improves by 4.83\\%", [(4.83, "%")]),
        ("improves by 12 percent", [(12, "%")]),
        ("uses 0.25X the compute", [(0.25, "times")]),
        ("is twice as fast", [(2, "")]),
        ("is 20 times faster", [(20, "times")]),
        ("a 10-fold gain", [(10, "times")]),
        ("25 to 50 minutes", [(25, ""), (50, "")]),
        ("1,024 samples", [(1024, "")]),
        ("7 million frames", [(7e6, "")]),
        ("76K examples", [(76e3, "")]),
        ("a 3B-parameter model", [(3e9, "")]),
        ("eight tasks", [(8, "")]),
        ("p = .05", [(0.05, "")]),
    ],
)
def test_numbers_are_read_with_their_unit(text: str, found: list[tuple[float, str]]) -> None:
    assert [(q.value, q.unit) for q in quantities(text)] == found


@pytest.mark.parametrize("text", ["GPT-4 and D4RL", "Qwen2.5-VL", "2D and 3D maps", "H2O", "no number at all", ""])
def test_a_number_inside_a_name_is_none(text: str) -> None:
    assert quantities(text) == []


def test_what_a_number_counts_stands_with_it() -> None:
    (found,) = quantities("evaluated on 17 continuous control tasks")
    assert (found.text, found.after) == ("17", ("continuous", "control", "tasks"))


@pytest.mark.parametrize("text", ["a tension of opposites", "seventeenth", "the oneness of it"])
def test_a_number_word_inside_a_word_is_none(text: str) -> None:
    assert quantities(text) == []
    assert amounts(text) == []


FROM, UP = -math.inf, math.inf


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10-50X faster", [(10, 50, "times")]),
        ("25 to 50 minutes", [(1500, 3000, "s")]),
        ("between 25 and 50 minutes", [(1500, 3000, "s")]),
        ("7–9 million frames", [(7e6, 9e6, "")]),
        ("up to 31%", [(FROM, 31, "%")]),
        ("at least 1,389 samples", [(1389, UP, "")]),
        ("no more than four versions", [(FROM, 4, "")]),
        ("0.25X the compute", [(0.25, 0.25, "times")]),
        ("a quarter of the compute", [(0.25, 0.25, "times")]),
        ("two-thirds of the tasks", [(2 / 3, 2 / 3, "times")]),
        ("halves memory", [(0.5, 0.5, "times")]),
        ("twice as fast", [(2, 2, "times")]),
        ("tenfold", [(10, 10, "times")]),
        ("120 ms", [(0.12, 0.12, "s")]),
        ("2 cm at 10 kHz", [(0.02, 0.02, "m"), (1e4, 1e4, "Hz")]),
        ("9.7 percentage points", [(9.7, 9.7, "points")]),
        ("7M frames or 7 million", [(7e6, 7e6, ""), (7e6, 7e6, "")]),
        ("a 3B-parameter model", [(3e9, 3e9, "")]),
        ("twenty-five robots", [(25, 25, "")]),
        ("one million steps", [(1e6, 1e6, "")]),
        ("17 of 22 tasks", [(17, 17, ""), (22, 22, "")]),
        ("3·1% of them", [(3.1, 3.1, "%")]),
        ("GPT-4, D4RL, 2D maps and Qwen2.5-7B", []),
    ],
)
def test_amounts_say_all_values_that_they_allow(text: str, found: list[tuple[float, float, str]]) -> None:
    said = amounts(text)
    assert [a.unit for a in said] == [unit for *_, unit in found]
    assert [v for a in said for v in (a.low, a.high)] == pytest.approx([v for *ends, _ in found for v in ends])


def test_a_change_is_told_with_its_direction_and_both_its_ends() -> None:
    change, before, after = amounts("cut from 120 ms to 15 ms per step")
    assert change.falls
    assert [before.low, after.low] == pytest.approx([0.12, 0.015])
    assert not amounts("raised from 58% to 81%")[0].falls


@given(st.text())
def test_amounts_of_any_text_can_be_read(text: str) -> None:
    for found in amounts(text):
        assert 0 <= found.start < found.end <= len(text)
        assert found.low <= found.high


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for found in quantities(text):
        assert found.text in text
        assert found.value >= 0
