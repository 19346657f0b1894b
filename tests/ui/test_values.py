"""No value that is sent makes the server fail: whatever a schema lets through, what comes back is an answer or a
problem.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from fakes import FakeReader, records, write_records
from serving import process, serving, web

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.errors import UsageError
from rag.models.bundled_embedder import BundledEmbedder
from ui.config import Config
from ui.problems import MEDIA_TYPE
from ui.values import check_values

BIG = 2**63
QUESTION = "Why do herons nest?"
HOSTILE = [
    "null", "1e400", "-1e400", "NaN", r'"\ud800"', r'"\u0000"', "[]", "{}", '""', "true", str(BIG), str(-BIG), "1e308",
    r'{"\ud800": 1}', "[[[null]]]",
]  # fmt: skip
"""Values as JSON spells them, some of them more than JSON may."""
ADDRESSED = [str(BIG), "-1", "0", "%00", "%ED%A0%80", "1e400", "%2e%2e", "a" * 3000]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[httpx2.Client]:
    folder = tmp_path_factory.mktemp("values")
    with Client.over(EmbeddedEngine(folder / "library", embedder=embedder, reader=FakeReader())) as client:
        client.index(write_records(folder / "papers.jsonl", records(8)))
        with serving(client, Config(page=False, max_upload=200_000)) as url, web(url) as made:
            yield made


@pytest.fixture(scope="module")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A server with its page, over nothing."""
    with (
        process(tmp_path_factory.mktemp("home"), "--library", str(tmp_path_factory.mktemp("empty") / "library")) as run,
        web(run.url) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def turn(api: httpx2.Client) -> dict[str, Any]:
    told = api.post("/api/conversations", json={"question": QUESTION}).json()["conversation"]["id"]
    found: dict[str, Any] = api.get(f"/api/conversations/{told}").json()["turns"][0]
    return found


def _sent(api: httpx2.Client, method: str, path: str, body: str | None = None, **headers: str) -> httpx2.Response:
    response = api.request(method, path, content=body, headers={"Content-Type": "application/json", **headers})
    assert response.status_code < 500, (method, path, body, response.text)
    return response


def _refused(api: httpx2.Client, method: str, path: str, body: str | None = None, **headers: str) -> httpx2.Response:
    response = _sent(api, method, path, body, **headers)
    assert 400 <= response.status_code < 500
    assert response.headers["content-type"] == MEDIA_TYPE
    assert response.json()["remedy"]
    return response


@pytest.mark.parametrize("path", ["turns/{}", "turns/{}/rating"])
def test_a_turns_number_beyond_any_is_a_problem(api: httpx2.Client, path: str) -> None:
    for number in (BIG, 2**31 * 10**3, 0, -BIG):
        method, body = ("PUT", '{"liked": true}') if "rating" in path else ("DELETE", None)
        _refused(api, method, f"/api/conversations/x/{path.format(number)}", body)
    _refused(api, "POST", "/api/conversations/x/turns", json.dumps({"question": QUESTION, "replaces": BIG}))


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "http://a]b", "http://x:999999", "//", "null", "http:///"]
)
@pytest.mark.parametrize("path", ["/api/ask", "/sign-in"])
def test_an_origin_that_is_none_is_a_strangers(api: httpx2.Client, origin: str, path: str) -> None:
    assert _refused(api, "POST", path, json.dumps({"question": QUESTION}), Origin=origin).status_code == 403


@pytest.mark.parametrize("after", ["http://[", "//[", "/[", "/%00", "http://a]b"])
def test_an_address_to_go_back_to_that_is_none_is_the_pages(api: httpx2.Client, after: str) -> None:
    assert _sent(api, "GET", f"/sign-in?after={quote(after)}").status_code == 200


@pytest.mark.parametrize("number", [9999, -1, 2**70, 1.5, "a", None, True, []])
@pytest.mark.parametrize("door", ["queue/join", "cancel"])
def test_a_handler_that_the_page_has_not_is_no_failure(paged: httpx2.Client, number: object, door: str) -> None:
    _sent(
        paged,
        "POST",
        f"/gradio_api/{door}",
        json.dumps({"fn_index": number, "data": [], "session_hash": "x", "event_id": "x"}),
    )


