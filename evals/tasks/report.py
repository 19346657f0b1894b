"""What a task's run found, as data and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals.documents import Indexed
from evals.published import Published
from evals.statistics import Estimate, quantile
from evals.tables import Table, share
from evals.tasks.cases import Question
from evals.tasks.scoring import Reply

TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "abstract_f1": "abstracts: label (F1)",
    "rationale_f1": "abstracts: label and rationale (F1)",
    "sentence_f1": "sentences: selection (F1)",
    "sentence_label_f1": "sentences: selection and label (F1)",
    "reached": "evidence among those found",
}
_SETTINGS = {"given": "sentences given", "found": "abstracts to be found"}


@dataclass(frozen=True)
class Asked:
    """A question and what was replied for each document."""

    question: Question
    replies: Mapping[str, Reply]


@dataclass(frozen=True)
class Standing:
    """What one system is worth in one setting. ``confusion``: right label -> given label -> how often; ``seconds``: a
    reply each.
    """

    figures: Mapping[str, Estimate]
    confusion: Mapping[str, Mapping[str, int]]
    asked: tuple[Asked, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Setting:
    """How the questions were asked: with the sentences "given", or with documents to be "found"; ``cases``: how many
    labels were due.
    """

    name: str
    cases: int
    standings: Mapping[str, Standing]


@dataclass(frozen=True)
class TaskReport:
    """Every system in every setting, and what others published."""

    name: str
    split: str
    settings: tuple[Setting, ...]
    embedder: str
    indexed: Indexed
    published: tuple[Published, ...]
    notes: tuple[str, ...]

    @property
    def headline(self) -> str:
        cases = ", ".join(f"{s.cases:,} with {_SETTINGS[s.name]}" for s in self.settings)
        return f"{self.name} {self.split}: {cases}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "task": self.name, "split": self.split, "embedder": self.embedder, "indexed": self.indexed.to_dict(),
            "settings": {s.name: {"cases": s.cases,
            "systems": {n: _told(x) for n, x in s.standings.items()}} for s in self.settings},
            "published": [p.__dict__ for p in self.published], "notes": list(self.notes),
        }  # fmt: skip

    def tables(self) -> tuple[Table, ...]:
        """What a screen shows: a table a setting, a column a system; then what others published."""
        ours = tuple(_table(s) for s in self.settings)
        rows = tuple(
            (p.system, TITLES[p.metric], f"{p.value:.3f}", "" if p.comparable else "other questions", p.of, p.source)
            for p in self.published
        )
        return (*ours, Table("published", ("", "", "theirs", "", "of", "source"), rows)) if rows else ours


def _table(setting: Setting) -> Table:
    names = sorted({n for s in setting.standings.values() for n in s.figures}, key=_order)
    rows = tuple((_title(n), *(_cell(s.figures.get(n)) for s in setting.standings.values())) for n in names)
    return Table(f"{_SETTINGS[setting.name]} ({setting.cases:,})", ("", *setting.standings), rows)


def _order(name: str) -> tuple[int, str, str]:
    """Figures of everything first, in the order of ``TITLES``; then those of each label."""
    what, _, label = name.partition(":")
    return (len(TITLES), label, what) if label else (list(TITLES).index(name), "", "")


def _title(name: str) -> str:
    what, _, label = name.partition(":")
    return f"{what} of {label}" if label else TITLES[name]


def _cell(figure: Estimate | None) -> str:
    return "" if figure is None else " ".join(("{}  {}").format(*share(figure)).split(" ", 1))


def _told(standing: Standing) -> dict[str, Any]:
    seconds = (
        {"p50": round(quantile(standing.seconds, 0.5), 4), "p95": round(quantile(standing.seconds, 0.95), 4)}
        if standing.seconds
        else {}
    )
    return {
        "figures": {name: e.to_dict() for name, e in standing.figures.items()},
        "confusion": {right: dict(given) for right, given in standing.confusion.items()},
        "seconds": seconds,
        "replies": [{"id": a.question.id, "label": a.question.label, "replies": _replies(a)} for a in standing.asked],
    }  # fmt: skip


def _replies(asked: Asked) -> dict[str, Any]:
    return {document: {"label": r.label, "evidence": list(r.evidence)} for document, r in asked.replies.items()}
