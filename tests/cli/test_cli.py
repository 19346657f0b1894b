"""The command line: what is written where, and with which exit status."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import PACKAGES, run, sample_home

from rag.cli.commands import _years, main
from rag.models.bundled_embedder import BundledEmbedder

TABLE = "title,abstract,year,authors,journal\n" + "".join(
    f'Paper {name},"The {name} method plans ahead. It gains {n} percent on games.",{2000 + n},Ada {name},Journal of '
    f"{name}\n"
    for n, name in enumerate(("Alpha", "Beta", "Gamma"), 11)
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_home(tmp_path_factory)


@pytest.fixture(scope="module")
def sample(home: Path) -> str:
    return str(home / "citewise" / "libraries" / "sample")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A library of three papers with years, authors and venues."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "table.csv").write_text(TABLE, "utf-8")
    assert main(["index", str(folder / "table.csv"), "--library", str(folder / "library")]) == 0
    return str(folder / "library")


def status_of(arguments: list[str]) -> int:
    """The exit status, whether returned or, as argparse does, raised."""
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def written(capsys: pytest.CaptureFixture[str]) -> Any:
    """The one JSON document on standard output."""
    return json.loads(capsys.readouterr().out)


# --- what works -------------------------------------------------------------------------------------------------------


def test_ask_answers_with_markers_and_numbered_papers(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "How does COPlanner use model uncertainty?", "--library", sample]) == 0
    out, err = capsys.readouterr()
    assert "[1] COPlanner: Plan to Roll Out Conservatively" in out
    assert not re.search(r"[^\S\n ]|[^\n\x20-\uffff]", out), "piped output is plain text"
    assert err == ""


def test_ask_as_json_is_one_answer_and_nothing_else(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "How does COPlanner use model uncertainty?", "--json", "--library", sample]) == 0
    answer = written(capsys)
    assert list(answer) == [
        "question", "outcome", "text", "claims", "sources", "withheld", "writer", "model", "usage", "timings",
            "standalone_question", "prompt", "plan", "read", "table", "pending",
    ]  # fmt: skip
    cited = {s["id"] for source in answer["sources"] for s in source["sentences"]}
    assert {i for claim in answer["claims"] for i in claim["citations"]} == cited != set()


def test_search_as_json(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "reward hacking", "-k", "3", "--json", "--library", sample]) == 0
    found = written(capsys)
    assert found["question"] == "reward hacking"
    assert len(found["passages"]) == 3
    assert [set(p) for p in found["passages"]] == [{"paper_id", "title", "score", "sentences"}] * 3
    assert all(set(s) == {"id", "text"} for p in found["passages"] for s in p["sentences"])


def test_papers_and_check(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["papers", "--json", "--library", small]) == 0
    first = written(capsys)["papers"][0]
    assert first["title"] == "Paper Alpha"
    assert (first["year"], first["authors"], first["venue"], first["url"]) == (
        2011,
        ["Ada Alpha"],
        "Journal of Alpha",
        None,
    )
    assert main(["check", "--json", "--library", small]) == 0
    assert written(capsys)["whole"] is True
    assert main(["check", "--library", small]) == 0
    assert capsys.readouterr().out.endswith(f": whole; 3 papers; embedder: {BundledEmbedder.fingerprint}\n")


def test_papers_are_exported_within_bounds(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["papers", "--library", small, "--author", "ada b", "--format", "ris"]) == 0
    out = capsys.readouterr().out
    assert out.count("TY  - ") == 1
    assert "TI  - Paper Beta" in out
    assert main(["papers", "--library", small, "--year", "2013-", "--json"]) == 0
    assert [p["title"] for p in written(capsys)["papers"]] == ["Paper Gamma"]
    assert main(["papers", "--library", small, "--format", "csv", "--json"]) == 2
    assert "--format goes with neither" in capsys.readouterr().err


def test_duplicates_are_shown_and_papers_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, library = tmp_path / "table.csv", str(tmp_path / "library")
    title = "Telling cats from dogs by ears"
    table.write_text(
        f"title,abstract,year,doi\n{title},We tell them.,2019,10.1000/a\n{title},We do tell them.,2019,10.1000/b\n",
        "utf-8",
    )
    assert main(["index", str(table), "--library", library]) == 0
    capsys.readouterr()
    assert main(["papers", "duplicates", "--library", library, "--json"]) == 0
    assert [[p["paper_id"] for p in group] for group in written(capsys)["duplicates"]] == [
        ["doi:10.1000/a", "doi:10.1000/b"]
    ]
    assert main(["papers", "rm", "doi:10.1000/b", "doi:10.1000/none", "--library", library]) == 2
    assert "doi:10.1000/none: no such paper in this library." in capsys.readouterr().err
    assert main(["papers", "rm", "doi:10.1000/b", "--library", library, "--json"]) == 0
    assert written(capsys) == {"removed": 1}
    assert main(["papers", "duplicates", "--library", library]) == 0
    assert capsys.readouterr().err == "no duplicates\n"
    assert main(["papers", "rm", "--library", library]) == 2


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2012", (2012, 2012)),
        ("2012-", (2012, None)),
        ("-2012", (None, 2012)),
        ("2011-2012", (2011, 2012)),
        (" 2011-2012 ", (2011, 2012)),
    ],
)
def test_years_are_one_or_a_range_that_may_be_open(text: str, years: tuple[int | None, int | None]) -> None:
    assert _years(text) == years


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (["--year", "-2012", "--source", "table.csv"], {"Paper Alpha", "Paper Beta"}),
        (["--author", "ADA B"], {"Paper Beta"}),
        (["--venue", "of gamma", "--year", "2012-"], {"Paper Gamma"}),
        (["--author", "beta", "--year", "2013"], set()),
    ],
)
def test_a_filter_filters(small: str, filters: list[str], titles: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "planning ahead", "--json", "--library", small, *filters]) == 0
    assert {p["title"] for p in written(capsys)["passages"]} == titles


def test_index_tells_what_it_did_and_does_nothing_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "table.csv"
    table.write_text(TABLE + "No abstract here,,2020,,\n", "utf-8")
    library = str(tmp_path / "library")
    assert main(["index", str(table), "--library", library]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("3 added, 0 updated, 0 unchanged, 1 skipped (1 without an abstract)\n")
    assert "table      1        4     3                 1" in out
    assert err == f"skipped {table}:5: the abstract is empty; fill it in, or leave this paper out\n"
    assert main(["index", str(table), "--library", library, "--json"]) == 0
    report = written(capsys)
    assert (report["added"], report["unchanged"]) == (0, 3)
    assert [set(s) for s in report["skipped"]] == [{"where", "why"}]


def test_standard_input_is_read_for_papers_and_for_a_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = str(tmp_path / "library")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TABLE.encode())))
    assert main(["index", "-", "--library", library]) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the Beta method \xff\n\x00")))
    capsys.readouterr()
    assert main(["search", "-", "--library", library, "--json"]) == 0
    found = written(capsys)
    assert found["question"] == "the Beta method \ufffd"
    assert found["passages"][0]["title"] == "Paper Beta"


# --- what cannot work -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ([], 2, "COMMAND"),
        (["frobnicate"], 2, "frobnicate"),
        (["ask"], 2, "question"),
        (["index"], 2, "--resume"),
        (["ask", ""], 2, "The question is empty."),
        (["ask", " \t\x00"], 2, "The question is empty."),
        (["ask", "word " * 20_000], 2, "characters"),
        (["ask", "planning", "-k", "0"], 2, "k=0"),
        (["search", "planning", "-k", "-1"], 2, "k=-1"),
        (["search", "planning", "-k", "many"], 2, "many"),
        (["ask", "planning", "--year", "lately"], 2, "--year lately"),
        (["ask", "planning", "--year", "2020-2019"], 2, "backwards"),
        (["ask", "planning", "--year", "-"], 2, "no years"),
        (["ask", "planning", "--library", ""], 2, "library"),
        (["ask", "planning", "--library", "./nowhere"], 1, "citewise index"),
        (["papers", "--library", "./nowhere"], 1, "citewise index"),
        (["check", "--library", "./nowhere"], 1, "citewise index"),
        (["index", "/no/such/file", "--library", "./new"], 1, "/no/such/file"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(
    arguments: list[str],
    status: int,
    told: str,
    small: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITEWISE_LIBRARY", small)
    assert status_of(arguments) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("citewise: ")
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        bytes(range(256)) * 20,
        b"\x89PNG\r\n\x1a\n" + bytes(400),
        b"%PDF-1.7 \n" + bytes(400),
        b"just a line",
    ],
    ids=["empty", "blank", "binary", "image", "PDF", "no listing"],
)
def test_a_file_without_papers_fails_and_says_why(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert main(["index", str(tmp_path / "file"), "--library", str(tmp_path / "library")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"citewise: {tmp_path / 'file'}: ")
    assert err.count("\n") == 1


def test_one_bad_file_among_good_ones_fails_but_the_rest_is_indexed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "table.csv").write_text(TABLE, "utf-8")
    library = str(tmp_path / "library")
    assert main(["index", str(tmp_path / "nowhere"), str(tmp_path / "table.csv"), "--library", library]) == 1
    out, err = capsys.readouterr()
    assert out.endswith("3 added, 0 updated, 0 unchanged, 1 skipped\n")
    assert "nowhere" in err


def test_a_message_cannot_act_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "/no/\x1b[2Jsuch", "--library", "/no/\x1b[31mwhere"]) == 1
    with pytest.raises(SystemExit):
        main(["\x1b[2J"])
    assert "\x1b" not in capsys.readouterr().err


# --- the process ------------------------------------------------------------------------------------------------------


def test_a_process_of_its_own_finds_the_library_by_name(home: Path) -> None:
    done = run("ask", "How does COPlanner use model uncertainty?", "--library", "sample", home=home)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    assert b"[1] COPlanner" in done.stdout


def test_json_is_ascii_whatever_the_locale(home: Path) -> None:
    done = run("search", "übermäßige Belohnung 强化", "--library", "sample", "--json", home=home)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("ascii"))["question"] == "übermäßige Belohnung 强化"


def test_arguments_that_are_no_text_are_no_crash(home: Path) -> None:
    for arguments in (
        (b"search", b"caf\xe9 rewards"),
        (b"index", b"/no/caf\xe9"),
        (b"search", b"rewards", b"--author", b"caf\xe9"),
    ):
        done = run(*arguments, b"--library", b"sample", home=home)
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_goes_away_is_no_failure_and_a_full_disk_is_one(form: list[str], home: Path) -> None:
    shell = 'citewise() { "$PYTHON" -P -m rag.cli.commands papers --library sample "$@"; }; '
    environment = {
        "PYTHON": sys.executable,
        "PYTHONPATH": PACKAGES,
        "XDG_DATA_HOME": str(home),
        "PATH": os.environ["PATH"],
    }
    for rest, status, told in (
        ('citewise "$@" | true; exit ${PIPESTATUS[0]}', 0, ""),
        ('citewise "$@" > /dev/full', 1, "citewise: No space left on device. Free the disk, or write elsewhere.\n"),
        ('citewise "$@" >&-', 0, ""),
    ):
        done = subprocess.run(
            ["bash", "-c", shell + rest, "-", *form], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (status, "", told), rest


def test_demo_needs_nothing_but_itself(home: Path) -> None:
    done = run("demo", "How does COPlanner use model uncertainty?", home=home)
    assert done.returncode == 0
    assert b"[1] COPlanner" in done.stdout
    assert b"citewise index" in done.stderr


def test_help_and_version_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["--version"], ["ask", "--help"], ["index", "--help"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0
    assert "citewise" in capsys.readouterr().out
