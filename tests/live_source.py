"""A live source on 127.0.0.1: it plays replies in the shapes that arXiv, OpenAlex and others send, with records of our own
making, and notes what it was asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fakes import records
from local_http import LocalHttp


@dataclass(frozen=True)
class Played:
    """A reply."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(document: object, **headers: str) -> Played:
    return Played(json.dumps(document), headers={name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(frozen=True)
class Question:
    """What came: the path without its query, the query, the headers by names in small letters."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


class LiveSource(LocalHttp):
    """``answer`` makes the reply to each question; ``refusals`` go before it, one a question. ``asked``: what came."""

    def __init__(self, answer: Callable[[Question], Played | None]) -> None:
        self.answer = answer
        self.refusals: list[Played] = []
        self.asked: list[Question] = []
        super().__init__(self._handler())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
                question = Question(unquote(parts.path), query, {k.lower(): v for k, v in self.headers.items()})
                source.asked.append(question)
                played = source.refusals.pop(0) if source.refusals else source.answer(question)
                played = played or Played("Resource not found.", 404)
                body = played.body.encode() if isinstance(played.body, str) else played.body
                self.send_response(played.status)
                for name, value in {"Content-Length": str(len(body)), **played.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


# --- records ----------------------------------------------------------------------------------------------------------


def animals(n: int) -> list[dict[str, Any]]:
    """Papers with a DOI, a PMID and an arXiv id each."""
    return [
        {**record, "doi": f"10.5555/animal.{i}", "pmid": str(9_000_000 + i), "arxiv": f"2501.{i:05d}"}
        for i, record in enumerate(records(n), 1)
    ]


def arxiv_answers(papers: Sequence[Mapping[str, Any]]) -> Callable[[Question], Played]:
    """What arXiv answers if it has these papers, whatever is searched for."""

    def answer(asked: Question) -> Played:
        ids = [i for i in asked.query.get("id_list", "").split(",") if i]
        found = [paper for paper in papers if not ids or paper["arxiv"] in ids]
        start, size = int(asked.query["start"]), int(asked.query["max_results"])
        entries = "".join(map(_entry, found[start : start + size]))
        return Played(
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
            'xmlns="http://www.w3.org/2005/Atom">'
            f"<id>https://arxiv.org/api/x</id><opensearch:totalResults>{len(found)}</opensearch:totalResults>"
            f"<opensearch:startIndex>{start}</opensearch:startIndex>{entries}</feed>"
        )

    return answer


def _entry(paper: Mapping[str, Any]) -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{paper['arxiv']}v2</id><title>{paper['title']}</title>"
        f"<published>2025-01-27T08:18:33Z</published><summary>{paper['abstract']}</summary>"
        "<author><name>Ada Lovelace</name></author></entry>"
    )


def pubmed_answers(papers: Sequence[Mapping[str, Any]]) -> Callable[[Question], Played | None]:
    def answer(asked: Question) -> Played | None:
        if asked.path == "/esearch.fcgi":
            ids = [paper["pmid"] for paper in papers][: int(asked.query["retmax"])]
            return as_json({"esearchresult": {"count": str(len(papers)), "idlist": ids}})
        wanted = asked.query["id"].split(",")
        articles = "".join(_article(paper) for paper in papers if paper["pmid"] in wanted)
        return Played(f'<?xml version="1.0" ?>\n<PubmedArticleSet>{articles}</PubmedArticleSet>')

    return answer


def _article(paper: Mapping[str, Any]) -> str:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{paper["pmid"]}</PMID><Article>'
        "<Journal><JournalIssue><PubDate><Year>2025</Year></PubDate></JournalIssue><Title>Fauna</Title></Journal>"
        f"<ArticleTitle>{paper['title']}.</ArticleTitle>"
        f"<Abstract><AbstractText>{paper['abstract']}</AbstractText></Abstract></Article></MedlineCitation>"
        f'<PubmedData><ArticleIdList><ArticleId IdType="doi">{paper["doi"]}</ArticleId></ArticleIdList></PubmedData>'
        "</PubmedArticle>"
    )


def openalex_work(paper: Mapping[str, Any]) -> dict[str, Any]:
    words = str(paper["abstract"]).split()
    index: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        index.setdefault(word, []).append(place)
    return {
        "id": f"https://openalex.org/W{paper['pmid']}",
        "doi": f"https://doi.org/{paper['doi']}",
        "title": paper["title"],
        "publication_year": 2025,
        "authorships": [{"author": {"display_name": "Ada Lovelace"}}],
        "primary_location": {"landing_page_url": "https://example.org/w", "source": {"display_name": "Fauna"}},
        "abstract_inverted_index": index,
    }


def crossref_work(paper: Mapping[str, Any], *, abstract: bool = True) -> dict[str, Any]:
    return {
        "DOI": paper["doi"],
        "type": "journal-article",
        "title": [paper["title"]],
        "author": [{"given": "Ada", "family": "Lovelace"}],
        "container-title": ["Fauna"],
        "issued": {"date-parts": [[2025, 3]]},
        **({"abstract": f"<jats:p>{paper['abstract']}</jats:p>"} if abstract else {}),
    }


def s2_paper(paper: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "paperId": f"{int(paper['pmid']):040x}",
        "externalIds": {"DOI": paper["doi"], "CorpusId": 1},
        "title": paper["title"],
        "abstract": paper["abstract"],
        "year": 2025,
        "authors": [{"authorId": "1", "name": "Ada Lovelace"}],
    }
