"""What a script gives the client: records that are in memory, as a file that is indexed; and arguments that cannot mean
anything, told as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, runtime_checkable

from rag.errors import UsageError
from rag.types import Filters, Upload

_REMEDY = 'Give paths, or records with a title and an abstract: [{"title": "…", "abstract": "…"}].'


@runtime_checkable
class Frame(Protocol):
    """What is used of a pandas DataFrame."""

    columns: Any

    def to_dict(self, orient: Any) -> Any: ...


Records = Mapping[str, Any] | Iterable[Mapping[str, Any]] | Frame
"""Papers in memory: dictionaries with the fields that one's own JSON file has, or a DataFrame with such columns."""


@contextmanager
def as_files(given: Sequence[str | Path | Upload | Records]) -> Iterator[tuple[str | Path | Upload, ...]]:
    """What is given, with each batch of records as a file that is there meanwhile; its papers have ``records`` as their
    source. Raises UsageError for what is neither.
    """
    files = tuple(one for one in given if isinstance(one, str | Path | Upload))
    if len(files) == len(given):
        yield files
        return
    with TemporaryDirectory(prefix="citewise-") as folder:
        yield tuple(
            one if isinstance(one, str | Path | Upload) else _file(one, Path(folder) / f"{n}.jsonl")
            for n, one in enumerate(given)
        )


def checked(question: object, k: object = 1, filters: object = None, name: str = "question") -> None:
    """Raises UsageError for arguments of kinds that no question has."""
    if not isinstance(question, str):
        raise UsageError(f"The {name} is a {_kind(question)}.", "Give a string.")
    if not isinstance(k, int) or isinstance(k, bool):
        raise UsageError(f"k is a {_kind(k)}.", "Give a whole number: how many papers to draw on.")
    if filters is not None and not isinstance(filters, Filters):
        raise UsageError(f"The filters are a {_kind(filters)}.", "Give Filters(year_from=2020, author='…').")


def _file(records: object, path: Path) -> Upload:
    with path.open("w", encoding="utf-8") as file:
        for record in _records(records):
            if not isinstance(record, Mapping):
                raise UsageError(f"A {_kind(record)} among the records.", _REMEDY)
            kept = {str(name): value for name, value in record.items() if not _is_missing(value)}
            file.write(json.dumps(kept, default=_plain) + "\n")
    return Upload(path, "records")


def _records(given: object) -> Iterable[object]:
    if isinstance(given, Frame):
        return list(given.to_dict("records"))
    if isinstance(given, Mapping):
        return [given]
    if isinstance(given, Iterable) and not isinstance(given, bytes | bytearray):
        return given
    raise UsageError(f"A {_kind(given)} can't be indexed.", _REMEDY)


def _is_missing(value: object) -> bool:
    """None, and what pandas has where a table has nothing: not equal to itself, or of no truth at all."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # pandas.NA; an array
        return type(value).__name__ == "NAType"


def _plain(value: Any) -> Any:
    """A value that JSON does not know: of an array its list, of a number of numpy's that number, else its text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _kind(value: object) -> str:
    return type(value).__name__
