"""The HTTP API as a program meets it: over a real socket, a real library behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from serving import events, own_library, serving, web
from support import sample_home

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.models.bundled_embedder import BundledEmbedder
from rag.text.sentences import split_sentences
from ui.config import Config

QUESTION = "How does COPlanner use model uncertainty?"
CSV = "title,abstract\nHow herons sleep,Herons near railways sleep two hours less. Nests were filmed for a year.\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[Client]:
    folder = own_library(sample_home(tmp_path_factory), tmp_path_factory.mktemp("api") / "library")
    with Client.over(EmbeddedEngine(folder, embedder=embedder)) as made:
        yield made


@pytest.fixture(scope="module")
def api(client: Client) -> Iterator[httpx2.Client]:
    with serving(client, Config(page=False, max_upload=200_000)) as url, web(url) as made:
        yield made


def test_an_answer_is_that_of_the_client(api: httpx2.Client, client: Client) -> None:
    told, own = api.post("/api/ask", json={"question": QUESTION}).json(), client.ask(QUESTION).to_dict()
    assert {**told, "timings": None} == {**own, "timings": None}


@pytest.mark.parametrize("by", ["header", "body"])
def test_an_answer_comes_as_events_where_they_are_asked_for(api: httpx2.Client, by: str) -> None:
    headers = {"Accept": "text/event-stream"} if by == "header" else {}
    body = {"question": QUESTION} | ({"stream": True} if by == "body" else {})
    with api.stream("POST", "/api/ask", json=body, headers=headers) as response:
        told = list(events(response))
    names = [name for name, _ in told]
    assert (names[0], names[-1]) == ("sources", "done")
    claims = [document for name, document in told if name == "claim"]
    assert [{k: c[k] for k in ("text", "citations", "support")} for c in claims] == told[-1][1]["claims"]
    assert claims[0]["numbers"] == [1]
    assert told[0][1]["passages"][0]["paper"]["abstract"]


def test_papers_are_found_within_bounds(api: httpx2.Client) -> None:
    found = api.post("/api/search", json={"question": "uncertainty", "k": 3}).json()["passages"]
    assert len(found) == 3
    sentence = found[0]["sentences"][0]
    assert found[0]["paper"]["abstract"][sentence["start"] : sentence["end"]] == sentence["text"]
    assert (
        api.post("/api/search", json={"question": "uncertainty", "filters": {"author": "nobody"}}).json()["passages"]
        == []
    )


def test_a_search_is_asked_by_its_address_too(api: httpx2.Client) -> None:
    asked = {"question": "uncertainty", "k": 3, "filters": {"year_from": 2023}}
    by_address = api.get("/api/search", params={"question": "uncertainty", "k": 3, "year_from": 2023})
    assert by_address.json() == api.post("/api/search", json=asked).json()
    for wrong in ("", "question=x&k=0", "question=x&limit=3", "question=+", "question=x&year_from=then"):
        refused = api.get(f"/api/search?{wrong}")
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:citewise:UsageError")


def test_papers_are_listed_in_pages_and_all_at_once(api: httpx2.Client, client: Client) -> None:
    page = api.get("/api/papers", params={"offset": 2, "limit": 3}).json()
    all_papers = list(client.papers())
    assert page["total"] == len(all_papers)
    assert [p["title"] for p in page["papers"]] == [p.title for p in all_papers[2:5]]
    lines = api.get("/api/papers", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line)["paper_id"] for line in lines] == [p.paper_id for p in all_papers]


def test_a_page_beyond_all_papers_is_empty_and_one_beyond_all_numbers_is_refused(api: httpx2.Client) -> None:
    assert api.get("/api/papers", params={"offset": 10**9}).json()["papers"] == []
    assert api.get("/api/papers", params={"offset": 10**30}).status_code == 422


def test_the_description_tells_what_errors_look_like(api: httpx2.Client) -> None:
    responses = api.get("/api/openapi.json").json()["paths"]["/api/ask"]["post"]["responses"]
    assert {"remedy", "detail"} <= set(responses["4XX"]["content"]["application/problem+json"]["schema"]["properties"])


def test_a_paper_is_shown_with_the_sentences_that_answers_cite(api: httpx2.Client) -> None:
    source = api.post("/api/ask", json={"question": QUESTION}).json()["sources"][0]
    paper = api.get(f"/api/papers/{source['paper_id']}").json()
    assert source["sentences"][0] in paper["sentences"]
    assert [s["text"] for s in paper["sentences"]] == [
        s.text for s in split_sentences(paper["paper_id"], paper["abstract"])
    ]


def test_files_are_added_and_papers_removed(api: httpx2.Client) -> None:
    report = api.post("/api/index", files=[("files", ("herons.csv", CSV)), ("files", ("x.bin", b"\0\1\2"))]).json()
    assert (report["added"], report["barren"]) == (1, ["x.bin"])
    assert report["skipped"][0]["where"] == "x.bin"
    found = api.post("/api/search", json={"question": "Do herons sleep near railways?", "k": 1}).json()["passages"][0]
    assert (found["title"], found["paper"]["source"]) == ("How herons sleep", "herons.csv")
    assert api.delete(f"/api/papers/{found['paper_id']}").json() == {"removed": 1}
    assert api.get(f"/api/papers/{found['paper_id']}").status_code == 404


def test_an_upload_tells_how_far_it_is(api: httpx2.Client) -> None:
    with api.stream(
        "POST", "/api/index", files={"files": ("herons.csv", CSV)}, headers={"Accept": "text/event-stream"}
    ) as response:
        told = list(events(response))
    assert told[-1][0] == "done"
    assert {name for name, _ in told[:-1]} <= {"progress"}
    assert api.post("/api/papers/remove", json={"ids": ["title:none", "title:of-these"]}).json() == {"removed": 0}


@pytest.mark.parametrize("name", ["../../escape.csv", "/etc/passwd", "a\u202eb\u0007.csv", "", "x" * 2000])
def test_the_name_of_an_upload_is_only_text(api: httpx2.Client, client: Client, name: str, tmp_path: Path) -> None:
    before = {p.name for p in Path(client.name).iterdir()}
    title = f"Of {len(name)} herons"
    report = api.post(
        "/api/index",
        files={"files": (name or "unnamed", f"title,abstract\n{title},Herons near railways sleep less.\n")},
    )
    assert report.json()["added"] == 1, report.text
    paper = next(p for p in client.papers() if p.title == title)
    assert len(paper.source) <= 300
    assert paper.source.isprintable()
    client.remove(paper.paper_id)
    assert {p.name for p in Path(client.name).iterdir()} <= before | {".lock", ".opening"}


def test_nothing_of_an_upload_is_left_behind(
    api: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert api.post("/api/index", files={"files": ("a.csv", CSV)}).status_code == 200
    assert api.post("/api/index", files={"files": ("a.bin", b"\0\1")}).status_code == 422
    assert api.post("/api/index", data={"files": "no file"}, files={}).status_code == 422
    assert list(tmp_path.iterdir()) == []


def test_a_conversation_is_started_gone_on_with_and_looked_at(api: httpx2.Client) -> None:
    first = api.post("/api/conversations", json={"question": QUESTION}).json()
    talk = f"/api/conversations/{first['conversation']['id']}"
    with api.stream(
        "POST", f"{talk}/turns", json={"question": "and what does it plan with?", "stream": True}
    ) as response:
        told = dict(events(response))
    assert told["done"]["standalone_question"] == "What does COPlanner plan with?"
    assert told["conversation"]["turn"] == 2
    shown = api.get(talk).json()
    assert [turn["question"] for turn in shown["turns"]] == [QUESTION, "and what does it plan with?"]
    assert first["conversation"]["id"] in [c["id"] for c in api.get("/api/conversations").json()["conversations"]]


def test_a_conversation_is_renamed_rated_exported_cut_and_deleted(api: httpx2.Client) -> None:
    made = api.post("/api/conversations", json={"question": QUESTION}).json()["conversation"]
    talk = f"/api/conversations/{made['id']}"
    assert api.patch(talk, json={"title": "Planning"}).status_code == 204
    assert api.put(f"{talk}/turns/1/rating", json={"liked": True, "comment": "just so"}).status_code == 204
    (rating,) = api.get("/api/ratings", params={"conversation": made["id"]}).json()["ratings"]
    assert (rating["turn"], rating["liked"], rating["comment"]) == (1, True, "just so")
    markdown, bibtex = api.get(f"{talk}/export"), api.get(f"{talk}/export", params={"format": "bibtex"})
    assert markdown.text.startswith("# Planning")
    assert bibtex.text.lstrip().startswith("@")
    assert "attachment" in bibtex.headers["content-disposition"]
    assert api.delete(f"{talk}/turns/1").status_code == 204
    assert api.get(talk).json()["turns"] == []
    assert api.delete(talk).status_code == 204
    assert api.get(talk).status_code == 404


def test_a_conversation_that_is_not_saved_goes_on_by_its_history(api: httpx2.Client) -> None:
    before = api.get("/api/conversations").json()
    first = api.post("/api/conversations", json={"question": QUESTION, "saved": False}).json()
    history = [{k: v for k, v in first.items() if k != "conversation"} | {"asked": first["conversation"]["asked"]}]
    next_one = api.post("/api/conversations", json={"question": "why?", "saved": False, "history": history}).json()
    assert next_one["standalone_question"] == "Why does COPlanner use model uncertainty?"
    assert api.get("/api/conversations").json() == before


def test_what_is_served_says_what_it_is(api: httpx2.Client, client: Client) -> None:
    about = api.get("/api/about").json()
    assert about == client.about().to_dict() | {"max_upload": 200_000}
    assert api.get("/api/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("/api/ask", {"question": "   "}, 422, "UsageError"),
        ("/api/ask", {"question": "x" * 4001}, 422, "UsageError"),
        ("/api/ask", {"question": "x", "k": 0}, 422, "UsageError"),
        ("/api/ask", {"question": "x", "filters": {"year_from": 2020, "year_to": 2010}}, 422, "UsageError"),
        ("/api/ask", {"quesion": "x"}, 422, "UsageError"),
        ("/api/conversations/none/turns", {"question": "x"}, 404, "UsageError"),
        ("/api/conversations", {"question": "x", "history": [{}]}, 422, "UsageError"),
        ("/api/nothing", {}, 404, "ServerRefused"),
        ("/nothing", {}, 404, "ServerRefused"),
    ],
)
def test_an_error_says_what_is_wrong_and_what_to_do(
    api: httpx2.Client, path: str, body: dict[str, object], status: int, kind: str
) -> None:
    response = api.post(path, json=body)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    problem = response.json()
    assert (problem["type"], problem["status"]) == (f"urn:citewise:{kind}", status)
    assert problem["detail"]
    assert problem["remedy"]


@pytest.mark.parametrize("path", ["/api/papers/", "/api/conversations/", "/v1/models/"])
def test_what_is_not_there_is_not_given_back_at_length(api: httpx2.Client, path: str) -> None:
    response = api.get(path + "x" * 5000)
    assert response.status_code == 404
    assert len(response.content) < 700


def test_the_description_of_v1_tells_its_400(api: httpx2.Client) -> None:
    document = api.get("/api/openapi.json").json()
    responses = document["paths"]["/v1/chat/completions"]["post"]["responses"]
    assert "422" not in responses
    assert responses["400"]["content"]["application/json"]["schema"]["$ref"].endswith("/OpenAIProblem")
    refused = api.post("/v1/chat/completions", json={"messages": []})
    assert (refused.status_code, set(refused.json()["error"])) == (400, {"message", "type", "param", "code"})


def test_a_library_that_is_not_there_yet_is_said_and_made_by_the_first_upload(
    tmp_path: Path, embedder: BundledEmbedder
) -> None:
    with (
        Client.over(EmbeddedEngine(tmp_path / "fresh", embedder=embedder)) as client,
        serving(client) as url,
        web(url) as api,
    ):
        assert api.get("/api/about").json()["papers"] == 0
        refused = api.post("/api/ask", json={"question": "Do herons sleep?"})
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:citewise:LibraryNotFound")
        assert api.post("/api/index", files={"files": ("herons.csv", CSV)}).json()["added"] == 1
        assert (
            api.post("/api/ask", json={"question": "How long do herons near railways sleep?"}).json()["outcome"]
            == "answered"
        )


def test_the_manual_is_whole_in_itself_and_tells_every_path(api: httpx2.Client) -> None:
    page, document = api.get("/api"), api.get("/api/openapi.json").json()
    assert all(path.replace("<", "&lt;") in page.text for path in document["paths"])
    assert "/v1/chat/completions" in document["paths"]
    assert "<script" not in page.text
    assert "src=" not in page.text


def test_an_error_that_nobody_foresaw_tells_nothing_of_itself(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(n: int) -> list[str]:
        raise RuntimeError("a secret path")

    monkeypatch.setattr(client, "examples", broken)
    with serving(client) as url, web(url) as api:
        response = api.get("/api/examples")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "a secret path" in caplog.text
