"""Citewise timed beside other libraries: the arithmetic, the turns that they take, and plain words where something is
missing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evals.peers.__main__ import main, read_documents, read_questions
from evals.peers.figures import Round, Took, at, ratio, shared, tables
from evals.peers.running import OURS, PEERS, PeerFailed, System, Work, measure_in_turn, peer
from rag.errors import InputError, UsageError

PAPERS = "".join(
    json.dumps({"title": f"Paper {n}", "abstract": f"Otters dive {n} times a day."}) + "\n" for n in range(20)
)
LIBRARY = """
import json, pathlib
PACKAGES, NEEDS_MODEL = ("pip",), False
class Library:
    def __init__(self, folder):
        self.file = pathlib.Path(folder) / "papers.json"
    def add(self, documents):
        self.file.parent.mkdir(exist_ok=True)
        kept = json.loads(self.file.read_text()) if self.file.exists() else []
        self.file.write_text(json.dumps(kept + [d["title"] for d in documents]))
    def search(self, question, k):
        return json.loads(self.file.read_text())[-k:]
def open_store(folder, model, runtime):
    return Library(folder)
def embedder(model, runtime):
    return len
"""


def _round(seconds: float, found: tuple[tuple[str, ...], ...] = (("a", "b"),)) -> Round:
    took = Took(seconds, seconds * 2)
    return Round(took, took, took, took, took, (seconds, seconds * 3), 100 * seconds, 50 * seconds, seconds, found)


# --- the arithmetic ---------------------------------------------------------------------------------------------------


def test_a_ratio_is_taken_round_by_round_so_that_a_slow_minute_meets_both() -> None:
    assert ratio([10, 40, 30], [5, 20, 10]) == (2, 2, 3)


def test_percentiles_lie_between_the_values_and_one_value_is_its_own() -> None:
    assert at([1.0, 2.0, 3.0], 50) == 2.0
    assert at([0.0, 100.0], 95) == pytest.approx(95.0)
    assert at([7.0], 95) == 7.0


def test_the_tables_show_medians_of_all_and_what_the_others_need_for_ours() -> None:
    medians, ratios = tables(
        {OURS: [_round(1), _round(2), _round(9)], "other": [_round(2), _round(3), _round(36)]}, OURS
    )
    assert medians.header == ("", OURS, "other")
    assert {row[0]: row[1:] for row in medians.rows}["index"] == ("2.0", "3.0")
    assert ratios.header == ("", "other")
    assert {row[0]: row[1:] for row in ratios.rows}["index"] == ("2.00 (1.50 to 4.00)",)


def test_papers_that_both_found_are_counted_per_question() -> None:
    assert shared(_round(1, (("a", "b"), ("c", "d"))), _round(1, (("b", "a"), ("x", "d")))) == 1.5


# --- the turns --------------------------------------------------------------------------------------------------------


def _library(folder: Path, code: str = LIBRARY, name: str = "other") -> System:
    script = folder / f"{name}-script.py"
    script.write_text(code, "utf-8")
    return System(name, script, sys.executable)


def _work(folder: Path, k: int = 3) -> Work:
    (folder / "papers.jsonl").write_text(PAPERS, "utf-8")
    return Work(read_documents(folder / "papers.jsonl", 12), ["How often do otters dive?", "And why?"], k)


def test_libraries_take_turns_and_every_second_round_goes_backwards(tmp_path: Path) -> None:
    said: list[str] = []
    pair = [_library(tmp_path, name="one"), _library(tmp_path, name="two")]
    rounds, versions = measure_in_turn(pair, _work(tmp_path), 2, tmp_path, said.append)
    assert [line.partition(":")[0] for line in said] == [
        "two",
        "one",
        "one",
        "two",
        "two",
        "one",
    ]  # the first two: do they work?
    assert {name: len(done) for name, done in rounds.items()} == {"one": 2, "two": 2}
    assert versions["one"][0].startswith("pip ")


def test_ctrl_c_keeps_the_rounds_that_are_whole(tmp_path: Path) -> None:
    def stops(said: str) -> None:
        if said == "one: round 2 of 5":
            raise KeyboardInterrupt

    pair = [_library(tmp_path, name="one"), _library(tmp_path, name="two")]
    rounds, _ = measure_in_turn(pair, _work(tmp_path), 5, tmp_path, stops)
    assert {name: len(done) for name, done in rounds.items()} == {"one": 1, "two": 1}


def test_each_measurement_starts_with_a_fresh_folder_and_tells_all_that_is_compared(tmp_path: Path) -> None:
    rounds, _ = measure_in_turn([_library(tmp_path)], _work(tmp_path), 1, tmp_path, lambda said: None)
    (done,) = rounds["other"]
    assert done.found == (("Paper 9", "Paper 10", "Paper 11"),) * 2
    assert len(done.waits) == 2
    assert done.size == (tmp_path / "store" / "papers.json").stat().st_size / 1e6
    assert json.loads((tmp_path / "store" / "papers.json").read_text("utf-8")).count("Paper 1") == 1
    assert done.first.clock > 0
    assert done.index_peak > 1


def test_a_library_that_finds_too_few_papers_is_not_timed(tmp_path: Path) -> None:
    lazy = _library(tmp_path, LIBRARY.replace("[-k:]", "[-1:]"))
    with pytest.raises(
        PeerFailed, match=r"other: 2 of 2 questions found fewer than 3 papers, first “How often do otters dive\?”: 1\."
    ):
        measure_in_turn([lazy], _work(tmp_path), 1, tmp_path, lambda said: None)


def test_a_library_that_fails_is_named_with_its_last_word(tmp_path: Path) -> None:
    broken = _library(tmp_path, LIBRARY.replace("return len", "raise OSError('no such model.')"))
    with pytest.raises(
        PeerFailed,
        match=r"other: index failed: OSError: no such model\. Make its environment as .*other-script\.py tells",
    ):
        measure_in_turn([broken], _work(tmp_path), 1, tmp_path, lambda said: None)


def test_no_setting_of_citewise_and_no_path_of_python_reaches_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEWISE_EMBEDDING_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    curious = (
        "import os\nassert not [n for n in os.environ if n.startswith(('CITEWISE_', 'PYTHON'))]\nassert "
        "os.environ['HF_HUB_OFFLINE']\n"
    )
    assert measure_in_turn([_library(tmp_path, curious + LIBRARY)], _work(tmp_path), 1, tmp_path, lambda said: None)[0][
        "other"
    ]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (
            "langchain=/nowhere/bin/python",
            r"no program at /nowhere/bin/python\. Make its environment as .*langchain\.py tells",
        ),
        ("langchain", r"no interpreter\. Give it like langchain=/path"),
        ("lucene=python3", "no library “lucene”. There are: langchain, llamaindex"),
        ("langchain:cuda=python3", "no runtime “cuda” for langchain. There are: openvino, onnx"),
        ("txtai:openvino=python3", "no runtime “openvino” for txtai. There are: none but its own"),
    ],
)
def test_a_peer_that_cannot_be_run_is_refused_before_anything_is_timed(told: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        peer(told, "")


@pytest.mark.parametrize("name", PEERS)
def test_each_script_tells_how_its_environment_is_made_with_pinned_versions(name: str) -> None:
    told = peer(f"{name}={sys.executable}", "").script.read_text("utf-8").split('"""')[1]
    assert f"python3.11 -m venv {name} && {name}/bin/pip install" in told
    assert told.count("==") >= 3


