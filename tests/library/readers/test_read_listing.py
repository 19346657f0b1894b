"""Listing pages: which title belongs to which abstract, and when to rather skip a paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.library.readers import read_papers
from rag.types import Paper, Skipped

Read = Callable[..., tuple[list[Paper], list[Skipped]]]

BODY = (
    "Agents learn a model of the world. "
    + "They plan with it, and the plan is better than before. " * 8
    + "We measure it on ten tasks."
)
OTHER = (
    "Robots fall over when floors are wet. "
    + "We dry the floor first, which takes a while but helps. " * 8
    + "Nothing else is needed."
)
SHORT = "We count the birds of one city. There are more of them than in the year before."
SENTENCE = "This note shows that the bound of the earlier work is tight for every even number of players."


def page(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"


def test_titles_and_abstracts_in_turn_are_papers(read: Read) -> None:
    papers, skipped = read(page("Planning with Models", BODY, "Wet Floors", OTHER))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("Planning with Models", BODY),
        ("Wet Floors", OTHER),
    ]
    assert not skipped


def test_furniture_before_between_and_after_is_left_out_without_a_word(read: Read) -> None:
    head = ["new", "Get trending papers in your email inbox!", "Subscribe", "byAK and the research community", "Apr 24"]
    between = [
        "Apr 24, 2025",
        "Upvote 12",
        "-",
        "12",
        "Submitted by ada",
        "• 5 authors",
        "2 days ago",
        "Ada Lovelace, Alan Turing, Kurt Gödel",
        "1.2k",
    ]
    foot = ["Load more", "Previous", "Next", "© 2025 Example", "Privacy", "Terms of Service", "https://example.org"]
    papers, skipped = read(page(*head, "Planning with Models", BODY, *between, "Wet Floors", *between, OTHER, *foot))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("Planning with Models", BODY),
        ("Wet Floors", OTHER),
    ]
    assert not skipped


def test_an_abstract_stays_as_it_stood_and_a_wrapped_title_becomes_one_line(read: Read) -> None:
    wrapped = BODY.replace("world. ", "world.\n  ")
    papers, _ = read("\n\n \nPlanning\n  with Models\n \t\n" + wrapped + "\n\n\n\n")
    assert (papers[0].title, papers[0].abstract) == ("Planning with Models", wrapped)


def test_a_title_without_an_abstract_is_reported_and_its_neighbours_stay_right(read: Read) -> None:
    papers, skipped = read(
        page("A Title That Lost Its Abstract", "Planning with Models", BODY, "Another Title Without Its Abstract")
    )
    assert [(paper.title, paper.abstract) for paper in papers] == [("Planning with Models", BODY)]
    assert [item.where.rpartition(":")[2] for item in skipped] == ["1", "7"]
    assert "without an abstract" in skipped[0].why


@pytest.mark.parametrize(
    "before",
    [
        [],
        ["Apr 24"],
        ["Upvote 12"],
        ["12"],
        ["Get trending papers in your email inbox!"],
        ["Planning with Models", BODY],
    ],
)
def test_an_abstract_never_takes_furniture_or_another_papers_title(before: list[str], read: Read) -> None:
    papers, skipped = read(page(*before, OTHER, "Bird Counts", BODY))
    assert OTHER not in [paper.abstract for paper in papers]
    assert papers[-1].title == "Bird Counts"
    assert "without a title" in skipped[0].why
    assert skipped[0].where.endswith(f":{2 * len(before) + 1}")


def test_short_abstracts_are_read_where_they_alternate_with_titles(read: Read) -> None:
    papers, skipped = read(
        page("Bird Counts", SHORT, "Tight Bounds", SENTENCE, "Planning with Models", BODY, "More Bounds", SENTENCE)
    )
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("Bird Counts", SHORT),
        ("Tight Bounds", SENTENCE),
        ("Planning with Models", BODY),
        ("More Bounds", SENTENCE),
    ]
    assert not skipped


def test_titles_that_end_like_sentences_are_titles_before_an_abstract(read: Read) -> None:
    question = "Does Learning Really Make Agents Reason Better Than the Models They Were Once Trained From?"
    papers, skipped = read(page(SENTENCE, BODY, question, OTHER))
    assert [(paper.title, paper.abstract) for paper in papers] == [(SENTENCE, BODY), (question, OTHER)]
    assert not skipped


def test_a_long_sentence_between_a_title_and_an_abstract_is_the_nearer_title(read: Read) -> None:
    papers, skipped = read(page("Oral Presentations of the Day", SENTENCE, BODY))
    assert [(paper.title, paper.abstract) for paper in papers] == [(SENTENCE, BODY)]
    assert len(skipped) == 1


def test_a_text_without_abstracts_says_what_was_expected(read: Read) -> None:
    papers, skipped = read(page("Just a title", "And another", "12"))
    assert not papers
    (only,) = skipped
    assert (
        only.why
        == "no abstracts found; expected title and abstract paragraphs separated by blank lines, JSON Lines or CSV"
    )
    assert only.where.endswith("input.txt")


def test_a_document_of_prose_is_one_message_not_many_papers(read: Read) -> None:
    papers, skipped = read(page("A Chapter", BODY, OTHER, BODY, OTHER, BODY))
    assert not papers
    assert len(skipped) == 1
    assert "reads like a document" in skipped[0].why


def test_lists_and_settings_are_no_abstracts(read: Read) -> None:
    yaml = "\n".join(f"key_{n}: A value. Another value of some length." for n in range(12))
    papers, skipped = read(
        page("A title of a thing", yaml, "Another title of a thing", "- First item. It is here.\n" * 20)
    )
    assert not papers
    assert len(skipped) == 1


def test_the_real_listing_gives_its_81_papers_verbatim(shared: Path) -> None:
    path = shared / "corpus" / "000_f53b1162cf79c3e7.txt"
    found = list(read_papers(path))
    assert all(isinstance(item, Paper) for item in found)
    paragraphs = path.read_text(encoding="utf-8").strip("\n").split("\n\n")[5:]
    expected = list(zip(paragraphs[::2], paragraphs[1::2], strict=True))
    assert len(expected) == 81
    assert [(item.title, item.abstract) for item in found if isinstance(item, Paper)] == expected


def test_a_title_that_looks_like_a_list_of_names_is_a_title_where_nothing_else_can_be(read: Read) -> None:
    papers, _ = read(page("Deep Learning, Bayesian Networks", BODY, "Wet Floors", "Deep Mind, Ada Lovelace", OTHER))
    assert [paper.title for paper in papers] == ["Deep Learning, Bayesian Networks", "Wet Floors"]


def test_lists_of_names_under_a_title_are_furniture_however_long(read: Read) -> None:
    names = ["Ada1 de Lovelace1*"] * 3_000
    few = "Ada Lovelace, Juan de la Cruz* and 7 others"
    papers, skipped = read(
        page("Wet Floors", ", ".join(names) + " and some more besides", BODY, "Bird Counts", few, OTHER)
    )
    assert [(paper.title, paper.abstract) for paper in papers] == [("Wet Floors", BODY), ("Bird Counts", OTHER)]
    assert not skipped


def test_titles_that_begin_like_slogans_are_titles(read: Read) -> None:
    titles = [
        "Join Size Estimation for Free Text",
        "Get Real: Community Detection",
        "Discover Symmetries",
        "New Bounds",
        "Abstract Argumentation",
    ]
    papers, skipped = read(page(*(text for title in titles for text in (title, BODY))))
    assert [paper.title for paper in papers] == titles
    assert not skipped
