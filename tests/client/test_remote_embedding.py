"""Embeddings from a server: what it is asked, what it may answer, and a library made with it. The server is real, on a
local socket.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embedding_server import Embeddings, by_words, document, reply, wholes
from fakes import records, write_records
from model_server import ModelServer, Part, body, free_port, hang, reset, status
from support import PACKAGES

from rag.answering.retrieval import Retriever
from rag.client.embedders import configured_embedder
from rag.errors import (
    ContextTooLong,
    EmbedderMismatch,
    ModelError,
    ModelFault,
    ModelKeyWrong,
    ModelQuotaExhausted,
    ModelRateLimited,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
    ReplyBroken,
    UsageError,
)
from rag.library import indexing
from rag.library.health import examine
from rag.library.indexing import index_papers
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import BUNDLED_SPACE, Embedder, TextVectors
from rag.models.embedding_server import MOST_ELSEWHERE, EmbeddingServer
from rag.models.http.attempts import Limits
from rag.models.tokens import count_tokens

KEY = "sk-zqxjvkw-0123456789abcdef"
OPENAI = "https://api.openai.com/v1"
CATS = ["Cats purr at night.", "Wolves howl.", "Otters dive deeper after warm winters."]
Make = Callable[..., EmbeddingServer]
Named = Callable[..., Embedder]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def model(server: ModelServer, waited: list[float]) -> Make:
    """Makes an embedding server's client that waits between attempts in ``waited`` only."""

    def make(total: float = 10.0, **changed: Any) -> EmbeddingServer:
        limits = Limits(total=total, waits=(0.5, 2.0), longest_wait=5.0)
        return EmbeddingServer(
            "owl-1", **{"url": server.url, "key": KEY, "limits": limits, "pause": waited.append, **changed}
        )

    return make


def _units(texts: list[str]) -> Any:
    vectors = by_words(texts)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _failure(asked: EmbeddingServer, texts: list[str] = CATS) -> ModelError:
    """The error that asking ends in; it names the address, says what to do, and tells nobody the key."""
    with pytest.raises(ModelError) as caught:
        asked.embed(texts)
    assert asked._place.url in caught.value.problem
    assert caught.value.remedy
    assert KEY not in str(caught.value)
    assert "CITEWISE_LLM_URL" not in str(caught.value)
    assert "CITEWISE_LLM_MODEL" not in str(caught.value)
    return caught.value


# --- requests and replies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_each_text_gets_its_own_vector_at_unit_length(
    model: Make, server: ModelServer, encoded: bool, shuffled: bool
) -> None:
    server.play(Embeddings(encoded=encoded, shuffled=shuffled))
    vectors = model().embed(CATS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, _units(CATS), atol=1e-6)


def test_a_reply_without_indexes_is_taken_in_its_order(model: Make, server: ModelServer) -> None:
    server.play(document({"data": [{"embedding": [3, 4]}, {"embedding": [0, 2]}]}))
    np.testing.assert_allclose(model().embed(CATS[:2]), np.array([[0.6, 0.8], [0.0, 1.0]]), atol=1e-6)


@pytest.mark.parametrize("without", [0, 1, 2])
def test_a_single_vector_without_its_index_is_the_missing_one(model: Make, server: ModelServer, without: int) -> None:
    told = [{"index": at, "embedding": [float(at + 1), 1.0]} for at in (2, 0, 1)]
    del told[without]["index"]
    server.play(document({"data": told}))
    vectors = model().embed(["a", "b", "c"])
    assert [round(float(x / y)) for x, y in vectors] == [1, 2, 3]


