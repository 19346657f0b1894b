"""A follow-up that acts on the last list: fewer of it, another order, how many, taken along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Client
from rag.conversation.chat import Chat
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import BundledReader
from rag.types import Answer

PAPERS: list[dict[str, Any]] = [
    {"title": "Marmot: Burrow Mapping with Sonar", "authors": ["Ida Lund", "Tomas Okafor"], "year": 2019, "venue": "ICRA"},
    {"title": "Gannet: Diving Drones That Count Fish", "authors": ["Tomas Okafor"], "year": 2022, "venue": "Sea Robotics"},
    {"title": "Simulated Reefs for Divers", "authors": ["Mei Castellanos"], "year": 2021, "venue": "Sea Robotics"},
    {"title": "Soil Microbes After Fire", "authors": ["Mei Castellanos"], "year": 2016, "venue": "Soil"},
]  # fmt: skip


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder, reader: BundledReader
) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("following")
    rows = (json.dumps(p | {"abstract": f"{p['title']} is told of here. It took three years."}) for p in PAPERS)
    (folder / "papers.jsonl").write_text("\n".join(rows), "utf-8")
    with Client(folder / "library") as opened:
        opened.index(folder / "papers.jsonl")
        yield opened


@pytest.fixture
def chat(client: Client) -> Chat:
    opened = client.chat(saved=False)
    assert isinstance(opened, Chat)
    return opened


def names(answer: Answer) -> list[str]:
    """The papers of a list in the order in which it tells them."""
    return [c.text.split(":")[0].split(" (")[0] for c in answer.claims]


def test_a_list_is_narrowed_by_year_and_then_by_author(chat: Chat) -> None:
    assert len(names(chat.ask("papers published since 2016"))) == 4
    assert set(names(chat.ask("only those since 2020"))) == {"Gannet", "Simulated Reefs for Divers"}
    answer = chat.ask("and by Okafor?")
    assert names(answer) == ["Gannet"]
    assert answer.plan is not None
    assert (answer.plan.filters.year_from, answer.plan.filters.author) == (2020, "Tomas Okafor")


def test_another_author_takes_the_place_of_the_one_before(chat: Chat) -> None:
    assert set(names(chat.ask("papers by Okafor"))) == {"Marmot", "Gannet"}
    assert set(names(chat.ask("and by Castellanos?"))) == {"Simulated Reefs for Divers", "Soil Microbes After Fire"}
    assert names(chat.ask("since 2020?")) == ["Simulated Reefs for Divers"]


def test_a_list_is_ordered_by_year_both_ways(chat: Chat) -> None:
    chat.ask("papers published since 2019")
    assert names(chat.ask("oldest first")) == ["Marmot", "Simulated Reefs for Divers", "Gannet"]
    assert names(chat.ask("newest first")) == ["Gannet", "Simulated Reefs for Divers", "Marmot"]


def test_a_list_is_counted_and_counted_by_venue(chat: Chat) -> None:
    chat.ask("papers published since 2019")
    table = chat.ask("per venue?").table
    assert table is not None
    assert set(table.rows) == {("Sea Robotics", "2"), ("ICRA", "1")}


def test_a_list_is_taken_along_as_bibtex_whole(chat: Chat) -> None:
    chat.ask("papers by Okafor")
    text = chat.ask("BibTeX for these").text
    assert text.count("@") == 2
    assert "Marmot" in text
    assert "Gannet" in text


def test_a_question_with_a_topic_of_its_own_is_a_new_one(chat: Chat) -> None:
    chat.ask("papers by Okafor")
    answer = chat.ask("How long did Soil Microbes After Fire take?")
    assert [s.paper.title for s in answer.sources] == ["Soil Microbes After Fire"]


def test_after_an_answer_that_lists_nothing_there_is_nothing_to_narrow(chat: Chat) -> None:
    chat.ask("How long did Soil Microbes After Fire take?")
    answer = chat.ask("newest first")
    assert answer.text.find("The same") == -1
