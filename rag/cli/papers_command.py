"""``citewise papers``: what is in the library, on the terminal or for other programs; which papers may be one; removing
some.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.cli.console import decodable, write_json
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.client.client import Client
    from rag.library.bibliography import Form
    from rag.library.references import Style
    from rag.types import Filters, Paper

FORMS: tuple[Form, ...] = ("bibtex", "ris", "csl-json", "csv")
STYLES: tuple[Style, ...] = ("apa", "ieee", "vancouver")
"""All there are; named here so that the other commands don't load what writes them."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What the command takes beside the library, the filters and ``--json``."""
    command.add_argument(
        "action", nargs="?", choices=("duplicates", "rm"), help="show papers that may be one, or remove some"
    )
    command.add_argument("ids", nargs="*", metavar="ID", help="what rm removes, by the ids that papers shows")
    written = command.add_mutually_exclusive_group()
    written.add_argument("--format", choices=FORMS, help="write the papers with their abstracts for other programs")
    written.add_argument("--style", choices=STYLES, help="write a bibliography in words")


def run(client: Client, chosen: argparse.Namespace, filters: Filters | None) -> int:
    """Does what was chosen; returns the exit status."""
    if (chosen.format or chosen.style) and (chosen.json or chosen.action):
        option = "--format" if chosen.format else "--style"
        raise UsageError(f"{option} goes with neither --json nor an action.", "Leave one of them out.")
    if chosen.action == "rm":
        return _remove(client, chosen)
    if chosen.ids:
        raise UsageError("Ids are for rm only.", "Narrow the list with --author, --year, --tag and the like.")
    from rag.library.bibliography import duplicates, matching, written

    papers = list(matching(client.papers(), filters))
    if chosen.action == "duplicates":
        _show_duplicates(duplicates(papers), as_json=chosen.json)
    elif chosen.format:
        sys.stdout.write(written(papers, chosen.format))
    elif chosen.style:
        from rag.library.references import in_words

        sys.stdout.write(in_words(papers, chosen.style))
    elif chosen.json:
        write_json({"papers": [_told(paper) for paper in papers]})
    else:
        from rag.cli.terminal import print_papers

        print_papers(papers)
    return 0


def _remove(client: Client, chosen: argparse.Namespace) -> int:
    if not chosen.ids:
        raise UsageError("Nothing to remove.", "Name the ids of papers; list them with: citewise papers")
    ids = [decodable(paper_id) for paper_id in chosen.ids]
    known = {paper.paper_id for paper in client.papers()}
    unknown = [paper_id for paper_id in ids if paper_id not in known]
    if unknown:
        raise UsageError(
            f"{unknown[0]}: no such paper in this library.", "List them with: citewise papers. Nothing was removed."
        )
    removed = client.remove(*ids)
    if chosen.json:
        write_json({"removed": removed})
    else:
        print(f"{removed} removed")
    return 0


def _show_duplicates(groups: Sequence[Sequence[Paper]], *, as_json: bool) -> None:
    if as_json:
        write_json({"duplicates": [[_told(paper) for paper in group] for group in groups]})
        return
    from rag.cli.terminal import print_papers

    for number, group in enumerate(groups):
        if number:
            print()
        print_papers(group)
    if groups:
        print("\nKeep one of each group: citewise papers rm ID", file=sys.stderr)
    else:
        print("no duplicates", file=sys.stderr)


def _told(paper: Paper) -> dict[str, Any]:
    names = ("paper_id", "title", "year", "venue")
    told = {name: getattr(paper, name) for name in names}
    return {**told, "authors": list(paper.authors), "url": paper.link, **paper.details.to_dict()}
