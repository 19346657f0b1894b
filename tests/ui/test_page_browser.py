"""The chat page in a real browser, over the whole server: asking, citations, what is going on, conversations, and texts
that mean harm.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fakes import write_records
from model_server import ModelServer, Part, Request, chunk, event, events
from served import Served

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.models.bundled_embedder import BundledEmbedder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

EVIL = (
    "<img src='http://evil.example/i' onerror=boom()><script>boom()</script><a href='javascript:boom()'>x</a>"
    "<style>body{background:url(http://evil.example/s)}</style>\u202egnp\u200b\x1b[31m${boom()}{{boom()}}"
)
PAPERS: list[dict[str, object]] = [
    {
        "title": "Calling Out: Telling Herons from Storks",
        "abstract": "Herons and storks are hard to tell apart at dusk. CallNet listens to calls of 0.5 seconds and "
        "needs no camera. "
        "It is right in 91.5% of cases, while people are right in 84%. Its error falls as $O(\\sqrt{n})$ with the "
        "number of calls.",
        "authors": ["Ada Mole", "Bo Vole", "Cy Hare"],
        "year": 2021,
        "venue": "Journal of Birds",
        "url": "https://example.org/herons",
    },
    {
        "title": "Wings: Counting Storks from the Air",
        "abstract": "Storks are counted by hand in most countries. WingCount uses drones that fly at 60 metres. "
        "WingCount finds 97% of nests, and it outperforms counting from cars.",
        "authors": ["Di Wren"],
        "year": 2019,
    },
    {
        "title": f"Hedgehogs {EVIL}",
        "abstract": f"Hedgehogs {EVIL} cross roads at night. SpineCam {EVIL} sees 77% of hedgehogs.",
        "authors": [f"Eve {EVIL}"],
        "venue": EVIL,
        "year": 2020,
        "url": "javascript:boom()",
    },
]
QUESTION = "How often is CallNet right?"


def _embedded(folder: Path, embedder: BundledEmbedder, model: ModelServer | None = None) -> Client:
    engine = EmbeddedEngine(folder, embedder=embedder, writer="chat" if model else "extractive")
    if model:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CITEWISE_LLM_URL", model.url)
            patch.setenv("CITEWISE_LLM_MODEL", f"birdy {EVIL}")
            patch.setenv("CITEWISE_LLM_PRICES", "1/2")
            engine.model()
    return Client.over(engine)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Path:
    made = tmp_path_factory.mktemp("birds")
    client = _embedded(made / "library", embedder)
    client.index(write_records(made / "papers.jsonl", PAPERS))
    client.close()
    return made / "library"


@pytest.fixture(scope="module")
def server(folder: Path, embedder: BundledEmbedder) -> Iterator[Served]:
    """Quotes."""
    with Served(_embedded(folder, embedder)) as served:
        yield served


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as started:
        yield started


@pytest.fixture(scope="module")
def writing(folder: Path, embedder: BundledEmbedder, model: ModelServer) -> Iterator[Served]:
    """Has a model write."""
    with Served(_embedded(folder, embedder, model)) as served:
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True, reduced_motion="reduce")
    made.set_default_timeout(90_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, server: Served) -> Page:
    return _opened(context, server.url)


def _opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    page.locator("#talk").wait_for(state="attached")
    return page


def _ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def _answered(page: Page, turn: int, question: str) -> None:
    """Asks, and waits until the turn is finished."""
    _ask(page, question)
    page.locator(f"#talk #t{turn} .actions").wait_for()
    page.locator("body:not(.working)").wait_for()


def _id(page: Page) -> str:
    """The id of the open conversation, as the address has it."""
    page.wait_for_url(re.compile(r"\?c=\w+"))
    return page.url.rpartition("=")[2]


def _item(page: Page, conversation_id: str, choice: str) -> None:
    """Chooses from the menu of a conversation in the sidebar."""
    item = page.locator(f'.item[data-id="{conversation_id}"]')
    item.hover()
    item.locator("summary").click()
    item.get_by_role("button", name=choice).click()


def _said(*sentences: tuple[str, str]) -> str:
    return json.dumps({"verdict": "answered", "sentences": [{"cites": [c], "text": t} for c, t in sentences]})


def _slowly(text: str, go_on: threading.Event, cut: str) -> Part:
    """A streamed reply that stops before ``cut`` until it may go on."""

    def play(request: Request) -> None:
        head, tail = text.split(cut)
        request.head()
        request.write(event(chunk(head)))
        while not go_on.wait(0.05):
            request.write(b": still there\n\n")
        for data in events([cut + tail]):
            request.write(data)

    return play


RIGHT, DEAF = (
    ("1.3", "It is right in 91.5% of cases, while people are right in 84%."),
    ("1.2", "CallNet listens to calls of 0.5 seconds and needs no camera."),
)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_a_citation_opens_its_paper_and_marks_the_sentence(page: Page) -> None:
    _answered(page, 1, QUESTION)
    assert "right in 91.5%" in page.locator("#t1 p.text").inner_text()
    card = page.locator("#t1-s1")
    assert card.get_attribute("open") is None
    cite = page.locator("#t1 .claim", has_text="91.5%").locator("a.cite")
    cite.hover()
    tip = page.get_by_role("tooltip")
    tip.wait_for()
    assert "It is right in 91.5% of cases" in tip.inner_text()
    cite.click()
    assert card.get_attribute("open") is not None
    assert "It is right in 91.5% of cases" in card.locator("mark.on").inner_text()
    assert "Herons and storks are hard to tell apart at dusk." in card.inner_text()  # the whole abstract
    assert card.locator("math msqrt").count() == 1
    assert "Ada Mole et al. · Journal of Birds · 2021" in card.inner_text()
    link = card.get_by_role("link", name="Open the paper")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == (
        "https://example.org/herons",
        "noopener noreferrer",
    )
    answer, beside = page.locator("#t1 .answer").bounding_box(), card.bounding_box()
    assert answer
    assert beside
    assert beside["x"] >= answer["x"] + answer["width"]


def test_a_citation_works_by_keyboard_and_escape_goes_back(page: Page) -> None:
    _answered(page, 1, QUESTION)
    assert page.evaluate("document.activeElement.id") == "question"
    page.locator("#t1 a.cite").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.get_by_role("tooltip").wait_for()
    page.keyboard.press("Enter")
    assert page.locator("#t1-s1[open] mark.on").inner_text() == page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Escape")
    assert page.locator("#t1-s1").get_attribute("open") is None
    assert page.evaluate("document.activeElement.className") == "cite"


def test_a_follow_up_is_understood_and_numbers_stay(page: Page) -> None:
    _answered(page, 1, QUESTION)
    _answered(page, 2, "How many nests does WingCount find?")
    _answered(page, 3, "And how often are people right compared with CallNet?")
    assert page.locator("#t2 .sources .number").all_inner_texts() == ["2"]
    assert "1" in page.locator("#t3 .sources .number").all_inner_texts()


def test_each_kind_of_no_says_which_it_is(page: Page) -> None:
    _answered(page, 1, "What is the population of Berlin?")
    _answered(page, 2, "Which optimiser was CallNet trained with?")
    assert page.locator("#t1 .verdict").inner_text() == "Not in this library"
    assert page.locator("#t2 .verdict").inner_text() == "Not stated"
    borders = page.evaluate(
        "['#t1','#t2'].map(t => getComputedStyle(document.querySelector(t + ' .answer')).borderLeft)"
    )
    assert borders[0] != borders[1]


def test_a_question_can_be_edited_and_asked_again(page: Page) -> None:
    _answered(page, 1, "How many nests does WingCount find?")
    _answered(page, 2, "And why?")
    page.locator("#t2").get_by_role("button", name="Ask again").click()
    page.locator("body:not(.working) #talk #t2 .actions").wait_for()
    page.locator("#t1").get_by_role("button", name="Edit").click()
    assert page.get_by_label("Your question").input_value() == "How many nests does WingCount find?"
    assert "the turn after it will be replaced" in page.locator("#editing").inner_text()
    _ask(page, QUESTION)
    page.locator("#talk #t1-q", has_text="CallNet").wait_for()
    page.locator("body:not(.working)").wait_for()
    assert page.locator("#talk article").count() == 1


def test_an_answer_is_copied_with_its_sources(context: BrowserContext, page: Page, server: Served) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    _answered(page, 1, QUESTION)
    page.locator("#t1").get_by_role("button", name="Copy").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "right in 91.5% of cases" in copied
    assert (
        "[1] Ada Mole, Bo Vole, Cy Hare. Calling Out: Telling Herons from Storks. Journal of Birds. 2021. "
        "https://example.org/herons" in copied
    )


def test_a_rating_and_its_comment_are_kept(page: Page, folder: Path, embedder: BundledEmbedder) -> None:
    _answered(page, 1, QUESTION)
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_label("What was wrong?").fill("People <b>cheat</b>.")
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("status").filter(has_text="Kept").wait_for()
    place = _id(page)
    page.reload()
    page.locator('#t1 [aria-label="Bad answer"][aria-pressed="true"]').wait_for()
    (kept,) = _embedded(folder, embedder).ratings(place)
    assert (kept.turn, kept.liked, kept.comment) == (1, False, "People <b>cheat</b>.")


# --- with a model -----------------------------------------------------------------------------------------------------


def test_sentences_come_one_by_one_and_the_page_tells_what_is_going_on(
    context: BrowserContext, writing: Served, model: ModelServer
) -> None:
    go_on = threading.Event()
    model.play(_slowly(_said(RIGHT, DEAF), go_on, '"cites": ["1.2"]'))
    page = _opened(context, writing.url)
    _ask(page, QUESTION)
    page.locator("#live .claim").first.wait_for()
    assert page.locator("#live .claim").count() == 1
    assert "Searched for “How often is CallNet right?” · 3 papers" in page.locator("#live .doing").inner_text()
    assert "Writing" in page.locator("#live .doing").inner_text()
    page.locator("#live a.cite").click()
    assert "91.5%" in page.locator("#live #t1-s1[open] mark.on").inner_text()
    go_on.set()
    page.locator("#talk #t1 .actions").wait_for()
    assert page.locator("#talk #t1 .claim").count() == 2
    assert page.locator("#talk #t1-s1[open]").count() == 1  # what was unfolded stays so
    small = page.locator("#t1 .small").inner_text()
    assert "12 tokens read, 5 written" in small
    assert "$0.0000" in small
    assert "birdy <img src=" in small


def test_a_question_is_stopped_in_the_middle_and_is_no_turn(
    context: BrowserContext, writing: Served, model: ModelServer
) -> None:
    go_on = threading.Event()
    model.play(_slowly(_said(RIGHT, DEAF), go_on, '"cites": ["1.2"]'), _slowly(_said(RIGHT), go_on, "}]"))
    page = _opened(context, writing.url)
    _ask(page, QUESTION)
    page.locator("#live .claim").first.wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    go_on.set()
    assert page.locator("#talk article").count() == 0
    assert "?c=" not in page.url
    page.locator("#live").get_by_role("button", name="Ask again").click()
    page.locator("#talk #t1 .actions").wait_for()
    assert page.locator("article").count() == 1


def test_what_is_withheld_is_a_line_that_unfolds(context: BrowserContext, writing: Served, model: ModelServer) -> None:
    wrong = {"cites": ["1.3"], "text": f"CallNet is right in 95% of cases. {EVIL}"}
    go_on = threading.Event()
    go_on.set()
    first = json.dumps({"verdict": "answered", "sentences": [{"cites": ["1.3"], "text": RIGHT[1]}, wrong]})
    model.play(_slowly(first, go_on, '"verdict"'), _slowly(json.dumps(wrong), go_on, '"cites"'))
    page = _opened(context, writing.url)
    _answered(page, 1, QUESTION)
    line = page.locator("#t1 .withheld summary")
    assert "1 sentence was withheld" in line.inner_text()
    line.click()
    assert "95%" in page.locator("#t1 .withheld li").inner_text()


def test_an_error_is_told_with_its_remedy_and_the_question_can_be_asked_again(
    context: BrowserContext, writing: Served, model: ModelServer
) -> None:
    from model_server import reply, status

    model.play(status(401, "wrong key"), reply(_said(RIGHT)))
    page = _opened(context, writing.url)
    _ask(page, QUESTION)
    page.locator("#live .ended[role=alert]").wait_for()
    assert "CITEWISE_LLM_KEY" in page.locator("#live .ended").inner_text()
    page.locator("#live").get_by_role("button", name="Ask again").click()
    page.locator("#talk #t1 .actions").wait_for()


# --- conversations ----------------------------------------------------------------------------------------------------


def test_a_conversation_is_renamed_exported_and_deleted(page: Page) -> None:
    _answered(page, 1, QUESTION)
    place = _id(page)
    _item(page, place, "Rename")
    page.get_by_label("New name").fill("Herons <b>by ear</b>")
    page.keyboard.press("Enter")
    page.locator(f'.item[data-id="{place}"]', has_text="Herons <b>by ear</b>").wait_for()
    for choice, ending, holds in (
        ("Markdown", "Herons-bby-earb.md", "right in 91.5%"),
        ("BibTeX", "Herons-bby-earb.bib", "author = {Ada Mole"),
    ):
        with page.expect_download() as handed:
            _item(page, place, choice)
        assert handed.value.suggested_filename == ending
        assert holds in Path(handed.value.path()).read_text("utf-8")
    _item(page, place, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    assert page.locator(f'.item[data-id="{place}"]').count() == 1
    _item(page, place, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.locator(f'.item[data-id="{place}"]').wait_for(state="detached")
    assert page.locator("#talk article").count() == 0
    assert "?c=" not in page.url


def test_a_conversation_is_found_by_what_was_said_in_it(
    context: BrowserContext, tmp_path: Path, embedder: BundledEmbedder
) -> None:
    client = _embedded(tmp_path / "library", embedder)
    client.index(write_records(tmp_path / "papers.jsonl", PAPERS))
    for n in range(10):
        client.chat().ask(QUESTION if n == 4 else f"Question {n}: what is the population of Berlin?")
    with Served(client) as served:
        page = _opened(context, served.url)
        page.get_by_label("Find a conversation").fill("91.5% callnet")
        page.locator(".item", has_text="Berlin").first.wait_for(state="detached")
        assert page.locator(".item a").count() == 1
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.locator("#talk #t1-q", has_text=QUESTION).wait_for()
        page.get_by_label("Find a conversation").press("Escape")
        page.locator(".item", has_text="Berlin").first.wait_for()


def test_a_link_leads_to_a_conversation_and_a_wrong_one_says_so(
    context: BrowserContext, page: Page, server: Served
) -> None:
    _answered(page, 1, QUESTION)
    link = page.url
    page.get_by_role("link", name="New conversation").click()
    page.locator("#welcome").wait_for()
    page.go_back()
    page.locator("#t1-q").wait_for()
    other = _opened(context, link + "#t1-s1-3")
    assert "91.5%" in other.locator("#t1-s1[open] mark.on").inner_text()
    other.goto(server.url + "/?c=nonesuch")
    other.get_by_text("There is no conversation at this address.").wait_for()
    _answered(other, 1, "How many nests does WingCount find?")
    assert "nonesuch" not in other.url


def test_two_tabs_know_nothing_of_each_other(context: BrowserContext, page: Page, server: Served) -> None:
    other = _opened(context, server.url)
    _ask(page, QUESTION)
    _ask(other, "How many nests does WingCount find?")
    page.locator("#talk #t1 .actions").wait_for()
    other.locator("#talk #t1 .actions").wait_for()
    assert "CallNet" in page.locator("#t1-q").inner_text()
    assert "WingCount" in other.locator("#t1-q").inner_text()
    assert _id(page) != _id(other)


def test_turning_to_another_conversation_does_not_lose_the_answer(
    context: BrowserContext, writing: Served, model: ModelServer
) -> None:
    go_on = threading.Event()
    model.play(_slowly(_said(RIGHT, DEAF), go_on, '"cites": ["1.2"]'))
    page = _opened(context, writing.url)
    _ask(page, "How often is CallNet right about storks?")
    page.locator("#live .claim").first.wait_for()
    page.get_by_role("link", name="New conversation").click()
    page.locator("#live article").wait_for(state="detached")
    go_on.set()
    _wait_for(lambda: "about storks" in _sidebar(page))
    assert page.locator("#talk article").count() == 0


def test_what_comes_late_from_a_question_left_behind_is_not_shown(
    context: BrowserContext, writing: Served, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ui.page.asking.Question.leave", lambda question: None
    )  # all its news come, as if they had been on their way
    go_on = threading.Event()
    model.play(_slowly(_said(RIGHT, DEAF), go_on, '"cites": ["1.2"]'))
    page = _opened(context, writing.url)
    _ask(page, "How often is CallNet right about geese?")
    page.locator("#live .claim").first.wait_for()
    page.get_by_role("link", name="New conversation").click()
    page.locator("#welcome").wait_for()
    go_on.set()
    page.locator(".item", has_text="about geese").wait_for()
    page.locator("#welcome").wait_for()
    page.locator("#talk article, #live article").first.wait_for(state="detached")
    assert "?c=" not in page.url


def test_a_server_that_goes_away_is_told_and_the_question_is_not_lost(
    context: BrowserContext, folder: Path, embedder: BundledEmbedder, model: ModelServer
) -> None:
    go_on = threading.Event()
    model.play(_slowly(_said(RIGHT, DEAF), go_on, '"cites": ["1.2"]'))
    with Served(_embedded(folder, embedder, model)) as first:
        page = _opened(context, first.url)
        _ask(page, QUESTION)
        page.locator("#live .claim").first.wait_for()
    page.get_by_role("alert").filter(has_text="The server is not there").wait_for()
    assert page.get_by_label("Your question").input_value() == QUESTION
    go_on.set()
    with Served(_embedded(folder, embedder), port=first.port):
        page.locator("#lost").wait_for(state="detached")
        page.locator("#talk").wait_for(state="attached")
        assert page.get_by_label("Your question").input_value() == QUESTION
        page.get_by_label("Your question").press("Enter")
        page.locator("#talk #t1 .actions").wait_for()
        assert page.get_by_label("Your question").input_value() == ""


def test_a_conversation_outlives_the_server(context: BrowserContext, folder: Path, embedder: BundledEmbedder) -> None:
    with Served(_embedded(folder, embedder)) as first:
        page = _opened(context, first.url)
        _answered(page, 1, QUESTION)
        place = _id(page)
    with Served(_embedded(folder, embedder), port=first.port):
        _answered(page, 2, "And why?")  # in the tab that stayed open
        page.reload()
        page.locator("#talk #t2").wait_for()
        assert _id(page) == place


def _sidebar(page: Page) -> str:
    page.reload()
    page.locator("#side .library").wait_for()
    return page.locator("#side").inner_text()


def _wait_for(is_so: Callable[[], bool]) -> None:
    for _ in range(40):
        if is_so():
            return
    raise AssertionError("it did not come")


# --- what a page must not do ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_is_wide_enough(browser: Browser, server: Served, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 780}, color_scheme=scheme, reduced_motion="reduce")
    context.set_default_timeout(90_000)
    page = _opened(context, server.url)
    _answered(page, 1, QUESTION)
    page.locator("#t1 a.cite").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    answer, below = page.locator("#t1 .answer").bounding_box(), page.locator("#t1-s1[open]").bounding_box()
    assert answer
    assert below
    assert below["y"] >= answer["y"] + answer["height"]
    page.get_by_role("button", name="Conversations").click()
    page.get_by_role("link", name="New conversation").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('#side').inert")
    paper = page.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
    assert (paper > 128) is (scheme == "light")
    context.close()


def test_no_text_acts_on_the_page_and_nothing_leaves_the_machine(
    context: BrowserContext, writing: Served, model: ModelServer
) -> None:
    go_on = threading.Event()
    go_on.set()
    sentence = json.dumps(
        {"verdict": "answered", "sentences": [{"cites": ["1.2"], "text": "SpineCam sees 77% of hedgehogs."}]}
    )
    model.play(_slowly(sentence, go_on, '"verdict"'))
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script("window.boom = () => { window.boomed = true }")
    page.goto(writing.url)
    page.locator("#talk").wait_for(state="attached")
    _answered(page, 1, f"How many hedgehogs does SpineCam see? {EVIL}")
    for card in page.locator("details.source").all():
        card.locator("summary").click()
    page.locator("a.cite").first.hover()
    page.get_by_role("tooltip").wait_for()
    _item(page, _id(page), "Rename")
    page.get_by_label("New name").fill(EVIL)
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="Renamed").wait_for()
    page.reload()
    page.locator("#talk #t1").wait_for()
    assert said == []
    assert page.evaluate("window.boomed") is None
    assert page.locator("#talk :is(img, script, style, iframe, object, [onerror], a[href^=javascript])").count() == 0
    assert page.locator("#side :is(img, script, style)").count() == 0
    assert [url for url in asked if not url.startswith((writing.url, "data:", "blob:"))] == []
    shown = page.locator("#talk").inner_text() + page.locator("#side").inner_text()
    assert "<img src='http://evil.example/i' onerror=boom()>" in shown
    assert not re.search(r"[\u202e\u200b\x1b]", shown)
