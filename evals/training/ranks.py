"""How well a figure tells two kinds of thing apart, and figures made into probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from rag.models.reader import Reading

Floats = npt.NDArray[np.float64]


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """The chance that one of ``high`` is above one of ``low``."""
    a, b = np.array(high)[:, None], np.array(low)[None]
    return float(((a > b) + 0.5 * (a == b)).mean()) if a.size and b.size else float("nan")


def logit(p: npt.ArrayLike) -> Floats:
    q = np.clip(np.asarray(p, np.float64), 1e-7, 1 - 1e-7)
    return np.log(q / (1 - q))


def logistic(
    rows: Floats, labels: Floats, weights: Floats | None = None, penalty: float = 1e-3
) -> tuple[Floats, float]:
    """Weights and offset of a logistic regression, by Newton's method."""
    x = np.column_stack([rows, np.ones(len(rows))])
    w, weight = np.zeros(x.shape[1]), np.ones(len(rows)) if weights is None else weights
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -40, 40)))
        gradient = x.T @ (weight * (labels - p)) - penalty * w
        curvature = (x * (weight * p * (1 - p))[:, None]).T @ x + penalty * np.eye(x.shape[1])
        step = np.linalg.solve(curvature, gradient)
        w += step
        if np.abs(step).max() < 1e-8:
            break
    return w[:-1], float(w[-1])


def scaled_reading(reading: Reading, scales: Mapping[str, tuple[float, float]]) -> Reading:
    """A reading that was taken with all scales at one, as these make it."""

    def of(name: str, p: npt.ArrayLike) -> Floats:
        slope, offset = scales[name]
        return np.asarray(1 / (1 + np.exp(-(slope * logit(p) + offset))))

    about, stated, false = (
        float(of(n, p))
        for n, p in (("about", reading.about), ("stated", reading.stated), ("premise_false", reading.premise_false))
    )
    return Reading(about, stated, false, tuple(map(float, of("sentence", reading.sentences))))
