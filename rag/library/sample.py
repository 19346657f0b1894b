"""The sample library that ships with the package: digests, in our own words, of the abstracts of 81 papers on
reinforcement learning.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

SAMPLE_LIBRARY = "sample"


def sample_path() -> Path:
    """The file of digests, JSON Lines."""
    return Path(str(resources.files("rag") / "data" / "sample.jsonl"))
