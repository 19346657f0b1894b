"""A Hugging Face hub on 127.0.0.1, as much of it as is needed: it tells a file's hash, and gives the whole or the rest
of it.
"""

from __future__ import annotations

import hashlib
from http.server import BaseHTTPRequestHandler

from local_http import LocalHttp

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(LocalHttp):
    """``files``: OWNER/REPOSITORY/FILE -> content. ``sha256``: what it says of a file, where that is not so.
    ``breaks``: after how many bytes it hangs up, reply for reply, as long as there are such figures. ``asked``: the
    range that each download asked for.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.sha256: str | None = None
        self.breaks: list[int] = []
        self.status = 200
        self.asked: list[str | None] = []
        super().__init__(self._handler())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def do_GET(self) -> None:
                hub.asked.append(self.headers["Range"])
                self._answer(with_body=True)

            def _answer(self, *, with_body: bool) -> None:
                owner, repo, _, _, file = self.path.strip("/").split("/", 4)
                content = hub.files.get(f"{owner}/{repo}/{file}")
                if content is None or hub.status != 200:
                    self.send_response(404 if content is None else hub.status)
                    self.send_header("X-Error-Code", "EntryNotFound" if content is None else "")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                begin = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
                self.send_response(206 if begin else 200)
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{hub.sha256 or hashlib.sha256(content).hexdigest()}"')
                self.send_header("Content-Length", str(len(content) - begin))
                if begin:
                    self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
                self.end_headers()
                if with_body:
                    self.wfile.write(content[begin:][: hub.breaks.pop(0) if hub.breaks else None])

            def log_message(self, *_: object) -> None:
                pass

        return Handler
