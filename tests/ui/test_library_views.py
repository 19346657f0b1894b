"""What the library's views say: reports, progress, the greeting and the settings, as HTML in which nothing acts."""

from __future__ import annotations

import re

import pytest

from rag.errors import LibraryBusy
from rag.settings import settings
from rag.types import About, IndexReport, Skipped
from ui.page.about import about_html
from ui.page.adding import LISTED, Step, problem_html, report_html, step_html
from ui.page.welcome import welcome_html

EVIL = "<img src=x onerror=boom()>\u202e"
QUOTING = About("birds", 81, 3, "extractive", None, None, 900, "1.2.3")
WRITING = About("birds", 81, 3, "chat", f"birdy {EVIL}", "http://127.0.0.1:11434", 900, "1.2.3")


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (IndexReport(2, 1, 1200), "2 added · 1 updated · 1,200 there already"),
        (
            IndexReport(1, skipped=[Skipped("a.csv:3", "no abstract")]),
            "1 added · 1 skipped What was skipped, and why a.csv:3 no abstract",
        ),
        (
            IndexReport(skipped=[Skipped("a.pdf", "a PDF")]),
            "Nothing was added · 1 skipped What was skipped, and why a.pdf a PDF",
        ),
        (IndexReport(), "Nothing was added"),
    ],
)
def test_a_report_tells_what_came_of_it(report: IndexReport, told: str) -> None:
    assert _words(report_html(report)) == told


def test_a_long_report_names_the_first_and_counts_the_rest() -> None:
    report = IndexReport(1, skipped=[Skipped(f"a.csv:{n}", "no abstract") for n in range(LISTED + 30)])
    assert _words(report_html(report)).endswith(f"a.csv:{LISTED - 1} no abstract and 30 more")


def test_a_report_is_inert() -> None:
    html = report_html(IndexReport(skipped=[Skipped(f"{EVIL}.csv", EVIL)])) + problem_html(LibraryBusy(EVIL, EVIL))
    assert "<img" not in html
    assert "\u202e" not in html
    assert html.count("&lt;img src=x onerror=boom()&gt;") == 4


def test_progress_is_told_as_far_as_it_is_known() -> None:
    assert 'max="81" value="40"' in step_html(Step("embedding", 40, 81))
    assert _words(step_html(Step("embedding", 40, 81))) == "Embedding · 40 of 81"
    assert "value=" not in step_html(Step("reading", 64, None))


def test_an_empty_library_says_what_to_do_and_another_what_to_ask() -> None:
    empty = About("birds", 0, 0, "extractive", None, None, 900, "1.2.3")
    assert "This library is empty. Add files" in _words(welcome_html(empty, []))
    html = welcome_html(QUOTING, [f"What is known about {EVIL}?"])
    assert "From 81 papers." in _words(html)
    assert '<button type="button" data-ask="What is known about &lt;img' in html
    assert "<img" not in html


def test_settings_are_told_with_what_changes_them_but_never_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_LLM_KEY", "sk-very-secret")
    monkeypatch.setenv("CITEWISE_LLM_TIMEOUT", "90")
    html = about_html(WRITING, settings(), "/home/me/birds")
    told = _words(html)
    assert "sk-very-secret" not in html
    assert "API key set CITEWISE_LLM_KEY" in told
    assert "Time for a reply 90 s CITEWISE_LLM_TIMEOUT" in told
    assert "Endpoint http://127.0.0.1:11434 CITEWISE_LLM_URL" in told
    assert "Reads at most 900 tokens of abstracts a question CITEWISE_EVIDENCE_TOKENS" in told
    assert "Kept in /home/me/birds" in told
    assert "Citewise 1.2.3" in told
    assert "<img" not in html


def test_without_a_model_it_says_that_quotes_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _words(about_html(QUOTING, settings(), "/home/me/birds"))
    assert "Answers are the abstracts’ own sentences. No language model is asked." in told
    assert "CITEWISE_LLM_KEY" not in told
