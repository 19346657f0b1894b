"""What requests and replies of the HTTP API look like. The page at ``/api`` is made of this."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rag.answering.check import LONGEST_CLAIM
from rag.answering.drafts.prose import LONGEST_DRAFT, Form
from rag.answering.drafts.report import SentenceVerdict
from rag.answering.retrieval import MAX_QUESTION
from rag.answering.tables.filling import MOST_QUESTIONS
from rag.answering.verifying import MOST_PAPERS
from rag.conversation.rechecking import Happened
from rag.types import CellState, ClaimVerdict, Filters, Outcome, PlanKind, Status, Support

K = Annotated[int, Field(ge=1, le=100, description="how many papers to draw on")]
Rerank = Annotated[
    bool, Field(description="the reader ranks the first ten again; without it faster, and worse at ideas")
]
MOST_HISTORY = 50
MOST_TURNS = 10**9
"""More than any conversation has, and less than a database's whole numbers."""


_MOST_FIELDS = 50


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few(cls, told: Any) -> Any:
        """Each field that is not known is an error of its own; of a million that would be a million errors."""
        if isinstance(told, dict) and len(told) > _MOST_FIELDS:
            raise ValueError(f"{len(told):,} fields are more than any request has")
        return told


class FiltersShape(_Request):
    """Bounds on which papers may be used; texts match as a part of the field, in any case."""

    year_from: int | None = None
    year_to: int | None = None
    author: str | None = Field(default=None, max_length=500)
    venue: str | None = Field(default=None, max_length=500)
    source: str | None = Field(default=None, max_length=500)
    tag: str | None = Field(default=None, max_length=500, description="one of its tags has all these words in a row")
    collection: str | None = Field(default=None, max_length=500, description="it is in this collection, or within it")

    def told(self) -> Filters | None:
        texts = (self.author, self.venue, self.source, self.tag, self.collection)
        return Filters(self.year_from, self.year_to, *texts) or None


class Search(_Request):
    question: str = Field(max_length=MAX_QUESTION)
    k: K = 10
    filters: FiltersShape = FiltersShape()
    rerank: Rerank = True


class SearchAt(FiltersShape):
    """A search as the parameters of an address."""

    question: str = Field(max_length=MAX_QUESTION)
    k: K = 10
    rerank: Rerank = True


class Verify(_Request):
    claim: str = Field(max_length=LONGEST_CLAIM)
    papers: list[str] | None = Field(
        None,
        min_length=1,
        max_length=MOST_PAPERS,
        description="ids of the papers to hold it against; by default the whole library",
    )


class VerifyAgreement(_Request):
    claim: str = Field(max_length=LONGEST_CLAIM)


class VerifyDraft(_Request):
    text: str = Field(max_length=LONGEST_DRAFT)
    format: Form = Field("text", description="how it is written; of lines, each is a paragraph")
    references: dict[str, str] = Field(
        {}, max_length=10_000, description="works that it cites, by key or number, each as in a list of references"
    )
    stream: bool | None = Field(None, description="server-sent events; by default as the header Accept says")


class AskTable(_Request):
    questions: list[Annotated[str, Field(max_length=MAX_QUESTION)]] = Field(
        min_length=1, max_length=MOST_QUESTIONS, description="a column each"
    )
    papers: list[Annotated[str, Field(max_length=500)]] | None = Field(
        None,
        min_length=1,
        max_length=10_000,
        description="ids, or words that an abstract must have; by default all papers",
    )
    filters: FiltersShape = FiltersShape()
    stream: bool | None = Field(None, description="server-sent events; by default as the header Accept says")


class Ask(_Request):
    question: str = Field(max_length=MAX_QUESTION)
    k: K = 8
    filters: FiltersShape = FiltersShape()
    stream: bool | None = Field(None, description="server-sent events; by default as the header Accept says")


class Start(Ask):
    saved: bool = Field(True, description="whether the conversation is kept in the library")
    history: list[dict[str, Any]] = Field(
        [], max_length=MOST_HISTORY, description="turns from before, of one that is not kept"
    )


class AskOn(Ask):
    replaces: int | None = Field(
        None, ge=1, le=MOST_TURNS, description="the turn whose place it takes, with those after it, once it is answered"
    )


class Title(_Request):
    title: str = Field(max_length=2_000)


class Liked(_Request):
    liked: bool | None = Field(description="null takes it back")
    comment: str = Field("", max_length=20_000)


class Ids(_Request):
    ids: list[str] = Field(max_length=10_000)


