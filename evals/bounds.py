"""Bounds that a run's figures must keep, so that an eval can be a gate: ``citation_precision=0.95``,
``idea:hit@1=0.7``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.metrics import METRICS
from evals.runs import Run
from rag.errors import UsageError


@dataclass(frozen=True)
class Bound:
    """The least (or the most) that a figure may be; ``kind`` is "all" or a kind of question."""

    kind: str
    metric: str
    value: float
    least: bool = True

    def __str__(self) -> str:
        return f"{self.metric} of {self.kind}"


def read_bound(text: str, kinds: Iterable[str], *, least: bool) -> Bound:
    """A bound as written on the command line. Raises UsageError."""
    option = "--min" if least else "--max"
    name, equals, value = text.partition("=")
    kind, colon, metric = name.rpartition(":")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not equals or math.isnan(number):
        raise UsageError(
            f"{option} {text}: no metric and value.", "Write it like citation_precision=0.95 or idea:hit@1=0.7."
        )
    if metric not in METRICS:
        raise UsageError(f"{option} {text}: no metric {metric}.", f"There are: {', '.join(METRICS)}.")
    known = dict.fromkeys(("all", *kinds))
    if colon and kind not in known:
        raise UsageError(f"{option} {text}: no question of that kind.", f"There are: {', '.join(known)}.")
    return Bound(kind or "all", metric, number, least)


def broken(run: Run, bounds: Sequence[Bound]) -> list[str]:
    """The bounds that a run does not keep, a line each. A figure that could not be had keeps none."""
    lines = []
    for bound in bounds:
        figure = run.figures.get(bound.kind, {}).get(bound.metric)
        should = f"it should be {bound.value:g} at {'least' if bound.least else 'most'}"
        if figure is None:
            lines.append(f"{bound} is not known; {should}.")
        elif figure["mean"] < bound.value if bound.least else figure["mean"] > bound.value:
            lines.append(f"{bound} is {figure['mean']:.4g}; {should}.")
    return lines
