"""Retrieval figures on any data set in BEIR layout (Thakur et al. 2021): documents, queries, and judgements of which
answer which.

    scifact/
      corpus.jsonl         {"_id", "title", "text"} a line        } each may be compressed: corpus.jsonl.gz
      queries.jsonl        {"_id", "text"} a line                 }
      qrels/test.tsv       query-id, corpus-id, score; a header   }

Scores are those of trec_eval by way of ir_measures: gains are the judgements' own grades, anything above 0 is relevant,
a query counts if it has a relevant document. A document that is the query itself (same id and words, as in ArguAna) is
not counted as found.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.documents import Document, Indexed, data_file, document_id, index_documents, lines, rows, text_of, title_of
from evals.metrics import Scores
from evals.published import RETRIEVAL, Published
from evals.statistics import Estimate, estimate, quantile
from evals.tables import Table, share
from rag.answering.retrieval import MAX_QUESTION
from rag.client.client import Client
from rag.errors import InputError, UsageError
from rag.library.indexing import Progress
from rag.models.bundled_embedder import BundledEmbedder

DEPTH = 100
TITLES = {
    "ndcg@10": "nDCG@10",
    "recall@10": "recall@10",
    "recall@100": "recall@100",
    "mrr@10": "MRR@10",
    "hit@1": "hit@1",
}
_LAYOUT = "A data set in BEIR layout has corpus.jsonl, queries.jsonl and qrels/<split>.tsv."
Grades = dict[str, dict[str, int]]
"""Query -> document -> grade."""


@dataclass(frozen=True)
class BeirReport:
    """How well a data set's queries find their documents. ``scores`` are those of each query; one that could not be
    asked has None.
    """

    name: str
    split: str
    figures: Mapping[str, Estimate]
    seconds: Mapping[str, float]
    """p50 and p95 of finding 100 documents for a query."""
    indexed: Indexed
    embedder: str
    scores: Mapping[str, Scores]
    published: tuple[Published, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def queries(self) -> int:
        return len(self.scores)

    @property
    def headline(self) -> str:
        return f"{self.name} {self.split}: {self.queries:,} queries over {self.indexed.documents:,} documents"

    def to_dict(self) -> dict[str, Any]:
        return {
            "data_set": self.name, "split": self.split, "queries": self.queries, "depth": DEPTH,
            "figures": {name: e.to_dict() for name, e in self.figures.items()},
            "seconds": {name: round(v, 4) for name, v in self.seconds.items()}, "indexed": self.indexed.to_dict(),
            "embedder": self.embedder, "published": [p.__dict__ for p in self.published], "notes": list(self.notes),
            "scores": {query: dict(found) for query, found in self.scores.items()},
        }  # fmt: skip

    def tables(self) -> tuple[Table, ...]:
        """What a screen shows: our figures, and published ones beside them."""
        ours = Table("", ("", "mean", "95 % interval"), tuple((TITLES[n], *share(e)) for n, e in self.figures.items()))
        if not self.published:
            return (ours,)
        found = self.figures["ndcg@10"].mean
        beside = tuple(
            (p.system, TITLES[p.metric], f"{p.value:.3f}", f"{found - p.value:+.3f}", p.source) for p in self.published
        )
        return ours, Table(f"published: {self.published[0].of}", ("", "", "theirs", "ours is", "source"), beside)


@dataclass(frozen=True)
class _Queries:
    """What is asked, and what should be found. ``notes``: what of the data set is left out."""

    texts: Mapping[str, str]
    grades: Grades
    notes: list[str] = field(default_factory=list)


def evaluate_beir(folder: Path, split: str, cache: Path, progress: Progress | None = None) -> BeirReport:
    """Indexes the corpus where that is not done yet, asks the split's queries, and scores what is found.

    Raises InputError with ``file:line`` for a file that is missing or wrong, and what indexing raises.
    """
    told, embedder, name = progress or (lambda phase, done, total: None), BundledEmbedder(), folder.resolve().name
    corpus = data_file(folder, "corpus.jsonl", _LAYOUT)
    queries = _read_queries(folder, split)
    indexed = index_documents(lambda: read_corpus(corpus), cache, name, progress, embedder)
    with Client(indexed.folder) as client:
        ranked, seconds, failed = _asked(client, queries, told)
    notes = [*queries.notes, *_notes(indexed), *_missing(queries, corpus)]
    notes += (
        [
            f"{len(failed)} queries could not be asked and are unscored, first {next(iter(failed))}: "
            f"{next(iter(failed.values()))}"
        ]
        if failed
        else []
    )
    known = query_scores(queries.grades, ranked)
    scores: dict[str, Scores] = {q: dict.fromkeys(TITLES) if q in failed else known[q] for q in queries.grades}
    figures = {metric: estimate([s[metric] for s in scores.values()]) for metric in TITLES}
    return BeirReport(
        name, split, {m: e for m, e in figures.items() if e is not None},
        {"p50": quantile(seconds, 0.5), "p95": quantile(seconds, 0.95)} if seconds else {}, indexed,
        embedder.fingerprint, scores,
        RETRIEVAL.get((split, indexed.documents, len(scores)), ()), tuple(notes),
    )  # fmt: skip


def read_corpus(file: Path) -> Iterator[Document]:
    """The documents of ``corpus.jsonl``. Raises InputError where an id is missing or there twice."""
    met: dict[str, str] = {}
    for where, row in rows(file):
        name = text_of(row, "_id", where)
        if name in met:
            raise InputError(
                f"{where}: the id {name} is that of line {met[name]}.", "Give each document an id of its own."
            )
        met[name] = where.rpartition(":")[2]
        yield Document(name, title_of(row, where), text_of(row, "text", where, needed=False))


def _read_queries(folder: Path, split: str) -> _Queries:
    """The queries of a split that have a relevant document."""
    file = _judgements_file(folder, split)
    texts = {
        text_of(row, "_id", where): text_of(row, "text", where, needed=False)
        for where, row in rows(data_file(folder, "queries.jsonl", _LAYOUT))
    }
    grades: Grades = {}
    for where, query, document, grade in _judgements(file):
        if query not in texts:
            raise InputError(f"{where}: no query {query} in queries.jsonl.", "Take both files from the same data set.")
        grades.setdefault(query, {})[document] = grade
    kept = {query: found for query, found in grades.items() if any(grade > 0 for grade in found.values())}
    if not kept:
        raise InputError(
            f"{file}: no query has a relevant document.",
            "A line is: query-id, corpus-id, score, with tabs between them.",
        )
    dropped = len(grades) - len(kept)
    return _Queries(
        texts, kept, [f"{dropped} judged queries have no relevant document and are left out."] if dropped else []
    )


def _judgements_file(folder: Path, split: str) -> Path:
    try:
        return data_file(folder / "qrels", f"{split}.tsv", _LAYOUT)
    except InputError as error:
        there = sorted({f.name.removesuffix(".gz").removesuffix(".tsv") for f in folder.glob("qrels/*.tsv*")})
        if not there:
            raise
        raise UsageError(f"{folder}: no split “{split}”.", f"There are: {', '.join(there)}.") from error


def _judgements(file: Path) -> Iterator[tuple[str, str, str, int]]:
    """``(file:line, query, document, grade)`` of each line."""
    for n, (where, line) in enumerate(lines(file)):
        parts = line.split("\t")
        if n == 0 and len(parts) == 3 and not _is_grade(parts[2]):
            continue
        if len(parts) != 3 or not _is_grade(parts[2]):
            raise InputError(
                f"{where}: not a judgement.", "A line is: query-id, corpus-id, score, with tabs between them."
            )
        yield where, parts[0].strip(), parts[1].strip(), int(parts[2])


def _is_grade(text: str) -> bool:
    return text.strip().removeprefix("-").isdecimal()


def _asked(
    client: Client, queries: _Queries, told: Progress
) -> tuple[dict[str, list[str]], list[float], dict[str, str]]:
    """The ranking of each query, the seconds that each took, and why some could not be asked. The first is asked twice,
    to warm up.
    """
    ranked: dict[str, list[str]] = {}
    seconds: list[float] = []
    failed: dict[str, str] = {}
    cut = 0
    for n, query in enumerate(queries.grades, 1):
        text = queries.texts[query]
        cut += len(text) > MAX_QUESTION
        try:
            if n == 1:
                client.search(text[:MAX_QUESTION], k=1, rerank=False)
            start = time.perf_counter()
            found = client.search(text[:MAX_QUESTION], k=DEPTH + 1, rerank=False)
            seconds.append(time.perf_counter() - start)
        except UsageError as error:  # nothing in it that can be asked
            failed[query] = str(error)
            continue
        own = " ".join(text.split())
        others = (
            p.paper
            for p in found
            if document_id(p.paper.paper_id) != query or not _is_itself(own, p.paper.title, p.paper.abstract)
        )
        ranked[query] = [document_id(paper.paper_id) for paper in others][:DEPTH]
        told("queries", n, len(queries.grades))
    if cut:
        queries.notes.append(
            f"{cut} queries are longer than {MAX_QUESTION:,} characters; only so much of them was asked."
        )
    return ranked, seconds, failed


def _is_itself(query: str, title: str, text: str) -> bool:
    whole = " ".join(text.split())
    return query in (whole, f"{title} {whole}".strip())


def query_scores(grades: Grades, ranked: Mapping[str, Sequence[str]]) -> dict[str, Scores]:
    """The metrics of each query, from its judgements and its ranking, best first."""
    import ir_measures
    from ir_measures import RR, R, Success, nDCG

    measures = {
        nDCG @ 10: "ndcg@10",
        R @ 10: "recall@10",
        R @ DEPTH: "recall@100",
        RR @ 10: "mrr@10",
        Success @ 1: "hit@1",
    }
    names = {str(measure): name for measure, name in measures.items()}
    qrels = [
        ir_measures.Qrel(query, document, grade) for query, found in grades.items() for document, grade in found.items()
    ]
    run = [
        ir_measures.ScoredDoc(query, document, float(-n))
        for query, found in ranked.items()
        for n, document in enumerate(found)
    ]
    scores: dict[str, Scores] = {query: dict.fromkeys(TITLES, 0.0) for query in grades}
    for value in ir_measures.iter_calc(list(measures), qrels, run):
        scores[value.query_id][names[str(value.measure)]] = float(value.value)
    return scores


def _missing(queries: _Queries, corpus: Path) -> list[str]:
    """Tells of relevant documents that the corpus lacks: they cannot be found and count against us, as they do for
    everybody.
    """
    wanted = {document for found in queries.grades.values() for document, grade in found.items() if grade > 0}
    lacking = wanted.difference(d.id for d in read_corpus(corpus) if d.title or d.text)
    return [f"{len(lacking)} relevant documents are not in the corpus and count as not found."] if lacking else []


def _notes(indexed: Indexed) -> list[str]:
    told = {
        f"{indexed.alike:,} documents have the title and text of an earlier one; "
        "each is kept and ranked as its own.": indexed.alike,
        f"{indexed.titles_only:,} documents have no text; their title is searched.": indexed.titles_only,
        f"{indexed.empty:,} documents have neither title nor text and are left out.": indexed.empty,
    }
    return [note for note, count in told.items() if count]
