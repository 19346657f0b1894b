"""A run as one self-contained HTML file, and the list of runs beside it.

Every text in it may be hostile. Python escapes what it writes; questions and answers go in as JSON in which no tag can
end or begin, and the script makes text nodes of them when a question is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evals.comparing import ALL, Comparison, described
from evals.figures import metric, number
from evals.report.comparison import compared
from evals.report.data import gold_sentences, ordered, outcome_words, question_data, titles
from evals.report.page import figure_cell, page, safe, scrolling, write_page
from evals.report.sections import HEADLINE, by_kind, plots, tiles
from evals.runs import Run, read_run, run_folders
from rag.errors import InputError
from rag.text.display import shown

_CAPTION = "<caption>Means with 95 % intervals.</caption>"
_SIGNS = {"right": "✓", "partly": "◐", "wrong": "✗", "unscored": "–"}


def write_report(run: Run, file: Path, comparison: Comparison | None = None) -> None:
    """Writes the report of a run; with ``comparison`` (whose ``after`` is the run) side by side. Raises StorageError,
    ExtraMissing.
    """
    results = ordered(run.results, comparison)
    changes = {c.id: c for c in comparison.changes} if comparison else {}
    earlier = comparison.before.by_id() if comparison else {}
    questions = [question_data(r, earlier.get(r.id), changes.get(r.id)) for r in results]
    data = {
        "titles": titles([run, *([comparison.before] if comparison else [])]),
        "sentences": gold_sentences(run),
        "questions": questions,
    }
    body = [
        _header(run, comparison), "<main>", compared(comparison) if comparison else "", by_kind(run), plots(run),
        _questions(questions), _made_with(run), "</main>",
    ]  # fmt: skip
    write_page(file, page(f"{run.suite['name']} {run.started[:10]}", "".join(body), data))


def write_index(folder: Path) -> None:
    """Writes ``index.html``: the runs under a folder, newest first, each with a link to its report. Raises
    StorageError.
    """
    rows = "".join(_index_row(place) for place in run_folders(folder))
    named = '<th scope="col">run</th><th scope="col" class="text">writer</th><th scope="col">questions</th>'
    heads = named + "".join(f'<th scope="col">{safe(metric(n).title)}</th>' for n in HEADLINE)
    table = f'<table class="fixed runs"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>{_CAPTION}</table>'
    main = scrolling(table, "Runs") if rows else "<p>No runs here yet.</p>"
    write_page(
        folder / "index.html",
        page("Runs", f'<header><p class="over">Citewise evals</p><h1>Runs</h1></header><main>{main}</main>'),
    )


# --- on top -----------------------------------------------------------------------------------------------------------


def _header(run: Run, comparison: Comparison | None) -> str:
    system = run.system
    model = f", model <b>{safe(system['model'])}</b>" if system["model"] else ""
    facts = (
        f"<b>{len(run.results)}</b> questions of <b>{safe(system['library']['papers'])}</b> papers · writer "
        f"<b>{safe(system['writer'])}</b>"
        f"{model} · draws on <b>{safe(system['k'])}</b> papers · {_when(run)} UTC"
    )
    first = ("compared", "What changed") if comparison else ("kinds", "By kind")
    parts = (first, ("plots", "Plots"), ("questions", "Questions"), ("made", "The run"))
    nav = "".join(f'<a href="#{anchor}">{words}</a>' for anchor, words in parts)
    over = f"Eval run {safe(run.name)}" + (f", compared with {safe(comparison.before.name)}" if comparison else "")
    moved = dict(comparison.moved.get(ALL, {})) if comparison else {}
    return (
        f'<header><p class="over">{over}</p><h1>{safe(run.suite["name"])}</h1><p class="about">{facts}</p>'
        f'{"".join(_notices(run))}<nav aria-label="Parts of the report">{nav}</nav>{tiles(run, moved)}</header>'
    )


def _notices(run: Run) -> Iterator[str]:
    unscored, drafts = [r for r in run.results if r.error], sum(r.draft for r in run.results)
    if unscored:
        told = f"{safe(unscored[0].id)}, {safe(shown(unscored[0].error))}"
        yield f'<p class="notice"><b>{len(unscored)} unscored</b>, counted neither right nor wrong. First: {told}</p>'
    if drafts:
        told = (
            f"<b>{drafts} of {len(run.results)} questions are drafts</b> made by a program and not yet read by a "
            f"person."
        )
        yield f'<p class="notice">{told}</p>'


def _when(run: Run) -> str:
    return safe(run.started[:16].replace("T", " "))


def _made_with(run: Run) -> str:
    facts = {"run": run.name, "started": run.started, "took": number("seconds", run.seconds), **described(run)}
    rows = "".join(f'<tr><th scope="row">{safe(n)}</th><td>{safe(v)}</td></tr>' for n, v in facts.items())
    table = scrolling(f'<table class="plain"><tbody>{rows}</tbody></table>', "What the run was made with")
    return f'<section id="made"><h2>The run</h2>{table}</section>'


# --- questions --------------------------------------------------------------------------------------------------------


def _questions(questions: Sequence[Mapping[str, Any]]) -> str:
    menus = "".join(
        _menu(key, label, sorted({v for q in questions for v in ([q[key]] if isinstance(q[key], str) else q[key])}))
        for key, label in (("kind", "Kind"), ("expect", "Expected"), ("given", "Given"))
    )
    rows = "".join(_row(n, q) for n, q in enumerate(questions))
    return (
        '<section id="questions"><h2>Questions</h2><form id="filters" role="search" aria-label="Filter the questions">'
        f"<fieldset><legend>Show</legend>{_choices(questions)}</fieldset>{menus}"
        '<label class="find"><span class="label">Text</span><input type="search" name="find" '
        'autocomplete="off"></label>'
        f'<button type="reset">Clear</button></form><div class="shown"><output id="count">{len(questions)} '
        f"questions</output>"
        '<button type="button" id="open-all">Open shown</button><button type="button" id="close-all">Close '
        "all</button></div>"
        f'<noscript><p class="notice">Answers and filters need JavaScript.</p></noscript>{rows}</section>'
    )


def _choices(questions: Sequence[Mapping[str, Any]]) -> str:
    """What to show, each with its count; what there is none of is left out, but for failures and unscored."""
    levels, changes = [q["level"] for q in questions], [q["change"] for q in questions if "change" in q]
    counts = {
        "all": len(questions), "failures": levels.count("wrong") + levels.count("partly"),
        "unscored": levels.count("unscored"),
        "drafts": sum(q["draft"] for q in questions), "changed": len(changes),
        "worse": sum(bool(c["worse"]) for c in changes),
        "better": sum(bool(c["better"]) for c in changes),
    }  # fmt: skip
    return "".join(
        f'<label class="choice"><input type="radio" name="show" value="{name}"{" checked" if name == "all" else ""}>'
        f"<span>{name} {count}</span></label>"
        for name, count in counts.items()
        if count or name in ("all", "failures", "unscored")
    )


def _menu(name: str, label: str, values: Sequence[str]) -> str:
    options = "".join(f'<option value="{safe(v)}">{safe(v)}</option>' for v in values)
    menu = f'<select name="{name}"><option value="">any</option>{options}</select>'
    return f'<label class="menu"><span class="label">{label}</span>{menu}</label>'


def _row(n: int, question: Mapping[str, Any]) -> str:
    level, change = question["level"], question.get("change", {})
    word = "worse" if change.get("worse") else "better" if change.get("better") else "changed" if change else ""
    tags = [safe(outcome_words(question["kind"]))]
    tags += [f"{len(question['turns'])} turns"] if len(question["turns"]) > 1 else []
    tags += ['<span class="draft">draft</span>'] if question["draft"] else []
    tags += [f'<span class="{word}">{word}</span>'] if word else []
    notes = safe("; ".join(question["notes"]) or "right")
    return (
        f'<details class="question" id="q{n}"><summary><span class="mark {level}"><i '
        f'aria-hidden="true">{_SIGNS[level]}</i>{notes}</span>'
        f'<span class="asked">{safe(question["turns"][0]["question"])}</span>'
        f'<span class="tags">{" · ".join(tags)} <code>{safe(question["id"])}</code></span></summary><div '
        f'class="body"></div></details>'
    )


# --- the index --------------------------------------------------------------------------------------------------------


def _index_row(place: Path) -> str:
    name = safe(place.name)
    try:
        run = read_run(place)
    except InputError as error:
        return (
            f'<tr><th scope="row">{name}</th><td class="text" '
            f'colspan="{len(HEADLINE) + 2}">{safe(shown(str(error)))}</td></tr>'
        )
    link = (
        f'<a href="./{quote(place.name, safe="")}/report.html">{name}</a>' if (place / "report.html").exists() else name
    )
    figures = run.figures.get(ALL, {})
    count = str(len(run.results)) if run.figures else f"interrupted<small>of {safe(run.suite['questions'])}</small>"
    model = f"<small>{safe(run.system['model'])}</small>" if run.system["model"] else ""
    about = f"<small>{safe(run.suite['name'])} · {_when(run)}</small>"
    cells = "".join(f"<td>{figure_cell(n, figures.get(n))}</td>" for n in HEADLINE)
    return (
        f'<tr><th scope="row">{link}{about}</th><td '
        f'class="text">{safe(run.system["writer"])}{model}</td><td>{count}</td>{cells}</tr>'
    )
