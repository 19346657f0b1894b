"""Fits what the engine weighs: how likely a sentence answers, whether a library covers a question, and whether it states the answer.

    python -m evals.calibrate ../shared/corpus/000_f53b1162cf79c3e7.txt                 # report: judge each set with a fit on the others
    python -m evals.calibrate ../shared/corpus/000_f53b1162cf79c3e7.txt --write         # fit on all of them and write
    rag/data/calibration.json

``--other LIBRARY QUESTIONS`` adds a second library, indexed before, and a JSON Lines file of questions (field "text") that it covers, so
that what counts as
covered holds for another subject and size as well; the listing's questions serve as those that it does not cover. The shipped weights
were fitted with
SciFact's abstracts and training claims.

Logistic regressions with an L2 penalty, solved by Newton's method; figures are standardised. Questions:
``evals/questions/listing-*.jsonl``.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.questions import QuestionCase, load_questions
from rag.embedding import Embedder
from rag.indexing import index_papers
from rag.library import Library
from rag.relevance import FEATURES, Logistic, figures
from rag.retrieval import Retriever, reading_of
from rag.types import title_id
from rag.verdict import COVERED_FIGURES, STATED_FIGURES, unknown_names, verdict_figures

OUT = Path("rag/data/calibration.json")
ANSWERABLE = ("named", "idea", "multi", "detail", "false_premise")
ON_TOPIC = (*ANSWERABLE, "not_stated")
NOT_COVERED_AT_MOST, NOT_STATED_AT_MOST = 0.02, 0.03
"""The share of answerable questions that each of the two refusals may cost when its threshold is chosen."""
OTHER_QUESTIONS = 250
OTHER_WEIGHT = 0.1
"""What a question on the other library weighs beside one on the listing; more of it costs answerable questions on the listing."""
Array = npt.NDArray[np.float64]


def fit(names: Sequence[str], rows: Array, labels: Array, penalty: float, weights: Array | None = None) -> dict[str, Any]:
    """Logistic regression; returns what :meth:`Logistic.from_json` reads."""
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
    x = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    each = np.ones(len(rows)) if weights is None else weights
    ridge = np.diag(np.r_[np.full(len(names), penalty), 1e-6])
    w = np.zeros(x.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-x @ w))
        step = np.linalg.solve((x * (each * p * (1 - p))[:, None]).T @ x + ridge, x.T @ (each * (p - labels)) + ridge @ w)
        w -= step
        if np.abs(step).max() < 1e-6:
            break
    rounded = {n: [round(float(a), 5), round(float(b), 5), round(float(c), 5)] for n, a, b, c in zip(names, mean, spread, w, strict=False)}
    return {"bias": round(float(w[-1]), 5), "figures": rounded}


class Bench:
    """The listing, indexed, and the figures of questions on it."""

    def __init__(self, listing: Path, folder: Path) -> None:
        self.library = Library(folder, create=True)
        self.embedder = Embedder()
        index_papers(self.library, self.embedder, [listing])
        self.retriever = Retriever(self.library, self.embedder)
        catalog = self.library.catalog
        self.rows = {title_id(p.title): row for row, p in catalog.papers_at(range(1, catalog.count() + 1)).items()}

    def sentence_rows(self, cases: Iterable[QuestionCase]) -> tuple[Array, Array]:
        """The figures of all sentences of the gold papers, and whether each is gold evidence."""
        rows, labels = [], []
        catalog = self.library.catalog
        for case in cases:
            asked = self.retriever.understood(case.question)
            for title, evidence in case.evidence.items():
                row = self.rows[title_id(title)]
                (scored,) = self.retriever.scored(asked, [row])
                sentences = catalog.sentences_at([row])[row]
                rows.append(figures(reading_of(asked, scored, catalog.papers_at([row])[row], sentences)))
                labels += [s.number in evidence for s in sentences]
        return np.concatenate(rows).astype(np.float64), np.array(labels, np.float64)

    def verdict_rows(self, cases: Iterable[QuestionCase], sentence: dict[str, Any]) -> list[dict[str, float]]:
        """The figures of each question's verdict, where sentences are judged by the model ``sentence``."""
        retriever = Retriever(self.library, self.embedder, Logistic.from_json(sentence))
        return _verdict_rows(retriever, self.library, [c.question for c in cases])


def _verdict_rows(retriever: Retriever, library: Library, questions: Iterable[str]) -> list[dict[str, float]]:
    mentions = library.catalog.papers_with
    return [verdict_figures(retriever.retrieve(q, 8), unknown_names(q, mentions)) for q in questions]


