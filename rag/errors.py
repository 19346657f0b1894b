"""The error tree. Every message says what happened, where, and what to do next.

    CitewiseError                 base of everything this package raises on purpose
    ├── UsageError                a call or command that cannot mean anything (empty question, ``k=0``, a backwards year range)
    ├── InputError                a file or stream that cannot be read as papers
    ├── AssetError                the bundled model or vocabulary is missing or is not the file it should be
    └── LibraryError              anything about a library folder
        ├── LibraryNotFound       there is no library at that place, or no paper in it
        ├── LibraryBusy           another process holds the write lock
        ├── LibraryDamaged        the catalogue is not a catalogue, or fails its integrity check
        ├── StorageError          the folder cannot be written: permissions, a full disk
        └── EmbedderMismatch      the library's vectors come from another embedder

A remedy is what a person can do at once: a command, a setting, a file to look at.
"""

from __future__ import annotations


class CitewiseError(Exception):
    """Base class. ``str(error)`` is one line for a person; ``remedy`` is the part that says what to do."""

    exit_status = 1

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[CitewiseError], tuple[str, str]]:
        return type(self), (self.problem, self.remedy)  # so that it comes back whole from another process


class UsageError(CitewiseError):
    """A call that cannot mean anything: an empty question, ``k=0``, an unknown filter."""

    exit_status = 2


class InputError(CitewiseError):
    """A file or stream that cannot be read as papers; the problem starts with ``file:line``."""


class AssetError(CitewiseError):
    """A file that ships with the package (model weights, vocabulary, sample) is missing or altered."""


class LibraryError(CitewiseError):
    """Anything about a library folder."""


class LibraryNotFound(LibraryError):
    """No library at that place, or a library without papers."""


class LibraryBusy(LibraryError):
    """Another process holds the library's write lock."""


class LibraryDamaged(LibraryError):
    """The catalogue is not a readable SQLite file of ours, or it fails its integrity check."""


class StorageError(LibraryError):
    """The library folder cannot be written: permissions or a full disk."""


class EmbedderMismatch(LibraryError):
    """The library's vectors were made by another embedder than the one in use."""
