"""Answer sets: gold read as it is meant, scores as they are defined, every answerer met with the same sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeReader

from evals.tasks import Answerer, Reply, TaskReport, evaluate_task, together
from evals.tasks.answering import Look, Thresholds, claim_answerer, judged, outcome_answerer
from evals.tasks.cases import CONTRADICT, MAYBE, NEI, NO, SUPPORT, YES, Evidence, load_task
from evals.tasks.scoring import Labelled, confusion, evidence_figures, label_figures
from rag.errors import InputError, UsageError
from rag.models.reader import Checked

SEEDS = ["Voles live in fields.", "They store seeds in autumn.", "Stores of seeds reduced deaths in winter by 40%."]
FROGS = ["Herons stand in shallow water.", "They hunt frogs at dusk.", "Bright nights increased the catch of frogs."]
ABSTRACTS = [
    {"doc_id": 11, "title": "Seeds of voles", "abstract": SEEDS},
    {"doc_id": 12, "title": "Frogs of herons", "abstract": FROGS},
]
TRAIN = [
    {
        "id": 1,
        "claim": "Voles store seeds.",
        "evidence": {"11": [{"sentences": [1], "label": "SUPPORT"}]},
        "cited_doc_ids": [11],
    },
    {
        "id": 2,
        "claim": "Herons hunt frogs.",
        "evidence": {"12": [{"sentences": [1], "label": "SUPPORT"}]},
        "cited_doc_ids": [12],
    },
    {"id": 3, "claim": "Voles can swim.", "evidence": {}, "cited_doc_ids": [11]},
]
DEV = [
    {
        "id": 4,
        "claim": "Stores of seeds reduced deaths of voles in winter.",
        "evidence": {"11": [{"sentences": [1, 2], "label": "SUPPORT"}, {"sentences": [2], "label": "SUPPORT"}]},
        "cited_doc_ids": [11],
    },
    {
        "id": 5,
        "claim": "Bright nights decreased the catch of frogs.",
        "evidence": {"12": [{"sentences": [2], "label": "CONTRADICT"}]},
        "cited_doc_ids": [12, 11],
    },
    {"id": 6, "claim": "Badgers dig wide tunnels under roads.", "evidence": {}, "cited_doc_ids": [12]},
]


def _scifact(folder: Path, dev: Sequence[Mapping[str, Any]] = DEV) -> Path:
    folder.mkdir()
    for name, rows in (("claims_train", TRAIN), ("claims_dev", dev), ("corpus_sentences", ABSTRACTS)):
        _write(folder / f"{name}.jsonl", rows)
    return folder


def _write(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_claim_is_asked_of_each_abstract_that_is_cited_with_the_label_for_just_that_one(tmp_path: Path) -> None:
    task = load_task("scifact", _scifact(tmp_path / "scifact"))
    claim = task.questions[1]
    assert [(g.document, g.label) for g in claim.given] == [("12", CONTRADICT), ("11", NEI)]
    assert claim.label == CONTRADICT
    assert claim.evidence == {"12": Evidence(CONTRADICT, (frozenset({2}),))}
    assert len(task.fitting) == 3


def test_check_covid_gives_the_sentences_that_a_label_was_made_for_and_finds_judged_claims_only(tmp_path: Path) -> None:
    claim = {"claim": "Voles store seeds.", "cord_id": "a", "is_auth": False}
    primary = {"sent_index": 1, "type": "PRIMARY"}
    rows = [
        claim | {"id": "1", "label": "SUPPORT", "evidence_set": [primary, {"sent_index": 0, "type": "SUPPLEMENTARY"}]},
        claim | {"id": "2", "label": "NOTENOUGHINFO", "evidence_set": [{"sent_index": 0, "type": "PRIMARY"}]},
        claim | {"id": "3", "label": "REFUTE", "evidence_set": [{"sent_index": 2, "type": "SUPPLEMENTARY"}]},
    ]  # fmt: skip
    _write(tmp_path / "corpus.json", [{"cord_id": "a", "title": "Seeds of voles", "abstract": SEEDS}])
    for split in ("train", "dev"):
        _write(tmp_path / f"{split}.jsonl", rows)
    task = load_task("check-covid", tmp_path)
    assert [q.given[0].sentences for q in task.questions] == [tuple(SEEDS[:2]), (SEEDS[0],), (SEEDS[2],)]
    assert [q.label for q in task.open] == [SUPPORT, CONTRADICT]
    assert [q.evidence["a"].rationales for q in task.open] == [(frozenset({1}),), (frozenset({2}),)]


def test_pubmedqa_gives_the_abstract_without_its_conclusion(tmp_path: Path) -> None:
    row = {
        "pmid": "9",
        "question": "Do voles dive?",
        "contexts": ["We watched voles. None dived."],
        "long_answer": "They don't.",
        "final_decision": "no",
    }
    _write(tmp_path / "dev500.jsonl", [row])
    (question,) = load_task("pubmedqa", tmp_path).questions
    assert question.given[0].sentences == ("We watched voles.", "None dived.")
    assert (question.label, question.evidence["9"].label) == (NO, NO)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cited_doc_ids": [99]}, r"claims_dev\.jsonl:1: no abstract 99 in the corpus"),
        ({"cited_doc_ids": "11"}, r"claims_dev\.jsonl:1: “cited_doc_ids” is not a list of numbers"),
        (
            {"evidence": {"11": [{"sentences": [1], "label": "PERHAPS"}]}},
            r"claims_dev\.jsonl:1: “label” is 'PERHAPS'. There are: SUPPORT",
        ),
        ({"evidence": []}, r"claims_dev\.jsonl:1: “evidence” is not an object"),
        ({"claim": ""}, r"claims_dev\.jsonl:1: “claim” is empty"),
    ],
)
def test_a_wrong_line_is_told_with_its_place(tmp_path: Path, change: Mapping[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_task("scifact", _scifact(tmp_path / "scifact", [{**DEV[0], **change}]))


def test_a_missing_file_and_an_unknown_set_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no corpus_sentences\.jsonl .* Name the folder with claims_train\.jsonl"):
        load_task("scifact", tmp_path)
    with pytest.raises(UsageError, match=r"no such set\. There are: scifact, pubmedqa, check-covid"):
        evaluate_task("trivia", tmp_path, tmp_path)


# --- scoring ----------------------------------------------------------------------------------------------------------


def _labelled(*pairs: tuple[str, str | None]) -> list[Labelled]:
    return [Labelled(str(n), right, given) for n, (right, given) in enumerate(pairs)]


def test_label_figures_are_those_worked_by_hand() -> None:
    cases = _labelled((YES, YES), (YES, YES), (YES, NO), (NO, NO), (NO, YES), (MAYBE, YES))
    figures = label_figures(cases, (YES, NO, MAYBE))
    assert figures["accuracy"].mean == 0.5
    assert figures["precision:yes"].mean == 0.5  # 2 of 4
    assert figures["recall:yes"].mean == pytest.approx(2 / 3)
    assert figures["recall:maybe"].mean == 0.0
    assert "precision:maybe" not in figures  # never said
    assert figures["macro_f1"].mean == pytest.approx((4 / 7 + 2 / 4 + 0) / 3)
    assert figures["macro_f1"].low < figures["macro_f1"].mean < figures["macro_f1"].high


def test_what_could_not_be_graded_is_neither_right_nor_wrong() -> None:
    cases = _labelled((YES, YES), (NO, None))
    figures = label_figures(cases, (YES, NO))
    assert (figures["accuracy"].mean, figures["accuracy"].n, figures["accuracy"].unscored) == (1.0, 1, 1)
    assert confusion(cases) == {"no": {"unscored": 1}, "yes": {"yes": 1}}
    assert label_figures(_labelled((NO, None)), (YES, NO)) == {}


def test_abstracts_of_one_claim_are_resampled_together() -> None:
    apart = label_figures([Labelled(str(n), YES, YES if n % 2 else NO) for n in range(40)], (YES, NO))["macro_f1"]
    joined = label_figures([Labelled(str(n // 20), YES, YES if n >= 20 else NO) for n in range(40)], (YES, NO))[
        "macro_f1"
    ]
    assert joined.mean == apart.mean
    assert joined.high - joined.low > apart.high - apart.low


def test_evidence_figures_are_those_worked_by_hand() -> None:
    """One claim with evidence in two documents: of the first, sentences 0 and 1 together or 11 alone; of the second,
    sentence 4.
    """
    gold = {"a": Evidence(SUPPORT, (frozenset({0, 1}), frozenset({11}))), "b": Evidence(SUPPORT, (frozenset({4}),))}
    replies = {"a": Reply(SUPPORT, (1, 11, 13)), "c": Reply(CONTRADICT, (8, 2)), "d": Reply(NEI)}
    figures = evidence_figures([(gold, replies)])
    assert figures["abstract_f1"].mean == pytest.approx(2 * 1 / (2 + 2))
    assert figures["rationale_f1"].mean == pytest.approx(2 * 1 / (2 + 2))
    assert figures["sentence_f1"].mean == pytest.approx(2 * 1 / (5 + 4))  # sentence 1 without 0 counts for nothing
    assert figures["sentence_label_f1"].mean == pytest.approx(2 * 1 / (5 + 4))


def test_a_wrong_label_costs_the_abstract_and_leaves_the_selection() -> None:
    figures = evidence_figures([({"a": Evidence(SUPPORT, (frozenset({2}),))}, {"a": Reply(CONTRADICT, (2,))})])
    assert {name: e.mean for name, e in figures.items()} == {
        "abstract_f1": 0,
        "rationale_f1": 0,
        "sentence_f1": 1,
        "sentence_label_f1": 0,
    }


def test_only_the_first_three_sentences_can_be_an_abstracts_rationale() -> None:
    gold = {"a": Evidence(SUPPORT, (frozenset({9}),))}
    figures = evidence_figures([(gold, {"a": Reply(SUPPORT, (1, 2, 3, 9))})])
    assert (figures["abstract_f1"].mean, figures["rationale_f1"].mean) == (1.0, 0.0)
    assert figures["sentence_f1"].mean == pytest.approx(2 * 1 / (4 + 1))


def test_of_several_documents_the_surest_that_says_something_speaks() -> None:
    assert together([Reply(NEI, (), 0.9), Reply(SUPPORT, (), 0.5), Reply(CONTRADICT, (), 0.7)]) == CONTRADICT
    assert together([Reply(NEI), Reply(NEI)]) == NEI
    assert together([Reply(SUPPORT), Reply(None)]) is None
    assert together([]) is None


# --- answering --------------------------------------------------------------------------------------------------------


def test_a_claim_is_supported_contradicted_or_left_open_as_the_reader_has_it() -> None:
    claim = "Voles store seeds in autumn."
    for checked, label in (
        (Checked(0.9, 0.1, ()), SUPPORT),
        (Checked(0.2, 0.8, ()), CONTRADICT),
        (Checked(0.3, 0.3, ()), NEI),
    ):
        answer = claim_answerer(FakeReader(checks={claim: checked}), Thresholds(0.5, 0.5))
        assert answer(claim, SEEDS).label == label
    assert claim_answerer(FakeReader())(claim, []).label == NEI


def test_a_claim_stands_on_the_fewest_sentences_that_bear_it_out_as_well() -> None:
    reply = claim_answerer(FakeReader(), Thresholds(0.5, 0.5))("They store seeds in autumn.", SEEDS)
    assert (reply.label, reply.evidence) == (SUPPORT, (1,))


def test_the_likelier_of_support_and_contradiction_is_the_label() -> None:
    limits = Thresholds(0.5, 0.5)
    assert judged(Look(0.6, 0.8, (0,), (1,)), limits).label == CONTRADICT
    assert judged(Look(0.8, 0.6, (0,), (1,)), limits).label == SUPPORT
    assert judged(Look(0.4, 0.4, (0,), (1,)), limits) == Reply(NEI, (), 0.4)


def test_outcomes_are_told_by_what_was_found() -> None:
    answer = outcome_answerer(FakeReader())
    assert answer("Do stores of seeds lower deaths?", SEEDS).label == YES
    assert answer("Does rain change the catch?", ["The catch did not differ between wet and dry days."]).label == NO
    assert answer("Do voles dive?", ["We watched voles."]).label == MAYBE


# --- the whole --------------------------------------------------------------------------------------------------------


def _perfect(claim: str, sentences: Sequence[str]) -> Reply:
    """Knows the answers."""
    if "Stores" in claim and "Voles" in sentences[0]:
        return Reply(SUPPORT, (2,), 1.0)
    if "Bright" in claim and "Herons" in sentences[0]:
        return Reply(CONTRADICT, (2,), 1.0)
    return Reply(NEI)


def _refuses(claim: str, sentences: Sequence[str]) -> Reply:
    raise UsageError("It does not answer.", "")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> TaskReport:
    folder = tmp_path_factory.mktemp("tasks")
    others: dict[str, Answerer] = {"one who knows": _perfect, "one who refuses": _refuses}
    return evaluate_task("scifact", _scifact(folder / "scifact"), folder / "cache", answerers=others)


def test_whoever_knows_the_answers_is_right_in_both_settings(report: TaskReport) -> None:
    assert [s.name for s in report.settings] == ["given", "found"]
    assert [s.cases for s in report.settings] == [4, 3]
    for setting in report.settings:
        figures = setting.standings["one who knows"].figures
        assert (
            figures["accuracy"].mean
            == figures["macro_f1"].mean
            == figures["abstract_f1"].mean
            == figures["rationale_f1"].mean
            == 1.0
        )
        assert figures["sentence_f1"].mean == pytest.approx(4 / 5)  # of claim 4 one of two gold sentences was told
    assert report.settings[1].standings["one who knows"].figures["reached"].mean == 1.0


def test_the_floor_says_what_is_most_frequent_in_training(report: TaskReport) -> None:
    floor = report.settings[0].standings["always SUPPORT"]
    assert floor.figures["accuracy"].mean == 0.25
    assert floor.confusion == {"CONTRADICT": {"SUPPORT": 1}, "NEI": {"SUPPORT": 2}, "SUPPORT": {"SUPPORT": 1}}


def test_who_cannot_be_asked_is_unscored(report: TaskReport) -> None:
    for setting in report.settings:
        assert "accuracy" not in setting.standings["one who refuses"].figures
        assert "abstract_f1" not in setting.standings["one who refuses"].figures
    assert report.settings[0].standings["one who refuses"].confusion["NEI"] == {"unscored": 2}
    assert "one who refuses, given: 4 replies are unscored, first: It does not answer." in report.notes


def test_what_is_unscored_costs_no_recall() -> None:
    gold = {"a": Evidence(SUPPORT, (frozenset({2}),))}
    figures = evidence_figures([(gold, {"a": Reply(SUPPORT, (2,))}), (gold, {"a": Reply(None)})])
    assert (figures["abstract_f1"].mean, figures["abstract_f1"].n, figures["abstract_f1"].unscored) == (1.0, 1, 1)


def test_a_report_is_data_and_tables(report: TaskReport) -> None:
    told = report.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["settings"]["given"]["systems"]["one who knows"]["replies"][0]["replies"]["11"] == {
        "label": "SUPPORT",
        "evidence": [2],
    }
    assert report.headline == "scifact dev: 4 with sentences given, 3 with abstracts to be found"
    given, found = report.tables()
    assert given.header[-2:] == ("one who knows", "one who refuses")
    assert all(len(row) == len(given.header) for row in given.rows)
    assert {row[0] for row in found.rows} >= {"accuracy", "macro-F1", "recall of NEI", "evidence among those found"}


def test_published_figures_say_what_they_are_of() -> None:
    from evals.published import TASKS

    assert all(p.of and p.source for figures in TASKS.values() for p in figures)
    assert not any(p.comparable for p in TASKS["check-covid"])
