"""What a question asks is told from what it mentions; a thing that is only mentioned is not taken for an answer."""

from __future__ import annotations

import numpy as np
import pytest

from rag.embedding import TextVectors, WordVectors
from rag.focus import FOCUS_FIGURES, Asked, asked, focus_figures
from rag.retrieval import Found, Question
from rag.sentences import split_sentences
from rag.topics import TOPICS, missing_topics
from rag.types import Paper, Passage, RankedSentence
from rag.words import content_words, stem, stems

QUESTIONS = [
    ("Which robot did Heron run on?", "which", ("robot",)),
    ("On which mobile robot platform was it tried?", "which", ("mobile", "robot", "platform")),
    ("Tell me which language model writes the plans.", "which", ("language", "model")),
    ("What are the six tasks on which it wins?", "which", ("six", "tasks")),
    ("Which deep RL algorithms consume the data?", "which", ("deep", "rl", "algorithms")),
    ("How many human participants took part?", "count", ("human", "participants")),
    ("How many minutes does it train?", "amount", ("minutes",)),
    ("By how much does Heron improve on Tern?", "amount", ()),
    ("What top speed did the car reach?", "amount", ("top", "speed")),
    ("Why are the two networks trained in turn?", "why", ()),
    ("How is the score computed?", "how", ()),
    ("Does Heron need a model, which is costly?", "whether", ()),
    ("What happens if the sensor fails?", "what_if", ()),
]
WETLANDS = Paper(
    "Heron: Planning on Ponds", "Heron counts reeds by a camera. On six tasks it wins over earlier planners in some simulator."
)
NAMED = Paper(
    "Heron: Planning on Ponds",
    "Heron counts reeds by a camera. On six tasks, such as fishing, it wins over planners in the simulator MuJoCo.",
)


@pytest.mark.parametrize(("question", "kind", "phrase"), QUESTIONS)
def test_a_question_is_taken_apart(question: str, kind: str, phrase: tuple[str, ...]) -> None:
    parts = asked(question)
    assert parts.kind == kind
    if phrase:
        assert parts.phrase == phrase


def test_what_a_question_supposes_is_its_condition() -> None:
    assert asked("Does Heron still plan if the camera is broken?").condition == ("camera", "broken")
    assert asked("Does Heron plan?") == Asked("whether", (), ())


def figures(question: str, paper: Paper) -> dict[str, float]:
    """The figures of a question and a paper, where words match by their letters and the sentence with most of them is the likeliest."""
    words = tuple(content_words(question))
    vectors = TextVectors(np.zeros(384, np.float32), WordVectors(np.zeros((0, 2), np.int32), np.zeros((0, 128), np.int8)))
    question_read = Question(question, vectors, words, dict.fromkeys(words, 1.0), dict.fromkeys(words, 1), 80)
    sentences = split_sentences(paper.paper_id, paper.abstract)
    matches = np.array([[float(stem(w) in stems(s.text)) for w in words] for s in sentences], np.float32)
    likely = matches.mean(axis=1)
    passage = Passage(paper, 0.9, tuple(RankedSentence(s, 0.5) for s in sentences))
    return focus_figures(question_read, Found(passage, 0.9, 0.9, 0.5, 1.0, matches.max(axis=0), sentences, likely, matches))


def test_all_figures_are_there_and_finite() -> None:
    told = figures("Which six tasks does Heron win?", WETLANDS)
    assert tuple(told) == FOCUS_FIGURES
    assert all(np.isfinite(value) for value in told.values())


@pytest.mark.parametrize("told", ["It finds 97% of nests.", "It finds half of the nests.", "It finds 12 nests."])
def test_a_share_of_the_things_asked_for_counts_them(told: str) -> None:
    assert figures("How many nests does it find?", Paper("Wings: Counting", told))["count_near"] == 1


def test_a_kind_of_thing_that_is_only_mentioned_is_bare_and_one_that_is_listed_is_not() -> None:
    question = "On which six tasks does Heron win over earlier planners?"
    assert figures(question, WETLANDS)["bare"] == 1
    assert figures(question, NAMED)["bare"] == 0


def test_a_thing_with_a_name_is_missed_where_none_stands_beside_it() -> None:
    question = "In which simulator does Heron win on the tasks over planners?"
    assert figures(question, WETLANDS)["named_missing"] == 1
    assert figures(question, NAMED)["named_missing"] == 0


def test_an_abbreviation_of_the_questions_own_words_is_no_name() -> None:
    paper = Paper("Heron", "Its backbone integrates some state-of-the-art WMs.")
    assert figures("Which world models does the backbone integrate?", paper)["named_missing"] == 1


@pytest.mark.parametrize(
    ("abstract", "near"),
    [
        ("Heron trains on 120 ponds.", 1),
        ("Heron trains on ponds and lakes.", 0),
        ("Heron is 12 times faster on ponds.", 0),
        ("Heron takes one shallow pond.", 1),
    ],
)
def test_what_is_counted_has_a_number_before_it(abstract: str, near: float) -> None:
    told = figures("How many ponds does Heron train on?", Paper("Heron: Planning", abstract))
    assert (told["count_near"] == 1, told["count_missing"]) == (bool(near), 1 - near)


def test_a_number_that_the_question_brings_along_counts_nothing() -> None:
    paper = Paper("Heron: Planning", "Heron trains on 120 ponds.")
    assert figures("How many annotators labelled the 120 ponds?", paper)["count_missing"] == 1


def test_a_time_is_answered_by_a_time_and_a_share_by_no_time() -> None:
    paper = Paper("Heron: Planning", "Heron trains for 20 minutes on a laptop.")
    assert figures("How long does Heron train?", paper)["amount_number"] == 1
    assert figures("By how much does Heron train better?", paper)["amount_missing"] == 1


@pytest.mark.parametrize(
    ("question", "abstract", "topics"),
    [
        ("Does Heron slow training down?", "Heron plans on ponds.", ("cost",)),
        ("Does Heron slow training down?", "Heron plans in 20 minutes.", ()),
        ("Was it run on a physical arm?", "Heron pushes objects.", ("reality",)),
        ("Was it run on a physical arm?", "Heron pushes objects in simulation.", ()),
        ("Does it hold up if labels are wrong?", "Heron learns from labels.", ("noise",)),
        ("How does Heron plan?", "Heron plans.", ()),
    ],
)
def test_a_topic_of_which_the_abstract_has_no_word_is_missing(question: str, abstract: str, topics: tuple[str, ...]) -> None:
    assert missing_topics(question, abstract) == topics


def test_each_topic_is_told_by_the_words_that_ask_for_it_in_a_statement() -> None:
    for name, question in {"cost": "memory", "people": "participants", "noise": "noisy", "limits": "limitations"}.items():
        asks, tells = TOPICS[name]
        assert asks.search(question)
        assert tells.search(question)
