"""Retrieval on a data set in BEIR layout: its own ids, its own grades, nothing embedded twice, and plain words where a
file is wrong.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from evals.beir import BeirReport, evaluate_beir, query_scores
from evals.documents import Document, document_id, index_documents
from rag.client.client import Client
from rag.errors import InputError, UsageError

DOCUMENTS = (
    {
        "_id": "7",
        "title": "Otters under ice",
        "text": "River otters dive beneath the ice for crayfish. They come up every two minutes.",
    },
    {
        "_id": "x-1",
        "title": "Herons at dusk",
        "text": "Grey herons hunt frogs at dusk. Bright nights keep them at home.",
    },
    {
        "_id": "x-2",
        "title": "Herons at dusk",
        "text": "Grey herons hunt frogs at dusk. Bright nights keep them at home.",
    },
    {"_id": "n", "title": "Newts and the smell of their pond", "text": ""},
    {"_id": "v", "title": "", "text": "Voles store seeds before a hard winter."},
    {"_id": "none", "title": "", "text": ""},
)
QUERIES = (
    {"_id": "q1", "text": "How long do otters stay beneath the ice?"},
    {"_id": "q2", "text": "When do herons hunt frogs?"},
    {"_id": "q3", "text": "Which animals know the smell of their pond?"},
    {"_id": "v", "text": "Voles store seeds before a hard winter."},
    {"_id": "never", "text": "What nobody judged."},
)
JUDGED = "query-id\tcorpus-id\tscore\nq1\t7\t2\nq2\tx-1\t1\nq2\tx-2\t1\nq3\tn\t1\nq3\tv\t0\n"


def _data_set(folder: Path, judged: str = JUDGED, documents: Iterable[Mapping[str, str]] = DOCUMENTS) -> Path:
    (folder / "qrels").mkdir(parents=True)
    _write(folder / "corpus.jsonl", documents)
    _write(folder / "queries.jsonl", QUERIES)
    (folder / "qrels" / "test.tsv").write_text(judged, "utf-8")
    return folder


def _write(file: Path, rows: Iterable[Mapping[str, str]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BeirReport:
    folder = tmp_path_factory.mktemp("beir")
    return evaluate_beir(_data_set(folder / "animals"), "test", folder / "cache")


def test_what_the_queries_ask_for_is_found(report: BeirReport) -> None:
    assert report.queries == 3
    assert report.scores["q1"] == {"ndcg@10": 1.0, "recall@10": 1.0, "recall@100": 1.0, "mrr@10": 1.0, "hit@1": 1.0}
    assert report.figures["hit@1"].mean == 1.0
    assert report.figures["hit@1"].low < 1.0  # three queries prove little


def test_documents_with_the_same_words_are_each_found_under_their_own_id(report: BeirReport) -> None:
    assert report.scores["q2"]["recall@10"] == 1.0
    assert any("1 documents have the title and text of an earlier one" in note for note in report.notes)


def test_a_document_without_a_text_is_found_by_its_title_and_one_with_nothing_is_left_out(report: BeirReport) -> None:
    assert report.scores["q3"]["hit@1"] == 1.0
    assert report.indexed.documents == 5
    assert (report.indexed.titles_only, report.indexed.empty) == (1, 1)
    assert any("neither title nor text" in note for note in report.notes)


def test_a_report_says_what_it_measured(report: BeirReport) -> None:
    told = report.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["data_set"] == "animals"
    assert told["figures"]["ndcg@10"]["n"] == 3
    assert told["embedder"].startswith("all-MiniLM-L6-v2")
    assert report.headline == "animals test: 3 queries over 5 documents"
    (table,) = report.tables()
    assert table.rows[0][:2] == ("nDCG@10", "1.000")


def test_published_figures_stand_beside_the_set_that_they_are_of(report: BeirReport) -> None:
    from dataclasses import replace

    from evals.published import RETRIEVAL

    assert report.published == ()  # nobody published figures of this one
    known = replace(report, published=RETRIEVAL["test", 5183, 300])
    _, beside = known.tables()
    assert beside.rows[0][:4] == ("BM25", "nDCG@10", "0.687", "+0.313")


def test_grades_count_as_gains() -> None:
    scores = query_scores({"q": {"best": 3, "good": 1, "bad": 0}}, {"q": ["good", "bad", "best"]})["q"]
    gained, ideal = 1 / math.log2(2) + 3 / math.log2(4), 3 / math.log2(2) + 1 / math.log2(3)
    assert scores["ndcg@10"] == pytest.approx(gained / ideal)
    assert (scores["recall@10"], scores["mrr@10"], scores["hit@1"]) == (1.0, 1.0, 1.0)


def test_what_is_found_deep_counts_for_recall_at_a_hundred_only() -> None:
    ranking = [f"other{n}" for n in range(10)] + ["wanted"]
    scores = query_scores({"q": {"wanted": 1}, "lost": {"wanted": 1}}, {"q": ranking})
    assert scores["q"] == {"ndcg@10": 0.0, "recall@10": 0.0, "recall@100": 1.0, "mrr@10": 0.0, "hit@1": 0.0}
    assert set(scores["lost"].values()) == {0.0}


def test_a_second_run_embeds_nothing_and_a_compressed_copy_is_the_same_corpus(tmp_path: Path) -> None:
    data = _data_set(tmp_path / "animals")
    first = evaluate_beir(data, "test", tmp_path / "cache")
    packed = tmp_path / "packed"
    (packed / "qrels").mkdir(parents=True)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        (packed / f"{name}.gz").write_bytes(gzip.compress((data / name).read_bytes()))
    again = evaluate_beir(packed, "test", tmp_path / "cache")
    assert (first.indexed.embedded, again.indexed.embedded) == (5, 0)
    assert again.indexed.folder == first.indexed.folder
    assert again.scores == first.scores


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    documents = [Document(str(n), f"Report {n}", f"Stoat number {n} slept for {n + 3} hours.") for n in range(100)]

    def interrupt(phase: str, done: int, total: int | None) -> None:
        if phase == "reading" and done >= 64:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_documents(lambda: documents, tmp_path, "stoats", interrupt)
    whole = index_documents(lambda: documents, tmp_path, "stoats")
    assert whole.documents == whole.embedded == 100
    assert index_documents(lambda: documents, tmp_path, "stoats").embedded == 0
    with Client(whole.folder) as client:
        assert {document_id(p.paper_id) for p in client.papers()} == {d.id for d in documents}


def test_other_documents_make_another_library(tmp_path: Path) -> None:
    one = index_documents(lambda: [Document("a", "Terns", "Terns sing.")], tmp_path, "terns")
    other = index_documents(lambda: [Document("a", "Terns", "Terns sleep.")], tmp_path, "terns")
    assert one.folder != other.folder


def test_a_query_that_is_a_document_itself_does_not_count_as_finding_it(tmp_path: Path) -> None:
    found = evaluate_beir(_data_set(tmp_path / "animals", "v\tv\t1\nv\tn\t1\n"), "test", tmp_path / "cache")
    assert found.scores["v"]["recall@100"] == 0.5


def test_what_cannot_be_asked_or_found_is_told(tmp_path: Path) -> None:
    data = _data_set(tmp_path / "animals", "q1\t7\t1\nq1\tlost\t1\nq2\tx-1\t0\nblank\tv\t1\nlong\tv\t1\n")
    _write(
        data / "queries.jsonl",
        (*QUERIES, {"_id": "blank", "text": " "}, {"_id": "long", "text": "Voles store seeds. " * 400}),
    )
    found = evaluate_beir(data, "test", tmp_path / "cache")
    assert found.queries == 3
    assert set(found.scores["blank"].values()) == {None}
    assert (found.figures["hit@1"].n, found.figures["hit@1"].unscored) == (2, 1)
    assert found.scores["q1"]["recall@10"] == 0.5
    notes = "\n".join(found.notes)
    for told in (
        "1 judged queries have no relevant",
        "1 relevant documents are not in the corpus",
        "only so much",
        "first blank: The question is empty",
    ):
        assert told in notes


def test_a_missing_file_or_split_is_named(tmp_path: Path) -> None:
    data = _data_set(tmp_path / "animals")
    with pytest.raises(UsageError, match=r"no split “dev”\. There are: test"):
        evaluate_beir(data, "dev", tmp_path / "cache")
    (data / "queries.jsonl").unlink()
    with pytest.raises(InputError, match=r"no queries\.jsonl and no queries\.jsonl\.gz .* layout has corpus\.jsonl"):
        evaluate_beir(data, "test", tmp_path / "cache")
    with pytest.raises(InputError, match="no such folder"):
        evaluate_beir(tmp_path / "nowhere", "test", tmp_path / "cache")


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("corpus.jsonl", "{broken", r"corpus\.jsonl:7: not JSON"),
        ("corpus.jsonl", "[1]", r"corpus\.jsonl:7: not a JSON object"),
        ("corpus.jsonl", '{"title": "T", "text": "t"}', r"corpus\.jsonl:7: “_id” is missing"),
        ("corpus.jsonl", '{"_id": "7", "text": "t"}', r"corpus\.jsonl:7: the id 7 is that of line 1"),
        ("queries.jsonl", '{"_id": {}, "text": "t"}', r"queries\.jsonl:6: “_id” is neither text nor a number"),
        ("qrels/test.tsv", "q1 7 1", r"test\.tsv:7: not a judgement"),
        ("qrels/test.tsv", "q1\t7\thigh", r"test\.tsv:7: not a judgement"),
        ("qrels/test.tsv", "q9\t7\t1", r"test\.tsv:7: no query q9"),
    ],
)
def test_a_wrong_line_is_told_with_its_place(tmp_path: Path, file: str, line: str, told: str) -> None:
    data = _data_set(tmp_path / "animals")
    with (data / file).open("a", encoding="utf-8") as opened:
        opened.write(line + "\n")
    with pytest.raises(InputError, match=told):
        evaluate_beir(data, "test", tmp_path / "cache")


def test_a_set_in_which_nothing_is_relevant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no query has a relevant document"):
        evaluate_beir(_data_set(tmp_path / "animals", "q1\t7\t0\n"), "test", tmp_path / "cache")
