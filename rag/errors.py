"""The error tree. Every message says what happened, where, and what to do next.

    CitewiseError                 base of everything this package raises on purpose
    ├── UsageError                a call or command that cannot mean anything (empty question, ``k=0``)
    ├── InputError                a file or stream that cannot be read as papers
    ├── AssetError                the bundled model or vocabulary is missing or is not the file it should be
    ├── ModelError                anything about the language model, the server that it runs on and what it replies
    │   ├── ModelKeyWrong         the server refuses the API key, or asks for one
    │   ├── ModelUnknown          the server has no model of that name
    │   ├── ModelUnreachable      no server answers at that address, or none of this kind
    │   ├── ModelTimedOut         the reply was not whole within the time allowed
    │   ├── ModelRateLimited      too many requests; waiting helps
    │   ├── ModelQuotaExhausted   the account has no credit left; waiting does not help
    │   ├── ModelFault            the server failed, or refuses the request for a reason of its own
    │   ├── ContextTooLong        the prompt is longer than the model can read
    │   ├── ReplyBroken           what came back is no reply: a web page, half a document, nothing
    │   │   ├── ReplyCutShort     a reply that lacks its end
    │   │   └── ReplyFiltered     withheld by the provider, or declined by the model
    │   ├── ReplyNotRecorded      replies are only replayed, and this one was never recorded
    │   ├── RepliesUnusable       the file of recorded replies cannot be read or written
    │   └── ModelFileWrong        a model's file cannot be fetched or kept, or is not the file that it should be
    ├── LibraryError              anything about a library folder
    │   ├── LibraryNotFound       there is no library at that place, or no paper in it
    │   ├── LibraryBusy           another process holds the write lock
    │   ├── LibraryDamaged        the catalogue is not a catalogue, or fails its integrity check
    │   ├── StorageError          the folder cannot be written: permissions, a full disk
    │   └── EmbedderMismatch      the library's vectors come from another embedder
    └── ServerError               anything about a server that has the library
        ├── ServerUnreachable     no server of ours answers at that address, or it hangs up
        ├── ServerBusy            as many are asking, and waiting to ask, as it lets in
        └── ServerRefused         it does not let this in: no or a wrong token, too large, from elsewhere

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


class ModelError(CitewiseError):
    """Anything about the language model. Messages name address and model, never the key."""


class ModelKeyWrong(ModelError):
    """The server refuses the API key, or asks for one where none is set."""


class ModelUnknown(ModelError):
    """The server has no model of that name, or this key may not use it."""


class ModelUnreachable(ModelError):
    """No server answers at the address, it hangs up before it replies, or it has no chat completions."""


class ModelTimedOut(ModelError):
    """The reply was not whole within the time allowed."""


class ModelRateLimited(ModelError):
    """Too many requests, also after waiting; later it may work."""


class ModelQuotaExhausted(ModelError):
    """The account has no credit left: asking again cannot help."""


class ModelFault(ModelError):
    """The server failed (5xx), or refuses the request for a reason that is none of the others."""


class ContextTooLong(ModelError):
    """The prompt, with the room kept for the reply, is longer than the model can read; a shorter one may work."""


class ReplyBroken(ModelError):
    """What came back is no reply: a web page, half a document, no text. Never shown as if it were whole."""


class ReplyCutShort(ReplyBroken):
    """The reply lacks its end: it broke off, or it reached the limit of tokens."""


class ReplyFiltered(ReplyBroken):
    """The provider's filter withheld the reply, or the model declined to give one."""


class ReplyNotRecorded(ModelError):
    """Replies are only replayed from a file, and it does not have this one."""


class RepliesUnusable(ModelError):
    """The file of recorded replies cannot be read or written, or is another kind of file."""


class ModelFileWrong(ModelError):
    """A model's file cannot be fetched or kept, is not the one that was promised, or is no model at all."""


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


class ServerError(CitewiseError):
    """Anything about the server that has the library; what goes wrong in the library there is one of the errors
    above.
    """


class ServerUnreachable(ServerError):
    """No server of ours answers at the address, or it hangs up in the middle of a reply."""


class ServerBusy(ServerError):
    """As many are asking, and waiting to ask, as the server lets in; later it will do."""


class ServerRefused(ServerError):
    """The server does not take the request: no token or a wrong one, too large a body, another web page's doing."""
