"""The reader that ships: what it says of questions and claims, whatever the texts."""

from __future__ import annotations

import math
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import AssetError
from rag.models.assets import checked
from rag.models.bundled_embedder import bundled_tokenizer
from rag.models.bundled_reader import BundledReader, figures
from rag.models.pages import ABSTRACT, ASKED, CLS, SEP, asked_of, page_of
from rag.models.reader import Asked, Claimed

TITLE = "Otters tell clean water from foul by smell"
SENTENCES = (
    "We tested whether river otters judge water by smell.",
    "In 40 trials, 9 of 10 otters chose the clean basin.",
    "Covering their noses ended the preference.",
)


def asked(question: str) -> Asked:
    return Asked(question, TITLE, SENTENCES)


def claimed(claim: str, *cited: int) -> Claimed:
    return Claimed(claim, TITLE, SENTENCES, cited)


def test_the_sentence_that_answers_is_the_likeliest(reader: BundledReader) -> None:
    readings = reader.read(
        [asked("How many otters chose the clean basin?"), asked("What ended the otters' preference?")]
    )
    assert [max(range(3), key=lambda n: r.sentences[n]) for r in readings] == [1, 2]
    assert all(r.about > 0.5 for r in readings)


def test_an_abstract_about_something_else_is_not_meant_and_states_nothing(reader: BundledReader) -> None:
    own, other = reader.read(
        [asked("How many otters chose the clean basin?"), asked("How is reward hacking prevented in RLHF?")]
    )
    assert other.about < 0.1 < own.about
    assert other.stated < own.stated


def test_a_faithful_claim_is_likelier_supported_than_what_goes_beyond_it(reader: BundledReader) -> None:
    faithful, beyond = reader.check(
        [
            claimed("Nine in ten otters chose clean water.", 2),
            claimed("The otters' fur grew thicker over the winter.", 2),
        ]
    )
    assert faithful.supported > beyond.supported


def test_a_claim_is_held_against_what_it_cites_alone(reader: BundledReader) -> None:
    right, elsewhere = reader.check(
        [
            claimed("The preference vanished when their noses were covered.", 3),
            claimed("The preference vanished when their noses were covered.", 2),
        ]
    )
    assert right.supported > elsewhere.supported


def test_the_words_of_a_claim_are_told_with_their_places(reader: BundledReader) -> None:
    claim = "  Nine in ten   otters — all of them — chose clean water."
    (got,) = reader.check([claimed(claim, 2)])
    assert [claim[w.start : w.end] for w in got.words] == claim.split()
    assert all(0 <= w.unsupported <= 1 for w in got.words)


def test_what_is_read_together_is_read_as_if_alone(reader: BundledReader) -> None:
    questions = [
        "Otters?",
        "How many otters chose the clean basin, and what ended the preference of the others?",
        "Why by smell?",
    ]
    together = reader.read([asked(q) for q in questions])
    for question, reading in zip(questions, together, strict=True):
        (alone,) = reader.read([asked(question)])
        assert alone.about == pytest.approx(reading.about, abs=1e-3)
        assert alone.sentences == pytest.approx(reading.sentences, abs=1e-3)


def test_answers_come_in_the_order_of_what_was_asked(reader: BundledReader) -> None:
    other = Asked("What does the sensor cost?", "A cheap sensor", ("It costs 3 dollars.",))
    mixed = reader.read([asked("Why by smell?"), other, asked("Why by smell?")])
    assert [len(r.sentences) for r in mixed] == [3, 1, 3]
    assert mixed[0].about == pytest.approx(mixed[2].about, abs=1e-3)
    assert reader.read([]) == []
    assert reader.check([]) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80), st.text(max_size=40), st.lists(st.text(max_size=60), max_size=5))
def test_any_text_is_read_and_gives_probabilities(
    reader: BundledReader, question: str, title: str, sentences: list[str]
) -> None:
    (reading,) = reader.read([Asked(question, title, tuple(sentences))])
    assert len(reading.sentences) == len(sentences)
    assert all(
        math.isfinite(p) and 0 <= p <= 1
        for p in (reading.about, reading.stated, reading.premise_false, *reading.sentences)
    )
    (check,) = reader.check([Claimed(question, title, tuple(sentences), tuple(range(1, len(sentences) + 1)))])
    assert 0 <= check.supported <= 1
    assert 0 <= check.contradicted <= 1


def test_what_lies_beyond_the_window_is_not_seen_and_answers_nothing(reader: BundledReader) -> None:
    long = tuple(f"Sentence number {n} speaks of otters and of rivers and of the water in them." for n in range(100))
    (reading,) = reader.read([Asked("What does it speak of?", TITLE, long)])
    assert len(reading.sentences) == 100
    assert reading.sentences[-1] == 0
    assert reading.sentences[0] > 0


def test_a_page_has_a_span_for_the_title_and_each_sentence() -> None:
    page = page_of(TITLE, SENTENCES, bundled_tokenizer())
    assert page.ids[0] == CLS
    assert page.ids[-1] == SEP
    assert page.numbers == (1, 2, 3)
    assert len(page.spans) == 4
    assert all(a < b for a, b in page.spans)
    assert [b for _, b in page.spans[1:-1]] == [a for a, _ in page.spans[2:]]


def test_pages_and_questions_are_cut_to_what_the_model_reads() -> None:
    tokenizer = bundled_tokenizer()
    assert len(page_of("t " * 500, ["word " * 900], tokenizer).ids) <= ABSTRACT
    assert len(asked_of("word " * 900, tokenizer)) == ASKED + 2
    blank = page_of("", ["", "Something."], tokenizer)
    assert blank.numbers == (2,)


def test_the_card_tells_the_hash_of_the_file_that_ships_and_its_limits() -> None:
    card = (resources.files("rag") / "data" / "READER.md").read_text("utf-8")
    assert all(sha256 in card for sha256 in figures()["sha256"].values())
    assert all(f"{name} {value:g}" in card for name, value in figures()["limits"].items())


def test_a_damaged_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    damaged = tmp_path / "reader-claims.onnx"
    damaged.write_bytes(b"not a model")
    with pytest.raises(AssetError, match=r"reader-claims\.onnx: not the file it should be"):
        checked(damaged, figures()["sha256"]["reader-claims.onnx"])
    with pytest.raises(AssetError, match="No such file"):
        checked(tmp_path / "absent.onnx", figures()["sha256"]["reader-claims.onnx"])
