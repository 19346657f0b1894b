"""PubMed XML, JATS, Atom, EndNote's XML, Zotero's RDF."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.types import Paper, Skipped

Read = Callable[..., tuple[list[Paper], list[Skipped]]]

PUBMED = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">1234</PMID><Article>
<Journal><JournalIssue><PubDate><MedlineDate>2017 May-Jun</MedlineDate></PubDate></JournalIssue><Title>Journal of pets</Title></Journal>
<ArticleTitle>The <i>APOE</i> locus &amp; H<sub>2</sub>O.</ArticleTitle>
<ELocationID EIdType="doi">10.1234/x</ELocationID>
<Abstract><AbstractText Label="BACKGROUND">Größe at 10<sup>-5</sup>
    m.</AbstractText><AbstractText Label="RESULTS">It works.</AbstractText>
<CopyrightInformation>Copyright X.</CopyrightInformation></Abstract>
<AuthorList><Author><LastName>Lovelace</LastName><ForeName>Ada</ForeName></Author>
<Author><CollectiveName>The Group</CollectiveName></Author></AuthorList>
</Article></MedlineCitation><PubmedData><ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9/other</ArticleId>
</ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle></PubmedArticleSet>"""


def test_pubmed_xml_is_read_with_its_labels_and_without_its_references(read: Read) -> None:
    papers, skipped = read(PUBMED)
    assert not skipped
    (paper,) = papers
    assert paper.title == "The APOE locus & H2O."
    assert paper.abstract == "BACKGROUND: Größe at 10⁻⁵ m.\n\nRESULTS: It works."
    assert paper.authors == ("Ada Lovelace", "The Group")
    assert (paper.venue, paper.year, paper.doi, paper.pmid) == ("Journal of pets", 2017, "10.1234/x", "1234")


JATS = """<article xmlns:xlink="x"><front><journal-meta><journal-title-group><journal-title>Pets</journal-title></journal-title-group>
</journal-meta><article-meta><article-id pub-id-type="doi">10.1234/x</article-id><article-id pub-id-type="pmid">12</article-id>
<title-group><article-title>Cats<xref>*</xref></article-title><subtitle>and dogs</subtitle></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Lovelace</surname><given-names>Ada</given-names></name><aff>X</aff></contrib>
<contrib contrib-type="editor"><name><surname>No</surname></name></contrib></contrib-group>
<pub-date pub-type="epub"><year>2017</year></pub-date>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<abstract><title>Abstract</title><sec><title>Aims</title><p>We do <italic>it</italic>.</p></sec>
<sec><title>Results:</title><p>It <bold>works</bold> at <inline-formula><mml:math xmlns:mml="m"><mml:msup><mml:mi>x</mml:mi>
<mml:mn>2</mml:mn></mml:msup></mml:math></inline-formula>.</p></sec></abstract></article-meta></front>
<body><p>Not this.</p></body></article>"""


def test_jats_is_read_from_its_front_matter(read: Read) -> None:
    papers, skipped = read(JATS)
    assert not skipped
    (paper,) = papers
    assert paper.title == "Cats: and dogs"
    assert paper.abstract == "Aims: We do it.\n\nResults: It works at x²."
    assert paper.authors == ("Ada Lovelace",)
    assert (paper.venue, paper.year, paper.doi, paper.pmid) == ("Pets", 2017, "10.1234/x", "12")


ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"><title>arXiv Query</title>
<entry><id>http://arxiv.org/abs/1701.00001v2</id><title>A title
  in two lines</title><summary>  It works
  for CO$_2$.
</summary><published>2017-01-01T00:00:00Z</published><author><name>Ada Lovelace</name></author>
<link href="https://arxiv.org/abs/1701.00001v2" rel="alternate"/><link href="https://arxiv.org/pdf/1701.00001v2" rel="related"/>
<arxiv:doi>10.1234/x</arxiv:doi></entry>
<entry><id>https://arxiv.org/api/errors#bad</id><title>Error</title><summary>incorrect id format</summary></entry></feed>"""


def test_a_reply_of_arxiv_is_read_and_its_error_told(read: Read) -> None:
    papers, skipped = read(ATOM)
    (paper,) = papers
    assert (paper.title, paper.abstract) == ("A title in two lines", "It works for CO2.")
    assert (paper.arxiv_id, paper.doi, paper.year, paper.venue) == ("1701.00001v2", "10.1234/x", 2017, "arXiv")
    assert paper.url == "https://arxiv.org/abs/1701.00001v2"
    (only,) = skipped
    assert "incorrect id format" in only.why


