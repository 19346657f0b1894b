"""The command line: the client in a terminal. ``citewise --help`` tells its commands.

Each exits with 0 (done), 1 (the work failed) or 2 (wrong usage).
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from rag.cli.console import decodable, printable, progress_shown, write_json
from rag.cli.papers_command import add_arguments as add_papers_arguments
from rag.cli.papers_command import run as run_papers
from rag.cli.table_command import add_arguments as add_table_arguments
from rag.cli.table_command import run as run_table
from rag.cli.table_command import run_recheck
from rag.cli.verify_command import add_arguments as add_verify_arguments
from rag.cli.verify_command import run as run_verify
from rag.errors import CitewiseError, UsageError
from rag.library.sample import SAMPLE_LIBRARY
from rag.version import installed_version

if TYPE_CHECKING:
    from rag.client.client import Client
    from rag.types import Filters

ELSEWHERE = {
    "eval": ("evals.command", "run suites of questions with known answers, and compare runs"),
    "serve": ("ui.command", "serve a library: a page to ask it in a browser, and an HTTP API"),
    "mcp": ("ui.mcp.command", "give an assistant the library's tools (Model Context Protocol)"),
    "model": ("rag.cli.model_command", "fetch, list and remove model files, to be run on this machine"),
}
"""Commands that have a parser of their own: the module whose ``main`` runs each, and what it does."""
_SHOWN = 10
"""Papers that are named in one line."""
DEMO_QUESTION = "How does COPlanner use model uncertainty?"


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    _prepare_output()
    try:
        given = sys.argv[1:] if arguments is None else arguments
        if given[:1] and given[0] in ELSEWHERE:
            status = _elsewhere(given[0], given[1:])
        else:
            chosen = _parser().parse_args(given)
            run: Callable[[argparse.Namespace], int] = chosen.run
            status = run(chosen)
        sys.stdout.flush()
        return status
    except CitewiseError as error:
        print(f"citewise: {printable(str(error))}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _give_up_output()  # the reader went away; nothing more can be said to it
        return 0
    except OSError as error:
        _give_up_output()
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"citewise: {printable(where)}{error.strerror or error}. Free the disk, or write elsewhere.",
            file=sys.stderr,
        )
        return 1


def _prepare_output() -> None:
    """A character that the terminal's encoding lacks is no reason to fail, nor is a stream that the caller closed."""
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _give_up_output() -> None:
    """What is still to be written goes nowhere, so that the interpreter's end does not stumble over it again."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Wrong usage is one line that starts like every other message of ours."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"citewise: {printable(message)}. See: {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="citewise",
        description="Answers from a library of paper abstracts; every sentence is an exact sentence of an abstract.",
    )
    parser.add_argument("--version", action="version", version=f"citewise {installed_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    index = _command(commands, "index", _index, "read papers into the library")
    index.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a file that a reference manager, a database or you wrote; a folder of them; - for standard input; or "
        "what is asked of a live source: arxiv:QUERY, openalex:, pubmed:, s2:, crossref:, doi:10.…, zotero:",
    )
    index.add_argument(
        "--limit", type=int, metavar="N", help="how many papers of a live source (default 200; of zotero: all)"
    )
    index.add_argument("--collection", metavar="NAME", help="a collection of zotero:, with those within it")
    index.add_argument(
        "--resume", action="store_true", help="complete what earlier runs left undone, without naming their files"
    )
    _with_json(index)

    ask = _command(commands, "ask", _ask, "answer a question with cited sentences")
    _with_question(ask, k=8)
    _with_writer(ask)
    ask.add_argument(
        "--out", metavar="FILE", help="write it to a .md, .html, .tex or .qmd, the last two with a .bib beside it"
    )

    chat = _command(commands, "chat", _chat, "talk with the library: follow-up questions, paper numbers that stay")
    done = chat.add_mutually_exclusive_group()
    done.add_argument("--resume", metavar="ID", help='go on with a conversation; "last" is the latest')
    done.add_argument(
        "--list",
        nargs="?",
        const="",
        metavar="WORDS",
        help="list the conversations, or those that have all these words",
    )
    done.add_argument("--export", metavar="ID", help="write a conversation to standard output")
    done.add_argument("--rename", nargs=2, metavar=("ID", "TITLE"), help="give a conversation another title")
    done.add_argument("--delete", metavar="ID", help="delete a conversation for good")
    chat.add_argument(
        "--format", choices=("markdown", "bibtex"), default="markdown", help="what --export writes (default markdown)"
    )
    _with_filters(chat, k=8)
    _with_writer(chat)

    search = _command(commands, "search", _search, "find the papers on a question")
    _with_question(search, k=10)
    search.add_argument(
        "--no-rerank", action="store_true", help="rank by words and vectors alone: faster, and worse at ideas"
    )

    verify = _command(
        commands, "verify", _verify, "tell whether the abstracts bear out a claim, or each sentence of a text"
    )
    add_verify_arguments(verify)
    _with_json(verify)

    table = _command(
        commands, "table", _table, "ask every paper the same questions: a row a paper, a column a question"
    )
    add_table_arguments(table)
    _with_bounds(table)
    _with_writer(table, withheld=False)

    recheck = _command(
        commands,
        "recheck",
        _recheck,
        "tell which saved answers and cells of tables stand on text that has changed since",
    )
    _with_json(recheck)

    papers = _command(commands, "papers", _papers, "list the papers of the library, export or remove them")
    add_papers_arguments(papers)
    _with_bounds(papers)

    check = _command(commands, "check", _check, "examine the library, and mend it")
    check.add_argument(
        "--repair", action="store_true", help="complete and mend what can be mended; nothing is embedded twice"
    )
    check.add_argument("--reembed", action="store_true", help="make all vectors anew, after a change of the embedder")
    _with_json(check)

    demo = _command(commands, "demo", _demo, "index the sample library and answer a question from it")
    demo.add_argument("question", nargs="?", default=DEMO_QUESTION)
    demo.add_argument(
        "--library", metavar="NAME|PATH", default=SAMPLE_LIBRARY, help=f"the library to make (default {SAMPLE_LIBRARY})"
    )
    _with_json(demo)

    for name, (_, told) in ELSEWHERE.items():
        commands.add_parser(name, help=told, add_help=False)
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser], name: str, run: Callable[[argparse.Namespace], int], told: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
    command.set_defaults(run=run)
    if name != "demo":
        command.add_argument(
            "--library", metavar="NAME|PATH", help="the library to use (else CITEWISE_LIBRARY, else the default one)"
        )
    return command


def _with_json(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--json", action="store_true", help="write one JSON document to standard output and nothing else there"
    )


def _with_question(command: argparse.ArgumentParser, k: int) -> None:
    command.add_argument("question", help="- reads it from standard input")
    _with_filters(command, k)


def _with_filters(command: argparse.ArgumentParser, k: int) -> None:
    command.add_argument("-k", type=int, default=k, help=f"how many papers to draw on (default {k})")
    _with_bounds(command)


def _with_bounds(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--year", metavar="FROM-TO", help="only papers of these years: 2021, 2019-2023, 2020- or -2018"
    )
    command.add_argument("--author", metavar="NAME", help="only papers with an author whose name has this in it")
    command.add_argument("--venue", metavar="NAME", help="only papers whose venue has this in it")
    command.add_argument("--source", metavar="TEXT", help="only papers from files whose path has this in it")
    command.add_argument("--tag", metavar="NAME", help="only papers with a tag or keyword that has these words in it")
    command.add_argument("--collection", metavar="NAME", help="only papers of this collection or group, or within it")
    _with_json(command)


def _with_writer(command: argparse.ArgumentParser, *, withheld: bool = True) -> None:
    command.add_argument(
        "--writer",
        choices=("extractive", "chat"),
        help="who writes: extractive quotes, chat asks the model (default: the model, where one is set)",
    )
    command.add_argument("--fallback", choices=("extractive",), help="quote where the model fails, and say why")
    if withheld:
        command.add_argument("--withheld", action="store_true", help="show every sentence that was withheld, and why")


def _elsewhere(name: str, arguments: list[str]) -> int:
    """Runs a command that is in a module, or even a package, of its own."""
    run: Callable[[list[str]], int] = import_module(ELSEWHERE[name][0]).main
    return run(arguments)


# --- commands ---------------------------------------------------------------------------------------------------------


def _index(chosen: argparse.Namespace) -> int:
    from rag.types import IndexReport

    if bool(chosen.paths) == chosen.resume:
        raise UsageError(
            "Nothing to index." if not chosen.paths else "--resume names no files: it knows them.",
            "Give a file, a folder, or - for standard input; or --resume alone, which completes earlier runs.",
        )
    with _client(chosen) as client, progress_shown() as progress:
        report = client.index(*chosen.paths, limit=chosen.limit, collection=chosen.collection, progress=progress)
        papers = client.about().papers if chosen.resume else 0
    for skipped in report.skipped:
        print(f"skipped {printable(skipped.where)}: {printable(skipped.why)}", file=sys.stderr)
    if (further := report.skipped_in_all - len(report.skipped)) > 0:
        print(f"… and {further:,} more", file=sys.stderr)
    for note in report.notes:
        print(printable(note), file=sys.stderr)
    for source, ids in report.gone.items():
        remedy = f"remove with: citewise papers rm {' '.join(map(shlex.quote, ids[:_SHOWN]))}"
        more = " … (all of them with --json)" if len(ids) > _SHOWN else ""
        print(printable(f"no longer in {source}: {len(ids)}; {remedy}{more}"), file=sys.stderr)
    if chosen.json:
        write_json(
            {
                "added": report.added,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "completed": report.completed,
                "skipped": [{"where": s.where, "why": s.why} for s in report.skipped],
                "left_out": report.left_out,
                "notes": report.notes,
                "gone": report.gone,
                "formats": [{**count._asdict(), "records": count.records} for count in report.formats],
            }
        )
    elif chosen.resume and report == IndexReport():
        print(f"Nothing was left undone: {papers:,} papers, all of them indexed.")
    else:
        if report.formats:
            from rag.cli.terminal import print_formats

            print_formats(report.formats)
        print(report)
    return 1 if report.barren else 0


def _ask(chosen: argparse.Namespace) -> int:
    question, filters = _question(chosen), _filters(chosen)
    with _client(chosen) as client:
        if chosen.out is not None:
            from rag.cli.answer_command import check_out, write_answer

            check_out(chosen.out)
        answer = client.ask(question, k=chosen.k, filters=filters)
        if chosen.out is not None:
            write_answer(client, answer, chosen.out)
    if chosen.json:
        write_json(answer.to_dict())
    else:
        from rag.cli.terminal import print_answer

        print_answer(answer, withheld=chosen.withheld)
    return 0


def _chat(chosen: argparse.Namespace) -> int:
    filters = _filters(chosen)
    with _client(chosen) as client:
        if chosen.list is not None:
            return _list_conversations(client, chosen)
        if chosen.export is not None:
            print(client.chat(_conversation(client, chosen.export)).export(chosen.format), end="")
            return 0
        if chosen.rename is not None:
            client.rename_conversation(_conversation(client, chosen.rename[0]), chosen.rename[1])
            return 0
        if chosen.delete is not None:
            client.delete_conversation(_conversation(client, chosen.delete))
            return 0
        from rag.cli.talking import talk

        resumed = None if chosen.resume is None else _conversation(client, chosen.resume)
        chat, status = talk(client.chat, resumed, chosen.k, filters, quiet=chosen.json, withheld=chosen.withheld)
        if chosen.json:
            turns = [turn.to_dict() for turn in chat.turns]
            write_json(
                {
                    "id": chat.id,
                    "title": chat.title,
                    "saved": bool(turns) and not chat.note,
                    "note": chat.note,
                    "turns": turns,
                }
            )
        return status


def _conversation(client: Client, told: str) -> str:
    """The id of a conversation given by id, by the beginning of one, or as "last". Raises UsageError where that is
    none, or several.
    """
    saved = client.conversations()
    if told == "last":
        if not saved:
            raise UsageError("There is no conversation with this library yet.", "Start one with: citewise chat")
        return saved[0].id
    begin_so = [c.id for c in saved if c.id.startswith(told)] if told else []
    if told in begin_so or not begin_so:
        return told
    if len(begin_so) > 1:
        raise UsageError(
            f"{told}: {len(begin_so)} conversations begin so.", f"Give more of the id: {', '.join(begin_so[:4])}"
        )
    return begin_so[0]


def _list_conversations(client: Client, chosen: argparse.Namespace) -> int:
    saved = client.conversations(chosen.list)
    if chosen.json:
        write_json({"conversations": [conversation.to_dict() for conversation in saved]})
    else:
        from rag.cli.terminal import print_conversations

        print_conversations(saved, chosen.list)
    return 0


def _search(chosen: argparse.Namespace) -> int:
    question, filters = _question(chosen), _filters(chosen)
    with _client(chosen) as client:
        passages = client.search(question, k=chosen.k, filters=filters, rerank=not chosen.no_rerank)
        pending = client.about().pending
    if chosen.json:
        told = pending.to_dict() if pending else None
        write_json({"question": question, "passages": [p.to_dict() for p in passages], "pending": told})
    else:
        from rag.cli.terminal import print_passages, print_pending

        print_passages(passages, filtered=filters is not None)
        print_pending(pending)
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    said = _standard_input() if chosen.claim == "-" else chosen.claim
    with _client(chosen) as client:
        return run_verify(client, chosen, said)


def _table(chosen: argparse.Namespace) -> int:
    filters = _filters(chosen)
    with _client(chosen) as client:
        return run_table(client, chosen, filters)


def _recheck(chosen: argparse.Namespace) -> int:
    with _client(chosen) as client:
        return run_recheck(client, chosen)


def _papers(chosen: argparse.Namespace) -> int:
    filters = _filters(chosen)
    with _client(chosen) as client:
        return run_papers(client, chosen, filters)


def _check(chosen: argparse.Namespace) -> int:
    with _client(chosen) as client, progress_shown() as progress:
        health = client.check(repair=chosen.repair, reembed=chosen.reembed, progress=progress)
    if chosen.json:
        write_json(health.to_dict())
    elif health.is_whole:
        print(f"{health.folder}: whole; {health.papers} papers; embedder: {printable(health.embedder_in_use)}")
    else:
        print(f"{health.folder}: {health.papers} papers; embedder: {printable(health.embedder_in_use)}")
        for problem in health.problems:
            print(f"  {printable(problem)}")
    for kept in () if chosen.json else health.set_apart:
        print(f"  {printable(kept)}")
    return 0 if health.is_whole else 1


def _demo(chosen: argparse.Namespace) -> int:
    from rag.client.client import Client
    from rag.library.sample import sample_path

    with Client(chosen.library, writer="extractive") as client:
        with progress_shown() as progress:
            client.index(sample_path(), progress=progress)
        answer = client.ask(chosen.question)
    if chosen.json:
        write_json(answer.to_dict())
        return 0
    from rag.cli.terminal import print_answer

    print_answer(answer)
    print(
        f'\nThe sample is a library of its own: citewise ask --library {chosen.library} "…". Your own papers: '
        f"citewise index FILE",
        file=sys.stderr,
    )
    return 0


# --- helpers ----------------------------------------------------------------------------------------------------------


def _client(chosen: argparse.Namespace) -> Client:
    from rag.client.client import Client

    if not hasattr(chosen, "writer"):
        return Client(chosen.library)
    return Client(chosen.library, writer=chosen.writer, fallback=chosen.fallback is not None)


def _question(chosen: argparse.Namespace) -> str:
    from rag.answering.retrieval import checked_question

    return checked_question(_standard_input() if chosen.question == "-" else chosen.question)


def _standard_input() -> str:
    """What was piped in. Bytes that are no UTF-8 cost themselves only."""
    if sys.stdin is None:
        raise UsageError("There is no standard input.", "Give it on the command line.")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _filters(chosen: argparse.Namespace) -> Filters | None:
    from rag.types import Filters

    first, last = _years(chosen.year) if chosen.year is not None else (None, None)
    names = (chosen.author, chosen.venue, chosen.source, chosen.tag, chosen.collection)
    return Filters(first, last, *(None if text is None else decodable(text) for text in names)) or None


def _years(text: str) -> tuple[int | None, int | None]:
    first, dash, last = text.strip().partition("-")
    try:
        years = (int(first) if first else None, int(last) if last else None)
    except ValueError:
        years = (None, None)
    if years == (None, None):
        raise UsageError(f"--year {text}: no years.", "Give one like 2021, 2019-2023, 2020- or -2018.")
    return years if dash else (years[0], years[0])


if __name__ == "__main__":
    sys.exit(main())
