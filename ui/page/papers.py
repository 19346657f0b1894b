"""The library view: its papers in a table, filters that also bound the chat, adding, removing and exporting papers.

    build(client, filters, changed, …)   puts the view into the Blocks that are being made
    Library.refresh_on(…)                the events after which it looks at the library anew: the view is opened
    chip(filters)                        what bounds the chat, beside its composer

``filters`` holds what bounds the chat, ``changed`` a number that moves when papers were added or removed here or
elsewhere on the page. Each event is an endpoint of its own that nobody else can call by name; what a browser tells with
one is believed only as far as it fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import count
from typing import Any, cast

import gradio as gr

from rag import Client
from rag.errors import CitewiseError, UsageError
from rag.library.bibtex import to_bibtex
from rag.types import Filters
from ui.page import adding
from ui.page.adding import QUIET
from ui.page.filters import FIELDS, chip_html, filters_of, form_values
from ui.page.formulas import inert
from ui.page.shelf import Held, Shelf
from ui.page.table import COLUMNS, View, found, table_html

_LONGEST_QUERY = 300
_MOST_PICKED = 100_000
_MANY = 2_000
"""Papers whose export takes so long (a second) that it is told of before."""
_TITLE = '<header class="library-title"><h1>Library</h1><p>Drop files anywhere here, or choose them.</p></header>'
_version = count()


@dataclass(frozen=True)
class Library:
    """The view as it stands on the page."""

    view: gr.State
    typed: gr.State
    filters: gr.State
    form: gr.HTML
    table: gr.HTML
    _shown: Callable[..., Any]

    def refresh_on(self, *triggers: Callable[..., Any]) -> None:
        """Looks at the library anew after any of these events."""
        gr.on(
            list(triggers),
            self._shown,
            [self.view, self.typed, self.filters],
            [self.form, self.table, self.typed],
            **QUIET,
        )


class _Desk:
    """What the view's events do. The papers are shared by all who look; what is typed and chosen is each browser tab's
    own.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.shelf = Shelf(client)

    def shown(self, view: View, typed: dict[str, str], filters: Filters | None) -> tuple[Any, str, dict[str, str]]:
        """Form and table as they are to be now; the form only where it does not say what the filters are."""
        held = self._held()
        if isinstance(held, str):
            return gr.skip(), held, typed
        if not _agrees(typed, filters):
            typed = {**typed, **form_values(filters)}
        return form_html(typed, held), self._table(held, view, filters), typed

    def anew(self, view: View, typed: dict[str, str], filters: Filters | None) -> tuple[Any, str, dict[str, str]]:
        """After papers came or went on this page: read again, also where nothing but a detail changed."""
        self.shelf.forget()
        return self.shown(view, typed, filters)

    def lifted(self, view: View, typed: dict[str, str], filters: Filters | None) -> tuple[Any, Any, dict[str, str]]:
        """After the filters changed: nothing, if it was here that they did."""
        return (gr.skip(), gr.skip(), typed) if _agrees(typed, filters) else self.shown(view, typed, filters)

    def typed(self, view: View, what: gr.EventData) -> tuple[Any, View, dict[str, str], Any, str]:
        """After something was typed into the form: filters, view, what was typed, table, and what is wrong with it."""
        typed = {name: _text(what, name) for name in ("query", *FIELDS)}
        try:
            filters = filters_of(*(typed[name] for name in FIELDS))
        except UsageError as error:
            return gr.skip(), view, typed, gr.skip(), f'<p class="wrong" role="alert">{inert(str(error))}</p>'
        view = replace(view, query=typed["query"], page=1)
        return filters, view, typed, self._now(view, filters), ""

    def sorted(self, view: View, filters: Filters | None, what: gr.EventData) -> tuple[View, str]:
        column = _text(what, "column")
        if column in COLUMNS:
            again = view.column == column
            view = replace(
                view, column=cast(Any, column), descending=not view.descending if again else column == "year", page=1
            )
        return view, self._now(view, filters)

    def turned(self, view: View, filters: Filters | None, what: gr.EventData) -> tuple[View, str]:
        page = what._data.get("page") if isinstance(what._data, dict) else None
        view = replace(view, page=page) if isinstance(page, int) else view
        return view, self._now(view, filters)

    def exported(self, view: View, filters: Filters | None, what: gr.EventData) -> Iterator[tuple[Any, str]]:
        """The selected papers as BibTeX for the browser to save, else those that pass; and what is to be told."""
        held, ids = self._held(), _ids(what)
        if isinstance(held, str):
            yield gr.skip(), held
            return
        passing = found(held.rows, view, filters).papers
        papers = [row.paper for row in held.rows if row.paper.paper_id in ids] if ids else passing
        count = "1 paper" if len(papers) == 1 else f"{len(papers):,} papers"
        if len(papers) > _MANY:
            yield gr.skip(), adding.note_html(f"Writing {count} …")
        yield (
            f'<pre hidden data-version="{next(_version)}">{escape(to_bibtex(papers))}</pre>',
            adding.note_html(f"Exported {count}."),
        )

    def removed(self, view: View, filters: Filters | None, changed: int, what: gr.EventData) -> tuple[int, str, str]:
        """After papers were removed: that they were, the table, and what is to be told."""
        try:
            gone = self.client.remove(*_ids(what))
        except CitewiseError as error:
            return changed, self._now(view, filters), adding.problem_html(error)
        told = f"<strong>{gone:,}</strong> {'paper' if gone == 1 else 'papers'} removed."
        return changed + 1, self._now(view, filters), adding.note_html(told)

    def _now(self, view: View, filters: Filters | None) -> str:
        held = self._held()
        return held if isinstance(held, str) else self._table(held, view, filters)

    def _table(self, held: Held, view: View, filters: Filters | None) -> str:
        return table_html(found(held.rows, view, filters), view, len(held.rows), held.columns)

    def _held(self) -> Held | str:
        """The papers, or why there are none to be shown."""
        try:
            return self.shelf.held()
        except CitewiseError as error:
            return adding.problem_html(error)


