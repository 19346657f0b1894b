"""The protocol's own client talks to a library, over both of its transports."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest
from mcp.client import Client as Assistant
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent, TextResourceContents
from serving import own_library, serving, web
from support import PACKAGES, sample_home

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.tokens import count_tokens
from rag.types import Answer, Paper, Sentence, Source, Timings, Usage, Verification, Withheld
from ui.config import Config
from ui.mcp.server import Offered
from ui.mcp.telling import told_answer, told_verification
from ui.places import Places

QUESTION = "How does COPlanner use model uncertainty?"
TOKEN = "a-token-of-our-own-making"
_T = TypeVar("_T")
Talk = Callable[[Assistant], Awaitable[_T]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_library(sample_home(tmp_path_factory), tmp_path_factory.mktemp("mcp") / "sample")


@pytest.fixture(scope="module")
def client(folder: Path, embedder: BundledEmbedder) -> Iterator[Client]:
    with Client.over(EmbeddedEngine(folder, embedder=embedder)) as made:
        yield made


@pytest.fixture(scope="module")
def url(client: Client) -> Iterator[str]:
    with serving(client, Config(page=False, token=TOKEN)) as made:
        yield made


def talk(server: Offered | StdioServerParameters, said: Talk[_T]) -> _T:
    async def talked() -> _T:
        async with Assistant(server) as assistant:
            return await said(assistant)

    return asyncio.run(talked())


def over_http(url: str, said: Talk[_T], token: str = TOKEN, mode: str = "auto") -> _T:
    async def talked() -> _T:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60, trust_env=False) as web,
            Assistant(streamable_http_client(f"{url}/mcp", http_client=web), mode=mode) as assistant,
        ):
            return await said(assistant)

    return asyncio.run(talked())


def text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_the_schemas_of_all_tools_take_few_tokens(client: Client) -> None:
    tools = talk(Offered(client, Places()), lambda a: a.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "search", "find", "paper", "verify", "cite"]
    told = json.dumps([tool.model_dump(exclude_none=True, by_alias=True) for tool in tools])
    assert 500 < count_tokens(told) < 2_000


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_library_is_asked_over_http(url: str, client: Client, mode: str) -> None:
    async def said(assistant: Assistant) -> tuple[str, str, str]:
        answer = text(await assistant.call_tool("ask", {"question": QUESTION}))
        listed = (await assistant.list_resources()).resources
        chosen = next(r for r in listed if r.title and r.title.startswith("COPlanner"))
        (read,) = (await assistant.read_resource(chosen.uri)).contents
        assert isinstance(read, TextResourceContents)
        return answer, chosen.name, read.text

    answer, paper_id, read = over_http(url, said, mode=mode)
    expected = client.ask(QUESTION)
    assert answer.startswith(f"Outcome: answered\n\n{expected.text}\n\n[1] COPlanner")
    assert f"id: {paper_id}\n  quoted: {expected.claims[0].citations[0]}" in answer
    assert f"\n  {paper_id}:1 “" in read
    assert expected.claims[0].text in read


def test_the_other_tools_tell_what_the_client_does(client: Client) -> None:
    async def said(assistant: Assistant) -> list[str]:
        calls: list[tuple[str, dict[str, object]]] = [
            ("search", {"question": QUESTION, "k": 2}),
            ("find", {"title": "coplan conservatively"}),
            ("find", {"author": "nobody of that name"}),
            ("verify", {"claim": "COPlanner makes model rollouts conservative."}),
            ("verify", {"claim": "COPlanner makes model rollouts conservative.", "papers": [others]}),
            ("paper", {"paper_id": f"{planner}:3"}),
            ("cite", {"papers": [f"{planner}:3", planner]}),
            ("cite", {"papers": [planner], "form": "ris"}),
        ]
        return [text(await assistant.call_tool(name, given)) for name, given in calls]

    found = client.search(QUESTION, 2)
    planner, others = found[0].paper.paper_id, found[1].paper.paper_id
    searched, titled, none, verified, elsewhere, whole, cited, tagged = talk(Offered(client, Places()), said)
    assert searched.count(" id: ") == 2
    assert f"  {found[0].sentences[0].id} “{found[0].sentences[0].text}”" in searched
    assert titled.startswith("1 paper.\nCOPlanner: ")
    assert none == "0 papers."
    assert verified.startswith("Verdict: supported")
    assert f"  {planner}:" in verified
    assert not elsewhere.startswith("Verdict: supported")
    assert whole.count(f"  {planner}:") >= 3
    assert cited.count("@misc{") == 1
    assert "abstract" not in cited
    assert tagged.startswith("TY  - ")
    assert "AB  - " not in tagged


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("ask", {"question": " "}, "question is empty"),
        ("paper", {"paper_id": "doi:10.1/none"}, "no such paper"),
        ("paper", {"paper_id": "doi:10.1/none:4"}, "no such paper"),
        ("cite", {"papers": []}, "No paper to cite"),
        ("search", {"question": "x", "k": 0}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_told_to_the_assistant(client: Client, name: str, given: dict[str, object], why: str) -> None:
    result = talk(Offered(client, Places()), lambda a: a.call_tool(name, given))
    assert result.is_error
    assert why in text(result)


def test_what_nobody_foresaw_is_not_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(question: str) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(client, "ask", broken)
    result = talk(Offered(client, Places()), lambda a: a.call_tool("ask", {"question": QUESTION}))
    assert result.is_error
    assert "secret" not in text(result)


def test_no_more_are_let_in_than_there_are_places(client: Client) -> None:
    places = Places(at_once=1, waiting=0)
    with places.line_up():
        result = talk(Offered(client, places), lambda a: a.call_tool("ask", {"question": QUESTION}))
    assert "are being answered" in text(result)


def test_a_paper_that_is_not_there_is_no_resource(client: Client) -> None:
    async def said(assistant: Assistant) -> None:
        with pytest.raises(MCPError, match=r"doi:10\.1/\.\./none: no such paper"):
            await assistant.read_resource("citewise://paper/doi%3A10.1%2F..%2Fnone")

    talk(Offered(client, Places()), said)


def test_an_absent_library_offers_no_papers(tmp_path: Path) -> None:
    with Client(tmp_path / "none") as absent:
        server = Offered(absent, Places())
        assert talk(server, lambda a: a.list_resources()).resources == []
        result = talk(server, lambda a: a.call_tool("ask", {"question": QUESTION}))
    assert result.is_error
    assert "citewise index" in text(result)


def test_it_stands_behind_the_doors_of_the_api(url: str) -> None:
    document = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    told = {"accept": "application/json, text/event-stream", "authorization": f"Bearer {TOKEN}"}
    with web(url) as server:
        assert server.post("/mcp", json=document, headers=told).status_code == 200
        assert server.post("/mcp", json=document, headers=told | {"authorization": "Bearer wrong"}).status_code == 401
        assert server.post("/mcp", json=document, headers=told | {"host": "evil.example"}).status_code == 421
        assert server.post("/mcp", json=document, headers=told | {"origin": "http://evil.example"}).status_code == 403
        assert server.get("/mcp", headers=told).status_code == 405
        assert server.post("/mcp/x", json=document, headers=told).status_code == 404
        answer = server.post("/mcp", json=document, headers=told)
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def program(home: Path, folder: Path) -> StdioServerParameters:
    """``citewise mcp`` in which a tool prints, in Python and below it."""
    noisy = (
        "import os, sys\n"
        "from rag.client.client import Client\n"
        "ask = Client.ask\n"
        "def noisy(self, question):\n"
        "    print('{\"printed\": 1}')\n"
        "    os.write(1, b'{\"written\": 2}\\n')\n"
        "    return ask(self, question)\n"
        "Client.ask = noisy\n"
        "from rag.cli.commands import main\n"
        "sys.exit(main(['mcp', '--library', sys.argv[1]]))\n"
    )
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    environment = kept | {"HOME": str(home), "PYTHONPATH": PACKAGES, "LANG": "C.UTF-8"}
    return StdioServerParameters(command=sys.executable, args=["-P", "-c", noisy, str(folder)], env=environment)


def test_a_library_is_asked_over_standard_input_and_output(tmp_path: Path, folder: Path, client: Client) -> None:
    async def said(assistant: Assistant) -> tuple[str, str]:
        answer = text(await assistant.call_tool("ask", {"question": QUESTION}))
        return answer, text(await assistant.call_tool("find", {"title": "coplanner"}))

    answer, found = talk(program(tmp_path, folder), said)
    assert client.ask(QUESTION).text in answer
    assert found.startswith("1 paper.")


def test_what_is_printed_does_not_reach_the_protocol(tmp_path: Path, folder: Path) -> None:
    began = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    messages: list[dict[str, object]] = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": began},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "ask", "arguments": {"question": QUESTION}},
        },
    ]
    started = program(tmp_path, folder)
    running = subprocess.Popen(
        [started.command, *started.args], env=started.env, text=True, cwd=tmp_path,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdin
    assert running.stdout
    running.stdin.write("".join(json.dumps(message) + "\n" for message in messages))
    running.stdin.flush()
    lines = [running.stdout.readline(), running.stdout.readline()]
    rest, told = running.communicate(timeout=120)  # closes standard input, which ends it
    assert [json.loads(line)["id"] for line in lines] == [1, 2]
    assert "conservative" in lines[1]
    assert rest == ""
    assert '"printed": 1' in told
    assert '"written": 2' in told
    assert running.returncode == 0


def test_a_sentence_that_the_answer_does_not_quote_stands_in_full() -> None:
    paper = Paper("On Herons", "They wait. They eat.", doi="10.1/h")
    sentences = (Sentence("doi:10.1/h", 1, 0, 10, "They wait."), Sentence("doi:10.1/h", 2, 11, 20, "They eat."))
    answer = Answer(
        "q", "answered", "They wait. [1] Herons feed. [1]", (), (Source(1, paper, sentences),),
        (Withheld("Herons swim.", "no"),), "chat", "m", Usage(), Timings(0, 0, 0), "q",
    )  # fmt: skip
    told = told_answer(answer)
    assert "[1] On Herons id: doi:10.1/h\n  quoted: doi:10.1/h:1\n  doi:10.1/h:2 “They eat.”" in told
    assert told.count("They wait.") == 1
    assert "1 sentence(s)" in told
    long = Answer(**{name: getattr(answer, name) for name in Answer.__slots__} | {"text": "word\n" * 5_000})
    assert len(told_answer(long)) < 9_000


def test_a_verdict_names_the_words_that_are_not_borne_out() -> None:
    sentence = Sentence("doi:10.1/h", 1, 0, 10, "They wait.")
    found = Verification("Herons fly.", "not_stated", 0.2, (sentence,), ((7, 10),))
    told = told_verification(found, {"doi:10.1/h": Paper("On Herons", "They wait.", doi="10.1/h")})
    assert "bears out: fly" in told
    assert told.endswith("What comes nearest:\nOn Herons id: doi:10.1/h\n  doi:10.1/h:1 “They wait.”")
