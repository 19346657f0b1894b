"""Example questions, made from a library's own papers and tried on the engine before anybody sees them.

A paper offers a few questions by the way its title and name are put: "RLCoder: … for Code Completion" -> "How does
RLCoder approach code completion?", "Corin inhibits tumour growth" -> "How does corin inhibit tumour growth?". Shown are
only those that the engine answers from that very paper. No model is asked.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rag.answering.subjects import OTHERS, own_name
from rag.text.display import shown
from rag.text.sentences import split_sentences
from rag.text.words import content_words
from rag.types import Answer, Paper

TRIED = 16
"""Papers that are looked at for each question that is wanted; a library of which fewer can be asked about gives fewer
questions."""
_LONGEST, _MOST_WORDS, _FEWEST_WORDS = 110, 17, 3
_KINDS = ("approach", "finding", "question", "effect", "results", "work", "what", "matter")
"""The kinds of question, the most telling first."""
_VERBS = (
    "abolish accelerate activate affect alter attenuate augment bind collaborate confer contribute decrease define "
    "determine "
    "direct disrupt enable encode enhance explain facilitate impair improve induce inhibit integrate interact maintain "
    "mediate modulate outperform predict prevent promote protect recruit reduce regulate repress require restrict "
    "reveal "
    "stabilize stimulate suppress trigger underlie"
).split()
_ALSO_NOUNS = (
    "block cause control drive function increase influence limit link mark share support target progress".split()
)
"""Verbs whose forms are those of a noun, too."""
_NOUNS = {
    "regulation": "regulate", "control": "control", "induction": "induce", "inhibition": "inhibit",
    "activation": "activate",
    "modulation": "modulate", "suppression": "suppress", "stimulation": "stimulate", "prevention": "prevent",
}  # fmt: skip
_OBJECT = r"(?!(?:of|on|in|and|or|for|to|from|with|as|by|at|between|during)\b)(?P<what>.+)"
_THIRD = re.compile(rf"(?P<who>.+?) (?P<verb>{'|'.join([*_VERBS, *_ALSO_NOUNS[:5]])})s {_OBJECT}")
_MANY = re.compile(rf"(?P<who>.+?[^s']s) (?P<verb>{'|'.join(_VERBS)}) {_OBJECT}")
_PASSIVE = re.compile(
    r"(?P<who>.+?) (?P<is>is|are) (?P<what>(?:\w+ly )?(?:associated|required|involved|essential|necessary|expressed|"
    r"augmented|linked|"
    r"mediated|caused|regulated|controlled|localized|important|efficient|effective)\b.*)"
)
_DONE_BY = re.compile(rf"(?P<noun>{'|'.join(_NOUNS)}) of (?P<what>.+?) by (?P<who>.+)", re.IGNORECASE)
_NOUN_FIRST = (
    (re.compile(r"(?:the )?(?:effects?|impact|influence) of (.+? on .+)", re.IGNORECASE), "What is the effect of {}?"),
    (
        re.compile(
            r"(?:an? )?(?:association|correlation|relation(?:ship)?|link)s? (between .+? and .+)", re.IGNORECASE
        ),
        "What is the relation {}?",
    ),
    (
        re.compile(r"(?:an? )?associations? of (.+?) (?:with|and) (.+)", re.IGNORECASE),
        "What is the relation between {} and {}?",
    ),
    (re.compile(r"(?:[\w-]+ )?roles? (?:of|for) (.+? in .+)", re.IGNORECASE), "What is the role of {}?"),
    (
        re.compile(r"(?:safety and )?(?:efficacy|effectiveness)(?: and safety)? of (.+)", re.IGNORECASE),
        "What is the efficacy of {}?",
    ),
    (re.compile(r"(?:the )?benefits of (.+)", re.IGNORECASE), "What are the benefits of {}?"),
    (
        re.compile(r"(?:an? )?(?:survey|review|overview) (?:of|on) (.+)", re.IGNORECASE),
        "What does the survey say about {}?",
    ),
)
_ASKS = re.compile(
    r"((?:is|are|do|does|did|can|could|should|will|what|why|how|when|which|who)\b[^?:]{18,}\?)", re.IGNORECASE
)
_APPROACHED = re.compile(r".*\bfor ((?:[\w'’-]+ ?){2,7})")
_ODD = re.compile(r"[^\w\s.,'’()/+–‐-]|\.\s|\.\.|--")
_CLAUSE = re.compile(
    rf"\b(?:that|which|we|our|this|these|its?|their|is|are|was|were|has|have|can|could|may|as|"
    rf"{'|'.join(f'{v}s?' for v in _VERBS)}|"
    rf"{'|'.join(_ALSO_NOUNS)}|\w+(?:ates|izes|ifies))\b",
    re.IGNORECASE,
)
_VERB_LIKE = re.compile(
    r" [a-z]+[^\Ws'’]s (?!(?:of|on|in|and|or|for|to|from|with|by|at|between|during|across|after|against|among)\b)\w"
)
"""A word in -s before a word that is no preposition: a verb, as likely as a plural."""
_POINTLESS = frozenset(
    "study analysis trial update review case report evidence new novel paper first results evaluation cohort".split()
)


class Draft(NamedTuple):
    """A question that has not been tried yet, and how it was made."""

    kind: str
    question: str


def suggestions(
    papers: Iterable[Paper], held: Callable[[str], int], answers: Callable[[str], Answer], n: int
) -> list[str]:
    """At most ``n`` questions about different papers, of as many kinds as there are; the same for the same papers.

    ``held``: in how many papers a name stands. ``answers``: what the engine says to a question, without a model.
    """
    chosen = heapq.nsmallest(n * TRIED, papers, key=_lot)
    waiting = {kind: list[tuple[Paper, str]]() for kind in _KINDS}
    for paper in reversed(chosen):
        for draft in drafts(paper, held):
            waiting[draft.kind].append((paper, draft.question))
    asked: dict[str, str] = {}
    used = dict.fromkeys(_KINDS, 0)
    while len(asked) < n and any(waiting.values()):
        kind = min((k for k in _KINDS if waiting[k]), key=lambda k: used[k])
        paper, question = waiting[kind].pop()
        if paper.paper_id not in asked and _is_answered_from(paper, answers(question)):
            asked[paper.paper_id] = question
            used[kind] += 1
    return list(asked.values())


def drafts(paper: Paper, held: Callable[[str], int]) -> list[Draft]:
    """What could be asked about a paper."""
    title = shown(paper.title).rstrip(". ")
    name = own_name(paper, split_sentences(paper.paper_id, paper.abstract))
    made = [*_of_a_name(name, title, paper.abstract)] if name and held(name) <= OTHERS else []
    return [draft for draft in (*made, *_of_a_title(title, paper.abstract)) if _reads_well(draft.question)]


def _lot(paper: Paper) -> bytes:
    """A place in an order that has nothing to do with the library's, and stays as papers come and go."""
    return hashlib.sha256(paper.paper_id.encode("utf-8", "replace")).digest()


