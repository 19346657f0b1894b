"""``/api``: papers, searches and questions. Conversations are in ``ui/talks.py``, uploads in ``ui/uploads.py``."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, closing, contextmanager
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from rag.answering.drafts.prose import Draft, checked_draft
from rag.answering.drafts.report import event_to_dict as event_of_draft
from rag.answering.retrieval import checked_question
from rag.answering.tables.evidence import TableBegun, TableEvent
from rag.answering.tables.evidence import event_to_dict as event_of_table
from rag.client.client import Client
from rag.client.wire import event_to_dict, paper_to_dict, passage_to_dict, sentence_to_dict
from rag.errors import UsageError
from rag.text.sentences import split_sentences
from rag.types import Claim, Event, Filters, Paper
from rag.version import installed_version
from ui import shapes, sse
from ui.asking import Questions, Waiting
from ui.config import Config
from ui.problems import MEDIA_TYPE, Missing

LINES = "application/x-ndjson"
MOST_CELLS = 2_000
"""Cells that one request has read; what was read before costs nothing."""
_TOGETHER = 200
_FARTHEST = 10**9
"""More papers than any library has; counting on beyond what a machine word holds would fail."""
Told = tuple[str, dict[str, Any]]
"""An event's name and what it tells."""
_PROBLEM = {
    "description": "What is wrong, and what to do",
    "content": {MEDIA_TYPE: {"schema": shapes.Problem.model_json_schema()}},
}
PROBLEMS: dict[int | str, dict[str, Any]] = {"4XX": _PROBLEM, "5XX": _PROBLEM}


def routes(client: Client, config: Config, questions: Questions) -> APIRouter:
    """The routes, over one library."""
    router = APIRouter(prefix="/api", tags=["questions"], responses=PROBLEMS)

    @router.get("/health", response_model=shapes.Alive)
    def health() -> dict[str, Any]:
        """Whether the server is there. Asks nobody who they are."""
        return {"status": "ok", "version": installed_version()}

    @router.get("/about", response_model=shapes.AboutShape)
    def about() -> dict[str, Any]:
        """What the library is called and holds, and who writes the answers."""
        return client.about().to_dict() | {"max_upload": config.max_upload}

    @router.get("/examples", response_model=shapes.Examples)
    def examples(n: Annotated[int, Query(ge=1, le=50)] = 4) -> dict[str, Any]:
        """Questions that the library answers."""
        return {"examples": client.examples(n)}

    async def found(request: Request, question: str, k: int, filters: Filters | None, rerank: bool) -> dict[str, Any]:
        passages = await questions.drained(request, lambda: iter(client.search(question, k, filters, rerank=rerank)))
        pending = client.about().to_dict()["pending"]
        return {"question": question, "passages": [passage_to_dict(p) for p in passages], "pending": pending}

    @router.get("/search", response_model=shapes.Found)
    async def search_at(asked: Annotated[shapes.SearchAt, Query()], request: Request) -> dict[str, Any]:
        """The same as POST, with question, number and filters as parameters: a search only reads."""
        return await found(request, asked.question, asked.k, asked.told(), asked.rerank)

    @router.post("/search", response_model=shapes.Found)
    async def search(body: shapes.Search, request: Request) -> dict[str, Any]:
        """The papers most relevant to a question, best first, each with its sentences, best first."""
        return await found(request, body.question, body.k, body.filters.told(), body.rerank)

    @router.post("/verify", response_model=shapes.VerificationShape)
    async def verify(body: shapes.Verify, request: Request) -> dict[str, Any]:
        """Whether the abstracts bear a claim out, contradict it or don't state it, and by which sentences."""
        (found,) = await questions.drained(request, lambda: iter([client.verify(body.claim, body.papers)]))
        return found.to_dict()

    @router.post("/verify/draft", response_model=shapes.DraftShape)
    async def verify_draft(body: shapes.VerifyDraft, request: Request) -> Any:
        """What the library says of each sentence of a text, whole or as events: `waiting`, `begun`, `sentence` in
        order, `done` with the report; or `error`.
        """
        draft = checked_draft(Draft(body.text, body.format, body.references))
        return await replied(
            questions,
            request,
            body.stream,
            lambda: (event_of_draft(event) for event in client.stream_draft(draft)),
            lambda told: told["done"],
        )

    @router.post("/verify/agreement", response_model=shapes.AgreementShape)
    async def agreement(body: shapes.VerifyAgreement, request: Request) -> dict[str, Any]:
        """How many papers support a claim, contradict it or say nothing of it, and by which sentences."""
        (found,) = await questions.drained(request, lambda: iter([client.agreement(body.claim)]))
        return found.to_dict()

    @router.post("/table", response_model=shapes.EvidenceTableShape)
    async def table(body: shapes.AskTable, request: Request) -> Any:
        """Papers by questions, an exact sentence in each cell; whole or as events: `waiting`, `begun`, `row` in order,
        `done` with the table; or `error`.
        """
        return await replied(
            questions,
            request,
            body.stream,
            lambda: (
                event_of_table(event)
                for event in bounded(client.stream_table(body.questions, body.papers, body.filters.told()), MOST_CELLS)
            ),
            lambda told: told["done"],
        )

    @router.get("/recheck", response_model=shapes.RecheckShape)
    def recheck() -> dict[str, Any]:
        """Which saved answers and cells of tables stand on text that has changed, or papers that were removed or
        retracted since.
        """
        return client.recheck().to_dict()

    @router.post("/ask", response_model=shapes.AnswerShape)
    async def ask(body: shapes.Ask, request: Request) -> Any:
        """The answer, whole or as events: `waiting`, `sources`, `claim` and `withheld` in order, `done` with the
        answer; or `error`.
        """
        asked = checked_question(body.question)
        return await replied(
            questions,
            request,
            body.stream,
            lambda: numbered(client.stream(asked, body.k, body.filters.told())),
            lambda told: told["done"],
        )

    return router


