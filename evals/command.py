"""``citewise eval``: runs a suite, shows its figures, compares runs, and fails where a bound is not kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from evals.extras import needs_extra
from rag.cli.console import progress_shown, write_json
from rag.errors import InputError, UsageError

if TYPE_CHECKING:
    from evals.comparing import Comparison
    from evals.judge import Judge
    from evals.running import Bench, Told
    from evals.runs import Run
    from evals.suite import Suite
    from rag.client.client import Client
    from rag.types import Paper

TASKS = ("scifact", "pubmedqa", "check-covid")
VERBS = ("init", "runs", "report")
DESCRIPTION = """Runs a suite of questions with known answers and shows what the answers are worth.

  citewise eval SUITE              run a suite: a folder with suite.yaml and questions.jsonl
  citewise eval init FOLDER        make a suite to fill in, with questions drafted from a library
  citewise eval runs               list the runs
  citewise eval report RUN         write a run's report anew
  citewise eval --beir FOLDER      retrieval figures on a data set in BEIR layout
  citewise eval --task NAME FOLDER answers on a public data set: scifact, pubmedqa or check-covid
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", f"See: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The parser of ``citewise eval``."""
    made = _Parser(prog="citewise eval", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = made.add_argument
    add("what", nargs="*", metavar="SUITE", help="a suite's folder; or init FOLDER, runs, report RUN")
    add("--library", metavar="NAME|PATH", help="ask this library and not the suite's own")
    add(
        "--papers",
        metavar="PATH",
        nargs="+",
        type=Path,
        default=[],
        help="files of papers that the suite asks about but does not hold",
    )
    add(
        "--writer",
        choices=("extractive", "chat"),
        help="who writes: extractive quotes, chat asks the model of the settings",
    )
    add(
        "--ungated",
        action="store_true",
        help="with --writer chat: show all that the model writes, to see what checking is worth",
    )
    add("--model", metavar="NAME", help="the model of --writer chat, in the place of CITEWISE_LLM_MODEL")
    add("-k", type=int, help="how many papers to draw on (default: as the suite says)")
    add(
        "--jobs",
        metavar="N",
        type=int,
        default=1,
        help="questions asked side by side (default 1; compare times at 1 only)",
    )
    add("--only", metavar="KIND", nargs="+", default=[], help="only questions of these kinds")
    add("--limit", metavar="N", type=int, help="only the first N questions of each kind; of --judge --task, N cases")
    add("--out", metavar="FOLDER", type=Path, default=Path("runs"), help="where runs are kept (default runs)")
    add("--compare", metavar="RUN", type=Path, help="an earlier run, such as runs/last, to compare with")
    add(
        "--min",
        metavar="METRIC=VALUE",
        nargs="+",
        default=[],
        help="exit with 1 if a figure is lower; KIND:METRIC=VALUE for one kind",
    )
    add("--max", metavar="METRIC=VALUE", nargs="+", default=[], help="exit with 1 if a figure is higher")
    add("--resume", action="store_true", help="go on with the run that was interrupted")
    add("--replay", metavar="RUN", type=Path, help="score the answers of this run anew; nothing is asked")
    add(
        "--judge",
        metavar="MODEL",
        help="have this model grade the answers too; with --task: how far it agrees with people",
    )
    add("--beir", metavar="FOLDER", type=Path, help="a data set in BEIR layout: corpus.jsonl, queries.jsonl, qrels/")
    add("--split", metavar="NAME", default="test", help="with --beir: which judgements (default test)")
    add("--task", nargs=2, metavar=("NAME", "FOLDER"), help=f"a public data set: {', '.join(TASKS)}")
    add("--json", action="store_true", help="write one JSON document to standard output and nothing else there")
    return made


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit status. Raises CitewiseError."""
    chosen = parser().parse_intermixed_args(list(arguments))
    with needs_extra():
        return _dispatched(chosen)


def _dispatched(chosen: argparse.Namespace) -> int:
    if chosen.beir or chosen.task:
        return _beir(chosen) if chosen.beir else _task(chosen)
    verb = chosen.what[0] if chosen.what and chosen.what[0] in VERBS else ""
    if verb == "runs":
        return _runs(chosen)
    if len(chosen.what) != (2 if verb else 1):
        raise UsageError(f"eval {verb}: name one folder." if verb else "Name one suite.", "See: citewise eval --help")
    if verb:
        return _init(chosen) if verb == "init" else _report(chosen)
    return _suite(chosen)


