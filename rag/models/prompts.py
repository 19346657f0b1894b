"""What a model is told: the files of ``prompts/``, with their variables checked when they are read.

A file begins with ``variables: a, b``. Parts follow, each under ``=== system``, ``=== user`` or ``=== assistant``;
``{{a}}`` stands for a variable, in the last part. The hash of a file is the version that travels with an answer.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import get_args

from rag.errors import AssetError
from rag.models.chat.messages import Message, Role

_PART = re.compile(r"^=== (\w+)$\n?", re.MULTILINE)
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Prompt:
    """The messages of a task, the last of which takes the variables."""

    name: str
    version: str
    variables: frozenset[str]
    messages: tuple[Message, ...]

    def filled(self, **values: str) -> list[Message]:
        """The messages with their variables filled in, all of them and no other. A value that holds braces is not
        filled again.
        """
        if values.keys() != self.variables:
            raise TypeError(f"the prompt {self.name} takes {sorted(self.variables)}, not {sorted(values)}")
        *before, last = self.messages
        return [*before, Message(last.role, _VARIABLE.sub(lambda m: values[m.group(1)], last.content))]


@cache
def prompt(name: str) -> Prompt:
    """The prompt of a file ``prompts/<name>.md``. Raises AssetError where it is missing or its variables are not those
    it names.
    """
    file = resources.files("prompts") / f"{name}.md"
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise AssetError(
            f"{file}: {error.strerror or error}.", "Install Citewise again: pip install --force-reinstall citewise"
        ) from error
    return read_prompt(name, text)


def read_prompt(name: str, text: str) -> Prompt:
    """A prompt from its text. Raises AssetError naming what is wrong."""
    head, *parts = _PART.split(text)
    named = re.fullmatch(r"variables:\s*(.*)", head.strip())
    variables = frozenset(v.strip() for v in named.group(1).split(",") if v.strip()) if named else frozenset()
    messages = tuple(
        Message(_role(name, role), content.strip()) for role, content in zip(parts[::2], parts[1::2], strict=True)
    )
    used = [frozenset(_VARIABLE.findall(m.content)) for m in messages]
    if not named or not messages or messages[-1].role != "user" or any(used[:-1]) or used[-1] != variables:
        raise _unsound(name, "it needs a line of variables, and a last part “user” that uses each of them and no other")
    return Prompt(name, hashlib.sha256(text.encode()).hexdigest()[:12], variables, messages)


def _role(name: str, found: str) -> Role:
    for role in get_args(Role):
        if found == role:
            return role  # type: ignore[no-any-return]
    raise _unsound(name, f"a part cannot be called “{found}”")


def _unsound(name: str, why: str) -> AssetError:
    return AssetError(f"prompts/{name}.md: {why}.", "Correct the file, or install Citewise again.")
