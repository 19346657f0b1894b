"""Plain text, and text of which each line is a paragraph; pure."""

from __future__ import annotations

from rag.answering.drafts.prose import Prose, entries, lists_references, one_line, paragraph_of
from rag.answering.drafts.traced import Traced

_LONGEST_HEADING = 12
"""Words of a line that stands alone and ends in no mark of a sentence."""
_HEADING = "# "


def read(text: Traced) -> Prose:
    """Paragraphs are apart by blank lines."""
    groups: list[list[Traced]] = [[]]
    for line in text.lines():
        if line.text.strip():
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    groups = [group for group in groups if group]
    found, listed, is_listed = list[Traced](), list[str](), False
    for group in groups:
        first = group[0].text.strip()
        if not is_listed and lists_references(first):  # to the end of the text
            is_listed, group = True, group[1:]
        if is_listed:
            listed += [*(line.text for line in group), ""]
        elif len(groups) == 1 or len(group) > 1 or not _is_heading(first):
            found.append(paragraph_of(group))
    return Prose(tuple(found), entries(listed))


def read_lines(text: Traced) -> Prose:
    """Each line is a paragraph."""
    found, listed, is_listed = list[Traced](), list[str](), False
    for line in text.lines():
        told = line.text.strip()
        is_heading = told.startswith(_HEADING)
        if is_heading or lists_references(told):
            is_listed = lists_references(told.removeprefix(_HEADING))
        elif is_listed:
            listed += [told, ""]
        elif told and not _is_heading(told):
            found.append(one_line(line))
    return Prose(tuple(found), entries(listed))


def _is_heading(line: str) -> bool:
    return len(line.split()) <= _LONGEST_HEADING and line[-1] not in ".!?:;…”\"')]"
