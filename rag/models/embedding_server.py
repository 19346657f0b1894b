"""Texts -> unit vectors, by a model on an OpenAI-compatible server (``/embeddings``).

How many texts a server takes at once and how long they may be differs and is seldom told. A request holds at most 2,048
texts and 300,000 tokens (OpenAI's limits; another server may be somebody's laptop and gets 32 texts). One that is
refused as too much is halved, and the number that passed is remembered. A text is read up to 8,191 tokens; a server
that finds a single one too long gets the first three quarters of it, and so on, and later texts are cut to that at
once. It is the beginning that stays, title and all, cut between words.

What comes back is checked: a vector for each text and in its place, all of one length, of finite numbers, brought to
unit length here.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ContextTooLong, ModelError, ModelFault
from rag.models.chat.receiving import retry_after
from rag.models.embedder import Vectors
from rag.models.http.attempts import Attempts, Limits, Setback, lost, refusal
from rag.models.http.faults import EMBEDDINGS, OPENAI_URL, Place, address, checked_key, name_of
from rag.models.tokens import count_tokens

if TYPE_CHECKING:
    import httpx2

    from rag.models.http.transport import Limit

MOST_TEXTS, MOST_TOKENS, MOST_ELSEWHERE = 2_048, 300_000, 32
WINDOW = 8_191
"""Tokens of one text that the models of OpenAI read."""
_LEAST_WINDOW = 16
PATIENT = Limits(waits=(0.5, 2.0, 8.0), longest_wait=60.0)
"""A library takes many requests, and a provider's limits are told by the minute."""


class _TooMuch(Exception):
    """The server refuses a request in a way that may be about its size."""

    def __init__(self, error: ModelError) -> None:
        self.error = error


