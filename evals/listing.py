"""How well the whole engine does on questions about the original listing page.

    python -m evals.listing ../shared/corpus/000_f53b1162cf79c3e7.txt --questions listing-test [--failures]

Prints, for each kind of question: retrieval (hit@1, hit@5, MRR@10), answers (gold paper cited first, facts found, share of the shown
sentences that are gold
evidence), and outcomes (refused although answerable; told apart rightly). Means over questions.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.questions import QuestionCase, load_questions
from rag import Client
from rag.types import Answer, normalise_title

ANSWERABLE = ("named", "idea", "detail", "multi")
Scores = Mapping[str, float]


@dataclass(frozen=True)
class Result:
    """A question, its answer and its scores."""

    case: QuestionCase
    answer: Answer
    scores: Scores


def run(client: Client, cases: Sequence[QuestionCase]) -> list[Result]:
    """Asks every question and scores what comes back."""
    return [_result(client, case) for case in cases]


def _result(client: Client, case: QuestionCase) -> Result:
    answer = client.ask(case.question)
    scores: dict[str, float] = {}
    gold = {normalise_title(t) for t in case.papers}
    if case.kind in ("named", "idea", "detail"):
        ranked = [normalise_title(p.paper.title) for p in client.search(case.question, k=10)]
        rank = next((n for n, title in enumerate(ranked) if title in gold), None)
        scores |= {"hit@1": rank == 0, "hit@5": rank is not None and rank < 5, "MRR@10": 0.0 if rank is None else 1 / (1 + rank)}
    if case.kind in ANSWERABLE:
        scores["refused"] = answer.outcome in ("not_covered", "not_stated")
        scores["corrected"] = answer.outcome == "partial"
    if case.kind in (*ANSWERABLE, "false_premise"):
        scores |= _answer_scores(case, answer, gold)
    else:
        scores["right outcome"] = answer.outcome == case.expect
    if case.kind == "false_premise":
        scores["difference named"] = answer.outcome == "partial"
    return Result(case, answer, {name: float(value) for name, value in scores.items()})


def _answer_scores(case: QuestionCase, answer: Answer, gold: set[str]) -> dict[str, float]:
    evidence = {normalise_title(title): numbers for title, numbers in case.evidence.items()}
    shown = [(normalise_title(s.paper.title), sentence) for s in answer.sources for sentence in s.sentences] if answer.claims else []
    text = " ".join(sentence.text for _, sentence in shown).casefold()
    scores = {
        "gold first": bool(shown) and shown[0][0] in gold,
        "facts": float(np.mean([any(w.casefold() in text for w in wordings) for wordings in case.facts])) if case.facts else 1.0,
        "gold papers": len({t for t, _ in shown} & gold) / max(len(gold), 1),
    }
    if shown:
        scores["evidence"] = float(np.mean([sentence.number in evidence.get(title, ()) for title, sentence in shown]))
        scores["sentences"] = len(shown)
        scores["words"] = sum(len(sentence.text.split()) for _, sentence in shown)
    return scores


def summary(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """``{kind: {score: mean}}``, with the number of questions as "n"."""
    by_kind: dict[str, list[Scores]] = defaultdict(list)
    for result in results:
        by_kind[result.case.kind].append(result.scores)
    return {kind: {"n": len(rows)} | _means(rows) for kind, rows in by_kind.items()}


def _means(rows: Sequence[Scores]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("listing", type=Path)
    parser.add_argument("--questions", default="listing-test")
    parser.add_argument("--library", help="use this library instead of a temporary one")
    parser.add_argument("--failures", action="store_true", help="print the questions that went wrong")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Client(arguments.library or Path(folder)) as client:
        client.index(arguments.listing)
        results = run(client, load_questions(arguments.questions))
    for kind, means in summary(results).items():
        print(f"{kind:14}" + "  ".join(f"{name} {value:.3f}" if name != "n" else f"n {value:.0f}" for name, value in means.items()))
    if arguments.failures:
        _print_failures(results)


def _print_failures(results: Sequence[Result]) -> None:
    for result in results:
        scores = result.scores
        if (
            scores.get("refused")
            or scores.get("corrected")
            or scores.get("gold first") == 0
            or scores.get("right outcome") == 0
            or scores.get("facts", 1) < 1
        ):
            print(f"\n{result.case.id} {dict(scores)}\n  Q {result.case.question}\n  A {result.answer.outcome}: {result.answer.text[:400]}")
            print(f"  G {result.case.papers} {result.case.facts} {list(result.case.evidence.values())}")


if __name__ == "__main__":
    main()
