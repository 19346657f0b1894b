"""What a question wants is understood and answered as that: a list, a count, a record, a comparison, an overview."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from support import sample_home

from rag import Client
from rag.answering.understanding import phrase, surname
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import BundledReader
from rag.types import Answer

PAPERS: list[dict[str, Any]] = [
    {
        "title": "Marmot: Burrow Mapping with Sonar",
        "authors": ["Ida Lund", "Tomas Okafor"], "year": 2019, "venue": "ICRA", "doi": "10.1234/marmot",
        "abstract": "We present Marmot, a robot that maps burrows with sonar. It maps nine burrows in an hour. Marmot "
                    "is tested on a real "
        "hillside.",
    },
    {
        "title": "Gannet: Diving Drones That Count Fish",
        "authors": ["Tomas Okafor"], "year": 2021, "venue": "Sea Robotics",
        "abstract": "Gannet is a drone that dives and counts fish with a camera. In sea trials it counts 94% of the "
                    "fish "
        "that divers count. Its battery lasts 40 minutes.",
    },
    {
        "title": "Simulated Reefs for Training Divers", "authors": ["Mei Castellanos"], "year": 2021,
        "venue": "Sea Robotics",
        "abstract": "A simulator of reefs trains divers without going to sea. Trained divers find twice as many "
                    "urchins. The "
        "simulator needs no robot.",
    },
    {
        "title": "Soil Microbes After Fire",
        "abstract": "Soil microbes were sampled for three years after a forest fire. Fungi took longer to return than "
                    "bacteria. Samples "
        "came from twelve plots.",
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder, reader: BundledReader
) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("plans")
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, PAPERS)), "utf-8")
    with Client(folder / "library") as opened:
        opened.index(folder / "papers.jsonl")
        yield opened


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(sample_home(tmp_path_factory) / "citewise" / "libraries" / "sample") as opened:
        yield opened


def titles(answer: Answer) -> set[str]:
    return {s.paper.title.split(":")[0] for s in answer.sources}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("papers by Okafor", {"Marmot", "Gannet"}),
        ("list everything written by Mei Castellanos", {"Simulated Reefs for Training Divers"}),
        ("papers from 2019", {"Marmot"}),
        ("papers published since 2020", {"Gannet", "Simulated Reefs for Training Divers"}),
        ("list the papers published in Sea Robotics", {"Gannet", "Simulated Reefs for Training Divers"}),
    ],
)
def test_records_are_listed_by_author_year_and_venue(client: Client, question: str, found: set[str]) -> None:
    answer = client.ask(question)
    assert answer.outcome == "answered"
    assert titles(answer) == found
    assert all(c.support == "catalogue" and not c.citations for c in answer.claims)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("who wrote Marmot?", "Ida Lund"),
        ("who are the authors of Gannet?", "Tomas Okafor"),
        ("when was Gannet published?", "2021"),
        ("in which year was Marmot published?", "2019"),
        ("what is the DOI of Marmot?", "10.1234/marmot"),
        ("bibtex for Marmot", "author = {Ida Lund and Tomas Okafor}"),
        ("how many papers are there in this library?", "4 papers"),
    ],
)
def test_what_a_record_says_is_told(client: Client, question: str, told: str) -> None:
    answer = client.ask(question)
    assert answer.plan.kind in ("record", "count")
    assert told in answer.text


def test_what_a_record_lacks_is_said_to_lack_in_the_record(client: Client) -> None:
    answer = client.ask("who wrote Soil Microbes After Fire?")
    assert answer.outcome == "not_stated"
    assert "The library has no authors for “Soil Microbes After Fire”" in answer.text


def test_a_list_says_how_far_was_read_and_gives_a_sentence_of_each_paper(client: Client) -> None:
    answer = client.ask("which papers present a robot or a drone?")
    assert answer.plan.kind == "find"
    assert answer.read is not None
    assert (answer.read.papers, answer.read.of) == (4, 4)
    assert "Marmot" in titles(answer)
    assert all(c.support == "quoted" and len(c.citations) == 1 for c in answer.claims)
    assert answer.outcome == "partial" or "of 4 match" in answer.text


@pytest.mark.parametrize(
    ("question", "topic", "stretch"),
    [
        ("How many papers test on real robots?", ("test", "real", "robots"), "test on real robots"),
        ("number of papers about DPO", ("DPO",), "DPO"),
        ("how many are there?", (), ""),
        ("how many?", ("robots",), ""),
    ],
)
def test_the_topic_of_a_question_is_the_stretch_that_it_stands_in(
    question: str, topic: tuple[str, ...], stretch: str
) -> None:
    assert phrase(question, topic) == stretch


def test_a_count_finds_what_a_list_of_the_same_finds(sample: Client) -> None:
    counted = sample.ask("How many of the papers use a Qwen model?")
    assert counted.plan.kind == "count"
    assert len(counted.sources) > 1
    assert any("Qwen" in s.text for source in counted.sources for s in source.sentences)


def test_a_comparison_is_a_table_of_exact_sentences(client: Client) -> None:
    answer = client.ask("compare Marmot and Gannet")
    assert answer.plan.kind == "compare"
    assert answer.table is not None
    assert answer.table.columns[1:] == (PAPERS[0]["title"], PAPERS[1]["title"])
    sentences = {s.text for source in answer.sources for s in source.sentences}
    assert {c.text for c in answer.claims} == sentences
    cells = [cell for row in answer.table.rows for cell in row[1:]]
    assert all(cell == "no sentence found" or cell.rpartition(" [")[0] in sentences for cell in cells)


def test_an_overview_has_every_paper_in_one_group(sample: Client) -> None:
    answer = sample.ask("what are the main themes of this library?")
    assert answer.plan.kind == "overview"
    assert answer.table is not None
    assert sum(int(row[1]) for row in answer.table.rows) == len(list(sample.papers()))


def test_an_answer_with_plan_reading_and_table_survives_json(client: Client) -> None:
    for question in ("compare Marmot and Gannet", "papers by Okafor", "which papers present a robot or a drone?"):
        answer = client.ask(question)
        told = Answer.from_dict(json.loads(json.dumps(answer.to_dict())))
        assert (told.plan, told.read, told.table) == (answer.plan, answer.read, answer.table)


def test_what_is_beyond_abstracts_is_said_to_be(client: Client) -> None:
    answer = client.ask("who will win the next election, in your opinion?")
    assert answer.outcome == "not_covered"
    assert not answer.claims


def test_surnames_are_told_whichever_way_a_name_is_written() -> None:
    assert surname("Hafner, Danijar") == surname("Danijar Hafner") == "hafner"
    assert surname("José Núñez") == "nunez"


def test_the_shipped_kinds_stand_beside_their_hash_and_figures() -> None:
    held = json.loads((resources.files("rag") / "data" / "kinds.json").read_text("utf-8"))
    assert all(0.5 < told["right"] <= 1 for told in held["figures"].values())
    assert len(held["sha256"]) == 64


def test_an_author_and_a_topic_bound_a_list_together(client: Client) -> None:
    answer = client.ask("which papers by Okafor are about counting fish?")
    assert titles(answer) <= {"Marmot", "Gannet"}
    assert answer.read is None or answer.read.of == 2


def test_a_count_by_year_is_a_table_of_what_was_listed(client: Client) -> None:
    answer = client.ask("how many papers per year are there?")
    assert answer.table is not None
    assert answer.table.rows[:2] == (("2019", "1"), ("2021", "2"))
    assert not answer.is_list
