"""What the tests run in the place of llama.cpp's library: the same names, and a model whose file says how it behaves.

The file is ``GGUF`` and a JSON object: ``{"load": "held" | "dies" | "refused"}``, or nothing for a model that works. It
answers with the number of its process, dies in the middle of the answer to "die", and to "set-up" it adds how it was
set up.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class CommonParams(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(
            model=SimpleNamespace(path=""), cpuparams=SimpleNamespace(poll=50), cpuparams_batch=SimpleNamespace(poll=50)
        )


class Server:
    def __init__(self, chosen: CommonParams) -> None:
        load = json.loads(Path(chosen.model.path).read_bytes()[4:] or b"{}").get("load")
        if load == "held":  # the interpreter, too, as llama.cpp does while it loads
            print("holding", file=sys.stderr, flush=True)
            ctypes.PyDLL(None).sleep(60)
        if load == "dies":
            print("0.00.031 E ggml: out of memory for 7 tensors", file=sys.stderr, flush=True)
            os._exit(7)
        if load == "refused":
            print(
                "0.00.031 E llama_model_load: error loading model: the tensor is odd\n0.00.032 I srv: bye",
                file=sys.stderr,
                flush=True,
            )
            raise RuntimeError("Failed to init server")
        self._http = ThreadingHTTPServer((chosen.hostnames[0], chosen.port), _handler(chosen))
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self.listening_address = f"http://127.0.0.1:{self._http.server_port}"


def _handler(chosen: CommonParams) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Authorization"] != f"Bearer {chosen.api_keys[0]}":
                self.send_error(401)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            asked = body["messages"][-1]["content"]
            self._say({"delta": {"content": str(os.getpid())}})
            if asked == "die":
                print("0.01.000 E ggml: terminate called, so it goes", file=sys.stderr, flush=True)
                os._exit(9)
            if asked == "set-up":
                self._say({"delta": {"content": json.dumps({k: v for k, v in vars(chosen).items() if _plain(v)})}})
            self._say({"delta": {}, "finish_reason": "stop"})
            self.wfile.write(b"data: [DONE]\n\n")

        def _say(self, choice: dict[str, Any]) -> None:
            chunk = {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0} | choice],
            }
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _plain(value: object) -> bool:
    return isinstance(value, str | int)
