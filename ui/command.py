"""``citewise serve``: the page and the HTTP API in one process."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from getpass import getpass
from pathlib import Path
from socket import socket
from typing import NoReturn

from rag.client.client import Client
from rag.errors import UsageError
from rag.settings import library_at, settings
from ui.config import MEGABYTE, Config

_LEAST_TOKEN = 16


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", f"See: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The parser of ``citewise serve``."""
    made = _Parser(
        prog="citewise serve", description="Serves a library: a page to ask it in a browser, and an HTTP API."
    )
    add = made.add_argument
    add("--library", metavar="NAME|PATH", help="the library to serve (else CITEWISE_LIBRARY, else the default one)")
    add(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="the address to listen at (default 127.0.0.1: this machine only)",
    )
    add("--port", metavar="N", type=int, default=7860, help="the port (default 7860); 0 takes one that is free")
    add("--auth", metavar="FILE", type=Path, help="a file of users; whoever opens the page signs in")
    add(
        "--add-user",
        metavar="NAME",
        help="add a user to the file of --auth, or change a password, and end; asks for the password",
    )
    add(
        "--known-as",
        metavar="NAME",
        nargs="+",
        default=[],
        help="other names that it is reached by, through a proxy on this machine",
    )
    add("--insecure", action="store_true", help="let others in without asking who they are")
    add(
        "--writer",
        choices=("extractive", "chat"),
        help="who writes: extractive quotes, chat asks the model (default: the model, if set)",
    )
    add(
        "--fallback",
        choices=("extractive", "none"),
        default="extractive",
        help="where the model fails: quote (default), or say so only",
    )
    add("--max-upload", metavar="MB", type=int, default=50, help="the most that one upload may have (default 50)")
    add("--at-once", metavar="N", type=int, default=4, help="questions answered side by side (default 4)")
    add("--queue", metavar="N", type=int, default=32, help="questions that may wait for that (default 32)")
    add("--runs", metavar="FOLDER", type=Path, help="show the reports of eval runs in this folder, under /runs/")
    add("--open", action="store_true", help="open the page in a browser")
    add("--log", action="store_true", help="write a line for each request to standard error")
    return made


def main(arguments: Sequence[str]) -> int:
    """Runs the command until it is told to end; returns its exit status. Raises CitewiseError."""
    chosen = parser().parse_args(list(arguments))
    if chosen.add_user is not None:
        return _add_user(chosen)
    config = _config(chosen)
    _check_open(config)
    if str(library_at(chosen.library)).startswith(("http://", "https://")):
        raise UsageError(
            "A server serves a library on this machine, not another server.", "Name a library with --library."
        )
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("citewise").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # the guard tells what goes wrong in a request
    from ui.serving import listen

    with (
        Client(chosen.library, writer=chosen.writer, fallback=chosen.fallback == "extractive") as client,
        listen(config) as listening,
    ):
        config = replace(config, port=listening.getsockname()[1])
        _serve(client, config, listening, opens=chosen.open)
    return 0


def _serve(client: Client, config: Config, listening: socket, *, opens: bool) -> None:
    greeting = _greeting(client, config)  # before all else: a wrong setting is told at once
    from ui.app import make_app
    from ui.serving import run

    app = make_app(client, config)
    print(greeting, flush=True)
    if opens:
        from webbrowser import open as open_browser

        open_browser(_address(config))  # the socket listens already; what asks waits
    run(app, config, listening)


def _config(chosen: argparse.Namespace) -> Config:
    for name, least in (("max_upload", 1), ("at_once", 1), ("queue", 0)):
        if getattr(chosen, name) < least:
            raise UsageError(
                f"--{name.replace('_', '-')} {getattr(chosen, name)}: too small.", f"Take {least} or more."
            )
    if chosen.runs is not None and not chosen.runs.is_dir():
        raise UsageError(f"{chosen.runs}: no folder.", "Name the folder that citewise eval keeps its runs in.")
    token = settings().api_token
    told = token.get_secret_value() if token else None
    if told is not None and len(told) < _LEAST_TOKEN:
        raise UsageError(
            f"CITEWISE_API_TOKEN: shorter than {_LEAST_TOKEN} characters.", "Take a longer one, or unset it."
        )
    return Config(
        host=chosen.host,
        port=chosen.port,
        known_as=tuple(name.casefold() for name in chosen.known_as),
        auth=chosen.auth,
        token=told,
        max_upload=chosen.max_upload * MEGABYTE,
        at_once=chosen.at_once,
        waiting=chosen.queue,
        runs=chosen.runs,
        log=chosen.log,
        insecure=chosen.insecure,
    )


def _check_open(config: Config) -> None:
    """Raises UsageError where others could come in whom nobody knows."""
    if config.is_open and not config.is_local and not config.insecure:
        where = ", ".join((config.host, *config.known_as))
        raise UsageError(
            f"{where}: anybody who reaches this address could read and change the library.",
            "Add --auth FILE (make it with --add-user NAME), or set CITEWISE_API_TOKEN, or say --insecure.",
        )


def _add_user(chosen: argparse.Namespace) -> int:
    from ui.users import add_user

    if chosen.auth is None:
        raise UsageError("--add-user needs the file to add to.", "Name it with --auth FILE.")
    add_user(chosen.auth, chosen.add_user, _password())
    print(f"{chosen.auth}: {chosen.add_user} may sign in")
    return 0


def _password() -> str:
    """A new password: typed twice without an echo, or the first line of what was piped in."""
    if sys.stdin is None or not sys.stdin.isatty():
        return (sys.stdin.readline() if sys.stdin else "").rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise UsageError("These are two different passwords.", "Try again.")
    return password


def _greeting(client: Client, config: Config) -> str:
    about = client.about()
    writer = f"{about.model} at {about.endpoint} writes" if about.writer == "chat" else "answers are quotations"
    papers = f"{about.papers:,} papers" if about.papers else "no papers yet"
    page = (
        "" if not config.is_for_programs else "; the API only, for programs with the token (--auth FILE opens the page)"
    )
    return f"{_address(config)}  library {about.library}, {papers}; {writer}{page}"


def _address(config: Config) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}/"
