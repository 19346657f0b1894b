"""Fits which differences between a question and a sentence are contradictions, and reports how many false premises are recognised.

    python -m evals.premises ../shared/corpus/000_f53b1162cf79c3e7.txt tests/grounding_cases.jsonl            # report
    python -m evals.premises ../shared/corpus/000_f53b1162cf79c3e7.txt tests/grounding_cases.jsonl --write    # and write

Every source is judged by fits on other papers (five parts). What must be recognised: the false premises of ``evals/questions``; corrupted
written cases, put as questions that take them for granted. What must not be accused: the answerable questions of ``evals/questions`` and
those of which the paper does not state the answer; faithful written cases and every second sentence of the sample's digests, put in the
same way. These take much more for granted than people's questions do, and so have no say in the threshold. ``--scifact ../shared/data``
reports contradicted and supported claims of SciFact's training set as well, on which nothing is fitted.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.calibrate import fit
from evals.questions import load_questions
from rag.embedding import Embedder
from rag.indexing import index_papers
from rag.library import Library
from rag.premise import FIGURES, Candidate, Reading, candidates
from rag.readers import read_papers
from rag.relevance import Logistic
from rag.retrieval import Found, Retrieval, Retriever
from rag.sample import sample_path
from rag.sentences import split_sentences
from rag.types import Paper, title_id

OUT = Path("rag/data/premise.json")
LISTING_SETS = ("listing-train", "listing-dev", "listing-test", "premises")
SAMPLE_SETS = ("sample-premises", "sample-stated")
ABOUT_A_PAPER = ("named", "idea", "multi", "detail", "asked", "not_stated", "false_premise")
CORRUPTED = ("number", "unit", "range", "negation", "direction")
MADE = {"digests": 0.5, "written": 0.5, "scifact": 0.0}
"""What a source of made questions weighs beside the questions of people."""
ELSEWHERE = 0.3
"""What a difference found in a false premise's question, but not in the sentence that contradicts it, weighs."""
ACCUSED_AT_MOST = 0.01
"""The share of people's true questions that the threshold may accuse."""
PARTS = 5
PENALTY = 5.0
_FORMS = (
    "Given that {low}, what explains it?", "{claim}, right?", "Why is it that {low}?", "How do they explain that {low}?",
    "Since {low}, what follows?", "{claim}. How was that shown?", "The authors found that {low}; why?", "How come {low}?",
)  # fmt: skip
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A question about a paper; ``false``: whether it takes something for granted that the sentences ``gold`` contradict."""

    source: str
    question: str
    paper_id: str
    false: bool
    gold: tuple[int, ...] = ()
    quoted: tuple[str, ...] = ()
    """The gold sentences as another program cut them, where their numbers are not known."""


@dataclass(frozen=True)
class Judged:
    case: Case
    candidates: Sequence[Candidate]
    right: Sequence[bool]
    """For each candidate, whether its sentence is gold."""


def assuming(claim: str, n: int) -> str:
    """A claim as a question that takes it for granted, in one of a few forms."""
    claim = re.sub(r"\s*\[\d+\]", "", claim).rstrip(". ")
    keeps = re.match(r"[A-Z0-9]\w*[A-Z0-9]|\w\s", claim)
    return _FORMS[n % len(_FORMS)].format(claim=claim, low=claim if keeps else claim[:1].lower() + claim[1:])


def asked(sets: Iterable[str]) -> Iterator[Case]:
    """The questions of sets that are about a paper, each once."""
    seen: set[str] = set()
    for name in sets:
        for case in load_questions(name):
            if case.papers and case.kind in ABOUT_A_PAPER and case.question not in seen:
                seen.add(case.question)
                gold = tuple(n for numbers in case.evidence.values() for n in numbers)
                source = f"{name}, not stated" if case.kind == "not_stated" else name
                yield Case(source, case.question, title_id(case.papers[0]), case.kind == "false_premise", gold)


def digests() -> Iterator[Case]:
    papers = (p for p in read_papers(sample_path()) if isinstance(p, Paper))
    told = [(s.text, title_id(p.title)) for p in papers for s in split_sentences(p.paper_id, p.abstract)]
    for n, (text, paper_id) in enumerate(told[::2]):
        if len(text) >= 40:
            yield Case("digests", assuming(text, n), paper_id, False)


def written(groups: Iterable[Mapping[str, Any]]) -> Iterator[Case]:
    """The half of the written cases that may be fitted on."""
    for g, group in enumerate(g for g in groups if g["half"] == "tune"):
        claims = [("faithful", c) for c in group["faithful"]] + [(kind, c) for kind, c in group["corrupted"]]
        for n, (kind, claim) in enumerate(claims):
            if kind == "faithful" or kind in CORRUPTED:
                yield Case("written", assuming(claim, g + n), title_id(group["title"]), kind != "faithful", tuple(range(1, 20)))


def scifact(folder: Path, documents: Mapping[str, Mapping[str, Any]]) -> Iterator[Case]:
    for n, claim in enumerate(_lines(folder / "scifact" / "claims_train.jsonl")):
        for key, sets in claim["evidence"].items():
            gold = tuple(documents[key]["abstract"][i].strip() for s in sets for i in s["sentences"])
            false = sets[0]["label"] == "CONTRADICT"
            yield Case("scifact", assuming(claim["claim"], n), title_id(documents[key]["title"]), false, quoted=gold)


class Bench:
    """Libraries that the cases are asked of."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._embedder = folder, Embedder()

    def judged(self, name: str, papers: Path, cases: Iterable[Case]) -> list[Judged]:
        library = Library(self._folder / name, create=True)
        index_papers(library, self._embedder, [papers])
        retriever = Retriever(library, self._embedder)
        found = [(c, retriever.retrieve(c.question, 2, None, [c.paper_id])) for c in cases]
        library.close()
        return [_judged(case, retrieval) for case, retrieval in found if retrieval.about]


