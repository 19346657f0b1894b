"""Follow-up questions: what they stand for, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rag.answering.smalltalk import small_talk
from rag.conversation.followups.wording import StandAlone
from rag.conversation.standalone import FollowUps
from rag.text.titles import spoken_name
from rag.types import Answer, Claim, Outcome, Paper, Sentence, Source, Timings, Turn, Usage

TITLES = {
    1: "RePo: Resilient Agents by Regularizing",
    2: "Information First through Empowerment in Vision",
    3: "Drama: Mamba-Enabled World Models",
    4: "SERL: A Suite for Robots",
    5: "Is an Ensemble Necessary? One Model Suffices",
}
REPO, EMPOWERMENT, DRAMA, SERL, ENSEMBLE = (f"x:{n}" for n in TITLES)
SECOND = "“Information First through Empowerment in Vision”"
FIFTH = "“Is an Ensemble Necessary”"


def turn(question: str, *numbers: int, outcome: Outcome = "answered") -> Turn:
    """A turn that cited papers of ``TITLES`` in this order; without a paper it is small talk, or was not covered."""
    if not numbers and not small_talk(question):
        outcome = "not_covered"
    sources = tuple(
        Source(n, Paper(TITLES[n], "", kept_as=f"x:{n}"), (Sentence(f"x:{n}", 1, 0, 1, "S"),)) for n in sorted(numbers)
    )
    claims = tuple(Claim("S", (f"x:{n}:1",), "quoted") for n in numbers)
    answer = Answer(
        question, outcome, "S", claims, sources, (), "extractive", None, Usage(), Timings(0, 0, 0), question
    )
    return Turn(datetime(2024, 1, 1, tzinfo=UTC), answer)


def said_as(said: str, stood_alone: str, *numbers: int) -> Turn:
    """A follow-up's turn."""
    made = turn(stood_alone, *numbers)
    return replace(made, answer=replace(made.answer, question=said))


NOTHING: tuple[Turn, ...] = ()
ON_REPO = (turn("What does RePo do?", 1),)
ON_DRAMA = (turn("How many parameters does Drama need?", 3),)
ON_AN_IDEA = (turn("Which work keeps distractors out of the latent state?", 1),)
WORKS = (turn("How well does RePo work on videos?", 1),)
COMPARED = (turn("What does RePo do?", 1), turn(f"Compare RePo with {SECOND}.", 1, 2))
THREE = (turn("Which papers are about robots?", 4, 3, 5),)
LONG = (turn("What does RePo do?", 1), turn("What does Drama use?", 3), turn("What is SERL for?", 4))
MISSED = (turn("What does RePo do?", 1), turn("How do I bake a loaf of bread?"))
UNKNOWN = (turn("How does MuZero plan ahead?"),)
THANKED = (turn("What does RePo do?", 1), turn("thanks!"))
HACKING = (turn("What is reward hacking?", 1),)
NAMELESS = (turn("Are several models needed for good planning?", 5),)

NAMED_IN_ORDER = (turn("Compare Drama with RePo.", 1, 3),)
HACKED = (turn("What is reward hacking?", 1), turn("What do the authors of RePo do against reward hacking?", 1))
BOTH_TOPICS = (turn("Is methane linked to weight?", 1), turn("What is SERL for?", 4))

