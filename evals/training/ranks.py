"""How well a figure tells two kinds of thing apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """The chance that one of ``high`` is above one of ``low``."""
    a, b = np.array(high)[:, None], np.array(low)[None]
    return float(((a > b) + 0.5 * (a == b)).mean()) if a.size and b.size else float("nan")
