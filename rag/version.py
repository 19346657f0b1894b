"""Which Citewise this is."""

from __future__ import annotations


def installed_version() -> str:
    """The version that is installed; a copy that was never installed has none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("citewise")
    except PackageNotFoundError:
        return "(not installed)"
