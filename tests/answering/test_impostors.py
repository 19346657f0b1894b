"""Who takes a paper's title with "(corrected)" or the like comes after it, never before, however well it fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes import FakeEmbedder, FakeReader

from rag.answering.reading import read
from rag.answering.retrieval import Retriever
from rag.library.library import Library
from rag.types import IndexReport

ORIGINAL = {"title": "Kestrel: Hovering by Wind", "abstract": "Hovering is learnt. Wind is used by Kestrel."}
OTHERS = [{"title": f"Birds of {n} islands", "abstract": "Hovering wind and gusts."} for n in ("two", "six", "ten")]


def _impostor(title: str) -> dict[str, object]:
    return {"title": title, "abstract": "How does Kestrel hover in wind and gusts? Kestrel hovers in wind and gusts."}


@pytest.mark.parametrize(
    "title",
    [
        "Kestrel: Hovering by Wind (corrected)",
        "Kestrel: Hovering by Wind v2",
        "Erratum: Kestrel: Hovering by Wind",
        "Kestrel: Hovering by Wind [retracted]",
    ],
)
@pytest.mark.parametrize("k", [1, 3, 5])
def test_an_impostor_is_told_beside_the_original_and_after_it(
    title: str, k: int, library: Library, index: Callable[..., IndexReport]
) -> None:
    index([_impostor(title), *OTHERS, ORIGINAL], library)
    question = "How does Kestrel hover in wind and gusts?"
    found = Retriever(library, FakeEmbedder()).retrieve(question, k)
    assert [f.passage.paper.title for f in found.found][:2] == [str(ORIGINAL["title"]), title][:k]
    titles = [f.passage.paper.title for f in read(found, FakeReader(), k).found]
    place = titles.index(str(ORIGINAL["title"]))
    assert titles[place + 1 : place + 2] == ([title] if k > 1 else [])
