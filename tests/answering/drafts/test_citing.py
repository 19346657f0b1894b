"""Citations are found as people type them, and taken out of what is claimed."""

from __future__ import annotations

import pytest

from rag.answering.drafts.citing import claim_of, mentions


def told(sentence: str) -> list[tuple[str, int] | str]:
    return [c.key or (c.name, c.year) for m in mentions(sentence) for c in m.cites]


@pytest.mark.parametrize(
    ("sentence", "cites"),
    [
        ("Otters swim [@lund2019; see @ek:2020, p. 3].", ["lund2019", "ek:2020"]),
        ("@lund2019 says so.", ["lund2019"]),
        ("Otters swim [3].", ["3"]),
        ("Otters swim [1, 3–5].", ["1", "3", "4", "5"]),
        ("Otters swim (Lund, 2019).", [("Lund", 2019)]),
        ("Otters swim (see Lund and Holm 2019; Ek et al., 2020a).", [("Lund", 2019), ("Ek", 2020)]),
        ("Lund et al. (2019) found that otters swim.", [("Lund", 2019)]),
        ("Lund & Holm (2019) found that otters swim.", [("Lund", 2019)]),
        ("Otters swim, as van der Berg (2019) says.", [("van der Berg", 2019)]),
        ("Otters swim in [0, 1], and write to a@b.org (in 2019).", []),
        ("Otters swam (n = 1999 trials).", []),
    ],
)
def test_citations_are_found(sentence: str, cites: list[tuple[str, int] | str]) -> None:
    assert told(sentence) == cites


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Otters swim [@lund2019].", "Otters swim ."),
        ("Otters (Lund, 2019) swim.", "Otters swim."),
        ("Lund et al. (2019) found that otters swim.", "We found that otters swim."),
        ("[3] shows that otters swim.", "We shows that otters swim."),
        ("As @lund2019 says, otters swim.", "As we says, otters swim."),
    ],
)
def test_a_claim_is_without_its_citations_and_each_character_stays_where_it_was(sentence: str, claim: str) -> None:
    made = claim_of(sentence, mentions(sentence))
    assert " ".join(made.split()) == claim
    assert len(made) == len(sentence)
    assert made.endswith(sentence[-5:]) or sentence.endswith("].")
