"""Figures, comparisons and lists of runs on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from evals.metrics import METRICS
from rag.text.display import shown

if TYPE_CHECKING:
    from evals.beir import BeirReport
    from evals.comparing import Comparison
    from evals.judge import Agreement
    from evals.runs import Run
    from evals.tasks import TaskReport

_SHOWN = (
    "hit@1", "recall@5", "mrr@10", "ndcg@10", "cited_first", "fact_recall", "citation_precision", "citation_recall",
    "evidence_recall",
    "citation_support", "outcome_accuracy", "plan_told", "list_precision", "list_recall", "list_f1", "count_right",
    "papers_used", "judged", "turn_success", "dialogue_success", "attack_resisted", "withheld_rightly", "words",
    "seconds", "first_claim", "tokens", "cost_usd",
)  # fmt: skip
_ABSTENTION = ("not_covered", "not_stated", "contradicted", "abstention")
Figure = Mapping[str, float | int]


def print_run(run: Run) -> None:
    """The figures of a run: a row a metric, a column a kind of question, each mean with its 95 % interval."""
    console = _console()
    kinds = [k for k in run.figures if k != "all"]
    slices = ["all", *kinds] if len(kinds) > 1 else ["all"]
    system = run.system
    console.print(
        f"{run.suite['name']}: {run.suite['questions']} questions of {system['library']['papers']} papers, "
        f"writer {system['writer']}{' (' + str(system['model']) + ')' if system['model'] else ''}"
    )
    table = Table("", *(_headed(run, s) for s in slices), box=None, pad_edge=False, header_style="dim")
    for name in _SHOWN:
        cells = [_cell(name, run.figures[s].get(name)) for s in slices]
        if any(cells):
            table.add_row(METRICS[name].title, *cells)
    console.print(table)
    _print_abstention(console, run.figures["all"])
    for name, told in run.timings.items():
        console.print(f"{METRICS[name].title}: p50 {told['p50']:.3f}, p95 {told['p95']:.3f}")
    _print_notes(console, run)


def print_runs(runs: Sequence[tuple[Run, bool]]) -> None:
    """A line a run, newest first. The flag: whether it went to its end."""
    console = _console()
    table = Table(
        "run", "suite", "writer", "facts", "citations", "outcome", box=None, pad_edge=False, header_style="dim"
    )
    for run, whole in runs:
        figures = run.figures.get("all", {})
        cells = [_cell(n, figures.get(n)) for n in ("fact_recall", "citation_precision", "outcome_accuracy")]
        model = run.system["model"] or run.system["writer"]
        table.add_row(run.name, run.suite["name"], model, *(cells if whole else ["interrupted", "", ""]))
    console.print(table if runs else "No runs here.")


def print_comparison(comparison: Comparison) -> None:
    """What changed, and whether it is more than chance."""
    console = _console()
    console.print()
    for line in comparison.lines():
        console.print(shown(line), markup=False, highlight=False)


def print_data_set(report: BeirReport | TaskReport) -> None:
    """The figures on a public data set, published ones beside them, and notes on what was counted."""
    console = _console()
    console.print(shown(report.headline), style="bold")
    for told in report.tables():
        console.print()
        table = Table(
            *told.header, title=told.title or None, title_justify="left", box=None, pad_edge=False, header_style="dim"
        )
        for row in told.rows:
            table.add_row(*(shown(cell) for cell in row))
        console.print(table)
    for note in report.notes:
        console.print(shown(note), style="dim")


def print_agreement(measured: Agreement) -> None:
    """How far a judge agrees with people."""
    share = measured.share
    console = _console()
    console.print(
        f"{shown(measured.judge)} agrees with people on {measured.data} in {share.mean:.3f} of {share.n} cases "
        f"({share.low:.3f} to {share.high:.3f}), kappa {measured.kappa:.2f}; {share.unscored} replies had no grade."
    )


def _print_abstention(console: Console, figures: Mapping[str, Figure]) -> None:
    rows = [(kind, figures.get(f"{kind}_precision"), figures.get(f"{kind}_recall")) for kind in _ABSTENTION]
    if not any(p or r for _, p, r in rows):
        return
    console.print()
    table = Table("kinds of no", "precision", "recall", box=None, pad_edge=False, header_style="dim")
    for kind, precision, recall in rows:
        if precision or recall:
            table.add_row(kind.replace("_", " "), _cell("hit@1", precision), _cell("hit@1", recall))
    console.print(table)


def _print_notes(console: Console, run: Run) -> None:
    failed = [r for r in run.results if r.error]
    drafts = sum(r.draft for r in run.results)
    if failed:
        console.print(
            f"{len(failed)} unscored: could not be asked, first {failed[0].id}: {shown(failed[0].error)}",
            style="yellow",
        )
    if run.judge:
        known = "; ".join(
            f"{a['data']} {a['share']['mean']:.2f}, kappa {a['kappa']:.2f}" for a in run.judge["agreements"]
        )
        console.print(
            f"judge {shown(run.judge['model'])}; "
            f"agreement with people: {known or 'not measured (--judge with --task)'}",
            style="dim",
        )
    if drafts:
        console.print(f"{drafts} questions are drafts that nobody has read.", style="yellow")


def _headed(run: Run, name: str) -> str:
    count = len(run.results) if name == "all" else sum(r.kind == name for r in run.results)
    return f"{name} ({count})"


def _cell(name: str, figure: Figure | None) -> str:
    """``.82 .77–.86``: the mean and its interval; counts and seconds as they are."""
    if figure is None:
        return ""
    unscored = f" ({figure['unscored']} unscored)" if figure["unscored"] else ""
    if METRICS[name].unit != "share":
        digits = 0 if METRICS[name].unit == "count" else 3
        return f"{figure['mean']:.{digits}f}{unscored}"
    return f"{_short(figure['mean'])} {_short(figure['low'])}–{_short(figure['high'])}{unscored}"


def _short(share: float) -> str:
    return f"{share:.2f}".removeprefix("0") if share < 0.995 else "1.0"


def _console() -> Console:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 240
    return console
