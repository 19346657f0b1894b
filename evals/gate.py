"""Fits the gate's model of meaning and its threshold, and reports how the gate does on claims that it was not fitted on.

    python -m evals.gate ../shared/data tests/grounding_cases.jsonl ../shared/corpus/000_f53b1162cf79c3e7.txt             # report
    python -m evals.gate ../shared/data tests/grounding_cases.jsonl ../shared/corpus/000_f53b1162cf79c3e7.txt --write     # and write

Four sources, each cut in two; the model is fitted on one part and reported on the other.

- SciFact and Check-COVID (train, dev): a claim with its gold sentences must pass when they support it, and not when they contradict it,
  when they are another abstract's (the nearest that there are) or other sentences of the same abstract.
- The table of written cases (half "tune", half "held"): faithful retellings and corrupted ones.
- The sample library's digests (even papers, odd papers) with the two nearest sentences of the abstract on the listing page that they
  retell, and with another abstract's.

Two more are only reported: harder written cases, and claims made of the comparisons of clinical trials (:mod:`evals.trials`, every second
abstract; the rules on contrasts were made on the others).

What contradicts is left out of the fit: the rules have to find it, no likeness of words does. Beside the gate stands a plain threshold on
the cosine of the two whole vectors, chosen on the same rows. Takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.calibrate import fit
from evals.trials import trial_claims
from rag.embedding import Embedder
from rag.grounding import FIGURES, Gate, plain, problem
from rag.readers import read_papers
from rag.relevance import Logistic
from rag.sample import sample_path
from rag.sentences import split_sentences
from rag.types import Paper, normalise_title

OUT = Path("rag/data/gate.json")
WITHHELD_AT_MOST = 0.03
"""The share of honest retellings (written cases, digests) that the threshold may cost; the rules cost some more."""
PENALTY = 3.0
SOURCE_WEIGHT = {"written": 0.5}
"""What a source weighs beside the others, where not the same: the table's half is small."""
Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """``kind``: "support", "contradict", "other abstract", "same abstract", "not enough", or a kind of the written cases."""

    claim: str
    cited: tuple[str, ...]
    kind: str
    context: str = ""

    @property
    def honest(self) -> bool:
        return self.kind in ("support", "faithful")


