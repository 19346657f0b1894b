"""What an assistant can do with a library: six tools, over the client. Their docstrings and fields are what it reads of
them, so they are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Annotated, Literal

from pydantic import Field

from rag.client.client import Client
from rag.errors import UsageError
from rag.library.bibliography import matching, written
from rag.types import Filters, Paper, normalise_title
from ui.mcp.telling import MOST_LISTED, told_answer, told_paper, told_papers, told_passages, told_verification

MOST_CITED = 50
"""Papers whose records are given at once."""
_Ids = Annotated[list[str], Field(max_length=MOST_CITED, description="paper or sentence ids")]
_Year = Annotated[int, Field(ge=0, le=9999)]
_Part = Annotated[str, Field(max_length=500, description="part of it, any case")]


class Tools:
    """The tools over one client. Safe for threads; each raises CitewiseError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ask(self, question: Annotated[str, Field(max_length=2_000)]) -> str:
        """Answer a question from the library's abstracts. Each sentence of the answer is followed by the number of its
        paper. Also for lists ("which papers …"), counts, comparisons, overviews. Outcomes: answered, partial,
        not_stated (papers are about it, but don't say), not_covered.
        """
        return told_answer(self._client.ask(question))

    def search(
        self,
        question: Annotated[str, Field(max_length=2_000)],
        k: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 5,
        author: _Part = "",
        year_from: _Year = 0,
        year_to: _Year = 0,
    ) -> str:
        """The papers most relevant to a question, best first, with their best sentences."""
        filters = Filters(year_from=year_from or None, year_to=year_to or None, author=author or None)
        return told_passages(self._client.search(question, k, filters if filters else None))

    def find(
        self,
        title: Annotated[str, Field(max_length=500, description="words or parts of words of it")] = "",
        author: _Part = "",
        venue: _Part = "",
        tag: _Part = "",
        year_from: _Year = 0,
        year_to: _Year = 0,
        limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = 20,
    ) -> str:
        """Papers by their records: all that match every field given; all papers where none is."""
        bounds = Filters(
            year_from=year_from or None,
            year_to=year_to or None,
            author=author or None,
            venue=venue or None,
            tag=tag or None,
        )
        words = normalise_title(title).split()
        papers = (
            paper
            for paper in matching(self._client.papers(), bounds)
            if all(word in normalise_title(paper.title) for word in words)
        )
        return told_papers(list(papers), limit)

    def paper(self, paper_id: Annotated[str, Field(max_length=1_000, description="paper or sentence id")]) -> str:
        """One paper: its record and its abstract, a sentence a line with its id."""
        return told_paper(self._paper(paper_id))

    def verify(self, claim: Annotated[str, Field(max_length=1_000)], papers: _Ids | None = None) -> str:
        """Whether the abstracts (of these papers, else of the library) support a claim, contradict it or don't state
        it, by which sentences. Use it for each statement that you attribute to a paper.
        """
        ids = None if papers is None else [self._paper(named).paper_id for named in papers]
        found = self._client.verify(claim, ids)
        of = {s.paper_id for s in found.sentences}
        return told_verification(found, {paper_id: self._client.paper(paper_id) for paper_id in of})

    def cite(self, papers: _Ids, form: Literal["bibtex", "ris", "csl-json"] = "bibtex") -> str:
        """The records of papers, to cite them."""
        if not papers:
            raise UsageError("No paper to cite.", "Name ids that ask, search or find told.")
        named = {paper.paper_id: replace(paper, abstract="") for paper in map(self._paper, papers)}
        return written(list(named.values()), form)

    def first_papers(self, most: int) -> Sequence[Paper]:
        """The first papers of the library; none where there is no library yet."""
        return list(islice(self._client.papers(), most)) if self._client.about().papers else []

    def _paper(self, told: str) -> Paper:
        """The paper of that id, or of the sentence of that id. Raises UsageError."""
        try:
            return self._client.paper(told)
        except UsageError:
            of_sentence, _, number = told.rpartition(":")
            if not number.isdecimal():
                raise
            return self._client.paper(of_sentence)
