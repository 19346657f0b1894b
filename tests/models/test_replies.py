"""Replies are recorded once and found again, by anyone who asks exactly the same."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.database import make_database
from rag.errors import RepliesUnusable, ReplyNotRecorded
from rag.library.store.schema import SCHEMA
from rag.models.chat.messages import Ask, Message, Reply
from rag.models.chat.replies import Replies
from rag.types import Usage

ASK = Ask(
    "cat-1", (Message("system", "Be brief."), Message("user", "How do cats purr?")), {"type": "object"}, 100, 0.0, 20
)
REPLY = Reply('{"said": "Purr — 25 Hz 🐈"}', Usage(12, 5, 0.25), "cat-1", "stop", structured=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "somewhere" / "replies.sqlite"


@pytest.fixture
def replies(path: Path) -> Iterator[Replies]:
    opened = Replies(path)
    yield opened
    opened.close()


def test_a_reply_is_found_again_as_it_was_and_costs_nothing_new(replies: Replies) -> None:
    assert replies.find(ASK) is None
    replies.keep(ASK, REPLY)
    assert replies.find(ASK) == replace(REPLY, usage=Usage(12, 5, 0.0), replayed=True)


def test_a_cost_that_was_not_known_stays_unknown(replies: Replies) -> None:
    replies.keep(ASK, replace(REPLY, usage=Usage(12, 5, None)))
    found = replies.find(ASK)
    assert found is not None
    assert found.usage == Usage(12, 5, None)


@pytest.mark.parametrize(
    "other",
    [
        {"model": "cat-2"},
        {"messages": ASK.messages[1:]},
        {"messages": ASK.messages[::-1]},
        {"messages": (Message("system", "Be brief.How do cats purr?"),)},
        {"messages": (Message("user", "Be brief."), ASK.messages[1])},
        {"schema": None},
        {"schema": {"type": "array"}},
        {"most_tokens": 101},
        {"temperature": 0.5},
        {"seed": 21},
    ],
)
def test_whatever_may_change_a_reply_makes_it_another_question(replies: Replies, other: dict[str, Any]) -> None:
    replies.keep(ASK, REPLY)
    assert replies.find(replace(ASK, **other)) is None


def test_the_order_of_a_schemas_names_and_the_kind_of_list_do_not_matter() -> None:
    one = replace(ASK, schema={"a": 1, "b": {"c": 2, "d": 3}}, messages=list(ASK.messages))
    assert one.key == replace(ASK, schema={"b": {"d": 3, "c": 2}, "a": 1}).key


def test_the_key_stays_the_same_from_version_to_version() -> None:
    assert ASK.key == "4fa1b886ce0885ec855fa19db177bc6f2dbc2372ae23e087c468561131936ea2"


def test_the_first_recording_stays(replies: Replies) -> None:
    replies.keep(ASK, REPLY)
    replies.keep(ASK, replace(REPLY, text="something else"))
    found = replies.find(ASK)
    assert found is not None
    assert found.text == REPLY.text


def test_what_was_recorded_is_there_for_the_next_run_and_when(replies: Replies, path: Path) -> None:
    replies.keep(ASK, REPLY)
    replies.close()
    again = Replies(path)
    assert again.find(ASK) is not None
    again.close()
    with sqlite3.connect(path) as connection:
        ((model, when),) = connection.execute("SELECT model, recorded_at FROM replies")
    connection.close()
    assert model == "cat-1"
    assert when.startswith("20")
    assert [p.name for p in path.parent.iterdir()] == ["replies.sqlite"]  # one file, to be copied or committed


def test_only_replaying_gives_what_is_there_and_names_the_file_for_what_is_not(replies: Replies, path: Path) -> None:
    replies.keep(ASK, REPLY)
    replaying = Replies(path, replay_only=True)
    assert replaying.find(ASK) is not None
    with pytest.raises(ReplyNotRecorded, match=r"replies\.sqlite.*cat-1") as caught:
        replaying.find(replace(ASK, seed=1))
    assert "CITEWISE_LLM_URL" in caught.value.remedy
    replaying.close()


def test_only_replaying_works_where_nothing_may_be_written(replies: Replies, path: Path) -> None:
    replies.keep(ASK, REPLY)
    replies.close()
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        replaying = Replies(path, replay_only=True)
        assert replaying.find(ASK) is not None
        replaying.close()
    finally:
        path.parent.chmod(0o755)


def test_only_replaying_makes_no_file(path: Path) -> None:
    with pytest.raises(RepliesUnusable, match="no such file"):
        Replies(path, replay_only=True)
    assert not path.parent.exists()


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    text, library = tmp_path / "notes.txt", tmp_path / "catalog.sqlite"
    text.write_text("cats " * 1000)
    make_database(library, SCHEMA, {})
    for path in (text, library, tmp_path):
        before = path.read_bytes() if path.is_file() else b""
        for replay_only in (False, True):
            with pytest.raises(RepliesUnusable, match="CITEWISE_LLM_RECORD") as caught:
                Replies(path, replay_only=replay_only).close()
            assert str(path) in caught.value.problem
        assert not path.is_file() or path.read_bytes() == before


def test_a_place_where_no_file_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RepliesUnusable, match="file"):
        Replies(tmp_path / "file" / "replies.sqlite")


def test_threads_share_a_record(replies: Replies) -> None:
    def work(n: int) -> str:
        ask = replace(ASK, seed=n % 10)
        replies.keep(ask, replace(REPLY, text=f"reply {n % 10}"))
        found = replies.find(ask)
        assert found is not None
        return found.text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(60))) == [f"reply {n % 10}" for n in range(60)]


def test_processes_make_and_share_a_record(
    path: Path, in_process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    code = """
import sys
from dataclasses import replace
from pathlib import Path
from models.test_replies import ASK, REPLY
from rag.models.chat.replies import Replies
replies = Replies(Path(sys.argv[1]))
for n in range(20):
    replies.keep(replace(ASK, seed=n), replace(REPLY, text=f"reply {n}"))
replies.close()
"""
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: in_process(code, path), range(3)))
    assert [(p.returncode, p.stderr) for p in done] == [(0, "")] * 3
    replaying = Replies(path, replay_only=True)
    found = [replaying.find(replace(ASK, seed=n)) for n in range(20)]
    assert [f.text for f in found if f] == [f"reply {n}" for n in range(20)]
    replaying.close()
