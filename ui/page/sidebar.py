"""The list of conversations, and under it what is being asked; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import groupby

from rag.types import About, SavedConversation
from ui.page.formulas import inert
from ui.page.icons import icon

LISTED = 60
"""Conversations that are listed before more are asked for: the list comes anew with every answer."""
FEW = 8
"""As many are looked over faster than sought in."""


def sidebar(
    conversations: Sequence[SavedConversation],
    about: About | None,
    current: str,
    now: datetime,
    links: Sequence[tuple[str, str]] = (),
    *,
    sought: str = "",
    most: int = LISTED,
) -> str:
    """``current``: the id of the open conversation. ``now``: the time at this machine, by which they are grouped into
    days. ``links``: what else this server has, each with its address. ``sought``: the words by which the conversations
    were found; ``most``: how many are listed.
    """
    groups = []
    for day, members in groupby(conversations[:most], lambda c: _day(c.when, now)):
        listed = "".join(_item(c, is_current=c.id == current) for c in members)
        groups.append(f"<h3>{day}</h3><ul>{listed}</ul>")
    told = "".join(groups) or f'<p class="empty">{_none(sought)}</p>'
    if further := len(conversations) - most:
        told += (
            f'<button type="button" class="quiet more" data-do="more">Show {further:,} older</button>'
            if further > 0
            else ""
        )
    many = str(bool(sought) or len(conversations) > FEW).lower()
    return (
        f'<nav class="side" aria-label="Conversations" data-many="{many}" '
        f'data-listed="{min(most, len(conversations))}">'
        f'<div class="brand"><span class="name">Citewise</span></div>'
        f'<a class="button new" href="?" data-do="new">{icon("new")}New conversation</a>'
        f'<div class="list">{told}</div>{_library(about, links)}</nav>'
    )


def _none(sought: str) -> str:
    return (
        f"No conversation has “{inert(sought)}”."
        if sought
        else "Conversations are kept here, each under its first question."
    )


def _item(told: SavedConversation, *, is_current: bool) -> str:
    title, place = inert(told.title) or "Untitled", escape(told.id)
    current = ' aria-current="page"' if is_current else ""
    turns = "1 question" if told.turns == 1 else f"{told.turns} questions"
    return (
        f'<li class="item" data-id="{place}"><a href="?c={place}" data-do="open" data-id="{place}" title="{title}" '
        f'dir="auto"{current}>'
        f'{title}<span class="unseen">, {turns}</span></a>'
        f'<details class="menu"><summary aria-label="Rename, export or delete {title}">{icon("more")}</summary><div '
        f'class="choices">'
        f'<button type="button" data-do="rename" data-id="{place}" data-title="{title}">Rename</button>'
        f'<button type="button" data-do="export" data-id="{place}" data-form="markdown">Export as Markdown</button>'
        f'<button type="button" data-do="export" data-id="{place}" data-form="bibtex">Export sources as BibTeX</button>'
        f'<button type="button" class="bad" data-do="delete" data-id="{place}">Delete …</button></div></details></li>'
    )


def _day(when: datetime, now: datetime) -> str:
    days = (now.date() - when.astimezone(now.tzinfo).date()) // timedelta(days=1)
    return "Today" if days <= 0 else "Yesterday" if days == 1 else "Last seven days" if days <= 7 else "Earlier"


def _library(about: About | None, links: Sequence[tuple[str, str]]) -> str:
    if about is None:
        return ""
    papers = {0: "no papers yet", 1: "1 paper"}.get(about.papers, f"{about.papers:,} papers")
    writer = (
        f"Answers written by {inert(about.model or 'a model')}, each sentence checked"
        if about.writer == "chat"
        else "Answers quoted from the abstracts"
    )
    return (
        f'<div class="library"><p><strong>{inert(about.library)}</strong> <span class="count">{papers}</span></p>'
        f'<p class="small">{writer}</p>{_linked(links)}</div>'
    )


def _linked(links: Sequence[tuple[str, str]]) -> str:
    listed = " · ".join(f'<a href="{escape(address)}">{escape(name)}</a>' for name, address in links)
    return f'<p class="small">{listed}</p>' if listed else ""
