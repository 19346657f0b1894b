"""Question -> ranked papers with ranked sentences.

Candidates come from two sides: the full-text index (BM25 over title and abstract) and the vector index. Each candidate
is then read word by word: for every content word of the question the most similar word of the abstract, weighed by how
rare the word is in the library (late interaction). A paper's relevance is a weighted sum of three figures that do not
depend on the other candidates, so that it can also be held against a threshold:

    words      sum over question words w of idf(w) * max cosine to a word of title or abstract, over sum idf(w)
    whole      cosine of question and abstract, on the bundled model's scale whichever model made the vectors
    lexical    BM25 over the best score that the question's words could reach

Sentences are ranked within their paper by the same word-by-word comparison. Nothing is judged here:
:mod:`rag.answering.reading` has the best papers read, ranks them and their sentences again, and says what they state.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from rag.answering.testimony import Hearsay, speaks_to_its_reader
from rag.answering.unembedded import likeness, whole_by
from rag.errors import LibraryNotFound, UsageError
from rag.library.catalog import PaperVectors
from rag.library.library import Library
from rag.models.bundled_embedder import BundledEmbedder
from rag.models.embedder import BUNDLED_SPACE, WORD_SCALE, Embedder, Space, TextVectors, Vectors
from rag.models.reader import Reading
from rag.text.names import numbered_names
from rag.text.titles import is_named_in, original_titles, originals_first, proper_name
from rag.types import Filters, Paper, Passage, PlanKind, RankedSentence, Sentence

MAX_QUESTION = 4_000
"""Characters of a question; a longer one is refused (it is a document)."""
CANDIDATES = 100
"""Papers taken from each side."""
CALLED = 16
"""Of the best papers, how many are looked at for being called by name."""
TITLE_WEIGHT = 1.0
WHOLE, WORDS, LEXICAL, NAMES = 1.0, 3.0, 0.35, 0.35
"""Weights of a paper's figures; chosen on questions of both kinds, see evals/LOG.md."""
RAREST = 0.6
"""A word's idf is capped at this share of the library's greatest, so that one odd word does not outweigh the rest of a
question."""
OWN_NAME, OWN_NAME_SHARE = 8, 500
"""A name that so many papers mention, or a library's such share, may still be one paper's own."""
_NAME = re.compile(r"[A-Za-z]*(?:[a-z][A-Z]|[A-Z]{2}|[A-Za-z]\d|\d[A-Za-z])[A-Za-z0-9]*")


