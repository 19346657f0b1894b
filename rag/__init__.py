"""Citewise: answers from a library of paper abstracts, each sentence of which stands on an exact sentence of an
abstract.

    from rag import Client
    client = Client()
    client.index("papers.jsonl")
    print(client.ask("Which work keeps distractors out of the latent state?").text)

Importing this package is cheap: models and stores are loaded when they are first needed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

# Importing OpenVINO reports to Google Analytics under an id that it keeps in the home folder, unless its package for
# that is missing. Here, before any module of ours can import it, is the one place that sees to that.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: the import fails

if TYPE_CHECKING:
    from rag.client.client import Client as Client
    from rag.conversation.chat import Chat as Chat
    from rag.errors import CitewiseError as CitewiseError
    from rag.types import Answer as Answer
    from rag.types import Filters as Filters
    from rag.types import IndexReport as IndexReport
    from rag.types import Paper as Paper
    from rag.types import Passage as Passage
    from rag.types import Verification as Verification

__all__ = ["Answer", "Chat", "CitewiseError", "Client", "Filters", "IndexReport", "Paper", "Passage", "Verification"]
_HOMES = {"Chat": "rag.conversation.chat", "Client": "rag.client.client", "CitewiseError": "rag.errors"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "rag.types")), name)
