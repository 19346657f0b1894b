"""Asks a system the questions of a suite and scores what it gives.

Questions run side by side up to a limit; the turns of a dialogue one after the other in a conversation of their own. A
question that fails is unscored and does not end the run. Each result is kept at once, so that an interrupted run can go
on.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from evals.metrics import DEPTH, Given, Judged, Scores, Supports, abstention, question_scores, turn_scores
from evals.runs import Figures, Result, Run, TurnResult, append_result, finish
from evals.statistics import estimate, proportion, quantile
from evals.suite import Gold, Question, Resolver, Suite, Turn
from rag.client.client import Client
from rag.errors import CitewiseError
from rag.settings import settings
from rag.types import Answer, Paper

Told = Callable[[str, int, int | None], None]


class Conversation(Protocol):
    """Answers one question after the other."""

    def ask(self, question: str, /) -> Answer: ...


class System:
    """What is evaluated: a client, and how it is asked."""

    def __init__(self, client: Client, k: int = 8, *, gated: bool = True) -> None:
        """``gated``: whether the client checks what a model writes."""
        self.client, self.k, self.gated = client, k, gated
        self.papers: list[Paper] = list(client.papers())

    def ranking(self, question: str) -> tuple[str, ...]:
        """The ids of the first papers that are found, best first."""
        return tuple(p.paper.paper_id for p in self.client.search(question, k=max(self.k, DEPTH)))

    def ask(self, question: str) -> Answer:
        return self.client.ask(question, k=self.k)

    def conversation(self) -> Conversation:
        chat = self.client.chat(saved=False)
        return _Asking(lambda question: chat.ask(question, k=self.k))

    def described(self) -> dict[str, Any]:
        """What run.json holds of it."""
        from rag.client.embedders import configured_embedder
        from rag.models.bundled_embedder import BundledEmbedder

        embedder = configured_embedder(BundledEmbedder()).fingerprint
        library = hashlib.sha256()
        for paper in sorted(self.papers, key=lambda p: p.paper_id):
            library.update(f"{paper.paper_id}\0{paper.title}\0{paper.abstract}\0".encode("utf-8", "surrogatepass"))
        about = self.client.about()
        return {
            "writer": about.writer, "model": about.model, "prompt_hash": _prompts() if about.writer == "chat" else None,
            "k": self.k,
            "gated": self.gated,
            "library": {"papers": len(self.papers), "hash": library.hexdigest()[:16], "embedder": embedder},
            "settings": settings().model_dump(mode="json",
            exclude={"library", "chroma_url", "llm_key", "llm_record", "embedding_key"}),
        }  # fmt: skip


@dataclass(frozen=True)
class _Asking:
    """A conversation from what asks it."""

    ask: Callable[[str], Answer]


def _prompts() -> str:
    """The versions of what a model is told."""
    from rag.models.prompts import prompt

    return "-".join(prompt(name).version for name in ("answer", "answer_text", "repair", "follow_up"))


class Bench:
    """A suite laid on a library: gold in the library's ids, and the texts that scoring reads."""

    def __init__(self, suite: Suite, papers: Sequence[Paper], supports: Supports | None = None) -> None:
        from rag.text.sentences import split_sentences

        resolver = Resolver(papers)
        self.suite, self.supports = suite, supports
        self.gold: dict[str, tuple[Gold, ...]] = {q.id: resolver.gold(suite, q) for q in suite.questions}
        self.titles = {p.paper_id: p.title for p in papers}
        self.sentences = {s.id: s.text for p in papers for s in split_sentences(p.paper_id, p.abstract)}

    def score(self, question: Question, turns: Sequence[TurnResult]) -> Scores:
        """The scores of a question; all that its kind has are None where asking failed."""
        golds = self.gold[question.id]
        givens = [Given(t.answer, t.ranked) for t in turns if t.answer is not None]
        if len(givens) < len(turns):
            return dict.fromkeys(("outcome_accuracy", "dialogue_success")[: 1 if len(turns) == 1 else 2])
        scores = [
            turn_scores(turn, gold, given, self.supports, self.sentences)
            for turn, gold, given in zip(question.turns, golds, givens, strict=True)
        ]
        return question_scores(question, scores, golds, givens)

    def texts(self, results: Iterable[Result]) -> dict[str, str]:
        """Titles of gold and ranked papers, and gold sentences, for a report."""
        evidence = {i for golds in self.gold.values() for gold in golds for i in gold.evidence}
        ranked = {i for r in results for t in r.turns for i in t.ranked}
        papers = ranked.union(*(gold.papers for golds in self.gold.values() for gold in golds)) & self.titles.keys()
        return {i: self.titles[i] for i in sorted(papers)} | {
            i: self.sentences[i] for i in sorted(evidence) if i in self.sentences
        }


