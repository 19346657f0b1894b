"""Places for questions: first come, first served; nobody is forgotten."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ui.places import Busy, Places


def test_who_comes_first_is_let_in_first() -> None:
    places, order = Places(at_once=1, waiting=10), list[int]()
    tickets = [places.line_up() for _ in range(5)]
    assert [t.before for t in tickets] == [0, 0, 1, 2, 3]

    def ask(n: int) -> None:
        with tickets[n]:
            tickets[n].wait()
            order.append(n)

    threads = [threading.Thread(target=ask, args=(n,)) for n in (3, 4, 1, 2, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_no_more_are_in_than_there_are_places() -> None:
    places, inside, most = Places(at_once=3, waiting=50), [0], [0]
    lock = threading.Lock()

    def ask() -> None:
        with places.place():
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            threading.Event().wait(0.005)
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most[0], inside[0]) == (3, 0)


def test_where_too_many_wait_it_says_so_at_once_and_when_to_come_back() -> None:
    places = Places(at_once=1, waiting=1)
    with places.line_up(), places.line_up():
        with pytest.raises(Busy) as refused, places.place():
            pass
        assert refused.value.retry_after >= 1
    with places.place():
        pass


def test_a_question_that_fails_or_is_given_up_frees_its_place() -> None:
    places = Places(at_once=1, waiting=2)
    with pytest.raises(ValueError, match="broken"), places.place():
        raise ValueError("broken")
    first, second, third = places.line_up(), places.line_up(), places.line_up()
    second.leave()
    second.leave()
    assert not third.wait(0)
    first.leave()
    assert third.wait(0)
    third.leave()
    assert places.line_up().wait(0)


def test_coroutines_and_threads_stand_in_one_queue() -> None:
    places, order = Places(at_once=1, waiting=10), list[str]()

    async def ask(name: str) -> None:
        with places.line_up() as ticket:
            await ticket.wait_async()
            order.append(name)

    async def all_of_it() -> None:
        with places.line_up():
            tasks = [asyncio.create_task(ask("a"))]
            await asyncio.sleep(0)
            threading.Thread(target=thread_asks).start()
            while len(places._queue) < 2:
                await asyncio.sleep(0.001)
            tasks += [
                asyncio.create_task(ask("c")),
                gone := asyncio.create_task(ask("gone")),
                asyncio.create_task(ask("d")),
            ]
            await asyncio.sleep(0.01)
            gone.cancel()
            await asyncio.sleep(0.01)
        await asyncio.gather(*tasks, return_exceptions=True)

    def thread_asks() -> None:
        with places.place():
            order.append("b")

    asyncio.run(all_of_it())
    assert order == ["a", "b", "c", "d"]
    assert places.line_up().wait(0)
