"""The cells and rows of an evidence table; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rag.answering.drafts.report import paper_from_line, paper_line
from rag.types import CellState, Details, Paper, Sentence

NOT_STATED = "not stated in the abstract"


@dataclass(frozen=True, slots=True)
class EvidenceCell:
    """``sentence``: of the abstract, exact; None where the state is "not_stated". ``phrase``: the same in short, by a
    model and borne out by that sentence; "" where there is none.
    """

    state: CellState
    sentence: Sentence | None = None
    phrase: str = ""

    @property
    def text(self) -> str:
        """What a person reads in the cell."""
        if self.sentence is None:
            return NOT_STATED
        return f"Says otherwise: {self.sentence.text}" if self.state == "otherwise" else self.sentence.text

    def to_dict(self) -> dict[str, Any]:
        s = self.sentence
        told = s and {"id": s.id, "text": s.text, "start": s.start, "end": s.end}
        return {"state": self.state, "sentence": told, "phrase": self.phrase}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> EvidenceCell:
        s = told["sentence"]
        if s is None:
            return cls(told["state"])
        paper_id, _, number = s["id"].rpartition(":")
        return cls(told["state"], Sentence(paper_id, int(number), s["start"], s["end"], s["text"]), told["phrase"])


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A paper and a cell for each question, in their order."""

    paper: Paper
    cells: tuple[EvidenceCell, ...]

    def to_dict(self) -> dict[str, Any]:
        line = paper_line(self.paper) | {"status": self.paper.details.status}
        return {"paper": line, "cells": [cell.to_dict() for cell in self.cells]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> EvidenceRow:
        paper = replace(paper_from_line(told["paper"]), details=Details(status=told["paper"]["status"]))
        return cls(paper, tuple(EvidenceCell.from_dict(cell) for cell in told["cells"]))
