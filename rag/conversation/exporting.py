"""A conversation as Markdown; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.library.bibtex import address
from rag.text.display import markdown
from rag.types import Paper, Turn


def to_markdown(title: str, turns: Sequence[Turn], papers: Mapping[int, Paper]) -> str:
    """Questions and answers in order, then the papers under their numbers. ``papers``: those that the answers cite."""
    parts = [f"# {_inline(title)}"]
    for turn in turns:
        answer = turn.answer
        parts.append(f"## {_inline(answer.question)}")
        if answer.standalone_question != answer.question:
            parts.append(f"*Searched for: {_inline(answer.standalone_question)}*")
        parts.append(answer.text)
    if papers:
        parts.append("## Sources")
        parts.append("\n".join(f"- [{number}] {_reference(paper)}" for number, paper in papers.items()))
    return "\n\n".join(parts) + "\n"


def _reference(paper: Paper) -> str:
    told = [
        _inline(", ".join(paper.authors)),
        f"**{_inline(paper.title)}**",
        _inline(paper.venue or ""),
        str(paper.year or ""),
    ]
    link = paper.link if paper.link and re.match(r"https?://", paper.link, re.IGNORECASE) else None
    return ". ".join(t for t in told if t) + "." + (f" <{address(link)}>" if link else "")


def _inline(text: str) -> str:
    """Text as one line of Markdown in which nothing is markup."""
    return re.sub(r"(?<!\\)([*_])", r"\\\1", markdown(text))
