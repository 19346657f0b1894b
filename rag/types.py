"""The nouns of the engine, as frozen dataclasses, and the events of an answer's stream.

Nothing here does work beyond naming, numbering and turning itself into JSON. ``Answer.to_dict`` is the one shape that
the command line, the HTTP interface, the history and the evals share.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rag import notebook

if TYPE_CHECKING:
    from pandas import DataFrame

Outcome = Literal["answered", "partial", "not_stated", "not_covered"]
Support = Literal["quoted", "verified", "catalogue"]
PlanKind = Literal[
    "fact", "find", "count", "record", "summary", "compare", "across", "overview", "source", "beyond", "talk"
]
ClaimVerdict = Literal["supported", "contradicted", "not_stated", "in_doubt"]
CellState = Literal["stated", "otherwise", "not_stated"]
"""What an abstract says to a question of a table; ``otherwise``: it contradicts what the question takes for granted."""
Status = Literal["", "retracted", "withdrawn", "under concern", "corrected", "retraction notice"]
"""What has become of a paper, as far as its record or its own text says so; ``under concern``: its journal has
published an expression of concern. A notice is what announces that another paper was retracted."""
PaperKind = Literal[
    "", "article", "article-journal", "paper-conference", "book", "chapter", "thesis", "report", "dataset", "software"
]
"""What sort of work it is, in CSL's words; ``article``: a preprint or manuscript. Empty where no record says it."""


_TAG = re.compile(r"</?[A-Za-z][^<>]{0,40}>")


def normalise_title(title: str) -> str:
    """The form of a title that decides whether two titles are the same: letters and digits of any script, lower case,
    one space between words.
    """
    folded = unicodedata.normalize("NFKD", title).casefold()
    kept = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", kept))


@lru_cache(maxsize=65_536)
def name_key(name: str) -> str:
    """The form in which names are compared: letters and digits alone, as in a title, without markup. ``O’Brien`` and
    ``O'Brien``, ``CO<sub>2</sub>`` and ``CO₂``, ``ResNet-50`` and ``ResNet50`` are one name each.
    """
    return "".join(c for c in normalise_title(_TAG.sub("", name)) if c.isalnum())