class Pool:
    """Abstracts with their titles and the vectors of their sentences, for finding the nearest of another abstract."""

    def __init__(self, embedder: Embedder, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self.documents = documents
        self.texts = [(key, s) for key, document in documents.items() for s in document["abstract"] if len(s) > 45]
        self.embedder = embedder
        self.wholes = np.stack([v.whole for v in embedder.embed_documents(s for _, s in self.texts)])

    def nearest(self, claim: str, key: str, n: int, own: bool = False) -> Case:
        """A claim with the ``n`` nearest sentences of its own abstract, or of the other one that has the nearest of all."""
        order = np.argsort(-(self.wholes @ self.embedder.embed_query(claim).whole))
        first = key if own else next(self.texts[i][0] for i in order if self.texts[i][0] != key)
        cited = tuple(s for k, s in (self.texts[i] for i in order) if k == first)[:n]
        return Case(claim, cited, "support" if own else "other abstract", self.documents[first]["title"])


def scifact(folder: Path, split: str, embedder: Embedder) -> Iterator[Case]:
    documents = {str(d["doc_id"]): d for d in _lines(folder / "scifact" / "corpus_sentences.jsonl")}
    claims = list(_lines(folder / "scifact" / f"claims_{split}.jsonl"))
    pool = Pool(embedder, {key: documents[key] for key in sorted({str(d) for c in claims for d in c["cited_doc_ids"]})})
    for claim in claims:
        for key, sets in claim["evidence"].items():
            for gold in sets:
                yield from _around(claim["claim"], key, gold["sentences"], gold["label"], pool)


def check_covid(folder: Path, split: str, embedder: Embedder) -> Iterator[Case]:
    pool = Pool(embedder, {d["cord_id"]: d for d in _lines(folder / "check-covid" / "corpus.json")})
    for claim in _lines(folder / "check-covid" / f"{split}.jsonl"):
        gold = [e["sent_index"] for e in claim["evidence_set"]]
        yield from _around(claim["claim"], claim["cord_id"], gold, claim["label"], pool)


def _around(claim: str, key: str, gold: Sequence[int], label: str, pool: Pool) -> Iterator[Case]:
    title, abstract = pool.documents[key]["title"], pool.documents[key]["abstract"]
    kind = {"SUPPORT": "support", "CONTRADICT": "contradict", "REFUTE": "contradict"}.get(label, "not enough")
    yield Case(claim, tuple(abstract[i] for i in gold), kind, title)
    if kind == "support":
        yield pool.nearest(claim, key, len(gold))
        others = [s for i, s in enumerate(abstract) if i not in gold and len(s) > 45]
        if others:
            yield Case(claim, tuple(random.Random(claim).sample(others, min(len(gold), len(others)))), "same abstract", title)


def written(table: Path, half: str) -> Iterator[Case]:
    """The written cases of a part: "tune", "held", "later", "latest" or "harder"."""
    for group in _lines(table):
        if group["half"] == half:
            yield from (Case(c, tuple(group["cited"]), "faithful", group["title"]) for c in group["faithful"])
            yield from (Case(c, tuple(group["cited"]), kind, group["title"]) for kind, c in group["corrupted"])


def trials(data: Path) -> Iterator[Case]:
    """Claims about every second abstract, those that no rule was made on."""
    for claim, cited, kind, title, abstract in trial_claims(data / "evidence-inference"):
        if sum(map(ord, title)) % 2:
            yield Case(claim, cited, kind, abstract)


def digests(listing: Path, embedder: Embedder, odd: bool) -> Iterator[Case]:
    """Each sentence of the sample library with the two sentences of the abstract that it is nearest to, and with another abstract's."""
    originals = {normalise_title(p.title): p for p in read_papers(listing) if isinstance(p, Paper)}
    pool = Pool(
        embedder,
        {key: {"title": p.title, "abstract": [s.text for s in split_sentences(key, p.abstract)]} for key, p in originals.items()},
    )
    for n, paper in enumerate(p for p in read_papers(sample_path()) if isinstance(p, Paper)):
        key = normalise_title(paper.title)
        if n % 2 == odd and key in originals:
            for sentence in split_sentences(key, paper.abstract):
                yield pool.nearest(sentence.text, key, 2, own=True)
                yield pool.nearest(sentence.text, key, 2)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())


@dataclass(frozen=True)
class Judged:
    """Cases with their figures, and whether a rule refuses them."""

    cases: Sequence[Case]
    rows: Array
    refused: Flags

    @property
    def honest(self) -> Flags:
        return np.array([c.honest for c in self.cases])

    def of(self, *kinds: str) -> Flags:
        return np.array([c.kind in kinds for c in self.cases])

    def likely(self, model: Mapping[str, Any]) -> Array:
        return Logistic.from_json(model, FIGURES).probability(self.rows.astype(np.float32)).astype(np.float64)

    def cosines(self) -> Array:
        return self.rows[:, FIGURES.index("whole")]


def judged(gate: Gate, cases: Iterable[Case]) -> Judged:
    cases = [replace(c, claim=plain(c.claim)) for c in cases]
    rows = [gate.figures(c.claim, c.cited, gate.coverage(c.claim, c.cited, c.context)) for c in cases]
    return Judged(cases, np.array(rows, np.float64), np.array([problem(c.claim, c.cited, c.context) is not None for c in cases]))


def fit_gate(parts: Mapping[str, Judged]) -> dict[str, Any]:
    """The model and its threshold. Each source weighs the same, and honest and other cases of a source do."""
    rows, labels, weights = [], [], []
    for source, part in parts.items():
        ruled = np.array([c.kind in ("number", "unit", "range", "name", "negation", "direction", "hedge", "universal") for c in part.cases])
        kept = ~part.of("contradict") & ~ruled
        honest = part.honest[kept]
        rows.append(part.rows[kept])
        labels.append(honest.astype(np.float64))
        weights.append(SOURCE_WEIGHT.get(source, 1.0) * np.where(honest, 0.5 / honest.sum(), 0.5 / (~honest).sum()))
    weight = np.concatenate(weights)
    fitted = fit(FIGURES, np.concatenate(rows), np.concatenate(labels), PENALTY, weight * len(weight) / weight.sum())
    near = [parts[s].likely(fitted)[parts[s].honest] for s in ("written", "digests")]
    return fitted | {"threshold": round(min(float(np.quantile(p, WITHHELD_AT_MOST)) for p in near), 4)}


