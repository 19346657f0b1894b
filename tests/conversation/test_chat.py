"""Conversations with a real library: what follow-ups find, numbers that stay, turns that are kept."""

from __future__ import annotations

import io
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEmbedder, records, write_records
from support import PACKAGES, TESTS, run, sample_home

from rag import Client
from rag.cli.commands import main
from rag.conversation.chat import Chat
from rag.errors import LibraryNotFound, UsageError
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.types import Answer, Claim, Done, Filters, Sources

# What is said, and how the titles of the papers begin that its answer has to cite; none where nothing is to be cited.
DIALOGUES: list[list[tuple[str, tuple[str, ...]]]] = [
    [
        ("What does RePo do?", ("RePo",)),
        ("and does it work on Atari?", ("RePo",)),
        ("compare it with the empowerment paper", ("RePo", "INFO")),
        ("the second one: what did it need?", ("INFO",)),
        ("thanks!", ()),
        ("and its results?", ("INFO",)),
    ],
    [
        ("How many parameters does Drama need?", ("Drama",)),
        ("can it run on a laptop?", ("Drama",)),
        ("and for CarDreamer?", ("CarDreamer",)),
        ("what are its three components?", ("CarDreamer",)),
        ("back to the first paper: why?", ("Drama",)),
    ],
    [
        ("How does COPlanner use model uncertainty?", ("COPlanner",)),
        ("why?", ("COPlanner",)),
        ("does that also help with images?", ("COPlanner",)),
        ("what about RePo?", ("RePo",)),
        ("what are its limitations?", ("RePo",)),
    ],
    [
        ("Do we need an ensemble of dynamics models?", ("Is Model Ensemble",)),
        ("how do they show it?", ("Is Model Ensemble",)),
        ("is it cheaper?", ("Is Model Ensemble",)),
        ("which work makes a world model of a state space model instead of a transformer?", ("Drama",)),
    ],
    [
        ("What is SERL?", ("SERL",)),
        ("how long does it train?", ("SERL",)),
        ("and FastRLAP?", ("FastRLAP",)),
        ("which one is faster?", ("SERL", "FastRLAP")),
        ("does [2] need a simulator?", ("FastRLAP",)),
    ],
    [
        ("How does MuZero plan?", ()),
        ("and Drama?", ("Drama",)),
        ("no, I meant COPlanner", ("COPlanner",)),
        ("how does it explore?", ("COPlanner",)),
        ("How do I bake bread?", ()),
        ("and does it need an ensemble?", ("COPlanner",)),
    ],
    [
        ("How does Zhongjing get feedback from doctors?", ("Zhongjing",)),
        ("how much data?", ("Zhongjing",)),
        ("ok, and what about SuperHF?", ("SuperHF",)),
        ("compare the two", ("Zhongjing", "SuperHF")),
        ("what does the latter replace?", ("SuperHF",)),
    ],
    [
        ("What causes thought collapse in VLM agents?", ("GTR",)),
        ("how is it prevented?", ("GTR",)),
        ("what environments was it tested in?", ("GTR",)),
        ("in which year was it published?", ("GTR",)),
        ("Which work adapts large language models to a downstream game by an adapter model?", ("RLAdapter",)),
        ("in what environment?", ("RLAdapter",)),
    ],
    [
        ("How fast is the controller that learns to satisfy signal temporal logic?", ("Signal Temporal",)),
        ("what happens if it fails?", ("Signal Temporal",)),
        ("on how many tasks?", ("Signal Temporal",)),
        ("Is there a way to make it cheaper to train models for code completion in a repository?", ("RLCoder",)),
        ("what do the authors use as reward?", ("RLCoder",)),
    ],
    [
        ("hello", ()),
        ("What is Open RL Benchmark?", ("Open RL",)),
        ("how many runs does it have?", ("Open RL",)),
        ("who can contribute?", ("Open RL",)),
        ("tell me more about it", ("Open RL",)),
        ("and D5RL?", ("D5RL",)),
        ("compare it with the other one", ("Open RL", "D5RL")),
    ],
    [
        ("What does RePo do about distractors?", ("RePo",)),
        ("and when the shift is large?", ("RePo",)),
        ("what about the empowerment one?", ("INFO",)),
        ("one more thing: wich of the two needs no reconstruction?", ("RePo", "INFO")),
        ("Is there a benchmark of language tasks over several turns?", ("LMRL",)),
        ("how many tasks are there?", ("LMRL",)),
        ("back to the first question: why?", ("RePo",)),
    ],
    [
        ("Compare Drama with RePo.", ("Drama", "RePo")),
        ("how many parameters does the former have?", ("Drama",)),
        ("does either run on a laptop?", ("Drama", "RePo")),
        ("so who wrote it?", ("Drama",)),
        ("What makes agents lose the diversity of their thoughts?", ("GTR",)),
        ("does this need people's labels?", ("GTR",)),
        ("not GTR, I mean STARLING", ("STARLING",)),
    ],
]
Asks = Callable[[str], Answer]
Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample library that these tests may write to."""
    folder = tmp_path_factory.mktemp("talks") / "sample"
    shutil.copytree(sample_home(tmp_path_factory) / "citewise" / "libraries" / "sample", folder)
    return folder


@pytest.fixture(scope="module")
def client(sample: Path) -> Iterator[Client]:
    with Client(sample) as client:
        yield client


def hits(ask: Asks, dialogue: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, bool]]:
    """For each turn, whether its answer cites the intended papers: all of them, and the first of its sources is one."""
    found = []
    for said, meant in dialogue:
        titles = [s.paper.title for s in ask(said).sources]
        right = all(any(t.startswith(m) for t in titles) for m in meant) and all(
            any(t.startswith(m) for m in meant) for t in titles[:1]
        )
        found.append((said, right))
    return found


def test_nearly_all_turns_of_dialogues_cite_the_papers_they_are_about(client: Client) -> None:
    turns = [turn for dialogue in DIALOGUES for turn in hits(client.chat().ask, dialogue)]
    missed = [said for said, right in turns if not right]
    assert len(missed) <= 0.05 * len(turns), missed


def test_without_the_rules_most_follow_ups_miss(client: Client) -> None:
    follow_ups = [h for dialogue in DIALOGUES for h in hits(client.ask, dialogue)[1:]]
    assert sum(right for _, right in follow_ups) < len(follow_ups) / 2


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_a_paper_keeps_its_number_and_the_next_gets_the_next(client: Client) -> None:
    chat = client.chat()
    first = chat.ask("What is SERL?")
    second = chat.ask("What is FastRLAP?")
    third = chat.ask("compare it with SERL")
    assert [s.number for s in first.sources] == [1]
    assert ([s.number for s in second.sources], second.text[-3:]) == ([2], "[2]")
    assert [(s.number, s.paper.title[:4]) for s in third.sources] == [(1, "SERL"), (2, "Fast")]
    number = {s.id: source.number for source in third.sources for s in source.sentences}
    for claim in third.claims:
        assert f"[{number[claim.citations[0]]}]" in third.text
    assert {n: p.title[:4] for n, p in chat.papers.items()} == {1: "SERL", 2: "Fast"}


def test_the_stream_numbers_claims_as_the_answer_does(client: Client) -> None:
    chat = client.chat()
    chat.ask("What is FastRLAP?")
    events = list(chat.stream("Compare SERL and FastRLAP."))
    assert isinstance(events[0], Sources)
    shown = [chat.number_of(c.citations[0]) for c in events if isinstance(c, Claim)]
    assert isinstance(events[-1], Done)
    number = {s.id: source.number for source in events[-1].answer.sources for s in source.sentences}
    assert shown == [number[c.citations[0]] for c in events[-1].answer.claims]


def test_the_answer_says_what_was_asked_and_what_was_searched_for(client: Client) -> None:
    chat = client.chat()
    chat.ask("What is SERL?")
    answer = chat.ask("and how long does it train?")
    assert (answer.question, answer.standalone_question) == ("and how long does it train?", "How long does SERL train?")


def test_the_longest_question_is_answered_also_where_a_title_goes_into_it(client: Client) -> None:
    chat = client.chat()
    chat.ask("Do we need an ensemble of dynamics models?")
    longest = "how do they show it" + " in practice" * 331 + " and more"
    assert len(longest) == 4_000
    answer = chat.ask(longest)
    assert (answer.question, len(answer.standalone_question) <= 4_000) == (longest, True)


def test_small_talk_is_answered_without_a_search(tmp_path: Path) -> None:
    def never(*asked: Any) -> Any:
        raise AssertionError("searched")

    library = Library(tmp_path / "library", create=True)
    answer = Chat(library.catalog, never).ask("Thanks!")
    library.close()
    assert (answer.outcome, answer.text, answer.claims, answer.sources) == ("answered", "You're welcome.", (), ())


def test_a_detail_that_the_paper_lacks_is_not_stated_and_not_sought_elsewhere(client: Client) -> None:
    chat = client.chat()
    chat.ask("What is SERL?")
    answer = chat.ask("what colour is its logo?")
    assert answer.outcome == "not_stated"
    assert [s.paper.title[:4] for s in answer.sources] == ["SERL"]


def test_a_filter_holds_for_papers_referred_to_as_well(client: Client) -> None:
    chat = client.chat()
    chat.ask("What is SERL?")
    assert chat.ask("does it reset the robot?", filters=Filters(year_from=1999)).sources == ()


# --- what is kept -----------------------------------------------------------------------------------------------------


@pytest.fixture
def own(sample: Path, tmp_path: Path) -> Iterator[Client]:
    """A client with a library of its own."""
    shutil.copytree(sample, tmp_path / "own")
    with sqlite3.connect(tmp_path / "own" / "catalog.sqlite") as db:  # as it was before there were conversations
        db.execute("DROP TABLE IF EXISTS turns")
        db.execute("DROP TABLE IF EXISTS conversations")
    db.close()
    with Client(tmp_path / "own") as client:
        yield client


def test_a_library_from_before_has_no_conversations_and_gets_them(own: Client) -> None:
    assert own.conversations() == []
    with pytest.raises(UsageError, match="no such conversation"):
        own.delete_conversation("x")
    chat = own.chat()
    chat.ask("What is SERL?")
    assert [(c.id, c.title, c.turns) for c in own.conversations()] == [(chat.id, "What is SERL?", 1)]
    assert own.check().is_whole


def test_a_conversation_is_resumed_where_it_stood(own: Client) -> None:
    chat = own.chat()
    chat.ask("hello")
    told = chat.ask("What is SERL?")
    again = own.chat(chat.id)
    assert [t.answer.to_dict() for t in again.turns] == [t.answer.to_dict() for t in chat.turns]
    assert (again.title, again.papers[1].title) == ("What is SERL?", told.sources[0].paper.title)
    assert [s.number for s in again.ask("and FastRLAP?").sources] == [2]
    assert [s.number for s in again.ask("how long does SERL train?").sources] == [1]


def test_two_holders_of_a_conversation_hear_of_each_others_turns(own: Client) -> None:
    chat = own.chat()
    chat.ask("What is SERL?")
    other = own.chat(chat.id)
    other.ask("and FastRLAP?")
    assert chat.ask("does it need a simulator?").standalone_question == "Does FastRLAP need a simulator?"
    assert len(own.chat(chat.id).turns) == 3


def test_papers_that_two_holders_cite_at_the_same_time_get_numbers_of_their_own(own: Client) -> None:
    chat = own.chat()
    chat.ask("What is SERL?")
    events = chat.stream("What is FastRLAP?")
    assert isinstance(next(events), Sources)
    own.chat(chat.id).ask("How many parameters does Drama need?")
    *_, done = events
    assert isinstance(done, Done)
    assert ([s.number for s in done.answer.sources], done.answer.text[-3:]) == ([3], "[3]")
    for holder in (chat, own.chat(chat.id)):
        assert {n: p.title[:4] for n, p in holder.papers.items()} == {1: "SERL", 2: "Dram", 3: "Fast"}


def test_a_question_about_a_paper_that_has_left_is_not_answered_from_another(own: Client) -> None:
    chat = own.chat()
    (source,) = chat.ask("What is SERL?").sources
    chat.ask("What is FastRLAP?")
    own.remove(source.paper.paper_id)
    answer = chat.ask("does [1] need a simulator?")
    assert (answer.outcome, answer.sources) == ("not_covered", ())
    assert answer.text.startswith("Not covered: SERL: A Software Suite")
    assert answer.text.endswith("[1] is no longer in this library.")
    assert chat.ask("and [2]?").sources[0].number == 2


def test_conversations_survive_another_run_of_indexing(own: Client, tmp_path: Path) -> None:
    chat = own.chat()
    before = chat.ask("What is SERL?").to_dict()
    paper = next(p for p in own.papers() if p.title.startswith("SERL"))
    changed = {"title": paper.title, "abstract": "Something else stands here now, about kettles.", "year": 2030}
    own.index(write_records(tmp_path / "changed.jsonl", [changed]))
    assert own.chat(chat.id).turns[0].answer.to_dict() == before


def test_the_latest_comes_first_and_titles_and_deletion_are_kept(own: Client) -> None:
    chats = [own.chat(), own.chat()]
    for chat in chats:
        chat.ask("thanks")
    chats[0].ask("What is SERL?")
    assert [c.id for c in own.conversations()] == [chats[0].id, chats[1].id]
    own.rename_conversation(chats[0].id, "  Robots\n")
    own.chat(chats[0].id).ask("What is FastRLAP?")
    assert own.conversations()[0].title == "Robots"
    with pytest.raises(UsageError):
        own.rename_conversation(chats[0].id, " \n")
    own.delete_conversation(chats[0].id)
    assert [c.id for c in own.conversations()] == [chats[1].id]
    with pytest.raises(UsageError):
        own.chat(chats[0].id)


def test_an_answer_that_is_left_in_the_middle_is_no_turn(own: Client) -> None:
    chat = own.chat()
    events = chat.stream("What is SERL?")
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert (chat.turns, own.conversations()) == ((), [])


def test_a_title_is_short_whatever_the_question(own: Client) -> None:
    chat = own.chat()
    chat.ask("What is SERL good for " + "really " * 60 + "?")
    assert len(own.conversations()[0].title) == 80


def test_talking_makes_no_library(tmp_path: Path) -> None:
    with Client(tmp_path / "nowhere") as client, pytest.raises(LibraryNotFound):
        client.chat()
    assert not (tmp_path / "nowhere").exists()


TALKS = """
import os, sys
from pathlib import Path
from rag.library.catalog import Catalog
from rag.conversation.chat import Chat
def never(*asked): raise AssertionError
{before}
catalog = Catalog(Path(sys.argv[1]))
chat = Chat(catalog, never)
print(chat.ask("hello").text, flush=True)
print(chat.note, flush=True)
{after}
"""


def test_a_killed_process_has_lost_no_answer(tmp_path: Path, in_process: Process) -> None:
    Library(tmp_path / "library", create=True).close()
    done = in_process(TALKS.format(before="", after="os.kill(os.getpid(), 9)"), tmp_path / "library")
    assert done.returncode == -signal.SIGKILL
    with Client(tmp_path / "library") as client:
        assert [(c.title, c.turns) for c in client.conversations()] == [("hello", 1)]


def test_a_library_that_cannot_be_written_is_talked_to_all_the_same(in_process: Process) -> None:
    shelf = Path(
        tempfile.mkdtemp()
    )  # where everybody may enter: permissions don't bind the administrator, who becomes somebody else
    try:
        Library(shelf / "library", create=True).close()
        for path in [shelf / "library", *(shelf / "library").iterdir()]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        shelf.chmod(0o755)
        nobody = "if os.geteuid() == 0: os.setegid(65534); os.seteuid(65534)"
        done = in_process(TALKS.format(before=nobody, after="print(len(chat.turns))"), shelf / "library")
        hello, note, turns = done.stdout.splitlines()
        assert (hello.startswith("Hello."), turns, done.stderr) == (True, "1", "")
        assert note.startswith("This conversation is not saved: ")
    finally:
        (shelf / "library").chmod(0o755)
        shutil.rmtree(shelf)


def test_turns_are_saved_while_another_process_indexes(tmp_path: Path) -> None:
    library = Library(tmp_path / "library", create=True)
    papers = write_records(tmp_path / "papers.jsonl", records(120))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), PACKAGES])}
    program = [sys.executable, str(TESTS / "indexing_process.py"), str(library.folder), str(papers)]
    writer = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert writer.stdout is not None
    assert next(line for line in iter(writer.stdout.readline, "") if line.startswith("reading"))
    chat = Chat(library.catalog, lambda *asked: iter(()))
    said = 0
    while writer.poll() is None:
        chat.ask("hello")
        assert chat.note is None
        said += 1
    assert "report 120 added" in writer.communicate()[0]
    assert (said > 0, [c.turns for c in library.catalog.conversations.saved()]) == (True, [said])
    library.close()


def test_a_writer_gives_way_between_papers(library: Library, fake: FakeEmbedder, tmp_path: Path) -> None:
    """A run that held the catalogue for many papers at a time left a turn waiting for seconds."""
    saved: list[bool] = []
    put = library.catalog.put

    def watched(*paper: Any) -> None:
        if not saved:
            other = Library(library.folder)
            chat = Chat(other.catalog, lambda *asked: iter(()))
            with sqlite3.connect(library.folder / "catalog.sqlite", timeout=0) as db:
                db.execute("BEGIN IMMEDIATE")
            db.close()
            chat.ask("hello")
            saved.append(chat.note is None)
            other.close()
        put(*paper)

    library.catalog.put = watched  # type: ignore[method-assign, assignment]
    index_papers(library, fake, [write_records(tmp_path / "papers.jsonl", records(3))])
    assert saved == [True]


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts lines in the place of standard input."""

    def put(lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))

    return put


