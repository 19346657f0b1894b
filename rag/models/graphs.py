"""Graphs that ship, ONNX with int8 weights, compiled by OpenVINO on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.models.assets import checked
from rag.models.bundled_embedder import FIRST_PASS

SIDE_BY_SIDE = 2
"""Passes that run at once."""
Floats = npt.NDArray[np.float32]
Feed = Mapping[str, npt.NDArray[Any]]


class Graph:
    """One graph, compiled on first use; its calls wait for one another."""

    def __init__(self, name: str, outputs: Sequence[str], sha256: Callable[[], str]) -> None:
        """``name``: a file of ``rag/data``; ``sha256``: what it must have, asked for when it is loaded."""
        self._name, self._outputs, self._sha256 = name, outputs, sha256
        self._running = threading.Lock()

    def run(self, feeds: Sequence[Feed]) -> list[dict[str, Floats]]:
        """The outputs for each, in order; SIDE_BY_SIDE run at once.

        Requests without callbacks: a callback needs the interpreter's lock, and a queue that is destroyed while its
        last one waits for that never ends (seen when a library was closed right after a question).
        """
        results: list[dict[str, Floats]] = []
        if not feeds:
            return results
        with self._running:
            requests = self._requests
            try:
                for n in range(len(feeds) + SIDE_BY_SIDE):
                    request = requests[n % SIDE_BY_SIDE]
                    if n >= SIDE_BY_SIDE and n - SIDE_BY_SIDE < len(feeds):
                        request.wait()
                        results.append(
                            {name: np.array(request.get_tensor(name).data, np.float32) for name in self._outputs}
                        )
                    if n < len(feeds):
                        request.start_async(dict(feeds[n]))
            except BaseException:
                for request in requests:
                    request.wait()  # whoever reads next finds none under way
                raise
        return results

    @cached_property
    def _requests(self) -> list[Any]:
        """Made once and shared, one call at a time: as many as there are threads would each keep its buffers."""
        import openvino
        from openvino import passes

        path = Path(str(resources.files("rag") / "data" / self._name))
        checked(path, self._sha256())
        with FIRST_PASS:
            model = openvino.Core().read_model(str(path))
            # Left to the compiler, int8 weights came out wrong (a logit of 5.2 for 8.1); made float32 before, they are
            # right.
            folding = passes.Manager()
            folding.register_pass(passes.ConstantFolding())
            folding.run_passes(model)
            compiled = openvino.compile_model(
                model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
            )
            requests = [compiled.create_infer_request() for _ in range(SIDE_BY_SIDE)]
            requests[0].infer({port.any_name: _smallest(port) for port in compiled.inputs})
        return requests


def _smallest(port: Any) -> npt.NDArray[Any]:
    """An input of one of each, for a graph's first pass."""
    shape = [1 if d.is_dynamic else d.get_length() for d in port.partial_shape]
    return np.ones(shape, np.int64) if port.element_type.is_integral() else np.zeros(shape, np.float32)
