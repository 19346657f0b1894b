r"""TeX's commands within a text -> the characters that they stand for; text without any stays as it is.

    ``G{\"o}del and {\'E}tude, CO$_2$, $\alpha$-\emph{Fe}``  -> ``Gödel and Étude, CO2, α-Fe``
    ``$\frac{a}{b}$``                                        -> as it stands: a formula is rewritten whole or not at all
    ``C:\Users, \unknown{x}``                                -> as it stands

One pass over the tokens; what is open at the end is closed. The names of symbols are those that pylatexenc knows.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto
from functools import cache

from rag.library.readers.markup import superscript

_HINT = re.compile(r"[\\${}~]|--|``|''")
_TOKEN = re.compile(r"\\[a-zA-Z]+\*?[ \t]?|\\.|\\\n|[{}]|\$\$?|~|-{2,3}|``|''|[^\\{}$~\-`']+|.", re.DOTALL)
_ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c",
    "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323", "b": "\u0331", "t": "\u0361",
}  # fmt: skip
_LETTERS = {
    "i": "ı", "j": "ȷ", "ss": "ß", "SS": "ẞ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ",
    "OE": "Œ",
    "aa": "å", "AA": "Å", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ", "th": "þ", "TH": "Þ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_PLAIN = {
    "textbackslash": "\\", "textbar": "|", "textless": "<", "textgreater": ">", "textasciitilde": "~",
    "textasciicircum": "^",
    "textunderscore": "_", "textdollar": "$", "textbraceleft": "{", "textbraceright": "}", "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’", "textquotesingle": "'", "textquotedbl": '"',
    "textendash": "–",
    "textemdash": "—", "textellipsis": "…", "ldots": "…", "dots": "…", "textdegree": "°", "degree": "°",
    "celsius": "°C", "textmu": "µ",
    "texttrademark": "™", "textregistered": "®", "textcopyright": "©", "copyright": "©", "pounds": "£",
    "textsterling": "£",
    "texteuro": "€", "euro": "€", "S": "§", "P": "¶", "dag": "†", "ddag": "‡", "TeX": "TeX", "LaTeX": "LaTeX",
    "BibTeX": "BibTeX",
    "quad": " ", "qquad": " ", "newline": "\n", "par": "\n\n", "item": "\n", "slash": "/", "guillemotleft": "«",
    "guillemotright": "»",
    "glqq": "„", "grqq": "“", "flqq": "«", "frqq": "»", "percnt": "%",
}  # fmt: skip
_OPERATORS = {
    "times": "×", "cdot": "·", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥",
    "geqslant": "≥",
    "neq": "≠", "ne": "≠", "approx": "≈", "sim": "∼", "simeq": "≃", "ll": "≪", "gg": "≫", "lt": "<", "gt": ">",
    "to": "→",
    "rightarrow": "→", "leftarrow": "←", "infty": "∞", "circ": "°", "prime": "′", "ell": "ℓ", "langle": "⟨",
    "rangle": "⟩",
    "epsilon": "ε", "varepsilon": "ε", "phi": "φ", "varphi": "φ", "propto": "∝", "in": "∈", "subset": "⊂", "cup": "∪",
    "cap": "∩",
    "log": "log", "exp": "exp", "max": "max", "min": "min", "sin": "sin", "cos": "cos", "tan": "tan", "ln": "ln",
    "hbar": "ℏ",
    "sigma": "σ", "partial": "∂", "nabla": "∇", "star": "⋆", "ast": "*", "equiv": "≡", "lesssim": "≲", "gtrsim": "≳",
    "bullet": "•",
    "mu": "μ", "Omega": "Ω", "Delta": "Δ", "odot": "⊙", "dagger": "†",
}  # fmt: skip
_FORMATTING = frozenset(
    "textbf textit textsl textsc textrm texttt textsf textmd textup textnormal text emph mbox underline uline sout "
    "mathrm mathbf mathit "
    "mathsf mathtt mathcal mathbb boldsymbol bm em bf it rm sc sl tt sf bfseries itshape slshape scshape rmfamily "
    "ttfamily sffamily "
    "normalfont url path nolinkurl ensuremath hbox operatorname textsuperscript textsubscript uppercase lowercase "
    "textcolor "
    "enquote mkbibquote mkbibemph mkbibbold foreignlanguage nocase noopsort protect relax centering small large Large "
    "footnotesize "
    "left right displaystyle".split()
)
_DROPPED_WITH_GROUP = frozenset(
    "cite citep citet citealp parencite textcite autocite footnote label begin end vspace hspace".split()
)
_ARGUMENT_FIRST = frozenset({"href", "textcolor", "foreignlanguage"})
"""Commands whose first argument is not shown."""
_ESCAPED = frozenset("&%$#_{}")
_SPACES = {
    ",": " ",
    ";": " ",
    ":": " ",
    "!": "",
    " ": " ",
    "\n": " ",
    "\\": "\n",
    "-": "",
    "/": "",
    "@": "",
    "(": "",
    ")": "",
}
_FORMULA = re.compile(r"\$\$([^$]{1,300})\$\$|\$(?=[^\s$])([^$]{1,300}?)(?<=\S)\$|\\\(([^$]{1,300}?)\\\)")
_LIKE_FORMULA = re.compile(r"[A-Za-zα-ωΑ-Ω]'?|\d+(?:\.\d+)?")
_MATH_TOKEN = re.compile(r"\\[a-zA-Z]+ ?|\\.|[_^]|[{}]|[\w.,;:+\-−*/=<>()\[\]|!'′%° ~&]", re.DOTALL)
_MAX_DEPTH = 8
_ALPHABETS = frozenset({"mathcal", "mathbb"})
"""Letters of another alphabet are other letters."""


def decoded(text: str) -> str:
    r"""A field of BibTeX: braces group and are not shown, ``~`` is a space, ``--`` a dash."""
    return _decoded(text, strict=True) if _HINT.search(text) else text


def decoded_where_it_occurs(text: str) -> str:
    """Any text: formulas, accents, escapes and commands that set type; braces, tildes and hyphens that belong to none
    of them stay.
    """
    return _decoded(text, strict=False) if "\\" in text or "$" in text else text


def _decoded(text: str, *, strict: bool) -> str:
    pieces, at = list[str](), 0
    for match in _FORMULA.finditer(text):
        if match.start() and text[match.start() - 1] == "\\":
            continue
        pieces += [_prose(text[at : match.start()], strict=strict), _told_formula(match)]
        at = match.end()
    return unicodedata.normalize("NFC", "".join([*pieces, _prose(text[at:], strict=strict)]))


def _told_formula(match: re.Match[str]) -> str:
    inner = (match[1] or match[2] or match[3]).strip()
    is_price = (
        re.search(r"\w", inner)
        and match.string[match.end() : match.end() + 1].isdigit()
        and not re.search(r"[\\_^{}]", inner)
    )
    if is_price or not (re.search(r"[\\_^{}=<>]", inner) or _LIKE_FORMULA.fullmatch(inner)):
        return match.group()
    told = _formula(inner)
    return match.group() if told is None else told


def _formula(inner: str) -> str | None:
    """A formula in one line of text, or None where that would lose its shape (fractions, roots, sums, subscripts of one
    letter).
    """
    tokens = _MATH_TOKEN.findall(inner)
    return _flat(tokens, 0) if sum(map(len, tokens)) == len(inner) else None


def _flat(tokens: list[str], depth: int) -> str | None:
    parts: list[str] = []
    at = 0
    while at < len(tokens) and depth < _MAX_DEPTH:
        token = tokens[at]
        at += 1
        if token in "_^":
            group, at = _group(tokens, at)
            told = None if group is None else _flat(group, depth + 1)
            if told is None or (token == "_" and re.fullmatch(r"[a-zA-Zα-ω]", told)):
                return None
            told = "".join(told.split())
            parts.append(superscript(told) if token == "^" else told)
        else:
            symbol = _symbol_in_formula(token)
            if symbol is None:
                return None
            spaced = len(token) > 1 and token.endswith(" ")
            if spaced and token[1:-1] in _OPERATORS and not (parts and parts[-1].endswith(" ")):
                spaced = False  # p\leq 5: the space only ends the command
            parts.append(symbol + " " * spaced)
    return "".join(parts) if depth < _MAX_DEPTH else None


def _group(tokens: list[str], at: int) -> tuple[list[str] | None, int]:
    """The tokens that a sub- or superscript takes, and where it goes on after them."""
    if at >= len(tokens):
        return None, at
    if tokens[at] != "{":
        return [tokens[at]], at + 1
    depth, start = 0, at
    while at < len(tokens):
        depth += (tokens[at] == "{") - (tokens[at] == "}")
        at += 1
        if not depth:
            return tokens[start + 1 : at - 1], at
    return None, at


def _symbol_in_formula(token: str) -> str | None:
    name = token[1:].strip()
    if not token.startswith("\\"):
        return {"{": "", "}": "", "~": " ", "&": ""}.get(token, token)
    if name in _FORMATTING:
        return None if name in _ALPHABETS else ""
    symbol = _OPERATORS.get(name) or _symbol(name)
    if symbol is None:
        symbol = name if name in _ESCAPED else _SPACES.get(name)
    return symbol


@cache
def _known_symbols() -> dict[str, str]:
    from pylatexenc.latexencode import get_builtin_uni2latex_dict

    found: dict[str, str] = {}
    for point, command in get_builtin_uni2latex_dict().items():
        match = re.fullmatch(r"(?:\\ensuremath\{)?\\([a-zA-Z]{2,})\}?", command)
        if match:
            found.setdefault(match[1], chr(point))
    return found


def _symbol(name: str) -> str | None:
    return _LETTERS.get(name) or _PLAIN.get(name) or _known_symbols().get(name)


class _Prose:
    """What one pass over the tokens of a text has come to."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.out: list[str] = []
        self._accent = ""
        self._open: list[_Brace] = []
        self._unseen = 0
        """How many open groups are dropped with all that is in them."""
        self._next: _Brace | None = None
        """What the brace right after a command is, where the command says so."""

    def put(self, text: str) -> None:
        if self._unseen:
            return
        if self._accent and text:
            text, self._accent = {"ı": "i", "ȷ": "j"}.get(text[0], text[0]) + self._accent + text[1:], ""
        self.out.append(text)

    def open(self, following: str) -> None:
        hidden = self.strict or self._accent or following.startswith("\\")
        kind = self._next or (_Brace.HIDDEN if hidden else _Brace.KEPT)
        self._next = None
        if kind is _Brace.KEPT:
            self.put("{")
        self._unseen += kind in _UNSEEN
        self._open.append(kind)

    def close(self) -> None:
        kind = self._open.pop() if self._open else _Brace.HIDDEN if self.strict else _Brace.KEPT
        self._unseen -= kind in _UNSEEN
        self._accent = ""
        if kind is _Brace.KEPT:
            self.put("}")
        elif kind is _Brace.FIRST_OF_TWO:
            self._next = _Brace.HIDDEN

    def command(self, token: str, following: str) -> None:
        """``following``: the token after it."""
        name = token[1:].rstrip(" \t*") or token[1:]
        opens = following == "{"
        if name in _ACCENTS and _takes_accent(name, token, following):
            self._accent = "" if self._unseen else _ACCENTS[name]
        elif opens and name in _ARGUMENT_FIRST:
            self._next = _Brace.FIRST_OF_TWO
        elif opens and name in _DROPPED_WITH_GROUP:
            self._next = _Brace.DROPPED
        elif name in _FORMATTING and (opens or self.strict or token.endswith(" ")):
            self._next = _Brace.HIDDEN if opens else None
        elif name in _ESCAPED:
            self.put(name)
        elif name in _SPACES and (self.strict or name in "-\n "):
            self.put(_SPACES[name])
        elif (symbol := _symbol(name)) is not None and (
            self.strict or self._accent or len(name) > 2 or following in ("{", "}")
        ):
            self.put(symbol + " " * (token[-1] in " \t" and len(symbol) > 1))
            self._next = _Brace.HIDDEN if opens else None
        else:
            self.put(token)