# --- a suite ----------------------------------------------------------------------------------------------------------


def _suite(chosen: argparse.Namespace) -> int:
    from evals.bounds import broken, read_bound
    from evals.libraries import library_of
    from evals.runs import read_run
    from evals.suite import load_suite, narrowed

    if chosen.jobs < 1 or (chosen.limit is not None and chosen.limit < 1):
        raise UsageError("--jobs and --limit count from 1.", "Correct it.")
    suite = narrowed(load_suite(Path(chosen.what[0])), chosen.only, chosen.limit)
    kinds = [q.kind for q in suite.questions]
    bounds = [read_bound(t, kinds, least=True) for t in chosen.min] + [
        read_bound(t, kinds, least=False) for t in chosen.max
    ]
    earlier = read_run(chosen.compare) if chosen.compare else None
    recorded = read_run(chosen.replay) if chosen.replay else None
    judge = _judge(chosen.judge) if chosen.judge else None
    written = {
        "writer": chosen.writer or ("chat" if chosen.model else "extractive"),
        "model": chosen.model,
        "gated": not chosen.ungated,
    }
    with progress_shown() as told, library_of(suite, chosen.library, chosen.papers, told, **written) as client:
        run = _replayed(recorded, chosen, suite, client) if recorded else _asked(chosen, suite, client, told)
        if judge:
            run = _judged(run, judge, chosen.out, told)
    comparison = _compared(earlier, run)
    place = chosen.out / run.name
    _write_report(run, place, comparison)
    short = broken(run, bounds)
    if chosen.json:
        compared = {"comparison": comparison.to_dict()} if comparison else {}
        write_json({"run": run.name, "figures": run.figures, "timings": run.timings, "broken": short} | compared)
    else:
        from evals.screen import print_comparison, print_run

        print_run(run)
        if comparison:
            print_comparison(comparison)
        print(f"\n{place / 'report.html'}")
    for line in short:
        print(f"citewise: {line}", file=sys.stderr)
    return 1 if short else 0


def _asked(chosen: argparse.Namespace, suite: Suite, client: Client, told: Told | None) -> Run:
    """A new run, or the rest of an interrupted one."""
    from evals.running import System, carry_out
    from evals.runs import kept_results, new_run, read_run, unfinished

    system = System(client, chosen.k or suite.sheet.defaults.k, gated=not chosen.ungated)
    bench = _bench(suite, system.papers)
    about = {"name": suite.name, "hash": suite.hash, "folder": str(suite.folder), "questions": len(suite.questions)}
    place = unfinished(chosen.out, about, system.described()) if chosen.resume else None
    if chosen.resume and place is None:
        raise InputError(
            f"{chosen.out}: no interrupted run of this suite with this system and library.", "Run it without --resume."
        )
    if place:
        run, done = read_run(place), kept_results(place)
    else:
        (run, place), done = new_run(chosen.out, about, system.described(), suite.sheet.defaults.seed, chosen.jobs), []
    try:
        return carry_out(run, place, bench, system, done, told)
    except KeyboardInterrupt:
        done_of = f"{len(kept_results(place))} of {len(suite.questions)} questions"
        print(f"citewise: interrupted after {done_of}. The same command with --resume goes on.", file=sys.stderr)
        raise


def _replayed(recorded: Run, chosen: argparse.Namespace, suite: Suite, client: Client) -> Run:
    """A recorded run, scored anew."""
    from evals.running import rescored
    from evals.runs import finish, new_run

    if recorded.suite["hash"] != suite.hash:
        print(
            "citewise: the suite is not as it was in that run; its questions are scored as they are now.",
            file=sys.stderr,
        )
    fresh, place = new_run(chosen.out, recorded.suite, recorded.system, recorded.seed, recorded.jobs)
    run = rescored(replace(recorded, name=fresh.name, started=fresh.started), _bench(suite, list(client.papers())))
    finish(place, run)
    return run


def _judged(run: Run, judge: Judge, out: Path, told: Told | None) -> Run:
    from evals.judge import judged_run, kept_agreements
    from evals.runs import finish

    whole = judged_run(run, judge, kept_agreements(out, judge.name), told)
    finish(out / run.name, whole)
    return whole


