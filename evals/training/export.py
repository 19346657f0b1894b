"""The trained network -> ``rag/data/reader.onnx``: weights as int8 with a scale for each output, one graph for all
that a reader does.

The graph takes one abstract and what is asked of it, each padded with noughts, and gives logits:

    abstract (L), parts (n, L), asked (M, Q), cited (M, L)
      -> whole (M, 3), sentences (M, n - 1), asked_words (M, Q, 2), claim (M, 2), claim_words (M, Q)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from evals.training.network import FROZEN, HEADS, NEVER, WIDTH, AbstractRead, ReaderNetwork

INPUTS = ("abstract", "parts", "asked", "cited")
OUTPUTS = ("whole", "sentences", "asked_words", "claim", "claim_words")


class Exported(nn.Module):
    """The network without packing: the same figures, in operations that a graph can hold. What is padded is masked."""

    def __init__(self, net: ReaderNetwork) -> None:
        super().__init__()
        self.net = net.eval()

    def forward(self, abstract: Tensor, parts: Tensor, asked: Tensor, cited: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        net = self.net
        read = self._abstract(abstract)
        states = self._asked(asked, read.keys, read.values, cited)
        there = (asked != 0).float()
        marks = ((asked == 101) | (asked == 102)).float()
        words = there - marks
        whole, sentences, asked_words = net.gathered(states, words, self._found(states, read.states, parts))
        claim, each, _ = net.check(states, words, read.states, cited)
        return whole, sentences, asked_words, claim, each

    def _abstract(self, ids: Tensor) -> AbstractRead:
        net, hidden = self.net, ((ids == 0).float() * NEVER)[None, None]
        x, keys, values = net.norm(net.word[ids] + net.position[: ids.shape[0]]), [], []
        for n, layer in enumerate(net.layers):
            q, k, v = layer.qkv(x).view(-1, 3, HEADS, WIDTH // HEADS).permute(1, 2, 0, 3)
            if n >= FROZEN:
                keys.append(k)
                values.append(v)
            x = layer.finish(x, ((q @ k.transpose(-1, -2) + hidden).softmax(-1) @ v).transpose(0, 1).reshape(-1, WIDTH))
        return AbstractRead(keys, values, x)

    def _asked(self, ids: Tensor, keys: list[Tensor], values: list[Tensor], cited: Tensor) -> Tensor:
        net, (m, length) = self.net, ids.shape
        own_mask = ((ids == 0).float() * NEVER)[:, None, None]
        unseen = ((1 - cited) * NEVER)[:, None, None]
        x = net.norm(net.word[ids] + net.position[:length]).view(
            m * length, WIDTH
        )  # flat, so that both streams share one copy of the weights
        for n, layer in enumerate(net.layers):
            q, k, v = layer.qkv(x).view(m, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            scores = q @ k.transpose(-1, -2) + own_mask
            if n < FROZEN:
                context = scores.softmax(-1) @ v
            else:
                other = q @ keys[n - FROZEN].transpose(-1, -2)[None] + unseen
                weights = torch.cat([scores, other], -1).softmax(-1)
                context = weights[..., :length] @ v + weights[..., length:] @ values[n - FROZEN][None]
            x = layer.finish(x, context.transpose(1, 2).reshape(m * length, WIDTH))
        return x.view(m, length, WIDTH)

    def _found(self, q: Tensor, h: Tensor, parts: Tensor) -> Tensor:
        scores = (self.net.look(q) @ h.t() / WIDTH**0.5)[:, :, None] + (1 - parts) * NEVER  # (M, Q, n, L)
        return scores.softmax(-1) @ h


def example() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Inputs of some size, for tracing."""
    parts = torch.zeros(3, 20)
    for n, (a, b) in enumerate(((1, 5), (6, 12), (12, 19))):
        parts[n, a:b] = 1
    asked = torch.randint(1000, 20000, (2, 9))
    asked[:, 0] = 101
    asked[0, 8], asked[1, 6], asked[1, 7:] = 102, 102, 0
    return torch.randint(1000, 20000, (20,)), parts, asked, torch.ones(2, 20)


def export(net: ReaderNetwork, out: Path) -> None:
    """Writes the graph with int8 weights. Needs onnx."""
    import onnx

    raw = out.with_suffix(".f32.onnx")
    axes = {"abstract": {0: "L"}, "parts": {0: "n", 1: "L"}, "asked": {0: "M", 1: "Q"}, "cited": {0: "M", 1: "L"}}
    torch.onnx.export(
        Exported(net), example(), str(raw), input_names=list(INPUTS), output_names=list(OUTPUTS), dynamic_axes=axes, opset_version=17,
        dynamo=False,
    )  # fmt: skip
    model = onnx.load(str(raw))
    quantised(model)
    onnx.save(model, str(out))
    raw.unlink()


def quantised(model: Any) -> None:
    """Each large weight becomes int8 with a scale for each output (or, of the word table, for each word)."""
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
        axis = 0  # a table's words, a layer's outputs; but a matrix that was turned while tracing has its outputs last
        if tensor.name.startswith("onnx::MatMul"):
            axis = 1
        scale = np.maximum(np.abs(weights).max(axis=1 - axis), 1e-8).astype(np.float32) / 127
        whole = np.rint(weights / np.expand_dims(scale, 1 - axis)).clip(-127, 127).astype(np.int8)
        for suffix, value in (("_int8", whole), ("_scale", scale), ("_zero", np.zeros(len(scale), np.int8))):
            kept.append(numpy_helper.from_array(value, tensor.name + suffix))
        inputs = [tensor.name + s for s in ("_int8", "_scale", "_zero")]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [tensor.name], axis=axis))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    rest = [node for node in graph.node if node not in inline]
    del graph.node[:]
    graph.node.extend([*nodes, *rest])
