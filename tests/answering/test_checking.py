"""A written sentence is cited to what supports it among all that its writer was shown, or withheld, or in doubt."""

from __future__ import annotations

import pytest
from fakes import LIMITS, FakeReader

from rag.answering.check import Gate
from rag.answering.writing.checking import Checker, Doubtful, Unchecked
from rag.answering.writing.citations import Draft
from rag.answering.writing.evidence import Evidence, NumberedPaper
from rag.models.reader import Checked
from rag.types import Claim, Paper, Sentence, Withheld


def paper(number: int, title: str, **sentences: str) -> NumberedPaper:
    """A paper of which some sentences are shown: ``s3`` is the third of its abstract."""
    shown = tuple(Sentence(title, int(name[1:]), 0, len(text), text) for name, text in sentences.items())
    return NumberedPaper(number, Paper(title, " ".join(sentences.values())), shown)


EVIDENCE = Evidence(
    (
        paper(
            1,
            "Calling",
            s2="CallNet listens to calls and needs no camera.",
            s5="CallNet is right in 91.5% of cases at dusk.",
        ),
        paper(2, "Wings", s1="WingCount uses drones at dusk.", s4="WingCount finds 97% of nests."),
    )
)


def check(text: str, *addresses: str, reader: FakeReader | None = None) -> Claim | Withheld | Doubtful:
    return Checker(Gate(reader or FakeReader(), LIMITS), EVIDENCE).checked(Draft(text, addresses))


def test_what_the_named_sentence_says_is_a_claim_on_it_and_nothing_else_is_read() -> None:
    reader = FakeReader()
    claim = check("CallNet needs no camera.", "1.2", reader=reader)
    assert claim == Claim("CallNet needs no camera.", ("Calling:2",), "verified")
    ((claimed,),) = reader.claimed
    assert claimed.cited == (1,)
    assert claimed.sentences == tuple(s.text for s in EVIDENCE.papers[0].sentences)


def test_an_address_that_does_not_exist_is_dropped() -> None:
    claim = check("CallNet needs no camera.", "9.9", "1.2", "1.3")
    assert claim == Claim("CallNet needs no camera.", ("Calling:2",), "verified")


@pytest.mark.parametrize("addresses", [(), ("9.9",), ("2.4",), ("1.2",), ("2.1", "1.2")])
def test_a_draft_without_the_right_address_is_cited_to_the_sentence_that_says_it(addresses: tuple[str, ...]) -> None:
    text = "CallNet is right in 91.5% of cases."
    assert check(text, *addresses) == Claim(text, ("Calling:5",), "verified")


def test_all_that_was_shown_is_looked_through_in_one_call() -> None:
    reader = FakeReader()
    assert isinstance(check("Owls hunt voles.", reader=reader), Withheld)
    assert [[c.cited for c in call] for call in reader.claimed] == [[(1,), (2,), (1,), (2,)]]


def test_of_several_sentences_elsewhere_the_one_that_supports_it_best_is_cited() -> None:
    claim = check("WingCount finds nests.", "1.2")
    assert isinstance(claim, Claim)
    assert claim.citations == ("Wings:4",)


def test_citations_that_add_nothing_are_left_out() -> None:
    reader = FakeReader()
    claim = check("CallNet needs no camera.", "1.5", "1.2", "2.1", reader=reader)
    assert isinstance(claim, Claim)
    assert claim.citations == ("Calling:2",)
    assert len(reader.claimed) == 1


def test_citations_that_support_it_only_together_are_all_kept() -> None:
    claim = check("CallNet needs no camera and WingCount uses drones.", "1.2", "2.1")
    assert isinstance(claim, Claim)
    assert claim.citations == ("Calling:2", "Wings:1")


def test_two_papers_results_are_not_swapped() -> None:
    claim = check("WingCount finds 97% of nests.", "1.5")
    assert isinstance(claim, Claim)
    assert claim.citations == ("Wings:4",)


def test_a_draft_in_doubt_keeps_its_citations_and_can_be_taken_either_way() -> None:
    doubtful = check("CallNet needs gentle light.", "1.2")
    assert isinstance(doubtful, Doubtful)
    assert doubtful.claim == Claim("CallNet needs gentle light.", ("Calling:2",), "verified")
    assert doubtful.withheld.reason == "the cited sentence does not bear out “gentle light”"


def test_a_draft_in_doubt_that_another_sentence_supports_is_cited_there() -> None:
    claim = check("CallNet is right at dusk.", "2.1")
    assert isinstance(claim, Claim)
    assert claim.citations == ("Calling:5",)


def test_a_draft_that_names_no_sentence_is_not_shown_for_being_in_doubt_somewhere() -> None:
    text = "CallNet needs gentle light."
    assert check(text) == Withheld(text, "it names no sentence that supports it")


def test_the_reason_is_about_the_sentences_that_were_named() -> None:
    text = "CallNet is never wrong."
    reader = FakeReader(checks={text: Checked(0.1, 0.9, ())})
    assert check(text, "1.5", reader=reader) == Withheld(text, "the cited sentence says otherwise")


def test_nothing_shown_supports_nothing() -> None:
    checker = Checker(Gate(FakeReader(), LIMITS), Evidence(()))
    assert isinstance(checker.checked(Draft("CallNet needs no camera.", ("1.2",))), Withheld)


def test_unchecked_every_draft_is_taken_at_its_word() -> None:
    claim = Unchecked(EVIDENCE).checked(Draft("Owls hunt.", ("1.2", "9.9")))
    assert claim == Claim("Owls hunt.", ("Calling:2",), "verified")
