"""The child process that serves a model's file with llama.cpp; a script, started by rag/models/local/model.py, that
imports nothing of ours.

A line of JSON on standard input says what to serve: ``{"path", "key", "context"}``. The key goes this way because a
command line is shown to every user of the machine. The answer is a line that starts with :data:`MARK`, among whatever
llama.cpp writes: ``{"url"}`` or ``{"failed"}``, with ``{"missing": true}`` where the library is not installed. The
process ends when standard input does, which is when the parent has gone, however it went.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

MARK = b"\x1ecitewise "
_ERRORS_ONLY = 2


def main() -> int:
    """Serves until standard input ends."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C may end an answer only; whether this ends too is for the parent to say
    with open(0, "rb", buffering=0, closefd=False) as told:
        wanted = json.loads(told.readline())
    _end_with_parent()
    try:
        server = _serve(wanted)
    except ImportError as error:
        _tell({"failed": str(error), "missing": True})
        return 1
    except RuntimeError as error:
        _tell({"failed": str(error)})
        return 1
    _tell({"url": server.listening_address})
    while os.read(0, 1):
        pass
    os._exit(0)  # at once: llama.cpp's own ending waits for the reply that it is writing


def _serve(wanted: dict[str, Any]) -> Any:
    """A server that has loaded its model and answers. Its defaults are open to any page of any browser; these
    are not.
    """
    import xllamacpp

    chosen = xllamacpp.CommonParams()
    chosen.model.path = wanted["path"]
    chosen.model_alias = {Path(wanted["path"]).stem}
    chosen.hostnames, chosen.port = ["127.0.0.1"], 0  # a free port
    chosen.api_keys = [wanted["key"]]
    chosen.ui = chosen.endpoint_slots = chosen.endpoint_props = chosen.endpoint_metrics = False
    chosen.cors_origins = chosen.cors_methods = chosen.cors_headers = ""
    chosen.cors_credentials = False
    chosen.n_ctx, chosen.n_parallel = wanted["context"], 1  # llama.cpp lowers it to what the model was trained for
    chosen.cache_ram_mib = 0  # else up to 8 GB of earlier prompts are kept; the last one stays in its slot anyway
    chosen.cpuparams.poll = chosen.cpuparams_batch.poll = (
        0  # waiting threads sleep: without it, idle cores are kept at full load
    )
    chosen.use_jinja = True
    chosen.enable_reasoning = 0  # thoughts would take up the reply's tokens before its first word
    chosen.verbosity = _ERRORS_ONLY
    return xllamacpp.Server(chosen)


def _end_with_parent() -> None:
    """On Linux, has the kernel end this process when the other end of standard input closes.

    A thread that waits for it would not run while llama.cpp loads a model: it holds the interpreter for as long as that
    takes.
    """
    if sys.platform == "linux":
        import fcntl
        import select

        signal.signal(signal.SIGIO, signal.SIG_DFL)  # which is to end
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([0], [], [], 0)[0]:  # it closed before the kernel was asked to watch
            os._exit(0)


def _tell(answer: dict[str, Any]) -> None:
    os.write(1, b"\n" + MARK + json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
