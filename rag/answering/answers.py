"""What is told of a question -> the answer: its text with markers, its sources under their numbers, and what kind of no
it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.plans.reply import Cell, Reply
from rag.answering.retrieval import Retrieval
from rag.answering.verdict import Verdict
from rag.answering.writing.extracts import Writer, Written
from rag.text.display import markdown
from rag.types import Answer, Claim, Outcome, Paper, Passage, Plan, Sentence, Source, Table, Timings, Usage

NONE_ABOUT = "no abstract in this library is about this"
RELATED = 3
"""Papers that are shown where a question's detail is not stated."""
BEYOND = (
    "Not covered: that is beyond a library of abstracts. It can tell what its papers say, list and count them, set "
    "them side by side, sum "
    "one up, and give their authors, years, venues and links."
)


def answer_of_reply(question: str, reply: Reply, timings: Timings) -> Answer:
    """A plan's reply as an answer, its papers numbered in their order."""
    sources = tuple(Source(n, paper, sentences) for n, (paper, sentences) in enumerate(reply.listed, 1))
    table = (
        Table(reply.columns, tuple(tuple(_told_cell(c, sources) for c in row) for row in reply.rows))
        if reply.rows
        else None
    )
    body = _lines(reply, sources) if table is None else _rows(table)
    return Answer(
        question=question, outcome=reply.outcome, text="\n\n".join(part for part in (reply.note, body) if part),
        claims=reply.claims,
        sources=sources, withheld=(), writer="extractive", model=None, usage=Usage(), timings=timings,
        standalone_question=question,
        plan=reply.plan, read=reply.read, table=table,
    )  # fmt: skip


def _told_cell(cell: Cell, sources: Sequence[Source]) -> str:
    number = next((s.number for s in sources if cell.sentence and s.paper.paper_id == cell.sentence.paper_id), None)
    return markdown(cell.text) + (f" [{number}]" if number else "")


def _lines(reply: Reply, sources: Sequence[Source]) -> str:
    """A line a claim, with the number of its paper."""
    number = {s.id: source.number for source in sources for s in source.sentences}
    told = []
    for n, claim in enumerate(reply.claims):
        marks = [number[i] for i in claim.citations] or [sources[n].number]
        told.append(f"{markdown(claim.text)} {''.join(f'[{m}]' for m in marks)}")
    return told[0] if len(told) == 1 else "\n".join(f"- {line}" for line in told)


def _rows(table: Table) -> str:
    """A table in Markdown."""
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows)


def answer_of_writing(
    question: str,
    plan: Plan,
    retrieval: Retrieval,
    verdict: Verdict,
    written: Written,
    writer: Writer,
    timings: Timings,
) -> Answer:
    """What a writer wrote, or the verdict that there is nothing to write."""
    outcome: Outcome
    if written.claims:
        outcome = "partial" if written.partial else "answered"
        sources = _cited(retrieval, written.claims)
        text = _told(written, sources)
    elif verdict.kind == "not_covered":
        outcome, sources, text = "not_covered", (), BEYOND if retrieval.kind == "beyond" else _not_covered(verdict)
    else:
        outcome = "not_stated"
        sources = tuple(Source(n, p.paper, (p.sentences[0].sentence,)) for n, p in enumerate(_related(retrieval), 1))
        text = _not_stated(verdict, sources)
    quoted = all(c.support == "quoted" for c in written.claims) and bool(written.claims)
    return Answer(
        question=question, outcome=outcome, text=text, claims=written.claims, sources=sources,
        withheld=written.withheld,
        writer="extractive" if quoted else writer.kind, model=writer.model, usage=written.usage, timings=timings,
        standalone_question=retrieval.question.text, prompt=written.prompt, plan=plan,
    )  # fmt: skip


def _related(retrieval: Retrieval) -> list[Passage]:
    """The papers that the question refers to or calls by name; else the best, and others only where it does not single
    that one out.
    """
    if retrieval.about:
        return [f.passage for f in retrieval.found[: retrieval.about]]
    called = [f.passage for f in retrieval.found if f.called]
    if called:
        return called[:RELATED]
    best = retrieval.found[0]
    return [best.passage] if best.named >= 0.5 else [f.passage for f in retrieval.found[:RELATED]]


def _cited(retrieval: Retrieval, claims: tuple[Claim, ...]) -> tuple[Source, ...]:
    """The cited papers, numbered in the order in which the claims cite them."""
    by_id = {s.id: (f.passage.paper, s) for f in retrieval.found for s in f.sentences}
    cited: dict[str, tuple[Paper, list[Sentence]]] = {}
    for sentence_id in dict.fromkeys(i for claim in claims for i in claim.citations):
        paper, sentence = by_id[sentence_id]
        cited.setdefault(paper.paper_id, (paper, []))[1].append(sentence)
    return tuple(
        Source(number, paper, tuple(sorted(sentences, key=lambda s: s.number)))
        for number, (paper, sentences) in enumerate(cited.values(), 1)
    )


def _told(written: Written, sources: tuple[Source, ...]) -> str:
    number = {sentence.id: source.number for source in sources for sentence in source.sentences}
    told = " ".join(
        markdown(claim.text) + " " + "".join(f"[{n}]" for n in sorted({number[i] for i in claim.citations}))
        for claim in written.claims
    )
    return f"{markdown(written.note)}\n\n{told}" if written.note else told


def _not_covered(verdict: Verdict) -> str:
    if verdict.missing:
        return f"Not covered: no abstract in this library mentions {_listed(verdict.missing)}."
    return f"Not covered: {NONE_ABOUT}."


def _not_stated(verdict: Verdict, sources: tuple[Source, ...]) -> str:
    """Says what was looked for and not found, never more: an abstract may tell it in words that were not recognised."""
    about = "; ".join(f"{markdown(s.paper.title)} [{s.number}]" for s in sources)
    which = "The first" if len(sources) > 1 else "It"
    words = f" {which} does not say {_listed(verdict.missing)}." if verdict.missing and sources else ""
    abstracts = "these abstracts, which are" if len(sources) > 1 else "this abstract, which is"
    return (
        f"Not stated. No sentence that states what is asked was found in {abstracts} nearest to the question: "
        f"{about}.{words}"
    )


def _listed(words: tuple[str, ...]) -> str:
    quoted = [f"“{markdown(w)}”" for w in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
