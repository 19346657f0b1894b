"""``citewise ask --out FILE``: an answer as a file."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from rag.cli.console import printable
from rag.client.client import Client
from rag.conversation.answer_files import SUFFIXES, files_of
from rag.errors import UsageError
from rag.types import Answer, Source


def check_out(name: str) -> None:
    """Raises UsageError where no such file can be written, before anything is asked."""
    path = Path(name)
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{printable(name)}: no kind of file for an answer.", f"End it in {', '.join(SUFFIXES)}.")
    if not path.parent.is_dir():
        raise UsageError(f"{printable(str(path.parent))}: no folder.", "Make it first, or write elsewhere.")


def write_answer(client: Client, answer: Answer, name: str) -> None:
    """Writes the answer, and tells which files were written on standard error. Raises UsageError, OSError."""
    whole = replace(answer, sources=tuple(_whole(client, source) for source in answer.sources))
    for path, text in files_of(whole, name).items():
        Path(path).write_text(text, "utf-8")
        print(f"written: {printable(path)}", file=sys.stderr)


def _whole(client: Client, source: Source) -> Source:
    """The source with all that the library knows of its paper, such as the key of its citation."""
    try:
        return replace(source, paper=client.paper(source.paper.paper_id))
    except UsageError:
        return source  # it has left the library
