"""``citewise verify``: a claim, a paragraph or a draft, held against the library."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.console import decodable, printable, progress_shown, write_json
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.answering.drafts.prose import Draft
    from rag.answering.drafts.report import DraftReport
    from rag.client.client import Client

FORMATS = ("text", "json", "html", "lines")
_STANDARD_INPUT = "<stdin>"


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "claim",
        metavar="CLAIM|FILE",
        help="a claim, a paragraph, or a draft: a .md, .tex, .docx or .txt; - reads a text from standard input",
    )
    command.add_argument(
        "--paper",
        action="append",
        metavar="ID",
        help="hold a claim against this paper only; may be given several times",
    )
    command.add_argument(
        "--agreement", action="store_true", help="of a claim: how many papers support it, contradict it, or don't say"
    )
    command.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="what is written of a text: lines are FILE:LINE:COLUMN: VERDICT: …, for editors (default text)",
    )
    command.add_argument(
        "--as",
        dest="form",
        choices=("markdown", "tex", "text"),
        default="text",
        help="how what is no file is written (default text)",
    )
    command.add_argument(
        "--strict", action="store_true", help="exit status 1 where anything is contradicted or not stated"
    )


def run(client: Client, chosen: argparse.Namespace, said: str) -> int:
    """Verifies what ``said`` is, or the file that it names, and returns the exit status."""
    as_json = chosen.json or chosen.format == "json"
    if chosen.agreement:
        return _agreement(client, said, as_json)
    draft = _draft(chosen, said)
    if draft is None:
        return _claim(client, chosen, said, as_json)
    if chosen.paper:
        raise UsageError("--paper is for a claim.", "A text names the papers itself, where it cites.")
    with progress_shown() as progress:
        report = client.verify_draft(draft, progress)
    name = _STANDARD_INPUT if chosen.claim == "-" else chosen.claim if isinstance(draft, Path) else "text"
    _write(report, name, "json" if as_json else chosen.format)
    return 1 if chosen.strict and not report.passes else 0


def _draft(chosen: argparse.Namespace, said: str) -> Path | Draft | None:
    """The draft that is meant; None for a single claim."""
    from rag.answering.drafts.opening import is_draft
    from rag.answering.drafts.prose import Draft
    from rag.text.sentences import sentence_spans

    if chosen.claim != "-" and is_draft(said):
        return Path(said)
    several = "\n\n" in said.strip() or len(sentence_spans(said)) > 1
    return Draft(said, chosen.form) if several or chosen.format in ("html", "lines") else None


def _claim(client: Client, chosen: argparse.Namespace, said: str, as_json: bool) -> int:
    from rag.answering.drafts.report import FAILING
    from rag.answering.verifying import checked_claim

    found = client.verify(checked_claim(said), chosen.paper and map(decodable, chosen.paper))
    if as_json:
        write_json(found.to_dict())
    else:
        from rag.cli.terminal import print_verification

        print_verification(found, {s.paper_id: client.paper(s.paper_id) for s in found.sentences})
    return 1 if chosen.strict and found.verdict in FAILING else 0


def _agreement(client: Client, claim: str, as_json: bool) -> int:
    from rag.answering.verifying import checked_claim

    found = client.agreement(checked_claim(claim))
    if as_json:
        write_json(found.to_dict())
    else:
        from rag.cli.terminal import print_agreement

        print_agreement(found)
    return 0


def _write(report: DraftReport, name: str, form: str) -> None:
    if form == "json":
        write_json(report.to_dict())
    elif form == "html":
        from rag.cli.reports import as_html

        sys.stdout.write(as_html(report, name))
    elif form == "lines":
        from rag.cli.reports import as_lines

        for line in as_lines(report, name):
            print(printable(line))
    else:
        from rag.cli.terminal import print_draft

        print_draft(report, name)
