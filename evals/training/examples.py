"""What the reader learns from: abstracts, each with what is asked and claimed of it, and its nearest siblings.

``../shared/data`` holds the items (``reading/``, written by readers of the abstracts), SciFact and Check-COVID.
Everything is held out by paper: what is asked or claimed of a
held-out paper is never trained on, whoever wrote it.
"""

from __future__ import annotations

import difflib
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNKNOWN = -1
PART_HELD = {"dev": 15, "test": 10}
"""Sittings of writers; their papers, and all siblings of these, are held out. Thresholds are fitted on dev, figures
are told of test.
"""
CONTRADICTS = (
    "direction", "negat", "opposite", "antonym", "reversed", "number", "time order", "order rev", "look-alike", "unit",
)  # fmt: skip
"""Of kinds of corruption ("how"), those that contradict the evidence; others may only go beyond it, which is left
unknown.
"""


@dataclass(frozen=True)
class Question:
    """``stated``, ``premise`` (false), ``about``: 1, 0 or UNKNOWN. ``evidence``: numbers of sentences, from 1; None
    where unknown. ``words``: for each word of the question (split at spaces) whether it is not stated, or wrongly taken
    for granted; None where unknown. ``siblings``: worth asking of sibling abstracts as well. ``twin``: the question
    that is answered, where this was made of one.
    """

    text: str
    kind: str
    about: int = 1
    stated: int = 1
    premise: int = 0
    evidence: tuple[int, ...] | None = ()
    unstated_words: tuple[int, ...] | None = None
    false_words: tuple[int, ...] | None = None
    siblings: bool = False
    twin: str | None = None


@dataclass(frozen=True)
class Claim:
    """``cited``: numbers of sentences, from 1; ``words`` as in Question: what is not borne out; ``twin``: the faithful
    claim that it was made of, where it is a corrupted one.
    """

    text: str
    kind: str
    cited: tuple[int, ...]
    unsupported: int
    contradicted: int = UNKNOWN
    words: tuple[int, ...] | None = None
    twin: str | None = None


@dataclass
class Abstract:
    id: str
    title: str
    sentences: list[str]
    source: str = "reading"
    cluster: str | None = None
    questions: list[Question] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def changed(of: str, text: str) -> tuple[int, ...]:
    """For each word of ``text`` (split at spaces): does it differ from ``of``? Beside what was left out: its
    neighbours.
    """
    old, new = [[w.lower().strip(".,;:?!()") for w in t.split()] for t in (of, text)]
    out = [0] * len(new)
    for op, _, _, lo, hi in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for j in range(lo, hi) if op in ("replace", "insert") else (lo - 1, lo) if op == "delete" else ():
            if 0 <= j < len(new):
                out[j] = 1
    return tuple(out)


def _clean(text: str) -> tuple[int, ...]:
    return (0,) * len(text.split())


def reading(folder: Path) -> dict[str, Abstract]:
    """The abstracts of ``reading/`` by id, with their items."""
    papers = {
        p["id"]: Abstract(p["id"], p["title"], p["sentences"], "reading", p["cluster"])
        for p in lines(folder / "papers.jsonl")
    }
    rnd = random.Random(5)
    for d in lines(folder / "items.jsonl"):
        paper = papers[d["id"]]
        for kind in ("named", "idea"):
            for x in d[kind]:
                paper.questions.append(Question(x["q"], kind, evidence=tuple(x["ev"]), siblings=True))
        paper.questions += [Question(x["q"], "unstated", stated=0) for x in d["unstated"]]
        paper.questions += [
            Question(x["q"], "premise", stated=UNKNOWN, premise=1, evidence=tuple(x["ev"])) for x in d["premise"]
        ]
        for true, false in zip(d["true"], d["false"], strict=False):
            paper.claims.append(Claim(true["c"], "faithful", tuple(true["ev"]), 0, 0, _clean(true["c"])))
            paper.claims.append(_corrupted(false["c"], true["c"], false["how"], tuple(true["ev"])))
        for x in d["beyond"]:
            paper.claims.append(Claim(x["c"], "beyond", _nearest(x["c"], paper.sentences), 1, 0))
    for d in lines(folder / "claims.jsonl"):
        _add_claims(papers[d["id"]], d)
    for d in lines(folder / "twins.jsonl"):
        _add_twins(papers[d["id"]], d)
    for d in lines(folder / "clusters.jsonl"):
        siblings = [p for p in papers.values() if p.cluster == d["cluster"]]
        for x in d["lists"]:
            for p in siblings:
                if p.id in x["yes"]:
                    p.questions.append(Question(x["q"], "list", evidence=tuple(x["yes"][p.id])))
                elif p.id not in x["unclear"] and rnd.random() < 0.5:
                    p.questions.append(Question(x["q"], "list", 0, 0, 0))
        for x in d["compare"]:
            for side in "ab":
                evidence = tuple(x[f"ev_{side}"])
                papers[x[side]].questions.append(
                    Question(x["aspect"], "aspect", UNKNOWN, int(bool(evidence)), 0, evidence)
                )
        for x in (*d["defs"], *d["summaries"]):
            papers[x["id"]].questions.append(Question(x["q"], "summary", evidence=tuple(x["ev"])))
    return papers


