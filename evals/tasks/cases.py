"""Public answer sets -> questions with gold labels, one reader a set.

    scifact       claims_train.jsonl, claims_dev.jsonl, corpus_sentences.jsonl    Wadden et al. 2020
    check-covid   train.jsonl, dev.jsonl, corpus.json                             Wang et al. 2023
    pubmedqa      dev500.jsonl                                                    Jin et al. 2019

Thresholds may be fitted on the first file of a set only; figures are of the second. PubMedQA has one file here, so
nothing is fitted on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.documents import Document, data_file, rows, text_of, title_of
from rag.errors import InputError
from rag.library.readers.cleaning import one_line
from rag.text.sentences import split_sentences

SUPPORT, CONTRADICT, NEI = "SUPPORT", "CONTRADICT", "NEI"
YES, NO, MAYBE = "yes", "no", "maybe"
_LABELS = {
    "SUPPORT": SUPPORT,
    "CONTRADICT": CONTRADICT,
    "REFUTE": CONTRADICT,
    "NOTENOUGHINFO": NEI,
    **{x: x for x in (YES, NO, MAYBE)},
}


@dataclass(frozen=True)
class Evidence:
    """What a document says of a claim, and why: sets of sentences (counted from 0), each of which is enough by
    itself.
    """

    label: str
    rationales: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True)
class Given:
    """Sentences that are handed over with a question, where they are from, and the label that is right for just
    these.
    """

    document: str
    sentences: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Question:
    """A claim or question: its ``label`` given all documents, what is ``given`` with it, and the documents that hold
    evidence.
    """

    id: str
    text: str
    label: str
    given: tuple[Given, ...]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A set as read.

    ``abstracts``: title and sentences of each document. ``open``: the questions to ask where documents must be found;
    ``found``: how many documents are looked at then. ``selects``: whether the sentences given are a whole abstract of
    which some are evidence.
    """

    name: str
    split: str
    labels: tuple[str, ...]
    fitting: tuple[Question, ...]
    questions: tuple[Question, ...]
    open: tuple[Question, ...]
    abstracts: Mapping[str, tuple[str, tuple[str, ...]]]
    found: int
    selects: bool
    notes: tuple[str, ...]

    def documents(self) -> Iterable[Document]:
        return (Document(name, title, " ".join(sentences)) for name, (title, sentences) in self.abstracts.items())


def load_task(name: str, folder: Path) -> Task:
    """Reads a set from its folder. Raises InputError with ``file:line``."""
    return _READERS[name](folder)


# --- SciFact ----------------------------------------------------------------------------------------------------------


def _scifact(folder: Path) -> Task:
    remedy = "Name the folder with claims_train.jsonl, claims_dev.jsonl and corpus_sentences.jsonl."
    abstracts = _abstracts(data_file(folder, "corpus_sentences.jsonl", remedy), "doc_id")
    fitting, questions = (
        tuple(
            _scifact_claim(row, where, abstracts)
            for where, row in rows(data_file(folder, f"claims_{split}.jsonl", remedy))
        )
        for split in ("train", "dev")
    )
    notes = (
        "given: each claim with each abstract that its authors cite, and the label for that pair; an abstract without "
        "evidence is NEI",
        "found: the claim alone; 3 of all abstracts are found and read",
    )
    return Task("scifact", "dev", (SUPPORT, CONTRADICT, NEI), fitting, questions, questions, abstracts, 3, True, notes)


def _scifact_claim(
    row: Mapping[str, Any], where: str, abstracts: Mapping[str, tuple[str, tuple[str, ...]]]
) -> Question:
    evidence = {}
    for document, sets in _mapping(row, "evidence", where).items():
        rationales = tuple(frozenset(_numbers(s, "sentences", where)) for s in _objects(sets, where))
        evidence[document] = Evidence(_label(sets[0], where) if sets else NEI, rationales)
    cited = [str(n) for n in _numbers(row, "cited_doc_ids", where)]
    pairs = tuple(Given(d, _sentences(abstracts, d, where), evidence[d].label if d in evidence else NEI) for d in cited)
    label = next((e.label for e in evidence.values()), NEI)
    return Question(text_of(row, "id", where), text_of(row, "claim", where), label, pairs, evidence)


# --- Check-COVID ------------------------------------------------------------------------------------------------------


def _check_covid(folder: Path) -> Task:
    remedy = "Name the folder with train.jsonl, dev.jsonl and corpus.json."
    abstracts = _abstracts(data_file(folder, "corpus.json", remedy), "cord_id")
    fitting, questions = (
        tuple(_covid_claim(row, where, abstracts) for where, row in rows(data_file(folder, f"{split}.jsonl", remedy)))
        for split in ("train", "dev")
    )
    notes = (
        "given: each claim with the sentences that its label was made for, and no others: a claim is NEI of some "
        "sentences of an abstract "
        "and SUPPORT of others",
        "found: only claims that some abstract supports or contradicts, for the reason above; 3 abstracts are found "
        "and read",
    )
    judged = tuple(q for q in questions if q.label != NEI)
    return Task(
        "check-covid", "dev", (SUPPORT, CONTRADICT, NEI), fitting, questions, judged, abstracts, 3, False, notes
    )


