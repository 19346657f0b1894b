"""What the gate leaves in doubt is judged by a model that sees claims and what they cite; only verdicts are taken."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from model_server import ModelServer, reply, status

from rag.answering.judge import Doubt, JudgeVerdict, judge, read_verdicts
from rag.errors import ModelError
from rag.models.chat.llm import ChatModel, Limits
from rag.models.prompts import prompt

DOUBTS = [
    Doubt("CallNet beats people.", "Paper 1: Calling Out\n1.3 It is right in 91.5% of cases, people in 84%."),
    Doubt("WingCount is cheap.", "Paper 2: Wings\n2.2 WingCount uses drones."),
]
BOTH: tuple[JudgeVerdict | None, ...] = ("supported", "not_supported")
REPLY = '{"verdicts": [{"claim": 1, "verdict": "supported"}, {"claim": 2, "verdict": "not_supported"}]}'


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(server: ModelServer) -> ChatModel:
    return ChatModel("birdy", url=server.url, key=None, limits=Limits(connect=2, total=5, waits=()))


def test_all_doubts_are_judged_in_one_call(server: ModelServer, model: ChatModel) -> None:
    server.play(reply(REPLY))
    judged = judge(DOUBTS, model)
    assert judged.verdicts == BOTH
    assert (judged.reply.usage.prompt_tokens, judged.reply.usage.completion_tokens) == (12, 5)
    assert len(server.requests) == 1


def test_the_judge_is_told_each_claim_under_what_it_cites(server: ModelServer, model: ChatModel) -> None:
    server.play(reply(REPLY))
    judge(DOUBTS, model)
    body = server.requests[0].body
    assert body["messages"][-1]["content"] == (
        "Paper 1: Calling Out\n1.3 It is right in 91.5% of cases, people in 84%.\nClaim 1: CallNet beats people.\n\n"
        "Paper 2: Wings\n2.2 WingCount uses drones.\nClaim 2: WingCount is cheap."
    )
    assert body["temperature"] == 0
    assert body["response_format"]["type"] == "json_schema"


def test_a_server_that_knows_no_schema_is_asked_all_the_same(server: ModelServer, model: ChatModel) -> None:
    server.play(status(400, "response_format is not supported"), reply(f"Here you are:\n```json\n{REPLY}\n```"))
    assert judge(DOUBTS, model).verdicts == BOTH


def test_a_model_that_fails_is_told_by_its_error(server: ModelServer, model: ChatModel) -> None:
    server.play(status(500))
    with pytest.raises(ModelError):
        judge(DOUBTS, model)


@pytest.mark.parametrize(
    "text",
    [
        REPLY,
        f"```json\n{REPLY}\n```",
        f"[1.3] says so.\n{REPLY}\nI hope that this helps.",
        '<think>Claim 1? {"verdicts": [{"claim": 1, "verdict": "not_supported"}]}</think>' + REPLY,
        '[{"claim": 1, "verdict": "supported"}, {"claim": 2, "verdict": "not_supported"}]',
        '{"verdicts": [{"claim": "2", "verdict": "not_supported"}, {"verdict": "supported", "claim": "1", "x": 0}]}',
        REPLY.replace("]}", ', {"claim": 9, "verdict": "supported"}]}'),
    ],
)
def test_verdicts_are_read_whatever_stands_around_them(text: str) -> None:
    assert read_verdicts(text, 2) == BOTH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Claim 1 is supported.",
        "{}",
        "[]",
        '{"verdicts": null}',
        '{"verdicts": ["supported", "not_supported"]}',
        '{"verdicts": [{"claim": 1, "verdict": "maybe"}, {"claim": 2}]}',
        '{"verdicts": [{"claim": true, "verdict": "supported"}, {"claim": 0, "verdict": []}]}',
        '{"verdicts": [{"claim": 1, "verdict": "supp',
        "[{" * 5000,
        '{"a":' * 5000,
    ],
)
def test_what_is_no_verdict_is_none(text: str) -> None:
    assert read_verdicts(text, 2) == (None, None)


def test_a_claim_that_is_judged_both_ways_or_left_out_has_no_verdict() -> None:
    told = [(1, "supported"), (1, "not_supported"), (3, "supported")]
    text = json.dumps({"verdicts": [{"claim": claim, "verdict": verdict} for claim, verdict in told]})
    assert read_verdicts(text, 3) == (None, None, "supported")


def test_the_example_in_the_prompt_is_read_as_it_is_meant() -> None:
    (example,) = (m.content for m in prompt("check").messages if m.role == "assistant")
    assert read_verdicts(example, 2) == BOTH
