"""Runs made by hand, for what reads them: comparisons and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals.comparing import compare
from evals.report import write_report
from evals.running import summed_up
from evals.runs import Result, Run, TurnResult

OTTERS = "title:otters"
HERONS = "title:herons"
TEXTS = {
    OTTERS: "Why otters dive deeper",
    HERONS: "Why herons nest early",
    f"{OTTERS}:1": "We watched otters for 2 years.",
    f"{OTTERS}:2": "They dive to 11 metres.",
}


def answer(
    text: str = "They dive to 11 metres.", outcome: str = "answered", paper: str = OTTERS, **more: Any
) -> dict[str, Any]:
    """An answer that cites the second sentence of a paper, or a refusal, as ``Answer.to_dict`` has them."""
    cited = [{"number": 1, "paper_id": paper, "title": TEXTS.get(paper, paper), "authors": [], "year": 2019,
    "url": None,
              "sentences": [{"id": f"{paper}:2", "text": text, "start": 0, "end": len(text)}]}]  # fmt: skip
    given = outcome in ("answered", "partial")
    return {
        "question": "How deep?", "outcome": outcome, "text": f"{text} [1]" if given else text,
        "claims": [{"text": text, "citations": [f"{paper}:2"], "support": "quoted"}] if given else [],
        "sources": cited if given else [], "withheld": [], "writer": "extractive", "model": None,
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": None},
        "timings": {"retrieve": 0.01, "first_claim": 0.02 if given else None, "total": 0.03},
        "standalone_question": "How deep?",
    } | more  # fmt: skip


def turn(
    given: Mapping[str, Any] | None, question: str = "How deep?", expect: str = "answered", **more: Any
) -> TurnResult:
    """A turn about otters that wants the fact “11 metres”."""
    facts = (("11 metres",),) if expect == "answered" else ()
    papers, evidence = ((OTTERS,), (f"{OTTERS}:2",)) if expect == "answered" else ((), ())
    whole = TurnResult(
        question, expect, papers, evidence, facts, (), given, (OTTERS, HERONS), "" if given else "The server is gone."
    )
    return replace(whole, **more)


def result(
    name: str,
    given: Mapping[str, Any] | None,
    kind: str = "named",
    scores: Mapping[str, float | None] | None = None,
    **more: Any,
) -> Result:
    """A question of one turn. Scored as right, unless ``scores`` says otherwise."""
    right = {"outcome_accuracy": 1.0, "cited_first": 1.0, "fact_recall": 1.0, "hit@1": 1.0, "seconds": 0.03}
    found: dict[str, float | None] = {"outcome_accuracy": None} if given is None else {**right, **(scores or {})}
    return Result(name, kind, (turn(given, **more),), found)


def run(results: Sequence[Result], name: str = "20260101-101500-animals-extractive", **system: Any) -> Run:
    """A whole run with its figures."""
    library = {"papers": 2, "hash": "l1", "embedder": "e"}
    made_with = {
        "writer": "extractive",
        "model": None,
        "prompt_hash": None,
        "k": 8,
        "library": library,
        "settings": {"lock_seconds": 5.0},
    }
    suite = {"name": "animals", "hash": "s1", "folder": "suites/animals", "questions": len(results)}
    there = {"python": "3.11", "packages": {"numpy": "2.1"}, "commit": "abc", "changed": False}
    whole = Run(name, "2026-01-01T10:15:00+00:00", suite, made_with | system, there, 0, 1, texts=TEXTS)
    return summed_up(whole, tuple(results))


LOST = {"outcome_accuracy": 0.0, "cited_first": 0.0, "fact_recall": 0.0}
REFUSED = answer("Not stated: “depth”.", "not_stated")
WITHHELD = answer(withheld=[{"text": "Otters dive to 90 metres.", "reason": "90 is not in the sentence."}])
HOSTILE = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=2</script>",
    '"><img src=x onerror="window.pwned=3">',
    "<svg onload=window.pwned=4><!-- <script>",
    "javascript:window.pwned=5",
    "' autofocus onfocus='window.pwned=6",
    "${window.pwned=7} $title $body {{7*7}} $x^2$",
    "\u202egnp.exe\u2066 \x1b[31mred\x07\x00 line\u2028break \ud800 \ufffe",
    "</style><style>body{display:none}</style>",
    "]]><!--</title>--!>",
)


def talk() -> Result:
    """A dialogue whose second turn fails."""
    turns = (turn(answer(), "How deep do otters dive?"), turn(REFUSED, "And how long?"))
    return Result("talk", "dialogue", turns, {"outcome_accuracy": 0.5, "turn_success": 0.5, "dialogue_success": 0.0})


def assorted() -> list[Result]:
    """One of each: right, wrong in several ways, unscored, a draft, a dialogue."""
    return [
        result("right", answer(), question="How deep do otters dive?"),
        result("missed", answer("Otters dive."), scores={"fact_recall": 0.0}),
        result("other", answer("Herons nest early.", paper=HERONS), "idea", {"cited_first": 0.0, "fact_recall": 0.0}),
        result("refused", REFUSED, "idea", LOST),
        replace(result("withheld", WITHHELD, "idea"), draft=True),
        result(
            "off",
            answer("Not covered.", "not_covered"),
            "off_topic",
            {},
            expect="not_covered",
            gold_papers=(),
            facts=(),
        ),
        result("failed", None),
        talk(),
    ]


def hostile_run(name: str) -> Run:
    """A run in which every text is hostile."""
    results = []
    for n, text in enumerate(HOSTILE):
        given = answer(
            f"{text} {name}", paper=f"title:{text}", standalone_question=text, withheld=[{"text": text, "reason": text}]
        )
        given["sources"][0] |= {"title": text, "year": text, "url": "javascript:window.pwned=8"}
        asked = turn(
            given,
            text,
            gold_papers=(f"title:{text}",),
            gold_evidence=(f"title:{text}:1",),
            facts=((text,),),
            forbidden=(text,),
        )
        results.append(
            Result(
                f"{n} {text}",
                text,
                (replace(asked, ranked=(text,)),),
                {"outcome_accuracy": float(name == "before"), text: 1.0},
            )
        )
        failed = replace(asked, answer=None, error=text)
        results.append(Result(f"failed {n} {text}", text, (failed,), {"outcome_accuracy": None}, draft=True))
    everything = "".join(HOSTILE)
    texts = {f"title:{t}{end}": t for t in HOSTILE for end in ("", ":1")}
    made = run(results, everything, writer=everything, model=everything + name, settings={everything: everything})
    return replace(made, texts=texts, suite={**made.suite, "name": everything}, environment={everything: everything})


def assorted_report(folder: Path) -> Path:
    """The report of a run with one of each."""
    write_report(run(assorted()), folder / "report.html")
    return folder / "report.html"


def hostile_report(folder: Path) -> Path:
    """A report in which every text is hostile, compared with another run."""
    after = hostile_run("after")
    write_report(after, folder / "report.html", compare(hostile_run("before"), after))
    return folder / "report.html"
