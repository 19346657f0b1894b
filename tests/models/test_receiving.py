"""What servers do otherwise in a streamed reply, played on a local socket: when it ends, events without data, thoughts,
control tokens.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import model_server as play
import pytest
from model_server import ModelServer, Part, bytes_of_stream, chunk, event

from rag.errors import ModelError, ModelFault, ModelTimedOut, ReplyBroken, ReplyCutShort
from rag.models.chat import llm
from rag.models.chat.llm import ChatModel, Limits, Message, Reply

QUESTION = [Message("user", "How do cats purr?")]
SCHEMA = {
    "type": "object",
    "properties": {"said": {"type": "string"}},
    "required": ["said"],
    "additionalProperties": False,
}
SAID = '{"said": "Cats purr."}'
DONE = event(b"[DONE]")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def ask(server: ModelServer) -> Callable[..., Reply]:
    def asked(*parts: Part, total: float = 10.0, **how: Any) -> Reply:
        server.play(*parts)
        model = ChatModel("cat-1", url=server.url, key=None, limits=Limits(total=total, waits=()))
        return model.reply(QUESTION, **how)

    return asked


Ask = Callable[..., Reply]


def _pausing(*data: bytes, seconds: float) -> Part:
    """A stream that pauses between its pieces."""

    def playing(request: play.Request) -> None:
        request.head()
        for piece in data:
            request.write(piece)
            time.sleep(seconds)

    return playing


# --- when a reply ends ------------------------------------------------------------------------------------------------

EACH = [event(chunk(word, "stop")) for word in ("Multi-step", " uncertainty", " estimation", " helps.")]


def test_a_reason_with_every_piece_ends_nothing_before_the_last(ask: Ask) -> None:
    assert ask(bytes_of_stream(*EACH, DONE)).text == "Multi-step uncertainty estimation helps."
    assert ask(bytes_of_stream(*EACH)).text == "Multi-step uncertainty estimation helps."


def test_a_slow_model_that_sends_a_reason_with_every_piece_is_waited_for(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "_AFTER_THE_END", 0.05)
    assert ask(_pausing(*EACH, DONE, seconds=0.2)).text == "Multi-step uncertainty estimation helps."


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_such_a_reply_that_stops_in_the_middle_broke_off(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    monkeypatch.setattr(llm, "_AFTER_THE_END", 0.05)
    with pytest.raises(ModelTimedOut):
        ask(play.hang(b"".join(EACH[:pieces])), total=0.5)
    with pytest.raises(ReplyCutShort):
        ask(play.reset(b"".join(EACH[:pieces])))


def test_a_reason_before_the_last_words_does_not_cut_them_off(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "_AFTER_THE_END", 0.5)
    early = [event(chunk("Cats")), event(chunk(finish="stop")), event(chunk(" purr."))]
    assert ask(_pausing(*early, event(chunk(finish="stop")), DONE, seconds=0.2)).text == "Cats purr."
    with pytest.raises(ReplyCutShort):
        ask(bytes_of_stream(*early, DONE))


def test_a_reason_before_the_first_word_ends_nothing(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "_AFTER_THE_END", 0.05)
    assert ask(_pausing(event(chunk("", "stop")), *EACH[-1:], DONE, seconds=0.2)).text == " helps."


def test_a_limit_that_was_told_too_early_is_none(ask: Ask) -> None:
    assert (
        ask(bytes_of_stream(event(chunk("Cats", "length")), event(chunk(" purr.", "stop")), DONE)).text == "Cats purr."
    )


def test_a_reason_that_is_the_word_null_is_none(ask: Ask) -> None:
    assert (
        ask(
            bytes_of_stream(event(chunk("Cats", "null")), event(chunk(" purr.")), event(chunk(finish="stop")), DONE)
        ).finish_reason
        == "stop"
    )
    with pytest.raises(ReplyCutShort):
        ask(bytes_of_stream(event(chunk("Cats", "null")), DONE))


# --- events -----------------------------------------------------------------------------------------------------------

HEARTBEATS = {
    "retry": b"retry: 3000\n\n",
    "bare data": b"data:\n\n",
    "blank data": b"data: \n\n",
    "ping": b"event: ping\n\n",
    "ping with words": b"event: ping\ndata: 2026-11-28\n\n",
    "heartbeat": b"event: heartbeat\ndata: {}\n\n",
    "id before a comment": b"id: 7\n: still here\n\n",
    "id alone": b"id: 8\n\n",
    "a field that nobody knows": b"colour: red\n\n",
    "a field without a colon": b"data\n\n",
    "blank lines": b"\n\n\r\n\r\n",
}


@pytest.mark.parametrize("name", HEARTBEATS)
def test_an_event_without_data_is_passed_over(ask: Ask, name: str) -> None:
    words = list(play.events(["Cats", " purr."]))
    between = [piece for word in words for piece in (HEARTBEATS[name], word)]
    assert ask(bytes_of_stream(*between)).text == "Cats purr."


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_lines_end_in_any_of_three_ways_wherever_they_are_cut(ask: Ask, ends: bytes) -> None:
    data = b"".join(play.events(["Cats", " purr."])).replace(b"\n", ends)
    for size in (1, 2, 7):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert ask(_pausing(*pieces, seconds=0)).text == "Cats purr."


def test_a_byte_order_mark_does_not_cost_the_first_piece(ask: Ask) -> None:
    words = [event(chunk("Cats")), event(chunk(" purr.", "stop")), DONE]
    assert ask(bytes_of_stream(b"\xef\xbb\xbf", *words)).text == "Cats purr."
    assert ask(
        play.body(
            b"\xef\xbb\xbf"
            + json.dumps({"choices": [{"message": {"content": "Cats."}, "finish_reason": "stop"}]}).encode()
        )
    ).text


def test_data_in_several_lines_is_one_chunk(ask: Ask) -> None:
    whole = json.dumps(chunk("Cats purr.", "stop"), indent=1).replace("\n", "\ndata: ")
    assert ask(bytes_of_stream(f"data: {whole}\n\n".encode(), DONE)).text == "Cats purr."


def test_an_error_among_the_events_is_one(ask: Ask) -> None:
    for data in (
        {"error": "engine died"},
        {"error": {"message": "engine died"}},
        {"object": "error", "message": "engine died"},
    ):
        with pytest.raises(ModelFault, match="engine died"):
            ask(bytes_of_stream(b"event: error\n" + event(data)))


# --- thoughts ---------------------------------------------------------------------------------------------------------

THOUGHTS = {
    "DeepSeek, Qwen": "<think>\nDogs? No.\n</think>\n\n{}",
    "in capitals": "<THINK>Dogs? No.</THINK>{}",
    "by other names": "<thinking>Dogs? No.</thinking><reasoning>Dogs!</reasoning>{}",
    "Seed": "<seed:think>Dogs? No.</seed:think>{}",
    "Kimi": "◁think▷Dogs? No.◁/think▷{}",
    "Magistral": "[THINK]Dogs? No.[/THINK]{}",
    "OpenThinker": "<|begin_of_thought|>Dogs? No.<|end_of_thought|>\n<|begin_of_solution|>{}<|end_of_solution|>",
    "Command": "<|START_THINKING|>Dogs? No.<|END_THINKING|><|START_RESPONSE|>{}<|END_RESPONSE|>",
    "MedGemma": "<unused94>thought\nDogs? No.<unused95>{}",
    "Gemma": "<|channel>thought\nDogs? No.<channel|>{}<turn|>",
    "harmony": "<|channel|>analysis<|message|>Dogs? No.<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>",
    "harmony with a remark": (
        "<|start|>assistant<|channel|>analysis<|message|>Dogs?<|end|><|start|>assistant<|channel|>commentary "
        "to=functions.x "
        "<|constrain|>json<|message|>Dogs!<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>"
    ),
    "harmony without its tokens": "analysisThe user means dogs.assistantfinal{}",
    "Solar": "<|think|>Dogs? No.<|end|><|begin|>assistant<|content|>{}<|end|>",
    "Apertus": "<|inner_prefix|>Dogs? No.<|inner_suffix|>{}",
    "Granite": "Here is my thought process:\nDogs? No.\nHere is my response: {}",
    "two in a row": "<think>Dogs.</think><think>Dogs!</think>{}",
    "the last one without an end": "{}\n<think>Or is it dogs",
    "the last one with one": "{}\n◁think▷Or is it dogs?◁/think▷",
    "in the middle": "Cats <think>dogs</think>purr.",
}


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize("name", THOUGHTS)
def test_a_thought_in_any_familys_form_is_no_part_of_a_reply(
    ask: Ask, server: ModelServer, name: str, step: int
) -> None:
    text = THOUGHTS[name].replace("{}", "Cats purr.")
    server.play(play.reply(*(text[at : at + step] for at in range(0, len(text), step))))
    *pieces, reply = ChatModel("cat-1", url=server.url, key=None).stream(QUESTION)
    assert isinstance(reply, Reply)
    assert reply.text.strip() == "Cats purr."
    assert "".join(map(str, pieces)).strip() == "Cats purr."


@pytest.mark.parametrize("name", [name for name in THOUGHTS if name != "in the middle"])
def test_a_document_is_found_behind_or_before_a_thought(ask: Ask, name: str) -> None:
    reply = ask(play.reply(THOUGHTS[name].replace("{}", SAID)), schema=SCHEMA)
    assert (reply.text, reply.structured) == (SAID, True)


@pytest.mark.parametrize("ends", ["</think>", "◁/think▷", "[/THINK]", "<unused95>", "<|channel|>final<|message|>"])
def test_of_a_thought_that_nothing_announced_nothing_is_left_in_the_reply(ask: Ask, ends: str) -> None:
    assert ask(play.reply("Dogs? No. Dogs bark. ", ends[:3], ends[3:] + "\n\nCats", " purr.")).text == "Cats purr."


def test_a_model_that_only_thinks_says_nothing_and_is_asked_again_without_a_schema(
    ask: Ask, server: ModelServer
) -> None:
    assert ask(play.reply("<think>Dogs? No. Dogs"), schema=SCHEMA).text == ""
    assert ["response_format" in asked.body for asked in server.requests] == [True, False]


def test_a_thought_that_took_all_tokens_is_given_more_room(ask: Ask, server: ModelServer) -> None:
    def thinks(request: play.Request) -> None:
        short = request.body["max_tokens"] <= 100
        (
            play.reply("<think>Dogs? No. Dogs", finish="length")
            if short
            else play.reply("<think>Dogs?</think>Cats purr.")
        )(request)

    assert ask(thinks, most_tokens=100).text == "Cats purr."
    assert len(server.requests) == 2


# --- control tokens ---------------------------------------------------------------------------------------------------

TOKENS = (
    "<|im_end|> </s> <|eot_id|> <|endoftext|> <|end_of_text|> <end_of_turn> <eos> <|end|> <|return|> "
    "<｜end▁of▁sentence｜> <unused94> "
    "<|END_OF_TURN_TOKEN|> [/INST] <pad> <turn|> <|role_end|> [EOS] <end_of_utterance> [e~["
).split()


@pytest.mark.parametrize("step", [1, 4, 1000])
@pytest.mark.parametrize("token", TOKENS)
def test_a_token_at_the_end_is_no_text(ask: Ask, server: ModelServer, token: str, step: int) -> None:
    text = "Cats purr." + token
    assert ask(play.reply(*(text[at : at + step] for at in range(0, len(text), step)))).text == "Cats purr."
    assert ask(play.reply(SAID + token), schema=SCHEMA).text == SAID


@pytest.mark.parametrize(
    "opens",
    [
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<start_of_turn>model\n",
        "<|assistant|>",
        "<s>",
        "<｜Assistant｜>",
        "<|CHATBOT_TOKEN|>",
        "<|turn>model\n",
    ],
)
def test_the_head_of_the_models_own_turn_is_no_text(ask: Ask, opens: str) -> None:
    for step in (1, 1000):
        text = opens + "Cats purr."
        assert ask(play.reply(*(text[at : at + step] for at in range(0, len(text), step)))).text.strip() == "Cats purr."


@pytest.mark.parametrize(
    "turn",
    [
        "<|im_end|>\n<|im_start|>user\n",
        "<end_of_turn>\n<start_of_turn>user\n",
        "</s>[INST] ",
        "<|end|><|user|>",
        "<｜User｜>",
    ],
)
def test_a_model_that_goes_on_as_the_person_who_asks_is_not_listened_to(ask: Ask, turn: str) -> None:
    for step in (1, 1000):
        text = f"Cats purr.{turn}And dogs?"
        assert ask(play.reply(*(text[at : at + step] for at in range(0, len(text), step)))).text.strip() == "Cats purr."


@pytest.mark.parametrize(
    "text",
    [
        "p < 0.05 and q > 3 [1.2]",
        "a <b> of [THIS] kind [1.2][2.1]",
        "analysis of cats",
        "Here is my cat.",
        "if x<y and z>w: [M + K](+)",
        "Cats [",
        "2 <",
        "analysis",
    ],
)
def test_what_only_looks_like_a_token_stays(ask: Ask, text: str) -> None:
    for step in (1, 1000):
        assert ask(play.reply(*(text[at : at + step] for at in range(0, len(text), step)))).text == text


@pytest.mark.parametrize(
    "seed", ["<", "<|channel|>", "<|", "[", "◁", "<think>", "</think>", "<|im_start|>", "<|channel|>a<", "]~"]
)
def test_the_longest_reply_is_heard_to_its_end(seed: str) -> None:
    """A second or two; if each piece were looked at with all those before it, many minutes."""
    from rag.models.chat.thoughts import ThoughtFilter

    heard = ThoughtFilter()
    told = "".join(heard.feed(seed * 10) for _ in range(12_000)) + heard.end()
    assert len(told) <= len(seed) * 120_000 + 12_000


@pytest.mark.parametrize("text", ['{"said": "<think>Cats', '{"said": "Cats<|im_end|>'])
def test_half_a_document_stays_half_a_document(ask: Ask, text: str) -> None:
    with pytest.raises(ReplyBroken):
        ask(play.reply(text), schema=SCHEMA)


def test_a_token_within_a_document_is_left_out(ask: Ask) -> None:
    assert ask(play.reply('{"said": "Cats</think> purr.<|im_end|>"}'), schema=SCHEMA).text == SAID


def test_no_fault_is_hidden_by_what_was_held_back(ask: Ask) -> None:
    with pytest.raises(ModelError):
        ask(play.reset(event(chunk("Cats <|im"))))
