"""A library's papers as other programs read them: BibTeX, RIS, CSL-JSON, CSV; and which of them may be one paper. Pure.

What is written here is read again by :mod:`rag.library.readers` without loss of what a paper holds; CSL alone parts
names into family and given.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from rag.library.bibtex import is_meeting, to_bibtex
from rag.library.filtering import passes
from rag.text.spreadsheets import inert_cell
from rag.types import Filters, Paper, PaperKind, normalise_title

Form = Literal["bibtex", "ris", "csl-json", "csv"]
_COLUMNS = ("title", "authors", "year", "venue", "doi", "arxiv_id", "pmid", "url", "abstract")
_DETAILS: Mapping[str, str] = {
    "citation_key": "key", "kind": "kind", "date": "date", "language": "language", "volume": "volume",
    "issue": "issue", "pages": "pages", "tags": "tags", "collections": "collections", "status": "status",
    "zotero": "zotero",
}  # fmt: skip
"""Further columns of a table, and the details in them; only those that a paper has anything for."""
_RIS_TYPES: Mapping[PaperKind, str] = {
    "article": "UNPB", "article-journal": "JOUR", "paper-conference": "CONF", "book": "BOOK", "chapter": "CHAP",
    "thesis": "THES", "report": "RPRT", "dataset": "DATA", "software": "COMP",
}  # fmt: skip
_LOOKS_TAGGED = re.compile(r"(?<!\s)(?=\s*?\n)\s++(?=[A-Z][A-Z0-9] {0,2}- ?)")
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
_TELLING_WORDS = 4
"""Words that a title needs before it tells papers apart by itself: "Editorial" and "Reply to the authors" recur."""


def written(papers: Sequence[Paper], form: Form) -> str:
    """The papers with their abstracts, in order."""
    return _WRITERS[form](papers)


def matching(papers: Iterable[Paper], filters: Filters | None) -> Iterator[Paper]:
    """The papers that pass every bound, as :class:`~rag.types.Filters` tells."""
    return (paper for paper in papers if passes(paper, filters))


def duplicates(papers: Iterable[Paper]) -> list[list[Paper]]:
    """Groups of papers that may be one: a DOI, arXiv or PubMed number in common, or a telling title with a first author
    or year in common.

    Groups and their papers are in the order of ``papers``; a paper is in one group at most.
    """
    listed = list(papers)
    leader = list(range(len(listed)))

    def first_of(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    met: dict[tuple[str, ...], int] = {}
    for number, paper in enumerate(listed):
        for key in _keys(paper):
            one, other = sorted((first_of(met.setdefault(key, number)), first_of(number)))
            leader[other] = one
    groups: dict[int, list[Paper]] = {}
    for number, paper in enumerate(listed):
        groups.setdefault(first_of(number), []).append(paper)
    return [group for group in groups.values() if len(group) > 1]


def _keys(paper: Paper) -> list[tuple[str, ...]]:
    title = normalise_title(paper.title)
    keys: list[tuple[str, ...]] = []
    if paper.doi:
        keys.append(("doi", paper.doi.casefold()))
    if paper.arxiv_id:
        keys.append(("arxiv", re.sub(r"v\d+$", "", paper.arxiv_id)))
    if paper.pmid:
        keys.append(("pmid", paper.pmid))
    if len(title.split()) >= _TELLING_WORDS:
        keys += [("title", title, "author", normalise_title(parted(name)[0])) for name in paper.authors[:1]]
        keys += [("title", title, "year", str(paper.year))] if paper.year else []
    return keys


# --- the forms --------------------------------------------------------------------------------------------------------


def _ris(papers: Sequence[Paper]) -> str:
    return "\n".join(_ris_record(paper) for paper in papers)


def _ris_record(paper: Paper) -> str:
    details = paper.details
    lines = [
        ("TY", _RIS_TYPES.get(details.kind or _by_venue(paper), "GEN")),
        ("ID", details.key),
        ("TI", paper.title),
        *(("AU", name) for name in paper.authors),
        ("PY", str(paper.year or "")),
    ]
    lines += [("T2", paper.venue or ""), ("DO", paper.doi or ""), ("UR", paper.url or "")]
    lines += [("AN", paper.pmid), ("DB", "PubMed")] if paper.pmid else []
    lines += [("M1", f"arXiv:{paper.arxiv_id}")] if paper.arxiv_id else []
    first, _, last = details.pages.partition("-")
    lines += [("DA", details.date.replace("-", "/")), ("VL", details.volume), ("IS", details.issue)]
    lines += [("SP", first), ("EP", last), ("LA", details.language), *(("KW", tag) for tag in details.tags)]
    noted = {"Collections": "; ".join(details.collections), "Status": details.status, "Zotero": details.zotero}
    lines += [("N1", f"{label}: {value}") for label, value in noted.items() if value]
    lines += [("AB", _LOOKS_TAGGED.sub(" ", paper.abstract))]
    return "".join(f"{tag}  - {value}\n" for tag, value in lines if value) + "ER  - \n"


def _csl(papers: Sequence[Paper]) -> str:
    return json.dumps([_csl_item(paper) for paper in papers], ensure_ascii=False, indent=1) + "\n"


def _csl_item(paper: Paper) -> dict[str, Any]:
    details = paper.details
    item: dict[str, Any] = {
        "id": details.key or paper.paper_id,
        "citation-key": details.key,
        "type": details.kind or _by_venue(paper) or "document",
        "title": paper.title,
        "author": [_csl_name(name) for name in paper.authors],
        "issued": {"date-parts": [_date_parts(paper)]} if paper.year else None,
        "container-title": paper.venue,
        "DOI": paper.doi,
        "PMID": paper.pmid,
        "number": f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else None,
        "URL": paper.url,
        "volume": details.volume,
        "issue": details.issue,
        "page": details.pages,
        "language": details.language,
        "keyword": "; ".join(details.tags) + (";" if details.tags else ""),
        "collections": list(details.collections),
        "status": details.status,
        "zotero": details.zotero,
        "abstract": paper.abstract,
    }
    return {name: value for name, value in item.items() if value}


def _by_venue(paper: Paper) -> PaperKind:
    """What a paper is by its venue, where no record says it."""
    if not paper.venue:
        return ""
    return "paper-conference" if is_meeting(paper.venue) else "article-journal"


def _date_parts(paper: Paper) -> list[int]:
    return [int(part) for part in paper.details.date.split("-")] if paper.details.date else [paper.year or 0]


def _csl_name(name: str) -> dict[str, str]:
    family, given = parted(name)
    return {"family": family, "given": given} if given else {"literal": family}


def parted(name: str) -> tuple[str, str]:
    """Family and given name of "Lovelace, Ada" and of "Ada Lovelace"; the whole and "" for one word."""
    if ", " in name:
        family, _, given = name.partition(", ")
        return family, given
    words = name.split()
    last = -2 if len(words) > 2 and words[-1].casefold() in _SUFFIXES else -1
    return " ".join(words[last:]), " ".join(words[:last])


def _csv(papers: Sequence[Paper]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    further = [column for column, name in _DETAILS.items() if any(getattr(paper.details, name) for paper in papers)]
    writer.writerow([*_COLUMNS, *further])
    for paper in papers:
        values = {name: getattr(paper, name) for name in _COLUMNS} | {"authors": "; ".join(paper.authors)}
        values |= {column: _listed(getattr(paper.details, _DETAILS[column])) for column in further}
        if paper.details.kind == "article":  # which in tables is one of a journal
            values["kind"] = "preprint"
        writer.writerow([inert_cell("" if value is None else str(value)) for value in values.values()])
    return table.getvalue()


def _listed(value: str | tuple[str, ...]) -> str:
    """A text, or several with a semicolon after each: one with a comma in it stays one."""
    return value if isinstance(value, str) else " ".join(f"{one};" for one in value)


_WRITERS: dict[Form, Callable[[Sequence[Paper]], str]] = {
    "bibtex": lambda papers: to_bibtex(papers, whole=True),
    "ris": _ris,
    "csl-json": _csl,
    "csv": _csv,
}
