"""A question that assumes what an abstract contradicts is caught, and the difference named; one that doesn't is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from rag.premise import Contradiction, Reading, contradiction
from rag.sentences import split_sentences
from rag.types import Paper
from rag.words import content_words


def found(question: str, abstract: str, title: str = "Birds and Boats") -> Contradiction | None:
    """The contradiction with an abstract whose earlier sentences are the likelier to answer, where the question names its paper."""
    sentences = split_sentences("title:0", abstract)
    likely = np.linspace(0.9, 0.5, len(sentences)).astype(np.float32)
    return contradiction(Reading(question, Paper(title, abstract), sentences, likely, 1.0, dict.fromkeys(content_words(question), 1.0)))


OTHER_NUMBERS = [
    ("Why does Tundra need 700 million parameters?", "Tundra is a world model with 7 million parameters.", "7 million"),
    ("Does Tundra have 700 million parameters?", "Tundra is a world model with 7M parameters.", "7M"),
    ("How does Tundra reach 85% accuracy?", "After one trial, Tundra reaches 58% accuracy on held-out tasks.", "58%"),
    ("How does Tundra reach 85 percent accuracy?", "Tundra reaches 58\\% accuracy on held-out tasks.", "58%"),
    ("Why is Kestrel 4x faster than the baseline?", "Kestrel is 2.5 times faster than the baseline.", "2.5 times"),
    ("How did Osprey manage with only 12 demonstrations?", "Osprey learns a task from 50 demonstrations. It runs on a laptop.", "50"),
    ("Which eleven games was Marmot tested on?", "We test Marmot on seven games of the Brackwater suite.", "seven games"),
    ("Why does it take 90 minutes of driving?", "The car laps the track after 20 minutes of driving.", "20 minutes"),
    ("How was the corpus of 30,000 dialogues collected?", "We collect 3,000 dialogues between nurses and patients.", "3,000"),
    ("Why was a set of 5.2M clips filmed?", "We filmed a set of 520,000 clips in harbours.", "520,000 clips"),
]
SWAPPED = [
    ("Why does Gannet lose to Petrel on sparse rewards?", "Gannet outperforms Petrel on sparse rewards."),
    ("Why does Petrel outperform Gannet?", "Gannet outperforms Petrel."),
    ("Why is Petrel better than Gannet?", "In all domains Gannet surpasses Petrel."),
    ("How does Gannet beat Petrel?", "Gannet falls behind Petrel in every domain."),
    ("Why does Gannet underperform Petrel?", "Gannet exceeds Petrel by a wide margin."),
    ("Why is Gannet inferior to Petrel?", "Gannet is superior to Petrel in all mazes."),
    (
        "Why does Petrel outperform Gannet on sparse rewards?",
        "Gannet outperforms Petrel on sparse rewards.",
    ),
]
OPPOSED = [
    ("Why does the ensemble of critics improve exploration?", "The ensemble of critics hurts exploration in the long run.", "hurts"),
    ("Why does longer pretraining increase forgetting?", "Longer pretraining decreases forgetting of earlier tasks.", "decreases"),
    ("Why are larger critics slower to converge?", "Larger critics are faster to converge.", "faster"),
    ("Since returns improve with noise, how much is added?", "Returns degrade with noise of every level.", "degrade"),
    ("Why does Tundra lower returns in games?", "Tundra raises returns in all games.", "raises"),
]
DENIED = [
    ("How does Lynx train its separate reward model?", "Lynx does not train a separate reward model.", "not"),
    ("Why does Lynx collect human preference labels?", "Lynx works without human preference labels of any sort.", "without"),
    ("How does Heron use an online simulator?", "Heron needs no online simulator at training time.", "no"),
]
EXCHANGED = [
    (
        "Why does accuracy rise with the width of Heron, and speed with its depth?",
        "In Heron, speed rises with the width of the network, and accuracy with its depth.",
        "accuracy",
    ),
    ("How did Marmot gain 12% in grip strength and 30% in reach?", "Marmot gains 30% in grip strength and 12% in reach.", "30%"),
    ("How were the 14 harbours and 60 ships of Fen chosen?", "Fen covers 60 harbours and 14 ships over one winter.", "60"),
]
OTHER_SORTS = [
    (
        "How does Lynx weigh low average gain when it draws tasks?",
        "When it draws tasks, Lynx prefers high average gain or low counts.",
        "high",
    ),
    (
        "How much on-policy data does Lynx collect for its sparse objective?",
        "Fully off-policy, with a sparse objective, Lynx scales.",
        "off-policy",
    ),
    (
        "How many people hand-wrote the 60 mazes of Fen?",
        "The 60 mazes of Fen come out of an automated pipeline of three steps.",
        "automated",
    ),
    (
        "Why is Osprey so sensitive to the choice of its planner?",
        "Trials show the insensitivity of Osprey to its planner.",
        "insensitivity",
    ),
    ("Why does towing take Osprey 25 to 50 hours?", "Towing takes Osprey 25 to 50 minutes of training on average.", "50 minutes"),
    ("How did Osprey do at 80 billion weights?", "Osprey improves with its weights, up to the tested 8 billion.", "8 billion"),
]
"""Kinds that questions written by others showed to be missed; papers and words are invented."""
NEVER = [
    ("How does Lynx replay the logs of all earlier harbours?", "Lynx never revisits the logs of earlier harbours.", "never"),
    (
        "How did the Osprey agent infer the tide model?",
        "Osprey learns its policy without knowing or ever trying to infer the tide model.",
        "without",
    ),
    ("How many lasers did Marmot use in training?", "Training needs no laser; a single camera suffices.", "no laser"),
    (
        "Which simulator was Osprey trained in before it sailed without human help?",
        "Training runs at sea, with no human help and no need for simulation or expert logs.",
        "no need for simulation",
    ),
    (
        "How much speed did the explicit map add to Osprey's steering?",
        "The explicit map brought no significant gain in Osprey's steering.",
        "gain",
    ),
]
SPARED = [
    ("Which reference model does Heron depend on?", "Heron does not depend on any reference model.", "reference model"),
    ("What value function does Heron learn?", "Heron plans directly, without learning a value function.", "value function"),
    ("Which expert demonstrations does Heron require?", "Heron eliminates the need for expert demonstrations.", "expert demonstrations"),
    ("What reward labels are given to Heron?", "Its makers see no need for reward labels.", "reward labels"),
]
AGREEING = [
    ("How does Tundra work with 7 million parameters?", "Tundra is a world model with 7 million parameters."),
    ("How does Tundra work with 7M parameters?", "Tundra is a world model with 7 million parameters and 12 layers."),
    ("Why does it need 0.3 million samples?", "It needs 300,000 samples."),
    ("How does it reach 58 percent accuracy?", "It reaches 58\\% accuracy on 12 tasks, up from 31\\%."),
    ("Why is it 10 times cheaper?", "It is ten-fold cheaper and 3x smaller."),
    ("Why do seven of the robots stall?", "Of ten robots, seven stall."),
    ("Why do about 2,500 samples suffice?", "We find that 2,412 samples suffice for a good policy."),
    ("Why do roughly 60% of the runs fail?", "We see that 57.5% of the runs fail."),
    ("How does it gain more than 10% accuracy?", "It gains 14% accuracy."),
    ("How does GPT-4 grade the answers?", "We use GPT-3 and two other graders; they agree on 80 answers."),
    ("How well does Lynx do on D4RL?", "Lynx is tested on 12 tasks of D4RL."),
    ("How did it fare on AIME 2024?", "It scores 57 on AIME 2024 and 80 on MATH."),
    ("What are the two stages of Marmot?", "Marmot is trained in stages, three in number."),
    ("Why does Gannet outperform Petrel?", "Gannet outperforms Petrel on sparse rewards."),
    ("Why does Petrel lose to Gannet?", "Gannet outperforms Petrel on sparse rewards."),
    ("Why is Gannet better than Petrel?", "Petrel falls behind Gannet in every domain."),
    ("Why does longer pretraining increase forgetting?", "Longer pretraining increases forgetting of earlier tasks."),
    ("How does online fine-tuning help robots learn?", "Offline pretraining lets robots learn skills."),
    ("How well does the 70B model do?", "The 7B model scores 55."),
    ("How does the learned model reduce cost?", "The learned model reduces cost and increases safety."),
    (
        "How does it learn in under 30 minutes?",
        "It learns in 20 minutes.",
    ),
    (
        "Why do small models fail on long tasks?",
        "Small models do not solve long tasks.",
    ),
    (
        "How does Heron collect human labels?",
        "Heron does not only collect human labels but also scores them.",
    ),
]
TAKEN_FOR_GRANTED = [
    ("Why must Lynx learn a reward function before the policy?", "Lynx learns policies without learning reward functions.", "without"),
    (
        "Given that Heron depends on labelled dialogues, who made them?",
        "Heron is trained without the need for labelled dialogues.",
        "without",
    ),
    ("Marmot's planner is on-policy, right? How is it kept stable?", "Marmot runs an off-policy planner beside the critic.", "off-policy"),
    (
        "Why does Marmot advise single-phase training of critics?",
        "Marmot shows the worth of multi-phase training of critics.",
        "multi-phase",
    ),
    (
        "How come Tundra does worse than Petrel on sparse rewards?",
        "Tundra consistently outperforms Petrel on sparse rewards.",
        "other way round",
    ),
    (
        "Why does the DRL fleet bring less profit than constant mortality?",
        "The DRL fleet brings more profit than constant mortality.",
        "other way round",
    ),
]
"""Forms that were not among those of the first rules; papers and words are invented."""
ASKED_NOT_ASSUMED = [
    ("Is Marmot's planner on-policy?", "Marmot runs an off-policy planner beside the critic."),
    ("Does Lynx learn a reward function?", "Lynx learns policies without learning reward functions."),
    ("How much faster than the STL solver is Heron?", "Heron plans 10X faster than the STL solver."),
    (
        "Why do large models struggle with rare words?",
        "Large models often struggle with rare words. Tables make them powerful for rare words.",
    ),
    ("How does Tundra use model uncertainty?", "Tundra can avoid uncertain regions, which it finds by model uncertainty."),
]
KNOWN = [
    ("How does Lynx get around the reward model?", "Lynx bypasses the reward model."),
    ("Which costly reward model is avoided by Lynx?", "Lynx works without a reward model."),
    ("Given that Lynx is small, does it need further training?", "Lynx is small and needs no further training."),
    ("Why does Lynx go beyond the coverage of its logs?", "Where the coverage of its logs ends, Lynx explores, which bypasses coverage."),
    ("How do the 40 ships do no worse than the full fleet?", "The 40 ships match or outperform the full fleet."),
    ("Which of the planners compared in Fen is best?", "So far there is no comparison of the planners in Fen; one is made."),
    ("What share of ships and harbours does Fen cover?", "Fen covers more than 25,000 ships and 60 harbours."),
]
"""The question knows itself what the sentence denies, or only asks for it."""
SILENT = [
    ("How many processors were used?", "Heron is trained on public logs."),
    ("Why did the authors choose 8 processors?", "Heron is trained on public logs of 40 drivers."),
    ("Which simulator does Heron use?", "Heron does not need expert demonstrations. It learns in a simulator called Fen."),
    ("How does Marmot explore?", "Marmot explores by counting rare states. It is tested on nine mazes."),
]
DENYING = [
    ("Why does Heron not depend on any reference model?", "Heron does not depend on any reference model."),
    ("How does Lynx train without a separate reward model?", "Lynx does not train a separate reward model."),
    ("Why doesn't Lynx need preference labels?", "Lynx needs no preference labels."),
]


@pytest.mark.parametrize(("question", "abstract", "told"), OTHER_NUMBERS)
def test_another_number_is_named_beside_the_abstracts_own(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert wrong.difference.startswith("the question says ")
    assert told in wrong.difference.split(", the abstract ")[1]
    assert told.split()[0].rstrip("%") in wrong.sentence.text


@pytest.mark.parametrize(("question", "abstract"), SWAPPED)
def test_a_comparison_the_wrong_way_round_is_caught(question: str, abstract: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert wrong.difference == "the abstract tells the comparison the other way round"


@pytest.mark.parametrize(("question", "abstract", "told"), OPPOSED)
def test_the_opposite_of_what_is_told_is_caught(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert wrong.difference.endswith(f"the abstract “{told}”")


@pytest.mark.parametrize(("question", "abstract", "told"), DENIED)
def test_what_the_abstract_denies_is_caught(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert f"“{told}”" in wrong.difference


@pytest.mark.parametrize(("question", "abstract", "told"), EXCHANGED)
def test_partners_exchanged_are_caught(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert told in wrong.difference


@pytest.mark.parametrize(("question", "abstract", "told"), OTHER_SORTS)
def test_another_sort_or_measure_than_the_abstracts_is_caught(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert told in wrong.difference


@pytest.mark.parametrize(("question", "abstract", "told"), NEVER)
def test_what_the_abstract_says_is_never_done_is_caught_however_it_is_asked_for(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert told in wrong.difference


@pytest.mark.parametrize(("question", "abstract"), KNOWN)
def test_a_question_that_knows_what_the_abstract_denies_is_not_corrected(question: str, abstract: str) -> None:
    assert found(question, abstract) is None


@pytest.mark.parametrize(("question", "abstract", "told"), SPARED)
def test_asking_which_one_of_what_is_not_needed_is_caught(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert told in wrong.difference


@pytest.mark.parametrize(("question", "abstract"), AGREEING)
def test_agreement_is_no_contradiction(question: str, abstract: str) -> None:
    assert found(question, abstract) is None


@pytest.mark.parametrize(("question", "abstract", "told"), TAKEN_FOR_GRANTED)
def test_what_is_taken_for_granted_is_caught_in_many_forms(question: str, abstract: str, told: str) -> None:
    wrong = found(question, abstract)
    assert wrong is not None
    assert told in wrong.difference


@pytest.mark.parametrize(("question", "abstract"), ASKED_NOT_ASSUMED)
def test_what_is_only_asked_or_said_by_the_abstract_too_is_no_false_premise(question: str, abstract: str) -> None:
    assert found(question, abstract) is None


@pytest.mark.parametrize(("question", "abstract"), SILENT)
def test_silence_is_no_contradiction(question: str, abstract: str) -> None:
    assert found(question, abstract) is None


@pytest.mark.parametrize(("question", "abstract"), DENYING)
def test_a_question_that_itself_denies_is_not_corrected(question: str, abstract: str) -> None:
    assert found(question, abstract) is None


def test_the_sentence_named_is_the_one_that_says_otherwise() -> None:
    abstract = "Harbours are busy places. Tundra steers ships with 7 million parameters. It was tried in 40 ports."
    wrong = found("Why does Tundra need 700 million parameters to steer ships?", abstract)
    assert wrong is not None
    assert wrong.sentence.number == 2