class Checking(_Request):
    repair: bool = False
    reembed: bool = False
    stream: bool | None = None


# --- replies ----------------------------------------------------------------------------------------------------------


class SentenceShape(BaseModel):
    id: str = Field(description="<paper_id>:<number of the sentence>")
    text: str
    start: int
    end: int


class RankedSentenceShape(SentenceShape):
    score: float


class PaperLine(BaseModel):
    paper_id: str
    title: str
    authors: list[str]
    year: int | None
    venue: str | None
    url: str | None
    status: Status = Field(description="what has become of the paper; empty where nothing is known")
    tags: list[str]


class PaperShape(BaseModel):
    paper_id: str
    title: str
    abstract: str
    authors: list[str]
    year: int | None
    venue: str | None
    url: str | None
    doi: str | None
    arxiv_id: str | None
    pmid: str | None
    source: str
    details: dict[str, str | list[str]] = Field(
        description="what else its record has: key, kind, date, language, volume, issue, pages, tags, collections, "
        "status (retracted, say), zotero"
    )
    link: str | None
    kept_as: str


class PaperInFull(PaperShape):
    sentences: list[SentenceShape]


class PapersPage(BaseModel):
    total: int
    offset: int
    papers: list[PaperLine]


class Removed(BaseModel):
    removed: int


class PassageShape(BaseModel):
    paper_id: str
    title: str
    score: float
    sentences: list[RankedSentenceShape]
    paper: PaperShape


class Found(BaseModel):
    question: str
    passages: list[PassageShape]
    pending: PendingShape | None = Field(description="what the library has not seen; null where it is whole")


class EvidenceShape(SentenceShape):
    paper_id: str


class VerificationShape(BaseModel):
    claim: str
    verdict: ClaimVerdict
    score: float = Field(description="the probability that the sentences bear the claim out")
    sentences: list[EvidenceShape] = Field(
        description="what the verdict stands on, best first; of not_stated, what comes nearest"
    )
    unsupported: list[tuple[int, int]] = Field(
        description="start and end of the claim's words that the sentences don't bear out"
    )


class NamedPaperShape(BaseModel):
    paper_id: str
    title: str
    authors: list[str]
    year: int | None
    venue: str | None
    url: str | None


class CitationShape(BaseModel):
    label: str = Field(description="as it is typed")
    papers: list[str] = Field(description="ids of the papers of the library that it means")
    note: str = Field(description="why there are none")


class CheckedSentenceShape(BaseModel):
    text: str
    line: int
    column: int
    start: int
    end: int
    paragraph: int
    verdict: SentenceVerdict
    score: float
    note: str
    sentences: list[EvidenceShape]
    unsupported: list[tuple[int, int]]
    citations: list[CitationShape]
    better: list[EvidenceShape] = Field(
        description="of papers that are not cited and bear it out, where the cited ones don't"
    )


class DraftShape(BaseModel):
    counts: dict[SentenceVerdict, int]
    sentences: list[CheckedSentenceShape]
    papers: list[NamedPaperShape]


class PositionShape(BaseModel):
    paper: NamedPaperShape
    verdict: ClaimVerdict
    score: float
    sentences: list[EvidenceShape]
    unsupported: list[tuple[int, int]]


class AgreementShape(BaseModel):
    claim: str
    supported: int
    contradicted: int
    in_doubt: int
    not_stated: int = Field(description="papers that were read and say nothing of it")
    read: int
    of: int
    positions: list[PositionShape]


class EvidenceCellShape(BaseModel):
    state: CellState
    sentence: SentenceShape | None
    phrase: str = Field(description="by a model, borne out by the sentence; empty where there is none")


class TablePaperShape(NamedPaperShape):
    status: Status


class EvidenceRowShape(BaseModel):
    paper: TablePaperShape
    cells: list[EvidenceCellShape] = Field(description="one for each question")


class EvidenceTableShape(BaseModel):
    questions: list[str]
    rows: list[EvidenceRowShape]
    read: int = Field(description="cells that were read now; the others were read before")
    notes: list[str]


class TouchedShape(BaseModel):
    conversation: str = Field(description="empty for a cell of a table")
    turn: int = Field(description="0 for a cell")
    question: str
    paper_id: str
    title: str
    happened: Happened
    sentence: str = Field(description="the address of the sentence that is gone; empty where the paper is meant")
    text: str


class RecheckShape(BaseModel):
    turns: int = Field(description="answers that were looked at")
    cells: int
    touched: list[TouchedShape]