def test_model_texts_and_key_go_out_and_nothing_else(
    model: Make, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-environment")
    server.play(Embeddings())
    model().embed(["Cats \ud800 purr."])
    model(key=None).embed(["Cats purr."])
    asked, keyless = server.requests
    assert asked.path == "/v1/embeddings"
    assert asked.body == {"model": "owl-1", "input": ["Cats ? purr."]}
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert "authorization" not in keyless.headers
    assert "of-the-environment" not in json.dumps([asked.headers, keyless.headers])


# --- how much at once -------------------------------------------------------------------------------------------------


def test_a_request_to_openai_holds_2048_texts_and_300000_tokens_with_their_prefix() -> None:
    openai = EmbeddingServer("text-embedding-3-small", url=OPENAI, key=None)
    assert [len(batch) for batch in openai.batches(["cat"] * 5000)] == [2048, 2048, 904]
    long = "cats and dogs " * 1000
    each = count_tokens("passage: " + long, "text-embedding-3-small")
    batches = list(openai.batches([long] * 110, "passage: "))
    assert [len(batch) for batch in batches] == [300_000 // each, 110 - 300_000 // each]


def test_a_request_to_another_server_holds_fewer(model: Make) -> None:
    assert [len(batch) for batch in model().batches(map(str, range(70)))] == [MOST_ELSEWHERE, MOST_ELSEWHERE, 6]


@pytest.mark.parametrize("code", [400, 413, 422])
def test_a_server_that_takes_less_is_given_less_from_then_on(model: Make, server: ModelServer, code: int) -> None:
    server.play(played := Embeddings(most=10, code=code))
    asked, texts = model(), [f"paper {i}" for i in range(32)]
    np.testing.assert_allclose(asked.embed(texts), _units(texts), atol=1e-6)
    assert [len(request.body["input"]) for request in server.requests] == [32, 16, 8, 8, 8, 8]
    assert played.texts == texts
    assert [len(batch) for batch in asked.batches(texts)] == [8, 8, 8, 8]


@pytest.mark.parametrize("code", [400, 413])
def test_a_text_that_is_too_long_is_cut_between_words_and_its_beginning_stays(
    model: Make, server: ModelServer, code: int
) -> None:
    server.play(played := Embeddings(window=50, code=code))
    asked = model()
    long = " ".join(f"word{i}" for i in range(90))
    asked.embed([*CATS, long])
    (read,) = (text for text in played.texts if text not in CATS)
    assert long.startswith(read + " ")
    assert 25 < len(read.split()) <= 50
    before = len(server.requests)
    asked.embed([f"Another {long}", *CATS])  # what was learned holds: one request, all four texts in it
    assert len(server.requests) == before + 1
    assert len(next(iter(asked.batches(["x"] * MOST_ELSEWHERE)))) == MOST_ELSEWHERE


def test_no_more_than_8191_tokens_of_a_text_are_sent(model: Make, server: ModelServer) -> None:
    server.play(played := Embeddings())
    model().embed(["ears and tails " * 4000])
    assert 8000 < count_tokens(played.texts[0]) <= 8191


def test_a_server_to_which_every_text_is_too_long_is_not_asked_without_end(model: Make, server: ModelServer) -> None:
    server.play(Embeddings(window=0))
    error = _failure(
        model(), ["Cats purr at night and sleep by day, as was found by those who watched them for years on end."]
    )
    assert isinstance(error, ContextTooLong)
    assert "CITEWISE_EMBEDDING_MODEL" in error.remedy
    assert len(server.requests) < 5


def test_a_refusal_for_another_reason_is_told_in_the_servers_words(model: Make, server: ModelServer) -> None:
    server.play(status(400, "this server does not do embeddings on Sundays"))
    error = _failure(model(), CATS * 20)
    assert type(error) is ModelFault
    assert "on Sundays" in error.problem
    assert len(server.requests) < 8


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (reply(by_words(CATS[:2])), "2 vectors for 3 texts"),
        (reply(np.array([[1.0, 2.0], [np.nan, 1.0], [1.0, 0.0]])), "no vector"),
        (reply(np.array([[1.0, 2.0], [np.inf, 1.0], [1.0, 0.0]])), "no vector"),
        (reply(np.array([[1.0, 2.0], [1e300, 1e300], [1.0, 0.0]])), "no vector"),
        (reply(np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 0.0]])), "no vector"),
        (reply(np.zeros((3, 0))), "no vector"),
        (document({"data": [{"embedding": [1]}, {"embedding": [1, 2]}, {"embedding": [1]}]}), "different lengths"),
        (document({"data": [{"index": 0, "embedding": [1]}] * 3}), "two for one"),
        (document({"data": [{"index": 0, "embedding": [1]}, {"embedding": [1]}, {"embedding": [1]}]}), "two for one"),
        (
            document({"data": [{"index": 0, "embedding": [1]}, {"embedding": [1]}, {"index": 0, "embedding": [1]}]}),
            "two for one",
        ),
        (
            document({"data": [{"index": 9, "embedding": [1]}, {"embedding": [1]}, {"index": 0, "embedding": [1]}]}),
            "two for one",
        ),
        (
            document(
                {
                    "data": [
                        {"index": True, "embedding": [1]},
                        {"index": 0, "embedding": [1]},
                        {"index": 2, "embedding": [1]},
                    ]
                }
            ),
            "two",
        ),
        (
            document({"data": [{"index": "a", "embedding": [1]}, {"index": [], "embedding": [1]}, {"embedding": [1]}]}),
            "two for one",
        ),
        (document({"data": [{"embedding": "cats!"}] * 3}), "no vector"),
        (document({"data": [{"embedding": ["cats"]}] * 3}), "no vector"),
        (document({"data": [{"embedding": None}] * 3}), "no vector"),
        (document({"data": [1, 2, 3]}), "no vectors"),
        (document({"choices": []}), "no vectors"),
        (document([]), "no vectors"),
        (body(b'{"data": [{"embedding": [0.1, 0.'), "half a JSON document"),
        (body(b"[" * 100_000), "half a JSON document"),
        (body(b"<html><body>Welcome</body></html>", kind="text/html"), "a web page"),
    ],
)
def test_what_is_not_a_vector_for_each_text_is_refused(
    model: Make, server: ModelServer, part: Part, words: str
) -> None:
    server.play(part)
    error = _failure(model())
    assert isinstance(error, ReplyBroken)
    assert words in error.problem
    assert len(server.requests) == 1


