"""The loop of ``citewise chat``: a prompt on a terminal, line by line where the input is piped."""

from __future__ import annotations

import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

from rag.cli.terminal import Transcript
from rag.client.engine import Conversation
from rag.errors import CitewiseError
from rag.types import Claim, Filters

_PROMPT = "> "
_CONTINUED = "  "
_PASTED_WITHIN = 0.03
"""Seconds within which the next line of a paste is there."""
_HELP = """\
Ask a question, then ask on: "why?", "what about Drama?", "the second one: what did it need?", "and on robots?".
  /sources        the papers cited so far, under their numbers
  /rename TITLE   call this conversation something else
  /new            start another conversation; this one is kept
  /quit           end (so does Ctrl-D); Ctrl-C ends an answer only"""


def talk(
    start: Callable[[str | None], Conversation],
    resumed: str | None,
    k: int,
    filters: Filters | None,
    *,
    quiet: bool = False,
    withheld: bool = False,
) -> tuple[Conversation, int]:
    """Talks until the input ends. Returns the last conversation and the exit status: of the last question that failed,
    else 0.

    ``quiet``: nothing is written but messages, on standard error. ``withheld``: all that was withheld is shown. Raises
    what ``start`` raises.
    """
    chat, status = start(resumed), 0
    prompting = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty() and not quiet
    screen = None if quiet else Transcript(withheld=withheld)
    if screen and chat.turns:
        screen.recall(chat.turns, chat.papers)
    if screen and prompting:
        screen.tell("Ask a question; /help tells more, Ctrl-D ends.")
    for said in _lines(prompting):
        if said == "/quit":
            break
        if said == "/new":
            chat = start(None)
            screen = None if quiet else Transcript(withheld=withheld)
        else:
            try:
                if said.startswith("/"):
                    _command(said, chat, screen)
                    continue
                _answer(said, chat, screen, k, filters)
            except KeyboardInterrupt:
                if not prompting:
                    raise
                print("\n(stopped)")
            except CitewiseError as error:
                print(f"citewise: {error}", file=sys.stderr)
                status = error.exit_status
    return chat, status


def _lines(prompting: bool) -> Iterator[str]:
    """What is said, line by line, until the end of the input; blank lines are nothing said."""
    if prompting:
        with suppress(ImportError):
            import readline  # noqa: F401  # edits and recalls lines from now on
    while True:
        try:
            line = _typed() if prompting else _piped_line()
        except EOFError:
            if prompting:
                print()
            return
        except KeyboardInterrupt:
            if not prompting:
                raise
            print()
            continue
        if said := line.strip():
            yield said


def _typed() -> str:
    """A line typed at the prompt; with those after it where one sentence was pasted in several. Raises EOFError,
    KeyboardInterrupt.
    """
    line = input(_PROMPT)
    while not re.search(r"[.?!:;]\s*$|^\s*$|^\s*/", line) and _is_more_waiting():
        line = f"{line.rstrip()} {input(_CONTINUED).lstrip()}"
    return line


def _is_more_waiting() -> bool:
    """Whether the terminal has more to give at once, as it has of a paste; never where that cannot be told."""
    if os.name != "posix":
        return False
    return bool(select.select([sys.stdin], [], [], _PASTED_WITHIN)[0])


def _piped_line() -> str:
    """A line of standard input. Bytes that are no UTF-8 cost themselves only. Raises EOFError at the end."""
    line = sys.stdin.buffer.readline() if sys.stdin is not None else b""
    if not line:
        raise EOFError
    return line.decode("utf-8", "replace")


def _command(said: str, chat: Conversation, screen: Transcript | None) -> None:
    if screen is None:
        return
    if said == "/help":
        screen.tell(_HELP)
    elif said == "/sources":
        screen.sources(chat.papers)
    elif said.split()[0] == "/rename":
        chat.rename(said.removeprefix("/rename"))
        screen.tell(f"Renamed: {chat.title}")
    else:
        screen.tell(f"{said.split()[0]}: no such command; /help tells them.")


def _answer(said: str, chat: Conversation, screen: Transcript | None, k: int, filters: Filters | None) -> None:
    events = chat.stream(said, k, filters)
    begun = False
    try:
        for event in events:
            begun |= isinstance(event, Claim)
            if screen:
                screen.show(said, event, chat.number_of)
    except CitewiseError:
        if screen and begun:
            screen.end()
            screen.tell("(The answer broke off here.)")
        raise
    finally:
        if screen:
            screen.end()
    if screen and chat.note:
        screen.warn(chat.note)
