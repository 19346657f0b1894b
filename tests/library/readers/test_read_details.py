"""What a record has beside title and abstract is kept, in the words of each format."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.library.readers import read_papers
from rag.library.readers.details import read_date, read_language, read_zotero, split_tags
from rag.types import Details, Paper


def details_of(folder: Path, name: str, text: str) -> Details:
    path = folder / name
    path.write_text(text, "utf-8")
    (paper,) = read_papers(path)
    assert isinstance(paper, Paper), paper
    return paper.details


BIB = """@inproceedings{Lund:2020_a, title={Otters dive}, author={Lund, Ada}, booktitle={ICRA}, year=2020, month=mar, day=5,
  pages={12--19}, keywords={Otters, {Heart Failure, Diastolic}}, groups={Reading}, langid={english},
  abstract={Otters dive at night.}}"""
RIS = """TY  - JOUR
ID  - lund2020
TI  - Otters dive
PY  - 2020
DA  - 2020/03/05/
VL  - 7
SP  - 12
EP  - 19
LA  - eng
KW  - Otters
KW  - Heart Failure, Diastolic
AB  - Otters dive at night.
ER  -
"""
NBIB = """PMID- 123
TI  - Otters dive
PG  - 12-9
LA  - eng
MH  - Heart Failure, Diastolic/*drug therapy
OT  - otters
PT  - Journal Article
PT  - Review
PT  - Retracted Publication
DP  - 2020 Mar 5
AB  - Otters dive at night.
"""
ZOTERO = """[{"key": "ABCD2345", "library": {"type": "group", "id": 7}, "data": {"key": "ABCD2345", "itemType": "preprint",
 "title": "Otters dive", "creators": [], "abstractNote": "Otters dive at night.", "date": "2020-03-05",
 "tags": [{"tag": "Otters"}], "collections": ["Models/World models", "QWERTY12"], "extra": "Citation Key: lund2020"}}]"""
OPENALEX = """{"title": "Otters dive", "abstract_inverted_index": {"Otters": [0], "dive": [1], "deep.": [2]}, "language": "en",
 "publication_year": 2020, "publication_date": "2020-03-05", "type": "article", "is_retracted": true, "authorships": [],
 "biblio": {"volume": "7", "issue": "1", "first_page": "12", "last_page": "19"}, "keywords": [{"display_name": "Otters"}]}"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:bib="http://purl.org/net/biblio#">
<bib:Article rdf:about="#item_1"><z:itemType>journalArticle</z:itemType><dc:title>Otters dive</dc:title>
<dc:subject>Otters</dc:subject><dc:subject><z:AutomaticTag><rdf:value>Night</rdf:value></z:AutomaticTag></dc:subject>
<dcterms:abstract>Otters dive at night.</dcterms:abstract></bib:Article>
<z:Collection rdf:about="#collection_1"><dc:title>Models</dc:title><dcterms:hasPart rdf:resource="#collection_2"/>
</z:Collection>
<z:Collection rdf:about="#collection_2"><dc:title>Wet</dc:title><dcterms:hasPart rdf:resource="#item_1"/></z:Collection>
</rdf:RDF>"""


@pytest.mark.parametrize(
    ("name", "text", "details"),
    [
        (
            "a.bib",
            BIB,
            Details(
                "Lund:2020_a", "paper-conference", "2020-03-05", "en", pages="12-19",
                tags=("Otters", "Heart Failure, Diastolic"), collections=("Reading",),
            ),
        ),
        (
            "a.ris",
            RIS,
            Details(
                "lund2020", "article-journal", "2020-03-05", "en", "7", pages="12-19",
                tags=("Otters", "Heart Failure, Diastolic"),
            ),
        ),
        (
            "a.nbib",
            NBIB,
            Details(
                "", "article-journal", "2020-03-05", "en", pages="12-9",
                tags=("Heart Failure, Diastolic", "otters", "Review"), status="retracted",
            ),
        ),
        (
            "a.json",
            ZOTERO,
            Details(
                "lund2020", "article", "2020-03-05", tags=("Otters",), collections=("Models/World models",),
                zotero="zotero://select/groups/7/items/ABCD2345",
            ),
        ),
        (
            "b.json",
            OPENALEX,
            Details("", "article-journal", "2020-03-05", "en", "7", "1", "12-19", ("Otters",), status="retracted"),
        ),
        ("a.rdf", RDF, Details("", "article-journal", tags=("Otters", "Night"), collections=("Models/Wet",))),
        (
            "a.csv",
            "Title,Abstract,Year,Index Keywords,Document Type\nOtters dive,Otters dive at night.,2020,A; B,Retracted\n",
            Details(tags=("A", "B"), status="retracted"),
        ),
    ],
)  # fmt: skip
def test_each_format_gives_what_it_has(tmp_path: Path, name: str, text: str, details: Details) -> None:
    assert details_of(tmp_path, name, text) == details


CROSSREF = """{"title": ["Otters dive"], "abstract": "Otters dive at night.", "DOI": "10.1/x", "type": "journal-article",
 "%s": [{"type": "retraction", "DOI": "10.1/y"}]}"""


@pytest.mark.parametrize(("field", "status"), [("updated-by", "retracted"), ("update-to", "retraction notice")])
def test_crossref_tells_a_notice_from_what_it_retracts(tmp_path: Path, field: str, status: str) -> None:
    assert details_of(tmp_path, "a.json", CROSSREF % field).status == status


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ("2021-03-05", "2021-03-05"), ("2021/3", "2021-03"), ("2021 Mar 5", "2021-03-05"), ("2021 Mar-Apr", "2021-03"),
        ("5 March 2021", "2021-03-05"), ("Mar 5, 2021", "2021-03-05"), ("Mon, 2 Apr 2007 19:18:42 GMT", "2007-04-02"),
        ({"date-parts": [[2021, 3]]}, "2021-03"), ("2021", ""), ("2021-13-05", ""), ("2021-02-30", ""), (None, ""),
    ],
)  # fmt: skip
def test_a_date_is_read_in_any_notation(told: object, date: str) -> None:
    assert read_date(told) == date


def test_languages_and_tags_and_items_of_zotero() -> None:
    assert [read_language(told) for told in ("eng", "English", "en-US", "gsw", "und", "x")] == ["en"] * 3 + [
        "gsw",
        "",
        "",
    ]
    assert split_tags("a, b") == ["a", " b"]
    assert split_tags("a, b; c") == ["a, b", " c"]
    assert read_zotero("http://zotero.org/groups/7/items/ABCD2345") == "zotero://select/groups/7/items/ABCD2345"
    assert read_zotero("zotero://select/library/items/ABCD2345") == "zotero://select/library/items/ABCD2345"
    assert read_zotero("javascript:alert(1)") == ""
