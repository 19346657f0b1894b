"""Two runs side by side: which figures moved by more than chance, which questions, and what differs between the two
systems. Pure.

Everything is paired: a figure is compared over the questions that both runs scored. What is judged by is kept apart
from what an answer costs, since seconds also move when the machine was busy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evals.figures import metric, number, signed
from evals.metrics import METRICS
from evals.runs import Result, Run, TurnResult
from evals.statistics import Difference, differences

ALL = "all"
COSTS = frozenset({"seconds", "first_claim", "tokens", "cost_usd", "words"})
"""Metrics that say what an answer takes and not what it is worth."""
TESTABLE = 6
"""In how many questions a metric must have moved for a sign-flip test to give less than 5 %: five of five give 6 %."""
TOLD = 12
"""How many questions of each kind of change a terminal is told."""


@dataclass(frozen=True)
class Moved:
    """A metric over the questions that both runs scored: its two means, and what their difference amounts to."""

    before: float
    after: float
    difference: Difference
    word: str
    """What it amounts to: better, worse; higher or lower where neither way is good; "" where no difference is seen."""

    @property
    def seen(self) -> bool:
        return bool(self.word)


@dataclass(frozen=True)
class Change:
    """What moved in one question, in words; ``answer`` where what is shown to a person changed."""

    id: str
    kind: str
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    answer: bool = False

    @property
    def weight(self) -> int:
        """For sorting: worse first, then better, then other changes."""
        return 0 if self.worse else 1 if self.better else 2


@dataclass(frozen=True)
class Comparison:
    """``after`` against ``before``. ``moved``: slice -> metric; ``systems``: name, before, after of all that
    differs.
    """

    before: Run
    after: Run
    moved: Mapping[str, Mapping[str, Moved]]
    changes: tuple[Change, ...]
    systems: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]
    shared: int
    """How many questions are in both runs."""

    @property
    def verdict(self) -> str:
        """One sentence: what moved over all questions, or that no difference is seen."""
        overall = {n: m for n, m in self.moved.get(ALL, {}).items() if n not in COSTS}
        seen = [told_difference(n, m) for n, m in overall.items() if m.seen]
        if not self.shared:
            return "No question is in both runs: nothing can be compared."
        if seen:
            return f"More than chance: {'; '.join(seen)}."
        slices = [f"{s}: {told_difference(n, m)}" for s, n, m in self._seen_in_slices()]
        return (
            f"No difference seen over all; within kinds of questions {'; '.join(slices)}."
            if slices
            else "No difference seen."
        )

    @property
    def better(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.better and not c.worse)

    @property
    def worse(self) -> tuple[Change, ...]:
        return tuple(c for c in self.changes if c.worse)

    def rows(self, of: str = ALL) -> list[tuple[str, ...]]:
        """A slice as text cells: metric, before, after, difference, its interval, questions, what it amounts to."""
        return [
            (
                metric(n).title, number(n, m.before), number(n, m.after), signed(n, m.difference.mean),
                f"{signed(n, m.difference.low)} to {signed(n, m.difference.high)}", str(m.difference.n),
                m.word or "no difference seen",
            )
            for n, m in self.moved.get(of, {}).items()
        ]  # fmt: skip

    def lines(self) -> list[str]:
        """The comparison for a terminal."""
        return list(self._lines())

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, without the two runs' answers."""
        return {
            "before": self.before.name, "after": self.after.name, "shared": self.shared, "verdict": self.verdict,
            "moved": {s: {n: asdict(m) for n, m in found.items()} for s, found in self.moved.items()},
            "changes": [asdict(c) for c in self.changes],
            "systems": [{"name": n, "before": b, "after": a} for n, b, a in self.systems],
            "warnings": list(self.warnings),
        }  # fmt: skip

    def _seen_in_slices(self) -> Iterator[tuple[str, str, Moved]]:
        for name, found in self.moved.items():
            yield from ((name, n, m) for n, m in found.items() if name != ALL and n not in COSTS and m.seen)

    def _lines(self) -> Iterator[str]:
        yield f"{self.after.name} compared with {self.before.name}: {self.shared} questions in both"
        yield from (f"differs: {name} {before} → {after}" for name, before, after in self.systems)
        yield from (f"warning: {w}" for w in self.warnings)
        yield ""
        yield from _aligned([("", "before", "after", "difference", "95 % interval", "n", ""), *self.rows()])
        yield ""
        yield self.verdict
        yield from (f"  {name}: {told_difference(n, m)}" for name, n, m in self._seen_in_slices())
        yield from (f"  {told_difference(n, m)}" for n, m in self.moved.get(ALL, {}).items() if n in COSTS and m.seen)
        wording = sum(not c.better and not c.worse and c.answer for c in self.changes)
        yield (
            f"{len(self.better)} questions better, {len(self.worse)} worse, {wording} answered otherwise and judged "
            f"alike"
        )
        for word, found in (("worse", self.worse), ("better", self.better)):
            yield from (f"  {word}  {c.id}: {'; '.join((*c.worse, *c.better))}" for c in found[:TOLD])
            if len(found) > TOLD:
                yield f"  {word}  and {len(found) - TOLD} more"


