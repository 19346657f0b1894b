"""An answer as a file that others can read, with every cited sentence in it: Markdown, a web page, LaTeX, or Markdown
for pandoc and Quarto; the last two with the papers as BibTeX beside it. Pure.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from rag.errors import UsageError
from rag.library.bibtex import escaped, keys_of, to_bibtex
from rag.notebook import page_html
from rag.text.display import markdown, plain, web_link
from rag.types import Answer, Source

SUFFIXES = (".md", ".html", ".tex", ".qmd")
_MARKERS = re.compile(r"(?<!\\)((?:\[\d+\])+)")


def files_of(answer: Answer, name: str) -> dict[str, str]:
    """The files of an answer by their names: the one named, and the papers as BibTeX where it cites by key. Raises
    UsageError for a suffix that is none of ``SUFFIXES``.
    """
    path = PurePath(name)
    suffix = path.suffix.lower()
    if suffix == ".md":
        return {name: _markdown(answer)}
    if suffix == ".html":
        return {name: page_html(answer.to_dict())}
    cited = [source.paper for source in answer.sources]
    papers, keys = to_bibtex(cited), dict(zip((s.number for s in answer.sources), keys_of(cited), strict=True))
    beside = path.with_suffix(".bib")
    if suffix == ".tex":
        return {name: _tex(answer, keys, path.stem), str(beside): papers}
    if suffix == ".qmd":
        return {name: _pandoc(answer, keys, beside.name), str(beside): papers}
    raise UsageError(f"{name}: no kind of file for an answer.", f"End it in {', '.join(SUFFIXES)}.")


def _markdown(answer: Answer) -> str:
    """Numbers in the text, and under each the paper with its sentences quoted."""
    papers = "\n\n".join(
        f"[{s.number}] **{markdown(s.paper.title)}**{_link(s)}\n\n{_quoted(s)}" for s in answer.sources
    )
    return "\n\n".join(filter(None, (f"# {markdown(answer.question)}", answer.text, papers))) + "\n"


def _pandoc(answer: Answer, keys: dict[int, str], bibliography: str) -> str:
    """``[@key]`` in the text, with the sentences as notes."""
    text = _MARKERS.sub(lambda m: f"[{'; '.join(f'@{key}' for key in _keys(m[0], keys))}]", answer.text)
    sentences = "\n\n".join(f"@{keys[s.number]}:\n\n{_quoted(s)}" for s in answer.sources)
    head = f"---\nbibliography: {bibliography}\n---"
    return "\n\n".join(filter(None, (head, f"# {markdown(answer.question)}", text, sentences))) + "\n"


def _tex(answer: Answer, keys: dict[int, str], bibliography: str) -> str:
    """A whole document, to be compiled or cut from."""
    body = "\n\n".join(_paragraph(part, keys) for part in answer.text.split("\n\n"))
    quotes = [
        f"\\paragraph{{\\cite{{{keys[s.number]}}}}}\n" + "\n".join(f"``{escaped(x.text)}''" for x in s.sentences)
        for s in answer.sources
    ]
    lines = ["\\documentclass{article}", "\\usepackage[utf8]{inputenc}", "\\begin{document}"]
    lines += [f"\\section*{{{escaped(answer.question)}}}", "", body, "", *quotes, ""]
    if answer.sources:
        lines += ["\\bibliographystyle{plain}", f"\\bibliography{{{bibliography}}}"]
    return "\n".join([*lines, "\\end{document}", ""])


def _paragraph(text: str, keys: dict[int, str]) -> str:
    """A paragraph, or a list where its lines are one."""
    lines = text.split("\n")
    if all(line.startswith("- ") for line in lines):
        return "\n".join(
            ["\\begin{itemize}", *(f"\\item {_cited(line[2:], keys)}" for line in lines), "\\end{itemize}"]
        )
    return "\n".join(_cited(line, keys) for line in lines)


def _cited(text: str, keys: dict[int, str]) -> str:
    """A line as TeX writes it, with its markers as citations."""
    pieces = enumerate(_MARKERS.split(text))
    return "".join(_cite(piece, keys) if n % 2 else _prose(piece) for n, piece in pieces).strip()


def _prose(text: str) -> str:
    """A piece between markers: what follows one keeps its distance, what goes before is bound to it there."""
    return (" " if text.startswith(" ") else "") + escaped(plain(text))


def _cite(markers: str, keys: dict[int, str]) -> str:
    """``[1][2]`` -> a citation that stays on the line of what it follows."""
    return f"~\\cite{{{','.join(_keys(markers, keys))}}}"


def _keys(markers: str, keys: dict[int, str]) -> list[str]:
    return [keys[n] for n in map(int, re.findall(r"\d+", markers)) if n in keys]


def _quoted(source: Source) -> str:
    return "\n>\n".join(f"> {markdown(s.text)}" for s in source.sentences)


def _link(source: Source) -> str:
    link = web_link(source.paper.link)
    return f" <{link}>" if link else ""
