"""What replies to claims and questions are worth; pure.

Labels: accuracy; the mean of the labels' F1 (macro-F1); precision and recall of each label. Evidence, by SciFact's
definitions (Wadden et al. 2020, and the evaluation notes of its repository):

    abstract     a document is right if it holds evidence and the label is its own; ``rationale``: if besides one
                 whole gold rationale is among the first three sentences that were chosen from it
    sentence     a chosen sentence is right if it is in a gold rationale of which all were chosen; ``label``: if besides
                 the document's label is right

each as F1 over all documents or sentences together. Intervals of F1 come from resampling questions (percentile
bootstrap).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evals.statistics import CONFIDENCE, RESAMPLES, Estimate, estimate, proportion
from evals.tasks.cases import NEI, Evidence

Counts = npt.NDArray[np.float64]
COUNTED_SENTENCES = 3
"""How many chosen sentences of a document count towards its rationale."""


@dataclass(frozen=True)
class Reply:
    """What a system says of a question and some sentences.

    ``label`` None: nothing that could be graded; ``why`` says what happened. ``evidence``: the sentences it stands on,
    counted from 0, best first. ``score``: how sure it is, to choose between documents.
    """

    label: str | None
    evidence: tuple[int, ...] = ()
    score: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Labelled:
    """The right label and the one that was given, of one question and what it was asked of; ``group`` is the
    question.
    """

    group: str
    right: str
    given: str | None


def label_figures(cases: Sequence[Labelled], labels: Sequence[str]) -> dict[str, Estimate]:
    """``accuracy``, ``macro_f1``, and ``precision:L`` and ``recall:L`` for each label. An unscored case counts for
    neither.
    """
    known = [c for c in cases if c.given is not None]
    accuracy = estimate([None if c.given is None else float(c.given == c.right) for c in cases])
    if accuracy is None:
        return {}
    unscored = len(cases) - len(known)
    macro = resampled(_by_group(known, lambda c: _label_counts(c, labels)), _macro_f1, unscored)
    figures = {"accuracy": accuracy, "macro_f1": macro}
    for label in labels:
        right = sum(c.given == c.right == label for c in known)
        told, true = sum(c.given == label for c in known), sum(c.right == label for c in known)
        figures |= {f"precision:{label}": proportion(right, told)} if told else {}
        figures |= {f"recall:{label}": proportion(right, true)} if true else {}
    return figures


def confusion(cases: Sequence[Labelled]) -> dict[str, dict[str, int]]:
    """Right label -> given label ("unscored" where there is none) -> how often."""
    counts = Counter((c.right, c.given or "unscored") for c in cases)
    return {
        right: {given: n for (r, given), n in sorted(counts.items()) if r == right}
        for right in sorted({r for r, _ in counts})
    }


def evidence_figures(questions: Sequence[tuple[Mapping[str, Evidence], Mapping[str, Reply]]]) -> dict[str, Estimate]:
    """``abstract_f1``, ``rationale_f1``, ``sentence_f1``, ``sentence_label_f1``. Of each question: gold evidence,
    replies by document.

    A question with a reply that could not be graded is unscored.
    """
    known = [(gold, replies) for gold, replies in questions if all(r.label is not None for r in replies.values())]
    if not known:
        return {}
    counts = np.array([_evidence_counts(gold, replies) for gold, replies in known], float)
    columns = {
        "abstract_f1": (0, 2, 3),
        "rationale_f1": (1, 2, 3),
        "sentence_f1": (4, 6, 7),
        "sentence_label_f1": (5, 6, 7),
    }
    return {name: resampled(counts[:, list(at)], _f1, len(questions) - len(known)) for name, at in columns.items()}


def resampled(counts: Counts, statistic: Callable[[Counts], Counts], unscored: int = 0, seed: int = 0) -> Estimate:
    """A statistic of summed counts and its 95 % interval. ``counts``: (questions, m); ``statistic``: (rows, m) ->
    (rows,).
    """
    n = len(counts)
    mean = float(statistic(counts.sum(axis=0, keepdims=True))[0])
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES) @ counts
    low, high = np.quantile(statistic(drawn), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(mean, float(low), float(high), n, unscored)


def _by_group(cases: Sequence[Labelled], count: Callable[[Labelled], list[float]]) -> Counts:
    """The summed counts of each question: what is asked of several documents is resampled together."""
    sums: dict[str, Counts] = {}
    for case in cases:
        counted = np.array(count(case), float)
        sums[case.group] = sums[case.group] + counted if case.group in sums else counted
    return np.stack(list(sums.values()))


def _label_counts(case: Labelled, labels: Sequence[str]) -> list[float]:
    """For each label: right, given, true."""
    return [
        float(x)
        for label in labels
        for x in (case.given == case.right == label, case.given == label, case.right == label)
    ]


def _macro_f1(sums: Counts) -> Counts:
    return np.asarray(np.mean([_f1(sums[:, at : at + 3]) for at in range(0, sums.shape[1], 3)], axis=0), float)


def _f1(sums: Counts) -> Counts:
    """(rows, 3) of right, given, true -> (rows,): 2 right / (given + true); 0 where there is nothing."""
    return 2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1)


def _evidence_counts(gold: Mapping[str, Evidence], replies: Mapping[str, Reply]) -> list[float]:
    """Abstracts: right label, right label and rationale, predicted, gold. Sentences: right, right with label,
    predicted, gold.
    """
    told = {document: reply for document, reply in replies.items() if reply.label != NEI}
    counts = [0.0, 0.0, float(len(told)), float(len(gold)), 0.0, 0.0]
    for document, reply in told.items():
        if document not in gold:
            continue
        true, chosen = gold[document], set(reply.evidence)
        labelled = reply.label == true.label
        first = set(reply.evidence[:COUNTED_SENTENCES])
        whole = set().union(*(r for r in true.rationales if r <= chosen))
        counts[0] += labelled
        counts[1] += labelled and any(r <= first for r in true.rationales)
        counts[4] += len(whole)
        counts[5] += len(whole) * labelled
    predicted = sum(len(set(reply.evidence)) for reply in told.values())
    return [*counts, float(predicted), float(sum(len(set().union(*e.rationales)) for e in gold.values()))]