FOLLOW_UPS: list[tuple[tuple[Turn, ...], str, str, tuple[str, ...]]] = [
    # pronouns
    (ON_REPO, "and does it work on Atari?", "Does RePo work on Atari?", (REPO,)),
    (ON_REPO, "how well does it do with noise", "How well does RePo do with noise?", (REPO,)),
    (ON_REPO, "What are its limitations?", "What are RePo's limitations?", (REPO,)),
    (ON_REPO, "compare it with the empowerment paper", "Compare RePo with the empowerment paper.", (REPO,)),
    (ON_REPO, "who wrote it?", "Who wrote RePo?", (REPO,)),
    (ON_REPO, "which benchmarks does it use?", "Which benchmarks does RePo use?", (REPO,)),
    (ON_REPO, "On which datasets was it tested?", "On which datasets was RePo tested?", (REPO,)),
    (ON_REPO, "how does Dreamer compare to it?", "How does Dreamer compare to RePo?", (REPO,)),
    (ON_REPO, "is Dreamer better than it", "Is Dreamer better than RePo?", (REPO,)),
    (ON_REPO, "summarise this paper", "Summarise RePo.", (REPO,)),
    (ON_REPO, "does this method need demonstrations?", "Does RePo need demonstrations?", (REPO,)),
    (ON_REPO, "what do the authors conclude?", "What do the authors of RePo conclude?", (REPO,)),
    (ON_REPO, "what do they conclude?", "What do the authors of RePo conclude?", (REPO,)),
    (ON_REPO, "how is this measured?", "How is this measured in RePo?", (REPO,)),
    (ON_REPO, "does that hold for images?", "Does that hold for images in RePo?", (REPO,)),
    (ON_REPO, "what does that objective reward?", "What does the objective reward in RePo?", (REPO,)),
    (ON_REPO, "how many parameters are in it?", "How many parameters are in RePo?", (REPO,)),
    (ON_AN_IDEA, "does it need rewards?", "Does RePo need rewards?", (REPO,)),
    (NAMELESS, "what does it show?", f"What does {FIFTH} show?", (ENSEMBLE,)),
    (COMPARED, "what do they have in common?", f"What do RePo and {SECOND} have in common?", (REPO, EMPOWERMENT)),
    (COMPARED, "do these methods need rewards?", f"Do RePo and {SECOND} need rewards?", (REPO, EMPOWERMENT)),
    (THREE, "how do they reset the robot?", f"How do Drama, SERL and {FIFTH} reset the robot?",
    (DRAMA, SERL, ENSEMBLE)),
    (THREE, "does it need a simulator?", "Does SERL need a simulator?", (SERL,)),
    (THANKED, "and does it work on Atari?", "Does RePo work on Atari?", (REPO,)),
    (MISSED, "what about Drama?", "What does Drama do?", ()),
    (UNKNOWN, "does it use a tree?", "Does MuZero use a tree?", ()),
    (ON_REPO, "how does this compare with Dreamer?", "How does RePo compare with Dreamer?", (REPO,)),
    (ON_REPO, "are there other papers like this?", "Are there other papers like RePo?", ()),
    (ON_REPO, "explain this in simple terms", "Explain RePo in simple terms.", (REPO,)),
    (ON_REPO, "what is the paper about?", "What is RePo about?", (REPO,)),
    (ON_REPO, "how many runs does it have?", "How many runs does RePo have?", (REPO,)),
    (ON_REPO, "what happens when it fails?", "What happens when RePo fails?", (REPO,)),
    (ON_REPO, "how can I use it?", "How can I use RePo?", (REPO,)),
    (MISSED, "does it work on Atari?", "Does RePo work on Atari?", (REPO,)),
    (HACKING, "how is it prevented?", "How is reward hacking prevented?", (REPO,)),
    (HACKING, "which papers reduce it?", "Which papers reduce reward hacking?", ()),
    (HACKING, "does RePo prevent it?", "Does RePo prevent reward hacking?", ()),
    (ON_REPO, "what's the gain there?", "What's the gain in RePo?", (REPO,)),
    (ON_REPO, "what's the cause of that?", "What's the cause of that in RePo?", (REPO,)),
    (LONG, "do they contradict each other?", "Do Drama and SERL contradict each other?", (DRAMA, SERL)),
    (LONG, "is it better than the previous one?", "Is SERL better than Drama?", (SERL, DRAMA)),
    (THREE, "how do the three papers differ?", f"How do Drama, SERL and {FIFTH} differ?", (DRAMA, SERL, ENSEMBLE)),
    # by number, order, pairing
    (COMPARED, "the second one: what did it need?", f"What did {SECOND} need?", (EMPOWERMENT,)),
    (COMPARED, "what did the second one need?", f"What did {SECOND} need?", (EMPOWERMENT,)),
    (COMPARED, "which benchmarks are in [2]?", f"Which benchmarks are in {SECOND}?", (EMPOWERMENT,)),
    (COMPARED, "and the latter?", f"Tell me more about {SECOND}.", (EMPOWERMENT,)),
    (COMPARED, "the first?", "Tell me more about RePo.", (REPO,)),
    (COMPARED, "what is the difference?", f"What is the difference between RePo and {SECOND}?", (REPO, EMPOWERMENT)),
    (COMPARED, "what sets them apart?", "what sets them apart?", ()),
    (THREE, "compare the first and the third", f"Compare Drama and {FIFTH}.", (DRAMA, ENSEMBLE)),
    (THREE, "what do the last two have in common?", f"What do SERL and {FIFTH} have in common?", (SERL, ENSEMBLE)),
    (COMPARED, "does the former need rewards?", "Does RePo need rewards?", (REPO,)),
    (COMPARED, "does the other one need rewards?", f"Does {SECOND} need rewards?", (EMPOWERMENT,)),
    (COMPARED, "which one is faster?", f"Which of RePo and {SECOND} is faster?", (REPO, EMPOWERMENT)),
    (COMPARED, "how do the two differ?", f"How do RePo and {SECOND} differ?", (REPO, EMPOWERMENT)),
    (COMPARED, "which of them needs rewards?", f"Which of RePo and {SECOND} needs rewards?", (REPO, EMPOWERMENT)),
    (THREE, "tell me more about the last one", f"Tell me more about {FIFTH}.", (ENSEMBLE,)),
    (THREE, "does the first of them use demos?", "Does Drama use demos?", (DRAMA,)),
    (LONG, "how big is paper 3?", "How big is Drama?", (DRAMA,)),
    (LONG, "and number 1?", "What is RePo for?", (REPO,)),
    (LONG, "compare [1] and [4]", "Compare RePo and SERL.", (REPO, SERL)),
    (LONG, "back to the first paper: why?", "Why does RePo do that?", (REPO,)),
    (LONG, "Back to RePo, does it need rewards?", "Does RePo need rewards?", (REPO,)),
    (LONG, "going back to Drama: how many parameters?", "How many parameters does Drama have?", (DRAMA,)),
    (LONG, "[3]: which benchmarks were used?", "Which benchmarks were used in Drama?", (DRAMA,)),
    (LONG, "how does it differ from the second paper?", "How does SERL differ from Drama?", (SERL, DRAMA)),
    (LONG, "as for the Mamba paper, is it fast?", "Is Drama fast?", (DRAMA,)),
    # another name in the same place
    (ON_REPO, "what about Dreamer, how large is it?", "How large is Dreamer?", ()),
    (ON_REPO, "and how about Dreamer: which tasks was it tried on?", "Which tasks was Dreamer tried on?", ()),
    (ON_REPO, "what about Dreamer?", "What does Dreamer do?", ()),
    (ON_REPO, "thanks, and what about Dreamer?", "What does Dreamer do?", ()),
    (ON_REPO, "and Drama?", "What does Drama do?", ()),
    (ON_REPO, "what about the empowerment paper?", "What does the empowerment paper do?", ()),
    (ON_DRAMA, "and for SERL?", "How many parameters does SERL need?", ()),
    (ON_DRAMA, "SERL too?", "How many parameters does SERL need?", ()),
    (ON_DRAMA, "no, I meant SERL", "How many parameters does SERL need?", ()),
    (ON_DRAMA, "sorry, SERL", "How many parameters does SERL need?", ()),
    (LONG, "no, the other paper", "What is Drama for?", (DRAMA,)),
    (UNKNOWN, "what about Dreamer?", "How does Dreamer plan ahead?", ()),
    (COMPARED, "what about SERL?", "Compare RePo with SERL.", ()),
    (ON_AN_IDEA, "what about Drama?", "What about Drama: which work keeps distractors out of the latent state?", ()),
    # what was left out
    (WORKS, "and on Atari?", "How well does RePo work on Atari?", (REPO,)),
    (WORKS, "and in the real world?", "How well does RePo work on videos in the real world?", (REPO,)),
    (WORKS, "only in simulation?", "How well does RePo work on videos in simulation?", (REPO,)),
    (WORKS, "and if the camera moves?", "How well does RePo work on videos if the camera moves?", (REPO,)),
    (WORKS, "why?", "Why does RePo work on videos?", (REPO,)),
    (WORKS, "how so?", "How does RePo work on videos?", (REPO,)),
    (ON_REPO, "Why is that?", "Why does RePo do that?", (REPO,)),
    (ON_REPO, "in which year?", "In which year does RePo do that?", (REPO,)),
    (ON_DRAMA, "why", "Why does Drama need that many parameters?", (DRAMA,)),
    (ON_DRAMA, "why so few?", "Why so few: how many parameters does Drama need?", (DRAMA,)),
    (ON_AN_IDEA, "how?", "How: which work keeps distractors out of the latent state?", (REPO,)),
    (ON_REPO, "how many parameters?", "How many parameters does RePo have?", (REPO,)),
    (ON_REPO, "by how much?", "By how much does RePo do that?", (REPO,)),
    (ON_REPO, "and the results?", "What are the results of RePo?", (REPO,)),
    (ON_REPO, "what about sample efficiency?", "What about sample efficiency in RePo?", (REPO,)),
    (ON_REPO, "what benchmarks were used?", "What benchmarks were used in RePo?", (REPO,)),
    (ON_REPO, "tell me more", "Tell me more about RePo.", (REPO,)),
    (ON_REPO, "more", "Tell me more about RePo.", (REPO,)),
    (ON_REPO, "can you tell me more about it?", "Tell me more about RePo.", (REPO,)),
    (WORKS, "and when the camera moves a lot?", "How well does RePo work on videos when the camera moves a lot?",
    (REPO,)),
    (WORKS, "only videos?", "Only videos: how well does RePo work on videos?", (REPO,)),
    (ON_DRAMA, "so few?", "So few: how many parameters does Drama need?", (DRAMA,)),
    (ON_REPO, "by what mechanism?", "By what mechanism does RePo do that?", (REPO,)),
    (ON_REPO, "faster than Dreamer?", "Is RePo faster than Dreamer?", (REPO,)),
    (ON_REPO, "compared with Dreamer?", "How does RePo compare with Dreamer?", (REPO,)),
    (ON_REPO, "in other words?", "Summarise RePo.", (REPO,)),
    (ON_REPO, "so what?", "Tell me more about RePo.", (REPO,)),
    (ON_REPO, "what happens if it's noisy?", "What happens if RePo is noisy?", (REPO,)),
    (ON_REPO, "does Dreamer beat it?", "Does Dreamer beat RePo?", (REPO,)),
    (ON_REPO, "which trick speeds it up?", "which trick speeds it up?", ()),
    (ON_REPO, "which agents beat it?", "Which agents beat RePo?", (REPO,)),
    (ON_REPO, "did they have side effects?", "Did they have side effects in RePo?", (REPO,)),
    (NAMELESS, "and its cost?", f"What is the cost of {FIFTH}?", (ENSEMBLE,)),
    (NAMELESS, "how large is its error?", f"How large is the error in {FIFTH}?", (ENSEMBLE,)),
    # further papers
    (ON_REPO, "any others?", "Which other papers are like RePo?", ()),
    (ON_AN_IDEA, "which others?", "Which other work keeps distractors out of the latent state?", ()),
    (HACKING, "any other papers?", "Which other papers are about reward hacking?", ()),
    (ON_REPO, "any others on robots?", "Which other papers are on robots?", ()),
    # among several
    (COMPARED, "which of these works on robots?", f"Which of RePo and {SECOND} works on robots?", (REPO, EMPOWERMENT)),
    (COMPARED, "does either need rewards?", f"Does RePo or {SECOND} need rewards?", (REPO, EMPOWERMENT)),
    (COMPARED, "not the first one", f"Tell me more about {SECOND}.", (EMPOWERMENT,)),
    (COMPARED, "and the first one's limits?", "What about RePo's limits?", (REPO,)),
    (COMPARED, "summarise both", f"Summarise RePo and {SECOND}.", (REPO, EMPOWERMENT)),
    (LONG, "compare all three", "Compare RePo, Drama and SERL.", (REPO, DRAMA, SERL)),
    (NAMED_IN_ORDER, "how large is the former?", "How large is Drama?", (DRAMA,)),
    (NAMED_IN_ORDER, "which is faster?", "Which of Drama and RePo is faster?", (DRAMA, REPO)),
    # a topic that lasts
    (HACKING, "why does that happen?", "Why does reward hacking happen?", (REPO,)),
    (HACKED, "how common is it?", "How common is reward hacking?", (REPO,)),
    (HACKING, "what do they do against it?", "What do the authors of RePo do against reward hacking?", (REPO,)),
    # back to earlier questions
    (LONG, "back to the first question", "What does RePo do?", (REPO,)),
    (LONG, "let's go back to my first question: why?", "Why does RePo do that?", (REPO,)),
    (MISSED, "back to that method: does it need rewards?", "Does RePo need rewards?", (REPO,)),
    (LONG, "earlier you mentioned Drama. does it use attention?", "Does Drama use attention?", (DRAMA,)),
    (BOTH_TOPICS, "going back to methane, how was it measured?", "How was methane measured?", ()),
    # asides and slips
    (ON_REPO, "one more thing: does it need rewards?", "Does RePo need rewards?", (REPO,)),
    (ON_REPO, "wich benchmarks dose it use?", "Which benchmarks does RePo use?", (REPO,)),
    (ON_REPO, "waht abt Drama?", "What does Drama do?", ()),
]  # fmt: skip
LEFT_ALONE: list[tuple[tuple[Turn, ...], str]] = [
    (ON_REPO, "Is there a way to make it cheaper to label preferences?"),
    (ON_REPO, "which work does this: it trains a reward model from comparisons"),
    (ON_REPO, "Is it possible to learn without rewards?"),
    (ON_REPO, "Is it better to plan or to learn a policy?"),
    (ON_REPO, "Is it true that reward models collapse?"),
    (ON_REPO, "How does Drama use its world model?"),
    (ON_REPO, "Which agents plan with the model while they train it?"),
    (ON_REPO, "When an agent hacks its reward, what does it gain?"),
    (ON_REPO, "How can language models be rewarded without people grading them?"),
    (ON_REPO, "What is the first paper that uses Mamba in a world model?"),
    (ON_REPO, "Which methods reduce reward hacking?"),
    (ON_REPO, "which papers use rewards?"),
    (ON_REPO, "what causes forgetting?"),
    (ON_REPO, "Which surveys of world models are there?"),
    (ON_REPO, "What can this tool do with figures?"),
    (ON_REPO, "Is this library about medicine?"),
    (MISSED, "and rye bread?"),
    (ON_REPO, "what works for robots?"),
    (ON_REPO, "How long does it take to train a robot?"),
    (ON_REPO, "What does it take to learn from 20 minutes of driving?"),
    (ON_REPO, "What are the two phases of Dyna?"),
    (ON_REPO, "How are both reward and dynamics learned?"),
    (ON_REPO, "Someone showed that a policy drifts when its reward is noisy. Which paper was that in?"),
    (ON_REPO, "For robots, how are resets done?"),
    (ON_REPO, "reward hacking"),
    (ON_REPO, "What does Drama do?"),
    (ON_REPO, "Does [7] use demonstrations?"),
    (COMPARED, "Which work shows that ensembles are not needed?"),
    (COMPARED, "Why do agents forget what they learned in earlier tasks?"),
    (COMPARED, "How does SERL reset the robot, and why does it use a classifier?"),
    (COMPARED, "What is it called when an agent games its reward?"),
    (COMPARED, "Which paper does the most with the least data?"),
    (ON_REPO, "What was that work where a network keeps to a schedule, and a fallback kicks in if it breaks down?"),
    (ON_REPO, "A review of agents that first learn a simulator: does that gap matter?"),
    (ON_REPO, "Across how many benchmarks did SERL run?"),
    (ON_REPO, "ReTool and LIMR both report on AIME. What does each claim there?"),
    (ON_REPO, "Explain how ArCHer divides the work between its levels."),
    (ON_REPO, "Who won the 1998 World Cup and what was the score in the final?"),
    (ON_REPO, "Why does an ensemble still beat one model after the regularisation is applied to the latter?"),
    (ON_REPO, "Is it time to plan ahead?"),
    (ON_REPO, "What is it that gets tuned in RLAdapter?"),
    (ON_REPO, "What rate did they choose in the reward design study?"),
    (ON_REPO, '"Efficient Preferences at Random": for which settings is the first algorithm?'),
    (NOTHING, "and does it work on Atari?"),
    (NOTHING, "the second one"),
    (NOTHING, "why?"),
    ((turn("hello"),), "does it work?"),
]


