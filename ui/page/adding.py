"""Adding papers on the page: files by the HTTP API, the sample from the package, and the report of what came of it.

    button, note, wire     what adds papers, what tells of it, and the events between them
    report_html(report)    what was added, what was skipped and why; pure

Files go to ``/api/index`` in the same app, which bounds their size, keeps them under names of its own and removes them;
Gradio's own upload, which keeps what comes, has no part in it. ui/page/files/library/adding.js sends them and tells of
their way; the report comes back here, so that it is escaped where everything is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from rag import Client
from rag.client.wire import report_from_dict
from rag.errors import CitewiseError
from rag.library.sample import sample_path
from rag.types import IndexReport, Upload
from ui.page.formulas import inert
from ui.page.icons import icon

LISTED = 200
"""Skipped pieces that a report names; further ones are counted."""
QUIET: Mapping[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}
"""How an event of the page is registered: nobody calls it by name, nothing spins, and none waits for another."""
_SCRIPTS = Path(__file__).parent / "files" / "library"
_PHASES = {"reading": "Reading", "embedding": "Embedding", "indexing": "Indexing"}


class Step(NamedTuple):
    """How far it is: ``done`` of ``total`` pieces; a total of None is not known yet."""

    phase: str
    done: int
    total: int | None


def script(name: str) -> str:
    """A component's script: the body of a function of ``element``, ``trigger`` and ``watch``, as Gradio's gr.HTML calls
    it.
    """
    return (_SCRIPTS / name).read_text("utf-8")


def button(max_upload: int, *, sample: bool = False) -> gr.HTML:
    """The button, in the Blocks that are being made. ``max_upload``: bytes of all files together."""
    return gr.HTML(
        button_html(max_upload, sample=sample),
        apply_default_css=False,
        js_on_load=script("adding.js"),
        elem_classes="adder",
    )


def note() -> gr.HTML:
    """The place where it is told what came of adding, and of other work."""
    return gr.HTML(apply_default_css=False, js_on_load=script("told.js"), elem_classes="told")


def wire(client: Client, changed: gr.State, button: gr.HTML, note: gr.HTML, *, sample: bool = False) -> None:
    """Has the button add papers and the note tell of it. ``changed`` moves when papers came in."""

    def added(moved: int, what: gr.EventData) -> tuple[int, str]:
        try:
            return moved + 1, report_html(report_from_dict(what._data["report"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            return moved + 1, ""  # not from our script

    def failed(what: gr.EventData) -> str:
        told = what._data if isinstance(what._data, dict) else {}
        return problem_html(CitewiseError(str(told.get("problem", ""))[:2000], str(told.get("remedy", ""))[:2000]))

    def from_sample(moved: int) -> Iterator[tuple[Any, str]]:
        try:
            for step in sample_steps(client):
                yield moved + 1 if isinstance(step, IndexReport) else gr.skip(), step_html(step)
        except CitewiseError as error:
            yield gr.skip(), problem_html(error)

    button.added(added, [changed], [changed, note], **QUIET)
    button.failed(failed, None, [note], **QUIET)
    if sample:
        button.sample(from_sample, [changed], [changed, note], **QUIET)


def sample_steps(client: Client) -> Iterator[Step | IndexReport]:
    """Indexes the sample; last comes the report. The work comes to its end also where nobody listens any more. Raises
    as Client.index.
    """
    told: queue.SimpleQueue[Step | IndexReport | CitewiseError] = queue.SimpleQueue()

    def work() -> None:
        last: IndexReport | CitewiseError = CitewiseError(
            "The sample could not be added.", "The server's own messages say why."
        )
        try:
            files = Upload(sample_path(), sample_path().name)
            last = client.index(files, progress=lambda phase, done, total: told.put(Step(phase, done, total)))
        except CitewiseError as error:
            last = error
        finally:
            told.put(last)

    threading.Thread(target=work, name="adding").start()
    yield Step("reading", 0, None)
    while isinstance(news := told.get(), Step):
        yield news
    if isinstance(news, CitewiseError):
        raise news
    yield news


# --- HTML -------------------------------------------------------------------------------------------------------------


def button_html(max_upload: int, *, sample: bool = False) -> str:
    """A button that opens the choice of files; with ``sample`` another that loads the sample."""
    load = '<button type="button" class="button" data-sample>Load the sample</button>' if sample else ""
    return (
        f'<div class="adding-ways"><label class="button primary">{icon("new")}Add papers'
        f'<input type="file" multiple class="unseen" data-max="{max_upload}"></label>{load}</div>'
        '<div class="adding" role="status" hidden><span></span><progress aria-label="Adding papers"></progress></div>'
    )


def step_html(step: Step | IndexReport) -> str:
    """A bar while it works, then the report."""
    if isinstance(step, IndexReport):
        return report_html(step)
    doing = _PHASES.get(step.phase, "Working")
    known = step.total is not None
    told = f"{doing} · {step.done:,} of {step.total:,}" if known else f"{doing} …"
    value = f' max="{step.total}" value="{step.done}"' if known else ""
    return (
        f'<div class="adding" role="status"><span>{told}</span><progress aria-label="{doing}"{value}></progress></div>'
    )


def report_html(report: IndexReport) -> str:
    """What was added, and for each piece that was left out where it stood and why."""
    done = ((report.added, "added"), (report.updated, "updated"), (report.unchanged, "there already"))
    told = [f"<strong>{count:,}</strong> {what}" for count, what in done if count]
    told += [f"<strong>{report.completed:,}</strong> of an earlier run completed"] if report.completed else []
    told += [f"<strong>{report.skipped_in_all:,}</strong> skipped"] if report.skipped else []
    told += [f"{count:,} {inert(kind)}" for kind, count in report.left_out.items() if len(report.left_out) > 1]
    head = (
        " · ".join(told if told[:-1] or not report.skipped else ["<strong>Nothing was added</strong>", *told])
        or "Nothing was added"
    )
    if not report.skipped:
        return note_html(head)
    listed = "".join(f"<li><span>{inert(s.where)}</span> {inert(s.why)}</li>" for s in report.skipped[:LISTED])
    further = report.skipped_in_all - LISTED
    listed += f"<li>and {further:,} more</li>" if further > 0 else ""
    is_open = " open" if len(report.skipped) <= 5 else ""
    return note_html(head, f"<details{is_open}><summary>What was skipped, and why</summary><ul>{listed}</ul></details>")


def note_html(head: str, more: str = "") -> str:
    """A card that says what was done, in HTML that is safe already, and can be dismissed."""
    close = f'<button type="button" class="dismiss" data-dismiss aria-label="Dismiss">{icon("close")}</button>'
    return f'<div class="card report" role="status"><p>{head}</p>{more}{close}</div>'


def problem_html(error: CitewiseError) -> str:
    """An error as a quiet card: what is wrong, what to do."""
    remedy = f"<p>{inert(error.remedy)}</p>" if error.remedy else ""
    return (
        f'<div class="card ended bad" '
        f'role="alert"><p>{icon("warn")}<strong>{inert(error.problem)}</strong></p>{remedy}</div>'
    )