def _covid_claim(row: Mapping[str, Any], where: str, abstracts: Mapping[str, tuple[str, tuple[str, ...]]]) -> Question:
    document, label = text_of(row, "cord_id", where), _label(row, where)
    sentences = _sentences(abstracts, document, where)
    chosen = sorted(_number(e, "sent_index", where) for e in _objects(row.get("evidence_set"), where))
    primary = {e["sent_index"] for e in row["evidence_set"] if e.get("type") == "PRIMARY"}
    if any(n >= len(sentences) for n in chosen):
        raise InputError(
            f"{where}: a sent_index that the abstract does not have.", "Take all files from the same data set."
        )
    given = Given(document, tuple(sentences[n] for n in chosen), label)
    evidence = {} if label == NEI else {document: Evidence(label, (frozenset(primary or chosen),))}
    return Question(text_of(row, "id", where), text_of(row, "claim", where), label, (given,), evidence)


# --- PubMedQA ---------------------------------------------------------------------------------------------------------


def _pubmedqa(folder: Path) -> Task:
    file = data_file(folder, "dev500.jsonl", "Name the folder with dev500.jsonl.")
    questions = tuple(_pubmed_question(row, where) for where, row in rows(file))
    abstracts = {g.document: ("", g.sentences) for q in questions for g in q.given}
    notes = (
        "given: the abstract without its conclusion, as in the setting that needs reasoning",
        "found: the first of all these abstracts that is found, none of them with its title (a title here is the "
        "question)",
    )
    return Task("pubmedqa", "dev500", (YES, NO, MAYBE), (), questions, questions, abstracts, 1, False, notes)


def _pubmed_question(row: Mapping[str, Any], where: str) -> Question:
    document, label = text_of(row, "pmid", where), _label(row, where, "final_decision")
    parts = row.get("contexts")
    if not isinstance(parts, list) or not all(isinstance(p, str) for p in parts):
        raise InputError(f"{where}: “contexts” is not a list of texts.", "Take the file from the data set as it is.")
    sentences = tuple(s.text for part in parts for s in split_sentences(document, one_line(part)))
    question = text_of(row, "question", where)
    return Question(document, question, label, (Given(document, sentences, label),), {document: Evidence(label)})


_READERS: Mapping[str, Callable[[Path], Task]] = {
    "scifact": _scifact,
    "pubmedqa": _pubmedqa,
    "check-covid": _check_covid,
}
NAMES = tuple(_READERS)

# --- fields -----------------------------------------------------------------------------------------------------------


def _abstracts(file: Path, name: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = {}
    for where, row in rows(file):
        sentences = row.get("abstract")
        if not isinstance(sentences, list) or not all(isinstance(s, str) for s in sentences):
            raise InputError(
                f"{where}: “abstract” is not a list of sentences.", "Take the file from the data set as it is."
            )
        found[text_of(row, name, where)] = (title_of(row, where), tuple(one_line(s) for s in sentences))
    return found


def _sentences(abstracts: Mapping[str, tuple[str, tuple[str, ...]]], document: str, where: str) -> tuple[str, ...]:
    if document not in abstracts:
        raise InputError(f"{where}: no abstract {document} in the corpus.", "Take all files from the same data set.")
    return abstracts[document][1]


def _label(row: Mapping[str, Any], where: str, name: str = "label") -> str:
    label = _LABELS.get(str(row.get(name)))
    if label is None:
        raise InputError(f"{where}: “{name}” is {row.get(name)!r}.", f"There are: {', '.join(_LABELS)}.")
    return label


def _mapping(row: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    value = row.get(name)
    if not isinstance(value, dict):
        raise InputError(f"{where}: “{name}” is not an object.", "Take the file from the data set as it is.")
    return value


def _objects(value: object, where: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise InputError(f"{where}: evidence is not a list of objects.", "Take the file from the data set as it is.")
    return value


def _numbers(row: Mapping[str, Any], name: str, where: str) -> list[int]:
    value = row.get(name)
    if not isinstance(value, list) or not all(isinstance(n, int) for n in value):
        raise InputError(f"{where}: “{name}” is not a list of numbers.", "Take the file from the data set as it is.")
    return value


def _number(row: Mapping[str, Any], name: str, where: str) -> int:
    return _numbers({name: [row.get(name)]}, name, where)[0]
