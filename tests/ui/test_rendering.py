"""Turns, cards and the sidebar as HTML: the whole of what is shown, and nothing of a text acts in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from html.parser import HTMLParser

import pytest

from rag.library.bibtex import to_bibtex
from rag.types import (
    About,
    Answer,
    Claim,
    Paper,
    Passage,
    RankedSentence,
    Rating,
    SavedConversation,
    Sentence,
    Source,
    Timings,
    Turn,
    Usage,
    Withheld,
)
from ui.page.cards import byline, cards, web
from ui.page.formulas import LONGEST, inert, mathml, prose
from ui.page.progress import Progress, unfinished
from ui.page.rendering import conversation, copied, finished, seconds
from ui.page.sidebar import sidebar

EVIL = (
    "<script>boom()</script><img src=//evil.example/i onerror='boom()'>\"' onmouseover=boom() x=\" <a "
    'href="javascript:boom()">x</a>'
    "<style>*{color:red}</style></textarea></title>\u202egnp\u200b\u2066\x1b[31m\0"
)
ABSTRACT = "Herons call. They call 9 times an hour. It rains."
HERONS = Paper(
    "Herons at dusk",
    ABSTRACT,
    ("Ada Mole", "Bo Vole"),
    2021,
    "Journal of Birds",
    "https://example.org/h",
    kept_as="doi:10.1/h",
)
CALLS = Sentence("doi:10.1/h", 2, 13, 39, "They call 9 times an hour.")
ANSWER = Answer(
    question="How often do herons call?",
    outcome="answered",
    text="They call 9 times an hour. [1]",
    claims=(Claim("They call 9 times an hour.", (CALLS.id,), "quoted"),),
    sources=(Source(1, HERONS, (CALLS,)),),
    withheld=(),
    writer="extractive",
    model=None,
    usage=Usage(),
    timings=Timings(0.01, 0.02, 0.04),
    standalone_question="How often do herons call?",
)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class _Text(HTMLParser):
    """The tags and attributes of HTML, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.text += " " * (tag in ("p", "li", "span", "strong", "summary", "h2", "h3"))
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def _turn(answer: Answer = ANSWER) -> Turn:
    return Turn(NOW, answer)


def _shown(answer: Answer) -> str:
    return _Text(finished(1, _turn(answer), {})).text


def test_the_card_of_a_paper_is_its_whole_abstract_with_the_cited_sentence_marked() -> None:
    assert cards(3, ANSWER.sources, {HERONS.paper_id: HERONS}) == (
        '<aside class="sources" aria-label="Sources of answer 3"><h3 class="unseen">Sources</h3><details '
        'class="source" id="t3-s1">'
        '<summary><span class="number">1</span><span class="what"><span class="title">Herons at dusk</span>'
        '<span class="by">Ada Mole and Bo Vole · Journal of Birds · 2021</span></span></summary><div class="abstract">'
        '<p>Herons call. <mark id="t3-s1-2" tabindex="-1">They call 9 times an hour.</mark> It rains.</p><p '
        'class="links">'
        '<a href="https://example.org/h" target="_blank" rel="noopener noreferrer">Open the paper<svg class="icon" '
        'viewBox="0 0 24 24" '
        'aria-hidden="true" focusable="false"><path d="M8 16L18 6M10 6h8v8"/></svg></a>'
        '<button type="button" class="text" data-do="copy" data-said="Copied as BibTeX." data-copy="'
        f'{escape(to_bibtex([HERONS]))}">BibTeX</button>'
        '<button type="button" class="back" data-do="back">Back to the answer</button></p></div></details></aside>'
    )


def test_a_citation_is_a_plain_link_to_the_marked_sentence() -> None:
    html = finished(3, _turn(), {HERONS.paper_id: HERONS}, "?c=abc")
    assert (
        '<p class="text"><span class="claim"><span class="said">They call 9 times an hour.</span> <a class="cite" '
        'id="t3-c1-1" '
        'href="?c=abc#t3-s1-2" data-marks="t3-s1-2" aria-label="[1] Herons at dusk">[1]</a></span> </p>'
    ) in html
    assert '<mark id="t3-s1-2"' in html


