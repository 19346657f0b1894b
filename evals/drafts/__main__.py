"""``python -m evals.drafts [LIBRARY]``: right verdicts of 30, and each wrong one."""

from __future__ import annotations

import sys
from pathlib import Path

from rag import Client
from rag.answering.drafts.report import CheckedSentence

HERE = Path(__file__).parent
WRONG = HERE / "wrong.txt"
"""The beginnings of the claims that are wrong, one a line, and after a bar in which way."""


def main(library: str | None) -> int:
    """Prints the figures; the exit status is 0."""
    with Client(library=library) as client:
        report = client.verify_draft(HERE / "sample.md")
    beginnings = [line.partition(" | ")[0] for line in WRONG.read_text("utf-8").splitlines()]
    claims = [s for s in report.sentences if s.verdict != "no_claim"]
    false = [s for s in claims if s.text.startswith(tuple(beginnings))]
    true = [s for s in claims if s not in false]
    missed = [s for s in true if s.verdict != "supported"] + [s for s in false if s.verdict == "supported"]
    doubtful = [s for s in false if s.verdict == "in_doubt"]
    right = len(claims) - len(missed)
    print(f"{right} of {len(claims)} right; of {len(false)} wrong claims {len(doubtful)} in doubt only")
    for one in missed:
        print(_told(one))
    return 0


def _told(one: CheckedSentence) -> str:
    return f"  line {one.line}: {one.verdict} ({one.score:.2f}): {one.text}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if sys.argv[1:] else None))
