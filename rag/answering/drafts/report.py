"""What is told of a draft: each sentence with its verdict, and the papers that are named. JSON both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from rag import notebook
from rag.types import ClaimVerdict, Paper, Sentence

if TYPE_CHECKING:
    from pandas import DataFrame

SentenceVerdict = Literal[ClaimVerdict, "no_claim"]
VERDICTS: tuple[SentenceVerdict, ...] = get_args(SentenceVerdict)
MOST_SHOWN = 3
"""Sentences of the library that are shown with one of a draft."""
FAILING: tuple[SentenceVerdict, ...] = ("contradicted", "not_stated")
"""What a strict reader lets no draft pass with."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation as it is typed, and the papers of the library that it means; ``note`` says why there are none."""

    label: str
    papers: tuple[str, ...]
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"label": self.label, "papers": list(self.papers), "note": self.note}


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of a draft. ``start``, ``end``: where it stands in the draft's text; ``line``, ``column`` and
    ``paragraph`` count from 1.

    ``sentences``: the library's, on which the verdict stands, best first (of not stated: those that come nearest);
    ``unsupported``: where words of ``text`` stand that they don't bear out. ``better``: sentences of papers that are
    not cited and bear it out, where the cited ones don't.
    """

    text: str
    line: int
    column: int
    start: int
    end: int
    paragraph: int
    verdict: SentenceVerdict
    score: float = 0.0
    sentences: tuple[Sentence, ...] = ()
    unsupported: tuple[tuple[int, int], ...] = ()
    citations: tuple[Citation, ...] = ()
    better: tuple[Sentence, ...] = ()
    note: str = ""

    @property
    def lacking(self) -> tuple[str, ...]:
        """The words that no sentence bears out; those that stand together in one piece."""
        pieces: list[list[int]] = []
        for start, end in sorted(self.unsupported):
            if pieces and start - pieces[-1][1] <= 1:
                pieces[-1][1] = max(end, pieces[-1][1])
            else:
                pieces.append([start, end])
        told = (" ".join(self.text[a:b].split()).strip(" .,;:!?") for a, b in pieces)
        return tuple(words for words in told if any(c.isalnum() for c in words))

    @property
    def nearest(self) -> tuple[Sentence, ...]:
        """The sentences that are shown with it; of what is not stated, the one that comes nearest."""
        return self.sentences[: 1 if self.verdict == "not_stated" else MOST_SHOWN]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said besides the verdict: of citations that lead nowhere, and of the sentence itself."""
        lost = tuple(f"{c.label}: {c.note}" for c in self.citations if c.note)
        return lost + ((self.note,) if self.note else ())

    def to_dict(self) -> dict[str, Any]:
        plain = ("text", "line", "column", "start", "end", "paragraph", "verdict", "score", "note")
        return {name: getattr(self, name) for name in plain} | {
            "sentences": [_told(s) for s in self.sentences],
            "unsupported": [list(span) for span in self.unsupported],
            "citations": [c.to_dict() for c in self.citations],
            "better": [_told(s) for s in self.better],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> CheckedSentence:
        plain = ("text", "line", "column", "start", "end", "paragraph", "verdict", "score", "note")
        return cls(
            **{name: told[name] for name in plain},
            sentences=tuple(_sentence(s) for s in told["sentences"]),
            unsupported=tuple((int(a), int(b)) for a, b in told["unsupported"]),
            citations=tuple(Citation(c["label"], tuple(c["papers"]), c["note"]) for c in told["citations"]),
            better=tuple(_sentence(s) for s in told["better"]),
        )


@dataclass(frozen=True, slots=True)
class DraftReport:
    """All sentences of a draft in order, and what is known of the papers that are named with them: no abstracts."""

    sentences: tuple[CheckedSentence, ...]
    papers: tuple[Paper, ...]

    def count(self, verdict: SentenceVerdict) -> int:
        return sum(s.verdict == verdict for s in self.sentences)

    @property
    def claims(self) -> int:
        return len(self.sentences) - self.count("no_claim")

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "line": s.line,
                "sentence": s.text,
                "verdict": s.verdict,
                "score": s.score,
                "lacking": "; ".join(s.lacking),
                "by": " ".join(f"{n.text} ({n.id})" for n in s.nearest),
            }
            for s in self.sentences
        ]

    def _repr_html_(self) -> str:
        counts = ", ".join(f"{self.count(v)} {v.replace('_', ' ')}" for v in VERDICTS if self.count(v))
        return notebook.table_html(f"{self.claims} claims", counts, self._rows())

    def to_pandas(self) -> DataFrame:
        """A row a sentence of the draft. Raises UsageError where pandas is not installed."""
        return notebook.frame(self._rows(), ("line", "sentence", "verdict", "score", "lacking", "by"))

    @property
    def passes(self) -> bool:
        """Whether nothing in it is contradicted or not stated."""
        return not any(s.verdict in FAILING for s in self.sentences)

    def to_dict(self) -> dict[str, Any]:
        return {
            "counts": {verdict: self.count(verdict) for verdict in VERDICTS},
            "sentences": [s.to_dict() for s in self.sentences],
            "papers": [paper_line(p) for p in self.papers],
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> DraftReport:
        papers = tuple(paper_from_line(p) for p in told["papers"])
        return cls(tuple(CheckedSentence.from_dict(s) for s in told["sentences"]), papers)


@dataclass(frozen=True, slots=True)
class DraftBegun:
    """How many sentences will be judged."""

    sentences: int


DraftEvent = DraftBegun | CheckedSentence | DraftReport
"""What is told of a draft while it is judged: the beginning, each sentence in order, the report of all."""


def event_to_dict(event: DraftEvent) -> tuple[str, dict[str, Any]]:
    """An event's name and what it tells."""
    if isinstance(event, DraftBegun):
        return "begun", {"sentences": event.sentences}
    return ("sentence" if isinstance(event, CheckedSentence) else "done"), event.to_dict()


def event_from_dict(name: str, told: Mapping[str, Any]) -> DraftEvent | None:
    """None for a name that is no event of a draft: a later server may tell more than this client knows."""
    if name == "begun":
        return DraftBegun(int(told["sentences"]))
    if name == "sentence":
        return CheckedSentence.from_dict(told)
    return DraftReport.from_dict(told) if name == "done" else None


@dataclass(frozen=True, slots=True)
class Position:
    """What one paper says of a claim, and by which sentences."""

    paper: Paper
    verdict: ClaimVerdict
    score: float
    sentences: tuple[Sentence, ...]
    unsupported: tuple[tuple[int, int], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "paper": paper_line(self.paper), "verdict": self.verdict, "score": self.score,
            "sentences": [_told(s) for s in self.sentences], "unsupported": [list(span) for span in self.unsupported],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the papers of a library stand to a claim: those that say something of it, the surest first; of ``of`` papers
    the ``read`` that come nearest to it were read, and the rest of those say nothing of it.
    """

    claim: str
    positions: tuple[Position, ...]
    read: int
    of: int

    def those(self, verdict: ClaimVerdict) -> tuple[Position, ...]:
        return tuple(p for p in self.positions if p.verdict == verdict)

    @property
    def silent(self) -> int:
        return self.read - len(self.positions)

    def to_dict(self) -> dict[str, Any]:
        told: tuple[ClaimVerdict, ...] = ("supported", "contradicted", "in_doubt")
        counts: dict[str, Any] = {verdict: len(self.those(verdict)) for verdict in told}
        return {
            "claim": self.claim, **counts, "not_stated": self.silent, "read": self.read, "of": self.of,
            "positions": [p.to_dict() for p in self.positions],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Agreement:
        positions = (
            Position(
                paper_from_line(p["paper"]), p["verdict"], p["score"], tuple(_sentence(s) for s in p["sentences"]),
                tuple((int(a), int(b)) for a, b in p["unsupported"]),
            )
            for p in told["positions"]
        )  # fmt: skip
        return cls(told["claim"], tuple(positions), told["read"], told["of"])


def paper_line(paper: Paper) -> dict[str, Any]:
    """What is told of a paper that is named."""
    told = {"paper_id": paper.paper_id, "title": paper.title, "authors": list(paper.authors), "year": paper.year}
    return told | {"venue": paper.venue, "url": paper.link}


def named(paper: Paper) -> Paper:
    """A paper with what is told of it, and nothing of the rest."""
    return paper_from_line(paper_line(paper))


def paper_from_line(told: Mapping[str, Any]) -> Paper:
    return Paper(
        title=told["title"], abstract="", authors=tuple(told["authors"]), year=told["year"], venue=told["venue"],
        url=told["url"], kept_as=told["paper_id"],
    )  # fmt: skip


def _told(sentence: Sentence) -> dict[str, Any]:
    return {
        "id": sentence.id, "paper_id": sentence.paper_id, "text": sentence.text,
        "start": sentence.start, "end": sentence.end,
    }  # fmt: skip


def _sentence(told: Mapping[str, Any]) -> Sentence:
    return Sentence(told["paper_id"], int(told["id"].rpartition(":")[2]), told["start"], told["end"], told["text"])