@dataclass(frozen=True)
class Question:
    """A question as retrieval and writing see it: its vectors, its content words, and what they weigh in this
    library.
    """

    text: str
    vectors: TextVectors
    words: tuple[str, ...]
    """Content words, in the order of the rows of ``vectors.words``."""
    idf: dict[str, float]
    frequency: dict[str, int]
    """In how many papers of the library each word occurs."""
    papers: int
    space: Space = BUNDLED_SPACE
    """The space that wholes lie in, the question's and the library's."""

    @cached_property
    def weights(self) -> Vectors:
        """(n,): what each row of the words' vectors weighs; sums to one."""
        raw = np.array([self.idf[w] for w in self.words], dtype=np.float32)
        return np.asarray(raw / max(float(raw.sum()), 1e-9), dtype=np.float32)

    @cached_property
    def word_vectors(self) -> Vectors:
        return np.asarray(self.vectors.words.vectors / np.float32(WORD_SCALE), dtype=np.float32)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Words that look like names (COPlanner, GPT4, RLHF) and that few papers of the library have."""
        few = max(3, self.papers // 20)
        looks = {m.group().lower() for m in _NAME.finditer(self.text)}
        return tuple(w for w in dict.fromkeys(self.words) if w in looks and 0 < self.frequency[w] <= few)


@dataclass(frozen=True)
class Found:
    """A retrieved paper with the figures behind its relevance.

    ``named``: the share of the question's names that it has. ``likely``: for each sentence, in the order of the
    abstract, how likely it answers; 0 for one that is no evidence of anything (:mod:`rag.answering.testimony`), of
    which no answer is made. ``called``: the question calls it by its name. ``reading``: what the reader says of it,
    where it was read.
    """

    passage: Passage
    words: float
    whole: float
    lexical: float
    named: float
    sentences: tuple[Sentence, ...]
    likely: Vectors
    called: bool = False
    reading: Reading | None = None


@dataclass(frozen=True)
class Retrieval:
    """What a question found: papers, best first; before all others the first ``about``, which it was said to be about.
    ``kind``: of answer that it wants.
    """

    question: Question
    found: tuple[Found, ...]
    about: int = 0
    kind: PlanKind = "fact"

    @property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(f.passage for f in self.found)


class Retriever:
    """Searches one library."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._catalog = library.catalog
        self._embedder = embedder

    def retrieve(self, question: str, k: int, filters: Filters | None = None, about: Sequence[str] = ()) -> Retrieval:
        """The ``k`` most relevant papers that pass the filters, best first; fewer if the library has fewer.

        ``about``: ids of papers that come first whatever else is relevant, where they are in the library and pass.
        Raises UsageError (empty or over-long question, ``k`` below 1), LibraryNotFound (no paper at all),
        EmbedderMismatch, and ModelError where a server embeds the question and fails.
        """
        text = self.checked(question, k, filters)
        asked = self.understood(text)
        allowed = self._catalog.rows_matching(filters) if filters else None
        lexical = self._lexical(asked, allowed)
        given = {row for row in self._catalog.rows_of_papers(about).values() if allowed is None or row in allowed}
        rows = self._candidates(asked, lexical, allowed, k) | given
        ranked = sorted(self.scored(asked, rows, lexical), key=lambda s: (s.row not in given, -s.score, s.row))
        called = self._called(asked, ranked[:CALLED])
        ranked = sorted(ranked, key=lambda s: (s.row not in given, s.row not in called))
        ranked = self._with_originals(asked, ranked[:k], lexical, allowed)[:k]
        found = self._with_sentences(asked, ranked, called)
        return Retrieval(asked, found, min(len(given), len(found)))

    def checked(self, question: str, k: int, filters: Filters | None) -> str:
        """The question, tidied. Raises as :meth:`retrieve`."""
        text = checked_question(question)
        if k < 1:
            raise UsageError(f"k={k}: at least one paper must be asked for.", "Give k=1 or more.")
        check_filters(filters)
        if not self._catalog.count():
            raise LibraryNotFound(
                f"{self._library.folder}: the library is empty.", "Add papers with: citewise index FILE"
            )
        self._library.check_embedder(self._embedder.fingerprint)
        return text

    def _called(self, asked: Question, ranked: Sequence[Scored]) -> set[int]:
        """The rows of papers that the question calls by name; one that only talks about such a paper does not come
        before it.
        """
        papers = self._catalog.papers_at([s.row for s in ranked])
        return {row for row, paper in papers.items() if is_named_in(asked.text, paper.title)}

    def _with_originals(
        self, asked: Question, ranked: Sequence[Scored], lexical: Mapping[int, float], allowed: set[int] | None
    ) -> list[Scored]:
        """The same with the original of each paper before it that takes another's title with "(corrected)" or the like.

        The original is looked up where it was not found: who copies a title may well write what questions ask for.
        """
        titles = self._catalog.titles_at([s.row for s in ranked])
        named = ((row, self._catalog.rows_titled(original_titles(title))) for row, title in titles.items())
        originals = {row: min(rows) for row, found in named if (rows := found if allowed is None else found & allowed)}
        if not originals:
            return list(ranked)
        missing = set(originals.values()).difference(titles)
        known = [*ranked, *self.scored(asked, missing, lexical)]
        titles |= self._catalog.titles_at(missing)
        return [known[n] for n in originals_first([titles.get(s.row, "") for s in known])]

    # --- the question -------------------------------------------------------------------------------------------------

    def understood(self, text: str) -> Question:
        """A question with its vectors and what its words weigh in this library."""
        papers = self._catalog.count()
        vectors = self._embedder.embed_query(text)
        words = tuple(text[a:b].lower() for a, b in vectors.words.spans)
        frequency = {w: self._catalog.papers_with(w) for w in set(words)}
        most = RAREST * math.log(1 + papers)
        idf = {w: min(math.log(1 + (papers - n + 0.5) / (n + 0.5)), most) for w, n in frequency.items()}
        return Question(text, vectors, words, idf, frequency, papers, self._space(vectors.whole))

    def _space(self, whole: Vectors) -> Space:
        """The space that the library's wholes lie in; looked up, and held against the question's, where it is not the
        bundled model's.
        """
        if self._embedder.fingerprint == BundledEmbedder.fingerprint:
            return BUNDLED_SPACE
        space = self._library.space()
        self._library.check_dimension(whole, space)
        return space

    # --- candidates ---------------------------------------------------------------------------------------------------

    def _lexical(self, asked: Question, allowed: set[int] | None) -> dict[int, float]:
        """BM25 of the papers that the full-text index puts first, over the best score that the words could reach."""
        terms = _searchable(asked)
        best = sum(asked.idf[w] for w in terms) * 2.2 or 1.0  # BM25's term frequency part stays below k1 + 1 = 2.2
        terms += [name for name in numbered_names(asked.text) if name not in asked.words]
        hits = self._catalog.search_text(terms, CANDIDATES, TITLE_WEIGHT, allowed)
        return {row: score / best for row, score in hits}

    def _candidates(self, asked: Question, lexical: dict[int, float], allowed: set[int] | None, k: int) -> set[int]:
        if allowed is not None and len(allowed) <= 4 * CANDIDATES:
            return allowed
        near = self._near(asked.vectors.whole, max(CANDIDATES, k), allowed)
        return near | set(lexical)

    def _near(self, vector: Vectors, wanted: int, allowed: set[int] | None) -> set[int]:
        """Papers whose chunks are nearest. With a filter the index is asked for more and more until enough of them
        pass.
        """
        reach = wanted
        while True:
            hits = self._library.nearest_chunks(vector, reach)
            rows = self._catalog.rows_of_chunks([chunk_id for chunk_id, _ in hits])
            passed = {row for row in rows.values() if allowed is None or row in allowed}
            if len(hits) < reach or len(passed) >= wanted or allowed is None:
                return passed
            reach *= 4

    # --- scoring ------------------------------------------------------------------------------------------------------

    def scored(
        self, asked: Question, rows: Iterable[int], lexical: Mapping[int, float] = MappingProxyType({})
    ) -> list[Scored]:
        rows = list(rows)
        held = self._catalog.vectors_at(rows)
        named = self._named(asked, rows)
        texts = self._unembedded(rows, held)
        return [
            self._score(asked, row, held.get(row), texts.get(row), lexical.get(row, 0.0), named.get(row, 0.0))
            for row in rows
        ]

    def _unembedded(
        self, rows: Collection[int], held: Collection[int]
    ) -> dict[int, tuple[Paper, tuple[Sentence, ...]]]:
        """The texts of papers that lack vectors, or some of them."""
        lacking = self._catalog.rows_waiting(rows).union(row for row in rows if row not in held)
        if not lacking:
            return {}
        papers, sentences = self._catalog.papers_at(lacking), self._catalog.sentences_at(lacking)
        return {row: (paper, sentences[row]) for row, paper in papers.items() if row in sentences}

    def _score(
        self,
        asked: Question,
        row: int,
        held: PaperVectors | None,
        text: tuple[Paper, tuple[Sentence, ...]] | None,
        lexical: float,
        named: float,
    ) -> Scored:
        similarity, owner = np.zeros((len(asked.words), 1), np.float32), np.zeros(1, np.uint16)
        if held is not None and len(held.words):
            similarity = np.asarray(
                asked.word_vectors @ (held.words.astype(np.float32).T / WORD_SCALE), dtype=np.float32
            )
            owner = held.sentences
        if text is not None:
            by_words, numbers = likeness(asked.words, *text)
            similarity, owner = np.hstack([similarity, by_words]), np.concatenate([owner, numbers])
        coverage = similarity.max(axis=1) if asked.words else np.zeros(0, np.float32)
        words = float(coverage @ asked.weights)
        if held is not None:
            whole = asked.space.on_scale(float((held.chunks @ asked.vectors.whole).max()))
        else:
            whole = whole_by(words) if text is not None else 0.0
        score = (WORDS * words + WHOLE * whole + LEXICAL * lexical + NAMES * named) / (WORDS + WHOLE + LEXICAL + NAMES)
        return Scored(row, score, words, whole, lexical, named, similarity, owner)

    def _named(self, asked: Question, rows: Iterable[int]) -> dict[int, float]:
        """The share of the question's names that a paper has; a name in the title counts whole, in the abstract
        half.
        """
        if not asked.names:
            return {}
        titles = [self._catalog.rows_with(name, in_title=True) for name in asked.names]
        texts = [self._catalog.rows_with(name) for name in asked.names]
        pairs = list(zip(titles, texts, strict=True))
        return {
            row: sum(1.0 if row in title else 0.5 if row in text else 0.0 for title, text in pairs) / len(pairs)
            for row in rows
        }

    def _with_sentences(self, asked: Question, ranked: Sequence[Scored], called: set[int]) -> tuple[Found, ...]:
        """The best papers with their sentences."""
        rows = [s.row for s in ranked]
        papers, sentences = self._catalog.papers_at(rows), self._catalog.sentences_at(rows)
        hearsay = Hearsay(
            asked.text, {row: paper.title for row, paper in papers.items() if self._has_a_name_of_its_own(paper)}
        )
        there = (s for s in ranked if s.row in papers and s.row in sentences)
        return tuple(self._found(asked, s, papers[s.row], sentences[s.row], hearsay, s.row in called) for s in there)

    def _has_a_name_of_its_own(self, paper: Paper) -> bool:
        """Whether few papers of the library mention what this one is called: "RLCoder", not "HCV"."""
        name = proper_name(paper.title)
        return name is not None and self._catalog.papers_with(name) <= max(
            OWN_NAME, self._catalog.count() // OWN_NAME_SHARE
        )

    def _found(
        self,
        asked: Question,
        scored: Scored,
        paper: Paper,
        sentences: tuple[Sentence, ...],
        hearsay: Hearsay,
        called: bool,
    ) -> Found:
        likely = np.clip(_closeness(asked, scored, sentences), 0.001, 1)
        barred = [speaks_to_its_reader(s.text) or hearsay.is_about_another(s.text, scored.row) for s in sentences]
        likely = np.where(barred, np.float32(0), likely).astype(np.float32)
        passage = Passage(paper, scored.score, ranked_sentences(sentences, likely))
        return Found(passage, scored.words, scored.whole, scored.lexical, scored.named, sentences, likely, called)


