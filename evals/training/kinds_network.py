"""The network that tells what kind of answer a question wants: the lower layers of MiniLM, and two heads."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from evals.training.layers import HEADS, NEVER, WIDTH, Layer, norm_of

DEPTH = 3
"""Layers that are kept: a question's kind stands on its surface."""
HIDDEN = 256
LENGTH = 64


class KindsNetwork(nn.Module):
    word: Tensor
    position: Tensor

    def __init__(self, weights: dict[str, Tensor], kinds: int, fields: int) -> None:
        super().__init__()
        place, segment = (weights[f"embeddings.{n}_embeddings.weight"] for n in ("position", "token_type"))
        self.register_buffer("word", weights["embeddings.word_embeddings.weight"], persistent=False)
        self.register_buffer("position", place[:LENGTH] + segment[0], persistent=False)
        self.norm = norm_of(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(Layer(weights, f"encoder.layer.{i}.") for i in range(DEPTH))
        self.drop, self.hidden = nn.Dropout(0.1), nn.Linear(2 * WIDTH, HIDDEN)
        self.kinds, self.fields = nn.Linear(HIDDEN, kinds), nn.Linear(HIDDEN, fields)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """``ids`` (B, L), padded with noughts. Logits (B, kinds) and (B, fields)."""
        return self.told(self.word[ids], ids == 0)

    def told(self, embedded: Tensor, padding: Tensor) -> tuple[Tensor, Tensor]:
        """``embedded`` (B, L, WIDTH): the tokens' own vectors; ``padding`` (B, L): where there is none."""
        b, n, _ = embedded.shape
        x = self.norm(embedded + self.position[:n]).view(b * n, WIDTH)
        unseen = (padding.float() * NEVER)[:, None, None]
        for layer in self.layers:
            q, k, v = layer.qkv(x).view(b, n, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            context = (q @ k.transpose(-1, -2) + unseen).softmax(-1) @ v
            x = layer.finish(x, context.transpose(1, 2).reshape(b * n, WIDTH))
        states, there = x.view(b, n, WIDTH), (~padding).float()[..., None]
        seen = torch.cat([(states * there).sum(1) / there.sum(1), states[:, 0]], -1)
        hidden = self.drop(gelu(self.hidden(self.drop(seen))))
        return self.kinds(hidden), self.fields(hidden)


class ExportedKinds(nn.Module):
    """One question, no padding: ``question`` (L, WIDTH) -> ``kinds`` (kinds,), ``fields`` (fields,)."""

    def __init__(self, net: KindsNetwork) -> None:
        super().__init__()
        self.net = net.eval()

    def forward(self, question: Tensor) -> tuple[Tensor, Tensor]:
        kinds, fields = self.net.told(question[None], torch.zeros(1, question.shape[0], dtype=torch.bool))
        return kinds[0], fields[0]
