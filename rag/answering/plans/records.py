"""What the catalogue's records answer: who, when, where, how many, which. No sentence of an abstract is judged
for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.answering.plans.reply import NOT_GIVEN, Cell, Reply, count_of, counted
from rag.answering.understanding import Understood
from rag.library.bibtex import to_bibtex
from rag.library.catalog import Catalog
from rag.text.display import byline, markdown
from rag.text.sentences import split_sentences
from rag.text.titles import joined
from rag.types import Claim, Paper, Plan, Sentence, normalise_title

MOST_LISTED = 25
MOST_ROWS = 30
MOST_NAMES = 12
IDENTIFIER = re.compile(r"10\.\d{4,9}/\S+|\d{4}\.\d{4,5}|(?<!\d)\d{7,8}(?!\d)")
LACKS: Mapping[str, Callable[[Paper], bool]] = {
    "doi": lambda p: not p.doi, "year": lambda p: p.year is None, "venue": lambda p: not p.venue,
    "journal": lambda p: not p.venue,
    "author": lambda p: not p.authors, "authors": lambda p: not p.authors, "link": lambda p: not p.link,
    "url": lambda p: not p.link,
    "abstract": lambda p: not p.abstract, "identifier": lambda p: not (p.doi or p.arxiv_id or p.pmid),
}  # fmt: skip
"""Names of fields, as a question has them, and whether a record lacks that."""
_GROUPED = {"venues": "venue", "authors": "author"}
"""Fields that are counted by."""


@dataclass(frozen=True)
class Sought:
    """A question for records: as it was understood, and ``paper``: the one that it names, where it names one."""

    question: str
    understood: Understood
    paper: Paper | None

    @property
    def plan(self) -> Plan:
        return self.understood.plan


def answer_from_records(sought: Sought, catalog: Catalog) -> Reply:
    """The reply; ``not_stated`` where records lack what is asked, ``not_covered`` where there is no such paper or
    author.
    """
    field = sought.plan.field
    if field == "has":
        return _has(sought, catalog)
    if field in OF_ONE:
        if sought.paper is None:
            return _no(sought.plan, "no paper of this library was recognised in the question")
        return _of_one(sought.plan, sought.paper)
    papers = papers_within(sought.understood, catalog)
    bounded = sought.plan.filters.year_from is not None or sought.plan.filters.year_to is not None
    if bounded and not papers and not any(p.year for p in catalog.papers()):
        return Reply(sought.plan, "not_stated", "Not stated. The library has no years for its papers.")
    if field == "missing":
        return _missing(sought, papers)
    if field in _GROUPED or sought.plan.by:
        by = sought.plan.by or _GROUPED[field]
        return grouped(sought, papers, by)
    if field == "coauthors":
        return _coauthors(sought, papers)
    if field == "total":
        return Reply(sought.plan, "answered", f"**{count_of(len(papers))}**{_bounds(sought)}.")
    return _listed(sought, papers)


# --- one paper --------------------------------------------------------------------------------------------------------


def _authors(paper: Paper) -> str:
    return f"written by {_joined(paper.authors)}" if paper.authors else ""


def _link(paper: Paper) -> str:
    numbers = [
        f"{name} {number}"
        for name, number in (("DOI", paper.doi), ("arXiv", paper.arxiv_id), ("PMID", paper.pmid))
        if number
    ]
    return f"at {', '.join([paper.link, *numbers])}" if paper.link else ""


_FACTS: Mapping[str, tuple[str, Callable[[Paper], str]]] = {
    "authors_of": ("authors", _authors),
    "year_of": ("year", lambda p: f"of {p.year}" if p.year else ""),
    "venue_of": ("venue", lambda p: f"published in {p.venue}" if p.venue else ""),
    "link_of": ("link", _link),
}
"""What of a record is told in a sentence: its name for people, and what is told."""
OF_ONE = (*_FACTS, "abstract_of", "cite", "has")
"""What is asked of one paper, which the question names."""


def _of_one(plan: Plan, paper: Paper) -> Reply:
    if plan.field == "abstract_of":
        sentences = split_sentences(paper.paper_id, paper.abstract)
        claims = tuple(Claim(s.text, (s.id,), "quoted") for s in sentences)
        return Reply(plan, "answered", f"The abstract of “{markdown(paper.title)}”:", claims, ((paper, sentences),))
    if plan.field == "cite":
        return Reply(plan, "answered", f"```bibtex\n{to_bibtex([paper]).strip()}\n```", (), ((paper, ()),))
    name, tell = _FACTS[plan.field]
    told = tell(paper)
    if not told:
        return Reply(
            plan,
            "not_stated",
            f"Not stated. The library has no {name} for “{markdown(paper.title)}”.",
            (),
            ((paper, ()),),
        )
    claim = Claim(f"“{paper.title}” is {told}.", (), "catalogue")
    return Reply(plan, "answered", "", (claim,), ((paper, ()),))


def _has(sought: Sought, catalog: Catalog) -> Reply:
    number = IDENTIFIER.search(sought.question)
    if number:
        wanted = number.group().rstrip(".,;)").casefold()
        held = [p for p in catalog.papers() if wanted in {(p.doi or "").casefold(), p.arxiv_id, p.pmid}]
        if not held:
            return _no(sought.plan, f"no record has {markdown(wanted)}")
        return listing(sought, held, f"Yes: {count_of(len(held))} with {markdown(wanted)}.")
    if sought.paper:
        return listing(sought, [sought.paper], "Yes, it is in the library.")
    if sought.understood.authors:
        return _listed(sought, papers_within(sought.understood, catalog))
    return _no(sought.plan, "no title of this library was recognised in the question")


# --- many -------------------------------------------------------------------------------------------------------------


def papers_within(understood: Understood, catalog: Catalog) -> list[Paper]:
    """The papers within a plan's bounds, by the authors that are named, newest first."""
    rows = catalog.rows_matching(understood.plan.filters)
    papers: Iterable[Paper] = catalog.papers_at(rows).values()
    if authors := understood.authors:
        papers = (p for p in papers if authors & set(p.authors))
    return sorted(papers, key=lambda p: (-(p.year or 0), p.title))


