"""The writer with a model: it chooses sentences, says what they say, and is believed only where the gate agrees.

Each sentence is checked as soon as it is whole and given out if it passes. Those refused go back to the model once,
with the reasons; what is refused again is withheld. Those in doubt are judged by the model together, last, each by what
it cites and nothing else. Where nothing passes, the abstracts' own sentences are the answer, and the note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.answering.check import Gate
from rag.answering.judge import Doubt, JudgeVerdict, judge
from rag.answering.retrieval import Retrieval
from rag.answering.writing.checking import Checker, Doubtful, Unchecked
from rag.answering.writing.citations import ANSWER_SCHEMA, REPAIR_SCHEMA, Draft, DraftReader, Verdict, refuses
from rag.answering.writing.evidence import Evidence, budget_beside, chosen_evidence
from rag.answering.writing.extracts import ExtractiveWriter, Written
from rag.errors import ContextTooLong, ModelError
from rag.models.chat.llm import ChatModel
from rag.models.chat.messages import Message, Reply
from rag.models.prompts import prompt
from rag.models.tokens import count_message_tokens, count_tokens
from rag.text.words import content_words
from rag.types import Claim, Usage, Withheld

MOST_CLAIMS = 8
MOST_TOKENS = 700
REPAIRED = 2
"""Refused sentences that are sent back to the model; further ones are withheld at once."""
SMALLEST_BUDGET = 150
LIKELY = 0.5
"""The reader's probability from which on a doubtful sentence is shown where no judge can be had."""
UNVERIFIED = "Nothing that the model wrote was verified; these are the abstracts' own sentences."
IN_PART = "Part of what is asked is not stated."


@dataclass
class _Draft:
    """An answer in the making."""

    evidence: Evidence
    checker: Checker | Unchecked
    claims: list[Claim] = field(default_factory=list)
    refused: list[tuple[Draft, Withheld]] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    verdict: Verdict = "answered"
    refusals: int = 0
    understood: bool = True
    restarts: int = 0
    failing: bool = False
    """Whether the model failed after the answer was written; no further time is spent on it then."""

    @property
    def sentences(self) -> int:
        return len(self.claims) + len(self.refused) + len(self.doubtful)

    @property
    def usage(self) -> Usage:
        costs = [r.usage.cost_usd for r in self.replies]
        return Usage(
            sum(r.usage.prompt_tokens for r in self.replies),
            sum(r.usage.completion_tokens for r in self.replies),
            None if not costs or any(c is None for c in costs) else sum(c for c in costs if c is not None),
        )


