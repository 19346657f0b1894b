"""A report in a real browser: hostile texts run nothing, questions open, filters narrow the list and live in the
address.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made_runs import HOSTILE, assorted_report, hostile_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assorted_report(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in which every text is hostile, compared with another run."""
    return hostile_report(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


def _shown(page: Page) -> list[str]:
    return page.locator("details.question:not([hidden]) summary code").all_text_contents()


def _told(page: Page, count: str) -> None:
    """Waits until the page says how many questions it shows."""
    page.locator("#count", has_text=count).wait_for()


def _open_all(page: Page) -> None:
    page.get_by_role("button", name="Open shown").click()
    page.locator(".body:empty").first.wait_for(state="detached")


def test_a_hostile_report_runs_no_script_and_asks_for_nothing(page: Page, hostile: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(hostile.as_uri())
    _open_all(page)
    for found in page.get_by_role("link").all()[-len(HOSTILE) :]:
        found.click()
    assert page.evaluate("window.pwned") is None
    assert (asked, said) == ([hostile.as_uri()], [])
    assert page.locator("img, iframe, .body script, .body style").count() == 0
    assert HOSTILE[0] in page.locator(".body").first.inner_text() + page.locator("#questions").inner_text()


def test_filters_narrow_the_list_and_live_in_the_address(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    assert len(_shown(page)) == 8
    page.get_by_label("failures").check()
    _told(page, "4 of 8 questions shown")
    assert _shown(page) == ["missed", "other", "refused", "talk"]
    page.locator("select[name=kind]").select_option("idea")
    _told(page, "2 of 8 questions shown")
    assert page.url.endswith("#show=failures&kind=idea")
    assert _shown(page) == ["other", "refused"]
    page.get_by_label("Text").fill("NEST early")
    _told(page, "1 of 8 questions shown")
    assert _shown(page) == ["other"]
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert _shown(page) == ["other"]
    page.get_by_role("button", name="Clear").click()
    _told(page, "8 of 8 questions shown")
    assert page.url.endswith("#")
    page.get_by_label("unscored").check()
    _told(page, "1 of 8 questions shown")
    assert page.url.endswith("#show=unscored")
    assert _shown(page) == ["failed"]


def test_what_was_expected_and_what_was_given_can_be_crossed(page: Page, report: Path) -> None:
    page.goto(report.as_uri() + "#expect=answered&given=not+stated")
    assert _shown(page) == ["refused", "talk"]


def test_a_link_opens_its_question(page: Page, report: Path) -> None:
    page.goto(report.as_uri() + "#open=withheld")
    body = page.locator("details.question[open] .body").inner_text()
    assert "They dive to 11 metres. [1]" in body.replace("\n", " ")
    assert "withheld: 90 is not in the sentence." in body
    assert "expected: answered" in body
    assert page.get_by_role("link", name="Link to withheld").get_attribute("href") == "#open=withheld"


def test_questions_open_by_keyboard(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.get_by_role("button", name="Close all").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("details.question[open] .body *").first.wait_for()
    assert page.locator("details.question[open] code").text_content() == "right"


def test_a_dialogue_is_shown_turn_by_turn(page: Page, report: Path) -> None:
    page.goto(report.as_uri() + "#open=talk")
    headings = page.locator("details.question[open] h4").all_inner_texts()
    assert headings == ["✓ Turn 1. How deep do otters dive?", "✗ Turn 2. And how long?"]


def test_the_page_never_scrolls_sideways(page: Page, report: Path, hostile: Path) -> None:
    for file in (report, hostile):
        page.goto(file.as_uri())
        _open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
