"""What no route of ours takes: other methods, HEAD and OPTIONS, and addresses where nothing is. The page must not get
to answer them.

It is the last route before the page, which takes everything.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from ui.problems import Refused

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_EXACTLY = ("/api", "/v1", "/mcp", "/runs", "/sign-in", "/sign-out")
_UNDER = ("/api/", "/v1/", "/runs/")


def is_ours(path: str) -> bool:
    """Whether an address is the API's, the assistants', the reports' or the sign-in form's, and none of the page's."""
    return path in _EXACTLY or path.startswith(_UNDER)


class Unclaimed(BaseRoute):
    """Answers for all addresses of ours what the routes before it do not."""

    def __init__(self, others: Sequence[BaseRoute]) -> None:
        self._others = tuple(others)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] == "http" and is_ours(scope["path"]) else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HEAD is GET, whose body the server then leaves out; OPTIONS tells the methods. Raises Refused for all
        else.
        """
        taking = {method: found for method in _METHODS if (found := self._taker({**scope, "method": method}))}
        if not taking:
            raise Refused("There is nothing at this address.", "See /api for what there is.", 404)
        if scope["method"] == "HEAD" and "GET" in taking:
            route, child = taking["GET"]
            await route.handle({**scope, "method": "GET", "route": route, **child}, receive, send)
            return
        allowed = ", ".join([*taking, *(["HEAD"] if "GET" in taking else []), "OPTIONS"])
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers={"Allow": allowed})(scope, receive, send)
            return
        raise Refused("This address does not take that method.", f"It takes {allowed}.", 405, {"Allow": allowed})

    def _taker(self, scope: Scope) -> tuple[BaseRoute, Scope] | None:
        """The first route that takes the request whole, and what it adds to the scope."""
        for route in self._others:
            match, child = route.matches(scope)
            if match is Match.FULL:
                return route, child
        return None
