"""Figures that others published, to print beside ours, each with what it was measured on: nobody should compare what
cannot be compared.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One figure of one system. ``of``: what exactly was measured; ``comparable``: whether ours is of the same
    questions.
    """

    system: str
    metric: str
    value: float
    of: str
    source: str
    comparable: bool = True


_MTEB = "MTEB leaderboard"
_SCIFACT_RETRIEVAL = "SciFact test, 300 claims, 5,183 abstracts"

RETRIEVAL: dict[tuple[str, int, int], tuple[Published, ...]] = {
    ("test", 5183, 300): tuple(
        Published(system, "ndcg@10", value, _SCIFACT_RETRIEVAL, source)
        for system, value, source in (
            ("BM25", 0.687, "Thakur et al. 2021 (BEIR), as MTEB lists it"),
            ("all-MiniLM-L6-v2 (one vector a text)", 0.645, _MTEB),
            ("bge-small-en-v1.5", 0.713, _MTEB),
            ("arctic-embed-m", 0.736, _MTEB),
        )
    )
}
"""By what a data set in BEIR layout is known: split, documents in the corpus, queries that are judged."""

_PUBMEDQA = (
    "PQA-L, abstract without its conclusion given; its leaderboard is of the 500 test questions, which are not those "
    "here"
)
_CHECK_COVID = (
    "its test split, which is not the one here. The paper's abstract names two systems (a fact-checking one, GPT-3.5), "
    "its repository one system on two kinds of claim"
)
TASKS: dict[str, tuple[Published, ...]] = {
    "pubmedqa": (
        Published("always “yes”", "accuracy", 0.552, _PUBMEDQA, "Jin et al. 2019"),
        Published("one human reader", "accuracy", 0.780, _PUBMEDQA, "Jin et al. 2019", False),
        Published("one human reader", "macro_f1", 0.7219, _PUBMEDQA, "pubmedqa.github.io", False),
        Published("BioBERT, fine-tuned in phases", "accuracy", 0.6808, _PUBMEDQA, "Jin et al. 2019", False),
        Published("BioBERT, fine-tuned in phases", "macro_f1", 0.5272, _PUBMEDQA, "pubmedqa.github.io", False),
    ),
    "scifact": (),
    "check-covid": (
        Published("fact-checking system", "macro_f1", 0.7699, _CHECK_COVID, "Wang et al. 2023", False),
        Published("GPT-3.5", "macro_f1", 0.6990, _CHECK_COVID, "Wang et al. 2023", False),
    ),
}  # fmt: skip
