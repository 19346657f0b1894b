"""Fits what the engine weighs: how likely a sentence answers, whether a library covers a question, and whether it states the answer.

    python -m evals.calibrate ../shared/corpus/000_f53b1162cf79c3e7.txt                 # report: judge each set with a fit on the others
    python -m evals.calibrate ../shared/corpus/000_f53b1162cf79c3e7.txt --write         # fit on all of them and write rag/data/calibration.json

Logistic regressions with an L2 penalty, solved by Newton's method; figures are standardised. Questions: ``evals/questions/listing-*.jsonl``.
"""

from __future__ import annotations

import argparse
import json
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
from rag.retrieval import Retrieval, Retriever, reading_of
from rag.types import title_id
from rag.verdict import COVERED_FIGURES, STATED_FIGURES, verdict_figures

OUT = Path("rag/data/calibration.json")
ANSWERABLE = ("named", "idea", "multi", "detail", "false_premise")
ON_TOPIC = (*ANSWERABLE, "not_stated")
REFUSED_AT_MOST = 0.03
"""The share of answerable questions that each of the two refusals may cost when its threshold is chosen."""
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
        embedder = Embedder()
        index_papers(self.library, embedder, [listing])
        self.retriever = Retriever(self.library, embedder)
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

    def retrievals(self, cases: Iterable[QuestionCase]) -> list[Retrieval]:
        return [self.retriever.retrieve(case.question, 8) for case in cases]


def fit_all(bench: Bench, cases: Sequence[QuestionCase]) -> dict[str, Any]:
    """Fits the three models and the two thresholds on these questions."""
    rows, labels = bench.sentence_rows(c for c in cases if c.kind in ANSWERABLE)
    sentence = fit(FEATURES, rows, labels, 10.0)
    judged = [c for c in cases if c.kind in ON_TOPIC or c.kind == "off_topic"]
    found = bench.retrievals(judged)
    table = [verdict_figures(r) for r in found]
    covered_rows = np.array([[t[n] for n in COVERED_FIGURES] for t in table])
    on_topic = np.array([c.kind != "off_topic" for c in judged], np.float64)
    covered = fit(COVERED_FIGURES, covered_rows, on_topic, 3.0, np.where(on_topic > 0, 1.0, 4.0))
    about = [i for i, c in enumerate(judged) if c.kind != "off_topic"]
    stated_rows = np.array([[table[i][n] for n in STATED_FIGURES] for i in about])
    answerable = np.array([judged[i].kind in ANSWERABLE for i in about], np.float64)
    stated = fit(STATED_FIGURES, stated_rows, answerable, 3.0)
    return {
        "sentence": sentence,
        "covered": covered | {"threshold": _threshold(covered, covered_rows, on_topic)},
        "stated": stated | {"threshold": _threshold(stated, stated_rows, answerable)},
    }


def _threshold(model: dict[str, Any], rows: Array, wanted: Array) -> float:
    """The probability below which only :data:`REFUSED_AT_MOST` of the wanted questions lie."""
    p = Logistic.from_json(model).probability(rows.astype(np.float32))
    return round(float(np.quantile(p[wanted > 0], REFUSED_AT_MOST)), 4)


def report(bench: Bench, fitted: dict[str, Any], cases: Sequence[QuestionCase], name: str) -> None:
    """How the models do on questions that they were not fitted on."""
    rows, labels = bench.sentence_rows(c for c in cases if c.kind in ANSWERABLE)
    p = Logistic.from_json(fitted["sentence"]).probability(rows.astype(np.float32))
    order = np.argsort(-p)
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    print(f"{name}: sentences: average precision {float((precision * labels[order]).sum() / labels.sum()):.3f} ({int(labels.sum())} of {len(labels)} are evidence)")
    for model, names, good in (("covered", COVERED_FIGURES, ON_TOPIC), ("stated", STATED_FIGURES, ANSWERABLE)):
        kinds: dict[str, list[bool]] = {}
        for case, found in zip(cases, bench.retrievals(cases), strict=True):
            t = verdict_figures(found)
            q = Logistic.from_json(fitted[model]).probability(np.array([[t[n] for n in names]], np.float32))[0]
            kinds.setdefault(case.kind, []).append(bool(q < fitted[model]["threshold"]))
        print(f"{name}: not {model}: " + ", ".join(f"{k} {np.mean(v):.2f}{'' if k in good else ' (wanted)'}" for k, v in kinds.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("listing", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    halves = {half: load_questions(half) for half in ("listing-train", "listing-dev", "listing-test")}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.listing, Path(folder))
        if arguments.write:
            everything = [c for half in halves.values() for c in half]
            fitted = fit_all(bench, everything)
            fitted["fitted_on"] = {"questions": list(halves), "cases": len(everything), "embedder": Embedder.fingerprint}
            OUT.write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")
            print(f"wrote {OUT}")
            return
        for judged in ("listing-dev", "listing-test"):
            others = [c for half, cases in halves.items() if half != judged for c in cases]
            report(bench, fit_all(bench, others), halves[judged], f"judged on {judged}, fitted on the others")
        bench.library.close()


if __name__ == "__main__":
    main()
