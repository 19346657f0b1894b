"""What a paper's own title, abstract and types say of its having been retracted; pure.

Publishers write it in set phrases ("RETRACTED: …", "Retraction notice to: …", "This article has been retracted at the
request of …"), and databases in set types; other wording is left alone, for to call a paper retracted that is not is
worse than to miss one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rag.types import Status

_MARKED = re.compile(
    r"[\[(<*\s]{0,4}(?:(?P<withdrawn>WITHDRAWN|Withdrawn)(?: ARTICLE| article)?|"
    r"(?P<retracted>RETRACTED|Retracted)(?: ARTICLE| article| PAPER| paper| CHAPTER)?)"
    r"\s?[\])>*]{0,3}\s?(?:[:.—–]|-\s|(?<=[\])>]))"
    r"|[\[(]?(?P<notice>(?:retraction|withdrawal) (?:notice|note|statement)\b|retraction(?: to| of| for)?\s?[:“\"]|"
    r"withdrawal(?: to| of)\s?[:“\"]|(?:retraction|notice of (?:retraction|withdrawal))(?=[:.\s]*$)|"
    r"notice of (?:retraction|withdrawal)\b)"
    r"|[\[(]?(?P<concern>expression of concern)\b",
)
_LOWER = re.compile(r"retraction|withdrawal|notice of|expression of", re.IGNORECASE)
_SAID = re.compile(
    r"\bth(?:is|e above|e following) (?:article|paper|publication|chapter|review|manuscript|study)(?:,? [^.]{0,60},?)? "
    r"(?:has been|have been|was|is) (?:formally )?(?P<how>retracted|withdrawn)\b",
    re.IGNORECASE,
)
_OF_TYPE: Mapping[str, Status] = {
    "retracted publication": "retracted", "retracted article": "retracted", "retracted paper": "retracted",
    "retracted": "retracted", "withdrawn": "withdrawn", "withdrawn publication": "withdrawn",
    "retraction of publication": "retraction notice", "retraction notice": "retraction notice",
    "retraction": "retraction notice", "corrected": "corrected", "under concern": "under concern",
}  # fmt: skip
"""What records call a paper: PubMed's and Scopus's types, and the words that we write."""
_OF_UPDATE: Mapping[str, Status] = {
    "retraction": "retracted", "withdrawal": "withdrawn", "removal": "withdrawn", "partial_retraction": "corrected",
    "expression_of_concern": "under concern", "correction": "corrected", "corrigendum": "corrected",
    "erratum": "corrected",
}  # fmt: skip
"""What Crossref calls that by which a paper was updated."""
_GRAVEST: tuple[Status, ...] = ("retracted", "withdrawn", "retraction notice", "under concern", "corrected")


def status_of_text(title: str, abstract: str) -> Status:
    """What a paper says of itself: in what stands before its title, or in a sentence of its abstract."""
    match = _MARKED.match(title) or (_MARKED.match(title.lower()) if _LOWER.search(title[:40]) else None)
    if match:
        return next(status for group, status in _GROUPS if match[group])
    said = _SAID.search(abstract) if "retracted" in abstract or "withdrawn" in abstract else None
    return "" if said is None else "retracted" if said["how"].lower() == "retracted" else "withdrawn"


_GROUPS: tuple[tuple[str, Status], ...] = (
    ("withdrawn", "withdrawn"), ("retracted", "retracted"), ("notice", "retraction notice"),
    ("concern", "under concern"),
)  # fmt: skip


def status_of_types(types: Iterable[str]) -> Status:
    """The gravest of what the types of a paper mean; "" where none means anything."""
    return gravest(_OF_TYPE.get(one.strip().casefold(), "") for one in types)


def status_of_updates(updates: Iterable[str]) -> Status:
    """The gravest of what a paper was updated by."""
    return gravest(_OF_UPDATE.get(one.strip().casefold().replace(" ", "_").replace("-", "_"), "") for one in updates)


def gravest(found: Iterable[Status]) -> Status:
    """The one of several that a reader must know of."""
    met = set(found)
    return next((status for status in _GRAVEST if status in met), "")


def warning(status: Status) -> str:
    """What a person is told beside a paper, in a word or two; "" where there is nothing to tell."""
    return {"corrected": "Corrected since", "under concern": "Expression of concern"}.get(status, status.capitalize())
