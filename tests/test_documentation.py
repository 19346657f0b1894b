"""What README and the notes on data say is so: commands run, code runs, nothing is left out."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support import PACKAGES, sample_home

from evals.command import parser as eval_parser
from rag.cli.commands import _parser
from rag.cli.model_command import parser as model_parser
from rag.library.readers import FORMATS, read_papers
from rag.library.sample import sample_path
from rag.text.sentences import split_sentences
from rag.types import Paper, normalise_title
from ui.command import parser as serve_parser
from ui.mcp.command import parser as mcp_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = {
    p: p.read_text("utf-8")
    for p in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
}
DOCS = "\n".join(PAGES.values())


def _blocks(language: str) -> list[str]:
    """The fenced blocks of a language, "" for those of none."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", DOCS, re.DOTALL | re.MULTILINE)
    return [block for named, block in fenced if named == language]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment where ``citewise`` is this one, in a folder with the files that README shows."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(sample_home(tmp_path_factory), folder / "data")
    (folder / "bin").mkdir()
    (folder / "bin" / "citewise").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m rag.cli.commands "$@"\n')
    (folder / "bin" / "citewise").chmod(0o755)
    (folder / "papers.csv").write_text(_blocks("csv")[0], "utf-8")
    (folder / "more.jsonl").write_text(_blocks("json")[0], "utf-8")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {
        "PATH": path,
        "XDG_DATA_HOME": str(folder / "data"),
        "HOME": str(folder),
        "PYTHONPATH": PACKAGES,
        "LANG": "C.UTF-8",
        "PWD": str(folder),
    }


def _run(command: list[str], shell: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=shell, cwd=shell["PWD"], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_the_commands_of_the_readme_run(shell: dict[str, str]) -> None:
    (commands,) = _blocks("sh")
    assert "citewise ask" in commands
    out = _run(["sh", "-euc", commands], shell)
    assert "2 added, 0 updated, 0 unchanged, 0 skipped" in out
    assert "We tell them apart by their ears, with an error of 3.2%. [1]" in out


def test_the_code_of_the_readme_runs(shell: dict[str, str]) -> None:
    for code in _blocks("python"):
        out = _run([sys.executable, "-P", "-W", "error", "-c", code], shell)
        assert out.startswith("answered We tell them apart by their ears")
        assert re.search(r"\nSources\n(Claim\n)+Done\n$", out)


def test_the_transcript_is_what_the_demo_prints_of_the_sample(shell: dict[str, str]) -> None:
    (command,) = re.findall(r"citewise (demo \".*\")$", README, re.MULTILINE)
    (shown,) = (b for b in _blocks("") if "\n[1] " in b)
    told, _, papers = shown.partition("\n\n")
    answer = json.loads(_run(["sh", "-euc", f"citewise {command} --json 2>/dev/null"], shell))
    assert answer["outcome"] == "answered"
    sample = {normalise_title(p.title): p for p in read_papers(sample_path()) if isinstance(p, Paper)}
    flat = " ".join(papers.split())
    cited = [p for p in sample.values() if p.title in flat]
    assert answer["sources"][0]["title"] in {p.title for p in cited}
    exact = {s.text for p in cited for s in split_sentences("x", p.abstract)}
    assert set(re.split(r" ?\[\d\] ?", " ".join(told.split()))) - {""} <= exact


def test_set_up_takes_the_two_commands(shell: dict[str, str]) -> None:
    assert '\npip install . && citewise demo "How does COPlanner use model uncertainty?"\n' in README
    assert "\npip install '.[test]' && pytest\n" in README


def test_every_command_and_option_is_told() -> None:
    commands = next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    for name, command in {
        **commands.choices,
        "eval": eval_parser(),
        "model": model_parser(),
        "serve": serve_parser(),
        "mcp": mcp_parser(),
    }.items():
        assert re.search(rf"\bcitewise {name}\b", DOCS), name
        for action in command._actions:
            assert (
                not action.option_strings
                or "--help" in action.option_strings
                or any(f"`{o}" in DOCS or f" {o}" in DOCS for o in action.option_strings)
            )


def test_every_setting_is_told() -> None:
    from rag.settings import Settings

    table = set(re.findall(r"^\| `(CITEWISE_\w+)` \|", DOCS, re.MULTILINE))
    assert table == {f"CITEWISE_{name.upper()}" for name in Settings.model_fields}


def test_every_format_is_told() -> None:
    block = DOCS[DOCS.index("| format | who writes it |") :].partition("\n\n")[0]
    told = re.findall(r"^\| ([\w ]+) \|", block, re.MULTILINE)[1:]
    assert sorted(told) == sorted({kind.name for kind in FORMATS} - {"HTML", "XML", "licence"})


def test_every_outcome_is_told() -> None:
    use = PAGES[ROOT / "docs" / "use.md"]
    assert re.findall(r"^\| `(\w+)` \| (?!.*CITEWISE)", use, re.MULTILINE)[:4] == [
        "answered",
        "partial",
        "not_stated",
        "not_covered",
    ]


def test_the_shapes_of_json_are_told(shell: dict[str, str]) -> None:
    (block,) = (b for b in _blocks("") if b.startswith("ask, demo"))
    told = {line.split()[0]: line for line in block.splitlines() if line[0] != " "}
    library = ["--library", "sample", "--json"]
    for command in (
        ["search", "rewards", *library],
        ["verify", "COPlanner uses model uncertainty.", *library],
        ["papers", *library],
        ["check", *library],
        ["index", "papers.csv", "--json", "--library", "shapes"],
    ):
        document = json.loads(_run(["citewise", *command], shell))
        first = next((v[0] for v in document.values() if isinstance(v, list) and v and isinstance(v[0], dict)), {})
        names = {*document, *first, *(first["sentences"][0] if "sentences" in first else ())}
        assert names <= set(re.findall(r'"(\w+)"', told[command[0]])), command
    answer = json.loads(_run(["citewise", "ask", "How does COPlanner use model uncertainty?", *library], shell))
    names = {*answer, *answer["claims"][0], *answer["sources"][0], *answer["sources"][0]["sentences"][0]}
    assert names == set(re.findall(r'"(\w+)"', block[: block.index("\nsearch")]))


def test_the_layers_are_told_folder_by_folder() -> None:
    told = set(re.findall(r"^\| `([\w/]+)/` \|", PAGES[ROOT / "CONTRIBUTING.md"], re.MULTILINE))
    top = ("rag", "ui", "evals", "prompts")
    there = {p.parent.relative_to(ROOT).as_posix() for folder in top for p in (ROOT / folder).rglob("*.py")}
    assert told == there | {"rag/data"}


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_links_between_the_pages_lead_somewhere() -> None:
    for page, text in PAGES.items():
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_what_the_engine_says_about_itself_is_there() -> None:
    """Files that docstrings and messages send a reader to."""
    for path in (ROOT / "rag").rglob("*.py"):
        for named in re.findall(r"(?:evals|rag)/[\w/-]+\.\w+", path.read_text("utf-8")):
            assert (ROOT / named).exists(), f"{path.name} names {named}"


def test_the_hashes_of_the_data_are_those_of_the_files() -> None:
    folder = ROOT / "rag" / "data"
    rows = re.findall(
        r"^\| `([\w.-]+)` \|.*\| (?:`([0-9a-f]{64})`|[^`|]+) \|$",
        (folder / "SOURCES.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert {name for name, _ in rows} == {p.name for p in folder.iterdir()} - {"SOURCES.md"}
    assert {name: sha for name, sha in rows if sha} == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name, sha in rows if sha
    }


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"\n## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
