"""What a comparison shows on a page: the verdict, the differences drawn and in a table, and what the two systems differ
in.
"""

from __future__ import annotations

from evals.comparing import ALL, COSTS, Comparison, Moved
from evals.figures import metric, signed
from evals.metrics import METRICS
from evals.report.data import outcome_words
from evals.report.page import NOTHING, head, named_row, safe, scrolling, whole
from evals.report.plots import ACCENT, MUTED, WRONG, Interval, forest
from evals.report.sections import plot

_HOW = (
    "A difference counts as seen when its 95 % interval (paired bootstrap) leaves out nought and a sign-flip "
    "permutation test, adjusted "
    "for the number of figures looked at, gives less than 5 %."
)
_CAPTION = (
    "<caption>After minus before, with 95 % intervals; grey where no difference is seen, = where every question is "
    "the same. Over kinds of "
    "questions it is harder to see one, since more figures are looked at. Seconds also depend on what else the "
    "machine did.</caption>"
)


def compared(comparison: Comparison) -> str:
    """The section about what changed."""
    notices = "".join(f'<p class="notice">Warning: {safe(w)}</p>' for w in comparison.warnings)
    counts = (
        f"{comparison.shared} questions are in both runs: {len(comparison.better)} better, {len(comparison.worse)} "
        f"worse."
    )
    return (
        f'<section id="compared"><h2>What changed</h2><p '
        f'class="verdict-line">{safe(comparison.verdict)}</p>{notices}<p>{counts} {_HOW}</p>'
        f'<div class="sides"><div>{_forest(comparison)}</div><div>{_systems(comparison)}</div></div>'
        f"{_by_kind(comparison)}</section>"
    )


def _forest(comparison: Comparison) -> str:
    found = [(n, m) for n, m in comparison.moved.get(ALL, {}).items() if metric(n).unit == "share"]
    if not found:
        return ""
    found.sort(key=lambda row: not row[1].seen)
    rows = [
        Interval(metric(n).title, m.difference.mean, m.difference.low, m.difference.high, _tone(m)) for n, m in found
    ]
    about = "; ".join(f"{r.label} {r.mean:+.3f} ({r.low:+.3f} to {r.high:+.3f})" for r in rows)
    return plot(
        "Differences, paired", "after minus before, 95 % intervals; grey: no difference seen", forest("f", rows, about)
    )


def _tone(moved: Moved) -> str:
    return {"": MUTED, "worse": WRONG}.get(moved.word, ACCENT)


def _systems(comparison: Comparison) -> str:
    rows = [
        f'<tr><th scope="row">{safe(n)}</th><td>{safe(b)}</td><td>{safe(a)}</td></tr>' for n, b, a in comparison.systems
    ]
    if not rows:
        return "<h3>The two systems</h3><p>Suite, library, settings, versions and commit are the same.</p>"
    heads = head(['<th scope="col">before</th>', '<th scope="col">after</th>'])
    table = f'<table class="plain">{heads}<tbody>{"".join(rows)}</tbody></table>'
    return f"<h3>What differs between the two</h3>{scrolling(table, 'What differs between the two systems')}"


def _by_kind(comparison: Comparison) -> str:
    slices = list(comparison.moved)
    present = {n for found in comparison.moved.values() for n in found}
    names = sorted(present, key=lambda n: (n in COSTS, list(METRICS).index(n) if n in METRICS else len(METRICS), n))
    heads = [f'<th scope="col"{whole(s)}>{safe(outcome_words(s))}</th>' for s in slices]
    rows = [
        named_row(n, [f"<td{whole(s)}>{_difference(n, comparison.moved[s].get(n))}</td>" for s in slices])
        for n in names
    ]
    table = f'<table class="fixed">{head(heads)}<tbody>{"".join(rows)}</tbody>{_CAPTION}</table>'
    return (
        f"<h3>Differences by kind of question</h3>{scrolling(table, 'Differences by kind of question')}" if rows else ""
    )


def _difference(name: str, moved: Moved | None) -> str:
    if moved is None:
        return NOTHING
    d = moved.difference
    if d.low == d.high == 0:
        return '<span class="none" aria-label="the same">=</span>'
    mean, low, high = (_short(name, value) for value in (d.mean, d.low, d.high))
    told = (
        f'<span class="{moved.word}">{mean} {moved.word}</span>' if moved.seen else f'<span class="muted">{mean}</span>'
    )
    return f"{told}<small>{low} to {high}</small>"


def _short(name: str, value: float) -> str:
    """``−.056``: a difference in a table."""
    return signed(name, value).replace("0.", ".", 1) if metric(name).unit == "share" else signed(name, value)
