"""What the tests use in place of the real thing: an embedder whose vectors are made of words, a reader that counts
words, and papers of our own making.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from rag.answering.check import Limits
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import (
    BUNDLED_SPACE,
    DIMENSION,
    WORD_DIMENSION,
    WORD_SCALE,
    Space,
    TextVectors,
    Vectors,
    WordVectors,
)
from rag.models.reader import Asked, AskedWord, Checked, Claimed, Reading, Word
from rag.text.words import is_content, stems

LIMITS = Limits(passes=0.75, fails=0.3, word=0.5, contradicted=0.5)
"""For the gate over a :class:`FakeReader`: a claim is supported if three of four of its words are found."""
_ANIMALS = ("otters", "herons", "newts", "badgers", "terns", "voles", "larks", "stoats")
_DEEDS = ("dive deeper", "nest earlier", "sing louder", "travel farther", "sleep longer")
_CAUSES = ("after warm winters", "near slow rivers", "when food is scarce")

PAPERS: list[dict[str, object]] = [
    {
        "title": "Otters tell clean water from foul by smell",
        "abstract": "We tested whether river otters judge water by smell. In 40 trials, 9 of 10 otters chose the "
        "clean basin. "
        "Covering their noses ended the preference.",
        "year": 2015,
        "authors": ["Ada Müller"],
    },
    {
        "title": "Night trains and the sleep of herons",
        "abstract": "Herons near railways sleep two hours less. Nests were filmed for a year. Quiet tracks gave the "
        "hours back.",
        "year": 2020,
    },
    {
        "title": "A cheap sensor for soil moisture",
        "abstract": "We describe a sensor made of two nails. It costs 3 dollars and drifts by 2 percent a month.",
        "year": 2022,
    },
]


class FakeEmbedder:
    """Makes a text's vector from its words, each word always the same; ``embedded`` lists the texts that it was
    given.
    """

    def __init__(self, fingerprint: str = BundledEmbedder.fingerprint, pause: float = 0.0) -> None:
        self.fingerprint = fingerprint
        self.embedded: list[str] = []
        self._pause = pause

    def embed_documents(self, texts: Iterable[str]) -> Iterator[TextVectors]:
        for text in texts:
            self.embedded.append(text)
            time.sleep(self._pause)
            yield self.embed_query(text)

    def embed_query(self, text: str) -> TextVectors:
        found = [m for m in re.finditer(r"\w+", text) if is_content(m.group())]
        whole = sum((_vector(m.group(), DIMENSION) for m in found), np.zeros(DIMENSION, np.float32))
        spans = np.array([m.span() for m in found], np.int32).reshape(-1, 2)
        words = np.array([_vector(m.group(), WORD_DIMENSION) * WORD_SCALE for m in found]).reshape(-1, WORD_DIMENSION)
        return TextVectors(
            whole / max(float(np.linalg.norm(whole)), 1e-9), WordVectors(spans, np.rint(words).astype(np.int8))
        )

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def space(self) -> Space:
        return BUNDLED_SPACE


class FakeReader:
    """Judges by shared words: a claim is supported to the share of its words that the cited sentences have, a sentence
    answers to the share of the question's words that it has.

    ``readings`` and ``checks`` are fixed answers: by question and title, and by claim. ``claimed`` lists what it was
    asked to check, call by call.
    """

    fingerprint = "reader/fake"

    def __init__(
        self,
        *,
        readings: Mapping[tuple[str, str], Reading] | None = None,
        checks: Mapping[str, Checked] | None = None,
    ) -> None:
        self.readings = dict(readings or {})
        self.checks = dict(checks or {})
        self.claimed: list[list[Claimed]] = []

    def read(self, asked: Sequence[Asked]) -> list[Reading]:
        return [self.readings.get((a.question, a.title)) or _reading(a) for a in asked]

    def check(self, claimed: Sequence[Claimed]) -> list[Checked]:
        self.claimed.append(list(claimed))
        return [self.checks.get(c.claim) or _checked(c) for c in claimed]


def _reading(asked: Asked) -> Reading:
    question, title = stems(asked.question), stems(asked.title)
    told = title.union(*map(stems, asked.sentences))
    stated = max((_share(question, title | stems(s)) for s in asked.sentences), default=0.0)
    sentences = tuple(_share(question, stems(s)) for s in asked.sentences)
    words = tuple(AskedWord(a, b, 1 - _share(w, told), 0.0) for a, b, w in _stems_by_word(asked.question))
    return Reading(_share(question, told), stated, 0.0, sentences, words)


def _checked(claimed: Claimed) -> Checked:
    told = frozenset[str]().union(*(stems(claimed.sentences[n - 1]) for n in claimed.cited))
    words = tuple(Word(a, b, 1 - _share(w, told)) for a, b, w in _stems_by_word(claimed.claim))
    claim = stems(claimed.claim)
    return Checked(_share(claim, told) if claim else 0.0, 0.0, words)


def _stems_by_word(text: str) -> Iterator[tuple[int, int, frozenset[str]]]:
    for found in re.finditer(r"\S+", text):
        yield *found.span(), stems(found.group())


def _share(words: frozenset[str], known: frozenset[str]) -> float:
    """How many of the words are known; all, where there are none."""
    return len(words & known) / len(words) if words else 1.0


def _vector(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.lower().encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def records(n: int) -> list[dict[str, object]]:
    """``n`` papers as a JSON Lines file holds them, each about another thing (n up to 120)."""
    kinds = [(a, d, c) for a in _ANIMALS for d in _DEEDS for c in _CAUSES]
    return [
        {
            "title": f"Why {animal} {deed} {cause}",
            "abstract": f"We watched {animal} for {i + 2} years. They {deed} {cause}. The effect was {i + 11} percent.",
            "authors": ["Ada Müller", f"Bo Author{i}"],
            "year": 1990 + i % 30,
        }
        for i, (animal, deed, cause) in enumerate(kinds[:n])
    ]


def write_records(path: Path, records: Iterable[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path
