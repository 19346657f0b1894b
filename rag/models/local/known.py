"""Model files (GGUF) on this machine: those that are known to be good, those that were pulled, and which one a setting
means.

<data folder>/models/Qwen3-4B-Q4_K_M.gguf         the file
<data folder>/models/Qwen3-4B-Q4_K_M.gguf.json    its record: where it came from, its sha256 and size
<data folder>/models/….gguf.<hash>.part           a download that is to go on
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from rag.errors import ModelFileWrong, UsageError
from rag.settings import models_folder

_MAGIC = b"GGUF"
_PULLABLE = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)/(?P<file>[\w./-]+\.gguf)", re.I)
_PATH = re.compile(r"[/~.\\]|[a-z]:[/\\]|file:", re.I)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file on a Hugging Face hub. ``sha256`` and ``size`` (bytes) are unknown until the hub has been asked
    about a file that is not one of :data:`KNOWN`; ``licence`` stays so.
    """

    name: str
    repo: str
    file: str
    revision: str = "main"
    sha256: str | None = None
    size: int | None = None
    licence: str | None = None

    @property
    def path(self) -> Path:
        """Where it is kept once it is pulled."""
        return models_folder() / Path(self.file).name

    @property
    def to_pull(self) -> str:
        """What ``citewise model pull`` takes for it, also when its record has gone."""
        return self.name if self in KNOWN else f"{self.repo}/{self.file}"

    @property
    def record(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def parts(self) -> list[Path]:
        """Downloads of it that are not whole, or not what they should be."""
        return sorted(self.path.parent.glob(f"{self.path.name}.*.part"))

    def keep_record(self) -> None:
        self.record.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")


KNOWN = (
    ModelFile(
        "qwen2.5-coder-1.5b",
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        "f86cb2c1fa58255f8052cc32aeede1b7482d4361",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        1_117_320_768,
        "Apache-2.0",
    ),
    ModelFile(
        "qwen3-1.7b",
        "Qwen/Qwen3-1.7B-GGUF",
        "Qwen3-1.7B-Q8_0.gguf",
        "90862c4b9d2787eaed51d12237eafdfe7c5f6077",
        "061b54daade076b5d3362dac252678d17da8c68f07560be70818cace6590cb1a",
        1_834_426_016,
        "Apache-2.0",
    ),
    ModelFile(
        "qwen3-4b",
        "Qwen/Qwen3-4B-GGUF",
        "Qwen3-4B-Q4_K_M.gguf",
        "bc640142c66e1fdd12af0bd68f40445458f3869b",
        "7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5",
        2_497_280_256,
        "Apache-2.0",
    ),
    ModelFile(
        "qwen3-8b",
        "Qwen/Qwen3-8B-GGUF",
        "Qwen3-8B-Q4_K_M.gguf",
        "7c41481f57cb95916b40956ab2f0b139b296d974",
        "d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785",
        5_027_783_488,
        "Apache-2.0",
    ),
)
"""From the repositories of the models' makers, smallest first. Of these only the first was tried with Citewise."""


def models() -> Iterator[ModelFile]:
    """The known ones, then those that were pulled besides."""
    yield from KNOWN
    for record in sorted(models_folder().glob("*.gguf.json")):
        found = _recorded(record)
        if found and found.path not in [known.path for known in KNOWN]:
            yield found


def find(name: str) -> ModelFile:
    """The model of that name, or the file OWNER/REPOSITORY/FILE.gguf of a hub. Raises UsageError naming those there
    are.
    """
    for model in models():
        if name in (model.name, model.path.stem, model.path.name):
            return model
    if told := _PULLABLE.fullmatch(name):
        return ModelFile(Path(told["file"]).stem, told["repo"], told["file"])
    names = ", ".join(model.name for model in models())
    raise UsageError(
        f"There is no model {name!r} in the list.",
        f"Name one of {names}; or OWNER/REPOSITORY/FILE.gguf on Hugging Face.",
    )


def model_file(told: str | None) -> Path | None:
    """The file that CITEWISE_LLM_URL means, by its path or as the name of a pulled model; None where it is an address,
    or nothing.

    Raises UsageError if there is no such file.
    """
    text = (told or "").strip()
    named = (
        next((model for model in models() if text in (model.name, model.path.stem, model.path.name)), None)
        if text
        else None
    )
    if named is not None:
        path = named.path
        if not path.exists():
            raise UsageError(
                f"CITEWISE_LLM_URL: {text} is not on this machine yet.",
                f"Fetch it with: citewise model pull {named.name}",
            )
    elif _PATH.match(text) or (text.lower().endswith(".gguf") and "://" not in text):
        path = _path(text)
    else:
        return None
    check_file(path)
    return path


def check_file(path: Path) -> None:
    """Raises UsageError if there is no such file, ModelFileWrong if it is no GGUF or shorter than what was pulled."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
        size = path.stat().st_size
    except OSError as error:
        raise UsageError(
            f"CITEWISE_LLM_URL: {path}: {error.strerror or error}.", "Give the path of a model's file (.gguf)."
        ) from error
    if start != _MAGIC:
        raise ModelFileWrong(
            f"{path} is no model's file of the kind GGUF.", "Name another file; citewise model list has some to fetch."
        )
    model = _recorded(path.with_name(f"{path.name}.json"))
    if model and model.size not in (None, size):
        raise ModelFileWrong(
            f"{path} has {size} bytes and not {model.size}, as when it was fetched.",
            f"Fetch it again: citewise model remove {model.name} && citewise model pull {model.to_pull}",
        )


def _path(text: str) -> Path:
    try:
        if text.lower().startswith("file:"):
            parts = urlsplit(text)
            if parts.netloc not in ("", "localhost"):
                raise RuntimeError("it names another machine")
            return Path(url2pathname(parts.path)).resolve()
        return Path(text).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # an unknown ~user, links in a circle, a zero byte
        raise UsageError(
            f"CITEWISE_LLM_URL: {text!r} is no path ({error}).", "Give the path of a model's file (.gguf)."
        ) from error


def _recorded(record: Path) -> ModelFile | None:
    """What a record says, if it is one of ours."""
    try:
        told: dict[str, Any] = json.loads(record.read_text("utf-8"))
        return ModelFile(**told)
    except (OSError, ValueError, TypeError):
        return None
