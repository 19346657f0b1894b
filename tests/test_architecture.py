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

LAYERS = (
    "errors notebook types settings version database".split(),
    *([name] for name in "text models library answering conversation client cli".split()),
)
"""From the ground up: a module imports from its own layer or from those before it."""
PROTOCOLS = {"models.embedder"}
"""All that the library knows of what computes: it is handed an embedder."""
HOMES = {
    "chromadb": {"library.vectors"},
    "sqlite3": {"database"},
    "openvino": {"models.bundled_embedder", "models.graphs"},
    "nupunkt": {"text.sentences"},
    "bibtexparser": {"library.readers.bibtex"},
    "defusedxml": {"library.readers.xmltree"},
    "pylatexenc": {"library.readers.latex"},
    "rich": {"cli.terminal"},
    "openai": {"models.chat.llm"},
    "httpx2": {"models.chat.llm", "models.embedding_server", "models.http.attempts", "models.http.transport"}
    | {"models.local.pulling", "client.remote.calling", "library.sources.web"},
    "httpcore2": {"models.http.transport"},
    "huggingface_hub": {"models.local.pulling"},
    "xllamacpp": {"models.local.server"},
    "tiktoken": {"models.tokens"},
    "tiktoken_ext": {"models.tokens"},
}


def _package(name: str = "rag") -> Path:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


SOURCES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(_package().rglob("*.py"))}


def _place(path: Path) -> str:
    """``rag/library/store/rows.py`` -> ``library.store.rows``; a folder's ``__init__`` is the folder."""
    return ".".join(path.relative_to(_package()).with_suffix("").parts).removesuffix("__init__").removesuffix(".")


def _layer(place: str) -> int:
    return next(n for n, names in enumerate(LAYERS) if place.split(".")[0] in names)


def _imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _inner(path: Path) -> set[str]:
    """The modules of ours that a file imports, as places."""
    found = {name.removeprefix("rag.") for name in _imported(SOURCES[path]) if name.startswith("rag.")}
    return {name if name in PLACES else name.rpartition(".")[0] for name in found} - {""}


PLACES = {_place(path) for path in SOURCES} - {""}
INNER = {_place(path): _inner(path) for path in SOURCES if _place(path)}


def test_folders_are_the_layers() -> None:
    assert {place.split(".")[0] for place in PLACES} == {name for names in LAYERS for name in names}
    assert all(
        (_package() / folder.replace(".", "/") / "__init__.py").is_file()
        for folder in {place.rpartition(".")[0] for place in PLACES}
    )


def test_imports_point_one_way() -> None:
    assert not [
        f"{place} imports {other}"
        for place, others in INNER.items()
        for other in others
        if _layer(other) > _layer(place)
    ]


def test_the_library_is_handed_what_computes() -> None:
    of_models = {
        other
        for place, others in INNER.items()
        if place.startswith("library.")
        for other in others
        if other.startswith("models")
    }
    assert of_models == PROTOCOLS


def test_imports_go_in_no_circle() -> None:
    TopologicalSorter({place: others - {place} for place, others in INNER.items()}).prepare()


@pytest.mark.parametrize("library", HOMES)
def test_an_outside_library_is_imported_in_its_home_only(library: str) -> None:
    importers = {
        _place(path) for path, tree in SOURCES.items() if any(name.split(".")[0] == library for name in _imported(tree))
    }
    assert importers <= HOMES[library]


def test_the_engine_knows_neither_the_evals_nor_a_user_interface() -> None:
    outer = {"evals", "ui", "gradio"}
    assert not [path for path, tree in SOURCES.items() if any(name.split(".")[0] in outer for name in _imported(tree))]


def test_only_settings_read_the_environment() -> None:
    def reads(tree: ast.AST) -> bool:
        named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        named |= {name.rsplit(".", 1)[-1] for name in _imported(tree)}
        return bool(named & {"environ", "environb", "getenv", "pydantic_settings"})

    assert {_place(path) for path, tree in SOURCES.items() if reads(tree)} <= {"settings"}


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    heavy = {
        "numpy",
        "chromadb",
        "openvino",
        "tokenizers",
        "nupunkt",
        "pydantic",
        "rich",
        "sqlite3",
        "openai",
        "httpx2",
        "tiktoken",
    }
    heavy |= {"huggingface_hub"}
    for module in ("rag", "rag.cli.commands"):
        code = f"import sys, {module}; print(*sys.modules)"
        found = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
        assert not heavy & set(found.stdout.split()), module


def test_the_package_offers_what_it_names() -> None:
    import rag

    assert all(getattr(rag, name) for name in rag.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Clinet'"):
        _ = rag.Clinet


# --- the page and the server ------------------------------------------------------------------------------------------

UI = {
    path.relative_to(_package("ui")).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted(_package("ui").rglob("*.py"))
}
DRAWN = {
    "page/__init__.py",
    "page/frame.py",
    "page/look.py",
    "page/wiring.py",
    "page/adding.py",
    "page/checking.py",
    "page/papers.py",
    "page/tabling.py",
    "page/welcome.py",
    "page/about.py",
}
"""What Gradio draws, or its events reach; all else of the page is pure."""


def test_gradio_is_imported_where_the_page_is_put_together_only() -> None:
    assert {
        path for path, tree in UI.items() if any(name.split(".")[0] == "gradio" for name in _imported(tree))
    } <= DRAWN


def test_the_server_and_its_framework_stay_out_of_the_page_and_the_engine() -> None:
    web = {"fastapi", "starlette", "uvicorn", "anyio"}
    assert not [path for path, tree in SOURCES.items() if any(name.split(".")[0] in web for name in _imported(tree))]
    drawn = {
        path
        for path, tree in UI.items()
        if path.startswith("page/") and any(n.split(".")[0] in web for n in _imported(tree))
    }
    assert drawn <= {"page/__init__.py"}  # which mounts it


def test_formulas_are_converted_in_one_place() -> None:
    assert {path for path, tree in UI.items() if any(name.startswith("latex2mathml") for name in _imported(tree))} == {
        "page/formulas.py"
    }


def test_the_page_and_the_server_know_nothing_of_the_evals_and_the_server_little_of_the_page() -> None:
    named = {path: set(_imported(tree)) for path, tree in UI.items()}
    assert not [path for path, names in named.items() if any(name.split(".")[0] == "evals" for name in names)]
    assert {
        path
        for path, names in named.items()
        if any(name.startswith("ui.page") for name in names) and not path.startswith("page/")
    } <= {"app.py"}
