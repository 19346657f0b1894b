"""Numbers in prose, with what they count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.quantities import quantities


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


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for found in quantities(text):
        assert found.text in text
        assert found.value >= 0
