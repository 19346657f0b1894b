"""What a model wrote is read sentence by sentence, however it comes, and no address is guessed."""

from __future__ import annotations

import pytest

from rag.citations import Draft, DraftReader, read_marked, read_object, refuses

JSON = (
    '{"verdict": "answered", "sentences": [{"cites": ["1.4"], "text": "It is right in {91.5}% of \\"cases\\"."}, '
    '{"cites": ["1.3", "2.1"], "text": "It needs no camera [1.3]."}]}'
)
PROSE = "It is right in 91.5% of cases, e.g. at dusk [1.4]. It needs no camera. [1.3] Nor does it need light (1.3, 2.1). The end"


def _read(text: str, step: int) -> tuple[list[list[Draft]], DraftReader]:
    """What each piece of a reply completes, and the end."""
    reader = DraftReader()
    given = [list(reader.feed(text[i : i + step])) for i in range(0, len(text), step)]
    return [*given, list(reader.end())], reader


def _flat(given: list[list[Draft]]) -> list[Draft]:
    return [d for drafts in given for d in drafts]


@pytest.mark.parametrize("step", [1, 3, 10, 1000])
def test_json_is_read_in_pieces_of_any_size(step: int) -> None:
    given, reader = _read(JSON, step)
    assert _flat(given) == [
        Draft('It is right in {91.5}% of "cases".', ("1.4",)),
        Draft("It needs no camera.", ("1.3", "2.1")),
    ]
    assert reader.verdict == "answered"


@pytest.mark.parametrize("step", [1, 3, 10, 1000])
def test_prose_is_read_in_pieces_of_any_size(step: int) -> None:
    given, reader = _read(PROSE, step)
    assert _flat(given) == [
        Draft("It is right in 91.5% of cases, e.g. at dusk.", ("1.4",)),
        Draft("It needs no camera.", ("1.3",)),
        Draft("Nor does it need light.", ("1.3", "2.1")),
        Draft("The end", ()),
    ]
    assert reader.verdict == "answered"


def test_a_sentence_is_given_out_before_the_reply_is_whole() -> None:
    given, _ = _read(JSON, 10)
    first = next(n for n, drafts in enumerate(given) if drafts)
    assert first < len(JSON) // 10 - 5
    given, _ = _read(PROSE, 10)
    assert next(n for n, drafts in enumerate(given) if drafts) < len(PROSE) // 10 - 3


def test_json_in_a_fence_is_read() -> None:
    given, reader = _read("```json\n" + JSON + "\n```", 7)
    assert len(_flat(given)) == 2
    assert reader.verdict == "answered"


@pytest.mark.parametrize("step", [1, 4, 1000])
def test_what_a_model_thinks_aloud_is_no_answer(step: int) -> None:
    given, reader = _read(f"<think>\nMaybe it is 5 [9.9]. Hm.\n</think>\n\n{JSON}", step)
    assert [d.addresses for d in _flat(given)] == [("1.4",), ("1.3", "2.1")]
    assert reader.verdict == "answered"
    assert _flat(_read("<think>It is 5 [9.9]. And on and on", step)[0]) == []


def test_json_that_breaks_off_gives_its_whole_sentences_only() -> None:
    assert len(_flat(_read(JSON[:-30], 7)[0])) == 1


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ('{"verdict": "not_stated", "sentences": []}', "not_stated"),
        ('{"sentences": [], "verdict": "false_premise"}', "false_premise"),
        ('{"verdict": "shrug", "sentences": []}', "answered"),
        ("NOT STATED", "not_stated"),
        ("**Not stated.**", "not_stated"),
        ("FALSE PREMISE: It is 4 [1.2].", "false_premise"),
        ("It is 4 [1.2].", "answered"),
    ],
)
def test_verdicts(text: str, verdict: str) -> None:
    assert _read(text, 5)[1].verdict == verdict


def test_the_words_of_the_verdict_are_no_sentence() -> None:
    assert _flat(_read("FALSE PREMISE: It is 4 [1.2].", 4)[0]) == [Draft("It is 4.", ("1.2",))]
    assert _flat(_read("NOT STATED", 4)[0]) == []


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Cats purr [1.2].", ("1.2",)),
        ("Cats purr [1.2, 1.3; 2.10].", ("1.2", "1.3", "2.10")),
        ("Cats purr [1.2][1.2].", ("1.2",)),
        ("Cats purr (2.4).", ("2.4",)),
        ("Cats purr [2].", ()),
        ("Cats purr in 0.5 seconds.", ()),
        ("- Cats purr [1.2].", ("1.2",)),
        ("1. Cats purr [1.2].", ("1.2",)),
    ],
)
def test_markers_are_read_and_taken_out(text: str, addresses: tuple[str, ...]) -> None:
    draft = read_marked(text)
    assert draft is not None
    assert draft.addresses == addresses
    assert "[" not in draft.text
    assert draft.text.startswith("Cats purr")
    assert draft.text.endswith(".")


@pytest.mark.parametrize("text", ["", " ", "[1.2]", "…", "- [1.2]."])
def test_nothing_but_markers_is_no_sentence(text: str) -> None:
    assert read_marked(text) is None


@pytest.mark.parametrize("found", [None, [], "x", {}, {"text": 4}, {"text": "", "cites": ["1.1"]}, {"cites": ["1.1"]}])
def test_what_is_no_sentence_object_is_left_out(found: object) -> None:
    assert read_object(found) is None


def test_cites_of_other_forms_are_read() -> None:
    assert read_object({"text": "Cats purr.", "cites": ["[1.2]", 2.1, None]}) == Draft("Cats purr.", ("1.2", "2.1", "None"))
    assert read_object({"text": "Cats purr.", "cites": "1.2"}) == Draft("Cats purr.", ())


@pytest.mark.parametrize(
    "text",
    [
        "The abstracts do not state which optimiser was used.", "The paper doesn't mention GPUs.", "No information is given on cost.",
        "I cannot answer that from the sources.", "The provided sentences do not contain the answer.", "I'm sorry, but I can't say.",
        "The learning rate is not specified in the abstract.", "There is not enough information to tell.",
        "The sources do not explicitly mention funding.", "It is not stated in the text how many seeds were used.",
    ],
)  # fmt: skip
def test_refusals_are_known_in_any_wording(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "It does not need a camera.", "RePo does not include distractors.", "No reward model is trained.", "The agent cannot see walls.",
        "Drama is not limited by memory.", "The method does not rely on labels.", "Human data is not required.",
        "The critic fails to give a signal in sparse tasks.", "Prior work did not report on real robots.",
    ],
)  # fmt: skip
def test_a_denial_about_the_matter_is_no_refusal(text: str) -> None:
    assert not refuses(text)
