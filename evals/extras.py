"""What only the evals need is installed with the extra ``eval``; without it they say so in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import CitewiseError

LIBRARIES = ("ir_measures", "matplotlib", "pytrec_eval", "scipy", "yaml")
"""The import names of what the extra installs."""


class ExtraMissing(CitewiseError):
    """A library of the extra ``eval`` is not installed."""


@contextmanager
def needs_extra() -> Iterator[None]:
    """Around code that imports a library of the extra. Raises ExtraMissing where one is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise
        raise ExtraMissing(
            f"{error.name} is not installed; evals need it.", "In a copy of the repository: pip install '.[eval]'"
        ) from error
