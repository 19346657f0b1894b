"""The library view in a real browser, over the whole server: adding, finding, bounding the chat, removing, exporting,
the first visit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import write_records
from filelock import FileLock
from served import Served

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.models.bundled_embedder import BundledEmbedder
from ui.config import Config

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, FilePayload, Page

EVIL = (
    "<img src='http://evil.example/i' onerror=boom()><script>boom()</script><a href='javascript:boom()'>x</a>"
    "<style>body{background:url(http://evil.example/s)}</style>\u202egnp\u200b\x1b[31m${boom()}{{boom()}}"
)
HERONS: dict[str, object] = {
    "title": "Herons at dusk",
    "abstract": "Herons call at dusk. We find that they call 9 times an hour.",
    "authors": ["Ada Mole", "Bo Vole"],
    "year": 2021,
    "venue": "Journal of Birds",
}
OTTERS: dict[str, object] = {
    "title": "Otters in rivers",
    "abstract": "Otters dive in rivers. We find that they dive to 11 metres.",
    "authors": ["Cy Hare"],
    "year": 2016,
    "venue": "Aquatica",
}
MANY: list[dict[str, object]] = [
    {"title": f"Field note {n:03}", "abstract": f"In field {n} there are {n} hares.", "year": 1900 + n}
    for n in range(60)
]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True, reduced_motion="reduce")
    made.set_default_timeout(90_000)
    yield made
    made.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[Served]:
    """A library of 62 papers; a megabyte may be uploaded."""
    folder = tmp_path_factory.mktemp("shelves")
    client = Client.over(EmbeddedEngine(folder / "library", embedder=embedder, writer="extractive"))
    client.index(write_records(folder / "papers.jsonl", [*MANY, HERONS, OTTERS]))
    with Served(client, Config(max_upload=1 << 20)) as running:
        yield running


@pytest.fixture
def empty(tmp_path: Path, embedder: BundledEmbedder) -> Iterator[Served]:
    with Served(Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder, writer="extractive"))) as running:
        yield running


@pytest.fixture
def page(context: BrowserContext, served: Served) -> Page:
    return _library(context.new_page(), served)


def _library(page: Page, served: Served) -> Page:
    page.goto(served.url)
    page.locator("#talk").wait_for(state="attached")
    page.get_by_role("tab", name="Library").click()
    page.locator(".papers-count, .papers-nothing").first.wait_for()
    return page


def _count(page: Page, told: str) -> None:
    page.locator(".papers-count", has_text=re.compile(rf"^{told}")).wait_for()


def _titles(page: Page) -> list[str]:
    return page.locator("table.papers .name").all_inner_texts()


def _report(page: Page, text: str) -> str:
    page.locator("#library .report", has_text=text).wait_for()
    return page.locator("#library .report").inner_text()


def test_papers_are_searched_and_sorted(page: Page) -> None:
    _count(page, "62 papers")
    assert _titles(page)[:2] == ["Otters in rivers", "Herons at dusk"]
    page.get_by_label("Search").fill("metres DIVE")
    _count(page, "1 of 62 papers")
    assert _titles(page) == ["Otters in rivers"]
    page.get_by_label("Search").fill("")
    _count(page, "62 papers")
    page.get_by_role("button", name="Year", exact=True).click()
    page.locator('th.year[aria-sort="descending"]').wait_for()
    assert _titles(page)[0] == "Herons at dusk"
    page.get_by_role("button", name="Year", exact=True).click()
    page.locator('th.year[aria-sort="ascending"]').wait_for()
    assert _titles(page)[0] == "Field note 000"
    assert len(_titles(page)) == 50
    page.get_by_role("button", name="Next").click()
    page.get_by_text("51–62 of 62").wait_for()
    assert _titles(page)[-1] == "Herons at dusk"


def test_a_title_unfolds_its_abstract_by_keyboard(page: Page) -> None:
    page.get_by_label("Select Otters in rivers").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("We find that they dive to 11 metres.").wait_for()


def test_filters_bound_the_chat_which_says_so_until_they_are_lifted(page: Page) -> None:
    page.get_by_label("To year").fill("2018")
    page.get_by_label("Venue").fill("aqua")
    _count(page, "1 of 62 papers")
    page.get_by_role("tab", name="Chat").click()
    chip = page.locator(".chip")
    assert chip.inner_text().strip() == "Only up to 2018, in aqua"
    page.get_by_label("Your question").fill("How often do herons call?")
    page.keyboard.press("Enter")
    page.locator(".turn .actions").wait_for()
    assert "Herons at dusk" not in page.locator(".turn").inner_text()
    page.get_by_role("button", name="Lift the filter and ask the whole library").focus()
    page.keyboard.press("Enter")
    chip.wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type("How often do herons call?")
    page.keyboard.press("Enter")
    page.locator("#t2 .actions").wait_for()
    assert "Herons at dusk" in page.locator("#t2").inner_text()
    page.get_by_role("tab", name="Library").click()
    _count(page, "62 papers")
    assert page.get_by_label("To year").input_value() == page.get_by_label("Venue").input_value() == ""


def test_what_is_wrong_with_a_year_is_said_and_the_filters_stay(page: Page) -> None:
    page.get_by_label("From year").fill("soon")
    page.get_by_text("“soon” is not a year. Type four digits, like 2021.").wait_for()
    _count(page, "62 papers")
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("is not a year").wait_for(state="detached")


def test_files_are_added_and_what_is_skipped_is_told(context: BrowserContext, empty: Served, tmp_path: Path) -> None:
    good, bad, both = tmp_path / "good.csv", tmp_path / "<b>bad<b> & worse.pdf", tmp_path / "both.jsonl"
    good.write_text("title,abstract\nLarks at dawn,Larks sing at dawn. They sing for 3 hours.\n", "utf-8")
    bad.write_bytes(b"%PDF-1.7 and so on")
    both.write_text(
        '{"title": "Owls at night", "abstract": "Owls hoot at night."}\n{"title": "No abstract"}\n', "utf-8"
    )
    page = _library(context.new_page(), empty)
    page.get_by_text("There are no papers yet.").wait_for()
    page.set_input_files("#library input[type=file]", [good, bad, both])
    told = _report(page, "2 added · 2 skipped")
    assert "<b>bad<b> & worse.pdf this is a PDF file" in told
    assert "both.jsonl:2" in told
    assert "/tmp" not in told
    _count(page, "2 papers")
    page.locator(".side .count", has_text="2 papers").wait_for()
    page.set_input_files("#library input[type=file]", [bad])
    assert "<b>bad<b> & worse.pdf" in _report(page, "Nothing was added · 1 skipped")
    page.set_input_files("#library input[type=file]", [good])
    _report(page, "1 there already")
    page.get_by_role("button", name="Dismiss").click()
    assert page.locator("#library .report").count() == 0
    page.locator("summary", has_text="Larks at dawn").click()
    page.get_by_text("from good.csv").wait_for()


def test_while_another_process_writes_the_page_says_so(
    context: BrowserContext, empty: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEWISE_LOCK_SECONDS", "0")
    page = _library(context.new_page(), empty)
    (tmp_path / "library").mkdir(exist_ok=True)
    with FileLock(tmp_path / "library" / ".lock"):
        page.set_input_files("#library input[type=file]", write_records(tmp_path / "one.jsonl", [OTTERS]))
        page.get_by_text("is writing to this library").wait_for()
        page.get_by_text("Wait until it is done").wait_for()
    page.set_input_files("#library input[type=file]", tmp_path / "one.jsonl")
    _report(page, "1 added")


def test_files_that_are_too_large_are_refused_before_they_are_sent(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * (1 << 20) + b"y" * 600_000)
    page.set_input_files("#library input[type=file]", large)
    page.get_by_text("large.csv: 1.6 MB; at most 1 MB are taken at once.").wait_for()
    page.get_by_text("start the server with a larger --max-upload").wait_for()


def test_papers_are_removed_only_after_a_yes(context: BrowserContext, empty: Served, tmp_path: Path) -> None:
    page = _library(context.new_page(), empty)
    page.set_input_files("#library input[type=file]", write_records(tmp_path / "two.jsonl", [HERONS, OTTERS]))
    _count(page, "2 papers")
    assert page.get_by_role("button", name="Remove…").is_disabled()
    page.get_by_label("Select Herons at dusk").check()
    page.get_by_text("· 1 selected").wait_for()
    page.get_by_role("button", name="Remove…").click()
    page.get_by_role("dialog").get_by_text("Herons at dusk").wait_for()
    page.keyboard.press("Escape")
    _count(page, "2 papers")
    page.get_by_role("button", name="Remove…").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    _count(page, "1 paper")
    assert _titles(page) == ["Otters in rivers"]
    page.locator(".side .count", has_text="1 paper").wait_for()


def test_the_selection_is_exported_else_what_is_shown(page: Page) -> None:
    page.get_by_label("Select Herons at dusk").check()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export BibTeX").click()
    assert saved.value.suggested_filename == "papers.bib"
    text = saved.value.path().read_text("utf-8")
    assert re.findall(r"title = \{(.*)\}", text) == ["Herons at dusk"]
    page.get_by_label("Select Herons at dusk").uncheck()
    page.get_by_label("Search").fill("rivers")
    _count(page, "1 of 62 papers")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export BibTeX").click()
    assert re.findall(r"title = \{(.*)\}", saved.value.path().read_text("utf-8")) == ["Otters in rivers"]


def test_the_first_visit_loads_the_sample_and_asks_one_of_its_questions(context: BrowserContext, empty: Served) -> None:
    page = context.new_page()
    page.goto(empty.url)
    page.get_by_role("heading", name="Start with your papers").wait_for()
    page.get_by_role("button", name="Load the sample").click()
    examples = page.locator(".examples button")
    examples.first.wait_for()
    page.get_by_text("From 81 papers.").wait_for()
    asked = examples.first.inner_text()
    examples.first.click()
    page.locator(".turn.answered .actions").wait_for()
    assert page.locator(".turn .question").inner_text() == asked
    assert page.locator(".turn .source").count() >= 1


def test_papers_that_came_from_elsewhere_are_there_when_the_view_is_opened(
    context: BrowserContext, empty: Served, tmp_path: Path, embedder: BundledEmbedder
) -> None:
    page = _library(context.new_page(), empty)
    page.get_by_text("There are no papers yet.").wait_for()
    other = Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder))
    other.index(write_records(tmp_path / "one.jsonl", [OTTERS]))
    other.close()
    page.get_by_role("tab", name="Chat").click()
    page.get_by_role("tab", name="Library").click()
    _count(page, "1 paper")


def test_hostile_texts_and_file_names_act_nowhere(context: BrowserContext, empty: Served, tmp_path: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.add_init_script("window.boom = () => { window.pwned = true; }")
    _library(page, empty)
    records = write_records(
        tmp_path / "evil.jsonl",
        [
            {
                "title": f"Moles {EVIL}",
                "abstract": f"Moles {EVIL} dig.",
                "authors": [EVIL],
                "venue": EVIL,
                "year": 2020,
                "url": "javascript:boom()",
            }
        ],
    )
    papers: FilePayload = {
        "name": "<img src=x onerror=boom()>.jsonl",
        "mimeType": "text/plain",
        "buffer": records.read_bytes(),
    }
    other: FilePayload = {
        "name": "<script>boom()</script>${boom()}.pdf",
        "mimeType": "text/plain",
        "buffer": b"%PDF-1.7",
    }
    page.set_input_files("#library input[type=file]", [papers, other])
    _report(page, "1 added · 1 skipped")
    page.locator("table.papers summary").click()
    page.locator(".unfolded").wait_for()
    page.get_by_label("Author").fill(EVIL[:60])
    _count(page, "1 paper")
    page.locator(".chip").wait_for(state="attached")
    page.get_by_label(re.compile("^Select Moles")).check()
    page.get_by_role("button", name="Remove…").click()
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("window.pwned") is None
    assert page.locator("#library :is(img, script, style, iframe), #library a, .chip :is(img, script)").count() == 0
    assert [url for url in asked if not url.startswith((empty.url, "blob:", "data:"))] == []
    assert said == []


@pytest.mark.parametrize("width", [390, 820])
def test_nothing_scrolls_sideways(context: BrowserContext, served: Served, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    _library(page, served)
    for name in ("Chat", "Library", "About"):
        page.get_by_role("tab", name=name).click()
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_about_tells_who_answers_and_how_to_change_it(page: Page, tmp_path: Path) -> None:
    page.get_by_role("tab", name="About").click()
    page.get_by_text("No language model is asked.").wait_for()
    told = page.locator(".about").inner_text()
    assert "library, 62 papers" in told
    assert "CITEWISE_LLM_URL" in told