def test_a_paper_that_left_or_changed_is_shown_as_it_was_cited() -> None:
    left = _Text(cards(1, ANSWER.sources, {}))
    assert (
        "They call 9 times an hour. This paper is no longer in the library. These are the sentences as they were cited."
        in left.text
    )
    changed = _Text(
        cards(
            1,
            ANSWER.sources,
            {HERONS.paper_id: replace(HERONS, abstract="Herons are silent and do not call at all, ever.")},
        )
    )
    assert "This paper’s abstract has changed since." in changed.text
    assert "silent" not in changed.text


@pytest.mark.parametrize(
    ("outcome", "text", "claims", "said"),
    [
        (
            "not_covered",
            "Not covered: no abstract in this library mentions “Berlin”.",
            (),
            "Not in this library No abstract in this library",
        ),
        (
            "not_stated",
            "Not stated. No sentence was found in: Herons at dusk [1].",
            (),
            "Not stated No sentence was found in: Herons at dusk [1].",
        ),
        (
            "partial",
            "Not as the question puts it: 9, not 12.\n\nThey call.",
            ANSWER.claims,
            "Not as the question puts it 9, not 12. They call",
        ),
        ("partial", "They call 9 times an hour. [1]", ANSWER.claims, "Not as the question puts it They call 9 times"),
        (
            "partial",
            "Incomplete: no reply.\n\nThey call.",
            ANSWER.claims,
            "Answered in part Incomplete: no reply. They call",
        ),
        (
            "answered",
            "Quoted, for the model was out.\n\nThey call.",
            ANSWER.claims,
            "Quoted, for the model was out. They call",
        ),
    ],
)
def test_each_kind_of_no_has_its_own_heading(outcome: str, text: str, claims: tuple[Claim, ...], said: str) -> None:
    assert said in _shown(replace(ANSWER, outcome=outcome, text=text, claims=claims))  # type: ignore[arg-type]


def test_what_was_searched_for_is_told_where_it_is_not_what_was_asked() -> None:
    assert "Searched for “Why do herons call?”" in _shown(
        replace(ANSWER, question="Why?", standalone_question="Why do herons call?")
    )
    assert "Searched for" not in _shown(ANSWER)


def test_small_print_tells_time_writer_tokens_and_cost() -> None:
    assert "0.04 s · quoted from the abstracts" in _shown(ANSWER)
    written = replace(
        ANSWER, writer="chat", model="birdy", usage=Usage(1203, 88, 0.00123), timings=Timings(0.1, 1, 4.24)
    )
    assert "4.2 s · birdy, each sentence checked · 1,203 tokens read, 88 written · $0.0012" in _shown(written)
    assert [seconds(s) for s in (0.041, 0.94, 9.94, 61)] == ["0.04 s", "0.9 s", "9.9 s", "61 s"]


def test_what_was_withheld_unfolds() -> None:
    shown = _shown(
        replace(ANSWER, withheld=(Withheld("They sing.", "“sing” is not there."), Withheld("They fly.", "No.")))
    )
    assert (
        "2 sentences were withheld: what it cites does not bear it out They sing. “sing” is not there. They fly. No."
        in shown
    )


def test_a_rated_answer_says_so_and_asks_for_a_word() -> None:
    html = finished(1, _turn(), {}, rating=Rating("c", 1, True, 'fine "indeed"', NOW))
    assert 'data-liked="true" aria-pressed="true" aria-label="Good answer"' in html
    assert 'data-liked="false" aria-pressed="false" aria-label="Bad answer"' in html
    assert 'value="fine &quot;indeed&quot;"' in html
    assert "<form" not in finished(1, _turn(), {})


def test_a_copy_has_the_sources_in_full() -> None:
    assert copied(ANSWER, {HERONS.paper_id: HERONS}) == (
        "How often do herons call?\n\nThey call 9 times an hour. [1]\n\n"
        "[1] Ada Mole, Bo Vole. Herons at dusk. Journal of Birds. 2021. https://example.org/h"
    )


def test_only_the_last_answer_can_be_asked_again() -> None:
    html = conversation([_turn(), _turn()], {}, {}, "abc", "Herons")
    first, last = html.split('id="t2"')
    assert 'data-do="again"' in first
    assert "hidden>" in first
    assert "hidden>" not in last


