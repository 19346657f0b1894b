"""How an evidence table is filled: each question is read beside each abstract alone, and what was read before is not
read again.

A cell states something by the same verdict as an answer about that paper alone would, and its sentence must answer
with the probability from which a sentence fills a row of a comparison: a cell shows one sentence without the others
beside it that an answer has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.answering.plans.comparing import LEAST
from rag.answering.retrieval import check_filters, checked_question
from rag.answering.tables.cells import EvidenceCell, EvidenceRow
from rag.answering.tables.evidence import EvidenceTable, TableBegun, TableEvent
from rag.answering.tables.phrasing import Phrasing
from rag.answering.testimony import speaks_to_its_reader
from rag.answering.verdict import Limits, judge_alone
from rag.errors import LibraryNotFound, ModelError, StorageError, UsageError
from rag.library.catalog import Catalog
from rag.library.store.cells import KeptCell, text_digest
from rag.models.reader import Asked, Reader, Reading
from rag.text.sentences import is_stub
from rag.types import CellState, Filters, Paper, Sentence, normalise_title

MOST_QUESTIONS = 20
"""Columns of a table."""
_TOGETHER = 4
"""Papers that are read, and kept, before the next ones."""


def checked_questions(questions: Sequence[str]) -> tuple[str, ...]:
    """The questions, tidied, each once. Raises UsageError: none, too many, one that is empty or over-long."""
    asked = tuple(dict.fromkeys(" ".join(checked_question(q).split()) for q in questions))
    if not asked:
        raise UsageError("A table needs a question.", 'Give one with: citewise table --ask "What data is used?"')
    if len(asked) > MOST_QUESTIONS:
        raise UsageError(
            f"{len(asked)} questions: a table has at most {MOST_QUESTIONS}.", "Ask the others in another table."
        )
    return asked


def chosen_rows(catalog: Catalog, named: Sequence[str] | None, filters: Filters | None) -> list[int]:
    """Catalogue rows of the papers that a table is about, in the order in which they came in. ``named``: ids, or words
    that a title or abstract must have, all of them; None for all papers.

    Raises LibraryNotFound (no paper at all), UsageError (a name that means none, filters that none passes).
    """
    check_filters(filters)
    if not catalog.count():
        raise LibraryNotFound(f"{catalog.path.parent}: the library is empty.", "Add papers with: citewise index FILE")
    within = catalog.rows_matching(filters or Filters())
    if named is not None:
        within &= {row for one in named for row in _meant(catalog, one)}
    if not within:
        raise UsageError("No paper passes the filters.", "Widen them, or leave them out.")
    return sorted(within)


def _meant(catalog: Catalog, name: str) -> set[int]:
    """The paper of that id, or those that have all the words."""
    if rows := set(catalog.rows_of_papers([name]).values()):
        return rows
    words = normalise_title(name).split()
    held = [catalog.rows_with(word) for word in words]
    if not held or not (met := set.intersection(*held)):
        raise UsageError(f"{name}: no paper has this id, or all these words.", "List them with: citewise papers")
    return met


class TableFiller:
    """Fills tables from one library. ``phrasing``: puts what a sentence answers in short, with a model."""

    def __init__(
        self, catalog: Catalog, reader: Reader, phrasing: Phrasing | None = None, limits: Limits | None = None
    ) -> None:
        self._catalog, self._reader, self._phrasing = catalog, reader, phrasing
        self._limits = limits or Limits.fitted()
        self._fingerprint = f"{reader.fingerprint}/{self._limits.stated}/{self._limits.premise_false}/{LEAST}"
        """What reads and what decides: a cell of another reader, or by other limits, is read again."""

    def filled(self, questions: Sequence[str], rows: Sequence[int]) -> Iterator[TableEvent]:
        """The table's events. ``questions`` and ``rows`` as they were checked and chosen. What is read is kept before
        it is told, so that who stops loses nothing of what was seen.
        """
        papers = self._catalog.papers_at(rows)
        kept = self._catalog.cells.kept(list(papers.values()), questions, self._fingerprint)
        yield TableBegun(len(papers), len(papers) * len(questions), len(kept))
        made, notes, read = list[EvidenceRow](), dict[str, str](), 0
        order = [row for row in rows if row in papers]
        for at in range(0, len(order), _TOGETHER):
            some = order[at : at + _TOGETHER]
            sentences = self._catalog.sentences_at(some)
            there = [(papers[row], sentences.get(row, ())) for row in some]
            fresh = self._read(there, questions, kept)
            read += len(fresh)
            cells = {**kept, **{(c.paper_id, c.question): c for c in fresh}}
            phrased = self._phrased(there, questions, cells, notes)
            cells |= {(c.paper_id, c.question): c for c in phrased}
            self._keep([*fresh, *phrased], notes)
            for paper, held in there:
                made.append(_row(paper, held, [cells[paper.paper_id, q] for q in questions], self._model))
                yield made[-1]
        self._forget(questions)
        yield EvidenceTable(tuple(questions), tuple(made), read, tuple(notes.values()))

    @property
    def _model(self) -> str:
        return self._phrasing.model if self._phrasing else ""

    def _read(
        self,
        papers: Sequence[tuple[Paper, Sequence[Sentence]]],
        questions: Sequence[str],
        kept: dict[tuple[str, str], KeptCell],
    ) -> list[KeptCell]:
        """The cells that were not kept, read. Questions about one abstract stand together, to be read in one pass."""
        todo = [(p, s, q) for p, s in papers for q in questions if (p.paper_id, q) not in kept]
        asked = [Asked(q, p.title, tuple(s.text for s in sentences)) for p, sentences, q in todo]
        readings = self._reader.read(asked) if asked else []
        return [self._cell(p, s, q, reading) for (p, s, q), reading in zip(todo, readings, strict=True)]

    def _cell(self, paper: Paper, sentences: Sequence[Sentence], question: str, reading: Reading) -> KeptCell:
        state, sentence = self._judged(paper, sentences, question, reading)
        number, text = (sentence.number, sentence.text) if sentence else (0, "")
        return KeptCell(
            paper.paper_id, question, self._fingerprint, text_digest(paper), paper.title, paper.details.status, state,
            number, text,
        )  # fmt: skip

    def _judged(
        self, paper: Paper, sentences: Sequence[Sentence], question: str, reading: Reading
    ) -> tuple[CellState, Sentence | None]:
        told = [
            (score, -s.number, s)
            for s, score in zip(sentences, reading.sentences, strict=True)
            if score >= LEAST and not speaks_to_its_reader(s.text)
        ]
        whole = [one for one in told if not is_stub(one[2].text)]
        sentence = max(whole or told)[2] if told else None  # "We asked 24 people." is short, and answers
        verdict = judge_alone(question, paper, reading, self._limits)
        if sentence is None or verdict.kind == "not_stated":
            return "not_stated", None
        return ("otherwise" if verdict.kind == "false_premise" else "stated"), sentence

    # --- phrases ------------------------------------------------------------------------------------------------------

    def _phrased(
        self,
        papers: Sequence[tuple[Paper, Sequence[Sentence]]],
        questions: Sequence[str],
        cells: dict[tuple[str, str], KeptCell],
        notes: dict[str, str],
    ) -> list[KeptCell]:
        """The cells that this model has not phrased yet, phrased. A model that fails is asked no more."""
        found = list[KeptCell]()
        for paper, sentences in papers:
            todo = [c for q in questions if (c := cells[paper.paper_id, q]).number and c.model != self._model]
            if not self._phrasing or not todo or "phrases" in notes:
                continue
            try:
                phrases = self._phrasing.phrased(paper, sentences, [(c.question, c.number) for c in todo])
            except ModelError as error:
                notes["phrases"] = f"No more phrases, for the model gave no answer: {error}"
                continue
            found += [c._replace(phrase=p, model=self._model) for c, p in zip(todo, phrases, strict=True)]
        return found

    # --- keeping ------------------------------------------------------------------------------------------------------

    def _keep(self, cells: Sequence[KeptCell], notes: dict[str, str]) -> None:
        """Where nothing can be written, the table is made all the same."""
        try:
            self._catalog.cells.keep(cells)
        except StorageError as error:
            notes["kept"] = f"Nothing of this is kept for the next time: {error}"

    def _forget(self, questions: Sequence[str]) -> None:
        try:
            self._catalog.cells.forget_others(questions, self._fingerprint)
        except StorageError:
            return  # told of before


def _row(paper: Paper, sentences: Sequence[Sentence], cells: Sequence[KeptCell], model: str) -> EvidenceRow:
    at = {s.number: s for s in sentences}
    return EvidenceRow(
        paper,
        tuple(
            EvidenceCell(c.state, at[c.number], c.phrase if c.model == model else "")
            if c.number in at
            else EvidenceCell("not_stated")
            for c in cells
        ),
    )
