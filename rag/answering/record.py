"""What a question says of the paper itself, its year, authors and venue, held against the library's record of
it; pure.
"""

from __future__ import annotations

import re

from rag.types import Paper

_YEAR = re.compile(
    r"\b(?:published|appeared|written|released|presented|came out|out|dating|dated)\s(?:back\s)?(?:in|from|"
    r"to)\s(?P<after>(?:19|20)\d\d)\b|"
    r"\b(?P<before>(?:19|20)\d\d)\s(?:paper|study|work|article|survey|preprint|publication|abstract)\b|"
    r"\bet al\.?,?\s\(?(?P<cited>(?:19|20)\d\d)\b|\b(?:paper|study|work|article|survey)\s(?:of|from)\s(?P<of>(?:19|"
    r"20)\d\d)\b"
)
_AUTHOR = re.compile(
    r"\b(?P<cited>[A-Z][\w’'-]+)(?:\s(?:and|&)\s[A-Z][\w’'-]+)?\set al\b|"
    r"\b(?:written|authored|published|proposed|paper|study|work|article|"
    r"survey)\sby\s(?:[A-Z][\w.]*\s){0,2}(?P<by>[A-Z][a-z’'-]{2,})\b"
)
_VENUES = (
    "NeurIPS NIPS ICML ICLR AAAI IJCAI AISTATS UAI COLT CVPR ICCV ECCV ACL EMNLP NAACL EACL TACL COLING SIGIR KDD WWW "
    "CHI CoRL RSS ICRA "
    "IROS JMLR TMLR PNAS Nature Science Cell Lancet BMJ JAMA PLOS"
).split()
_VENUE = re.compile(
    rf"\b(?:at|in|published in|presented at|appeared (?:at|in)|to|by)\s(?:the\s)?(?P<in>{'|'.join(_VENUES)})\b|"
    rf"\b(?P<of>{'|'.join(_VENUES)})(?:\s(?:19|20)\d\d)?\s(?:paper|article|study|publication)\b"
)


def misdescribed(question: str, paper: Paper) -> str | None:
    """The first of year, author and venue that the record of a paper has otherwise, as a clause for a person; what it
    lacks is no difference.
    """
    return _other_year(question, paper) or _other_author(question, paper) or _other_venue(question, paper)


def _other_year(question: str, paper: Paper) -> str | None:
    for match in _YEAR.finditer(question):
        year = next(g for g in match.groups() if g)
        if paper.year and int(year) != paper.year and year not in f"{paper.title} {paper.abstract}":
            return f"the question says {year}, the library has the paper under {paper.year}"
    return None


def _other_author(question: str, paper: Paper) -> str | None:
    known = " ".join(paper.authors).lower()
    for match in _AUTHOR.finditer(question):
        name = next(g for g in match.groups() if g)
        if known and name.lower() not in known and name not in f"{paper.title} {paper.abstract}":
            first = paper.authors[0] + (" and others" if len(paper.authors) > 1 else "")
            return f"the question says {name}, the library has the paper as by {first}"
    return None


def _other_venue(question: str, paper: Paper) -> str | None:
    for match in _VENUE.finditer(question):
        venue = next(g for g in match.groups() if g)
        if (
            paper.venue
            and venue.lower() not in paper.venue.lower()
            and not _is_short_for(venue, paper.venue)
            and venue not in paper.abstract
        ):
            return f"the question says {venue}, the library has the paper under {paper.venue}"
    return None


def _is_short_for(venue: str, name: str) -> bool:
    """Whether the letters of an acronym begin words of a name in order; NeurIPS and NIPS are one."""
    if venue in ("NeurIPS", "NIPS") and re.search(r"neural information|neurips|nips", name, re.IGNORECASE):
        return True
    letters = re.sub(r"[^A-Z]", "", venue).lower()
    initials = "".join(w[0].lower() for w in re.findall(r"[A-Za-z]+", name))
    at = -1
    return len(letters) > 1 and all((at := initials.find(c, at + 1)) >= 0 for c in letters)
