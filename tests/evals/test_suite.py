"""A suite is read as a person wrote it; what is wrong in it is told with its place and the remedy."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import evals
from evals.suite import Resolver, load_suite, schemas
from rag.errors import InputError
from rag.library.readers import read_papers
from rag.library.sample import sample_path
from rag.text.sentences import split_sentences
from rag.types import Paper

SUITES = Path(evals.__file__).parent / "suites"
SHEET = "name: mine\nlibrary: refs\n"
LINE = {"id": "a", "question": "Do dogs bark?", "papers": ["Dogs"]}


def _suite(folder: Path, *rows: object, sheet: str = SHEET) -> Path:
    (folder / "suite.yaml").write_text(sheet, "utf-8")
    (folder / "questions.jsonl").write_text(
        "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), "utf-8"
    )
    return folder


def test_a_single_question_is_a_dialogue_of_one_turn(tmp_path: Path) -> None:
    suite = load_suite(_suite(tmp_path, LINE | {"kind": "named", "facts": [["94", "ninety-four"]]}))
    (question,) = suite.questions
    assert (question.id, question.kind, question.draft) == ("a", "named", False)
    assert [t.question for t in question.turns] == ["Do dogs bark?"]
    assert question.turns[0].facts == (("94", "ninety-four"),)


def test_a_dialogue_has_turns_of_its_own(tmp_path: Path) -> None:
    turns = [{"question": "Do dogs bark?", "papers": ["Dogs"]}, {"question": "thanks", "expect": "small_talk"}]
    suite = load_suite(_suite(tmp_path, {"id": "t", "kind": "dialogue", "turns": turns}))
    assert [t.expect for t in suite.questions[0].turns] == ["answered", "small_talk"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{", r"questions.jsonl:2: not JSON"),
        ("[1]", r"questions.jsonl:2: .*valid dictionary"),
        ({"id": "b"}, r"questions.jsonl:2: turns: .*at least 1|questions.jsonl:2: question: Field required"),
        ({"id": "b", "question": ""}, r"questions.jsonl:2: question: String should have at least 1"),
        ({"id": "b", "question": "Why?", "paper": ["Dogs"]}, r"questions.jsonl:2: paper: no such field"),
        (
            {"id": "b", "question": "Why?", "expect": "maybe", "papers": ["Dogs"]},
            r"questions.jsonl:2: expect: Input should be",
        ),
        (
            {"id": "b", "question": "Why?"},
            r"questions.jsonl:2: expect .answered. needs papers, facts, forbidden strings or a plan",
        ),
        ({"id": "b", "question": "Why?", "facts": [[]]}, r"questions.jsonl:2: a fact is a list"),
        (
            {"id": "b", "question": "Why?", "papers": ["x"], "evidence": {"x": [0]}},
            r"questions.jsonl:2: sentences are numbered",
        ),
        (LINE, r"questions.jsonl:2: the id a is that of line 1\. Give it another\."),
    ],
)
def test_what_is_wrong_in_a_line_is_told_with_its_place(tmp_path: Path, row: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_suite(_suite(tmp_path, LINE, row))


@pytest.mark.parametrize(
    ("sheet", "told"),
    [
        ("name: [", r"suite.yaml:\d: not YAML"),
        ("name: a b\nlibrary: x\n", r"suite.yaml: name: String should match"),
        ("name: a\n", r"suite.yaml: papers or library: one of them"),
        ("name: a\nlibrary: x\npapers: [sample]\n", r"suite.yaml: papers or library: one of them"),
        ("name: a\nlibrary: x\nlibary: y\n", r"suite.yaml: libary: no such field"),
        ("name: a\npapers: [gone.jsonl]\n", r"gone.jsonl: cannot be read .*suite.yaml names it"),
        ("- a\n", r"suite.yaml: .*valid dictionary"),
    ],
)
def test_what_is_wrong_in_the_sheet_is_told(tmp_path: Path, sheet: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_suite(_suite(tmp_path, LINE, sheet=sheet))


def test_a_folder_that_is_no_suite_is_told_what_a_suite_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"A suite is a folder with suite.yaml and questions.jsonl\."):
        load_suite(tmp_path)


def test_no_questions_are_no_suite(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no questions"):
        load_suite(_suite(tmp_path, "", " "))


def test_the_hash_follows_the_questions_and_the_papers_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text("{}")
    sheet = "name: mine\npapers: [more.jsonl]\n"
    first = load_suite(_suite(tmp_path, LINE, sheet=sheet)).hash
    assert load_suite(_suite(tmp_path, LINE, sheet=sheet)).hash == first
    assert load_suite(_suite(tmp_path, LINE | {"id": "c"}, sheet=sheet)).hash != first
    (tmp_path / "more.jsonl").write_text("{} ")
    assert load_suite(_suite(tmp_path, LINE, sheet=sheet)).hash != first


def test_papers_that_are_not_part_of_a_suite_must_be_given(tmp_path: Path) -> None:
    suite = load_suite(_suite(tmp_path, LINE, sheet="name: mine\npapers: [given, sample]\n"))
    with pytest.raises(InputError, match="--papers"):
        suite.files([])
    assert suite.files([Path("x.txt")]) == [Path("x.txt"), sample_path()]


def test_gold_is_found_by_title_in_any_writing_or_by_id(tmp_path: Path) -> None:
    papers = [Paper("Dogs: a Study", "They bark.", doi="10.1/x"), Paper("Cats", "They don't.")]
    suite = load_suite(_suite(tmp_path, LINE | {"papers": ["dogs – A study", "doi:10.1/x"], "evidence": {"Cats": [1]}}))
    (gold,) = Resolver(papers).gold(suite, suite.questions[0])
    assert gold.papers == {"doi:10.1/x"}
    assert gold.evidence == {f"{papers[1].paper_id}:1"}


def test_gold_that_is_not_in_the_library_is_told_with_its_line(tmp_path: Path) -> None:
    suite = load_suite(_suite(tmp_path, "", LINE))
    with pytest.raises(InputError, match=r"questions.jsonl:2: no paper “Dogs” in the library"):
        Resolver([]).gold(suite, suite.questions[0])


# --- the suites that ship ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sample", "listing"])
def test_shipped_suites_are_as_large_as_they_say(name: str) -> None:
    suite = load_suite(SUITES / name)
    kinds = Counter(q.kind for q in suite.questions)
    assert kinds["named"] == kinds["idea"] == 81
    assert kinds["multi"] >= 30
    assert kinds["not_stated"] + kinds["false_premise"] + kinds["off_topic"] + kinds["unknown_name"] >= 40
    assert kinds["dialogue"] >= 20
    assert kinds["attack"] >= 12
    for kind in ("named", "idea"):
        assert len({p for q in suite.questions if q.kind == kind for t in q.turns for p in t.papers}) == 81
    assert not any(q.draft for q in suite.questions)
    assert all(t.forbidden for q in suite.questions if q.kind == "attack" for t in q.turns)


def test_the_two_shipped_suites_ask_the_same() -> None:
    sample, listing = (load_suite(SUITES / name) for name in ("sample", "listing"))
    assert [(q.id, [t.question for t in q.turns]) for q in sample.questions] == [
        (q.id, [t.question for t in q.turns]) for q in listing.questions
    ]


def test_every_fact_of_the_sample_suite_stands_in_its_evidence() -> None:
    suite = load_suite(SUITES / "sample")
    papers = [p for file in suite.files([]) for p in read_papers(file) if isinstance(p, Paper)]
    texts = {s.id: s.text.casefold() for p in papers for s in split_sentences(p.paper_id, p.abstract)}
    resolver = Resolver(papers)
    for question in suite.questions:
        for turn, gold in zip(question.turns, resolver.gold(suite, question), strict=True):
            assert gold.evidence <= set(texts), question.id
            evidence = " ".join(texts[i] for i in gold.evidence)
            assert all(any(w.casefold() in evidence for w in wordings) for wordings in turn.facts), question.id
            asked = turn.question.casefold()
            assert not any(w.casefold() in asked for wordings in turn.facts for w in wordings), question.id


def test_the_schemas_that_ship_are_those_of_the_code() -> None:
    for name, schema in schemas().items():
        assert json.loads((SUITES / name).read_text("utf-8")) == json.loads(json.dumps(schema)), name