def _is_answered_from(paper: Paper, answer: Answer) -> bool:
    return answer.outcome == "answered" and bool(answer.sources) and answer.sources[0].paper.paper_id == paper.paper_id


def _of_a_name(name: str, title: str, abstract: str) -> Iterator[Draft]:
    """About a thing with a name of its own."""
    head, _, behind = title.partition(": ")
    found = _APPROACHED.fullmatch(behind)
    if head == name and found and not _CLAUSE.search(found[1]):
        yield Draft("approach", f"How does {name} approach {_uncapped(found[1], abstract)}?")
    yield Draft("work", f"How does {name} work?")
    yield Draft("what", f"What is {name}?")
    yield Draft("results", f"How well does {name} do?")


def _of_a_title(title: str, abstract: str) -> Iterator[Draft]:
    """By the way that a title is put: a question, a finding, an effect of this on that, a matter."""
    if found := _ASKS.match(title):
        asked = _uncapped(found[1], abstract)
        yield Draft("question", asked[:1].upper() + asked[1:])
        return
    head = _uncapped(title.split(": ")[0], abstract)
    if finding := _finding(head):
        yield Draft("finding", finding)
        return
    for pattern, asked in _NOUN_FIRST:
        if found := pattern.fullmatch(head):
            yield Draft("effect", asked.format(*found.groups()))
            return
    if ": " not in title and _is_matter(head):
        the = "the " if re.match(r"(?:[\w-]+ ){0,2}[a-z]+ of ", head) and not head.startswith("the ") else ""
        yield Draft("matter", f"What is known about {the}{head}?")


