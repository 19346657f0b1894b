"""``citewise index`` with live sources: what is written where, and with which exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_source import LiveSource, Played, animals, arxiv_answers

from rag import Client
from rag.cli.commands import main
from rag.errors import UsageError


@pytest.fixture
def arxiv(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSource]:
    with LiveSource(arxiv_answers(animals(4))) as made:
        monkeypatch.setenv("CITEWISE_SOURCE_URLS", f"arxiv={made.url}")
        yield made


def test_a_source_is_indexed_and_what_was_left_is_told(
    arxiv: LiveSource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = str(tmp_path / "library")
    assert main(["index", "arxiv:herons", "--limit", "3", "--library", library, "--json"]) == 0
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert (document["added"], document["gone"]) == (3, {})
    assert document["notes"] == ["arxiv:herons: 4 found, the first 3 read; --limit takes more"]
    assert document["notes"][0] in told.err
    with Client(library) as client:
        assert client.index("arxiv:2501.00004", limit=1).added == 1
        assert client.search("Why do otters dive deeper?", k=1)[0].paper.source == "arxiv:herons"


def test_a_source_that_gives_nothing_fails_in_one_line(
    arxiv: LiveSource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arxiv.refusals = [Played("Bad query", 400)]
    assert main(["index", "arxiv:AND", "--library", str(tmp_path / "library")]) == 1
    error = capsys.readouterr().err
    assert error == "citewise: arxiv:AND: arXiv does not take this (status 400, Bad query); correct it\n"


@pytest.mark.parametrize("wrong", [["arxiv:x", "--limit", "0"], ["arxiv:x", "--collection", "Birds"], ["arxiv:"]])
def test_what_cannot_be_asked_is_wrong_usage(
    wrong: list[str], arxiv: LiveSource, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", *wrong, "--library", str(tmp_path / "library")]) == 2
    assert arxiv.asked == []


def test_the_client_of_a_server_says_where_sources_are_fetched() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(UsageError, match="where the library is kept"):
        client.index("arxiv:herons")
