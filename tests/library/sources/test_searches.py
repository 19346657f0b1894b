"""Searches of live sources, each played by a server on this machine: what is asked, and which papers come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from fakes import FakeEmbedder
from live_source import (
    LiveSource,
    Played,
    Question,
    animals,
    arxiv_answers,
    as_json,
    crossref_work,
    openalex_work,
    pubmed_answers,
    s2_paper,
)

from rag.errors import InputError
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.library.sources.web import HOSTS
from rag.types import IndexReport, Paper

Fetch = Callable[..., IndexReport]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSource]:
    with LiveSource(lambda asked: None) as made:
        monkeypatch.setenv("CITEWISE_SOURCE_URLS", ",".join(f"{host}={made.url}/{host}" for host in HOSTS))
        yield made


@pytest.fixture
def fetch(library: Library, fake: FakeEmbedder) -> Fetch:
    def run(*paths: str, limit: int | None = None) -> IndexReport:
        return index_papers(library, fake, paths, limit=limit)

    return run


def at(host: str, answer: Callable[[Question], Played | None]) -> Callable[[Question], Played | None]:
    """The answers of one host; all others have nothing."""

    def answered(asked: Question) -> Played | None:
        if not asked.path.startswith(f"/{host}/"):
            return None
        return answer(Question(asked.path.removeprefix(f"/{host}"), asked.query, asked.headers))

    return answered


def kept(library: Library) -> list[Paper]:
    return list(library.catalog.papers())


# --- arXiv ------------------------------------------------------------------------------------------------------------


def test_arxiv_is_searched_in_its_own_language(source: LiveSource, fetch: Fetch, library: Library) -> None:
    source.answer = at("arxiv", arxiv_answers(animals(7)))
    report = fetch('arxiv:cat:q-bio AND abs:"herons"')
    assert report.added == 7
    assert source.asked[0].query["search_query"] == 'cat:q-bio AND abs:"herons"'
    assert {p.arxiv_id for p in kept(library)} == {p["arxiv"] + "v2" for p in animals(7)}
    assert {p.source for p in kept(library)} == {'arxiv:cat:q-bio AND abs:"herons"'}


def test_arxiv_ids_are_asked_for_as_ids(source: LiveSource, fetch: Fetch, library: Library) -> None:
    source.answer = at("arxiv", arxiv_answers(animals(7)))
    assert fetch("arxiv:2501.00002, 2501.00005").added == 2
    assert source.asked[0].query["id_list"] == "2501.00002,2501.00005"


def test_an_empty_page_of_arxiv_is_asked_for_again(source: LiveSource, fetch: Fetch) -> None:
    source.answer = at("arxiv", arxiv_answers(animals(3)))
    source.refusals = [Played("<feed><totalResults>3</totalResults></feed>")] * 2
    assert fetch("arxiv:herons").added == 3
    source.refusals = [Played("<feed><totalResults>3</totalResults></feed>")] * 9
    with pytest.raises(InputError, match="empty page after 0 of 3"):
        fetch("arxiv:herons")


def test_a_web_page_in_the_place_of_a_reply_is_no_empty_result(source: LiveSource, fetch: Fetch) -> None:
    source.answer = lambda asked: Played("<html>Please accept our terms</html>")
    for path in ("arxiv:herons", "openalex:herons", "pubmed:herons", "s2:herons", "crossref:herons"):
        with pytest.raises(InputError, match="sent"):
            fetch(path)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_limit_is_kept_and_told(source: LiveSource, fetch: Fetch, library: Library) -> None:
    source.answer = at("arxiv", arxiv_answers(animals(30)))
    report = fetch("arxiv:herons", limit=12)
    assert (report.added, library.catalog.count()) == (12, 12)
    assert report.notes == ["arxiv:herons: 30 found, the first 12 read; --limit takes more"]
    assert fetch("arxiv:herons").notes == []


def test_two_hundred_are_taken_where_nobody_says(source: LiveSource, fetch: Fetch) -> None:
    asked_for: list[int] = []

    def answer(asked: Question) -> Played:
        asked_for.append(int(asked.query["rows"]))
        return as_json({"message": {"items": [], "next-cursor": "x"}})

    source.answer = at("crossref", answer)
    with pytest.raises(InputError, match="Crossref has nothing that fits"):
        fetch("crossref:herons")
    assert asked_for == [100]


# --- OpenAlex, Crossref, Semantic Scholar, PubMed ---------------------------------------------------------------------


def by_cursor(
    papers: list[Any], parameter: str, reply: Callable[[list[Any], int, str], object]
) -> Callable[[Question], Played]:
    """Answers with a cursor that only says where it is."""

    def answer(asked: Question) -> Played:
        start, size = int(asked.query["cursor"].removeprefix("*") or 0), int(asked.query[parameter])
        return as_json(reply(papers[start : start + size], len(papers), str(start + size)))

    return answer


def openalex_answers(works: list[Any]) -> Callable[[Question], Played | None]:
    def reply(some: list[Any], total: int, cursor: str) -> object:
        return {"meta": {"count": total, "next_cursor": cursor}, "results": some}

    return at("openalex", by_cursor(works, "per_page", reply))


def crossref_answers(works: list[Any]) -> Callable[[Question], Played | None]:
    def reply(some: list[Any], total: int, cursor: str) -> object:
        return {"status": "ok", "message": {"total-results": total, "items": some, "next-cursor": cursor}}

    return at("crossref", by_cursor(works, "rows", reply))


def test_openalex_is_searched_by_cursor(source: LiveSource, fetch: Fetch, library: Library) -> None:
    works = [openalex_work(paper) for paper in animals(120)]
    source.answer = openalex_answers(works)
    assert fetch("openalex:why herons nest").added == 120
    assert source.asked[0].query["search"] == "why herons nest"
    assert source.asked[0].query["filter"] == "has_abstract:true"
    assert [asked.query["cursor"] for asked in source.asked] == ["*", "100", "200"]
    assert kept(library)[0].abstract == animals(1)[0]["abstract"]
    fetch("openalex:publication_year:2025,title.search:herons")
    assert source.asked[-1].query["filter"] == "has_abstract:true,publication_year:2025,title.search:herons"


def test_crossref_is_searched_by_cursor(source: LiveSource, fetch: Fetch, library: Library) -> None:
    works = [crossref_work(paper) for paper in animals(120)]
    source.answer = crossref_answers(works)
    assert fetch("crossref:why herons nest").added == 120
    assert source.asked[0].query["filter"] == "has-abstract:true"
    assert len(source.asked) == 2
    assert kept(library)[0].doi == "10.5555/animal.1"


def test_semantic_scholar_ranks_up_to_a_thousand_and_gives_more_in_bulk(
    source: LiveSource, fetch: Fetch, library: Library
) -> None:
    papers = [s2_paper(paper) for paper in animals(110)]

    def answer(asked: Question) -> Played:
        if asked.path == "/paper/search/bulk":
            start = int(asked.query.get("token", "at0").removeprefix("at"))
            token = f"at{start + 60}" if start + 60 < len(papers) else None
            return as_json({"total": len(papers), "data": papers[start : start + 60], "token": token})
        start, size = int(asked.query["offset"]), int(asked.query["limit"])
        more = {"next": start + size} if start + size < len(papers) else {}
        return as_json({"total": len(papers), "offset": start, "data": papers[start : start + size], **more})

    source.answer = at("s2", answer)
    assert fetch("s2:herons").added == 110
    assert {asked.path for asked in source.asked} == {"/s2/paper/search"}
    source.asked.clear()
    assert fetch("s2:herons", limit=5000).unchanged == 110
    assert {asked.path for asked in source.asked} == {"/s2/paper/search/bulk"}


def test_a_search_of_semantic_scholar_without_results_is_told(source: LiveSource, fetch: Fetch) -> None:
    source.answer = at("s2", lambda asked: as_json({"total": 0, "offset": 0}))
    with pytest.raises(InputError, match="Semantic Scholar has nothing that fits"):
        fetch("s2:hreons")


def test_pubmed_is_searched_and_its_records_fetched(source: LiveSource, fetch: Fetch, library: Library) -> None:
    source.answer = at("pubmed", pubmed_answers(animals(120)))
    assert fetch("pubmed:herons[ti] OR otters[ti]").added == 120
    assert source.asked[0].query["term"] == "(herons[ti] OR otters[ti]) AND hasabstract"
    assert [asked.path for asked in source.asked] == [
        "/pubmed/esearch.fcgi",
        "/pubmed/efetch.fcgi",
        "/pubmed/efetch.fcgi",
    ]
    assert kept(library)[0].pmid == "9000001"


def test_pmids_are_fetched_without_a_search(source: LiveSource, fetch: Fetch, library: Library) -> None:
    source.answer = at("pubmed", pubmed_answers(animals(5)))
    assert fetch("pubmed:9000001 9000004").added == 2
    assert [asked.path for asked in source.asked] == ["/pubmed/efetch.fcgi"]


def test_what_pubmed_says_of_a_search_is_told(source: LiveSource, fetch: Fetch) -> None:
    source.answer = at("pubmed", lambda asked: as_json({"esearchresult": {"ERROR": "Unbalanced brackets"}}))
    with pytest.raises(InputError, match=r"PubMed does not take this search \(Unbalanced brackets\)"):
        fetch("pubmed:(herons")


# --- a DOI ------------------------------------------------------------------------------------------------------------


def of_hosts(answers: Mapping[str, object]) -> Callable[[Question], Played | None]:
    """A document for each host that has the DOI, or a reply."""

    def answer(asked: Question) -> Played | None:
        found = answers.get(asked.path.split("/")[1])
        return found if isinstance(found, Played) else None if found is None else as_json(found)

    return answer


def test_a_doi_is_looked_up_at_crossref(source: LiveSource, fetch: Fetch, library: Library) -> None:
    (paper,) = animals(1)
    source.answer = of_hosts({"crossref": {"message": crossref_work(paper)}})
    assert fetch("doi:10.5555/ANIMAL.1").added == 1
    assert [asked.path for asked in source.asked] == ["/crossref/works/10.5555/ANIMAL.1"]
    assert (kept(library)[0].abstract, kept(library)[0].venue) == (paper["abstract"], "Fauna")


def test_a_doi_of_datacite_is_found_there(source: LiveSource, fetch: Fetch, library: Library) -> None:
    (paper,) = animals(1)
    record = {"type": "article", "title": paper["title"], "abstract": paper["abstract"], "DOI": paper["doi"]}
    source.answer = of_hosts({"datacite": record | {"author": [{"given": "Ada", "family": "Lovelace"}]}})
    assert fetch("doi:10.5555/animal.1").added == 1
    assert source.asked[-1].headers["accept"] == "application/vnd.citationstyles.csl+json"
    assert kept(library)[0].authors == ("Ada Lovelace",)


def test_an_abstract_that_the_registry_lacks_is_looked_up(source: LiveSource, fetch: Fetch, library: Library) -> None:
    (paper,) = animals(1)
    source.answer = of_hosts(
        {"crossref": {"message": crossref_work(paper, abstract=False)}, "s2": s2_paper(paper) | {"venue": "elsewhere"}}
    )
    assert fetch("doi:10.5555/animal.1").added == 1
    assert [asked.path.split("/")[1] for asked in source.asked] == ["crossref", "openalex", "s2"]
    assert (kept(library)[0].abstract, kept(library)[0].venue) == (paper["abstract"], "Fauna")


def test_a_doi_that_nobody_knows_or_without_an_abstract_is_told(source: LiveSource, fetch: Fetch) -> None:
    (paper,) = animals(1)
    with pytest.raises(InputError, match="no registry has this DOI"):
        fetch("doi:10.5555/animal.1")
    with pytest.raises(InputError, match="this is no DOI"):
        fetch("doi:animal")
    source.answer = of_hosts({"crossref": {"message": crossref_work(paper, abstract=False)}})
    with pytest.raises(InputError, match="abstract") as told:
        fetch("doi:10.5555/animal.1")
    assert "no registry" not in str(told.value)
    source.answer = of_hosts({"crossref": {"message": crossref_work(paper, abstract=False)}, "s2": Played("no", 403)})
    with pytest.raises(InputError, match="its record has no abstract, and Semantic Scholar lets nobody in"):
        fetch("doi:10.5555/animal.1")


# --- breaking off and going on ----------------------------------------------------------------------------------------


def failing_after(pages: int, answer: Callable[[Question], Played | None]) -> Callable[[Question], Played | None]:
    left = [pages]

    def answered(asked: Question) -> Played | None:
        left[0] -= 1
        return answer(asked) if left[0] >= 0 else Played("gone", 410)

    return answered


def test_what_came_before_a_source_broke_off_is_kept_and_the_next_run_goes_on(
    source: LiveSource, fetch: Fetch, library: Library
) -> None:
    papers = [{**animal, "doi": f"10.5555/animal.{i}.{n}"} for i in range(3) for n, animal in enumerate(animals(120))]
    works = [crossref_work({**paper, "title": f"{paper['title']} ({n})"}) for n, paper in enumerate(papers)]
    whole = crossref_answers(works)
    source.answer = failing_after(2, whole)
    report = fetch("crossref:herons", limit=360)
    assert report.added == library.catalog.count() == 200
    assert report.barren == ["crossref:herons"]  # so that the command fails
    assert "What came before, 200, is kept: run it again to go on." in report.skipped[0].why
    source.asked.clear()
    source.answer = whole
    report = fetch("crossref:herons", limit=360)
    assert [asked.query["cursor"] for asked in source.asked] == ["200", "300"]
    assert (report.added, library.catalog.count()) == (160, 360)
    assert report.notes == ["crossref:herons: went on after the 200 that came before it broke off"]
    source.asked.clear()
    fetch("crossref:herons", limit=360)
    assert source.asked[0].query["cursor"] == "*"  # that one came to its end


def test_a_place_that_the_source_forgot_is_no_reason_to_fail(
    source: LiveSource, fetch: Fetch, library: Library
) -> None:
    works = [crossref_work(paper) for paper in animals(120)]
    whole = crossref_answers(works)
    source.answer = failing_after(1, whole)
    fetch("crossref:herons")
    assert library.catalog.count() == 100
    source.answer = whole
    source.asked.clear()
    source.refusals = [Played("this cursor has expired", 400)]
    report = fetch("crossref:herons")
    assert [asked.query["cursor"] for asked in source.asked] == ["100", "*", "100"]
    assert (report.added, report.unchanged, report.skipped, report.notes) == (20, 100, [], [])


def test_one_source_that_fails_costs_itself_only(source: LiveSource, fetch: Fetch, library: Library) -> None:
    source.answer = at("arxiv", arxiv_answers(animals(3)))
    report = fetch("crossref:herons", "arxiv:herons", "scopus:herons")
    assert report.added == 3
    assert report.barren == ["crossref:herons", "scopus:herons"]
    assert [skipped.where for skipped in report.skipped] == ["crossref:herons", "scopus:herons"]
