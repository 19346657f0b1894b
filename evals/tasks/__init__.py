"""Public answer sets as tasks: claims to be supported or contradicted, questions to be answered yes, no or maybe.

Each is run in two settings: with the sentences *given*, and with documents to be *found* in all of the set's abstracts
first. Whoever answers, a rule or a model, meets the same sentences and is scored the same way; published figures stand
beside with what they were measured on.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals.documents import Indexed, document_id, index_documents
from evals.published import TASKS
from evals.statistics import Estimate, proportion
from evals.tasks.answering import Answerer, always, claim_answerer, outcome_answerer
from evals.tasks.cases import NAMES, NEI, YES, Question, Task, load_task
from evals.tasks.report import Asked, Setting, Standing, TaskReport
from evals.tasks.scoring import Labelled, Reply, confusion, evidence_figures, label_figures
from rag.client.client import Client
from rag.errors import AssetError, CitewiseError, UsageError
from rag.library.indexing import Progress
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.bundled_reader import BundledReader

__all__ = ["NAMES", "Answerer", "Reply", "TaskReport", "evaluate_task"]
EXTRACTIVE = "without a model"


def evaluate_task(
    name: str,
    folder: Path,
    cache: Path,
    progress: Progress | None = None,
    answerers: Mapping[str, Answerer] | None = None,
) -> TaskReport:
    """Asks a set's questions of the floor, of the engine without a model, and of ``answerers`` (a name each).

    A question that an answerer cannot be asked is unscored. Raises UsageError (no such set), InputError with
    ``file:line``, and what indexing raises.
    """
    if name not in NAMES:
        raise UsageError(f"{name}: no such set.", f"There are: {', '.join(NAMES)}.")
    told, embedder, task = progress or (lambda phase, done, total: None), BundledEmbedder(), load_task(name, folder)
    systems = {**_own(task), **(answerers or {})}
    indexed = index_documents(task.documents, cache, name, progress, embedder)
    given = _given(task, systems, told)
    found = _found(task, systems, indexed, told)
    notes = (*task.notes, *_failures((given, found)))
    return TaskReport(name, task.split, (given, found), embedder.fingerprint, indexed, TASKS[name], notes)


def _own(task: Task) -> dict[str, Answerer]:
    """What needs no language model: the floor, and the engine's reader."""
    reader = BundledReader()
    counts = Counter(g.label for q in task.fitting for g in q.given)
    floor = counts.most_common(1)[0][0] if counts else YES
    own = claim_answerer(reader) if NEI in task.labels else outcome_answerer(reader)
    return {f"always {floor}": always(floor), EXTRACTIVE: own}


def _failures(settings: Sequence[Setting]) -> list[str]:
    """Which systems could not be asked everything, how often, and why the first time."""
    notes = []
    for setting in settings:
        for system, standing in setting.standings.items():
            whys = [
                r.why or "no label could be read" for a in standing.asked for r in a.replies.values() if r.label is None
            ]
            notes += [f"{system}, {setting.name}: {len(whys)} replies are unscored, first: {whys[0]}"] if whys else []
    return notes


# --- sentences given --------------------------------------------------------------------------------------------------


def _given(task: Task, systems: Mapping[str, Answerer], told: Progress) -> Setting:
    standings: dict[str, Standing] = {}
    total = len(task.questions) * len(systems)
    for system, answer in systems.items():
        asked, seconds = [], []
        for question in task.questions:
            replies = []
            for given in question.given:
                reply, taken = _timed(answer, question.text, given.sentences)
                replies.append(reply)
                seconds.append(taken)
            asked.append(Asked(question, {g.document: r for g, r in zip(question.given, replies, strict=True)}))
            told("given", len(asked) + len(standings) * len(task.questions), total)
        cases = [Labelled(a.question.id, g.label, a.replies[g.document].label) for a in asked for g in a.question.given]
        figures = label_figures(cases, task.labels)
        if task.selects and figures:
            figures |= evidence_figures([(a.question.evidence, a.replies) for a in asked])
        standings[system] = Standing(figures, confusion(cases), tuple(asked), tuple(seconds))
    return Setting("given", len([g for q in task.questions for g in q.given]), standings)


# --- documents found first --------------------------------------------------------------------------------------------


def _found(task: Task, systems: Mapping[str, Answerer], indexed: Indexed, told: Progress) -> Setting:
    ranked, labels = _ranked(task, indexed, told), tuple(x for x in task.labels if any(q.label == x for q in task.open))
    standings: dict[str, Standing] = {}
    for system, answer in systems.items():
        asked, seconds = [], []
        for question in task.open:
            replies = {}
            for document in ranked[question.id]:
                replies[document], taken = _timed(answer, question.text, task.abstracts[document][1])
                seconds.append(taken)
            asked.append(Asked(question, replies))
            told("found", len(asked) + len(standings) * len(task.open), len(task.open) * len(systems))
        cases = [Labelled(a.question.id, a.question.label, together(list(a.replies.values()))) for a in asked]
        figures = label_figures(cases, labels)
        if NEI in task.labels and figures:
            figures |= evidence_figures([(a.question.evidence, a.replies) for a in asked])
        figures |= _reach(task.open, ranked)
        standings[system] = Standing(figures, confusion(cases), tuple(asked), tuple(seconds))
    return Setting("found", len(task.open), standings)


def _ranked(task: Task, indexed: Indexed, told: Progress) -> dict[str, tuple[str, ...]]:
    """The documents that each question finds."""
    found = {}
    with Client(indexed.folder) as client:
        for n, question in enumerate(task.open, 1):
            passages = client.search(question.text, k=task.found)
            found[question.id] = tuple(document_id(p.paper.paper_id) for p in passages)
            told("searching", n, len(task.open))
    return found


def together(replies: Sequence[Reply]) -> str | None:
    """One label of several documents' replies: that of the surest which says more than NEI; None if there is none or
    none can be graded.
    """
    scored = [r for r in replies if r.label is not None]
    if len(scored) < len(replies) or not replies:
        return None
    return max(scored, key=lambda r: (r.label != NEI, r.score)).label


def _reach(questions: Sequence[Question], ranked: Mapping[str, Sequence[str]]) -> dict[str, Estimate]:
    """In how many questions that have evidence a document with evidence is among those found."""
    with_evidence = [q for q in questions if q.evidence]
    hits = sum(bool(set(q.evidence) & set(ranked[q.id])) for q in with_evidence)
    return {"reached": proportion(hits, len(with_evidence))} if with_evidence else {}


def _timed(answer: Callable[[str, Sequence[str]], Reply], asked: str, sentences: Sequence[str]) -> tuple[Reply, float]:
    start = time.perf_counter()
    try:
        reply = answer(asked, sentences)
    except AssetError:  # nothing of the question's: no other could be answered either
        raise
    except CitewiseError as error:
        reply = Reply(None, why=str(error))
    return reply, time.perf_counter() - start
