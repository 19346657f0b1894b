"""Questions about the paper at hand that don't say so; pure.

"How many patients were studied?", "Is there code?", "What's the dose needed?", "Did the animals fall ill?"

Such a question names nothing and brings no word of its own: all of its words are the abstract's, or fit any study. A
new topic brings one.
"""

from __future__ import annotations

import re

from rag.conversation.followups.references import META, METAS
from rag.text.words import content_words, stem, stems

_PARTS = (
    r"(?:guarantees?|proofs?|theory|theorems?|drawbacks?|downsides?|limits?|limitations?|weaknesses|caveats?|risks?|"
    r"side "
    r"effects?|benefits?|"
    r"advantages?|disadvantages?|trade-?offs?|assumptions?|code|implementations?|repositor(?:y|ies)|demos?|websites?|"
    r"data|data ?sets?|"
    r"experiments?|evaluations?|ablations?|baselines?|benchmarks?|results?|numbers?|figures?|evidence|examples?|"
    r"exceptions?|failures?|"
    r"failure cases?|controls?|control groups?|placebos?|participants?|patients?|subjects?|volunteers?|follow-?ups?|"
    r"future work|"
    r"open questions?|applications?|hyper-?parameters?|therap(?:y|ies)|treatments?|cures?)"
)
_IS_THERE = re.compile(
    rf"^(?:(?:is|are|was|were) there|(?:do|does|did) (?:they|it) have|has it(?: got)?)\s+(?:(?:an?|any|some|the|no|"
    rf"also|other|known|"
    rf"theoretical|empirical|formal|practical|real-world|main|public|open-?source|open)\s+)*{_PARTS}"
    rf"(?: (?:for|of|to|in|behind|about) (?:it|this|that|them))?$|^(?:any|what)(?: (?:known|other|main))* {_PARTS}$",
    re.IGNORECASE,
)
"""Asks for what every paper may have."""
_ASKS = re.compile(
    r"^(?:(?:in|on|at|by|for|with|from|of|under|over|during|within|after) )?"
    r"(?:what(?:['’]?s)?|which|who|how|why|when|where|is|are|was|were|does|do|did|can|could|will|would|should|has|"
    r"have|had)\b",
    re.IGNORECASE,
)
_FOR_PAPERS = re.compile(
    rf"^(?:which|what|who|are there|is there)(?: (?:other|an?|any|all|some|kinds? of|sorts? of))*(?: [\w-]+)? "
    rf"(?:{METAS}|{META}|papers|works|people|authors|researchers|surveys|libraries)\b|^who\b(?!.*\bthe\b)(?! "
    rf"(?:were|was)\b)",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"^(?:what|who)(?: is| are|['’]s) (?!the\b|there\b|(?:\w+ly )?(?:wrong|new|missing|different|better)\b)",
    re.IGNORECASE,
)
"""Asks what a thing is: a topic of its own."""
_DEFINITE = re.compile(
    r"\bthe\s+(?!(?:same|best|first|most|next|only|least|use|case|way)\b)(?P<first>[\w-]+)", re.IGNORECASE
)
_RELATION = re.compile(r"\b(?:of|between|on|against|among|about|called|known)\b", re.IGNORECASE)
_GENERAL = frozenset(
    map(
        stem,
        (
            "studied used tested reported achieved evaluated needed required measured trained took part participated "
            "participate enrolled "
            "recruited involved included randomized randomised assigned compared treated collected taken chosen made "
            "done asked "
            "shown found "
            "seen given need use require contain include cover work help matter matters happen happened apply change "
            "changed "
            "changes fall fell "
            "rise rose increase decrease improve number size sample dose concentration amount period duration time "
            "method result "
            "outcome main "
            "animal patient people person subject participant long large big small strong old many average mean total "
            "overall final exact "
            "enough best better worst wrong good bad right less more fewer interesting important surprising new "
            "missing different earlier "
            "previous prior existing usual standard own get become come go"
        ).split(),
    )
)
_MOST_WORDS = 5


def is_unsaid(plain: str, abstract: str) -> bool:
    """Whether a question without its marks is about the paper of an abstract (with its title), though it doesn't say
    so.

    The question has neither the name of a paper nor a pronoun that points back.
    """
    if _IS_THERE.match(plain):
        return True
    words = content_words(plain)
    if (
        not abstract
        or len(words) > _MOST_WORDS
        or not _ASKS.match(plain)
        or _FOR_PAPERS.match(plain)
        or _DEFINES.match(plain)
    ):
        return False
    known = stems(abstract)
    new = [w for w in words if stem(w) not in known and stem(w) not in _GENERAL]
    if not new:
        return True
    if re.search(r"\s[“\"]?\w*[A-Z]", plain) or _RELATION.search(plain):
        return False
    the = _DEFINITE.search(plain)
    return bool(the and stem(the["first"].lower()) in known and len(new) == 1)
