"""Which words of a text carry its meaning: the terms of the lexical search, and the words that get vectors of their
own.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Function words, and the words that people wrap questions in ("what was that paper where someone showed …").
STOPWORDS = frozenset(
    """
    a about above across after again against all almost along already also although always am among an and another any
    anyone anything are aren as at be because been before being below between both but by can cannot could did didn do
    does doesn doing don done down during each either else ever every few for from further get gets getting give given
    gives go goes going gone got had has hasn have having he her here hers him his how however i if in into is isn it
    its itself just let ll many may maybe me might mine more most much must my neither no nor not of off often on once
    one only onto or other others our ours out over own per quite rather re really s same shall she should since so some
    somebody someone something still such t than that the their theirs them themselves then there these they thing
    things this those though through thus to too toward towards under until up upon us very via was wasn way we well
    were weren what when where whether which while who whom whose why will with within without won would yet you your
    actually article articles authors author abstract abstracts anybody called exactly idea ideas kind know paper papers
    please publication recall remember said say says somewhere study tell told try tried trying want wanted work works
    """.split()
)
_WORD = re.compile(r"[^\W_]+")


def is_content(word: str) -> bool:
    """Whether a word (letters and digits) carries meaning of its own."""
    return word.lower() not in STOPWORDS and any(c.isalnum() for c in word)


def content_words(text: str) -> list[str]:
    """The content words of a text in order, in lower case, split where the embedder's tokenizer splits: at every mark
    that is no letter or digit.
    """
    return [w for w in _WORD.findall(text.lower()) if w not in STOPWORDS]


@lru_cache(maxsize=16_384)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's content words."""
    return frozenset(stem(w) for w in content_words(text))


def stem(word: str) -> str:
    """The first six letters without a plural's s: brings "exploration" and "explore" together and keeps names apart."""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:6]
