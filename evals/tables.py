"""Figures laid out in rows, for whatever shows them."""

from __future__ import annotations

from dataclasses import dataclass

from evals.statistics import Estimate


@dataclass(frozen=True)
class Table:
    """A title, a heading for each column, and rows of as many cells."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def share(figure: Estimate) -> tuple[str, str]:
    """A mean and its interval as two cells."""
    unscored = f" ({figure.unscored} unscored)" if figure.unscored else ""
    return f"{figure.mean:.3f}", f"{figure.low:.3f} to {figure.high:.3f}{unscored}"
