"""What a paper is called, by its title alone; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.words import is_content
from rag.types import normalise_title

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
_REVISED = frozenset(
    "corrected correction corrections corrigendum corrigenda erratum errata retracted retraction withdrawn withdrawal "
    "revised revision updated update republished reprint addendum amended version edition".split()
)
"""Words that stand around another paper's title where a text says that it takes its place, or what became of it."""
_BEFORE = _REVISED.union(
    "a an article concern expression for note notice of on paper publisher publishers s the to".split()
)
_NUMBERED = re.compile(r"v\d{1,2}")
_BEHIND = re.compile(r"v?\d{1,2}|final|new|official|article|paper|notice")
"""What stands before and behind a title together with such a word."""


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

    A name that is also a word counts with its capitals only; one like COPlanner or WALL-E 2.0 in any case, and however
    its parts are joined ("walle 2.0", "wall-e-2.0").
    """
    name = spoken_name(title)
    if name.startswith("“") or len(name) < 3 or name.islower():
        return False
    if not re.search(r"[a-z][A-Z]|[A-Z]{2}|\d", name):
        return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", question))
    words = re.findall(r"[\w.-]+", question.casefold())
    runs = {_squashed("".join(words[n : n + many])) for n in range(len(words)) for many in (1, 2, 3)}
    return _squashed(name.casefold()) in runs


def originals_first(titles: Sequence[str]) -> list[int]:
    """The places of titles in their order, but that a paper comes before what takes its title with "(corrected)" or
    the like.
    """
    place = {normalise_title(title): n for n, title in reversed(list(enumerate(titles)))}
    named = ((n, original) for n, title in enumerate(titles) for original in original_titles(title))
    copies = {n: place[original] for n, original in named if original in place}
    first = list(range(len(titles)))
    for copy, original in copies.items():
        first[original] = min(first[original], copy)
    return sorted(range(len(titles)), key=lambda n: (first[n], n in copies))


def letters(text: str, *, fold: bool = True) -> list[str]:
    """The runs of letters and digits of a text: of "WALL-E 2.0" wall, e, 2 and 0."""
    return re.findall(r"[^\W_]+", text.casefold() if fold else text)


def _squashed(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def original_titles(title: str) -> tuple[str, ...]:
    """The titles, as titles are compared, that this one may take with words of correction around them: ``deep nests``
    of "Deep Nests (corrected version)", "Erratum to: Deep Nests" and "Deep Nests v2"; none where it has no such words.
    """
    words = normalise_title(title).split()
    first, last = 0, len(words)
    while first < last and words[first] in _BEFORE:
        first += 1
    while last > first and (words[last - 1] in _REVISED or _BEHIND.fullmatch(words[last - 1])):
        last -= 1
    starts = [n for n in range(first + 1) if not n or any(w in _REVISED for w in words[:n])]
    stops = [n for n in range(last, len(words) + 1) if n == len(words) or any(map(_revises, words[n:]))]
    cut = (words[a:b] for a in starts for b in stops if b > a and b - a < len(words))
    return tuple(" ".join(some) for some in cut)


def _revises(word: str) -> bool:
    return word in _REVISED or bool(_NUMBERED.fullmatch(word))


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
