"""Trains the network that tells what kind of answer is wanted: ``python -m evals.training.kinds ../shared/data``.

Learns from ``items/plans.jsonl`` (questions with their kind), ``items/fields.jsonl`` (questions for records, with what
they ask for) and questions of ``reading/`` about papers that nothing is tested on, which are facts and lists. Once
without the writers HELD, whose questions give the figures; then on all, which ships.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from evals.training.examples import ITEMS, lines, split
from evals.training.export import export_kinds
from evals.training.fitting import Rates, fit
from evals.training.kinds_network import LENGTH, KindsNetwork
from evals.training.layers import base_weights
from rag.models.bundled_classifier import FIGURES, GRAPH
from rag.models.bundled_embedder import bundled_tokenizer
from rag.models.pages import Tokenizer, marked
from rag.text.words import is_content

OUT = Path("rag/data")
HELD = ("2", "6")
"""Writers whose questions give the figures."""
RATES = Rates(8e-5, 8e-4)
BATCH = 32
FACTS = 900
"""Questions of fact that are taken from ``reading/``; with many more, every question would be one."""
SMOOTH = 0.05
SURE = 0.6


class Wanted(NamedTuple):
    """A question, the kind of answer that it wants, the field of a record ("" where none or unknown), and who
    wrote it.
    """

    text: str
    kind: str
    field: str
    writer: str


def questions(data: Path, items: Path = ITEMS) -> list[Wanted]:
    rows = [Wanted(r["q"], r["kind"], "", r["writer"]) for r in lines(items / "plans.jsonl")]
    rows += [Wanted(r["q"], "record", r["field"], f"field {r['writer']}") for r in lines(items / "fields.jsonl")]
    facts, lists = [], []
    for paper in split(data)["train"]:
        facts += [q.text for q in paper.questions if q.kind in ("named", "idea", "twin")]
        lists += [q.text for q in paper.questions if q.kind == "list"]
    facts = random.Random(1).sample(sorted(set(facts)), FACTS)
    rows += [Wanted(text, "fact", "", "reading") for text in facts]
    return rows + [Wanted(text, "find", "", "reading") for text in sorted(set(lists))]


class Rows:
    """Questions as the network reads them. ``kinds``, ``fields``: the names that it tells, in order."""

    def __init__(self, rows: Sequence[Wanted], tokenizer: Tokenizer) -> None:
        self.rows, self._tokenizer = rows, tokenizer
        self.kinds = sorted({r.kind for r in rows})
        self.fields = sorted({r.field for r in rows} - {""})
        seen = Counter(r.kind for r in rows)
        even = len(rows) / len(self.kinds)
        self.weights = torch.tensor([(even / seen[k]) ** 0.5 for k in self.kinds])

    def batches(self, rows: Sequence[Wanted], epoch: int) -> list[list[Wanted]]:
        """Questions of like length together, some of them as people type: without capitals or marks, two letters
        exchanged.
        """
        dice = random.Random(epoch)
        order = sorted((_typed(r, dice) for r in dice.sample(list(rows), len(rows))), key=lambda r: len(r.text) // 12)
        found = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
        dice.shuffle(found)
        return found

    def ids(self, rows: Sequence[Wanted]) -> Tensor:
        read = [marked(self._tokenizer.encode(r.text, add_special_tokens=False).ids[: LENGTH - 2]) for r in rows]
        out = torch.zeros(len(rows), -(-max(map(len, read)) // 8) * 8, dtype=torch.long)
        for row, ids in zip(out, read, strict=True):
            row[: len(ids)] = torch.tensor(ids)
        return out

    def loss(self, net: KindsNetwork, rows: Sequence[Wanted]) -> Tensor:
        kinds, fields = net(self.ids(rows))
        wanted = torch.tensor([self.kinds.index(r.kind) for r in rows])
        loss = cross_entropy(kinds, wanted, self.weights, label_smoothing=SMOOTH)
        known = [n for n, r in enumerate(rows) if r.field]
        if known:
            asked = torch.tensor([self.fields.index(rows[n].field) for n in known])
            loss = loss + len(known) / len(rows) * cross_entropy(fields[known], asked, label_smoothing=SMOOTH)
        return loss


def _typed(row: Wanted, dice: random.Random) -> Wanted:
    text = row.text.lower() if dice.random() < 0.3 else row.text
    text = text.rstrip("?.! ") if dice.random() < 0.25 else text
    if dice.random() < 0.15 and len(text) > 8:
        at = dice.randrange(len(text) - 1)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return row._replace(text=text or row.text)


def train(held: Rows, rows: Sequence[Wanted], tested: Sequence[Wanted], folder: Path, epochs: float) -> KindsNetwork:
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    net = KindsNetwork(base_weights(), len(held.kinds), len(held.fields))
    fit(
        net, RATES, lambda epoch: held.batches(rows, epoch), lambda batch: held.loss(net, batch),
        lambda: {"right": report(net, held, tested)["right"]} if tested else {}, folder, epochs, 200,
    )  # fmt: skip
    net.eval()
    return net


@torch.no_grad()
def report(net: KindsNetwork, held: Rows, tested: Sequence[Wanted]) -> dict[str, Any]:
    """How often the kind is told rightly, and what is taken for what."""
    net.eval()
    odds = torch.cat([net(held.ids(tested[at : at + BATCH]))[0] for at in range(0, len(tested), BATCH)]).softmax(-1)
    net.train()
    guess, sure = [held.kinds[n] for n in odds.argmax(-1)], odds.amax(-1)
    right = torch.tensor([g == r.kind for g, r in zip(guess, tested, strict=True)])
    taken = Counter(f"{r.kind} as {g}" for g, r in zip(guess, tested, strict=True) if g != r.kind)
    by_kind = {k: [bool(x) for x, r in zip(right, tested, strict=True) if r.kind == k] for k in held.kinds}
    return {
        "n": len(tested),
        "right": round(float(right.float().mean()), 3),
        "right by kind": {k: round(sum(v) / len(v), 3) for k, v in by_kind.items() if v},
        "sure": round(float((sure >= SURE).float().mean()), 3),
        "right where sure": round(float(right[sure >= SURE].float().mean()), 3),
        "taken": dict(taken.most_common(12)),
    }


def plain_words(folder: Path) -> list[str]:
    """What ``plain.txt`` lists, without what is no word of content anyway."""
    held = (folder / "plain.txt").read_text("utf-8").splitlines()
    return sorted({w for line in held if not line.startswith("#") for w in line.split() if is_content(w)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(".work/kinds"), help="checkpoints")
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--write", action="store_true", help="train on all and write rag/data/kinds.*")
    arguments = parser.parse_args()
    rows = questions(arguments.data)
    held = Rows(rows, bundled_tokenizer())
    tested = {w: [r for r in rows if r.writer == w] for w in HELD}
    rest = [r for r in rows if r.writer not in HELD]
    every = [r for some in tested.values() for r in some]
    net = train(held, rest, every, arguments.folder / "held", arguments.epochs)
    figures = {f"writer {w}": report(net, held, some) for w, some in tested.items() if some}
    print(json.dumps(figures, indent=1))
    if arguments.write:
        export_kinds(train(held, rows, [], arguments.folder / "all", arguments.epochs), OUT / GRAPH)
        told: Mapping[str, Any] = {
            "sha256": hashlib.sha256((OUT / GRAPH).read_bytes()).hexdigest(),
            "names": {"kinds": held.kinds, "fields": held.fields},
            "questions": len(rows),
            "figures": figures,
            "plain words": plain_words(ITEMS),
        }
        (OUT / FIGURES).write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
