"""Indexing: what a second run does, what an update changes, what is told on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeEmbedder, records, write_records

from rag.errors import EmbedderMismatch, InputError
from rag.library import vectors
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.types import IndexReport

Index = Callable[..., IndexReport]


def _in_chroma(library: Library) -> set[str]:
    index = vectors.VectorIndex(library.folder / vectors.FOLDER, library.catalog.setting("library") or "")
    found = {i for i, _ in index.search(FakeEmbedder().embed_query("otters").whole, 1000)}
    assert len(found) == index.count()
    index.close()
    return found


def test_a_second_run_embeds_nothing_and_leaves_the_index_alone(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    assert str(index(records(7))) == "7 added, 0 updated, 0 unchanged, 0 skipped"
    assert len(fake.embedded) == 7
    generation, sealed = library.catalog.generation, library.catalog.setting("index_seal")
    assert str(index(records(7))) == "0 added, 0 updated, 7 unchanged, 0 skipped"
    assert len(fake.embedded) == 7
    assert (library.catalog.generation, library.catalog.setting("index_seal")) == (generation, sealed)


def test_however_much_is_left_out_the_first_hundred_are_told_and_all_are_counted(index: Index) -> None:
    without = [{"title": f"Paper {n}", "abstract": ""} for n in range(150)]
    report = index([*records(2), *without, *records(1), {"abstract": "It has no title."}])
    assert len(report.skipped) == 100
    assert report.left_out == {"without an abstract": 150, "there twice": 1, "not readable": 1}
    assert report.skipped_in_all == 152


def test_new_papers_are_embedded_and_the_old_are_not(index: Index, fake: FakeEmbedder) -> None:
    index(records(5))
    fake.embedded.clear()
    index(records(7))
    assert [text.partition(".")[0] for text in fake.embedded] == [r["title"] for r in records(7)[5:]]


def test_a_changed_abstract_leaves_nothing_of_the_old_one(library: Library, index: Index) -> None:
    index(records(6))
    before = _in_chroma(library)
    changed = [records(6)[0] | {"abstract": "A wholly other text. It has two sentences."}, *records(6)[1:]]
    assert str(index(changed)) == "0 added, 1 updated, 5 unchanged, 0 skipped"
    after = _in_chroma(library)
    assert after == set(library.catalog.all_vectors()[0])
    assert len(before - after) == len(after - before) == 1


def test_a_text_that_comes_back_is_found_again(library: Library, index: Index) -> None:
    for abstract in ("First wording of it.", "Second wording of it.", "First wording of it."):
        index([records(1)[0] | {"abstract": abstract}, *records(4)[1:]])
    assert _in_chroma(library) == set(library.catalog.all_vectors()[0])
    assert library.catalog.dropped() == []


def test_new_details_of_a_paper_are_kept_without_embedding_it_again(
    library: Library, index: Index, fake: FakeEmbedder
) -> None:
    index(records(2))
    fake.embedded.clear()
    assert index([r | {"venue": "Journal of Otters"} for r in records(2)]).updated == 2
    assert fake.embedded == []
    assert [p.venue for p in library.catalog.papers()] == ["Journal of Otters"] * 2


def test_what_cannot_be_read_is_named_and_the_rest_is_indexed(
    tmp_path: Path, library: Library, fake: FakeEmbedder
) -> None:
    good = write_records(tmp_path / "good.jsonl", records(2))
    report = index_papers(library, fake, [tmp_path / "missing.jsonl", good])
    assert (report.added, report.barren) == (2, [str(tmp_path / "missing.jsonl")])
    with pytest.raises(InputError, match=r"missing\.jsonl"):
        index_papers(library, fake, [tmp_path / "missing.jsonl"])


def test_each_phase_tells_how_far_it_is(tmp_path: Path, library: Library, fake: FakeEmbedder) -> None:
    told: list[tuple[str, int, int | None]] = []
    file = write_records(tmp_path / "papers.jsonl", records(3))
    index_papers(library, fake, [file], lambda *step: told.append(step))
    assert told == [("reading", 3, None), ("embedding", 3, 3), ("indexing", 3, 3)]


def test_a_run_that_is_broken_off_lets_go_of_the_lock(
    tmp_path: Path, library: Library, index: Index, fake: FakeEmbedder
) -> None:
    def interrupt(phase: str, done: int, total: int | None) -> None:
        if phase == "embedding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_papers(library, fake, [write_records(tmp_path / "broken.jsonl", records(3))], interrupt)
    assert index(records(4)).added == 1
    assert len(_in_chroma(library)) == 4


def test_another_embedder_is_refused_before_anything_is_read(tmp_path: Path, library: Library, index: Index) -> None:
    index(records(1))
    other = FakeEmbedder(fingerprint="another/1")
    with pytest.raises(EmbedderMismatch, match="citewise check --reembed"):
        index_papers(library, other, [write_records(tmp_path / "more.jsonl", records(2))])
    assert (library.catalog.count(), other.embedded) == (1, [])
