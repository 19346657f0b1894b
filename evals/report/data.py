"""What a report shows of a run, as plain values: every text fit for a person, every question with its verdict. Pure.

Texts come from abstracts, models and files that anyone may have written. Here they lose what is invisible (control and
direction characters); whoever writes them into a page still escapes them for their place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evals.comparing import Change, Comparison
from evals.figures import metric, number
from evals.metrics import METRICS, facts_told, is_shown, outcome_is_right, turn_succeeds
from evals.runs import Result, Run, TurnResult
from evals.suite import Gold, Turn
from rag.text.display import shown

Level = Literal["right", "partly", "wrong", "unscored"]
DUE = {"contradicted": "partial", "small_talk": "answered"}
"""The outcome that is expected, where it is called otherwise than the expectation."""
_MARKER = re.compile(r"(?<!\\)\[(\d+)\]")
_ESCAPED = re.compile(r"\\([\[\]()`])")


def plain(text: object) -> str:
    """A name, path or label as it is, but for what can't be seen or can't stand in XML."""
    whole = str(text)
    if whole.isprintable():
        return whole
    kept = "".join(" " if unicodedata.category(c) == "Cc" or c in "\u2028\u2029" else c for c in whole)
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Cs", "Co") and c not in "\ufffe\uffff")


def outcome_words(outcome: str) -> str:
    """``not_stated`` -> ``not stated``."""
    return plain(outcome).replace("_", " ")


@dataclass(frozen=True)
class Verdict:
    """What became of a question: how it went as a whole, and what is wrong with it, in a few words each."""

    level: Level
    notes: tuple[str, ...]


def verdict(result: Result) -> Verdict:
    """The verdict on a question from its scores and turns."""
    if result.error:
        return Verdict("unscored", ("could not be asked",))
    if len(result.turns) > 1:
        failed = [n for n, t in enumerate(result.turns, 1) if not turn_went_well(t)]
        count = f"{len(failed)} of {len(result.turns)} turns fail"
        return Verdict("wrong" if result.scores.get("dialogue_success") != 1 else "right", (count,) if failed else ())
    (turn,) = result.turns
    wrong = list(_wrong(turn, result.scores))
    told = _told(turn)
    missed = told.count(False)
    facts = [f"{len(told) - missed} of {len(told)} facts told"] if missed else []
    level: Level = "wrong" if wrong or (told and missed == len(told)) else "partly" if facts else "right"
    return Verdict(level, (*wrong, *facts))


def turn_went_well(turn: TurnResult) -> bool:
    """Whether a turn of a dialogue succeeds, as the metric ``turn_success`` has it."""
    return turn.answer is not None and turn_succeeds(
        _turn(turn), Gold(frozenset(turn.gold_papers), frozenset()), turn.answer
    )


def question_data(result: Result, earlier: Result | None, change: Change | None) -> dict[str, Any]:
    """A question for the page's script. ``earlier``: the same question in the run that is compared with."""
    found = verdict(result)
    data: dict[str, Any] = {
        "id": plain(result.id), "kind": plain(result.kind), "draft": result.draft, "level": found.level,
        "notes": list(found.notes),
        "expect": list(dict.fromkeys(outcome_words(t.expect) for t in result.turns)),
        "given": list(dict.fromkeys(outcome_words(t.answer["outcome"]) if t.answer else "none" for t in result.turns)),
        "turns": [_turn_data(t, earlier.turns[n] if earlier and n < len(earlier.turns) else None) for n,
        t in enumerate(result.turns)],
        "scores": list(_scores(result, earlier)),
    }  # fmt: skip
    if change:
        told = {"better": change.better, "worse": change.worse, "other": change.other}
        data["change"] = {**{name: [plain(t) for t in texts] for name, texts in told.items()}, "answer": change.answer}
    return data


def titles(runs: Sequence[Run]) -> dict[str, str]:
    """Titles by paper_id of all papers whose title is known: gold ones and cited ones."""
    found: dict[str, str] = {}
    for run in runs:
        ids = {i for r in run.results for t in r.turns for i in (*t.gold_papers, *t.ranked)}
        found |= {plain(i): shown(run.texts[i]) for i in sorted(ids) if i in run.texts}
        for source in (s for r in run.results for t in r.turns if t.answer for s in t.answer["sources"]):
            found.setdefault(plain(source["paper_id"]), shown(source["title"]))
    return found


def gold_sentences(run: Run) -> dict[str, str]:
    """Gold sentences by id."""
    ids = {i for r in run.results for t in r.turns for i in t.gold_evidence}
    return {plain(i): shown(run.texts[i]) for i in sorted(ids) if i in run.texts}


def outcome_counts(run: Run) -> dict[str, dict[str, int]]:
    """Expected outcome -> given outcome -> turns; ``none`` where asking failed."""
    table: dict[str, dict[str, int]] = {}
    for turn in (t for r in run.results for t in r.turns):
        given = str(turn.answer["outcome"]) if turn.answer else "none"
        row = table.setdefault(turn.expect, {})
        row[given] = row.get(given, 0) + 1
    return table


def answer_seconds(run: Run) -> list[float]:
    """Seconds of each answer."""
    return [float(t.answer["timings"]["total"]) for r in run.results for t in r.turns if t.answer]


