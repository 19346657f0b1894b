"""What the library does not cover, or does not state, is said to be so; what it does is not refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import numpy as np
import pytest
from support import sample_home

from rag import Client
from rag.answering.retrieval import Found, Question, Retrieval, ranked_sentences
from rag.answering.verdict import Limits, Verdict, judge, unknown_names, unstated_parts
from rag.models.embedder import TextVectors, WordVectors
from rag.models.reader import AskedWord, Reading
from rag.types import Paper, Passage, PlanKind, Sentence

KNOWN = ("rlhf", "gpt", "coplanner", "drama", "gym", "bert", "d4rl", "ppo", "quokka")
"""What the papers of an imagined library mention."""
NAMES = [
    ("How does AlphaFold predict proteins?", ("AlphaFold",)),
    ("What does Tessera-DPO optimise?", ("Tessera-DPO",)),
    ("Why does Tessera work?", ("Tessera",)),
    ("How well does XQ7 do, and what is XQ7's cost?", ("XQ7",)),
    ("Who was Ada Lovelace?", ("Ada", "Lovelace")),
    ("Compare COPlanner to Quuxformer-2.", ("Quuxformer-2",)),
    ("“Drama” or Zygote?", ("Zygote",)),
    ("Tessera works how?", ()),
    ("Does it work? Explain. Marmots do what?", ()),
    ("how does tessera work?", ()),
    ("What is RLHF, and what is COPlanner?", ()),
    ("Are there Gym-compatible, PPO-style or BERT-based methods on D4RL?", ()),
    ("Is COPlanner's trick like Drama's?", ()),
    ("Do you think that I should ask A or B?", ()),
    (
        "Is GPT-9 used?",
        ("GPT-9",),
    ),
]
OFF_TOPIC = [
    "What is the weather in Lisbon tomorrow?",
    "How do I bake a sourdough loaf?",
    "Who won the football cup last year?",
    "What is the boiling point of ethanol?",
    "How do I renew a passport?",
    "Which vaccine protects against measles?",
    "What is the capital of Mongolia?",
    "How do bees find their way home?",
    "Who painted the ceiling of the chapel?",
    "Recommend a hotel near the beach.",
]
STRANGERS = [
    ("How does AlphaFold predict the structure of proteins?", "AlphaFold"),
    ("How does Quuxformer train its critic?", "Quuxformer"),
    ("What reward does Tessera-DPO optimise?", "Tessera-DPO"),
    ("Explain the Brillonet algorithm.", "Brillonet"),
]
NOT_STATED = [
    ("What batch size does RLCoder use?", "RLCoder"),
    ("Who funded COPlanner?", "COPlanner"),
    ("What learning rate does SuperHF use?", "SuperHF"),
    ("Which grant funded the work on RLCoder?", "RLCoder"),
    ("What batch size was used to train Drama?", "Drama"),
    ("How many GPUs was SALSA trained on?", "SALSA"),
]
ONLY_MENTIONED = [
    ("Which robot did RePo run on for the real-world egocentric navigation with noisy TVs as background?", "RePo"),
    ("Which robot arm is SERL's high-quality controller written for?", "SERL"),
    (
        "What are the six tasks on which the STL neural controller with backup policy beats the classical methods?",
        "Signal Temporal",
    ),
    ("How many steps ahead does UP-MPC plan when COPlanner estimates multi-step uncertainty?", "COPlanner"),
    ("How many human participants took part in the experiments with STARLING's text-based games?", "STARLING"),
    ("Were HyperCRL's pushing and door opening scenarios done on a physical arm or in a simulator?", "Hypernetworks"),
    ("Does adding COPlanner slow down wall-clock training of the model-based method it's combined with?", "COPlanner"),
]
"""Nearly all their words stand in a sentence that has no answer."""
ASKED = [
    "How many minutes of online training does FastRLAP need before it can drive a racing course?",
    "On which two benchmarks did Meta-DT show better few-shot and zero-shot generalization than strong baselines?",
    "Which LLM and which game engine does STARLING combine?",
    "What win rate does INPO reach on Arena-Hard from the LLaMA-3-8B-based SFT model?",
    "Are D5RL's tasks run on physical robots or in simulation?",
    "What happens to existing offline model-based methods if they are handed the true, error-free dynamics?",
]
ANSWERABLE = [
    *ASKED,
    "How does COPlanner use model uncertainty?",
    "Which work keeps distractors out of the latent state?",
    "What is the edge-of-reach problem?",
    "How does RLCoder retrieve code?",
    "How long does FastRLAP train before it can drive a course?",
    "Compare SERL and FastRLAP.",
    "Which methods reduce reward hacking?",
    "How do Drama and COPlanner differ?",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(sample_home(tmp_path_factory) / "citewise" / "libraries" / "sample") as client:
        yield client


@pytest.mark.parametrize(("question", "names"), NAMES)
def test_names_that_no_paper_has_are_picked_out(question: str, names: tuple[str, ...]) -> None:
    assert unknown_names(question, lambda phrase: int(phrase.lower() in KNOWN)) == names


@pytest.fixture(scope="module")
def outcome(client: Client) -> Callable[[str], str]:
    return cache(lambda question: client.ask(question).outcome)


def share(outcome: Callable[[str], str], questions: Iterable[str], wanted: str) -> float:
    got = [outcome(question) == wanted for question in questions]
    return sum(got) / len(got)


def test_questions_about_something_else_are_not_covered(client: Client, outcome: Callable[[str], str]) -> None:
    assert share(outcome, OFF_TOPIC, "not_covered") >= 0.9
    answer = client.ask(OFF_TOPIC[1])
    assert answer.text.startswith("Not covered: ")
    assert (answer.claims, answer.sources) == ((), ())


@pytest.mark.parametrize(("question", "name"), STRANGERS)
def test_a_name_that_no_abstract_has_is_said_to_be_missing(client: Client, question: str, name: str) -> None:
    answer = client.ask(question)
    assert answer.outcome == "not_covered"
    assert f"mentions “{name}”" in answer.text


def test_details_that_an_abstract_leaves_out_are_not_stated(client: Client, outcome: Callable[[str], str]) -> None:
    assert share(outcome, (q for q, _ in NOT_STATED), "not_stated") >= 0.8
    answer = client.ask("What batch size does RLCoder use?")
    assert answer.outcome == "not_stated"
    assert answer.text.startswith("Not stated. ")
    assert answer.claims == ()
    assert len(answer.sources) == 1
    assert "RLCoder" in answer.sources[0].paper.title
    assert "[1]" in answer.text


def test_some_things_that_are_only_mentioned_are_not_stated(outcome: Callable[[str], str]) -> None:
    """The hardest kind; a floor, so that it does not get worse."""
    assert share(outcome, (q for q, _ in ONLY_MENTIONED), "not_stated") >= 0.25


def test_what_an_abstract_states_is_not_refused(outcome: Callable[[str], str]) -> None:
    assert share(outcome, ANSWERABLE, "answered") >= 0.9


@pytest.mark.parametrize("question", ["???", "What?"])
def test_a_question_that_asks_nothing_is_about_no_paper(client: Client, question: str) -> None:
    assert client.ask(question).outcome == "not_covered"


# --- the verdict by the reader's figures ------------------------------------------------------------------------------

BOUNDS = Limits(covered=0.3, strange=0.9, stated=0.2, premise_false=0.8)


def judged(
    question: str, reading: Reading | None, *, called: bool = False, known: bool = True, kind: PlanKind = "fact"
) -> Verdict:
    text = "Ears tell cats from dogs."
    sentences = (Sentence("title:x", 1, 0, len(text), text),)
    likely = np.array([0.5], np.float32)
    score = reading.about if reading else 0.5
    passage = Passage(Paper("Cats and dogs", text, year=2020), score, ranked_sentences(sentences, likely))
    found = Found(passage, 0.5, 0.5, 0.5, 0.0, sentences, likely, called, reading)
    vectors = TextVectors(np.zeros(2, np.float32), WordVectors(np.zeros((0, 2), np.int32), np.zeros((0, 128), np.int8)))
    asked = Question(question, vectors, ("cats",), {"cats": 1.0}, {"cats": 1}, 1)
    return judge(Retrieval(asked, (found,), kind=kind), lambda name: int(known), BOUNDS)


@pytest.mark.parametrize(
    ("reading", "kind"),
    [
        (Reading(0.9, 0.9, 0.1, (0.9,)), "covered"),
        (Reading(0.2, 0.9, 0.1, (0.9,)), "not_covered"),
        (Reading(0.9, 0.1, 0.1, (0.9,)), "not_stated"),
        (Reading(0.9, 0.1, 0.9, (0.9,)), "false_premise"),
    ],
)
def test_the_readers_figures_decide_in_the_order_of_the_kinds_of_no(reading: Reading, kind: str) -> None:
    assert judged("How are cats told from dogs?", reading).kind == kind


def test_a_paper_that_is_called_by_name_is_meant_whatever_the_reader_holds_of_it() -> None:
    assert judged("How are cats told from dogs?", Reading(0.1, 0.9, 0.1, (0.9,)), called=True).kind == "covered"


def test_a_name_that_the_library_does_not_know_asks_for_a_surer_paper() -> None:
    sure, unsure = Reading(0.95, 0.9, 0.1, (0.9,)), Reading(0.6, 0.9, 0.1, (0.9,))
    assert judged("How does Zygote tell cats?", unsure, known=False) == Verdict("not_covered", ("Zygote",))
    assert judged("How does Zygote tell cats?", sure, known=False).kind == "covered"


def test_what_can_only_be_a_name_is_never_answered_from_papers_that_lack_it() -> None:
    assert judged("How does CatNet-9 tell cats?", Reading(0.99, 0.9, 0.1, (0.9,)), known=False).kind == "not_covered"


def test_a_list_or_a_comparison_is_not_held_against_one_paper() -> None:
    assert judged("Which papers are about cats?", Reading(0.9, 0.1, 0.9, (0.9,)), kind="across").kind == "covered"


def test_another_year_than_the_record_has_is_a_false_premise_that_names_both() -> None:
    verdict = judged("How does the 2015 paper tell cats?", Reading(0.9, 0.9, 0.1, (0.9,)), called=True)
    assert verdict.kind == "false_premise"
    assert verdict.correction == "the question says 2015, the library has the paper under 2020"


def test_what_the_reader_marks_as_not_stated_is_named_in_one_piece() -> None:
    question = "What batch size does Drama use?"
    words = [
        AskedWord(m.start(), m.end(), 0.9 if m.group() in ("batch", "size") else 0.1, 0.0)
        for m in re.finditer(r"\S+", question)
    ]
    assert unstated_parts(question, words) == ("batch size",)
    assert judged(question, Reading(0.9, 0.1, 0.1, (0.9,), tuple(words))).missing == ("batch size",)
