"""``citewise mcp``: a library's tools for an assistant that starts it as a program."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import NoReturn

from rag.client.client import Client
from rag.errors import UsageError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", f"See: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The parser of ``citewise mcp``."""
    made = _Parser(
        prog="citewise mcp",
        description="Gives an assistant that speaks the Model Context Protocol the tools ask, search, find, paper, "
        "verify and cite, over standard input and output. It is the assistant's program that starts it.",
    )
    made.add_argument(
        "--library",
        metavar="NAME|PATH|URL",
        help="the library, or the address of a server that has it (else CITEWISE_LIBRARY, else the default one)",
    )
    made.add_argument(
        "--writer",
        choices=("extractive", "chat"),
        help="who writes answers: extractive quotes, chat asks the model (default: the model, if set)",
    )
    return made


def main(arguments: Sequence[str]) -> int:
    """Serves until standard input ends; returns the exit status. Raises CitewiseError."""
    chosen = parser().parse_args(list(arguments))
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    with Client(chosen.library, writer=chosen.writer) as client:
        if sys.stdin.isatty():
            print(f"Serving {client.name} to an assistant, whose program starts this; Ctrl+C ends it.", file=sys.stderr)
        from ui.mcp.server import Offered
        from ui.places import Places

        Offered(client, Places(), alone=True).run("stdio")
    return 0
