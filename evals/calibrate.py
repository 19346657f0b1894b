"""Fits what the engine weighs: how likely a sentence answers, whether a library covers a question, and whether it states the answer.

    python -m evals.calibrate ../shared/corpus/000_f53b1162cf79c3e7.txt            # report: judged by fits on other papers and other sets
    python -m evals.calibrate ../shared/corpus/000_f53b1162cf79c3e7.txt --write    # and fit on all of them, write rag/data/calibration.json

``--other LIBRARY QUESTIONS`` adds another library, indexed before, and a JSON Lines file of questions (field "text") that it covers, so
that what counts as covered holds for another subject and size as well; the listing's questions serve as those that it does not cover. The
shipped weights were fitted with SciFact's abstracts and training claims.

Logistic regressions with an L2 penalty, solved by Newton's method; figures are standardised. Questions: ``evals/questions/listing-*.jsonl``
on the listing, ``sample-stated.jsonl`` on the bundled sample, ``sample-covered.jsonl`` on both. The thresholds are set on probabilities of
questions about papers that were left out of the fit.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from rag.sample import sample_path
from rag.types import title_id
from rag.verdict import COVERED_FIGURES, STATED_FIGURES, unknown_names, verdict_figures

OUT = Path("rag/data/calibration.json")
LISTING = ("listing-train", "listing-dev", "listing-test")
SETS = {**dict.fromkeys(LISTING, ("listing",)), "sample-stated": ("sample",), "sample-covered": ("sample", "listing")}
"""The sets of questions, and on which libraries each is asked."""
ANSWERABLE = ("named", "idea", "multi", "detail", "false_premise", "asked", "short")
"""Kinds that an abstract answers: "asked" are hard to tell from those of "not_stated" beside them, "short" name nothing in few words."""
ON_TOPIC = (*ANSWERABLE, "not_stated")
NOT_COVERED_AT_MOST = {"idea": 0.02, "short": 0.05}
NOT_STATED_AT_MOST = {"listing": 0.03, "asked": 0.05}
"""The share of answerable questions, of the listing's sets or of a kind, that each of the two refusals may cost."""
COVERED_WEIGHTS = {"short": 2.0, "off_topic": 4.0, "unknown_name": 6.0}
"""What a question of a kind weighs where covered ones are told, if not one; at even weights names that no paper has were let through."""
FOLDS = 5
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
    """A file of papers, indexed, and the figures of questions on it."""

    def __init__(self, papers: Path, folder: Path, embedder: Embedder) -> None:
        self.library = Library(folder, create=True)
        self.embedder = embedder
        index_papers(self.library, self.embedder, [papers])
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


@dataclass(frozen=True)
class Row:
    """A question of a set on a library, with the figures of its verdict. ``fold``: questions about one paper have the same."""

    name: str
    library: str
    kind: str
    fold: int
    figures: Mapping[str, float]


def question_rows(benches: Mapping[str, Bench], sets: Mapping[str, Sequence[QuestionCase]], sentence: dict[str, Any]) -> list[Row]:
    """All questions of the sets on their libraries."""
    rows = []
    for name, cases in sets.items():
        for library in SETS[name]:
            figures = benches[library].verdict_rows(cases, sentence)
            rows += [Row(name, library, c.kind, _fold(c), table) for c, table in zip(cases, figures, strict=True)]
    return rows


def _fold(case: QuestionCase) -> int:
    return zlib.crc32(title_id(case.papers[0]).encode() if case.papers else case.question.encode()) % FOLDS


def _matrix(rows: Sequence[Row], names: Sequence[str]) -> Array:
    return np.array([[row.figures[n] for n in names] for row in rows])


def fit_covered(rows: Sequence[Row], more: tuple[Array, Array] | None = None) -> dict[str, Any]:
    """Whether a library covers a question; ``more``: figures and labels of another library."""
    table, labels = _matrix(rows, COVERED_FIGURES), np.array([row.kind in ON_TOPIC for row in rows], np.float64)
    weights = np.array([COVERED_WEIGHTS.get(row.kind, 1.0) for row in rows])
    if more is not None:
        table, labels = np.concatenate([table, more[0]]), np.r_[labels, more[1]]
        weights = np.r_[weights, np.full(len(more[1]), OTHER_WEIGHT)]
    return fit(COVERED_FIGURES, table, labels, 3.0, weights)


def fit_stated(rows: Sequence[Row], _: tuple[Array, Array] | None = None) -> dict[str, Any]:
    """Whether a paper states what a question about it asks."""
    about = [row for row in rows if row.kind in ON_TOPIC]
    return fit(STATED_FIGURES, _matrix(about, STATED_FIGURES), np.array([row.kind in ANSWERABLE for row in about], np.float64), 5.0)


Fit = Callable[[Sequence[Row], tuple[Array, Array] | None], dict[str, Any]]
MODELS: Mapping[str, tuple[Fit, tuple[str, ...], tuple[str, ...], Mapping[str, float]]] = {
    "covered": (fit_covered, COVERED_FIGURES, ON_TOPIC, NOT_COVERED_AT_MOST),
    "stated": (fit_stated, STATED_FIGURES, ANSWERABLE, NOT_STATED_AT_MOST),
}
"""How each verdict is fitted, on which figures, which kinds it should not refuse, and how many of them it may."""


