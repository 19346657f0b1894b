"""Files that other programs made, many odd or broken on purpose; skipped where they are not at hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rag.library.readers import read_papers
from rag.types import Paper, Skipped, WithoutAbstract

MARKUP = re.compile(r"</?(?:i|b|p|sub|sup|jats:\w+)>|&(?:lt|amp|gt);|\{\\|\\['\"`^~]")


@pytest.fixture(scope="module")
def bibliography(shared: Path) -> Path:
    return shared / "data" / "bibliography"


def counted(path: Path) -> tuple[int, int, int]:
    """Papers, records without an abstract, and what else was left out."""
    found = list(read_papers(path))
    without = sum(isinstance(item, WithoutAbstract) for item in found)
    return (
        sum(isinstance(item, Paper) for item in found),
        without,
        sum(isinstance(item, Skipped) for item in found) - without,
    )


def test_every_file_is_read_or_refused_in_one_line_with_a_remedy(bibliography: Path) -> None:
    for path in (path for path in sorted(bibliography.rglob("*")) if path.is_file()):
        for item in read_papers(path):
            if isinstance(item, Skipped):
                assert "\n" not in item.why
                assert ";" in item.why, item
            else:
                assert item.title
                assert item.title == " ".join(item.title.split())
                outside_formulas = re.sub(r"\$[^$]*\$", "", f"{item.title} {item.abstract}")
                assert not MARKUP.search(outside_formulas), item


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("asreview/tests/demo_data/_baseline.ris", (98, 2, 0)),
        ("asreview/tests/demo_data/embase.ris", (6, 0, 0)),
        ("asreview/tests/demo_data/ovid_psycinfo.ris", (6, 0, 0)),
        ("asreview/tests/demo_data/proquest.ris", (6, 0, 0)),
        ("asreview/tests/demo_data/pubmed_endnote.txt", (6, 0, 0)),
        ("asreview/tests/demo_data/scopus.ris", (6, 0, 0)),
        ("asreview/tests/demo_data/web_of_science.txt", (10, 0, 0)),
        ("asreview/tests/demo_data/embase.csv", (6, 0, 0)),
        ("biopython/Entrez/pubmed2.xml", (2, 0, 0)),
        ("biopython/Medline/pubmed_result2.txt", (4, 0, 0)),
        ("nbib/pubmed-balloongui-set.nbib", (70, 5, 0)),
        ("rispy/example_wos.ris", (2, 0, 0)),
        ("jabref/OvidImporterTest1.txt", (1, 2, 2)),
        ("jabref/CitaviXmlImporterTest3.bib", (52, 47, 0)),
        ("jabref-testbib/testbib/testjabref.bib", (36, 120, 0)),
        ("semanticscholar/Author.json", (34, 26, 0)),
    ],
)
def test_records_are_all_accounted_for(name: str, counts: tuple[int, int, int], bibliography: Path) -> None:
    assert counted(bibliography / name) == counts


def test_replies_of_arxiv_give_an_entry_a_paper(bibliography: Path, tmp_path: Path) -> None:
    for reply in (bibliography / "arxiv_api").rglob("q_testing*.json"):
        feed = json.loads(reply.read_text("utf-8"))["body"]
        (tmp_path / "reply").write_text(feed, "utf-8")
        assert counted(tmp_path / "reply") == (feed.count("<entry>"), 0, 0)


@pytest.mark.parametrize(
    ("source", "as_bibtex"),
    [
        ("EndnoteXmlImporterTestArticle.xml", "EndnoteXmlImporterTestArticle.bib"),
        ("MedlineImporterTestArticleID.xml", "MedlineImporterTestArticleID.bib"),
        ("NbibImporterTest.nbib", "NbibImporterTest.bib"),
        ("OvidImporterTest4.txt", "OvidImporterTestBib4.bib"),
        ("RisImporterTest5a.ris", "RisImporterTest5a.bib"),
        ("RisImporterTest9.ris", "RisImporterTest9.bib"),
    ],
)
def test_a_paper_is_the_same_in_its_format_and_as_another_program_gave_it_in_bibtex(
    source: str, as_bibtex: str, bibliography: Path
) -> None:
    def plain(paper: Paper | Skipped) -> tuple[str, str, int]:
        assert isinstance(paper, Paper)
        return re.sub(r"\W", "", paper.title), re.sub(r"\W", "", paper.abstract), len(paper.authors)

    (one,), (other,) = read_papers(bibliography / "jabref" / source), read_papers(bibliography / "jabref" / as_bibtex)
    assert plain(one) == plain(other)
