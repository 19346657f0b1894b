"""Intervals are honest with few questions; a difference is only told where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from evals.statistics import differences, estimate, proportion, quantile


def test_a_share_has_wilsons_interval() -> None:
    # 8 of 10, z = 1.96: centre (8 + z²/2) / (10 + z²) = .7168, half width z/(10 + z²) · sqrt(10·.8·.2 + z²/4) = .2266
    found = proportion(8, 10)
    assert (found.mean, found.n) == (0.8, 10)
    assert (found.low, found.high) == pytest.approx((0.490, 0.943), abs=1e-3)


def test_all_right_is_not_certain() -> None:
    found = estimate([1.0] * 12)
    assert found is not None
    assert (found.mean, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.757, abs=1e-3)  # 12 / (12 + 1.96²)


def test_unscored_questions_are_counted_and_left_out_of_the_mean() -> None:
    found = estimate([1.0, None, 0.0, None])
    assert found is not None
    assert (found.mean, found.n, found.unscored) == (0.5, 2, 2)


def test_nothing_scored_is_no_figure() -> None:
    assert estimate([None, None]) is None
    assert estimate([]) is None


def test_a_mean_of_other_values_is_resampled_and_the_same_each_time() -> None:
    values = list(np.random.default_rng(3).normal(5, 2, 400))
    found = estimate(values)
    assert found == estimate(values)
    assert found is not None
    assert found.low < found.mean < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * 2 / 20, rel=0.15)  # the normal theory's interval


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(5)
    covered = 0
    for _ in range(100):
        found = estimate(list(chance.beta(2, 3, 60)))
        assert found is not None
        covered += found.low <= 0.4 <= found.high
    assert covered >= 88


def test_the_same_twice_shows_no_difference() -> None:
    found = differences({"facts": ([0.0, 1.0, 0.5], [0.0, 1.0, 0.5])})["facts"]
    assert (found.mean, found.low, found.high, found.verdict) == (0, 0, 0, "no difference seen")


def test_noise_shows_no_difference() -> None:
    chance = np.random.default_rng(1)
    pairs = {f"m{n}": (list(chance.normal(size=80)), list(chance.normal(size=80))) for n in range(12)}
    assert {d.verdict for d in differences(pairs).values()} == {"no difference seen"}


def test_a_real_difference_is_told_with_its_direction() -> None:
    chance = np.random.default_rng(2)
    before = chance.integers(0, 2, 120).astype(float)
    better = np.where(chance.random(120) < 0.4, 1.0, before)
    found = differences({"up": (list(before), list(better)), "down": (list(better), list(before))})
    assert (found["up"].verdict, found["down"].verdict) == ("higher", "lower")
    assert found["up"].mean == pytest.approx(float((better - before).mean()))
    assert found["up"].low > 0


def test_one_changed_question_is_no_difference() -> None:
    before = [1.0] * 100
    assert differences({"facts": (before, [0.0, *before[1:]])})["facts"].verdict == "no difference seen"


def test_no_common_question_is_no_comparison() -> None:
    assert differences({"facts": ([], [])}) == {}


def test_quantiles_lie_between_values() -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert quantile([7.0], 0.95) == 7.0