@dataclass(frozen=True)
class Scored:
    row: int
    score: float
    words: float
    whole: float
    lexical: float
    named: float
    similarity: Vectors
    owner: npt.NDArray[np.uint16]


def _closeness(asked: Question, scored: Scored, sentences: Sequence[Sentence]) -> Vectors:
    """(sentences,): how near each comes to the question, word by word."""
    best = np.zeros((len(sentences), len(asked.words)), np.float32)
    for i, sentence in enumerate(sentences):
        part = scored.similarity[:, scored.owner == sentence.number]
        if part.size:
            best[i] = part.max(axis=1)
    return np.asarray(best @ asked.weights, np.float32)


def ranked_sentences(sentences: Sequence[Sentence], likely: Vectors) -> tuple[RankedSentence, ...]:
    """Best first; of equals the earlier."""
    order = sorted(range(len(sentences)), key=lambda i: (-likely[i], i))
    return tuple(RankedSentence(sentences[i], float(likely[i])) for i in order)


def checked_question(question: str) -> str:
    """The question with white space and control characters tidied. Raises UsageError if nothing is left or it is a
    document.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in question).split())
    if not text:
        raise UsageError("The question is empty.", 'Ask something, for example: citewise ask "What is reward hacking?"')
    if len(text) > MAX_QUESTION:
        raise UsageError(
            f"The question has {len(text):,} characters; at most {MAX_QUESTION:,} can be read.",
            "Shorten it to what you want to know.",
        )
    return text


def check_filters(filters: Filters | None) -> None:
    """Raises UsageError for a range of years that is backwards."""
    if (
        filters
        and filters.year_from is not None
        and filters.year_to is not None
        and filters.year_from > filters.year_to
    ):
        raise UsageError(f"Years {filters.year_from} to {filters.year_to}: backwards.", "Give the earlier year first.")


def _searchable(asked: Question) -> list[str]:
    """The words worth asking the full-text index for: those that occur, without the very common ones of a large
    library.
    """
    counts = Counter(asked.words)
    common = max(asked.papers // 5, 500)
    rare = [w for w in counts if 0 < asked.frequency[w] <= common]
    return rare or [w for w in counts if asked.frequency[w]]
