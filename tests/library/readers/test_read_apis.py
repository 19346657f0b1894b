"""What programs and services write as JSON."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest

from rag.types import Paper, Skipped

Read = Callable[..., tuple[list[Paper], list[Skipped]]]

OPENALEX = {
    "id": "https://openalex.org/W1", "doi": "https://doi.org/10.1234/x", "title": "A title", "publication_year": 2004,
    "ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/12"}, "authorships": [{"author": {"display_name": "Jane Doe"}}],
    "primary_location": {"landing_page_url": "http://a.b/c", "source": {"display_name": "Nature"}},
    "abstract_inverted_index": {"works": [1], "It": [0], "well.": [3], "very": [2]},
}  # fmt: skip
CROSSREF = {
    "DOI": "10.1234/x", "title": ["A title"], "container-title": ["Nature"],
    "author": [{"given": "Jane", "family": "Doe"}],
    "issued": {"date-parts": [[2004, 5]]}, "URL": "http://a.b/c",
    "abstract": "<jats:title>Abstract</jats:title><jats:p>It works very <jats:italic>well</jats:italic>.</jats:p>",
}  # fmt: skip
CSL = {
    "id": "doe", "type": "article-journal", "title": "A title", "container-title": "Nature",
    "abstract": "It works very well.",
    "author": [{"given": "Jane", "family": "Doe"}], "issued": {"date-parts": [["2004"]]}, "DOI": "10.1234/x",
    "URL": "http://a.b/c",
    "note": "PMID: 12",
}  # fmt: skip
SCHOLAR = {
    "paperId": "abc", "externalIds": {"DOI": "10.1234/x", "PubMed": "12"}, "title": "A title",
    "abstract": "It works very well.",
    "year": 2004, "authors": [{"authorId": "1", "name": "Jane Doe"}], "venue": "", "journal": {"name": "Nature"},
    "url": "http://a.b/c",
}  # fmt: skip
ZOTERO = {
    "key": "K", "data": {
        "itemType": "journalArticle", "title": "A title", "abstractNote": "It works very well.", "date": "May 2004",
        "DOI": "10.1234/x",
        "creators": [{"creatorType": "author", "firstName": "Jane", "lastName": "Doe"},
        {"creatorType": "editor", "lastName": "No"}],
        "publicationTitle": "Nature", "url": "http://a.b/c", "extra": "PMID: 12\nCitation Key: doe",
    },
}  # fmt: skip
SNAPSHOT = {
    "id": "0704.0001", "title": "A\n  title", "abstract": "  It works\nvery well.\n", "authors": "Jane Doe",
    "journal-ref": "Nature",
    "authors_parsed": [["Doe", "Jane", ""]], "versions": [{"version": "v1", "created": "Mon, 2 Apr 2004 19:18:42 GMT"}],
    "doi": "10.1234/x",
}  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        {"results": [OPENALEX]},
        {"status": "ok", "message": CROSSREF},
        {"message": {"items": [CROSSREF]}},
        [CSL],
        CSL,
        {"data": [SCHOLAR]},
        {"data": [{"contexts": [], "citingPaper": SCHOLAR}]},
        [ZOTERO],
        [ZOTERO["data"]],
        SNAPSHOT,
    ],
)
def test_a_record_is_read_whoever_wrote_it(document: object, read: Read) -> None:
    papers, skipped = read(json.dumps(document))
    assert not skipped
    (paper,) = papers
    assert (paper.title, paper.abstract, paper.authors) == ("A title", "It works very well.", ("Jane Doe",))
    assert (paper.venue, paper.year, paper.doi) == ("Nature", 2004, "10.1234/x")


def test_what_biorxiv_and_europe_pmc_answer_is_read(read: Read) -> None:
    preprint = {
        "doi": "10.1101/1",
        "title": "T",
        "authors": "Doe, J.; Roe, R.",
        "date": "2020-01-02",
        "jatsxml": "x",
        "abstract": "It is.",
    }
    found = {
        "pmid": "12",
        "title": "T",
        "authorString": "Doe J, Roe R.",
        "pubYear": "2004",
        "abstractText": "<h4>Aim</h4>It is.",
    }
    (paper,) = read(json.dumps({"collection": [preprint]}))[0]
    assert (paper.authors, paper.year, paper.venue) == (("Doe, J.", "Roe, R."), 2020, "bioRxiv")
    (paper,) = read(json.dumps({"resultList": {"result": [found]}}))[0]
    assert (paper.abstract, paper.pmid, len(paper.authors)) == ("Aim: It is.", "12", 2)


def test_gzip_is_unpacked_whatever_is_in_it(read: Read) -> None:
    for text, name in (
        (json.dumps(CSL), "a.json.gz"),
        ("@article{k, title={A title}, abstract={It works very well.}}", "a.bib.gz"),
    ):
        papers, skipped = read(gzip.compress(text.encode()), name)
        assert [paper.title for paper in papers] == ["A title"]
        assert not skipped
    papers, skipped = read(gzip.compress(b" " * (70 << 20)))
    assert not papers
    assert "unpacks to more than 64 MiB" in skipped[0].why
    assert "broken" in read(gzip.compress(json.dumps(CSL).encode())[:-10])[1][0].why