# --- the turn in progress ---------------------------------------------------------------------------------------------


def test_the_turn_in_progress_tells_what_is_going_on() -> None:
    passage = Passage(HERONS, 1.0, (RankedSentence(CALLS, 0.9),))
    asked = Progress(1, "How often?")
    assert (
        _Text(unfinished(replace(asked, phase="waiting", before=3))).text
        == "How often? Waiting: 3 questions before you"
    )
    assert "Waiting: next in line" in unfinished(replace(asked, phase="waiting"))
    assert "Searching" in unfinished(asked)
    writing = replace(asked, phase="writing", searched="How often do herons call?", passages=(passage,), withheld=1)
    assert "Searched for “How often do herons call?” · 1 paper" in unfinished(writing)
    assert "Writing · 1 withheld" in unfinished(writing)
    html = unfinished(replace(writing, claims=ANSWER.claims, numbers={CALLS.id: 4}))
    assert 'href="#t1-s4-2"' in html
    assert '<mark id="t1-s4-2"' in html
    assert 'data-phase="working"' in html


def test_a_turn_that_stopped_or_failed_offers_to_ask_again() -> None:
    stopped = unfinished(Progress(1, "How often?", "stopped", claims=ANSWER.claims))
    assert "Stopped. What was written so far is not kept. Ask againEdit the question" in _Text(stopped).text
    failed = unfinished(Progress(1, "How often?", "failed", problem="The model is gone.", remedy="Start it."))
    assert 'role="alert"' in failed
    assert "The model is gone." in failed
    assert "Start it." in failed
    assert 'data-phase="working"' not in stopped + failed


# --- the sidebar ------------------------------------------------------------------------------------------------------


def test_the_sidebar_groups_conversations_by_day_and_names_the_library() -> None:
    saved = [SavedConversation(f"c{d}", f"Day {d}", NOW - timedelta(days=d), d + 1) for d in (0, 1, 3, 30)]
    about = About("birds", 1234, 1, "chat", "birdy", None, 900, "1")
    html = sidebar(saved, about, "c1", NOW)
    assert [h.split("<")[0] for h in html.split("<h3>")[1:]] == ["Today", "Yesterday", "Last seven days", "Earlier"]
    assert html.count('aria-current="page"') == 1
    assert 'data-id="c1" title="Day 1" dir="auto" aria-current="page"' in html
    assert "birds 1,234 papers" in _Text(html).text
    assert "written by birdy, each sentence checked" in html
    assert "Conversations are kept here" in sidebar([], None, "", NOW)
    assert '<a href="/sign-out">Sign out</a>' in sidebar(saved, about, "c1", NOW, [("Sign out", "/sign-out")])


def test_the_sidebar_lists_the_latest_and_what_is_sought() -> None:
    saved = [SavedConversation(f"c{n}", f"Talk {n}", NOW, 1) for n in range(70)]
    html = sidebar(saved, None, "", NOW)
    assert (html.count('<li class="item"'), "Show 10 older" in html, 'data-many="true"' in html) == (60, True, True)
    assert sidebar(saved, None, "", NOW, most=260).count('<li class="item"') == 70
    assert "No conversation has “&lt;b&gt;”." in sidebar([], None, "", NOW, sought="<b>")
    assert 'data-many="false"' in sidebar(saved[:3], None, "", NOW)


# --- texts that mean harm ---------------------------------------------------------------------------------------------

TAGS = set(
    "div article h1 h2 h3 p span a aside details summary mark svg path button form label input nav ul li strong q "
    "math mrow mi mo mn mtext msqrt".split()
)