def test_a_model_whose_vectors_change_their_length_is_refused(model: Make, server: ModelServer) -> None:
    asked = model()
    server.play(Embeddings(), Embeddings(lambda texts: by_words(texts, 16)))
    asked.embed(CATS)
    assert "different lengths (16, 32)" in _failure(asked).problem


@pytest.mark.parametrize(
    ("part", "kind", "words"),
    [
        (status(401, f"Incorrect API key provided: {KEY}"), ModelKeyWrong, "Set CITEWISE_EMBEDDING_KEY"),
        (status(403), ModelKeyWrong, "Set CITEWISE_EMBEDDING_KEY"),
        (
            status(404, "The model `owl-1` does not exist", error_code="model_not_found"),
            ModelUnknown,
            "Set CITEWISE_EMBEDDING_MODEL",
        ),
        (status(404, "no such page"), ModelUnreachable, "has no embeddings"),
        (status(308, Location="http://127.0.0.1:1/v1/embeddings"), ModelUnreachable, "Correct CITEWISE_EMBEDDING_URL"),
        (
            status(429, "You exceeded your current quota", error_code="insufficient_quota"),
            ModelQuotaExhausted,
            "no credit left",
        ),
        (status(429, "slow down", Retry_After="60"), ModelRateLimited, "60 s"),
        (status(405), ModelUnreachable, "has no embeddings"),
    ],
)
def test_a_refusal_that_waiting_does_not_mend_is_told_at_once(
    model: Make, server: ModelServer, waited: list[float], part: Part, kind: type[ModelError], words: str
) -> None:
    server.play(part)
    error = _failure(model())
    assert type(error) is kind
    assert words in str(error)
    assert (len(server.requests), waited) == (1, [])


