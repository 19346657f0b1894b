"""A comparison names what really moved, and says that no difference is seen where there is none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from made_runs import HERONS, answer, result, run, turn

from evals.comparing import compare
from evals.metrics import Scores
from evals.runs import Result

KNOWN = answer()
OTHER = answer("Herons nest early.", paper=HERONS)
REFUSED = answer("Not stated.", "not_stated")
LOST = {"outcome_accuracy": 0.0, "cited_first": 0.0, "fact_recall": 0.0}


def _many(right: int, wrong: int = 0, kind: str = "named") -> list[Result]:
    """Questions that are answered rightly and, after them, questions that are refused wrongly."""
    found = [result(f"{kind}-{n}", KNOWN, kind) for n in range(right)]
    return found + [result(f"{kind}-{n}", REFUSED, kind, LOST) for n in range(right, right + wrong)]


def test_equal_runs_show_no_difference() -> None:
    comparison = compare(run(_many(20, 10)), run(_many(20, 10), "later"))
    assert comparison.verdict == "No difference seen."
    assert comparison.changes == ()
    assert comparison.systems == ()
    assert comparison.warnings == ()
    assert not any(moved.seen for found in comparison.moved.values() for moved in found.values())
    assert "No difference seen." in comparison.lines()


def test_one_question_of_thirty_is_told_and_yet_no_difference() -> None:
    comparison = compare(run(_many(20, 10)), run(_many(19, 11), "later"))
    assert comparison.verdict == "No difference seen."
    (change,) = comparison.changes
    assert change.id == "named-19"
    assert change.worse == ("outcome answered → not stated", "facts told 100% → 0%", "right paper cited first yes → no")
    assert change.answer
    assert (len(comparison.worse), len(comparison.better)) == (1, 0)


def test_a_real_difference_is_named_with_its_size_and_direction() -> None:
    comparison = compare(run(_many(28, 2)), run(_many(10, 20), "later"))
    moved = comparison.moved["all"]["outcome_accuracy"]
    assert moved.difference.verdict == "lower"
    assert moved.difference.mean == pytest.approx(-0.6)
    assert moved.before == pytest.approx(28 / 30)
    assert moved.after == pytest.approx(10 / 30)
    assert comparison.verdict.startswith("More than chance: ")
    assert "right outcome −0.600" in comparison.verdict
    assert "worse" in comparison.verdict
    assert len(comparison.worse) == 18
    told = comparison.lines()
    assert any(line.startswith("  worse  named-10: outcome answered → not stated") for line in told)
    assert "  worse  and 6 more" in told


def test_what_moved_the_other_way_is_better() -> None:
    comparison = compare(run(_many(10, 20)), run(_many(28, 2), "later"))
    assert comparison.moved["all"]["fact_recall"].difference.verdict == "higher"
    assert "questions, better)" in comparison.verdict
    assert (len(comparison.better), len(comparison.worse)) == (18, 0)


def test_what_moved_in_five_questions_cannot_be_told_from_chance() -> None:
    """Five of five give 6 % at best."""
    steady = _many(30)
    comparison = compare(run([*steady, *_many(5, 0, "idea")]), run([*steady, *_many(0, 5, "idea")], "later"))
    assert not any(moved.seen for found in comparison.moved.values() for moved in found.values())
    assert len(comparison.worse) == 5


def test_a_difference_within_one_kind_only_is_told_as_such() -> None:
    steady = _many(300, 0, "named")
    before, after = run([*steady, *_many(24, 0, "idea")]), run([*steady, *_many(9, 15, "idea")], "later")
    comparison = compare(before, after)
    assert comparison.moved["idea"]["fact_recall"].seen
    assert not comparison.moved["named"]["fact_recall"].seen


def test_a_slower_machine_is_no_worse_system() -> None:
    slow = [replace(r, scores={**r.scores, "seconds": 2.0}) for r in _many(30)]
    comparison = compare(run(_many(30)), run(slow, "later"))
    assert comparison.moved["all"]["seconds"].difference.verdict == "higher"
    assert comparison.verdict == "No difference seen."
    assert any("seconds an answer +1.970 s" in line for line in comparison.lines())


def test_questions_are_paired_by_id_whatever_their_order() -> None:
    comparison = compare(run(_many(5, 5)), run(list(reversed(_many(5, 5))), "later"))
    assert (comparison.shared, comparison.changes) == (10, ())


def test_an_unscored_question_is_neither_better_nor_worse_and_in_no_figure() -> None:
    after = [*_many(9), result("named-9", None)]
    comparison = compare(run(_many(10)), run(after, "later"))
    assert comparison.moved["all"]["outcome_accuracy"].difference.n == 9
    (change,) = comparison.changes
    assert (change.better, change.worse, change.other) == ((), (), ("unscored now",))
    assert comparison.warnings == ("1 questions are unscored in one run or both and left out of the figures.",)


def test_another_wording_that_is_judged_alike_is_counted_apart() -> None:
    after = [result("named-0", answer("It is 11 metres that they dive.")), *_many(10)[1:]]
    comparison = compare(run(_many(10)), run(after, "later"))
    assert [(c.id, c.answer, c.better, c.worse) for c in comparison.changes] == [("named-0", True, (), ())]
    assert comparison.lines()[-1] == "0 questions better, 0 worse, 1 answered otherwise and judged alike"


def test_what_differs_between_the_systems_is_listed() -> None:
    after = run(_many(5), "later", writer="chat", model="tiny", k=4, settings={"lock_seconds": 9.0})
    after = replace(after, environment={**after.environment, "packages": {"numpy": "2.2"}, "commit": "def"})
    comparison = compare(run(_many(5)), after)
    assert set(comparison.systems) == {
        ("writer", "extractive", "chat"), ("model", "none", "tiny"), ("k", "8", "4"),
        ("settings.lock_seconds", "5.0", "9.0"),
        ("packages.numpy", "2.1", "2.2"), ("commit", "abc", "def"),
    }  # fmt: skip
    assert "differs: k 8 → 4" in comparison.lines()


def test_other_suites_and_libraries_are_warned_of() -> None:
    asked = [result("named-0", KNOWN, question="How deep do they go?"), *_many(5)[1:], result("new", KNOWN)]
    after = run(asked, "later", library={"papers": 3, "hash": "l2", "embedder": "e"})
    after = replace(after, suite={**after.suite, "hash": "s2"}, jobs=4)
    suites, libraries, jobs = compare(run(_many(5)), after).warnings
    assert (
        suites == "the suites differ: 1 of the shared questions are asked or judged otherwise, 1 are in one run only."
    )
    assert libraries.startswith("the libraries differ")
    assert "seconds can't be compared" in jobs


def test_runs_without_a_question_in_common_say_that_nothing_can_be_compared() -> None:
    comparison = compare(run(_many(3)), run(_many(3, kind="idea"), "later"))
    assert comparison.verdict == "No question is in both runs: nothing can be compared."
    assert comparison.lines()


def test_the_change_of_a_dialogue_names_the_turn() -> None:
    def talk(second: dict[str, object]) -> Result:
        scores: Scores = {
            "outcome_accuracy": 1.0 if second is KNOWN else 0.5,
            "dialogue_success": float(second is KNOWN),
        }
        return Result("talk", "dialogue", (turn(KNOWN), turn(second, "And the herons?")), scores)

    (change,) = compare(run([talk(KNOWN)]), run([talk(REFUSED)], "later")).changes
    assert change.worse == ("outcome answered → not stated", "dialogue succeeds yes → no")


def test_a_comparison_is_json_without_the_answers() -> None:
    document = json.dumps(compare(run(_many(3)), run(_many(2, 1), "later")).to_dict())
    assert "named-2" in document
    assert KNOWN["text"] not in document
