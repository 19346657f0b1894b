"""What a draft is, and what is made of its text: paragraphs of prose and a list of references; pure.

Headings, code, tables, formulas and the list of references are no prose: nothing in them is a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from rag.answering.drafts.traced import Traced
from rag.errors import UsageError
from rag.types import normalise_title

Form = Literal["markdown", "tex", "text", "lines"]
"""How a text is written. "lines": each line is a paragraph, as in a Word document; one after "# " is a heading."""
FORMS: tuple[Form, ...] = get_args(Form)
LONGEST_DRAFT = 1_000_000
"""Characters; a thesis has half as many."""
_LISTED = frozenset(
    normalise_title(name)
    for name in ("References", "Reference list", "Bibliography", "Literature", "Literature cited", "Works cited")
)
_NUMBERED = re.compile(r"^\s*(?:\d+(?:\.\d+)*\.?|[IVX]+\.)\s+")
_ENTRY = re.compile(r"^\s*(?:[-*+]\s+)?(?:\[\^?@?([^\]\s]{1,80})\]:?|(\d{1,4})[.)])\s+")
_BULLET = re.compile(r"^\s*[-*+•]\s+")


@dataclass(frozen=True)
class Draft:
    """A text to be checked. ``references``: works that it cites by key or number, each as in a reference list."""

    text: str
    form: Form = "text"
    references: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prose:
    """``paragraphs`` in order; ``references``: what is listed, by the number or key that it has there."""

    paragraphs: tuple[Traced, ...]
    references: Mapping[str, str] = field(default_factory=dict)


def checked_draft(draft: Draft) -> Draft:
    """The same draft. Raises UsageError where there is nothing in it, or too much."""
    if not any(c.isalnum() for c in draft.text):
        raise UsageError("The text is empty.", "Give a text with sentences in it.")
    if len(draft.text) > LONGEST_DRAFT:
        problem = f"The text has {len(draft.text):,} characters; at most {LONGEST_DRAFT:,} can be checked."
        raise UsageError(problem, "Check its chapters one by one.")
    return draft


def lists_references(heading: str) -> bool:
    """Whether a list of references stands under a heading."""
    return normalise_title(_NUMBERED.sub("", heading).strip("#*_: ")) in _LISTED


def entries(lines: Iterable[str]) -> dict[str, str]:
    """A list of references by number or key; an entry that has none is told by its place. ``[3] Lund, A. …`` -> 3."""
    found: dict[str, str] = {}
    label, after_blank = "", True
    for line in lines:
        if not line.strip():
            after_blank = True
        elif match := _ENTRY.match(line):
            label = match[1] or match[2]
            found[label] = line[match.end() :].strip()
            after_blank = False
        elif after_blank or not label or _BULLET.match(line):
            label = str(len(found) + 1)
            found[label] = _BULLET.sub("", line).strip()
            after_blank = False
        else:
            found[label] += " " + line.strip()
    return found


def one_line(paragraph: Traced) -> Traced:
    """A paragraph without line breaks, whose characters are where they were."""
    return Traced(re.sub(r"\s", " ", paragraph.text), paragraph.origins)


def paragraph_of(lines: Sequence[Traced]) -> Traced:
    """Lines that follow one another, as one paragraph."""
    made = lines[0]
    for line in lines[1:]:
        made = made.joined(Traced(" ", (made.origins[-1] if made.origins else 0,))).joined(line)
    return one_line(made)