@pytest.mark.parametrize(("history", "said", "meant", "about"), FOLLOW_UPS, ids=[f[1] for f in FOLLOW_UPS])
def test_a_follow_up_becomes_a_question_that_stands_alone(
    history: tuple[Turn, ...], said: str, meant: str, about: tuple[str, ...]
) -> None:
    made = FollowUps(heads_a_title=lambda name: name.casefold() in ("drama", "serl"))(said, history)
    assert (made.text, made.about) == (meant, about)


@pytest.mark.parametrize(("history", "said"), LEFT_ALONE, ids=[f[1] for f in LEFT_ALONE])
def test_a_question_that_stands_alone_is_left_alone(history: tuple[Turn, ...], said: str) -> None:
    made = FollowUps(heads_a_title=lambda name: name.casefold() in ("drama", "serl"))(said, history)
    assert (made.text, made.about) == (said, ())


ABSTRACTS = {
    REPO: "RePo. We followed 40 patients and 12 mice. The policy was trained with a dose of 3 mg; its code is public."
}
ABOUT_IT = [
    ("how many patients were studied?", "How many patients were studied in RePo?"),
    ("what's the dose needed?", "What's the dose needed in RePo?"),
    ("which mice?", "Which mice in RePo?"),
    ("is the policy understandable?", "Is the policy understandable in RePo?"),
    ("did the patients get better?", "Did the patients get better in RePo?"),
    ("is there code?", "Is there code in RePo?"),
    ("are there any side effects?", "Are there any side effects in RePo?"),
]
OF_ITS_OWN = [
    "how many whales were studied?",
    "What was the cause of the outbreak?",
    "did dinosaurs have feathers?",
    "what is a policy?",
    "which papers study mice?",
    "Who was the first president?",
    "Is the sky blue?",
    "How are whales counted?",
]  # fmt: skip


