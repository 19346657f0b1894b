"""The network that judges a question beside an abstract, for training: the abstract is read once by itself; what is
asked of it reads along and looks up its words.

The encoder is MiniLM. Its two lower layers stay as they are and see abstract and question apart; in the four upper ones
each word of a question also attends to the abstract's words, while the abstract never attends to what is asked of it.
So one pass over an abstract serves all that is asked of it, in training and in use.

The network takes one abstract at a time with all that is asked of it; products are taken of the tokens that are there,
not of padding.

On top, each word of the question looks up its counterpart in the title and in each sentence apart; a small network
compares the two words, and what it finds is gathered over the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from evals.training.layers import COMPARED, HEADS, LAYERS, NEVER, WIDTH, Compare, Layer, log_sum_exp, norm_of

FROZEN = 2
"""Lower layers that stay as they are."""


class AbstractRead(NamedTuple):
    """``keys``, ``values``: of each upper layer (heads, L, width of a head); ``states``: the last (L, WIDTH)."""

    keys: list[Tensor]
    values: list[Tensor]
    states: Tensor


class QuestionNetwork(nn.Module):
    word: Tensor
    position: Tensor

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        table = weights["embeddings.word_embeddings.weight"]
        place = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        self.register_buffer("word", table, persistent=False)
        self.register_buffer("position", place, persistent=False)
        self.norm = norm_of(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(Layer(weights, f"encoder.layer.{i}.") for i in range(LAYERS))
        for layer in list(self.layers)[:FROZEN]:
            layer.drop.p = 0.0
        for module in (self.norm, *list(self.layers)[:FROZEN]):
            for parameter in module.parameters():
                parameter.requires_grad = False
        d = COMPARED
        self.look, self.compare = nn.Linear(WIDTH, WIDTH), Compare()
        self.sentence = nn.Sequential(nn.Linear(2 * d, d), nn.GELU(), nn.Linear(d, 1))
        self.asked_word = nn.Linear(d, 2)
        self.whole = nn.Sequential(nn.Linear(6 * d, d), nn.GELU(), nn.Linear(d, 3))
        nn.init.constant_(self.asked_word.bias, -3.0)

    def abstract(self, ids: Tensor) -> AbstractRead:
        """``ids`` (L)."""
        x = self.norm(self.word[ids] + self.position[: ids.shape[0]])
        keys, values = [], []
        for n, layer in enumerate(self.layers):
            q, k, v = layer.qkv(x).view(-1, 3, HEADS, WIDTH // HEADS).permute(1, 2, 0, 3)
            if n >= FROZEN:
                keys.append(k)
                values.append(v)
            x = layer.finish(x, ((q @ k.transpose(-1, -2)).softmax(-1) @ v).transpose(0, 1).reshape(-1, WIDTH))
        return AbstractRead(keys, values, x)

    def asked(self, ids: Tensor, read: AbstractRead) -> Tensor:
        """States of what is asked of an abstract: ``ids`` (M, Q), nought where padded. (M, Q, WIDTH).

        Each token attends to its own question and to the abstract in one softmax; as the two are of different shapes,
        their exponentials are
        summed apart. Scores are small enough (below 40) to do without the usual subtraction of the greatest.
        """
        m, length = ids.shape
        there = (ids.reshape(-1) != 0).nonzero()[:, 0]
        own_mask = ((ids == 0).float() * NEVER)[:, None, None]
        x = self.norm(self.word[ids.reshape(-1)[there]] + self.position[there % length])
        for n, layer in enumerate(self.layers):
            qkv = layer.qkv(x)  # (T, 3 * WIDTH)
            padded = qkv.new_zeros(m * length, 3 * WIDTH).index_copy(0, there, qkv)
            q, k, v = padded.view(m, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            own = (q @ k.transpose(-1, -2) + own_mask).exp()  # (M, heads, Q, Q)
            context = (own @ v).transpose(1, 2).reshape(m * length, HEADS, -1)[there]
            total = own.sum(-1).transpose(1, 2).reshape(m * length, HEADS)[there]
            if n >= FROZEN:
                mine = qkv[:, :WIDTH].view(-1, HEADS, WIDTH // HEADS).transpose(0, 1)
                other = (mine @ read.keys[n - FROZEN].transpose(-1, -2)).exp()  # (heads, T, L)
                context = context + (other @ read.values[n - FROZEN]).transpose(0, 1)
                total = total + other.sum(-1).transpose(0, 1)
            x = layer.finish(x, (context / total[..., None]).reshape(-1, WIDTH))
        return x.new_zeros(m * length, WIDTH).index_copy(0, there, x).view(m, length, WIDTH)

    def read(
        self, q: Tensor, words: Tensor, h: Tensor, spans: Sequence[tuple[int, int]]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """``q`` (M, Q, WIDTH); ``words`` (M, Q): 1 for the question's own; ``h`` (L, WIDTH): the abstract's states;
        ``spans``: where title and sentences lie in them.

        Logits: whole (M, 3: about, stated, premise false), sentences (M, n), words (M, Q, 2: not stated, wrongly
        taken for granted).
        """
        m, length, _ = q.shape
        flat = self.look(q).view(-1, WIDTH) / WIDTH**0.5  # (MQ, W)
        found = [(flat @ h[a:b].t()).softmax(-1) @ h[a:b] for a, b in spans]
        return self.gathered(q, words, torch.stack(found, 1).view(m, length, len(spans), WIDTH))

    def gathered(self, q: Tensor, words: Tensor, found: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``found`` (M, Q, n, WIDTH): of each word its counterpart in each part, the title first."""
        t = self.compare(q[:, :, None], found)  # (M, Q, n, d)
        w = words[:, :, None, None]
        count = words.sum(1).clamp(min=1)[:, None]
        mean, top = (t * w).sum(1) / count[..., None], (t + (1 - w) * NEVER).amax(1)  # (M, n, d)
        sentence = self.sentence(torch.cat([mean, top], -1))[..., 0]  # (M, n)
        best, w = t.amax(2), words[..., None]  # (M, Q, d)
        place = sentence[:, 1:].softmax(-1)[..., None]
        parts = [
            (best * w).sum(1) / count, (best + (1 - w) * NEVER).amax(1), (best - (1 - w) * NEVER).amin(1),
            (mean[:, 1:] * place).sum(1), (top[:, 1:] * place).sum(1), mean[:, 0],
        ]  # fmt: skip
        each = self.asked_word(best) + (1 - w) * NEVER  # (M, Q, 2)
        most = 0.5 * log_sum_exp(each)
        shift = torch.stack([torch.zeros_like(most[:, 0]), -most[:, 0], most[:, 1]], -1)
        return self.whole(torch.cat(parts, -1)) + shift, sentence[:, 1:], each
