"""The figures of a run on a page: the headline, the table by kind of question, and the plots."""

from __future__ import annotations

from collections.abc import Sequence

from evals.comparing import ALL, Moved
from evals.figures import metric, signed
from evals.metrics import METRICS
from evals.report.data import DUE, answer_seconds, outcome_counts, outcome_words
from evals.report.page import Figure, amount, figure_cell, head, named_row, safe, scrolling, whole
from evals.report.plots import Interval, confusion, intervals, seconds
from evals.runs import Run

HEADLINE = (
    "outcome_accuracy",
    "cited_first",
    "fact_recall",
    "citation_precision",
    "attack_resisted",
    "dialogue_success",
    "hit@1",
)
_DRAWN = ("outcome_accuracy", "hit@1", "cited_first", "fact_recall", "citation_precision", "evidence_recall")
_NO = tuple(
    f"{kind}_{side}"
    for kind in ("abstention", "not_covered", "not_stated", "contradicted")
    for side in ("precision", "recall")
)
_GROUPS = {
    "Finding the papers": ("hit@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"),
    "Answers": (
        "outcome_accuracy",
        "cited_first",
        "fact_recall",
        "turn_success",
        "dialogue_success",
        "attack_resisted",
    ),
    "Citations": (
        "citation_precision",
        "citation_recall",
        "evidence_recall",
        "citation_support",
        "withheld",
        "withheld_rightly",
    ),
    "Kinds of no": _NO,
    "What an answer takes": ("words", "seconds", "first_claim", "tokens", "cost_usd"),
}
_OUTCOMES = ("answered", "partial", "not_stated", "not_covered")
_EXPECTED = ("answered", "contradicted", "not_stated", "not_covered", "small_talk")


def tiles(run: Run, moved: dict[str, Moved]) -> str:
    """The headline figures; in a comparison with what became of each."""
    figures = run.figures.get(ALL, {})
    return (
        f'<ul class="tiles">{"".join(_tile(n, figures[n], moved.get(n)) for n in HEADLINE if n in figures)}'
        f"{_time_tile(run)}</ul>"
    )


def moved_words(name: str, moved: Moved) -> str:
    """A difference with what it amounts to, in words and colour."""
    if not moved.seen:
        return f'{signed(name, moved.difference.mean)} <span class="muted">no difference seen</span>'
    return f'<span class="{moved.word}">{signed(name, moved.difference.mean)} {moved.word}</span>'


def by_kind(run: Run) -> str:
    """The table of all figures: a row a metric, a column a kind of question."""
    slices = _slices(run)
    counts = {s: sum(s in (ALL, r.kind) for r in run.results) for s in slices}
    heads = [f'<th scope="col"{whole(s)}>{safe(outcome_words(s))}<small>{counts[s]}</small></th>' for s in slices]
    present = {
        n
        for figures in run.figures.values()
        for n, f in figures.items()
        if n not in ("tokens", "cost_usd") or f["high"] > 0
    }
    other = tuple(sorted(present - {n for names in _GROUPS.values() for n in names}))
    bodies = [
        _group(run, slices, title, [n for n in names if n in present])
        for title, names in {**_GROUPS, "Other": other}.items()
    ]
    terms = "".join(
        f"<dt>{safe(metric(n).title)}</dt><dd>{safe(metric(n).formula)}</dd>" for n in METRICS if n in present
    )
    caption = (
        "<caption>Means over questions with 95 % intervals: Wilson’s where all values are 0 or 1, bootstrap "
        "percentiles elsewhere. "
        "Kinds of no are counted over turns.</caption>"
    )
    return (
        '<section id="kinds"><h2>By kind of question</h2>'
        + scrolling(
            f'<table class="fixed">{head(heads)}{"".join(bodies)}{caption}</table>', "Figures by kind of question"
        )
        + f'<details class="terms-box"><summary>What each figure means</summary><dl '
        f'class="terms">{terms}</dl></details></section>'
    )


