"""What goes between a server and its clients, as JSON-ready values, both ways; pure.

``X_to_dict`` and ``X_from_dict`` undo each other. The latter raise KeyError, TypeError or ValueError for what is none.
Answers, turns, ratings and the like have methods of their own for this; here is what only a client of a server needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import CitewiseError, ServerError
from rag.types import (
    Answer,
    Claim,
    Details,
    Done,
    Event,
    Filters,
    FormatCount,
    IndexReport,
    Paper,
    Passage,
    Pending,
    Plan,
    RankedSentence,
    Rating,
    SavedConversation,
    Sentence,
    Skipped,
    Sources,
    Turn,
    Verification,
    Withheld,
)

if TYPE_CHECKING:
    from rag.library.health import Health

_PROBLEM = "urn:citewise:"
_PLAIN = ("title", "abstract", "year", "venue", "url", "doi", "arxiv_id", "pmid", "source")


# --- papers -----------------------------------------------------------------------------------------------------------


def paper_to_dict(paper: Paper) -> dict[str, Any]:
    """All of a paper; ``link`` is where to read it."""
    told = {name: getattr(paper, name) for name in _PLAIN}
    return {
        "paper_id": paper.paper_id,
        **told,
        "details": paper.details.to_dict(),
        "authors": list(paper.authors),
        "link": paper.link,
        "kept_as": paper.kept_as,
    }


def paper_from_dict(told: Mapping[str, Any]) -> Paper:
    details = Details.from_dict(told.get("details", {}))
    plain = {name: told[name] for name in _PLAIN}
    return Paper(authors=tuple(told["authors"]), kept_as=told["kept_as"], details=details, **plain)


def sentence_to_dict(sentence: Sentence) -> dict[str, Any]:
    return {"id": sentence.id, "text": sentence.text, "start": sentence.start, "end": sentence.end}


def _sentence(told: Mapping[str, Any]) -> Sentence:
    paper_id, _, number = told["id"].rpartition(":")
    return Sentence(paper_id, int(number), told["start"], told["end"], told["text"])


def passage_to_dict(passage: Passage) -> dict[str, Any]:
    """What ``search --json`` tells of it, and all of the paper."""
    sentences = [sentence_to_dict(s.sentence) | {"score": s.score} for s in passage.sentences]
    return passage.to_dict() | {"score": passage.score, "sentences": sentences, "paper": paper_to_dict(passage.paper)}


def passage_from_dict(told: Mapping[str, Any]) -> Passage:
    sentences = (RankedSentence(_sentence(s), s["score"]) for s in told["sentences"])
    return Passage(paper_from_dict(told["paper"]), told["score"], tuple(sentences))


def filters_to_dict(filters: Filters | None) -> dict[str, Any] | None:
    return {name: getattr(filters, name) for name in Filters.__slots__} if filters else None


def report_to_dict(report: IndexReport) -> dict[str, Any]:
    skipped = [{"where": s.where, "why": s.why} for s in report.skipped]
    counts = {name: getattr(report, name) for name in ("added", "updated", "unchanged", "completed")}
    formats = [{**count._asdict(), "records": count.records} for count in report.formats]
    return {**counts, "skipped": skipped, "left_out": report.left_out, "barren": report.barren, "formats": formats}


def report_from_dict(told: Mapping[str, Any]) -> IndexReport:
    skipped = [Skipped(s["where"], s["why"]) for s in told["skipped"]]
    return IndexReport(
        told["added"],
        told["updated"],
        told["unchanged"],
        skipped,
        list(told["barren"]),
        dict(told.get("left_out", {})),
        completed=told.get("completed", 0),
        formats=[FormatCount(**{name: f[name] for name in FormatCount._fields}) for f in told.get("formats", ())],
    )


def health_from_dict(told: Mapping[str, Any]) -> Health:
    """What ``Health.to_dict`` told."""
    from rag.library.health import Health

    names = ("papers", "chunks_without_vector", "index_is_whole", "embedder", "embedder_in_use", "problems")
    return Health(
        Path(told["library"]), **{name: told[name] for name in names}, set_apart=list(told.get("set_apart", []))
    )


# --- answers ----------------------------------------------------------------------------------------------------------


def event_to_dict(event: Event) -> tuple[str, dict[str, Any]]:
    """An event's name and what it tells."""
    if isinstance(event, Sources):
        passages = [passage_to_dict(p) for p in event.passages]
        return "sources", {
            "standalone_question": event.standalone_question,
            "passages": passages,
            "plan": event.plan.to_dict(),
            "pending": event.pending.to_dict() if event.pending else None,
        }
    if isinstance(event, Claim):
        return "claim", {"text": event.text, "citations": list(event.citations), "support": event.support}
    if isinstance(event, Withheld):
        return "withheld", {"text": event.text, "reason": event.reason}
    return "done", event.answer.to_dict()