@pytest.mark.parametrize(("said", "meant"), ABOUT_IT, ids=[a[0] for a in ABOUT_IT])
def test_a_question_without_a_word_of_its_own_is_about_the_paper_at_hand(said: str, meant: str) -> None:
    made = FollowUps(abstract=lambda paper: ABSTRACTS.get(paper, ""))(said, ON_REPO)
    assert (made.text, made.about) == (meant, (REPO,))


@pytest.mark.parametrize("said", OF_ITS_OWN)
def test_a_question_with_a_word_of_its_own_is_a_new_topic(said: str) -> None:
    assert FollowUps(abstract=lambda paper: ABSTRACTS.get(paper, ""))(said, ON_REPO) == StandAlone(said)


def test_the_something_one_is_found_in_the_library_too() -> None:
    rules = FollowUps(titled=lambda words: ("x:2", TITLES[2]) if words.strip() == "empowerment" else None)
    assert rules("what about the empowerment one?", ON_REPO).text == f"What does {SECOND} do?"
    assert rules("and the herring one?", ON_REPO).text != f"What does {SECOND} do?"


def test_a_thing_that_the_paper_tells_of_is_called_by_its_name() -> None:
    rules = FollowUps(abstract=lambda paper: "One Model Suffices. mTOR drives growth." if paper == ENSEMBLE else "")
    made = rules("which drug blocks it?", (turn("What does mTOR do to growth?", 5),))
    assert (made.text, made.about) == ("Which drug blocks mTOR?", (ENSEMBLE,))


