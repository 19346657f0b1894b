"""Claims are verified alike by the client, the command line and a server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fakes
import httpx2
import pytest
from otters import FALSE, READER, TRUE, otters
from serving import serving, web

from rag import Client, Verification
from rag.cli.commands import main
from rag.cli.terminal import print_verification
from rag.client.wire import verification_from_dict
from rag.errors import LibraryNotFound, UsageError
from rag.models.bundled_embedder import BundledEmbedder
from rag.types import ClaimVerdict, Paper, Sentence

OTTERS, ABSTRACT = "doi:10.1234/otters/1", str(fakes.PAPERS[0]["abstract"])
PAPERS = [{**fakes.PAPERS[0], "doi": "10.1234/otters/1"}, *fakes.PAPERS[1:]]
OTHER = "Volcanoes cool slowly."


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[Client]:
    with otters(tmp_path_factory.mktemp("verify"), PAPERS, embedder) as made:
        yield made


@pytest.fixture(scope="module")
def url(own: Client) -> Iterator[str]:
    with serving(own) as address:
        yield address


@pytest.fixture(params=["here", "on a server"])
def client(request: pytest.FixtureRequest, own: Client, url: str) -> Iterator[Client]:
    if request.param == "here":
        yield own
    else:
        with Client(url) as remote:
            yield remote


@pytest.fixture
def api(url: str) -> Iterator[httpx2.Client]:
    with web(url) as made:
        yield made


# --- the client -------------------------------------------------------------------------------------------------------


def test_a_claim_is_supported_by_exact_sentences_of_an_abstract(client: Client) -> None:
    found = client.verify(TRUE)
    assert isinstance(found, Verification)
    assert (found.verdict, found.score, found.unsupported) == ("supported", 1.0, ())
    (sentence,) = found.sentences
    assert (sentence.id, sentence.paper_id) == (f"{OTTERS}:2", OTTERS)
    assert ABSTRACT[sentence.start : sentence.end] == sentence.text


def test_a_claim_is_contradicted_and_its_wrong_words_are_told(client: Client) -> None:
    found = client.verify(FALSE)
    assert (found.verdict, found.score) == ("contradicted", 0.01)
    assert [FALSE[a:b] for a, b in found.unsupported] == ["foul"]
    assert len(found.sentences) == 1


def test_a_claim_that_nothing_says_is_not_stated(client: Client) -> None:
    assert client.verify(OTHER).verdict == "not_stated"


def test_a_claim_is_held_against_the_papers_that_are_named(client: Client) -> None:
    herons = next(p.paper_id for p in client.papers() if p.title == PAPERS[1]["title"])
    assert client.verify(TRUE, papers=[herons]).verdict == "not_stated"
    assert client.verify(TRUE, papers=[herons, OTTERS]).verdict == "supported"
    assert client.verify(TRUE, papers=OTTERS).verdict == "supported"


@pytest.mark.parametrize(
    ("claim", "papers"), [(" ", None), ("x" * 1_001, None), (TRUE, []), (TRUE, ["doi:10.1234/none"])]
)
def test_what_is_wrong_is_the_same_error(client: Client, claim: str, papers: list[str] | None) -> None:
    with pytest.raises(UsageError) as wrong:
        client.verify(claim, papers)
    assert wrong.value.remedy
    assert not papers or papers[0] in wrong.value.problem


def test_a_library_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with Client(tmp_path / "nowhere") as client, serving(client) as address, Client(address) as remote:
        for one in (client, remote):
            with pytest.raises(LibraryNotFound):
                one.verify(TRUE)


# --- the server -------------------------------------------------------------------------------------------------------


def test_the_server_tells_what_the_client_does(api: httpx2.Client, own: Client) -> None:
    for claim in (TRUE, FALSE, OTHER):
        told = api.post("/api/verify", json={"claim": claim}).json()
        assert told == own.verify(claim).to_dict()
        assert verification_from_dict(told) == own.verify(claim)
    named = api.post("/api/verify", json={"claim": TRUE, "papers": [OTTERS]}).json()
    assert set(named) == {"claim", "verdict", "score", "sentences", "unsupported"}
    assert set(named["sentences"][0]) == {"id", "paper_id", "text", "start", "end"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"claim": "  "},
        {"claim": "x" * 1_001},
        {"claim": TRUE, "papers": []},
        {"claim": TRUE, "papers": ["doi:10.1234/none"]},
        {"claim": TRUE, "papers": ["x"] * 101},
        {"claim": TRUE, "paper": OTTERS},
    ],
)
def test_the_server_says_what_is_wrong_and_what_to_do(api: httpx2.Client, body: dict[str, Any]) -> None:
    refused = api.post("/api/verify", json=body)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert refused.json()["type"] == "urn:citewise:UsageError"
    assert refused.json()["remedy"]


def test_half_a_character_breaks_nothing(api: httpx2.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (rb'{"claim": "otters \ud800 chose"}', rb'{"claim": "otters chose", "papers": ["\ud800"]}'):
        assert api.post("/api/verify", content=body, headers=headers).status_code == 422


def test_the_interface_is_described(api: httpx2.Client) -> None:
    told = api.get("/api/openapi.json").json()
    assert told["paths"]["/api/verify"]["post"]["requestBody"]
    assert told["components"]["schemas"]["VerificationShape"]["properties"]["verdict"]["enum"] == [
        "supported",
        "contradicted",
        "not_stated",
        "in_doubt",
    ]


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def library(own: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("rag.models.bundled_reader.BundledReader", lambda: READER)
    return own.name


def test_the_command_shows_the_verdict_the_sentence_its_address_and_its_paper(
    library: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", FALSE, "--library", library]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:4] == ["Contradicted: the abstract says otherwise", f"“{FALSE}”", "  not borne out: “foul”", ""]
    assert out[4] == f"1. {PAPERS[0]['title']}"
    assert out[-1].strip().startswith(f"{OTTERS}:")
    assert out[-2].strip() in ABSTRACT


@pytest.mark.parametrize(("claim", "verdict"), [(TRUE, "supported"), (FALSE, "contradicted"), (OTHER, "not_stated")])
def test_as_json_it_is_one_document_and_a_verdict_is_no_failure(
    own: Client, library: str, claim: str, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", claim, "--paper", OTTERS, "--json", "--library", library]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == verdict
    assert told == own.verify(claim, [OTTERS]).to_dict()


def test_the_command_asks_a_server_too(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", TRUE, "--library", url]) == 0
    assert capsys.readouterr().out.startswith("Supported: what the abstract says\n")


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ([], 2, "CLAIM"),
        ([""], 2, "The claim is empty."),
        (["x" * 1_001], 2, "at most 1,000"),
        ([TRUE, "--paper", "doi:10.1234/none"], 2, "doi:10.1234/none: no such paper in this library."),
        ([TRUE, "--paper", "caf\udce9"], 2, "no such paper"),
        ([TRUE, "--library", "of-no-such-name"], 1, "of-no-such-name"),
    ],
)
def test_what_cannot_be_verified_has_its_exit_status(
    library: str, arguments: list[str], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        ended: int | str | None = main(
            ["verify", *(["--library", library] if "--library" not in arguments else []), *arguments]
        )
    except SystemExit as end:
        ended = end.code
    out, err = capsys.readouterr()
    assert (ended, out) == (status, "")
    assert told in err


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        ("supported", "Supported"),
        ("contradicted", "Contradicted"),
        ("in_doubt", "In doubt"),
        ("not_stated", "Not stated"),
    ],
)
def test_a_verdict_is_told_in_words_and_what_nothing_bears_out_is_marked(
    verdict: ClaimVerdict, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    for name, value in (("COLUMNS", "60"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdout", stream)
    sentences = (Sentence("p", 2, 0, 4, "Two."), Sentence("q", 1, 0, 4, "One."), Sentence("p", 1, 0, 4, "Six."))
    found = Verification("Otters\u202e smell [13] loudly.", verdict, 0.5, sentences, ((18, 25),))
    print_verification(found, {"p": Paper("First", "", url="https://x.org"), "q": Paper("Second", "")})
    out = stream.getvalue()
    assert word in out
    assert "\x1b[4;31mloudly.\x1b[0m" in out
    assert "\u202e" not in out
    assert "(13)" in out
    assert [out.index(text) for text in ("First", "https://x.org", "Two.", "p:2", "Six.", "Second", "One.")] == sorted(
        out.index(text) for text in ("First", "https://x.org", "Two.", "p:2", "Six.", "Second", "One.")
    )


def test_nothing_found_is_a_word_only(capsys: pytest.CaptureFixture[str]) -> None:
    print_verification(Verification("Otters fly.", "not_stated", 0.0, ()), {})
    assert capsys.readouterr().out == "Not stated\n“Otters fly.”\n"