def title_id(title: str) -> str:
    """``title:`` and 16 hex digits of the SHA-256 of the normalised title; the ``paper_id`` of a paper with no DOI,
    arXiv or PubMed number.
    """
    return "title:" + hashlib.sha256(normalise_title(title).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Details:
    """What a record has beside what answers need: kept, filtered by, and given back in exports. Empty where the record
    has nothing.

    ``key``: of its citation, as it came. ``date``: ``2021-03`` or ``2021-03-05``, where more than the year is known.
    ``language``: its code (``en``) where that is known. ``collections``: folders or groups as paths, ``Models/World
    models``. ``zotero``: an address that opens the item in Zotero.
    """

    key: str = ""
    kind: PaperKind = ""
    date: str = ""
    language: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    status: Status = ""
    zotero: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What is there, and nothing of the rest."""
        held = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in held if value}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Details:
        """The details that :meth:`to_dict` told; what a later version added is passed over. Raises TypeError or
        ValueError if it is none.
        """
        known: dict[str, Any] = {name: value for name, value in told.items() if name in cls.__slots__}
        known |= {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as a reader found it.

    ``abstract`` is the text that sentence offsets point into: as in the source, with its markup, TeX and entities made
    text. ``source`` is the place it came from, for people (a path or ``-``). Absent details are None or empty, never
    guessed.
    """

    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    url: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    pmid: str | None = None
    source: str = ""
    details: Details = Details()
    kept_as: str = ""
    """The id under which a library keeps it; it stays when a later export adds a DOI. Empty for a paper fresh from a
    reader."""

    @property
    def paper_id(self) -> str:
        """Stable identity: as kept, else ``doi:…``, ``arxiv:…`` (without version), ``pmid:…``, else
        :func:`title_id`.
        """
        if self.kept_as:
            return self.kept_as
        if self.doi:
            return "doi:" + self.doi.casefold()
        if self.arxiv_id:
            return "arxiv:" + re.sub(r"v\d+$", "", self.arxiv_id)
        if self.pmid:
            return "pmid:" + self.pmid
        return title_id(self.title)

    @property
    def link(self) -> str | None:
        """The best address to open: the paper's own URL, else its DOI, arXiv or PubMed page."""
        if self.url:
            return self.url
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.arxiv_id:
            return f"https://arxiv.org/abs/{self.arxiv_id}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else None


class Skipped(NamedTuple):
    """A piece of input that was left out: ``where`` is ``file:line`` (or ``file``), ``why`` says what is wrong and how
    to mend it.
    """

    where: str
    why: str

    @property
    def kind(self) -> str:
        """What it is counted as."""
        return "not readable"


class WithoutAbstract(Skipped):
    """A record that is in order but for an abstract, which it has none of: there is nothing in it to cite."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        return "without an abstract"


class ThereTwice(Skipped):
    """A paper that the same run of indexing has met before."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        return "there twice"


class Upload(NamedTuple):
    """A file of papers that its owner knows by another name than the place where it lies for now; ``name`` is told as
    its source.
    """

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an abstract with its address: ``abstract[start:end] == text``; ``number`` counts from 1 within
    the paper.
    """

    paper_id: str
    number: int
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        """``<paper_id>:<number>``: what a citation names."""
        return f"{self.paper_id}:{self.number}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences ``first … last`` (numbers, inclusive) that is embedded together; ``id`` is a hash of
    what is embedded.
    """

    id: str
    paper_id: str
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Bounds on which papers may be retrieved. None means no bound; texts match case-insensitively as a part of the
    field.

    ``tag``: one that has all its words in a row ("learning" lets "Deep Learning" through, and not "learnings").
    ``collection``: one of its folders, with those within it. A paper that lacks the field (no year, no authors) does
    not pass a filter on it.
    """

    year_from: int | None = None
    year_to: int | None = None
    author: str | None = None
    venue: str | None = None
    source: str | None = None
    tag: str | None = None
    collection: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__slots__)

    def over(self, others: Filters) -> Filters:
        """These bounds, and of the others those that these leave open."""
        pairs = ((getattr(self, name), getattr(others, name)) for name in self.__slots__)
        return Filters(*(own if own is not None else other for own, other in pairs))


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence of a retrieved paper and how likely it is to answer the question, 0 to 1."""

    sentence: Sentence
    score: float

    @property
    def id(self) -> str:
        return self.sentence.id

    @property
    def text(self) -> str:
        return self.sentence.text


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved paper: its relevance and its sentences, best first."""

    paper: Paper
    score: float
    sentences: tuple[RankedSentence, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "paper_id": self.paper.paper_id,
            "title": self.paper.title,
            "score": round(self.score, 4),
            "sentences": [{"id": s.id, "text": s.text} for s in self.sentences],
        }

    def _rows(self) -> list[dict[str, Any]]:
        return [{"sentence_id": s.id, "score": s.score, "sentence": s.text} for s in self.sentences]

    def _repr_html_(self) -> str:
        return notebook.table_html(self.paper.title, f"{self.paper.paper_id}, {self.score:.3f}", self._rows())

    def to_pandas(self) -> DataFrame:
        """A row a sentence, best first. Raises UsageError where pandas is not installed."""
        return notebook.frame(self._rows(), ("sentence_id", "score", "sentence"))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model read and wrote, and their price where it is known. All zero for the writer without a
    model.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds since the question was asked: until retrieval was done, until the first claim, until the end. None: it
    did not happen.
    """

    retrieve: float
    first_claim: float | None
    total: float


@dataclass(frozen=True, slots=True)
class Source:
    """A cited paper with its number in the answer and the sentences cited from it, in the order of the abstract."""

    number: int
    paper: Paper
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is understood: what kind of answer it wants, and of what. ``field``: what of the records is asked
    for. ``papers``: ids of the papers that it is about. ``filters``: who, when, where. ``by``: what is counted by.
    """

    kind: PlanKind
    field: str = ""
    papers: tuple[str, ...] = ()
    filters: Filters = Filters()
    by: Literal["", "year", "venue", "author"] = ""

    def to_dict(self) -> dict[str, Any]:
        bounds = {name: value for name in Filters.__slots__ if (value := getattr(self.filters, name)) is not None}
        return {"kind": self.kind, "field": self.field, "papers": list(self.papers), "filters": bounds, "by": self.by}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Plan:
        return cls(told["kind"], told["field"], tuple(told["papers"]), Filters(**told["filters"]), told["by"])


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of an answer that looks for all that match: how many papers were read, of how many in the library (or within the
    bounds), and how many of those read may or may not match.
    """

    papers: int
    of: int
    unclear: int

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Pending:
    """What a library has not seen of its papers: ``papers`` of ``of`` are not indexed yet, and are found by their words
    alone; ``unread`` names what a run of indexing began to read and did not read to its end.
    """

    papers: int
    of: int
    unread: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = []
        if self.papers:
            told.append(f"{self.papers:,} of {self.of:,} papers {'is' if self.papers == 1 else 'are'} not indexed yet")
        if self.unread:
            more = f" and {len(self.unread) - 1:,} more" if len(self.unread) > 1 else ""
            told.append(f"{self.unread[0]}{more} {'are' if more else 'is'} not wholly read yet")
        return f"{'; '.join(told)}: citewise index --resume"

    def to_dict(self) -> dict[str, Any]:
        return {"papers": self.papers, "of": self.of, "unread": list(self.unread)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Pending:
        return cls(told["papers"], told["of"], tuple(told["unread"]))


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, and rows of as many cells, Markdown with the answer's markers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        return {"columns": list(self.columns), "rows": [list(row) for row in self.rows]}

    def _rows(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def _repr_html_(self) -> str:
        return notebook.table_html("", "", self._rows())

    def to_pandas(self) -> DataFrame:
        """The table as it is. Raises UsageError where pandas is not installed."""
        return notebook.frame(self._rows(), self.columns)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Table:
        return cls(tuple(told["columns"]), tuple(map(tuple, told["rows"])))


# --- the stream of an answer: Sources, then Claim and Withheld in order, then one Done --------------------------------


@dataclass(frozen=True, slots=True)
class Sources:
    """What was searched for, how the question is understood, and what was found, before anything is written."""

    standalone_question: str
    passages: tuple[Passage, ...]
    plan: Plan = Plan("fact")
    pending: Pending | None = None
    """What the library has not seen; None where it is whole."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the answer and the ids of the sentences it stands on; none where it tells what the
    catalogue has.
    """

    text: str
    citations: tuple[str, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence that was not shown, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything about one answer; see ``to_dict`` for the shape that other programs rely on."""

    question: str
    outcome: Outcome
    text: str
    claims: tuple[Claim, ...]
    sources: tuple[Source, ...]
    withheld: tuple[Withheld, ...]
    writer: Literal["extractive", "chat"]
    model: str | None
    usage: Usage
    timings: Timings
    standalone_question: str
    prompt: str | None = None
    """The version of what the model was told; None where no model was asked."""
    plan: Plan = Plan("fact")
    read: Coverage | None = None
    table: Table | None = None
    pending: Pending | None = None
    """What the library had not seen when it answered; None where it was whole."""

    @property
    def is_list(self) -> bool:
        """Whether each claim is a line of its own, about a paper of its own."""
        listing = self.plan.kind in ("find", "count", "record") and self.table is None
        return listing and len(self.claims) == len(self.sources) > 1

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON-ready values."""
        return {
            "question": self.question,
            "outcome": self.outcome,
            "text": self.text,
            "claims": [{"text": c.text, "citations": list(c.citations), "support": c.support} for c in self.claims],
            "sources": [
                {
                    "number": s.number,
                    "paper_id": s.paper.paper_id,
                    "title": s.paper.title,
                    "authors": list(s.paper.authors),
                    "year": s.paper.year,
                    "venue": s.paper.venue,
                    "url": s.paper.link,
                    "status": s.paper.details.status,
                    "sentences": [{"id": x.id, "text": x.text, "start": x.start, "end": x.end} for x in s.sentences],
                }
                for s in self.sources
            ],
            "withheld": [{"text": w.text, "reason": w.reason} for w in self.withheld],
            "writer": self.writer,
            "model": self.model,
            "usage": {
                "prompt_tokens": self.usage.prompt_tokens,
                "completion_tokens": self.usage.completion_tokens,
                "cost_usd": self.usage.cost_usd,
            },
            "timings": {
                "retrieve": round(self.timings.retrieve, 4),
                "first_claim": None if self.timings.first_claim is None else round(self.timings.first_claim, 4),
                "total": round(self.timings.total, 4),
            },
            "standalone_question": self.standalone_question,
            "prompt": self.prompt,
            "plan": self.plan.to_dict(),
            "read": self.read.to_dict() if self.read else None,
            "table": self.table.to_dict() if self.table else None,
            "pending": self.pending.to_dict() if self.pending else None,
        }

    def _rows(self) -> list[dict[str, Any]]:
        said = {s.id: (source.paper, s.text) for source in self.sources for s in source.sentences}
        nothing = (None, "")
        return [
            {
                "claim": number,
                "text": claim.text,
                "support": claim.support,
                "sentence_id": cited,
                "sentence": sentence,
                "paper_id": paper.paper_id if paper else "",
                "title": paper.title if paper else "",
                "year": paper.year if paper else None,
            }
            for number, claim in enumerate(self.claims, 1)
            for cited in claim.citations or ("",)
            for paper, sentence in (said.get(cited, nothing),)
        ]

    def _repr_html_(self) -> str:
        return notebook.answer_html(self.to_dict())

    def to_pandas(self) -> DataFrame:
        """A row for each sentence that a claim stands on; one for a claim that stands on the catalogue. Raises
        UsageError where pandas is not installed.
        """
        columns = ("claim", "text", "support", "sentence_id", "sentence", "paper_id", "title", "year")
        return notebook.frame(self._rows(), columns)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Answer:
        """The answer that :meth:`to_dict` told. A source's paper has what was told of it: no abstract.

        Raises KeyError, TypeError or ValueError if it is none.
        """
        return cls(
            question=told["question"],
            outcome=told["outcome"],
            text=told["text"],
            claims=tuple(Claim(c["text"], tuple(c["citations"]), c["support"]) for c in told["claims"]),
            sources=tuple(_source(s) for s in told["sources"]),
            withheld=tuple(Withheld(w["text"], w["reason"]) for w in told["withheld"]),
            writer=told["writer"],
            model=told["model"],
            usage=Usage(**told["usage"]),
            timings=Timings(**told["timings"]),
            standalone_question=told["standalone_question"],
            prompt=told.get("prompt"),
            plan=_plan(told),
            read=Coverage(**told["read"]) if told.get("read") else None,
            table=Table.from_dict(told["table"]) if told.get("table") else None,
            pending=Pending.from_dict(told["pending"]) if told.get("pending") else None,
        )


def _plan(told: Mapping[str, Any]) -> Plan:
    """An answer's plan; of one that was kept before there were plans: small talk is what has no claim."""
    if told.get("plan"):
        return Plan.from_dict(told["plan"])
    return Plan("talk" if told["outcome"] == "answered" and not told["claims"] else "fact")


def _source(told: Mapping[str, Any]) -> Source:
    paper_id: str = told["paper_id"]
    kind, _, number = paper_id.partition(":")
    paper = Paper(
        title=told["title"],
        abstract="",
        authors=tuple(told["authors"]),
        year=told["year"],
        venue=told.get("venue"),
        url=told["url"],
        doi=number if kind == "doi" else None,
        arxiv_id=number if kind == "arxiv" else None,
        pmid=number if kind == "pmid" else None,
        details=Details(status=told.get("status", "")),
        kept_as=paper_id,
    )
    sentences = (
        Sentence(paper_id, int(s["id"].rpartition(":")[2]), s["start"], s["end"], s["text"]) for s in told["sentences"]
    )
    return Source(told["number"], paper, tuple(sentences))


@dataclass(frozen=True, slots=True)
class Done:
    """The end of the stream: the whole answer."""

    answer: Answer


Event = Sources | Claim | Withheld | Done


# --- claims -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verification:
    """What abstracts say of a claim. ``score``: the probability that ``sentences``, best first, bear it out.
    ``unsupported``: where words of ``claim`` stand that they don't bear out. Where nothing is stated the sentences are
    those that come nearest.
    """

    claim: str
    verdict: ClaimVerdict
    score: float
    sentences: tuple[Sentence, ...]
    unsupported: tuple[tuple[int, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "claim": self.claim,
            "verdict": self.verdict,
            "score": self.score,
            "sentences": [
                {"id": s.id, "paper_id": s.paper_id, "text": s.text, "start": s.start, "end": s.end}
                for s in self.sentences
            ],
            "unsupported": [list(span) for span in self.unsupported],
        }

    def _rows(self) -> list[dict[str, Any]]:
        return [{"sentence_id": s.id, "sentence": s.text} for s in self.sentences]

    def _repr_html_(self) -> str:
        return notebook.table_html(self.claim, f"{self.verdict.replace('_', ' ')}, {self.score:.3f}", self._rows())

    def to_pandas(self) -> DataFrame:
        """A row a sentence, best first. Raises UsageError where pandas is not installed."""
        return notebook.frame(self._rows(), ("sentence_id", "sentence"))


# --- conversations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation and its answer, whose sources have the conversation's numbers; ``asked`` is when, in
    UTC.
    """

    asked: datetime
    answer: Answer

    @property
    def is_small_talk(self) -> bool:
        """Whether it was a greeting, thanks or the like, answered without looking for anything."""
        return self.answer.plan.kind == "talk"

    def to_dict(self) -> dict[str, Any]:
        return {"asked": self.asked.isoformat(timespec="seconds"), **self.answer.to_dict()}


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """A line of the list of conversations: ``turns`` is how many, ``when`` the time of the last, in UTC."""

    id: str
    title: str
    when: datetime
    turns: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "when": self.when.isoformat(timespec="seconds"),
            "turns": self.turns,
        }


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thought of an answer: turn ``turn``, from 1, of a conversation; ``when`` in UTC."""

    conversation: str
    turn: int
    liked: bool
    comment: str
    when: datetime

    def to_dict(self) -> dict[str, Any]:
        return {
            "conversation": self.conversation,
            "turn": self.turn,
            "liked": self.liked,
            "comment": self.comment,
            "when": self.when.isoformat(timespec="seconds"),
        }


# --- a library --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """What is being asked, and who writes. ``library``: its name. ``papers``: how many, 0 where there is no library
    yet. ``generation``: another after each change of the papers. ``endpoint``: where the model is, without path or
    credentials. ``evidence_tokens``: how many tokens of abstracts the model reads.
    """

    library: str
    papers: int
    generation: int
    writer: Literal["extractive", "chat"]
    model: str | None
    endpoint: str | None
    evidence_tokens: int
    version: str
    pending: Pending | None = None

    def to_dict(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {"pending": self.pending.to_dict() if self.pending else None}


MAX_SKIPPED = 100
"""How many skipped pieces a report tells one by one; the others are counted."""


class FormatCount(NamedTuple):
    """Of the files of one format, or of one live source, in one run of indexing: how many there were and what became
    of their records. ``merged``: those read that are the same paper as another of the run.
    """

    format: str
    files: int = 0
    read: int = 0
    merged: int = 0
    without_abstract: int = 0
    skipped: int = 0

    @property
    def records(self) -> int:
        return self.read + self.without_abstract + self.skipped


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What one run of indexing did, in papers; ``skipped`` is ``(where, why)`` for the first :data:`MAX_SKIPPED` pieces
    of input that were left out, ``left_out`` how many there were by kind; ``barren`` the paths that gave no paper at
    all, or not all that was asked of a live source. Of live sources: ``notes``, what a person should know; ``gone``,
    by source, the ids of papers that it had and has no longer. ``completed``: papers that an earlier run had left
    without vectors, and that have them now.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    barren: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    gone: dict[str, list[str]] = field(default_factory=dict)
    completed: int = 0
    formats: list[FormatCount] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Counts what is told where nobody has counted."""
        if not self.left_out:
            for item in self.skipped:
                self.left_out[item.kind] = self.left_out.get(item.kind, 0) + 1

    def _repr_html_(self) -> str:
        return notebook.table_html(str(self), "", [item._asdict() for item in self.skipped])

    def to_pandas(self) -> DataFrame:
        """A row a piece that was skipped, as far as they are told. Raises UsageError where pandas is not installed."""
        return notebook.frame([item._asdict() for item in self.skipped], ("where", "why"))

    @property
    def skipped_in_all(self) -> int:
        return sum(self.left_out.values())

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.left_out.items())
        told = f"{self.added} added, {self.updated} updated, {self.unchanged} unchanged, {self.skipped_in_all} skipped"
        told = f"{told} ({kinds})" if set(self.left_out) - {"not readable"} else told
        return f"{told}; {self.completed} of an earlier run completed" if self.completed else told
