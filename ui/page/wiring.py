"""What the page does: its events, and who asks what at the moment.

All that a person does comes as an event of one invisible component, the bus: the scripts of files/chat tell it what,
with the details. Three pieces of HTML are shown: the conversation's finished turns, the turn in progress, and the
sidebar. A browser keeps nothing but the conversation's id, in its address, and it tells that id with each event: a
restart of the server loses nothing, and two tabs know nothing of each other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from rag.client.client import Client
from rag.client.engine import Format
from rag.errors import CitewiseError
from rag.types import Claim, Done, Filters, Sources, Withheld
from ui.page.asking import Begun, Failed, News, Nothing, Question, Stopped, Told, Waiting
from ui.page.formulas import inert
from ui.page.progress import Progress, unfinished
from ui.page.showing import Showing
from ui.places import Places

EVENTS = ("ask", "stop", "leave", "open", "rename", "delete", "export", "rate", "side")
"""What the scripts can tell: the methods of :class:`Wiring`, under the same names."""

Pieces = tuple[Any, Any, Any, Any]
"""The finished turns, the turn in progress, the sidebar, a notice: HTML, or ``gr.skip()`` for what stays."""


class Wiring:
    """The page's events. ``what`` is what the scripts tell with one; it comes from a browser and is believed only as
    far as it fits.
    """

    def __init__(self, client: Client, places: Places, links: Sequence[tuple[str, str]] = ()) -> None:
        """``links``: what the sidebar leads to besides, each with its address."""
        self._client, self._places = client, places
        self._show = Showing(client, links)
        self._asked: dict[str, Question] = {}
        self._lock = threading.Lock()

    # --- questions ----------------------------------------------------------------------------------------------------

    def ask(self, filters: Filters | None, what: gr.EventData) -> Iterator[Pieces]:
        """A question, from being asked until its answer is there, or why there is none."""
        replaces, token = _number(what, "replaces"), _text(what, "token")
        asked = Question(
            self._client, self._places, _text(what, "question"), _text(what, "conversation"), filters, replaces
        )
        with self._lock:
            self._asked[token] = asked
        progress = Progress(replaces or _number(what, "turns") + 1, asked.text)
        try:
            for talk, live, saved in self._followed(asked, progress, bool(replaces)):
                yield _pieces(_of(token, talk), _of(token, live), self._side(what, saved) if saved else None)
        finally:
            with self._lock:
                self._asked.pop(token, None)

    def _followed(
        self, asked: Question, progress: Progress, replaces: bool
    ) -> Iterator[tuple[str | None, str | None, str | None]]:
        """The finished turns and the turn in progress, None for what stays; at the end the id of the saved
        conversation.
        """
        yield None, unfinished(progress), None
        is_done = False
        for news in asked.news():
            if isinstance(news, Nothing):
                yield None, None, None
                continue
            if isinstance(news, Begun) and replaces and asked.conversation:
                yield self._show.turns(news.turns, asked.conversation.id if news.turns else "", news.title), None, None
            is_done = isinstance(news, Told) and isinstance(news.event, Done)
            if not is_done:
                progress = advanced(progress, news)
                yield None, unfinished(progress), None
        if asked.is_left:
            return
        if asked.conversation and replaces and not is_done:  # what it was to take the place of is there still
            progress = replace(progress, turn=len(asked.conversation.turns) + 1)
            yield self._show.talk(asked.conversation), unfinished(progress), None
        if is_done and asked.conversation:
            yield self._show.talk(asked.conversation), "", asked.conversation.id

    def stop(self, what: gr.EventData) -> None:
        """Ends a question; its own event shows that."""
        if asked := self._question(what):
            asked.stop()

    def leave(self, what: gr.EventData) -> None:
        """Turns away from a question, which is answered and saved all the same."""
        if asked := self._question(what):
            asked.leave()

    def _question(self, what: gr.EventData) -> Question | None:
        with self._lock:
            return self._asked.get(_text(what, "token"))

    def rate(self, what: gr.EventData) -> Pieces:
        """Keeps what a person thinks of an answer, and shows it."""
        place = _text(what, "conversation")
        liked = {"true": True, "false": False}.get(_text(what, "liked"))
        try:
            self._client.rate(place, _number(what, "turn"), liked, _text(what, "comment"))
        except CitewiseError as error:
            return _pieces(notice=_problem(error))
        talk = _of(_text(what, "token"), self._show.opened(place))
        return _pieces(talk, notice=_notice("Kept, thank you.") if _text(what, "comment") else "")

    # --- conversations ------------------------------------------------------------------------------------------------

    def open(self, what: gr.EventData) -> Pieces:
        """A saved conversation, or a new one."""
        place = _text(what, "conversation")
        return _pieces(_of(_text(what, "token"), self._show.opened(place)), "", self._side(what, place), "")

    def side(self, what: gr.EventData) -> Pieces:
        """The sidebar alone, after papers came or went, or other conversations are sought."""
        return _pieces(side=self._side(what, _text(what, "conversation")))

    def rename(self, what: gr.EventData) -> Pieces:
        try:
            self._client.rename_conversation(_text(what, "id"), _text(what, "title"))
        except CitewiseError as error:
            return _pieces(side=self._side(what, _text(what, "conversation")), notice=_problem(error))
        return _pieces(side=self._side(what, _text(what, "conversation")), notice=_notice("Renamed."))

    def delete(self, what: gr.EventData) -> Pieces:
        """Deletes a conversation; the page has asked first. The open one gives way to a new one."""
        place, current = _text(what, "id"), _text(what, "conversation")
        told = _notice("Deleted.")
        try:
            self._client.delete_conversation(place)
            current = "" if place == current else current
        except CitewiseError as error:
            told = _problem(error)
        if token := _text(what, "token"):  # it was the one that is shown
            return _pieces(_of(token, self._show.opened(current)), "", self._side(what, current), told)
        return _pieces(side=self._side(what, current), notice=told)

    def export(self, what: gr.EventData) -> Pieces:
        """A conversation as a file's text, which the page hands to the person."""
        form: Format = "bibtex" if _text(what, "form") == "bibtex" else "markdown"
        try:
            chat = self._client.chat(_text(what, "id"))
            text = chat.export(form)
        except CitewiseError as error:
            return _pieces(notice=_problem(error))
        if not text:
            return _pieces(notice=_notice("This conversation cites no paper yet."))
        named = f'data-name="{escape(chat.title)}" data-form="{form}" data-token="{escape(_text(what, "token"))}"'
        return _pieces(notice=f'<pre id="exported" hidden {named}>\n{escape(text)}</pre>')

    def _side(self, what: gr.EventData, current: str) -> str:
        """The sidebar with ``current`` open, and what was sought and listed in this browser."""
        return self._show.side(current, _text(what, "sought")[:200], _number(what, "listed"))