ENDNOTE = """<xml><records><record><rec-number>7</rec-number><contributors><authors><author><style face="normal">Doe, Jane</style></author>
</authors></contributors><titles><title><style face="normal">A </style><style face="italic">title</style></title></titles>
<periodical><full-title><style>Nature</style></full-title></periodical><dates><year><style>2004</style></year></dates>
<electronic-resource-num><style>10.1234/x</style></electronic-resource-num><abstract><style>It works.</style></abstract>
<urls><related-urls><url><style>http://a.b/c</style></url></related-urls></urls></record></records></xml>"""


def test_endnote_xml_is_read(read: Read) -> None:
    (paper,) = read(ENDNOTE)[0]
    assert (paper.title, paper.abstract, paper.authors) == ("A title", "It works.", ("Doe, Jane",))
    assert (paper.venue, paper.year, paper.doi, paper.url) == ("Nature", 2004, "10.1234/x", "http://a.b/c")


ZOTERO = """<rdf:RDF xmlns:rdf="r" xmlns:bib="b" xmlns:dc="d" xmlns:dcterms="t" xmlns:foaf="f" xmlns:z="z">
<bib:Article rdf:about="#item_1"><z:itemType>journalArticle</z:itemType><dcterms:isPartOf rdf:resource="urn:issn:1"/>
<bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Doe</foaf:surname><foaf:givenName>Jane</foaf:givenName></foaf:Person></rdf:li>
</rdf:Seq></bib:authors><dc:title>A title</dc:title><dcterms:abstract>It works.</dcterms:abstract><dc:date>May 2004</dc:date>
<dc:identifier>DOI 10.1234/x</dc:identifier><dc:identifier><dcterms:URI><rdf:value>http://a.b/c</rdf:value></dcterms:URI></dc:identifier>
</bib:Article><bib:Journal rdf:about="urn:issn:1"><dc:title>Nature</dc:title></bib:Journal>
<z:Attachment rdf:about="#2"><dc:title>PDF</dc:title></z:Attachment></rdf:RDF>"""


def test_zotero_rdf_is_read_with_the_journals_beside_its_items(read: Read) -> None:
    papers, skipped = read(ZOTERO)
    assert not skipped
    (paper,) = papers
    assert (paper.title, paper.abstract, paper.authors) == ("A title", "It works.", ("Jane Doe",))
    assert (paper.venue, paper.year, paper.doi, paper.url) == ("Nature", 2004, "10.1234/x", "http://a.b/c")


def test_what_came_before_a_break_is_kept(read: Read) -> None:
    papers, skipped = read(ATOM[: ATOM.index("<entry><id>https://arxiv.org/api")] + "<entry><title>cut")
    assert len(papers) == 1
    assert "malformed XML" in skipped[0].why
    assert "the rest was not read" in skipped[0].why


def test_names_of_html_for_characters_are_understood(read: Read) -> None:
    (paper,) = read(
        "<feed><entry><title>T&eacute;</title><summary>It&nbsp;works &alpha; &lt; 5.</summary></entry></feed>"
    )[0]
    assert (paper.title, paper.abstract) == ("Té", "It works α < 5.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '<!DOCTYPE feed [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feed><entry><title>&b;</title></entry></feed>',
            "entities of its own",
        ),
        (
            '<!DOCTYPE feed [<!ENTITY a SYSTEM "file:///etc/passwd">]><feed><entry><title>&a;</title></entry></feed>',
            "entities of its own",
        ),
        ("<feed><entry>" + "<a>" * 5_000, "nested too deeply"),
        ("<feed><entry><title>" + "x" * (9 << 20), "a record of more than 8 MiB"),
        ("<sources><b/></sources>", "its root is sources"),
    ],
)
def test_what_would_harm_is_refused_in_one_line(text: str, told: str, read: Read) -> None:
    papers, skipped = read(text)
    assert not papers
    (only,) = skipped
    assert told in only.why


def test_any_number_of_records_is_read(read: Read) -> None:
    entry = "<entry><title>Paper</title><summary>It works. " + "word " * 200 + "</summary></entry>\n"
    papers, skipped = read("<feed>" + entry * 3_000 + "</feed>")
    assert len(papers) == 3_000
    assert not skipped
