"""Claims made of the comparisons of clinical trials in the data set evidence-inference, which physicians annotated; labels are theirs.

Each prompt has an outcome, an intervention, a comparator and whether the outcome went up, down or did not differ. Seven templates say each
of the three; what the label says is "faithful", the others are "contradict".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.sentences import split_sentences

LABELS = {"significantly increased": "up", "significantly decreased": "down", "no significant difference": "same"}
TEMPLATES = {
    "up": (
        "{Intervention} increased {outcome} compared with {comparator}.",
        "{Outcome} was higher with {intervention} than with {comparator}.",
        "{Outcome} was lower with {comparator} than with {intervention}.",
    ),
    "down": (
        "{Intervention} reduced {outcome} compared with {comparator}.",
        "{Outcome} was lower with {intervention} than with {comparator}.",
        "{Outcome} was higher with {comparator} than with {intervention}.",
    ),
    "same": ("There was no significant difference in {outcome} between {intervention} and {comparator}.",),
}
LONGEST = 60
"""Characters of an intervention or comparator; longer ones are descriptions of a protocol and no names."""
MOST_SENTENCES = 3


def trial_claims(folder: Path) -> Iterator[tuple[str, tuple[str, ...], str, str, str]]:
    """``folder``: of the data set. Gives (claim, cited sentences, "faithful" or "contradict", title, the whole abstract)."""
    texts = {d["_id"]: (d["title"], " ".join(d["text"].split())) for d in _lines(folder / "abstracts.jsonl")}
    for row in _lines(folder / "train.jsonl"):
        title, abstract = texts.get(row["pmcid"], ("", ""))
        cited = _cited(row, abstract)
        if not cited or max(len(row["intervention"]), len(row["comparator"])) > LONGEST:
            continue
        words = {name: row[name].strip() for name in ("outcome", "intervention", "comparator")}
        filled = {name: _lower(text) for name, text in words.items()} | {n.title(): t[:1].upper() + t[1:] for n, t in words.items()}
        for said, templates in TEMPLATES.items():
            kind = "faithful" if said == LABELS[row["label"]] else "contradict"
            yield from ((t.format(**filled), cited, kind, title, abstract) for t in templates)


def _cited(row: dict[str, Any], abstract: str) -> tuple[str, ...]:
    """The sentences of the abstract that hold the annotated evidence; none if they are many."""
    marked = [" ".join(e.split()) for e in row["evidence"]]
    inside = [e for e in marked if e and e in abstract]
    sentences = [s.text for s in split_sentences("x", abstract)]
    cited = tuple(dict.fromkeys(s for e in inside for s in sentences if s in e or e in s or (len(e) > 40 and e[:60] in s)))
    return cited if len(cited) <= MOST_SENTENCES else ()


def _lower(text: str) -> str:
    """With a small first letter, if it does not look like an acronym."""
    bare = text.rstrip(".")
    return bare if re.match(r"[A-Z]{2}|[A-Z][a-z]*[A-Z0-9]", bare) else bare[:1].lower() + bare[1:]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in path.read_text("utf-8").splitlines())
