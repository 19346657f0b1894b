"""A suite of questions with known answers: a folder that a person can write by hand.

    my_suite/
      suite.yaml        name, about, papers or library, defaults         (schema: evals/suites/suite.schema.json)
      questions.jsonl   a question, or a dialogue in turns, per line      (schema: evals/suites/question.schema.json)

Papers are named by title or ``paper_id`` and evidence by the number of its sentence, so no abstract need be copied.
What is wrong in a file is told with its line and what to do about it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rag.errors import InputError, UsageError
from rag.library.sample import sample_path
from rag.types import Paper, PlanKind, normalise_title

Expect = Literal["answered", "not_covered", "not_stated", "contradicted", "small_talk"]
SAMPLE, GIVEN = "sample", "given"
M = TypeVar("M", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Turn(_Strict):
    """A question and what is known about its answer."""

    question: str = Field(min_length=1, description="What is asked.")
    papers: tuple[str, ...] = Field(default=(), description="Gold papers, by title or paper_id.")
    facts: tuple[tuple[str, ...], ...] = Field(
        default=(), description="What a right answer must contain: groups of accepted wordings."
    )
    evidence: dict[str, tuple[int, ...]] = Field(
        default_factory=dict,
        description="Gold sentences: a paper (title or paper_id) and the numbers of its sentences, from 1.",
    )
    expect: Expect = Field(
        default="answered",
        description="answered; not_covered: no paper is about it; not_stated: papers are about it and don't say it; "
        "contradicted: it takes for granted what a paper denies; small_talk: a greeting or thanks, answered without "
        "sources.",
    )
    forbidden: tuple[str, ...] = Field(
        default=(), description="Strings that must not be shown: what an attack wants to be said."
    )

    plan: tuple[PlanKind, ...] = Field(
        default=(),
        description="The kinds of answer that it may be taken to want: find, count, record, compare, …; for find and "
        "count, papers are all that match.",
    )
    maybe: tuple[str, ...] = Field(
        default=(), description="Papers that a fair reader may or may not count among those that match."
    )

    @model_validator(mode="after")
    def _sound(self) -> Turn:
        known = self.papers or self.facts or self.forbidden or self.plan
        if self.expect in ("answered", "contradicted") and not known:
            raise ValueError(f'expect "{self.expect}" needs papers, facts, forbidden strings or a plan to be judged by')
        if any(not wordings or not all(w.strip() for w in wordings) for wordings in self.facts):
            raise ValueError("a fact is a list of one or more wordings")
        if any(number < 1 for numbers in self.evidence.values() for number in numbers):
            raise ValueError("sentences are numbered from 1")
        return self


class Question(_Strict):
    """A line of ``questions.jsonl``: a single question, or a dialogue of several turns."""

    id: str = Field(min_length=1, description="Unique within the suite; results are compared by it.")
    kind: str = Field(
        default="question",
        description="The slice it is counted in: named, idea, dialogue, attack, or a word of your own.",
    )
    turns: tuple[Turn, ...] = Field(
        min_length=1, description="The turns of a dialogue. A single question is written without it."
    )
    draft: bool = Field(default=False, description="Made by a program and not yet read by a person.")


class Defaults(_Strict):
    """How the suite is run unless the command says otherwise."""

    k: int = Field(default=8, ge=1, description="Papers to draw on.")
    seed: int = Field(default=0, description="Of the intervals' resampling.")


class Sheet(_Strict):
    """``suite.yaml``."""

    name: str = Field(pattern=r"^[\w-]+$", description="Letters, digits, - and _.")
    about: str = ""
    papers: tuple[str, ...] = Field(
        default=(),
        description='Files to index, from this folder; "sample": the sample library; "given": those of --papers.',
    )
    library: str | None = Field(default=None, description="A library that exists already, instead of papers.")
    defaults: Defaults = Defaults()


@dataclass(frozen=True)
class Suite:
    """A suite as read. ``hash`` covers both files and the papers' files that lie in the folder."""

    folder: Path
    sheet: Sheet
    questions: tuple[Question, ...]
    hash: str
    lines: Mapping[str, int]
    """The line of each question, by id."""

    @property
    def name(self) -> str:
        return self.sheet.name

    def where(self, question_id: str) -> str:
        """``file:line`` of a question."""
        return f"{self.folder / 'questions.jsonl'}:{self.lines[question_id]}"

    def files(self, given: Sequence[Path]) -> list[Path]:
        """The files of papers to index. Raises InputError where the suite needs some that were not given."""
        if GIVEN in self.sheet.papers and not given:
            raise InputError(
                f"{self.folder}: asks about papers that are not part of it.", "Name their file with --papers."
            )
        return [f for name in self.sheet.papers for f in _files_of(name, self.folder, given)]


def _files_of(name: str, folder: Path, given: Sequence[Path]) -> list[Path]:
    if name == GIVEN:
        return list(given)
    return [sample_path() if name == SAMPLE else folder / name]


