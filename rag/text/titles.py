"""What a paper is called, by its title alone; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.words import is_content

FIELD = frozenset(
    "rl llm llms lm lms rlhf mdp mdps sft vlm vlms gui ai ml dl nlp ppo dpo mllm mllms lmm lmms mpc r1 llm-based "
    "rl-based".split()
)
"""Names of a field and its things, which no paper is called by."""
SHAPED = re.compile(r"(?<![\w-])[A-Z]?[a-z]*(?:[a-z][A-Z]|[A-Z]{2}|[A-Za-z]-?\d)[\w-]*(?:\s\d+\.\d+)?(?![\w-])")
"""Words that are written as names are."""
_MOST_WORDS = 3
"""Words of a title's head that may be a name ("Open RL Benchmark"); a longer one is quoted."""
_MOST_QUOTED = 9


def spoken_name(title: str) -> str:
    """``RePo: Resilient …`` -> ``RePo``; ``A Study of X and Y in Z`` -> ``“A Study of X and Y in Z”``."""
    head = head_of(title)
    bracketed = re.findall(r"\(([A-Z][\w.-]*[A-Z\d][\w.-]*)\)", head)
    if bracketed and bracketed[-1].lower() not in FIELD:
        return str(bracketed[-1])
    words = head.split()
    if len(words) <= _MOST_WORDS and ":" in title:
        return head
    cut = words[:_MOST_QUOTED]
    while len(words) > _MOST_QUOTED and len(cut) > 1 and not is_content(cut[-1]):
        cut.pop()
    return f"“{' '.join(cut)}”"


def is_named_in(question: str, title: str) -> bool:
    """Whether a question calls a paper by its name: "Drama" of "Drama: Mamba-Enabled …", written as a name is.

    A name that is also a word counts with its capitals only; one like COPlanner or WALL-E 2.0 in any case.
    """
    name = spoken_name(title)
    if name.startswith("“") or len(name) < 3 or name.islower():
        return False
    shaped = bool(re.search(r"[a-z][A-Z]|[A-Z]{2}|\d", name))
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", question, re.IGNORECASE if shaped else 0))


def head_of(title: str) -> str:
    """A title up to its colon or question mark."""
    head = re.split(r"[:?]\s|\s[–—-]\s", title, maxsplit=1)[0].strip(" :?.")
    return head.replace("“", "").replace("”", "")


def proper_name(title: str) -> str | None:
    """What a paper is called: "RLCoder" of "RLCoder: Reinforcement Learning for …"; None where its title gives it no
    name.
    """
    name = spoken_name(title)
    return None if name.startswith("“") or len(name) < 3 or name.islower() else name


def joined(names: Sequence[str], word: str = "and") -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