def plots(run: Run) -> str:
    """Figures with intervals by kind, outcomes, and seconds."""
    figures = [_interval_plot(run, n, name) for n, name in enumerate(_DRAWN) if name in run.figures.get(ALL, {})]
    figures += [_outcome_plot(run)] if run.results else []
    times, told = answer_seconds(run), run.timings.get("seconds")
    if times and told:
        about = f"Half of the answers took at most {told['p50']:.3f} seconds, 19 of 20 at most {told['p95']:.3f}."
        drawn = seconds("t", times, (("p50", told["p50"]), ("p95", told["p95"])), about)
        figures.append(plot("Seconds an answer", "half within p50, 19 of 20 within p95", drawn))
    return f'<section id="plots"><h2>Plots</h2><div class="plots">{"".join(figures)}</div></section>'


def plot(title: str, under: str, svg: str) -> str:
    """A drawing with its title."""
    return f"<figure><figcaption>{safe(title)}<small>{safe(under)}</small></figcaption>{svg}</figure>"


def _tile(name: str, figure: Figure, moved: Moved | None) -> str:
    low, high, mean = (round(100 * float(figure[key]), 2) for key in ("low", "high", "mean"))
    bar = (
        '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="f-line" y="3" '
        'width="100" height="2"/>'
        f'<rect class="f-accent" opacity=".4" x="{low}" y="1.5" width="{max(0.5, high - low):.2f}" height="5"/>'
        f'<rect class="f-accent" x="{max(0.0, mean - 0.7):.2f}" y="0" width="1.4" height="8"/></svg>'
    )
    ranged = f"{amount(name, float(figure['low']))} to {amount(name, float(figure['high']))}, n {safe(figure['n'])}"
    told = f'<span class="moved">{moved_words(name, moved)}</span>' if moved else ""
    return (
        f'<li><span class="what">{safe(metric(name).title)}</span><span '
        f'class="value">{amount(name, float(figure["mean"]))}</span>'
        f'{bar}<span class="range">{ranged}</span>{told}</li>'
    )


def _time_tile(run: Run) -> str:
    times, first = run.timings.get("seconds"), run.timings.get("first_claim")
    if not times:
        return ""
    told = f'<span class="range">first sentence {first["p50"]:.2f} s</span>' if first else ""
    return (
        f'<li><span class="what">seconds, half the answers within</span><span class="value">{times["p50"]:.2f}</span>'
        f'<span class="range">19 of 20 within {times["p95"]:.2f} s</span>{told}</li>'
    )


def _slices(run: Run) -> list[str]:
    kinds = [s for s in run.figures if s != ALL]
    return [ALL, *kinds] if len(kinds) > 1 else [ALL]


def _group(run: Run, slices: Sequence[str], title: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    rows = [
        named_row(n, [f"<td{whole(s)}>{figure_cell(n, run.figures.get(s, {}).get(n))}</td>" for s in slices])
        for n in names
    ]
    return (
        f'<tbody><tr><th scope="rowgroup" class="group" '
        f'colspan="{len(slices) + 1}">{title}</th></tr>{"".join(rows)}</tbody>'
    )


def _interval_plot(run: Run, n: int, name: str) -> str:
    figures = [(s, run.figures[s][name]) for s in _slices(run) if name in run.figures[s]]
    rows = [Interval(outcome_words(s), f["mean"], f["low"], f["high"]) for s, f in figures]
    about = metric(name).title + ": " + "; ".join(f"{r.label} {r.mean:.2f} ({r.low:.2f} to {r.high:.2f})" for r in rows)
    return plot(metric(name).title, "by kind, with 95 % intervals", intervals(f"i{n}", rows, about))


def _outcome_plot(run: Run) -> str:
    counts = outcome_counts(run)
    expected = [e for e in (*_EXPECTED, *sorted(set(counts) - set(_EXPECTED))) if e in counts]
    given = [*_OUTCOMES, *sorted({g for row in counts.values() for g in row} - set(_OUTCOMES))]
    table = [[counts[e].get(g, 0) for g in given] for e in expected]
    rows, columns = [outcome_words(e) for e in expected], [outcome_words(g) for g in given]
    told = (", ".join(f"{g} {c}" for g, c in zip(columns, row, strict=True) if c) for row in table)
    about = "; ".join(f"expected {e}: {t}" for e, t in zip(rows, told, strict=True))
    drawn = confusion("c", rows, columns, table, [outcome_words(DUE.get(e, e)) for e in expected], about)
    return plot("Outcomes", "rows: expected; columns: given; counted in turns", drawn)
