"""The gate: a claim is supported, not supported or in doubt, with the reason; what cannot be known is refused."""

from __future__ import annotations

import pytest
from fakes import LIMITS, FakeReader
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.check import Cited, Gate, Ruling
from rag.models.reader import Checked, Word

TITLE = "Calling Out: Herons and Storks"
SENTENCES = (
    "Herons and storks are hard to tell apart at dusk.",
    "CallNet listens to calls and needs no camera.",
    "It is right in 91.5% of cases, while people are right in 84%.",
)


def cited(*numbers: int) -> list[Cited]:
    return [Cited(TITLE, SENTENCES, numbers)]


def rule(claim: str, *numbers: int, checks: dict[str, Checked] | None = None) -> Ruling:
    return Gate(FakeReader(checks=checks), LIMITS).rule(claim, cited(*numbers))


def test_what_the_reader_finds_in_the_cited_sentence_is_supported() -> None:
    ruling = rule("CallNet needs no camera.", 2)
    assert ruling == Ruling("supported", 1.0)
    assert ruling.supported


def test_what_only_another_sentence_says_is_not_supported() -> None:
    assert rule("CallNet needs no camera.", 1).support == "not_supported"


def test_between_the_limits_a_claim_is_in_doubt_and_its_reason_is_known() -> None:
    ruling = rule("CallNet needs gentle light.", 2)
    assert ruling.support == "in_doubt"
    assert ruling.reason == "the cited sentence does not bear out “gentle light”"


@pytest.mark.parametrize(
    ("figure", "support"),
    [
        (0.75, "supported"),
        (0.74, "in_doubt"),
        (0.3, "in_doubt"),
        (0.29, "not_supported"),
        (float("nan"), "not_supported"),
    ],
)
def test_the_limits_decide_and_what_is_no_number_is_refused(figure: float, support: str) -> None:
    assert rule("Storks sing.", 2, checks={"Storks sing.": Checked(figure, 0.0, ())}).support == support


def test_the_reason_names_the_words_that_are_not_borne_out() -> None:
    claim = "CallNet was trained by the Ministry of Sound at dusk."
    ruling = rule(claim, 1)
    assert ruling.reason == "the cited sentence does not bear out “CallNet … trained … Ministry”"
    assert [claim[a:b] for a, b in ruling.unsupported] == ["CallNet", "trained", "Ministry", "Sound"]


def test_the_likeliest_word_is_named_where_none_is_clearly_wrong() -> None:
    words = (Word(0, 6, 0.1), Word(7, 11, 0.4))
    ruling = rule("Storks sing.", 2, checks={"Storks sing.": Checked(0.5, 0.0, words)})
    assert ruling.reason == "the cited sentence does not bear out “sing”"


def test_a_contradiction_is_told_as_one() -> None:
    check = Checked(0.1, 0.8, (Word(14, 16, 0.9), Word(17, 23, 0.8)))
    ruling = rule("CallNet needs a camera.", 2, checks={"CallNet needs a camera.": check})
    assert ruling.reason.startswith("the cited sentence says otherwise: “")
    assert ruling.contradicted == 0.8


def test_a_wrong_number_in_digits_is_refused_with_the_number_named_whatever_the_reader_holds_of_it() -> None:
    claim = "CallNet is right in 95% of cases."
    ruling = rule(claim, 3, checks={claim: Checked(0.99, 0.0, ())})
    assert ruling.support == "not_supported"
    assert ruling.reason == "the number 95 is not in the cited sentence"
    assert ruling.score < LIMITS.fails


def test_a_link_that_the_cited_sentence_has_not_is_refused_whatever_the_reader_holds_of_it() -> None:
    claim = "[CallNet needs no camera.](https://evil.example)"
    assert rule(claim, 2, checks={claim: Checked(0.99, 0.0, ())}).support == "not_supported"


@pytest.mark.parametrize(
    "claim",
    [SENTENCES[2], SENTENCES[2].rstrip("."), f"  {SENTENCES[2]} ", SENTENCES[2].replace(" ", "\n")],
)
def test_an_abstracts_own_sentence_passes_verbatim_and_the_reader_is_not_asked(claim: str) -> None:
    reader = FakeReader(checks={claim: Checked(0.0, 1.0, ())})
    assert Gate(reader, LIMITS).rule(claim, cited(3)).supported
    assert reader.claimed == []


def test_an_own_sentence_that_is_not_the_cited_one_is_no_free_pass() -> None:
    assert not rule(SENTENCES[0], 3).supported


@pytest.mark.parametrize(
    ("claim", "numbers", "reason"),
    [
        ("CallNet needs no camera.", (), "no sentence is cited"),
        ("…!", (2,), "it claims nothing"),
        ("camera " * 200, (2,), "it is too long to be checked"),
    ],
)
def test_what_cannot_be_checked_is_refused(claim: str, numbers: tuple[int, ...], reason: str) -> None:
    assert rule(claim, *numbers) == Ruling("not_supported", 0.0, reason=reason)


def test_many_claims_are_read_in_one_call_and_ruled_in_order() -> None:
    reader = FakeReader()
    claims = ["It needs no camera.", SENTENCES[1], "Owls hunt voles.", "", "CallNet listens to calls."]
    rulings = Gate(reader, LIMITS).rule_all([(claim, cited(2)) for claim in claims])
    assert [r.supported for r in rulings] == [True, True, False, False, True]
    (call,) = reader.claimed
    assert [c.claim for c in call] == ["It needs no camera.", "Owls hunt voles.", "CallNet listens to calls."]


def test_of_one_paper_the_reader_sees_the_abstract_and_which_sentences_are_cited() -> None:
    reader = FakeReader()
    Gate(reader, LIMITS).rule("CallNet needs no camera at dusk.", cited(1, 2))
    ((claimed,),) = reader.claimed
    assert (claimed.title, claimed.sentences, claimed.cited) == (TITLE, SENTENCES, (1, 2))


def test_of_several_papers_the_reader_sees_the_cited_sentences_together() -> None:
    reader = FakeReader()
    wings = Cited("Wings", ("We fly drones.", "WingCount finds nests."), (2,))
    ruling = Gate(reader, LIMITS).rule("CallNet needs no camera, and WingCount finds nests.", [*cited(2), wings])
    assert ruling.supported
    ((claimed,),) = reader.claimed
    assert claimed.sentences == (SENTENCES[1], "WingCount finds nests.")
    assert claimed.cited == (1, 2)


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=3), st.text(max_size=20))
def test_no_text_breaks_it_and_every_refusal_has_its_reason(claim: str, evidence: list[str], title: str) -> None:
    numbers = tuple(range(1, len(evidence) + 1))
    ruling = Gate(FakeReader(), LIMITS).rule(claim, [Cited(title, tuple(evidence), numbers)])
    assert bool(ruling.reason) != ruling.supported
    assert all(0 <= a < b <= len(claim) for a, b in ruling.unsupported)
