"""The right paper comes first, filters filter, and what comes back is whole and in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fakes import write_records
from support import sample_home

from rag import Client
from rag.answering.retrieval import MAX_QUESTION, Retriever, checked_question
from rag.errors import LibraryNotFound, UsageError
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import TextVectors
from rag.types import Filters

NAMED = [
    ("How does COPlanner use model uncertainty?", "COPlanner"),
    ("What does RLCoder retrieve?", "RLCoder"),
    ("How long does FastRLAP practise?", "FastRLAP"),
    ("Which tool does ReTool call while it reasons?", "ReTool"),
    ("How does DUMP schedule its curriculum?", "DUMP"),
    ("Is RePo resilient to distractors?", "RePo"),
    ("What does SINDy-RL learn?", "SINDy-RL"),
    ("What is averaged in SALSA?", "SALSA"),
]
FLOCK: list[dict[str, object]] = [
    {
        "title": "Terns",
        "abstract": "Terns fly far over the sea.",
        "year": 2001,
        "authors": ["Ada Müller", "Bo Li"],
        "venue": "Sea Birds",
    },
    {
        "title": "Gulls",
        "abstract": "Gulls fly near the sea.",
        "year": 2010,
        "authors": ["Bo Li"],
        "venue": "Journal of Gulls",
    },
    {
        "title": "Auks",
        "abstract": "Auks fly low over the sea.",
        "year": 2020,
        "authors": ["Cy Ada"],
        "venue": "SEA BIRDS",
    },
    {"title": "Skuas", "abstract": "Skuas fly at other birds of the sea."},
]
SHORE: list[dict[str, object]] = [
    {"title": "Plovers", "abstract": "Plovers fly along the sea.", "year": 2010, "authors": ["Dee Fox"]}
]
FILTERED = [
    (Filters(), {"Terns", "Gulls", "Auks", "Skuas", "Plovers"}),
    (Filters(year_from=2010), {"Gulls", "Auks", "Plovers"}),
    (Filters(year_to=2010), {"Terns", "Gulls", "Plovers"}),
    (Filters(year_from=2010, year_to=2010), {"Gulls", "Plovers"}),
    (Filters(author="bo li"), {"Terns", "Gulls"}),
    (Filters(author="MÜLLER"), {"Terns"}),
    (Filters(author="ada"), {"Terns", "Auks"}),
    (Filters(venue="sea birds"), {"Terns", "Auks"}),
    (Filters(source="shore"), {"Plovers"}),
    (Filters(source="flock", year_from=2005), {"Gulls", "Auks"}),
    (Filters(author="bo", venue="gulls", year_from=2000), {"Gulls"}),
    (Filters(author="nobody"), set()),
    (Filters(author="%"), set()),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(sample_home(tmp_path_factory) / "citewise" / "libraries" / "sample") as client:
        yield client


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[Retriever]:
    """Five papers with years, authors and venues, from two files; the skuas have none of them."""
    folder = tmp_path_factory.mktemp("birds")
    library = Library(folder / "library", create=True)
    index_papers(
        library, embedder, [write_records(folder / f"{n}.jsonl", r) for n, r in (("flock", FLOCK), ("shore", SHORE))]
    )
    yield Retriever(library, embedder)
    library.close()


@pytest.mark.parametrize(("question", "name"), NAMED)
def test_a_question_that_names_a_paper_finds_it_first(client: Client, question: str, name: str) -> None:
    assert name in client.search(question)[0].paper.title


def test_an_idea_without_a_name_is_found(client: Client) -> None:
    titles = [
        p.paper.title
        for p in client.search("a small car that learns to race by practising on its own, from camera pictures", k=3)
    ]
    assert any("FastRLAP" in title for title in titles)


def test_papers_come_best_first_and_each_once(client: Client) -> None:
    found = client.search("How do agents explore with a learned model?", k=30)
    scores = [p.score for p in found]
    assert scores == sorted(scores, reverse=True)
    assert len({p.paper.paper_id for p in found}) == len(found) == 30


def test_each_paper_comes_with_all_its_sentences_best_first(client: Client) -> None:
    for passage in client.search("How does Drama use Mamba?", k=5):
        scores = [s.score for s in passage.sentences]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        in_order = sorted((s.sentence for s in passage.sentences), key=lambda s: s.number)
        assert [s.number for s in in_order] == list(range(1, len(in_order) + 1))
        assert all(passage.paper.abstract[s.start : s.end] == s.text for s in in_order)
        assert sum(len(s.text.split()) for s in in_order) == len(passage.paper.abstract.split())


@pytest.mark.parametrize("k", [1, 2, 7])
def test_as_many_papers_come_as_are_asked_for(client: Client, k: int) -> None:
    assert len(client.search("robots", k=k)) == k


def test_a_small_library_gives_what_it_has(birds: Retriever) -> None:
    assert len(birds.retrieve("Which birds fly over the sea?", 50).found) == len(FLOCK) + len(SHORE)


def test_more_papers_asked_for_do_not_change_those_before(client: Client) -> None:
    question = "Which methods reduce reward hacking?"
    few, many = ([p.paper.paper_id for p in client.search(question, k=k)] for k in (3, 12))
    assert many[:3] == few


@pytest.mark.parametrize(("filters", "titles"), FILTERED)
def test_only_papers_that_pass_the_filters_come_back(birds: Retriever, filters: Filters, titles: set[str]) -> None:
    found = birds.retrieve("Which birds fly over the sea?", 10, filters)
    assert {p.paper.title for p in found.passages} == titles


def test_a_filter_reaches_papers_far_down_the_ranking(birds: Retriever) -> None:
    assert [p.paper.title for p in birds.retrieve("How far do terns fly?", 1, Filters(source="shore")).passages] == [
        "Plovers"
    ]


def test_years_that_run_backwards_are_refused(birds: Retriever) -> None:
    with pytest.raises(UsageError, match="backwards"):
        birds.retrieve("Which birds fly?", 3, Filters(year_from=2011, year_to=2010))


@pytest.mark.parametrize("k", [0, -1])
def test_asking_for_no_paper_is_refused(birds: Retriever, k: int) -> None:
    with pytest.raises(UsageError, match=f"k={k}"):
        birds.retrieve("Which birds fly?", k)


@pytest.mark.parametrize("question", ["", "  \n\t ", "\x00\x07"])
def test_an_empty_question_is_refused(birds: Retriever, question: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        birds.retrieve(question, 3)


def test_a_document_is_no_question(birds: Retriever) -> None:
    with pytest.raises(UsageError, match="4,001 characters"):
        birds.retrieve("a" * (MAX_QUESTION + 1), 3)
    assert birds.retrieve("sea " * (MAX_QUESTION // 4), 3).found


def test_space_and_control_characters_are_tidied() -> None:
    assert checked_question("  How far\n\ndo\x00terns\tfly? ") == "How far do terns fly?"


@pytest.mark.parametrize(
    "question", ['"', "terns AND", "NEAR(terns", "title:terns*", "'; DROP TABLE papers", "^-(", "海鸟", "🐦?"]
)
def test_no_question_is_taken_for_a_query_language(birds: Retriever, question: str) -> None:
    assert len(birds.retrieve(question, 2).found) == 2


def test_an_empty_library_says_how_to_fill_it(library: Library, embedder: BundledEmbedder) -> None:
    with pytest.raises(LibraryNotFound, match="citewise index"):
        Retriever(library, embedder).retrieve("Which birds fly?", 3)


def test_a_paper_whose_vectors_are_not_made_yet_is_found_by_its_words(
    tmp_path: Path, library: Library, embedder: BundledEmbedder
) -> None:
    class Interrupted(BundledEmbedder):
        def embed_documents(self, texts: Iterable[str]) -> Iterator[TextVectors]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_papers(library, Interrupted(), [write_records(tmp_path / "flock.jsonl", FLOCK)])
    assert library.catalog.count_without_vector() == len(FLOCK)
    found = Retriever(library, embedder).retrieve("How near do gulls fly?", 2).passages
    assert found[0].paper.title == "Gulls"
    assert [s.text for s in found[0].sentences] == ["Gulls fly near the sea."]


def test_a_paper_that_is_called_by_name_comes_before_one_that_talks_about_it(
    tmp_path: Path, embedder: BundledEmbedder
) -> None:
    own: dict[str, object] = {
        "title": "Heron: A Small World Model",
        "abstract": "Heron is a world model. It has 7 million parameters.",
    }
    about: dict[str, object] = {
        "title": "Stork: World Models and Their Parameters",
        "abstract": "How many parameters does the world model Heron have? The world model Heron has 700 million "
        "parameters, we say.",
    }
    with Client(tmp_path / "library") as client:
        client.index(write_records(tmp_path / "papers.jsonl", [about, own]))
        first, _ = client.search("How many parameters does the world model Heron have?")
        answer = client.ask("How many parameters does the world model Heron have?")
    assert first.paper.title.startswith("Heron")
    assert "700" not in answer.text
