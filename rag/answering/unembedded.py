"""Papers that have no vectors yet, while a library is being indexed: compared word by word with what stands there.

A word that is there counts as much as one does that vectors find again, one that is not there as much as the nearest
other word does; the whole is what such words make likely. So a paper without vectors is ranked beside those that have
them, neither first nor last for it. Measured on 480 papers found for 60 questions to the sample.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.models.embedder import Vectors
from rag.text.words import stem, stems
from rag.types import Paper, Sentence

THERE, ABSENT = 0.75, 0.30
"""About the mean of a question word's greatest cosine to a paper's words, where the paper has the word (0.75) and where
it has not (0.38 of papers on the question, 0.28 of others)."""
WHOLE_SLOPE, WHOLE_OFFSET = 1.2, -0.38
"""Of a line through the cosines of whole texts by those of words (correlation 0.68)."""


def likeness(
    words: Sequence[str], paper: Paper, sentences: Sequence[Sentence]
) -> tuple[Vectors, npt.NDArray[np.uint16]]:
    """(words, 1 + sentences): how alike each word of a question is to title and sentences; and each one's number, 0 for
    the title.
    """
    sought = [stem(word) for word in words]
    held = [stems(paper.title), *(stems(s.text) for s in sentences)]
    similarity = np.array([[THERE if word in some else ABSENT for some in held] for word in sought], np.float32)
    return similarity.reshape(len(words), len(held)), np.array([0, *(s.number for s in sentences)], np.uint16)


def whole_by(words: float) -> float:
    """The cosine of question and abstract that a paper's figure of words makes likely."""
    return WHOLE_SLOPE * words + WHOLE_OFFSET