def _add_claims(paper: Abstract, d: Mapping[str, Any]) -> None:
    cited = tuple(d["ev"])
    paper.claims += [Claim(c, "faithful", cited, 0, 0, _clean(c)) for c in d["true"]]
    paper.claims += [_corrupted(f["c"], d["true"][f["of"]], f["how"], cited) for f in d["false"]]
    paper.claims += [Claim(c, "more", cited, 1, 0) for c in d["more"]]


def _add_twins(paper: Abstract, d: Mapping[str, Any]) -> None:
    cited = tuple(d["ev"])
    for q in d["q"]:
        paper.questions.append(Question(q, "twin", 1, 1, 0, cited, _clean(q), _clean(q), siblings=True))
    for x in d["unstated"]:
        of = d["q"][x["of"]]
        paper.questions.append(Question(x["q"], "unstated", 1, 0, 0, (), changed(of, x["q"]), _clean(x["q"]), twin=of))
    for x in d["premise"] if isinstance(d["premise"], list) else [d["premise"]]:
        of = d["q"][x["of"]]
        paper.questions.append(Question(x["q"], "premise", 1, UNKNOWN, 1, cited, None, changed(of, x["q"]), twin=of))


def _corrupted(text: str, of: str, how: str, cited: tuple[int, ...]) -> Claim:
    contradicted = 1 if any(k in how for k in CONTRADICTS) else UNKNOWN
    return Claim(text, "corrupted", cited, 1, contradicted, changed(of, text), of)


def _nearest(claim: str, sentences: Sequence[str], n: int = 2) -> tuple[int, ...]:
    """The sentences that share most words with a claim, in order."""
    words = set(claim.lower().split())
    best = sorted(range(len(sentences)), key=lambda i: -len(words & set(sentences[i].lower().split())))[:n]
    return tuple(sorted(i + 1 for i in best))


def scifact(folder: Path, split: str) -> list[Abstract]:
    documents = {str(d["doc_id"]): d for d in lines(folder / "corpus_sentences.jsonl")}
    out: dict[str, Abstract] = {}
    for claim in lines(folder / f"claims_{split}.jsonl"):
        for key in map(str, claim["cited_doc_ids"]):
            d = documents[key]
            paper = out.setdefault(key, Abstract(key, d["title"], d["abstract"], "scifact"))
            sets = claim["evidence"].get(key, [])
            for gold in sets:
                paper.claims.append(_labelled(claim["claim"], gold["label"], [i + 1 for i in gold["sentences"]], paper))
            if not sets:
                paper.claims.append(_labelled(claim["claim"], "NEI", _nearest(claim["claim"], d["abstract"]), paper))
    return list(out.values())


def check_covid(folder: Path, split: str) -> list[Abstract]:
    documents = {d["cord_id"]: d for d in lines(folder / "corpus.json")}
    out: dict[str, Abstract] = {}
    for claim in lines(folder / f"{split}.jsonl"):
        d = documents[claim["cord_id"]]
        paper = out.setdefault(claim["cord_id"], Abstract(claim["cord_id"], d["title"], d["abstract"], "covid"))
        paper.claims.append(
            _labelled(claim["claim"], claim["label"], [e["sent_index"] + 1 for e in claim["evidence_set"]], paper)
        )
    return list(out.values())


