"""Abstracts with what is asked of them -> tensors; a batch is a few abstracts that lie near one another."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from evals.training.examples import UNKNOWN, Abstract, Question
from rag.models.pages import ASKED, Tokenizer, asked_of, page_of

QUESTIONS = 22
"""Questions of one abstract in one batch, at most; others wait for a later epoch."""


@dataclass
class Read:
    """One abstract and the M questions that are asked of it. Labels are UNKNOWN where there are none."""

    paper: Abstract
    questions: Sequence[Question]
    abstract: Tensor
    """(L): token ids."""
    spans: list[tuple[int, int]]
    """Where title and sentences lie among them."""
    ids: Tensor
    """(M, Q): tokens of the questions, nought where padded."""
    words: Tensor
    """(M, Q): 1 for a question's own tokens."""
    groups: Tensor
    """(M): the same question asked of several abstracts has one number; UNKNOWN elsewhere."""
    whole: Tensor
    """(M, 3): about, stated, premise."""
    sentences: Tensor
    """(M, n): does it answer?"""
    each: Tensor
    """(M, Q, 2): of each word whether it is not stated, or wrongly taken for granted."""
    twins: list[tuple[int, int]]
    """Pairs of a question that is answered and one made of it that is not, or that takes something wrong for granted.
    """

    @property
    def tokens(self) -> int:
        return len(self.abstract) + int((self.ids > 0).sum())


def cropped(paper: Abstract, rnd: random.Random, share: float) -> Abstract:
    """An abstract without some sentences that nothing asked of it stands on; numbers are set right."""
    needed = {i for q in paper.questions for i in q.evidence or ()}
    kept = [i for i in range(1, len(paper.sentences) + 1) if i in needed or rnd.random() < share]
    number = {old: new for new, old in enumerate(kept, 1)}
    return replace(
        paper, sentences=[paper.sentences[i - 1] for i in kept],
        questions=[
            replace(q, evidence=None if q.evidence is None else tuple(number[i] for i in q.evidence))
            for q in paper.questions
        ],
    )  # fmt: skip


def varied(paper: Abstract, rnd: random.Random) -> Abstract:
    """What training sees of an abstract this time: some of its questions, some without their mark, some sentences left
    out.
    """
    questions = rnd.sample(paper.questions, min(QUESTIONS, len(paper.questions)))
    questions = [replace(q, text=q.text.rstrip("?. ")) if rnd.random() < 0.2 else q for q in questions]
    shown = replace(paper, title=paper.title if rnd.random() > 0.07 else "", questions=questions)
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
    return [
        _read(paper, [q for _, q in row], [g for g, _ in row], tokenizer)
        for paper, row in zip(papers, asked, strict=True)
    ]


def _read(paper: Abstract, questions: Sequence[Question], numbers: Sequence[int], tokenizer: Tokenizer) -> Read:
    page = page_of(paper.title, paper.sentences, tokenizer)
    encoded = [_words(q.text, tokenizer) for q in questions]
    m, length, n = len(questions), max(len(ids) for ids, _ in encoded), len(page.spans) - 1
    ids, words = torch.zeros(m, length, dtype=torch.long), torch.zeros(m, length)
    sentences, each = torch.full((m, n), -1.0), torch.full((m, length, 2), -1.0)
    for k, (question, (pieces, word)) in enumerate(zip(questions, encoded, strict=True)):
        ids[k, : len(pieces)], words[k, 1 : len(pieces) - 1] = torch.tensor(pieces), 1
        if question.evidence is not None:
            sentences[k] = torch.tensor([float(i + 1 in question.evidence) for i in range(n)])
        for j, known in enumerate((question.unstated_words, question.false_words)):
            if known is not None and word:
                each[k, 1 : len(pieces) - 1, j] = torch.tensor([float(known[min(w, len(known) - 1)]) for w in word])
    whole = torch.tensor([[q.about, q.stated, q.premise] for q in questions], dtype=torch.float)
    at = {q.text: k for k, q in enumerate(questions)}
    twins = [(at[q.twin], k) for k, q in enumerate(questions) if q.twin in at]
    return Read(
        paper,
        questions,
        torch.tensor(page.ids),
        page.spans,
        ids,
        words,
        torch.tensor(numbers),
        whole,
        sentences,
        each,
        twins,
    )


def _words(text: str, tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Token ids with their marks, and for each token between them the number of its word (split at spaces)."""
    ids, place = asked_of(text, tokenizer), []
    for n, word in enumerate(text.split()):
        place += [n] * len(tokenizer.encode(word, add_special_tokens=False).ids)
    place = place[:ASKED]
    return ids, (place + [place[-1]] * (len(ids) - 2 - len(place)))[: len(ids) - 2] if place else []
