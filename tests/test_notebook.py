"""What a notebook shows, and tables for pandas."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pytest

from rag.answering.drafts.report import CheckedSentence, DraftReport
from rag.errors import UsageError
from rag.types import (
    Answer,
    Claim,
    IndexReport,
    Paper,
    Passage,
    RankedSentence,
    Sentence,
    Skipped,
    Source,
    Table,
    Timings,
    Usage,
    Verification,
)

EVIL = '<script>alert("x")</script> $title ${body} & "quoted"'
SENTENCE = Sentence("doi:10.1/h", 1, 0, 10, EVIL)
PAPER = Paper(f"On {EVIL}", EVIL, ("Ada <b>",), 2020, url="javascript:alert(1)", doi="10.1/h")
ANSWER = Answer(
    EVIL, "answered", "Herons eat fish. [1]\n\nNo \\[link\\]\\(x) &lt;b>.", (Claim("Herons eat fish.", (SENTENCE.id,), "verified"),
    Claim("There are 3 papers.", (), "catalogue")), (Source(1, PAPER, (SENTENCE,)),), (), "chat", "m", Usage(), Timings(0, 0, 0), "q",
)  # fmt: skip
CHECKED = CheckedSentence(EVIL, 3, 1, 0, 5, 1, "contradicted", 0.25, (SENTENCE,), ((1, 7),))
SHOWN = [
    ANSWER,
    Passage(PAPER, 0.5, (RankedSentence(SENTENCE, 0.25),)),
    Verification(EVIL, "not_stated", 0.1, (SENTENCE,)),
    IndexReport(1, 0, 0, [Skipped(EVIL, EVIL)]),
    Table(("a", EVIL), (("1", EVIL),)),
    DraftReport((CHECKED,), (PAPER,)),
]


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("shown", SHOWN, ids=lambda one: type(one).__name__)
def test_nothing_in_a_text_is_markup(shown: Answer) -> None:
    html = shown._repr_html_()
    parsed = Tags(html)
    assert not parsed.open
    assert parsed.names <= set("div p b span sup details summary blockquote a table thead tbody tr th td".split())
    assert "<script" not in html
    assert "javascript:" not in html
    assert "&lt;script&gt;" in html
    assert "${body}" in html  # of a text that looks like the template's own


def test_an_answer_has_its_sentences_behind_the_markers_and_below() -> None:
    html = ANSWER._repr_html_()
    assert re.search(r'<sup title="&lt;script&gt;[^>]*>\[1\]</sup>', html)
    assert "<blockquote style=" in html
    assert 'title="doi:10.1/h:1"' in html
    assert "No [link](x) &lt;b&gt;." in html


def test_rows_for_pandas() -> None:
    pytest.importorskip("pandas")
    answer, passage, verification, report, table, draft = (one.to_pandas() for one in SHOWN)  # type: ignore[attr-defined]
    assert list(answer["support"]) == ["verified", "catalogue"]
    assert list(answer["paper_id"]) == ["doi:10.1/h", ""]
    assert passage.iloc[0].to_dict() == {"sentence_id": SENTENCE.id, "score": 0.25, "sentence": EVIL}
    assert verification["sentence_id"].tolist() == [SENTENCE.id]
    assert report["where"].tolist() == [EVIL]
    assert table.columns.tolist() == ["a", EVIL]
    assert draft["verdict"].tolist() == ["contradicted"]
    assert IndexReport().to_pandas().columns.tolist() == ["where", "why"]


def test_without_pandas_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        ANSWER.to_pandas()


def test_a_long_table_is_cut_and_says_so() -> None:
    html = IndexReport(skipped=[Skipped(f"f:{n}", "why") for n in range(250)])._repr_html_()
    assert html.count("<tr>") == 201
    assert "50 more" in html
