"""The distribution's name, to import: ``from citewise import Client`` is ``from rag import Client``. Nothing else is
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rag

if TYPE_CHECKING:
    from rag import Answer as Answer
    from rag import Chat as Chat
    from rag import CitewiseError as CitewiseError
    from rag import Client as Client
    from rag import Filters as Filters
    from rag import IndexReport as IndexReport
    from rag import Paper as Paper
    from rag import Passage as Passage
    from rag import Verification as Verification

__all__ = rag.__all__


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'citewise' has no attribute {name!r}")
    return getattr(rag, name)
