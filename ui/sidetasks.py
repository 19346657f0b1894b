"""What chat clients ask on the side of a conversation: a title, tags, questions to go on with. None is for the library.

Open WebUI sends a task with the conversation between ``<chat_history>`` tags and names the JSON that it wants;
LibreChat sends an instruction and the conversation after it. Both are programs' own words, which no person types.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from rag.text.display import shown
from rag.text.words import content_words

Kind = Literal["title", "tags", "follow_ups", "queries", "text"]
_HISTORY = re.compile(r"<chat_history>(.*)</chat_history>", re.DOTALL)
_WANTED = re.compile(r'\{\s*"(title|tags|follow_ups|queries|text)"\s*:')
_TASK = "### Task:"
_TITLES = (
    "Provide a concise, 5-word-or-less title for the conversation",
    "Analyze this conversation and provide:\n1. The detected language of the conversation",
    "Write a concise title for this conversation in the detected language",
)
"""How LibreChat begins when it wants a title."""
_USER = re.compile(
    r"^(?:USER|User|\|\|>User): *(.*?)(?=^(?:USER|User|ASSISTANT|AI|\|\|>\w+):|\Z)", re.DOTALL | re.MULTILINE
)
_LONGEST_TITLE = 60
_MOST_TAGS = 3


class SideTask(NamedTuple):
    """``as_json``: whether the reply is an object under the name of its kind. ``asked``: what the user has asked so
    far, oldest first.
    """

    kind: Kind
    as_json: bool
    asked: tuple[str, ...]


def side_task(text: str) -> SideTask | None:
    """The side task that a message is; None for all that a person may have written."""
    history = _HISTORY.search(text)
    if text.lstrip().startswith(_TASK) and history:
        wanted = _WANTED.search(text[: history.start()])
        kind = wanted[1] if wanted else "title"
        return SideTask(kind, bool(wanted), _asked(history[1]))  # type: ignore[arg-type]  # the pattern has these only
    begun = next((begins for begins in _TITLES if text.lstrip().startswith(begins)), None)
    return None if begun is None else SideTask("title", False, _asked(text))


def reply_to(task: SideTask, examples: Callable[[], Sequence[str]]) -> str:
    """What the client gets. ``examples``: questions that the library answers, to go on with."""
    made: object
    if task.kind == "title":
        made = title_of(task.asked)
    elif task.kind == "tags":
        made = _tags(task.asked)
    elif task.kind == "follow_ups":
        made = [question for question in examples() if question not in task.asked]
    else:
        made = "" if task.kind == "text" else []  # nothing is to be typed, or searched for elsewhere
    return json.dumps({task.kind: made}, ensure_ascii=False) if task.as_json else str(made)


def title_of(asked: Sequence[str]) -> str:
    """The first question, as far as a title goes: whole words, without its question mark."""
    first = shown(asked[0]).rstrip(" ?.!") if asked else ""
    if len(first) > _LONGEST_TITLE:
        first = first[:_LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
    return first or "Conversation"


def _tags(asked: Sequence[str]) -> list[str]:
    """The words that the questions have most often; of equals the first."""
    return [word for word, _ in Counter(content_words(" ".join(asked))).most_common(_MOST_TAGS)]


def _asked(history: str) -> tuple[str, ...]:
    return tuple(said for found in _USER.findall(history) if (said := found.strip().strip('"')))
