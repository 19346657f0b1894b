"""``citewise eval`` as a person and a CI job meet it: figures on screen, files in runs/, an exit status that means
something.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import records, write_records
from support import sample_home

from evals.bounds import read_bound
from evals.runs import is_whole, new_run, read_run
from rag import Client
from rag.cli.commands import main
from rag.errors import UsageError

HERONS, OTTERS = "Why herons nest earlier near slow rivers", "Why otters dive deeper after warm winters"
QUESTIONS = [
    {"id": "early", "kind": "named", "question": "Why do herons nest earlier near slow rivers?", "papers": [HERONS]},
    {"id": "deep", "kind": "named", "question": "Why do otters dive deeper after warm winters?", "papers": [OTTERS]},
    {"id": "tax", "kind": "off_topic", "question": "How do I file my taxes in Portugal?", "expect": "not_covered"},
]  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluated")
    with Client(folder / "library") as client:
        client.index(write_records(folder / "papers.jsonl", records(60)))
    return folder / "library"


@pytest.fixture
def suite(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "animals").mkdir()
    (tmp_path / "animals" / "suite.yaml").write_text(f"name: animals\nlibrary: {library}\n")
    (tmp_path / "animals" / "questions.jsonl").write_text("".join(json.dumps(q) + "\n" for q in QUESTIONS))
    return "animals"


def test_a_run_prints_its_figures_and_leaves_its_files(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", suite]) == 0
    told = capsys.readouterr().out
    assert "animals: 3 questions of 60 papers, writer extractive" in told
    assert "right paper first" in told
    assert "1.0 .34–1.0" in told
    assert told.rstrip().endswith("report.html")
    assert is_whole(Path("runs/last"))
    assert Path("runs/last/report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert Path("runs/index.html").exists()


def test_a_bound_that_is_not_kept_is_told_and_fails(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", suite, "--min", "named:hit@1=0.9", "outcome_accuracy=0.9", "--max", "seconds=60"]) == 0
    assert main(["eval", suite, "--min", "judged=0.5", "--max", "hit@1=0.5"]) == 1
    told = capsys.readouterr().err
    assert "judged of all is not known; it should be 0.5 at least." in told
    assert "hit@1 of all is 1; it should be 0.5 at most." in told


@pytest.mark.parametrize("text", ["hit@1", "hit@1=high", "hits=0.5", "dogs:hit@1=0.5", "=0.5"])
def test_a_bound_that_means_nothing_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="--min"):
        read_bound(text, ["named"], least=True)


def test_the_same_run_twice_shows_no_difference(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", suite]) == 0
    assert main(["eval", suite, "--compare", "runs/last"]) == 0
    assert "No difference seen." in capsys.readouterr().out


def test_json_is_one_document(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", suite, "--json", "--only", "named", "--limit", "1"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["figures"]["all"]["hit@1"]["n"] == 1
    assert document["broken"] == []
    assert main(["eval", "runs", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["runs"]
    assert (listed["name"], listed["whole"]) == (document["run"], True)


def test_a_replay_gives_the_same_figures_and_asks_nothing(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", suite]) == 0
    first = read_run(Path("runs/last"))
    assert main(["eval", suite, "--replay", "runs/last"]) == 0
    again = read_run(Path("runs/last"))
    assert again.name != first.name
    assert (again.figures, again.timings) == (first.figures, first.timings)


def test_an_interrupted_run_is_found_and_finished(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", suite, "--resume"]) == 1
    assert "no interrupted run" in capsys.readouterr().err
    assert main(["eval", suite]) == 0
    whole = read_run(Path("runs/last"))
    _, place = new_run(Path("runs"), whole.suite, whole.system, 0, 1)
    assert main(["eval", suite, "--resume"]) == 0
    assert is_whole(place)


def test_a_report_is_written_anew(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", suite]) == 0
    report = Path("runs/last/report.html")
    report.unlink()
    assert main(["eval", "report", "runs/last"]) == 0
    assert report.exists()


def test_a_suite_can_be_drafted_and_run(
    suite: str, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    library = sample_home(tmp_path_factory) / "citewise" / "libraries" / "sample"
    assert main(["eval", "init", "mine", "--library", str(library)]) == 0
    assert "drafted by rule" in capsys.readouterr().out
    assert main(["eval", "mine", "--limit", "2"]) == 0
    assert "drafts that nobody has read" in capsys.readouterr().out
    assert main(["eval", "init", "mine", "--library", str(library)]) != 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Name one suite."),
        (["a", "b"], "Name one suite."),
        (["init"], "eval init: name one folder."),
        (["animals", "--only", "dogs"], "There are: named, off_topic."),
        (["animals", "--limit", "0"], "count from 1"),
        (["animals", "--nonsense"], "unrecognized arguments"),
        (["--task", "trivia", "x"], "There are: scifact, pubmedqa, check-covid."),
        (["animals", "--judge", "m"], "No language model is configured."),
        (["animals", "--writer", "chat"], "No language model is configured."),
    ],
)
def test_wrong_usage_is_told(suite: str, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    assert main(["eval", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_what_is_missing_is_told(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "gone"]) == 1
    assert "A suite is a folder with suite.yaml and questions.jsonl." in capsys.readouterr().err
    assert main(["eval", suite, "--compare", "runs/gone"]) == 1
    assert "Name a folder under runs/." in capsys.readouterr().err
