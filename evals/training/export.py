"""The trained networks -> ONNX with int8 weights.

Words come as their vectors: the word table is the embedder's own and does not ship twice. All is padded; of each token
a role says what it is (:mod:`rag.models.pages`). Outputs are logits:

    questions: abstract (L, W), abstract_role (L), parts (n, L), asked (M, Q, W), asked_role (M, Q)
               -> whole (M, 3), sentences (M, n - 1), words (M, Q, 2)
    claims:    pair (B, L, W), role (B, L) -> whole (B, 2), words (B, L)
    kinds:     question (L, W) -> kinds (n), fields (m)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from evals.training.claim_network import ClaimNetwork
from evals.training.kinds_network import ExportedKinds, KindsNetwork
from evals.training.layers import HEADS, NEVER, WIDTH
from evals.training.question_network import FROZEN, AbstractRead, QuestionNetwork
from rag.models.pages import ASKED_WORD, EVIDENCE, MARK, PADDING

Floats = npt.NDArray[np.float32]
Axes = Mapping[str, Mapping[int, str]]


class ExportedQuestions(nn.Module):
    """The network without packing: the same figures, in operations that a graph can hold. What is padded is masked."""

    def __init__(self, net: QuestionNetwork) -> None:
        super().__init__()
        self.net = net.eval()

    def forward(
        self, abstract: Tensor, abstract_role: Tensor, parts: Tensor, asked: Tensor, asked_role: Tensor
    ) -> tuple[Tensor, ...]:
        read = self._abstract(abstract, abstract_role)
        states = self._asked(asked, asked_role, read, (abstract_role == PADDING).float())
        scores = (self.net.look(states) @ read.states.t() / WIDTH**0.5)[:, :, None] + (
            1 - parts
        ) * NEVER  # (M, Q, n, L)
        whole: tuple[Tensor, ...] = self.net.gathered(
            states, (asked_role == ASKED_WORD).float(), scores.softmax(-1) @ read.states
        )
        return whole

    def _abstract(self, embedded: Tensor, role: Tensor) -> AbstractRead:
        net, hidden = self.net, ((role == PADDING).float() * NEVER)[None, None]
        x, keys, values = net.norm(embedded + net.position[: embedded.shape[0]]), [], []
        for n, layer in enumerate(net.layers):
            q, k, v = layer.qkv(x).view(-1, 3, HEADS, WIDTH // HEADS).permute(1, 2, 0, 3)
            if n >= FROZEN:
                keys.append(k)
                values.append(v)
            x = layer.finish(x, ((q @ k.transpose(-1, -2) + hidden).softmax(-1) @ v).transpose(0, 1).reshape(-1, WIDTH))
        return AbstractRead(keys, values, x)

    def _asked(self, embedded: Tensor, role: Tensor, read: AbstractRead, unseen: Tensor) -> Tensor:
        net, (m, length, _) = self.net, embedded.shape
        own_mask = ((role == PADDING).float() * NEVER)[:, None, None]
        # flat, so that both streams share one copy of the weights
        x = net.norm(embedded + net.position[:length]).view(m * length, WIDTH)
        for n, layer in enumerate(net.layers):
            q, k, v = layer.qkv(x).view(m, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            scores = q @ k.transpose(-1, -2) + own_mask
            if n < FROZEN:
                context = scores.softmax(-1) @ v
            else:
                other = q @ read.keys[n - FROZEN].transpose(-1, -2)[None] + unseen * NEVER
                weights = torch.cat([scores, other], -1).softmax(-1)
                context = weights[..., :length] @ v + weights[..., length:] @ read.values[n - FROZEN][None]
            x = layer.finish(x, context.transpose(1, 2).reshape(m * length, WIDTH))
        return x.view(m, length, WIDTH)


class ExportedClaims(nn.Module):
    def __init__(self, net: ClaimNetwork) -> None:
        super().__init__()
        self.net = net.eval()

    def forward(self, pair: Tensor, role: Tensor) -> tuple[Tensor, Tensor]:
        judged = self.net.judged(pair, role, pair.shape[1])
        return judged.whole, judged.words


def export_questions(net: QuestionNetwork, out: Path) -> None:
    parts = torch.zeros(3, 20)
    for n, (a, b) in enumerate(((1, 5), (6, 12), (12, 19))):
        parts[n, a:b] = 1
    asked_role = torch.tensor([[MARK, *[ASKED_WORD] * 7, MARK], [MARK, *[ASKED_WORD] * 5, MARK, PADDING, PADDING]])
    example = (torch.randn(20, WIDTH), torch.full((20,), EVIDENCE), parts, torch.randn(2, 9, WIDTH), asked_role)
    axes = {"abstract": {0: "L"}, "abstract_role": {0: "L"}, "parts": {0: "n", 1: "L"}}
    axes |= {name: {0: "M", 1: "Q"} for name in ("asked", "asked_role")}
    _export(ExportedQuestions(net), example, axes, ("whole", "sentences", "words"), out)


def export_claims(net: ClaimNetwork, out: Path) -> None:
    role = torch.tensor([[MARK, *[ASKED_WORD] * 5, MARK, *[EVIDENCE] * 8]] * 2)
    axes = {"pair": {0: "B", 1: "L"}, "role": {0: "B", 1: "L"}}
    _export(ExportedClaims(net), (torch.randn(2, 15, WIDTH), role), axes, ("whole", "words"), out)


def export_kinds(net: KindsNetwork, out: Path) -> None:
    _export(ExportedKinds(net), (torch.randn(12, WIDTH),), {"question": {0: "L"}}, ("kinds", "fields"), out)


def _export(module: nn.Module, example: tuple[Tensor, ...], axes: Axes, outputs: Sequence[str], out: Path) -> None:
    """Writes a graph with int8 weights. Needs onnx."""
    import onnx

    raw = out.with_suffix(".f32.onnx")
    torch.onnx.export(
        module, example, str(raw), input_names=list(axes), output_names=list(outputs),
        dynamic_axes={k: dict(v) for k, v in axes.items()}, opset_version=17, dynamo=False,
    )  # fmt: skip
    model = onnx.load(str(raw))
    quantised(model)
    onnx.save(model, str(out))
    raw.unlink()


def quantised(model: Any) -> None:
    """Each large weight becomes int8 with a scale for each row or for each column, whichever loses less."""
    from onnx import helper, numpy_helper

    graph = model.graph
    tensors = list(graph.initializer)
    inline = [node for node in graph.node if node.op_type == "Constant" and node.attribute[0].t.ByteSize() > 100_000]
    for node in inline:  # the tables of words and places
        tensor = node.attribute[0].t
        tensor.name = node.output[0]
        tensors.append(tensor)
    kept, nodes = [], []
    for tensor in tensors:
        weights = numpy_helper.to_array(tensor)
        if weights.dtype != np.float32 or weights.ndim != 2 or weights.size < 20_000:
            kept.append(tensor)
            continue
        axis, whole, scale = min((_rounded(weights, axis) for axis in (0, 1)), key=lambda r: _lost(weights, *r))
        for suffix, value in (("_int8", whole), ("_scale", scale), ("_zero", np.zeros(len(scale), np.int8))):
            kept.append(numpy_helper.from_array(value, tensor.name + suffix))
        inputs = [tensor.name + s for s in ("_int8", "_scale", "_zero")]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [tensor.name], axis=axis))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    rest = [node for node in graph.node if node not in inline]
    del graph.node[:]
    graph.node.extend([*nodes, *rest])


def _rounded(weights: Floats, axis: int) -> tuple[int, npt.NDArray[np.int8], Floats]:
    """``axis``, the weights as int8, and the scale of each slice along that axis."""
    scale = np.maximum(np.abs(weights).max(axis=1 - axis), 1e-8).astype(np.float32) / 127
    return axis, np.rint(weights / np.expand_dims(scale, 1 - axis)).clip(-127, 127).astype(np.int8), scale


def _lost(weights: Floats, axis: int, whole: npt.NDArray[np.int8], scale: Floats) -> float:
    return float(((whole * np.expand_dims(scale, 1 - axis) - weights) ** 2).mean())
