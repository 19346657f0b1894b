"""A question under way: what is told of it while it waits and works, and what is left of it when it is stopped, left or
fails.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from fakes import write_records
from model_server import ModelServer, Part, Request, chunk, event, events, reply, status

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.errors import ModelKeyWrong
from rag.models.bundled_embedder import BundledEmbedder
from rag.types import Claim, Done, Sources
from ui.page.asking import Begun, Failed, News, Nothing, Question, Stopped, Told, Waiting
from ui.places import Busy, Places

PAPERS: list[dict[str, object]] = [
    {
        "title": "Calling Out: Telling Herons from Storks",
        "abstract": "Herons and storks are hard to tell apart at dusk. CallNet listens to calls of 0.5 seconds and "
        "needs no camera. "
        "It is right in 91.5% of cases, while people are right in 84%.",
    }
]
QUESTION = "How often is CallNet right?"
SAID = json.dumps(
    {
        "verdict": "answered",
        "sentences": [
            {"cites": ["1.3"], "text": "It is right in 91.5% of cases, while people are right in 84%."},
            {"cites": ["1.2"], "text": "CallNet listens to calls of 0.5 seconds and needs no camera."},
        ],
    }
)


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as started:
        yield started


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder, model: ModelServer) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("birds")
    engine = EmbeddedEngine(folder / "library", writer="chat", embedder=embedder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITEWISE_LLM_URL", model.url)
        patch.setenv("CITEWISE_LLM_MODEL", "birdy")
        engine.model()
    engine.index((write_records(folder / "papers.jsonl", PAPERS),), None)
    yield Client.over(engine)
    engine.close()


def _halting(go_on: threading.Event) -> Part:
    """Says the first sentence, and the second when it may."""

    def play(request: Request) -> None:
        at = SAID.index('{"cites": ["1.2"]')
        request.head()
        request.write(event(chunk(SAID[:at])))
        while not go_on.wait(0.05):
            request.write(b": still there\n\n")
        for data in events([SAID[at:]]):
            request.write(data)

    return play


def _until(news: Iterator[News], kind: type) -> News:
    """The next news of a kind; of events, of an event of that kind."""
    return next(n for n in news if isinstance(n.event if isinstance(n, Told) else n, kind))


def _quiet(news: Iterator[News]) -> list[str]:
    return [type(n.event if isinstance(n, Told) else n).__name__ for n in news if not isinstance(n, Nothing)]


def _told_by(thread_name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == thread_name:
            thread.join(20)


def test_what_happens_is_told_in_order_with_the_numbers_of_the_papers(client: Client, model: ModelServer) -> None:
    model.play(reply(SAID))
    asked = Question(client, Places(), QUESTION)
    news = [n for n in asked.news() if not isinstance(n, Nothing)]
    assert isinstance(news[0], Begun)
    events = [n.event for n in news[1:] if isinstance(n, Told)]
    assert [type(e) for e in events] == [Sources, Claim, Claim, Done]
    first = next(n for n in news if isinstance(n, Told) and isinstance(n.event, Claim))
    assert list(first.numbers.values()) == [1]
    assert asked.conversation
    assert client.conversations()[0].id == asked.conversation.id


def test_a_question_that_waits_tells_how_many_are_before_it(client: Client, model: ModelServer) -> None:
    model.play(reply(SAID))
    places = Places(at_once=1)
    with places.line_up(), places.line_up():
        news = Question(client, places, QUESTION).news()
        assert _until(news, Waiting) == Waiting(1)
    assert _quiet(news)[-1] == "Done"


def test_where_too_many_wait_it_fails_at_once(client: Client) -> None:
    places = Places(at_once=1, waiting=0)
    with places.line_up():
        (failed,) = Question(client, places, QUESTION).news()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, Busy)


def test_stopping_ends_the_news_frees_the_place_and_leaves_no_turn(client: Client, model: ModelServer) -> None:
    model.play(_halting(threading.Event()))
    before, places = len(client.conversations()), Places(at_once=1, waiting=0)
    asked = Question(client, places, QUESTION)
    news = asked.news()
    _until(news, Claim)
    asked.stop()
    assert [n for n in news if not isinstance(n, Nothing)] == [Stopped()]
    _told_by("question")
    places.line_up().leave()
    assert len(client.conversations()) == before


def test_a_reader_who_goes_away_stops_the_question(client: Client, model: ModelServer) -> None:
    model.play(_halting(threading.Event()))
    before, places = len(client.conversations()), Places(at_once=1, waiting=0)
    news = Question(client, places, QUESTION).news()
    _until(news, Claim)
    del news
    _told_by("question")
    places.line_up().leave()
    assert len(client.conversations()) == before


def test_what_is_left_alone_is_finished_and_saved(client: Client, model: ModelServer) -> None:
    go_on = threading.Event()
    model.play(_halting(go_on))
    before = len(client.conversations())
    asked = Question(client, Places(), QUESTION)
    news = asked.news()
    _until(news, Claim)
    asked.leave()
    assert _quiet(news) == []
    go_on.set()
    _told_by("question")
    assert len(client.conversations()) == before + 1


def test_asking_again_takes_the_place_of_the_turn_and_those_after_it(client: Client, model: ModelServer) -> None:
    model.play(reply(SAID))
    chat = client.chat()
    for _ in range(3):
        chat.ask(QUESTION)
    asked = Question(client, Places(), "Does CallNet need a camera?", chat.id, replaces=2)
    begun = _until(news := asked.news(), Begun)
    assert isinstance(begun, Begun)
    assert len(begun.turns) == 1
    assert _quiet(news)[-1] == "Done"
    assert [t.answer.question for t in client.chat(chat.id).turns] == [QUESTION, "Does CallNet need a camera?"]


def test_an_error_is_the_last_news(client: Client, model: ModelServer) -> None:
    model.play(status(401, "wrong key"))
    *_, last = Question(client, Places(), QUESTION).news()
    assert isinstance(last, Failed)
    assert isinstance(last.error, ModelKeyWrong)
