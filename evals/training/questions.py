"""Trains the network of questions: ``python -m evals.training.questions ../shared/data --folder .work/questions``.

Goes on where the last run of the same folder ended and prints its figures on the papers held out.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import softplus

from evals.training.examples import Abstract, split
from evals.training.fitting import Rates, command, fit
from evals.training.layers import base_weights
from evals.training.question_batches import Read, batch_of, groups, varied
from evals.training.question_network import QuestionNetwork
from evals.training.ranks import auc
from rag.models.bundled_embedder import bundled_tokenizer
from rag.models.pages import Tokenizer, page_of

RATES = Rates(1.5e-4, 6e-4)
GROUP = 4
"""Abstracts of a batch."""


class Answered(NamedTuple):
    """Logits: ``whole`` (M, 3), ``sentences`` (M, n), ``words`` (M, Q, 2), as :meth:`QuestionNetwork.read`
    gives them.
    """

    whole: Tensor
    sentences: Tensor
    words: Tensor


def answered(net: QuestionNetwork, r: Read) -> Answered:
    read = net.abstract(r.abstract)
    return Answered(*net.read(net.asked(r.ids, read), r.words, read.states, r.spans))


def question_loss(got: Sequence[Answered], asked: Sequence[Read]) -> Tensor:
    whole, label = torch.cat([g.whole for g in got]), torch.cat([a.whole for a in asked])
    loss = bce(whole[label >= 0], label[label >= 0])
    sentences, right = (
        torch.cat([g.sentences.flatten() for g in got]),
        torch.cat([a.sentences.flatten() for a in asked]),
    )
    loss = loss + 1.5 * bce(sentences[right >= 0], right[right >= 0])
    ranked = []
    for g, a in zip(got, asked, strict=True):
        some = (a.sentences == 1).any(-1)
        if some.any():
            ranked.append(-torch.logsumexp(g.sentences.log_softmax(-1).masked_fill(a.sentences != 1, -1e4), -1)[some])
    if ranked:
        loss = loss + 0.3 * torch.cat(ranked).mean()
    each, known = torch.cat([g.words.reshape(-1) for g in got]), torch.cat([a.each.reshape(-1) for a in asked])
    if (known >= 0).any():
        loss = loss + bce(each[known >= 0], known[known >= 0], pos_weight=torch.tensor(2.0))
    group, about = torch.cat([a.groups for a in asked]), whole[:, 0]
    own = (group > 0) & (label[:, 0] == 1)
    if own.any():
        log = torch.where(group[:, None] == group[None], about[None], torch.tensor(-1e4)).log_softmax(-1).diagonal()
        loss = loss - 0.4 * log[own].mean()
    beside = [x for g, a in zip(got, asked, strict=True) for x in _beside(g, a)]
    return loss + 0.3 * torch.stack(beside).mean() if beside else loss


def _beside(got: Answered, asked: Read) -> list[Tensor]:
    """An answered question held against each that was made of it, which is not stated, or takes something wrong for
    granted.
    """
    out = []
    for right, wrong in asked.twins:
        if asked.whole[wrong, 1] == 0:
            out.append(softplus(got.whole[wrong, 1] - got.whole[right, 1]))
        if asked.whole[wrong, 2] == 1:
            out.append(softplus(got.whole[right, 2] - got.whole[wrong, 2]))
    return out


@torch.no_grad()
def report(net: QuestionNetwork, papers: Sequence[Abstract], tokenizer: Tokenizer) -> dict[str, float]:
    net.eval()
    scores: dict[tuple[str, int], list[float]] = defaultdict(list)
    best: list[tuple[str, bool]] = []
    for paper in papers:
        if not paper.questions:
            continue
        (r,) = batch_of([paper], tokenizer, None)
        got = answered(net, r)
        for question, whole, sentences in zip(r.questions, got.whole.tolist(), got.sentences.tolist(), strict=True):
            scores["about", question.about].append(whole[0])
            if question.about == 1:
                scores["stated", question.stated].append(whole[1])
                if question.stated != 0:
                    scores["premise", question.premise].append(whole[2])
            if question.stated == 1 and question.evidence:
                best.append((question.kind, int(np.argmax(sentences)) + 1 in question.evidence))
    net.train()
    out = {name: auc(scores[name, 1], scores[name, 0]) for name in ("about", "stated", "premise")}
    out["unstated at 3 % refused"] = float(
        np.mean(np.array(scores["stated", 0]) < np.quantile(scores["stated", 1], 0.03))
    )
    out["premise at 1.5 % accused"] = float(
        np.mean(np.array(scores["premise", 1]) > np.quantile(scores["premise", 0], 0.985))
    )
    out |= {
        f"best sentence {kind}": float(np.mean([r for k, r in best if k == kind])) for kind in ("named", "idea", "twin")
    }
    return {k: round(v, 3) for k, v in out.items()}


@torch.no_grad()
def vectors(net: QuestionNetwork, papers: Sequence[Abstract], tokenizer: Tokenizer) -> np.ndarray:
    """Mean-pooled unit vectors by the untrained encoder, for finding siblings."""
    out = []
    for paper in papers:
        states = net.abstract(torch.tensor(page_of(paper.title, paper.sentences[:4], tokenizer).ids)).states.mean(0)
        out.append((states / states.norm()).numpy())
    return np.stack(out)


def train(folder: Path, data: Path, epochs: float, every: int, start: Path | None = None) -> dict[str, object]:
    """Trains from the last checkpoint of ``folder`` to the end; what was done, for the card. ``start``: weights to
    begin with.
    """
    torch.manual_seed(0)
    tokenizer, parts, net = bundled_tokenizer(), split(data), QuestionNetwork(base_weights())
    papers = [p for p in parts["train"] if p.questions]
    near = vectors(net, papers, tokenizer)
    if start is not None:
        net.load_state_dict(torch.load(start, weights_only=True)["net"], strict=False)

    def batches(epoch: int) -> list[tuple[int, list[Abstract]]]:
        rnd = random.Random(1000 + epoch)
        out = [(rnd.getrandbits(32), [varied(papers[i], rnd) for i in g]) for g in groups(near, GROUP, rnd)]
        rnd.shuffle(out)
        return out

    def loss(batch: tuple[int, list[Abstract]]) -> Tensor:
        seed, some = batch
        reads = batch_of(some, tokenizer, random.Random(seed))
        return question_loss([answered(net, r) for r in reads], reads)

    done = fit(net, RATES, batches, loss, lambda: report(net, parts["dev"], tokenizer), folder, epochs, every)
    return done | {"abstracts": len(papers)}


if __name__ == "__main__":
    command(__doc__, train, Path(".work/questions"), 6)
