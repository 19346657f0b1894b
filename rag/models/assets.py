"""Files that ship with the package, checked before use."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.errors import AssetError

REMEDY = "Install Citewise again: pip install --force-reinstall citewise"


def checked(path: Path, sha256: str) -> Path:
    """The path, where the file is the one that it should be. Raises AssetError where it is missing or another."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise AssetError(f"{path}: {error.strerror or error}.", REMEDY) from error
    if found != sha256:
        raise AssetError(f"{path}: not the file it should be (sha256 {found[:12]}…).", REMEDY)
    return path
