"""Trains the network of claims: ``python -m evals.training.claims ../shared/data --folder .work/claims``.

Goes on where the last run of the same folder ended and prints its figures on the papers held out.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import softplus

from evals.training.claim_batches import ClaimBatch, Encoder, Row, batch_of, epoch_of, row_of
from evals.training.claim_network import ClaimNetwork, Judged
from evals.training.examples import Abstract, check_covid, scifact, split, trials
from evals.training.fitting import Rates, command, fit
from evals.training.layers import base_weights
from evals.training.ranks import auc
from rag.models.bundled_embedder import bundled_tokenizer
from rag.text.sentences import sentence_spans

RATES = Rates(1e-4, 4e-4)
CARED = 0.5
"""Weight of holding a faithful claim against its corrupted twins."""


def claim_loss(got: Judged, batch: ClaimBatch) -> Tensor:
    whole, known = batch.whole, batch.words >= 0
    loss = bce(got.whole[:, 0], whole[:, 0]) + 0.5 * bce(got.alone[:, 0], whole[:, 0])
    told = whole[:, 1] >= 0
    if told.any():
        loss = loss + 0.4 * bce(got.whole[told, 1], whole[told, 1])
    if known.any():
        loss = loss + 2 * bce(got.words[known], batch.words[known], pos_weight=torch.tensor(2.0))
    if batch.twins:
        faithful, corrupted = map(list, zip(*batch.twins, strict=True))
        loss = loss + CARED * softplus(got.whole[faithful, 0] - got.whole[corrupted, 0]).mean()
    return loss


@torch.no_grad()
def judged(net: ClaimNetwork, rows: Sequence[Row], encoder: Encoder) -> np.ndarray:
    """Logits (n, 2) of unsupported and contradicted."""
    net.eval()
    order = sorted(range(len(rows)), key=lambda i: sum(map(len, rows[i].sentences)))
    out = np.zeros((len(rows), 2))
    for at in range(0, len(order), 32):
        part = order[at : at + 32]
        batch = batch_of([rows[i] for i in part], encoder)
        out[part] = net(batch.ids, batch.role, batch.length).whole.numpy()
    net.train()
    return out


def report(
    net: ClaimNetwork, papers: Sequence[Abstract], public: Sequence[Abstract], encoder: Encoder
) -> dict[str, float]:
    rows = [row_of(c, p) for p in papers for c in p.claims]
    scores, by, out = judged(net, rows, encoder), defaultdict(list), {}
    for row, score in zip(rows, scores, strict=True):
        by[row.claim.kind].append(score[0])
    for kind in ("corrupted", "more", "beyond"):
        out[f"auc {kind}"] = auc(by[kind], by["faithful"])
        for share in (0.9, 0.95):
            out[f"{kind} stopped at {share}"] = float(np.mean(np.array(by[kind]) > np.quantile(by["faithful"], share)))
    at = {(r.claim.text, r.sentences): s[0] for r, s in zip(rows, scores, strict=True)}
    pairs = [(at.get((r.claim.twin, r.sentences)), s[0]) for r, s in zip(rows, scores, strict=True) if r.claim.twin]
    out["twins in order"] = float(np.mean([a < b for a, b in pairs if a is not None]))
    for source in ("scifact", "covid"):
        rows = [row_of(c, p) for p in public if p.source == source for c in p.claims]
        if rows:
            scores = judged(net, rows, encoder)[:, 0]
            wrong = np.array([r.claim.unsupported == 1 for r in rows])
            out[f"auc {source}"] = auc(scores[wrong], scores[~wrong])
    return {k: round(v, 3) for k, v in out.items()}


def train(folder: Path, data: Path, epochs: float, every: int, start: Path | None = None) -> dict[str, object]:
    """Trains from the last checkpoint of ``folder`` to the end; what was done, for the card. ``start``: weights to
    begin with, of the network of questions or of this.
    """
    torch.manual_seed(0)
    parts, encoder, net = split(data), Encoder(bundled_tokenizer()), ClaimNetwork(base_weights())
    if start is not None:
        net.load_state_dict(torch.load(start, weights_only=True)["net"], strict=False)
    public = scifact(data / "scifact", "train") + check_covid(data / "check-covid", "train")
    public += trials(data / "evidence-inference", lambda text: [text[a:b] for a, b in sentence_spans(text)])
    papers = [p for p in [*parts["train"], *public] if p.claims]
    held = scifact(data / "scifact", "dev")[::2] + check_covid(data / "check-covid", "dev")[::2]
    size = {t: len(encoder.ids(t)) for p in papers for t in (p.title, *p.sentences, *(c.text for c in p.claims))}

    def loss(rows: list[Row]) -> Tensor:
        batch = batch_of(rows, encoder)
        return claim_loss(net(batch.ids, batch.role, batch.length), batch)

    return fit(
        net, RATES, lambda epoch: epoch_of(papers, random.Random(1000 + epoch), size), loss,
        lambda: report(net, parts["dev"], held, encoder), folder, epochs, every,
    ) | {"abstracts": len(papers)}  # fmt: skip


if __name__ == "__main__":
    command(__doc__, train, Path(".work/claims"), 4)
