"""Which paths name a live source, and what they ask of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import InputError, UsageError
from rag.library.sources import SOURCES, Asked, asked_of
from rag.types import Upload


@pytest.mark.parametrize(
    ("path", "source", "text"),
    [
        ("arxiv:cat:cs.LG AND abs:world model", "arxiv", "cat:cs.LG AND abs:world model"),
        ("arXiv: 2104.12255", "arxiv", "2104.12255"),
        ("s2:herons near railways", "s2", "herons near railways"),
        ("doi:10.1234/a:b", "doi", "10.1234/a:b"),
        ("zotero:", "zotero", ""),
        ("https://doi.org/10.1234/abc", "doi", "10.1234/abc"),
        ("https://arxiv.org/abs/2104.12255v2", "arxiv", "2104.12255v2"),
        ("https://arxiv.org/pdf/2104.12255.pdf", "arxiv", "2104.12255"),
        ("https://pubmed.ncbi.nlm.nih.gov/9000001/", "pubmed", "9000001"),
    ],
)
def test_a_prefix_names_a_source(path: str, source: str, text: str) -> None:
    assert asked_of(path) == Asked(source, text, None, None)


@pytest.mark.parametrize("path", ["papers.bib", "-", r"C:\papers\my.bib", "C:papers.bib", "folder/a:b.csv", "x" * 5000])
def test_a_path_is_a_path(path: str) -> None:
    assert asked_of(path) is None


def test_a_file_of_that_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert asked_of("arxiv:herons") is not None
    Path("arxiv:herons").write_text("title,abstract\n", "utf-8")
    assert asked_of("arxiv:herons") is None


def test_what_a_program_hands_over_as_a_file_is_never_fetched() -> None:
    assert asked_of(Path("arxiv:herons")) is None
    assert asked_of(Upload(Path("kept"), "arxiv:herons")) is None


def test_an_unknown_prefix_names_those_that_are_known() -> None:
    with pytest.raises(InputError) as told:
        asked_of("scopus:herons")
    assert all(f"{known}:" in str(told.value) for known in SOURCES)


@pytest.mark.parametrize(
    ("path", "limit", "collection"), [("arxiv:", None, None), ("arxiv:x", 0, None), ("arxiv:x", None, "Herons")]
)
def test_what_cannot_be_asked_is_wrong_usage(path: str, limit: int | None, collection: str | None) -> None:
    with pytest.raises(UsageError):
        asked_of(path, limit, collection)
