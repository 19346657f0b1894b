"""Makes the reader from the items to the files that ship: ``python -m evals.training.reader ../shared/data --folder
.work/reader``.

Trains its two networks, each from the last checkpoint in a folder of its own, writes both with their hashes, fits the
scales and limits and measures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch

from evals.training import claims, questions
from evals.training.claim_network import ClaimNetwork
from evals.training.export import export_claims, export_questions
from evals.training.layers import base_weights
from evals.training.measure import measure
from evals.training.question_network import QuestionNetwork

DATA = Path("rag/data")
FIGURES = DATA / "reader.json"
QUESTIONS, CLAIMS = DATA / "reader-questions.onnx", DATA / "reader-claims.onnx"


def ship(folder: Path, made: Mapping[str, object]) -> None:
    """The last checkpoints -> the files that ship, and their hashes in ``reader.json``."""
    weights = base_weights()
    question_network, claim_network = QuestionNetwork(weights), ClaimNetwork(weights)
    for net, name in ((question_network, "questions"), (claim_network, "claims")):
        net.load_state_dict(torch.load(folder / name / "last.pt", weights_only=True)["net"])
    export_questions(question_network.eval(), QUESTIONS)
    export_claims(claim_network.eval(), CLAIMS)
    kept = json.loads(FIGURES.read_text("utf-8"))
    kept |= {"sha256": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (QUESTIONS, CLAIMS)}, "made": made}
    FIGURES.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--folder", type=Path, default=Path(".work/reader"), help="checkpoints; where a run ended, the next goes on"
    )
    parser.add_argument("--epochs", type=float, nargs=2, default=(6, 4), help="of questions and of claims")
    parser.add_argument("--every", type=int, default=300, help="steps between two reports on held-out papers")
    a = parser.parse_args()
    made = {}
    for name, train, epochs in (("questions", questions.train, a.epochs[0]), ("claims", claims.train, a.epochs[1])):
        (a.folder / name).mkdir(parents=True, exist_ok=True)
        made[name] = train(a.folder / name, a.data, epochs, a.every)
    ship(a.folder, made)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(a.data, True, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
