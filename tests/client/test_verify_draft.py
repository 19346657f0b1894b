"""Drafts are verified alike by the client, the command line and a server; reports for people, editors and programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fakes import PAPERS
from otters import FALSE, READER, TRUE, otters
from serving import serving, web

from rag import Client
from rag.answering.drafts.prose import Draft
from rag.answering.drafts.report import CheckedSentence, Citation, DraftReport
from rag.cli.commands import main
from rag.cli.reports import as_html, as_lines, counted
from rag.errors import LibraryNotFound, UsageError
from rag.models.bundled_embedder import BundledEmbedder
from rag.types import Paper, Sentence

TEXT = f"# Otters\n\n{TRUE}\n{FALSE} Is that so?\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[Client]:
    with otters(tmp_path_factory.mktemp("drafts"), PAPERS, embedder) as made:
        yield made


@pytest.fixture(scope="module")
def url(own: Client) -> Iterator[str]:
    with serving(own) as address:
        yield address


@pytest.fixture
def api(url: str) -> Iterator[httpx2.Client]:
    with web(url) as made:
        yield made


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.md"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture
def library(own: Client, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("rag.models.bundled_reader.BundledReader", lambda: READER)
    return own.name


def test_the_client_tells_the_same_here_and_on_a_server(own: Client, url: str, draft: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    report = own.verify_draft(draft, lambda *step: told.append(step))
    assert [(s.line, s.verdict) for s in report.sentences] == [(3, "supported"), (4, "contradicted"), (4, "no_claim")]
    assert told[0] == ("verifying", 0, 3)
    assert told[-1] == ("verifying", 3, 3)
    with Client(url) as remote:
        assert remote.verify_draft(draft) == report
        assert remote.verify_draft(Draft(TEXT, "markdown")) == report
        assert remote.agreement(TRUE) == own.agreement(TRUE)
    assert own.verify_draft(TRUE).sentences[0].verdict == "supported"


def test_what_is_wrong_is_the_same_error(own: Client, url: str, tmp_path: Path) -> None:
    with Client(url) as remote, Client(tmp_path / "nowhere") as absent:
        for client in (own, remote):
            with pytest.raises(UsageError):
                client.verify_draft(" ")
            with pytest.raises(UsageError):
                client.agreement(" ")
        with pytest.raises(LibraryNotFound):
            absent.verify_draft(TRUE)


def test_the_server_tells_a_draft_whole_or_sentence_by_sentence(api: httpx2.Client, own: Client) -> None:
    body: dict[str, Any] = {"text": TEXT, "format": "markdown"}
    whole = api.post("/api/verify/draft", json=body).json()
    assert whole == own.verify_draft(Draft(TEXT, "markdown")).to_dict()
    events = api.post("/api/verify/draft", json=body, headers={"Accept": "text/event-stream"}).text
    assert re.findall(r"^event: (\w+)", events, re.MULTILINE)[-5:] == [
        "begun",
        "sentence",
        "sentence",
        "sentence",
        "done",
    ]
    assert api.post("/api/verify/agreement", json={"claim": TRUE}).json() == own.agreement(TRUE).to_dict()


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "x", "format": "docx"}, {"text": "x", "references": ["a"]}]
)
def test_the_server_refuses_what_is_no_draft(api: httpx2.Client, body: dict[str, Any]) -> None:
    refused = api.post("/api/verify/draft", json=body)
    assert refused.status_code == 422
    assert refused.json()["remedy"]


def test_the_command_shows_verdicts_and_strict_fails(
    library: str, draft: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(draft), "--library", library]) == 0
    out = capsys.readouterr().out
    assert f"{draft}:3:1  Supported" in out
    assert "not borne out: “foul”" in out
    assert out.endswith("2 claims: 1 supported, 1 contradicted; 1 sentence claims nothing.\n")
    assert main(["verify", str(draft), "--library", library, "--strict"]) == 1
    assert main(["verify", TRUE, "--library", library, "--strict"]) == 0
    assert main(["verify", FALSE, "--library", library, "--strict"]) == 1


def test_lines_are_for_editors(library: str, draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(draft), "--library", library, "--format", "lines"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{draft}:4:1: contradicted: “{FALSE}”; not borne out: “foul”; ")


def test_json_is_one_document(library: str, own: Client, draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in (["--json"], ["--format", "json"]):
        assert main(["verify", str(draft), "--library", library, *option]) == 0
        assert json.loads(capsys.readouterr().out) == own.verify_draft(draft).to_dict()


def test_a_paragraph_is_a_draft_and_a_sentence_a_claim(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", f"{TRUE} {FALSE}", "--library", library]) == 0
    assert "2 claims: 1 supported, 1 contradicted." in capsys.readouterr().out
    assert main(["verify", TRUE, "--agreement", "--library", library]) == 0
    assert "1 supports it, 0 contradict it" in capsys.readouterr().out
    assert main(["verify", f"{TRUE} {FALSE}", "--paper", "x", "--library", library]) == 2


def test_a_file_that_is_not_there_is_told(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "absent.md", "--library", library]) == 1
    assert "absent.md: cannot be read" in capsys.readouterr().err


# --- reports ----------------------------------------------------------------------------------------------------------

HOSTILE = '<script>alert(1)</script> "quoted" & \u202e'
EVIDENCE = Sentence("title:<b>", 1, 0, 4, f"Says {HOSTILE}")
SENTENCE = CheckedSentence(
    f"Claims {HOSTILE}", 7, 3, 10, 60, 1, "contradicted", 0.1, (EVIDENCE,), ((7, 15),),
    (Citation("[<i>]", (), "not <there>"),), (EVIDENCE,),
)  # fmt: skip
REPORT = DraftReport((SENTENCE,), (Paper(HOSTILE, "", url="javascript:alert(1)", kept_as="title:<b>"),))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_html_is_one_file_in_which_no_text_acts() -> None:
    page = Tags()
    page.feed(text := as_html(REPORT, f"{HOSTILE}$title.md"))
    tags = {tag for tag, _ in page.seen}
    assert not tags & {"script", "b", "i", "there", "link", "img"}
    assert not [a for _, a in page.seen if "javascript" in str(a) or "src" in a]
    assert "\u202e" not in text
    assert [a.get("class") for tag, a in page.seen if tag == "article"] == ["contradicted"]
    assert "<u>" in text


def test_lines_are_one_line_each() -> None:
    lines = list(as_lines(REPORT, "draft.md"))
    assert [line.split(" ")[0] for line in lines] == ["draft.md:7:3:", "draft.md:7:3:"]
    assert "note: [<i>]: not <there>" in lines[1]
    assert not any("\n" in line or "\u202e" in line for line in lines)


def test_counts_are_told_in_words() -> None:
    assert counted(DraftReport((), ())) == "0 claims."
    assert counted(REPORT) == "1 claim: 1 contradicted."
