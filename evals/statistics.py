"""How sure a figure is: 95 % intervals of means, and whether two runs differ by more than chance. SciPy's methods,
chosen for few questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

RESAMPLES = 2000
CONFIDENCE = 0.95
LEVEL = 0.05


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval, over ``n`` questions; ``unscored`` more could not be scored."""

    mean: float
    low: float
    high: float
    n: int
    unscored: int = 0

    def to_dict(self) -> dict[str, float | int]:
        return {
            "mean": round(self.mean, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "n": self.n,
            "unscored": self.unscored,
        }


def estimate(values: Sequence[float | None], seed: int = 0) -> Estimate | None:
    """The mean of the scored values and its interval; None if none is scored.

    Values of 0 and 1 get Wilson's interval, which is honest when all are the same. Others are resampled (percentile
    bootstrap).
    """
    known = np.array([v for v in values if v is not None], float)
    if not len(known):
        return None
    unscored = len(values) - len(known)
    if np.isin(known, (0.0, 1.0)).all():
        return _with_unscored(proportion(int(known.sum()), len(known)), unscored)
    mean = float(known.mean())
    if len(known) < 2 or np.ptp(known) == 0:
        return Estimate(mean, mean, mean, len(known), unscored)
    found = stats.bootstrap(
        (known,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(mean, float(found.low), float(found.high), len(known), unscored)


def proportion(right: int, of: int) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927)."""
    found = stats.binomtest(right, of).proportion_ci(CONFIDENCE, "wilson")
    return Estimate(right / of, float(found.low), float(found.high), of)


def quantile(values: Sequence[float], q: float) -> float:
    """The ``q`` quantile, 0 to 1, linear between values."""
    return float(np.quantile(np.array(values, float), q))


def _with_unscored(found: Estimate, unscored: int) -> Estimate:
    return Estimate(found.mean, found.low, found.high, found.n, unscored)


@dataclass(frozen=True)
class Difference:
    """How a metric moved between two runs, over the ``n`` questions that both scored: the mean of the differences
    (second minus first), its 95 % interval, and the probability of one as large by chance, adjusted for the number of
    metrics looked at.
    """

    mean: float
    low: float
    high: float
    n: int
    chance: float
    verdict: Literal["higher", "lower", "no difference seen"]


def differences(pairs: Mapping[str, tuple[Sequence[float], Sequence[float]]], seed: int = 0) -> dict[str, Difference]:
    """Paired comparison of several metrics at once. ``pairs``: the two runs' values, question by question.

    Interval: percentile bootstrap of the differences. Chance: a sign-flip permutation test of their mean, adjusted by
    Benjamini and Hochberg (1995) over the metrics. "No difference seen" unless both say that there is one.
    """
    arrays = {name: np.array(b, float) - np.array(a, float) for name, (a, b) in pairs.items() if len(a)}
    raw = {name: _chance(d, seed) for name, d in arrays.items()}
    adjusted = dict(zip(raw, stats.false_discovery_control(list(raw.values())) if raw else [], strict=True))
    return {name: _difference(d, float(adjusted[name]), seed) for name, d in arrays.items()}


def _difference(d: np.ndarray[tuple[int], np.dtype[np.float64]], chance: float, seed: int) -> Difference:
    mean = float(d.mean())
    low, high = mean, mean
    if len(d) > 1 and np.ptp(d) > 0:
        found = stats.bootstrap(
            (d,),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        low, high = float(found.low), float(found.high)
    seen = chance < LEVEL and (low > 0 or high < 0)
    verdict: Literal["higher", "lower", "no difference seen"] = (
        "no difference seen" if not seen else "higher" if mean > 0 else "lower"
    )
    return Difference(mean, low, high, len(d), chance, verdict)


def _chance(d: np.ndarray[tuple[int], np.dtype[np.float64]], seed: int) -> float:
    if len(d) < 2 or not d.any():
        return 1.0
    found = stats.permutation_test(
        (d,),
        np.mean,
        permutation_type="samples",
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)