class OtherLibrary:
    """A second library for what counts as covered: ``questions`` it covers, and the listing's, which it does not."""

    def __init__(self, folder: Path, questions: Path, embedder: Embedder) -> None:
        self.library, self.embedder = Library(folder), embedder
        texts = [str(json.loads(line)["text"]) for line in questions.read_text("utf-8").splitlines()]
        self.covered = random.Random(0).sample(texts, min(OTHER_QUESTIONS, len(texts)))

    def rows(self, cases: Sequence[QuestionCase], sentence: dict[str, Any]) -> tuple[Array, Array]:
        """Figures and labels (1 covered, 0 not)."""
        retriever = Retriever(self.library, self.embedder, Logistic.from_json(sentence))
        foreign = [c.question for c in cases if c.kind in ("named", "idea", "off_topic")]
        foreign = random.Random(1).sample(foreign, min(OTHER_QUESTIONS, len(foreign)))
        table = _verdict_rows(retriever, self.library, [*self.covered, *foreign])
        return np.array([[row[n] for n in COVERED_FIGURES] for row in table]), np.r_[np.ones(len(self.covered)), np.zeros(len(foreign))]


def fit_all(bench: Bench, cases: Sequence[QuestionCase], other: OtherLibrary | None) -> dict[str, Any]:
    """Fits the three models and the two thresholds on these questions."""
    rows, labels = bench.sentence_rows(c for c in cases if c.kind in ANSWERABLE)
    sentence = fit(FEATURES, rows, labels, 10.0)
    table = bench.verdict_rows(cases, sentence)
    covered_rows = np.array([[row[n] for n in COVERED_FIGURES] for row in table])
    on_topic = np.array([c.kind in ON_TOPIC for c in cases], np.float64)
    rows, labels, weights = covered_rows, on_topic, np.where(on_topic > 0, 1.0, 2.0)
    if other is not None:
        more_rows, more_labels = other.rows(cases, sentence)
        rows, labels = np.concatenate([rows, more_rows]), np.r_[labels, more_labels]
        weights = np.r_[weights, np.full(len(more_labels), OTHER_WEIGHT)]
    covered = fit(COVERED_FIGURES, rows, labels, 3.0, weights)
    about = [i for i, c in enumerate(cases) if c.kind in ON_TOPIC]
    stated_rows = np.array([[table[i][n] for n in STATED_FIGURES] for i in about])
    answerable = np.array([cases[i].kind in ANSWERABLE for i in about], np.float64)
    stated = fit(STATED_FIGURES, stated_rows, answerable, 3.0)
    return {
        "sentence": sentence,
        "covered": covered | {"threshold": _threshold(covered, covered_rows, on_topic, NOT_COVERED_AT_MOST)},
        "stated": stated | {"threshold": _threshold(stated, stated_rows, answerable, NOT_STATED_AT_MOST)},
    }


def _threshold(model: dict[str, Any], rows: Array, wanted: Array, at_most: float) -> float:
    """The probability below which the share ``at_most`` of the wanted questions lies."""
    p = Logistic.from_json(model).probability(rows.astype(np.float32))
    return round(float(np.quantile(p[wanted > 0], at_most)), 4)


def report(bench: Bench, fitted: dict[str, Any], cases: Sequence[QuestionCase], name: str) -> None:
    """How the models do on questions that they were not fitted on."""
    rows, labels = bench.sentence_rows(c for c in cases if c.kind in ANSWERABLE)
    p = Logistic.from_json(fitted["sentence"]).probability(rows.astype(np.float32))
    order = np.argsort(-p)
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    average = float((precision * labels[order]).sum() / labels.sum())
    print(f"{name}: sentences: average precision {average:.3f} ({int(labels.sum())} of {len(labels)} are evidence)")
    table = bench.verdict_rows(cases, fitted["sentence"])
    for model, names, good in (("covered", COVERED_FIGURES, ON_TOPIC), ("stated", STATED_FIGURES, ANSWERABLE)):
        judged = Logistic.from_json(fitted[model]).probability(np.array([[row[n] for n in names] for row in table], np.float32))
        kinds: dict[str, list[bool]] = {}
        for case, p in zip(cases, judged, strict=True):
            kinds.setdefault(case.kind, []).append(bool(p < fitted[model]["threshold"]))
        print(f"{name}: not {model}: " + ", ".join(f"{k} {np.mean(v):.2f}{'' if k in good else ' (wanted)'}" for k, v in kinds.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("listing", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--without", help="leave this set of questions out when writing, to judge the engine on it")
    parser.add_argument("--other", nargs=2, type=Path, metavar=("LIBRARY", "QUESTIONS"))
    arguments = parser.parse_args()
    halves = {half: load_questions(half) for half in ("listing-train", "listing-dev", "listing-test")}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.listing, Path(folder))
        other = OtherLibrary(arguments.other[0], arguments.other[1], bench.embedder) if arguments.other else None
        if arguments.write:
            halves.pop(arguments.without, None)
            everything = [c for half in halves.values() for c in half]
            fitted = fit_all(bench, everything, other)
            fitted["fitted_on"] = {
                "questions": list(halves),
                "cases": len(everything),
                "embedder": Embedder.fingerprint,
                "other": [str(p.name) for p in arguments.other or ()],
            }
            OUT.write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")
            print(f"wrote {OUT}")
            return
        for judged in ("listing-dev", "listing-test"):
            others = [c for half, cases in halves.items() if half != judged for c in cases]
            report(bench, fit_all(bench, others, other), halves[judged], f"judged on {judged}, fitted on the others")
        bench.library.close()


if __name__ == "__main__":
    main()