def _judge(model: str) -> Judge:
    from evals.judge import Judge
    from rag.models.chat.llm import ChatModel

    return Judge(ChatModel.configured(model) or _no_model())


def _no_model() -> NoReturn:
    raise UsageError("No language model is configured.", "Set CITEWISE_LLM_URL, or OPENAI_API_KEY.")


LIKELY = 0.5
"""The reader's probability from which on a claim counts as supported by what it cites."""


def _bench(suite: Suite, papers: Sequence[Paper]) -> Bench:
    """The suite laid on the library, with the engine's own gate to judge support."""
    from evals.running import Bench
    from rag.answering.check import Cited, Gate
    from rag.models.bundled_reader import BundledReader

    gate = Gate(BundledReader())

    def supports(claim: str, cited: Sequence[str]) -> bool:
        return gate.rule(claim, [Cited("", tuple(cited), tuple(range(1, len(cited) + 1)))]).score >= LIKELY

    return Bench(suite, papers, supports)


def _compared(earlier: Run | None, run: Run) -> Comparison | None:
    if earlier is None:
        return None
    from evals.comparing import compare

    return compare(earlier, run)


# --- what stands beside suites ----------------------------------------------------------------------------------------


def _init(chosen: argparse.Namespace) -> int:
    from evals.drafting import draft_suite
    from rag.client.client import Client

    folder = Path(chosen.what[1])
    with Client(chosen.library) as client:
        count = draft_suite(client, folder, chosen.library)
    print(
        f"{folder}: {count} questions, drafted by rule. Read each, correct it, and take its “draft” away.\nThen: "
        f"citewise eval {folder}"
    )
    return 0


def _runs(chosen: argparse.Namespace) -> int:
    from evals.runs import is_whole, read_run, run_folders

    found = [(read_run(place), is_whole(place)) for place in run_folders(chosen.out)]
    if chosen.json:
        told = ("name", "started", "suite", "system", "figures")
        write_json({"runs": [{n: getattr(run, n) for n in told} | {"whole": whole} for run, whole in found]})
        return 0
    from evals.report import write_index
    from evals.screen import print_runs

    print_runs(found)
    if found:
        write_index(chosen.out)
        print(f"\n{chosen.out / 'index.html'}")
    return 0


def _report(chosen: argparse.Namespace) -> int:
    from evals.runs import read_run

    named = Path(chosen.what[1])
    run = read_run(named)
    comparison = _compared(read_run(chosen.compare) if chosen.compare else None, run)
    place = named.parent / run.name if named.is_dir() or named.name == "last" else named.parent
    _write_report(run, place, comparison)
    if comparison:
        from evals.screen import print_comparison

        print_comparison(comparison)
    print(place / "report.html")
    return 0


def _write_report(run: Run, place: Path, comparison: Comparison | None) -> None:
    from evals.report import write_index, write_report

    write_report(run, place / "report.html", comparison)
    write_index(place.parent)


def _beir(chosen: argparse.Namespace) -> int:
    from evals.beir import evaluate_beir
    from evals.libraries import cache_folder
    from evals.screen import print_data_set

    with progress_shown() as told:
        report = evaluate_beir(chosen.beir, chosen.split, cache_folder(), told)
    write_json(report.to_dict()) if chosen.json else print_data_set(report)
    return 0


def _task(chosen: argparse.Namespace) -> int:
    from evals.libraries import cache_folder
    from evals.screen import print_agreement, print_data_set
    from evals.tasks import evaluate_task

    name, folder = chosen.task
    if name not in TASKS:
        raise UsageError(f"--task {name}: not known.", f"There are: {', '.join(TASKS)}.")
    if chosen.judge:
        from evals.judge import CASES, agreement, keep_agreement, labelled_cases

        with progress_shown() as told:
            measured = agreement(
                _judge(chosen.judge), name, labelled_cases(name, Path(folder), chosen.limit or CASES), told
            )
        keep_agreement(chosen.out, measured)
        write_json(measured.to_dict()) if chosen.json else print_agreement(measured)
        return 0
    with progress_shown() as told:
        report = evaluate_task(name, Path(folder), cache_folder(), told)
    write_json(report.to_dict()) if chosen.json else print_data_set(report)
    return 0