class EmbeddingServer:
    """A model and where to ask it. One object may be shared by threads; each request has a connection of its own.

    What asks raises the ModelError that fits: see rag/errors.py.
    """

    def __init__(
        self,
        model: str,
        *,
        url: str,
        key: str | None,
        limits: Limits = PATIENT,
        proxy: str | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises UsageError for an address or key that cannot be one."""
        self._place = Place(address(url, EMBEDDINGS), model, checked_key(key, EMBEDDINGS), EMBEDDINGS)
        self._limits = limits
        self._proxy = proxy
        self._pause = pause
        self._most = MOST_TEXTS if self._place.url == OPENAI_URL else MOST_ELSEWHERE
        self._window = WINDOW
        self._dimension: int | None = None

    def batches(self, texts: Iterable[str], prefix: str = "") -> Iterator[list[str]]:
        """The texts in order, as many together as one request may hold with the prefix before each."""
        batch: list[str] = []
        tokens = 0
        for text in texts:
            counted = min(self._counted(prefix + text), self._window)
            if batch and (len(batch) >= self._most or tokens + counted > MOST_TOKENS):
                yield batch
                batch, tokens = [], 0
            batch.append(text)
            tokens += counted
        if batch:
            yield batch

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimension), each row of unit length: one batch, in as many requests as the server turns out to
        need.
        """
        if len(texts) > self._most:
            return self._in_turn(texts, self._most)
        window = self._window
        sent = [self._cut(text) for text in texts]
        try:
            return self._asked(sent)
        except _TooMuch as refused:
            if len(sent) == 1:
                self._narrow(sent[0], refused.error)
                return self.embed(sent)
        half = (len(sent) + 1) // 2
        vectors = self._in_turn(sent, half)
        if self._window == window:  # else it was a text that was too long
            self._most = min(self._most, half)
        return vectors

    def meaningless(self) -> ModelError:
        """The error for a model whose vectors say nothing about texts."""
        return self._place.broken(
            "vectors by which texts that belong together are no nearer to each other than to the rest"
        )

    def _in_turn(self, texts: Sequence[str], most: int) -> Vectors:
        return np.concatenate([self.embed(texts[at : at + most]) for at in range(0, len(texts), most)])

    # --- what fits ----------------------------------------------------------------------------------------------------

    def _counted(self, text: str) -> int:
        return count_tokens(text, self._place.model)

    def _cut(self, text: str) -> str:
        """The beginning of a text that fits the window. No token is less than a byte: most texts need not be
        counted.
        """
        kept = text
        while len(kept.encode("utf-8", "replace")) > self._window and (counted := self._counted(kept)) > self._window:
            shorter = kept[: max(1, min(len(kept) - 1, len(kept) * self._window // counted))]
            kept = shorter.rpartition(" ")[0].rstrip() or shorter
        return kept

    def _narrow(self, text: str, refused: ModelError) -> None:
        """Notes that even this text is too long. Raises the refusal if it is about something else, or nothing would be
        left.
        """
        window = self._counted(text) * 3 // 4
        if not isinstance(refused, ContextTooLong) or window < _LEAST_WINDOW:
            raise refused from None
        self._window = min(self._window, window)

    # --- one request --------------------------------------------------------------------------------------------------

    def _asked(self, texts: Sequence[str]) -> Vectors:
        """One request in as many attempts as it takes and is allowed. Raises _TooMuch."""
        from rag.models.http.transport import Limit

        limit = Limit(self._limits.connect, self._limits.total)
        attempts = Attempts(self._limits, limit, self._pause)
        while True:
            try:
                return self._vectors(self._attempt(limit, texts), len(texts))
            except Setback as setback:
                attempts.wait(setback)

    def _attempt(self, limit: Limit, texts: Sequence[str]) -> Any:
        """The document of one reply."""
        import httpx2

        from rag.models.http.transport import http_client

        place = self._place
        told = {"model": place.model, "input": [text.encode("utf-8", "replace").decode() for text in texts]}
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if place.key:
            headers["Authorization"] = f"Bearer {place.key}"
        try:
            with http_client(limit, place.url, self._proxy) as http:
                response = http.post(f"{place.url}/embeddings", content=json.dumps(told).encode(), headers=headers)
        except httpx2.RequestError as error:
            raise lost(place, error, self._limits, limit) from None
        if response.status_code != httpx2.codes.OK:
            raise self._refused(response, len(texts))
        if "html" in response.headers.get("content-type", "").lower():
            raise place.web_page()
        document = _document(response)
        if document is None:
            raise place.broken("half a JSON document")
        if isinstance(document, Mapping) and document.get("error"):
            raise refusal(place, ("APIError",), None, document["error"], None)
        return document

    def _refused(self, response: httpx2.Response, texts: int) -> Setback | _TooMuch:
        status = response.status_code
        body = _document(response)
        told = body.get("error", body) if isinstance(body, Mapping) else body or response.text
        setback = refusal(self._place, (name_of(status),), status, told, retry_after(response.headers))
        vague = type(setback.error) is ModelFault and status in (400, 422) and texts > 1
        return _TooMuch(setback.error) if vague or isinstance(setback.error, ContextTooLong) else setback

    # --- what came back -----------------------------------------------------------------------------------------------

    def _vectors(self, document: Any, wanted: int) -> Vectors:
        """The vectors of a reply, in the order of the texts. Raises ReplyBroken if they are not what was asked for."""
        listed = document.get("data") if isinstance(document, Mapping) else None
        if not isinstance(listed, list) or not all(isinstance(item, Mapping) for item in listed):
            raise self._place.broken("no vectors")
        if len(listed) != wanted:
            raise self._place.broken(f"{len(listed)} vectors for {wanted} texts")
        order = _order([item.get("index") for item in listed])
        if order is None:
            raise self._place.broken("vectors that belong to no text, or two for one")
        rows = [_numbers(listed[at].get("embedding")) for at in order]
        sizes = {row.size for row in rows} | ({self._dimension} if self._dimension else set())
        if len(sizes) != 1:
            raise self._place.broken(f"vectors of different lengths ({', '.join(map(str, sorted(sizes)))})")
        matrix = np.stack(rows)
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not matrix.size or not (np.isfinite(lengths) & (lengths > 0)).all():
            raise self._place.broken("something that is no vector: no numbers, infinite ones, or nothing but noughts")
        self._dimension = matrix.shape[1]
        return np.asarray(matrix / lengths, dtype=np.float32)


def _order(indexes: Sequence[Any]) -> list[int] | None:
    """Where the vector of each text stands, in the order of the texts; as they come, where no index is told. None for
    what is no order.

    Where a single one is told none, it is the one that is missing.
    """
    if all(index is None for index in indexes):
        return list(range(len(indexes)))
    told = [index for index in indexes if index is not None]
    if not all(type(index) is int for index in told):
        return None
    missing = set(range(len(indexes))).difference(told)
    if len(told) + 1 == len(indexes) and len(missing) == 1:
        indexes = [min(missing) if index is None else index for index in indexes]
    if any(index is None for index in indexes) or sorted(indexes) != list(range(len(indexes))):
        return None
    return sorted(range(len(indexes)), key=lambda at: int(indexes[at]))


def _document(response: httpx2.Response) -> Any:
    """The JSON of a reply; None where it is none."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _numbers(embedding: Any) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A vector as a server writes it, a list of numbers or base64 of float32 (little-endian); empty where it is
    neither.
    """
    try:
        if isinstance(embedding, str):
            return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4").astype(np.float64)
        if isinstance(embedding, list) and all(isinstance(x, int | float) for x in embedding):
            return np.array(embedding, np.float64)
    except (ValueError, OverflowError):
        pass
    return np.zeros(0)
