"""``citewise ask --out``, as a shell runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import run, sample_home

ASK = ["ask", "--library", "sample", "How does COPlanner use model uncertainty?"]


def test_an_answer_is_written_with_its_papers_beside_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = sample_home(tmp_path_factory)
    done = run(*ASK, "--out", "answer.tex", home=home, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"written: answer.tex\nwritten: answer.bib\n")
    assert b"conservative" in done.stdout
    assert "\\cite{coplanner}" in (tmp_path / "answer.tex").read_text("utf-8")
    assert (tmp_path / "answer.bib").read_text("utf-8").startswith("@misc{coplanner,")


@pytest.mark.parametrize(("name", "why"), [("a.pdf", b"no kind of file"), ("none/a.md", b"none: no folder")])
def test_where_no_file_can_be_written_nothing_is_asked(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, name: str, why: bytes
) -> None:
    done = run(*ASK, "--out", name, home=sample_home(tmp_path_factory), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert why in done.stderr
