"""Who is at the door: sessions that end with a password, right passwords that are no guesses, and users whom nobody
locks out.
"""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from starlette.datastructures import Headers

from ui.config import Config
from ui.doorkeeper import Doorkeeper, Guesses
from ui.places import Busy
from ui.problems import Refused
from ui.users import add_user

PASSWORD, ANOTHER = "correct horse", "another horse"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    add_user(path, "ada", PASSWORD)
    return path


def _who(keeper: Doorkeeper, secret: str) -> str | None:
    headers = Headers({"cookie": f"{keeper.cookie}={secret}"})

    async def ask() -> str | None:
        return await keeper.who(headers, "10.0.0.1")

    return anyio.run(ask)


def test_a_session_ends_when_the_password_changes(users: Path) -> None:
    keeper = Doorkeeper(Config(auth=users))
    secret = keeper.session("ada")
    assert _who(keeper, secret) == "ada"
    add_user(users, "grace", ANOTHER)
    assert _who(keeper, secret) == "ada"
    add_user(users, "ada", ANOTHER)
    assert _who(keeper, secret) is None
    assert _who(keeper, keeper.session("ada")) == "ada"


def test_a_session_ends_when_its_user_is_taken_out(users: Path) -> None:
    add_user(users, "grace", ANOTHER)
    keeper = Doorkeeper(Config(auth=users))
    secret = keeper.session("ada")
    users.write_text("".join(line for line in users.read_text().splitlines(True) if line.startswith("grace")))
    assert _who(keeper, secret) is None


def test_many_right_passwords_at_once_are_no_guesses(users: Path) -> None:
    keeper, right = Doorkeeper(Config(auth=users)), []

    async def sign_in() -> None:
        right.append(await keeper.signs_in("ada", PASSWORD, "10.0.0.1"))

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(sign_in)

    anyio.run(all_at_once)
    assert right == [True] * 12


def test_many_wrong_ones_at_once_are_counted(users: Path) -> None:
    keeper, told = Doorkeeper(Config(auth=users)), []
    keeper.guesses = Guesses(lambda: 0.0)  # no time passes while passwords are hashed

    async def guess(n: int) -> None:
        try:
            told.append(await keeper.signs_in("ada", f"wrong horse {n}", "10.0.0.1"))
        except Busy:
            told.append(True)

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for n in range(12):
                group.start_soon(guess, n)

    anyio.run(all_at_once)
    assert told.count(False) <= 6


def test_a_spoiled_file_of_users_is_told_to_no_stranger(users: Path) -> None:
    keeper = Doorkeeper(Config(auth=users))
    users.write_text("ada:spoiled\n")
    for asked in (
        lambda: anyio.run(keeper.signs_in, "ada", PASSWORD, "10.0.0.1"),
        lambda: _who(keeper, keeper.session("ada")),
    ):
        with pytest.raises(Refused) as caught:
            asked()
        assert str(users.parent) not in str(caught.value)
        assert caught.value.status == 503


def test_whoever_guesses_from_one_address_locks_nobody_out_elsewhere() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for _ in range(200):  # one a minute, for hours
        now[0] += 60
        guesses.begin("ada", "203.0.113.9")
    guesses.begin("ada", "10.0.0.1")
    with pytest.raises(Busy):  # not as many as anybody likes: each such look is some seconds after the one before
        guesses.begin("ada", "10.0.0.2")
    now[0] += 6
    guesses.begin("ada", "10.0.0.2")


def test_guesses_from_many_addresses_are_looked_at_at_a_bounded_rate() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    looked = 0
    for n in range(5_000):
        now[0] += 0.1
        try:
            guesses.begin("ada", f"203.0.{n // 250}.{n % 250}")
            looked += 1
        except Busy:
            pass
    assert looked < 60 + 500 / 5 + 20
