"""Settings from the environment. The only module that reads it.

    CITEWISE_LIBRARY       name or folder of the library to use              the library "default" in the platform's data folder
    CITEWISE_CHROMA_URL    address of a Chroma server to keep vectors on     none: the library's own folder
    CITEWISE_LOCK_SECONDS  how long to wait for another writer               5

They are read anew each time they are asked for, so a program may change them while it runs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import UsageError


class Settings(BaseSettings):
    """The values of the environment variables ``CITEWISE_…``."""

    model_config = SettingsConfigDict(env_prefix="CITEWISE_", frozen=True)

    library: str | None = None
    chroma_url: str | None = None
    lock_seconds: float = Field(default=5.0, ge=0)


def settings() -> Settings:
    """The settings as the environment has them now. Raises UsageError naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "CITEWISE_" + str(first["loc"][0]).upper()
        raise UsageError(f"{name}: {first['msg']}.", "Correct it or unset it.") from error


def library_folder(library: str | Path | None) -> Path:
    """The folder of a library given by name, by path, or not at all (then ``CITEWISE_LIBRARY``, then "default").

    A name is a word without a separator; anything with one, or starting with ``.`` or ``~``, is a path.
    """
    chosen = str(library if library is not None else settings().library or "default")
    if not chosen.strip() or "\0" in chosen:
        raise UsageError("The library's name is empty or not a name.", "Give --library a name or a folder.")
    if isinstance(library, Path) or any(mark in chosen for mark in "/\\") or chosen.startswith((".", "~")):
        try:
            return Path(chosen).expanduser().resolve()
        except (OSError, RuntimeError) as error:  # an unknown ~user, links in a circle
            raise UsageError(f"{chosen}: no folder ({error}).", "Give --library a name or a folder.") from error
    return _data_folder() / chosen


@cache
def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("citewise", appauthor=False) / "libraries"
