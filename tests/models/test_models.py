"""``citewise model``: what is fetched is whole and what it should be, or it is not there. A small hub stands for
Hugging Face's.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub import COMMIT, Hub
from support import PACKAGES

from rag.models.local.known import KNOWN

CONTENT = b"GGUF" + bytes(range(256)) * 4000
NAME = "cats/Purr-GGUF/Purr-Q4_K_M.gguf"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub({NAME: CONTENT}) as hub:
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "citewise" / "models"


def model(hub: Hub, home: Path, *arguments: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    """Runs ``citewise model``, with code before it where a test changes what is known."""
    code = f"import sys; from rag.cli.commands import main; {before}; sys.exit(main(['model', *sys.argv[1:]]))"
    environment = {"XDG_DATA_HOME": str(home / "data"), "HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    environment |= {"PYTHONPATH": PACKAGES, "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-P", "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_a_pulled_file_is_there_and_the_line_to_export_is_shown(hub: Hub, tmp_path: Path, folder: Path) -> None:
    done = model(hub, tmp_path, "pull", NAME)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.endswith("export CITEWISE_LLM_URL=Purr-Q4_K_M\n")
    assert (folder / "Purr-Q4_K_M.gguf").read_bytes() == CONTENT
    record = json.loads((folder / "Purr-Q4_K_M.gguf.json").read_text())
    assert (record["sha256"], record["size"], record["revision"]) == (
        hashlib.sha256(CONTENT).hexdigest(),
        len(CONTENT),
        COMMIT,
    )
    listed = json.loads(model(hub, tmp_path, "list", "--json").stdout)["models"]
    assert [m["path"] for m in listed if m["name"] == "Purr-Q4_K_M"] == [str(folder / "Purr-Q4_K_M.gguf")]


def test_what_came_before_a_break_is_not_fetched_again(hub: Hub, tmp_path: Path, folder: Path) -> None:
    hub.breaks = [300_000, *[0] * 6]  # the client goes on by itself some times before it gives up
    small = (
        "import time, huggingface_hub.constants as c; c.DOWNLOAD_CHUNK_SIZE = 50_000; time.sleep = lambda seconds: None"
    )
    first = model(hub, tmp_path, "pull", NAME, before=small)
    assert first.returncode == 1
    assert "Pull again: what has come is kept" in first.stderr
    assert not (folder / "Purr-Q4_K_M.gguf").exists()
    second = model(hub, tmp_path, "pull", NAME, before=small)
    assert second.returncode == 0, second.stderr
    assert hub.asked[0] is None
    assert set(hub.asked[1:]) == {"bytes=300000-"}
    assert (folder / "Purr-Q4_K_M.gguf").read_bytes() == CONTENT
    assert not list(folder.glob("*.part"))


def test_a_download_that_was_interrupted_goes_on_where_it_was(hub: Hub, tmp_path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    sha = hashlib.sha256(CONTENT).hexdigest()
    (folder / f"Purr-Q4_K_M.gguf.{sha[:12]}.part").write_bytes(CONTENT[:5000])
    assert model(hub, tmp_path, "pull", NAME).returncode == 0
    assert hub.asked == ["bytes=5000-"]
    assert (folder / "Purr-Q4_K_M.gguf").read_bytes() == CONTENT


def test_a_file_with_another_hash_is_not_taken_and_not_deleted(hub: Hub, tmp_path: Path, folder: Path) -> None:
    hub.sha256 = "f" * 64
    done = model(hub, tmp_path, "pull", NAME)
    assert done.returncode == 1
    assert f"its sha256 is {hashlib.sha256(CONTENT).hexdigest()}, not {'f' * 64}" in done.stderr
    assert not (folder / "Purr-Q4_K_M.gguf").exists()
    (part,) = folder.glob("*.part")
    assert part.read_bytes() == CONTENT
    assert "citewise model remove" in done.stderr


def test_of_a_known_model_no_other_file_is_even_fetched(hub: Hub, tmp_path: Path) -> None:
    known = next(m for m in KNOWN if m.name == "qwen3-4b")
    hub.files[f"{known.repo}/{known.file}"] = CONTENT
    done = model(hub, tmp_path, "pull", "qwen3-4b")
    assert done.returncode == 1
    assert f"not {known.sha256}" in done.stderr
    assert hub.asked == []


def test_a_known_model_is_pulled_by_its_short_name_and_found_by_it(hub: Hub, tmp_path: Path, folder: Path) -> None:
    sha = hashlib.sha256(CONTENT).hexdigest()
    told = f"'purr', 'cats/Purr-GGUF', 'Purr-Q4_K_M.gguf', '{COMMIT}', '{sha}', {len(CONTENT)}"
    known = f"import rag.models.local.known as m; m.KNOWN = (m.ModelFile({told}),)"
    done = model(hub, tmp_path, "pull", "purr", before=known)
    assert done.stdout.endswith("export CITEWISE_LLM_URL=purr\n"), done.stderr
    listed = model(hub, tmp_path, "list", before=known).stdout
    assert listed.startswith("purr ")
    assert listed.count("Purr-Q4_K_M.gguf") == 1


def test_pulling_again_reads_the_file_and_notices_damage(hub: Hub, tmp_path: Path, folder: Path) -> None:
    model(hub, tmp_path, "pull", NAME)
    again = model(hub, tmp_path, "pull", "Purr-Q4_K_M")
    assert "is here, and whole" in again.stdout
    assert len(hub.asked) == 1
    damaged = bytearray(CONTENT)
    damaged[5000] ^= 1
    (folder / "Purr-Q4_K_M.gguf").write_bytes(damaged)
    noticed = model(hub, tmp_path, "pull", "Purr-Q4_K_M")
    assert noticed.returncode == 1
    assert "damaged" in noticed.stderr
    assert (folder / "Purr-Q4_K_M.gguf").exists()


def test_a_file_that_was_cut_short_since_is_not_served(
    hub: Hub, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.errors import ModelFileWrong
    from rag.models.chat.llm import ChatModel

    model(hub, tmp_path, "pull", NAME)
    (folder / "Purr-Q4_K_M.gguf").write_bytes(CONTENT[:-1])
    monkeypatch.setenv("CITEWISE_LLM_URL", "Purr-Q4_K_M")
    with pytest.raises(ModelFileWrong, match="citewise model pull cats/Purr-GGUF"):
        ChatModel.configured()


def test_a_removed_model_is_gone_with_all_that_belongs_to_it(hub: Hub, tmp_path: Path, folder: Path) -> None:
    model(hub, tmp_path, "pull", NAME)
    (folder / "Purr-Q4_K_M.gguf.0123.part").write_bytes(b"x")
    done = model(hub, tmp_path, "remove", "Purr-Q4_K_M")
    assert done.stdout.count("deleted ") == 3
    assert not list(folder.iterdir())
    assert "is not here" in model(hub, tmp_path, "remove", NAME).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("pull", "cats/Purr-GGUF/Other.gguf"), 1, "has no file cats/Purr-GGUF/Other.gguf"),
        (("pull", "gpt-9"), 2, "Name one of qwen2.5-coder-1.5b"),
        (("pull",), 2, "which one?"),
        (("list", "x"), 2, "takes no name"),
        (("fly",), 2, "citewise model --help"),
    ],
)
def test_what_cannot_be_done_is_told(
    hub: Hub, tmp_path: Path, arguments: tuple[str, ...], status: int, why: str
) -> None:
    done = model(hub, tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_hub_that_is_away_is_named_with_the_setting_that_names_another(hub: Hub, tmp_path: Path) -> None:
    hub.url = "http://127.0.0.1:9"
    done = model(hub, tmp_path, "pull", NAME)
    assert done.returncode == 1
    assert "http://127.0.0.1:9" in done.stderr
    assert "HF_ENDPOINT" in done.stderr


def test_the_disk_is_asked_first(hub: Hub, tmp_path: Path) -> None:
    full = "import shutil; shutil.disk_usage = lambda path: __import__('types').SimpleNamespace(free=1000)"
    done = model(hub, tmp_path, "pull", NAME, before=full)
    assert done.returncode == 1
    assert "there is room for 1,000" in done.stderr
    assert hub.asked == []
