"""Who and what may in: other web pages, strangers, too much, and paths that lead elsewhere."""

from __future__ import annotations

import base64
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from serving import own_library, process, serving, web
from support import sample_home

from rag.client.client import Client
from rag.client.embedded import EmbeddedEngine
from rag.errors import UsageError
from rag.models.bundled_embedder import BundledEmbedder
from ui.command import main
from ui.config import Config
from ui.doorkeeper import Guesses, Sessions
from ui.places import Busy
from ui.signin import local
from ui.users import Users, add_user

TOKEN = "a-token-of-our-own-making"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Iterator[Client]:
    folder = own_library(sample_home(tmp_path_factory), tmp_path_factory.mktemp("guard") / "library")
    with Client.over(EmbeddedEngine(folder, embedder=embedder)) as made:
        yield made


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("users") / "users"
    add_user(path, "ada", PASSWORD)
    return path


@pytest.fixture(scope="module")
def plain(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A server as it comes, with its page."""
    with (
        process(tmp_path_factory.mktemp("home"), "--library", client.name, "--max-upload", "1") as run,
        web(run.url) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def locked(client: Client, users: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that knows a user and a token."""
    options = ("--library", client.name, "--auth", str(users))
    with process(tmp_path_factory.mktemp("home"), *options, CITEWISE_API_TOKEN=TOKEN) as run:
        yield run.url


# --- other web pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/index"), ("DELETE", "/api/papers/x"), ("POST", "/gradio_api/upload")]
)
def test_another_page_changes_nothing(plain: httpx2.Client, headers: dict[str, str], method: str, path: str) -> None:
    assert (
        plain.request(
            method, path, headers=headers, files={"files": ("a.csv", "title,abstract\na,b c d e.\n")}
        ).status_code
        == 403
    )


def test_gradio_keeps_no_file_of_a_visitor(plain: httpx2.Client) -> None:
    assert (
        plain.post("/gradio_api/upload", files={"files": ("a.csv", "title,abstract\na,b c d e.\n")}).status_code == 404
    )


def test_our_own_page_and_programs_may(plain: httpx2.Client) -> None:
    assert (
        plain.post(
            "/api/search", json={"question": "reward"}, headers={"Origin": str(plain.base_url).rstrip("/")}
        ).status_code
        == 200
    )
    assert plain.post("/api/search", json={"question": "reward"}).status_code == 200


def test_nobody_else_may_read(plain: httpx2.Client) -> None:
    for method, path in (
        ("GET", "/api/papers"),
        ("OPTIONS", "/api/ask"),
        ("GET", "/config"),
        ("OPTIONS", "/gradio_api/queue/join"),
    ):
        response = plain.request(
            method, path, headers={"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
        )
        assert not [name for name in response.headers if name.startswith("access-control-")], path
        assert response.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("host", "status"), [("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost", 200), ("[::1]:80", 200)]
)
def test_on_this_machine_only_its_own_names_are_served(plain: httpx2.Client, host: str, status: int) -> None:
    assert plain.get("/api/about", headers={"Host": host}).status_code == status


def test_another_name_is_served_where_the_server_is_known_by_it(client: Client) -> None:
    with serving(client, Config(page=False, known_as=("papers.example",), insecure=True)) as url, web(url) as api:
        assert api.get("/api/about", headers={"Host": "papers.example"}).status_code == 200


def test_every_answer_bids_browsers_to_keep_to_this_machine(plain: httpx2.Client) -> None:
    for path in ("/", "/api", "/api/about", "/sign-in", "/nothing"):
        headers = plain.get(path).headers
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY"), path
        assert headers["referrer-policy"] in ("no-referrer", "same-origin"), path
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy, path
        assert not {"http:", "https:", "*"} & set(policy.split()), path


# --- paths that lead elsewhere ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file={library}/catalog.sqlite",
        "/gradio_api/file=../../../../../../etc/passwd",
        "/gradio_api/file=%2Fetc%2Fpasswd",
        "/gradio_api/file=https://example.org/",
        "/gradio_api/file=HTTP://example.org/",
        "/gradio_api/file=file:///etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://example.org/",
        "/assets/../../../../../../../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/svelte//etc/passwd",
        "/runs/../../etc/passwd",
        "/monitoring",
        "/gradio_api/vibe-code",
        "/custom_component/x/y/z/w",
    ],
)
def test_no_file_outside_is_read(plain: httpx2.Client, client: Client, path: str) -> None:
    target = path.format(library=client.name)
    with socket.create_connection(
        ("127.0.0.1", plain.base_url.port or 0), timeout=30
    ) as raw:  # a client would tidy the path
        raw.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        reply = b""
        while piece := raw.recv(65536):
            reply += piece
    assert reply.split()[1] in (b"403", b"404"), reply[:300]
    assert b"root:" not in reply
    assert b"SQLite" not in reply


