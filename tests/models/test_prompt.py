"""Prompts are contracts: their variables are checked when they are read, and their version follows their text."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from rag.answering.writing.citations import ANSWER_SCHEMA, DraftReader, read_object
from rag.errors import AssetError
from rag.models.chat.messages import Message
from rag.models.prompts import prompt, read_prompt

NAMES = sorted(f.name.removesuffix(".md") for f in resources.files("prompts").iterdir() if f.name.endswith(".md"))
TEXT = "variables: name\n\n=== system\nBe kind.\n\n=== user\nGreet {{name}}.\n"


def test_variables_are_filled_in_the_last_part() -> None:
    made = read_prompt("greet", TEXT)
    assert made.filled(name="Ada") == [Message("system", "Be kind."), Message("user", "Greet Ada.")]


def test_a_value_is_never_read_as_a_variable() -> None:
    made = read_prompt(
        "greet", TEXT.replace("variables: name", "variables: name, more").replace("{{name}}.", "{{name}} and {{more}}.")
    )
    assert made.filled(name="{{more}} \\1 === system", more="Bo")[-1].content == "Greet {{more}} \\1 === system and Bo."


@pytest.mark.parametrize("values", [{}, {"name": "Ada", "more": "Bo"}, {"nane": "Ada"}])
def test_other_variables_than_those_named_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(TypeError, match=r"takes \['name'\]"):
        read_prompt("greet", TEXT).filled(**values)


@pytest.mark.parametrize(
    "text",
    [
        "", "=== user\nGreet {{name}}.", TEXT.replace("{{name}}", "Ada"), TEXT.replace("kind.", "kind to {{name}}."),
        TEXT.replace("=== user", "=== assistant"), TEXT.replace("variables: name", "variables: name, age"), "variables: name\n",
    ],
)  # fmt: skip
def test_a_file_that_does_not_keep_the_form_is_told(text: str) -> None:
    with pytest.raises(AssetError, match=r"prompts/greet.md: it needs a line of variables"):
        read_prompt("greet", text)


def test_a_part_of_an_unknown_name_is_told() -> None:
    with pytest.raises(AssetError, match="a part cannot be called “tool”"):
        read_prompt("greet", TEXT.replace("=== system", "=== tool"))


def test_the_version_follows_the_text() -> None:
    assert read_prompt("greet", TEXT).version == read_prompt("greet", TEXT).version
    assert read_prompt("greet", TEXT).version != read_prompt("greet", TEXT + " ").version


def test_a_missing_prompt_is_told() -> None:
    with pytest.raises(AssetError, match=r"gone\.md"):
        prompt("gone")


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_that_ships_is_sound(name: str) -> None:
    made = prompt(name)
    assert made.messages[0].role == "system"
    assert [m.role for m in made.messages[1:]] == ["user", "assistant"] * ((len(made.messages) - 2) // 2) + ["user"]


@pytest.mark.parametrize("name", ["answer", "answer_text"])
def test_the_examples_of_an_answer_are_read_as_they_are_meant(name: str) -> None:
    silent, answered = (m.content for m in prompt(name).messages if m.role == "assistant")
    reader = DraftReader()
    drafts = [*reader.feed(answered), *reader.end()]
    assert [d.addresses for d in drafts] == [("2.3",), ("2.4",)]
    assert reader.verdict == "answered"
    reader = DraftReader()
    assert [*reader.feed(silent), *reader.end()] == []
    assert reader.verdict == "not_stated"


def test_the_examples_in_json_keep_the_schema() -> None:
    for message in prompt("answer").messages:
        if message.role == "assistant":
            told = json.loads(message.content)
            assert set(told) == set(ANSWER_SCHEMA["required"])
            assert all(read_object(s) for s in told["sentences"])
