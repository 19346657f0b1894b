"""``/sign-in`` and ``/sign-out``: plain forms, no script."""

from __future__ import annotations

from html import escape
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from ui import plain
from ui.doorkeeper import Doorkeeper
from ui.places import Busy
from ui.problems import Refused

_STYLE = """
body { min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; }
main { width: 100%; max-width: 21rem; }
p { margin: 0 0 1.4rem; color: var(--muted); }
p[role=alert] { color: var(--wrong); margin: 0 0 1rem; }
label { display: block; font-size: 0.9rem; margin: 0 0 1rem; }
input {
  display: block; width: 100%; margin-top: 0.3rem; padding: 0.6rem 0.7rem; font: inherit; color: inherit;
  background: transparent;
  border: 1px solid var(--line); border-radius: 8px;
}
button {
  width: 100%; padding: 0.65rem; font: inherit; font-weight: 600; color: var(--on); background: var(--accent);
  border: 0;
  border-radius: 8px; cursor: pointer;
}
"""
_UNKEPT = {"Cache-Control": "no-store"}


def routes(doorkeeper: Doorkeeper) -> APIRouter:
    """The routes. They are no part of the API."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in")
    async def form(request: Request, after: str = "/") -> Response:
        return _sign_in(local(after))

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=5) as told:
            name, password, after = (_text(told.get(field)) for field in ("name", "password", "after"))
        address = request.client.host if request.client else ""
        try:
            right = await doorkeeper.signs_in(name, password, address)
        except Busy as error:
            return _sign_in(
                local(after), name, f"{error.problem} Wait {error.retry_after} seconds.", 429, error.retry_after
            )
        if not right:
            return _sign_in(local(after), name, "Name or password is wrong.", 401)
        response = RedirectResponse(local(after), 303, _UNKEPT)
        doorkeeper.sessions.end(doorkeeper.secret(request.headers))  # who was signed in here before is not any more
        secret = doorkeeper.session(name)
        secure = request.url.scheme == "https"
        response.set_cookie(doorkeeper.cookie, secret, httponly=True, samesite="strict", secure=secure, path="/")
        return response

    @router.get("/sign-out")
    async def ask() -> Response:
        return plain.page("Sign out", '<form method="post" action="/sign-out"><button>Sign out</button></form>', _STYLE)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        doorkeeper.sessions.end(doorkeeper.secret(request.headers))
        response = RedirectResponse("/sign-in", 303, _UNKEPT)
        response.delete_cookie(doorkeeper.cookie, httponly=True, samesite="strict", path="/")
        return response

    return router


def to_sign_in(path: str, query: str) -> Response:
    """Sends a browser to the form, and from there back to where it was going."""
    after = local(f"{path}?{query}" if query else path)
    return RedirectResponse("/sign-in" if after == "/" else f"/sign-in?after={quote(after, safe='')}", 303, _UNKEPT)


def local(address: str) -> str:
    """The address, if it is one of this server; else that of the page."""
    try:
        parts = urlsplit(address.replace("\\", "/"))
    except ValueError:
        return "/"
    plain = address.startswith("/") and not address.startswith("//") and address.isprintable()
    return (
        address
        if plain and not parts.scheme and not parts.netloc and "\\" not in address and len(address) < 2000
        else "/"
    )


def closed() -> Response:
    """What a browser gets where there is no page."""
    text = (
        "<p>This server has an API and no page: it was started with a token and without a file of users (--auth).</p>"
    )
    return plain.page("Citewise", text, _STYLE, 403)


def _text(told: UploadFile | str | None) -> str:
    if isinstance(told, UploadFile):
        raise Refused("A file where a text should be.", "Use the form.", 400)
    return told or ""


def _sign_in(
    after: str, name: str = "", wrong: str = "", status: int = 200, retry_after: int | None = None
) -> Response:
    fields = (
        (f'<p role="alert">{escape(wrong)}</p>' if wrong else "")
        + '<form method="post" action="/sign-in">'
        + f'<input type="hidden" name="after" value="{escape(after)}">'
        + f'<label>Name<input name="name" autocomplete="username" required autofocus value="{escape(name)}"></label>'
        + '<label>Password<input name="password" type="password" autocomplete="current-password" required></label>'
        + "<button>Sign in</button></form>"
    )
    response = plain.page("Citewise", f"<p>Sign in to ask the library.</p>{fields}", _STYLE, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