class _Brace(Enum):
    """What is done with a group."""

    KEPT = auto()
    HIDDEN = auto()
    DROPPED = auto()
    FIRST_OF_TWO = auto()
    """Dropped, and the group after it is hidden."""


_UNSEEN = (_Brace.DROPPED, _Brace.FIRST_OF_TWO)
_TYPED = {"~": " ", "--": "–", "---": "—", "``": "“", "''": "”"}


def _prose(text: str, *, strict: bool) -> str:
    if not _HINT.search(text):
        return text
    state, tokens = _Prose(strict=strict), _TOKEN.findall(text)
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if token == "{":
            state.open(following)
        elif token == "}":
            state.close()
        elif token[0] == "\\" and len(token) > 1:
            state.command(token, following)
        else:
            state.put(_TYPED.get(token, token) if strict else token)
    return "".join(state.out)


def _takes_accent(name: str, token: str, following: str) -> bool:
    """Whether an accent has something to stand on: ``\\'e``, ``\\'{e}``, ``\\v{c}``, ``\\c c``; not the ``\\d`` of a
    pattern or a path.
    """
    if not name.isalpha():
        return following == "{" or following[:1].isalpha() or following[:2] in ("\\i", "\\j")
    return following == "{" or (token[-1] in " \t" and following[:1].isalpha())