def build(client: Client, filters: gr.State, changed: gr.State, max_upload: int) -> Library:
    """The library view, inside the Blocks that are being made; see the module's docstring. ``max_upload``: bytes of all
    files together.
    """
    desk = _Desk(client)
    view, typed = gr.State(View()), gr.State(dict[str, str]())
    with gr.Column(elem_id="library", elem_classes="view"):
        gr.HTML(_TITLE, apply_default_css=False, js_on_load=None)
        button = adding.button(max_upload)
        form = gr.HTML(form_html({}, None), apply_default_css=False, js_on_load=adding.script("filters.js"))
        said = adding.note()
        table = gr.HTML(elem_id="papers", apply_default_css=False, js_on_load=adding.script("table.js"))
        file = gr.HTML(elem_id="papers-file", apply_default_css=False, js_on_load=adding.script("file.js"))
    adding.wire(client, changed, button, said)
    form.typed(desk.typed, [view], [filters, view, typed, table, said], trigger_mode="always_last", **QUIET)
    table.sort(desk.sorted, [view, filters], [view, table], **QUIET)
    table.turn(desk.turned, [view, filters], [view, table], **QUIET)
    table.remove(desk.removed, [view, filters, changed], [changed, table, said], **QUIET)
    table.export(desk.exported, [view, filters], [file, said], **QUIET)
    filters.change(desk.lifted, [view, typed, filters], [form, table, typed], **QUIET)
    changed.change(desk.anew, [view, typed, filters], [form, table, typed], **QUIET)
    return Library(view, typed, filters, form, table, desk.shown)


def narrowed(filters: Filters | None, what: gr.EventData) -> Filters | None:
    """The filters with the tag or collection that was clicked, beside what else bounds the chat."""
    field, value = _text(what, "field"), _text(what, "value")
    if field == "tag" and value:
        return replace(filters or Filters(), tag=value)
    return replace(filters or Filters(), collection=value) if field == "collection" and value else filters


def chip(filters: gr.State) -> None:
    """Beside the composer: which papers the chat is bound to, and a button that lifts that."""
    told = gr.HTML(elem_id="chip", apply_default_css=False, js_on_load=adding.script("chip.js"))
    filters.change(chip_html, [filters], [told], **QUIET)
    told.lift(lambda: None, None, [filters], **QUIET)


def form_html(typed: Mapping[str, str], held: Held | None) -> str:
    """The fields of search and filters with what was typed, and the names that they offer."""

    def field(name: str, label: str, more: str = "") -> str:
        value = escape(typed.get(name, ""))
        return (
            f'<label class="{name}"><span>{label}</span><input name="{name}" value="{value}" autocomplete="off" '
            f"{more}></label>"
        )

    def offered(name: str, values: Sequence[str]) -> str:
        return f'<datalist id="known-{name}">{"".join(f"<option>{inert(v)}</option>" for v in values)}</datalist>'

    known: dict[str, Sequence[str]] = dict.fromkeys(("authors", "venues", "tags", "collections"), ())
    if held:
        known = {name: getattr(held, name) for name in known}
    year = 'inputmode="numeric" maxlength="4"'
    return (
        f'<form class="library-form" role="search" aria-label="Papers" data-version="{next(_version)}">'
        + field("query", "Search", 'maxlength="300" placeholder="Words of title, authors, venue or abstract"')
        + "<fieldset><legend>Filters, which bound the chat, too</legend>"
        + field("year_from", "From year", year)
        + field("year_to", "To year", year)
        + field("author", "Author", 'maxlength="200" list="known-authors"')
        + field("venue", "Venue", 'maxlength="200" list="known-venues"')
        + "".join(
            field(name, name.capitalize(), f'maxlength="200" list="known-{name}s"')
            if known[f"{name}s"] or typed.get(name)
            else f'<input type="hidden" name="{name}" value="">'  # which a library without tags does not show
            for name in ("tag", "collection")
        )
        + "</fieldset>"
        + '<p class="bounds">These filters bound the chat, too. <button type="button" class="quiet" '
        "data-clear>Clear</button></p>"
        + "".join(offered(name, values) for name, values in known.items())
        + '<button type="submit" class="unseen" tabindex="-1">Search</button></form>'
    )


def _agrees(typed: Mapping[str, str], filters: Filters | None) -> bool:
    """Whether the fields say what the filters are."""
    try:
        said = filters_of(*(typed.get(name, "") for name in FIELDS))
    except UsageError:
        return False
    return said == (filters or None)


def _text(what: gr.EventData, name: str) -> str:
    told = what._data.get(name, "") if isinstance(what._data, dict) else ""
    return told[:_LONGEST_QUERY] if isinstance(told, str) else ""


def _ids(what: gr.EventData) -> set[str]:
    told = what._data.get("ids", []) if isinstance(what._data, dict) else []
    return {i for i in told[:_MOST_PICKED] if isinstance(i, str)} if isinstance(told, list) else set()
