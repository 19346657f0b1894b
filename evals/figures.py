"""Figures as a person reads them."""

from __future__ import annotations

from evals.metrics import METRICS, Metric


def metric(name: str) -> Metric:
    """A metric by name; one that this version does not know stands for itself."""
    return METRICS.get(name) or Metric(name, "")


def number(name: str, value: float) -> str:
    """A figure for a person: shares with three digits, seconds and dollars with their unit."""
    unit = metric(name).unit
    return {"share": f"{value:.3f}", "count": f"{value:.1f}", "seconds": f"{value:.3f} s", "usd": f"${value:.4f}"}[unit]


def signed(name: str, value: float) -> str:
    """A difference for a person."""
    return ("−" if value < 0 else "+") + number(name, abs(value))
