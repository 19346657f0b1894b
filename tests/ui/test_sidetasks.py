"""What chat clients ask on the side, as they word it."""

from __future__ import annotations

import json

import pytest

from ui.sidetasks import reply_to, side_task, title_of

HISTORY = (
    "<chat_history>\nUSER: Which herons eat fish?\nASSISTANT: Grey herons eat fish. [1]\nUSER: And in winter?\n"
    "USER: And which herons\neat frogs?\nASSISTANT: None.\n</chat_history>"
)


def task(wanted: str) -> str:
    """As Open WebUI words one."""
    return f"### Task:\nGenerate it.\n### Guidelines:\n- Be brief.\n### Output:\nJSON format: {wanted}\n### Chat History:\n{HISTORY}"


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ('{ "title": "your concise title here" }', {"title": "Which herons eat fish"}),
        ('{ "tags": ["tag1", "tag2", "tag3"] }', {"tags": ["herons", "eat", "fish"]}),
        ('{ "follow_ups": ["Question 1?", "Question 2?"] }', {"follow_ups": ["What do owls eat?"]}),
        ('{ "queries": ["query1", "query2"] }', {"queries": []}),
    ],
)
def test_open_webui_gets_the_object_that_it_wants(wanted: str, given: object) -> None:
    found = side_task(task(wanted))
    assert found is not None
    assert found.asked[0] == "Which herons eat fish?"
    assert found.asked[-1] == "And which herons\neat frogs?"
    assert json.loads(reply_to(found, lambda: ["What do owls eat?", "Which herons eat fish?"])) == given


@pytest.mark.parametrize(
    "asked",
    [
        "Provide a concise, 5-word-or-less title for the conversation, using title case conventions. Only return the "
        "title itself.\n\nConversation:\nUser: Which herons eat fish?\nAI: Grey herons. [1]",
        "Analyze this conversation and provide:\n1. The detected language of the conversation\n2. A concise title in "
        "the detected language (5 words or less, no punctuation or quotation)\n\nUser: Which herons eat fish?\nAI: Grey.",
    ],
)
def test_librechat_gets_a_title_as_text(asked: str) -> None:
    found = side_task(asked)
    assert found is not None
    assert reply_to(found, list) == "Which herons eat fish"


@pytest.mark.parametrize(
    "asked",
    [
        "Which papers generate a concise title for a conversation?",
        "What is the title of the paper on herons?",
        "### Task: find papers on herons",
        'What does { "title": 1 } mean?',
        HISTORY,
    ],
)
def test_a_question_is_none(asked: str) -> None:
    assert side_task(asked) is None


def test_a_long_question_is_cut_at_a_word() -> None:
    assert title_of(["Which of the herons that stand in the shallow water of the northern lakes eat fish?"]) == (
        "Which of the herons that stand in the shallow water of the …"
    )
    assert title_of([]) == "Conversation"