def best_threshold(scores: Array, honest: Flags) -> float:
    """The threshold of the greatest balanced accuracy."""
    tried = np.unique(scores)
    return float(max(tried, key=lambda t: np.mean(scores[honest] >= t) + np.mean(scores[~honest] < t)))


def report(parts: Mapping[str, Judged], fitted_on: Mapping[str, Judged], model: Mapping[str, Any]) -> None:
    """Precision, recall, F1 and balanced accuracy of gate and cosine."""
    print(f"{'source':10}{'against':16}{'judge':26}{'n':>10}{'prec.':>8}{'recall':>8}{'F1':>8}{'bal.acc.':>9}")
    for source, part in parts.items():
        train = fitted_on.get(source, fitted_on["written"])
        kinds = [("all", tuple({c.kind for c in part.cases if not c.honest}))]
        kinds += [(k, (k,)) for k in ("contradict", "other abstract", "same abstract", "not enough") if part.of(k).any()]
        own = best_threshold(np.where(train.refused, 0, train.likely(model)), train.honest)
        cosine = best_threshold(train.cosines(), train.honest)
        judges = {
            "cosine, fitted here": part.cosines() >= cosine,
            "meaning alone": part.likely(model) >= model["threshold"],
            "rules alone": ~part.refused,
            "gate, as it ships": ~part.refused & (part.likely(model) >= model["threshold"]),
            "gate, threshold fitted here": ~part.refused & (part.likely(model) >= own),
        }
        for name, against in kinds:
            these = part.honest | part.of(*against)
            for judge, passed in judges.items():
                print(f"{source:10}{name:16}{judge:26}" + _figures(passed[these], part.honest[these]))
    for name in ("written", "later", "harder", "trials"):
        table = parts[name]
        passed = ~table.refused & (table.likely(model) >= model["threshold"])
        for kind in dict.fromkeys(c.kind for c in table.cases):
            those = table.of(kind)
            right = passed[those] if kind == "faithful" else ~passed[those]
            print(f"{name}: {kind}: {int(right.sum())} of {int(those.sum())} right")


def _figures(passed: Flags, honest: Flags) -> str:
    hits = int((passed & honest).sum())
    precision, recall = hits / max(int(passed.sum()), 1), hits / max(int(honest.sum()), 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    balanced = (recall + float((~passed & ~honest).sum()) / max(int((~honest).sum()), 1)) / 2
    return f"{f'{honest.sum()}/{len(honest)}':>10}{precision:8.3f}{recall:8.3f}{f1:8.3f}{balanced:9.3f}"


def cases_of(data: Path, table: Path, listing: Path, embedder: Embedder, fitted: bool) -> dict[str, list[Case]]:
    """The cases of each source that are fitted on, or those that are reported."""
    split = "train" if fitted else "dev"
    only_reported = {
        "later": [*written(table, "later"), *written(table, "latest")],
        "harder": list(written(table, "harder")),
        "trials": list(trials(data)),
    }
    return {
        "scifact": list(scifact(data, split, embedder)),
        "covid": list(check_covid(data, split, embedder)),
        "written": list(written(table, "tune" if fitted else "held")),
        "digests": list(digests(listing, embedder, not fitted)),
        **({} if fitted else only_reported),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("listing", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    embedder = Embedder()
    gate = Gate(embedder)
    where = (arguments.data, arguments.cases, arguments.listing, embedder)
    train, dev = ({s: judged(gate, c) for s, c in cases_of(*where, fitted).items()} for fitted in (True, False))
    model = fit_gate(train)
    report(dev, train, model)
    if arguments.write:
        model["fitted_on"] = {"cases": {s: len(p.cases) for s, p in train.items()}, "embedder": Embedder.fingerprint}
        OUT.write_text(json.dumps(model, indent=1) + "\n", "utf-8")
        print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