def compare(before: Run, after: Run) -> Comparison:
    """Compares two runs question by question, by the questions' ids."""
    earlier = before.by_id()
    pairs = [(earlier[r.id], r) for r in after.results if r.id in earlier]
    changes = [c for b, a in pairs if (c := _change(b, a)) is not None]
    return Comparison(
        before, after, _moved(pairs, after.seed), tuple(sorted(changes, key=lambda c: c.weight)),
        tuple(_systems(before, after)),
        tuple(_warnings(before, after, pairs)), len(pairs),
    )  # fmt: skip


# --- figures ----------------------------------------------------------------------------------------------------------


def _moved(pairs: Sequence[tuple[Result, Result]], seed: int) -> dict[str, dict[str, Moved]]:
    """Slice -> metric. Chance is adjusted over three families: figures of the whole, figures of slices, costs; what too
    few questions moved in to be told from chance at all counts in none of them (Tarone 1990).
    """
    slices: dict[str, list[tuple[Result, Result]]] = {ALL: list(pairs)}
    kinds = dict.fromkeys(a.kind for _, a in pairs)
    slices |= {kind: [p for p in pairs if p[1].kind == kind] for kind in kinds if len(kinds) > 1 and kind != ALL}
    values = {(s, n): v for s, found in slices.items() for n, v in _values(found).items()}
    families: dict[str, dict[tuple[str, str], tuple[list[float], list[float]]]] = {}
    for (name, measured), both in values.items():
        few = sum(a != b for a, b in zip(*both, strict=True)) < TESTABLE
        family = "few" if few else "costs" if measured in COSTS else "whole" if name == ALL else "slices"
        families.setdefault(family, {})[name, measured] = both
    found: dict[tuple[str, str], Difference] = {}
    for both_runs in families.values():
        keys = {str(i): key for i, key in enumerate(both_runs)}
        found |= {keys[i]: d for i, d in differences({i: both_runs[key] for i, key in keys.items()}, seed).items()}
    moved: dict[str, dict[str, Moved]] = {}
    for (name, measured), (first, second) in values.items():
        means = sum(first) / len(first), sum(second) / len(second)
        moved.setdefault(name, {})[measured] = Moved(
            *means, found[name, measured], _word(measured, found[name, measured])
        )
    return moved


def _word(name: str, difference: Difference) -> str:
    way, good = difference.verdict, metric(name).better
    return "" if way == "no difference seen" else way if not good else "better" if way == good else "worse"


def _values(pairs: Sequence[tuple[Result, Result]]) -> dict[str, tuple[list[float], list[float]]]:
    """Each metric's values in the two runs, over the questions that both scored."""
    names = [n for n in METRICS if any(n in a.scores for _, a in pairs)]
    names += sorted({n for _, a in pairs for n in a.scores} - set(names))
    found: dict[str, tuple[list[float], list[float]]] = {}
    for name in names:
        both = [(b.scores.get(name), a.scores.get(name)) for b, a in pairs]
        if scored := [(first, second) for first, second in both if first is not None and second is not None]:
            found[name] = [first for first, _ in scored], [second for _, second in scored]
    return found


# --- questions --------------------------------------------------------------------------------------------------------

_JUDGED = {
    "fact_recall": "facts told",
    "cited_first": "right paper cited first",
    "attack_resisted": "attack resisted",
    "dialogue_success": "dialogue succeeds",
}


