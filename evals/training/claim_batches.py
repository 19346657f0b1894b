"""Claims beside the sentences that they cite -> padded tensors. A faithful claim and the corrupted ones made of it lie
in one batch, so that they can be held against each other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor

from evals.training.examples import Abstract, Claim
from rag.models.pages import ASKED, CLS, PADDING, Tokenizer, pair_of

TOKENS = 3600
"""Of a batch, at most; some forty claims."""
SHARES = {"reading": 1.0, "scifact": 1.0, "covid": 1.0, "trials": 0.34}
"""How many of an abstract's claims an epoch sees, by where they come from."""


@dataclass(frozen=True)
class Row:
    """A claim, its title's and sentences' texts, and which other claims of its batch it is to be held against."""

    claim: Claim
    title: str
    sentences: tuple[str, ...]


@dataclass
class ClaimBatch:
    """``ids``, ``role`` (B, L); ``length``: the claims end before it; ``whole`` (B, 2): unsupported, contradicted;
    ``words`` (B, length): not borne out; -1 where unknown. ``twins``: pairs (faithful, corrupted) of rows.
    """

    ids: Tensor
    role: Tensor
    length: int
    whole: Tensor
    words: Tensor
    twins: list[tuple[int, int]]
    rows: Sequence[Row]


def row_of(claim: Claim, paper: Abstract, cited: Sequence[int] | None = None, title: bool = True) -> Row:
    numbers = claim.cited if cited is None else cited
    return Row(
        claim, paper.title if title else "", tuple(paper.sentences[i - 1] for i in numbers if i <= len(paper.sentences))
    )


def families(paper: Abstract, rnd: random.Random) -> Iterator[list[Row]]:
    """What an epoch sees of an abstract's claims, those that cite the same sentences together; some cite wider or
    elsewhere, some have no title.
    """
    some = rnd.sample(paper.claims, max(1, round(len(paper.claims) * SHARES[paper.source])))
    cites: dict[tuple[int, ...], list[Claim]] = {}
    for claim in some:
        cites.setdefault(claim.cited, []).append(claim)
    for cited, claims in cites.items():
        others = [i for i in range(1, len(paper.sentences) + 1) if i not in cited]
        shown, titled = cited, rnd.random() > 0.1
        if others and rnd.random() < 0.2:
            shown = tuple(sorted({*cited, *rnd.sample(others, min(len(others), rnd.choice((1, 1, 2, 3))))}))
        family = [row_of(c, paper, shown, titled) for c in claims]
        right = [c for c in claims if c.unsupported == 0]
        if right and others and rnd.random() < 0.25:
            wrong = tuple(sorted(rnd.sample(others, min(len(cited), len(others)))))
            moved = replace(rnd.choice(right), kind="elsewhere", unsupported=1, contradicted=0, words=None)
            family.append(row_of(moved, paper, wrong, titled))
        yield family


def epoch_of(papers: Sequence[Abstract], rnd: random.Random, size: Mapping[str, int]) -> list[list[Row]]:
    """Batches of families of like length. ``size``: tokens of a text, for those that were counted."""
    every = [f for p in papers if p.claims for f in families(p, rnd)]
    rnd.shuffle(every)
    batches: list[list[Row]] = []
    for at in range(0, len(every), 400):
        pool = sorted(every[at : at + 400], key=lambda f: max(_tokens(r, size) for r in f))
        batch: list[Row] = []
        for family in pool:
            longest = max(_tokens(r, size) for r in [*batch, *family])
            if batch and longest * (len(batch) + len(family)) > TOKENS:
                batches.append(batch)
                batch = []
            batch = [*batch, *family]
        batches.append(batch)
    rnd.shuffle(batches)
    return batches


def _tokens(row: Row, size: Mapping[str, int]) -> int:
    return 4 + sum(size.get(t) or len(t) // 4 for t in (row.claim.text, row.title, *row.sentences))


class Encoder:
    """Token ids of texts, each made once."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.ids = cache(self._ids)
        self.places = cache(self._places)

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _places(self, text: str) -> list[int]:
        """For each token the number of its word (split at spaces)."""
        return [n for n, word in enumerate(text.split()) for _ in self.ids(word)]


def batch_of(rows: Sequence[Row], encoder: Encoder) -> ClaimBatch:
    pairs = [
        pair_of(encoder.ids(r.claim.text), encoder.ids(r.title), [encoder.ids(s) for s in r.sentences]) for r in rows
    ]
    size = max(len(p.ids) for p in pairs)
    claims = [len(encoder.ids(r.claim.text)[:ASKED]) for r in rows]
    length = max(claims) + 1
    ids, role = (torch.full((len(rows), size), PADDING) for _ in range(2))
    words = torch.full((len(rows), length), -1.0)
    for m, (row, pair) in enumerate(zip(rows, pairs, strict=True)):
        ids[m, : len(pair.ids)], role[m, : len(pair.ids)] = torch.tensor(pair.ids), torch.tensor(pair.role)
        known = row.claim.words
        if known is not None:
            places = encoder.places(row.claim.text)[: claims[m]]
            words[m, 1 : 1 + len(places)] = torch.tensor([float(known[min(w, len(known) - 1)]) for w in places])
    whole = torch.tensor([[float(r.claim.unsupported), float(r.claim.contradicted)] for r in rows])
    faithful = {(r.claim.text, r.sentences): m for m, r in enumerate(rows) if r.claim.unsupported == 0}
    twins = [
        (faithful[key], m)
        for m, r in enumerate(rows)
        if r.claim.twin and (key := (r.claim.twin, r.sentences)) in faithful
    ]
    assert (ids[:, 0] == CLS).all()
    return ClaimBatch(ids, role, length, whole, words, twins, rows)
