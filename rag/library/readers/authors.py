"""The ways in which files write down authors -> names, each as it stood ("Ada Lovelace" or "Lovelace, Ada")."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FULL = ("name", "fullname", "displayname", "literal", "author")
_GIVEN = ("given", "first", "firstname", "forename", "givenname")
_FAMILY = ("family", "last", "lastname", "surname", "familyname")
_HARD_SEPARATOR = re.compile(r"\s*[;|\n]\s*")
_AND = re.compile(r",?\s+(?:and|&)\s+")
_INITIALS = re.compile(r"(?:(?![a-zß-ÿ])[^\W\d_]\.?[ -]?){1,4}")
_ET_AL = re.compile(r"(?:and )?(?:et al\.?|others)", re.IGNORECASE)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def read_authors(value: object) -> tuple[str, ...]:
    """Names from a string, a list of strings, or a list of objects with name, given/family or first/last; what is
    neither is left out.
    """
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, str):
        names = split_authors(value)
    elif isinstance(value, list):
        names = [_author(item) for item in value]
    else:
        return ()
    cleaned = (" ".join(name.split()).strip(" ,;") for name in names)
    return tuple(name for name in cleaned if name and not _ET_AL.fullmatch(name))


def _author(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    fields = {str(key).casefold().replace("_", "").replace("-", ""): item for key, item in value.items()}
    given, family = (
        next((fields[key] for key in keys if isinstance(fields.get(key), str)), "") for keys in (_GIVEN, _FAMILY)
    )
    if family:
        return f"{given} {family}"
    full = next((fields[key] for key in _FULL if fields.get(key)), given)
    return full if isinstance(full, str) else _author_within(full)


def _author_within(value: object) -> str:
    """``{"author": {"name": …}}``, one level deep and no deeper."""
    name = value.get("name", value.get("display_name")) if isinstance(value, Mapping) else None
    return name if isinstance(name, str) else ""


def split_authors(text: str) -> list[str]:
    """One string of authors -> names. A comma is read as "Last, First" only where the whole string can be read so.

    "A B, C D and E F" -> 3; "Last, F.; Last, G." -> 2; "Last, First and Last, First" -> 2; "Last, F., Last, G." -> 2;
    "Last, First" -> 1.
    """
    text = "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))
    if text.startswith("[") and text.endswith("]"):  # a list that some program printed into a table
        return [single or double for single, double in _QUOTED.findall(text)] or split_authors(text[1:-1].strip("[] "))
    if re.search(r"[;|\n]", text):
        return _HARD_SEPARATOR.split(text)
    parts = _AND.split(text)
    if len(parts) > 1 and all(part.count(",") == 1 for part in parts):
        return parts
    split = [[piece.strip() for piece in part.split(",") if piece.strip()] for part in parts]
    if all(len(pieces) % 2 == 0 and all(_INITIALS.fullmatch(piece) for piece in pieces[1::2]) for pieces in split):
        return [
            f"{last}, {initials}" for pieces in split for last, initials in zip(pieces[::2], pieces[1::2], strict=True)
        ]
    pieces = [piece for part in split for piece in part]
    if len(parts) == 1 and len(pieces) == 2 and " " not in pieces[1]:
        return [", ".join(pieces)]
    return pieces
