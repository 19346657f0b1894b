"""What a library is about: its papers in groups by their vectors, each named by the terms that are its own, with a
typical paper.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rag.answering.plans.reply import NOT_GIVEN, Cell, Reply
from rag.answering.testimony import speaks_to_its_reader
from rag.library.catalog import Catalog
from rag.text.sentences import is_stub, split_sentences
from rag.text.words import content_words
from rag.types import Claim, Paper, Plan, Sentence

MOST_GROUPS = 8
TERMS = 4
MOST_PAPERS = 5_000
"""Papers that are grouped, spread over the library, where it has more."""
Floats = npt.NDArray[np.float64]


def overview(catalog: Catalog, plan: Plan) -> Reply:
    papers, vectors = _vectors(catalog)
    if len(papers) < 4:
        few = tuple((p, tuple[Sentence, ...]()) for p in papers)
        return Reply(plan, "answered", "", tuple(Claim(p.title, (), "catalogue") for p in papers), few)
    groups = _groups(vectors, min(MOST_GROUPS, max(2, round(math.sqrt(len(papers) / 2)))))
    names = _names(papers, groups)
    rows: list[tuple[Cell, ...]] = []
    listed, claims = [], []
    for n in sorted(set(groups), key=lambda g: -np.count_nonzero(groups == g)):
        inside = np.flatnonzero(groups == n)
        centre = vectors[inside].mean(axis=0)
        paper = papers[inside[int(np.argmax(vectors[inside] @ centre))]]
        sentence = next((s for s in split_sentences(paper.paper_id, paper.abstract) if _tells(s.text)), None)
        if sentence is None:
            continue
        listed.append((paper, (sentence,)))
        claims.append(Claim(sentence.text, (sentence.id,), "quoted"))
        terms, years = ", ".join(names[n]), _span([papers[i] for i in inside])
        rows.append((Cell(terms), Cell(str(len(inside))), Cell(years), Cell(paper.title, sentence)))
    note = f"{len(papers)} papers in {len(rows)} groups, each with its own terms and the paper nearest to its middle."
    columns: tuple[str, ...] = ("Terms", "Papers", "Years", "A typical paper")
    if all(row[2].text == NOT_GIVEN for row in rows):
        columns, rows = (*columns[:2], columns[3]), [(*row[:2], row[3]) for row in rows]
    return Reply(plan, "answered", note, tuple(claims), tuple(listed), columns=columns, rows=tuple(rows))


def _tells(sentence: str) -> bool:
    return not is_stub(sentence) and not speaks_to_its_reader(sentence)


def _vectors(catalog: Catalog) -> tuple[list[Paper], Floats]:
    """Papers with a vector each: the mean of their chunks', at unit length."""
    papers = list(catalog.papers())
    papers = papers[:: -(-len(papers) // MOST_PAPERS)] if papers else []
    rows = catalog.rows_of_papers(p.paper_id for p in papers)
    held = catalog.vectors_at(rows.values())
    known = [p for p in papers if (v := held.get(rows[p.paper_id])) is not None and len(v.chunks)]
    means = [held[rows[p.paper_id]].chunks.mean(axis=0) for p in known]
    matrix = np.array(means, np.float64).reshape(len(known), -1)
    return known, matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)


def _groups(vectors: Floats, k: int) -> npt.NDArray[np.int64]:
    """k-means on the sphere, from centres that lie far apart; the best of three starts, the same each time."""
    best, least = np.zeros(len(vectors), np.int64), -math.inf
    for start in range(3):
        centres = _far_apart(vectors, k, start)
        for _ in range(30):
            near = (vectors @ centres.T).argmax(axis=1)
            moved = np.array([vectors[near == n].mean(axis=0) if (near == n).any() else centres[n] for n in range(k)])
            moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
            if np.allclose(moved, centres):
                break
            centres = moved
        score = float((vectors @ centres.T).max(axis=1).sum())
        if score > least:
            best, least = near, score
    return best


def _far_apart(vectors: Floats, k: int, seed: int) -> Floats:
    """k-means++: each centre is drawn among the papers that lie far from those before."""
    rng = np.random.default_rng(seed)
    chosen = [int(rng.integers(len(vectors)))]
    while len(chosen) < k:
        far = np.clip(1 - (vectors @ vectors[chosen].T).max(axis=1), 0, None) ** 2
        chosen.append(
            int(rng.choice(len(vectors), p=far / far.sum())) if far.sum() > 0 else int(rng.integers(len(vectors)))
        )
    return vectors[chosen].copy()


def _names(papers: Sequence[Paper], groups: npt.NDArray[np.int64]) -> dict[int, list[str]]:
    """The terms of each group that are most its own (class-based TF-IDF over words and pairs of words, titles
    twice).
    """
    counts: dict[int, Counter[str]] = {int(n): Counter() for n in set(groups)}
    for paper, n in zip(papers, groups, strict=True):
        words = content_words(f"{paper.title} {paper.title} {paper.abstract}")
        counts[int(n)].update({t for t in (*words, *(f"{a} {b}" for a, b in pairwise(words))) if not t.isdigit()})
    every = Counter(t for c in counts.values() for t in c.elements())
    sizes = Counter(map(int, groups))
    named = {}
    for n, counted in counts.items():
        often = {t: c for t, c in counted.items() if c > 1 or sizes[n] < 3}
        score = {
            t: c / sizes[n] * math.log(1 + len(papers) / every[t]) * (1.5 if " " in t else 1) for t, c in often.items()
        }
        named[n] = _distinct(sorted(score, key=lambda t: (-score[t], t)))
    return named


def _distinct(terms: Sequence[str]) -> list[str]:
    """The first terms of which none is a part of another."""
    kept: list[str] = []
    for term in terms:
        if not any(set(term.split()) & set(k.split()) for k in kept):
            kept.append(term)
        if len(kept) == TERMS:
            break
    return kept


def _span(papers: Sequence[Paper]) -> str:
    years = [p.year for p in papers if p.year is not None]
    if not years:
        return NOT_GIVEN
    return str(min(years)) if min(years) == max(years) else f"{min(years)} to {max(years)}"
