"""Fits the reader's scales, limits and ranking on the papers of "dev", tells its figures on those of "test", and
writes both to ``rag/data/reader.json``.

    python -m evals.training.measure ../shared/data            # report
    python -m evals.training.measure ../shared/data --write    # and write

Every figure is of papers that nothing was trained on. Questions are asked of a library that holds the papers of dev
and test, siblings side by side, through retrieval as
it ships; claims are held against the sentences that they cite.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.training import lists
from evals.training.card import card, table
from evals.training.examples import Abstract, Claim, Question, check_covid, scifact, split
from evals.training.ranks import Floats, auc, logistic, logit, scaled_reading
from rag.answering.reading import READ, Weights, asked_beside, best_evidence, with_reading
from rag.answering.retrieval import Found, Retriever
from rag.answering.writing.extracts import MOST_SENTENCES
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import CLAIMS, FIGURES, QUESTIONS, BundledReader, figures
from rag.models.pages import ABSTRACT
from rag.models.reader import Checked, Claimed, Reading
from rag.types import normalise_title

OUT, CARD = Path("rag/data") / FIGURES, Path("rag/data/READER.md")
REFUSED, ACCUSED = 0.03, 0.015
"""Shares of answerable questions that may be said to be not stated, and whose premises may be said to be false."""
UNCOVERED = 0.02
"""The share of answerable questions that may be said to be not covered."""
PASSES, FAILS = 0.5, 0.04
"""Of faithful claims (dev): the share that is not passed at once, and the share that is refused at once; between them
lies doubt.
"""
SUITED = ("named", "idea", "twin")


@dataclass(frozen=True)
class Tried:
    """A question asked of the library: what was found, best first by retrieval, the reading of each, and which of
    them is the paper that it was written for (or None).
    """

    question: Question
    paper: Abstract
    found: tuple[Found, ...]
    readings: tuple[Reading, ...]
    right: int | None


# --- asking and checking
# -----------------------------------------------------------------------------------------------------------------


def tried(
    papers: Sequence[Abstract], asked: Sequence[tuple[Abstract, Question]], reader: BundledReader, folder: Path
) -> list[Tried]:
    """Each question asked of a library of ``papers``."""
    source = folder / "papers.jsonl"
    if not source.exists():
        rows = ({"title": p.title, "abstract": " ".join(p.sentences)} for p in papers)
        source.write_text("\n".join(json.dumps(r) for r in rows) + "\n", "utf-8")
    embedder, library = BundledEmbedder(), Library(folder / "library", create=True)
    index_papers(library, embedder, (source,), None)
    retriever = Retriever(library, embedder)
    found = [retriever.retrieve(q.text, READ).found for _, q in asked]
    library.close()
    wanted: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for n, papers_found in enumerate(found):
        for m, f in enumerate(papers_found):
            wanted[f.passage.paper.paper_id].append((n, m))
    readings: list[list[Any]] = [[None] * len(f) for f in found]
    for places in wanted.values():
        requests = [asked_beside(asked[n][1].text, found[n][m]) for n, m in places]
        for (n, m), reading in zip(places, reader.read(requests), strict=True):
            readings[n][m] = reading
    titles = [[normalise_title(f.passage.paper.title) for f in fs] for fs in found]
    return [
        Tried(
            q,
            p,
            found[n],
            tuple(readings[n]),
            titles[n].index(t) if (t := normalise_title(p.title)) in titles[n] else None,
        )
        for n, (p, q) in enumerate(asked)
    ]


def checked(papers: Iterable[Abstract], reader: BundledReader) -> list[tuple[Claim, Checked]]:
    claimed, claims = [], []
    for p in papers:
        for c in p.claims:
            claims.append(c)
            claimed.append(Claimed(c.text, p.title, tuple(p.sentences), c.cited))
    return list(zip(claims, reader.check(claimed), strict=True))


# --- fitting
#
# ----------------------------------------------------------------------------------------------------------------------


def fitted(seen: Sequence[Tried], claims: Sequence[tuple[Claim, Checked]]) -> dict[str, Any]:
    """Scales, ranking and limits. ``seen`` and ``claims`` are of dev, their figures taken with all scales at one."""
    known = [t for t in seen if t.question.kind != "foreign"]
    pairs = [(t, m, r) for t in known for m, r in enumerate(t.readings)]
    own = [(t, t.readings[t.right]) for t in seen if t.right is not None]
    is_right = np.array([float(m == t.right) for t, m, _ in pairs])
    scales = {
        "about": _scale([r.about for *_, r in pairs], is_right),
        "stated": _scale(*_labelled(((r.stated, t.question.stated) for t, r in own if t.question.about == 1))),
        "premise_false": _scale(*_labelled(((r.premise_false, t.question.premise) for t,
        r in own if t.question.about == 1))),
        "sentence": _scale(*_labelled(
            (s, float(n in t.question.evidence))
            for t, r in own if t.question.stated == 1 and t.question.evidence
            for n, s in enumerate(r.sentences, 1)
        )),
        "unsupported": _scale(*_labelled((1 - c.supported, k.unsupported) for k, c in claims if k.kind != "more")),
        "contradicted": _scale(*_labelled((c.contradicted, k.contradicted) for k, c in claims)),
        "word": (1.0, -0.7),
    }  # fmt: skip

    def scaled(name: str, p: npt.ArrayLike) -> Floats:
        slope, offset = scales[name]
        return 1 / (1 + np.exp(-(slope * logit(p) + offset)))

    ranking = ranked(
        [t for t in seen if t.right is not None], scales, [t for t in seen if t.question.kind == "foreign"]
    )
    weights = Weights(**ranking)
    covered = [weights.probability(scaled_reading(t.readings[t.right], scales), t.found[t.right].passage.score)
               for t in seen if t.right is not None and t.question.kind in SUITED]  # fmt: skip
    good = [r for t, r in own if t.question.kind in SUITED]
    faithful = [1 - scaled("unsupported", 1 - c.supported)[()] for k, c in claims if k.kind == "faithful"]
    limits = {
        "covered": float(np.quantile(covered, UNCOVERED)),
        "strange": float(np.quantile(covered, 0.5)),
        "stated": float(np.quantile(scaled("stated", [r.stated for r in good]), REFUSED)),
        "premise_false": float(np.quantile(scaled("premise_false", [r.premise_false for r in good]), 1 - ACCUSED)),
        "sentence": 0.3,
        "passes": float(np.quantile(faithful, PASSES)),
        "fails": float(np.quantile(faithful, FAILS)),
        "word": 0.5,
        "contradicted": 0.5,
    }
    return {
        "scales": {k: [round(x, 4) for x in v] for k, v in scales.items()},
        "ranking": _rounded(ranking),
        "limits": _rounded(limits),
    }


def ranked(
    seen: Sequence[Tried], scales: Mapping[str, tuple[float, float]], foreign: Sequence[Tried]
) -> dict[str, float]:
    """The weights of ranking: those that put the right paper first among the papers found (softmax over them),
    stretched so that the sum is the log odds of a question's being about the library at all (against ``foreign``
    questions, which are not).
    """
    names = ("about", "stated", "sentence", "retrieved")
    tables = [np.array([_row(r, f, scales) for f, r in zip(t.found, t.readings, strict=True)]) for t in seen]
    size = np.concatenate(tables).std(axis=0)
    weights = np.zeros(len(names))
    for _ in range(3000):
        gradient = -0.01 * weights
        for t, table_ in zip(seen, tables, strict=True):
            score = table_ / size @ weights
            share = np.exp(score - score.max())
            gradient += (table_[t.right] - share @ table_ / share.sum()) / size / len(seen)
        weights += 0.1 * gradient
    weights /= size
    own = [table_[t.right] @ weights for t, table_ in zip(seen, tables, strict=True) if t.question.kind in SUITED]
    others = [max(_row(r, f, scales) @ weights for f, r in zip(t.found, t.readings, strict=True)) for t in foreign]
    labels = np.repeat([1.0, 0.0], [len(own), len(others)])
    balance = np.where(labels > 0, len(others) / len(own), 1.0)
    slope, offset = logistic(np.array([*own, *others])[:, None], labels, balance)
    return dict(zip(names, map(float, weights * slope[0]), strict=True)) | {"offset": offset}


def _row(reading: Reading, found: Found, scales: Mapping[str, tuple[float, float]]) -> Floats:
    scaled = scaled_reading(reading, scales)
    return np.array([*logit([scaled.about, scaled.stated, max(scaled.sentences)]), found.passage.score])


def _scale(p: Sequence[float], labels: npt.ArrayLike) -> tuple[float, float]:
    slope, offset = logistic(logit(p)[:, None], np.asarray(labels, np.float64))
    return float(slope[0]), offset


def _labelled(pairs: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    known = [(p, y) for p, y in pairs if y >= 0]
    return [p for p, _ in known], [float(y) for _, y in known]


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {k: round(v, 4) for k, v in values.items()}


# --- telling
#
# ----------------------------------------------------------------------------------------------------------------------


def questions_report(seen: Sequence[Tried]) -> dict[str, dict[str, float]]:
    """Of each kind of question what a user meets: the right paper first, the outcome, evidence among the sentences
    shown. Reads what ships.
    """
    limits, weights = figures()["limits"], Weights.fitted()
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    for t in seen:
        scores = [weights.probability(r, f.passage.score) for f, r in zip(t.found, t.readings, strict=True)]
        order = sorted(range(len(scores)), key=lambda m: (not t.found[m].called, -scores[m]))
        first = t.readings[order[0]]
        meant = t.found[order[0]].called
        uncovered = not meant and scores[order[0]] < limits["covered"]
        false = not uncovered and first.premise_false >= limits["premise_false"]
        unstated = not uncovered and not false and first.stated < limits["stated"]
        shown = {
            i + 1
            for i in best_evidence(with_reading(t.found[order[0]], first, 0.0), limits["sentence"], MOST_SENTENCES)
        }
        gold, right = set(t.question.evidence or ()), order[0] == t.right
        row = {
            "found among those read": float(t.right is not None), "right paper first": float(right),
            "first before reading": float(t.right == 0), "not covered": float(uncovered), "not stated": float(unstated),
            "premise false": float(false), "answered": float(not (uncovered or unstated or false)),
        }  # fmt: skip
        if gold:
            row["evidence shown"] = float(right and bool(gold & shown))
            row["of the evidence shown"] = len(gold & shown) / len(gold) if right else 0.0
            row["of what is shown, evidence"] = len(gold & shown) / len(shown) if right else 0.0
        rows[t.question.kind].append(row)
    return {kind: _means(r) for kind, r in rows.items()}


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {"n": len(rows)} | {k: round(float(np.mean([row[k] for row in rows if k in row])), 3) for k in names}


def claims_report(claims: Sequence[tuple[Claim, Checked]]) -> dict[str, dict[str, float]]:
    """Of each kind of claim: passed at once, refused at once, in doubt, and above one half."""
    limits, out = figures()["limits"], {}
    faithful = [c.supported for k, c in claims if k.kind in ("faithful", "support")]
    for kind in dict.fromkeys(k.kind for k, _ in claims):
        p = np.array([c.supported for k, c in claims if k.kind == kind])
        out[kind] = {
            "n": len(p), "passed": float((p >= limits["passes"]).mean()),
            "refused": float((p < limits["fails"]).mean()),
            "above half": float((p >= 0.5).mean()), "auc": auc(faithful, [float(x) for x in p]),
            "refused where 90 % of the faithful pass": float((p < np.quantile(faithful, 0.1)).mean()),
        }  # fmt: skip
    return {k: {n: round(v, 3) for n, v in row.items()} for k, row in out.items()}


def balanced(papers: Sequence[Abstract], reader: BundledReader) -> dict[str, float]:
    """Supported or not, on people's claims with the sentences that annotators chose; each half of the abstracts is
    judged by the threshold that is best on the other half.
    """
    halves = [checked(papers[n::2], reader) for n in (0, 1)]
    parts = [(np.array([c.supported for _, c in h]), np.array([k.kind == "support" for k, _ in h])) for h in halves]

    def accuracy(p: Floats, right: npt.NDArray[np.bool_], limit: float) -> float:
        return float(((p[right] >= limit).mean() + (p[~right] < limit).mean()) / 2)

    found = []
    for one, other in (parts, parts[::-1]):
        limit = max(map(float, np.unique(other[0])), key=lambda x: accuracy(*other, x))
        found.append(accuracy(*one, limit))
    p, right = np.concatenate([p for p, _ in parts]), np.concatenate([r for _, r in parts])
    return {
        "n": len(p),
        "balanced accuracy": round(float(np.mean(found)), 3),
        "auc": round(auc(list(p[right]), list(p[~right])), 3),
    }


def measure(data: Path, write: bool, folder: Path) -> dict[str, Any]:
    """Fits, where it shall be written, and reports; ``folder`` is where the library of held-out papers is made."""
    parts, reader = split(data), BundledReader()
    held = [*parts["dev"], *parts["test"]]
    kinds = (*SUITED, "unstated", "premise")
    asked = {name: [(p, q) for p in parts[name] for q in p.questions if q.kind in kinds] for name in ("dev", "test")}
    foreign = [
        (p, Question(q.text, "foreign", about=0))
        for p in parts["train"][::9]
        for q in p.questions
        if q.kind in ("named", "idea")
    ]
    if write:
        kept = _kept()
        _keep(kept | {"scales": {key: [1.0, 0.0] for key in kept["scales"]}})
        found = fitted(tried(held, [*asked["dev"], *foreign[::2]], reader, folder), checked(parts["dev"], reader))
        _keep(
            kept
            | found
            | {"lists": _rounded(lists.fitted(lists.read(held, parts["dev"], reader, folder), found["scales"]))}
        )
    report: dict[str, Any] = {
        "questions": questions_report(tried(held, [*asked["test"], *foreign[1::2]], reader, folder))
    }
    report["lists"] = {"list": lists.report(lists.read(held, parts["test"], reader, folder))}
    report["claims"] = claims_report(checked(parts["test"], reader))
    for name, load, where in (("scifact", scifact, "scifact"), ("check-covid", check_covid, "check-covid")):
        report[name] = balanced(load(data / where, "dev"), reader)
    if write:
        _keep(_kept() | {"figures": report})
        sizes = {name: OUT.with_name(name).stat().st_size for name in (QUESTIONS, CLAIMS)}
        CARD.write_text(card(_kept(), sizes, ABSTRACT), "utf-8")
    return report


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(OUT.read_text("utf-8"))
    return kept


def _keep(kept: Mapping[str, Any]) -> None:
    OUT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    figures.cache_clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = measure(arguments.data, arguments.write, Path(folder))
    for name, rows in report.items():
        print(f"{name}\n\n{table(rows if name in ('questions', 'lists', 'claims') else {name: rows})}")


if __name__ == "__main__":
    main()
