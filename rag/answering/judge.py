"""The judge of what the gate leaves in doubt: a language model, asked once for all the doubtful claims of an answer.

It is shown the claims and the sentences that they cite and nothing of the question or conversation, so that a claim
that would answer well is not for that reason believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from rag.models.chat.documents import document_in
from rag.models.chat.llm import ChatModel
from rag.models.chat.messages import Reply
from rag.models.prompts import prompt

JUDGE_SCHEMA: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["verdicts"],
    "properties": {"verdicts": {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "required": ["claim", "verdict"],
        "properties": {
            "claim": {"type": "integer"},
            "verdict": {"type": "string", "enum": ["supported", "not_supported"]},
        },
    }}},
}  # fmt: skip
JudgeVerdict = Literal["supported", "not_supported"]
_TOKENS, _TOKENS_A_CLAIM = 60, 40
"""What a reply may take, and what each verdict adds; white space included, which some models write much of."""


class Doubt(NamedTuple):
    """A claim and, as a model reads it, what it cites: titles and sentences."""

    claim: str
    evidence: str


class Judged(NamedTuple):
    """One verdict for each doubt, None where the reply has no usable one; and the reply, for its cost."""

    verdicts: tuple[JudgeVerdict | None, ...]
    reply: Reply


def judge(doubts: Sequence[Doubt], model: ChatModel) -> Judged:
    """Asks a model whether the evidence bears each claim out. Raises ModelError."""
    claims = "\n\n".join(f"{doubt.evidence}\nClaim {n}: {doubt.claim}" for n, doubt in enumerate(doubts, 1))
    most = _TOKENS + _TOKENS_A_CLAIM * len(doubts)
    reply = model.reply(prompt("check").filled(claims=claims), schema=JUDGE_SCHEMA, most_tokens=most)
    return Judged(read_verdicts(reply.text, len(doubts)), reply)


def read_verdicts(text: str, claims: int) -> tuple[JudgeVerdict | None, ...]:
    """The verdicts of a reply on claims 1 to ``claims``; None for one that it does not judge, or judges both ways."""
    found: dict[int, set[JudgeVerdict]] = {}
    for number, verdict in _verdicts(text):
        found.setdefault(number, set()).add(verdict)
    each = (found.get(n, set()) for n in range(1, claims + 1))
    return tuple(next(iter(verdicts)) if len(verdicts) == 1 else None for verdicts in each)


def _verdicts(text: str) -> Iterator[tuple[int, JudgeVerdict]]:
    """What can be read as a verdict, be there words around the document or a bare list in its place."""
    document = document_in(text)
    items = document.get("verdicts") if isinstance(document, dict) else document
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        number, verdict = str(item.get("claim")), item.get("verdict")
        if re.fullmatch(r"[0-9]{1,3}", number) and verdict in ("supported", "not_supported"):
            yield int(number), verdict
