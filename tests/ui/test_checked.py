"""A checked text is shown with its verdicts, and no text of it acts."""

from __future__ import annotations

from rag.answering.drafts.report import CheckedSentence, Citation
from rag.types import Paper, Sentence
from ui.page.checked import Checked, checked_html

HOSTILE = "<script>alert(1)</script>"
EVIDENCE = Sentence("p", 2, 0, 4, f"Says {HOSTILE} $x^2$.")
PAPERS = {"p": Paper(f"Title {HOSTILE}", "", url="https://example.org/?a=1&b=2")}


def sentence(verdict: str, paragraph: int = 1, **more: object) -> CheckedSentence:
    text = f"Claims {HOSTILE} here."
    return CheckedSentence(text, 1, 1, 0, len(text), paragraph, verdict, **more)  # type: ignore[arg-type]


def test_each_claim_leads_to_its_note_and_is_marked() -> None:
    told = (
        sentence("supported", sentences=(EVIDENCE,)),
        sentence("contradicted", sentences=(EVIDENCE,), unsupported=((0, 6),)),
        sentence("no_claim", 2),
    )
    html = checked_html(Checked(told, PAPERS, 3, is_done=True))
    assert "<script" not in html
    assert html.count('<section class="checked">') == 2
    assert [f'data-check="{n}"' in html and f'id="check-{n}"' in html for n in range(3)] == [True, True, False]
    assert "<u>Claims</u> &lt;script" in html
    assert "Not borne out: “Claims”" in html
    assert 'href="https://example.org/?a=1&amp;b=2"' in html
    assert html.count("<math") == 2


def test_what_a_citation_lacks_and_a_better_source_are_told() -> None:
    one = sentence(
        "not_stated", citations=(Citation("[7]", (), "no such entry"),), sentences=(EVIDENCE,), better=(EVIDENCE,)
    )
    html = checked_html(Checked((one,), PAPERS, 1, is_done=True))
    assert "[7]: no such entry" in html
    assert html.index("What comes nearest") < html.index("Not cited, and says so")


def test_while_it_is_checked_it_is_told_how_far_it_is() -> None:
    assert "Checking …" in checked_html(Checked((), {}, 0, is_done=False))
    assert "Checking · 1 of 4 sentences" in checked_html(Checked((sentence("no_claim"),), {}, 4, is_done=False))


def test_a_text_without_sentences_is_said_to_be_one() -> None:
    assert "There is no sentence in it" in checked_html(Checked((), {}, 0, is_done=True))