def ordered(results: Sequence[Result], comparison: Comparison | None) -> list[Result]:
    """In the suite's order; in a comparison what changed comes first, worse before better."""
    if comparison is None:
        return list(results)
    place = {c.id: n for n, c in enumerate(comparison.changes)}
    return sorted(results, key=lambda r: place.get(r.id, len(place)))


def _wrong(turn: TurnResult, scores: Mapping[str, float | None]) -> Iterator[str]:
    if scores.get("attack_resisted") == 0:
        yield "attack got through"
    assert turn.answer is not None
    if not outcome_is_right(_turn(turn), turn.answer):
        due, given = DUE.get(turn.expect, turn.expect), str(turn.answer["outcome"])
        yield f"{outcome_words(given)}, expected {outcome_words(due)}" if due != given else "sources for small talk"
    elif scores.get("cited_first") == 0:
        yield "wrong paper first" if _cites_gold(turn) else "wrong paper"


def _cites_gold(turn: TurnResult) -> bool:
    return turn.answer is not None and any(s["paper_id"] in turn.gold_papers for s in turn.answer["sources"])


def _told(turn: TurnResult) -> list[bool]:
    due = turn.expect in ("answered", "contradicted")
    return facts_told(turn.facts, turn.answer) if due and turn.answer is not None else []


def _turn(turn: TurnResult) -> Turn:
    """The suite's turn that a recorded one stands for, as far as scoring reads it."""
    return Turn.model_construct(question=turn.question, expect=turn.expect, facts=turn.facts, forbidden=turn.forbidden)


def _turn_data(turn: TurnResult, earlier: TurnResult | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "question": shown(turn.question), "expect": outcome_words(turn.expect),
        "papers": [plain(p) for p in turn.gold_papers],
        "evidence": [plain(i) for i in turn.gold_evidence],
        "facts": [[shown(w) for w in wordings] for wordings in turn.facts],
        "forbidden": [shown(f) for f in turn.forbidden], "error": shown(turn.error), "now": _answer_data(turn),
    }  # fmt: skip
    if earlier:
        same = bool(turn.answer and earlier.answer) and _seen(turn) == _seen(earlier)
        data |= {"same": True} if same else {"then": _answer_data(earlier), "then_error": shown(earlier.error)}
    return data


def _seen(turn: TurnResult) -> tuple[object, ...]:
    """What a person sees of an answer."""
    answer = turn.answer or {}
    return answer.get("outcome"), answer.get("text"), answer.get("claims"), answer.get("withheld")


def _answer_data(turn: TurnResult) -> dict[str, Any] | None:
    answer = turn.answer
    if answer is None:
        return None
    numbers = {int(s["number"]) for s in answer["sources"]}
    return {
        "outcome": outcome_words(answer["outcome"]), "right": outcome_is_right(_turn(turn), answer),
        "well": turn_went_well(turn),
        "refused": not answer["claims"],
        "text": [_segments(p, numbers) for p in str(answer["text"]).split("\n\n") if p.strip()],
        "sources": [_source_data(s) for s in answer["sources"]],
        "told": _told(turn), "leaked": [is_shown(f, answer) for f in turn.forbidden],
        "withheld": [[shown(w["text"]), shown(w["reason"])] for w in answer["withheld"]],
        "ranked": [plain(p) for p in turn.ranked], "took": _took(answer),
        "searched": shown(answer["standalone_question"]) if answer["standalone_question"] != turn.question else "",
    }  # fmt: skip


def _source_data(source: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": int(source["number"]), "paper": plain(source["paper_id"]), "title": shown(source["title"]),
        "year": plain(source["year"] or ""),
        "sentences": [[plain(s["id"]), shown(s["text"])] for s in source["sentences"]],
    }  # fmt: skip


def _segments(text: str, numbers: set[int]) -> list[str | int]:
    """Markdown as an answer has it -> texts and numbers of sources, in turn."""
    parts: list[str | int] = []
    for n, piece in enumerate(_MARKER.split(text)):
        if n % 2 and int(piece) in numbers:
            parts.append(int(piece))
        elif piece:
            words = f"[{piece}]" if n % 2 else piece
            parts.append(plain(_ESCAPED.sub(r"\1", words).replace("&lt;", "<").replace("&amp;", "&")))
    return parts


def _took(answer: Mapping[str, Any]) -> list[list[str]]:
    """What the answer took: seconds, tokens, dollars."""
    times, usage = answer["timings"], answer["usage"]
    rows = [["searching", number("seconds", float(times["retrieve"]))]]
    rows += (
        [["first sentence", number("seconds", float(times["first_claim"]))]] if times["first_claim"] is not None else []
    )
    rows += [["whole answer", number("seconds", float(times["total"]))]]
    tokens = usage["prompt_tokens"] + usage["completion_tokens"]
    rows += [["tokens", f"{usage['prompt_tokens']} + {usage['completion_tokens']}"]] if tokens else []
    return rows + ([["cost", number("cost_usd", float(usage["cost_usd"]))]] if usage["cost_usd"] is not None else [])


def _scores(result: Result, earlier: Result | None) -> Iterator[list[str]]:
    """Title, value and, in a comparison, the value before."""
    known = [n for n in METRICS if n in result.scores]
    for name in (*known, *sorted(set(result.scores) - set(known))):
        values = [result.scores[name], *([earlier.scores.get(name)] if earlier else [])]
        yield [plain(metric(name).title), *("unscored" if v is None else number(name, v) for v in values)]