def advanced(told: Progress, news: News) -> Progress:
    """The turn in progress after some news."""
    match news:
        case Waiting(before):
            return replace(told, phase="waiting", before=before)
        case Begun(turns):
            return replace(told, phase="searching", turn=len(turns) + 1)
        case Told(Sources(question, passages, _)):
            return replace(told, phase="writing", searched=question, passages=passages)
        case Told(Claim() as claim, numbers):
            return replace(told, claims=(*told.claims, claim), numbers={**(told.numbers or {}), **numbers})
        case Told(Withheld()):
            return replace(told, withheld=told.withheld + 1)
        case Stopped():
            return replace(told, phase="stopped")
        case Failed(error):
            problem = error.problem if error else "The question failed in a way that nobody foresaw."
            return replace(
                told, phase="failed", problem=problem, remedy=error.remedy if error else "The server’s log says how."
            )
    return told


def _pieces(
    talk: str | None = None, live: str | None = None, side: str | None = None, notice: str | None = None
) -> Pieces:
    """The pieces that change."""
    return tuple(gr.skip() if piece is None else piece for piece in (talk, live, side, notice))  # type: ignore[return-value]


def _of(token: str, piece: str | None) -> str | None:
    """A piece with the event that it is of: the page shows none of an event whose conversation is shown no more."""
    return piece and f'<div data-for="{escape(token)}">{piece}</div>'


def _notice(text: str) -> str:
    return f'<p class="notice">{inert(text)}</p>'


def _problem(error: CitewiseError) -> str:
    return f'<p class="notice bad">{inert(str(error))}</p>'


def _text(what: gr.EventData, name: str) -> str:
    told = what._data.get(name) if isinstance(what._data, dict) else None
    return told if isinstance(told, str) else ""


def _number(what: gr.EventData, name: str) -> int:
    told = what._data.get(name) if isinstance(what._data, dict) else None
    return told if isinstance(told, int) and 0 <= told < 1_000_000 else 0
