"""Answers, papers and progress on a terminal (rich); plain text where the output is piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag.display import shown

if TYPE_CHECKING:
    from rag.types import Answer, Paper, Passage, Source

_WIDEST = 100


def print_answer(answer: Answer) -> None:
    """The sentences with their markers, then the numbered papers."""
    console = _console()
    if not answer.claims:
        head, _, rest = answer.text.partition(".")
        _say(console, Text.assemble((head + ".", "bold yellow"), _unescaped(rest)))
    else:
        note = answer.text.partition("\n\n")[0] if "\n\n" in answer.text else ""
        if note:
            _say(console, Text(_unescaped(note), "bold yellow"))
            console.print()
        _say(console, _claims(answer))
    if answer.sources:
        console.print()
        for source in answer.sources:
            _print_source(console, source)


def print_passages(passages: Sequence[Passage]) -> None:
    """Ranked papers, each with its best sentence."""
    console = _console()
    for n, passage in enumerate(passages, 1):
        _say(console, Text.assemble((f"{n}. ", "cyan"), (shown(passage.paper.title), "bold"), _details(passage.paper)))
        if passage.sentences:
            _say(console, Text(shown(passage.sentences[0].text)), indent=4)


def print_papers(papers: Sequence[Paper]) -> None:
    """A line a paper: id, year, title."""
    console = _console()
    for paper in papers:
        year = str(paper.year) if paper.year else "    "
        console.print(Text.assemble((paper.paper_id, "dim"), f"  {year}  ", shown(paper.title)), soft_wrap=True)


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


def _console() -> Console:
    piped = not sys.stdout.isatty()
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=piped)
    if console.width > _WIDEST and not piped:
        console.width = _WIDEST
    return console


def _say(console: Console, text: Text, indent: int = 0) -> None:
    console.print(Padding(text, (0, 0, 0, indent)) if indent and sys.stdout.isatty() else Text(" " * indent) + text)


def _claims(answer: Answer) -> Text:
    number = {s.id: source.number for source in answer.sources for s in source.sentences}
    text = Text()
    for claim in answer.claims:
        markers = "".join(f"[{n}]" for n in sorted({number[i] for i in claim.citations}))
        text.append(f"{' ' if text else ''}{shown(claim.text)} ").append(markers, "cyan")
    return text


def _print_source(console: Console, source: Source) -> None:
    title = Text.assemble((f"[{source.number}] ", "cyan"), (shown(source.paper.title), "bold"), _details(source.paper))
    _say(console, title)
    if source.paper.link:
        console.print(Text(f"    {shown(source.paper.link)}", "blue"), soft_wrap=True)


def _details(paper: Paper) -> Text:
    names = [shown(a) for a in paper.authors]
    by = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    details = ", ".join(d for d in (by, shown(paper.venue or ""), str(paper.year or "")) if d)
    return Text(f"  {details}", "dim") if details else Text()


def _unescaped(text: str) -> str:
    """Markdown of ours as plain text."""
    return text.replace("\\[", "[").replace("\\]", "]").replace("\\(", "(").replace("\\`", "`").replace("&lt;", "<").replace("&amp;", "&")
