"""What a paper is about, by its own words: its name, the sentence that introduces it, how it works, what came out;
pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.answering.offers import is_own_work, offers
from rag.text.quantities import numbers
from rag.text.sentences import is_stub, split_sentences
from rag.text.words import content_words, is_content, stems
from rag.types import Paper, Sentence, normalise_title

MOST = 1000
"""Papers that are read, from all over the library."""
LEADS = r"(?:[Ww]e|[Tt]he authors|[Tt]his (?:paper|work|study|article))"
"""How a sentence begins that tells of its own paper's doing."""
_CALLED = r"(?:propos|introduc|present|develop|call|term|dub|nam)(?:e|es|ed|s)?"
_MADE = (
    r"(?:methods?|frameworks?|models?|algorithms?|approach|data ?set|benchmark|corpus|platforms?|systems?|tools?|"
    r"technique|adaptation)\b"
)
_CAME_OUT = re.compile(
    r"\b(?:outperform|exceed|surpass|beats?|achiev|attain|improv|reduc|increas|decreas|gains?\b|state-of-the-art|"
    r"competitive|comparabl|"
    r"significant|higher|lower|better|faster|fewer|effective|associated|results? (?:show|suggest|indicate)|we "
    r"(?:found|find|show))",
    re.IGNORECASE,
)
_SHAPED = re.compile(r"[a-z][A-Z]|[A-Z].*[A-Z]|[A-Za-z]\d")
_NAME = re.compile(r"[A-Z][\w+-]*(?: [A-Z\d][\w+-]*)?")
_ACRONYM = re.compile(r"\(([A-Z][\w-]{0,40}[A-Z\d](?:[\w-]{0,20}[^\Ws])?)\)")
_MOST_NAMES, _MOST_SENTENCES = 20, 100
"""Names of an abstract that are looked up in each of its first sentences."""
OTHERS = 2
"""In how many papers a name may stand; one that more have is no paper's own."""


@dataclass(frozen=True)
class Subject:
    """A paper with its sentences and, if it has one, the name of what it is about."""

    paper: Paper
    sentences: tuple[Sentence, ...]
    name: str

    @property
    def title(self) -> str:
        """The title as a question quotes it."""
        return self.paper.title.rstrip(". ")

    @property
    def can_be_quoted(self) -> bool:
        """Whether the title is whole, by its looks, and of a length that a person would type."""
        words = self.title.split()
        return (
            4 <= len(words) <= 16
            and words[0][:1].isupper()
            and is_content(words[-1])
            and not set('“”"?') & set(self.title)
        )

    @cached_property
    def held(self) -> frozenset[str]:
        """The stems of all its words."""
        return stems(self.paper.title) | stems(self.paper.abstract)

    @cached_property
    def introduction(self) -> Sentence | None:
        """The sentence that says what the name stands for."""
        return next(
            (s for s in self.sentences if self.name and not is_stub(s.text) and introduces(s.text, self.name)), None
        )

    @cached_property
    def method(self) -> tuple[Sentence, ...]:
        """The introduction, and what is told of how it works in the two sentences behind it."""
        first = self.introduction
        if first is None:
            return ()
        behind = self.sentences[first.number : first.number + 2]
        return (first, *(s for s in behind if "method" in offers(s.text) and not _CAME_OUT.search(s.text)))

    @cached_property
    def results(self) -> tuple[Sentence, ...]:
        """At most three sentences of the second half that tell what came out, those with a figure first."""
        late = [
            s
            for s in self.sentences
            if s.number > len(self.sentences) / 2 and not is_stub(s.text) and _CAME_OUT.search(s.text)
        ]
        return tuple(sorted(late, key=lambda s: telling(s.text) == "")[:3])


def subjects(papers: Sequence[Paper]) -> list[Subject]:
    """Papers from all over the library whose title is their own, in an order in which the first few lie far apart."""
    held = Counter(normalise_title(p.title) for p in papers)
    own = [p for p in papers if held[normalise_title(p.title)] == 1]
    chosen = own[:: -(-len(own) // MOST)] if own else []
    words = [frozenset(content_words(f"{p.title} {p.abstract}")) for p in papers]
    read = []
    for paper in chosen:
        sentences = split_sentences(paper.paper_id, paper.abstract)
        name = own_name(paper, sentences)
        if name and sum(w.issuperset(content_words(name)) for w in words) > OTHERS:
            name = ""
        read.append(Subject(paper, sentences, name))
    step = 7 if len(read) > 20 else 1
    return [subject for start in range(step) for subject in read[start::step]]


def own_name(paper: Paper, sentences: Sequence[Sentence]) -> str:
    """The name of a thing that stands before a colon in the title, or in brackets, and that the abstract introduces; ""
    if none does.
    """
    before, colon, _ = paper.title.partition(": ")
    candidates = [before] if colon and _NAME.fullmatch(before) and len(before) > 2 else []
    candidates += [m.group(1) for text in (paper.title, paper.abstract) for m in _ACRONYM.finditer(text)]
    for name in [*dict.fromkeys(candidates)][:_MOST_NAMES]:
        said = [s.text for s in sentences[:_MOST_SENTENCES] if introduces(s.text, name)]
        if (
            _SHAPED.search(name)
            and (len(name) > 2 or name in paper.title)
            and said
            and (name in paper.title or any(is_own_work(s) for s in said))
        ):
            return name
    return ""


def introduces(sentence: str, name: str) -> bool:
    """Whether a sentence says what a name stands for: "we propose X", "… (X) is introduced", "X is a method …", "X, a
    method …".
    """
    quoted = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    return bool(
        re.search(
            rf"\b{LEADS} (?:\w+ )?{_CALLED} (?:(?!that|which|evidence)[\w\"'“,-]+ ){{0,8}}[\"“(]?{quoted}", sentence
        )
        or re.search(rf"\b(?:called|termed|named|dubbed) {quoted}", sentence, re.IGNORECASE)
        or re.search(
            rf"\({re.escape(name)}\),? (?:is|are) (?:\w+ )?(?:proposed|introduced|presented|developed)\b", sentence
        )
        or re.search(rf"(?:^|\(){quoted}\)?(?: is|,) (?:an?|the|short) (?:[\w,-]+ ){{0,9}}{_MADE}", sentence)
    )


def telling(sentence: str) -> str:
    """What a right answer would tell of a sentence: a number as written, one with a unit or decimals first, or what was
    tested on; "" if it has neither.
    """
    told = (n.text.strip() for n in numbers(sentence) if not n.named and not n.spelled)
    figures = [figure for figure in told if f"({figure})" not in sentence and figure in sentence]
    figures = sorted(
        (f for f in figures if re.search(r"[%×xX]|\d\d|\.\d", f)), key=lambda f: not re.search(r"[%×xX.]", f)
    )
    tested = re.findall(r"\b(?:on|benchmarks?) ([A-Z][\w-]*[A-Z\d][\w-]*)", sentence)
    return next(iter((*figures, *tested)), "")