@pytest.mark.parametrize("value", HOSTILE)
def test_gradios_doors_take_no_such_values(paged: httpx2.Client, value: str) -> None:
    for door in ("queue/join", "cancel", "reset"):
        _sent(
            paged,
            "POST",
            f"/gradio_api/{door}",
            f'{{"fn_index": {value}, "session_hash": {value}, "event_id": {value}, "data": {value}}}',
        )


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_within_a_history_fails(api: httpx2.Client, turn: dict[str, Any], value: str) -> None:
    for path in _paths(turn):
        body = json.dumps({"question": "and why herons?", "saved": False, "history": [_with(turn, path)]})
        _sent(api, "POST", "/api/conversations", body.replace('"@"', value))


def test_a_history_as_it_was_given_out_is_taken(api: httpx2.Client, turn: dict[str, Any]) -> None:
    body = {"question": "and why herons?", "saved": False, "history": [turn]}
    assert _sent(api, "POST", "/api/conversations", json.dumps(body)).status_code == 200


def test_no_value_in_any_field_that_the_schema_names_fails(api: httpx2.Client) -> None:
    document = api.get("/api/openapi.json").json()
    tried = 0
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            for body in _bodies(document, told):
                _sent(api, method.upper(), _filled(path), body)
                tried += 1
            for address in _addresses(path, told):
                _sent(api, method.upper(), address, "{}" if method in ("post", "put", "patch") else None)
                tried += 1
    assert tried > 500


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "\ud800", 2**60, {"\udfff": 1}, [[["a", ["\ud800"]]]]])
def test_what_no_document_may_hold_is_named_but_not_repeated(value: object) -> None:
    with pytest.raises(UsageError) as caught:
        check_values({"a": [value]})
    assert str(caught.value).isascii()


def test_what_is_ordinary_is_let_be() -> None:
    check_values({"a": [1, 1.5, None, True, "ö🐈", 2**53, -(2**53)], "b": {"c": []}})


# --- what the schema says ---------------------------------------------------------------------------------------------


def _bodies(document: dict[str, Any], told: dict[str, Any]) -> Iterator[str]:
    """Bodies of an operation, each with one hostile value in one field; and such values in their place."""
    content = told.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return
    yield from HOSTILE
    yield "[" * 50_000
    schema = _resolved(document, content["application/json"]["schema"])
    sound = {name: _sound(document, field) for name, field in schema.get("properties", {}).items()}
    for path in _paths(sound):
        for value in HOSTILE:
            yield json.dumps(_with(sound, path)).replace('"@"', value)


def _addresses(path: str, told: dict[str, Any]) -> Iterator[str]:
    for value in ADDRESSED:
        yield _filled(path, value)
        for parameter in told.get("parameters", []):
            if parameter["in"] == "query":
                yield f"{_filled(path)}?{parameter['name']}={value}"


def _filled(path: str, value: str = "1") -> str:
    for opened in [part for part in path.split("/") if part.startswith("{")]:
        path = path.replace(opened, value)
    return path


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _sound(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A value that the schema takes."""
    schema = _resolved(document, schema)
    if "default" in schema and schema["default"] not in ([], {}):
        return schema["default"]
    if "anyOf" in schema:
        return _sound(document, schema["anyOf"][0])
    kind = schema.get("type")
    if kind == "object":
        return {name: _sound(document, field) for name, field in schema.get("properties", {}).items()}
    if kind == "array":
        return [_sound(document, schema.get("items", {}))]
    return {"string": QUESTION, "integer": 1, "number": 1.0, "boolean": False}.get(str(kind), "x")


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value within a document; of a list, its first."""
    items = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value[:1]))
        if isinstance(value, list)
        else []
    )
    for name, inner in items:
        yield (*before, name)
        yield from _paths(inner, (*before, name))


def _with(value: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The document with "@" at a place."""
    changed = copy.deepcopy(value)
    inner: Any = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = "@"
    return changed


def test_the_server_logs_no_failure(api: httpx2.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _refused(api, "POST", "/api/papers/remove", r'{"ids": ["\ud800"]}')
    _refused(api, "POST", "/api/ask", '{"question": "herons", "k": 1e400}')
    assert not [record for record in caplog.records if record.exc_info]
