"""The kinds of no: is a question covered by the library at all, and do the papers that it is about state what it asks? Pure.

Two logistic models judge it, fitted by ``evals/calibrate.py`` with thresholds that refuse few answerable questions, and one rule: a name
that no abstract has is never answered from papers that happen to sound alike. What the question asks, and whether something of that kind
is offered, is read by :mod:`rag.focus`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from rag.focus import FOCUS_FIGURES, focus_figures, is_verb
from rag.relevance import Logistic, calibration
from rag.words import content_words, stem, stems

if TYPE_CHECKING:
    from rag.retrieval import Found, Retrieval

COVERED_FIGURES = (
    "words", "whole", "lexical", "named", "words_next", "known", "known_weight", "coverage", "coverage_least", "covered_well", "likely",
    "strange", "strange_subject",
    "strange_beside_known", "lead", "head", "head_missing", "focus", "any_name", "likely_sum", "detail_missing", "library_size",
)  # fmt: skip
STATED_FIGURES = (
    "likely", "likely_second", "likely_sum", "words", "whole", "lexical", "coverage", "detail_missing", *FOCUS_FIGURES,
)  # fmt: skip
# What papers settle in their appendix: questions about these are seldom answered by an abstract.
_DETAIL = re.compile(
    r"\bbatch|\blearning[- ]rate|\boptimi[sz]er|\badam\b|\bgpus?\b|\btpus?\b|\bhardware|\bmemory\b|\bvram|"
    r"\bcompute\b|\bcosts?\b|\bprices?\b|\bpaid\b|\bpay\b|\bbudget|\bdollars?\b|\bfund\w*|\bgrants?\b|"
    r"\bsponsor\w*|\blicen[cs]e\w*|\baffiliat\w*|\buniversit\w+|\binstitut\w+|\bcompany\b|\blabs?\b|"
    r"\bcountr\w+|\bseeds?\b|\bepochs?\b|\blayers?\b|\bhidden\b|\bwidth\b|\bparameters\b|\bwall[- ]clock|"
    r"\btraining time|\bhow long (?:did|does|do|was|were)|\benergy\b|\bcarbon|\belectricity|\bco2\b|"
    r"\bwatts?\b|\bcontext (?:length|window)|\btokens?\b|\bannotators?\b|\bparticipants?\b|"
    r"\bvolunteers?\b|\braters?\b|"
    r"\brelease date|\bwhen was|\bpublished\b|\bsubmitted\b|\bvenue\b|\bconference\b|\breviewers?\b|"
    r"\bagreement\b|\btemperature\b|\bdiscount factor|\bgamma\b|\bhyper-?parameters?\b|"
    r"\bframe ?rates?\b|\bhz\b|"
    r"\bresolution\b|\bdropout\b|\bweight decay|\bcoefficient\b|\bepsilon\b|\bbeta\b|\bkl\b|\bversion\b|"
    r"\bschedule\b|\bwarm-?up|\bclip\w*|\bhorizon length|\breplay buffer|\bbuffer\b|\barchitecture\b|"
    r"\bactivation|"
    r"\bplatform version|\bpython\b|\bpytorch\b|\bjax\b|\bmanufactur\w*|\bbrand\b|\bweigh\w*\b|\bdegree\b|"
    r"\blatency\b|\bthreshold\b|\bper (?:comparison|hour|annotator|task|prompt|step|episode)",
    re.IGNORECASE,
)
# Of those, the ones that are settled nowhere else: where one of these is asked and the paper lacks the word, no other likeness makes
# up for it.
_SURELY_DETAIL = re.compile(
    r"\bbatch[- ]?sizes?\b|\blearning[- ]rates?\b|\bfund(?:ed|ing|s|er|ers)?\b|\bgrants?\b|\bsponsor\w*|"
    r"\bgpus?\b|\btpus?\b|\bprices?\b|\boptimi[sz]ers?\b|"
    r"\brandom seeds?\b|\blicen[cs]es?\b|\baffiliat\w+|\bweight decay\b|\bdropout\b|\bcarbon\b|\belectricity\b",
    re.IGNORECASE,
)
_NAME_LIKE = re.compile(r"[A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*")
_SHAPED = re.compile(r"[a-z][A-Z]|[A-Z]{2}|[A-Za-z]\d|\d[A-Za-z]")
_WELL = 0.6
# What is asked for by name: the words right after "which", "how many" and their like ("which optimiser", "how many human participants").
_HEAD = re.compile(
    r"\b(?:which|what|whose|how many|how much|what (?:kind|sort|type|make|brand|number|amount) of|on which|in which)"
    r"\s+(?:of\s+)?(?:the\s+)?((?:[\w-]+\s*){1,3})",
    re.IGNORECASE,
)
_GENERAL = frozenset("use uses used using need needs needed require requires required make makes made show shows shown long".split())
"""Words that are not missed where a paper lacks them."""
_VERBS = frozenset("is are was were do does did has have had can could would will should".split())


@dataclass(frozen=True)
class Verdict:
    """What the library can do for a question. ``missing``: what nothing mentions, for the message."""

    kind: Literal["covered", "not_covered", "not_stated"]
    missing: tuple[str, ...] = ()


def judge(retrieval: Retrieval, mentions: Callable[[str], int]) -> Verdict:
    """Judges a question by what was found. ``mentions(phrase)``: how many papers of the library have a phrase."""
    strange = unknown_names(retrieval.question.text, mentions)
    figures = verdict_figures(retrieval, strange)
    about_strange = figures["strange_subject"] > 0 and not retrieval.question.names
    if (
        not retrieval.found
        or not retrieval.question.words
        or about_strange
        or (not _has_every_word(retrieval) and _below("covered", COVERED_FIGURES, figures))
    ):
        return Verdict("not_covered", strange)
    is_counted = figures["count_near"] >= 1
    if _sure_details(retrieval) or (not is_counted and _below("stated", STATED_FIGURES, figures)):
        return Verdict("not_stated", strange or missing_words(retrieval))
    return Verdict("covered", strange)


def _has_every_word(retrieval: Retrieval) -> bool:
    """Whether the best paper has all content words of the question: few words ("mamba", "which are surveys?") say little to the model."""
    held = _stems(retrieval.found[0])
    return all(stem(w) in held for w in retrieval.question.words)


def _sure_details(retrieval: Retrieval) -> list[str]:
    """Words for details that the best paper does not name. Six letters tell too little: every second paper optimises something."""
    paper = retrieval.found[0].passage.paper
    held = {_form(w) for w in content_words(f"{paper.title} {paper.abstract}")}
    asked = (w for m in _SURELY_DETAIL.finditer(retrieval.question.text) for w in content_words(m.group()))
    return [w for w in asked if _form(w) not in held]


def _form(word: str) -> str:
    """``optimisers`` -> ``optimizer``, ``funding`` and ``funded`` -> ``fund``."""
    return re.sub(r"(?:ing|ed|s)$", "", word.replace("optimis", "optimiz"))[:9]


def unknown_names(question: str, mentions: Callable[[str], int]) -> tuple[str, ...]:
    """Words of a question that are written like names (AlphaFold, GPT-9, Tessera) and that no paper of the library has."""
    strange = []
    for match in _NAME_LIKE.finditer(question):
        inside = _inside_sentence(question, match.start())
        pieces = match.group().split("-")
        versioned = len(pieces) > 1 and pieces[-1].isdigit() and not mentions(match.group())
        if versioned or any(_is_strange(piece, inside, mentions) for piece in pieces):
            strange.append(match.group())
    return tuple(dict.fromkeys(strange))


def _is_strange(word: str, inside: bool, mentions: Callable[[str], int]) -> bool:
    """Whether a word is written like a name and unknown. ``inside``: it does not open a sentence, so that a capital means something."""
    like_a_name = bool(_SHAPED.search(word)) or (word[:1].isupper() and inside)
    return like_a_name and len(word) > 1 and bool(content_words(word)) and not mentions(word)


def missing_words(retrieval: Retrieval) -> tuple[str, ...]:
    """What the question asks for that the best paper has neither in letter nor in sense, at most three words: its head ("which
    *optimiser*") and terms
    that are known as details ("*batch size*").
    """
    best, text = retrieval.found[0], retrieval.question.text
    held = _stems(best)
    near = dict(zip(retrieval.question.words, best.coverage, strict=True))
    details = [w for m in _DETAIL.finditer(text) for w in content_words(m.group())]
    asked = (w for w in dict.fromkeys((*details, *_head_words(text))) if w not in _GENERAL and not is_verb(w))
    written = {w.lower(): w for w in re.findall(r"[^\W_]+", text)}
    sure = _sure_details(retrieval)
    return tuple(written.get(w, w) for w in asked if w in sure or (stem(w) not in held and near.get(w, 0.0) < _WELL))[:3]


def verdict_figures(retrieval: Retrieval, strange: Sequence[str]) -> dict[str, float]:
    """The figures that the two models are fitted on; zeros where nothing was found. ``strange``: the question's :func:`unknown_names`."""
    asked, found = retrieval.question, retrieval.found
    if not found or not asked.words:
        return dict.fromkeys((*COVERED_FIGURES, *STATED_FIGURES), 0.0)
    best, following = found[0], found[min(1, len(found) - 1)]
    likely = np.sort(best.likely)[::-1]
    known = np.array([asked.frequency[w] > 0 for w in asked.words])
    focus = _focus(best, asked.words)
    coverage = best.coverage
    in_focus = coverage[focus] if focus.any() else coverage
    held = _stems(best)
    lacking = np.array([stem(w) not in held for w in asked.words])
    head = _head_words(asked.text)
    heads = np.array([w in head for w in asked.words])
    return focus_figures(asked, best) | {
        "library_size": math.log10(asked.papers), "words": best.words, "whole": best.whole, "lexical": best.lexical, "named": best.named,
        "words_next": following.words,
        "known": float(known.mean()), "known_weight": float(asked.weights[known].sum()),
        "coverage": float(coverage.mean()), "coverage_least": float(coverage.min()), "covered_well": float((coverage > _WELL).mean()),
        "likely": float(likely[0]), "likely_second": float(likely[1]) if len(likely) > 1 else 0.0, "likely_sum": float(likely.sum()),
        "focus": float(in_focus.mean()),
        "detail_missing": float(min(2, sum(_lacks(m.group(), held) for m in _DETAIL.finditer(asked.text)))),
        "lead": best.passage.score - following.passage.score,
        "head": float(coverage[heads].mean()) if heads.any() else 0.7, "head_missing": float(lacking[heads].mean()) if heads.any() else 0.3,
        "any_name": float(bool(asked.names)),
        "strange": float(min(2, len(strange))), "strange_subject": float(any(_is_subject(name, asked.text) for name in strange)),
        "strange_beside_known": float(bool(strange) and bool(asked.names)),
    }  # fmt: skip


def _below(name: str, names: tuple[str, ...], figures: dict[str, float]) -> bool:
    row = np.array([[figures[n] for n in names]], np.float32)
    return bool(_fitted(name, names).probability(row)[0] < calibration()[name]["threshold"])


@cache
def _fitted(name: str, names: tuple[str, ...]) -> Logistic:
    return Logistic.from_json(calibration()[name], names)


def _stems(found: Found) -> frozenset[str]:
    return stems(found.passage.paper.title) | stems(found.passage.paper.abstract)


def _focus(found: Found, words: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    title = stems(found.passage.paper.title)
    return np.array([stem(w) not in title for w in words])


def _head_words(question: str) -> tuple[str, ...]:
    """Content words of what is asked for by name, up to the verb: "which code LLM serves as" -> code, llm."""
    found: list[str] = []
    for match in _HEAD.finditer(question):
        for word in match.group(1).split():
            if word.lower() in _VERBS:
                break
            found += content_words(word)
    return tuple(dict.fromkeys(found))


def _is_subject(name: str, question: str) -> bool:
    """Whether a question is about a name ("how does X …", "X's accuracy", "the X paper"), rather than mentioning it by the way."""
    quoted = re.escape(name)
    opening = r"\b(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|explain|describe|called|named|about|by|of)\s+(?:the\s+)?"
    before = rf"(?:{opening}|^\W*){quoted}\b(?!-)"
    after = rf"\b{quoted}(?:'s|’s|\s+(?:paper|method|model|algorithm|framework|system|approach|authors?)\b)"
    return bool(re.search(f"{before}|{after}", question, re.IGNORECASE))


def _lacks(term: str, held: frozenset[str]) -> bool:
    """Whether a paper lacks a word of a term."""
    return any(stem(w) not in held for w in content_words(term))


def _inside_sentence(text: str, at: int) -> bool:
    """Whether a word at ``at`` does not open a sentence or a quotation, so that its capital means something."""
    before = text[:at].rstrip(" ")
    return bool(before) and before[-1] not in ".?!:\"'“‘(«"