def _judged(case: Case, retrieval: Retrieval) -> Judged:
    found = retrieval.found[0]
    reading = Reading(case.question, found.passage.paper, found.sentences, found.likely, found.named, retrieval.question.idf)
    differences = candidates(reading)
    return Judged(case, differences, [_is_gold(case, found, c.sentence) for c in differences])


def _is_gold(case: Case, found: Found, at: int) -> bool:
    sentence = found.sentences[at]
    return sentence.number in case.gold or any(q in sentence.text or sentence.text in q for q in case.quoted)


def fit_premises(table: Sequence[Judged]) -> dict[str, Any]:
    """The model, without a threshold."""
    rows, labels, weights = [], [], []
    for judged in table:
        weight = MADE.get(judged.case.source, 1.0)
        if not weight:
            continue
        for candidate, right in zip(judged.candidates, judged.right, strict=True):
            gold = judged.case.false and right
            rows.append(candidate.figures)
            labels.append(float(gold))
            weights.append(weight * (ELSEWHERE if judged.case.false and not gold else 1.0))
    return fit(FIGURES, np.array(rows, np.float64), np.array(labels), PENALTY, np.array(weights))


def sureness(model: Mapping[str, Any], judged: Judged) -> tuple[float, bool]:
    """How sure the surest difference is, and whether it is in a gold sentence."""
    if not judged.candidates:
        return 0.0, False
    sure = Logistic.from_json(model).probability(np.stack([c.figures for c in judged.candidates]))
    best = int(np.argmax(sure))
    return float(sure[best]), judged.right[best]


def cross_validated(table: Sequence[Judged]) -> list[tuple[Case, float, bool]]:
    """Each case judged by a fit on other papers."""
    part = {paper: n % PARTS for n, paper in enumerate(sorted({j.case.paper_id for j in table}))}
    found = []
    for n in range(PARTS):
        model = fit_premises([j for j in table if part[j.case.paper_id] != n])
        found += [(j.case, *sureness(model, j)) for j in table if part[j.case.paper_id] == n]
    return found


def threshold(judged: Sequence[tuple[Case, float, bool]]) -> float:
    """The least sureness from which on at most the share ``ACCUSED_AT_MOST`` of the true questions are accused."""
    true = [sure for case, sure, _ in judged if not case.false and case.source not in MADE]
    return round(float(np.quantile(true, 1 - ACCUSED_AT_MOST)) + 1e-4, 4)


def report(judged: Sequence[tuple[Case, float, bool]], least: float) -> None:
    print(f"threshold {least}\n{'source':28}{'false premises':>16}{'recognised':>12}{'right sentence':>16}{'true':>8}{'accused':>9}")
    for source in dict.fromkeys(case.source for case, _, _ in judged):
        false = [(sure >= least, right) for case, sure, right in judged if case.source == source and case.false]
        true = [sure >= least for case, sure, _ in judged if case.source == source and not case.false]
        found, named = (np.mean([a for a, _ in false]), np.mean([a and b for a, b in false])) if false else (0.0, 0.0)
        print(f"{source:28}{len(false):16}{found:12.3f}{named:16.3f}{len(true):8}{np.mean(true):9.4f}")


def table_of(listing: Path, cases: Path, data: Path | None) -> list[Judged]:
    groups = list(_lines(cases))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        invented = [{"title": g["title"], "abstract": " ".join(g["cited"])} for g in groups]
        bench = Bench(folder)
        table = [
            *bench.judged("sample", sample_path(), asked(SAMPLE_SETS)),
            *bench.judged("listing", listing, [*asked(LISTING_SETS), *digests()]),
            *bench.judged("written", _as_file(folder / "written.jsonl", invented), written(groups)),
        ]
        if data:
            documents = {str(d["doc_id"]): d for d in _lines(data / "scifact" / "corpus_sentences.jsonl")}
            cited = sorted({str(d) for c in _lines(data / "scifact" / "claims_train.jsonl") for d in c["cited_doc_ids"]})
            abstracts = [{"title": documents[key]["title"], "abstract": " ".join(documents[key]["abstract"])} for key in cited]
            table += bench.judged("scifact", _as_file(folder / "scifact.jsonl", abstracts), scifact(data, documents))
        return table


def _as_file(path: Path, papers: Iterable[Mapping[str, str]]) -> Path:
    path.write_text("".join(json.dumps(p) + "\n" for p in papers), "utf-8")
    return path


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("listing", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--scifact", type=Path, metavar="DATA")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    table = table_of(arguments.listing, arguments.cases, arguments.scifact)
    judged = cross_validated(table)
    least = threshold(judged)
    report(judged, least)
    if arguments.write:
        sources = {s: sum(j.case.source == s for j in table) for s in dict.fromkeys(j.case.source for j in table) if MADE.get(s, 1.0)}
        fitted = fit_premises(table) | {"threshold": least, "fitted_on": {"cases": sources, "embedder": Embedder.fingerprint}}
        OUT.write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")
        print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
