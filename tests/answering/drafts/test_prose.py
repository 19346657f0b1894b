"""A draft's prose and references are found in each form, and every character knows where it stood."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.answering.drafts.opening import is_draft, open_draft
from rag.answering.drafts.prose import LONGEST_DRAFT, Draft, Form, Prose, checked_draft
from rag.answering.drafts.reading import prose_of
from rag.answering.drafts.word import text_of_word
from rag.errors import InputError, UsageError

MARKDOWN = """---
title: Otters claim things here
---
# Otters claim in headings

Otters *judge* water by **smell** [@lund2019], as
[Holm](https://example.org/otters_claim) says.

| otters | claim |
|--------|-------|
| in     | cells |

```
otters claim in code
```

$$ otters = claim $$

- An item claims.
> A quotation claims.

Otters claim underlined
-----------------------

<!-- otters claim in comments -->

## References

[1] Lund, A. Otters. 2019.
[@ek]: Ek, B.
    Herons. 2020.

## Afterword

It ends.
"""
TEX = r"""\documentclass{article}
\title{Otters claim in titles}
\begin{document}
\section{Otters claim in headings}
Otters \emph{judge} water % otters claim in comments
by \textbf{smell}~\citep[p.~3]{lund2019,ek}. \citet{ek} says 95\% of G\"odel's otters do.

\begin{equation} otters = claim \end{equation}
\begin{table} Otters claim in tables. \end{table}
\begin{itemize} \item An item claims. \end{itemize}
\begin{thebibliography}{9}
\bibitem{ek} B. Ek. \emph{Herons}. 2020.
\bibitem{lund2019} A. Lund. Otters. 2019.
\end{thebibliography}
\end{document}
"""


def said(prose: Prose) -> list[str]:
    return [" ".join(p.text.split()) for p in prose.paragraphs]


def test_markdown_is_read_without_what_is_set_apart() -> None:
    prose = prose_of(MARKDOWN, "markdown")
    assert said(prose) == [
        "Otters judge water by smell [@lund2019], as Holm says.",
        "An item claims.",
        "A quotation claims.",
        "It ends.",
    ] or said(prose)[1:] == ["An item claims. A quotation claims.", "It ends."]
    assert dict(prose.references) == {"1": "Lund, A. Otters. 2019.", "ek": "Ek, B. Herons. 2020."}


def test_tex_is_read_without_what_is_set_apart() -> None:
    prose = prose_of(TEX, "tex")
    assert said(prose) == [
        "Otters judge water by smell [@lund2019; @ek]. @ek says 95% of Gödel's otters do.",
        "An item claims.",
    ]
    assert dict(prose.references) == {"ek": "B. Ek. Herons. 2020.", "lund2019": "A. Lund. Otters. 2019."}


def test_plain_text_has_headings_that_stand_alone_and_references_to_its_end() -> None:
    text = "Otters claim here\n\nOtters judge water\nby smell.\n\nReferences\n\n1. Lund. Otters.\n2. Ek. Herons.\n"
    prose = prose_of(text, "text")
    assert said(prose) == ["Otters judge water by smell."]
    assert dict(prose.references) == {"1": "Lund. Otters.", "2": "Ek. Herons."}
    assert said(prose_of("otters judge water by smell", "text")) == ["otters judge water by smell"]


@pytest.mark.parametrize(("text", "form", "word"), [(MARKDOWN, "markdown", "smell"), (TEX, "tex", "smell")])
def test_every_character_of_the_text_knows_where_it_stood(text: str, form: Form, word: str) -> None:
    paragraph = prose_of(text, form).paragraphs[0]
    at = paragraph.text.index(word)
    start = paragraph.origins[at]
    assert text[start : start + len(word)] == word
    assert len(paragraph.origins) == len(paragraph.text)
    assert list(paragraph.origins) == sorted(paragraph.origins)


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def document(body: str, styles: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/styles.xml", f"<w:styles {W}>{styles}</w:styles>")
    return made.getvalue()


def test_a_word_document_is_read_paragraph_by_paragraph(tmp_path: Path) -> None:
    heading = '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    styled = '<w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>'
    body = (
        f"<w:p>{styled}<w:r><w:t>Otters claim.</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>Otters judge </w:t></w:r><w:del><w:r><w:delText>fire</w:delText></w:r></w:del>"
        "<w:r><w:t>water.</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>A cell claims.</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        "<w:p><w:r><w:t>Herons sleep.</w:t></w:r></w:p>"
    )
    path = tmp_path / "draft.docx"
    path.write_bytes(document(body, heading))
    draft = open_draft(path)
    assert draft.text.split("\n") == ["# Otters claim.", "Otters judge water.", "", "Herons sleep."]
    assert said(prose_of(draft.text, draft.form)) == ["Otters judge water.", "Herons sleep."]


@pytest.mark.parametrize("data", [b"no archive", document("<w:p>")[:-40], document("<w:p><w:r></w:p>")])
def test_what_is_no_word_document_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(InputError, match=r"x\.docx"):
        text_of_word(data, "x.docx")


def test_an_entity_bomb_is_not_expanded() -> None:
    made = io.BytesIO()
    bomb = f'<!DOCTYPE w [<!ENTITY a "aaaa">]><w:document {W}><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:document>'
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", bomb)
    with pytest.raises(InputError):
        text_of_word(made.getvalue(), "x.docx")


def test_references_are_read_from_the_files_that_a_draft_names(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(
        "@article{lund2019, author={Lund, Ada}, title={{Otters}}, year={2019}}\n", "utf-8"
    )
    (tmp_path / "a.tex").write_text("Otters swim \\cite{lund2019}.\n\\bibliography{refs,absent}\n", "utf-8")
    (tmp_path / "a.md").write_text("---\nbibliography: refs.bib\n---\nOtters swim [@lund2019].\n", "utf-8")
    for name in ("a.tex", "a.md"):
        assert dict(open_draft(tmp_path / name).references) == {"lund2019": "Lund, Ada. Otters. 2019"}


def test_a_file_of_another_kind_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no draft"):
        open_draft(tmp_path / "a.pdf")
    with pytest.raises(InputError, match="cannot be read"):
        open_draft(tmp_path / "a.md")
    with pytest.raises(UsageError, match="empty"):
        checked_draft(Draft(" \n# \n"))
    with pytest.raises(UsageError, match="at most"):
        checked_draft(Draft("a" * (LONGEST_DRAFT + 1)))


def test_a_sentence_that_ends_like_a_file_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my draft.md").write_text("x", "utf-8")
    assert is_draft("draft.md")
    assert is_draft("my draft.md")
    assert not is_draft("We wrote it in draft.md")
    assert not is_draft("Otters swim.")


@pytest.mark.parametrize("form", ["markdown", "tex", "text", "lines"])
@pytest.mark.parametrize(
    "text", ["", "\n\n", "`", "***", "$$", "\\begin{x", "[", "|", "> >", "\\cite{", "# References", "\x00\u202e"]
)
def test_no_text_breaks_the_reading(form: Form, text: str) -> None:
    for paragraph in prose_of(text, form).paragraphs:
        assert len(paragraph.text) == len(paragraph.origins)