def paper_routes(client: Client) -> APIRouter:
    """The papers of the library: list, look at; ``ui/uploads.py`` adds and removes."""
    router = APIRouter(prefix="/api", tags=["papers"], responses=PROBLEMS)

    @router.get("/papers", response_model=shapes.PapersPage)
    def papers(
        request: Request,
        offset: Annotated[int, Query(ge=0, le=_FARTHEST)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Any:
        """The papers, in the order in which they came in. With `Accept: application/x-ndjson` all of them in full, one
        a line.
        """
        found = client.papers()
        if LINES in request.headers.get("accept", ""):
            return StreamingResponse(_lines(found), media_type=LINES)
        return {
            "total": client.about().papers,
            "offset": offset,
            "papers": [_line(p) for p in islice(found, offset, offset + limit)],
        }

    @router.get("/papers/{paper_id:path}", response_model=shapes.PaperInFull)
    def paper(paper_id: str) -> dict[str, Any]:
        """One paper with its abstract and the sentences that answers cite."""
        with missing():
            found = client.paper(paper_id)
        sentences = split_sentences(found.paper_id, found.abstract)
        return paper_to_dict(found) | {"sentences": [sentence_to_dict(s) for s in sentences]}

    return router


def _line(paper: Paper) -> dict[str, Any]:
    told = {"paper_id": paper.paper_id, "title": paper.title, "authors": list(paper.authors), "year": paper.year}
    return told | {
        "venue": paper.venue,
        "url": paper.link,
        "status": paper.details.status,
        "tags": list(paper.details.tags),
    }


def _lines(papers: Iterator[Paper]) -> Iterator[str]:
    while some := list(islice(papers, _TOGETHER)):
        yield "".join(json.dumps(paper_to_dict(p)) + "\n" for p in some)


@contextmanager
def missing() -> Iterator[None]:
    """What is asked for by its id and is not there is no wrong usage to HTTP, but a 404."""
    try:
        yield
    except UsageError as error:
        raise Missing(error.problem, error.remedy) from error


def bounded(events: Iterator[TableEvent], most: int) -> Iterator[TableEvent]:
    """The events of a table. Raises UsageError where more cells than ``most`` are to be read."""
    with closing(events):  # type: ignore[type-var]  # generators, all of them
        for event in events:
            if isinstance(event, TableBegun) and event.cells - event.kept > most:
                raise UsageError(
                    f"{event.cells - event.kept:,} cells are to be read; one request has {most:,}.",
                    "Ask fewer questions, or of fewer papers; or make the table with citewise table, where the library "
                    "is kept.",
                )
            yield event


# --- answers ----------------------------------------------------------------------------------------------------------


def numbered(events: Iterator[Event], number_of: Callable[[str], int] | None = None) -> Iterator[Told]:
    """The events as they are told; a claim has the numbers of the papers that it cites. Closing it closes the
    events.
    """
    met: dict[str, int] = {}
    number = number_of or (lambda sentence_id: met.setdefault(sentence_id.rpartition(":")[0], len(met) + 1))
    with closing(events):  # type: ignore[type-var]  # generators, all of them
        for event in events:
            name, told = event_to_dict(event)
            if isinstance(event, Claim):
                told["numbers"] = sorted({number(i) for i in event.citations})
            yield name, told


async def replied(
    questions: Questions,
    request: Request,
    stream: bool | None,
    start: Callable[[], Iterator[Told]],
    whole: Callable[[dict[str, Any]], dict[str, Any]],
) -> Response | dict[str, Any]:
    """The answer as events, or drained and whole: ``whole`` makes the reply of what the events told, the last of each
    name.
    """
    if sse.wanted(request, stream):
        return sse.EventStream(_encoded(questions.events(request, start)))
    return whole(dict(await questions.drained(request, start)))


async def _encoded(items: AsyncGenerator[Any, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(items):
        async for item in items:
            if isinstance(item, tuple):
                yield sse.event(*item)
            else:
                yield sse.event("waiting", {"before": item.before}) if isinstance(item, Waiting) else sse.ALIVE
