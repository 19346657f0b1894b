"""A judge's grade counts only if it is one, and its agreement with people stands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import ModelServer, reply, status

from evals.judge import (
    GRADES,
    Case,
    Judge,
    agreement,
    kappa,
    keep_agreement,
    kept_agreements,
    labelled_cases,
    read_grade,
)
from evals.runs import TurnResult
from rag.errors import InputError
from rag.models.chat.llm import ChatModel, Limits


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def judge(server: ModelServer) -> Judge:
    return Judge(ChatModel("solomon", url=server.url, key=None, limits=Limits(total=5, waits=())))


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("It fits.\nGRADE: RIGHT", 1.0), ("GRADE: PARTLY", 0.5), ("**GRADE: WRONG**", 0.0), ("GRADE - RIGHT", 1.0),
        ("GRADE: RIGHT? No.\nGRADE: WRONG", 0.0), ("GRADE: EXCELLENT", None), ("GRADE: RIGHT\nGRADE: SUPERB", None), ("RIGHT", None),
        ("grade: right", None), ("", None), ("GRADE:", None),
    ],
)  # fmt: skip
def test_the_last_grade_counts_and_one_off_the_menu_is_none(said: str, value: float | None) -> None:
    assert read_grade(said) == value


def test_a_judge_sees_question_reference_and_answer_and_nothing_else(judge: Judge, server: ModelServer) -> None:
    server.play(reply("Fine.\nGRADE: RIGHT"))
    assert judge.grade(["Cats purr.", "Dogs bark."], "What do cats do?", "They purr.").value == 1.0
    told = server.requests[0].body["messages"][-1]["content"]
    assert told == "Reference:\nCats purr.\nDogs bark.\n\nQuestion: What do cats do?\nAnswer: They purr."


def test_a_judge_that_fails_leaves_the_answer_unscored(judge: Judge, server: ModelServer) -> None:
    server.play(status(401, "who are you"))
    graded = judge.grade(["Cats purr."], "What do cats do?", "They purr.")
    assert graded.value is None
    assert "key" in graded.said


def _turn(claims: list[str], evidence: tuple[str, ...] = ("p:1",)) -> TurnResult:
    return TurnResult(
        "Q?",
        "answered",
        ("p",),
        evidence,
        (),
        (),
        {"claims": [{"text": t} for t in claims], "writer": "chat", "model": "x"},
    )


def test_a_turn_is_graded_by_its_gold_evidence(judge: Judge, server: ModelServer) -> None:
    server.play(reply("GRADE: PARTLY"))
    graded = judge.graded_turn(_turn(["They purr.", "They sleep."]), {"p:1": "Cats purr."})
    assert graded is not None
    assert graded.value == GRADES["PARTLY"]
    told = server.requests[0].body["messages"][-1]["content"]
    assert "Cats purr." in told
    assert "They purr. They sleep." in told
    assert "chat" not in told


def test_nothing_to_grade_costs_no_call(judge: Judge, server: ModelServer) -> None:
    assert judge.graded_turn(_turn([]), {"p:1": "Cats purr."}) is None
    assert judge.graded_turn(_turn(["They purr."], ()), {}) is None
    assert server.requests == []


def test_kappa_by_hand() -> None:
    # 20 of 50 yes-yes, 15 no-no, 5 and 10 mixed: observed .7, expected .5 * .6 + .5 * .4 = .5, kappa .4
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([(True, True)] * 9) == 0


def test_agreement_counts_what_has_no_grade_apart(judge: Judge, server: ModelServer) -> None:
    cases = [
        Case(("Cats purr.",), "Is this so?", text, right)
        for text, right in (("a", True), ("b", False), ("c", True), ("d", False))
    ]
    server.play(reply("GRADE: RIGHT"), reply("GRADE: WRONG"), reply("no idea"), reply("GRADE: PARTLY"))
    found = agreement(judge, "own", cases)
    assert (found.share.mean, found.share.n, found.share.unscored) == (1.0, 3, 1)
    assert found.kappa == pytest.approx(1.0)


def test_a_judge_that_never_grades_is_told(judge: Judge, server: ModelServer) -> None:
    server.play(reply("Lovely weather."))
    with pytest.raises(InputError, match="not one of 1 replies"):
        agreement(judge, "own", [Case(("x",), "q", "a", True)])


def test_an_agreement_is_kept_and_found_for_the_same_judge_only(
    judge: Judge, server: ModelServer, tmp_path: Path
) -> None:
    server.play(reply("GRADE: RIGHT"))
    measured = agreement(judge, "own", [Case(("x",), "q", "a", True)])
    keep_agreement(tmp_path, measured)
    assert kept_agreements(tmp_path, "solomon") == [json.loads(json.dumps(measured.to_dict()))]
    assert kept_agreements(tmp_path, "david") == []


def test_people_s_labels_become_right_and_wrong_answers(tmp_path: Path) -> None:
    row = {
        "pmid": "1",
        "question": "Do cats purr?",
        "contexts": ["We listened to cats. They purred."],
        "final_decision": "yes",
    }
    (tmp_path / "dev500.jsonl").write_text(json.dumps(row) + "\n")
    right, wrong = sorted(labelled_cases("pubmedqa", tmp_path), key=lambda c: not c.right)
    assert (right.answer, wrong.answer) == ("Yes.", "No.")
    assert right.reference == wrong.reference == ("We listened to cats.", "They purred.")
    assert right.question == "Do cats purr?"


def test_no_labelled_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        labelled_cases("pubmedqa", tmp_path)
