"""What the library does not cover, or does not state, is said to be so; what it does is not refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import sample_home

from rag import Client
from rag.answering.verdict import unknown_names

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
    ("What are the six tasks on which the STL neural controller with backup policy beats the classical methods?", "Signal Temporal"),
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


@pytest.mark.parametrize("question", OFF_TOPIC)
def test_a_question_about_something_else_is_not_covered(client: Client, question: str) -> None:
    answer = client.ask(question)
    assert answer.outcome == "not_covered"
    assert answer.text.startswith("Not covered: ")
    assert (answer.claims, answer.sources) == ((), ())


@pytest.mark.parametrize(("question", "name"), STRANGERS)
def test_a_name_that_no_abstract_has_is_said_to_be_missing(client: Client, question: str, name: str) -> None:
    answer = client.ask(question)
    assert answer.outcome == "not_covered"
    assert f"mentions “{name}”" in answer.text


@pytest.mark.parametrize(("question", "name"), NOT_STATED)
def test_a_detail_that_the_abstract_leaves_out_is_not_stated(client: Client, question: str, name: str) -> None:
    answer = client.ask(question)
    assert answer.outcome == "not_stated"
    assert answer.text.startswith("Not stated. ")
    assert answer.claims == ()
    assert name in answer.sources[0].paper.title
    assert "[1]" in answer.text


@pytest.mark.parametrize(("question", "name"), ONLY_MENTIONED)
def test_a_thing_that_is_only_mentioned_is_not_stated(client: Client, question: str, name: str) -> None:
    answer = client.ask(question)
    assert answer.outcome == "not_stated"
    assert name in answer.sources[0].paper.title


def test_only_words_that_the_abstract_lacks_are_said_to_be_missing(client: Client) -> None:
    answer = client.ask("Which robot did RePo run on for the real-world egocentric navigation with noisy TVs as background?")
    assert answer.text.endswith("It does not have the word “robot”.")
    answer = client.ask("What are the six tasks on which the STL neural controller with backup policy beats the classical methods?")
    assert "does not have" not in answer.text


def test_a_detail_is_not_stated_by_a_word_that_only_begins_like_it(client: Client) -> None:
    answer = client.ask("Which optimisers does DPO use?")  # its paper is on preference optimization
    assert answer.outcome == "not_stated"
    assert answer.text.endswith("It does not have the word “optimisers”.")


def test_a_paper_that_is_named_is_shown_alone_with_the_missing_words(client: Client) -> None:
    answer = client.ask("What batch size does RLCoder use?")
    assert len(answer.sources) == 1
    assert "“batch”" in answer.text


@pytest.mark.parametrize("question", ANSWERABLE)
def test_what_an_abstract_states_is_not_refused(client: Client, question: str) -> None:
    assert client.ask(question).outcome == "answered"


@pytest.mark.parametrize("question", ["???", "What?"])
def test_a_question_that_asks_nothing_is_about_no_paper(client: Client, question: str) -> None:
    assert client.ask(question).outcome == "not_covered"
