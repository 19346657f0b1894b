"""Drafted suites: they load, they say that they are drafts, and what they claim stands in the library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes import write_records

from evals.drafting import draft_questions, draft_suite
from evals.suite import Resolver, load_suite
from rag.answering.subjects import introduces, subjects, telling
from rag.client.client import Client
from rag.errors import InputError, LibraryNotFound, UsageError
from rag.library.sample import sample_path
from rag.text.sentences import split_sentences
from rag.text.words import stems
from rag.types import Paper

PAPERS = (
    Paper(
        "HeronNet: Finding Waders by Their Wings",
        "Waders are hard to tell apart from afar. We propose HeronNet, a model that learns the shape of wings from "
        "few pictures. "
        "It aligns the pictures by the beak and then compares the wings. On MarshBench it improves accuracy by 12.5% "
        "over the best rival. "
        "The code is available at https://example.org/heron.",
    ),
    Paper(
        "A Network that Hears Voles under Snow",
        "Snow muffles most sounds of small animals. We introduce a listening network for tunnels beneath deep snow "
        "that needs no labels. "
        "Training takes a single night in the field. The network found 9 of 10 tunnels and reduced false alarms.",
    ),
    Paper(
        "Do Larks Learn from Strangers?",
        "Larks learn songs early in life. We find that larks raised beside strangers sing fewer songs in spring (p = "
        "0.01). "
        "Learning from parents achieved significantly longer songs.",
    ),
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    file = write_records(tmp_path / "papers.jsonl", [{"title": p.title, "abstract": p.abstract} for p in PAPERS])
    with Client(tmp_path / "library") as opened:
        opened.index(file)
        yield opened


def _rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").splitlines()]


def _turns(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [turn for row in rows for turn in row.get("turns", [row])]


def _by_kind(papers: tuple[Paper, ...] = PAPERS) -> dict[str, list[dict[str, Any]]]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in draft_questions(papers, "here"):
        kinds.setdefault(row["kind"], []).append(row)
    return kinds


def test_a_drafted_suite_loads_and_says_that_it_is_a_draft(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "my suite"
    count = draft_suite(client, folder, str(client.folder))
    suite = load_suite(folder)
    assert len(suite.questions) == count > 8
    assert all(q.draft for q in suite.questions)
    assert len({q.kind for q in suite.questions}) >= 6
    assert suite.sheet.name == "my-suite"
    assert suite.sheet.library == str(client.folder)
    assert "Nobody has read them" in (folder / "suite.yaml").read_text("utf-8")
    resolver = Resolver(list(client.papers()))
    assert all(len(resolver.gold(suite, q)) == len(q.turns) for q in suite.questions)  # every paper is in the library


def test_a_library_is_called_by_its_name(tmp_path: Path) -> None:
    file = write_records(tmp_path / "papers.jsonl", [{"title": p.title, "abstract": p.abstract} for p in PAPERS])
    with Client("birds") as named, Client() as default:
        named.index(file)
        default.index(file)
        draft_suite(named, tmp_path / "a", "birds")
        draft_suite(default, tmp_path / "b")
    assert yaml.safe_load((tmp_path / "a" / "suite.yaml").read_text("utf-8"))["library"] == "birds"
    assert yaml.safe_load((tmp_path / "b" / "suite.yaml").read_text("utf-8"))["library"] == "default"


def test_facts_stand_in_the_evidence(client: Client, tmp_path: Path) -> None:
    draft_suite(client, tmp_path / "suite")
    held = {(p.title, s.number): s.text for p in client.papers() for s in split_sentences(p.paper_id, p.abstract)}
    asked = [t for t in _turns(_rows(tmp_path / "suite")) if t.get("facts")]
    assert asked
    for turn in asked:
        text = " ".join(held[title, n] for title, numbers in turn["evidence"].items() for n in numbers)
        assert all(any(wording in text for wording in group) for group in turn["facts"]), turn


def test_a_paper_with_a_name_is_asked_about_by_it() -> None:
    (row,) = _by_kind()["named"]
    assert row["question"] == "What is HeronNet?"
    assert row["papers"] == [PAPERS[0].title]
    assert row["evidence"] == {PAPERS[0].title: [2]}


def test_ideas_are_asked_without_the_name_and_without_asides() -> None:
    questions = {row["question"]: row for row in _by_kind()["idea"]}
    assert "Which paper introduces a listening network for tunnels beneath deep snow?" in questions
    assert "Which paper finds that larks raised beside strangers sing fewer songs in spring?" in questions
    assert not any("HeronNet" in q for q in questions)


def test_a_dialogue_goes_on_about_the_paper_it_began_with() -> None:
    (row,) = _by_kind()["dialogue"]
    first, second, last = row["turns"]
    assert (first["question"], second["facts"]) == ("What is HeronNet?", [["12.5%"]])
    assert "HeronNet" not in second["question"]
    assert second["evidence"] == {PAPERS[0].title: [4, 5]} or second["evidence"] == {PAPERS[0].title: [4]}
    assert last["expect"] == "small_talk"


def test_what_no_abstract_answers_is_asked_too() -> None:
    kinds = _by_kind()
    words = stems(" ".join(f"{p.title} {p.abstract}" for p in PAPERS))
    for row in kinds["unknown_name"]:
        (name,) = re.findall(r"(?<= )[A-Z]\w+", row["question"])
        assert not stems(name) & words
    assert all(row["expect"] == "not_covered" for row in (*kinds["off_topic"], *kinds["unknown_name"]))
    for row in kinds["not_stated"]:
        assert row["expect"] == "not_stated"
        assert "HeronNet" in row["question"]  # a library about learning is asked for details of training


def test_a_detail_that_an_abstract_tells_is_not_drafted_as_lacking() -> None:
    told = (
        PAPERS[0].abstract
        + " It was trained with the Adam optimiser at a low learning rate, a batch size of 8 and one GPU."
    )
    assert "not_stated" not in _by_kind((Paper(PAPERS[0].title, told),))


def test_libraries_that_are_not_about_learning_are_asked_how_a_study_was_done() -> None:
    otters = "Otters sleep by day. We found that otters sleep longer in cold winters. Sleep was significantly longer."
    terns = "Terns nest on gravel. We found that terns on gravel roofs raise more young. Losses were lower on roofs."
    studies = (Paper("Sleep of Otters in Cold Winters", otters), Paper("Nests of Terns on Gravel Roofs", terns))
    assert "Who funded the work in “" in _by_kind(studies)["not_stated"][0]["question"]


def test_a_suite_is_never_written_over(client: Client, tmp_path: Path) -> None:
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        draft_suite(client, tmp_path / "suite")
    assert [f.name for f in (tmp_path / "suite").iterdir()] == ["mine.txt"]


def test_a_library_that_gives_nothing_to_ask_about_is_told_so(tmp_path: Path) -> None:
    with Client(tmp_path / "none") as client, pytest.raises(LibraryNotFound):
        draft_suite(client, tmp_path / "suite")
    assert not (tmp_path / "suite").exists()
    with pytest.raises(InputError, match=r"0 papers, .* citewise index FILE"):
        draft_questions([], "here")
    with pytest.raises(InputError, match="1 papers, and no question could be drafted"):
        draft_questions([Paper("Note", "It rained.")], "here")


def test_the_sample_gives_a_suite_of_each_kind_over_many_papers() -> None:
    from rag.library.readers import read_papers

    rows = draft_questions([p for p in read_papers(sample_path()) if isinstance(p, Paper)], "sample")
    questions = [t["question"] for t in _turns(rows) if t.get("papers")]
    assert len({t["papers"][0] for t in _turns(rows) if t.get("papers")}) >= 15
    assert len(set(questions) - {"And what came out of the experiments with it?"}) >= len(questions) - 2
    assert {row["kind"] for row in rows} >= {"named", "idea", "not_stated", "off_topic", "unknown_name", "dialogue"}


def test_papers_with_the_same_title_are_left_out() -> None:
    twin = Paper(PAPERS[0].title, "Another text. We propose HeronNet, a model for wings.")
    assert [s.paper.title for s in subjects([*PAPERS, twin])] == [p.title for p in PAPERS[1:]]


def test_a_name_that_other_papers_have_too_is_no_papers_own() -> None:
    others = [Paper(f"Title number {n}", "HeronNet is compared here with a simple rule.") for n in range(3)]
    assert subjects(PAPERS)[0].name == "HeronNet"
    assert subjects([*PAPERS, *others])[0].name == ""


@pytest.mark.parametrize(
    ("sentence", "introduced"),
    [
        ("We propose HeronNet, which compares wings.", True),
        ("The authors present a new model called HeronNet.", True),
        ("The Heron Network (HeronNet) is introduced here.", True),
        ("HeronNet is a small model for waders.", True),
        ("We propose a scaling rule that helps HeronNet.", False),
        ("HeronNet is a rare bird.", False),
        ("We compare with HeronNet.", False),
    ],
)
def test_a_sentence_introduces_a_name_or_only_mentions_it(sentence: str, introduced: bool) -> None:
    assert introduces(sentence, "HeronNet") is introduced


@pytest.mark.parametrize(
    ("sentence", "figure"),
    [
        ("It rests for 14 days and improves by 12.5% in spring.", "12.5%"),
        ("The (3) parts are tested on MarshBench.", "MarshBench"),
        ("It works well.", ""),
    ],
)
def test_the_telling_figure_of_a_sentence(sentence: str, figure: str) -> None:
    assert telling(sentence) == figure
