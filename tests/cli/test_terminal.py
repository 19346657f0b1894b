"""What a person reads: wrapped and coloured on a terminal, plain where it is piped."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator

import pytest

from rag.cli.terminal import print_answer, print_papers, print_passages, progress_bar
from rag.types import Answer, Claim, Outcome, Paper, Passage, RankedSentence, Sentence, Source, Timings, Usage

PAPER = Paper(
    "A Title of {\\em Words}", "One [7]. Two.", ("Ada Lovelace", "Alan Turing", "C"), 2020, "ICML", "https://x.org/~a"
)
OTHER = Paper("Another", "Three.", ("Ada Lovelace", "Alan Turing"))
ONE, TWO, THREE = Sentence("p", 1, 0, 8, "One [7]."), Sentence("p", 2, 9, 13, "Two."), Sentence("o", 1, 0, 6, "Three.")


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Terminal]]:
    """Puts a terminal of 60 columns in the place of standard output, from the call on."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)

    def put() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    yield put
    monkeypatch.undo()


def answer(outcome: Outcome = "answered", text: str = "", *, claims: bool = True) -> Answer:
    told = (
        (Claim("One [7].", ("p:1",), "quoted"), Claim("Two.", ("p:2",), "quoted"), Claim("Three.", ("o:1",), "quoted"))
        if claims
        else ()
    )
    sources = (Source(1, PAPER, (ONE, TWO)), Source(2, OTHER, (THREE,)))
    return Answer("Q?", outcome, text, told, sources, (), "extractive", None, Usage(), Timings(0.1, 0.1, 0.1), "Q?")


def test_piped_an_answer_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(answer())
    assert capsys.readouterr().out == (
        "One (7). [1] Two. [1] Three. [2]\n"
        "\n"
        "[1] A Title of Words\n"
        "    Ada Lovelace et al., ICML, 2020\n"
        "    https://x.org/~a\n"
        "[2] Another\n"
        "    Ada Lovelace and Alan Turing\n"
    )


def test_a_note_comes_before_the_sentences_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(answer("partial", "Not as the question puts it: 3, not 4.\n\nOne \\[7\\]. [1] Two. [1] Three. [2]"))
    assert capsys.readouterr().out.startswith("Not as the question puts it: 3, not 4.\n\nOne (7). [1] Two.")


def test_a_no_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_answer(answer("not_covered", "Not covered: no abstract in this library mentions “a&lt;b”.", claims=False))
    assert capsys.readouterr().out.startswith("Not covered: no abstract in this library mentions “a<b”.\n")


def test_on_a_terminal_lines_are_wrapped_and_markers_coloured(terminal: Callable[[], Terminal]) -> None:
    screen = terminal()
    long = Paper("Word " * 30, "Three.", url="https://x.org/" + "y" * 80)
    print_answer(answer())
    print_passages([Passage(long, 0.9, (RankedSentence(THREE, 0.5),))])
    text = screen.getvalue()
    assert "\x1b[36m[1]\x1b[0m" in text
    lines = text.split("\n")
    assert all(len(line) <= 60 + 20 for line in lines if "https" not in line)
    assert not [line for line in lines if line.endswith(" ")]
    assert any("y" * 80 in line for line in lines), "an address is kept in one piece"


def test_what_a_paper_says_cannot_act_on_a_terminal(terminal: Callable[[], Terminal]) -> None:
    screen = terminal()
    evil = Paper("\x1b[2J[bold]T[/bold]", "A.", ("\x1b]0;x\x07",), url="https://x.org/\x1b[2J")
    print_passages([Passage(evil, 0.9, (RankedSentence(Sentence("e", 1, 0, 2, "\x9b2J"), 0.5),))])
    print_papers([evil])
    text = screen.getvalue()
    assert "\x1b[2J" not in text
    assert not {"\x07", "\x9b"} & set(text)
    assert "[bold]T[/bold]" in text


def test_papers_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_papers([Paper("One", "A.", pmid="7", year=2020), Paper("Two " * 40, "B.", doi="10.1/abc")])
    first, second = capsys.readouterr().out.splitlines()
    assert first == "pmid:7        2020  One"
    assert second == "doi:10.1/abc        " + ("Two " * 40).strip()


def test_no_passage_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_passages([])
    assert capsys.readouterr().out == "No paper was found: none has a word of the question.\n"


def test_progress_is_told_on_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as told:
        told("reading", 3, None)
        told("embedding", 1, 2)
        told("embedding", 2, 2)
    assert capsys.readouterr().out == ""