@pytest.mark.parametrize(
    ("part", "pauses"),
    [
        (status(429, "slow down", Retry_After="3"), [3.0]),
        (status(429, "slow down"), [0.5]),
        (status(500), [0.5]),
        (body(b"<html>Bad gateway</html>", 502, "text/html"), [0.5]),
        (document({"error": {"message": "the model is still loading"}}), [0.5]),
        (reset(), [0.5]),
    ],
)
def test_a_fault_that_passes_is_waited_for(
    model: Make, server: ModelServer, waited: list[float], part: Part, pauses: list[float]
) -> None:
    server.play(part, Embeddings())
    np.testing.assert_allclose(model().embed(CATS), _units(CATS), atol=1e-6)
    assert waited == pauses


def test_a_fault_that_stays_is_told_after_three_attempts(model: Make, server: ModelServer, waited: list[float]) -> None:
    server.play(status(503, "overloaded"))
    assert type(_failure(model())) is ModelFault
    assert (len(server.requests), waited) == (3, [0.5, 2.0])


def test_no_server_there_is_told_at_once(model: Make, waited: list[float]) -> None:
    error = _failure(model(url=f"http://127.0.0.1:{free_port()}/v1"))
    assert isinstance(error, ModelUnreachable)
    assert "Start it, or correct CITEWISE_EMBEDDING_URL" in error.remedy
    assert waited == []


def test_a_server_that_says_nothing_is_not_waited_for_without_end(model: Make, server: ModelServer) -> None:
    server.play(hang())
    assert isinstance(_failure(model(total=0.3)), ModelTimedOut)


class Remembering(BundledEmbedder):
    """The bundled model, which reads no text twice in all these tests: most of them embed the same papers."""

    def __init__(self, model: BundledEmbedder) -> None:
        super().__init__()
        self._model_read = model.embed_query
        self._read: dict[str, TextVectors] = {}
        self.count_tokens = model.count_tokens  # type: ignore[method-assign]

    def embed_query(self, text: str) -> TextVectors:
        if text not in self._read:
            self._read[text] = self._model_read(text)
        return self._read[text]

    def embed_documents(self, texts: Iterable[str]) -> Iterator[TextVectors]:
        return map(self.embed_query, texts)


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own(embedder: BundledEmbedder) -> BundledEmbedder:
    return Remembering(embedder)


@pytest.fixture
def named(server: ModelServer, own: BundledEmbedder, monkeypatch: pytest.MonkeyPatch) -> Named:
    """The embedder that settings name: the model ``owl-1`` on the server, unless they are changed."""

    def make(**changed: str) -> Embedder:
        for name, value in {"URL": server.url, "MODEL": "owl-1", **changed}.items():
            monkeypatch.setenv(f"CITEWISE_EMBEDDING_{name}", value)
        return configured_embedder(own)

    return make


def test_where_no_server_is_named_it_is_the_bundled_model(own: BundledEmbedder) -> None:
    assert configured_embedder(own) is own


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"MODEL": ""}, "Set CITEWISE_EMBEDDING_MODEL"),
        ({"URL": ""}, "Set CITEWISE_EMBEDDING_URL"),
        ({"URL": "owls"}, "CITEWISE_EMBEDDING_URL: 'owls'"),
        ({"URL": "http://[::1/v1"}, "CITEWISE_EMBEDDING_URL"),
        ({"KEY": "sk with spaces"}, "CITEWISE_EMBEDDING_KEY"),
    ],
)
def test_settings_that_name_half_a_model_are_refused(named: Named, changed: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("[", r"\[")):
        named(**changed)


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, None),
        ({"CITEWISE_EMBEDDING_KEY": "own", "CITEWISE_LLM_KEY": "llm", "CITEWISE_LLM_URL": "SERVER"}, "own"),
        ({"CITEWISE_LLM_KEY": "llm", "CITEWISE_LLM_URL": "SERVER"}, "llm"),
        (
            {"CITEWISE_LLM_KEY": "llm", "CITEWISE_LLM_URL": "http://127.0.0.1:1/v1"},
            None,
        ),  # another port is another server
        ({"CITEWISE_LLM_KEY": "llm"}, None),
        ({"OPENAI_API_KEY": "openai"}, None),
        ({"OPENAI_API_KEY": "openai", "OPENAI_BASE_URL": "SERVER"}, "openai"),
        ({"OPENAI_API_KEY": "openai", "CITEWISE_LLM_URL": "/models/owl.gguf"}, None),
    ],
)
def test_a_key_goes_only_to_the_server_that_it_is_meant_for(
    named: Named, server: ModelServer, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], sent: str | None
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, server.url if value == "SERVER" else value)
    server.play(Embeddings())
    named().embed_query("Do cats purr?")
    assert server.requests[0].headers.get("authorization") == (sent and f"Bearer {sent}")


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({"OPENAI_API_KEY": "openai"}, "openai"),
        (
            {"OPENAI_API_KEY": "openai", "CITEWISE_LLM_URL": "http://127.0.0.1:11434/v1", "CITEWISE_LLM_KEY": "llm"},
            "openai",
        ),
        ({"OPENAI_API_KEY": "gateway's", "OPENAI_BASE_URL": "https://gateway.example/v1"}, None),
        ({"CITEWISE_LLM_KEY": "llm"}, "llm"),
        ({}, None),
    ],
)
def test_openais_key_goes_to_openai(
    named: Named, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], sent: str | None
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for url, key in ((OPENAI, sent), ("http://api.openai.com/v1", None), ("https://api.openai.com.example/v1", None)):
        embedder = named(URL=url)
        assert embedder._server._place.key == key  # type: ignore[attr-defined]  # nothing is sent to another machine


