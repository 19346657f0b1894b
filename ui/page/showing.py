"""A library's conversations -> the pieces of HTML that the page shows. What is missing or fails is shown as a quiet
card.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rag.client.client import Client
from rag.client.engine import Conversation
from rag.errors import CitewiseError, LibraryNotFound, UsageError
from rag.types import About, Paper, SavedConversation, Turn
from ui.page.formulas import inert
from ui.page.icons import icon
from ui.page.rendering import conversation
from ui.page.sidebar import LISTED, sidebar


class Showing:
    """What a client's library has to show."""

    def __init__(self, client: Client, links: Sequence[tuple[str, str]] = ()) -> None:
        """``links``: what the sidebar leads to besides, each with its address."""
        self._client, self._links = client, links

    def opened(self, conversation_id: str) -> str:
        """A saved conversation; "" for a new one. An id that is none is said to be none."""
        if not conversation_id:
            return conversation((), {}, {})
        try:
            return self.talk(self._client.chat(conversation_id))
        except (UsageError, LibraryNotFound):
            problem = "There is no conversation at this address."
            return _nothing(
                problem,
                "It was deleted, or it belongs to another library. Choose one on the left, or ask something new.",
            )
        except CitewiseError as error:
            return _nothing(error.problem, error.remedy)

    def talk(self, chat: Conversation) -> str:
        """A conversation with all its turns."""
        return self.turns(chat.turns, chat.id if chat.turns else "", chat.title, chat.note or "")

    def turns(self, turns: Sequence[Turn], conversation_id: str, title: str, note: str = "") -> str:
        """Turns of a conversation; ``note``: why they are not saved."""
        ratings = {r.turn: r for r in self._client.ratings(conversation_id)} if conversation_id else {}
        return conversation(turns, self._papers(turns), ratings, conversation_id, title, note)

    def side(self, current: str, sought: str = "", listed: int = 0) -> str:
        """The sidebar, ``current`` the id of the open conversation; ``sought``: words that those listed have;
        ``listed``: how many.
        """
        found = self._conversations(sought)
        return sidebar(
            found,
            self._about(),
            current,
            datetime.now().astimezone(),
            self._links,
            sought=sought,
            most=max(listed, LISTED),
        )

    def _papers(self, turns: Sequence[Turn]) -> dict[str, Paper]:
        """The cited papers that the library has today, whole, by id."""
        found = {}
        for paper_id in dict.fromkeys(s.paper.paper_id for t in turns for s in t.answer.sources):
            try:
                found[paper_id] = self._client.paper(paper_id)
            except UsageError:
                continue  # it has left the library
        return found

    def _conversations(self, sought: str) -> list[SavedConversation]:
        try:
            return self._client.conversations(sought)
        except LibraryNotFound:
            return []

    def _about(self) -> About | None:
        try:
            return self._client.about()
        except CitewiseError:
            return None  # the question that meets the same error tells of it


def _nothing(problem: str, remedy: str) -> str:
    return (
        '<div id="talk" data-conversation="" data-title="" data-turns="0" data-missing="true">'
        f'<h1 class="unseen">No conversation</h1>'
        f'<div class="card ended" '
        f'role="alert"><p>{icon("warn")}<strong>{inert(problem)}</strong></p><p>{inert(remedy)}</p></div></div>'
    )
