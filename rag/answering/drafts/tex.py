r"""LaTeX -> prose; pure. ``\citep{a,b}`` becomes ``[@a; @b]`` and ``\citet{a}`` ``@a``, as citations are read later."""

from __future__ import annotations

import re

from rag.answering.drafts.prose import Prose, one_line
from rag.answering.drafts.traced import Traced
from rag.library.readers.latex import decoded

_COMMENT = re.compile(r"(?<!\\)(?:\\\\)*%[^\n]*")
_OUTSIDE = (re.compile(r"\A.*?\\begin\{document\}", re.DOTALL), re.compile(r"\\end\{document\}.*\Z", re.DOTALL))
_LIST = re.compile(r"\\begin\{thebibliography\}.*?(?:\\end\{thebibliography\}|\Z)", re.DOTALL)
_LISTED = re.compile(r"\\bibitem(?:\[[^\]]*\])?\{([^}]+)\}(.*?)(?=\\bibitem|\\end\{thebibliography\}|\Z)", re.DOTALL)
_NO_PROSE = (
    "equation|align|alignat|flalign|gather|multline|eqnarray|displaymath|math|figure|wrapfigure|table|tabular|tabularx|"
    "longtable|lstlisting|verbatim|Verbatim|minted|algorithm|algorithmic|algorithm2e|tikzpicture|comment|filecontents|"
    "thebibliography"
)
_APART = (
    re.compile(rf"\\begin\{{((?:{_NO_PROSE})\*?)\}}.*?(?:\\end\{{\1\}}|\Z)", re.DOTALL),
    re.compile(r"\$\$.+?\$\$|(?<!\\)\\\[.+?\\\]", re.DOTALL),
)
_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_OPTIONS = r"(?:\s*\[[^\]]*\])*"
_HEADING = re.compile(
    rf"\\(?:part|chapter|(?:sub){{0,2}}section|(?:sub)?paragraph|title|author|date|address|affiliation|keywords|caption)"
    rf"\*?{_OPTIONS}\s*{_GROUP}"
)
_CITE = re.compile(rf"~?\\([A-Za-z]*cite[A-Za-z]*)\*?{_OPTIONS}\s*\{{([^{{}}]+)\}}")
_NARRATIVE = frozenset("citet textcite citeauthor citealt Citet Textcite".split())
_DROPPED = re.compile(
    rf"\\(?:label|ref|eqref|cref|Cref|autoref|pageref|vspace|hspace|includegraphics|input|include|bibliography|"
    rf"bibliographystyle|addbibresource|printbibliography|footnote|footnotetext|thanks|begin|end|usepackage|"
    rf"documentclass|newcommand|renewcommand|setlength|index|todo|url)\*?{_OPTIONS}(?:\s*{_GROUP})*"
)
_BREAK = re.compile(r"\\(?:item|par|newline|newpage|clearpage|maketitle|tableofcontents|appendix)\b(?:\[[^\]]*\])?")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[^}]*\}(?:\[[^\]]*\])?")
_FORMULA = re.compile(r"(?<!\\)\$[^$]{1,300}(?<!\\)\$|\\\([^$]{1,300}?\\\)")
_ACCENTED = re.compile(r"\{?\\[\"'`^~=.](?:\{\\?[A-Za-z]\}|\\?[A-Za-z])\}?|\{?\\[cvHkruA-Za-z]\{[A-Za-z]\}\}?")
_FORMATTED = re.compile(r"\\[A-Za-z]+\*?(?:\[[^\]]*\])?\{([^{}]*)\}")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?\s?")
_TYPED = re.compile(r"\\([%&#_${}])")
_MARKS = re.compile(r"---?|``|''|~|\\\\|\\[,;:! ]|[{}]")
_AS = {"--": "–", "---": "—", "``": "“", "''": "”", "{": "", "}": ""}
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_DEEPEST = 4


def read(text: Traced) -> Prose:
    text = text.blanked(_COMMENT)
    references = {m[1].strip(): " ".join(decoded(m[2]).split()) for m in _LISTED.finditer(text.text)}
    if _OUTSIDE[0].match(text.text):
        for pattern in _OUTSIDE:
            text = text.blanked(pattern)
    for pattern in _APART:
        text = text.blanked(pattern)
    text = text.replaced(_HEADING, lambda m: "\n\n").replaced(_CITE, _cited).replaced(_BREAK, lambda m: "\n\n")
    text = text.replaced(_ENVIRONMENT, lambda m: "\n\n").without(_DROPPED)
    paragraphs, at = list[Traced](), 0
    for gap in [*(m.span() for m in _PARAGRAPH.finditer(text.text)), (len(text.text),) * 2]:
        told = _unmarked(one_line(text.part(at, gap[0])))
        at = gap[1]
        if told.text.strip():
            paragraphs.append(told)
    return Prose(tuple(paragraphs), references)


def _cited(match: re.Match[str]) -> str:
    keys = [key.strip() for key in match[2].split(",") if key.strip()]
    if match[1] in _NARRATIVE:
        return " " + " and ".join(f"@{key}" for key in keys)
    return f" [{'; '.join(f'@{key}' for key in keys)}]"


def _unmarked(text: Traced) -> Traced:
    text = text.replaced(_FORMULA, lambda m: decoded(m.group()).strip("$"))
    text = text.replaced(_ACCENTED, lambda m: decoded(m.group()))
    for _ in range(_DEEPEST):
        text = text.kept(_FORMATTED)
    text = text.kept(_TYPED).without(_COMMAND)
    return text.replaced(_MARKS, lambda m: _AS.get(m.group(), " "))