def test_naming_a_server_loads_nothing_heavy() -> None:
    code = (
        f"import sys; sys.path.insert(0, {PACKAGES!r}); import rag.client.embedders, rag.models.embedding_server; "
        f"print(*sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"openai", "httpx2", "tiktoken", "openvino", "tokenizers", "chromadb"} & set(found)


# --- a library made with it -------------------------------------------------------------------------------------------

QUESTIONS = (
    "Why do otters dive deeper?",
    "Which animals sing louder near slow rivers?",
    "What is the capital of France?",
)


@pytest.fixture
def few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors are stored four by four."""
    monkeypatch.setattr(indexing, "_EMBEDDED_TOGETHER", 4)


def _papers(tmp_path: Path, n: int = 12) -> Path:
    return write_records(tmp_path / "papers.jsonl", records(n))


def _own(played: Embeddings) -> list[str]:
    """What was embedded of the library's papers and questions, without what a model is measured by."""
    return [text for text in played.texts if "We watched" in text]


def test_the_same_vectors_by_another_name_find_the_same(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    server.play(Embeddings(wholes(own)))
    plain = Library(tmp_path / "plain", create=True)
    index_papers(plain, own, [_papers(tmp_path)])
    index_papers(library, named(), [_papers(tmp_path)])
    for question in QUESTIONS:
        there, here = Retriever(library, named()).retrieve(question, 5), Retriever(plain, own).retrieve(question, 5)
        assert [p.paper.title for p in there.passages] == [p.paper.title for p in here.passages]
        assert [f.whole for f in there.found] == pytest.approx([f.whole for f in here.found], abs=0.02)
    plain.close()


def test_a_model_that_calls_everything_near_is_read_on_the_bundled_models_scale(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    """Cosines of .75 to 1 for any two texts, as e5 has them, would else cover every question."""
    server.play(Embeddings(wholes(own, squeezed=0.25)))
    index_papers(library, named(), [_papers(tmp_path)])
    plain = Library(tmp_path / "plain", create=True)
    index_papers(plain, own, [_papers(tmp_path)])
    assert library.space().dimension == 385
    for question in QUESTIONS:
        there, here = Retriever(library, named()).retrieve(question, 5), Retriever(plain, own).retrieve(question, 5)
        assert [f.whole for f in there.found] == pytest.approx([f.whole for f in here.found], abs=0.03)
    assert max(f.whole for f in there.found) < 0.5  # the last question is about something else
    plain.close()


def test_prefixes_go_before_questions_and_texts_but_not_to_the_words(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    server.play(played := Embeddings(wholes(own)))
    owl = named(QUERY_PREFIX="query: ", DOCUMENT_PREFIX="passage: ")
    index_papers(library, owl, [_papers(tmp_path, 3)])
    assert len(_own(played)) == 3
    assert all(text.startswith("passage: Why ") for text in _own(played))
    asked = owl.embed_query("Do cats purr?")
    assert played.texts[-1] == "query: Do cats purr?"
    assert np.array_equal(asked.words.vectors, own.embed_query("Do cats purr?").words.vectors)


def test_nothing_is_embedded_twice_when_a_request_fails_in_the_middle(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder, few_together: None
) -> None:
    played = Embeddings(wholes(own))
    server.play(played, played, played, status(401))  # the measuring takes two requests
    with pytest.raises(ModelKeyWrong):
        index_papers(library, named(), [_papers(tmp_path)])
    assert library.catalog.count_without_vector() == 8
    server.play(played)
    index_papers(library, named(), [_papers(tmp_path)])
    assert examine(library, named()).is_whole
    assert (len(_own(played)), len(set(_own(played)))) == (12, 12)


def test_a_part_of_what_is_stored_together_is_kept_when_the_rest_fails(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    played = Embeddings(wholes(own), most=5)
    taken = [played] * 20
    server.play(*taken)
    owl = named()
    index_papers(library, owl, [_papers(tmp_path, 1)])  # the server has told by now how much it takes
    server.play(played, status(401))
    with pytest.raises(ModelKeyWrong):
        index_papers(library, owl, [_papers(tmp_path)])
    kept = 12 - library.catalog.count_without_vector()
    assert kept > 1
    server.play(played)
    index_papers(library, owl, [_papers(tmp_path)])
    assert (len(_own(played)), len(set(_own(played)))) == (12, 12)


INDEXING = """
import sys
from pathlib import Path
from rag.library import indexing
from rag.models.bundled_embedder import BundledEmbedder
from rag.library.library import Library
from rag.client.embedders import configured_embedder
indexing._EMBEDDED_TOGETHER = 4
indexing.index_papers(Library(Path(sys.argv[1]), create=True), configured_embedder(BundledEmbedder()), [sys.argv[2]])
"""


def test_nothing_that_was_stored_is_embedded_twice_when_indexing_is_killed(
    tmp_path: Path, server: ModelServer, named: Named, own: BundledEmbedder, few_together: None
) -> None:
    played = Embeddings(wholes(own))
    server.play(played, played, played, played, hang())
    environment = {"PYTHONPATH": PACKAGES, "CITEWISE_EMBEDDING_URL": server.url, "CITEWISE_EMBEDDING_MODEL": "owl-1"}
    command = [sys.executable, "-c", INDEXING, str(tmp_path / "library"), str(_papers(tmp_path))]
    running = subprocess.Popen(command, env=environment)
    while len(server.requests) < 5:
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    library = Library(tmp_path / "library")
    assert library.catalog.count_without_vector() == 4
    server.play(played)
    index_papers(library, named(), [_papers(tmp_path)])
    assert (len(_own(played)), len(set(_own(played)))) == (12, 12)
    assert examine(library, named()).is_whole
    assert (
        Retriever(library, named())
        .retrieve(QUESTIONS[0], 1)
        .passages[0]
        .paper.title.startswith("Why otters dive deeper")
    )
    library.close()


def test_a_library_that_is_whole_asks_the_server_for_nothing(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    server.play(Embeddings(wholes(own)))
    index_papers(library, named(), [_papers(tmp_path)])
    server.play(status(401))
    asked = len(server.requests)
    assert index_papers(library, named(), [_papers(tmp_path)]).unchanged == 12
    health = examine(library, named(), repair=True)
    assert health.is_whole
    assert health.embedder == health.embedder_in_use == named().fingerprint
    assert len(server.requests) == asked


def test_a_server_that_fails_is_told_before_anything_is_read(
    tmp_path: Path, library: Library, server: ModelServer, named: Named
) -> None:
    server.play(status(401))
    with pytest.raises(ModelKeyWrong):
        index_papers(library, named(), [_papers(tmp_path)])
    assert library.catalog.count() == 0


def test_a_question_that_cannot_be_embedded_is_an_error_and_no_other_ranking(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    server.play(Embeddings(wholes(own)))
    index_papers(library, named(), [_papers(tmp_path)])
    with pytest.raises(ModelUnreachable, match="CITEWISE_EMBEDDING_URL"):
        Retriever(library, named(URL=f"http://127.0.0.1:{free_port()}/v1")).retrieve(QUESTIONS[0], 3)


def test_another_embedder_is_refused_with_the_command_and_embedding_anew_mends_it(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    index_papers(library, own, [_papers(tmp_path)])
    server.play(played := Embeddings(wholes(own)))
    owl = named()
    for attempt in (
        lambda: Retriever(library, owl).retrieve(QUESTIONS[0], 3),
        lambda: index_papers(library, owl, [_papers(tmp_path)]),
    ):
        with pytest.raises(EmbedderMismatch, match=r"all-MiniLM.*owl-1.*citewise check --reembed"):
            attempt()
    assert played.texts == []
    (problem,) = examine(library, owl).problems
    assert "owl-1" in problem
    assert "citewise check --reembed" in problem
    assert examine(library, owl, reembed=True).is_whole
    assert library.index_is_whole()
    found = Retriever(library, owl).retrieve(QUESTIONS[0], 3)
    assert found.passages[0].paper.title.startswith("Why otters dive deeper")
    with pytest.raises(EmbedderMismatch):
        Retriever(library, own).retrieve(QUESTIONS[0], 3)
    assert examine(library, own, reembed=True).is_whole
    assert library.space() == BUNDLED_SPACE


@pytest.mark.parametrize("changed", [{"MODEL": "owl-2"}, {"QUERY_PREFIX": "query: "}, {"DOCUMENT_PREFIX": "passage: "}])
def test_another_model_or_prefix_is_another_embedder(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder, changed: dict[str, str]
) -> None:
    server.play(Embeddings(wholes(own)))
    index_papers(library, named(), [_papers(tmp_path, 3)])
    with pytest.raises(EmbedderMismatch, match="citewise check --reembed"):
        Retriever(library, named(**changed)).retrieve(QUESTIONS[0], 3)


def test_a_model_of_the_same_name_with_other_vectors_is_refused(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    server.play(Embeddings(wholes(own)))
    index_papers(library, named(), [_papers(tmp_path, 3)])
    server.play(Embeddings(lambda texts: by_words(texts, 16)))
    with pytest.raises(EmbedderMismatch, match="citewise check --reembed"):
        Retriever(library, named()).retrieve(QUESTIONS[0], 3)
    with pytest.raises(EmbedderMismatch, match="385 numbers, the model of that name makes 16 now"):
        index_papers(library, named(), [_papers(tmp_path, 4)])
    assert examine(library, named(), reembed=True).is_whole
    assert library.space().dimension == 16


def test_embedding_anew_that_was_broken_off_goes_on_where_it_was(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder, few_together: None
) -> None:
    index_papers(library, own, [_papers(tmp_path)])
    played = Embeddings(wholes(own))
    server.play(played, played, played, status(401))
    with pytest.raises(ModelKeyWrong):
        examine(library, named(), reembed=True)
    server.play(played)
    assert examine(library, named(), reembed=True).is_whole
    assert (len(_own(played)), len(set(_own(played)))) == (12, 12)


def test_vectors_are_only_dropped_when_their_successors_can_be_made(
    tmp_path: Path, library: Library, server: ModelServer, named: Named, own: BundledEmbedder
) -> None:
    index_papers(library, own, [_papers(tmp_path)])
    server.play(status(401))
    with pytest.raises(ModelKeyWrong):
        examine(library, named(), reembed=True)
    assert examine(library, own).is_whole


def test_a_model_whose_vectors_say_nothing_is_refused(
    tmp_path: Path, library: Library, server: ModelServer, named: Named
) -> None:
    server.play(Embeddings(lambda texts: np.ones((len(texts), 8))))
    with pytest.raises(ReplyBroken, match="no nearer to each other than to the rest"):
        index_papers(library, named(), [_papers(tmp_path)])