def event_from_dict(name: str, told: Mapping[str, Any]) -> Event | None:
    """None for a name that is no event of an answer: a later server may tell more than this client knows."""
    if name == "sources":
        plan = Plan.from_dict(told["plan"]) if "plan" in told else Plan("fact")
        pending = Pending.from_dict(told["pending"]) if told.get("pending") else None
        passages = tuple(passage_from_dict(p) for p in told["passages"])
        return Sources(told["standalone_question"], passages, plan, pending)
    if name == "claim":
        return Claim(told["text"], tuple(told["citations"]), told["support"])
    if name == "withheld":
        return Withheld(told["text"], told["reason"])
    return Done(Answer.from_dict(told)) if name == "done" else None


def with_papers(answer: Answer, papers: Iterable[Paper]) -> Answer:
    """The answer, its sources with all that is known of their papers and not only what an answer's JSON tells."""
    known = {paper.paper_id: paper for paper in papers}
    sources = (replace(s, paper=known.get(s.paper.paper_id, s.paper)) for s in answer.sources)
    return replace(answer, sources=tuple(sources))


def verification_from_dict(told: Mapping[str, Any]) -> Verification:
    sentences = tuple(_sentence(s) for s in told["sentences"])
    unsupported = tuple((int(start), int(end)) for start, end in told["unsupported"])
    return Verification(told["claim"], told["verdict"], told["score"], sentences, unsupported)


def turn_from_dict(told: Mapping[str, Any]) -> Turn:
    return Turn(datetime.fromisoformat(told["asked"]), Answer.from_dict(told))


def conversation_from_dict(told: Mapping[str, Any]) -> SavedConversation:
    return SavedConversation(told["id"], told["title"], datetime.fromisoformat(told["when"]), told["turns"])


def rating_from_dict(told: Mapping[str, Any]) -> Rating:
    return Rating(
        told["conversation"], told["turn"], told["liked"], told["comment"], datetime.fromisoformat(told["when"])
    )


# --- errors -----------------------------------------------------------------------------------------------------------


def problem_to_dict(error: CitewiseError, status: int) -> dict[str, Any]:
    """An error as a problem document (RFC 9457): ``type`` says which of rag/errors.py it is, ``remedy`` what to do."""
    kind = next(k for k in type(error).__mro__ if k.__module__ == CitewiseError.__module__)
    title = (kind.__doc__ or kind.__name__).split(".")[0].split("\n")[0].split(";")[0].split(":")[0]
    return {
        "type": f"{_PROBLEM}{kind.__name__}",
        "title": title,
        "status": status,
        "detail": error.problem,
        "remedy": error.remedy,
    }


def problem_from_dict(told: Mapping[str, Any]) -> CitewiseError:
    """The error that the document tells, of its class where this program has it."""
    kinds = {kind.__name__: kind for kind in _below(CitewiseError)}
    kind = kinds.get(str(told["type"]).removeprefix(_PROBLEM), ServerError)
    return kind(str(told["detail"]), str(told.get("remedy", "")))


def _below(kind: type[CitewiseError]) -> list[type[CitewiseError]]:
    return [kind, *(found for one in kind.__subclasses__() for found in _below(one))]
