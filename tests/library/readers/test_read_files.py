"""Paths, folders, standard input, and what is no text or not yet read."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.library.readers import read_papers
from rag.types import Paper, Skipped

Read = Callable[..., tuple[list[Paper], list[Skipped]]]

LINE = '{"title": "A plain title", "abstract": "We do it. It works."}\n'


def where(found: list[Paper | Skipped]) -> list[str]:
    return [item.source if isinstance(item, Paper) else item.where for item in found]


def test_a_path_that_is_not_there_is_an_error_at_once_and_names_the_remedy() -> None:
    for path in ("no/such/file", "", "a\0b", "x" * 5000):
        with pytest.raises(InputError, match="Check the path"):
            read_papers(path)


def test_a_folder_is_read_recursively_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a/z.jsonl", "a/c.jsonl", ".hidden.jsonl", ".git/x.jsonl", "c.dat"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(LINE)
    expected = [str(tmp_path / name) for name in ("a/c.jsonl", "a/z.jsonl", "b.jsonl", "c.dat")]
    assert where(list(read_papers(tmp_path))) == expected
    assert where(list(read_papers(str(tmp_path)))) == expected


def test_links_in_a_circle_end_and_broken_links_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "papers.jsonl").write_text(LINE)
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = list(read_papers(tmp_path))
    assert where(found) == [str(tmp_path / "gone"), str(tmp_path / "sub" / "papers.jsonl")]
    assert isinstance(found[0], Skipped)
    assert "mend the link" in found[0].why


def test_a_pipe_in_a_folder_does_not_hang_the_walk(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (found,) = read_papers(tmp_path)
    assert isinstance(found, Skipped)
    assert "neither a file" in found.why


def test_a_pipe_given_by_name_is_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, LINE.encode())
    os.close(writing)
    try:
        (found,) = read_papers(f"/dev/fd/{reading}")
    finally:
        os.close(reading)
    assert isinstance(found, Paper)


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    (found,) = read_papers(tmp_path)
    assert isinstance(found, Skipped)
    assert found.where == str(tmp_path)
    assert "no file" in found.why


def test_a_file_name_that_is_not_utf8_gives_a_source_that_can_be_stored(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    Path(os.fsdecode(path)).write_text(LINE)
    (found,) = read_papers(tmp_path)
    assert isinstance(found, Paper)
    assert found.source.encode("utf-8").endswith(b"/caf?.jsonl")


@pytest.mark.parametrize("stdin", [io.TextIOWrapper(io.BytesIO(LINE.encode())), io.StringIO(LINE)])
def test_a_dash_reads_standard_input(stdin: io.TextIOBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    (found,) = read_papers("-")
    assert isinstance(found, Paper)
    assert (found.title, found.source) == ("A plain title", "-")


def test_the_path_is_the_source_and_the_name_decides_nothing(read: Read) -> None:
    for name in ("papers.jsonl", "papers.txt", "papers.csv", "papers"):
        papers, skipped = read(LINE, name)
        assert [paper.title for paper in papers] == ["A plain title"]
        assert papers[0].source.endswith(name)
        assert not skipped


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "zip"),
        (b"\x1f\x8b\x08....", "a gzip archive that is broken"),
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"\x00\x01\x02\x03" * 100, "not text"),
        ("no mark".encode("utf-16-le"), "UTF-16 without its byte order mark"),
        (b"", "empty"),
        (b" \n\r\n\xef\xbb\xbf", "empty"),
        (b"% made by JabRef\n\n@Misc{key,\n", "malformed entry"),
        (b"@comment{nothing}\n", "no entry in it"),
        (b"<?xml version='1.0'?><a/>", "XML of a kind that is not read (its root is a;"),
        (b"<PubmedArticleSet><a/></PubmedArticleSet>", "no papers in it"),
        (b"<feed><entry><title>T</title>", "malformed XML (no element found"),
        (
            b'<!DOCTYPE feed [<!ENTITY a "b">]><feed><entry><title>&a;</title></entry></feed>',
            "declares entities of its own",
        ),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"MIT License\n\nCopyright (c) 2020 X\n\nPermission is hereby granted, free of charge\n", "licence"),
    ],
)
def test_what_is_not_read_is_named_in_one_line(content: bytes, named: str, read: Read) -> None:
    papers, skipped = read(content)
    assert not papers
    (only,) = skipped
    assert named in only.why
    assert "\n" not in only.why
    assert "input.txt" in only.where


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_newlines_make_no_difference(encoding: str, newline: str, read: Read) -> None:
    text = 'title,abstract\nCafé – été,"First line.\nÀ la “carte”."\nSecond,Nothing else here.\n'
    papers, skipped = read(text.replace("\n", newline).encode(encoding))
    assert [(paper.title, paper.abstract) for paper in papers] == [
        ("Café – été", "First line.\nÀ la “carte”."),
        ("Second", "Nothing else here."),
    ]
    assert not skipped


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (
            ("naïve é ü " * 20 + "\n").encode() + b"ab\xe9c\n" + b"plain\n",
            "byte 263 (line 2)",
        ),  # UTF-8 with one broken byte
        ("Заголовок и аннотация\n".encode("cp1251"), "byte 0 (line 1)"),
        (b"a line\nundefined \x81 here\n", "byte 17 (line 2)"),
        (b"cut short \xe2\x82", "byte 10 (line 1)"),
        (b"\xef\xbb\xbfmarked \xff", "byte 10 (line 1)"),
    ],
)
def test_bad_encoding_is_refused_with_its_place_not_turned_into_other_words(
    content: bytes, place: str, read: Read
) -> None:
    papers, skipped = read(content)
    assert not papers
    assert place in skipped[0].why
    assert "save it as UTF-8" in skipped[0].why


def test_a_bad_byte_far_into_a_file_is_found_before_anything_is_read(read: Read) -> None:
    lines = LINE.replace("plain", "plaïn").encode() * 40_000
    papers, skipped = read(lines + b'{"title": "\xff\xfe\x81"}\n')
    assert not papers
    assert f"byte {len(lines) + 11} (line 40001)" in skipped[0].why


JUNK = st.one_of(
    st.binary(max_size=400),
    st.lists(
        st.sampled_from(
            [
                b"{",
                b"}",
                b"[",
                b"]",
                b'"',
                b",",
                b":",
                b"\n",
                b"\n\n",
                b"\r",
                b";",
                b"\t",
                b"title",
                b"abstract",
                b"papers",
                b"\xff",
                b"\xef\xbb\xbf",
                b'"title":"x"',
                b'"abstract":["y"]',
                b"{}",
                b"null",
                b"1e999",
                b"\\ud800",
                b"A title",
                b"sep=;\n",
                b"word word. Word. " * 20,
                b"@a{",
                b"\0",
            ]
        ),
        max_size=30,
    ).map(b"".join),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400, deadline=None)
@given(JUNK)
@example(b"[" * 100_000)
@example(b'{"title":' * 50_000)
@example(b'{"title": ' + b"9" * 5000 + b', "abstract": "x"}')
@example(b'{"title": "t", "abstract": "x", "year": 1e999}')
@example(b'title,abstract\n"never closed,' + b"x" * 200_000)
@example(b"Aa de Bb1, Cc der Dd1, " * 5_000 + b"?")
@example(b"Title of it\n\n" + b"a." * 50_000)
@example(b" " * 200_000 + b"x")
@example(b'{"title": "t", "abstract": "x", "authors": "' + b" " * 200_000 + b'a"}')
def test_no_bytes_at_all_raise_anything(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "junk"
    path.write_bytes(content)
    for found in read_papers(path):
        assert isinstance(found, Paper | Skipped)
        if isinstance(found, Paper):
            f"{found}".encode()  # nothing that cannot be stored
            assert found.title
            assert found.abstract
        else:
            assert "\n" not in found.why
            found.why.encode()
