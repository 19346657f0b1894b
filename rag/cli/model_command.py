"""``citewise model``: fetches, lists and removes model files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from rag.cli.console import progress_shown, write_json
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.models.local.known import ModelFile
    from rag.models.local.pulling import Progress

DESCRIPTION = """Fetches model files (GGUF) to be run on this machine, by llama.cpp.

  citewise model list              those that are known to work, those that are here, and where
  citewise model pull NAME         fetch one, or the rest of it; check it, if it is here
  citewise model remove NAME       delete it

NAME is one of the list, or OWNER/REPOSITORY/FILE.gguf on Hugging Face (or the hub that HF_ENDPOINT names).
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", "See: citewise model --help")


def parser() -> argparse.ArgumentParser:
    """The parser of ``citewise model``."""
    made = _Parser(prog="citewise model", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("verb", choices=("list", "pull", "remove"), metavar="list|pull|remove")
    made.add_argument("name", nargs="?", metavar="NAME", help="which model")
    made.add_argument(
        "--json",
        action="store_true",
        help="with list: write one JSON document to standard output and nothing else there",
    )
    return made


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit status. Raises CitewiseError."""
    from rag.models.local.known import find

    chosen = parser().parse_args(list(arguments))
    if (chosen.verb == "list") == (chosen.name is not None):
        raise UsageError(
            f"model {chosen.verb}: {'it takes no name' if chosen.name else 'which one?'}", "See: citewise model --help"
        )
    if chosen.verb == "list":
        return _list(as_json=chosen.json)
    model = find(chosen.name)
    return _pull(model) if chosen.verb == "pull" else _remove(model)


def _list(*, as_json: bool) -> int:
    from rag.models.local.known import models

    found = list(models())
    if as_json:
        write_json({"models": [_described(model) for model in found]})
        return 0
    for model in found:
        print(f"{model.name:20} {_gigabytes(model):>7}  {model.licence or 'licence: see its page':10}  {_state(model)}")
    return 0


def _pull(model: ModelFile) -> int:
    from rag.models.local.pulling import pull

    with progress_shown() as told:
        path, fetched = pull(model, told and _in_megabytes(told))
    print(f"{path}: {'fetched' if fetched else 'is here'}, and whole. To answer with it:")
    print(f"export CITEWISE_LLM_URL={model.name}")
    return 0


def _remove(model: ModelFile) -> int:
    from rag.models.local.pulling import remove

    gone = remove(model)
    for path in gone:
        print(f"deleted {path}")
    if not gone:
        print(f"{model.name} is not here.")
    return 0


def _state(model: ModelFile) -> str:
    if model.path.exists():
        return str(model.path)
    begun = sum(part.stat().st_size for part in model.parts())
    return f"begun, {begun / 1e9:.2f} GB are here" if begun else "not here"


def _described(model: ModelFile) -> dict[str, object]:
    path = str(model.path) if model.path.exists() else None
    return {
        "name": model.name,
        "repo": model.repo,
        "file": model.file,
        "revision": model.revision,
        "sha256": model.sha256,
        "size": model.size,
        "licence": model.licence,
        "path": path,
    }


def _gigabytes(model: ModelFile) -> str:
    return f"{model.size / 1e9:.1f} GB" if model.size else ""


def _in_megabytes(told: Progress) -> Progress:
    return lambda phase, done, total: told(f"{phase} (MB)", done // 10**6, total and total // 10**6)
