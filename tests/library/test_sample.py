"""The sample is a library of digests in our own words."""

from __future__ import annotations

import re

import pytest
from support import SHARED

from rag.library.readers import read_papers
from rag.library.sample import sample_path
from rag.types import Paper, normalise_title

RUN = 9
"""So many words in a row may not stand in an original."""


@pytest.fixture(scope="module")
def digests() -> list[Paper]:
    return [item for item in read_papers(sample_path()) if isinstance(item, Paper)]


@pytest.fixture(scope="module")
def originals() -> list[Paper]:
    folder = SHARED / "corpus"
    if not folder.is_dir():
        pytest.skip(f"needs the original listing in {folder}")
    return [item for path in sorted(folder.glob("*.txt")) for item in read_papers(path) if isinstance(item, Paper)]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def test_there_are_81_digests_each_under_its_own_title(digests: list[Paper]) -> None:
    assert len(digests) == 81
    assert len({normalise_title(d.title) for d in digests}) == 81


def test_a_digest_is_long_enough_to_be_asked(digests: list[Paper]) -> None:
    assert all(60 <= len(d.abstract.split()) <= 400 for d in digests)


def test_nothing_in_the_sample_is_skipped() -> None:
    assert all(isinstance(item, Paper) for item in read_papers(sample_path()))


def test_titles_are_those_of_the_listing(digests: list[Paper], originals: list[Paper]) -> None:
    assert {d.title for d in digests} == {o.title for o in originals}


def test_sentences_are_our_own(digests: list[Paper], originals: list[Paper]) -> None:
    theirs = set().union(*(_runs(o.abstract) for o in originals))
    assert {d.title: sorted(_runs(d.abstract) & theirs) for d in digests if _runs(d.abstract) & theirs} == {}
