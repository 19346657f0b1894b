"""Abstracts with what is asked and claimed of them -> tensors; a batch is a few abstracts that lie near one another."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from evals.training.examples import UNKNOWN, Abstract, Claim, Question
from rag.models.pages import ASKED, Tokenizer, asked_of, page_of

CLAIMS = 14
"""Claims of one abstract in one batch, at most; others wait for a later epoch."""
QUESTIONS = 22


@dataclass
class Asked:
    """What is asked of one abstract: M questions or M claims. Labels are UNKNOWN where there are none."""

    items: Sequence[Question | Claim]
    words: Tensor
    """(M, Q): 1 for the asked text's own tokens."""
    groups: Tensor
    """(M): the same question asked of several abstracts has one number; UNKNOWN elsewhere."""
    whole: Tensor
    """(M, 3) about, stated, premise; or (M, 2) unsupported, contradicted."""
    sentences: Tensor
    """(M, n): does it answer?"""
    each: Tensor
    """(M, Q, 2) or (M, Q, 1): labels of words."""


@dataclass
class Read:
    """One abstract and what is asked of it: first the questions, then the claims."""

    paper: Abstract
    abstract: Tensor
    """(L): token ids."""
    spans: list[tuple[int, int]]
    """Where title and sentences lie among them."""
    ids: Tensor
    """(M, Q): tokens of all that is asked, nought where padded."""
    cited: Tensor
    """(M, L): 1 for the abstract's tokens that it may see."""
    questions: Asked | None
    claims: Asked | None

    @property
    def tokens(self) -> int:
        return len(self.abstract) + int((self.ids > 0).sum())


def cropped(paper: Abstract, rnd: random.Random, share: float) -> Abstract:
    """An abstract without some sentences that nothing asked of it stands on; numbers are set right."""
    needed = {i for q in paper.questions for i in q.evidence or ()} | {i for c in paper.claims for i in c.cited}
    kept = [i for i in range(1, len(paper.sentences) + 1) if i in needed or rnd.random() < share]
    number = {old: new for new, old in enumerate(kept, 1)}
    return replace(
        paper, sentences=[paper.sentences[i - 1] for i in kept],
        questions=[replace(q, evidence=None if q.evidence is None else tuple(number[i] for i in q.evidence)) for q in paper.questions],
        claims=[replace(c, cited=tuple(number[i] for i in c.cited if i in number)) for c in paper.claims],
    )  # fmt: skip


def varied(paper: Abstract, rnd: random.Random) -> Abstract:
    """What training sees of an abstract this time: some of its questions and claims, some of them cited wider or
    elsewhere, some sentences left out.
    """
    claims = rnd.sample(paper.claims, min(CLAIMS, len(paper.claims)))
    questions = rnd.sample(paper.questions, min(QUESTIONS, len(paper.questions)))
    n, more = len(paper.sentences), []
    for c in claims:
        others = [i for i in range(1, n + 1) if i not in c.cited]
        if not others:
            continue
        chance = rnd.random()
        if c.kind in ("faithful", "support") and chance < 0.15:
            elsewhere = tuple(sorted(rnd.sample(others, min(len(c.cited), len(others)))))
            more.append(Claim(c.text, "elsewhere", elsewhere, 1, 0))
        elif chance < 0.32 and c.kind != "not enough":
            wide = range(1, n + 1) if chance < 0.22 else sorted({*c.cited, *rnd.sample(others, min(2, len(others)))})
            more.append(replace(c, kind="wide", cited=tuple(wide)))
    questions = [replace(q, text=q.text.rstrip("?. ")) if rnd.random() < 0.2 else q for q in questions]
    shown = replace(paper, title=paper.title if rnd.random() > 0.07 else "", questions=questions, claims=claims + more)
    if paper.source != "reading":
        return cropped(shown, rnd, 0.4)
    return cropped(shown, rnd, 0.5) if rnd.random() < 0.45 else shown


def groups(vectors: np.ndarray, size: int, rnd: random.Random) -> Iterator[list[int]]:
    """Every abstract once, each group an abstract with its nearest that are left among its twenty nearest, else any."""
    near = np.argsort(-(vectors @ vectors.T), axis=1)[:, 1:21]
    left = list(range(len(vectors)))
    rnd.shuffle(left)
    free = set(left)
    for first in left:
        if first not in free:
            continue
        free.remove(first)
        mates = [i for i in near[first] if i in free]
        rnd.shuffle(mates)
        mates = mates[: size - 1]
        free.difference_update(mates)
        yield [first, *map(int, mates)]