def test_a_completion_is_not_completed_again() -> None:
    rules = FollowUps()
    history = [turn("How many cores does RePo take?", 1)]
    history.append(said_as("only cores?", rules("only cores?", history).text, 1))
    assert rules("what about Dreamer?", history).text == "How many cores does Dreamer take?"


@pytest.mark.parametrize(
    "said",
    ["thanks!", "Hi", "ok, thanks, bye", "Who are you?", "what can you do", "👍", "that's all for now", "got it"],
)
def test_small_talk_is_told_from_questions(said: str) -> None:
    assert small_talk(said)


@pytest.mark.parametrize(
    "said",
    [
        "thanks, and what about Drama?",
        "hi, what is RePo?",
        "good rewards?",
        "why?",
        "no, I meant Drama",
        "what is this about?",
        "ok so?",
    ],
)
def test_a_question_after_a_courtesy_is_a_question(said: str) -> None:
    assert small_talk(said) is None


def test_a_courtesy_is_not_searched_for() -> None:
    assert FollowUps()("Hello! What does Drama do?", ()).text == "What does Drama do?"


def test_the_last_question_that_was_completed_completes_the_next() -> None:
    rules = FollowUps()
    history = [turn("How well does RePo work on videos?", 1)]
    for said in ("and on Atari?", "and Dreamer?"):
        history.append(turn(rules(said, history).text, 1))
    assert history[-1].answer.standalone_question == "How well does Dreamer work on Atari?"


def test_a_name_is_what_stands_before_the_colon_or_the_head_of_the_title() -> None:
    assert spoken_name(TITLES[1]) == "RePo"
    assert spoken_name(TITLES[5]) == FIFTH
    assert spoken_name("Recommending by Language (RLX): All in One") == "RLX"
    assert (
        spoken_name("On the Long and Winding Ways of the Many Herons of the North") == "“On the Long and Winding Ways”"
    )
