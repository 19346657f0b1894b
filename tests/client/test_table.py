"""Tables are made, and what stands on changed text is found, alike by the client, the command line and a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fakes
import httpx2
import pytest
from fakes import FakeReader, write_records
from model_server import ModelServer, reply
from serving import serving, web

from rag import Client
from rag.answering.tables.cells import NOT_STATED
from rag.answering.tables.evidence import EvidenceTable
from rag.cli.commands import main
from rag.client.embedded import EmbeddedEngine
from rag.errors import UsageError
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.reader import Reading
from ui import api as http_api

COST = "What does it cost?"
OTTERS, SENSOR = str(fakes.PAPERS[0]["title"]), str(fakes.PAPERS[2]["title"])
PAPERS: list[dict[str, Any]] = [{**paper, "doi": f"10.1234/{n}"} for n, paper in enumerate(fakes.PAPERS)]
READER = FakeReader(
    readings={
        (COST, SENSOR): Reading(0.9, 0.9, 0.0, (0.1, 0.8)),
        (COST, OTTERS): Reading(0.9, 0.0, 0.0, (0.1, 0.1, 0.1)),
        (COST, str(fakes.PAPERS[1]["title"])): Reading(0.9, 0.0, 0.0, (0.1, 0.1, 0.1)),
    }
)


@pytest.fixture
def own(tmp_path: Path, embedder: BundledEmbedder) -> Iterator[Client]:
    with Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder, reader=READER)) as made:
        made.index(write_records(tmp_path / "papers.jsonl", PAPERS))
        yield made


@pytest.fixture
def url(own: Client) -> Iterator[str]:
    with serving(own) as address:
        yield address


@pytest.fixture(params=["here", "on a server"])
def client(request: pytest.FixtureRequest, own: Client) -> Iterator[Client]:
    if request.param == "here":
        yield own
    else:
        with Client(request.getfixturevalue("url")) as remote:
            yield remote


@pytest.fixture
def api(url: str) -> Iterator[httpx2.Client]:
    with web(url) as made:
        yield made


def test_each_paper_answers_each_question_with_a_sentence_or_not(client: Client) -> None:
    steps: list[tuple[str, int, int | None]] = []
    table = client.table([COST], progress=lambda *step: steps.append(step))
    assert isinstance(table, EvidenceTable)
    told = {row.paper.title: row.cells[0].text for row in table.rows}
    assert told[SENSOR] == "It costs 3 dollars and drifts by 2 percent a month."
    assert told[OTTERS] == NOT_STATED
    assert steps[0] == ("reading", 0, 3)
    assert steps[-1] == ("reading", 3, 3)
    assert (table.read, client.table([COST]).read) == (3, 0)


def test_papers_are_chosen_by_words_and_what_means_none_is_told(client: Client) -> None:
    assert [row.paper.title for row in client.table(COST, "two nails").rows] == [SENSOR]
    with pytest.raises(UsageError, match="glaciers: no paper"):
        client.table([COST], ["glaciers"])


def test_a_model_puts_cells_in_short_and_what_the_gate_refuses_is_dropped(
    own: Client, monkeypatch: pytest.MonkeyPatch, embedder: BundledEmbedder
) -> None:
    said = '{"phrases": [{"cell": 1, "phrase": "%s"}]}'
    with ModelServer() as server:
        monkeypatch.setenv("CITEWISE_LLM_URL", server.url)
        monkeypatch.setenv("CITEWISE_LLM_MODEL", "small")
        server.play(reply(said % "costs 3 dollars"), reply(said % "made by volcanoes"))
        phrases = []
        for question in (COST, "What price does it have?"):
            reader = FakeReader(readings={(question, SENSOR): Reading(0.9, 0.9, 0.0, (0.1, 0.8))})
            with Client.over(EmbeddedEngine(own.folder, embedder=embedder, reader=reader)) as client:
                table = client.table([question], ["nails"])
                phrases.append(table.rows[0].cells[0].phrase)
        assert phrases == ["costs 3 dollars", ""]
        assert table.notes == ()
        assert "It costs 3 dollars and drifts" in str(server.requests[0].body["messages"][-1])
        assert len(server.requests) == 2


def test_the_table_over_http_comes_whole_or_as_events(api: httpx2.Client) -> None:
    body = {"questions": [COST], "papers": ["two nails"]}
    whole = api.post("/api/table", json=body)
    assert whole.status_code == 200
    assert whole.json()["rows"][0]["cells"][0]["sentence"]["id"] == "doi:10.1234/2:2"
    events = api.post("/api/table", json={**body, "stream": True}).text
    names = [line.removeprefix("event: ") for line in events.splitlines() if line.startswith("event: ")]
    assert [name for name in names if name != "waiting"] == ["begun", "row", "done"]


def test_a_request_of_too_many_cells_is_refused_before_any_is_read(
    api: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_api, "MOST_CELLS", 2)
    refused = api.post("/api/table", json={"questions": [COST]})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("3 cells are to be read")
    assert api.post("/api/table", json={"questions": [COST], "papers": ["nails"]}).status_code == 200
    assert api.post("/api/table", json={"questions": []}).status_code == 422


# --- what has changed since -------------------------------------------------------------------------------------------


def changed(own: Client, tmp_path: Path, **fields: Any) -> None:
    own.index(write_records(tmp_path / "later.jsonl", [{**PAPERS[2], **fields}]))


def test_nothing_is_touched_while_nothing_has_changed(client: Client) -> None:
    client.table([COST])
    client.chat().ask("What does the sensor made of two nails cost?")
    found = client.recheck()
    assert (found.turns, found.cells, found.touched) == (1, 3, ())


def test_a_changed_abstract_touches_the_turn_and_the_cell_that_stand_on_it(
    client: Client, own: Client, tmp_path: Path
) -> None:
    client.table([COST])
    answer = client.chat().ask("Which sensor is made of two nails, and what does it cost?")
    cited = {s.text for source in answer.sources for s in source.sentences if source.paper.title == SENSOR}
    assert cited
    changed(own, tmp_path, abstract="Here is a sensor of three nails. It costs 5 dollars now.")
    found = client.recheck()
    assert {one.happened for one in found.touched} == {"changed"}
    assert {(one.turn, one.paper_id) for one in found.touched} == {(0, "doi:10.1234/2"), (1, "doi:10.1234/2")}
    assert {one.text for one in found.touched if one.turn} == cited
    client.table([COST])
    assert not [one for one in client.recheck().touched if not one.turn]  # it was made again


def test_a_removed_and_a_retracted_paper_touch_what_stands_on_them(client: Client, own: Client, tmp_path: Path) -> None:
    client.table([COST])
    changed(
        own,
        tmp_path,
        title=f"RETRACTED: {SENSOR}",
        abstract=f"This article has been retracted. {PAPERS[2]['abstract']}",
    )
    own.remove("doi:10.1234/0")
    found = {(one.paper_id, one.happened) for one in client.recheck().touched}
    assert ("doi:10.1234/0", "removed") in found
    assert ("doi:10.1234/2", "retracted") in found


# --- the command line -------------------------------------------------------------------------------------------------


def test_the_command_writes_a_file_by_its_ending_and_recheck_tells_by_its_status(
    url: str, own: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("table.csv", "table.md", "table.html", "table.json", "table.xlsx"):
        assert main(["table", "--library", url, "--ask", COST, "--papers", "nails", "--out", str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size
    assert "1 paper, 1 question: 1 of 1 cell is stated" in capsys.readouterr().out
    assert json.loads((tmp_path / "table.json").read_text("utf-8"))["rows"][0]["paper"]["title"] == SENSOR
    assert "It costs 3 dollars" in (tmp_path / "table.csv").read_text("utf-8-sig")
    assert main(["recheck", "--library", url]) == 0
    own.remove("doi:10.1234/2")
    capsys.readouterr()
    assert main(["recheck", "--library", url]) == 1
    assert "is no longer in the library" in capsys.readouterr().out
    assert main(["recheck", "--library", url, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["touched"][0]["happened"] == "removed"


def test_what_cannot_be_written_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for out, why in ((tmp_path / "table.pdf", "no kind of file"), (tmp_path / "no" / "table.csv", "no such folder")):
        assert main(["table", "--library", str(tmp_path / "none"), "--ask", COST, "--out", str(out)]) == 2
        assert why in capsys.readouterr().err
