"""A draft's text -> its prose, by the form in which it is written; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rag.answering.drafts import markdown, plain, tex
from rag.answering.drafts.prose import Form, Prose
from rag.answering.drafts.traced import Traced

_READERS: Mapping[Form, Callable[[Traced], Prose]] = {
    "markdown": markdown.read, "tex": tex.read, "text": plain.read, "lines": plain.read_lines,
}  # fmt: skip


def prose_of(text: str, form: Form) -> Prose:
    """The prose of a text. A character of a paragraph knows where in ``text`` it stood."""
    return _READERS[form](Traced.of(text))
