"""Questions with what is known about their answers.

``listing-dev.jsonl`` and ``listing-test.jsonl`` ask about the original listing page; papers are named by title and
evidence by sentence number, so that no abstract is copied. ``premises.jsonl`` has questions that take something for
granted, half of them wrongly. ``sample-premises.jsonl`` and ``sample-stated.jsonl`` ask about the sample library: false
premises beside questions that are as dense with true ones, and what is stated beside what is not; others wrote them who
knew none of the rules. One object a line: ``id``, ``kind``, ``question``, ``papers`` (gold titles), ``facts`` (groups
of accepted wordings), ``evidence`` (``{title: [sentence numbers]}``), ``expect`` ("answered", "not_covered",
"not_stated" or "contradicted").
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class QuestionCase:
    """A question and its gold answer."""

    id: str
    kind: str
    question: str
    papers: tuple[str, ...]
    facts: tuple[tuple[str, ...], ...]
    evidence: dict[str, tuple[int, ...]]
    expect: str


def load_questions(name: str) -> list[QuestionCase]:
    """The questions of ``<name>.jsonl`` beside this file."""
    lines = (resources.files(__package__) / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [_case(json.loads(line)) for line in lines if line.strip()]


def _case(row: dict[str, object]) -> QuestionCase:
    facts, evidence, papers = row["facts"], row["evidence"], row["papers"]
    assert isinstance(facts, list)
    assert isinstance(evidence, dict)
    assert isinstance(papers, list)
    return QuestionCase(
        str(row["id"]),
        str(row["kind"]),
        str(row["question"]),
        tuple(papers),
        tuple(tuple(group) for group in facts),
        {title: tuple(numbers) for title, numbers in evidence.items()},
        str(row["expect"]),
    )