def _finding(head: str) -> str:
    """What a title that is a sentence asks for: "X inhibits Y" -> "How does X inhibit Y?"; "" for another title."""
    if _is_gerund(head):
        return ""
    if found := _THIRD.fullmatch(head):
        return f"How does {found['who']} {found['verb']} {found['what']}?" if not _CLAUSE.search(found["who"]) else ""
    if found := _MANY.fullmatch(head):
        return f"How do {found['who']} {found['verb']} {found['what']}?" if not _CLAUSE.search(found["who"]) else ""
    if found := _PASSIVE.fullmatch(head):
        return f"{found['is'].capitalize()} {found['who']} {found['what']}?"
    if found := _DONE_BY.fullmatch(head):
        does = "do" if _are_many(found["who"]) else "does"
        return f"How {does} {found['who']} {_NOUNS[found['noun'].lower()]} {found['what']}?"
    return ""


def _is_matter(head: str) -> bool:
    """Whether a title names a matter and says nothing of it."""
    if len(head.split()) > 9 or set(content_words(head)) & _POINTLESS:
        return False
    return not (_CLAUSE.search(head) or _VERB_LIKE.search(head) or _is_gerund(head) or re.match(r"an? ", head))


def _is_gerund(head: str) -> bool:
    return bool(re.match(r"\w{3,}ing\b(?! (?:of|in)\b)", head))


def _reads_well(question: str) -> bool:
    """Whether a question is of a length to be typed, has no formula, markup or foreign brackets, and ends well."""
    body = question.rstrip("?")
    words = body.split()
    return (
        len(question) <= _LONGEST
        and _FEWEST_WORDS <= len(words) <= _MOST_WORDS
        and not _ODD.search(body)
        and body.count("(") == body.count(")")
        and words[-1].lower() not in ("in", "of", "for", "and", "or", "with", "the", "a", "by", "on", "to", "from")
    )


def _uncapped(title: str, abstract: str) -> str:
    """A title as it would stand inside a sentence: words that bear a capital only because they stand in a title lose
    it.

    Those are the first one and, where most words bear one, all; but not a name, which the abstract, too, writes with a
    capital.
    """
    words = title.split()
    long = [w for w in words if len(w) > 3]
    everywhere = sum(w[:1].isupper() for w in long) > 0.6 * len(long)
    return " ".join(_lowered(w, abstract) if n == 0 or everywhere else w for n, w in enumerate(words))


def _lowered(word: str, abstract: str) -> str:
    """``Off-Policy`` -> ``off-policy``; acronyms and symbols stay, and a name that the abstract, too, writes with a
    capital.
    """
    parts = word.split("-")
    if not all(re.fullmatch(r"[A-Za-z][a-z'’]*[?.,]?|\d+", part) for part in parts) or (len(word) == 1 and word != "A"):
        return word
    bare = re.escape(word.rstrip("?.,"))
    alone = re.search(rf"(?:\b[a-z][a-z'’-]*|[,;]) {bare}(?= [a-z(]|[,.;:)])", abstract)
    return word if alone and not re.search(rf"\b{bare.lower()}\b", abstract) else word.lower()


def _are_many(subject: str) -> bool:
    """Whether a subject is plural, by the end of its head noun."""
    head = re.split(r" (?:of|in|by|from|with|for|on|to|between)\b", subject)[0]
    return " and " in head or bool(re.search(r"[a-z]{2}[^sui'’]s$", head))
