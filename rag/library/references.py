"""A library's papers as a bibliography in words: APA (7th edition), IEEE and Vancouver (ICMJE). Pure.

These three are written out here: citeproc-py and the styles of citationstyles.org (CC BY-SA) would be a large
dependency for them. Text is plain, without italics; what a record lacks is left out, and nothing is made up for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from rag.library.bibliography import parted
from rag.text.display import shown
from rag.text.retractions import warning
from rag.types import Paper

Style = Literal["apa", "ieee", "vancouver"]
_MONTHS = "January February March April May June July August September October November December".split()
_IEEE_MONTHS = "Jan. Feb. Mar. Apr. May June July Aug. Sept. Oct. Nov. Dec.".split()
_APA_MOST, _IEEE_MOST, _VANCOUVER_MOST = 20, 6, 6
"""Authors that are named before the rest is left out."""


def in_words(papers: Sequence[Paper], style: Style) -> str:
    """A reference a line: APA's in the order of the alphabet, the others numbered as they come."""
    told = [_STYLES[style](paper) + _address(paper, style) + _status(paper) for paper in papers]
    if style == "apa":
        return "".join(f"{line}\n" for line in sorted(told, key=str.casefold))
    number = "[{}] " if style == "ieee" else "{}. "
    return "".join(f"{number.format(n)}{line}\n" for n, line in enumerate(told, 1))


def _apa(paper: Paper) -> str:
    names = [_family_first(name, ", ", spaced=True) for name in paper.authors]
    if len(names) > _APA_MOST:
        names = [*names[: _APA_MOST - 1], f"… {names[-1]}"]
        by = ", ".join(names)
    else:
        by = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}" if names else ""
    details, title = paper.details, _stopped(shown(paper.title))
    when = f"({paper.year or 'n.d.'})."
    volume = details.volume + (f"({details.issue})" if details.issue else "")
    where = ", ".join(filter(None, (shown(paper.venue or ""), volume, details.pages.replace("-", "–"))))
    start = f"{_stopped(by)} {when} {title}" if by else f"{title} {when}"
    return f"{start} {where}." if where else start


def _ieee(paper: Paper) -> str:
    names = [_given_first(name) for name in paper.authors]
    if len(names) > _IEEE_MOST:
        by = f"{names[0]} et al."
    else:
        by = (
            f"{', '.join(names[:-1])}{',' if len(names) > 2 else ''} and {names[-1]}"
            if len(names) > 1
            else "".join(names)
        )
    details, title = paper.details, shown(paper.title).rstrip(".")
    month = _IEEE_MONTHS[int(details.date[5:7]) - 1] if details.date else ""
    many = "pp." if "-" in details.pages else "p."
    parts = (
        shown(paper.venue or ""),
        f"vol. {details.volume}" if details.volume else "",
        f"no. {details.issue}" if details.issue else "",
        f"{many} {details.pages.replace('-', '–')}" if details.pages else "",
        f"{month} {paper.year or ''}".strip(),
    )
    end = "" if title.endswith(("?", "!")) else ","
    return f"{by}{', ' if by else ''}“{title}{end}” {', '.join(filter(None, parts))}".rstrip(" ,") + "."


def _vancouver(paper: Paper) -> str:
    names = [_family_first(name, " ", spaced=False) for name in paper.authors]
    by = ", ".join([*names[:_VANCOUVER_MOST], *(["et al"] if len(names) > _VANCOUVER_MOST else [])])
    details = paper.details
    when = str(paper.year or "")
    if details.date:
        month, day = _MONTHS[int(details.date[5:7]) - 1][:3], details.date[8:10].lstrip("0")
        when = f"{when} {month} {day}".rstrip()
    place = (f";{details.volume}" if details.volume else "") + (f"({details.issue})" if details.issue else "")
    place += f":{details.pages}" if details.pages else ""
    parts = (by, shown(paper.title), shown(paper.venue or ""), f"{when}{place}")
    return " ".join(_stopped(part) for part in parts if part)


_STYLES: Mapping[Style, Callable[[Paper], str]] = {"apa": _apa, "ieee": _ieee, "vancouver": _vancouver}


def _family_first(name: str, between: str, *, spaced: bool) -> str:
    """``Lovelace, A. K.`` or ``Lovelace AK``; a name of one piece as it is."""
    family, given = parted(shown(name))
    initials = _initials(given)
    told = " ".join(f"{letter}." for letter in initials) if spaced else "".join(initials)
    return f"{family}{between}{told}" if told else family


def _given_first(name: str) -> str:
    family, given = parted(shown(name))
    return " ".join([*(f"{letter}." for letter in _initials(given)), family])


def _initials(given: str) -> list[str]:
    """The first letters of given names; "J.-P." and "AK" are two."""
    words = given.replace(".", " ").replace("-", " ").split()
    if len(words) == 1 and words[0].isupper() and len(words[0]) <= 3:
        return list(words[0])
    return [word[0].upper() for word in words if word[0].isalpha()]


def _address(paper: Paper, style: Style) -> str:
    """Where to find it: its DOI, else its address."""
    if paper.doi:
        return {"apa": f" https://doi.org/{paper.doi}", "ieee": f" doi: {paper.doi}."}.get(style, f" doi:{paper.doi}")
    link = paper.link or ""
    return f" {link}" if link and style == "apa" else f" Available: {link}" if link else ""


def _status(paper: Paper) -> str:
    """Every style asks for it to be said."""
    status = paper.details.status
    return f" [{warning(status)}]" if status and status != "corrected" else ""


def _stopped(text: str) -> str:
    """With a full stop, unless it ends as a sentence does."""
    return text if text.endswith((".", "?", "!")) else f"{text}."
