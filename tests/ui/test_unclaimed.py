"""Other methods and addresses where nothing is, with the page behind the API, which would take everything."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from serving import process, web
from support import sample_home


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with process(sample_home(tmp_path_factory), "--library", "sample") as run, web(run.url) as made:
        yield made


@pytest.mark.parametrize(
    "path", ["/api", "/api/health", "/api/about", "/api/papers", "/api/openapi.json", "/v1/models", "/sign-in"]
)
def test_head_is_get_without_the_body(api: httpx2.Client, path: str) -> None:
    head, got = api.head(path), api.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/health", {"GET", "HEAD", "OPTIONS"}),
        ("/api/search", {"GET", "POST", "HEAD", "OPTIONS"}),
        ("/api/ask", {"POST", "OPTIONS"}),
        ("/api/verify", {"POST", "OPTIONS"}),
        ("/v1/chat/completions", {"POST", "OPTIONS"}),
        ("/api/papers/remove", {"GET", "POST", "DELETE", "HEAD", "OPTIONS"}),
    ],
)
def test_options_and_a_wrong_method_tell_the_right_ones(api: httpx2.Client, path: str, allowed: set[str]) -> None:
    told, refused = api.options(path), api.put(path)
    assert (told.status_code, set(told.headers["allow"].split(", "))) == (204, allowed)
    assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, allowed)
    assert "POST" not in allowed or "POST" in refused.text
    assert not [name for name in told.headers if name.startswith("access-control")]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/api/nonesuch", "/api/", "/api/health/more", "/apiary", "/runs/"])
def test_an_address_where_nothing_is_has_a_problem_with_a_remedy(api: httpx2.Client, method: str, path: str) -> None:
    response = api.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["remedy"]


def test_under_v1_it_is_told_as_openai_does(api: httpx2.Client) -> None:
    assert api.get("/v1/nonesuch").json()["error"]["type"] == "not_found_error"
    assert api.head("/api/nonesuch").status_code == 404


def test_another_sites_page_has_no_work_done_but_may_link_here(api: httpx2.Client) -> None:
    image = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert api.get("/api/search", params={"question": "x"}, headers=image).status_code == 403
    assert api.get("/api", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}).status_code == 200


@pytest.mark.parametrize("number", [-1, 10**6])
def test_a_handler_that_the_page_has_not_is_a_wrong_request(api: httpx2.Client, number: int) -> None:
    told = {
        "data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}],
        "fn_index": number,
        "session_hash": "s",
    }
    response = api.post("/gradio_api/queue/join", json=told)
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert response.json()["remedy"]
