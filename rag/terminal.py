"""Answers, papers and progress on a terminal (rich); plain text where the output is piped."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from rag.display import shown, unmarked

if TYPE_CHECKING:
    from rag.types import Answer, Paper, Passage

_WIDEST = 100


def print_answer(answer: Answer) -> None:
    """The sentences with their markers, then the numbered papers."""
    console = _console()
    if not answer.claims:
        head, mark, rest = re.split(r"([:.])", _unescaped(answer.text), maxsplit=1)  # "Not covered: …", "Not stated. …"
        _say(console, Text.assemble((head + mark, "bold yellow"), rest))
    else:
        note = answer.text.partition("\n\n")[0] if "\n\n" in answer.text else ""
        if note:
            _say(console, Text(_unescaped(note), "bold yellow"))
            _say(console, Text())
        _say(console, _claims(answer))
    if answer.sources:
        _say(console, Text())
    for source in answer.sources:
        _print_paper(console, f"[{source.number}] ", source.paper)


def print_passages(passages: Sequence[Passage]) -> None:
    """Ranked papers, each with its best sentence."""
    console = _console()
    for n, passage in enumerate(passages, 1):
        if n > 1:
            _say(console, Text())
        _print_paper(console, f"{n}. ", passage.paper)
        if passage.sentences:
            _say(console, Text(shown(passage.sentences[0].text)), indent=4)
    if not passages:
        _say(console, Text("No paper passes the filters."))


def print_papers(papers: Sequence[Paper]) -> None:
    """A line a paper: id, year, title."""
    console = _console()
    widest = max((len(p.paper_id) for p in papers), default=0)
    for paper in papers:
        line = Text.assemble((f"{shown(paper.paper_id):{widest}}", "dim"), f"  {paper.year or '':4}  ", shown(paper.title))
        console.print(line, soft_wrap=True)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar on standard error for each phase of the work, with what is done and the time left."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks = {}

        def told(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase, total=total)
            progress.update(tasks[phase], completed=done, total=total)

        yield told


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the process here; that is for the command line to decide."""
        raise BrokenPipeError


def _console() -> Console:
    piped = not sys.stdout.isatty()
    console = _Console(highlight=False, markup=False, emoji=False, soft_wrap=piped)
    if console.width > _WIDEST and not piped:
        console.width = _WIDEST
    return console


def _say(console: Console, text: Text, indent: int = 0, hanging: int = 0) -> None:
    """Prints a paragraph: wrapped on a terminal, with ``hanging`` more space from the second line on; one line where it is piped."""
    if console.soft_wrap:
        console.print(Text(" " * indent) + text)
        return
    lines = text.wrap(console, console.width - indent - hanging) if text else [text]
    for n, line in enumerate(lines):
        line.rstrip()
        console.print(Text(" " * (indent + (hanging if n else 0))) + line, soft_wrap=True)


def _claims(answer: Answer) -> Text:
    number = {s.id: source.number for source in answer.sources for s in source.sentences}
    text = Text()
    for claim in answer.claims:
        markers = "".join(f"[{n}]" for n in sorted({number[i] for i in claim.citations}))
        text.append(f"{' ' if text else ''}{unmarked(shown(claim.text))} ").append(markers, "cyan")
    return text


def _print_paper(console: Console, number: str, paper: Paper) -> None:
    """Number and title, then authors, venue and year, then the link; each where it is known."""
    _say(console, Text.assemble((number, "cyan"), (shown(paper.title), "bold")), hanging=4)
    if details := _details(paper):
        _say(console, Text(details, "dim"), indent=4)
    if paper.link:
        console.print(Text("    ").append(shown(paper.link), "blue"), soft_wrap=True)


def _details(paper: Paper) -> str:
    names = [shown(a) for a in paper.authors]
    by = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return ", ".join(d for d in (by, shown(paper.venue or ""), str(paper.year or "")) if d)


def _unescaped(text: str) -> str:
    """Markdown of ours as plain text."""
    return text.replace("\\[", "[").replace("\\]", "]").replace("\\(", "(").replace("\\`", "`").replace("&lt;", "<").replace("&amp;", "&")
