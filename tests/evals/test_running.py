"""Runs ask every question, keep what they have, and give the same figures for the same answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import records, write_records

from evals.running import Bench, Conversation, System, carry_out, rescored
from evals.runs import Run, append_result, is_whole, kept_results, new_run, read_run, run_folders, unfinished, write_run
from evals.suite import Suite, load_suite
from rag import Client
from rag.errors import CitewiseError, InputError, StorageError
from rag.types import Answer

OTTERS = "Why otters dive deeper after warm winters"
QUESTIONS = [
    {"id": "deep", "kind": "named", "question": "How many years were the otters watched that dive deeper after warm "
                                                "winters?",
     "papers": [OTTERS], "facts": [["2 years"]], "evidence": {OTTERS: [1]}},
    {"id": "early", "kind": "named", "question": "Why do herons nest earlier near slow rivers?",
     "papers": ["Why herons nest earlier near slow rivers"]},
    {"id": "tax", "kind": "off_topic", "question": "How do I file my taxes in Portugal?", "expect": "not_covered"},
    {"id": "talk", "kind": "dialogue", "turns": [
        {"question": "Why do newts sing louder near slow rivers?",
        "papers": ["Why newts sing louder near slow rivers"]},
        {"question": "Why do larks travel farther near slow rivers?", "papers": ["Why larks travel farther near slow "
                                                                                 "rivers"]}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("running")
    with Client(folder / "library") as client:
        client.index(write_records(folder / "papers.jsonl", records(120)))
        yield client


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "suite.yaml").write_text("name: animals\nlibrary: here\n")
    (folder / "questions.jsonl").write_text("".join(json.dumps(q) + "\n" for q in QUESTIONS))
    return load_suite(folder)


class _Alone(System):
    """Each turn of a dialogue is asked by itself."""

    def conversation(self) -> Conversation:
        return self


class _Failing(_Alone):
    """Fails on questions that contain a word."""

    def __init__(self, client: Client, word: str, error: type[BaseException] = CitewiseError) -> None:
        super().__init__(client)
        self._word, self._error = word, error

    def ask(self, question: str) -> Answer:
        if self._word in question:
            raise self._error("It broke.", "Mend it.") if issubclass(self._error, CitewiseError) else self._error()
        return super().ask(question)


def _begun(suite: Suite, system: System, out: Path, jobs: int = 1) -> tuple[Run, Path]:
    about = {"name": suite.name, "hash": suite.hash, "folder": str(suite.folder), "questions": len(suite.questions)}
    return new_run(out, about, system.described(), 0, jobs)


def _run(suite: Suite, system: System, out: Path, jobs: int = 1) -> Run:
    run, place = _begun(suite, system, out, jobs)
    return carry_out(run, place, Bench(suite, system.papers), system)


def test_a_run_holds_every_answer_and_its_figures(suite: Suite, client: Client, tmp_path: Path) -> None:
    run = _run(suite, _Alone(client), tmp_path)
    assert [r.id for r in run.results] == ["deep", "early", "tax", "talk"]
    assert run.figures["all"]["hit@1"] == {
        "mean": 1.0,
        "low": pytest.approx(0.4385, abs=1e-3),
        "high": 1.0,
        "n": 3,
        "unscored": 0,
    }
    assert run.figures["off_topic"]["outcome_accuracy"]["mean"] == 1.0
    assert run.figures["all"]["not_covered_recall"]["mean"] == 1.0
    assert set(run.figures) == {"all", "named", "off_topic", "dialogue"}
    assert run.timings["seconds"]["p95"] >= run.timings["seconds"]["p50"] > 0
    assert run.by_id()["deep"].scores["fact_recall"] == 1.0
    (gold,) = run.by_id()["deep"].turns[0].gold_papers
    assert run.texts[f"{gold}:1"] == "We watched otters for 2 years."


def test_a_run_is_read_back_as_it_was_written(suite: Suite, client: Client, tmp_path: Path) -> None:
    run = _run(suite, _Alone(client), tmp_path)
    assert (
        read_run(tmp_path / run.name)
        == read_run(tmp_path / "last")
        == read_run(tmp_path / run.name / "run.json")
        == run
    )
    assert is_whole(tmp_path / "last")
    assert not (tmp_path / run.name / "results.jsonl").exists()


def test_run_json_says_what_the_figures_depend_on(suite: Suite, client: Client, tmp_path: Path) -> None:
    row = json.loads((tmp_path / _run(suite, _Alone(client), tmp_path).name / "run.json").read_text())
    assert row["suite"]["hash"] == suite.hash
    assert row["system"]["library"]["papers"] == 120
    assert row["system"]["writer"] == "extractive"
    assert {"citewise", "numpy"} & set(row["environment"]["packages"])
    assert {"python", "platform", "commit"} <= set(row["environment"])
    assert row["seed"] == 0


def test_questions_asked_side_by_side_give_the_same(suite: Suite, client: Client, tmp_path: Path) -> None:
    one, four = (_run(suite, _Alone(client), tmp_path / str(jobs), jobs) for jobs in (1, 4))
    assert [_without_times(r) for r in one.results] == [_without_times(r) for r in four.results]


def _without_times(result: Any) -> Any:
    kept = {n: v for n, v in result.scores.items() if n not in ("seconds", "first_claim")}
    return result.id, kept, [t.answer and t.answer["text"] for t in result.turns]


def test_a_question_that_fails_is_unscored_and_ends_nothing(suite: Suite, client: Client, tmp_path: Path) -> None:
    run = _run(suite, _Failing(client, "taxes"), tmp_path)
    failed = run.by_id()["tax"]
    assert failed.error == "It broke. Mend it."
    assert failed.scores == {"outcome_accuracy": None}
    assert run.figures["all"]["outcome_accuracy"]["n"] == 3
    assert run.figures["all"]["outcome_accuracy"]["unscored"] == 1
    assert read_run(tmp_path / "last") == run


def test_after_a_failed_turn_the_rest_of_a_dialogue_is_not_asked(suite: Suite, client: Client, tmp_path: Path) -> None:
    run = _run(suite, _Failing(client, "newts"), tmp_path)
    first, second = run.by_id()["talk"].turns
    assert (first.answer, second.answer) == (None, None)
    assert "an earlier turn failed" in second.error
    assert run.by_id()["talk"].scores == {"outcome_accuracy": None, "dialogue_success": None}


def test_an_interrupted_run_goes_on_where_it_stopped(suite: Suite, client: Client, tmp_path: Path) -> None:
    system = _Failing(client, "taxes", KeyboardInterrupt)
    run, place = _begun(suite, system, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        carry_out(run, place, Bench(suite, system.papers), system)
    done = kept_results(place)
    assert {r.id for r in done} <= {"deep", "early", "talk"}
    assert not is_whole(place)
    assert unfinished(tmp_path, run.suite, run.system) == place

    asked: list[str] = []

    class _Counting(_Alone):
        def ask(self, question: str) -> Answer:
            asked.append(question)
            return super().ask(question)

    whole = carry_out(read_run(place), place, Bench(suite, system.papers), _Counting(client), done)
    assert len(asked) == sum(len(q.turns) for q in suite.questions) - sum(len(r.turns) for r in done)
    assert [r.id for r in whole.results] == ["deep", "early", "tax", "talk"]
    assert unfinished(tmp_path, run.suite, run.system) is None


def test_another_system_does_not_go_on_with_a_run(suite: Suite, client: Client, tmp_path: Path) -> None:
    run, _ = _begun(suite, _Alone(client), tmp_path)
    assert unfinished(tmp_path, run.suite, dict(run.system) | {"k": 3}) is None
    assert unfinished(tmp_path, dict(run.suite) | {"hash": "other"}, run.system) is None


def test_a_result_that_was_cut_off_by_a_kill_is_asked_again(suite: Suite, client: Client, tmp_path: Path) -> None:
    whole = _run(suite, _Alone(client), tmp_path / "a")
    _, place = _begun(suite, _Alone(client), tmp_path / "b")
    append_result(place, whole.results[0])
    with (place / "results.jsonl").open("a") as file:
        file.write('{"id": "early", "kin')
    assert kept_results(place) == [whole.results[0]]


def test_progress_counts_questions(suite: Suite, client: Client, tmp_path: Path) -> None:
    system = _Alone(client)
    run, place = _begun(suite, system, tmp_path)
    told: list[tuple[str, int, int | None]] = []
    carry_out(run, place, Bench(suite, system.papers), system, progress=lambda *t: told.append(t))
    assert told == [("questions", n, 4) for n in (1, 2, 3, 4)]


def test_recorded_answers_scored_anew_give_the_same_figures(suite: Suite, client: Client, tmp_path: Path) -> None:
    run = _run(suite, _Alone(client), tmp_path)
    again = rescored(read_run(tmp_path / "last"), Bench(suite, list(client.papers())))
    assert again.figures == run.figures
    assert again.results == run.results


def test_support_is_judged_where_a_judge_is_given(suite: Suite, client: Client, tmp_path: Path) -> None:
    run = _run(suite, _Alone(client), tmp_path)

    def never(_claim: str, _cited: Sequence[str]) -> bool:
        return False

    assert rescored(run, Bench(suite, list(client.papers()), never)).figures["all"]["citation_support"]["mean"] == 0


def test_a_conversation_of_its_own_for_each_dialogue(suite: Suite, client: Client, tmp_path: Path) -> None:
    begun: list[threading.Thread] = []

    class _Talking(_Alone):
        def conversation(self) -> Conversation:
            begun.append(threading.current_thread())
            return self

    _run(suite, _Talking(client), tmp_path)
    assert len(begun) == 1


def test_runs_are_listed_newest_first(suite: Suite, client: Client, tmp_path: Path) -> None:
    system = _Alone(client)
    first, _ = _begun(suite, system, tmp_path)
    second, _ = _begun(suite, system, tmp_path)
    assert first.name != second.name
    assert [p.name for p in run_folders(tmp_path)] == [second.name, first.name]


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run can be read"):
        read_run(tmp_path / "gone")
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(InputError, match="not a run that this version reads"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 1, "results": [{}]}')
    with pytest.raises(InputError, match="not a whole run"):
        read_run(tmp_path)


def test_half_a_character_in_a_reply_is_kept(suite: Suite, client: Client, tmp_path: Path) -> None:
    run = _run(suite, _Alone(client), tmp_path)
    turn = replace(run.results[0].turns[0], error="half \ud83d")
    whole = replace(run, results=(replace(run.results[0], turns=(turn,)),))
    append_result(tmp_path / run.name, whole.results[0])
    assert kept_results(tmp_path / run.name) == [whole.results[0]]
    write_run(tmp_path / run.name, whole)
    assert read_run(tmp_path / run.name) == whole


def test_a_place_that_cannot_be_written_is_told(suite: Suite, client: Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="--out"):
        _begun(suite, _Alone(client), tmp_path / "file")


def test_gold_of_a_missing_paper_is_told_before_anything_is_asked(suite: Suite, client: Client) -> None:
    with pytest.raises(InputError, match=r"questions.jsonl:1: no paper"):
        Bench(suite, list(client.papers())[5:])


def test_the_identity_of_a_run_is_its_suite_and_system(suite: Suite, client: Client, tmp_path: Path) -> None:
    run, _ = _begun(suite, _Alone(client), tmp_path)
    assert replace(run, name="x", started="y", seed=1).identity == run.identity
    assert replace(run, system=dict(run.system) | {"model": "m"}).identity != run.identity