def test_no_text_becomes_markup_wherever_it_stands() -> None:
    evil = Paper(
        EVIL, f"{EVIL}. Second {EVIL}.", (EVIL, EVIL, EVIL), 2021, EVIL, "javascript:boom()", kept_as=f"title:{EVIL}"
    )
    sentence = Sentence(evil.paper_id, 1, 0, len(EVIL) + 1, f"{EVIL}.")
    answer = replace(
        ANSWER,
        question=EVIL,
        text=f"{EVIL} [1]",
        claims=(Claim(EVIL, (sentence.id,), "verified"),),
        sources=(Source(1, evil, (sentence,)),),
        withheld=(Withheld(EVIL, EVIL),),
        writer="chat",
        model=EVIL,
        usage=Usage(1, 1, 1.0),
        standalone_question=f"{EVIL}?",
    )
    rating = Rating("c", 1, False, EVIL, NOW)
    about = About(EVIL, 2, 1, "chat", EVIL, EVIL, 900, EVIL)
    passage = Passage(evil, 1.0, (RankedSentence(sentence, 0.9),))
    pieces = [
        conversation([_turn(answer)], {evil.paper_id: evil}, {1: rating}, EVIL, EVIL, EVIL),
        conversation([_turn(replace(answer, outcome="not_stated", claims=()))], {}, {}),
        conversation([_turn(replace(answer, outcome="partial", text=f"{EVIL}\n\n{EVIL}"))], {}, {}),
        unfinished(Progress(1, EVIL, "failed", 0, EVIL, (passage,), answer.claims, 1, {sentence.id: 1}, EVIL, EVIL)),
        sidebar([SavedConversation(EVIL, EVIL, NOW, 1)], about, EVIL, NOW),
    ]
    for html in pieces:
        told = _Text(html)
        assert told.tags <= TAGS
        assert not [
            (n, v)
            for n, v in told.attributes
            if n.startswith("on") or n in ("style", "src", "srcset", "action", "formaction")
        ]
        assert not [
            v for n, v in told.attributes if n == "href" and not v.startswith(("?", "#", "https://", "http://"))
        ]
        assert not set("\u202e\u200b\u2066\x1b\0") & set(told.text)
        assert "<script>boom()" in told.text


@pytest.mark.parametrize(
    "link",
    [
        "javascript:boom()",
        "data:text/html,x",
        " JaVaScRiPt:boom()",
        "https://x y",
        'https://x"onclick=',
        "//evil",
        "ftp://x",
    ],
)
def test_a_link_that_is_none_of_the_web_is_no_link(link: str) -> None:
    assert web(Paper("t", "a", url=link)) == ""


def test_a_long_venue_is_cut_and_what_is_missing_is_left_out() -> None:
    assert byline(Paper("t", "a", venue="x" * 60)) == "x" * 39 + "…"
    assert byline(Paper("t", "a", year=2001)) == "2001"


# --- formulas ---------------------------------------------------------------------------------------------------------


def test_a_formula_is_rendered_and_the_text_around_it_stays() -> None:
    rendered = (
        '<math><mrow><mi>O</mi><mo stretchy="false">(</mo><msqrt><mrow><mi>n</mi></mrow></msqrt><mo '
        'stretchy="false">)</mo></mrow></math>'
    )
    for typed in (r"$O(\sqrt{n})$", r"\(O(\sqrt{n})\)", r"$$O(\sqrt{n})$$"):
        assert prose(f"falls as {typed}, 4.83\\% less") == f"falls as {rendered}, 4.83% less"


@pytest.mark.parametrize(
    "text", ["costs $5 and $6", r"$\nosuchcommand x$", "$" + "x" * (LONGEST + 1) + "$", "$ $", "$$$$"]
)
def test_what_is_no_formula_stays_text(text: str) -> None:
    assert "<math" not in prose(text)
    assert prose(text) == inert(text)


@pytest.mark.parametrize(
    "formula",
    [
        r"\href{javascript:boom()}{x}",
        r"\text{<script>boom()</script>}",
        r"\style{background:url(//x)}{y}",
        r"\class{a}{b}",
        r"\hspace{9999em}x",
        "{" * 190 + "}" * 190,
        r"\sqrt{" * 60 + "}" * 60,
        "x" + r"\left(" * 50,
    ],
)
def test_a_formula_cannot_act_either(formula: str) -> None:
    told = _Text(mathml(formula))
    assert told.tags <= TAGS | {"math", "mspace", "mstyle"}
    assert not [n for n, _ in told.attributes if n in ("href", "style", "class")]
    assert "9999" not in "".join(v for _, v in told.attributes)