def test_indexing_takes_no_path_of_the_server(plain: httpx2.Client) -> None:
    assert plain.post("/api/index", json={"paths": ["/etc"]}).status_code == 422
    assert plain.post("/api/index", data={"files": "/etc/passwd"}).status_code == 422


# --- too much ---------------------------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused_whatever_length_it_tells(plain: httpx2.Client) -> None:
    def shreds() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(150):
            yield b"x" * 10_000

    for path in ("/api/index", "/api/ask", "/v1/chat/completions"):
        told = plain.post(path, content=b"x" * 1_500_000)
        shredded = plain.post(path, content=shreds(), headers={"Content-Type": "multipart/form-data; boundary=b"})
        assert (told.status_code, shredded.status_code) == (413, 413), path
        assert "--max-upload" in told.text


def test_a_body_that_does_not_come_is_not_waited_for(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.guard._LEISURE", 0.3)
    with (
        serving(client, Config(page=False)) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as raw,
    ):
        raw.sendall(
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
            b"99\r\n\r\n{"
        )
        reply = b""
        while piece := raw.recv(65536):
            reply += piece
    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b"too slowly" in reply


@pytest.mark.parametrize("head", ["X: " + "a" * 200_000, "X: y\r\n" * 300_000, "Host: evil.example"])
def test_a_flood_of_headers_or_a_second_name_is_no_request(client: Client, head: str) -> None:
    with (
        serving(client, Config(page=False)) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as raw,
    ):
        with suppress(OSError):  # it need not be heard to its end
            raw.sendall(f"GET /api/health HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode())
        with suppress(OSError):
            assert raw.recv(100).startswith(b"HTTP/1.1 400 ")


# --- strangers --------------------------------------------------------------------------------------------------------


def test_a_stranger_gets_nothing_but_the_door(locked: str) -> None:
    with web(locked) as stranger:
        for path in (
            "/api",
            "/api/about",
            "/api/openapi.json",
            "/v1/models",
            "/config",
            "/gradio_api/info",
            "/assets/x.js",
        ):
            response = stranger.get(path)
            assert response.status_code == 401, path
            assert "sample" not in response.text
        assert stranger.get("/api/health").status_code == 200
        page = stranger.get("/?c=abc", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/sign-in?after=%2F%3Fc%3Dabc")


def test_a_program_comes_in_by_token_or_password(locked: str) -> None:
    basic = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    wrong = base64.b64encode(b"ada:wrong horse").decode()
    for header, status in (
        (f"Bearer {TOKEN}", 200),
        (f"Basic {basic}", 200),
        ("Bearer wrong", 401),
        (f"Basic {wrong}", 401),
        ("Basic §", 401),
    ):
        with web(locked) as api:
            assert api.get("/api/about", headers=[(b"Authorization", header.encode())]).status_code == status, header


def test_a_person_signs_in_goes_where_they_wanted_and_signs_out(locked: str) -> None:
    with web(locked, Origin=locked) as browser:
        form = {"name": "ada", "password": PASSWORD, "after": "/?c=abc"}
        entered = browser.post("/sign-in", data=form)
        assert (entered.status_code, entered.headers["location"]) == (303, "/?c=abc")
        cookie = entered.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
        assert PASSWORD not in cookie
        assert browser.get("/").status_code == 200
        assert browser.get("/api/about").status_code == 200
        kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        assert browser.post("/sign-out").headers["location"] == "/sign-in"
        assert browser.get("/api/about").status_code == 401
        assert browser.get("/api/about", headers={"Cookie": kept}).status_code == 401


def test_signing_in_takes_over_no_cookie_and_ends_the_session_before(locked: str) -> None:
    form = {"name": "ada", "password": PASSWORD}
    with web(locked, Origin=locked) as browser:
        name, _, first = browser.post("/sign-in", data=form).headers["set-cookie"].partition(";")[0].partition("=")
        planted, before = {"Cookie": f"{name}=planted-by-somebody-else"}, {"Cookie": f"{name}={first}"}
        browser.cookies.clear()
        assert "planted" not in browser.post("/sign-in", data=form, headers=planted).headers["set-cookie"]
        browser.cookies.clear()
        assert browser.get("/api/about", headers=planted).status_code == 401
        assert browser.get("/api/about", headers=before).status_code == 200
        browser.post("/sign-in", data=form, headers=before)
        browser.cookies.clear()
        assert browser.get("/api/about", headers=before).status_code == 401


def test_a_wrong_password_is_said_and_guessing_is_slowed_down(client: Client, users: Path) -> None:
    with serving(client, Config(page=False, auth=users)) as url, web(url) as browser:
        form = {"name": "ada<b>", "password": "wrong horse"}
        replies = [browser.post("/sign-in", data=form) for _ in range(8)]
        assert replies[0].status_code == 401
        assert "Name or password is wrong." in replies[0].text
        assert "ada<b>" not in replies[0].text
        assert (replies[-1].status_code, int(replies[-1].headers["retry-after"]) >= 1) == (429, True)
        assert "wrong horse" not in "".join(r.text for r in replies)


def test_the_sign_in_form_works_without_script_and_loads_nothing(locked: str) -> None:
    with web(locked) as browser:
        page = browser.get("/sign-in", params={"after": '/"><script>'})
    assert "<script" not in page.text
    assert 'action="/sign-in"' in page.text
    assert "src=" not in page.text


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "evil"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(elsewhere: str) -> None:
    assert local(elsewhere) == "/"
    assert local("/?c=1#x") == "/?c=1#x"


def test_with_a_token_alone_the_page_is_closed(client: Client) -> None:
    with serving(client, Config(page=False, token=TOKEN)) as url, web(url) as browser:
        page = browser.get("/", headers={"Accept": "text/html", "Authorization": f"Bearer {TOKEN}"})
        assert page.status_code == 403
        assert "--auth" in page.text
        assert browser.get("/api/about").status_code == 401
        assert browser.get("/api/about", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_no_secret_is_logged_and_no_question(client: Client, users: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with (
        serving(client, Config(page=False, auth=users, token=TOKEN, log=True)) as url,
        web(url, Authorization=f"Bearer {TOKEN}") as api,
    ):
        api.get("/api/papers?question=private")
        api.post("/sign-in", data={"name": "ada", "password": PASSWORD})
        api.get("/gradio_api/file=/home/ada/diary.txt")
    told = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("citewise"))
    assert '"GET /api/papers" 200' in told
    assert not [secret for secret in (TOKEN, PASSWORD, "private", "diary") if secret in told]
    assert TOKEN not in repr(Config(token=TOKEN))


# --- users, sessions, guesses -----------------------------------------------------------------------------------------


def test_the_file_of_users_holds_no_password_and_is_closed_to_others(users: Path) -> None:
    assert users.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in users.read_text()
    assert users.read_text().startswith("ada:scrypt:")


def test_a_user_can_be_added_while_the_server_runs(tmp_path: Path) -> None:
    path = tmp_path / "users"
    add_user(path, "ada", PASSWORD)
    known = Users(path)
    assert (known.fits("ada", PASSWORD), known.fits("grace", "another horse")) == (True, False)
    add_user(path, "grace", "another horse")
    add_user(path, "ada", "a new password")
    assert (known.fits("grace", "another horse"), known.fits("ada", PASSWORD), known.fits("ada", "a new password")) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize("text", ["", "ada:secret\n", "ada:scrypt:40:8:3:00:00\n"])
def test_a_file_that_is_none_of_users_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="--add-user"):
        Users(path)
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        Users(path)


def test_a_session_ends_when_it_is_idle() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    secret = sessions.start("ada")
    now[0] = 11 * 3600
    assert sessions.name_of(secret) == "ada"
    now[0] += 13 * 3600
    assert sessions.name_of(secret) is None


def test_guesses_cost_ever_more_and_being_right_forgives() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    waits = []
    for _ in range(9):
        try:
            guesses.begin("ada", "10.0.0.1")
        except Busy as error:
            waits.append(error.retry_after)
            now[0] += error.retry_after
            guesses.begin("ada", "10.0.0.1")
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]
    guesses.begin("grace", "10.0.0.2")
    now[0] += 100
    guesses.begin("ada", "10.0.0.1")
    guesses.right("ada", "10.0.0.1")
    guesses.begin("ada", "10.0.0.1")


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--host", "::"], ["--known-as", "papers.example"]])
def test_it_is_not_opened_to_others_by_accident(options: list[str]) -> None:
    with pytest.raises(UsageError, match="--auth FILE"):
        main(options)


def test_a_token_that_could_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWISE_API_TOKEN", "short")
    with pytest.raises(UsageError, match="CITEWISE_API_TOKEN"):
        main([])


def test_a_report_is_served_and_nothing_else_of_its_folder(client: Client, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    (runs / "one").mkdir(parents=True)
    (runs / "index.html").write_text("<p>index")
    (runs / "one" / "report.html").write_text("<p>report")
    (runs / "one" / "run.json").write_text(json.dumps({"secret": 1}))
    (tmp_path / "report.html").write_text("outside")
    (runs / "two").symlink_to(tmp_path)
    (runs / "last").symlink_to(runs / "one")
    with serving(client, Config(page=False, runs=runs)) as url, web(url) as browser:
        for path, status in {
            "/runs/": 200, "/runs/one/report.html": 200, "/runs/last/report.html": 200, "/runs/one/run.json": 404,
            "/runs/two/report.html": 404, "/runs/..%2freport.html": 404, "/runs/%2e%2e/report.html": 404, "/runs/none/report.html": 404,
        }.items():  # fmt: skip
            assert browser.get(path).status_code == status, path
        assert "default-src 'none'" in browser.get("/runs/").headers["content-security-policy"]
