"""An answer that stands on a paper which was retracted, or may not be relied on, says so first; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rag.types import Answer, Status

_TOLD: Mapping[Status, str] = {
    "retracted": "Retracted: this answer stands on a paper that was retracted",
    "withdrawn": "Withdrawn: this answer stands on a paper that was withdrawn",
    "under concern": "Doubted: this answer stands on a paper about which its journal has published an expression of "
    "concern",
    "retraction notice": "Retracted: this answer stands on a notice that another paper was retracted",
}


def warned(answer: Answer) -> Answer:
    """The answer with a sentence before everything else on each kind of such papers among its sources, with their
    numbers. A no stands on none.
    """
    if not (answer.claims or answer.table):
        return answer
    told: dict[str, str] = {}
    for source in answer.sources:
        if what := _TOLD.get(source.paper.details.status):
            told[what] = told.get(what, "") + f"[{source.number}]"
    if not told:
        return answer
    warning = " ".join(f"{what} {numbers}." for what, numbers in told.items())
    return replace(answer, text=f"{warning}{' ' if NOTE_ENDS in answer.text else NOTE_ENDS}{answer.text}")


NOTE_ENDS = "\n\n"
"""What stands between a note and the sentences of an answer."""