class ChatWriter:
    """Writes answers with a language model."""

    kind: Literal["chat"] = "chat"

    def __init__(self, model: ChatModel, gate: Gate | None, budget: int) -> None:
        """``gate``: None lets everything through, for measuring. ``budget``: tokens of evidence that the model is given
        to read.
        """
        self._model, self._gate, self._budget = model, gate, budget
        self._quoting = ExtractiveWriter()

    @property
    def model(self) -> str | None:
        return self._model.name

    def write(self, retrieval: Retrieval) -> Generator[Claim | Withheld, None, Written]:
        """Gives out claims as they pass, then what was withheld, and returns the whole. Raises ModelError where the
        model gives none.
        """
        if not any((found.likely > 0).any() for found in retrieval.found):
            return Written(not_stated=True)  # nothing that it could be given to read
        draft = yield from self._drafted(retrieval)
        yield from self._repaired(draft)
        yield from self._judged(draft)
        withheld = tuple(w for _, w in draft.refused)
        yield from withheld
        version = prompt("answer").version
        written = Written(tuple(draft.claims), "", withheld, draft.usage, version)
        if draft.claims:
            otherwise = bool(draft.refusals) or draft.verdict == "false_premise"
            return replace(written, note=IN_PART if draft.refusals else "", partial=otherwise)
        if draft.verdict == "not_stated" or draft.refusals or (draft.understood and not withheld):
            return replace(written, not_stated=True)
        quoted = yield from self._quoting.write(retrieval)
        return replace(quoted, note=UNVERIFIED, withheld=withheld, usage=draft.usage, prompt=version)

    # --- the model's sentences ----------------------------------------------------------------------------------------

    def _drafted(self, retrieval: Retrieval) -> Generator[Claim, None, _Draft]:
        """Asks for the answer; with less evidence, where the model cannot read so much."""
        budget = self._budget
        question = _asking(Evidence(()), retrieval.question.text)
        rest = max(count_message_tokens(question(structured), self._model.name) for structured in (True, False))
        while True:
            room = budget_beside(rest, budget)
            evidence = chosen_evidence(retrieval, room, lambda text: count_tokens(text, self._model.name))
            draft = _Draft(evidence, Checker(self._gate, evidence) if self._gate else Unchecked(evidence))
            try:
                yield from self._read(draft, retrieval.question.text)
                return draft
            except ContextTooLong:
                if draft.claims or budget // 2 < SMALLEST_BUDGET:
                    raise
                budget //= 2

    def _read(self, draft: _Draft, question: str) -> Iterator[Claim]:
        reader = DraftReader()
        stream = self._model.stream(_asking(draft.evidence, question), schema=ANSWER_SCHEMA, most_tokens=MOST_TOKENS)
        for piece in stream:
            if isinstance(piece, Reply):
                draft.replies.append(piece)
                continue
            yield from self._taken(draft, reader.feed(piece), reader)
        yield from self._taken(draft, reader.end(), reader)
        draft.verdict, draft.understood = reader.verdict, reader.understood

    def _taken(self, draft: _Draft, written: Iterator[Draft], reader: DraftReader) -> Iterator[Claim]:
        """The claims among some drafts; the others are noted, until it shows that they are no part of the answer."""
        for sentence in written:
            if draft.restarts != reader.restarts:
                draft.restarts, draft.refusals = reader.restarts, 0
                draft.refused.clear()
                draft.doubtful.clear()
            if refuses(sentence.text) and not any(refuses(s.text) for s, _ in draft.evidence.named(sentence.addresses)):
                draft.refusals += 1
                continue
            if draft.sentences >= MOST_CLAIMS or _told_before(sentence, draft):
                continue
            checked = draft.checker.checked(sentence)
            if isinstance(checked, Claim):
                draft.claims.append(checked)
                yield checked
            elif isinstance(checked, Doubtful):
                draft.doubtful.append(checked)
            else:
                draft.refused.append((sentence, checked))

    def _repaired(self, draft: _Draft) -> Iterator[Claim]:
        """Gives the refused sentences back to the model once; those that pass now are claims, or in doubt."""
        left = []
        for n, (sentence, withheld) in enumerate(draft.refused):
            again = None
            if n < REPAIRED and not draft.failing:
                try:
                    again = self._rewritten(draft, sentence, withheld)
                except ModelError:
                    draft.failing = True  # the answer stands without it
            better = again if again and not refuses(again.text) and not _told_before(again, draft) else None
            checked = draft.checker.checked(better) if better else withheld
            if isinstance(checked, Claim):
                draft.claims.append(checked)
                yield checked
            elif isinstance(checked, Doubtful):
                draft.doubtful.append(checked)
            else:
                left.append((sentence, withheld))
        draft.refused = left

    def _judged(self, draft: _Draft) -> Iterator[Claim]:
        """Has the model judge what is in doubt, all at once. Where there is no verdict, the reader's figure decides."""
        for doubtful, verdict in zip(draft.doubtful, self._verdicts(draft), strict=True):
            if verdict == "supported" or (verdict is None and doubtful.ruling.score >= LIKELY):
                draft.claims.append(doubtful.claim)
                yield doubtful.claim
            else:
                draft.refused.append((doubtful.draft, doubtful.withheld))

    def _verdicts(self, draft: _Draft) -> Sequence[JudgeVerdict | None]:
        """One for each doubtful sentence, as far as the model gives any."""
        if draft.doubtful and not draft.failing:
            doubts = [Doubt(d.draft.text, draft.evidence.only(d.draft.addresses).text) for d in draft.doubtful]
            try:
                verdicts, reply = judge(doubts, self._model)
            except ModelError:
                draft.failing = True
            else:
                draft.replies.append(reply)
                return verdicts
        return [None] * len(draft.doubtful)

    def _rewritten(self, draft: _Draft, sentence: Draft, withheld: Withheld) -> Draft | None:
        """The sentence as the model writes it when told what is wrong; None where it has nothing better. Raises
        ModelError.
        """
        cited = draft.evidence.only(sentence.addresses)
        evidence = (cited if cited.papers else draft.evidence).text
        asked = prompt("repair").filled(evidence=evidence, sentence=sentence.text, reason=withheld.reason)
        reply = self._model.reply(asked, schema=REPAIR_SCHEMA, most_tokens=200)
        draft.replies.append(reply)
        return _one_draft(reply.text)


def _asking(evidence: Evidence, question: str) -> Callable[[bool], Sequence[Message]]:
    """The messages, for a reply in JSON or in prose."""
    return lambda structured: prompt("answer" if structured else "answer_text").filled(
        evidence=evidence.text, question=question
    )


def _one_draft(text: str) -> Draft | None:
    reader = DraftReader()
    return next((draft for drafts in (reader.feed(text), reader.end()) for draft in drafts), None)


def _told_before(sentence: Draft, draft: _Draft) -> bool:
    """Whether the same was written before in the same words; small models repeat themselves."""
    words = content_words(sentence.text)
    others = [c.text for c in draft.claims] + [d.draft.text for d in draft.doubtful]
    return any(content_words(o) == words for o in others) or any(d.text == sentence.text for d, _ in draft.refused)