class ClaimShape(BaseModel):
    text: str
    citations: list[str]
    support: Support


class SourceShape(BaseModel):
    number: int
    paper_id: str
    title: str
    authors: list[str]
    year: int | None
    venue: str | None
    url: str | None
    status: Status = Field(description="what has become of the paper; empty where nothing is known")
    sentences: list[SentenceShape]


class WithheldShape(BaseModel):
    text: str
    reason: str


class PlanShape(BaseModel):
    kind: PlanKind
    field: str = Field(description="what of the records is asked for")
    papers: list[str]
    filters: dict[str, int | str]
    by: str = Field(description="what is counted by: year, venue, author or nothing")


class CoverageShape(BaseModel):
    papers: int = Field(description="how many were read")
    of: int = Field(description="of how many")
    unclear: int = Field(description="how many of those read may or may not match")


class PendingShape(BaseModel):
    papers: int = Field(description="how many papers are not indexed yet, and found by their words alone")
    of: int = Field(description="of how many")
    unread: list[str] = Field(description="what an earlier run of indexing did not read to its end")


class TableShape(BaseModel):
    columns: list[str]
    rows: list[list[str]]


class UsageShape(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None


class TimingsShape(BaseModel):
    retrieve: float
    first_claim: float | None
    total: float


class AnswerShape(BaseModel):
    question: str
    outcome: Outcome
    text: str = Field(description="Markdown with [1] markers")
    claims: list[ClaimShape]
    sources: list[SourceShape]
    withheld: list[WithheldShape]
    writer: Literal["extractive", "chat"]
    model: str | None
    usage: UsageShape
    timings: TimingsShape
    standalone_question: str
    prompt: str | None
    plan: PlanShape
    read: CoverageShape | None
    table: TableShape | None
    pending: PendingShape | None = Field(description="what the library had not seen; null where it was whole")


class TurnShape(AnswerShape):
    asked: str


class ConversationState(BaseModel):
    id: str
    title: str
    turn: int = Field(description="the number of this turn, from 1")
    asked: str
    note: str | None = Field(description="why it is not saved")


class ConversationAnswer(AnswerShape):
    conversation: ConversationState


class ConversationLine(BaseModel):
    id: str
    title: str
    when: str
    turns: int


class Conversations(BaseModel):
    conversations: list[ConversationLine]


class ConversationShape(BaseModel):
    id: str
    title: str
    turns: list[TurnShape]


class RatingShape(BaseModel):
    conversation: str
    turn: int
    liked: bool
    comment: str
    when: str


class Ratings(BaseModel):
    ratings: list[RatingShape]


class SkippedShape(BaseModel):
    where: str
    why: str


class FormatShape(BaseModel):
    format: str
    files: int
    records: int
    read: int
    merged: int = Field(description="read ones that are the same paper as another of this run")
    without_abstract: int
    skipped: int


class Report(BaseModel):
    added: int
    updated: int
    unchanged: int
    skipped: list[SkippedShape] = Field(description="the first hundred pieces that were left out")
    left_out: dict[str, int] = Field(description="how many were left out, by kind")
    barren: list[str] = Field(description="files that gave no paper")
    completed: int = Field(description="papers that an earlier run had left without vectors")
    formats: list[FormatShape] = Field(description="what became of the records, by the format of their files")


class HealthShape(BaseModel):
    library: str
    whole: bool
    papers: int
    chunks_without_vector: int
    index_is_whole: bool
    embedder: str | None
    embedder_in_use: str
    problems: list[str]
    set_apart: list[str]


class AboutShape(BaseModel):
    library: str
    papers: int
    generation: int
    writer: Literal["extractive", "chat"]
    model: str | None
    endpoint: str | None
    evidence_tokens: int
    version: str
    pending: PendingShape | None = Field(description="what the library has not seen; null where it is whole")
    max_upload: int = Field(description="bytes of one request of /api/index")


class Examples(BaseModel):
    examples: list[str]


class Alive(BaseModel):
    status: Literal["ok"] = "ok"
    version: str


class Problem(BaseModel):
    """What every error looks like (RFC 9457); ``type`` is ``urn:citewise:`` and the name of the error in
    rag/errors.py.
    """

    type: str
    title: str
    status: int
    detail: str
    remedy: str


class OpenAIFault(BaseModel):
    message: str = Field(description="what is wrong, and what to do")
    type: str
    param: None
    code: str


class OpenAIProblem(BaseModel):
    """What every error under ``/v1`` looks like; what cannot be asked so is a 400 there."""

    error: OpenAIFault
