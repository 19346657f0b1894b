"""Fetches model files from a Hugging Face hub, and makes sure that what came is what was promised.

The hub's client finds the file and reads it. Where a download is kept until it is whole is decided here, for left to
itself the client begins anew after an interruption.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rag.errors import ModelError, ModelFileWrong
from rag.models.local.known import ModelFile, models
from rag.text.display import shown

Progress = Callable[[str, int, int | None], None]
"""Called with (phase, bytes done, bytes in all)."""
_BLOCK = 1 << 20
_AGAIN = "Pull again: what has come is kept, and only the rest is fetched."


def pull(model: ModelFile, progress: Progress | None = None) -> tuple[Path, bool]:
    """Fetches the model's file, or what is missing of it; its path, and whether it was fetched now. One that is there
    is read and checked.

    Raises ModelFileWrong where it cannot be fetched, or is not the file that it should be.
    """
    from filelock import FileLock, Timeout

    told = progress or (lambda phase, done, total: None)
    model.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(model.path.with_name(f"{model.path.name}.lock"), timeout=0):
            if model.path.exists():
                _check_own(model, told)
                return model.path, False
            wanted = _asked(model)
            part = model.path.with_name(f"{model.path.name}.{(wanted.sha256 or '')[:12]}.part")
            _fetch(wanted, part, told)
            _check(part, wanted, told)
            part.replace(model.path)
            wanted.keep_record()
            return model.path, True
    except Timeout:
        raise ModelFileWrong(f"{model.path}: another process is fetching it.", "Wait for that one to end.") from None


def remove(model: ModelFile) -> list[Path]:
    """Deletes the model's file, its record, and what has come of it so far; what was deleted, empty if nothing was
    there.
    """
    gone = [path for path in (model.path, model.record, *model.parts()) if path.exists()]
    for path in gone:
        path.unlink()
    with suppress(FileNotFoundError):
        model.path.with_name(f"{model.path.name}.lock").unlink()
    return gone


def _check_own(model: ModelFile, told: Progress) -> None:
    """Compares a file that is there with its record, or with what is known of it."""
    kept = next((m for m in models() if m.path == model.path), model)
    if kept.repo != model.repo:
        problem = f"{model.path} comes from {kept.repo}, not from {model.repo}."
        raise ModelFileWrong(problem, f"Remove that one first: citewise model remove {kept.name}")
    wanted = kept if kept.sha256 else _asked(model)
    _check(model.path, wanted, told)
    wanted.keep_record()


def _asked(model: ModelFile) -> ModelFile:
    """The model with what the hub says of its file. Nothing is fetched where that is another file than is known, or
    cannot be checked.
    """
    import httpx2
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url

    hub = constants.ENDPOINT
    try:
        found = get_hf_file_metadata(
            hf_hub_url(model.repo, model.file, revision=model.revision), token=False, library_name="citewise"
        )
    except (httpx2.HTTPError, OSError, ValueError) as error:
        raise _refused(model, error, hub) from error
    offered = found.etag if found.etag and re.fullmatch(r"[0-9a-f]{64}", found.etag) else None
    if found.commit_hash is None:
        raise ModelFileWrong(f"{hub} does not answer as a Hugging Face hub does.", "Correct HF_ENDPOINT, or unset it.")
    if model.sha256 and (offered or model.sha256) != model.sha256:
        problem = f"{hub} offers a {model.repo}/{model.file} with the sha256 {offered}, not {model.sha256}."
        raise ModelFileWrong(problem, "Nothing was fetched. Name another hub with HF_ENDPOINT, or another model.")
    if not (model.sha256 or offered):
        raise ModelFileWrong(
            f"{hub} tells no sha256 of {model.repo}/{model.file}.", "Nothing was fetched. Name another file."
        )
    revision = model.revision if model.sha256 else found.commit_hash
    return replace(model, revision=revision, sha256=model.sha256 or offered, size=model.size or found.size)


def _fetch(model: ModelFile, part: Path, told: Progress) -> None:
    """Reads the rest of the file into ``part``."""
    import httpx2
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.file_download import http_get

    with part.open("ab") as file:
        there = file.tell()
        if model.size is not None and there >= model.size:
            return
        free = shutil.disk_usage(part.parent).free
        if model.size is not None and model.size - there > free:
            problem = f"{part.parent}: {model.size - there:,} bytes are to come, and there is room for {free:,}."
            raise ModelFileWrong(problem, "Free the disk, or pull a smaller model.")
        try:
            http_get(
                hf_hub_url(model.repo, model.file, revision=model.revision),
                file,
                resume_size=there,
                expected_size=model.size,
                tqdm_class=_bar(told, model.name),
            )
        except (httpx2.HTTPError, OSError, ValueError) as error:
            raise _refused(model, error, constants.ENDPOINT) from error


def _check(path: Path, model: ModelFile, told: Progress) -> None:
    """Raises ModelFileWrong if the file is not the one with the model's sha256. It is left where it is."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            told(f"checking {model.name}", done, total)
    if digest.hexdigest() != model.sha256:
        raise ModelFileWrong(
            f"{path}: its sha256 is {digest.hexdigest()}, not {model.sha256}. It is damaged or another file, and was "
            f"left as it is.",
            f"Delete it and fetch it again: citewise model remove {model.to_pull} && citewise model pull "
            f"{model.to_pull}",
        )


def _refused(model: ModelFile, error: Exception, hub: str) -> ModelError:
    """What it means that the hub, or the way to it, gave no file."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, EntryNotFoundError | RepositoryNotFoundError | RevisionNotFoundError):
        problem = f"{hub} has no file {model.repo}/{model.file} (revision {model.revision}) that anybody may fetch."
        return ModelFileWrong(problem, "Correct the name, or name another hub with HF_ENDPOINT.")
    if isinstance(error, HfHubHTTPError):
        return ModelFileWrong(
            f"{hub} does not give out {model.repo}/{model.file}: {error.response.status_code}.", _AGAIN
        )
    if isinstance(error, OSError) and error.errno:
        return ModelFileWrong(f"{model.path.parent}: {error.strerror}.", f"Free the disk or its permissions. {_AGAIN}")
    why = shown(str(error).splitlines()[0] if str(error) else type(error).__name__)[:200].rstrip(".")
    problem = f"{hub}: {model.repo}/{model.file} did not come whole ({why})."
    return ModelFileWrong(problem, f"Check the connection, or HF_ENDPOINT. {_AGAIN}")


def _bar(told: Progress, name: str) -> Any:
    """What the hub's client takes for its progress bar."""

    class Bar:
        def __init__(self, *, total: int | None = None, initial: int = 0, **_: object) -> None:
            self._total, self._done = total, initial
            told(name, initial, total)

        def update(self, n: int) -> None:
            self._done += n
            told(name, self._done, self._total)

        def __enter__(self) -> Self:
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            """The bar belongs to whoever asked for it."""

    return Bar
