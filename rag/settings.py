"""Settings from the environment. The only module that reads it.

    CITEWISE_LIBRARY       name or folder of the library to use              "default" in the platform's data folder
    CITEWISE_API_TOKEN     what programs send to a server of ours           none: it needs none
    CITEWISE_CHROMA_URL    address of a Chroma server to keep vectors on     none: the library's own folder
    CITEWISE_LOCK_SECONDS  how long to wait for another writer               5

A language model, where one is to be asked:

    CITEWISE_LLM_URL       an OpenAI-compatible server, to …/v1, or a        OPENAI_BASE_URL, else OpenAI where a
                           model's file: its path, or a pulled one's name    key is set, else no model
    CITEWISE_LLM_MODEL     the model's name there; a file has its own        a small one of OpenAI's
    CITEWISE_LLM_KEY       the API key                                       OPENAI_API_KEY, else none is sent
    CITEWISE_LLM_TIMEOUT   seconds that a whole reply may take               120
    CITEWISE_LLM_CONNECT_TIMEOUT  seconds to reach the server                5
    CITEWISE_LLM_STRUCTURED  auto, schema or text: replies as JSON           auto: JSON where the server can
    CITEWISE_LLM_PRICES    USD per million tokens, input/output: 0.15/0.60   none: cost is unknown
    CITEWISE_EVIDENCE_TOKENS  tokens of abstracts that the model reads       1000; 300 for a model known to be small
    CITEWISE_LLM_RECORD    a file to record replies in and replay them from  none

A model that embeds texts in the place of the bundled one:

    CITEWISE_EMBEDDING_URL    an OpenAI-compatible server, to …/v1           the bundled model, on this machine
    CITEWISE_EMBEDDING_MODEL  the model's name there                         needed where an address is given
    CITEWISE_EMBEDDING_KEY    the API key                                    the language model's on one server,
                                                                             OPENAI_API_KEY at OpenAI, else none
    CITEWISE_EMBEDDING_QUERY_PREFIX     what the model wants before a question, like "query: "            nothing
    CITEWISE_EMBEDDING_DOCUMENT_PREFIX  what the model wants before a paper's text, like "passage: "      nothing

Live sources, which are asked when they are named to ``citewise index``:

    CITEWISE_EMAIL         whom a source may write to; polite where one has many requests    none is sent
    CITEWISE_SOURCE_KEYS   keys of yours: s2=…, openalex=…, pubmed=…, zotero=…               none are sent
    CITEWISE_SOURCE_URLS   other addresses, of mirrors: arxiv=https://…                      the sources' own

They are read anew each time they are asked for, so a program may change them while it runs.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rag.errors import UsageError


def _prices(told: Any) -> Any:
    """``0.15/0.60`` -> ``(0.15, 0.6)``."""
    if not isinstance(told, str):
        return told
    try:
        paid = tuple(float(price) for price in told.split("/"))
    except ValueError:
        paid = ()
    if len(paid) != 2 or not all(0 <= price < 1e6 for price in paid):
        raise ValueError("not two prices, input/output in USD per million tokens, like 0.15/0.60")
    return paid


_Seconds = Annotated[float, Field(gt=0, le=86400)]


class Settings(BaseSettings):
    """The values of the environment variables ``CITEWISE_…``; an empty one counts as not set. Keys don't show in its
    ``repr``.
    """

    model_config = SettingsConfigDict(env_prefix="CITEWISE_", frozen=True, env_ignore_empty=True)

    library: str | None = None
    api_token: SecretStr | None = None
    chroma_url: str | None = None
    lock_seconds: float = Field(default=5.0, ge=0)
    llm_url: str | None = Field(default=None, validation_alias=AliasChoices("CITEWISE_LLM_URL", "OPENAI_BASE_URL"))
    llm_model: str | None = None
    llm_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("CITEWISE_LLM_KEY", "OPENAI_API_KEY"))
    llm_timeout: _Seconds = 120.0
    llm_connect_timeout: _Seconds = 5.0
    llm_structured: Literal["auto", "schema", "text"] = "auto"
    llm_prices: Annotated[tuple[float, float] | None, NoDecode, BeforeValidator(_prices)] = None
    llm_record: Path | None = None
    embedding_url: str | None = None
    embedding_model: str | None = None
    embedding_key: SecretStr | None = None
    embedding_query_prefix: str = ""
    embedding_document_prefix: str = ""
    evidence_tokens: int | None = Field(default=None, ge=50)
    email: str | None = Field(default=None, pattern=r"^[^@\s()<>,]+@[^@\s()<>,]+$")
    source_keys: SecretStr | None = None
    source_urls: str | None = None


def settings() -> Settings:
    """The settings as the environment has them now. Raises UsageError naming the variable that is wrong."""
    return _read(frozenset(os.environ.items()))


@lru_cache(maxsize=2)
def _read(environment: frozenset[tuple[str, str]]) -> Settings:
    """The settings of an environment, made once as long as it stays the same: making them takes 2.5 ms, and every
    search asks for them.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "CITEWISE_" + str(first["loc"][0]).upper()
        raise UsageError(f"{name}: {first['msg'].removeprefix('Value error, ')}.", "Correct it or unset it.") from error


def library_folder(library: str | Path | None) -> Path:
    """The folder of a library given by name, by path, or not at all (then ``CITEWISE_LIBRARY``, then "default").

    A name is a word without a separator; anything with one, or starting with ``.`` or ``~``, is a path.
    """
    chosen = str(library if library is not None else settings().library or "default")
    if not chosen.strip() or "\0" in chosen:
        raise UsageError("The library's name is empty or not a name.", "Give --library a name or a folder.")
    if isinstance(library, Path) or any(mark in chosen for mark in "/\\") or chosen.startswith((".", "~")):
        try:
            return Path(chosen).expanduser().resolve()
        except (OSError, RuntimeError) as error:  # an unknown ~user, links in a circle
            raise UsageError(f"{chosen}: no folder ({error}).", "Give --library a name or a folder.") from error
    return _data_folder() / "libraries" / chosen


def library_at(library: str | Path | None) -> str | Path | None:
    """The library as it was given, else as ``CITEWISE_LIBRARY`` gives it; it may be the address of a server."""
    return library if library is not None else settings().library


def models_folder() -> Path:
    """Where ``citewise model pull`` keeps model files."""
    return _data_folder() / "models"


def openai_account() -> tuple[str | None, str | None]:
    """``OPENAI_API_KEY``, and ``OPENAI_BASE_URL``, the server that it is meant for where that is not OpenAI's."""
    return os.environ.get("OPENAI_API_KEY") or None, os.environ.get("OPENAI_BASE_URL") or None


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address (``HTTPS_PROXY``, ``NO_PROXY`` …); none for this machine's
    own addresses.
    """
    from ipaddress import ip_address
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost" or host.endswith(".localhost")
    if here or proxy_bypass(host):
        return None
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("citewise", appauthor=False)