def _command(folder: Path, *arguments: str, papers: str = PAPERS, questions: str = "Why?\n") -> int:
    (folder / "papers.jsonl").write_text(papers, "utf-8")
    (folder / "questions.txt").write_text(questions, "utf-8")
    return main([str(folder / "papers.jsonl"), "--questions", str(folder / "questions.txt"), *arguments])


def test_the_command_names_the_library_that_is_not_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _command(tmp_path, "--peer", f"langchain={sys.executable}") == 1
    said = capsys.readouterr().err
    assert (
        "evals.peers: langchain: index failed: ModuleNotFoundError: No module named 'langchain_chroma'. Make its "
        "environment as" in said
    )


def test_the_command_refuses_what_cannot_mean_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = f"txtai={sys.executable}"
    assert _command(tmp_path, "--rounds", "0") == 2
    assert _command(tmp_path, "--peer", there, "--peer", there) == 2
    assert _command(tmp_path, "--model", str(tmp_path)) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.split(". ")[0] for line in said] == [
        "evals.peers: --papers, --asked, --rounds and -k count from 1",
        "evals.peers: --peer names one library twice",
        f"evals.peers: --model {tmp_path}: no model in the form of sentence-transformers",
    ]


def test_a_file_without_papers_or_without_questions_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _command(tmp_path, papers="Dear Ada,\n\nsee you soon.\n") == 1
    assert "papers.jsonl" in capsys.readouterr().err
    assert _command(tmp_path, questions="\n") == 1
    assert "questions.txt: no questions in it." in capsys.readouterr().err
    with pytest.raises(InputError, match="nowhere: No such file"):
        read_questions(tmp_path / "nowhere", 5)
    with pytest.raises(InputError, match="nowhere"):
        read_documents(tmp_path / "nowhere", 5)


# --- what is read -----------------------------------------------------------------------------------------------------


def test_questions_are_json_lines_or_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "questions"
    file.write_text('{"_id": "1", "text": "How deep?"}\n\nHow often?\n{"question": "Why?"}\nNever asked.\n', "utf-8")
    assert read_questions(file, 3) == ["How deep?", "How often?", "Why?"]
    file.write_text('{"text": 3}\n', "utf-8")
    with pytest.raises(InputError, match='questions:1: neither "text" nor "question"'):
        read_questions(file, 3)
    file.write_text("Why?\n{\n", "utf-8")
    with pytest.raises(InputError, match="questions:2: not JSON"):
        read_questions(file, 3)


def test_a_title_is_taken_once_and_title_and_abstract_are_what_is_embedded(tmp_path: Path) -> None:
    file = tmp_path / "papers.jsonl"
    file.write_text('{"title": "Otters", "abstract": "They dive deep."}\n' * 2 + PAPERS, "utf-8")
    documents = read_documents(file, 3)
    assert [d["title"] for d in documents] == ["Otters", "Paper 0", "Paper 1"]
    assert documents[0]["text"] == "Otters. They dive deep."
