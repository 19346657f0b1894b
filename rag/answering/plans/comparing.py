"""Papers side by side: a row for each thing that is compared, a cell for each paper, in it an exact sentence or that
none was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rag.answering.plans.reply import Cell, Reply
from rag.answering.reading import asked_beside, with_reading
from rag.answering.retrieval import Found
from rag.answering.understanding import Understood, phrase
from rag.models.reader import Reader, Reading
from rag.text.display import markdown
from rag.text.sentences import is_stub
from rag.text.titles import letters, spoken_name
from rag.text.words import content_words
from rag.types import Claim, RankedSentence, Sentence

ASPECTS: Mapping[str, Sequence[str]] = {
    "Problem": ("problem addressed", "Which problem is addressed?"),
    "Approach": ("what the authors propose", "How does the proposed method work?"),
    "Tested on": (
        "experiments and benchmarks",
        "What is it tested on?",
        "data, tasks or participants it is evaluated on",
    ),
    "Result": ("What are the main results?", "main result"),
}
"""What is compared where the question names nothing, and what each abstract is asked for it, in words of which one may
be understood."""
LEAST = 0.15
"""The probability, of the sentence that comes first, from which on it fills a cell."""
MOST_PAPERS = 4
NOTHING = "no sentence found"


def compare(question: str, papers: Sequence[Found], reader: Reader, understood: Understood) -> Reply | None:
    """``papers``: at least two, in the order in which they are told. What the question asks of them comes first, where
    it names a thing. None where no sentence was found for anything.
    """
    papers = papers[:MOST_PAPERS]
    aspect = _aspect(question, understood.topic, [f.passage.paper.title for f in papers])
    asked: dict[str, Sequence[str]] = {aspect: (question,)} if aspect else {}
    asked |= ASPECTS
    readings = iter(reader.read([asked_beside(q, f) for f in papers for qs in asked.values() for q in qs]))
    columns = [_column(f, {name: [next(readings) for _ in qs] for name, qs in asked.items()}) for f in papers]
    rows = []
    for name in asked:
        row = [column.get(name) for column in columns]
        if any(row):
            rows.append((Cell(name), *(Cell(s.text, s) if s else Cell(NOTHING) for s in row)))
    if not rows:
        return None
    listed = tuple(
        (f.passage.paper, tuple(c[name] for name in asked if name in c)) for f, c in zip(papers, columns, strict=True)
    )
    claims = tuple(Claim(s.text, (s.id,), "quoted") for _, sentences in listed for s in sentences)
    note = f"{len(papers)} papers side by side: {'; '.join(markdown(f.passage.paper.title) for f in papers)}."
    titles = ("", *(f.passage.paper.title for f in papers))
    return Reply(understood.plan, "answered", note, claims, listed, columns=titles, rows=tuple(rows))


def _aspect(question: str, topic: Sequence[str], titles: Sequence[str]) -> str:
    """What the question compares its papers by, as it is put there: "role of the LLM"; "" where it names only them."""
    names = {part for title in titles for part in (*content_words(title), *letters(spoken_name(title)))}
    joined = {"".join(letters(spoken_name(title))) for title in titles}
    about = [w for w in topic if w.casefold() not in names and not any(w.casefold() in name for name in joined)]
    told = phrase(question, about)
    others = {*topic} - {*about}
    told = " ".join(about) if any(w in others for w in letters(told, fold=False)) else told
    return told[:1].upper() + told[1:]


def _column(found: Found, readings: Mapping[str, Sequence[Reading]]) -> dict[str, Sentence]:
    """The sentence that fills each row, where one likely does; each is told once, where it fits best."""
    fits = [
        (s.score, name, s.sentence)
        for name, some in readings.items()
        for reading in some
        for s in _quotable(found, reading)
    ]
    column: dict[str, Sentence] = {}
    for score, name, sentence in sorted(fits, key=lambda fit: -fit[0]):
        if score >= LEAST and name not in column and sentence not in column.values():
            column[name] = sentence
    return column


def _quotable(found: Found, reading: Reading) -> Iterator[RankedSentence]:
    return (s for s in with_reading(found, reading, 0.0).passage.sentences if not is_stub(s.text))
