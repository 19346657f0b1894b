"""What a model wrote is read sentence by sentence, however it comes, and no address is guessed."""

from __future__ import annotations

import pytest

from rag.answering.writing.citations import Draft, DraftReader, read_marked, read_object, refuses

JSON = (
    '{"verdict": "answered", "sentences": [{"cites": ["1.4"], "text": "It is right in {91.5}% of \\"cases\\"."}, '
    '{"cites": ["1.3", "2.1"], "text": "It needs no camera [1.3]."}]}'
)
PROSE = (
    "It is right in 91.5% of cases, e.g. at dusk [1.4]. It needs no camera. [1.3] Nor does it need light (1.3, 2.1). "
    "The end"
)


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


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Cats purr [Paper 1, sentence 2].", "Cats purr."),
        ("Cats purr 【1.2】.", "Cats purr."),
        ("Cats purr [^1.2] [0] [-1].", "Cats purr."),
        ("Cats purr [1.2](#1.2).", "Cats purr."),
        ("According to [1.2], cats purr.", "cats purr."),
        ("**Answer:** **Cats** purr [1.2].", "Cats purr."),
        ("Cats purr at 25 Hz (22.5–27.5).", "Cats purr at 25 Hz (22.5–27.5)."),
        ("Cats purr on 5 m².", "Cats purr on 5 m²."),
    ],
)
def test_nothing_of_a_marker_stays_and_nothing_else_goes(text: str, plain: str) -> None:
    draft = read_marked(text)
    assert draft is not None
    assert draft.text == plain


@pytest.mark.parametrize("step", [1, 4, 1000])
@pytest.mark.parametrize(
    "around",
    [
        "Sure! Here is the JSON you asked for:\n```json\n{}\n```\nLet me know. It helps.",
        "Okay. The user asks for cats [9.9].\n</think>\n\n{}",
        "<thinking>Cats? [9.9]. Hm.</thinking>{}",
        "{}\n\nI hope this helps! Cats are nice.",
    ],
)
def test_a_document_is_found_among_words(around: str, step: int) -> None:
    given, reader = _read(around.replace("{}", JSON), step)
    assert [d.addresses for d in _flat(given)][-2:] == [("1.4",), ("1.3", "2.1")]
    assert reader.understood
    assert len(_flat(given)) == 2 or reader.restarts == 1  # what came before is taken back


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": "Cats purr [1.2]."}',
        '{"verdict": "answered", "sentences": ["Cats purr [1.2]."]}',
        '{"verdict": "answered", "sentences": "Cats purr [1.2]."}',
        '[{"cites": ["1.2"], "text": "Cats purr."}]',
        '{"cites": ["1.2"], "text": "Cats purr."}',
    ],
)
def test_a_document_of_another_shape_is_read_where_it_can_be(text: str) -> None:
    given, reader = _read(text, 6)
    assert _flat(given) == [Draft("Cats purr.", ("1.2",))]
    assert reader.understood


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", '{"verdict": "answered"}', '{"error": "x"}', "...", "[1.2]", "<think>Cats purr.", '{"a":' * 5000],
)
def test_where_there_is_no_answer_none_is_understood(text: str) -> None:
    given, reader = _read(text, 999)
    assert _flat(given) == []
    assert not reader.understood
    assert reader.verdict == "answered"


def test_markers_may_lead_their_sentences() -> None:
    given, _ = _read("[1.2] Cats purr. [1.3] Dogs bark.", 3)
    assert _flat(given) == [Draft("Cats purr.", ("1.2",)), Draft("Dogs bark.", ("1.3",))]


@pytest.mark.parametrize("text", ["", " ", "[1.2]", "…", "- [1.2]."])
def test_nothing_but_markers_is_no_sentence(text: str) -> None:
    assert read_marked(text) is None


@pytest.mark.parametrize("found", [None, [], "x", {}, {"text": 4}, {"text": "", "cites": ["1.1"]}, {"cites": ["1.1"]}])
def test_what_is_no_sentence_object_is_left_out(found: object) -> None:
    assert read_object(found) is None


def test_cites_of_other_forms_are_read() -> None:
    def cited(cites: object) -> tuple[str, ...]:
        draft = read_object({"text": "Cats purr.", "cites": cites})
        assert draft is not None
        return draft.addresses

    assert cited(["[1.2]", 2.1, None]) == ("1.2", "2.1")
    assert cited("1.2") == ("1.2",)
    assert cited(["Paper 1.2", "1.3, 2.1"]) == ("1.2", "1.3", "2.1")
    assert cited(["1.2-1.4"]) == cited("1.2 to 1.4") == ("1.2", "1.3", "1.4")
    assert cited([0, "0", -1, "-1.2", "1", "1.2.3", "1.5–2.7", [], {}]) == ("1.5", "2.7")


def test_a_number_in_json_is_the_address_that_it_is_written_as() -> None:
    given, _ = _read('{"sentences": [{"cites": [1.10], "text": "Cats purr."}]}', 5)
    assert _flat(given) == [Draft("Cats purr.", ("1.10",))]


@pytest.mark.parametrize(
    "text",
    [
        "The abstracts do not state which optimiser was used.", "The paper doesn't mention GPUs.", "No information is given on cost.",
        "I cannot answer that from the sources.", "The provided sentences do not contain the answer.", "I'm sorry, but I can't say.",
        "The learning rate is not specified in the abstract.", "There is not enough information to tell.",
        "The sources do not explicitly mention funding.", "It is not stated in the text how many seeds were used.",
        "None of the provided sentences state the cost.", "No sentence answers this question.", "This isn't given in the text.",
        "Unfortunately, this is not mentioned in the provided abstracts.", "The question cannot be answered from the "
                                                                           "sources.",
        "I don't have enough information to answer.", "It is unclear from the abstracts how many cats purr.", "Not stated.", "N/A",
        "Based on the abstracts, it is not possible to determine the cost.", "Neither abstract provides this number.",
        "The sources are silent on the cost.", "There's nothing in the papers about cats.", "The abstracts provide no "
                                                                                            "details on cost.",
        "I could not find an answer.", "The answer is not in the abstracts.", "No relevant information was found.",
        "Insufficient information.",
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
        "The policy is learned without any information about rewards.", "The dynamics are unknown to the agent.",
        "Document retrieval is not a bottleneck.", "The answer set is not closed under union.", "Snails are not studied at sea.",
        "It avoids regions that are not covered by the data.", "Context length is not the limit.",
    ],
)  # fmt: skip
def test_a_denial_about_the_matter_is_no_refusal(text: str) -> None:
    assert not refuses(text)
