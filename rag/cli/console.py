"""What commands share: one JSON document, a progress bar where a person sees it, text that no terminal acts on,
arguments that are text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.client.engine import Progress


def write_json(document: object) -> None:
    """Writes one document to standard output."""
    json.dump(document, sys.stdout, ensure_ascii=True, indent=2)
    sys.stdout.write("\n")


def printable(text: str) -> str:
    """A message's text without anything that a terminal would act on."""
    return "".join(c if c.isprintable() else " " for c in text)


def decodable(argument: str) -> str:
    """An argument without the half surrogates that stand for bytes that were no text."""
    return argument.encode("utf-8", "replace").decode("utf-8")


@contextmanager
def progress_shown() -> Iterator[Progress | None]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rag.cli.terminal import progress_bar

    with progress_bar() as told:
        yield told