def _labelled(text: str, label: str, cited: Sequence[int], paper: Abstract) -> Claim:
    supported, contradicted = label == "SUPPORT", label in ("CONTRADICT", "REFUTE")
    kind = "support" if supported else "contradict" if contradicted else "not enough"
    known = tuple(sorted({i for i in cited if i <= len(paper.sentences)}))
    return Claim(text, kind, known, int(not supported), int(contradicted), _clean(text) if supported else None)


ITEMS = Path(__file__).with_name("items")
"""Items of this project's own, on abstracts of ``reading/`` that are trained on."""


def own_items(papers: Mapping[str, Abstract], folder: Path = ITEMS) -> None:
    """Adds ``claims.jsonl`` and ``questions.jsonl`` to their abstracts; their README says what a line is."""
    for d in lines(folder / "claims.jsonl"):
        _add_claims(papers[d["id"]], d)
    for d in lines(folder / "questions.jsonl"):
        paper = papers[d["id"]]
        if "q" in d:
            _add_twins(paper, d)
        else:
            paper.questions += [Question(x["q"], "unstated", stated=0) for x in d["ask_unstated"]]
            paper.questions += [
                Question(x["q"], "premise", stated=UNKNOWN, premise=1, evidence=tuple(x["ev"]))
                for x in d["ask_premise"]
            ]


def split(data: Path) -> dict[str, list[Abstract]]:
    """Abstracts of "train", "dev" and "test" of ``reading/``."""
    papers = reading(data / "reading")
    own_items(papers)
    sitting = {d["id"]: d["part"] for d in lines(data / "reading" / "items.jsonl")}
    held = {papers[i].cluster or i: name for i, part in sitting.items() for name, p in PART_HELD.items() if p == part}
    out: dict[str, list[Abstract]] = {"train": [], "dev": [], "test": []}
    for paper in papers.values():
        if paper.questions or paper.claims:
            out[held.get(paper.cluster or paper.id, "train")].append(paper)
    return out


REPORTED = {
    "significantly increased": ("{0} was higher with {1} than with {2}.", "Compared with {2}, {1} increased {0}."),
    "significantly decreased": ("{0} was lower with {1} than with {2}.", "Compared with {2}, {1} reduced {0}."),
    "no significant difference": (
        "{0} did not differ between {1} and {2}.",
        "Compared with {2}, {1} made no difference to {0}.",
    ),
}
"""What a trial may report of an outcome {0} under a treatment {1} beside another {2}."""


def trials(folder: Path, split_sentences: Callable[[str], list[str]]) -> list[Abstract]:
    """Evidence inference: of each comparison all that might be reported; one of the three is right."""
    texts = {d["_id"]: d for d in lines(folder / "abstracts.jsonl")}
    out: dict[str, Abstract] = {}
    for d in lines(folder / "train.jsonl"):
        text = texts.get(d["pmcid"])
        if text is None or not d["in_abstract"] or d["label"] not in REPORTED:
            continue
        paper = out.setdefault(d["pmcid"], Abstract(d["pmcid"], text["title"], split_sentences(text["text"]), "trials"))
        cited = tuple(sorted({i for span in d["evidence"] for i in _standing(span, paper.sentences)}))
        if not 0 < len(cited) < 4:
            continue
        named = [d[k].strip().rstrip(".") for k in ("outcome", "intervention", "comparator")]
        for label, forms in REPORTED.items():
            wrong = int(label != d["label"])
            paper.claims += [
                Claim(f.format(*named), "contradict" if wrong else "support", cited, wrong, wrong) for f in forms
            ]
    return [p for p in out.values() if p.claims]


def _standing(span: str, sentences: Sequence[str]) -> list[int]:
    """Numbers of the sentences that hold most of a span's words."""
    words = set(span.lower().split())
    shares = [len(words & set(s.lower().split())) / max(1, len(set(s.lower().split()))) for s in sentences]
    best = max(range(len(sentences)), key=lambda i: len(words & set(sentences[i].lower().split())), default=None)
    found = [i + 1 for i, share in enumerate(shares) if share >= 0.9 and len(sentences[i].split()) > 4]
    if best is not None and len(words & set(sentences[best].lower().split())) / max(1, len(words)) >= 0.7:
        found.append(best + 1)
    return sorted(set(found))
