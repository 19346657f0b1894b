"""What was measured in several rounds -> medians, and ratios to ours; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import NamedTuple

from evals.tables import Table


class Took(NamedTuple):
    """Seconds by the clock, and by the processor over all threads: the second moves far less where others use the
    machine as well.
    """

    clock: float
    processor: float


@dataclass(frozen=True)
class Round:
    """One library, measured once, each part in a process of its own. Memory and disk in MB of 1,000,000 bytes.

    ``ready``: from the start of the process until the first paper is kept. ``indexing``: the papers after that.
    ``embedding``: the library's embedder alone on the same texts, warm. ``first``: from the start of a process to its
    first search result. ``asking``: all questions after that, and ``waits`` the clock's seconds for each. ``found``:
    the titles that each found.
    """

    ready: Took
    indexing: Took
    embedding: Took
    first: Took
    asking: Took
    waits: tuple[float, ...]
    index_peak: float
    search_peak: float
    size: float
    found: tuple[tuple[str, ...], ...]


class Figure(NamedTuple):
    """A figure of a round, and how it is written."""

    title: str
    of: Callable[[Round], float]
    form: str = "{:.1f}"


FIGURES = (
    Figure("index", lambda r: r.indexing.clock),
    Figure("index, CPU", lambda r: r.indexing.processor),
    Figure("embedder alone", lambda r: r.embedding.clock),
    Figure("embedder, CPU", lambda r: r.embedding.processor),
    Figure("first result", lambda r: r.first.clock),
    Figure("first result, CPU", lambda r: r.first.processor),
    Figure("search p50, ms", lambda r: at(r.waits, 50) * 1000, "{:.0f}"),
    Figure("p95, ms", lambda r: at(r.waits, 95) * 1000, "{:.0f}"),
    Figure("search CPU, ms", lambda r: r.asking.processor / len(r.waits) * 1000, "{:.0f}"),
    Figure("peak index, MB", lambda r: r.index_peak, "{:.0f}"),
    Figure("peak search, MB", lambda r: r.search_peak, "{:.0f}"),
    Figure("folder, MB", lambda r: r.size),
)


def at(values: Sequence[float], percent: int) -> float:
    """A percentile, linear between values."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


class Ratio(NamedTuple):
    """Theirs divided by ours: above 1, ours needs less. The median of the rounds, the lowest and the highest."""

    middle: float
    low: float
    high: float


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Each round by itself, so that what the machine did meanwhile meets both."""
    each = [t / o for t, o in zip(theirs, ours, strict=True)]
    return Ratio(median(each), min(each), max(each))


def shared(theirs: Round, ours: Round) -> float:
    """How many papers of a question's results both found, on average: tells that they did the same work."""
    return sum(len(set(a) & set(b)) for a, b in zip(theirs.found, ours.found, strict=True)) / len(ours.found)


def tables(rounds: Mapping[str, Sequence[Round]], ours: str) -> tuple[Table, Table]:
    """The medians of every library, and what each of the others needs for what ours needs; a row a figure, a column a
    library.
    """
    others = [name for name in rounds if name != ours]
    medians = tuple(
        (f.title, *(f.form.format(median(f.of(r) for r in done)) for done in rounds.values())) for f in FIGURES
    )
    ratios = tuple((f.title, *(_ratio_of(f, rounds[name], rounds[ours]) for name in others)) for f in FIGURES)
    title = f"theirs / {ours}, round by round: median (lowest to highest)"
    return Table("medians; seconds where no unit is named", ("", *rounds), medians), Table(title, ("", *others), ratios)


def _ratio_of(figure: Figure, theirs: Sequence[Round], ours: Sequence[Round]) -> str:
    found = ratio([figure.of(r) for r in theirs], [figure.of(r) for r in ours])
    return f"{found.middle:.2f} ({found.low:.2f} to {found.high:.2f})"
