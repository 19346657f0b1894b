"""Answers, papers and progress on a terminal (rich); plain text where the output is piped."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import rich.table
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from rag.answering.drafts.report import MOST_SHOWN
from rag.cli.reports import agreed, counted
from rag.text.display import byline, plain, shown, unmarked
from rag.text.retractions import status_of_text, warning
from rag.types import Claim, Done, Sources, Withheld

if TYPE_CHECKING:
    from rag.answering.drafts.report import Agreement, DraftReport
    from rag.answering.tables.cells import EvidenceCell
    from rag.answering.tables.evidence import EvidenceTable
    from rag.conversation.rechecking import Recheck, Touched
    from rag.types import (
        Answer,
        ClaimVerdict,
        Event,
        FormatCount,
        Paper,
        Passage,
        Pending,
        SavedConversation,
        Sentence,
        Table,
        Turn,
        Verification,
    )

_WIDEST = 100
_VERDICTS: dict[ClaimVerdict, tuple[str, str, str]] = {
    "supported": ("Supported", "bold green", "what the abstract says"),
    "contradicted": ("Contradicted", "bold red", "the abstract says otherwise"),
    "in_doubt": ("In doubt", "bold yellow", "the abstract may or may not mean that"),
    "not_stated": ("Not stated", "bold yellow", "no abstract says so; what comes nearest"),
}
"""A verdict in a word, its style, and what the sentences below are."""


def print_answer(answer: Answer, *, withheld: bool = False) -> None:
    """The sentences with their markers, what was withheld (all of it, or a line), then the numbered papers."""
    console = _console()
    if not answer.claims and not answer.table:
        _say_without_claims(console, answer)
    else:
        if note := _note(answer):
            _say(console, Text(plain(note), "bold yellow"))
            _say(console, Text())
        if answer.table:
            _print_table(console, answer.table)
        else:
            for line in _claims(answer):
                _say(console, line, hanging=2 if answer.is_list else 0)
    _say_withheld(console, answer.withheld, whole=withheld)
    if answer.sources:
        _say(console, Text())
    for source in answer.sources:
        _print_paper(console, f"[{source.number}] ", source.paper)
    if answer.pending and str(answer.pending) not in plain(answer.text):
        _say(console, Text())
        print_pending(answer.pending)


def print_pending(pending: Pending | None) -> None:
    """What the library has not seen, in a line."""
    if pending:
        _say(_console(), Text(shown(str(pending)), "yellow"))


class Transcript:
    """A conversation as it goes on: each sentence when it is ready, then the papers, those seen before in one line."""

    def __init__(self, *, withheld: bool = False) -> None:
        self._console = _console()
        self._withheld = withheld
        self._column = 0
        self._seen: set[int] = set()
        self._warned = ""

    def recall(self, turns: Sequence[Turn], papers: Mapping[int, Paper]) -> None:
        """Where a resumed conversation stood."""
        self._seen |= set(papers)
        if not self._console.soft_wrap:
            self.sources(papers)
            for turn in turns[-1:]:
                _say(self._console, Text(f"\n> {shown(turn.answer.question)}", "dim"))
                _say(self._console, Text(plain(turn.answer.text)))
                _say(self._console, Text())

    def show(self, said: str, event: Event, number_of: Callable[[str], int]) -> None:
        """Shows an event of the answer to what was said; ``number_of`` a sentence's id is its paper's number."""
        if isinstance(event, Sources):
            if event.standalone_question != said and event.passages:
                _say(self._console, Text(f"→ {shown(event.standalone_question)}", "dim"))
        elif isinstance(event, Claim):
            self._flow(unmarked(shown(event.text)))
            self._flow("".join(f"[{n}]" for n in sorted({number_of(i) for i in event.citations})), "cyan")
        elif isinstance(event, Done):
            self._conclude(event.answer)

    def _conclude(self, answer: Answer) -> None:
        self.end()
        if not answer.claims and not answer.table:
            _say_without_claims(self._console, answer)
        elif note := _note(answer):
            _say(self._console, Text(plain(note), "bold yellow"))
        if answer.table:
            _print_table(self._console, answer.table)
        _say_withheld(self._console, answer.withheld, whole=self._withheld)
        if answer.sources:
            _say(self._console, Text())
        for source in answer.sources:
            if source.number in self._seen:
                _say(
                    self._console,
                    Text.assemble((f"[{source.number}] ", "cyan"), (shown(source.paper.title), "dim")),
                    hanging=4,
                )
            else:
                _print_paper(self._console, f"[{source.number}] ", source.paper)
        self._seen |= {source.number for source in answer.sources}
        if answer.pending and str(answer.pending) not in plain(answer.text):
            print_pending(answer.pending)
        _say(self._console, Text())

    def _flow(self, text: str, style: str = "") -> None:
        """Adds words to the paragraph that is being written."""
        for word in text.split():
            wide = cell_len(word)
            if self._column and not self._console.soft_wrap and self._column + 1 + wide > self._console.width:
                self.end()
            self._console.print(Text(" " if self._column else "").append(word, style), end="", soft_wrap=True)
            self._column += wide + (1 if self._column else 0)

    def end(self) -> None:
        """Ends the paragraph that is being written, if there is one."""
        if self._column:
            _say(self._console, Text())
            self._column = 0

    def sources(self, papers: Mapping[int, Paper]) -> None:
        """All papers cited so far, in full."""
        for number, paper in papers.items():
            _print_paper(self._console, f"[{number}] ", paper)
        if not papers:
            self.tell("No paper has been cited yet.")

    def tell(self, text: str) -> None:
        """Words of ours, line by line."""
        for line in text.splitlines():
            _say(self._console, Text(shown(line) if line.strip() == line else line, "dim"))

    def warn(self, note: str) -> None:
        """Something to know, on standard error, once."""
        if note != self._warned:
            print(f"citewise: {shown(note)}", file=sys.stderr)
            self._warned = note


def print_conversations(conversations: Sequence[SavedConversation], sought: str = "") -> None:
    """A line a conversation: id, when it last went on, how many turns, title. ``sought``: the words by which they were
    found.
    """
    console = _console()
    for c in conversations:
        when = c.when.astimezone().strftime("%Y-%m-%d %H:%M")
        console.print(
            Text.assemble((c.id, "cyan"), (f"  {when}  {c.turns:3}  ", "dim"), shown(c.title)), soft_wrap=True
        )
    if not conversations:
        none = (
            f"No conversation has “{shown(sought)}”."
            if sought
            else "No conversation yet. Start one with: citewise chat"
        )
        console.print(none, soft_wrap=True)


def print_passages(passages: Sequence[Passage], *, filtered: bool = False) -> None:
    """Ranked papers, each with its best sentence. ``filtered``: only papers that pass filters were looked at."""
    console = _console()
    for n, passage in enumerate(passages, 1):
        if n > 1:
            _say(console, Text())
        _print_paper(console, f"{n}. ", passage.paper)
        if passage.sentences:
            _say(console, Text(shown(passage.sentences[0].text)), indent=4)
    if not passages:
        none = "No paper passes the filters. Search again without them to look in the whole library."
        _say(console, Text(none if filtered else "No paper was found: none has a word of the question."))


def print_verification(found: Verification, papers: Mapping[str, Paper]) -> None:
    """The verdict, the claim with the words marked that nothing bears out, then the sentences with their addresses,
    under their papers.

    ``papers``: those of the sentences, by their ids.
    """
    console = _console()
    verdict, style, told = _VERDICTS[found.verdict]
    _say(console, Text.assemble((verdict, style), f": {told}" if found.sentences else ""))
    _say(console, _marked(found))
    if missing := [shown(found.claim[a:b]).strip(" .,;:!?") for a, b in found.unsupported]:
        _say(console, Text(f"not borne out: {', '.join(f'“{word}”' for word in missing)}", "dim"), indent=2, hanging=2)
    for n, paper_id in enumerate(dict.fromkeys(s.paper_id for s in found.sentences), 1):
        _say(console, Text())
        _print_paper(console, f"{n}. ", papers[paper_id])
        for sentence in found.sentences:
            if sentence.paper_id == paper_id:
                _say(console, Text(shown(sentence.text)), indent=4)
                console.print(Text("    ").append(shown(sentence.id), "dim"), soft_wrap=True)


def print_draft(report: DraftReport, name: str) -> None:
    """Each claim with its verdict, the words that nothing bears out, and the sentences that say so; then the counts.

    ``name``: of the draft, before line and column.
    """
    console = _console()
    papers = {paper.paper_id: paper for paper in report.papers}
    for one in report.sentences:
        if one.verdict == "no_claim":
            continue
        verdict, style, _ = _VERDICTS[one.verdict]
        _say(console, Text.assemble((f"{shown(name)}:{one.line}:{one.column}  ", "dim"), (verdict, style)))
        _say(console, _marked_words(one.text, one.unsupported), indent=2)
        if one.lacking:
            _say(console, Text(f"not borne out: {', '.join(f'“{shown(w)}”' for w in one.lacking)}", "dim"), indent=4)
        for note in one.notes:
            _say(console, Text(shown(note), "yellow"), indent=4)
        _print_evidence(console, one.nearest, papers, "nearest: " if one.verdict == "not_stated" else "")
        _print_evidence(console, one.better, papers, "not cited, and says so: ")
        _say(console, Text())
    _say(console, Text(counted(report), "bold"))


def _print_evidence(console: Console, sentences: Sequence[Sentence], papers: Mapping[str, Paper], before: str) -> None:
    for sentence in sentences[:MOST_SHOWN]:
        title = papers[sentence.paper_id].title if sentence.paper_id in papers else sentence.paper_id
        _say(console, Text.assemble(before, (shown(title), "cyan")), indent=4, hanging=2)
        _say(console, Text(shown(sentence.text)), indent=6)
        console.print(Text("      ").append(shown(sentence.id), "dim"), soft_wrap=True)


def print_agreement(found: Agreement) -> None:
    """How many papers support the claim, contradict it or say nothing; then those that say something, best first."""
    console = _console()
    _say(console, Text(f"“{shown(found.claim)}”"))
    _say(console, Text(agreed(found), "bold"))
    for n, position in enumerate(found.those("supported") + found.those("contradicted"), 1):
        verdict, style, _ = _VERDICTS[position.verdict]
        _say(console, Text())
        _say(
            console, Text.assemble((f"{n}. ", "cyan"), (verdict, style), " by ", (shown(position.paper.title), "bold"))
        )
        for sentence in position.sentences:
            _say(console, Text(shown(sentence.text)), indent=4)
            console.print(Text("    ").append(shown(sentence.id), "dim"), soft_wrap=True)
    if doubtful := found.those("in_doubt"):
        _say(console, Text("\nIn doubt:", "bold yellow"))
        for position in doubtful:
            _say(console, Text(f"- {shown(position.paper.title)}"), indent=2, hanging=2)


def _marked(found: Verification) -> Text:
    return _marked_words(found.claim, found.unsupported)


def _marked_words(said: str, unsupported: Sequence[tuple[int, int]]) -> Text:
    """What is said, word by word."""
    text = Text("“")
    for word in re.finditer(r"\S+", said):
        lacking = any(start < word.end() and word.start() < end for start, end in unsupported)
        text.append(" " if len(text) > 1 else "").append(
            unmarked(shown(word.group())), "red underline" if lacking else ""
        )
    return text.append("”")


def print_papers(papers: Sequence[Paper]) -> None:
    """A line a paper: id, year, title."""
    console = _console()
    widest = max((len(p.paper_id) for p in papers), default=0)
    for paper in papers:
        line = Text.assemble(
            (f"{shown(paper.paper_id):{widest}}", "dim"), f"  {paper.year or '':4}  ",
            (f"{told}: " if (told := _unsaid_status(paper)) else "", "bold red"), shown(paper.title)
        )  # fmt: skip
        console.print(line, soft_wrap=True)


def print_evidence(table: EvidenceTable) -> None:
    """Paper by paper, under each question what the abstract says: columns of sentences fit no terminal."""
    console = _console()
    for row in table.rows:
        _print_paper(console, "", row.paper)
        for question, cell in zip(table.questions, row.cells, strict=True):
            _say(console, Text(shown(question), "dim"), indent=2, hanging=2)
            _say(console, _evidence(cell), indent=4)
        console.print()
    _say_of_table(console, table)


def print_table_written(table: EvidenceTable, path: str) -> None:
    """That a table stands in a file."""
    console = _console()
    _say_of_table(console, table)
    console.print(f"written: {path}", soft_wrap=True)


def _say_of_table(console: Console, table: EvidenceTable) -> None:
    total = len(table.rows) * len(table.questions)
    kept = f" {total - table.read:,} were read before." if table.read < total else ""
    _say(console, Text(table.counted + kept))
    for note in table.notes:
        _say(console, Text(shown(note), "bold yellow"))


def _evidence(cell: EvidenceCell) -> Text:
    if cell.sentence is None:
        return Text(cell.text, "yellow")
    short = Text.assemble((f"{shown(cell.phrase)}: ", "bold")) if cell.phrase else Text()
    return short + Text(unmarked(shown(cell.text))) + Text(f"  {shown(cell.sentence.id)}", "dim")


def print_recheck(found: Recheck) -> None:
    """What is touched, answer by answer and question by question."""
    console = _console()
    place = None
    for one in found.touched:
        if place != (place := (one.conversation, one.turn, one.question)):
            head = f"conversation {one.conversation}, turn {one.turn}" if one.turn else "table"
            _say(console, Text.assemble((f"{head}: ", "bold"), shown(one.question)), hanging=2)
        _say(console, _happened(one), indent=2, hanging=2)
    looked = f"{_many(found.turns, 'answer')} and {_many(found.cells, 'cell')} of tables"
    if not found.touched:
        _say(console, Text(f"{looked} looked at: all stand on the text that they were made of."))
        return
    turns = len({(one.conversation, one.turn) for one in found.touched if one.turn})
    cells = len({(one.question, one.paper_id) for one in found.touched if not one.turn})
    _say(
        console,
        Text(f"{looked} looked at: {_many(turns, 'answer')} and {_many(cells, 'cell')} touched.", "bold yellow"),
    )
    _say(console, Text("Ask again, or make the table again, to have them from the text as it is now.", "dim"))


def _happened(one: Touched) -> Text:
    where = Text(f"{shown(one.title)} ({shown(one.paper_id)}): ")
    if one.sentence:
        number = one.sentence.rpartition(":")[2]
        return where + Text(f"sentence {number} is no longer in the abstract: “{shown(one.text)}”", "yellow")
    told = {"changed": "its abstract has changed", "removed": "is no longer in the library"}
    return where + Text(told.get(one.happened, f"{one.happened} since"), "yellow")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def print_formats(formats: Sequence[FormatCount]) -> None:
    """What became of the records, a line a format; a column that would hold nothing but noughts is left out."""
    columns = {"files": "files", "records": "records", "read": "read", "merged": "merged"}
    columns |= {"without_abstract": "without abstract", "skipped": "skipped"}
    needed = [
        name for name in columns if name in ("files", "records", "read") or any(getattr(f, name) for f in formats)
    ]
    rows = [["", *(columns[name] for name in needed)]]
    rows += [[shown(f.format), *(f"{getattr(f, name):,}" for name in needed)] for f in formats]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first = row[0] + " " * (widths[0] - cell_len(row[0]))
        print("  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]))


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
    """Prints a paragraph: wrapped on a terminal, with ``hanging`` more space from the second line on; one line where it
    is piped.
    """
    if console.soft_wrap:
        console.print(Text(" " * indent) + text)
        return
    lines = text.wrap(console, console.width - indent - hanging) if text else [text]
    for n, line in enumerate(lines):
        line.rstrip()
        console.print(Text(" " * (indent + (hanging if n else 0))) + line, soft_wrap=True)


def _say_without_claims(console: Console, answer: Answer) -> None:
    """A no, of which the kind stands out ("Not covered: …", "Not stated. …"), or a word of small talk."""
    text = plain(answer.text)
    if answer.outcome == "answered":
        _say(console, Text(text))
    else:
        head, mark, rest = re.split(r"([:.])", text, maxsplit=1)
        _say(console, Text.assemble((head + mark, "bold yellow"), rest))


def _note(answer: Answer) -> str:
    """What precedes the sentences of a partial answer."""
    return answer.text.partition("\n\n")[0] if "\n\n" in answer.text else ""


def _say_withheld(console: Console, withheld: Sequence[Withheld], *, whole: bool) -> None:
    """A quiet line on what was withheld, or each sentence with its reason."""
    for one in withheld if whole else withheld[:1]:
        _say(console, Text(f"withheld: “{shown(one.text)}”: {shown(one.reason)}", "dim"), indent=2, hanging=2)
    if len(withheld) > 1 and not whole:
        _say(console, Text(f"and {len(withheld) - 1} more withheld (show: --withheld)", "dim"), indent=2)


def _claims(answer: Answer) -> list[Text]:
    """The sentences with their markers: in one text, or of a list a line each."""
    number = {s.id: source.number for source in answer.sources for s in source.sentences}
    told = []
    for n, claim in enumerate(answer.claims):
        marks = {number[i] for i in claim.citations} or (
            {answer.sources[n].number} if n < len(answer.sources) else set()
        )
        text = Text(f"{unmarked(shown(claim.text))} ").append("".join(f"[{m}]" for m in sorted(marks)), "cyan")
        told.append(Text("- ") + text if answer.is_list else text)
    return told if answer.is_list else [Text(" ").join(told)]


def _print_table(console: Console, table: Table) -> None:
    drawn = rich.table.Table(*(shown(c) for c in table.columns), show_lines=max(map(len, table.columns)) > 30)
    for row in table.rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    console.print(drawn)


def _unsaid_status(paper: Paper) -> str:
    """What has become of a paper, where its title does not say it already."""
    return "" if status_of_text(paper.title, "") else warning(paper.details.status)


def _print_paper(console: Console, number: str, paper: Paper) -> None:
    """Number and title, then authors, venue and year, then the link; each where it is known."""
    _say(console, Text.assemble((number, "cyan"), (shown(paper.title), "bold")), hanging=4)
    if told := _unsaid_status(paper):
        _say(console, Text(told, "bold red"), indent=4)
    if details := byline(paper):
        _say(console, Text(details, "dim"), indent=4)
    if paper.link:
        console.print(Text("    ").append(shown(paper.link), "blue"), soft_wrap=True)
