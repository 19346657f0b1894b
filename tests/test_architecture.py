"""Imports point one way, and each outside library has one home."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import pytest

# From the ground up: a module imports from its own layer or from those before it.
LAYERS = (
    {"errors", "types", "version", "assets"},
    {"settings", "words", "quantities", "display", "mathematics", "spreadsheets", "sample", "messages", "tokens", "stopping"},
    {"sentences", "chunking", "readers", "asking", "embedding", "vectors", "prompt", "citations", "exporting", "bibliography"}
    | {"followups", "conversation", "testimony"},
    {"store", "catalog", "library", "model", "models", "llm", "remote_embedding"},
    {"indexing", "health", "retrieval", "answering", "writing", "subjects"},
    {"evidence", "checking", "chatwriter", "rewriting"},
    {"assistant", "answers", "chat", "suggesting", "wire"},
    {"engine"},
    {"embedded", "remote"},
    {"client"},
    {"terminal", "console", "talking", "model_command", "papers_command", "cli"},
)
HOMES = {
    "chromadb": {"vectors"},
    "sqlite3": {"store.database"},
    "openvino": {"embedding", "models.bundled_reader"},
    "nupunkt": {"sentences"},
    "bibtexparser": {"readers.bibtex"},
    "defusedxml": {"readers.xmltree"},
    "pylatexenc": {"readers.latex"},
    "rich": {"terminal"},
    "openai": {"llm"},
    "httpx2": {"llm", "remote.calling"} | {f"model.{name}" for name in ("attempts", "embedding_server", "pulling", "transport")},
    "httpcore2": {"model.transport"},
    "huggingface_hub": {"model.pulling"},
    "xllamacpp": {"model.local_server"},
    "tiktoken": {"tokens"},
    "tiktoken_ext": {"tokens"},
}


def _package(name: str = "rag") -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


SOURCES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(_package().rglob("*.py"))}


def _module(path: Path) -> str:
    """``rag/readers/text.py`` -> ``readers``: a folder of modules is one room from outside."""
    return path.relative_to(_package()).parts[0].removesuffix(".py")


def _place(path: Path) -> str:
    """``rag/store/database.py`` -> ``store.database``."""
    return ".".join(path.relative_to(_package()).with_suffix("").parts)


def _imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _inner(tree: ast.AST) -> set[str]:
    """The modules of ours that a file imports."""
    return {name.split(".")[1] for name in _imported(tree) if name.startswith("rag.")}


def _layer(module: str) -> int:
    return next(n for n, layer in enumerate(LAYERS) if module in layer)


def test_every_module_has_its_layer() -> None:
    assert {_module(path) for path in SOURCES} - {"__init__"} <= set().union(*LAYERS)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{_module(path)} imports {module}"
        for path, tree in SOURCES.items()
        if _module(path) != "__init__"
        for module in _inner(tree)
        if _layer(module) > _layer(_module(path))
    ]
    assert not wrong


def test_imports_go_in_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for path, tree in SOURCES.items():
        if _module(path) != "__init__":
            graph.setdefault(_module(path), set()).update(_inner(tree) - {_module(path)})
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("library", HOMES)
def test_an_outside_library_is_imported_in_its_home_only(library: str) -> None:
    importers = {_place(path) for path, tree in SOURCES.items() if any(name.split(".")[0] == library for name in _imported(tree))}
    assert importers <= HOMES[library]


def test_the_engine_knows_neither_the_evals_nor_a_user_interface() -> None:
    outer = {"evals", "ui", "gradio"}
    assert not [path for path, tree in SOURCES.items() if any(name.split(".")[0] in outer for name in _imported(tree))]


def test_only_settings_read_the_environment() -> None:
    def reads(tree: ast.AST) -> bool:
        named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        named |= {name.rsplit(".", 1)[-1] for name in _imported(tree)}
        return bool(named & {"environ", "environb", "getenv", "pydantic_settings"})

    assert {_module(path) for path, tree in SOURCES.items() if reads(tree)} <= {"settings"}


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    heavy = {"numpy", "chromadb", "openvino", "tokenizers", "nupunkt", "pydantic", "rich", "sqlite3", "openai", "httpx2", "tiktoken"}
    heavy |= {"huggingface_hub"}
    for module in ("rag", "rag.cli"):
        code = f"import sys, {module}; print(*sys.modules)"
        found = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
        assert not heavy & set(found.stdout.split()), module


def test_the_package_offers_what_it_names() -> None:
    import rag

    assert all(getattr(rag, name) for name in rag.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Clinet'"):
        _ = rag.Clinet


# --- the page and the server ------------------------------------------------------------------------------------------------------------

UI = {path.relative_to(_package("ui")).as_posix(): ast.parse(path.read_text("utf-8")) for path in sorted(_package("ui").rglob("*.py"))}
DRAWN = {
    "page/__init__.py",
    "page/frame.py",
    "page/look.py",
    "page/wiring.py",
    "page/adding.py",
    "page/papers.py",
    "page/welcome.py",
    "page/about.py",
}
"""What Gradio draws, or its events reach; all else of the page is pure."""


def test_gradio_is_imported_where_the_page_is_put_together_only() -> None:
    assert {path for path, tree in UI.items() if any(name.split(".")[0] == "gradio" for name in _imported(tree))} <= DRAWN


def test_the_server_and_its_framework_stay_out_of_the_page_and_the_engine() -> None:
    web = {"fastapi", "starlette", "uvicorn", "anyio"}
    assert not [path for path, tree in SOURCES.items() if any(name.split(".")[0] in web for name in _imported(tree))]
    drawn = {path for path, tree in UI.items() if path.startswith("page/") and any(n.split(".")[0] in web for n in _imported(tree))}
    assert drawn <= {"page/__init__.py"}  # which mounts it


def test_formulas_are_converted_in_one_place() -> None:
    assert {path for path, tree in UI.items() if any(name.startswith("latex2mathml") for name in _imported(tree))} == {"page/formulas.py"}


def test_the_page_and_the_server_know_nothing_of_the_evals_and_the_server_little_of_the_page() -> None:
    named = {path: set(_imported(tree)) for path, tree in UI.items()}
    assert not [path for path, names in named.items() if any(name.split(".")[0] == "evals" for name in names)]
    assert {
        path for path, names in named.items() if any(name.startswith("ui.page") for name in names) and not path.startswith("page/")
    } <= {"app.py"}
