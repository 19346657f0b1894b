"""How a server bears many people at once: ``python -m ui.load http://127.0.0.1:7860 --people 24 --questions 10 --pid
PID``.

Each person asks one question after another over the API, as events, and looks whether the answer is to what was asked.
The questions are made from the library's own titles. Printed are failures, mix-ups, seconds until the first event and
the whole answer, and how large the server's process was at each tenth of the way.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.client.remote.calling import Server
from rag.errors import CitewiseError, ServerBusy
from rag.settings import settings

_FORMS = ("What is “{}” about?", "What does “{}” find?", "How is “{}” evaluated?", "Which problem does “{}” solve?")
_PAUSE = 0.5


@dataclass
class Tally:
    """What came of the questions; times are in seconds."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: int = 0
    waited: int = 0
    refused: int = 0
    sizes: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def ask(server: Server, question: str, tally: Tally) -> None:
    """Asks one question, again where the server is busy."""
    while True:
        began = time.perf_counter()
        first, waited = 0.0, 0
        try:
            for name, told in server.events("/api/ask", {"question": question, "stream": True}):
                first = first or time.perf_counter() - began
                waited |= name == "waiting"
                if name == "done":
                    with tally.lock:
                        tally.first.append(first)
                        tally.whole.append(time.perf_counter() - began)
                        tally.waited += waited
                        tally.mixed += told["question"] != question
            return
        except ServerBusy:
            with tally.lock:
                tally.refused += 1
            time.sleep(_PAUSE)
        except CitewiseError as error:
            with tally.lock:
                tally.errors.append(str(error))
            return


def person(url: str, token: str | None, questions: Sequence[str], tally: Tally) -> None:
    """Asks the questions one after another, over one connection."""
    server = Server(url, token)
    for question in questions:
        ask(server, question, tally)
    server.close()


def size_of(pid: int) -> float:
    """Megabytes that a process takes (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def watch(pid: int, total: int, tally: Tally, done: threading.Event) -> None:
    """Notes the size of the server at each tenth of the way."""
    while not done.wait(0.2):
        with tally.lock:
            if len(tally.whole) >= total * len(tally.sizes) / 10:
                tally.sizes.append(size_of(pid))


def run(url: str, people: int, each: int, pid: int | None) -> Tally:
    """All people at once, each with their own questions."""
    token = settings().api_token
    told = token.get_secret_value() if token else None
    server = Server(url, told)
    titles = [str(paper["title"]) for paper in server.get("/api/papers", lambda told: told["papers"], limit=1000)]
    server.close()
    dice, tally, done = random.Random(20), Tally(), threading.Event()
    lots = [[dice.choice(_FORMS).format(dice.choice(titles)) for _ in range(each)] for _ in range(people)]
    threads = [threading.Thread(target=person, args=(url, told, lot, tally)) for lot in lots]
    if pid is not None:
        threading.Thread(target=watch, args=(pid, people * each, tally, done), daemon=True).start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    if pid is not None:
        tally.sizes.append(size_of(pid))
    return tally


def percentile(seconds: Sequence[float], share: float) -> float:
    return round(sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))], 3) if seconds else 0.0


def main() -> None:
    """Runs it and prints a JSON document."""
    parser = argparse.ArgumentParser(prog="python -m ui.load", description="How a server bears many people at once.")
    parser.add_argument("url", help="the server's address")
    parser.add_argument("--people", type=int, default=24, help="how many ask at once (default 24)")
    parser.add_argument("--questions", type=int, default=10, help="how many each asks (default 10)")
    parser.add_argument("--pid", type=int, help="the server's process, to see how large it is (on this machine)")
    chosen = parser.parse_args()
    began = time.perf_counter()
    tally = run(chosen.url, chosen.people, chosen.questions, chosen.pid)
    figures = {
        "asked": chosen.people * chosen.questions,
        "answered": len(tally.whole),
        "mixed_up": tally.mixed,
        "errors": tally.errors[:10],
        "waited_in_line": tally.waited,
        "refused_and_asked_again": tally.refused,
        "seconds": round(time.perf_counter() - began, 1),
        "first_event": {"p50": percentile(tally.first, 0.5), "p95": percentile(tally.first, 0.95)},
        "whole_answer": {"p50": percentile(tally.whole, 0.5), "p95": percentile(tally.whole, 0.95)},
        "megabytes": [round(size) for size in tally.sizes],
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
