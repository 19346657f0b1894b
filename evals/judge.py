"""A language model as a judge of free answers: optional, and never believed without its agreement with people beside
it.

It is shown the question, the gold sentences and the answer, never who wrote it. Of several grades in its reply the last
counts; a reply without one of the grades is unscored.

Its agreement is measured where people have labelled the same thing: claims of SciFact and Check-COVID, which the
sentences support or not, and PubMedQA's questions with a right or a wrong answer put to it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.running import summed_up
from evals.statistics import Estimate, estimate
from evals.tasks.cases import CONTRADICT, MAYBE, NO, SUPPORT, YES, load_task
from rag.errors import InputError, ModelError, UsageError
from rag.models.prompts import prompt

if TYPE_CHECKING:
    from evals.runs import Run, TurnResult
    from rag.library.indexing import Progress
    from rag.models.chat.llm import ChatModel

GRADES = {"RIGHT": 1.0, "PARTLY": 0.5, "WRONG": 0.0}
CASES = 200
"""Labelled cases that agreement is measured on."""
_GRADE = re.compile(r"\bGRADE\W{1,4}([A-Z]+)")
_PUT = {YES: "Yes.", NO: "No.", MAYBE: "Maybe; the evidence does not settle it."}


@dataclass(frozen=True)
class Graded:
    """``value``: 1 right, 0.5 partly, 0 wrong; None where the judge gave no grade of these. ``said``: its reply, or the
    error.
    """

    value: float | None
    said: str


@dataclass(frozen=True)
class Case:
    """Something that people have judged: whether the answer is right by the reference."""

    reference: tuple[str, ...]
    question: str
    answer: str
    right: bool


@dataclass(frozen=True)
class Agreement:
    """How often a judge agrees with people, and Cohen's kappa: the agreement beyond what chance would give (Cohen
    1960).
    """

    judge: str
    data: str
    share: Estimate
    kappa: float
    prompt: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "judge": self.judge,
            "data": self.data,
            "share": self.share.to_dict(),
            "kappa": round(self.kappa, 4),
            "prompt": self.prompt,
        }


class Judge:
    """Grades answers with a model."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    def grade(self, reference: Sequence[str], question: str, answer: str) -> Graded:
        """The grade of an answer by reference sentences; unscored where the model fails."""
        asked = prompt("judge").filled(reference="\n".join(reference), question=question, answer=answer)
        try:
            reply = self._model.reply(asked, most_tokens=160)
        except ModelError as error:
            return Graded(None, str(error))
        return Graded(read_grade(reply.text), reply.text)

    def graded_turn(self, turn: TurnResult, texts: Mapping[str, str]) -> Graded | None:
        """The grade of a recorded answer by its gold evidence; None where there is nothing to grade or to grade by."""
        reference = [texts[i] for i in turn.gold_evidence if i in texts]
        if turn.answer is None or not turn.answer["claims"] or not reference:
            return None
        told = " ".join(str(claim["text"]) for claim in turn.answer["claims"])
        return self.grade(reference, turn.question, told)


def read_grade(said: str) -> float | None:
    """The last grade in a reply; None if there is none, or it is none of ours."""
    found = _GRADE.findall(said.replace("*", ""))
    return GRADES.get(found[-1]) if found else None


def agreement(judge: Judge, data: str, cases: Sequence[Case], progress: Progress | None = None) -> Agreement:
    """How often the judge's "right" is people's "right"; a case without a grade is unscored."""
    pairs: list[tuple[bool, bool] | None] = []
    for n, case in enumerate(cases, 1):
        value = judge.grade(case.reference, case.question, case.answer).value
        pairs.append(None if value is None else (case.right, value == 1.0))
        if progress:
            progress("judged", n, len(cases))
    share = estimate([None if p is None else float(p[0] == p[1]) for p in pairs])
    if share is None:
        raise InputError(
            f"{judge.name}: not one of {len(cases)} replies had a grade.", "Choose another model as a judge."
        )
    return Agreement(judge.name, data, share, kappa([p for p in pairs if p is not None]), prompt("judge").version)


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's kappa of two raters' yes and no; 0 where both always say the same one thing."""
    table = np.zeros((2, 2))
    for first, second in pairs:
        table[int(first), int(second)] += 1
    share = table / max(table.sum(), 1)
    observed, expected = float(np.trace(share)), float(share.sum(axis=1) @ share.sum(axis=0))
    return 0.0 if expected == 1.0 else (observed - expected) / (1 - expected)


def labelled_cases(name: str, folder: Path, most: int = CASES, seed: int = 0) -> list[Case]:
    """Cases that people have labelled, drawn from a public data set's part for development. Raises InputError,
    UsageError.
    """
    task = load_task(name, folder)
    cases = [
        case
        for question in task.questions
        for given in question.given
        for case in _cases(question.text, given.sentences, given.label)
    ]
    if not cases:
        raise UsageError(
            f"{folder}: nothing that a judge could be held against.",
            "Name the folder of scifact, pubmedqa or check-covid.",
        )
    return random.Random(seed).sample(cases, min(most, len(cases)))


def _cases(asked: str, sentences: tuple[str, ...], label: str) -> list[Case]:
    """A claim is right if it is supported. To a question the right answer is put, and a wrong one."""
    if label in _PUT:
        wrong = NO if label == YES else YES
        return [Case(sentences, asked, _PUT[label], right=True), Case(sentences, asked, _PUT[wrong], right=False)]
    return [Case(sentences, "Is this so?", asked, right=label == SUPPORT)] if label in (SUPPORT, CONTRADICT) else []


def judged_run(
    run: Run, judge: Judge, agreements: Sequence[Mapping[str, Any]], progress: Progress | None = None
) -> Run:
    """The run with each answer graded: the metric ``judged``, and what the judge said."""
    said: dict[str, list[str]] = {}
    results = []
    for n, result in enumerate(run.results, 1):
        graded = [g for t in result.turns if (g := judge.graded_turn(t, run.texts)) is not None]
        if graded:
            values = [g.value for g in graded]
            known = [v for v in values if v is not None]
            score = sum(known) / len(known) if len(known) == len(values) else None
            result = replace(result, scores={**result.scores, "judged": score})
            said[result.id] = [g.said for g in graded]
        results.append(result)
        if progress:
            progress("judged", n, len(run.results))
    about = {"model": judge.name, "prompt": prompt("judge").version, "agreements": list(agreements), "said": said}
    return replace(summed_up(run, tuple(results)), judge=about)


def kept_agreements(folder: Path, judge: str) -> list[dict[str, Any]]:
    """What was measured of a judge before, with the prompt as it is now."""
    found = []
    for file in sorted(folder.glob("judge-*.json")):
        row = json.loads(file.read_text("utf-8"))
        if row.get("judge") == judge and row.get("prompt") == prompt("judge").version:
            found.append(row)
    return found


def keep_agreement(folder: Path, measured: Agreement) -> Path:
    """Writes what was measured beside the runs."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"judge-{re.sub(r'[^A-Za-z0-9.]+', '-', measured.judge)}-{measured.data}.json"
    file.write_text(json.dumps(measured.to_dict(), indent=1) + "\n", "utf-8")
    return file