def ask_question(system: System, question: Question, golds: Sequence[Gold]) -> tuple[TurnResult, ...]:
    """Asks a question, or a dialogue turn by turn; what fails is told in the turn, and later turns are not asked."""
    talk = system.conversation() if len(question.turns) > 1 else system
    asked: list[TurnResult] = []
    for turn, gold in zip(question.turns, golds, strict=True):
        blank = _blank(turn, gold)
        if asked and asked[-1].error:
            asked.append(replace(blank, error="not asked: an earlier turn failed"))
            continue
        try:
            answer = talk.ask(turn.question)
            ranked = system.ranking(answer.standalone_question) if gold.papers else ()
            asked.append(replace(blank, answer=answer.to_dict(), ranked=ranked))
        except CitewiseError as error:
            asked.append(replace(blank, error=str(error)))
    return tuple(asked)


def _blank(turn: Turn, gold: Gold) -> TurnResult:
    papers, evidence = tuple(sorted(gold.papers)), tuple(sorted(gold.evidence))
    return TurnResult(turn.question, turn.expect, papers, evidence, turn.facts, turn.forbidden, None)


def carry_out(
    run: Run, place: Path, bench: Bench, system: System, done: Iterable[Result] = (), progress: Told | None = None
) -> Run:
    """Asks what is not done yet, scores everything, and writes the whole run. Interrupted, it leaves what is done."""
    results = {r.id: r for r in done}
    todo = [q for q in bench.suite.questions if q.id not in results]
    total = len(bench.suite.questions)
    start = time.monotonic()
    with ThreadPoolExecutor(run.jobs) as pool:
        waiting: dict[Future[tuple[TurnResult, ...]], Question] = {
            pool.submit(ask_question, system, q, bench.gold[q.id]): q for q in todo
        }
        try:
            for future in as_completed(waiting):
                question = waiting[future]
                turns = future.result()
                result = Result(question.id, question.kind, turns, bench.score(question, turns), question.draft)
                append_result(place, result)
                results[question.id] = result
                if progress:
                    progress("questions", len(results), total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    ordered = tuple(results[q.id] for q in bench.suite.questions)
    whole = replace(summed_up(run, ordered), seconds=run.seconds + time.monotonic() - start, texts=bench.texts(ordered))
    finish(place, whole)
    return whole


def rescored(run: Run, bench: Bench) -> Run:
    """The run with its recorded answers scored anew: nothing is asked."""
    recorded = run.by_id()
    results = [
        replace(recorded[q.id], scores=bench.score(q, recorded[q.id].turns), kind=q.kind)
        for q in bench.suite.questions
        if q.id in recorded
    ]
    return replace(summed_up(run, tuple(results)), texts=bench.texts(results))


def summed_up(run: Run, results: tuple[Result, ...]) -> Run:
    """The run with its figures."""
    slices: dict[str, list[Result]] = {"all": list(results)}
    for result in results:
        slices.setdefault(result.kind, []).append(result)
    figures: Figures = {name: _figures(found, run.seed) for name, found in slices.items()}
    return replace(run, results=results, figures=figures, timings=_timings(results))


def _figures(results: Sequence[Result], seed: int) -> dict[str, dict[str, float | int]]:
    names = dict.fromkeys(name for r in results for name in r.scores)
    found = {name: estimate([r.scores[name] for r in results if name in r.scores], seed) for name in names}
    figures = {name: e.to_dict() for name, e in found.items() if e is not None}
    judged = [Judged(t.expect, str(t.answer["outcome"])) for r in results for t in r.turns if t.answer is not None]
    return figures | {name: proportion(right, of).to_dict() for name, (right, of) in abstention(judged).items()}


def _timings(results: Sequence[Result]) -> Mapping[str, Mapping[str, float]]:
    times = [t.answer["timings"] for r in results for t in r.turns if t.answer is not None]
    found = {
        "seconds": [t["total"] for t in times],
        "first_claim": [t["first_claim"] for t in times if t["first_claim"] is not None],
    }
    return {
        name: {"p50": round(quantile(v, 0.5), 4), "p95": round(quantile(v, 0.95), 4)} for name, v in found.items() if v
    }
