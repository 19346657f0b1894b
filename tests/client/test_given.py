"""Papers in memory, and arguments that mean nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest

import citewise
import rag
from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.errors import UsageError
from rag.models.bundled_embedder import BundledEmbedder
from rag.types import Filters

HERONS = {"title": "On Herons", "abstract": "Herons eat fish. They stand in water.", "year": 2020}
OWLS = {"title": "On Owls", "abstract": "Owls eat mice. They fly at night."}


@pytest.fixture
def client(tmp_path: Path, embedder: BundledEmbedder) -> Iterator[Client]:
    with Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder)) as made:
        yield made


@pytest.mark.parametrize(
    "records",
    [
        [HERONS, OWLS],
        (one for one in [HERONS, OWLS]),
        pandas.DataFrame([HERONS, OWLS]),
        pandas.DataFrame([HERONS, OWLS]).convert_dtypes(),
        pandas.DataFrame([HERONS | {"seen": pandas.Timestamp("2020-01-02")}, OWLS]),
    ],
    ids=["dictionaries", "generator", "frame", "frame with NA", "frame with dates"],
)
def test_records_in_memory_are_indexed(client: Client, records: Any) -> None:
    assert client.index(records).added == 2
    assert [(p.title, p.year, p.source) for p in client.papers()] == [
        ("On Herons", 2020, "records"),
        ("On Owls", None, "records"),
    ]
    assert client.index(HERONS).unchanged == 1


def test_a_record_without_an_abstract_is_told_by_its_place(client: Client) -> None:
    report = client.index([HERONS, {"title": "On Storks"}])
    assert (report.added, report.left_out) == (1, {"without an abstract": 1})
    assert report.skipped[0].where.startswith("records:2")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda c: c.index(3), "A int can't be indexed"),
        (lambda c: c.index(["a.bib"]), "A str among the records"),
        (lambda c: c.ask(None), "The question is a NoneType"),
        (lambda c: c.ask(["q"]), "The question is a list"),
        (lambda c: c.search("q", k="3"), "k is a str"),
        (lambda c: c.stream("q", k=2.0), "k is a float"),
        (lambda c: c.search("q", filters={"year_from": 2020}), "The filters are a dict"),
        (lambda c: c.verify(7), "The claim is a int"),
    ],
)
def test_what_cannot_be_meant_is_told(client: Client, call: Callable[[Any], object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        call(client)


def test_the_distribution_s_name_is_the_same_package() -> None:
    assert citewise.__all__ == rag.__all__
    assert all(getattr(citewise, name) is getattr(rag, name) for name in rag.__all__)
    assert citewise.Filters is Filters
    with pytest.raises(AttributeError, match="'citewise' has no attribute 'Clinet'"):
        _ = citewise.Clinet


def test_it_is_cheap_under_either_name() -> None:
    code = "import sys; from citewise import Client; print('chromadb' in sys.modules, 'numpy' in sys.modules)"
    folder = Path(citewise.__file__).parent
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
