"""Tags and collections let through what a person means by them, in the catalogue as over papers at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.library.catalog import Catalog
from rag.library.filtering import passes
from rag.types import Details, Filters, Paper

PAPERS = [
    Paper(
        "Otters dive",
        "They do.",
        details=Details(tags=("Deep Learning", "Otters"), collections=("Models/World models",)),
    ),
    Paper("Otters sing", "They do.", details=Details(tags=("learnings",), collections=("Models",))),
    Paper("Otters sleep", "They do."),
]


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filters(tag="learning"), ["Otters dive"]),
        (Filters(tag="DEEP-LEARNING"), ["Otters dive"]),
        (Filters(tag="learn"), []),
        (Filters(collection="models"), ["Otters dive", "Otters sing"]),
        (Filters(collection="Models/World models"), ["Otters dive"]),
        (Filters(collection="World models"), ["Otters dive"]),
        (Filters(collection="World"), []),
        (Filters(tag="otters", collection="Models"), ["Otters dive"]),
    ],
)
def test_tags_and_collections_are_filters(tmp_path: Path, filters: Filters, titles: list[str]) -> None:
    assert [paper.title for paper in PAPERS if passes(paper, filters)] == titles
    catalog = Catalog(tmp_path, create=True)
    for paper in PAPERS:
        catalog.put(paper, [], [])
    found = catalog.papers_at(catalog.rows_matching(filters))
    assert [found[row].title for row in sorted(found)] == titles
