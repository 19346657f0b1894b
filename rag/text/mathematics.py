r"""Which formulas may be handed to TeX as they are: those that are made of known mathematics and of nothing else; pure.

A list of what is forbidden is never complete: TeX can give any name another meaning, read files and write them. So a
command that is not known to set mathematics makes the whole formula ordinary text.

    ``x_{1} \leq \frac{a}{b}``, ``\begin{pmatrix} a & b \end{pmatrix}``     known
    ``\input{/etc/passwd}``, ``\csname input\endcsname``, ``a^^5cinput b``  not
"""

from __future__ import annotations

import re

LONGEST = 2_000
"""Characters of a formula."""
_TOKEN = re.compile(r"\\(?:begin|end)\s*\{\w+\*?\}|\\[A-Za-z]+|\\.|\^\^|.", re.DOTALL)
_NAMES = frozenset(
    r"""
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda mu nu xi omicron pi
    varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega digamma Gamma Delta Theta Lambda Xi Pi Sigma
    Upsilon Phi Psi Omega aleph beth gimel daleth ell hbar hslash imath jmath wp Re Im partial nabla infty emptyset
    varnothing forall exists nexists neg lnot top bot angle measuredangle triangle square Box blacksquare Diamond
    lozenge bigstar clubsuit diamondsuit heartsuit spadesuit prime backprime complement eth mho flat natural sharp surd
    checkmark degree celsius micro ohm AA pm mp times div cdot cdotp ast star circ bullet diamond oplus ominus otimes
    oslash odot cap cup uplus sqcap sqcup vee wedge lor land setminus smallsetminus wr amalg dagger ddagger ltimes
    rtimes bowtie Join dotplus barwedge veebar boxplus boxtimes boxdot leq le geq ge neq ne ll gg lll ggg equiv sim
    simeq approx approxeq cong doteq propto varpropto leqslant geqslant lesssim gtrsim lessapprox gtrapprox leqq geqq
    lessgtr gtrless prec succ preceq succeq precsim succsim subset supset subseteq supseteq subsetneq supsetneq
    sqsubseteq sqsupseteq in ni notin owns mid nmid parallel nparallel perp vdash dashv models vDash Vdash asymp frown
    smile triangleq coloneqq eqqcolon between because therefore not lt gt trianglelefteq trianglerighteq to gets
    rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow longrightarrow longleftarrow
    longleftrightarrow Longrightarrow Longleftarrow Longleftrightarrow mapsto longmapsto hookrightarrow hookleftarrow
    uparrow downarrow updownarrow Uparrow Downarrow Updownarrow nearrow searrow swarrow nwarrow rightharpoonup
    rightharpoondown leftharpoonup leftharpoondown rightleftharpoons leftrightharpoons rightrightarrows leftleftarrows
    rightleftarrows twoheadrightarrow rightsquigarrow leadsto iff implies impliedby xrightarrow xleftarrow nrightarrow
    nleftarrow upharpoonright restriction circlearrowleft circlearrowright sum prod coprod int iint iiint oint bigcap
    bigcup bigsqcup bigvee bigwedge bigoplus bigotimes bigodot biguplus limits nolimits arccos arcsin arctan arg cos
    cosh cot coth csc deg det dim exp gcd hom inf injlim ker lg lim liminf limsup ln log max min Pr projlim sec sin sinh
    sup tan tanh argmax argmin mod bmod pmod pod operatorname frac dfrac tfrac cfrac binom dbinom tbinom choose over
    atop sqrt stackrel overset underset substack overline underline overbrace underbrace overrightarrow overleftarrow
    hat widehat tilde widetilde bar vec dot ddot dddot acute grave breve check mathring boxed mathrm mathbf mathit
    mathsf mathtt mathcal mathbb mathfrak mathscr mathnormal boldsymbol bm pmb text textrm textbf textit textsf texttt
    textnormal textsc textup emph mbox rm bf it sf tt cal mathop mathbin mathrel mathord mathopen mathclose mathpunct
    ensuremath left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm lbrace rbrace
    lbrack rbrack langle rangle lvert rvert lVert rVert vert Vert lfloor rfloor lceil rceil lgroup rgroup ulcorner
    urcorner llcorner lrcorner backslash ldots cdots vdots ddots dots dotsc dotsb dotsm dotsi colon quad qquad thinspace
    enspace displaystyle textstyle scriptstyle scriptscriptstyle nonumber notag cr hline
    """.split()
)
_SIGNS = frozenset(r",:;!>{}|\_&%#$/ " + "\n-")
"""What may follow a backslash as one sign: spaces, escapes, ``\\`` for a line."""
_ENVIRONMENTS = frozenset(
    "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix cases aligned alignedat gathered split array".split()
)
_OUT_OF_PLACE = frozenset({"^^", "$", "%", "#", "\x7f"})
"""What a formula may not hold bare: another way to write a character, the end of it, a comment, a parameter."""


def is_known(formula: str) -> bool:
    """Whether a formula, without the dollar signs around it, is made of known mathematics alone, and its braces fit."""
    if len(formula) > LONGEST or not _is_balanced(formula):
        return False
    tokens = _TOKEN.findall(formula)
    return all(map(_may_stand, tokens)) and _environments_fit(tokens)


def _may_stand(token: str) -> bool:
    if _environment(token):
        return _environment(token) in _ENVIRONMENTS
    if not token.startswith("\\"):
        return token not in _OUT_OF_PLACE and (token.isprintable() or token == "\n")
    return token[1:] in _NAMES or token[1:] in _SIGNS


def _environments_fit(tokens: list[str]) -> bool:
    """Whether each environment that begins also ends, those within it before it."""
    opened: list[str] = []
    for token in tokens:
        name = _environment(token)
        if name and token.startswith("\\begin"):
            opened.append(name)
        elif name and (not opened or opened.pop() != name):
            return False
    return not opened


def _environment(token: str) -> str:
    return token.partition("{")[2].removesuffix("}") if token.startswith(("\\begin", "\\end")) else ""


def _is_balanced(formula: str) -> bool:
    depth = 0
    for c in formula:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    return depth == 0
