"""Figures for a report: inline SVG that takes its colours and fonts from the page. The only importer of matplotlib.

Colours in the drawing are names in disguise: each stands for a class of the page's style sheet (``f-accent`` fills,
``s-accent`` strokes), so that a figure follows the reader's light or dark. No style attribute is left, which the page's
Content-Security-Policy would refuse. Texts stay texts, never read as formulas.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from evals.extras import needs_extra
from evals.report.data import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 320
"""Points; shown at about one pixel a point, so that a figure fits a phone with its letters at reading size."""
INK, MUTED, LINE, ACCENT, WRONG = (f"#0000{n:02x}" for n in range(1, 6))
_CLASSES = {INK: "ink", MUTED: "muted", LINE: "line", ACCENT: "accent", WRONG: "wrong"}
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "citewise", "text.parse_math": False, "font.size": 11,
    "font.family": "DejaVu Sans",
    "axes.linewidth": 0.8, "axes.edgecolor": LINE, "xtick.color": LINE, "ytick.color": LINE, "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK, "axes.labelcolor": MUTED, "text.color": INK, "xtick.major.size": 0, "ytick.major.size": 0,
    "axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False,
}  # fmt: skip
_LABEL = 20


@dataclass(frozen=True)
class Interval:
    """A labelled figure with its interval. ``tone``: accent, wrong or muted."""

    label: str
    mean: float
    low: float
    high: float
    tone: str = ACCENT


def intervals(name: str, rows: Sequence[Interval], about: str) -> str:
    """Shares from 0 to 1 with their intervals, one row each; the first row is the whole and set off from its parts."""

    def draw(axes: Axes) -> None:
        for y, row in enumerate(rows):
            axes.plot(
                [row.low, row.high],
                [y, y],
                color=row.tone,
                linewidth=5,
                alpha=0.28,
                solid_capstyle="round",
                clip_on=False,
            )
            axes.plot([row.mean], [y], "o", color=row.tone, markersize=6.5, markeredgewidth=0, clip_on=False)
            axes.text(1.04, y, f"{row.mean:.2f}".removeprefix("0"), va="center_baseline", ha="left", fontsize=11)
        if len(rows) > 1:
            axes.axhline(0.5, color=LINE, linewidth=0.8)
        axes.set_xlim(-0.02, 1.02)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
        _rows(axes, [row.label for row in rows])

    return _svg(name, draw, 36 + 22 * len(rows), about, (0.36, 0.89))


def forest(name: str, rows: Sequence[Interval], about: str) -> str:
    """Paired differences of shares around nought, each under its label."""
    reach = max([0.02, *(abs(v) for row in rows for v in (row.low, row.high))]) * 1.12

    def draw(axes: Axes) -> None:
        for y, row in enumerate(rows):
            axes.plot([0, 0], [y - 0.18, y + 0.18], color=MUTED, linewidth=1)
            axes.plot([-reach, reach], [y, y], color=LINE, linewidth=0.8, zorder=0)
            axes.plot(
                [row.low, row.high],
                [y, y],
                color=row.tone,
                linewidth=5,
                alpha=0.32,
                solid_capstyle="round",
                clip_on=False,
            )
            axes.plot([row.mean], [y], "o", color=row.tone, markersize=6.5, markeredgewidth=0, clip_on=False)
            axes.text(-reach, y - 0.42, plain(row.label), va="center_baseline", ha="left", fontsize=11)
            axes.text(
                reach, y - 0.42, f"{row.mean:+.3f}".replace("-", "−"), va="center_baseline", ha="right", fontsize=11
            )
        axes.set_xlim(-reach, reach)
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:+.2f}".replace("-", "−") if abs(v) > 1e-9 else "0")
        axes.locator_params(axis="x", nbins=5)
        axes.set_ylim(len(rows) - 0.4, -0.95)
        axes.set_yticks([])

    return _svg(name, draw, 40 + 40 * len(rows), about, (0.03, 0.97))


def confusion(
    name: str,
    expected: Sequence[str],
    given: Sequence[str],
    counts: Sequence[Sequence[int]],
    right: Sequence[str],
    about: str,
) -> str:
    """Turns by expected (rows) and given outcome (columns), shaded by share of the row. ``right``: what each row should
    get.
    """

    def draw(axes: Axes) -> None:
        from matplotlib.patches import Rectangle

        for y, row in enumerate(counts):
            for x, count in enumerate(row):
                tone = ACCENT if given[x] == right[y] else WRONG
                alpha = 0.06 + 0.5 * count / sum(row) if count else 0.04
                axes.add_patch(
                    Rectangle((x - 0.47, y - 0.46), 0.94, 0.92, facecolor=tone, edgecolor="none", alpha=alpha)
                )
                weight = "bold" if given[x] == right[y] else "normal"
                axes.text(
                    x,
                    y,
                    str(count) if count else "·",
                    ha="center",
                    va="center",
                    color=INK if count else MUTED,
                    fontweight=weight,
                )
        axes.set_xlim(-0.5, len(given) - 0.5)
        axes.xaxis.tick_top()
        axes.tick_params(axis="x", labelsize=10 if len(given) < 5 else 9)
        axes.set_xticks(range(len(given)), [plain(g).replace(" ", "\n") for g in given])
        axes.spines["bottom"].set_visible(False)
        _rows(axes, expected)

    return _svg(name, draw, 50 + 32 * len(expected), about, (0.34, 0.99), bottom=4, top=46)


def seconds(name: str, values: Sequence[float], marks: Sequence[tuple[str, float]], about: str) -> str:
    """How long answers took; on a logarithmic axis where the slowest took ten times the fastest. ``marks``: lines with
    labels.
    """
    import numpy as np

    low, high = max(min(values), 1e-4), max(*values, 2e-4)
    wide = high / low >= 10
    bins = np.geomspace(low, high * 1.001, 25) if wide else np.linspace(low * 0.98, high * 1.02, 25)

    def draw(axes: Axes) -> None:
        from matplotlib.ticker import LogLocator, MaxNLocator

        axes.hist(values, bins=bins.tolist(), color=ACCENT, alpha=0.55, rwidth=0.86)
        for n, (label, at) in enumerate(marks):
            axes.axvline(at, color=INK, linewidth=1, linestyle=(0, (3, 2)))
            told, across = f" {label} {_short(at)} s", axes.get_xaxis_transform()
            axes.text(at, 1.03 - 0.12 * n, told, transform=across, fontsize=11)
        if wide:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda v, _: _short(v))
        axes.xaxis.set_minor_formatter(lambda _, __: "")
        axes.tick_params(axis="x", which="minor", size=0)
        axes.set_xlabel("seconds")
        axes.tick_params(axis="y", labelcolor=MUTED)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))

    return _svg(name, draw, 190, about, (0.09, 0.96), bottom=44, top=22)


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_ylim(len(labels) - 0.5, -0.6)
    shown = [plain(label) for label in labels]
    axes.set_yticks(range(len(shown)), [t if len(t) <= _LABEL else t[: _LABEL - 1] + "…" for t in shown])


def _kept_out_of_home() -> None:
    """Has matplotlib keep its list of fonts in our cache; else it makes folders in the home of whoever runs this."""
    from evals.libraries import cache_folder

    os.environ.setdefault("MPLCONFIGDIR", str(cache_folder() / "matplotlib"))


def _svg(
    name: str,
    draw: Callable[[Axes], None],
    height: int,
    about: str,
    across: tuple[float, float],
    bottom: int = 24,
    top: int = 8,
) -> str:
    """Draws and cleans. ``across``: where the axes begin and end, as shares of the width; ``about`` is read out in
    place of the figure.
    """
    _kept_out_of_home()
    with needs_extra():
        from matplotlib import rc_context
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    out = io.StringIO()
    with rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # letters are the page's, not matplotlib's
        figure = Figure(figsize=(WIDTH / 72, height / 72))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((across[0], bottom / height, across[1] - across[0], 1 - (bottom + top) / height))
        axes.patch.set_visible(False)
        figure.patch.set_visible(False)
        draw(axes)
        figure.savefig(out, format="svg", metadata={"Date": None})
    return _cleaned(out.getvalue(), name, about)


def _cleaned(drawn: str, name: str, about: str) -> str:
    """A file of matplotlib's -> an element for a page: no header, metadata, style or foreign address; ids are this
    figure's own.
    """
    root = ElementTree.fromstring(drawn)
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', drawn))
    for parent in list(root.iter()):
        parent.tag = parent.tag.rpartition("}")[2]
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                parent.remove(child)
        _restyle(parent)
        for key, value in list(parent.attrib.items()):
            del parent.attrib[key]
            fresh = re.sub(r"#(?=\w)", f"#{name}-", value) if "url(#" in value or key.endswith("href") else value
            if key != "id" or value in used:
                parent.set(key.rpartition("}")[2], f"{name}-{value}" if key == "id" else fresh)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib |= {"viewBox": box, "role": "img", "aria-label": plain(about), "class": "plot"}
    return ElementTree.tostring(root, "unicode")


def _restyle(element: ElementTree.Element) -> None:
    """``style`` -> attributes, and classes for the disguised colours."""
    classes = []
    for rule in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in rule.partition(":"))
        if key == "font":
            _font(element, value)
        elif key in ("fill", "stroke") and value in _CLASSES:
            classes.append(f"{key[0]}-{_CLASSES[value]}")
        elif key and key != "font-family":
            element.set(key, value)
    if classes:
        element.set("class", " ".join(classes))


def _font(element: ElementTree.Element, value: str) -> None:
    """``bold 10px 'DejaVu Sans'``: the page has its own family."""
    size = re.search(r"([\d.]+)px", value)
    element.attrib |= {"font-size": size[1]} if size else {}
    element.attrib |= {"font-weight": "bold"} if re.search(r"\b(bold|700)\b", value) else {}