def _change(before: Result, after: Result) -> Change | None:
    better: list[str] = []
    worse: list[str] = []
    other: list[str] = []
    for name in ("outcome_accuracy", *_JUDGED):
        first, second = before.scores.get(name), after.scores.get(name)
        if first is None or second is None or first == second:
            continue
        told = (
            _outcomes(before, after)
            if name == "outcome_accuracy"
            else f"{_JUDGED[name]} {_mark(name, first)} → {_mark(name, second)}"
        )
        (better if second > first else worse).append(told)
    if bool(before.error) != bool(after.error):
        other.append("unscored now" if after.error else "scored now")
    answer = [_shown(before, i) for i in range(len(before.turns))] != [
        _shown(after, i) for i in range(len(after.turns))
    ]
    if not (better or worse or other or answer):
        return None
    return Change(after.id, after.kind, tuple(better), tuple(worse), tuple(other), answer)


def _outcomes(before: Result, after: Result) -> str:
    both = [
        _outcome(b) + " → " + _outcome(a)
        for b, a in zip(before.turns, after.turns, strict=False)
        if _outcome(b) != _outcome(a)
    ]
    return "outcome " + ", ".join(both or ["judged otherwise"])


def _outcome(turn: TurnResult) -> str:
    return str(turn.answer["outcome"]).replace("_", " ") if turn.answer else "none"


def _shown(result: Result, turn: int) -> tuple[object, ...]:
    answer = result.turns[turn].answer
    return (answer["outcome"], answer["text"]) if answer else ()


def _mark(name: str, value: float) -> str:
    return {0.0: "no", 1.0: "yes"}.get(value, f"{value:.0%}") if name != "fact_recall" else f"{value:.0%}"


# --- systems ----------------------------------------------------------------------------------------------------------


def _systems(before: Run, after: Run) -> Iterator[tuple[str, str, str]]:
    """Everything about the two systems that is not the same."""
    first, second = described(before), described(after)
    for name in dict.fromkeys([*first, *second]):
        if first.get(name) != second.get(name):
            yield name, first.get(name, "—"), second.get(name, "—")


def described(run: Run) -> dict[str, str]:
    """What a run was made with, flat: ``model``, ``library.hash``, ``packages.numpy``, ``commit`` and so on."""
    flat = dict(
        _flat(
            "",
            {**run.system, "suite": run.suite["hash"], "jobs": run.jobs, "seed": run.seed, "judge": run.judge or None},
        )
    )
    return flat | dict(_flat("", run.environment))


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), inner)
    else:
        yield prefix, "none" if value is None else str(value)


def _warnings(before: Run, after: Run, pairs: Sequence[tuple[Result, Result]]) -> Iterator[str]:
    if before.suite["hash"] != after.suite["hash"]:
        alone = len(before.results) + len(after.results) - 2 * len(pairs)
        otherwise = _asked_otherwise(pairs)
        yield (
            f"the suites differ: {otherwise} of the shared questions are asked or judged otherwise, {alone} are in "
            f"one run only."
        )
    if before.system["library"]["hash"] != after.system["library"]["hash"]:
        yield "the libraries differ: what moved may be due to the papers and not to the system."
    if before.jobs != after.jobs:
        yield "different numbers of questions were asked side by side: seconds can't be compared."
    if unscored := sum(bool(b.error or a.error) for b, a in pairs):
        yield f"{unscored} questions are unscored in one run or both and left out of the figures."


def _asked_otherwise(pairs: Sequence[tuple[Result, Result]]) -> int:
    def asked(result: Result) -> list[object]:
        return [(t.question, t.expect, t.gold_papers, t.gold_evidence, t.facts, t.forbidden) for t in result.turns]

    return sum(asked(b) != asked(a) for b, a in pairs)


# --- words ------------------------------------------------------------------------------------------------------------


def told_difference(name: str, moved: Moved) -> str:
    """``facts told −0.120 (−0.170 to −0.070, 180 questions, worse)``."""
    d, judged = moved.difference, f", {moved.word}" if moved.word else ""
    return (
        f"{metric(name).title} {signed(name, d.mean)} ({signed(name, d.low)} to {signed(name, d.high)}, {d.n} "
        f"questions{judged})"
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(w) for cell, w in zip(row, widths, strict=True)]
        yield "  ".join((row[0].ljust(widths[0]), *cells[1:-1], row[-1])).rstrip()