def batch_of(papers: Sequence[Abstract], tokenizer: Tokenizer, rnd: random.Random | None) -> list[Read]:
    """``rnd``: for training, asks questions of siblings too; None: each question of its own abstract alone."""
    asked: list[list[tuple[int, Question]]] = [[] for _ in papers]
    number = 0
    for k, paper in enumerate(papers):
        for question in paper.questions:
            if question.siblings and rnd is not None and len(papers) > 1:
                number += 1
                asked[k].append((number, question))
                others = [i for i in range(len(papers)) if i != k]
                for other in rnd.sample(others, 1 if question.kind == "named" else min(2, len(others))):
                    asked[other].append((number, Question(question.text, "sibling", 0, 0, 0)))
            else:
                asked[k].append((UNKNOWN, question))
    return [_read(paper, [q for _, q in row], [g for g, _ in row], tokenizer) for paper, row in zip(papers, asked, strict=True)]


def _read(paper: Abstract, questions: Sequence[Question], numbers: Sequence[int], tokenizer: Tokenizer) -> Read:
    page = page_of(paper.title, paper.sentences, tokenizer)
    spans = page.spans
    texts = [*(q.text for q in questions), *(c.text for c in paper.claims)]
    encoded = [_words(text, tokenizer) for text in texts]
    length = max(len(ids) for ids, _ in encoded)
    ids, cited = torch.zeros(len(encoded), length, dtype=torch.long), torch.ones(len(encoded), len(page.ids))
    for m, (pieces, _) in enumerate(encoded):
        ids[m, : len(pieces)] = torch.tensor(pieces)
    for m, claim in enumerate(paper.claims, len(questions)):
        cited[m] = 0
        for part in (0, *(i for i in claim.cited if i < len(spans))):
            cited[m, spans[part][0] : spans[part][1]] = 1
    n = len(spans) - 1
    q = _asked(questions, encoded[: len(questions)], length, n, numbers) if questions else None
    c = _asked(paper.claims, encoded[len(questions) :], length, n, None) if paper.claims else None
    return Read(paper, torch.tensor(page.ids), spans, ids, cited, q, c)


def _asked(
    items: Sequence[Question | Claim], encoded: Sequence[tuple[list[int], list[int]]], length: int, n: int, numbers: Sequence[int] | None
) -> Asked:
    most = len(items)
    words, whole = torch.zeros(most, length), torch.full((most, 3), -1.0)
    sentences, each = torch.full((most, n), -1.0), torch.full((most, length, 2), -1.0)
    for m, (item, (pieces, word)) in enumerate(zip(items, encoded, strict=True)):
        words[m, 1 : len(pieces) - 1] = 1
        labels: tuple[tuple[int, ...] | None, ...]
        if isinstance(item, Question):
            whole[m] = torch.tensor([item.about, item.stated, item.premise], dtype=torch.float)
            if item.evidence is not None:
                sentences[m] = torch.tensor([float(i + 1 in item.evidence) for i in range(n)])
            labels = (item.unstated_words, item.false_words)
        else:
            whole[m, :2] = torch.tensor([item.unsupported, item.contradicted], dtype=torch.float)
            labels = (item.words, None)
        for j, known in enumerate(labels):
            if known is not None and word:
                each[m, 1 : len(pieces) - 1, j] = torch.tensor([float(known[min(w, len(known) - 1)]) for w in word])
    return Asked(items, words, torch.tensor(numbers if numbers is not None else [UNKNOWN] * most), whole, sentences, each)


def _words(text: str, tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Token ids with their marks, and for each token between them the number of its word (split at spaces)."""
    ids, place = asked_of(text, tokenizer), []
    for n, word in enumerate(text.split()):
        place += [n] * len(tokenizer.encode(word, add_special_tokens=False).ids)
    place = place[:ASKED]
    return ids, (place + [place[-1]] * (len(ids) - 2 - len(place)))[: len(ids) - 2] if place else []
