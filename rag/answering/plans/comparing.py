"""Papers side by side: a row for each thing that is compared, a cell for each paper, in it an exact sentence or that none was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.answering.plans.reply import Cell, Reply
from rag.answering.reading import asked_beside, with_reading
from rag.answering.understanding import Understood
from rag.display import markdown
from rag.models.reader import Reader, Reading
from rag.retrieval import Found
from rag.sentences import is_stub
from rag.types import Claim, Sentence
from rag.words import content_words

ASPECTS: Mapping[str, Sequence[str]] = {
    "Problem": ("problem addressed", "Which problem is addressed?"),
    "Approach": ("what the authors propose", "How does the proposed method work?"),
    "Tested on": ("experiments and benchmarks", "What is it tested on?", "data, tasks or participants it is evaluated on"),
    "Result": ("What are the main results?", "main result"),
}
"""What is compared where the question names nothing, and what each abstract is asked for it, in words of which one may be understood."""
LEAST = 0.15
"""The probability, of the sentence that comes first, from which on it fills a cell."""
MOST_PAPERS = 4
NOTHING = "no sentence found"


def compare(question: str, papers: Sequence[Found], reader: Reader, understood: Understood) -> Reply | None:
    """``papers``: at least two, in the order in which they are told. What the question asks of them comes first, where it names a thing.
    None where no sentence was found for anything.
    """
    papers = papers[:MOST_PAPERS]
    names = {w for f in papers for w in content_words(f.passage.paper.title)}
    topic = " ".join(understood.topic)
    asked: dict[str, Sequence[str]] = {topic.capitalize(): (question,)} if set(content_words(topic)) - names else {}
    asked |= ASPECTS
    readings = iter(reader.read([asked_beside(q, f) for f in papers for qs in asked.values() for q in qs]))
    cells = {(n, name): _cell(f, [next(readings) for _ in qs]) for n, f in enumerate(papers) for name, qs in asked.items()}
    rows = []
    for name in asked:
        row = [cells[n, name] for n in range(len(papers))]
        if any(row):
            rows.append((Cell(name), *(Cell(s.text, s) if s else Cell(NOTHING) for s in row)))
    if not rows:
        return None
    cited = [[row[n + 1].sentence for row in rows] for n in range(len(papers))]
    listed = tuple((f.passage.paper, tuple(dict.fromkeys(s for s in column if s))) for f, column in zip(papers, cited, strict=True))
    claims = tuple(Claim(s.text, (s.id,), "quoted") for _, sentences in listed for s in sentences)
    note = f"{len(papers)} papers side by side: {'; '.join(markdown(f.passage.paper.title) for f in papers)}."
    columns = ("", *(f.passage.paper.title for f in papers))
    return Reply(understood.plan, "answered", note, claims, listed, columns=columns, rows=tuple(rows))


def _cell(found: Found, readings: Sequence[Reading]) -> Sentence | None:
    """The sentence that answers, where one likely does."""
    seen = [s for r in readings for s in with_reading(found, r, 0.0).passage.sentences if not is_stub(s.text)]
    best = max(seen, key=lambda s: s.score, default=None)
    return best.sentence if best and best.score >= LEAST else None
