"""The Python client over a real library with the real model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from fakes import PAPERS, write_records

from rag import Client
from rag.client.embedded import EmbeddedEngine
from rag.errors import LibraryNotFound, UsageError
from rag.models.bundled_embedder import BundledEmbedder
from rag.types import Done, Filters, Sources


@pytest.fixture
def client(tmp_path: Path, embedder: BundledEmbedder) -> Iterator[Client]:
    with Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder)) as made:
        made.index(write_records(tmp_path / "papers.jsonl", PAPERS))
        yield made


def test_papers_are_indexed_searched_and_asked(client: Client) -> None:
    assert [p.title for p in client.papers()] == [p["title"] for p in PAPERS]
    best = client.search("How do otters judge whether water is clean?", k=2)[0]
    assert (best.paper.title, best.paper.authors) == (PAPERS[0]["title"], ("Ada Müller",))
    answer = client.ask("How do otters judge whether water is clean?")
    abstract = str(PAPERS[0]["abstract"])
    assert answer.sources[0].paper.title == PAPERS[0]["title"]
    assert all(abstract[s.start : s.end] == s.text for s in answer.sources[0].sentences)
    json.dumps(answer.to_dict())


def test_the_stream_begins_with_the_sources_and_ends_with_the_answer(client: Client) -> None:
    events = list(client.stream("How long do herons near railways sleep?"))
    assert isinstance(events[0], Sources)
    assert isinstance(events[-1], Done)


def test_a_filter_bounds_what_is_found(client: Client) -> None:
    assert [p.paper.year for p in client.search("otters and water", filters=Filters(year_from=2021))] == [2022]
    assert [p.paper.year for p in client.search("soil", filters=Filters(author="müller"))] == [2015]
    assert client.search("soil", filters=Filters(venue="nowhere")) == []


def test_threads_share_a_client(client: Client) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(client.search("herons and trains", k=1)[0].paper.title))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [PAPERS[1]["title"]] * 6


def test_a_closed_client_opens_again_when_it_is_used(client: Client) -> None:
    client.close()
    assert client.search("sensor", k=1)[0].paper.title == PAPERS[2]["title"]
    assert client.check().is_whole


def test_asking_makes_no_library(tmp_path: Path) -> None:
    with Client(tmp_path / "nowhere") as client, pytest.raises(LibraryNotFound):
        client.ask("Anything?")
    assert not (tmp_path / "nowhere").exists()


def test_there_is_nothing_to_complete_where_there_is_no_library(tmp_path: Path) -> None:
    with Client(tmp_path / "library") as client, pytest.raises(LibraryNotFound):
        client.index()


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "~nobody-of-this-name/x"])
def test_a_name_that_names_no_folder_is_wrong_usage(name: str) -> None:
    with pytest.raises(UsageError):
        Client(name)


def test_a_name_is_a_library_of_the_user_and_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Client("./here").folder == tmp_path / "here"
    assert Client("reading").folder.name == "reading"
    assert Client().folder.name == "default"
    monkeypatch.setenv("CITEWISE_LIBRARY", str(tmp_path / "chosen"))
    assert Client().folder == tmp_path / "chosen"


def test_a_server_that_is_away_is_said_once_and_plainly(
    client: Client, tmp_path: Path, in_process: Callable[..., CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEWISE_CHROMA_URL", "http://127.0.0.1:9")
    code = (
        "import sys; from rag import Client\nwith Client(sys.argv[1]) as c:\n try: c.ask('otters?')\n except "
        "Exception as e: print(e)"
    )
    done = in_process(code, client.folder)
    assert "Chroma at http://127.0.0.1:9 does not work" in done.stdout
    assert done.stderr == ""


def test_a_removed_paper_is_found_no_more_and_may_come_back(client: Client, tmp_path: Path) -> None:
    otters = next(p for p in client.papers() if p.title == PAPERS[0]["title"])
    assert client.paper(otters.paper_id) == otters
    assert client.remove(otters.paper_id, "doi:10.1/never") == 1
    assert [p.title for p in client.papers()] == [p["title"] for p in PAPERS[1:]]
    assert PAPERS[0]["title"] not in [p.paper.title for p in client.search("otters judge clean water by smell", k=3)]
    with pytest.raises(UsageError, match="no such paper"):
        client.paper(otters.paper_id)
    assert client.check().is_whole
    assert client.index(write_records(tmp_path / "again.jsonl", PAPERS)).added == 1
    assert client.search("otters judge clean water by smell", k=1)[0].paper.title == PAPERS[0]["title"]


def test_a_client_tells_what_is_asked_and_who_writes(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = client.about()
    assert (told.library, told.papers, told.writer, told.model, told.endpoint) == (
        "library",
        3,
        "extractive",
        None,
        None,
    )
    client.remove(next(client.papers()).paper_id)
    assert client.about().generation > told.generation
    monkeypatch.setenv("CITEWISE_LLM_URL", "https://models.example/some/v1")
    monkeypatch.setenv("CITEWISE_LLM_MODEL", "birdy")
    monkeypatch.setenv("CITEWISE_LLM_KEY", "secret-of-mine")
    with Client(tmp_path / "nowhere") as absent:
        told = absent.about()
    assert (told.papers, told.writer, told.model, told.endpoint) == (0, "chat", "birdy", "https://models.example")
    assert "secret" not in json.dumps(told.to_dict())


def test_what_a_person_thinks_of_an_answer_is_kept(client: Client) -> None:
    chat = client.chat()
    chat.ask("How do otters judge whether water is clean?")
    chat.ask("How many trials were there?")
    client.rate(chat.id, 1, True)
    client.rate(chat.id, 2, False, "  I wanted a number. ")
    assert [(r.turn, r.liked, r.comment) for r in client.ratings(chat.id)] == [
        (1, True, ""),
        (2, False, "I wanted a number."),
    ]
    client.rate(chat.id, 2, True)
    client.rate(chat.id, 1, None)
    assert [(r.conversation, r.turn, r.liked, r.comment) for r in client.ratings()] == [(chat.id, 2, True, "")]
    with pytest.raises(UsageError, match="turn 3: no such answer"):
        client.rate(chat.id, 3, True)
    client.delete_conversation(chat.id)
    assert client.ratings() == []


def test_a_turn_is_asked_anew_under_the_same_numbers(client: Client) -> None:
    chat = client.chat()
    chat.ask("How do otters judge whether water is clean?")
    chat.ask("Do herons near railways sleep less?")
    client.rate(chat.id, 2, False)
    chat.drop(2)
    assert [t.answer.question for t in client.chat(chat.id).turns] == ["How do otters judge whether water is clean?"]
    assert client.ratings() == []
    again = chat.ask("Do herons near railways sleep less?")
    assert [s.paper.title for s in again.sources if s.number == 2] == ["Night trains and the sleep of herons"]
    assert len(client.chat(chat.id).turns) == 2
    with pytest.raises(UsageError, match="has 2"):
        chat.drop(3)
    chat.drop(1)
    assert client.conversations() == []
    chat.ask("What does a cheap sensor cost?")
    assert [t.answer.question for t in client.chat(chat.id).turns] == ["What does a cheap sensor cost?"]


def test_a_setting_that_is_changed_while_the_program_runs_counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.settings import settings

    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "7")
    assert settings().lock_seconds == 7
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "soon")
    with pytest.raises(UsageError, match="CITEWISE_LOCK_SECONDS"):
        settings()
    monkeypatch.delenv("CITEWISE_LOCK_SECONDS")
    assert settings().lock_seconds == 5


@pytest.mark.parametrize(
    "address", ["ftp://host/x", "htp://host:7860", "file:///papers", "http:/host:7860", "s3://bucket"]
)
def test_an_address_that_no_server_has_makes_no_folder(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no address of a server"):
        Client(address)
    assert list(tmp_path.iterdir()) == []


def test_an_address_may_be_written_in_capitals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Client("HTTP://127.0.0.1:7860") as client:
        assert client.name == "http://127.0.0.1:7860"
    assert list(tmp_path.iterdir()) == []
