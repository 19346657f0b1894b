"""How the reader sees a text: an abstract as one row of tokens, a question as another; a claim in one row with what it
cites.

    abstract   [CLS] title [SEP] sentence 1 sentence 2 … [SEP]
    question   [CLS] question [SEP]
    claim      [CLS] claim [SEP] title [SEP] sentence sentence … [SEP]

Training and running share this file, so that both see the same rows. Lengths are in tokens (word pieces).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

CLS, SEP = 101, 102
ASKED = 96
"""A question or claim is read to this length."""
TITLE = 48
ABSTRACT = 448
"""A title and its sentences are read to this length, marks included; what lies beyond is not seen."""
CITED = 256
"""What a claim cites is read to this length, the title apart."""
PADDING, MARK, ASKED_WORD, EVIDENCE, EVIDENCE_MARK = range(5)
"""What a token is: nothing; a mark; a word of the question or claim; one of title or sentences; a mark among these."""


class Encoding(Protocol):
    @property
    def ids(self) -> list[int]: ...


class Tokenizer(Protocol):
    """What :mod:`tokenizers` has: uncased word pieces of the bundled vocabulary."""

    def encode(self, sequence: str, *, add_special_tokens: bool) -> Encoding: ...


class Page(NamedTuple):
    """An abstract's row: token ids, and where its title and its sentences lie among them (half open). ``numbers``: of
    the sentences that have a span, from 1; those
    that say nothing, or lie beyond what is read, have none.
    """

    ids: list[int]
    spans: list[tuple[int, int]]
    numbers: tuple[int, ...]


def page_of(title: str, sentences: Sequence[str], tokenizer: Tokenizer) -> Page:
    ids = [CLS, *tokenizer.encode(title, add_special_tokens=False).ids[:TITLE]]
    spans = [(min(1, len(ids) - 1), len(ids))]  # an abstract without a title: the mark stands for it
    ids.append(SEP)
    numbers: list[int] = []
    for number, sentence in enumerate(sentences, 1):
        pieces = tokenizer.encode(sentence, add_special_tokens=False).ids[: ABSTRACT - 1 - len(ids)]
        if not pieces:
            continue
        numbers.append(number)
        spans.append((len(ids), len(ids) + len(pieces)))
        ids += pieces
    return Page([*ids, SEP], spans, tuple(numbers))


def asked_of(text: str, tokenizer: Tokenizer) -> list[int]:
    return marked(tokenizer.encode(text, add_special_tokens=False).ids)


def marked(ids: Sequence[int]) -> list[int]:
    """Token ids of a question or claim as it is read: to its length, between its marks."""
    return [CLS, *ids[:ASKED], SEP]


class Pair(NamedTuple):
    """A claim's row: token ids, and of each what it is (ASKED_WORD, EVIDENCE, …)."""

    ids: list[int]
    role: list[int]


def pair_of(claim: Sequence[int], title: Sequence[int], cited: Sequence[Sequence[int]]) -> Pair:
    """``claim``, ``title``, ``cited`` (a sentence each): token ids without marks."""
    claim, title = claim[:ASKED], title[:TITLE]
    evidence = [i for sentence in cited for i in sentence][:CITED]
    ids = [CLS, *claim, SEP, *title, SEP, *evidence, SEP]
    words, told = [ASKED_WORD] * len(claim), [EVIDENCE] * len(evidence)
    return Pair(ids, [MARK, *words, MARK, *[EVIDENCE] * len(title), EVIDENCE_MARK, *told, EVIDENCE_MARK])