def test_piped_lines_are_asked_one_by_one(
    own: Client, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("What is SERL?\n\nhow long does it train?\n/sources\n/frobnicate\nthanks\n/quit\nWhat is FastRLAP?\n")
    assert main(["chat", "--library", str(own.folder)]) == 0
    out, err = capsys.readouterr()
    assert "→ How long does SERL train?" in out
    assert out.count("[1] SERL: A Software Suite") == 3
    assert out.count("https://serl-robot.github.io/") == 2, "in full when it is new, and when it is asked for"
    assert "/frobnicate: no such command" in out
    assert "You're welcome." in out
    assert ("FastRLAP" in out, "> " in out, err) == (False, False, "")


def test_chat_as_json_is_one_document_with_all_turns(
    own: Client, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    library = ["--library", str(own.folder)]
    typed("What is SERL?\n")
    assert main(["chat", "--json", *library]) == 0
    first = json.loads(capsys.readouterr().out)
    typed("and FastRLAP?\n")
    assert main(["chat", "--resume", "last", "--json", *library]) == 0
    both = json.loads(capsys.readouterr().out)
    assert (both["id"], both["title"], both["saved"], both["note"]) == (first["id"], "What is SERL?", True, None)
    assert both["turns"][:1] == first["turns"]
    assert both["turns"][1]["standalone_question"] == "What is FastRLAP?"
    assert [s["number"] for s in both["turns"][1]["sources"]] == [2]
    assert Answer.from_dict(both["turns"][1]).to_dict() == {n: v for n, v in both["turns"][1].items() if n != "asked"}
    assert main(["chat", "--list", "--json", *library]) == 0
    (line,) = json.loads(capsys.readouterr().out)["conversations"]
    assert (line["id"], line["turns"]) == (first["id"], 2)


def test_the_beginning_of_an_id_is_enough_unless_several_begin_so(
    own: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    for made in ("abc1", "abd2"):
        chat = own.chat()
        chat.id = made
        chat.ask("hello")
    assert main(["chat", "--delete", "ab", "--library", str(own.folder)]) == 2
    assert "2 conversations begin so" in capsys.readouterr().err
    assert main(["chat", "--delete", "abc", "--library", str(own.folder)]) == 0
    assert [c.id for c in own.conversations()] == ["abd2"]


def test_new_starts_another_conversation(
    own: Client, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("What is SERL?\n/rename Robots\n/new\nWhat is FastRLAP?\n")
    assert main(["chat", "--library", str(own.folder)]) == 0
    out = capsys.readouterr().out
    assert "Renamed: Robots" in out
    assert "[1] FastRLAP" in out
    assert {(c.title, c.turns) for c in own.conversations()} == {("Robots", 1), ("What is FastRLAP?", 1)}


def test_conversations_are_listed_exported_and_deleted(
    own: Client, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    library = ["--library", str(own.folder)]
    assert main(["chat", "--list", *library]) == 0
    assert main(["chat", "--export", "last", *library]) == 2
    assert "citewise chat" in capsys.readouterr().out
    typed("What is SERL?\n")
    main(["chat", *library])
    (saved,) = own.conversations()
    capsys.readouterr()
    assert main(["chat", "--list", *library]) == 0
    assert capsys.readouterr().out.startswith(f"{saved.id}  ")
    assert main(["chat", "--list", "SERL what", *library]) == 0
    assert capsys.readouterr().out.startswith(f"{saved.id}  ")
    assert main(["chat", "--list", "kettles", *library]) == 0
    assert capsys.readouterr().out == "No conversation has “kettles”.\n"
    assert main(["chat", "--export", saved.id, *library]) == 0
    assert capsys.readouterr().out.startswith("# What is SERL?\n\n## What is SERL?\n")
    assert main(["chat", "--export", "last", "--format", "bibtex", *library]) == 0
    assert capsys.readouterr().out.startswith("@misc{serl,\n  title = {{SERL}: ")
    assert main(["chat", "--rename", "last", "  Robots at work ", *library]) == 0
    assert main(["chat", "--export", saved.id[:5], *library]) == 0
    assert capsys.readouterr().out.startswith("# Robots at work\n")
    assert main(["chat", "--rename", "last", " ", *library]) == main(["chat", "--resume", "xyz", *library]) == 2
    assert main(["chat", "--delete", "last", *library]) == 0
    assert main(["chat", "--delete", saved.id, *library]) == 2
    assert own.conversations() == []


def test_a_question_that_cannot_be_asked_ends_no_conversation(
    own: Client, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("word " * 5000 + "\nWhat is SERL?\n")
    assert main(["chat", "--library", str(own.folder)]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("citewise: The question has")
    assert "[1] SERL" in out


def test_a_process_of_its_own_reads_its_standard_input(own: Client, tmp_path: Path) -> None:
    done = run("chat", "--library", str(own.folder), home=tmp_path, stdin=b"What is SERL?\nand FastRLAP?\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"[2] FastRLAP" in done.stdout


STOPPED = """
import signal, sys
from rag import Client
from rag.cli.talking import talk
client = Client(sys.argv[1])
def start(conversation_id):
    chat = client.chat(conversation_id)
    answering = chat._ask
    def stopped(question, *rest):
        for event in answering(question, *rest):
            yield event
            if question == "What is FastRLAP?":
                signal.raise_signal(signal.SIGINT)
    chat._ask = stopped
    return chat
_, status = talk(start, None, 8, None)
sys.exit(status)
"""


def test_on_a_terminal_there_is_a_prompt_and_ctrl_c_stops_an_answer_only(own: Client) -> None:
    pty = pytest.importorskip("pty")
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who started the tests may ignore it
        os.environ |= {"PYTHONPATH": PACKAGES, "TERM": "dumb", "COLUMNS": "80"}
        os.execv(sys.executable, [sys.executable, "-P", "-c", STOPPED, str(own.folder)])

    def until(text: bytes) -> None:
        """Reads on until a text has come."""
        seen = b""
        while text not in seen:
            assert select.select([terminal], [], [], 100)[0], seen
            seen += os.read(terminal, 1)

    until(b"\n> ")
    os.write(terminal, b"What is FastRLAP?\n")
    until(b"(stopped)")
    until(b"\n> ")
    os.write(terminal, b"What is\nSERL?\n")  # pasted: one question, though it has two lines
    until(b"https://serl-robot.github.io/")
    until(b"\n> ")
    os.write(terminal, b"\x04")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert [(c.title, c.turns) for c in own.conversations()] == [("What is SERL?", 1)]
