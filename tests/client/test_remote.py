"""A client whose library a server has does what the client does whose library is here: the same tests for both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fakes
import pytest
from fakes import write_records
from model_server import free_port
from serving import serving
from support import run

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.client.remote.engine import RemoteEngine
from rag.errors import CitewiseError, InputError, LibraryNotFound, ServerRefused, ServerUnreachable, UsageError
from rag.models.bundled_embedder import BundledEmbedder
from rag.types import Claim, Done, Filters, Sources, Upload
from ui.config import Config

PAPERS = [{**fakes.PAPERS[0], "doi": "10.1234/otters/1"}, *fakes.PAPERS[1:]]
QUESTION = "How do otters judge whether water is clean?"
TOKEN = "a-token-of-our-own-making"


@pytest.fixture(params=["here", "on a server"])
def client(request: pytest.FixtureRequest, tmp_path: Path, embedder: BundledEmbedder) -> Iterator[Client]:
    with Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder)) as own:
        if request.param == "here":
            yield own
        else:
            with serving(own) as url, Client(url) as remote:
                yield remote


@pytest.fixture
def filled(client: Client, tmp_path: Path) -> Client:
    client.index(write_records(tmp_path / "papers.jsonl", PAPERS))
    return client


def test_papers_are_indexed_searched_and_asked(filled: Client) -> None:
    assert [p.title for p in filled.papers()] == [p["title"] for p in PAPERS]
    best = filled.search(QUESTION, k=2)[0]
    assert (best.paper.title, best.paper.authors, best.paper.paper_id) == (
        PAPERS[0]["title"],
        ("Ada Müller",),
        "doi:10.1234/otters/1",
    )
    answer = filled.ask(QUESTION)
    paper = answer.sources[0].paper
    assert paper.abstract == PAPERS[0]["abstract"]
    assert all(paper.abstract[s.start : s.end] == s.text for s in answer.sources[0].sentences)
    assert filled.paper(paper.paper_id) == paper == next(filled.papers())
    assert filled.about().papers == 3


def test_the_stream_is_the_same_from_sources_to_done(filled: Client) -> None:
    events = list(filled.stream(QUESTION))
    assert isinstance(events[0], Sources)
    assert events[0].passages[0].sentences[0].score > 0
    assert isinstance(events[-1], Done)
    assert events[-1].answer.claims == tuple(e for e in events if isinstance(e, Claim))


def test_a_filter_bounds_what_is_found(filled: Client) -> None:
    assert [p.paper.year for p in filled.search("otters and water", filters=Filters(year_from=2021))] == [2022]
    assert filled.ask(QUESTION, filters=Filters(author="nobody")).outcome == "not_covered"


def test_a_report_tells_what_was_left_out_and_under_which_name(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "bad.bin").write_bytes(b"\0\1\2")
    write_records(folder / "good.jsonl", PAPERS)
    told: list[str] = []
    report = client.index(folder, tmp_path / "nowhere.csv", progress=lambda phase, done, total: told.append(phase))
    assert (report.added, report.barren) == (3, [str(tmp_path / "nowhere.csv")])
    assert {s.where for s in report.skipped} == {str(folder / "bad.bin"), str(tmp_path / "nowhere.csv")}
    assert next(client.papers()).source.startswith(str(folder / "good.jsonl"))
    assert set(told) <= {"reading", "embedding", "indexing"}
    again = client.index(Upload(folder / "good.jsonl", "mine.jsonl"))
    assert (again.added, again.unchanged) == (0, 3)


def test_nothing_that_can_be_read_is_an_error(client: Client, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        client.index(tmp_path / "nowhere.csv")
    (tmp_path / "bad.bin").write_bytes(b"\0\1\2")
    with pytest.raises(InputError, match=r"bad\.bin"):
        client.index(tmp_path / "bad.bin")
    assert client.index().completed == 0  # nothing was left undone


def test_a_removed_paper_is_gone(filled: Client) -> None:
    gone = next(filled.papers()).paper_id
    assert filled.remove(gone, "title:none") == 1
    with pytest.raises(UsageError, match="no such paper"):
        filled.paper(gone)
    assert len(list(filled.papers())) == 2


def test_a_conversation_understands_stays_and_is_resumed(filled: Client) -> None:
    chat = filled.chat()
    chat.ask(QUESTION)
    answer = chat.ask("and how many trials were there?")
    assert (len(chat.turns), chat.title, chat.note) == (2, QUESTION, None)
    again = filled.chat(chat.id)
    assert [t.answer.text for t in again.turns] == [t.answer.text for t in chat.turns]
    assert again.turns[1].answer.standalone_question == answer.standalone_question
    herons = again.ask("How long do herons near railways sleep?")
    number = next(s.number for s in herons.sources if s.paper.title == PAPERS[1]["title"])
    assert number > 1
    assert again.number_of(f"{again.papers[number].paper_id}:1") == number
    assert again.papers[1].title == PAPERS[0]["title"]


def test_a_conversation_that_two_hold_is_one(filled: Client) -> None:
    chat = filled.chat()
    chat.ask(QUESTION)
    filled.chat(chat.id).ask("How long do herons near railways sleep?")
    chat.ask("What does the soil sensor cost?")
    assert [t.answer.question for t in chat.turns] == [t.answer.question for t in filled.chat(chat.id).turns]
    assert len(chat.turns) == 3


def test_a_conversation_is_renamed_exported_cut_rated_and_deleted(filled: Client) -> None:
    chat = filled.chat()
    chat.ask(QUESTION)
    chat.ask("and how many trials were there?")
    chat.rename(" Of  otters ")
    assert (chat.title, filled.conversations()[0].title) == ("Of otters", "Of otters")
    assert chat.export().startswith("# Of otters")
    assert "Otters" in chat.export("bibtex")
    filled.rate(chat.id, 1, True, "just so")
    assert [(r.turn, r.liked, r.comment) for r in filled.ratings(chat.id)] == [(1, True, "just so")]
    filled.rate(chat.id, 1, None)
    assert filled.ratings() == []
    chat.drop(2)
    assert (len(chat.turns), len(filled.chat(chat.id).turns)) == (1, 1)
    filled.delete_conversation(chat.id)
    assert filled.conversations() == []


def test_conversations_are_found_by_words_of_title_question_or_answer_in_any_case(filled: Client) -> None:
    otters, herons = filled.chat(), filled.chat()
    said = otters.ask(QUESTION).claims[0].text
    herons.ask("How long do herons near railways sleep?")
    herons.rename("Über Reiher 100%")

    def found(words: str) -> list[str]:
        return [c.id for c in filled.conversations(words)]

    assert found(" ".join(said.upper().split()[:3])) == [otters.id]
    assert found("railways HOW") == [herons.id]
    assert found("ÜBER 100%") == [herons.id]
    assert found("otters kettledrum") == []
    assert len(found("  ")) == 2
    assert found("%") == [herons.id]


def test_a_conversation_that_is_not_kept_understands_all_the_same(filled: Client) -> None:
    chat = filled.chat(saved=False)
    chat.ask(QUESTION)
    chat.ask("why?")
    assert chat.turns[1].answer.standalone_question == "Why do otters judge whether water is clean?"
    assert filled.conversations() == []
    assert chat.export().startswith(f"# {QUESTION}")


def test_what_is_wrong_is_the_same_error(filled: Client) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: filled.ask("  "),
        lambda: filled.chat("none"),
        lambda: filled.paper("title:none/../x?y#z"),
        lambda: filled.rename_conversation("none", "x"),
        lambda: filled.delete_conversation("none"),
        lambda: filled.rate("none", 1, True),
        lambda: filled.ask(QUESTION, filters=Filters(year_from=2020, year_to=2010)),
    )
    for call in calls:
        with pytest.raises(UsageError) as wrong:
            call()
        assert wrong.value.remedy


def test_a_library_that_is_not_there_holds_nothing(client: Client) -> None:
    assert client.about().papers == 0
    with pytest.raises(LibraryNotFound):
        client.ask(QUESTION)
    with pytest.raises(LibraryNotFound):
        list(client.papers())


def test_the_library_is_examined(filled: Client) -> None:
    health = filled.check(repair=True)
    assert (health.papers, health.is_whole) == (3, True)


def test_a_closed_client_opens_again_when_it_is_used(filled: Client) -> None:
    filled.close()
    assert filled.search("soil moisture", k=1)[0].paper.year == 2022


# --- what only a server's client meets --------------------------------------------------------------------------------


def test_no_server_is_said_once_and_plainly(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with (
        Client(address) as client,
        pytest.raises(ServerUnreachable, match=f"{address}: no server answers here") as away,
    ):
        client.ask(QUESTION)
    assert "citewise serve" in away.value.remedy
    done = run("ask", "--library", address, QUESTION, home=tmp_path)
    assert (done.returncode, done.stderr.count(b"\n"), done.stdout) == (1, 1, b"")


@pytest.mark.parametrize("address", ["http://", "http://[x", "http://host:port", "http://host?x=1"])
def test_an_address_that_is_none_is_wrong_usage(address: str) -> None:
    with pytest.raises(UsageError):
        Client(address)


def test_the_token_of_the_settings_is_sent(
    tmp_path: Path, embedder: BundledEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder)) as own,
        serving(own, Config(page=False, token=TOKEN)) as url,
    ):
        with Client(url) as stranger, pytest.raises(ServerRefused, match="CITEWISE_API_TOKEN"):
            stranger.about()
        monkeypatch.setenv("CITEWISE_API_TOKEN", TOKEN)
        with Client(url) as known:
            assert known.about().papers == 0


class _Stranger(BaseHTTPRequestHandler):
    """Another kind of server: one path leads elsewhere, one is a web page, one an answer that breaks off."""

    seen: tuple[tuple[str, str | None], ...] = ()

    def do_GET(self) -> None:
        type(self).seen += ((self.path, self.headers.get("Authorization")),)
        if "about" in self.path:
            self.send_response(307)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/stolen")  # type: ignore[attr-defined]
            self.end_headers()
        else:
            self._say("text/html", b"<h1>Hello</h1>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._say("text/event-stream", b'event: sources\ndata: {"standalone_question": "x", "passages": []}\n\n')

    def _say(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def stranger() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Stranger) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_another_kind_of_server_is_recognised_and_gets_no_token_by_a_redirect(stranger: str) -> None:
    engine = RemoteEngine(stranger, TOKEN)
    with Client.over(engine) as client:
        with pytest.raises(ServerRefused, match="http://localhost"):
            client.about()
        assert not [path for path, _ in _Stranger.seen if "stolen" in path]
        with pytest.raises(CitewiseError, match="no server of this kind"):
            client.conversations()
        with pytest.raises(ServerUnreachable, match="in the middle"):
            list(client.stream(QUESTION))


def test_name_and_password_in_an_address_are_shown_nowhere(stranger: str) -> None:
    with Client(stranger.replace("://", "://ada:secret@")) as client, pytest.raises(CitewiseError) as wrong:
        client.conversations()
    assert "secret" not in str(wrong.value) + client.name


def test_the_commands_work_on_a_server(tmp_path: Path, embedder: BundledEmbedder) -> None:
    write_records(tmp_path / "papers.jsonl", PAPERS)
    with Client.over(EmbeddedEngine(tmp_path / "library", embedder=embedder)) as own, serving(own) as url:
        for command, said in (
            (["index", "papers.jsonl"], b"3 added"),
            (["ask", QUESTION], b"Otters tell clean water"),
            (["search", "herons"], b"Night trains"),
            (["papers"], b"A cheap sensor"),
            (["check"], b"3 papers"),
        ):
            done = run(*command, "--library", url, home=tmp_path)
            assert (done.returncode, done.stderr) == (0, b""), command
            assert said in done.stdout.replace(b"\n", b" "), command
        talked = run("chat", "--library", url, home=tmp_path, stdin=f"{QUESTION}\nwhy?\n".encode())
        assert (talked.returncode, talked.stderr) == (0, b"")
        assert b"Why do otters judge whether water is clean?" in talked.stdout


def test_a_question_asked_anew_takes_the_place_of_its_turn_once_it_is_answered(filled: Client) -> None:
    chat = filled.chat()
    chat.ask(QUESTION)
    chat.ask("Do herons near railways sleep less?")
    stream = chat.stream("What does a cheap sensor cost?", replaces=2)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    asked = [t.answer.question for t in filled.chat(chat.id).turns]
    assert asked == [QUESTION, "Do herons near railways sleep less?"]
    list(chat.stream("What does a cheap sensor cost?", replaces=2))
    for known in (chat, filled.chat(chat.id)):
        assert [t.answer.question for t in known.turns] == [QUESTION, "What does a cheap sensor cost?"]
    with pytest.raises(UsageError, match="Turn 3"):
        list(chat.stream("And?", replaces=3))
    passing = filled.chat(saved=False)
    passing.ask(QUESTION)
    list(passing.stream("What does a cheap sensor cost?", replaces=1))
    assert [t.answer.question for t in passing.turns] == ["What does a cheap sensor cost?"]
