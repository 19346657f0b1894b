"""The network that judges a claim beside the sentences that it cites, for training.

MiniLM reads both in one pass, so that each word of either sees the other's. Then each word of the claim looks up its
counterpart among the words of title and sentences; a small network compares the two and says whether the word is borne
out. Half the log-sum-exp of the words and half a figure of the whole make the claim's.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from evals.training.layers import COMPARED, HEADS, LAYERS, NEVER, WIDTH, Compare, Layer, log_sum_exp, norm_of
from rag.models.pages import ASKED_WORD, EVIDENCE


class Judged(NamedTuple):
    """Logits. ``whole`` (B, 2): unsupported, contradicted; ``words`` (B, Q): not borne out, far below nought where no
    word of the claim stands; ``alone`` (B, 2): the whole without its words.
    """

    whole: Tensor
    words: Tensor
    alone: Tensor


class ClaimNetwork(nn.Module):
    word: Tensor
    position: Tensor
    segment: Tensor

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.register_buffer("word", weights["embeddings.word_embeddings.weight"], persistent=False)
        self.register_buffer("position", weights["embeddings.position_embeddings.weight"], persistent=False)
        self.register_buffer("segment", weights["embeddings.token_type_embeddings.weight"], persistent=False)
        self.norm = norm_of(weights, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(Layer(weights, f"encoder.layer.{i}.") for i in range(LAYERS))
        d = COMPARED
        self.claim_look, self.claim_compare, self.claim_pooled = nn.Linear(WIDTH, WIDTH), Compare(2 * d), Compare(2 * d)
        self.claim_word = nn.Linear(2 * d, 1)
        self.claim_whole = nn.Sequential(nn.Linear(6 * d, 2 * d), nn.GELU(), nn.Linear(2 * d, 2))
        nn.init.constant_(self.claim_word.bias, -3.0)

    def forward(self, ids: Tensor, role: Tensor, length: int) -> Judged:
        """``ids``, ``role`` (B, L): of each token what it is, as :mod:`rag.models.pages` says; ``length``: the claims
        end before it.
        """
        return self.judged(self.word[ids], role, length)

    def judged(self, embedded: Tensor, role: Tensor, length: int) -> Judged:
        """``embedded`` (B, L, WIDTH): the tokens' own vectors."""
        b, size, _ = embedded.shape
        evidence, claim = (role == EVIDENCE).float(), (role == ASKED_WORD).float()
        x = self.norm(embedded + self.position[:size] + self.segment[(role >= EVIDENCE).long()]).view(b * size, WIDTH)
        hidden = ((role == 0).float() * NEVER)[:, None, None]
        for layer in self.layers:
            q, k, v = layer.qkv(x).view(b, size, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            context = (q @ k.transpose(-1, -2) + hidden).softmax(-1) @ v
            x = layer.finish(x, context.transpose(1, 2).reshape(b * size, WIDTH))
        h = x.view(b, size, WIDTH)
        mine, words = h[:, :length], claim[:, :length]
        scores = self.claim_look(mine) @ h.transpose(1, 2) / WIDTH**0.5 + ((1 - evidence) * NEVER)[:, None]
        t = self.claim_compare(mine, scores.softmax(-1) @ h)  # (B, Q, 2d)
        w, count = words[..., None], words.sum(1).clamp(min=1)[:, None]
        each = self.claim_word(t)[..., 0] + (1 - words) * NEVER
        told = (evidence[..., None] * h).sum(1) / evidence.sum(-1, keepdim=True).clamp(min=1)
        pooled = self.claim_pooled((mine * w).sum(1) / count, told)
        alone = self.claim_whole(torch.cat([(t * w).sum(1) / count, (t + (1 - w) * NEVER).amax(1), pooled], -1))
        return Judged(torch.stack([0.5 * log_sum_exp(each) + 0.5 * alone[:, 0], alone[:, 1]], -1), each, alone)