def _listed(sought: Sought, papers: Sequence[Paper]) -> Reply:
    plan, understood = sought.plan, sought.understood
    if plan.field == "papers_by" and not understood.authors:
        return _nobody(plan, papers)
    if plan.field in ("newest", "oldest", "from_years"):
        dated = [p for p in papers if p.year is not None]
        if papers and not dated:
            return Reply(plan, "not_stated", "Not stated. The library has no years for these papers.")
        papers = dated[::-1] if plan.field == "oldest" else dated
    if plan.field in ("newest", "oldest"):
        papers = papers[:5]
    if not papers:
        return _no(plan, f"no paper{_bounds(sought)}")
    return listing(sought, papers, f"{count_of(len(papers))}{_bounds(sought)}.")


def listing(sought: Sought, papers: Sequence[Paper], note: str) -> Reply:
    """Papers by title and byline, the first of many."""
    shown = papers[:MOST_LISTED]
    more = f" The first {len(shown)} are listed." if len(papers) > len(shown) else ""
    claims = tuple(Claim(f"{p.title} ({by})" if (by := byline(p)) else p.title, (), "catalogue") for p in shown)
    return Reply(sought.plan, "answered", note + more, claims, tuple((p, tuple[Sentence, ...]()) for p in shown))


def grouped(sought: Sought, papers: Sequence[Paper], by: str) -> Reply:
    """How many papers each year, venue or author has, as a table."""
    order = counted(papers, by)
    if {value for value, _ in order} <= {NOT_GIVEN}:
        return Reply(sought.plan, "not_stated", f"Not stated. The library has no {by}s for these papers.")
    rows = tuple((Cell(markdown(value)), Cell(str(n))) for value, n in order[:MOST_ROWS])
    more = f"; the first {MOST_ROWS} are shown" if len(order) > MOST_ROWS else ""
    note = f"{count_of(len(papers))}{_bounds(sought)} by {by}, {len(order)} in all{more}."
    return Reply(sought.plan, "answered", note, columns=(by.capitalize(), "Papers"), rows=rows)


def _coauthors(sought: Sought, papers: Sequence[Paper]) -> Reply:
    people = sought.understood.authors
    if not people:
        return _nobody(sought.plan, papers)
    counts = Counter(a for p in papers for a in p.authors if a not in people)
    if not counts:
        return Reply(
            sought.plan, "not_stated", f"Not stated. No record has another author beside {_joined(sorted(people))}."
        )
    rows = tuple((Cell(markdown(name)), Cell(str(n))) for name, n in counts.most_common(MOST_ROWS))
    note = f"{len(counts)} people wrote with {_joined(sorted(people))} in {count_of(len(papers))}."
    return Reply(sought.plan, "answered", note, columns=("Author", "Papers together"), rows=rows)


def _missing(sought: Sought, papers: Sequence[Paper]) -> Reply:
    named = [w for w in normalise_title(sought.question).split() if w in LACKS]
    lacking = [p for p in papers if any(LACKS[w](p) for w in named or ("identifier", "year", "authors", "venue"))]
    what = _joined(list(dict.fromkeys(named))) if named else "something (identifier, year, authors or venue)"
    if not lacking:
        return Reply(sought.plan, "answered", f"No record lacks {what}.")
    return listing(
        sought, lacking, f"{count_of(len(lacking))} of {len(papers)} {'lacks' if len(lacking) == 1 else 'lack'} {what}."
    )


def _nobody(plan: Plan, papers: Sequence[Paper]) -> Reply:
    if not any(p.authors for p in papers):
        return Reply(plan, "not_stated", "Not stated. The library has no authors for its papers.")
    return _no(plan, "no author of this library is called so")


def _no(plan: Plan, why: str) -> Reply:
    return Reply(plan, "not_covered", f"Not covered: {why}.")


def _bounds(sought: Sought) -> str:
    """The bounds in words: " by Hafner, from 2019 to 2021, in NeurIPS"."""
    filters, told = sought.plan.filters, []
    if sought.understood.authors:
        told.append(f"by {_joined(sorted(sought.understood.authors))}")
    if filters.year_from is not None and filters.year_from == filters.year_to:
        told.append(f"of {filters.year_from}")
    elif filters.year_from is not None or filters.year_to is not None:
        ends = (("from", filters.year_from), ("to", filters.year_to))
        told.append(" ".join(f"{word} {year}" for word, year in ends if year is not None))
    if filters.venue:
        told.append(f"in {filters.venue}")
    if filters.author:
        told.append(f"with an author called “{markdown(filters.author)}”")
    for name in ("source", "tag", "collection"):
        if value := getattr(filters, name):
            told.append(f"of {name} “{markdown(value)}”")
    return f" {', '.join(told)}" if told else " in this library"


def _joined(names: Sequence[str]) -> str:
    """The names, or the first twelve and how many others."""
    told = [markdown(name) for name in names]
    return (
        joined(told)
        if len(told) <= MOST_NAMES
        else f"{', '.join(told[:MOST_NAMES])} and {len(told) - MOST_NAMES} others"
    )