def load_suite(folder: Path) -> Suite:
    """Reads a suite. Raises InputError with ``file:line``."""
    sheet_file, questions_file = folder / "suite.yaml", folder / "questions.jsonl"
    sheet = _sheet(sheet_file)
    lines: dict[str, int] = {}
    questions = []
    for number, row in _rows(questions_file):
        question = _checked(Question, _as_turns(row), f"{questions_file}:{number}")
        if question.id in lines:
            raise InputError(
                f"{questions_file}:{number}: the id {question.id} is that of line {lines[question.id]}.",
                "Give it another.",
            )
        lines[question.id] = number
        questions.append(question)
    if not questions:
        raise InputError(f"{questions_file}: no questions.", "Write one JSON object per line.")
    parts = [sheet_file, questions_file, *(folder / p for p in sheet.papers if p not in (SAMPLE, GIVEN))]
    return Suite(folder, sheet, tuple(questions), _hash(parts), lines)


def narrowed(suite: Suite, kinds: Sequence[str], limit: int | None) -> Suite:
    """The suite with questions of some kinds only, and the first ``limit`` of each; its hash says so. Raises
    UsageError.
    """
    if not kinds and limit is None:
        return suite
    known = dict.fromkeys(q.kind for q in suite.questions)
    for kind in kinds:
        if kind not in known:
            raise UsageError(f"--only {kind}: no question of that kind.", f"There are: {', '.join(known)}.")
    groups = [[q for q in suite.questions if q.kind == kind][:limit] for kind in known if not kinds or kind in kinds]
    kept = tuple(q for group in groups for q in group)
    return replace(suite, questions=kept, hash=f"{suite.hash}+{','.join(kinds)}:{limit or ''}")


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of the two files, by the names under which they ship."""
    question = Question.model_json_schema()
    turn = question["$defs"]["Turn"]
    single = {
        "type": "object", "additionalProperties": False, "required": ["id", "question"],
        "properties": {n: p for n, p in question["properties"].items() if n != "turns"} | turn["properties"],
    }  # fmt: skip
    dialogue = {n: question[n] for n in ("type", "additionalProperties", "required", "properties")}
    return {
        "question.schema.json": {
            "title": "A line of questions.jsonl",
            "anyOf": [single, dialogue],
            "$defs": question["$defs"],
        },
        "suite.schema.json": Sheet.model_json_schema(),
    }


def _sheet(file: Path) -> Sheet:
    try:
        read = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else f"{file}"
        raise InputError(f"{place}: not YAML ({getattr(error, 'problem', None) or error}).", "Correct it.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file}: cannot be read ({error}).", "A suite is a folder with suite.yaml and questions.jsonl."
        ) from error
    sheet = _checked(Sheet, read, str(file))
    if bool(sheet.papers) == bool(sheet.library):
        raise InputError(f"{file}: papers or library: one of them, not both.", "Say what the questions are asked of.")
    return sheet


def _rows(file: Path) -> Iterator[tuple[int, Any]]:
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file}: cannot be read ({error}).", "A suite is a folder with suite.yaml and questions.jsonl."
        ) from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{file}:{number}: not JSON ({error}).", "Each line is one JSON object.") from error


def _as_turns(row: object) -> object:
    """A single question as a dialogue of one turn."""
    if not isinstance(row, dict) or "turns" in row:
        return row
    own = {n: v for n, v in row.items() if n not in Turn.model_fields}
    return own | {"turns": [{n: v for n, v in row.items() if n in Turn.model_fields}]}


def _checked(model: type[M], value: object, where: str) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = min(
            error.errors(), key=lambda e: e["type"] != "extra_forbidden"
        )  # a field that is misspelt explains one that is missing
        place = ".".join(str(p) for p in first["loc"])
        if isinstance(value, dict) and len(value.get("turns", ())) == 1:
            place = place.removeprefix("turns.0").lstrip(".")
        said = "no such field" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise InputError(
            f"{where}: {place + ': ' if place else ''}{said}.", "Correct it; evals/suites has schema and examples."
        ) from error


def _hash(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        try:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        except OSError as error:
            raise InputError(
                f"{file}: cannot be read ({error.strerror}).", "suite.yaml names it under papers."
            ) from error
    return digest.hexdigest()[:16]


# --- what a suite says, in a library's terms --------------------------------------------------------------------------


@dataclass(frozen=True)
class Gold:
    """What is known about the answer to one turn, papers and sentences by their ids in the library."""

    papers: frozenset[str]
    evidence: frozenset[str]
    maybe: frozenset[str] = frozenset()


class Resolver:
    """Finds the papers of a library that a suite means by a title or a ``paper_id``."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._ids = {p.paper_id: p.paper_id for p in papers}
        self._titles = {normalise_title(p.title): p.paper_id for p in papers}

    def paper(self, name: str) -> str | None:
        return self._ids.get(name) or self._titles.get(normalise_title(name))

    def gold(self, suite: Suite, question: Question) -> tuple[Gold, ...]:
        """The gold of each turn. Raises InputError where a paper is not in the library."""
        return tuple(self._gold(turn, suite.where(question.id)) for turn in question.turns)

    def _gold(self, turn: Turn, where: str) -> Gold:
        found = {name: self.paper(name) for name in (*turn.papers, *turn.maybe, *turn.evidence)}
        for name, paper in found.items():
            if paper is None:
                raise InputError(
                    f"{where}: no paper “{name}” in the library.", "Name it by its whole title or paper_id."
                )
        evidence = {f"{found[name]}:{number}" for name, numbers in turn.evidence.items() for number in numbers}
        papers, maybe = (frozenset(str(found[name]) for name in names) for names in (turn.papers, turn.maybe))
        return Gold(papers, frozenset(evidence), maybe)