def judged(model: str, rows: Sequence[Row], groups: Sequence[object], more: tuple[Array, Array] | None) -> Array:
    """(rows,): each question's probability by a fit on those of other groups."""
    fit_model, names, _, _ = MODELS[model]
    found = np.zeros(len(rows))
    for group in dict.fromkeys(groups):
        fitted = fit_model([r for r, g in zip(rows, groups, strict=True) if g != group], more)
        here = np.array([g == group for g in groups])
        found[here] = Logistic.from_json(fitted).probability(_matrix(rows, names)[here].astype(np.float32))
    return found


def threshold(model: str, rows: Sequence[Row], probabilities: Array) -> float:
    """The greatest probability below which no group of answerable questions has more than it may."""
    _, _, good, at_most = MODELS[model]
    bounds = []
    for group, share in at_most.items():
        here = np.array([r.kind in good and (r.kind == group or (group == "listing" and r.name in LISTING)) for r in rows])
        if here.any():
            bounds.append(float(np.quantile(probabilities[here], share)))
    return round(min(bounds), 4)


def report_sentences(bench: Bench, sets: Mapping[str, Sequence[QuestionCase]], name: str) -> None:
    """How well the sentences of one set are told by a fit on the others."""
    others = [c for other in LISTING if other != name for c in sets.get(other, ()) if c.kind in ANSWERABLE]
    fitted = fit(FEATURES, *bench.sentence_rows(others), 10.0)
    rows, labels = bench.sentence_rows(c for c in sets[name] if c.kind in ANSWERABLE)
    order = np.argsort(-Logistic.from_json(fitted).probability(rows.astype(np.float32)))
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    average = float((precision * labels[order]).sum() / labels.sum())
    print(f"{name}: sentences: average precision {average:.3f} ({int(labels.sum())} of {len(labels)} are evidence)")


def report_refusals(rows: Sequence[Row], more: tuple[Array, Array] | None) -> None:
    """How many questions of each set and kind are refused by fits on other papers, and by fits on other sets."""
    for model, (_, _, good, _) in MODELS.items():
        for left_out, groups in (("papers", [r.fold for r in rows]), ("sets", [r.name for r in rows])):
            found = judged(model, rows, groups, more)
            at = threshold(model, rows, found)
            told: dict[str, dict[str, list[bool]]] = {}
            for row, p in zip(rows, found, strict=True):
                told.setdefault(f"{row.name} on {row.library}", {}).setdefault(row.kind, []).append(bool(p < at))
            print(f"not {model}, judged by a fit on other {left_out}, below {at}:")
            for name, kinds in told.items():
                wanted = (f"{k} {np.mean(v):.2f}{'' if k in good else ' (wanted)'}" for k, v in kinds.items())
                print(f"  {name}: {', '.join(wanted)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("listing", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--without", choices=SETS, help="leave this set of questions out, to judge the engine on it")
    parser.add_argument("--other", nargs=2, type=Path, metavar=("LIBRARY", "QUESTIONS"))
    arguments = parser.parse_args()
    sets = {name: load_questions(name) for name in SETS if name != arguments.without}
    with tempfile.TemporaryDirectory() as folder:
        embedder = Embedder()
        places = {"listing": arguments.listing, "sample": sample_path()}
        benches = {name: Bench(path, Path(folder) / name, embedder) for name, path in places.items()}
        try:
            work(benches, sets, arguments)
        finally:
            for bench in benches.values():
                bench.library.close()


def work(benches: Mapping[str, Bench], sets: Mapping[str, Sequence[QuestionCase]], arguments: argparse.Namespace) -> None:
    """Fits and reports or writes."""
    listing, asked = benches["listing"], [c for name in LISTING for c in sets.get(name, ())]
    sentence = fit(FEATURES, *listing.sentence_rows(c for c in asked if c.kind in ANSWERABLE), 10.0)
    other = OtherLibrary(arguments.other[0], arguments.other[1], listing.embedder) if arguments.other else None
    more = other.rows(asked, sentence) if other else None
    rows = question_rows(benches, sets, sentence)
    for name in LISTING[1:]:
        if name in sets:
            report_sentences(listing, sets, name)
    report_refusals(rows, more)
    if not arguments.write:
        return
    fitted: dict[str, Any] = {"sentence": sentence}
    for model, (fit_model, *_) in MODELS.items():
        at = threshold(model, rows, judged(model, rows, [r.fold for r in rows], more))
        fitted[model] = fit_model(rows, more) | {"threshold": at}
    fitted["fitted_on"] = {
        "questions": list(sets),
        "cases": sum(map(len, sets.values())),
        "embedder": Embedder.fingerprint,
        "other": [str(p.name) for p in arguments.other or ()],
    }
    OUT.write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")
    print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
