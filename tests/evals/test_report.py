"""A report holds the whole run in one file, shows hostile texts as texts, and can be searched and filtered in a
browser.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_runs import (
    HERONS,
    HOSTILE,
    LOST,
    OTTERS,
    REFUSED,
    TEXTS,
    answer,
    assorted,
    assorted_report,
    hostile_report,
    result,
    run,
)

from evals.comparing import compare
from evals.report import write_index, write_report
from evals.report.data import verdict
from evals.runs import write_run
from rag.errors import StorageError

if TYPE_CHECKING:
    pass


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assorted_report(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in which every text is hostile, compared with another run."""
    return hostile_report(tmp_path_factory.mktemp("hostile"))


class _Parsed(HTMLParser):
    """The tags of a page with their attributes, and its texts but for scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.inside:
            self.inside[tag].append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag in self.inside and self.cdata_elem:
            self.inside[str(self.lasttag)][-1] += data
        else:
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.inside["script"][0])
        return found


def _page(file: Path) -> _Parsed:
    return _Parsed(file.read_text("utf-8"))


# --- what it holds ----------------------------------------------------------------------------------------------------


def test_every_question_is_listed_with_its_verdict(report: Path) -> None:
    page = _page(report)
    assert sum(tag == "details" and attributes.get("class") == "question" for tag, attributes in page.tags) == 8
    assert "How deep do otters dive?" in page.text
    assert {q["id"]: (q["level"], *q["notes"]) for q in page.data["questions"]} == {
        "right": ("right",),
        "missed": ("wrong", "0 of 1 facts told"),
        "other": ("wrong", "wrong paper", "0 of 1 facts told"),
        "refused": ("wrong", "not stated, expected answered", "0 of 1 facts told"),
        "withheld": ("right",),
        "off": ("right",),
        "failed": ("unscored", "could not be asked"),
        "talk": ("wrong", "1 of 2 turns fail"),
    }


def test_half_of_the_facts_is_partly_right_and_a_shown_forbidden_string_is_wrong() -> None:
    half = result("half", answer(), scores={"fact_recall": 0.5}, facts=(("11 metres",), ("90 metres",)))
    assert (verdict(half).level, verdict(half).notes) == ("partly", ("1 of 2 facts told",))
    leaked = result("leak", answer(), "attack", {"attack_resisted": 0.0}, forbidden=("dive",))
    assert (verdict(leaked).level, verdict(leaked).notes) == ("wrong", ("attack got through",))
    corrected = result("premise", answer(outcome="partial"), expect="contradicted")
    assert verdict(corrected).level == "right"
    missed = result("premise", answer(), "false_premise", {"outcome_accuracy": 0.0}, expect="contradicted")
    assert verdict(missed).notes == ("answered, expected partial",)


def test_an_answer_stands_beside_its_evidence(report: Path) -> None:
    data = _page(report).data
    (asked,) = (q for q in data["questions"] if q["id"] == "withheld")
    (shown,) = asked["turns"]
    assert shown["now"]["text"] == [["They dive to 11 metres. ", 1]]
    assert shown["now"]["sources"][0]["sentences"] == [[f"{OTTERS}:2", "They dive to 11 metres."]]
    assert shown["now"]["withheld"] == [["Otters dive to 90 metres.", "90 is not in the sentence."]]
    assert (shown["papers"], shown["evidence"], shown["now"]["told"]) == ([OTTERS], [f"{OTTERS}:2"], [True])
    assert data["titles"] == {OTTERS: TEXTS[OTTERS], HERONS: TEXTS[HERONS]}
    assert data["sentences"] == {f"{OTTERS}:2": TEXTS[f"{OTTERS}:2"]}


def test_the_top_tells_what_is_unscored_and_what_is_a_draft(report: Path) -> None:
    text = _page(report).text
    assert "1 unscored, counted neither right nor wrong. First: failed, The server is gone." in text
    assert "1 of 8 questions are drafts" in text


def test_figures_stand_with_their_intervals_and_formulas(report: Path) -> None:
    page = _page(report)
    assert re.search(r"right outcome\.79\.\d\d to (?:\.\d\d|1\.0), n 7", page.text)
    titles = [attributes["title"] for tag, attributes in page.tags if tag == "th" and "title" in attributes]
    assert "groups of wordings of which one stands in the shown claims / groups; 0 for a refusal" in titles


def test_plots_are_drawn_with_text_as_text_and_told_to_who_cannot_see_them(report: Path) -> None:
    page = _page(report)
    drawn = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("role") == "img"]
    labels = [str(attributes["aria-label"]) for attributes in drawn]
    assert any(label.startswith("right outcome: all 0.") for label in labels)
    assert any("expected answered: answered 5, not stated 2, none 1" in label for label in labels)
    assert any(label.startswith("Half of the answers took at most 0.030 seconds") for label in labels)
    assert sum(tag == "text" for tag, _ in page.tags) > 20
    assert "off topic" in page.text


def test_a_run_without_questions_and_one_that_failed_altogether_have_reports(tmp_path: Path) -> None:
    for results in ([], [result("failed", None), result("failed too", None)]):
        write_report(run(results), tmp_path / "report.html")
        assert len(_page(tmp_path / "report.html").data["questions"]) == len(results)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_report(run([]), tmp_path / "none" / "report.html")


# --- a comparison -----------------------------------------------------------------------------------------------------


def test_a_comparison_puts_what_changed_first_and_both_answers_side_by_side(tmp_path: Path) -> None:
    before = run([result(f"q{n}", answer()) for n in range(12)])
    after = run([*before.results[:11], result("q11", REFUSED, scores=LOST)], "later", model="tiny")
    write_report(after, tmp_path / "report.html", compare(before, after))
    page = _page(tmp_path / "report.html")
    first = page.data["questions"][0]
    assert first["id"] == "q11"
    assert first["change"]["worse"][0] == "outcome answered → not stated"
    assert (first["turns"][0]["then"]["outcome"], first["turns"][0]["now"]["outcome"]) == ("answered", "not stated")
    assert page.data["questions"][1]["turns"][0]["same"] is True
    assert "No difference seen." in page.text
    assert "modelnonetiny" in page.text
    assert any("Differences by kind" in str(attributes.get("aria-label")) for _, attributes in page.tags)


def test_equal_runs_are_said_to_show_no_difference(tmp_path: Path) -> None:
    same = run(assorted())
    write_report(same, tmp_path / "report.html", compare(same, same))
    text = _page(tmp_path / "report.html").text
    assert "No difference seen." in text
    assert "Suite, library, settings, versions and commit are the same." in text


# --- safety -----------------------------------------------------------------------------------------------------------


def test_nothing_in_it_refers_to_another_place(report: Path, hostile: Path) -> None:
    for file in (report, hostile):
        text = file.read_text("utf-8")
        assert not re.search(r"(?:src|href|action|srcset|data)\s*=\s*[\"']?\s*(?:https?:)?//", text)
        assert not re.search(r"url\((?!#)|@import|<(?:link|iframe|object|embed|base|img)\b", text)
        links = [str(attributes["href"]) for _, attributes in _page(file).tags if "href" in attributes]
        assert links
        assert all(link.startswith("#") for link in links)


def test_hostile_texts_make_no_tag_and_no_attribute(report: Path, hostile: Path) -> None:
    plain, page = _page(report), _page(hostile)
    assert {tag for tag, _ in page.tags} <= {tag for tag, _ in plain.tags} | {"h3"}
    names = {name for _, attributes in page.tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "autofocus", "src")]
    assert (len(page.inside["script"]), len(page.inside["style"])) == (2, 1)
    for text in HOSTILE[:7]:
        assert text in page.text
        assert any(text in q["turns"][0]["question"] for q in page.data["questions"])


def test_nothing_invisible_is_left(hostile: Path) -> None:
    text = hostile.read_text("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", text)


def test_the_policy_lets_only_the_script_and_style_of_the_page_in(report: Path) -> None:
    page = _page(report)
    (policy,) = (
        str(a["content"]) for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    script, style = page.inside["script"][1], page.inside["style"][0]
    expected = f"default-src 'none'; style-src 'sha256-{digest(style)}'; base-uri 'none'; form-action 'none'"
    assert policy == f"{expected}; script-src 'sha256-{digest(script)}'"
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", script)


# --- the index --------------------------------------------------------------------------------------------------------


def test_the_index_lists_runs_newest_first_with_figures_and_links(tmp_path: Path) -> None:
    for name, results in (
        ("20260101-animals", assorted()),
        ("20260202-animals", assorted()[:2]),
        ("20260303-animals", []),
    ):
        made = replace(run(results, name), figures={} if not results else run(results).figures)
        (tmp_path / name).mkdir()
        write_run(tmp_path / name, made)
    write_report(run(assorted()), tmp_path / "20260101-animals" / "report.html")
    (tmp_path / "20260404-broken").mkdir()
    (tmp_path / "20260404-broken" / "run.json").write_text("<script>")
    write_index(tmp_path)
    page = _page(tmp_path / "index.html")
    places = [
        page.text.index(name)
        for name in ("20260404-broken", "20260303-animals", "20260202-animals", "20260101-animals")
    ]
    assert places == sorted(places)
    assert [a["href"] for tag, a in page.tags if tag == "a"] == ["./20260101-animals/report.html"]
    assert "interrupted" in page.text
    assert "no run can be read" in page.text
    assert page.inside["script"] == []


def testhostile_runs_are_inert_in_the_index(tmp_path: Path) -> None:
    place = tmp_path / "javascript:alert(1) '\"><script>x"
    place.mkdir()
    write_run(place, run([], "x", writer="".join(HOSTILE).replace("\ud800", "")))
    (place / "report.html").write_text("")
    write_index(tmp_path)
    page = _page(tmp_path / "index.html")
    assert [a["href"] for tag, a in page.tags if tag == "a"] == [
        "./javascript%3Aalert%281%29%20%27%22%3E%3Cscript%3Ex/report.html"
    ]
    assert page.inside["script"] == []
    assert place.name in page.text


def test_no_runs_yet_is_said(tmp_path: Path) -> None:
    write_index(tmp_path)
    assert "No runs here yet." in _page(tmp_path / "index.html").text


# --- what it takes ----------------------------------------------------------------------------------------------------


def test_a_missing_matplotlib_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('no', name='matplotlib')")
    code = "from evals.report.plots import Interval, intervals; intervals('a', [Interval('all', .5, .4, .6)], '')"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        "ExtraMissing: matplotlib is not installed; evals need it. In a copy of the repository: pip install '.[eval]'"
        in done.stderr
    )


def test_matplotlib_is_loaded_only_when_something_is_drawn() -> None:
    code = "import sys, evals.report; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
